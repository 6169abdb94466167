"""What some bytes hold, by their content and not by the ending of a file name, and how each kind is read."""

from __future__ import annotations

import enum
import re

from feedback_nlp.errors import EmptyInput, UnsupportedInput
from feedback_nlp.mail.cleaning import wide_codec


class Format(enum.StrEnum):
    """The kinds of file that are told apart."""

    EMPTY = "empty"
    MAIL = "mail"  # RFC 822: .eml, .mht, a file of a Maildir
    EMLX = "emlx"
    MBOX = "mbox"
    MSG = "msg"
    HTML = "html"
    TEXT = "text"
    TABLE = "table"  # .csv, .tsv
    JSONL = "jsonl"
    JSON = "json"  # one array of records
    ZIP = "zip"
    PDF = "pdf"
    DOCX = "docx"
    RTF = "rtf"
    RECORD = "record"  # one row of a table or one line of JSON; never the content of a file


_SAVE_AS = "Open it, copy the text of the mail, and paste that."
# First bytes of what is not read, and the way out.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (
        b"!BDN",
        "This is an Outlook data file (.pst). In Outlook, save the mails as .msg into a folder and open that.",
    ),
    (b"\x78\x9f\x3e\x22", "This is a winmail.dat file (TNEF). Open the mail in Outlook and save it as .msg or .eml."),
    (b"\x1f\x8b", "This is a gzip archive. Unpack it and open what is inside."),
    (b"7z\xbc\xaf\x27\x1c", "This is a 7z archive. Unpack it and open the folder."),
    (b"Rar!", "This is a RAR archive. Unpack it and open the folder."),
    (b"BZh", "This is a bzip2 archive. Unpack it and open what is inside."),
    (b"\xfd7zXZ", "This is an xz archive. Unpack it and open what is inside."),
    (b"\x89PNG", f"This is a picture, and pictures are not read. {_SAVE_AS}"),
    (b"\xff\xd8\xff", f"This is a picture, and pictures are not read. {_SAVE_AS}"),
    (b"GIF8", f"This is a picture, and pictures are not read. {_SAVE_AS}"),
    (b"II*\0", f"This is a picture, and pictures are not read. {_SAVE_AS}"),
    (b"MM\0*", f"This is a picture, and pictures are not read. {_SAVE_AS}"),
    (b"SQLite format 3", "This is a database, not a mail. Export the mails as .eml, .mbox or .csv."),
    (b"\x7fELF", "This is a program, not a mail."),
    (b"MZ", "This is a program, not a mail."),
    (b"bplist00", "This is a settings file, not a mail. Export the mail as .eml or .mbox."),
)
_KNOWN_HEADERS = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "received",
        "message-id",
        "mime-version",
        "content-type",
        "return-path",
        "delivered-to",
        "sender",
        "reply-to",
        "in-reply-to",
        "references",
        "content-transfer-encoding",
        "x-mailer",
        "list-id",
        "dkim-signature",
        "authentication-results",
        "x-received",
        "arc-seal",
        "precedence",
        "x-gm-thrid",
        "x-gmail-labels",
        "x-originating-ip",
        "user-agent",
        "thread-topic",
        "thread-index",
        "importance",
    ]
)
_TECHNICAL = frozenset(
    [
        "received",
        "message-id",
        "mime-version",
        "content-type",
        "return-path",
        "delivered-to",
        "dkim-signature",
        "x-gm-thrid",
        "x-received",
        "content-transfer-encoding",
        "authentication-results",
        "arc-seal",
    ]
)
_HEADER_NAME = re.compile(rb"([!-9;-~]{1,76})[ \t]*:")
_FROM_LINE = re.compile(rb"From (-\s*$|\S+@\S+\s*$|\S+\s+(\S+\s+)?(Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )")
TEXT_COLUMNS = (
    "text", "body", "message", "mail", "email", "content", "email_text", "email_body", "feedback", "plain",
    "message_body", "mail_body", "body_text", "text_body", "plain_text", "plain_body", "body_plain", "nachricht",
)  # fmt: skip
HEAD = 65_536  # bytes that decide


def sniff(raw: bytes, name: str = "", *, pasted: bool = False) -> Format:
    """The format of a file from its first bytes (64 kB are enough; .docx is a zip here).

    `name` only decides where content cannot: a table of one column. `pasted` text is a mail only with technical
    headers; else its header lines are part of the text. Raises `UnsupportedInput` for what is not read.
    """
    head = raw[:HEAD]
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not bare.strip(b"\0"):
        return Format.EMPTY
    suffix = name.lower().rpartition(".")[2]
    found = _binary(head, bare)
    if found is not None:
        return found
    if is_from_line(bare.split(b"\n", 1)[0]) and header_names(bare.split(b"\n", 1)[-1]):
        return Format.MBOX
    first = bare.split(b"\n", 1)
    if re.fullmatch(rb"\d{1,10}\s*", first[0]) and len(first) == 2 and is_mail(first[1], technical=False):
        return Format.EMLX
    if is_mail(bare, technical=pasted) or (suffix == "eml" and _is_all_head(head, bare)):
        return Format.MAIL
    if _is_binary(head):
        raise UnsupportedInput(
            "This is not text but a program, a picture or a damaged file. Save the mail as .eml or paste its text."
        )
    if re.match(rb"(?i)(?:<\?xml[^>]{0,200}>\s*)?<!doctype plist", bare):
        raise UnsupportedInput("This is a settings file, not a mail. Export the mail as .eml or .mbox.")
    if re.match(rb"(?i)<(?:!doctype|html|head|body|\?xml|div|table|meta|p\b|span)", bare):
        return Format.HTML
    return _listed(bare, suffix, pasted)


def _binary(head: bytes, bare: bytes) -> Format | None:
    """Formats with a magic number."""
    for magic, reason in _FOREIGN:
        if head.startswith(magic) and not (magic == b"MZ" and b"\0" not in head[:1_000]):
            raise UnsupportedInput(reason)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return Format.MSG
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Format.ZIP
    if b"%PDF-" in head[:1_024]:
        return Format.PDF
    if bare.startswith(b"{\\rtf"):
        return Format.RTF
    if bare.startswith(b"-----BEGIN PGP MESSAGE"):
        raise UnsupportedInput(
            "This mail is encrypted. Open it in the mail program that holds your key, and paste its text."
        )
    return None


def _listed(bare: bytes, suffix: str, pasted: bool) -> Format:
    """Lines of JSON, a table, or plain text."""
    if bare[:1] == b"{" and re.match(rb'\{\s*"[^"\n]{1,60}"\s*:', bare):
        return Format.JSONL
    if bare[:1] == b"[" and re.match(rb'\[\s*\{\s*"[^"\n]{1,60}"\s*:', bare):
        return Format.JSON
    if suffix in ("csv", "tsv") or (not pasted and _has_columns(bare)):
        return Format.TABLE
    return Format.TEXT


def _has_columns(bare: bytes) -> bool:
    """Whether the first line names at least two columns, one of them of mail text."""
    first = bare.split(b"\n", 1)[0].strip().lower()
    if len(first) > 2_000:
        return False
    for delimiter in (b",", b"\t", b";"):
        cells = [cell.strip(b' "') for cell in first.split(delimiter)]
        if len(cells) >= 2 and any(cell.decode("latin-1").replace(" ", "_") in TEXT_COLUMNS for cell in cells):
            return all((len(cell) <= 40 and b" " not in cell.strip()) or len(cell.split()) <= 3 for cell in cells)
    return False


def _is_binary(head: bytes) -> bool:
    """Control characters that no text has, unless it is UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or wide_codec(head):
        return False
    sample = head[:8_192]
    odd = sum(sample.count(byte) for byte in range(0x20) if byte not in (9, 10, 12, 13, 27))
    return odd > max(8, len(sample) // 50)


def _is_all_head(head: bytes, bare: bytes) -> bool:
    """Whether the headers of a mail fill the sample, so that the known ones are still to come."""
    return len(head) >= HEAD and b"\n\n" not in head.replace(b"\r\n", b"\n") and bool(header_names(bare))


def has_old_lines(head: bytes) -> bool:
    """Whether a mail or mailbox has the line ends of old Macs: a carriage return alone."""
    if b"\r" not in head or b"\n" in head:
        return False
    bare = head.replace(b"\r", b"\n").lstrip(b" \t\n")
    return is_from_line(bare.split(b"\n", 1)[0]) or is_mail(bare, technical=False)


def is_from_line(line: bytes) -> bool:
    """Whether a line can separate two mails of an mbox."""
    return line.startswith(b"From ") and _FROM_LINE.match(line[:400]) is not None


def header_names(raw: bytes) -> list[str]:
    """The lower-case names of the header lines that `raw` begins with."""
    names: list[str] = []
    for line in raw[:HEAD].split(b"\n")[:2_000]:
        if line[:1] in (b" ", b"\t") and names:
            continue
        match = _HEADER_NAME.match(line[:80])
        if match is None:
            break
        names.append(match[1].decode("latin-1").lower())
    return names


def is_mail(raw: bytes, *, technical: bool) -> bool:
    """Whether `raw` begins with the headers of a mail; `technical`: with ones that nobody copies by hand."""
    names = header_names(raw)
    if "sent" in names and not set(names) & _TECHNICAL:
        return False  # Outlook's copied block
    known = [name for name in names if name in _KNOWN_HEADERS]
    if technical:
        return len(known) >= 2 and bool(set(known) & _TECHNICAL)
    return len(known) >= 2 or (len(known) == 1 and known[0] in _TECHNICAL)


def refuse_empty() -> EmptyInput:
    """The error for a text without letters."""
    return EmptyInput("There is nothing to read: the text is empty. Paste the words of the mail, or open its file.")
