"""Reads every attack in a process of its own that notices what it must not do: ``python -m tests.attacks.run FOLDER``.

One JSON line for each attack. While an attack is read, an audit hook forbids and records: network, other programs,
writing, and reading outside of the folder. A process that hangs ends itself.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from tests.attacks import files, mails
from tests.attacks.attack import CANARY, Attack

HANG_SECONDS = 200.0  # for one attack; then the process ends itself, with a trace
MEMORY = 3 << 30  # bytes of address space: a net below the limit that the test checks
_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "os.startfile", "pty.",
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod", "os.chown",
    "shutil.", "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.", "pickle.find_class", "tempfile.", "sqlite3.",
    "ctypes.dlopen", "marshal.loads", "code.__new__",
)  # fmt: skip
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Watch:
    """What happens while an attack is read."""

    def __init__(self, allowed: tuple[Path, ...]) -> None:
        self.seen: list[str] = []
        self.on = False
        self._allowed = tuple(str(path.resolve()) for path in allowed)
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            self._opened(*arguments)
        elif event.startswith(_FORBIDDEN) and not self._harmless(event, arguments):
            self._forbid(event)

    def _harmless(self, event: str, arguments: tuple[Any, ...]) -> bool:
        """Modules that are imported late."""
        return event in ("marshal.loads", "code.__new__", "ctypes.dlopen")

    def _opened(self, path: object, mode: object, flags: int) -> None:
        if isinstance(path, int):
            return
        name = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        if flags & _WRITES and name != os.devnull:
            self._forbid("writing a file")
        if not name.startswith((*self._allowed, sys.prefix, sys.base_prefix)) and not name.startswith("/dev/"):
            self._forbid(f"reading {name}")

    def _forbid(self, what: str) -> None:
        self.seen.append(what)
        raise PermissionError(f"forbidden: {what}")


def read(path: Path) -> dict[str, Any]:
    """What the program makes of a path."""
    from feedback_nlp.errors import UsageError
    from feedback_nlp.mail import open_mail
    from feedback_nlp.schema import Refused

    texts: list[str] = []
    reasons: list[str] = []
    numbers = [0, 0]
    try:
        items = list(open_mail(path))
    except UsageError as error:  # a table that was named itself and has no column of text
        return {"read": 0, "refused": 1, "texts": [], "reasons": [str(error)]}
    for item in items:
        if isinstance(item, Refused):
            numbers[1] += 1
            if len(reasons) < 50:
                reasons.append(item.reason)
        else:
            numbers[0] += 1
            if len(texts) < 50:
                names = (item.subject, item.sender, item.to, *(value for _, value in item.headers), *item.notes)
                texts.append("\n".join((item.text, *names)))
                item.text.encode()  # no lone surrogate
    return {"read": numbers[0], "refused": numbers[1], "texts": texts, "reasons": reasons}


def one(attack: Attack, root: Path, number: int, watch: Watch) -> dict[str, Any]:
    """The outcome of one attack."""
    folder = root / f"{number:03}"
    if attack.placed:
        path = attack.make(folder)  # type: ignore[call-arg, arg-type]
    else:
        folder.mkdir()
        path = folder / f"attack.{attack.ending}"
        path.write_bytes(attack.make())  # type: ignore[call-arg, arg-type]
    before = sorted(str(each) for each in folder.rglob("*"))
    began = time.process_time()
    watch.seen.clear()
    watch.on, error = True, ""
    try:
        found = read(path)
    except BaseException as problem:  # noqa: BLE001 - any other error is what the test looks for
        watch.on = False
        found = {"read": 0, "refused": 0, "texts": [], "reasons": []}
        error = f"{type(problem).__name__} at {traceback.extract_tb(problem.__traceback__)[-1][:3]}"
    watch.on = False
    whole = "\n".join(found.pop("texts"))
    return {
        "id": attack.id,
        **found,
        "seconds": time.process_time() - began,
        "error": error,
        "missing": [word for word in attack.shown if word not in whole],
        "leaked": [word for word in attack.hidden if word in whole],
        "quoted": [reason for reason in found["reasons"] if CANARY in reason],
        "forbidden": list(watch.seen),
        "left": sorted(str(each) for each in folder.rglob("*")) != before,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def every(*, slow: bool) -> list[Attack]:
    """The attacks of this folder that are files or places."""
    return [attack for attack in (*mails.every(), *files.every()) if attack.slow is slow]


def warm() -> None:
    """Load what is loaded once, before anything is measured or watched."""
    from feedback_nlp.mail import read_mail

    words = "We have decided against your application, and your answers lacked examples. " * 20
    for text in (words, f"<html><p>{words}</p></html>", "Grüße aus Köln, wir haben uns anders entschieden. " * 20):
        read_mail(text)
        read_mail(text.encode("latin-1"))


def main(folder: Path, *, slow: bool) -> None:
    """Read all of them."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warm()
    watch = Watch((folder, Path(__file__).parents[2], Path("/proc/self"), Path("/usr/lib"), Path("/usr/share")))
    for number, attack in enumerate(every(slow=slow)):
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        sys.stdout.write(json.dumps(one(attack, folder, number, watch)) + "\n")
        sys.stdout.flush()
    faulthandler.cancel_dump_traceback_later()


if __name__ == "__main__":
    main(Path(sys.argv[1]), slow="--slow" in sys.argv)
