"""What changes the store. Each call is given the connection of a transaction, and commits nothing itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from feedback_nlp.store.records import Item, Place, RunState, Status
from feedback_nlp.store.tables import item_row, place_row, storable, tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table


def begin_run(connection: Connection, paths: Sequence[str], engine: str) -> int:
    """A new run, by its number; the places of earlier runs over the same paths go."""
    runs, places = tables()["runs"], tables()["places"]
    names = json.dumps([storable(path) for path in paths])
    earlier = [row.id for row in connection.execute(runs.select().where(runs.c.paths == names))]
    connection.execute(places.delete().where(places.c.run.in_(earlier)))
    values = {"started": _now(), "finished": "", "state": RunState.RUNNING, "paths": names, "engine": engine}
    key = connection.execute(runs.insert().values(**values)).inserted_primary_key
    return int(key[0])  # type: ignore[index]


def end_run(connection: Connection, run: int, state: RunState) -> None:
    """How a run ended."""
    runs = tables()["runs"]
    connection.execute(runs.update().where(runs.c.id == run).values(state=state, finished=_now()))
    if state is RunState.FINISHED:
        _drop_mended(connection)


def _drop_mended(connection: Connection) -> None:
    """Refusals of files that could not be opened, at places where no run sees them any more."""
    items, places = tables()["items"], tables()["places"]
    seen = places.select().where(places.c.key == items.c.key).exists()
    connection.execute(items.delete().where(items.c.keyless.is_(True), ~seen))


def record(connection: Connection, run: int, items: Sequence[Item], places: Sequence[Place]) -> int:
    """Items and places that are not there yet. Returns how many items were new."""
    new = _insert(connection, tables()["items"], [item_row(run, item) for item in items])
    _insert(connection, tables()["places"], [place_row(run, place) for place in places])
    return new


def _insert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    from sqlalchemy.dialects import postgresql, sqlite

    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return connection.execute(insert(table).on_conflict_do_nothing(), rows).rowcount


def forget_failed(connection: Connection) -> int:
    """Delete the failed items. Returns how many."""
    items = tables()["items"]
    return connection.execute(items.delete().where(items.c.status == Status.FAILED)).rowcount


def forget_other_engines(connection: Connection, engine: str) -> int:
    """Delete the items that were read by another engine. Returns how many."""
    items = tables()["items"]
    other = (items.c.status == Status.READ) & (items.c.engine != engine)
    return connection.execute(items.delete().where(other)).rowcount


def clear(connection: Connection) -> None:
    """Delete every row."""
    for name in ("places", "items", "runs"):
        connection.execute(tables()[name].delete())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
