"""Results out of the store: JSON lines without loss, and tables that are safe to open in a spreadsheet.

Rows come in one order in every form: mails about applications, then unrelated mail, then what was not read, each in the
order of the files. They are streamed: memory does not grow with the store. The file appears whole, 0600, or not at all.
"""

from __future__ import annotations

import contextlib
import csv
import enum
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from feedback_nlp.errors import StoreError, UsageError
from feedback_nlp.redact import redact, redact_path, redaction
from feedback_nlp.schema import Tag
from feedback_nlp.store import Item, Status, Store

CELL = 32_000  # characters of a table cell; Excel takes 32,767
SHEET_ROWS = 1_048_575  # rows of an Excel sheet below its heading
PARQUET_ROWS = 1_000  # rows that are written at once
_FORMULA = "=+-@\t\r\n＝＋－＠"  # what a cell may not begin with (OWASP), full-width forms included
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


class Form(enum.StrEnum):
    """What can be written, by the ending of the file."""

    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Part(enum.StrEnum):
    """The parts of an export; in a spreadsheet, a sheet each."""

    MAILS = "Mails"
    UNRELATED = "Unrelated"
    NOT_READ = "Not read"


class Cell(enum.StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    FLAG = "flag"
    TIME = "time"
    LIST = "list"


COLUMNS: Mapping[str, Cell] = {
    "file": Cell.TEXT,
    "index": Cell.COUNT,
    "id": Cell.TEXT,
    "status": Cell.TEXT,
    "tag": Cell.TEXT,
    "confidence": Cell.NUMBER,
    "unsure": Cell.FLAG,
    "outcome": Cell.TEXT,
    "stage": Cell.TEXT,
    "areas": Cell.LIST,
    "feedback_offered": Cell.FLAG,
    "company": Cell.TEXT,
    "role_title": Cell.TEXT,
    "sent": Cell.TIME,
    "sender": Cell.TEXT,
    "subject": Cell.TEXT,
    "improvements": Cell.LIST,
    "strengths": Cell.LIST,
    "candidacy": Cell.COUNT,
    "form_letter": Cell.COUNT,
    "copies": Cell.COUNT,
    "reason": Cell.TEXT,
    "key": Cell.TEXT,
}

Joined = Mapping[str, tuple[int, int]]  # key of a mail -> number of its candidacy, number of its form letter (0: none)


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows were written."""

    path: Path
    rows: Mapping[Part, int]

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def form_of(path: Path) -> Form:
    """The form that the ending of a path asks for. Raises `UsageError`."""
    ending = path.suffix.lower().lstrip(".")
    try:
        return Form(ending)
    except ValueError:
        known = ", ".join(f".{form}" for form in Form)
        raise UsageError(f"{path}: the name of the output must end in {known}") from None


def export(
    store: Store,
    path: Path,
    *,
    run: int | None = None,
    redacted: bool = False,
    joined: Joined | None = None,
    summary: Sequence[tuple[str, str | int]] = (),
) -> Exported:
    """Write the items of a run, or all of them, to `path`; its ending chooses the form.

    `redacted`: without names, addresses, numbers and links. `joined`: candidacies and form letters (`triage`).
    `summary`: lines for the first sheet of a spreadsheet. Raises `UsageError` for an unknown ending, `StoreError` when
    the file cannot be written; an older file is then still there.
    """
    write = _WRITERS[form_of(path)]
    rows = dict.fromkeys(Part, 0)

    def stream() -> Iterator[tuple[Part, Item]]:
        for part, item in _parts(store, run):
            rows[part] += 1
            yield part, item

    source = _Source(store, run, stream, redacted, joined or {}, summary)
    with _whole(path) as temporary:
        write(source, temporary)
    return Exported(path, rows)


def _parts(store: Store, run: int | None) -> Iterator[tuple[Part, Item]]:
    for item in store.items(run=run, related=True):
        yield Part.MAILS, item
    for item in store.items(run=run, status=Status.READ):
        if item.tag == Tag.UNRELATED:
            yield Part.UNRELATED, item
    for status in (Status.REFUSED, Status.FAILED):
        for item in store.items(run=run, status=status):
            yield Part.NOT_READ, item


@dataclass(frozen=True, slots=True)
class _Source:
    """What a writer writes."""

    store: Store
    run: int | None
    stream: Callable[[], Iterator[tuple[Part, Item]]]
    redacted: bool
    joined: Joined
    summary: Sequence[tuple[str, str | int]]

    def rows(self) -> Iterator[tuple[Part, dict[str, Any]]]:
        """Each item as a row of `COLUMNS`, texts cleaned."""
        copies = self.store.copies(self.run)
        for part, item in self.stream():
            report = redact(item, item.report) if self.redacted and item.packed else item.report
            yield part, self._row(item, report, copies.get(item.key, 1))

    def documents(self) -> Iterator[dict[str, Any]]:
        """Each item as it is in the store."""
        copies = self.store.copies(self.run)
        for _, item in self.stream():
            path = redact_path(item.source.path) if self.redacted else item.source.path
            found: dict[str, Any] = {
                "id": item.id or item.key[:16],
                "source": {"path": path, "index": item.source.index},
            }
            if item.packed:
                found |= redact(item, item.report) if self.redacted else item.report
            candidacy, form = self.joined.get(item.key, (0, 0))
            found |= {"key": item.key, "status": str(item.status), "copies": copies.get(item.key, 1)}
            found |= {"reason": item.reason} if item.reason else {}
            found |= {"candidacy": candidacy} if candidacy else {}
            found |= {"form_letter": form} if form else {}
            yield found

    def _row(self, item: Item, report: Mapping[str, Any], copies: int) -> dict[str, Any]:
        candidacy, form = self.joined.get(item.key, (0, 0))
        masked = redaction(item, report).text if self.redacted else str
        return {
            "file": clean(redact_path(item.source.path) if self.redacted else item.source.path),
            "index": item.source.index,
            "id": clean(item.id),
            "status": str(item.status),
            "tag": item.tag,
            "confidence": item.confidence if item.packed else None,
            "unsure": item.unsure if item.packed else None,
            "outcome": item.outcome,
            "stage": item.stage,
            "areas": list(item.areas),
            "feedback_offered": item.offered if item.packed else None,
            "company": clean(str(item.facts.get("company", ""))),
            "role_title": clean(str(item.facts.get("role_title", ""))),
            "sent": when(item.sent),
            "sender": clean(str(report.get("sender", item.sender))),
            "subject": clean(masked(item.subject)),
            "improvements": [clean(f"{each['area']}: {each['evidence']}") for each in report.get("improvements", ())],
            "strengths": [clean(each["evidence"]) for each in report.get("strengths", ())],
            "candidacy": candidacy or None,
            "form_letter": form or None,
            "copies": copies,
            "reason": clean(item.reason),
            "key": item.key,
        }


def clean(text: str) -> str:
    """`text` without control and direction characters, no longer than a cell."""
    return _CONTROL.sub("", text)[:CELL]


def safe(text: str) -> str:
    """A cell of a CSV that no spreadsheet takes for a formula."""
    first = (text.lstrip(" \u00a0\u3000\u200b") or " ")[0]
    return "'" + text if first in _FORMULA or text.startswith(("\t", "\r", "\n")) else text


def when(sent: str) -> datetime | None:
    """A time of the store in UTC; a time without a zone is taken as UTC."""
    try:
        moment = datetime.fromisoformat(sent)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- the four forms ---------------------------------------------------------------------------------------------------


def _write_jsonl(source: _Source, path: Path) -> None:
    with path.open("wb") as file:
        for document in source.documents():
            line = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
            file.write(line.encode("utf-8", "backslashreplace") + b"\n")


def _write_csv(source: _Source, path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for _, row in source.rows():
            writer.writerow([_csv_cell(row[name], kind) for name, kind in COLUMNS.items()])


def _csv_cell(value: Any, kind: Cell) -> str:
    if value is None:
        return ""
    match kind:
        case Cell.FLAG:
            return "yes" if value else "no"
        case Cell.TIME:
            return str(value.isoformat())
        case Cell.LIST:
            return safe(" | ".join(value)[:CELL])
        case Cell.TEXT:
            return safe(value)
        case _:
            return str(value)


def _write_parquet(source: _Source, path: Path) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    types = {
        Cell.TEXT: pa.string(),
        Cell.NUMBER: pa.float64(),
        Cell.COUNT: pa.int64(),
        Cell.FLAG: pa.bool_(),
        Cell.TIME: pa.timestamp("us", tz="UTC"),
        Cell.LIST: pa.list_(pa.string()),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS.items()])
    with ParquetWriter(path, schema) as writer:
        held: list[dict[str, Any]] = []
        for _, row in source.rows():
            held.append(row)
            if len(held) == PARQUET_ROWS:
                writer.write_table(pa.Table.from_pylist(held, schema))
                held = []
        writer.write_table(pa.Table.from_pylist(held, schema))


_WIDTHS = {Cell.TEXT: 22, Cell.NUMBER: 11, Cell.COUNT: 9, Cell.FLAG: 9, Cell.TIME: 17, Cell.LIST: 40}


def _write_xlsx(source: _Source, path: Path) -> None:
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
        "tmpdir": str(path.parent),
        "default_date_format": "yyyy-mm-dd hh:mm",
    }
    try:
        _fill_book(source, xlsxwriter.Workbook(str(path), options))
    except FileCreateError as error:
        raise OSError(0, str(error)) from None


def _fill_book(source: _Source, workbook: Any) -> None:
    with workbook as book:
        bold = book.add_format({"bold": True})
        front = book.add_worksheet("Summary")
        sheets = {part: book.add_worksheet(part.value) for part in Part}
        for sheet in sheets.values():
            sheet.freeze_panes(1, 0)
            for number, (name, kind) in enumerate(COLUMNS.items()):
                sheet.set_column(number, number, _WIDTHS[kind])
                sheet.write_string(0, number, name, bold)
        filled = dict.fromkeys(Part, 0)
        for part, row in source.rows():
            filled[part] += 1
            if filled[part] > SHEET_ROWS:
                raise UsageError("more mails than a spreadsheet has rows: export to .parquet or .csv instead")
            for number, (name, kind) in enumerate(COLUMNS.items()):
                _xlsx_cell(sheets[part], filled[part], number, row[name], kind)
        for part, sheet in sheets.items():
            sheet.autofilter(0, 0, max(1, filled[part]), len(COLUMNS) - 1)
        _xlsx_summary(front, bold, source.summary, filled)


def _xlsx_cell(sheet: Any, row: int, column: int, value: Any, kind: Cell) -> None:
    if value is None or value == "" or value == []:
        return
    match kind:
        case Cell.TIME if value.year >= 1900:
            sheet.write_datetime(row, column, value.replace(tzinfo=None))
        case Cell.FLAG:
            sheet.write_boolean(row, column, value)
        case Cell.NUMBER | Cell.COUNT:
            sheet.write_number(row, column, value)
        case Cell.LIST:
            sheet.write_string(row, column, " | ".join(value)[:CELL])
        case _:
            sheet.write_string(row, column, str(value))


def _xlsx_summary(sheet: Any, bold: Any, summary: Sequence[tuple[str, str | int]], filled: Mapping[Part, int]) -> None:
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 16)
    lines: list[tuple[str, str | int]] = [(part.value, count) for part, count in filled.items()]
    sheet.write_string(0, 0, "feedback-nlp", bold)
    for number, (label, value) in enumerate([*lines, *summary], start=1):
        sheet.write_string(number, 0, clean(label))
        if isinstance(value, int):
            sheet.write_number(number, 1, value)
        else:
            sheet.write_string(number, 1, clean(value))


_WRITERS: Mapping[Form, Callable[[_Source, Path], None]] = {
    Form.JSONL: _write_jsonl,
    Form.CSV: _write_csv,
    Form.XLSX: _write_xlsx,
    Form.PARQUET: _write_parquet,
}


# --- the file ---------------------------------------------------------------------------------------------------------


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A private file beside `path` that takes its place once it is written and on the disk."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written ({error.strerror}): choose another place with -o") from None
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise StoreError(f"{path} could not be written ({error.strerror}); the results are kept in the store") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


@contextmanager
def written_whole(path: Path) -> Iterator[IO[str]]:
    """A text file that appears whole or not at all, 0600, UTF-8."""
    with _whole(path) as temporary, temporary.open("w", encoding="utf-8", errors="backslashreplace") as file:
        yield file
