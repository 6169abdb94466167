"""The results on disk: one row a mail, whatever happened to it, and one row a run.

SQLite by default (a file 0600 in a folder of its own 0700), any PostgreSQL database by URL. A row is written once: its
key is the sha256 of the raw mail, and a second write of the same mail changes nothing. Each write is one transaction
that is on the disk before the call returns, so that a run that was killed goes on where it stopped.

`places` says where each mail was seen in a run, in the order of reading. A mail that was seen twice is one item:
``seen == read + refused + failed + duplicates`` holds for every run.
"""

from __future__ import annotations

import contextlib
import enum
import json
import os
import sqlite3
import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback_nlp.errors import StoreError
from feedback_nlp.schema import Source, Tag

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Row, Table

APPLICATION_ID = 0x464E4C50  # "FNLP", in the header of our SQLite files
VERSION = 1  # of the tables; a change to them raises it
BUSY_SECONDS = 30  # how long a write waits for another process
PAGE = 200  # rows read at once; bounds the memory of an export
LARGEST_REPORT = 20_000_000  # bytes, unpacked; the text of a mail is 200 kB at most, and its report a few times that
_MAGIC = b"SQLite format 3\0"


class Status(enum.StrEnum):
    """What became of a mail."""

    READ = "read"
    REFUSED = "refused"  # not read, for a reason that lies in the mail
    FAILED = "failed"  # the program broke or ran out of time on it


class RunState(enum.StrEnum):
    """What became of a run."""

    RUNNING = "running"  # or killed without a word
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Item:
    """A mail in the store. `packed` is its report as deflated JSON, empty where there is none.

    `facts` is what other mails are compared by: company, role_title, reference, message_id, parents, offer, dates.
    """

    key: str
    status: Status
    source: Source
    id: str = ""
    reason: str = ""
    tag: str = ""
    outcome: str = ""
    stage: str = ""
    confidence: float = 0.0
    unsure: bool = False
    offered: bool = False
    areas: tuple[str, ...] = ()
    subject: str = ""
    sender: str = ""
    sent: str = ""  # ISO 8601, empty where the mail has no date
    facts: Mapping[str, Any] = field(default_factory=dict)
    packed: bytes = b""
    engine: str = ""  # which version of the program and of the model read it
    keyless: bool = False  # the bytes could not be read: the key is that of the place

    @property
    def report(self) -> dict[str, Any]:
        """The report (DESIGN §3), or an empty dictionary. Raises `StoreError` for one that no mail could have."""
        return _unpack(self.packed) if self.packed else {}


def _unpack(packed: bytes) -> dict[str, Any]:
    """A packed report. A store may be a stranger's: a few bytes of it must not fill the memory."""
    unpacking = zlib.decompressobj()
    try:
        raw = unpacking.decompress(packed, LARGEST_REPORT)
        report = json.loads(raw) if not unpacking.unconsumed_tail else None
    except (zlib.error, ValueError, RecursionError):
        report = None
    if not isinstance(report, dict):
        raise StoreError("a report in the store is damaged or was not written by this program: read the mails again")
    return report


def pack(report: Mapping[str, Any]) -> bytes:
    """A report as deflated JSON in UTF-8. A lone surrogate becomes its JSON escape, so that nothing is lost."""
    text = json.dumps(report, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "backslashreplace"), 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail was seen: `number` counts the items of a run from 0."""

    number: int
    source: Source
    key: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run over some paths."""

    id: int
    started: str
    finished: str
    state: RunState
    paths: tuple[str, ...]
    engine: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many; ``seen == read + refused + failed + duplicates`` when the run has ended."""

    seen: int = 0
    read: int = 0
    refused: int = 0
    failed: int = 0
    duplicates: int = 0
    tags: Mapping[str, int] = field(default_factory=dict)
    unsure: int = 0

    @property
    def items(self) -> int:
        """The different mails."""
        return self.read + self.refused + self.failed


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
        fresh = _prepare(path, create)
        with _told(str(path)):
            store = cls(_sqlite_engine(path), str(path))
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
        with _told(where):
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
        runs, places = _tables()["runs"], _tables()["places"]
        names = json.dumps([_storable(path) for path in paths])
        with self._write() as connection:
            earlier = [row.id for row in connection.execute(runs.select().where(runs.c.paths == names))]
            connection.execute(places.delete().where(places.c.run.in_(earlier)))
            values = {"started": _now(), "finished": "", "state": RunState.RUNNING, "paths": names, "engine": engine}
            key = connection.execute(runs.insert().values(**values)).inserted_primary_key
            return int(key[0])  # type: ignore[index]

    def end_run(self, run: int, state: RunState) -> None:
        """Note how a run ended. When it finished, refusals of unreadable files that are gone or mended go too."""
        runs = _tables()["runs"]
        with self._write() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(state=state, finished=_now()))
            if state is RunState.FINISHED:
                self._drop_mended(connection)

    def runs(self) -> list[Run]:
        """All runs, the latest last."""
        runs = _tables()["runs"]
        with self._read() as connection:
            rows = connection.execute(runs.select().order_by(runs.c.id)).all()
        return [
            Run(row.id, row.started, row.finished, RunState(row.state), tuple(json.loads(row.paths)), row.engine)
            for row in rows
        ]

    def _drop_mended(self, connection: Connection) -> None:
        items, places = _tables()["items"], _tables()["places"]
        seen = places.select().where(places.c.key == items.c.key).exists()
        connection.execute(items.delete().where(items.c.keyless.is_(True), ~seen))

    # --- items --------------------------------------------------------------------------------------------------------

    def known(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that are in the store already. At most a few hundred at once."""
        from sqlalchemy import select

        items = _tables()["items"]
        with self._read() as connection:
            return set(connection.scalars(select(items.c.key).where(items.c.key.in_(keys))))

    def record(self, run: int, items: Sequence[Item], places: Sequence[Place] = ()) -> int:
        """Write items and places in one transaction; what is there already stays. Returns how many items were new."""
        tables = _tables()
        place_rows = [
            {
                "run": run,
                "number": place.number,
                "path": _storable(place.source.path),
                "idx": place.source.index,
                "key": place.key,
            }
            for place in places
        ]
        with self._write() as connection:
            new = self._insert(connection, tables["items"], [_item_row(run, item) for item in items])
            self._insert(connection, tables["places"], place_rows)
        return new

    def forget(self, *, failed: bool = False, other_engine: str | None = None) -> int:
        """Delete items so that the next run reads them again: the failed ones, or those that another model read."""
        items = _tables()["items"]
        gone = 0
        with self._write() as connection:
            if failed:
                gone += connection.execute(items.delete().where(items.c.status == Status.FAILED)).rowcount
            if other_engine is not None:
                other = (items.c.status == Status.READ) & (items.c.engine != other_engine)
                gone += connection.execute(items.delete().where(other)).rowcount
        return gone

    def clear(self) -> None:
        """Delete every row. In SQLite the bytes are overwritten too (secure_delete)."""
        with self._write() as connection:
            for name in ("places", "items", "runs"):
                connection.execute(_tables()[name].delete())

    def item(self, key: str) -> Item | None:
        """The item with this key, or the only one whose key begins so."""
        items = _tables()["items"]
        with self._read() as connection:
            query = items.select().where(items.c.key.startswith(key, autoescape=True)).limit(2)
            rows = connection.execute(query).all()
        return _item(rows[0]) if len(rows) == 1 else None

    def items(
        self, *, run: int | None = None, status: Status | None = None, related: bool = False, packed: bool = True
    ) -> Iterator[Item]:
        """Items in the order of their first place, a page at a time: memory does not grow with the store.

        `run`: only those that this run saw; `related`: without unrelated mail and without what was not read;
        `packed`: with their reports.
        """
        from sqlalchemy import select, tuple_

        items, places = _tables()["items"], _tables()["places"]
        columns = [column for column in items.c if packed or column.name != "packed"]
        order = tuple_(items.c.path, items.c.idx, items.c.key)
        query = select(*columns).order_by(items.c.path, items.c.idx, items.c.key).limit(PAGE)
        if run is not None:
            query = query.where(places.select().where(places.c.key == items.c.key, places.c.run == run).exists())
        if status is not None:
            query = query.where(items.c.status == status)
        if related:
            query = query.where(items.c.status == Status.READ, items.c.tag != Tag.UNRELATED)
        after: tuple[str, int, str] | None = None
        while True:
            with self._read() as connection:
                page = query.where(order > after) if after else query
                rows = connection.execute(page).all()
            yield from map(_item, rows)
            if len(rows) < PAGE:
                return
            after = (rows[-1].path, rows[-1].idx, rows[-1].key)

    def places(self, key: str) -> list[Source]:
        """Where a mail was seen, each place once."""
        places = _tables()["places"]
        with self._read() as connection:
            rows = connection.execute(places.select().where(places.c.key == key).order_by(places.c.run)).all()
        return list(dict.fromkeys(Source(row.path, row.idx) for row in rows))

    def copies(self, run: int | None = None) -> dict[str, int]:
        """How often each mail was seen that was seen more than once."""
        from sqlalchemy import func, select

        places = _tables()["places"]
        query = select(places.c.key, func.count()).group_by(places.c.key).having(func.count() > 1)
        if run is not None:
            query = query.where(places.c.run == run)
        with self._read() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def counts(self, run: int | None = None) -> Counts:
        """How many mails of each kind: of a run, or of the whole store."""
        from sqlalchemy import func, select

        items, places = _tables()["items"], _tables()["places"]
        kinds = select(items.c.status, items.c.tag, items.c.unsure, func.count()).group_by(
            items.c.status, items.c.tag, items.c.unsure
        )
        seen = select(func.count()).select_from(places.join(items, places.c.key == items.c.key))
        if run is not None:
            kinds = kinds.where(places.select().where(places.c.key == items.c.key, places.c.run == run).exists())
            seen = seen.where(places.c.run == run)
        with self._read() as connection:
            rows = connection.execute(kinds).all()
            total = int(connection.scalar(seen) or 0)
        return _counted(rows, total)

    # --- below the tables ---------------------------------------------------------------------------------------------

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with _told(self.where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _told(self.where), self._engine.connect() as connection:
            yield connection

    def _insert(self, connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
        if not rows:
            return 0
        from sqlalchemy.dialects import postgresql, sqlite

        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        return connection.execute(insert(table).on_conflict_do_nothing(), rows).rowcount

    def _create(self) -> None:
        with self._engine.begin() as connection:
            _tables()["items"].metadata.create_all(connection)
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")

    def _check(self) -> None:
        with self._engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise StoreError(f"{self.where} is damaged: take a copy of it, delete it, and read the mails again")


# --- rows -------------------------------------------------------------------------------------------------------------

_METADATA: dict[str, Table] = {}


def _tables() -> dict[str, Table]:
    """The tables, made on first use: importing this module does not load SQLAlchemy."""
    if _METADATA:
        return _METADATA
    from sqlalchemy import Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text

    def text(name: str) -> Column[Any]:
        return Column(name, Text, nullable=False, default="")

    metadata = MetaData()
    runs = Table(
        "runs",
        metadata,
        Column("id", Integer, primary_key=True),
        *(text(name) for name in ("started", "finished", "state", "paths", "engine")),
    )
    items = Table(
        "items",
        metadata,
        Column("key", Text, primary_key=True),
        Column("run", Integer, nullable=False),
        Column("idx", Integer, nullable=False),
        *(text(name) for name in ("status", "path", "id", "reason", "tag", "outcome", "stage", "areas")),
        *(text(name) for name in ("subject", "sender", "sent", "facts", "engine")),
        Column("confidence", Float, nullable=False),
        *(Column(name, Boolean, nullable=False) for name in ("unsure", "offered", "keyless")),
        Column("packed", LargeBinary, nullable=False),
    )
    places = Table(
        "places",
        metadata,
        Column("run", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
        text("path"),
        Column("idx", Integer, nullable=False),
        text("key"),
    )
    Index("items_order", items.c.path, items.c.idx, items.c.key)
    Index("items_related", items.c.status, items.c.tag)
    Index("places_key", places.c.key, places.c.run)
    _METADATA.update(items=items, places=places, runs=runs)
    return _METADATA


_SAME = ("key", "status", "id", "reason", "tag", "outcome", "stage", "subject", "sender", "sent", "engine")


def _item_row(run: int, item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {name: _storable(getattr(item, name)) for name in _SAME}
    row.update(run=run, path=_storable(item.source.path), idx=item.source.index, areas=" ".join(item.areas))
    row.update(confidence=item.confidence, unsure=item.unsure, offered=item.offered, keyless=item.keyless)
    row.update(facts=json.dumps(dict(item.facts)) if item.facts else "", packed=item.packed)
    return row


def _item(row: Row[Any]) -> Item:
    fields = {name: getattr(row, name) for name in _SAME if name not in ("key", "status")}
    return Item(
        key=row.key,
        status=Status(row.status),
        source=Source(row.path, row.idx),
        areas=tuple(row.areas.split()),
        confidence=row.confidence,
        unsure=row.unsure,
        offered=row.offered,
        keyless=row.keyless,
        facts=json.loads(row.facts) if row.facts else {},
        packed=getattr(row, "packed", b""),
        **fields,
    )


def _counted(rows: Sequence[Any], seen: int) -> Counts:
    by_status = dict.fromkeys(Status, 0)
    tags = {str(tag): 0 for tag in Tag}
    unsure = 0
    for status, tag, doubtful, number in rows:
        by_status[Status(status)] += number
        if status == Status.READ:
            tags[tag] = tags.get(tag, 0) + number
            unsure += number if doubtful else 0
    read, refused, failed = (by_status[status] for status in Status)
    return Counts(seen, read, refused, failed, max(0, seen - read - refused - failed), tags, unsure)


def _storable(text: str) -> str:
    """Text that a database takes: no NUL (SQLite's length() stops at it), lone surrogates escaped."""
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode("utf-8")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


# --- the SQLite file --------------------------------------------------------------------------------------------------


def _prepare(path: Path, create: bool) -> bool:
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
    with _told(str(path)), contextlib.closing(_connect(path)) as connection:
        return tuple(
            int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("user_version", "application_id")
        )  # type: ignore[return-value]


def _has_no_tables(path: Path) -> bool:
    with _told(str(path)), contextlib.closing(_connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]) == 0


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit: transactions are begun by hand, so that making the tables is one too.
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _sqlite_engine(path: Path) -> Engine:
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
def _told(where: str) -> Iterator[None]:
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
