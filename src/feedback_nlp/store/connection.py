"""The SQLite file: made private, known again by its header, and never somebody else's."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from feedback_nlp.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

APPLICATION_ID = 0x464E4C50  # "FNLP", in the header of our SQLite files
VERSION = 1  # of the tables; a change to them raises it
BUSY_SECONDS = 30  # how long a write waits for another process
_MAGIC = b"SQLite format 3\0"


def prepare(path: Path, create: bool) -> bool:
    """Make the file with its rights before SQLite does, or look at what lies there. Whether tables must be made."""
    try:
        if not create and not path.exists():
            raise StoreError(f"{path} does not exist: check the path, or make it with 'feedback-nlp batch'")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            return _is_empty_store(path)
    except OSError as error:
        raise StoreError(f"{path} cannot be used ({error.strerror}): choose another place with --store") from None
    return True


def _is_empty_store(path: Path) -> bool:
    """Whether an existing file is an empty one. A foreign file is refused before anything is written to it."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise StoreError(f"{path} is not a regular file: choose another place with --store")
    with path.open("rb") as file:
        head = file.read(100)
    if not head:
        return True
    if not head.startswith(_MAGIC):
        raise StoreError(f"{path} is not a database and was left as it is: choose another place with --store")
    version, application = _identity(path)
    if (version, application) == (0, 0) and _has_no_tables(path):
        return True  # killed between making the file and its tables
    if application != APPLICATION_ID:
        raise StoreError(f"{path} belongs to another program and was left as it is: choose another place with --store")
    if version != VERSION:
        raise StoreError(
            f"{path} has tables of version {version}, this program knows version {VERSION}: "
            "use the version of feedback-nlp that made it, or read the mails again into another place"
        )
    return False


def _identity(path: Path) -> tuple[int, int]:
    """user_version and application_id, as SQLite sees them (they may still lie in its -wal file)."""
    with told(str(path)), contextlib.closing(_connect(path)) as connection:
        return tuple(
            int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("user_version", "application_id")
        )  # type: ignore[return-value]


def _has_no_tables(path: Path) -> bool:
    with told(str(path)), contextlib.closing(_connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]) == 0


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit: transactions are begun by hand, so that making the tables is one too.
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def sqlite_engine(path: Path) -> Engine:
    """An engine whose every connection is durable, erases what it deletes and trusts no schema."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import QueuePool

    engine = create_engine("sqlite://", creator=lambda: _connect(path), poolclass=QueuePool)

    def _set_up(connection: sqlite3.Connection, _: object) -> None:
        for pragma in ("trusted_schema = OFF", "secure_delete = ON", "journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def told(where: str) -> Iterator[None]:
    """Errors of the database as `StoreError`, in words that quote no row."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"{where} {_reason(cause)}") from None


def _reason(error: BaseException) -> str:
    words = str(error).lower()
    if "full" in words:
        return "could not be written: the disk is full. What was recorded is kept; make room, then go on with --resume"
    if "locked" in words:
        return "is in use by another run: wait for it, then go on with --resume"
    if "malformed" in words or "not a database" in words:
        return "is damaged: take a copy of it, delete it, and read the mails again"
    if "readonly" in words or "unable to open" in words:
        return "cannot be written: check its permissions, or choose another place with --store"
    return f"does not answer ({type(error).__name__}): what was recorded is kept"
