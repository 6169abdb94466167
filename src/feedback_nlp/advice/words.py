"""Small tools for the words of the advice: stable choice, cue lists, joining, first letters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TypeVar

from feedback_nlp.content import read_table

T = TypeVar("T")

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def choose(options: Sequence[T], seed: str, salt: str) -> T:
    """One of the options, always the same for the same mail (`seed`) and place (`salt`)."""
    digest = hashlib.sha256(f"{salt}\x00{seed}".encode("utf-8", "surrogatepass")).digest()
    return options[int.from_bytes(digest[:4], "big") % len(options)]


@cache
def cue_pattern(cues: tuple[str, ...]) -> re.Pattern[str] | None:
    """A pattern for plain cues; ``late*`` also matches longer words. None if there is no cue. Linear time."""
    if not cues:
        return None
    parts = []
    for cue in cues:
        body = re.escape(cue.rstrip("*").strip())
        before = r"(?<!\w)" if cue[0].isalnum() else ""
        after = "" if cue.endswith("*") or not cue[-1].isalnum() else r"(?!\w)"
        parts.append(before + body + after)
    return re.compile("|".join(parts), re.IGNORECASE)


@cache
def _all_of(cue: str) -> tuple[re.Pattern[str], ...]:
    found = [cue_pattern((part.strip(),)) for part in cue.split(" + ")]
    return tuple(pattern for pattern in found if pattern)


def has_cue(text: str, cues: Sequence[str]) -> bool:
    """Whether one of the cues stands in the text. ``"a + b"`` needs both."""
    single, together = _patterns(tuple(cues))
    flat = _flat(text)
    if single and single.search(flat):
        return True
    return any(all(pattern.search(flat) for pattern in patterns) for patterns in together)


@cache
def _patterns(cues: tuple[str, ...]) -> tuple[re.Pattern[str] | None, tuple[tuple[re.Pattern[str], ...], ...]]:
    """One pattern for the single cues, and for each cue of several parts a pattern a part."""
    single = cue_pattern(tuple(cue for cue in cues if " + " not in cue))
    return single, tuple(_all_of(cue) for cue in cues if " + " in cue)


@lru_cache(maxsize=256)  # each sentence of a mail is asked for dozens of cues
def _flat(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def number(count: int) -> str:
    """A count in words up to ten."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def join(items: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def lower_first(text: str) -> str:
    """The first letter small, unless the first word is I, an acronym or in quotation marks."""
    word = re.match(r"[\w'’]+", text)
    if (
        not word
        or word.group() == "I"
        or re.match(r"I['’]", text)
        or (len(word.group()) > 1 and word.group().isupper())
    ):
        return text
    return text[0].lower() + text[1:]


def upper_first(text: str) -> str:
    """The first letter large."""
    return text[:1].upper() + text[1:]


def word_count(*texts: str) -> int:
    """Words of the texts together."""
    return sum(len(text.split()) for text in texts)


def table(name: str) -> dict[str, object]:
    """A content file, as `content.read_table`."""
    return read_table(name)
