"""Signatures and footers: what stands under a mail, and the warning that a mail gateway puts over it."""

from __future__ import annotations

import re

from feedback_nlp.mail.quotes import Line
from feedback_nlp.mail.words import words

_SIGNATURE_LINES = 15
_SENTENCE = 25  # characters; less before a full stop is no sentence
_WRAPPED = 50  # characters; a line that was wrapped is at least this long
_FOLLOWING = 250  # characters after the sentence of a cue that need no proof to belong to the footer
_LONG = 160  # characters; a longer line is prose or legal text, no signature
_PHONE = re.compile(r"\+?\d[\d ()./-]{6,20}\d")
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}\.[\w.-]{2,60}")
_LINK = re.compile(r"https?://|www\.|\|")
_RULE = re.compile(r"[-_=*~–—#\s]{3,}")


# --- signature --------------------------------------------------------------------------------------------------------


def signature_lines(lines: list[Line], numbers: list[int]) -> list[int]:
    """The line numbers of the signature among `numbers`, the lines of one author in order."""
    found = [number for number in numbers if _added(lines[number].words)]
    marked = _after_mark(lines, numbers)
    if marked:
        return sorted({*found, *marked})
    return sorted({*found, *_contact_block(lines, [number for number in numbers if number not in found])})


def _added(line: str) -> bool:
    """ "Sent from my phone" and its like."""
    return len(line) < 80 and line.lower().lstrip("-–— ").startswith(words().sent_from)


def _after_mark(lines: list[Line], numbers: list[int]) -> list[int]:
    """The lines from the last "-- " that has words before it and no prose after it."""
    for at in range(len(numbers) - 1, -1, -1):
        if lines[numbers[at]].words != "--":
            continue
        if not any(any(map(str.isalnum, lines[number].words)) for number in numbers[:at]):
            return []
        kept = [numbers[at]]
        filled = 0
        for number in numbers[at + 1 :]:
            words_ = lines[number].words
            filled += bool(words_)
            if number != kept[-1] + 1 or filled > _SIGNATURE_LINES or len(words_) > _LONG:
                break
            kept.append(number)
        return kept
    return []


def _contact_block(lines: list[Line], numbers: list[int]) -> list[int]:
    """The lines under a signed name, if at least one of them is a contact line; else a pair of contact lines."""
    tail: list[int] = []
    for number in reversed(numbers):
        if lines[number].words:
            tail.append(number)
        if len(tail) == _SIGNATURE_LINES + 2:
            break
    tail.reverse()
    signoff = next((at for at in range(len(tail) - 1, -1, -1) if _is_signoff(lines[tail[at]].words)), None)
    if signoff is not None:
        named = bool(lines[tail[signoff]].words.partition(",")[2].strip())  # "Best, Noor"
        block = _until_prose(lines, tail[signoff + (1 if named else 2) :])
        if any(_is_contact(lines[number].words) for number in block):
            return [number for number in numbers if block[0] <= number <= block[-1]]
    last = len(tail)
    while last > 0 and _is_contact(lines[tail[last - 1]].words):
        last -= 1
    block = tail[last:]
    if len(block) >= 2 and last > 0:
        return [number for number in numbers if number >= block[0]]
    return []


def _until_prose(lines: list[Line], block: list[int]) -> list[int]:
    """The first lines that are no sentences: a postscript under a name is part of the mail."""
    for at, number in enumerate(block):
        line = lines[number].words
        sentence = line.endswith((".", "!", "?")) and len(line.split()) >= 6
        if len(line) > 120 or sentence or line.lower().startswith(("p.s", "ps ", "ps:", "ps.")):
            return block[:at]
    return block


def _is_signoff(line: str) -> bool:
    return line.partition(",")[0].strip(" .!").lower() in words().signoffs


def _is_contact(line: str) -> bool:
    """A short line with a number, an address or a link, and hardly anything else."""
    if len(line) > 120:
        return False
    low = line.lower()
    bare = _ADDRESS.sub(" ", _PHONE.sub(" ", low))
    proved = bare != low or low.startswith(words().contact)
    return proved and len(re.findall(r"[^\W\d_]{2,}", bare)) <= 8 and not low.endswith((".", "?", "!"))


# --- footer -----------------------------------------------------------------------------------------------------------


def footer_lines(lines: list[Line], numbers: list[int]) -> dict[int, int]:
    """The line numbers of the footer among `numbers`, and of a gateway's warning at the top.

    The value is the column that the footer begins at: 0, or the start of a sentence inside the first line.
    """
    groups = _paragraphs(lines, numbers)
    found: dict[int, int] = {}
    for group in groups[:2]:
        joined = " ".join(lines[number].words for number in group[:6])[:600].lower()
        if any(banner in joined for banner in words().banners) and len(group) <= 6:
            found.update(dict.fromkeys(group, 0))
    start = _footer_start(lines, groups)
    if start is not None:
        line, column = start
        found.update({number: 0 for number in numbers if number > line})
        found[line] = column
    return found


def _footer_start(lines: list[Line], groups: list[list[int]]) -> tuple[int, int] | None:
    """Line and column of the first sentence of the footer, looked for from the end upward."""
    start: tuple[int, int] | None = None
    legal = 0
    for group in reversed(groups[-40:]):
        at = _cue_in(lines, group)
        if at is not None:
            start = (group[at[0]], at[1])
            if at != (0, 0):
                break
        elif all(_is_company(lines[number].words) for number in group):
            continue
        elif legal < 2 and _is_legal(" ".join(lines[number].words for number in group[:30])):
            legal += 1
        else:
            break
    if start is not None and start[1] == 0:
        start = (_with_rule(lines, groups, start[0]), 0)
    return start


def _cue_in(lines: list[Line], group: list[int]) -> tuple[int, int] | None:
    """Where the sentence with the first cue of a paragraph begins, if what follows it is footer too."""
    for at, number in enumerate(group):
        cue = _cue(lines[number].words)
        if cue < 0:
            continue
        rest = " ".join([lines[number].words[cue:], *(lines[after].words for after in group[at + 1 : at + 40])])
        _, _, following = rest.partition(". ")
        if len(following) > _FOLLOWING and not _is_legal(following) and _cue(following) < 0:
            continue
        return _sentence_start(lines, group, at, cue)
    return None


def _sentence_start(lines: list[Line], group: list[int], at: int, cue: int) -> tuple[int, int]:
    """The index in `group` and the column where the (perhaps wrapped) sentence around a cue begins."""
    while True:
        line = lines[group[at]]
        before = max(line.words.rfind(mark, 0, cue) for mark in (". ", "! ", "? "))
        if before >= _SENTENCE:  # nearer to the start of the line it is an abbreviation ("Acme Ltd. Registered in …")
            return at, line.body - line.start + before + 2
        above = lines[group[at - 1]].words if at else ""
        if len(above) < _WRAPPED or len(above) > _LONG or above.endswith((".", "!", "?", ":", ",")):
            return at, 0
        at -= 1
        cue = len(above)


def _paragraphs(lines: list[Line], numbers: list[int]) -> list[list[int]]:
    """Runs of neighboring lines with words."""
    groups: list[list[int]] = []
    before = -2
    for number in numbers:
        if lines[number].words:
            if number == before + 1:
                groups[-1].append(number)
            else:
                groups.append([number])
            before = number
    return groups


def _cue(line: str) -> int:
    """Where the first footer cue of a line stands, -1 without one."""
    low = line[:4_000].lower()
    table = words()
    found = [low.find(cue) for cue in table.footer if cue in low]
    listed = len(line) <= _LONG and ("|" in line or "·" in line or len(low.split()) <= 5)
    if not found and listed and not low.endswith((".", "?", "!")):
        found = [0 for cue in table.weak_footer if cue in low]
    return min(found, default=-1)


def _is_company(line: str) -> bool:
    """A line of names, places and links, as companies put under a mail."""
    low = line.lower()
    if _RULE.fullmatch(line):
        return True
    return len(line) <= 120 and not low.endswith(("?", "!")) and any(mark in low for mark in words().company)


def _is_legal(text: str) -> bool:
    """Whether a text has at least two words of legal text."""
    low = text[:3_000].lower()
    return sum(word in low for word in words().legal) >= 2


def _with_rule(lines: list[Line], groups: list[list[int]], start: int) -> int:
    """The footer with the ruled line above it."""
    above = max((group[-1] for group in groups if group[-1] < start), default=None)
    inside = start - 1 if start > 0 and lines[start - 1].words else above
    if inside is not None and _RULE.fullmatch(lines[inside].words) and lines[inside].words != "--":
        return inside
    return start
