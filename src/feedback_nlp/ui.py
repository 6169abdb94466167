"""Starts the page: ``streamlit run`` as a subprocess, on this machine only.

Every setting that keeps mail on this machine is passed as a flag, because a flag wins over a configuration file that a
user may have.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from feedback_nlp.errors import ModelError, UsageError

PORTS_TRIED = 50

FLAGS = {
    "server.headless": "true",  # no question for a mail address at the first start
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "50",  # MB
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.enableStaticServing": "false",
    "runner.magicEnabled": "false",  # a bare value of the program is never put on the page
    "browser.gatherUsageStats": "false",
    "client.showErrorDetails": "none",
    "client.toolbarMode": "minimal",
}


def open_page(*, port: int, address: str, browser: bool, say: Callable[[str], None]) -> int:
    """Start the page, open a browser at it, and return the exit code of the server once it stops.

    Raises `UsageError` for an address that other machines could reach, or when no port is free.
    """
    host = loopback(address)
    free = free_port(host, port)
    if free != port:
        say(f"Port {port} is taken; using {free}.")
    url = page_url(host, free)
    say(f"The page is at {url} (this machine only). Stop it with Ctrl-C.")
    server = subprocess.Popen(command(host, free), env=_environment(), cwd=app_folder())
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        if browser and _is_up(server, host, free):
            import webbrowser

            webbrowser.open(url)
        return server.wait()
    except KeyboardInterrupt:
        say("Stopped.")
        return 0
    finally:  # the server never outlives the command
        server.terminate()
        server.wait()
        signal.signal(signal.SIGTERM, before)


def _as_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def loopback(address: str) -> str:
    """The address, if only this machine can reach it. Raises `UsageError` otherwise."""
    host = "127.0.0.1" if address == "localhost" else address
    try:
        known = ipaddress.ip_address(host).is_loopback
    except ValueError:
        known = False
    if not known:
        raise UsageError(
            f"{address} can be reached from other machines, and the page has no sign-in: use 127.0.0.1. "
            "For another device, forward the port through ssh (ssh -L 8501:127.0.0.1:8501 ...)."
        )
    return host


def free_port(host: str, first: int) -> int:
    """The first port from `first` on that nobody listens at. Raises `UsageError` after `PORTS_TRIED` ports."""
    for port in range(first, min(first + PORTS_TRIED, 65_536)):
        with socket.socket(_family(host)) as probe:
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise UsageError(f"no port from {first} on is free: give another one with --port")


def page_url(host: str, port: int) -> str:
    """The address of the page for a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def app_folder() -> Path:
    """The folder of ``app.py`` inside the package."""
    folder = Path(str(resources.files("feedback_nlp").joinpath("_app")))
    if not (folder / "app.py").is_file():
        raise ModelError(f"{folder / 'app.py'} is missing: install the package again")
    return folder


def command(host: str, port: int) -> list[str]:
    """The command line of the server."""
    if find_spec("streamlit") is None:
        raise ModelError("Streamlit is not installed: run 'pip install streamlit'")
    flags = {"server.address": host, "server.port": str(port), **FLAGS}
    allowed = [f"--server.allowedHosts={name}" for name in ("localhost", "127.0.0.1", host) if ":" not in name]
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app_folder() / "app.py"),
        *(f"--{name}={value}" for name, value in flags.items()),
        *dict.fromkeys(allowed),
    ]


def _environment() -> dict[str, str]:
    """The environment without ``STREAMLIT_*``, which could widen what the flags do not name."""
    return {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _is_up(server: subprocess.Popen[bytes], host: str, port: int, patience: float = 30.0) -> bool:
    """Wait until the server answers; False if it stopped or takes longer than `patience` seconds."""
    waited, step = 0.0, 0.1
    while waited < patience:
        try:
            server.wait(step)
        except subprocess.TimeoutExpired:
            waited += step
        else:
            return False
        with socket.socket(_family(host)) as probe:
            probe.settimeout(step)
            if probe.connect_ex((host, port)) == 0:
                return True
    return False
