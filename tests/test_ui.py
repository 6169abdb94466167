"""Starting the page: on this machine only, with flags that a configuration file cannot widen."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import closing

import pytest

from feedback_nlp import ui
from feedback_nlp.errors import UsageError


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "127.0.0.7", "::1"])
def test_loopback_addresses_are_taken(address: str) -> None:
    """Addresses that only this machine can reach."""
    assert ui.loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.4", "192.168.1.2", "example.com", "", "127.0.0.1.evil"])
def test_other_addresses_are_refused(address: str) -> None:
    """Everything else is refused, with a way out."""
    with pytest.raises(UsageError, match=r"127\.0\.0\.1"):
        ui.loopback(address)


def test_a_taken_port_gives_the_next_free_one() -> None:
    """A port that somebody listens at is passed over."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert ui.free_port("127.0.0.1", port) > port


def test_no_free_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """After many tries the person is told."""

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(UsageError, match="--port"):
        ui.free_port("127.0.0.1", 8501)


def test_the_flags_keep_mail_here() -> None:
    """Address, hosts, statistics, tracebacks and upload size are flags of the command."""
    line = " ".join(ui.command("127.0.0.1", 8501))
    for flag in (
        "--server.address=127.0.0.1",
        "--server.port=8501",
        "--server.allowedHosts=localhost --server.allowedHosts=127.0.0.1",
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
        "--server.maxUploadSize=50",
        "--server.fileWatcherType=none",
        "--client.toolbarMode=minimal",
    ):
        assert flag in line


def test_environment_cannot_widen_the_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    """STREAMLIT_* variables do not reach the server."""
    monkeypatch.setenv("STREAMLIT_SERVER_ENABLE_CORS", "false")
    assert not any(name.startswith("STREAMLIT_") for name in ui._environment())


class Server:
    """Stands for the subprocess."""

    def __init__(self, *arguments: object, **more: object) -> None:
        self.waits = 0
        self.stopped = False

    def wait(self, timeout: float | None = None) -> int:
        self.waits += 1
        if self.waits == 1 and timeout is None:
            raise KeyboardInterrupt
        return 0

    def terminate(self) -> None:
        self.stopped = True


def test_a_taken_port_is_said_and_ctrl_c_stops_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person learns where the page is; Ctrl-C ends it with exit 0."""
    said: list[str] = []
    monkeypatch.setattr(subprocess, "Popen", Server)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert ui.open_page(port=port, address="127.0.0.1", browser=False, say=said.append) == 0
    assert "is taken" in said[0]
    assert "http://127.0.0.1:" in said[1]
    assert said[-1] == "Stopped."


def test_the_page_is_in_the_package() -> None:
    """app.py and its pages lie beside the package's own files."""
    assert (ui.app_folder() / "app_pages" / "analyze.py").is_file()
    assert (ui.app_folder() / ".streamlit" / "config.toml").is_file()


def test_streamlit_knows_every_flag() -> None:
    """`streamlit run` accepts the flags: a misspelled one would be refused at the start."""
    flags = [part for part in ui.command("127.0.0.1", 8501)[5:] if part.startswith("--")]
    done = subprocess.run(
        [sys.executable, "-m", "streamlit", "config", "show", *flags], capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
