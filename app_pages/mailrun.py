"""A run over many mails in the background, so that the page stays awake: start, watch, stop, go on.

The run belongs to this process, not to a browser tab: a closed tab loses nothing, and the next one finds it again.
Its results lie in a private temporary database, which is deleted with the run.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app_pages import shared

from feedback_nlp.batch import Progress, Summary
from feedback_nlp.batch import run as run_batch
from feedback_nlp.errors import FeedbackNlpError
from feedback_nlp.itemize import AnalyzerFactory
from feedback_nlp.overview import Overview, overview
from feedback_nlp.schema import Aside, AsideKind, Message, Span
from feedback_nlp.store import Counts, Store

JOIN_SECONDS = 60.0  # how long forgetting waits for the mails in hand


class State(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    SORTING = "sorting"  # all is read; what belongs together is being found
    STOPPED = "stopped"
    FAILED = "failed"
    FINISHED = "finished"


@dataclass
class MailRun:
    """One run over `paths`. `folder` holds the dropped files and the results, and goes with the run.

    `jobs` worker processes keep this one free to answer the page; 0 reads in a thread of this process.
    """

    paths: tuple[Path, ...]
    factory: AnalyzerFactory
    folder: TemporaryDirectory[str]
    jobs: int = 1
    progress: Progress = field(default_factory=Progress)
    state: State = State.STOPPED
    problem: str = ""
    seconds: float = 0.0
    starts: int = 0
    overview: Overview | None = None  # what was read so far, sorted; None while the run is at work
    counts: Counts = field(default_factory=Counts)  # of each kind of mail, when the run last ended
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _store: Store | None = None

    @property
    def store(self) -> Store:
        """Where the results are."""
        if self._store is None:
            self._store = Store.open(Path(self.folder.name, "results", "results.sqlite"))
        return self._store

    @property
    def running(self) -> bool:
        """Whether the run is at work."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether the run was asked to end and is still busy with the mails in hand."""
        return self.running and self._stop.is_set()

    def start(self) -> None:
        """Begin, or go on after a stop: what was read is not read again."""
        if self.running:
            return
        store = self.store  # opened here, so that a full disk is known at once
        self._stop.clear()
        self.state, self.problem, self.progress = State.RUNNING, "", Progress()
        self.overview = None
        self.starts += 1
        self._thread = threading.Thread(target=self._work, args=(store,), name="mail-run", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the run to end after the mails in hand. Returns at once, so that the page stays awake."""
        self._stop.set()

    def forget(self) -> None:
        """Stop, and delete the dropped files and the results."""
        self.stop()
        if self._thread is not None:
            self._thread.join(timeout=JOIN_SECONDS)
        if self._store is not None:
            self._store.close()
        self.folder.cleanup()

    def _work(self, store: Store) -> None:
        state = State.FAILED
        try:
            state = self._read(store)
        except Exception as error:  # noqa: BLE001 - a thread that breaks without a word leaves a page that waits
            self.problem = _said(error)
        self.seconds += self.progress.seconds
        try:
            self._sort(store)
        except Exception as error:  # noqa: BLE001
            state, self.problem = State.FAILED, self.problem or _said(error)
        self.state = state

    def _read(self, store: Store) -> State:
        done: Summary = run_batch(
            self.paths,
            store,
            analyzer_factory=self.factory,
            jobs=self.jobs,
            progress=self._tell,
            stop=self._stop.is_set,
            advice=False,
        )
        return State.FINISHED if done.finished else State.STOPPED

    def _sort(self, store: Store) -> None:
        self.state = State.SORTING
        self.counts = store.counts()
        self.overview = overview(store)

    def _tell(self, progress: Progress) -> None:
        self.progress = progress


def _said(error: Exception) -> str:
    """The reason of an error that is meant for people; any other is logged by kind and place, never by its words."""
    if isinstance(error, FeedbackNlpError):
        return str(error)
    shared.log_fault(error)
    return (error.strerror or "") if isinstance(error, OSError) else ""


def message_of(report: Mapping[str, Any]) -> Message:
    """The mail of a stored report, as it was when it was read."""
    asides = tuple(
        Aside(AsideKind(each["kind"]), Span(each["start"], each["end"])) for each in report.get("asides", ())
    )
    return Message(
        text=report["text"],
        subject=report["subject"],
        sender=report["sender"],
        sent=datetime.fromisoformat(report["sent"]) if report["sent"] else None,
        asides=asides,
        id=report["id"],
        notes=tuple(report.get("notes", ())),
        language=str(report.get("language", "")),
    )
