"""The remarks of a mail, ready to be put into sentences, and the words that fit them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from feedback_nlp.advice.imperatives import imperative
from feedback_nlp.advice.topics import Topic, accept
from feedback_nlp.advice.words import has_cue
from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    Analysis,
    Improvement,
    Kind,
)

_MARKS = re.compile(r"(?<![\d./])(\d{1,3}(?:\.\d)?) ?/ ?(\d{1,3}(?:\.\d)?)(?![\d./])")
_MODAL_BEFORE = re.compile(
    r"\b(?:would|could|can|will|should|did|didn't|must|you|they|he|she|i"
    r"|we)\s+$",
    re.IGNORECASE,
)
_NOT_DONE = (
    "haven't done",
    "havent done",
    "have not done",
    "haven't got",
    "havent got",
    "not yet have",
    "don't have",
    "do not have",
)
_NOT_KIND = frozenset({Kind.LEVEL, Kind.BEHAVIOR, Kind.DOUBT})
_NEVER_DONE = re.compile(
    r"\b(?:hadn't|haven't|hasn't|had not|have not|has not|never|not yet|not ever)(?: yet| ever| actually"
    r"| really)? (?:worked|used|cut"
    r"|done|held|run|managed|led|handled|tried|seen|taught|driven|operated|built|written|made|touched"
    r"|been responsible|had to)\b"
    r"|\b(?:not|n't) (?:yet |really |very )?familiar with\b|\bno experience\b",
    re.IGNORECASE,
)
_SOFT = frozenset({"problem_solving", "interview_answers", "team_fit", "communication", "professionalism"})
_ENOUGH_BEFORE = re.compile(
    r"\b(?:only|just|solely|merely|purely|mainly|mostly|all of (?:his|her|their|your|its)"
    r"|whereas|so far|apart from|other than"
    r"|rather than|instead of|a lot about)\b(?!.*\b(?:not|no|lack\w*|missing|need\w*|n't)\b)[^.;:]*$",
    re.IGNORECASE,
)
_LITTLE_AFTER = re.compile(
    r"[^.;:]{0,40}\b(?:and|but) (?:very |too |rather )?(?:little|less|nothing|not)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Gap:
    """An improvement with the words for it. `behavior` is the key of a block of behaviors.toml, or empty."""

    index: int
    area: str
    kind: Kind
    quote: str
    topic: Topic | None
    weight: float
    start: int
    behavior: str = ""
    words: str = ""  # the block of questions.toml whose words fit: the area, or a variant of it
    also: tuple[int, ...] = ()  # indexes of the improvements that say the same in one breath


@dataclass(frozen=True, slots=True)
class Praise:
    """A strength with the words for it."""

    quote: str
    topic: Topic | None


def without_twins(gaps: list[Gap], analysis: Analysis) -> list[Gap]:
    """Without the second of two remarks that say the same in one breath."""
    kept: list[Gap] = []
    for gap in gaps:
        line = analysis.improvements[gap.index].sentence
        near = [n for n, other in enumerate(kept) if abs(analysis.improvements[other.index].sentence - line) <= 1]
        twin = next((n for n in near if _same(kept[n], gap)), None)
        if twin is None:
            kept.append(gap)
        else:
            kept[twin] = replace(kept[twin], also=(*kept[twin].also, gap.index))
    return kept


def _same(one: Gap, other: Gap) -> bool:
    return one.behavior == other.behavior != "" or one.area == other.area == "logistics"


def is_passed(quote: str) -> bool:
    """Whether a quote is a mark above the line: "66 / 60"."""
    match = _MARKS.search(quote)
    return match is not None and float(match[1]) > float(match[2])


def is_failed(quote: str, text: str) -> bool:
    """Whether a quote is a mark below the line, in a mail whose second number is a line and no full mark."""
    match = _MARKS.search(quote)
    if match is None or float(match[1]) >= float(match[2]):
        return False
    return any(float(other[1]) > float(other[2]) for other in _MARKS.finditer(text))


def is_aside(analysis: Analysis, gap: Gap) -> bool:
    """Whether a gap is only the line above a list ("What was missing:"), or the post they introduce somebody to."""
    sentences = analysis.labels.sentences
    line = analysis.improvements[gap.index].sentence
    cues = read_table("situations")["words"]["introduction"]
    if any(has_cue(sentence.text, cues) for sentence in sentences[line : line + 2]):
        return True
    after = analysis.message.text[gap.start + len(gap.quote) :][:4]
    return bool(re.match(r":\s*\n", after)) and gap.topic is None


# A remark that is nothing but praise is no improvement, whatever the model says.
_PLAIN_PRAISE = re.compile(
    r"\b(?:was|were|is|are)(?: (?:very|really|quite|all))? (?:sound|good|great|lovely|excellent|spot on|clean|perfect)"
    r"\s*[.!]?$|\breally works?\b|\bnothing to (?:say|change|add)\b",
    re.IGNORECASE,
)
_TURNED = re.compile(
    r"\b(?:not|but|too|more|less|only|could|should|would|if|never|than|although|though|until|when|unless|whether|wish)\b"
    r"|n['’]t\b",
    re.IGNORECASE,
)


def is_praised(analysis: Analysis, index: int) -> bool:
    evidence = analysis.improvements[index].evidence
    quote = evidence.of(analysis.message.text)
    if _PLAIN_PRAISE.search(quote) and not _TURNED.search(quote):
        return True
    return any(item.evidence.contains(evidence) for item in analysis.strengths)


def opens(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\"“'‘*•-–—>")
    return not before or before[-1] in ".!?:;\n|"


def gap_of(index: int, item: Improvement, analysis: Analysis, names: frozenset[str]) -> Gap:
    text = analysis.message.text
    quote, raw = item.evidence.of(text), item.topic.of(text)
    topic = accept(raw, opens(text, item.topic.start), names)
    if topic and (_MODAL_BEFORE.search(text[max(0, item.topic.start - 12) : item.topic.start])):
        topic = None  # a verb: "you would handle a picker"
    if topic and _wrong_end(quote, item.topic.start - item.evidence.start, item.topic.end - item.evidence.start):
        topic = None
    key = _behavior(item.area, quote, item.kind)
    if not key and len(quote.split()) <= 5:  # a scrap of a sentence: its sentence says what it is about
        sentence = next((s.text for s in analysis.labels.sentences if s.span.contains(item.evidence)), "")
        key = _behavior(item.area, sentence, item.kind) if sentence else ""
    kind = item.kind
    if kind in _NOT_KIND and _NEVER_DONE.search(quote):
        kind = Kind.MISSING  # nothing was done badly: it was never done
    if kind in _NOT_KIND | {Kind.MISSING} and imperative(quote):
        kind = Kind.ADVICE
    area = "experience" if kind is Kind.MISSING and item.area in _SOFT and _NEVER_DONE.search(quote) else item.area
    if kind is Kind.THRESHOLD and item.area == "qualifications" and has_cue(quote, _NOT_DONE):
        kind = Kind.MISSING  # a certificate that is not there is no mark to raise
    return Gap(
        index,
        area,
        kind,
        quote,
        topic,
        item.weight,
        item.evidence.start,
        key if area == item.area else _behavior(area, quote, kind),
        _words(area, kind, quote),
    )


def _wrong_end(quote: str, start: int, end: int) -> bool:
    """Whether a topic is what there was enough of: "only housing", "a lot about X and very little about Y"."""
    return bool(
        start >= 0 and (_ENOUGH_BEFORE.search(quote[max(0, start - 200) : start]) or _LITTLE_AFTER.match(quote[end:]))
    )


def _words(area: str, kind: Kind, quote: str) -> str:
    if kind is Kind.AIM and area == "experience":
        return "aim.experience"
    if area == "technical_skills" and not has_cue(quote, read_table("situations")["words"]["technology"]):
        return "craft.technical_skills"
    return f"area.{area}"


_ALWAYS = frozenset(
    {"overqualified", "permit", "clearance", "driving", "lapsed", "language_level", "pay", "place", "hours"}
)
_ALSO_FIXED = frozenset({"hygiene_safety", "tests_missing", "run_twice", "monitoring", "edge_cases"})
_FIXED = frozenset(
    {Kind.HARD_REQUIREMENT, Kind.THRESHOLD, Kind.MISSING, Kind.COMPARISON, Kind.AIM, Kind.OPEN_CONDITION}
)


@cache
def _blocks() -> tuple[tuple[str, dict[str, Any]], ...]:
    return tuple(read_table("behaviors").items())


def _behavior(area: str, quote: str, kind: Kind) -> str:
    """The first block whose cue stands in the quote and which knows the area."""
    for key, block in _blocks():
        if area not in block["areas"] or not has_cue(quote, block["cues"]):
            continue
        if kind in _FIXED and area in ("technical_skills", "domain_knowledge") and key not in _ALSO_FIXED:
            continue
        return key
    return ""


def area_block(gap: Gap) -> dict[str, Any]:
    """The block of steps.toml for a gap's area, or for the craft in it."""
    steps = read_table("steps")
    group, key = gap.words.split(".")
    return dict(steps.get(group, {}).get(key) or steps["area"][gap.area])


def behavior(gap: Gap) -> dict[str, Any]:
    """The block of a gap's behavior, empty if it has none."""
    return dict(read_table("behaviors").get(gap.behavior, {}))
