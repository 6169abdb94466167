"""Many mails out of one file, folder or archive, in constant memory: what `scan` walks over.

Everything here yields `RawMail` or `Refused`; one bad item never stops the rest. Nothing is extracted to disk, no link
is followed out of a folder, and nothing but regular files is opened.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from feedback_nlp.errors import (
    BrokenInput,
    InputError,
    InputTooLarge,
    UnsupportedInput,
    UsageError,
)
from feedback_nlp.mail.formats import Format, has_old_lines, sniff
from feedback_nlp.mail.limits import MAX_FILE, MAX_MAIL, ZIP_ENTRIES, ZIP_RATIO, ZIP_TOTAL
from feedback_nlp.mail.mbox import split_mbox
from feedback_nlp.mail.reading import open_regular, read_bytes
from feedback_nlp.mail.records import json_items, json_lines, table_rows
from feedback_nlp.schema import Message, Refused, Source

_HEAD = 65_536
_FOLDER_DEPTH = 50
_UNPACK = "Unpack it and open the folder."
_STREAMED = (Format.MBOX, Format.TABLE, Format.JSONL)  # read piece by piece, so that their size has no limit
_JUNK = frozenset(
    (
        "thumbs.db", "desktop.ini", "__macosx", "dovecot-uidlist", "dovecot.index", "dovecot.index.log",
        "maildirfolder",
        "archive_browser.html", "user settings",  # Google Takeout
        "info.plist", "table_of_contents",  # Apple Mail
        "msgfilterrules.dat", "popstate.dat", "filterlog.html", "panacea.dat",  # Thunderbird
    )
)  # fmt: skip
_MAIL_ENDINGS = (".eml", ".emlx", ".msg")
_JUNK_ENDINGS = (".msf", ".emlxpart", ".plist")
_DAMAGED = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError,
    ValueError, IndexError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail that has not been read yet; small enough to send to another process."""

    source: Source
    key: str  # sha256 of `data`, in hex
    data: bytes
    form: Format
    column: str = ""  # the field that holds the text, where a person named it

    def read(self) -> Message:
        """The mail as a `Message`. Raises an `InputError` that says why it cannot be read."""
        return read_bytes(self.data, self.source, self.form, self.column)


Item = RawMail | Refused


def scan(path: Path | str, *, column: str | None = None) -> Iterator[Item]:
    """Every mail of a file, a folder or an archive, one at a time; ``"-"`` is the standard input.

    `column` names the column of a table (or the field of JSON lines) that holds the text; otherwise it is found by
    name. Raises `UsageError` when a table that was named itself has no such column; everything else that cannot be
    read is a `Refused` in its place.
    """
    if str(path) == "-":
        yield from _stream(sys.stdin.buffer, "-", column or "", named=True)
        return
    path = Path(path)
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        yield from _folder(path, column or "")
    else:
        yield from _file(path, column or "", named=True)


def open_mail(path: Path | str, *, column: str | None = None) -> Iterator[Message | Refused]:
    """`scan`, with every mail read: a `Message`, or a `Refused` with the reason. A bad item never stops the rest."""
    for item in scan(path, column=column):
        if isinstance(item, Refused):
            yield item
            continue
        try:
            yield item.read()
        except InputError as error:
            yield Refused(item.source, str(error), item.key)


# --- files and streams ------------------------------------------------------------------------------------------------


def _file(path: Path, column: str, named: bool) -> Iterator[Item]:
    try:
        file = open_regular(path)
    except InputError as error:
        yield Refused(Source(str(path)), str(error))
        return
    with file:
        yield from _stream(file, str(path), column, named)


def _stream(
    stream: BinaryIO, name: str, column: str, named: bool, spent: Callable[[int], None] | None = None
) -> Iterator[Item]:
    """The mails of an open file. `spent` is told how many bytes were read and may raise."""
    source = Source(name)
    try:
        head = stream.read(_HEAD)
        if spent:
            spent(len(head))
        form = sniff(head, name)
        if form is Format.EMPTY and not head and not named and not name.lower().endswith(_MAIL_ENDINGS):
            return  # a mailbox without mails
        if form is Format.TEXT and has_old_lines(head):
            head, stream = head.replace(b"\r", b"\n"), _NewLines(stream)  # type: ignore[assignment]
            form = sniff(head, name)
        feed = io.BufferedReader(_Feed(head, stream, spent), _HEAD)
        if form is Format.ZIP and spent:
            yield from _inner_zip(feed, source)
        elif form is Format.ZIP:
            yield from _zip(stream if stream.seekable() else io.BytesIO(_all(feed)), source, column)
        elif form in _STREAMED:
            yield from _pieces(feed, form, source, column)
        else:
            raw = _all(feed)
            yield from (
                _pieces(io.BytesIO(raw), form, source, column) if form is Format.JSON else (_raw(raw, source, form),)
            )
    except UsageError as error:
        if named:
            raise
        yield Refused(source, str(error))
    except InputError as error:
        yield Refused(source, str(error))
    except _DAMAGED:
        yield Refused(source, "This file is damaged, or cannot be read to its end. What was read before it counts.")


def _all(feed: BinaryIO) -> bytes:
    """The whole stream, if it is not too large."""
    raw = feed.read(MAX_FILE + 1)
    if len(raw) > MAX_FILE:
        raise InputTooLarge(f"This file has over {MAX_FILE // 1_000_000} MB. Save the mail without its attachments.")
    return raw


def _raw(raw: bytes, source: Source, form: Format, column: str = "") -> RawMail:
    return RawMail(source, hashlib.sha256(raw).hexdigest(), raw, form, column)


def _pieces(feed: BinaryIO, form: Format, source: Source, column: str) -> Iterator[Item]:
    """The mails of a file of several."""
    match form:
        case Format.MBOX:
            pieces, inner = split_mbox(feed), Format.MAIL
        case Format.JSONL:
            pieces, inner = json_lines(feed), Format.RECORD
        case Format.JSON:
            pieces, inner = json_items(feed), Format.RECORD
        case _:
            pieces, inner = table_rows(feed, column, source.path), Format.RECORD
            column = ""  # the rows already carry the text under its own name
    for index, piece in enumerate(pieces):
        place = replace(source, index=index)
        if isinstance(piece, bytes):
            yield _raw(piece, place, inner, column)
        else:
            yield Refused(place, piece.reason, piece.key)


class _NewLines:
    """A stream whose lines end as those of old Macs."""

    def __init__(self, rest: BinaryIO) -> None:
        self._rest = rest

    def read(self, size: int) -> bytes:
        return self._rest.read(size).replace(b"\r", b"\n")


class _Feed(io.RawIOBase):
    """A stream with its first bytes put back; `spent` is told about the rest as it is read."""

    def __init__(self, head: bytes, rest: BinaryIO, spent: Callable[[int], None] | None) -> None:
        self._head, self._rest, self._spent = memoryview(head), rest, spent

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        if self._head:
            piece: bytes | memoryview = self._head[: len(view)]
            self._head = self._head[len(view) :]
        else:
            piece = self._rest.read(len(view))
            if self._spent:
                self._spent(len(piece))
        view[: len(piece)] = piece
        return len(piece)


# --- folders ----------------------------------------------------------------------------------------------------------


def _folder(root: Path, column: str) -> Iterator[Item]:
    """All files below `root`, in the order of their names. The folders of a Maildir are read without ``tmp``."""
    stack: list[tuple[Path, int]] = [(root, 0)]
    while stack:
        folder, depth = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Refused(Source(str(folder)), f"This folder cannot be read: {error.strerror}.")
            continue
        names = {entry.name for entry in listed}
        maildir = {"cur", "new"} <= names
        below: list[tuple[Path, int]] = []
        for entry in listed:
            if _is_junk(entry.name, maildir):
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth >= _FOLDER_DEPTH:
                    yield Refused(Source(entry.path), f"This folder lies more than {_FOLDER_DEPTH} levels deep.")
                elif not (maildir and entry.name == "tmp"):
                    below.append((Path(entry.path), depth + 1))
            else:
                yield from _entry(entry, root, column)
        stack.extend(reversed(below))


def _is_junk(name: str, maildir: bool) -> bool:
    """What systems leave in folders; a Maildir keeps its subfolders in names that begin with a dot."""
    low = name.lower()
    return (
        low in _JUNK
        or low.endswith(_JUNK_ENDINGS)
        or low.startswith(("dovecot.", "dovecot-", "courierimap"))
        or (name.startswith(".") and not maildir)
    )


def _entry(entry: os.DirEntry[str], root: Path, column: str) -> Iterator[Item]:
    """A file of a folder."""
    source = Source(entry.path)
    if entry.is_symlink():
        target = Path(os.path.realpath(entry.path))  # Path.resolve raises for a link to itself
        if not target.is_relative_to(os.path.realpath(root)):
            yield Refused(
                source, "This is a link that leads out of the folder; it was not followed. Open its target instead."
            )
        return  # what lies inside the folder is read at its own place
    if not entry.is_file(follow_symlinks=False):
        yield Refused(source, "This is not a regular file but a device or a pipe; it was not opened.")
        return
    yield from _file(Path(entry.path), column, named=False)


# --- archives ---------------------------------------------------------------------------------------------------------


def _zip(stream: BinaryIO, source: Source, column: str) -> Iterator[Item]:
    """The mails of a zip archive, or the letter that a .docx is."""
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        office = _office_format(names)
        if office:
            stream.seek(0)
            yield _raw(_all(stream), source, office)
            return
        budget = _Budget()
        for entry in entries[:ZIP_ENTRIES]:
            place = Source(f"{source.path}/{entry.filename[:300]}")
            reason = "" if entry.is_dir() else _unsafe(entry)
            if reason:
                yield Refused(place, reason)
                continue
            if entry.is_dir() or any(_is_junk(part, False) for part in PurePosixPath(entry.filename).parts):
                continue
            try:
                with archive.open(entry) as member:
                    budget.begin(entry.compress_size)
                    yield from _stream(member, place.path, column, False, budget.spend)  # type: ignore[arg-type]
            except _DAMAGED:
                yield Refused(place, "This part of the archive is damaged. Pack the archive again.")
            if budget.left <= 0:
                break
        if len(entries) > ZIP_ENTRIES:
            reason = f"This archive has {len(entries):,} entries; only the first {ZIP_ENTRIES:,} were read. {_UNPACK}"
            yield Refused(source, reason)
        elif budget.left <= 0:
            reason = f"This archive unpacks to over {ZIP_TOTAL // 1_000_000} MB; the rest was not read. {_UNPACK}"
            yield Refused(source, reason)


def _inner_zip(feed: BinaryIO, source: Source) -> Iterator[Item]:
    """A zip inside a zip: only a .docx is read."""
    raw = _all(feed)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            office = _office_format(set(archive.namelist()))
    except _DAMAGED:
        raise BrokenInput("This part of the archive is damaged. Pack the archive again.") from None
    if office is None:
        raise UnsupportedInput("This is an archive inside an archive. Unpack the outer one and open the folder.")
    yield _raw(raw, source, office)


def _office_format(names: set[str]) -> Format | None:
    """The format of an office document by the names in its zip; raises for the ones that are not read."""
    if "word/document.xml" in names:
        return Format.DOCX
    if "xl/workbook.xml" in names:
        raise UnsupportedInput("This is an Excel workbook. Save the sheet with the mails as CSV and open that.")
    if "ppt/presentation.xml" in names:
        raise UnsupportedInput("These are slides, not mail. Copy the text and paste it.")
    if "content.xml" in names and "mimetype" in names:
        raise UnsupportedInput("This is an OpenDocument file. Save it as .docx, .pdf or .txt.")
    return None


def _unsafe(entry: zipfile.ZipInfo) -> str:
    """Why an entry is not opened, or an empty string."""
    name = entry.filename
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0][:2]:
        return "The name of this part leads out of the archive; it was not opened."
    if entry.flag_bits & 0x1:
        return "This part of the archive is locked with a password. Unpack it and open the folder."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "This part of the archive is a link; it was not followed."
    return ""


class _Budget:
    """What may still be unpacked, counted in real bytes: sizes in an archive can lie."""

    def __init__(self) -> None:
        self.left = ZIP_TOTAL
        self._entry = self._packed = 0

    def begin(self, packed: int) -> None:
        """A new entry of `packed` bytes."""
        self._entry, self._packed = 0, packed

    def spend(self, count: int) -> None:
        """Count bytes; raises `InputTooLarge` when the archive is a bomb."""
        self._entry += count
        self.left -= count
        if self._entry > 1_000_000 and self._entry > ZIP_RATIO * max(1, self._packed):
            raise InputTooLarge(
                f"This part unpacks to more than {ZIP_RATIO} times its size, as a zip bomb does; it was not read."
            )
        if self.left <= 0:
            raise InputTooLarge(
                f"The archive unpacks to over {ZIP_TOTAL // 1_000_000} MB. Unpack it and open the folder."
            )


# --- one mail out of a container --------------------------------------------------------------------------------------


def only_mail(raw: bytes, source: Source, form: Format) -> RawMail:
    """The one mail of a file that can hold several. Raises `UnsupportedInput` when there are more."""
    stream = io.BytesIO(raw)
    items = _zip(stream, source, "") if form is Format.ZIP else _pieces(stream, form, source, "")
    try:
        found = [item for item, _ in zip(items, range(2), strict=False)]
    except _DAMAGED:
        raise BrokenInput("This archive is damaged. Download or pack it again.") from None
    if len(found) > 1:
        raise UnsupportedInput("This holds several mails. Use `feedback-nlp batch` for it, or save one mail as .eml.")
    if not found:
        raise UnsupportedInput("There is no mail in this file.")
    if isinstance(found[0], Refused):
        raise UnsupportedInput(found[0].reason)
    return replace(found[0], source=source)


__all__ = ["MAX_MAIL", "Item", "RawMail", "only_mail", "open_mail", "scan"]
