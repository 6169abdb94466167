"""The batch on a dask cluster: the same rows, whoever dies, and nothing in the clear."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import fake_mailbox as box

from feedback_nlp import batch, cluster
from feedback_nlp.errors import UsageError
from feedback_nlp.store import RunState, Status, Store

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed: pip install 'feedback-nlp[cluster]'")


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "results.sqlite") as opened:
        yield opened


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A cluster of two worker processes on loopback."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
    ) as local:
        yield local.scheduler_address


def run(path: Path, store: Store, where: batch.Cluster, **options: object) -> batch.Summary:
    given: dict[str, object] = {"analyzer_factory": box.analyzer, "scan": box.scan, "engine": "here"} | options
    return batch.run([path], store, scheduler=where, **given)  # type: ignore[arg-type]


def test_cluster_finds_what_this_process_finds(tmp_path: Path, store: Store, scheduler: str) -> None:
    """The rows are the same as without a cluster; a second run analyzes nothing."""
    path = box.write(tmp_path / "a", [*box.mails(150), "REFUSE", "BREAK", "LOCKED"])
    summary = run(path, store, batch.Cluster(scheduler))
    assert (summary.counts.read, summary.counts.refused, summary.counts.failed) == (150, 2, 1)
    with Store.open(tmp_path / "here.sqlite") as here:
        batch.run([path], here, analyzer_factory=box.analyzer, scan=box.scan, jobs=0, engine="here")
        assert list(store.items()) == list(here.items())
    assert run(path, store, batch.Cluster(scheduler)).analyzed == 0


def test_poison_is_isolated_and_named(tmp_path: Path, store: Store, scheduler: str) -> None:
    """A mail that kills its reader and one that never ends fail alone; the workers of the cluster live on."""
    path = box.write(tmp_path / "a", [*box.mails(10), "KILL", "SPIN"])
    summary = run(path, store, batch.Cluster(scheduler), time_limit=1.0)
    assert (summary.counts.read, summary.counts.failed) == (10, 2)
    assert [item.source.index for item in store.items(status=Status.FAILED)] == [10, 11]


def test_worker_of_the_cluster_is_killed(tmp_path: Path, store: Store, scheduler: str) -> None:
    """What a killed worker held is read by another: nothing lost, nothing twice."""
    from distributed import Client

    path = box.write(tmp_path / "a", box.mails(600))
    with Client(scheduler, set_as_default=False) as client:
        pids = client.run(os.getpid)
    killed: list[int] = []

    def progress(told: batch.Progress) -> None:
        if told.analyzed and not killed:
            killed.append(next(iter(pids.values())))
            os.kill(killed[0], signal.SIGKILL)

    summary = run(path, store, batch.Cluster(scheduler), progress=progress)
    assert killed
    assert (summary.counts.read, summary.complete) == (600, True)


def foreign() -> str:
    """What a worker with other models answers."""
    return "there"


def test_worker_with_other_models_is_refused(tmp_path: Path, store: Store, scheduler: str) -> None:
    """Before any mail is sent, each worker says what it has; another version or model is refused by name."""
    path = box.write(tmp_path / "a", box.mails(3))
    with pytest.raises(cluster.ClusterError, match=r"worker tcp://127\.0\.0\.1:\d+ has feedback-nlp there"):
        run(path, store, batch.Cluster(scheduler, engine_of=foreign))
    assert store.counts().items == 0


class Leaving:
    """A cluster of two workers, of which one goes away while it is asked."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get_versions(self, *, check: bool) -> None:
        """All alike."""

    def run(self, function: object, *, on_error: str) -> dict[str, object]:
        """One answer, one lost connection."""
        return {"tcp://a:1": OSError("closed"), "tcp://b:2": self.answer}


def test_a_worker_that_leaves_while_it_is_asked_is_not_blamed() -> None:
    """A killed worker may still be listed; the others must be ours, and able to answer."""
    cluster._check_workers(Leaving("here"), "here", foreign)
    for answer in ("there", ImportError("no")):
        with pytest.raises(cluster.ClusterError, match="install"):
            cluster._check_workers(Leaving(answer), "here", foreign)


@pytest.mark.parametrize("address", ["tcp://192.0.2.7:8786", "192.0.2.7:8786", "tcp://scheduler.example:8786"])
def test_plain_tcp_to_other_machines_is_refused(address: str) -> None:
    """Mails do not cross a network in the clear unless that is forced."""
    with pytest.raises(UsageError, match="not encrypted"):
        cluster.check_address(batch.Cluster(address))
    assert cluster.check_address(batch.Cluster(address, insecure=True))[1] is False


def test_addresses() -> None:
    """Loopback may be plain, tls is encrypted, anything else is no scheduler."""
    assert cluster.check_address(batch.Cluster("127.0.0.1:8786")) == ("tcp://127.0.0.1:8786", False)
    assert cluster.check_address(batch.Cluster("tcp://[::1]:8786"))[1] is False
    assert cluster.check_address(batch.Cluster("tls://host:8786"))[1] is True
    for address in ("http://host:80", "tls://host", "tls://host:port", "ucx://host:1"):
        with pytest.raises(UsageError, match="no address"):
            cluster.check_address(batch.Cluster(address))


def test_tls_without_certificates_is_a_wrong_call(tmp_path: Path, store: Store) -> None:
    """tls:// without its files is refused before anything is sent."""
    with pytest.raises(UsageError, match="--tls-cert"):
        run(box.write(tmp_path / "a", ["x"]), store, batch.Cluster("tls://127.0.0.1:1"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[batch.Cluster, subprocess.Popen[bytes]]]:
    """A scheduler and a worker as docs/cluster.md starts them, with TLS."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = "openssl req -newkey rsa:2048 -new -nodes -x509 -days 2 -subj /CN=feedback -keyout key.pem -out cert.pem"
    subprocess.run(make.split(), cwd=tmp_path, check=True, capture_output=True)
    tls = ["--tls-ca-file", str(cert), "--tls-cert", str(cert), "--tls-key", str(key)]
    port = free_port()
    address = f"tls://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--protocol", "tls", "--port", str(port), "--no-dashboard", *tls],
        ["worker", address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard", "--death-timeout", "120", *tls],
    ]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "dask", *command],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    yield batch.Cluster(address, cert, key, cert), started[0]
    for program in started:
        program.kill()
        program.wait()


def test_lost_scheduler_leaves_a_run_that_goes_on(
    tmp_path: Path, store: Store, machines: tuple[batch.Cluster, subprocess.Popen[bytes]]
) -> None:
    """Over TLS; when the scheduler is killed, what came back is kept and the rest is read later."""
    where, scheduler = machines
    path = box.write(tmp_path / "a", box.mails(2_000))

    def progress(told: batch.Progress) -> None:
        if told.analyzed and scheduler.poll() is None:
            scheduler.kill()
            scheduler.wait()

    with pytest.raises(cluster.ClusterError, match="--resume"):
        run(path, store, where, progress=progress)
    assert store.runs()[-1].state is RunState.INTERRUPTED
    kept = store.counts().read
    assert 0 < kept < 2_000
    rest = batch.run([path], store, analyzer_factory=box.analyzer, scan=box.scan, jobs=0)
    assert (rest.analyzed, rest.counts.read, rest.complete) == (2_000 - kept, 2_000, True)


def test_stranger_is_not_let_in(
    tmp_path: Path,
    store: Store,
    machines: tuple[batch.Cluster, subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A client without the certificate does not get to the scheduler."""
    where, _ = machines
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 4)
    with pytest.raises(cluster.ClusterError, match="no scheduler answers"):
        run(box.write(tmp_path / "a", ["x"]), store, batch.Cluster(where.address.replace("tls", "tcp")))
