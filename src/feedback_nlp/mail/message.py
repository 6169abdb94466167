"""MIME to text, by the lenient compat32 parser and an own walk with caps.

Never `email.policy.default` on mail of others: one header of encoded words can take gigabytes there, and text is lost
to exceptions on malformed headers.
"""

from __future__ import annotations

import email
import email.utils
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.header import Header, decode_header
from email.message import Message as Part
from typing import Any

from feedback_nlp.errors import BrokenInput, EmptyInput, InputTooLarge, UnsupportedInput
from feedback_nlp.mail.cleaning import clean, decode, tidy_lines
from feedback_nlp.mail.invitation import read_invitation
from feedback_nlp.mail.limits import MAX_DEPTH, MAX_HEADER, MAX_HTML, MAX_MAIL, MAX_PARTS, MAX_TEXT
from feedback_nlp.mail.markup import looks_like_html, read_html
from feedback_nlp.mail.residue import has_entities
from feedback_nlp.mail.words import words

KEPT_HEADERS = (
    "reply-to", "cc", "message-id", "in-reply-to", "references", "date", "list-unsubscribe", "list-id",
    "auto-submitted", "precedence", "x-auto-response-suppress", "return-path", "x-gm-thrid", "x-gmail-labels",
)  # fmt: skip
ENCRYPTED = "This mail is encrypted. Open it in the mail program that holds your key, copy its text, and paste that."
SIGNED = (
    "This mail is packed into a signature (S/MIME), which is not opened. Open it in your mail program, copy its text, "
    "and paste that."
)
WINMAIL = (
    "This mail keeps its text in a winmail.dat attachment, which is not read. "
    "Open it in Outlook and save it as .msg or .eml."
)
PICTURES = (
    "There is no text here, only pictures or attachments. Open the mail, copy or type its words, and paste those."
)
_MAX_BOUNDARIES = 2_000  # the parser compares every line with every open boundary
_STUB_WORDS = 60
_CUT_SHORT = 2  # a page of over twice as many words as the short text beside it says what the text leaves out
_STYLE = re.compile(
    r"(?m)^[ \t]*(?:@media\b|@import\b|[.#]?[-\w]{1,40}(?:[ ,>.#:][-\w ,>.#:]{0,80})?\s?\{[^{}]{0,2000}[:{])"
)
_STYLE_LINE = re.compile(r"[ \t]*(?:@media\b|@import\b|[.#]?[-\w]{1,40}(?:[ ,>.#:*][-\w ,>.#:*]{0,80})?\s?\{)")
_STYLE_HEAD = 5_000  # characters in which a style sheet is looked for
_LINK_AFTER = re.compile(
    r"[ \t]?(?:<(?:https?://|mailto:)[^\s<>]{1,3000}>|\[(?:https?://|cid:|image: )[^\]\n]{1,3000}\])"
)
_LONG_LINK = 80  # characters; a longer one in brackets is there for counting clicks
_LONG_HEADER = re.compile(rb"(?im)^content-(?:type|disposition)[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")
_MORE_PARTS = "This mail has more parts than are read; the rest was left out."


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that has been read, before its asides are marked. `depths`: HTML quote levels, one a line, or empty."""

    text: str
    depths: tuple[int, ...] = ()
    subject: str = ""
    sender: str = ""
    to: str = ""
    sent: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    id: str = ""


@dataclass(slots=True)
class _Found:
    """What the walk gathers."""

    lines: list[str] = field(default_factory=list)
    depths: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)  # content types that hold no text for us
    said: set[str] = field(default_factory=set)  # the letters of each part
    invitation: str = ""
    size: int = 0

    def add(self, text: str, depths: tuple[int, ...] = ()) -> None:
        """Append one part, with a blank line before it."""
        if self.size > 4 * MAX_TEXT or not text.strip():
            return
        letters = "".join(filter(str.isalnum, text[:MAX_TEXT])).lower()
        if letters in self.said:
            return  # the same words once more, as a page beside the plain text
        self.said.add(letters)
        lines = text.split("\n")
        if self.lines:
            self.lines.append("")
            self.depths.append(0)
        self.lines.extend(lines)
        self.depths.extend(depths if len(depths) == len(lines) else [0] * len(lines))
        self.size += len(text)


def read_rfc822(raw: bytes) -> Letter:
    """The letter in the bytes of one mail. Raises an `InputError` when there is no text that can be read."""
    if len(raw) > MAX_MAIL:
        raise InputTooLarge(f"This mail is over {MAX_MAIL // 1_000_000} MB. Save it without its attachments.")
    part = _parse(raw)
    found = _Found()
    _walk(part, found)
    if found.invitation and not any(map(str.isalnum, "".join(found.lines))):
        found.add(clean(read_invitation(found.invitation)[1]))
        found.notes.append("Read as a calendar invitation.")
    kept: list[int] = []
    lines = tidy_lines(found.lines, kept.append)
    text = "\n".join(lines)
    if not any(map(str.isalnum, text[:MAX_TEXT])):
        raise _no_text(found)
    if "-----BEGIN PGP MESSAGE-----" in text[:MAX_TEXT]:
        raise UnsupportedInput(ENCRYPTED)
    letter = replace(read_headers(part), text=text, notes=tuple(dict.fromkeys(found.notes)))
    depths = tuple(found.depths[index] for index in kept)
    return replace(letter, depths=depths) if any(depths) else letter


def _parse(raw: bytes) -> Part:
    """The part tree; a mail nested too deep for the parser is broken."""
    boundaries = len(re.findall(rb"(?i)boundary\s{0,9}=", raw))
    if boundaries > _MAX_BOUNDARIES:
        raise BrokenInput(
            f"This mail claims {boundaries:,} nested parts. Open it in a mail program and paste its text."
        )
    if len(raw) > MAX_HEADER:  # the parser's work on the parameters of one header grows with their square
        raw = _LONG_HEADER.sub(
            lambda match: match[0][:MAX_HEADER] + b"\n" if len(match[0]) > MAX_HEADER else match[0], raw
        )
    try:
        return email.message_from_bytes(raw)
    except RecursionError:
        raise BrokenInput("This mail is nested too deep. Open it in a mail program and paste its text.") from None


def _no_text(found: _Found) -> Exception:
    if _MORE_PARTS in found.notes:
        return BrokenInput("This mail is nested too deep. Open it in a mail program and paste its text.")
    if any("ms-tnef" in kind for kind in found.skipped):
        return UnsupportedInput(WINMAIL)
    if "signed-data" in found.skipped:
        return UnsupportedInput(SIGNED)
    if any("pkcs7" in kind or "encrypted" in kind for kind in found.skipped):
        return UnsupportedInput(ENCRYPTED)
    documents = found.skipped & {"application/pdf", "application/msword"} or any(
        "officedocument" in kind for kind in found.skipped
    )
    if documents:
        return EmptyInput(
            "This mail has no text of its own: the letter is an attachment. Save the attachment and open that."
        )
    if found.skipped:
        return EmptyInput(PICTURES)
    return EmptyInput("This mail is empty: it has no text. Open it in your mail program and paste what you see there.")


# --- the walk ---------------------------------------------------------------------------------------------------------


def _walk(root: Part, found: _Found) -> None:
    """All readable parts in order, by an own stack: `Part.walk` recurses."""
    stack: list[tuple[Part, int]] = [(root, 0)]
    seen = 0
    while stack:
        part, depth = stack.pop()
        seen += 1
        if seen > MAX_PARTS or depth > MAX_DEPTH:
            found.notes.append(_MORE_PARTS)
            return
        kind = part.get_content_type()
        children = [child for child in part.get_payload() if isinstance(child, Part)] if part.is_multipart() else []
        if kind == "multipart/encrypted":
            found.skipped.add(kind)
        elif kind == "multipart/alternative" and children:
            stack.append((_choose(children[:MAX_PARTS]), depth + 1))
        elif kind in ("multipart/related", "multipart/signed") and children:
            found.skipped.update(child.get_content_type() for child in children[1:20])
            stack.append((children[0], depth + 1))
        elif kind == "message/rfc822" and children:
            if depth > 0:
                found.add(_forwarded(children[0]))
            stack.append((children[0], depth + 1))
        elif children:
            stack.extend((child, depth + 1) for child in reversed(children[: MAX_PARTS + 1]))
        else:
            _leaf(part, kind, found)


def _leaf(part: Part, kind: str, found: _Found) -> None:
    """One part without children."""
    attached = _text(part.get("content-disposition", "")).lower().lstrip().startswith("attachment")
    if kind == "text/calendar" and not found.invitation:
        payload = part.get_payload(decode=True)
        found.invitation = decode(payload, _parameter(part, "charset")) if isinstance(payload, bytes) else ""
    readable = kind.startswith(("text/plain", "text/html", "text/enriched")) or kind in ("text/x-amp-html", "text")
    if not readable or kind == "text/x-amp-html" or (attached and part.get_filename()):
        found.skipped.add(kind)
        if kind.endswith("pkcs7-mime"):
            found.skipped.add(_parameter(part, "smime-type").lower())
        return
    text, depths, notes = _part_text(part, kind)
    found.notes.extend(notes)
    found.add(text, depths)


def _part_text(part: Part, kind: str) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    """Text, quote depths and notes of a text part."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    source = decode(raw[: 4 * MAX_HTML], _parameter(part, "charset"))
    if kind == "text/html" or looks_like_html(source):
        page = read_html(source)
        return page.text, page.depths, page.notes
    text = without_links(_without_styles(clean(source[:MAX_HTML])))
    if kind == "text/enriched":
        text = re.sub(r"</?[a-zA-Z-]{1,20}>", "", text)
    if _parameter(part, "format").lower() == "flowed":
        text = _unflow(text, _parameter(part, "delsp").lower() == "yes")
    return text, (), ()


def _choose(children: list[Part]) -> Part:
    """The child of a multipart/alternative to read: plain text, unless it is empty, a stub, or not what was written.

    Mailing programs make the plain part out of the page, and often badly: style sheets and entities stay, or only the
    first words are there.
    """
    plain = next((child for child in children if child.get_content_type() == "text/plain"), None)
    rich = next((child for child in children if child.get_content_type() == "text/html"), None)
    rich = rich or next((child for child in children if child.get_content_type() == "multipart/related"), None)
    rich = rich or next((child for child in children if child.is_multipart()), None)
    if plain is None:
        return rich or children[-1]
    if rich is None:
        return plain
    text = _part_text(plain, "text/plain")[0]
    if is_stub(text) or has_entities(text) or _STYLE.search(text[:_STYLE_HEAD]):
        return rich
    count = len(text.split())
    if count <= _STUB_WORDS and rich.get_content_type() == "text/html":
        return rich if len(_part_text(rich, "text/html")[0].split()) > _CUT_SHORT * count else plain
    return plain


def _without_styles(text: str) -> str:
    """A text without the style sheet that a bad conversion of HTML left at its head."""
    if not _STYLE.search(text[:_STYLE_HEAD]):
        return text
    kept: list[str] = []
    size = depth = 0
    for line in text.split("\n"):
        size += len(line) + 1
        if depth or (size <= _STYLE_HEAD and _STYLE_LINE.match(line)):
            depth = max(0, depth + line.count("{") - line.count("}"))
        else:
            kept.append(line)
    return text if depth else "\n".join(kept)


def without_links(text: str) -> str:
    """A text without what mail programs write for pictures, and for links that have words of their own."""
    if "<http" not in text and "[" not in text and "<mailto:" not in text:
        return text
    return _LINK_AFTER.sub(lambda match: "" if _is_surplus(match) else match[0], text)


def _is_surplus(match: re.Match[str]) -> bool:
    """Whether a link in brackets says nothing to a reader: a picture, a click counter, or the words before it again."""
    before = match.string[match.start() - 1 : match.start()]
    bare = match[0].strip()
    return (
        bare.startswith(("[cid:", "[image:", "<mailto:"))
        or len(bare) > _LONG_LINK
        or (match[0][0] not in " \t" and bool(before.strip()))
    )


def is_stub(text: str) -> bool:
    """Whether a plain part is empty or only says that the mail is HTML."""
    low = " ".join(text[:4_000].lower().split())
    if not any(map(str.isalnum, low)):
        return True
    count = len(low.split())
    return count <= _STUB_WORDS and any(phrase in low for phrase in words().stubs)


def _unflow(text: str, joined: bool) -> str:
    """Paragraphs of a format=flowed text (RFC 3676) on one line each; quotes stay as they are."""
    out: list[str] = []
    open_line = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        if not quoted and line.startswith(" "):
            line = line[1:]
        if open_line and not quoted and line != "-- ":
            out[-1] = (out[-1][:-1] if joined else out[-1]) + line
        else:
            out.append(line)
        open_line = not quoted and line.endswith(" ") and line != "-- " and len(out[-1]) < MAX_TEXT
    return "\n".join(out)


def _forwarded(part: Part) -> str:
    """The headers of an attached mail, written as mail programs write them, so that its words have an author."""
    letter = read_headers(part)
    lines = ["---------- Forwarded message ----------"]
    for name, value in (
        ("From", letter.sender),
        ("Date", letter_date(part)),
        ("To", letter.to),
        ("Subject", letter.subject),
    ):
        if value:
            lines.append(f"{name}: {' '.join(value.split())[:300]}")
    return "\n".join(lines)


def letter_date(part: Part) -> str:
    """The Date header as written."""
    return header_text(part.get("date", ""))[:80]


# --- headers ----------------------------------------------------------------------------------------------------------


def read_headers(part: Part) -> Letter:
    """A letter without text that holds what the headers say."""
    written: dict[str, Any] = {}
    for name, value in part.items():
        written.setdefault(name.lower(), value)
    kept = ((name, header_text(written[name])) for name in KEPT_HEADERS if name in written)
    return Letter(
        "",
        subject=header_text(written.get("subject")),
        sender=_author(header_text(written.get("from") or written.get("sender"))),
        to=header_text(written.get("to") or written.get("delivered-to")),
        sent=read_date(header_text(written.get("date"))),
        headers=tuple((name, value) for name, value in kept if value),
    )


def _author(sender: str) -> str:
    """The From line, unless a browser wrote itself into it (.mht)."""
    return "" if sender.lower().startswith("<saved by ") else sender


def header_text(value: Any) -> str:
    """A header as clean text on one line: at most `MAX_HEADER` characters, encoded words and stray bytes decoded."""
    if value is None:
        return ""
    text = _text(value)
    if "=?" in text:
        text = _decode_words(text)
    return " ".join(clean(text).split())


def _text(value: Any) -> str:
    """A raw header value as text; compat32 gives a `Header` object for 8-bit bytes, and surrogates inside strings."""
    text = str(value)[:MAX_HEADER] if not isinstance(value, Header) else _header_object(value)[:MAX_HEADER]
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return decode(text.encode("utf-8", "surrogateescape" if _escaped(text) else "replace"))
    return text


def _escaped(text: str) -> bool:
    return all("\udc80" <= character <= "\udcff" for character in text if "\ud800" <= character <= "\udfff")


def _header_object(value: Header) -> str:
    """The bytes of a `Header` that came from 8-bit text."""
    chunks = getattr(value, "_chunks", [])
    return " ".join(str(chunk[0]) for chunk in chunks)


def _decode_words(text: str) -> str:
    """RFC 2047 words as text; a word that cannot be decoded stays as written."""
    try:
        pieces = decode_header(text)
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return text
    out: list[str] = []
    for piece, name in pieces:
        if isinstance(piece, bytes):
            out.append(decode(piece, str(name or "")) if name else piece.decode("utf-8", "replace"))
        else:
            out.append(piece)
    return "".join(out)


def _parameter(part: Part, name: str) -> str:
    """A parameter of Content-Type, an empty string when it is missing or malformed."""
    try:
        value = part.get_param(name, failobj="")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    if isinstance(value, tuple):
        value = value[2]
    return str(value or "").strip()


_DAY_MONTH = re.compile(r"(\d{1,2})\.? (?:de |of )?([^\W\d_]{3,12})\.?,? (?:de )?(\d{4})(?!\d)")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DOTTED = re.compile(r"\b(\d{1,2})([./])(\d{1,2})\2(\d{4})(?!\d)")
_CLOCK = re.compile(r"\b(\d{1,2})[:h.](\d{2})(?:[:.]\d{2})?\s?([ap])?\.?m?", re.I)


def read_date(written: str) -> datetime | None:
    """A date as mail programs write it, with the zone when there is one; None when it is not certain."""
    written = written[:120]
    try:
        return email.utils.parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    try:
        found = datetime.fromisoformat(written.strip().replace("Z", "+00:00"))
        return found if found.year > 1970 else None
    except ValueError:
        pass
    day = _day(written.lower())
    if day is None:
        return None
    rest = written[day[1] :]
    clock = _CLOCK.search(rest)
    hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
    if clock and clock[3]:
        hour = hour % 12 + (12 if clock[3].lower() == "p" else 0)
    try:
        return datetime(*day[0], hour, minute)  # noqa: DTZ001  the writer's own clock: no zone is given
    except ValueError:
        return None


def _day(low: str) -> tuple[tuple[int, int, int], int] | None:
    """Year, month and day, and where they end; none for 3/4/2025, which two countries read differently."""
    months = words().months
    if (match := _ISO.search(low)) is not None:
        return (int(match[1]), int(match[2]), int(match[3])), match.end()
    if (match := _DAY_MONTH.search(low)) is not None and match[2] in months:
        return (int(match[3]), months[match[2]], int(match[1])), match.end()
    if (match := _MONTH_DAY.search(low)) is not None and match[1] in months:
        return (int(match[3]), months[match[1]], int(match[2])), match.end()
    if (match := _DOTTED.search(low)) is not None:
        first, second = int(match[1]), int(match[3])
        if match[2] == "." or first > 12:
            return (int(match[4]), second, first), match.end()
        if second > 12:
            return (int(match[4]), first, second), match.end()
    return None


def from_epoch(seconds: float) -> datetime | None:
    """A time stamp as UTC."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
