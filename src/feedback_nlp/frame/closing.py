"""Where the signature of a mail lies: its lines, and whether a closing phrase introduces them."""

from __future__ import annotations

import re

from feedback_nlp.frame.names import capital, is_given
from feedback_nlp.frame.page import Page
from feedback_nlp.frame.words import alternatives, listed, says
from feedback_nlp.schema import Span

_BLOCK_LINES = 6
LONGEST = 70  # characters of a signature line; longer lines are sentences
# "Warm wishes for the search, Odalys" at the very end
_TAIL = re.compile(
    r"(?<=[.!?)]\s)(?![/–—-])[^,.!?\n]{1,30}\s[^,.!?\n]{1,30},\s+(?P<name>[^\W\d_][^\s,.!?]{1,20}(?:\s\([^()\n]{2,40}\))?)$"
)
# "… straight back to me. Mandy, Oakapple House"
_TAIL_AT = re.compile(
    r"(?<=[.!?)]\s)(?P<name>[^\W\d_][\w'’-]{1,20})(?:,\s+|\s+(?:at|@|from)\s+)[^\W\d_][^.!?\n]{1,45}$"
)
# "… we're growing :) /Jette, Klimaværk"
_TAIL_SLASH = re.compile(r"(?<=\s)[/–—-]{1,2}\s?(?P<name>[^\W\d_][\w'’-]{1,20}(?:,\s+[^\W\d_][^.!?\n]{1,45})?)$")
# "… at our Rochdale yard Monday? Baz"
_TAIL_ONE = re.compile(r"(?<=[.!?)]\s)(?P<name>[^\W\d_][\w'’-]{1,20})(?:\s+x+)?$")


def _closing_line() -> re.Pattern[str]:
    return re.compile(rf"{alternatives('people', 'closing')}\s*[,.!;:–—-]*\s*(?:x+|[^\w\s]+)?\s*$", re.IGNORECASE)


def _closing_start() -> re.Pattern[str]:
    return re.compile(rf"{alternatives('people', 'closing')}\s*[,.!]?\s+(?=[^\W\d_])", re.IGNORECASE)


def _closing_inside() -> re.Pattern[str]:
    return re.compile(rf"(?<=[.!?)x,]\s){alternatives('people', 'closing')}\s*[,.!–—-]*\s+(?=[^\W\d_])", re.IGNORECASE)


def _is_prose(line: str) -> bool:
    """A sentence, not a line of a signature."""
    words = line.split()
    ended = len(words) > 4 and line[-1] in ".!?" and not _ends_shortened(line)
    return len(line) > LONGEST or len(words) > 9 or ended


def _ends_shortened(line: str) -> bool:
    """Whether the full stop at the end belongs to a short form: "Ltd.", "sp. z o.o."."""
    last = line.split()[-1]
    return re.fullmatch(r"(?:[^\W\d_]\.){1,6}", last) is not None or listed(last, "organization")


def find_block(page: Page) -> tuple[list[Span], bool]:
    """The lines of the signature and whether a closing phrase introduces them."""
    text, lines = page.text, page.lines
    plain, opening = _closing_line(), _closing_start()
    for index in range(len(lines) - 1, max(-1, len(lines) - 24), -1):
        line = lines[index]
        words = line.of(text)
        if len(words) <= 2 * LONGEST and plain.match(words):
            return _take(page, index + 1), True
        match = opening.match(words) if len(words) <= 2 * LONGEST else None
        if match and index and _is_signed(page, line.start + match.end(), line.end):
            return [Span(line.start + match.end(), line.end), *_take(page, index + 1)], True
    return _unclosed(page)


def _is_signed(page: Page, start: int, end: int) -> bool:
    """Whether name-like words follow a closing phrase on its own line: "Cheers, Rob", not "Thanks for coming"."""
    rest = page.text[start:end]
    return capital(rest) and not _is_prose(rest) and (end - start < 50 or "," in rest)


def _take(page: Page, index: int) -> list[Span]:
    taken: list[Span] = []
    for line in page.lines[index : index + _BLOCK_LINES]:
        if line.of(page.text) == "--" and taken:
            continue
        if _is_prose(line.of(page.text)) or page.text[line.start] in "[>-–*_=":
            break
        taken.append(line)
    return taken


def _unclosed(page: Page) -> tuple[list[Span], bool]:
    """The last short lines, or a closing phrase inside the last lines: "… after that. Ta, Deb @ Wattle Creek Vets"."""
    text, lines = page.text, page.lines
    inside = _closing_inside()
    for line in reversed(lines[-4:]):
        last = None
        for last in inside.finditer(text, line.start, line.end):  # noqa: B007
            pass
        if last is not None and _is_signed(page, last.end(), line.end):
            return [Span(last.end(), line.end)], True
    for index in range(len(lines) - 1, max(0, len(lines) - 6), -1):
        above = lines[index - 1].of(text)
        if above[-1] == "," and len(above) <= 45 and len(above.split()) <= 7 and index - 1 > 0:
            block = _take(page, index)
            if block and capital(block[0].of(text)):
                return block, True
    tail = lines[-1] if lines else None
    if tail is not None and (one := _TAIL_ONE.search(text, max(tail.start, tail.end - 60), tail.end)) is not None:
        word = one["name"]
        known = is_given(word) or (page.greets_friend and capital(word))
        if known and not listed(word, "not_names") and not says("people", "closing", word):
            return [Span(one.start("name"), tail.end)], True
    slash = _TAIL_SLASH.search(text, max(tail.start, tail.end - 90), tail.end) if tail is not None else None
    if tail is not None and slash is not None and capital(slash["name"]):
        return [Span(slash.start("name"), tail.end)], True
    told = _TAIL_AT.search(text, max(tail.start, tail.end - 120), tail.end) if tail is not None else None
    if tail is not None and told and is_given(told["name"]) and not listed(told["name"], "not_names"):
        return [Span(told.start("name"), tail.end)], True
    if tail is not None and (last := _TAIL.search(text, max(tail.start, tail.end - 120), tail.end)) is not None:
        return [Span(last.start("name"), tail.end)], False
    block = []
    skipped = 0
    for line in reversed(lines[1:]):
        words = line.of(text)
        stopped = words[-1] in ".!?:" and (not block or len(words.split()) > 2) and not _ends_shortened(words)
        if _is_prose(words) or stopped:
            if block or skipped > 5:
                break
            skipped += 1
            continue
        block.insert(0, line)
        if len(block) == 4:
            break
    prose = next((line for line in lines if _is_prose(line.of(text))), None)
    if block and (prose is None or block[0].start < prose.start):
        return [], False  # a heading above the text, not a signature below it
    return block, False
