"""Folders of dropped files: private, gone with the program, and swept up after one that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from app_pages.workplace import LOCK, PREFIX, UNLOCKED, YOUNG, Workplace, sweep

HOLD = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from app_pages.workplace import Workplace
held = Workplace()
print(held.name, flush=True)
sys.stdin.read()
"""
ROOT = Path(__file__).parents[1]


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A folder with a mail in it, as a killed program leaves it, with its lock."""
    folder = tmp_path / f"{PREFIX}killed"
    folder.mkdir(mode=0o700)
    (folder / LOCK).touch()
    (folder / "mail.eml").write_text("words")
    return folder


def later(seconds: float = YOUNG + 1) -> float:
    """A time as long after now."""
    return time.time() + seconds


def test_what_a_killed_program_left_goes(left: Path) -> None:
    """Once it is older than a minute and nobody holds its lock."""
    assert sweep(left.parent, later(0)) == 0
    assert sweep(left.parent, later()) == 1
    assert not left.exists()


def test_a_folder_without_a_lock_stays_for_a_day(left: Path) -> None:
    """A program of an older version may still be at work in it."""
    (left / LOCK).unlink()
    assert sweep(left.parent, later()) == 0
    assert sweep(left.parent, later(UNLOCKED + 1)) == 1


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="rights of files")
def test_what_is_not_clearly_ours_stays(tmp_path: Path, left: Path) -> None:
    """Links, files, and folders that others may open are left alone, and so is what a link leads to."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere, target_is_directory=True)
    (tmp_path / f"{PREFIX}file").touch()
    left.chmod(0o755)
    assert sweep(tmp_path, later(UNLOCKED + 1)) == 0
    assert elsewhere.exists()
    assert left.exists()


def test_a_folder_in_use_stays_until_its_program_is_killed(tmp_path: Path) -> None:
    """The lock ends with its holder, even when that is killed without a word."""
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        assert sweep(tmp_path, later()) == 0
        assert folder.exists()
        holder.kill()
    assert sweep(tmp_path, later()) == 1


def test_a_workplace_goes_when_it_is_done_with() -> None:
    """Forgetting deletes the folder with all that is in it."""
    place = Workplace()
    Path(place.name, "mail.eml").write_text("words")
    assert not Path(place.name).stat().st_mode & 0o077
    place.cleanup()
    assert not Path(place.name).exists()
