"""A private folder for dropped files and results, and the sweeping up after a program that was killed.

A folder goes with the program that made it. One that was killed could not delete its own: the next start does. A lock
tells what is still in use from what was left behind; the system lets go of it when its holder ends, however it ends.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import streamlit as st

PREFIX = "feedback-nlp-"
LOCK = "in-use"
YOUNG = 60.0  # seconds in which a folder may not have its lock yet
UNLOCKED = 86_400.0  # seconds after which a folder that never had one (of an older version) is taken for left behind


class Workplace(tempfile.TemporaryDirectory[str]):
    """A temporary folder that only this user can open, marked as in use while this process lives."""

    def __init__(self) -> None:
        super().__init__(prefix=PREFIX)
        self._held = Path(self.name, LOCK).open("wb")  # noqa: SIM115 - held as long as the folder
        _lock(self._held)

    def cleanup(self) -> None:
        """Delete the folder with all that is in it."""
        self._held.close()
        super().cleanup()


@st.cache_resource(show_spinner=False)
def swept() -> int:
    """Sweep up once in the life of this process; how many folders went."""
    return sweep(Path(tempfile.gettempdir()), time.time())


def sweep(folder: Path, now: float) -> int:
    """Delete what killed programs of this user left in `folder`: nothing young, nothing in use, nothing of others."""
    gone = 0
    for found in sorted(folder.glob(f"{PREFIX}*")):
        try:
            if _left_behind(found, now):
                shutil.rmtree(found, ignore_errors=True)
                gone += not found.exists()
        except OSError:  # it went meanwhile, or cannot be looked at
            continue
    return gone


def _left_behind(found: Path, now: float) -> bool:
    about = found.lstat()
    own = not hasattr(os, "getuid") or (about.st_uid == os.getuid() and not about.st_mode & 0o077)
    if not (stat.S_ISDIR(about.st_mode) and own):
        return False
    age = now - about.st_mtime
    try:
        with Path(found, LOCK).open("r+b") as held:
            return age > YOUNG and _lock(held)
    except FileNotFoundError:
        return age > UNLOCKED


def _lock(file: IO[bytes]) -> bool:
    """Take the lock of an open file for this process; False when another has it."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
