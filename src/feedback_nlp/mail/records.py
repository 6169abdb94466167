"""Rows of tables and lines of JSON as records: id, subject, text, from, to, date."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from feedback_nlp.errors import BrokenInput, EmptyInput, UsageError
from feedback_nlp.mail.cleaning import clean, decode
from feedback_nlp.mail.formats import TEXT_COLUMNS
from feedback_nlp.mail.limits import MAX_FIELD, MAX_FILE, MAX_HEADER, MAX_MAIL
from feedback_nlp.mail.mbox import Skipped
from feedback_nlp.mail.message import Letter, from_epoch, read_date

_NAMES = {
    "id": ("id", "mail_id", "email_id", "message_id", "uid", "key", "nr", "number"),
    "subject": ("subject", "title", "betreff", "email_subject", "objet", "asunto"),
    "from": (
        "from", "sender", "from:_(name)", "from_name", "sender_name", "email_from", "from_email", "from_address", "von",
        "author",
    ),
    "address": ("address", "from:_(address)", "sender_email", "sender_address", "from_email", "from_address"),
    "to": ("to", "recipient", "email_to", "to:_(name)", "to_name", "recipient_name"),
    "date": ("date", "sent", "sent_at", "received", "received_at", "timestamp", "datum", "created_at"),
}  # fmt: skip
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
_COLUMN = re.compile(r"[\w .:()/#-]{1,40}")
_SAMPLE = 65_536
_LONG_NAME = 60  # characters; a longer first cell is no column name but already a mail


# --- tables -----------------------------------------------------------------------------------------------------------


def table_rows(stream: BinaryIO, column: str, name: str = "") -> Iterator[bytes | Skipped]:
    """The rows of a .csv or .tsv as JSON records. Raises `UsageError`, naming the columns, when none holds the text."""
    head = stream.read(_SAMPLE)
    text = io.TextIOWrapper(io.BufferedReader(_Joined(head, stream)), _encoding(head), errors="replace", newline="")
    csv.field_size_limit(MAX_FIELD)
    long_lines: list[int] = []
    rows = csv.reader(_lines(text, long_lines), delimiter=_delimiter(head), strict=False)
    first = _row(rows)
    while isinstance(first, list) and not any(cell.strip() for cell in first):
        first = _row(rows)
    if first is None:
        return
    if isinstance(first, Skipped):
        yield first
        return
    names = [clean(cell).strip().lstrip("\ufeff") for cell in first]
    if not column and len(names) == 1 and len(names[0]) > _LONG_NAME:
        yield _record({"text": first[0]})  # one column, and no names at all
        places = {"text": 0}
    else:
        places = _places(names, column, name)
    while (row := _row(rows)) is not None:
        if isinstance(row, Skipped):
            yield row
        elif long_lines:
            long_lines.clear()
            yield Skipped(f"This row has a line of over {MAX_FIELD:,} characters.")
        elif any(cell.strip() for cell in row):
            yield _record({key: row[place] for key, place in places.items() if place < len(row)})


class _Joined(io.RawIOBase):
    """A stream with its first bytes put back."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = len(buffer)
        piece = self._head[:size] or self._rest.read(size)
        self._head = self._head[size:]
        buffer[: len(piece)] = piece
        return len(piece)


def _row(rows: Any) -> list[str] | Skipped | None:
    """The next row, a `Skipped` for a broken one, None at the end."""
    try:
        return list(next(rows))
    except StopIteration:
        return None
    except csv.Error:
        return Skipped("This row of the table is broken: a field is too long or a quote is not closed.")


def _lines(text: io.TextIOWrapper, long_lines: list[int]) -> Iterator[str]:
    """Lines of at most `MAX_FIELD` characters; a longer one becomes an empty cell and is noted in `long_lines`."""
    number = 0
    while line := text.readline(MAX_FIELD):
        number += 1
        if len(line) >= MAX_FIELD and not line.endswith(("\n", "\r")):
            while (rest := text.readline(MAX_FIELD)) and not rest.endswith(("\n", "\r")):
                pass
            long_lines.append(number)
            yield '"-"\n'
        else:
            yield line.replace("\0", "")


def _encoding(head: bytes) -> str:
    """UTF-16 by its mark, UTF-8 where it is, else cp1252."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4 or len(head) < _SAMPLE:
            return "cp1252"
    return "utf-8-sig"


def _delimiter(head: bytes) -> str:
    """The separator that the first line has most of."""
    first = head.decode(_encoding(head), "replace").lstrip("\ufeff\r\n").split("\n", 1)[0]
    bare = "".join(first.split('"')[::2])  # outside of quotes
    return max(",;\t|", key=lambda mark: bare.count(mark))


def _places(names: list[str], column: str, name: str) -> dict[str, int]:
    """The index of each field that is known."""
    keys = [_plain(cell) for cell in names]
    wanted = _plain(column)
    if wanted and wanted not in keys:
        raise UsageError(f"{_called(name)} has no column {column!r}. Its columns are: {_listed(names)}.")
    text = keys.index(wanted) if wanted else next((keys.index(key) for key in TEXT_COLUMNS if key in keys), -1)
    if text < 0 and len(keys) == 1:
        text = 0
    if text < 0:
        raise UsageError(
            f"{_called(name)} has no column that is known to hold the text of the mails. "
            f"Its columns are: {_listed(names)}. Name one with --column."
        )
    places = {"text": text}
    for field, known in _NAMES.items():
        found = next((keys.index(key) for key in known if key in keys and keys.index(key) != text), -1)
        if found >= 0:
            places[field] = found
    return places


def _plain(name: str) -> str:
    return "_".join(name.strip().lower().replace("-", " ").split())


def _called(name: str) -> str:
    return name if name and name != "-" else "The table"


def _listed(names: list[str]) -> str:
    """The names for a message. A first row that is no row of names is a mail already, and no message quotes a mail."""
    if not all(_COLUMN.fullmatch(cell.strip()) and len(cell.split()) <= 3 for cell in names if cell.strip()):
        return "none, because its first row is no row of names"
    shown = ", ".join(repr(cell[:40]) for cell in names[:20])
    return shown + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def _record(fields: dict[str, str]) -> bytes:
    """A row in the form of a JSON line."""
    return json.dumps(fields, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


# --- JSON -------------------------------------------------------------------------------------------------------------


def json_lines(stream: BinaryIO) -> Iterator[bytes | Skipped]:
    """The lines of a .jsonl that are not blank, as they are."""
    while line := stream.readline(MAX_MAIL + 1):
        if len(line) > MAX_MAIL:
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_MAIL)
            yield Skipped(f"This line has over {MAX_MAIL // 1_000_000} MB.")
        elif line.strip():
            yield line.strip().removeprefix(b"\xef\xbb\xbf")


def json_items(stream: BinaryIO) -> Iterator[bytes | Skipped]:
    """The records of one JSON array."""
    items = _parse(stream.read(MAX_FILE))
    for item in items if isinstance(items, list) else [items]:
        yield json.dumps(item, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _parse(raw: bytes) -> Any:
    """JSON as Python, or `BrokenInput`."""
    try:
        return json.loads(decode(raw))
    except (ValueError, RecursionError):
        raise BrokenInput('This is not valid JSON. Each line must be one record with a field "text".') from None


def read_record(raw: bytes, column: str = "") -> Letter:
    """The letter in one record; its text is not cleaned yet."""
    record = _parse(raw)
    if not isinstance(record, dict):
        raise BrokenInput('This line is no record. Each line must be one record with a field "text".')
    fields = {_plain(str(key)): value for key, value in record.items()}
    names = (_plain(column),) if column else TEXT_COLUMNS
    text = next((fields[name] for name in names if isinstance(fields.get(name), str)), None)
    if text is None:
        raise BrokenInput(f'This record has no field "{column or "text"}" with the words of the mail.')
    if not text.strip():
        raise EmptyInput("This record has no text: its field is empty.")
    found = {key: _first(fields, names) for key, names in _NAMES.items()}
    return Letter(
        text,
        subject=_line(found["subject"]),
        sender=_sender(_line(found["from"]), _line(found["address"])),
        to=_line(found["to"]),
        sent=from_epoch(found["date"]) if isinstance(found["date"], int | float) else read_date(_line(found["date"])),
        id=_line(found["id"])[:200],
    )


def _first(fields: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The first value that is text or a number."""
    return next((fields[name] for name in names if isinstance(fields.get(name), str | int | float)), "")


def _sender(name: str, address: str) -> str:
    """Name and address of tables that keep them apart."""
    if not _ADDRESS.fullmatch(address) or "@" in name:
        return name
    return f"{name} <{address}>" if name else address


def _line(value: Any) -> str:
    """A value as clean text on one line."""
    return " ".join(clean(str(value)[:MAX_HEADER]).split())
