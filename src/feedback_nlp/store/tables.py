"""The tables, and what stands between a row and an `Item`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from feedback_nlp.schema import Source
from feedback_nlp.store.records import Item, Place, Run, RunState, Status

if TYPE_CHECKING:
    from sqlalchemy import Row, Table

_METADATA: dict[str, Table] = {}


def tables() -> dict[str, Table]:
    """The tables, made on first use: importing this package does not load SQLAlchemy."""
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


def item_row(run: int, item: Item) -> dict[str, Any]:
    """An item as a row of `items`; `run` is the one that read it."""
    row: dict[str, Any] = {name: storable(getattr(item, name)) for name in _SAME}
    row.update(run=run, path=storable(item.source.path), idx=item.source.index, areas=" ".join(item.areas))
    row.update(confidence=item.confidence, unsure=item.unsure, offered=item.offered, keyless=item.keyless)
    row.update(facts=json.dumps(dict(item.facts)) if item.facts else "", packed=item.packed)
    return row


def place_row(run: int, place: Place) -> dict[str, Any]:
    """A place as a row of `places`."""
    source = place.source
    return {"run": run, "number": place.number, "path": storable(source.path), "idx": source.index, "key": place.key}


def read_item(row: Row[Any]) -> Item:
    """A row of `items` as an item; without its report where the row was read without `packed`."""
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


def read_run(row: Row[Any]) -> Run:
    """A row of `runs` as a run."""
    return Run(row.id, row.started, row.finished, RunState(row.state), tuple(json.loads(row.paths)), row.engine)


def storable(text: str) -> str:
    """Text that a database takes: no NUL (SQLite's length() stops at it), lone surrogates escaped."""
    return text.replace("\0", "").encode("utf-8", "backslashreplace").decode("utf-8")
