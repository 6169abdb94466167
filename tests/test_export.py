"""The exports: the same mails in four forms, nothing that a spreadsheet would run, and whole files only."""

from __future__ import annotations

import csv
import json
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet
import pytest
from hypothesis import given, strategies
from tests import fake_mailbox as box

from feedback_nlp import batch
from feedback_nlp.errors import StoreError, UsageError
from feedback_nlp.export import COLUMNS, Part, clean, export, safe
from feedback_nlp.redact import redact
from feedback_nlp.schema import Source
from feedback_nlp.store import Item, Status, Store, pack

FORMULAS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1", "=cmd|'/c calc'!A1"]


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "results.sqlite") as opened:
        yield opened


@pytest.fixture
def mailbox(tmp_path: Path, store: Store) -> Store:
    mails = [*box.mails(30), "REFUSE", "BREAK", "LOCKED", box.mails(1)[0]]
    batch.run([box.write(tmp_path / "a", mails)], store, analyzer_factory=box.analyzer, scan=box.scan, jobs=0)
    return store


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of any form, as texts."""
    match path.suffix:
        case ".jsonl":
            return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        case ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return list(csv.DictReader(file))
        case ".parquet":
            return pyarrow.parquet.read_table(path).to_pylist()
        case _:
            book = openpyxl.load_workbook(path)
            sheets = [list(book[part.value].values) for part in Part]
            return [dict(zip(sheet[0], row, strict=True)) for sheet in sheets for row in sheet[1:]]


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx", "parquet"])
def test_every_form_holds_every_mail(mailbox: Store, tmp_path: Path, form: str) -> None:
    """The counts agree with the store to the last mail, also those that were not read."""
    path = tmp_path / f"out.{form}"
    done = export(mailbox, path)
    rows = rows_of(path)
    assert len(rows) == done.total == mailbox.counts().items == 33
    assert [row["key"] for row in rows] == [
        row["key"] for row in rows_of(export(mailbox, tmp_path / "again.jsonl").path)
    ]
    assert sum(row["status"] == "read" for row in rows) == 30
    assert sum(int(row["copies"]) for row in rows) == mailbox.counts().seen


def test_unrelated_mail_stands_apart(mailbox: Store, tmp_path: Path) -> None:
    """Mails about applications first, then unrelated ones, then what was not read."""
    done = export(mailbox, tmp_path / "out.csv")
    assert done.rows == {Part.MAILS: 20, Part.UNRELATED: 10, Part.NOT_READ: 3}
    tags = [row["tag"] for row in rows_of(done.path)]
    assert "unrelated" not in tags[:20]
    assert set(tags[20:30]) == {"unrelated"}


def test_json_lines_lose_nothing(mailbox: Store, tmp_path: Path) -> None:
    """A line of JSON is the whole report, and its quotes stand where it says."""
    rows = rows_of(export(mailbox, tmp_path / "out.jsonl").path)
    for row in rows[:20]:
        item = mailbox.item(row["key"])
        assert item is not None
        assert {name: row[name] for name in item.report} == item.report
        for each in row["improvements"]:
            assert row["text"][each["start"] : each["end"]] == each["evidence"]


def odd(number: int, words: str) -> Item:
    report = {"text": words, "improvements": [{"area": "experience", "evidence": words}], "strengths": []}
    return Item(
        f"{number:064x}",
        Status.READ,
        Source("=box.mbox", number),
        tag="generic",
        subject=words,
        sender=words,
        sent="2026-03-01T09:00:00+02:00",
        areas=("experience",),
        facts={"company": words},
        packed=pack(report),
    )


def test_no_cell_is_a_formula(store: Store, tmp_path: Path) -> None:
    """Words that look like formulas stay words, in a CSV behind an apostrophe, in a workbook as strings."""
    store.record(store.begin_run(["a"]), [odd(number, words) for number, words in enumerate(FORMULAS)])
    for row in rows_of(export(store, tmp_path / "out.csv").path):
        for name, value in row.items():
            assert not value.lstrip(" ").startswith(tuple("=+-@＝\t\r")), name
    book = openpyxl.load_workbook(export(store, tmp_path / "out.xlsx").path)
    assert {cell.data_type for row in book["Mails"].iter_rows() for cell in row} <= {"s", "n", "b", "d"}
    assert book["Mails"]["P2"].value == "=1+1"


def test_plain_words_stay_plain() -> None:
    """Only what could be a formula gets an apostrophe."""
    assert [safe(words) for words in ("", "Dear Sam", "a=b", "2-3", "'quoted'")] == [
        "",
        "Dear Sam",
        "a=b",
        "2-3",
        "'quoted'",
    ]


@given(strategies.text())
def test_any_text_is_a_safe_cell(words: str) -> None:
    """Whatever a mail holds, no cell begins as a formula, and nothing but the apostrophe is added."""
    cell = safe(clean(words))
    assert not cell.lstrip(" \u00a0\u3000").startswith(tuple("=+-@\t\r\n＝＋－＠"))
    assert cell.removeprefix("'") == clean(words).removeprefix("'")


@given(strategies.text(alphabet=strategies.characters()))
def test_any_report_comes_back(words: str) -> None:
    """Packing loses no character, lone surrogates included."""
    item = Item("k", Status.READ, Source(), packed=pack({"text": words}))
    assert item.report == {"text": words}


def test_workbook_is_typed(store: Store, tmp_path: Path) -> None:
    """Dates, numbers and flags are what they are, and the summary counts."""
    store.record(store.begin_run(["a"]), [odd(0, "x")])
    path = export(store, tmp_path / "out.xlsx", summary=[("Offers open", 2), ("Note", "few")]).path
    book = openpyxl.load_workbook(path)
    row = dict(zip(COLUMNS, [cell.value for cell in book["Mails"][2]], strict=True))
    assert row["sent"] == datetime(2026, 3, 1, 7, 0)  # noqa: DTZ001 - a workbook has no zones
    assert row["unsure"] is False
    assert row["confidence"] == 0.0
    assert list(book["Summary"].values)[1:] == [
        ("Mails", 1),
        ("Unrelated", 0),
        ("Not read", 0),
        ("Offers open", 2),
        ("Note", "few"),
    ]


def test_control_characters_do_not_reach_a_table(store: Store, tmp_path: Path) -> None:
    """Escape codes, direction marks, lone surrogates and endless texts are cleaned or cut."""
    store.record(store.begin_run(["a"]), [odd(0, "a\x1b[31mb\u202ec\ud800d\0e"), odd(1, "x" * 100_000)])
    for form in ("csv", "xlsx", "parquet"):
        first, second = rows_of(export(store, tmp_path / f"out.{form}").path)
        assert first["company"] == "a[31mbcde"
        assert len(second["company"]) == 32_000


def test_file_is_private_and_whole(mailbox: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that breaks leaves the older file and no litter; one that ends is 0600."""
    path = export(mailbox, tmp_path / "out.jsonl").path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()

    def broken(*_: object, **__: object) -> dict[str, Any]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("feedback_nlp.export.json.dumps", broken)
    listed = sorted(each.name for each in tmp_path.iterdir())
    with pytest.raises(StoreError, match="No space left"):
        export(mailbox, path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == listed


def test_wrong_places_are_named(store: Store, tmp_path: Path) -> None:
    """An unknown ending names the known ones; a folder that is not there is told."""
    with pytest.raises(UsageError, match=r"\.jsonl, \.csv, \.xlsx, \.parquet"):
        export(store, tmp_path / "out.docx")
    with pytest.raises(StoreError, match="choose another place"):
        export(store, tmp_path / "none" / "out.csv")


LETTER = (
    "Hi Farida,\n\nThank you for coming. Farida's demo was good; call me on +44 20 7946 0018 or write to "
    "n.tait@tait.example, see https://tait.example/jobs?id=7. The post 2026-03-01 went to someone else.\n\n"
    "Kind regards,\nNoreen Tait\nPharmacy Manager"
)


def letter() -> tuple[Item, dict[str, Any]]:
    start = LETTER.index("Farida's demo")
    end = start + len("Farida's demo was good")
    report = {
        "source": {"path": "/home/farida/mail.eml", "index": 0},
        "sender": "Noreen Tait <n.tait@tait.example>",
        "subject": "Farida, your interview",
        "text": LETTER,
        "tag": "actionable",
        "improvements": [],
        "strengths": [
            {
                "evidence": LETTER[start:end],
                "topic": "demo",
                "start": start,
                "end": end,
                "topic_start": start + 9,
                "topic_end": start + 13,
            }
        ],
        "asides": [],
    }
    facts = {"people": ["Noreen Tait", "Farida"], "company": "Tait Pharmacy"}
    item = Item(
        "k",
        Status.READ,
        Source("/home/farida/mail.eml"),
        sender=str(report["sender"]),
        subject=str(report["subject"]),
        facts=facts,
        packed=pack(report),
    )
    return item, report


def test_redaction_reaches_the_middle_and_the_parts_of_names() -> None:
    """A person who is only mentioned, and one half of a double name; a team under the letter is no person."""
    text = "Dear Mia Cole-Ferrer,\n\nIvo Brandt of our panel did, Ms Ferrer. Careers last.\n\nBest,\nCareers Team"
    item = Item("k", Status.READ, Source("a"), facts={"people": ["Mia Cole-Ferrer"]})
    found = redact(item, {"text": text, "asides": []})["text"]
    assert [word for word in ("Mia", "Cole", "Ferrer", "Ivo", "Brandt") if word in found] == []
    assert "Careers last" in found


def test_redacted_report_names_nobody() -> None:
    """Names, addresses, numbers and links go; the offsets, dates and everything else stay."""
    item, report = letter()
    found = redact(item, report)
    words = json.dumps(found, ensure_ascii=False)
    for private in ("Farida", "Noreen", "Tait", "7946", "tait.example", "/home"):
        assert private not in words
    assert len(found["text"]) == len(LETTER)
    assert "2026-03-01" in found["text"]
    assert "Thank you for coming" in found["text"]
    (strength,) = found["strengths"]
    assert found["text"][strength["start"] : strength["end"]] == strength["evidence"]
    assert report["text"] == LETTER


@pytest.mark.parametrize("form", ["jsonl", "csv", "xlsx", "parquet"])
def test_redacted_export_names_nobody(store: Store, tmp_path: Path, form: str) -> None:
    """No form of export leaks what the others hide."""
    store.record(store.begin_run(["a"]), [letter()[0]])
    rows = rows_of(export(store, tmp_path / f"out.{form}", redacted=True).path)
    words = json.dumps(rows, ensure_ascii=False, default=str)
    for private in ("Farida", "Noreen", "7946", "tait.example", "/home"):
        assert private not in words
