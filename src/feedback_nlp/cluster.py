"""More machines: batches on a dask cluster, used directly (joblib over dask hangs when a task kills its worker).

Each thread of a dask worker keeps a worker process of its own (`workers.Workers`), so that the model is loaded once,
the time limit holds there too, and a mail that kills its reader kills that process and not the dask worker. Results
come back to the client, which alone writes to the store; a task that ran twice changes nothing there.

Whoever reaches a dask scheduler can run code on all its workers and read every mail that goes through it. So: TLS with
certificates, or loopback; anything else is refused unless it is forced. See ``docs/cluster.md``.
"""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import queue
import threading
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feedback_nlp.errors import FeedbackNlpError, UsageError
from feedback_nlp.itemize import AnalyzerFactory, Raw
from feedback_nlp.store import Item
from feedback_nlp.workers import Answer, Batch, Fault, Workers

if TYPE_CHECKING:
    from feedback_nlp.batch import Cluster

WINDOW_PER_CORE = 2  # batches in flight for each core of the cluster
CONNECT_SECONDS = 60  # a worker on a busy machine needs a while to import what it runs
LOST_SECONDS = 1.0  # between two looks whether the scheduler is still there


class ClusterError(FeedbackNlpError):
    """The cluster cannot be used, or was lost."""


class DaskPool:
    """A pool on the workers of a dask scheduler."""

    retries = 0  # a mail that killed its process was tried twice there already

    def __init__(
        self, cluster: Cluster, factory: AnalyzerFactory, *, time_limit: float, advice: bool = True, engine: str = ""
    ) -> None:
        self._settings = (factory, time_limit, advice, engine, cluster.engine_of)
        self._done: queue.SimpleQueue[tuple[Any, Batch]] = queue.SimpleQueue()
        self._pending: set[Any] = set()
        self._names = itertools.count()
        self._prefix = f"feedback-{uuid.uuid4().hex[:12]}"
        self._client = _connect(cluster)
        try:
            self.window = WINDOW_PER_CORE * max(1, _cores(self._client))
            _check_workers(self._client, engine, cluster.engine_of)
        except BaseException:
            self._client.close(timeout=2)
            raise

    def submit(self, batch: Batch) -> None:
        """Send a batch to the cluster."""
        key = f"{self._prefix}-{next(self._names)}"
        try:
            future = self._client.submit(read_there, batch.raws, *self._settings, key=key, pure=False)
        except Exception as error:  # noqa: BLE001 - dask raises whatever its connection raised
            raise _lost(error) from None
        self._pending.add(future)
        self._watch(future, batch)

    def _watch(self, future: Any, batch: Batch) -> None:
        future.add_done_callback(lambda done: self._done.put((done, batch)))

    def next(self) -> Answer:
        """Wait for any batch. Raises `ClusterError` when the scheduler is gone or a worker is not one of ours."""
        while True:
            try:
                future, batch = self._done.get(timeout=LOST_SECONDS)
            except queue.Empty:
                if self._client.status != "running":
                    raise _lost() from None
                continue
            answer = self._answer(future, batch)
            if answer is not None:
                self._pending.discard(future)
                return answer
            self._watch(future, batch)  # its worker died with the result: dask computes it again

    def _answer(self, future: Any, batch: Batch) -> Answer | None:
        """What came of a task, or None when it is not done after all."""
        match future.status:
            case "finished":
                return _result(future, batch)
            case "error":
                return _fault(future.exception(), batch)
            case "cancelled":
                raise _lost()
            case _:
                return None

    def close(self) -> None:
        """Cancel what is in flight and leave the cluster; its workers give their models back."""
        with contextlib.suppress(Exception):
            if self._client.status == "running":
                self._client.cancel(list(self._pending))
                self._client.run(give_back, on_error="ignore")
        with contextlib.suppress(Exception):
            self._client.close(timeout=5)


def _result(future: Any, batch: Batch) -> Answer:
    try:
        found = future.result()
    except Exception as error:  # noqa: BLE001 - as above
        raise _lost(error) from None
    return Answer(batch, fault=found) if isinstance(found, Fault) else Answer(batch, tuple(found))


def _fault(error: BaseException | None, batch: Batch) -> Answer:
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        return Answer(batch, fault=Fault.DIED)
    if isinstance(error, FeedbackNlpError):
        raise error
    raise ClusterError(
        f"a worker of the cluster broke ({type(error).__name__}): is the same feedback-nlp installed there?"
    )


def _connect(cluster: Cluster) -> Any:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError("--scheduler needs dask: install it with pip install 'feedback-nlp[cluster]'") from None
    address, encrypted = check_address(cluster)
    security = None
    if encrypted:
        files = {
            "tls_ca_file": cluster.ca or cluster.cert,
            "tls_client_cert": cluster.cert,
            "tls_client_key": cluster.key,
        }
        for name, path in files.items():
            if path is None or not path.is_file():
                raise UsageError(f"tls needs --tls-cert and --tls-key, and files that exist ({name})")
        security = distributed.Security(require_encryption=True, **{name: str(path) for name, path in files.items()})
    try:
        client = distributed.Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(
            f"no scheduler answers at {address} ({type(error).__name__}): is it running, and do the certificates match?"
        ) from None
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError:
        client.close(timeout=2)
        raise ClusterError(f"the scheduler at {address} has no workers: start 'dask worker {address} …'") from None
    return client


def check_address(cluster: Cluster) -> tuple[str, bool]:
    """The address, and whether it is encrypted. Refuses what others could listen to, unless it is forced."""
    address = cluster.address if "://" in cluster.address else f"tcp://{cluster.address}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port is None or parts.scheme not in ("tls", "tcp"):
        raise UsageError(f"{cluster.address} is no address of a scheduler: give tls://HOST:PORT")
    if parts.scheme == "tls":
        return address, True
    if not (_is_loopback(host) or cluster.insecure):
        raise UsageError(
            f"{address} is not encrypted: others could read the mails and run code on every worker. Use tls:// with "
            "--tls-cert and --tls-key (docs/cluster.md), or --insecure if you know the network"
        )
    return address, False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _cores(client: Any) -> int:
    return sum(client.nthreads().values())


def _check_workers(client: Any, engine: str, engine_of: Callable[[], str] | None) -> None:
    """Refuse workers with other versions of what is shared, or other models, before any mail is sent."""
    try:
        client.get_versions(check=True)
    except ValueError as error:
        lines = " ".join(str(error).split())
        raise ClusterError(f"the workers have other versions than this machine: {lines[:500]}") from None
    if engine_of is None:
        return
    try:
        found = client.run(engine_of, on_error="return")
    except Exception as error:  # noqa: BLE001 - dask raises whatever its connection raised
        raise _lost(error) from None
    for address, there in sorted(found.items()):
        if isinstance(there, OSError):
            continue  # it went away while it was asked; whoever comes in its place is asked with its first task
        if isinstance(there, BaseException):
            raise ClusterError(
                f"a worker cannot say what it has installed ({type(there).__name__}): install feedback-nlp there too"
            )
        if there != engine:
            raise ClusterError(_foreign(address, there, engine))


def _foreign(address: str, there: str, here: str) -> str:
    return (
        f"the worker {address} has feedback-nlp {there}, this machine {here}: install the same version and models there"
    )


def _lost(error: Exception | None = None) -> ClusterError:
    kind = f" ({type(error).__name__})" if error else ""
    return ClusterError(f"the scheduler was lost{kind}: what came back is kept; start it again and go on with --resume")


# --- on the workers of the cluster ------------------------------------------------------------------------------------

_READERS: dict[int, tuple[tuple[Any, ...], Workers]] = {}  # by thread
_LOCK = threading.Lock()


def read_there(
    raws: tuple[Raw, ...],
    factory: AnalyzerFactory,
    time_limit: float,
    advice: bool,
    engine: str,
    engine_of: Callable[[], str] | None,
) -> list[Item] | Fault:
    """Read a batch on a worker of the cluster: its items, or why there are none."""
    reader = _reader(factory, time_limit, advice, engine, engine_of)
    attempts = 1 + (Workers.retries if len(raws) == 1 else 0)
    for _ in range(attempts):
        reader.submit(Batch(raws))
        answer = reader.next()
        if answer.fault is not Fault.DIED:
            break
    return list(answer.items) if answer.fault is None else answer.fault


def _reader(
    factory: AnalyzerFactory, time_limit: float, advice: bool, engine: str, engine_of: Callable[[], str] | None
) -> Workers:
    """The process of this thread, started on first use or when the settings have changed."""
    settings = (repr(factory), time_limit, advice, engine)
    with _LOCK:
        held = _READERS.get(threading.get_ident())
    if held is not None and held[0] == settings:
        return held[1]
    if engine_of is not None and (there := engine_of()) != engine:
        raise ClusterError(_foreign(_own_address(), there, engine))  # joined after the run began
    reader = Workers(factory, 1, time_limit=time_limit, advice=advice, engine=engine)
    with _LOCK:
        _READERS[threading.get_ident()] = (settings, reader)
    if held is not None:
        held[1].close()
    return reader


def _own_address() -> str:
    from distributed import get_worker

    return str(get_worker().address)


def give_back() -> None:
    """End the processes of this worker, and with them the memory of the models."""
    with _LOCK:
        readers = [reader for _, reader in _READERS.values()]
        _READERS.clear()
    for reader in readers:
        reader.close()
