"""Many mails: a stream of raw mails in, rows of the store out. Memory does not grow with the mailbox.

`run` reads raw mails in this process, leaves out what the store has already, hands batches to a pool with a window
(never more in flight than the pool can chew), and writes each answer in one transaction. A run that is stopped, killed
or cut off from the power is started again with the same call and goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from feedback_nlp import __version__
from feedback_nlp.errors import FeedbackNlpError, StoreError, UsageError
from feedback_nlp.itemize import AnalyzerFactory, Raw, failed, refused
from feedback_nlp.schema import Refused, Source
from feedback_nlp.store import Counts, Item, Place, RunState, Store
from feedback_nlp.workers import Answer, Batch, Fault, Pool, ThisProcess, Workers

BATCH_MAILS = 32  # mails read together: enough to fill the networks' windows, few enough to try one by one
BATCH_BYTES = 1_000_000  # and no more raw bytes than this, but for a single larger mail
TIME_LIMIT = 30.0  # seconds of work for a mail; a batch that needs longer is tried mail by mail
TELL_SECONDS = 0.2  # between two calls of `progress`


class Scan(Protocol):
    """`mail.scan`: the raw mails of a file, folder or archive."""

    def __call__(self, path: Path, *, column: str | None = None) -> Iterable[Raw | Refused]: ...


@dataclass(frozen=True, slots=True)
class Cluster:
    """A dask scheduler to read on, and the files that prove who we are to it."""

    address: str
    cert: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    insecure: bool = False  # plain tcp to another machine: whoever reaches it can read the mails and run code
    engine_of: Callable[[], str] | None = None  # asked on each worker; must answer what `engine` is here


def engine_name(models: Path | None = None) -> str:
    """Which program and which models read the mails: the version and one digest over those of all model files."""
    from feedback_nlp.analyzer import read_card, shipped_models

    files = read_card(models or shipped_models())["files"]
    digests = sorted((name, str(entry.get("sha256"))) for name, entry in files.items())
    return f"{__version__}+{hashlib.sha256(repr(digests).encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. `fraction` is None while the size of the input is not known."""

    seen: int = 0
    analyzed: int = 0  # in this call
    known: int = 0  # there already
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    fraction: float | None = None

    @property
    def rate(self) -> float:
        """Mails a second that were read in this call; what was known already takes no time."""
        return (self.seen - self.known) / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """A guess from the bytes that are still to be read, or None."""
        if not self.fraction or self.seconds < 1 or not self.rate:
            return None
        return self.seen * (1 - self.fraction) / self.fraction / self.rate


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did. `counts` are those of all mails under its paths, whoever analyzed them."""

    run: int
    counts: Counts
    analyzed: int  # in this call
    seconds: float
    finished: bool  # False: it was stopped, and the same call goes on
    lost_workers: int = 0

    @property
    def complete(self) -> bool:
        """Whether every mail that was seen is accounted for."""
        counts = self.counts
        return counts.seen == counts.read + counts.refused + counts.failed + counts.duplicates


def run(
    paths: Sequence[Path | str],
    store: Store,
    *,
    analyzer_factory: AnalyzerFactory,
    jobs: int = 1,
    scheduler: Cluster | None = None,
    resume: bool = True,
    progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    time_limit: float = TIME_LIMIT,
    column: str | None = None,
    advice: bool = True,
    engine: str = "",
    scan: Scan | None = None,
    skip: Sequence[Path] = (),
) -> Summary:
    """Read every mail under `paths` into `store`; mails that are there already are not analyzed again.

    `jobs`: worker processes, each with a model of its own and one thread; 0 reads in this process, without protection
    from a mail that kills it, and with a time limit only in the main thread and not on Windows. `scheduler`: a dask
    cluster instead. `analyzer_factory` is called in each worker and must be importable there by name. `engine` names
    the version of the program and of the model.
    `stop` is asked between batches. `scan` takes the place of `mail.scan`. `skip` are files that are not input although
    they may lie in a folder of `paths`: what this run writes.

    Raises `UsageError` for a path that is not there or ``resume=False`` on a store with results, `StoreError` when the
    disk is full, `ModelError` when the models cannot be loaded, and `KeyboardInterrupt` after it has put things in
    order: what was recorded stays, and the same call goes on.
    """
    found = _checked(paths)
    if not resume and store.counts().items:
        raise UsageError(f"{store.where} holds results already: go on with --resume, or begin anew with --fresh")
    pool = _pool(analyzer_factory, jobs, scheduler, time_limit, advice, engine)
    try:
        number = store.begin_run([str(path) for path in found], engine)
        work = _Work(store, number, pool, progress, _size(found), time_limit)
        done = work.drive(_stream(found, scan or _scan(), column, _own(store, skip)), stop or _never)
    finally:
        pool.close()
    return Summary(number, store.counts(number), work.analyzed, work.seconds, done, work.lost)


def _pool(
    factory: AnalyzerFactory, jobs: int, scheduler: Cluster | None, time_limit: float, advice: bool, engine: str
) -> Pool:
    if scheduler is not None:
        from feedback_nlp.cluster import DaskPool

        return DaskPool(scheduler, factory, time_limit=time_limit, advice=advice, engine=engine)
    if jobs < 0:
        raise UsageError("--jobs must be 0 or more")
    if jobs == 0:
        return ThisProcess(factory(), advice, engine, time_limit)
    return Workers(factory, jobs, time_limit=time_limit, advice=advice, engine=engine)


def _never() -> bool:
    return False


def _scan() -> Scan:
    from feedback_nlp.mail import scan

    return scan


def _checked(paths: Sequence[Path | str]) -> list[Path]:
    """The paths, each once, in the order given; ``-`` is the standard input."""
    if not paths:
        raise UsageError("name at least one file or folder of mails")
    found = list(dict.fromkeys(Path(path) for path in paths))
    missing = next((path for path in found if str(path) != "-" and not os.path.exists(path)), None)  # noqa: PTH110
    if missing is not None:
        raise UsageError(f"{missing} does not exist: check the path")
    return found


def _size(paths: Sequence[Path]) -> int:
    """Bytes under the paths, for the time left; not exact for archives."""
    total = 0
    for path in paths:
        files = path.rglob("*") if path.is_dir() else (path,)
        for file in files:
            try:
                about = file.lstat() if path.is_dir() else file.stat()
            except OSError:
                continue
            total += about.st_size if not file.is_dir() else 0
    return total


def _own(store: Store, skip: Sequence[Path]) -> frozenset[str]:
    """The files of this run, as absolute paths."""
    return frozenset(_absolute(str(path)) for path in (*skip, *store.files))


@lru_cache(maxsize=64)  # the mails of one file follow each other
def _absolute(path: str) -> str:
    return str(Path(path).resolve())


def _stream(paths: Sequence[Path], scan: Scan, column: str | None, own: frozenset[str]) -> Iterator[Raw | Refused]:
    """Everything under the paths but our own files. A path that breaks is refused, and the next one is read."""
    for path in paths:
        inside = path.is_dir()
        try:
            for each in scan(path, column=column):
                if not (inside and _absolute(each.source.path) in own):
                    yield each
        except UsageError:
            raise
        except (FeedbackNlpError, OSError) as error:
            reason = error.strerror or "cannot be read" if isinstance(error, OSError) else str(error)
            yield Refused(Source(str(path)), reason)


@dataclass(slots=True)
class _Work:
    """The loop of one run, and what it has counted."""

    store: Store
    run: int
    pool: Pool
    progress: Callable[[Progress], None] | None
    size: int
    time_limit: float
    analyzed: int = 0
    lost: int = 0
    _seen: int = 0
    _known: int = 0
    _refused: int = 0
    _failed: int = 0
    _bytes: int = 0
    _began: float = field(default_factory=time.monotonic)
    _told: float = 0.0
    _pending: int = 0
    _in_flight: set[str] = field(default_factory=set)
    _held_items: list[Item] = field(default_factory=list)  # refused ones, written with the next answer
    _held_places: list[Place] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def drive(self, stream: Iterable[Raw | Refused], stop: Callable[[], bool]) -> bool:
        """Read all of `stream`; False when `stop` said so. Ctrl-C keeps what has been answered so far."""
        try:
            stopped = self._submit_all(stream, stop)
            while self._pending:
                self._take()
            self._write()
        except BaseException:
            with contextlib.suppress(StoreError):  # the first error is the one to tell
                self.store.end_run(self.run, RunState.INTERRUPTED)
            raise
        self.store.end_run(self.run, RunState.INTERRUPTED if stopped else RunState.FINISHED)
        self._tell(last=True)
        return not stopped

    def _submit_all(self, stream: Iterable[Raw | Refused], stop: Callable[[], bool]) -> bool:
        for chunk in _chunks(stream):
            if stop():
                return True
            fresh = self._new(chunk)
            if not fresh:
                self._write()
                self._tell()
                continue
            while self._pending >= self.pool.window:
                self._take()
            self._send(Batch(tuple(fresh)))
        return False

    def _new(self, chunk: Sequence[Raw | Refused]) -> list[Raw]:
        """Those mails of a chunk that nobody has read yet. Where each was seen is recorded with them."""
        items = {item.key: item for item in (refused(each) for each in chunk if isinstance(each, Refused))}
        keys = [each.key if not isinstance(each, Refused) else refused(each).key for each in chunk]
        known = self.store.known(keys)
        places = [
            Place(self._seen + offset, each.source, key)
            for offset, (each, key) in enumerate(zip(chunk, keys, strict=True))
        ]
        fresh: dict[str, Raw] = {}
        for each, key in zip(chunk, keys, strict=True):
            if not isinstance(each, Refused):
                self._bytes += len(each.data)
                if key not in known and key not in self._in_flight:
                    fresh.setdefault(key, each)
        self._refused += len(items.keys() - known)
        self._held_items += items.values()
        self._held_places += places
        self._seen += len(chunk)
        self._known += sum(key in known for key in keys)
        return list(fresh.values())

    def _write(self, items: Sequence[Item] = ()) -> None:
        """One transaction for what was read and for where it was seen: each waits for the disk."""
        self.store.record(self.run, [*self._held_items, *items], self._held_places)
        self._held_items, self._held_places = [], []

    def _send(self, batch: Batch) -> None:
        self._in_flight.update(raw.key for raw in batch.raws)
        self._pending += 1
        self.pool.submit(batch)

    def _take(self) -> None:
        answer = self.pool.next()
        self._pending -= 1
        if answer.fault is None:
            self._keep(answer.batch, answer.items)
            return
        self.lost += 1
        again = _again(answer, self.pool.retries)
        for batch in again:
            self._send(batch)
        if not again:
            self._keep(answer.batch, [failed(raw, _blame(answer, self.time_limit)) for raw in answer.batch.raws])

    def _keep(self, batch: Batch, items: Sequence[Item]) -> None:
        self._write(items)
        self.analyzed += len(items)
        self._refused += sum(item.status == "refused" for item in items)
        self._failed += sum(item.status == "failed" for item in items)
        self._in_flight.difference_update(raw.key for raw in batch.raws)
        self._tell()

    def _tell(self, *, last: bool = False) -> None:
        now = time.monotonic()
        if self.progress is None or (not last and now - self._told < TELL_SECONDS):
            return
        self._told = now
        fraction = min(1.0, self._bytes / self.size) if self.size and self._bytes else None
        self.progress(
            Progress(self._seen, self.analyzed, self._known, self._refused, self._failed, self.seconds, fraction)
        )


def _chunks(stream: Iterable[Raw | Refused]) -> Iterator[list[Raw | Refused]]:
    """The stream in chunks of at most `BATCH_MAILS` mails and about `BATCH_BYTES` bytes."""
    chunk: list[Raw | Refused] = []
    size = 0
    for each in stream:
        chunk.append(each)
        size += 0 if isinstance(each, Refused) else len(each.data)
        if len(chunk) == BATCH_MAILS or size >= BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _again(answer: Answer, retries: int) -> list[Batch]:
    """What to try after a fault: the mails of a batch one by one, a mail whose worker died once more."""
    batch = answer.batch
    if len(batch.raws) > 1:
        return [Batch((raw,)) for raw in batch.raws]
    if answer.fault is Fault.DIED and batch.attempts < retries:
        return [replace(batch, attempts=batch.attempts + 1)]
    return []


def _blame(answer: Answer, time_limit: float) -> str:
    if answer.fault is Fault.TIMED_OUT:
        return f"this mail took over {time_limit:g} seconds of work: try --retry-failed with a higher --time-limit"
    return "the worker process died on this mail, twice: please report it"
