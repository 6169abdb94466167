"""Worker processes of our own: each loads the model once, with one thread, and reads one batch at a time.

A worker that dies or works longer than the time limit is replaced, and the batch that it held is answered with a
`Fault`: the run knows which mails were in it and tries them one by one. (`ProcessPoolExecutor` loses all batches when
one worker dies, and cannot stop one that hangs; a hanging regular expression or network cannot be stopped by a thread.)

A worker is started as a fresh interpreter, not forked and not by `multiprocessing`: it works below Streamlit, whose
``__main__`` must not run a second time, and on every system. It has a session of its own, so that Ctrl-C reaches only
the run; when the run is gone, its input ends and it ends too.
"""

from __future__ import annotations

import contextlib
import enum
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Protocol

from feedback_nlp.errors import FeedbackNlpError, ModelError
from feedback_nlp.itemize import AnalyzerFactory, Raw, Reader, itemize
from feedback_nlp.schema import Message
from feedback_nlp.store import Item

WINDOW_PER_WORKER = 2  # batches in flight for each worker: one at work, one waiting
LOAD_SECONDS = 600.0  # for a worker to load the model, on a busy machine too
# The time limit counts the processor time of a worker: on a machine that is busy with other things a mail may wait long
# without being to blame. A mail that waits without working is ended after so many times the limit.
CPU_CLOCK = hasattr(signal, "SIGPROF")
IDLE_FACTOR = 10
WARM_UP = "Thank you for your application. The post has gone to someone else."
STARTS = 3  # times that a worker may die while it loads, before the run is given up
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_SERVE = "from feedback_nlp.workers import serve; serve()"


class Fault(enum.StrEnum):
    """Why a batch came back without items."""

    DIED = "died"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails that are read together. `attempts`: how often a worker was lost over it."""

    raws: tuple[Raw, ...]
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a batch: its items, or the fault."""

    batch: Batch
    items: tuple[Item, ...] = ()
    fault: Fault | None = None


class Pool(Protocol):
    """Something that reads batches: this process, worker processes, or a cluster."""

    @property
    def window(self) -> int:
        """How many batches may be in flight."""

    @property
    def retries(self) -> int:
        """How often a single mail is tried again after its worker died."""

    def submit(self, batch: Batch) -> None: ...
    def next(self) -> Answer: ...
    def close(self) -> None: ...


@dataclass(slots=True)
class ThisProcess:
    """Reads in the calling thread: no second process, and no protection from a mail that kills it.

    A time limit holds where the system can interrupt: in the main thread, and not inside of a library's single call.
    """

    analyzer: Reader
    advice: bool = True
    engine: str = ""
    time_limit: float = 0.0
    window: int = 1
    retries: int = 0
    _done: list[Answer] = field(default_factory=list)

    def submit(self, batch: Batch) -> None:
        try:
            with _interrupted_after(self.time_limit):
                items = itemize(batch.raws, self.analyzer, advice=self.advice, engine=self.engine)
        except _OverTime:
            self._done.append(Answer(batch, fault=Fault.TIMED_OUT))
        else:
            self._done.append(Answer(batch, tuple(items)))

    def next(self) -> Answer:
        return self._done.pop(0)

    def close(self) -> None:
        """Nothing to give back."""


class _OverTime(BaseException):
    """Raised inside of the work itself; no error of a mail, so that nothing on the way takes it for one."""


@contextlib.contextmanager
def _interrupted_after(seconds: float) -> Iterator[None]:
    """Raise `_OverTime` in the block after so many seconds of this process's work; nothing where that cannot be."""
    if not (seconds and CPU_CLOCK and threading.current_thread() is threading.main_thread()):
        yield
        return

    def _stop(*_: object) -> None:
        raise _OverTime

    before = signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


class Workers:
    """`jobs` worker processes. `factory` must be importable by name (a function of a module, or a partial of one)."""

    retries = 1  # an innocent mail may have been killed from outside (out of memory)

    def __init__(
        self, factory: AnalyzerFactory, jobs: int, *, time_limit: float, advice: bool = True, engine: str = ""
    ) -> None:
        try:
            self._hello = pickle.dumps((list(sys.path), pickle.dumps(factory), advice, engine, time_limit))
        except (pickle.PicklingError, AttributeError, TypeError):
            raise FeedbackNlpError(
                "the analyzer factory cannot be sent to a worker: give a function of a module, or use jobs=0"
            ) from None
        self.window = jobs * WINDOW_PER_WORKER
        self._time_limit = time_limit
        self._tasks: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Answer | FeedbackNlpError] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._attend, daemon=True) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()

    def submit(self, batch: Batch) -> None:
        """Hand over a batch."""
        self._tasks.put(batch)

    def next(self) -> Answer:
        """Wait for any batch. Raises what ended the run: a model that cannot be loaded."""
        answer = self._answers.get()
        if isinstance(answer, FeedbackNlpError):
            raise answer
        return answer

    def close(self) -> None:
        """End the workers at once; what they held is not answered."""
        self._closing.set()
        with self._lock:
            children = list(self._children)
        for child in children:
            child.kill()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(timeout=10)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that run now."""
        with self._lock:
            return [child.pid for child in self._children]

    # --- one thread of the parent for each worker ---------------------------------------------------------------------

    def _attend(self) -> None:
        """Keep one worker alive and hand it batches."""
        child: subprocess.Popen[bytes] | None = None
        try:
            while (batch := self._tasks.get()) is not None and not self._closing.is_set():
                child = child or self._start()
                if child is None:
                    return
                answer = self._ask(child, batch)
                if answer.fault is not None:
                    self._end(child)
                    child = None
                self._answers.put(answer)
        except Exception as error:  # noqa: BLE001 - a thread that ends in silence would leave the run waiting for ever
            words = f"a worker could not be started ({type(error).__name__}): is there enough memory? Try fewer --jobs"
            self._answers.put(FeedbackNlpError(words))
        finally:
            if child is not None:
                self._end(child)

    def _start(self) -> subprocess.Popen[bytes] | None:
        """A worker that has loaded the model, or None when the run is over."""
        for _ in range(STARTS):
            child = _spawn()
            with self._lock:
                self._children.add(child)
            if self._closing.is_set():
                self._end(child)
                return None
            with _stopped_after(LOAD_SECONDS, child):
                said = _exchange(child, self._hello)
            if said is not None and said[0] == "ready":
                return child
            self._end(child)
            if said is not None:
                self._answers.put(ModelError(said[1]))
                return None
            if self._closing.is_set():
                return None
        self._answers.put(
            ModelError(
                f"a worker died {STARTS} times while it loaded the models: is there enough memory? Try fewer --jobs"
            )
        )
        return None

    def _ask(self, child: subprocess.Popen[bytes], batch: Batch) -> Answer:
        with _stopped_after(self._time_limit * (IDLE_FACTOR if CPU_CLOCK else 1), child) as over:
            said = _exchange(child, pickle.dumps(batch.raws))
        if said is not None:
            return Answer(batch, tuple(said[1]))
        timed_out = over.is_set() or (CPU_CLOCK and child.wait() == -signal.SIGPROF)
        return Answer(batch, fault=Fault.TIMED_OUT if timed_out else Fault.DIED)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        child.kill()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        child.wait()
        with self._lock:
            self._children.discard(child)


def _spawn() -> subprocess.Popen[bytes]:
    environment = {**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "TOKENIZERS_PARALLELISM": "false"}
    return subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**environment, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        start_new_session=True,
    )


class _stopped_after:  # noqa: N801 - reads as a phrase
    """Kill the child when the block takes longer than `seconds`; the event says whether that happened."""

    def __init__(self, seconds: float, child: subprocess.Popen[bytes]) -> None:
        self._over = threading.Event()
        self._timer = threading.Timer(seconds, self._stop, (child,))
        self._timer.daemon = True

    def _stop(self, child: subprocess.Popen[bytes]) -> None:
        self._over.set()
        child.kill()

    def __enter__(self) -> threading.Event:
        self._timer.start()
        return self._over

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _exchange(child: subprocess.Popen[bytes], sent: bytes) -> tuple[str, Any] | None:
    """Send a message and wait for the reply; None when the child is gone."""
    if child.stdin is None or child.stdout is None:
        return None
    try:
        _put(child.stdin, sent)
        reply = _get(child.stdout)
        # Only our own child writes to this pipe.
        return None if reply is None else pickle.loads(reply)  # noqa: S301
    except (OSError, ValueError, EOFError, pickle.UnpicklingError):
        return None


def _put(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(8, "big") + message)
    stream.flush()


def _get(stream: IO[bytes]) -> bytes | None:
    """The next message of a stream; None at its end, also in the middle of a message."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    message = stream.read(size)
    return message if len(message) == size else None


# --- in the worker ----------------------------------------------------------------------------------------------------


def serve() -> None:
    """The worker: load the model, then answer batches until the input ends or nobody reads the answers."""
    with contextlib.suppress(BrokenPipeError):
        _serve(sys.stdin.buffer, _private_output())


def _serve(tasks: IO[bytes], replies: IO[bytes]) -> None:
    hello = _get(tasks)
    if hello is None:
        return None
    paths, factory, advice, engine, time_limit = pickle.loads(hello)  # noqa: S301 - from our own parent
    sys.path[:] = paths
    try:
        analyzer: Reader = pickle.loads(factory)()  # noqa: S301
        # What is only loaded on first use is loaded now: it must not count as the time of a mail.
        analyzer.analyze_all([Message(WARM_UP)], advice=advice)
    except FeedbackNlpError as error:
        return _put(replies, pickle.dumps(("broken", str(error))))
    except Exception as error:  # noqa: BLE001 - told to the run, which ends with it
        words = f"a worker could not load the models ({type(error).__name__}): run 'feedback-nlp analyze -' to see why"
        return _put(replies, pickle.dumps(("broken", words)))
    _put(replies, pickle.dumps(("ready", engine)))
    while (task := _get(tasks)) is not None:
        raws: Sequence[Raw] = pickle.loads(task)  # noqa: S301
        _limit_work(time_limit)
        items = itemize(raws, analyzer, advice=advice, engine=engine)
        _limit_work(0.0)
        _put(replies, pickle.dumps(("items", items)))
    return None


def _limit_work(seconds: float) -> None:
    """End this process by SIGPROF once it has worked so long from now on; 0 takes the limit off."""
    if CPU_CLOCK:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _private_output() -> IO[bytes]:
    """Standard output for our replies alone; what a library prints goes to standard error."""
    sys.stdout.flush()
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return private
