"""An improvement as an instruction: verb first, at most fourteen words. The quote stands beside it on the page."""

from __future__ import annotations

import re

from feedback_nlp.advice.facts import Facts, Gap, behavior
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.topics import accept
from feedback_nlp.advice.words import upper_first, word_count
from feedback_nlp.content import read_table
from feedback_nlp.schema import Instruction, Kind

LONGEST = 14  # words

_IMPERATIVE = re.compile(
    r"(?:please |do |just |maybe |try to |try and |aim to |remember to |i'd |we'd )?(?P<do>(?:brush|take|try"
    r"|practi[sc]e|work on"
    r"|read|get|add|put|build|learn|bring|show|prepare|look|spend|use|include|tailor|proofread|ask|think|write"
    r"|keep|make|state"
    r"|focus|quantify|slow|start|join|register|record|find|let|give|cut|check|finish|name|lead|speak|stop|pick"
    r"|do|open|say"
    r"|revise|rehearse|sign up|sit|redo|drop|trim|shorten|replace|leave|pause|breathe|answer|structure|polish"
    r"|deepen|study)\b.+)",
    re.IGNORECASE,
)
_THIRD = re.compile(
    r"\b(?:i|we|me|us|he|she|they|them|him|his|our|my|it|this|that|these|those|was|were|who)\b|[\n:;\"“”!?()…]",
    re.IGNORECASE,
)
_SCORE = re.compile(
    r"\b(?:score[ds]?|mark|marks|pass mark|percentile|per cent|percent|points|benchmark|threshold|cut-off"
    r"|cutoff)\b|\d\s?%|\d\s?/\s?\d|\d+ out of \d",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|every|each|all|half)\b", re.IGNORECASE
)
_TEST = re.compile(r"\b(?:test|exam|paper|assessment|quiz|exercise|reasoning|score[ds]?)\b", re.IGNORECASE)
_TESTED = frozenset({"qualifications", "problem_solving"})


def is_score(gap: Gap) -> bool:
    """Whether a gap is about a scored test."""
    tested = bool(_TEST.search(gap.quote))
    scored = bool(_SCORE.search(gap.quote)) or (tested and bool(re.search(r"\d", gap.quote)))
    return gap.kind is Kind.THRESHOLD and scored and (gap.area in _TESTED or tested)


def can_be_practiced(topic: str) -> bool:
    """Whether a topic may follow "practice": "terminations", not "two quarters with mastitis"."""
    return bool(topic) and _COUNTED.match(topic) is None


def instruct(facts: Facts, guard: Guard) -> tuple[Instruction, ...]:
    """One instruction for each improvement, heaviest first."""
    found: list[Instruction] = []
    used: set[str] = set()
    for gap in facts.gaps:
        text = guard.first(*(option for option in _options(gap) if option not in used))
        if text:
            used.add(text)
            found.append(Instruction(text, gap.index))
    return tuple(found)


def _options(gap: Gap) -> list[str]:
    steps = read_table("steps")
    topic = gap.topic.page if gap.topic else ""
    options = [_own_words(gap)]
    if is_score(gap):
        options += [_fill(steps["score"]["do"], topic), steps["score"]["do_plain"]]
    options += [behavior(gap).get("do", "")]
    options += [_fill(frame, topic) for frame in (*_frames(gap), *steps["do"][gap.kind.value])]
    options += [f"A point to look at: {steps['thing'][gap.area]}"]
    return [option for option in options if option and word_count(option) <= LONGEST]


def _frames(gap: Gap) -> list[str]:
    steps = read_table("steps")
    own = steps["do_area"].get(gap.area, {})
    return [*own.get(gap.kind.value, ()), *own.get("any", ())]


def _fill(frame: str, topic: str) -> str:
    if "{t}" not in frame:
        return frame
    return frame.replace("{t}", topic) if can_be_practiced(topic) else ""


def _own_words(gap: Gap) -> str:
    """The sender's own advice, where the quote already is an instruction."""
    quote = " ".join(gap.quote.split()).rstrip(" .,")
    match = _IMPERATIVE.fullmatch(quote)
    if match is None:
        return ""
    text = re.split(r",| because | so that | since | and then | before you | as ", match["do"])[0].strip()
    if _THIRD.search(text) or not 3 <= word_count(text) <= LONGEST or text.count("'") > 1:
        return ""
    if accept(text.split()[-1], False, frozenset()) is None and re.search(
        r"\b(?:to|of|in|on|at|for|with|the|a|an|your|and|or)$", text
    ):
        return ""
    return upper_first(text)
