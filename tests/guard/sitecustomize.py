"""Forbids the network in every process that has this folder on PYTHONPATH, workers included, and notes each attempt."""

import os
import sys

_LOOPBACK = ("127.0.0.1", "::1", "localhost", "")
_PAGE = "GUARD_PAGE" in os.environ  # the page may listen, and be spoken to, on this machine only
_CALLS = ("connect", "getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo", "sendto", "sendmsg")
_FORBIDDEN = tuple(f"socket.{name}" for name in _CALLS)


def _everywhere(event: str, arguments: tuple) -> bool:
    """Whether a server would listen on all addresses."""
    return event == "socket.bind" and isinstance(arguments[1], tuple) and arguments[1][0] == ""


def _hook(event: str, arguments: tuple) -> None:
    bound = event == "socket.bind" and isinstance(arguments[1], tuple) and arguments[1][0] not in _LOOPBACK
    here = _PAGE and event == "socket.getaddrinfo" and arguments[0] in _LOOPBACK
    if (event in _FORBIDDEN and not here) or bound or (_PAGE and _everywhere(event, arguments)):
        with open(os.environ["GUARD_LOG"], "a", encoding="utf-8") as log:  # noqa: PTH123
            log.write(f"{event}\n")
        raise PermissionError("the network is forbidden")


sys.addaudithook(_hook)
