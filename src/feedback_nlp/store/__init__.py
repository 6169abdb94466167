"""The results on disk: one row a mail, whatever happened to it, and one row a run.

SQLite by default (a file 0600 in a folder of its own 0700), any PostgreSQL database by URL. A row is written once: its
key is the sha256 of the raw mail, and a second write of the same mail changes nothing. Each write is one transaction
that is on the disk before the call returns, so that a run that was killed goes on where it stopped.

`places` says where each mail was seen in a run, in the order of reading. A mail that was seen twice is one item:
``seen == read + refused + failed + duplicates`` holds for every run.

`records` has the nouns, `tables` the rows, `connection` the SQLite file. `writing` and `reading` are the statements;
`Store` gives each its transaction.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from feedback_nlp.errors import StoreError
from feedback_nlp.schema import Source
from feedback_nlp.store import reading, writing
from feedback_nlp.store.connection import APPLICATION_ID, VERSION, prepare, sqlite_engine, told
from feedback_nlp.store.records import Counts, Item, Place, Run, RunState, Status, pack
from feedback_nlp.store.tables import tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["Counts", "Item", "Place", "Run", "RunState", "Status", "Store", "journal_path", "pack"]


def journal_path() -> Path:
    """Where the journal lies: ``$XDG_DATA_HOME/feedback-nlp/journal.sqlite``, by default under ``~/.local/share``."""
    home = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(home) if home else Path.home() / ".local" / "share") / "feedback-nlp" / "journal.sqlite"


class Store:
    """Results in a database. Open one with `Store.open`; close it, or use it in a ``with``.

    One thread writes; several may read. Every method raises `StoreError` when the database does not answer: what was
    recorded before is kept.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self.where = where  # a path, or a URL without its password

    @classmethod
    def open(cls, where: str | Path | None = None, *, create: bool = True) -> Store:
        """Open a store: a path, a database URL (``postgresql+psycopg://…``), or the journal when nothing is given.

        A file that is not a store of this program is refused and left as it is. Raises `StoreError`.
        """
        if isinstance(where, str) and "://" in where and not where.startswith("sqlite:"):
            return cls._open_url(where)
        path = journal_path() if where is None else Path(str(where).removeprefix("sqlite:///"))
        fresh = prepare(path, create)
        with told(str(path)):
            store = cls(sqlite_engine(path), str(path))
            if fresh:
                store._create()
            else:
                store._check()
            return store

    @classmethod
    def _open_url(cls, url: str) -> Store:
        from sqlalchemy import create_engine
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError

        try:
            engine = create_engine(url, pool_pre_ping=True)
        except (ArgumentError, NoSuchModuleError, ImportError) as error:
            raise StoreError(
                f"this database URL cannot be used ({type(error).__name__}): give a path, sqlite:///PATH, or "
                "postgresql+psycopg://USER@HOST/NAME with its driver installed"
            ) from None
        if engine.dialect.name not in ("sqlite", "postgresql"):
            raise StoreError(f"{engine.dialect.name} is not supported: use a SQLite file or PostgreSQL")
        where = engine.url.render_as_string(hide_password=True)
        with told(where):
            store = cls(engine, where)
            store._create()
            return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of a SQLite store: the database and what SQLite keeps beside it. None for a server."""
        if self._engine.dialect.name != "sqlite":
            return ()
        return tuple(Path(self.where + ending) for ending in ("", "-wal", "-shm"))

    def close(self) -> None:
        """Give the connections back. The store can be opened again."""
        self._engine.dispose()

    # --- runs ---------------------------------------------------------------------------------------------------------

    def begin_run(self, paths: Sequence[str], engine: str = "") -> int:
        """Note that a run over `paths` begins, and return its number. The places of earlier runs over them go."""
        with self._write() as connection:
            return writing.begin_run(connection, paths, engine)

    def end_run(self, run: int, state: RunState) -> None:
        """Note how a run ended. When it finished, refusals of unreadable files that are gone or mended go too."""
        with self._write() as connection:
            writing.end_run(connection, run, state)

    def runs(self) -> list[Run]:
        """All runs, the latest last."""
        with self._read() as connection:
            return reading.all_runs(connection)

    # --- items --------------------------------------------------------------------------------------------------------

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that are in the store already. At most a few hundred at once."""
        with self._read() as connection:
            return reading.known(connection, keys)

    def record(self, run: int, items: Sequence[Item], places: Sequence[Place] = ()) -> int:
        """Write items and places in one transaction; what is there already stays. Returns how many items were new."""
        with self._write() as connection:
            return writing.record(connection, run, items, places)

    def forget(self, *, failed: bool = False, other_engine: str | None = None) -> int:
        """Delete items so that the next run reads them again: the failed ones, or those that another model read."""
        with self._write() as connection:
            gone = writing.forget_failed(connection) if failed else 0
            if other_engine is not None:
                gone += writing.forget_other_engines(connection, other_engine)
        return gone

    def clear(self) -> None:
        """Delete every row. In SQLite the bytes are overwritten too (secure_delete)."""
        with self._write() as connection:
            writing.clear(connection)

    def item(self, key: str) -> Item | None:
        """The item with this key, or the only one whose key begins so."""
        with self._read() as connection:
            return reading.one_item(connection, key)

    def items(
        self, *, run: int | None = None, status: Status | None = None, related: bool = False, packed: bool = True
    ) -> Iterator[Item]:
        """Items in the order of their first place, a page at a time: memory does not grow with the store.

        `run`: only those that this run saw; `related`: without unrelated mail and without what was not read;
        `packed`: with their reports.
        """
        query = reading.items_query(run, status, related, packed)
        last: Item | None = None
        while True:
            with self._read() as connection:
                page = reading.item_page(connection, query, last)
            yield from page
            if len(page) < reading.PAGE:
                return
            last = page[-1]

    def places(self, key: str) -> list[Source]:
        """Where a mail was seen, each place once."""
        with self._read() as connection:
            return reading.places_of(connection, key)

    def copies(self, run: int | None = None) -> dict[str, int]:
        """How often each mail was seen that was seen more than once."""
        with self._read() as connection:
            return reading.copies(connection, run)

    def counts(self, run: int | None = None) -> Counts:
        """How many mails of each kind: of a run, or of the whole store."""
        with self._read() as connection:
            return reading.counts(connection, run)

    # --- transactions -------------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with told(self.where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with told(self.where), self._engine.connect() as connection:
            yield connection

    def _create(self) -> None:
        with self._engine.begin() as connection:
            tables()["items"].metadata.create_all(connection)
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")

    def _check(self) -> None:
        with self._engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise StoreError(f"{self.where} is damaged: take a copy of it, delete it, and read the mails again")
