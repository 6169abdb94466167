"""One mail in, one `Message` out."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from feedback_nlp.errors import EmptyInput, InputError, InputTooLarge, UnsupportedInput
from feedback_nlp.mail.body import find_asides, first_header
from feedback_nlp.mail.chats import chat_asides, read_chat
from feedback_nlp.mail.cleaning import cap, clean, decode, tidy
from feedback_nlp.mail.documents import read_docx, read_emlx, read_msg, read_pdf, read_rtf
from feedback_nlp.mail.formats import HEAD, Format, has_old_lines, is_mail, refuse_empty, sniff
from feedback_nlp.mail.invitation import is_invitation, read_invitation
from feedback_nlp.mail.language import foreign_language
from feedback_nlp.mail.limits import MAX_FILE, MAX_PLAIN
from feedback_nlp.mail.markup import looks_like_html, read_html
from feedback_nlp.mail.message import PICTURES, Letter, read_date, read_rfc822
from feedback_nlp.mail.records import read_record
from feedback_nlp.mail.residue import repair_entities, repair_mojibake, repair_quoted_printable
from feedback_nlp.schema import Aside, AsideKind, Message, Source, Span

_DECODED = "Residue of the mail's transport encoding (=20, =E2=80=99) was decoded."
_SUBJECT_LINE = re.compile(r"[Ss]ubject:[ \t]*(\S[^\n]{0,998})(?=\n[ \t]*\n)")  # alone at the top of a pasted mail
_SAMPLE = 6_000  # characters that decide on the language


def read_mail(source: Path | bytes | str, *, name: str = "", index: int = 0) -> Message:
    """One mail as a `Message`.

    A `str` is pasted text: the words of a mail, a mail with its technical headers, HTML, or text under a copied header
    block ("From: … Sent: … Subject: …"), which then gives subject, sender and date. `bytes` and the file at a `Path`
    are read by their content. `name` and `index` only say where the mail came from (`Message.source`).

    Offsets everywhere count code points of `Message.text`, which has ``\\n`` as line end, plain spaces for no-break
    ones, and no invisible characters. Nothing is cut out of it up to 200,000 characters; `asides` mark what is not the
    employer's.

    Raises `EmptyInput` (no text, pictures only), `UnsupportedInput`, `BrokenInput`, `InputTooLarge`, and `InputError`
    for a path that cannot be read. Each message says what is wrong and what to do.
    """
    if isinstance(source, Path):
        name = name or str(source)
        if os.path.isdir(source):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
            raise InputError("This is a folder. Use `feedback-nlp batch` for the mails in it, or open one file.")
        return read_bytes(read_file(source), Source(name, index))
    if isinstance(source, str):
        raw = source.encode("utf-8", "surrogatepass")
        return finish(_pasted(source), raw, Source(name, index))
    return read_bytes(source, Source(name, index))


def read_bytes(raw: bytes, source: Source, form: Format | None = None, column: str = "") -> Message:
    """One mail of a known (or still unknown) format as a `Message`. `column` is the field of a record with the text."""
    if form is None:
        form = sniff(raw, source.path)
        if form is Format.TEXT and has_old_lines(raw[:HEAD]):
            raw = raw.replace(b"\r", b"\n")
            form = sniff(raw, source.path)
        if form in (Format.MBOX, Format.TABLE, Format.JSONL, Format.JSON, Format.ZIP):
            from feedback_nlp.mail.containers import only_mail

            found = only_mail(raw, source, form)
            raw, form = found.data, found.form
    return finish(_letter(raw, form, column), raw, source)


def _letter(raw: bytes, form: Format, column: str) -> Letter:
    """The letter that the bytes of one mail hold."""
    match form:
        case Format.MAIL:
            return read_rfc822(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n \t"))
        case Format.TEXT | Format.HTML:
            text = decode(raw)
            if b"\0" in raw[:HEAD] and is_mail(text[:HEAD].encode("utf-8", "replace"), technical=False):
                return read_rfc822(text.encode("utf-8", "replace"))  # a whole mail that was saved again as UTF-16
            return read_text(text)
        case Format.EMLX:
            return read_rfc822(read_emlx(raw))
        case Format.RECORD:
            record = read_record(raw, column)
            body = _pasted(record.text)
            return replace(
                body,
                subject=record.subject or body.subject,
                sender=record.sender or body.sender,
                to=record.to or body.to,
                sent=record.sent or body.sent,
                id=record.id,
            )
        case Format.MSG:
            return read_msg(raw)
        case Format.PDF:
            return read_pdf(raw)
        case Format.DOCX:
            return read_docx(raw)
        case Format.RTF:
            return read_rtf(raw)
        case _:
            raise refuse_empty()


def _pasted(text: str) -> Letter:
    """The letter in pasted words: a whole mail with technical headers, HTML, or just text."""
    head = text[:20_000].encode("utf-8", "replace")
    form = sniff(head, pasted=True)
    if form is Format.EMPTY:
        raise refuse_empty()
    if form in (Format.MAIL, Format.MBOX):
        raw = text.encode("utf-8", "surrogatepass").lstrip(b"\r\n \t")
        return read_rfc822(raw.split(b"\n", 1)[-1] if raw.startswith(b"From ") else raw)
    return read_text(text)


def read_text(text: str) -> Letter:
    """Pasted words, a .txt or an .html file. Residue of mail encodings is undone where it clearly is residue."""
    if len(text) > MAX_PLAIN:
        raise InputTooLarge(
            f"This text has {len(text) / 1e6:.1f} million characters; one mail has fewer than "
            f"{MAX_PLAIN // 1_000_000} million. Paste only the mail itself, or save the mails as .mbox or .eml."
        )
    if is_invitation(text):
        subject, text = read_invitation(text)
        return Letter(clean(text), subject=" ".join(clean(subject).split()), notes=("Read as a calendar invitation.",))
    text, decoded = repair_quoted_printable(clean(text))
    notes = (_DECODED,) if decoded else ()
    if looks_like_html(text):
        page = read_html(text)
        if not any(map(str.isalnum, page.text)):
            raise EmptyInput(PICTURES)
        return Letter(page.text, page.depths, notes=(*notes, "Read as HTML.", *page.notes))
    return Letter(text, notes=notes)


def finish(letter: Letter, raw: bytes, source: Source) -> Message:
    """Clean the text, take what a copied header block says, mark the asides, and add the notes."""
    notes = list(letter.notes)
    text = letter.text
    text, unescaped = repair_entities(text)
    if unescaped:
        notes.append("Residue of HTML (&nbsp;, &#39;) was decoded.")
    text, repaired = repair_mojibake(text)
    if repaired:
        notes.append("Characters that were decoded wrongly before (â€™) were repaired.")
    text = text if letter.depths else tidy(text)  # the lines of HTML are tidy, and have to keep their number
    text, cut = cap(text)
    if cut:
        notes.append("Only the first 200 kB of this mail were read.")
    if not any(map(str.isalnum, text)):
        raise refuse_empty()
    letter = _from_block(replace(letter, text=text))
    chat = read_chat(text) if not letter.sender else None
    if chat is not None:
        asides = chat_asides(chat)
        alone = chat.others[0] if len(chat.others) == 1 else ""
        letter = replace(letter, sender=alone, to=letter.to or chat.candidate)
    else:
        asides = find_asides(text, letter.depths, letter.sender, letter.to)
    if (
        not letter.subject
        and (line := _SUBJECT_LINE.match(text))
        and not any(a.span.start < line.end() for a in asides)
    ):
        letter = replace(letter, subject=" ".join(line[1].split())[:1_000])
        asides = (Aside(AsideKind.QUOTE_HEADER, Span(line.start(), line.end())), *asides)
    own = [aside.span for aside in asides if aside.kind is not AsideKind.QUOTE_HEADER]
    language = foreign_language(_without(text, own))
    if language:
        notes.append(f"This mail seems to be in {language}; only English is read well.")
    key = hashlib.sha256(raw).hexdigest()
    return Message(
        text=text,
        subject=letter.subject,
        sender=letter.sender,
        to=letter.to,
        sent=letter.sent,
        headers=letter.headers,
        asides=asides,
        source=source,
        id=letter.id or key[:16],
        key=key,
        notes=tuple(dict.fromkeys(notes)),
        language=language,
    )


def _from_block(letter: Letter) -> Letter:
    """The letter with what the header block at its top says, where the mail itself had no headers."""
    if letter.sender:
        return letter
    header = first_header(letter.text)
    if header is None:
        return letter
    return replace(
        letter,
        sender=header.author[:300],
        to=letter.to or header.to[:300],
        subject=letter.subject or header.subject[:1_000],
        sent=letter.sent or (read_date(header.sent) if header.sent else None),
    )


def _without(text: str, spans: list[Span]) -> str:
    """The beginning of `text` without the spans, for the language."""
    out: list[str] = []
    at = 0
    for span in spans:
        out.append(text[at : span.start])
        at = span.end
        if at > _SAMPLE:
            break
    out.append(text[at : at + _SAMPLE])
    return "".join(out)[:_SAMPLE]


def open_regular(path: Path) -> BinaryIO:
    """A regular file, open for reading. Raises an `InputError` that says what is wrong; a pipe is never waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        raise InputError("There is no file at this path. Check the name and the folder.") from None
    except PermissionError:
        raise InputError("You may not read this file. Check its permissions, or copy it to your own folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the path is not valid"
        raise InputError(f"This file cannot be opened: {reason}.") from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise UnsupportedInput("This is a folder, a device or a pipe and no regular file. Name a file that holds mail.")
    return os.fdopen(handle, "rb")


def read_file(path: Path, limit: int = MAX_FILE) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Raises an `InputError`."""
    with open_regular(path) as file:
        raw = file.read(limit + 1)
    if len(raw) > limit:
        raise InputTooLarge(
            f"This file has over {limit // 1_000_000} MB. Save the mail without its attachments; "
            "for a mailbox use `feedback-nlp batch`."
        )
    return raw
