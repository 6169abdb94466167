"""Phrases that change what the words around them mean, read from the content files and checked.

A phrase is plain words. ``*`` stands for up to three words, ``#`` for a number, and ``~`` at the end of a word for any
ending ("misspel~"). Straight and curly apostrophes are the same. Matching is linear: every gap is bounded.

A cue has a direction, as in negspaCy. *Forward* cues reach from their end to the next terminator or the end of the
sentence, *backward* cues from their start back to the last terminator or the start. *Terminate* ends a reach. *Pseudo*
phrases hold a cue without being one and switch it off.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from functools import cache

from feedback_nlp.content import check_keys, read_table
from feedback_nlp.errors import ContentError
from feedback_nlp.schema import Span

_PARTS = re.compile(r"\*|#|~|'|[^*#~']+")
_DETERMINER = re.compile(r"\s*(?:(?:your|the|an?|any|his|her|their)\s+)?", re.IGNORECASE)
_PART = {
    "*": r"(?:\S{1,30}\s+){0,3}?",
    "#": r"\d[\d.,]{0,8}",
    "~": r"\w{0,12}",
    "'": r"['’]?",
}


class Direction(enum.StrEnum):
    """Which way a cue reaches."""

    FORWARD = "forward"
    BACKWARD = "backward"
    TERMINATE = "terminate"
    PSEUDO = "pseudo"


class Category(enum.StrEnum):
    """What a cue makes of the words in its reach."""

    NEGATED = "negated"  # "your German was never in question"
    HYPOTHETICAL = "hypothetical"  # "candidates often forget to …"


def phrase_pattern(phrases: Iterable[str], where: str = "phrases") -> re.Pattern[str]:
    """One pattern for many phrases, at word borders, without regard to case. Raises `ContentError` on a bad phrase."""
    known = list(phrases)
    for phrase in known:
        if not isinstance(phrase, str) or not phrase.strip() or phrase != phrase.strip():
            raise ContentError(f"{where}: {phrase!r} is not a phrase: words without space at the edges are wanted")
        if phrase.startswith("*") or phrase.endswith("*"):
            raise ContentError(f"{where}: {phrase!r} begins or ends with a gap, which would match anything")
    known.sort(key=len, reverse=True)  # the longest first: an alternation takes the first that fits
    return re.compile("|".join(_phrase(phrase) for phrase in known) or r"(?!)", re.IGNORECASE)


def _phrase(phrase: str) -> str:
    body = re.sub(r"\s*\*\s*", "*", phrase)
    parts = [_PART.get(part) or re.sub(r"(?:\\ |\s)+", r"\\s+", re.escape(part)) for part in _PARTS.findall(body)]
    pattern = "".join(r"\s+" + part if part == _PART["*"] else part for part in parts)
    left = r"(?<!\w)" if re.match(r"[\w#]", phrase) else ""
    right = r"(?!\w)" if re.search(r"[\w#~]\Z", phrase) else ""
    return f"{left}{pattern}{right}"


@cache
def _cues() -> dict[tuple[Category | None, Direction], re.Pattern[str]]:
    """The patterns of ``content/cues.toml`` by category and direction; terminators have no category."""
    words: dict[tuple[Category | None, Direction], list[str]] = {}
    for number, block in enumerate(read_table("cues").get("cue", [])):
        where = f"content/cues.toml: cue[{number}]"
        check_keys(block, where, {"direction": str, "words": list}, {"category": str})
        try:
            direction = Direction(block["direction"])
            category = Category(block["category"]) if "category" in block else None
        except ValueError as error:
            raise ContentError(f"{where}: {error}; see `Direction` and `Category` in cues.py") from None
        if (category is None) != (direction is Direction.TERMINATE):
            raise ContentError(f"{where}: every cue but a terminator has a category")
        words.setdefault((category, direction), []).extend(block["words"])
    return {key: phrase_pattern(found, "content/cues.toml") for key, found in words.items()}


def _spans(text: str, category: Category | None, direction: Direction) -> list[Span]:
    pattern = _cues().get((category, direction))
    return [Span(*match.span()) for match in pattern.finditer(text)] if pattern else []


def reaches(sentence: str, category: Category) -> tuple[Span, ...]:
    """The runs of a sentence that lie in the reach of a cue of this category, as spans in `sentence`."""
    pseudo = _spans(sentence, category, Direction.PSEUDO)
    stops = _spans(sentence, None, Direction.TERMINATE)
    found: list[Span] = []
    for cue in _spans(sentence, category, Direction.FORWARD):
        if not any(phrase.overlaps(cue) for phrase in pseudo):
            end = min((stop.start for stop in stops if stop.start >= cue.end), default=len(sentence))
            found.append(Span(cue.end, end))
    for cue in _spans(sentence, category, Direction.BACKWARD):
        if not any(phrase.overlaps(cue) for phrase in pseudo):
            start = max((stop.end for stop in stops if stop.end <= cue.start), default=0)
            found.append(Span(start, cue.start))
    return tuple(found)


def in_reach(sentence: str, span: Span, category: Category) -> bool:
    """Whether `span` (in `sentence`) lies wholly in the reach of a cue; space and a determiner in front do not count.

    The determiner may belong to the cue: "it was not your" reaches "your pace".
    """
    words = span.of(sentence)
    lead = _DETERMINER.match(words)
    start = span.start + (lead.end() if lead else 0)
    end = span.start + len(words.rstrip())
    return start < end and any(reach.start <= start and end <= reach.end for reach in reaches(sentence, category))
