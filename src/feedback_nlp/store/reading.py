"""What is asked of the store. Each call is given a connection and changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from feedback_nlp.schema import Source, Tag
from feedback_nlp.store.records import Counts, Item, Run, Status
from feedback_nlp.store.tables import read_item, read_run, tables

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

PAGE = 200  # rows read at once; bounds the memory of an export


def all_runs(connection: Connection) -> list[Run]:
    """All runs, the latest last."""
    runs = tables()["runs"]
    return [read_run(row) for row in connection.execute(runs.select().order_by(runs.c.id))]


def known(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that are there."""
    from sqlalchemy import select

    items = tables()["items"]
    return set(connection.scalars(select(items.c.key).where(items.c.key.in_(keys))))


def one_item(connection: Connection, key: str) -> Item | None:
    """The only item whose key begins so."""
    items = tables()["items"]
    rows = connection.execute(items.select().where(items.c.key.startswith(key, autoescape=True)).limit(2)).all()
    return read_item(rows[0]) if len(rows) == 1 else None


def items_query(run: int | None, status: Status | None, related: bool, packed: bool) -> Select[Any]:
    """The query for items in the order of their first place; for `item_page`."""
    from sqlalchemy import select

    items = tables()["items"]
    query = select(*(column for column in items.c if packed or column.name != "packed"))
    if run is not None:
        query = query.where(_seen_by(run))
    if status is not None:
        query = query.where(items.c.status == status)
    if related:
        query = query.where(items.c.status == Status.READ, items.c.tag != Tag.UNRELATED)
    return query.order_by(items.c.path, items.c.idx, items.c.key).limit(PAGE)


def item_page(connection: Connection, query: Select[Any], after: Item | None) -> list[Item]:
    """The next items of a query behind the item `after`; fewer than `PAGE` when no more follow."""
    from sqlalchemy import tuple_

    if after is not None:
        items = tables()["items"]
        place = (after.source.path, after.source.index, after.key)
        query = query.where(tuple_(items.c.path, items.c.idx, items.c.key) > place)
    return [read_item(row) for row in connection.execute(query)]


def places_of(connection: Connection, key: str) -> list[Source]:
    """Where a mail was seen, each place once."""
    places = tables()["places"]
    rows = connection.execute(places.select().where(places.c.key == key).order_by(places.c.run))
    return list(dict.fromkeys(Source(row.path, row.idx) for row in rows))


def copies(connection: Connection, run: int | None) -> dict[str, int]:
    """How often each mail was seen that was seen more than once."""
    from sqlalchemy import func, select

    places = tables()["places"]
    query = select(places.c.key, func.count()).group_by(places.c.key).having(func.count() > 1)
    if run is not None:
        query = query.where(places.c.run == run)
    return {row[0]: row[1] for row in connection.execute(query)}


def counts(connection: Connection, run: int | None) -> Counts:
    """How many mails of each kind."""
    from sqlalchemy import func, select

    items, places = tables()["items"], tables()["places"]
    columns = (items.c.status, items.c.tag, items.c.unsure)
    kinds = select(*columns, func.count()).group_by(*columns)
    seen = select(func.count()).select_from(places.join(items, places.c.key == items.c.key))
    if run is not None:
        kinds = kinds.where(_seen_by(run))
        seen = seen.where(places.c.run == run)
    return _counted(connection.execute(kinds).all(), int(connection.scalar(seen) or 0))


def _seen_by(run: int) -> ColumnElement[bool]:
    items, places = tables()["items"], tables()["places"]
    return places.select().where(places.c.key == items.c.key, places.c.run == run).exists()


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
