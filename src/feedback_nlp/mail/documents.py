"""Outlook's .msg, and letters as .pdf, .docx and .rtf."""

from __future__ import annotations

import codecs
import io
import re
import struct
import zipfile
import zlib
from functools import cache
from typing import Any

from feedback_nlp.errors import BrokenInput, EmptyInput, UnsupportedInput
from feedback_nlp.mail.cleaning import clean, decode, tidy
from feedback_nlp.mail.limits import MAX_HTML, MAX_TEXT
from feedback_nlp.mail.markup import read_html
from feedback_nlp.mail.message import ENCRYPTED, PICTURES, Letter, header_text, read_date, without_links

_EXTRA = "pip install 'feedback-nlp[documents]'"
_PAGES = 50
_UNPACKED = 100_000_000  # bytes of a .docx
_RTF_COMPRESSED = 0x1009  # PidTagRtfCompressed
_DISPLAY_TO = 0x0E04  # PidTagDisplayTo
_PARAGRAPH_END = re.compile(r"\{\\\*\\htmltag\d{1,4} ?</p>\}")  # HTML packed into RTF, as Exchange keeps it
_RTF_LINK = re.compile(r'\("(?:https?|mailto):[^")\n]{1,3000}"\)')  # written behind the words of a link
# What parsers of foreign binary formats raise on damaged files.
_FAULTS = (
    ValueError, LookupError, TypeError, AttributeError, OSError, ArithmeticError, AssertionError, EOFError,
    RecursionError, NotImplementedError, RuntimeError, MemoryError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


# --- .msg -------------------------------------------------------------------------------------------------------------


def read_msg(raw: bytes) -> Letter:
    """An Outlook .msg: plain body, else HTML, else RTF."""
    from oxmsg import Message as OutlookMessage

    _register_codecs()
    try:
        found = OutlookMessage.load(raw)
        kind = found.message_class.lower()
        body, page, rtf = _try(found, "body"), _try(found, "html_body"), _rtf(found)
        subject, sender, sent = _try(found, "subject"), _try(found, "sender"), _try(found, "sent_date")
        to, headers = _display_to(found), _headers(found)
    except _FAULTS:
        raise BrokenInput("This Outlook file is damaged, or is no mail. Save the mail again as .msg or .eml.") from None
    if "smime" in kind and "multipartsigned" not in kind:
        raise UnsupportedInput(ENCRYPTED)
    letter = Letter(
        "",
        subject=header_text(subject or ""),
        sender=header_text(sender or ""),
        to=header_text(to),
        sent=sent or read_date(dict(headers).get("date", "")),
        headers=headers,
    )
    return _with_body(letter, str(body or ""), str(page or ""), rtf)


def _with_body(letter: Letter, body: str, page: str, rtf: bytes) -> Letter:
    """The letter with the first body that has words."""
    from dataclasses import replace

    if any(map(str.isalnum, body[:MAX_HTML])):
        return replace(letter, text=tidy(without_links(clean(body[:MAX_HTML]))))
    if page:
        read = read_html(page)
        if any(map(str.isalnum, read.text)):
            return replace(letter, text=read.text, depths=read.depths, notes=read.notes)
    if rtf:
        return replace(letter, text=tidy(_plain_rtf(rtf)))
    raise EmptyInput(PICTURES)


def _try(found: Any, name: str) -> Any:
    """A property of a .msg; None when just this one is damaged."""
    try:
        return getattr(found, name)
    except _FAULTS:
        return None


def _display_to(found: Any) -> str:
    try:
        return str(found.properties.str_prop_value(_DISPLAY_TO) or "")
    except _FAULTS:
        return ""


def _headers(found: Any) -> tuple[tuple[str, str], ...]:
    """The transport headers that are kept."""
    from feedback_nlp.mail.message import KEPT_HEADERS

    try:
        written = {str(name).lower(): value for name, value in found.message_headers.items()}
    except _FAULTS:
        return ()
    return tuple((name, header_text(written[name])) for name in KEPT_HEADERS if written.get(name))


def _rtf(found: Any) -> bytes:
    """The RTF body, unpacked; empty without the extra or without one."""
    try:
        packed = found.properties.binary_prop_value(_RTF_COMPRESSED)
    except _FAULTS:
        return b""
    if not packed or len(packed) > MAX_HTML:
        return b""
    try:
        from compressed_rtf import decompress
    except ImportError:
        return b""
    try:
        return bytes(decompress(packed))[: 2 * MAX_HTML]
    except _FAULTS:
        return b""


@cache
def _register_codecs() -> None:
    """Outlook says "windows-950" where Python says "cp950"."""

    def _search(name: str) -> codecs.CodecInfo | None:
        number = name.replace("-", "_").removeprefix("windows_")
        if number.isdigit() and number != name and 3 <= len(number) <= 5:
            try:
                return codecs.lookup("utf-8" if number == "65001" else f"cp{number}")
            except LookupError:
                return None
        return None

    codecs.register(_search)


# --- .rtf, .pdf, .docx ------------------------------------------------------------------------------------------------


def read_rtf(raw: bytes) -> Letter:
    """A letter as .rtf."""
    return Letter(tidy(_plain_rtf(raw[: 2 * MAX_HTML])))


def _plain_rtf(raw: bytes) -> str:
    try:
        from striprtf.striprtf import rtf_to_text
    except ImportError:
        raise UnsupportedInput(f"This is rich text (RTF). To read it: {_EXTRA}, or save it as .txt.") from None
    try:
        source = _PARAGRAPH_END.sub(r"\\par ", raw.decode("latin-1"))
        text = str(rtf_to_text(source, errors="ignore"))  # type: ignore[no-untyped-call]
        return _RTF_LINK.sub("", text)
    except _FAULTS:
        raise BrokenInput("This rich text (RTF) is damaged. Open it, copy its words, and paste them.") from None


def read_pdf(raw: bytes) -> Letter:
    """A letter as .pdf, its first fifty pages."""
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise UnsupportedInput(f"This is a PDF. To read it: {_EXTRA}, or copy its words and paste them.") from None
    pages: list[str] = []
    notes: tuple[str, ...] = ()
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted:
            raise UnsupportedInput("This PDF is locked with a password. Open it, copy its words, and paste them.")
        for number, page in enumerate(reader.pages):
            pages.append(page.extract_text() or "")
            if number + 1 == _PAGES or sum(map(len, pages)) > MAX_TEXT:
                notes = ("Only the first pages of this PDF were read.",) if len(reader.pages) > number + 1 else ()
                break
    except (PyPdfError, *_FAULTS):
        if not any(map(str.isalnum, "".join(pages))):
            raise BrokenInput("This PDF is damaged. Open it, copy its words, and paste them.") from None
        notes = ("This PDF is damaged; only its first pages were read.",)
    text = "\n\n".join(pages)
    if not any(map(str.isalnum, text)):
        raise EmptyInput("This PDF is a scan without text. Type or copy the words of the letter and paste them.")
    return Letter(tidy(text), notes=notes)


def read_docx(raw: bytes) -> Letter:
    """A letter as .docx: paragraphs and tables in their order."""
    try:
        import docx
        from docx.opc.exceptions import PackageNotFoundError
        from docx.table import Table
        from lxml import etree
    except ImportError:
        raise UnsupportedInput(
            f"This is a Word document. To read it: {_EXTRA}, or copy its words and paste them."
        ) from None
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _UNPACKED:
                raise BrokenInput("This Word document unpacks to an unlikely size. Copy its words and paste them.")
        lines: list[str] = []
        for block in docx.Document(io.BytesIO(raw)).iter_inner_content():
            if isinstance(block, Table):
                lines.extend("  ".join(cell.text.strip() for cell in row.cells) for row in block.rows)
            else:
                lines.extend((block.text, ""))
    except (PackageNotFoundError, etree.LxmlError, *_FAULTS):
        raise BrokenInput("This Word document is damaged. Open it, copy its words, and paste them.") from None
    text = tidy("\n".join(lines))
    if not any(map(str.isalnum, text)):
        raise EmptyInput("This Word document has no text. Copy or type the words of the letter and paste them.")
    return Letter(text)


def read_emlx(raw: bytes) -> bytes:
    """The mail inside Apple's .emlx: a byte count, the mail, a property list. The count may lie."""
    count, _, rest = raw.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")
    digits = decode(count).strip()
    mail = rest[: int(digits)] if digits.isdigit() and len(digits) <= 10 else rest
    end = mail.rfind(b"<?xml version") if len(mail) == len(rest) else -1
    return mail[:end] if end > 0 and b"<plist" in mail[end:] else mail
