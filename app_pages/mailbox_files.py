"""Dropped files on their way to disk."""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp


def put_aside(folder: Path, name: str, raw: memoryview | bytes) -> Path:
    """Write a dropped file below a folder that only this user can open, under a name that leads nowhere else."""
    plain = "".join(char for char in Path(name).name if char.isalnum() or char in " ._-")[-80:].strip(". ") or "mail"
    path = Path(mkdtemp(dir=folder)) / plain
    path.write_bytes(raw)
    return path
