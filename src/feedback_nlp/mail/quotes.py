"""Lines, quote headers and scopes: who quotes whom, before anybody asks who they are."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field

from feedback_nlp.mail.words import words

_MAX_DEPTH = 50
_HEADER_LINE = 320  # a longer line is never a quote header
_PREFIX = re.compile(r"[ \t]{0,3}(?:>[ \t]?){1,60}")
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
_DASHES = "-_=*~ \t>"


class HeaderKind(enum.StrEnum):
    """How the start of a quoted mail is written."""

    ATTRIBUTION = "attribution"  # On … wrote:
    FIELDS = "fields"  # From/Sent/To/Subject
    REPLY_MARK = "reply_mark"  # -----Original Message-----
    FORWARD = "forward"  # Forwarded message, with or without fields
    END = "end"  # the end of a forwarded mail


@dataclass(frozen=True, slots=True)
class Line:
    """A line `text[start:end]`; its words begin at `body`; `depth` counts ``>`` and HTML blockquotes."""

    start: int
    end: int
    body: int
    depth: int
    words: str  # stripped, without the quote marks


@dataclass(frozen=True, slots=True)
class Header:
    """A quote header on the lines `first` to `last` (inclusive)."""

    first: int
    last: int
    kind: HeaderKind
    depth: int
    author: str = ""
    to: str = ""
    subject: str = ""
    sent: str = ""
    you: bool = False  # "You wrote:"


@dataclass(slots=True)
class Segment:
    """The lines that one author wrote under one header. `nesting` > 0: quoted by that author, without a header."""

    header: Header | None
    nesting: int
    lines: list[int] = field(default_factory=list)


def split_lines(text: str, depths: tuple[int, ...] = ()) -> list[Line]:
    """The lines of `text`; `depths` are the levels that HTML adds, one a line."""
    lines: list[Line] = []
    start = 0
    for number, raw in enumerate(text.split("\n")):
        match = _PREFIX.match(raw)
        body = match.end() if match else 0
        depth = raw.count(">", 0, body) + (depths[number] if number < len(depths) else 0)
        body += len(raw) - body - len(raw[body:].lstrip())
        lines.append(Line(start, start + len(raw), start + body, min(depth, _MAX_DEPTH), raw[body:].rstrip()))
        start += len(raw) + 1
    return lines


# --- headers ----------------------------------------------------------------------------------------------------------


def find_headers(lines: list[Line]) -> list[Header]:
    """All quote headers, in order, without overlap. Looks at most a dozen lines ahead of each line."""
    found: list[Header] = []
    at = _next(lines, 0)
    top = _fields(lines, at, marked=False, top=True)
    if top is not None:
        found.append(top)
        at = top.last + 1
    while at < len(lines):
        header = _header_at(lines, at)
        if header is not None:
            found.append(header)
            at = header.last + 1
        else:
            at += 1
    return found


def _header_at(lines: list[Line], at: int) -> Header | None:
    line = lines[at]
    if not line.words or len(line.words) > _HEADER_LINE:
        return None
    low = line.words.lower()
    return _separator(lines, at, low) or _fields(lines, at, marked=False) or _attribution(lines, at, low)


def _separator(lines: list[Line], at: int, low: str) -> Header | None:
    """A line of dashes around known words, with the fields that may follow."""
    core = low.strip(_DASHES + ":").strip()
    ruled = low[:2] in ("--", "__", "==", "**") or low.endswith("--")
    table = words()
    if not core:
        if len(low) < 10 or not low.startswith(("_____", "-----")):
            return None
        block = _fields(lines, _next(lines, at + 1), marked=False)
        return _moved(block, at, block.kind) if block else None
    if len(core) > 90:
        return None
    if ruled and core in table.end_marks:
        return Header(at, at, HeaderKind.END, lines[at].depth)
    if ruled and core.startswith(table.reply_marks):
        kind = HeaderKind.REPLY_MARK
    elif core.startswith(table.forward_marks) and (ruled or low.endswith(":")):
        kind = HeaderKind.FORWARD
    else:
        return None
    block = _fields(lines, _next(lines, at + 1), marked=True)
    return _moved(block, at, kind) if block else Header(at, at, kind, lines[at].depth)


def _moved(block: Header, first: int, kind: HeaderKind) -> Header:
    """The header with a new first line and kind."""
    return Header(first, block.last, kind, block.depth, block.author, block.to, block.subject, block.sent)


def _next(lines: list[Line], at: int) -> int:
    """The next line with words, at most two blank lines on."""
    for number in range(at, min(at + 3, len(lines))):
        if lines[number].words:
            return number
    return at


def field_of(line: str) -> tuple[str, str] | None:
    """The kind (from, sent, to, subject, other) and the value of a header line in six languages, or None."""
    name, colon, value = line[:_HEADER_LINE].partition(":")
    kind = words().fields.get(name.strip(" *_\t").lower()) if colon and len(name) <= 26 else None
    return (kind, value.strip(" *_\t")) if kind else None


def _fields(lines: list[Line], at: int, marked: bool, top: bool = False) -> Header | None:
    """A copied header block that begins at `at`.

    `marked`: a separator above it proves that it is one. `top`: it opens the text, where it may lack its author.
    """
    if at >= len(lines) or field_of(lines[at].words) is None:
        return None
    depth, last, found = lines[at].depth, at, dict[str, str]()
    number = at
    while number < min(at + 16, len(lines)):
        line = lines[number]
        pair = field_of(line.words) if line.depth == depth else None
        if pair:
            found.setdefault(*pair)
            last = number
        elif (line.words and not (last == number - 1 and _continues(lines, number))) or (
            not line.words and number > last + 1
        ):
            break
        number += 1
    addressed = "to" in found and (depth > 0 or "@" in found.get("from", "") + found["to"])
    proof = "subject" in found or "sent" in found or addressed
    headed = top and "subject" in found and ("sent" in found or "to" in found)
    if not headed and ("from" not in found or not (marked or (proof and found["from"]))):
        return None
    return Header(
        at, last, HeaderKind.FIELDS, depth, found.get("from", ""), found.get("to", ""), found.get("subject", ""),
        found.get("sent", ""),
    )  # fmt: skip


def _continues(lines: list[Line], number: int) -> bool:
    """Whether a line without a field name goes on with the addresses above it."""
    following = lines[number + 1].words if number + 1 < len(lines) else ""
    return ("@" in lines[number].words or ";" in lines[number].words) and field_of(following) is not None


def _attribution(lines: list[Line], at: int, low: str) -> Header | None:
    """ "On … wrote:" on one to four lines."""
    table = words()
    depth = lines[at].depth
    if low in table.you:
        deeper = _deeper(lines, at, depth)
        return Header(at, at, HeaderKind.ATTRIBUTION, depth, you=True) if deeper else None
    opened = low.startswith(table.openers)
    if not opened and not (low.endswith(table.enders) and "@" in low):
        return None
    joined = ""
    for last in range(at, min(at + 4, len(lines))):
        line = lines[last]
        if not line.words or line.depth != depth or len(joined) > 300:
            return None
        joined = f"{joined} {line.words}".strip()
        low = joined.lower()
        if low.endswith(table.enders) or (low.endswith(":") and any(word in low for word in table.inner)):
            break
    else:
        return None
    if not _proved(low, _deeper(lines, last, depth)):
        return None
    return Header(at, last, HeaderKind.ATTRIBUTION, depth, _author(joined))


def _proved(low: str, deeper: bool) -> bool:
    """A quote follows, or the line holds an address or a date; "In your letter you wrote:" has neither."""
    if "@" in low:
        return True
    tokens = re.findall(r"\w+", low)
    dated = any(token in words().days or token in words().months for token in tokens) and len(tokens) <= 25
    if deeper:
        return dated or len(tokens) <= 12
    return dated and bool(re.search(r"\d", low)) and not low.endswith("said:")


def _deeper(lines: list[Line], at: int, depth: int) -> bool:
    """Whether the next line with words is quoted deeper."""
    following = _next(lines, at + 1)
    return following < len(lines) and lines[following].depth > depth


def _author(joined: str) -> str:
    """Name and address out of "On 3 Aug 2025 at 10:00, Sam Reed <sam@x> wrote:"."""
    table = words()
    low = joined.lower()
    for verb in table.inner:
        if verb in low:
            return joined[low.index(verb) + len(verb) :].strip(" :")
    for ender in table.enders:
        if low.endswith(ender):
            joined = joined[: len(joined) - len(ender)]
            break
    address = _ADDRESS.search(joined)
    name = joined[: address.start()] if address else joined
    tokens = re.split(r"[\s,]+", name.strip(" <([\"',"))
    kept: list[str] = []
    for token in reversed(tokens):  # the name stands last, behind the date
        bare = token.strip("<>()[]\"'.:").lower()
        if not bare or not any(map(str.isalpha, bare)) or any(map(str.isdigit, bare)) or bare in _NO_NAME:
            break
        if bare in table.days or (bare in table.months and len(kept) >= 1 and len(bare) > 2 and token[0].isupper()):
            break
        kept.append(token.strip("<>()[]\"'"))
        if len(kept) == 5:
            break
    return " ".join([*reversed(kept), f"<{address[0]}>" if address else ""]).strip()


_NO_NAME = frozenset(
    [
        "on",
        "am",
        "pm",
        "at",
        "um",
        "à",
        "a",
        "las",
        "alle",
        "ore",
        "om",
        "uhr",
        "uur",
        "the",
        "le",
        "el",
        "il",
        "op",
        "quoting",
        "from",
        "utc",
        "gmt",
        "cet",
        "cest",
        "est",
        "pst",
    ]
)


# --- scopes -----------------------------------------------------------------------------------------------------------


def split_segments(lines: list[Line], headers: list[Header]) -> list[Segment]:
    """Every line that is no header, under the author who wrote it. The first segment is the newest mail (maybe empty).

    A header with a deeper quote under it owns the deeper lines, also after answers in between; any other header owns
    all that follows at its own depth, up to the next header or the end of the forward.
    """
    base = Segment(None, 0)
    table: dict[tuple[int, int], Segment] = {(-1, 0): base}
    stack: list[tuple[int, int]] = [(-1, 0)]  # (header number, least depth)
    by_first = {header.first: number for number, header in enumerate(headers)}
    at = 0
    while at < len(lines):
        number = by_first.get(at)
        if number is not None:
            _enter(stack, number, headers[number], lines)
            at = headers[number].last + 1
            continue
        owner, least = next(scope for scope in reversed(stack) if scope[1] <= lines[at].depth or scope[0] < 0)
        key = (owner, max(0, lines[at].depth - least))
        if key not in table:
            table[key] = Segment(headers[owner] if owner >= 0 else None, key[1])
        table[key].lines.append(at)
        at += 1
    return list(table.values())


def _enter(stack: list[tuple[int, int]], number: int, header: Header, lines: list[Line]) -> None:
    """Change the stack of open scopes at a header."""
    quoted = header.kind is not HeaderKind.END and _deeper(lines, header.last, header.depth)
    while len(stack) > 1 and (stack[-1][1] > header.depth or (not quoted and stack[-1][1] == header.depth)):
        stack.pop()
    if header.kind is not HeaderKind.END:
        stack.append((number, header.depth + 1 if quoted else header.depth))
