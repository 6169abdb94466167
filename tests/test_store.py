"""The store: private, written once, on the disk, and never over somebody else's file."""

from __future__ import annotations

import sqlite3
import stat
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from feedback_nlp.errors import StoreError
from feedback_nlp.schema import Source
from feedback_nlp.store import Counts, Item, Place, RunState, Status, Store, journal_path, pack


def item(number: int, **changes: object) -> Item:
    fields: dict[str, object] = {"tag": "generic", "packed": pack({"n": number})} | changes
    status = fields.pop("status", Status.READ)
    return Item(f"{number:064x}", status, Source("box.mbox", number), **fields)  # type: ignore[arg-type]


def place(number: int, key: int | None = None) -> Place:
    return Place(number, Source("box.mbox", number), f"{number if key is None else key:064x}")


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "private" / "results.sqlite") as opened:
        yield opened


def test_file_and_folder_are_private(store: Store) -> None:
    """The database and its side files are 0600, a folder that is made for it 0700."""
    store.record(store.begin_run(["a"]), [item(1)])
    path = Path(store.where)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}


def test_second_write_of_a_mail_changes_nothing(store: Store) -> None:
    """INSERT OR IGNORE on the key: tasks may run twice, rows do not."""
    run = store.begin_run(["a"])
    assert store.record(run, [item(1, reason="first")]) == 1
    assert store.record(run, [item(1, reason="second"), item(2)]) == 1
    assert [each.reason for each in store.items()] == ["first", ""]


def test_rows_come_back_as_they_were(store: Store) -> None:
    """An item survives the store, with its report, odd characters included."""
    odd = item(
        7,
        areas=("experience", "team_fit"),
        facts={"company": "Halden"},
        subject="a\0b\udcff",
        packed=pack({"text": "sn\u00f8 \ud800"}),
        unsure=True,
    )
    store.record(store.begin_run(["a"]), [odd])
    back = next(store.items())
    assert back.report == {"text": "sn\u00f8 \ud800"}
    assert (back.areas, back.facts, back.unsure) == (odd.areas, odd.facts, True)
    assert back.subject == "ab\\udcff"


def test_pages_keep_the_order_and_lose_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Items are read a page at a time, in the order of their places, whatever order they were written in."""
    monkeypatch.setattr("feedback_nlp.store.reading.PAGE", 7)
    store.record(store.begin_run(["a"]), [item(number) for number in reversed(range(50))])
    assert [each.source.index for each in store.items()] == list(range(50))


def test_counts_add_up(store: Store) -> None:
    """Seen is read, refused, failed and duplicates, for each run alone."""
    run = store.begin_run(["a"])
    store.record(
        run,
        [item(0), item(1, tag="unrelated"), item(2, status=Status.REFUSED, tag=""), item(3, status=Status.FAILED)],
        [place(0), place(1), place(2), place(3), place(4, key=0)],
    )
    store.record(store.begin_run(["b"]), [item(9)], [place(0, key=9), place(1, key=1)])
    first = store.counts(run)
    assert (first.seen, first.read, first.refused, first.failed, first.duplicates) == (5, 2, 1, 1, 1)
    assert first.tags == {"actionable": 0, "generic": 1, "unrelated": 1}
    assert store.counts().items == 5
    assert [each.source.index for each in store.items(run=2)] == [1, 9]


def test_places_of_an_earlier_run_over_the_same_paths_are_replaced(store: Store) -> None:
    """A run that is repeated does not count its mails twice."""
    for _ in range(3):
        store.record(store.begin_run(["a"]), [item(0)], [place(0)])
    assert store.counts() == Counts(1, 1, 0, 0, 0, {"actionable": 0, "generic": 1, "unrelated": 0}, 0)


def test_mended_file_loses_its_refusal(store: Store) -> None:
    """A file that could not be opened and now can leaves no refusal behind."""
    locked = item(5, status=Status.REFUSED, keyless=True, tag="")
    first = store.begin_run(["a"])
    store.record(first, [locked], [place(5)])
    store.end_run(first, RunState.FINISHED)
    assert store.counts().refused == 1
    second = store.begin_run(["a"])
    store.record(second, [item(6)], [place(0, key=6)])
    store.end_run(second, RunState.FINISHED)
    assert store.counts().refused == 0


def test_forget_only_what_is_named(store: Store) -> None:
    """Failed mails, or those of another model, are read again on demand; the others stay."""
    rows = [item(0, status=Status.FAILED), item(1, engine="old"), item(2, engine="new")]
    store.record(store.begin_run(["a"]), rows)
    assert store.forget(failed=True) == 1
    assert store.forget(other_engine="new") == 1
    assert [each.engine for each in store.items()] == ["new"]


def test_clear_overwrites_the_words(store: Store) -> None:
    """Deleting leaves no word of a mail in the file."""
    store.record(store.begin_run(["a"]), [item(0, subject="a very private subject")])
    store.clear()
    store.close()
    assert store.counts().items == 0
    raw = b"".join(path.read_bytes() for path in Path(store.where).parent.iterdir())
    assert b"very private" not in raw


def test_foreign_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    """A text, another program's database, a newer store and a folder keep every byte."""
    text = tmp_path / "letter.txt"
    text.write_text("Dear Sam, this is my only copy")
    other = tmp_path / "browser.sqlite"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    newer = tmp_path / "newer.sqlite"
    Store.open(newer).close()
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for path, words in ((text, "not a database"), (other, "another program"), (newer, "version 99")):
        before = path.read_bytes()
        with pytest.raises(StoreError, match=words):
            Store.open(path)
        assert path.read_bytes() == before
    with pytest.raises(StoreError, match="not a regular file"):
        Store.open(tmp_path)


def test_damaged_store_is_told(tmp_path: Path) -> None:
    """quick_check finds a page that was overwritten."""
    path = tmp_path / "results.sqlite"
    with Store.open(path) as store:
        store.record(store.begin_run(["a"]), [item(number, subject="x" * 500) for number in range(200)])
    raw = bytearray(path.read_bytes())
    raw[4096:12_000] = b"\xff" * (12_000 - 4096)
    path.write_bytes(raw)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(path)


@pytest.mark.parametrize(
    "packed", [zlib.compress(b"0" * 50_000_000), b"x", zlib.compress(b"[1]"), zlib.compress(b"[" * 100_000)]
)
def test_a_strange_report_is_refused(packed: bytes) -> None:
    """A store of a stranger cannot fill the memory with a packed report, nor break the program with a broken one."""
    with pytest.raises(StoreError, match="damaged"):
        _ = item(1, packed=packed).report


def test_killed_before_its_tables(tmp_path: Path) -> None:
    """An empty file is what a kill between making the file and its tables leaves: it is used."""
    (tmp_path / "results.sqlite").touch()
    with Store.open(tmp_path / "results.sqlite") as store:
        assert store.counts().items == 0


def test_settings_of_the_connection(store: Store) -> None:
    """Functions in a schema are not trusted, and a commit is on the disk."""
    with store._read() as connection:
        values = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("trusted_schema", "synchronous", "journal_mode")
        ]
    assert values == [0, 2, "wal"]


def test_write_is_all_or_nothing(store: Store) -> None:
    """A failure in the middle of a write leaves nothing of it."""
    run = store.begin_run(["a"])
    broken = item(2, confidence=object())
    with pytest.raises(StoreError):
        store.record(run, [item(1), broken])
    assert store.counts().items == 0


def test_missing_store_and_bad_urls(tmp_path: Path) -> None:
    """Reading a store that is not there makes none; an unknown database is refused by name."""
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(tmp_path / "none.sqlite", create=False)
    assert not list(tmp_path.iterdir())
    for url in ("nothing://x/y", "mysql://root@localhost/x"):
        with pytest.raises(StoreError):
            Store.open(url)


def test_journal_has_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The journal lies in the person's own data folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert journal_path() == tmp_path / "feedback-nlp" / "journal.sqlite"
