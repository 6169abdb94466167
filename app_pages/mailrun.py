"""A run over many mails in the background, so that the page stays awake: start, watch, stop, go on.

The run belongs to this process, not to a browser tab: a closed tab loses nothing, and the next one finds it again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from feedback_nlp.errors import FeedbackNlpError
from feedback_nlp.schema import Analysis, Message, Refused, Report

CHUNK = 64  # mails that go through the networks together; also the most that a stop has to wait for


class ManyReader(Protocol):
    """What the run needs of an analyzer."""

    def analyze_all(self, messages: Iterable[Message], *, advice: bool = True) -> Sequence[Report]:
        """The reports on many mails, in order."""


class State(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Row:
    """One mail of the table, with the mail itself, so that it can be opened again."""

    file: str
    sent: Any  # datetime or None
    sender: str
    company: str
    subject: str
    tag: str
    unsure: bool
    outcome: str
    stage: str
    areas: tuple[str, ...]
    quotes: tuple[str, ...]
    offered: bool
    confidence: float
    message: Message


@dataclass
class MailRun:
    """One run. Only its own thread writes; pages read `rows`, `refused` and the counters, which only grow."""

    paths: tuple[Path, ...]
    reader: ManyReader
    source: Callable[[Path], Iterable[Message | Refused]]
    folder: TemporaryDirectory[str] | None = None  # dropped files, deleted with the run
    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    duplicates: int = 0
    total: int | None = None
    state: State = State.WAITING
    seconds: float = 0.0
    _seen: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _began: float = 0.0

    @property
    def running(self) -> bool:
        """Whether the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def done(self) -> int:
        """Mails accounted for so far."""
        return len(self.rows) + len(self.refused) + self.duplicates

    @property
    def rate(self) -> float:
        """Mails a second since the run was started or resumed."""
        return len(self.rows) / max(self.elapsed, 0.001)

    @property
    def elapsed(self) -> float:
        """Seconds at work, without the pauses."""
        return self.seconds + (time.monotonic() - self._began if self.state is State.RUNNING else 0.0)

    def start(self) -> None:
        """Begin, or go on after a stop: what was read is not read again."""
        if self.running:
            return
        self._stop.clear()
        self.refused, self.duplicates = [], 0
        self.state, self._began = State.RUNNING, time.monotonic()
        self._thread = threading.Thread(target=self._work, name="mail-run", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask the run to end after the mails in hand; returns when it has."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def forget(self) -> None:
        """Stop, and delete the dropped files."""
        self.stop()
        if self.folder is not None:
            self.folder.cleanup()

    def _work(self) -> None:
        state = State.FAILED
        try:
            if self.total is None:
                self.total = self._count()
            for chunk in self._chunks():
                self.rows.extend(row(report.analysis) for report in self.reader.analyze_all(chunk, advice=False))
                self._seen.update(_key(message) for message in chunk)
                if self._stop.is_set():
                    break
            state = State.STOPPED if self._stop.is_set() else State.FINISHED
        except (FeedbackNlpError, OSError):
            state = State.FAILED
        finally:
            self.seconds += time.monotonic() - self._began
            self.state = state

    def _count(self) -> int | None:
        """How many mails there are, read without analyzing; None when it was stopped first."""
        number = 0
        for path in self.paths:
            for _ in self.source(path):
                number += 1
                if self._stop.is_set():
                    return None
        return number

    def _chunks(self) -> Iterator[list[Message]]:
        """Mails that were not read before, `CHUNK` at a time."""
        chunk: list[Message] = []
        met: set[str] = set()
        for path in self.paths:
            for mail in self.source(path):
                if self._stop.is_set():
                    return
                if isinstance(mail, Refused):
                    self.refused.append(mail)
                    continue
                key = _key(mail)
                if key in met:
                    self.duplicates += 1
                    continue
                met.add(key)
                if key in self._seen:
                    continue
                chunk.append(mail)
                if len(chunk) == CHUNK:
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk


def row(analysis: Analysis) -> Row:
    """One mail as a row of the table."""
    message, labels = analysis.message, analysis.labels
    company = analysis.frame.company
    return Row(
        file=Path(message.source.path).name,
        sent=message.sent,
        sender=message.sender,
        company=company.value if company else "",
        subject=message.subject,
        tag=labels.tag.value,
        unsure=labels.unsure,
        outcome=labels.outcome.value,
        stage=labels.stage.value,
        areas=analysis.areas,
        quotes=tuple(item.evidence.of(message.text) for item in analysis.improvements),
        offered=labels.feedback_offered,
        confidence=labels.confidence,
        message=message,
    )


def _key(message: Message) -> str:
    return message.key or sha256(message.text.encode("utf-8", "replace")).hexdigest()
