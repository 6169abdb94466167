"""An improvement as an instruction: verb first, at most fourteen words. The quote stands beside it on the page."""

from __future__ import annotations

import re

from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.gaps import Gap, behavior
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.imperatives import imperative
from feedback_nlp.advice.words import word_count
from feedback_nlp.content import read_table
from feedback_nlp.schema import Instruction, Kind

LONGEST = 14  # words
_DONE = frozenset({"leadership", "communication", "team_fit", "technical_skills", "problem_solving"})
_GERUND = re.compile(
    r"(?:giving|taking|asking|leading|running|explaining|presenting|holding|listening|delegating|planning|handling|checking"
    r"|writing|speaking|making|keeping|closing|reading|working|selling|negotiating|coaching|letting|setting|building"
    r"|structuring|summarizing|summarising|prioritizing|prioritising|carrying|cutting|estimating|naming|managing) \w",
    re.IGNORECASE,
)
_BUILT = frozenset({Kind.MISSING, Kind.DOUBT, Kind.COMPARISON})

_SCORE = re.compile(
    r"\b(?:score[ds]?|mark|marks|pass mark|percentile|per cent|percent|points|benchmark|threshold|cut-off"
    r"|cutoff)\b|\d\s?%|\d\s?/\s?\d|\d+ out of \d",
    re.IGNORECASE,
)
_LINE = re.compile(r"\bpass (?:line|mark)\b|\bcut-?off\b|\b(?:time )?limit (?:is|was|of)\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|every|each|all|half)\b", re.IGNORECASE
)
_TEST = re.compile(r"\b(?:test|exam|paper|assessment|quiz|exercise|reasoning|score[ds]?)\b", re.IGNORECASE)
_TESTED = frozenset({"qualifications", "problem_solving"})


def is_score(gap: Gap) -> bool:
    """Whether a gap is about a scored test."""
    tested = bool(_TEST.search(gap.quote))
    scored = bool(_SCORE.search(gap.quote) or _LINE.search(gap.quote)) or (tested and bool(re.search(r"\d", gap.quote)))
    return gap.kind is Kind.THRESHOLD and scored and (gap.area in _TESTED or tested or bool(_LINE.search(gap.quote)))


def can_be_practiced(topic: str) -> bool:
    """Whether a topic may follow "practice": "terminations", not "two quarters with mastitis"."""
    return bool(topic) and _COUNTED.match(topic) is None


def is_gerund(gap: Gap) -> bool:
    """Whether the topic is something to do, in an area where doing it is the remedy: "giving feedback to the team"."""
    kinds = (Kind.LEVEL, Kind.MISSING, Kind.ADVICE, Kind.BEHAVIOR)
    return gap.topic is not None and gap.area in _DONE and gap.kind in kinds and bool(_GERUND.match(gap.topic.page))


def instruct(facts: Facts, guard: Guard) -> tuple[Instruction, ...]:
    """One instruction for each improvement, heaviest first."""
    found: list[Instruction] = []
    used: set[str] = set()
    for gap in facts.gaps:
        text = guard.first(*(option for option in _options(gap) if option not in used))
        if text:
            used.add(text)
            found.append(Instruction(text, gap.index, gap.also))
    return tuple(found)


def _options(gap: Gap) -> list[str]:
    steps = read_table("steps")
    topic = gap.topic.page if gap.topic else ""
    options = [imperative(gap.quote)]
    if is_score(gap):
        options += [_fill(steps["score"]["do"], topic), steps["score"]["do_plain"]]
    options += [behavior(gap).get("do", "")]
    if is_gerund(gap):
        options += [f"Practice {topic}, and ask how it came across", f"Practice {topic}"]
    options += [_fill(frame, topic) for frame in (*_frames(gap), *steps["do"][gap.kind.value])]
    options += [f"A point to look at: {steps['thing'][gap.area]}"]
    return [option for option in options if option and word_count(option) <= LONGEST]


def _frames(gap: Gap) -> list[str]:
    steps = read_table("steps")
    own = steps["do_area"].get(gap.area, {})
    if gap.topic and gap.topic.page.startswith("your ") and gap.area == "technical_skills" and gap.kind in _BUILT:
        return [str(steps["do_yours"]), *own.get(gap.kind.value, ())]
    return [*own.get(gap.kind.value, ()), *own.get("any", ())]


def _fill(frame: str, topic: str) -> str:
    if "{t}" not in frame:
        return frame
    return frame.replace("{t}", topic) if can_be_practiced(topic) else ""
