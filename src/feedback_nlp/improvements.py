"""From the marks of the model to improvements and strengths that can be shown: checked, trimmed, weighed, ranked.

The model proposes runs. Here they are tested against what only rules know for sure: who wrote the words, whether a cue
denies them, where a word begins and ends. Then each gets its kind, which decides the shape of a question, and a weight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from feedback_nlp.content import areas, check_keys, read_table
from feedback_nlp.cues import Category, in_reach, phrase_pattern
from feedback_nlp.errors import ContentError
from feedback_nlp.schema import (
    AsideKind,
    Improvement,
    Kind,
    Labels,
    Mark,
    Message,
    Role,
    Sentence,
    Span,
    Strength,
    Tag,
)

Chunks = Callable[[str], tuple[Span, ...]]

MAIN, HARD, PLAIN, HEDGED, ASIDE = 4.0, 3.0, 2.0, 1.5, 1.0  # weights, ADVICE.md §2
FEW_WORDS = 4  # so many words between a mark and the next stop belong to the mark (best of 0 to 5 on unseen writers)
LONG_TOPIC = 8  # words; a longer topic is a clause, of which the first noun chunk is taken
NEAR = 600  # characters before and after a run in which cues are looked for
SAME_POINT = 0.6  # share of a topic's words found in another topic of the same area that makes them one point

_LOOSE = ' \t\r\n.,;:!?"“”„*_|<>=•–—-'
_EDGE_WORDS = re.compile(
    r"(?:and|or|but|so|that|which|also|then|to|of|in|on|for|with|any|some|such|quite|very|really|just|a (?:bit|lot) of)"
    r"\s+",
    re.IGNORECASE,
)
_END_WORDS = re.compile(
    r"\s+(?:and|or|but|so|that|which|to|of|in|on|for|with|the|a|an|was|were|is|are)\Z", re.IGNORECASE
)
_UP_TO_STOP = re.compile(r"[^.,;:!?()–—]*(?=[.,;:!?()–—]|\Z)")
_CONJUNCTION = re.compile(r"(?:and|or|but|so|that|which)\s+", re.IGNORECASE)
_CONTENT = re.compile(r"[^\W_]{3,}")
_PRONOUN = re.compile(r"(?:I|you|we|he|she|it|they|us|me|them|him|her|this|that|who|which|what)\Z", re.IGNORECASE)
_SMALL = re.compile(
    r"the|your|our|his|her|their|its|and|for|with|that|this|was|were|are|not|more|than|from|have|had|has|you|any|into"
)
_CLOSING = {")": "(", "]": "[", "”": "“", '"': '"'}
_CLAUSES = re.compile(r"[,;:]|\b(?:and|but)\b")
_POSTSCRIPT = re.compile(r"\s*(?:p\.?\s?)+s\b", re.IGNORECASE)


def find_improvements(message: Message, labels: Labels, chunks: Chunks | None = None) -> tuple[Improvement, ...]:
    """The improvements that a mail names, in the order of the mail. Empty unless the mail is actionable.

    `chunks` gives the noun chunks of a sentence; topics are widened to them. An actionable mail has at least one
    improvement, unless all that it names is a protected trait: if no mark holds, its surest other feedback sentence
    stands in.
    """
    if labels.tag is not Tag.ACTIONABLE:
        return ()
    proposed = [mark for mark in labels.marks if mark.area]
    found = [item for mark in proposed if (item := _improvement(message, labels, mark, chunks))]
    if not found:
        found = list(_stand_in(message, labels))
    return tuple(sorted(_merged(message, found), key=lambda item: (item.evidence.start, item.evidence.end)))


def find_strengths(message: Message, labels: Labels, chunks: Chunks | None = None) -> tuple[Strength, ...]:
    """The strengths that a mail names, in the order of the mail."""
    found: list[Strength] = []
    for mark in labels.marks:
        index = _home(labels.sentences, mark.evidence)
        if mark.area or index is None or _own_words(message, mark.evidence):
            continue
        sentence = labels.sentences[index]
        evidence = _evidence(message.text, mark.evidence, sentence.span)
        if evidence is None or any(evidence.overlaps(other.evidence) for other in found):
            continue
        found.append(Strength(evidence, _topic(message.text, mark.topic, evidence, sentence, chunks)))
    return tuple(sorted(found, key=lambda item: item.evidence.start))


def ranked(improvements: Iterable[Improvement]) -> tuple[Improvement, ...]:
    """The improvements by weight, heaviest first; equal ones in the order of the mail."""
    return tuple(sorted(improvements, key=lambda item: (-item.weight, item.evidence.start)))


# --- from a mark to an improvement ------------------------------------------------------------------------------------


def _improvement(message: Message, labels: Labels, mark: Mark, chunks: Chunks | None) -> Improvement | None:
    index = _home(labels.sentences, mark.evidence)
    if index is None or _own_words(message, mark.evidence):
        return None
    sentence = labels.sentences[index]
    evidence = _evidence(message.text, mark.evidence, sentence.span)
    if evidence is None:
        return None
    topic = _topic(message.text, mark.topic, evidence, sentence, chunks)
    if _denied(message.text, sentence, topic, evidence) or only_a_trait(
        evidence.of(message.text), topic.of(message.text)
    ):
        return None
    return _weighed(message, sentence, index, Improvement(mark.area, Kind.LEVEL, evidence, topic, mark.confidence))


def _stand_in(message: Message, labels: Labels) -> Iterable[Improvement]:
    """The surest feedback sentence of the employer as an improvement."""
    numbered = [
        (sentence, index)
        for index, sentence in enumerate(labels.sentences)
        if sentence.role is Role.FEEDBACK
        and not _own_words(message, sentence.span)
        and not only_a_trait(sentence.text, sentence.text)
        and not _of_all(_one_line(sentence.text))
    ]
    if not numbered:
        return
    sentence, index = max(numbered, key=lambda item: item[0].confidence)
    evidence = _trim(message.text, sentence.span, sentence.span) or sentence.span
    area = sentence.areas[0] if sentence.areas else next(iter(areas()))
    yield _weighed(message, sentence, index, Improvement(area, Kind.LEVEL, evidence, evidence, sentence.confidence))


def _of_all(words: str) -> bool:
    """Whether a sentence speaks of candidates in general up to its last word."""
    end = len(words.rstrip(" .!"))
    return end > 1 and in_reach(words, Span(end - 1, end), Category.HYPOTHETICAL)


def _weighed(message: Message, sentence: Sentence, index: int, item: Improvement) -> Improvement:
    words = _one_line(item.evidence.of(message.text))
    around = _one_line(_near(sentence.span, item.evidence).of(message.text))
    kind = kind_of(item.area, words, around)
    weight = weight_of(kind, words, around, _is_postscript(message.text, item))
    return replace(item, kind=kind, weight=weight, sentence=index)


def _home(sentences: Sequence[Sentence], span: Span) -> int | None:
    """The index of the sentence that a run begins in."""
    return next(
        (i for i, sentence in enumerate(sentences) if sentence.span.start <= span.start < sentence.span.end), None
    )


def _own_words(message: Message, span: Span) -> bool:
    return any(aside.kind is AsideKind.OWN_WORDS and aside.span.overlaps(span) for aside in message.asides)


def only_a_trait(evidence: str, topic: str) -> bool:
    """Whether words are about what a person is (age, origin, faith, health, family …) and about nothing to work on.

    Its topic is a trait, or each of its clauses names one. What only sounds alike, such as a language or a work permit,
    is none.
    """
    traits, kept = _traits()
    if kept.search(_one_line(evidence)) or not traits.search(_one_line(evidence)):
        return False
    clauses = [clause for clause in _CLAUSES.split(evidence) if len(clause.split()) > 2]
    return bool(topic != evidence and traits.search(_one_line(topic))) or all(
        traits.search(_one_line(clause)) for clause in clauses
    )


@cache
def _traits() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The words for traits, and those for gaps that sound alike, of ``content/traits.toml``."""
    table, where = read_table("traits"), "content/traits.toml"
    check_keys(table, where, {"traits": list, "kept": list, "same": dict})
    return phrase_pattern(table["traits"], where), phrase_pattern(table["kept"], where)


def _denied(text: str, sentence: Sentence, topic: Span, evidence: Span) -> bool:
    """Whether the sentence denies the gap or speaks of people in general."""
    near = _near(sentence.span, topic)
    local = Span(topic.start - near.start, topic.end - near.start)
    words, last = _one_line(near.of(text)), Span(evidence.end - near.start - 1, evidence.end - near.start)
    spoken_of_all = in_reach(words, last, Category.HYPOTHETICAL)  # the topic may be the "candidates" themselves
    return spoken_of_all or any(in_reach(words, local, category) for category in Category)


def _near(sentence: Span, span: Span) -> Span:
    """The sentence, but of a hostile one of 200 kB only what stands near the run."""
    return Span(max(sentence.start, span.start - NEAR), min(sentence.end, span.end + NEAR))


def _is_postscript(text: str, item: Improvement) -> bool:
    start = text.rfind("\n\n", 0, item.evidence.start) + 2 if "\n\n" in text[: item.evidence.start] else 0
    return bool(_POSTSCRIPT.match(text, start, start + 20))


def _one_line(words: str) -> str:
    """The words with line breaks as spaces; as long as before, so that offsets stay."""
    return re.sub(r"\s", " ", words)


# --- edges ------------------------------------------------------------------------------------------------------------


def _trim(text: str, span: Span, inside: Span) -> Span | None:
    """The run at word borders, inside its sentence, without loose marks at its edges; None if no word is left."""
    start, end = max(span.start, inside.start), min(span.end, inside.end)
    if start >= end:
        return None
    while start > inside.start and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < inside.end and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return _strip(text, start, end)


def _evidence(text: str, span: Span, inside: Span) -> Span | None:
    """The run that was marked, made whole: a few words before the next stop belong to it, a loose "but" does not."""
    trimmed = _trim(text, span, inside)
    if trimmed is None:
        return None
    rest = _UP_TO_STOP.match(text, trimmed.end, inside.end)
    end = trimmed.end
    if rest and len(rest.group().split()) <= FEW_WORDS:
        end = rest.end()
    if end < inside.end and text[end] in _CLOSING and text.count(_CLOSING[text[end]], trimmed.start, end) % 2:
        end += 1
    loose = _CONJUNCTION.match(text, trimmed.start, end)
    return _strip(text, loose.end() if loose else trimmed.start, end) or trimmed


def _strip(text: str, start: int, end: int) -> Span | None:
    """Without loose marks at the edges; brackets and quote marks stay where both halves are inside."""
    while start < end:
        first, last, words = text[start], text[end - 1], text[start:end]
        if first in _LOOSE and not (first in '"“„' and _paired(words)):
            start += 1
        elif last in _LOOSE and not (last in '"”“' and _paired(words)):
            end -= 1
        elif (first in "([" and words.count(first) > words.count(")]"["([".index(first)])) or first in ")]":
            start += 1
        elif (last in ")]" and words.count(last) > words.count("(["[")]".index(last)])) or last in "([":
            end -= 1
        else:
            return Span(start, end)
    return None


def _paired(words: str) -> bool:
    return sum(words.count(mark) for mark in '"“”„') % 2 == 0


def _topic(text: str, span: Span, evidence: Span, sentence: Sentence, chunks: Chunks | None) -> Span:
    """The topic inside its evidence: at word borders, fitted to noun chunks, without loose words."""
    topic = _trim(text, span, evidence)
    if topic is None:
        return evidence
    if chunks is not None:
        topic = _fitted(text, topic, evidence, sentence.span, chunks)
    return _tight(text, topic) or topic


def _fitted(text: str, topic: Span, evidence: Span, inside: Span, chunks: Chunks) -> Span:
    """The topic with the noun chunks that it cuts made whole; of a clause only its first noun chunk."""
    whole = [
        chunk
        for found in chunks(_one_line(inside.of(text)))
        if evidence.contains(chunk := Span(found.start + inside.start, found.end + inside.start))
        and not _PRONOUN.match(chunk.of(text))
    ]
    held = [chunk for chunk in whole if topic.contains(chunk)]
    if held and len(topic.of(text).split()) >= LONG_TOPIC:
        return min(held, key=lambda chunk: chunk.start)
    if topic == evidence:
        return topic
    start = min([topic.start, *(chunk.start for chunk in whole if chunk.start < topic.start < chunk.end)])
    end = max([topic.end, *(chunk.end for chunk in whole if chunk.start < topic.end < chunk.end)])
    return _trim(text, Span(start, end), evidence) or topic


def _tight(text: str, topic: Span) -> Span | None:
    """Without a conjunction or preposition in front or behind."""
    start, end = topic.start, topic.end
    while match := _EDGE_WORDS.match(text, start, end):
        start = match.end()
    while match := _END_WORDS.search(text, max(start, end - 8), end):
        end = match.start()
    return _strip(text, start, end)


# --- one point, said twice --------------------------------------------------------------------------------------------


def _merged(message: Message, found: Sequence[Improvement]) -> list[Improvement]:
    """Each point once: the first mention stays, with the heavier weight of the two."""
    kept: list[Improvement] = []
    for item in sorted(found, key=lambda item: (item.evidence.start, -item.confidence)):
        twin = next((index for index, other in enumerate(kept) if _same_point(message.text, other, item)), None)
        if twin is None:
            kept.append(item)
        else:
            other = kept[twin]
            kept[twin] = replace(
                other, weight=max(other.weight, item.weight), confidence=max(other.confidence, item.confidence)
            )
    return kept


def _same_point(text: str, one: Improvement, other: Improvement) -> bool:
    if one.evidence.overlaps(other.evidence):
        return True
    if one.area != other.area:
        return False
    left, right = _content_words(one.topic.of(text)), _content_words(other.topic.of(text))
    if not left or not right:
        return False
    return len(left & right) / min(len(left), len(right)) >= SAME_POINT


def _content_words(topic: str) -> frozenset[str]:
    return frozenset(word.rstrip("s") for word in _CONTENT.findall(topic.casefold()) if not _SMALL.fullmatch(word))


# --- kind and weight --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    areas: frozenset[str]  # empty: all
    pattern: re.Pattern[str]
    sentence: bool  # also tried on the rest of the sentence


@cache
def _rules() -> tuple[_Rule, ...]:
    found = []
    for number, block in enumerate(read_table("kinds")["rule"]):
        where = f"content/kinds.toml: rule[{number}]"
        check_keys(block, where, {"kind": str, "words": list}, {"areas": list, "reach": str})
        unknown = set(block.get("areas", ())) - set(areas())
        if unknown or block["kind"] not in set(Kind) or block.get("reach", "sentence") != "sentence":
            raise ContentError(f"{where}: unknown kind, reach or area {', '.join(sorted(unknown)) or block['kind']!r}")
        limits = frozenset(block.get("areas", ()))
        found.append(_Rule(Kind(block["kind"]), limits, phrase_pattern(block["words"], where), "reach" in block))
    return tuple(found)


@cache
def _defaults() -> dict[str, Kind]:
    table = read_table("kinds")["default"]
    check_keys(table, "content/kinds.toml: default", dict.fromkeys(areas(), str))
    return {area: Kind(kind) for area, kind in table.items()}


@cache
def _weights() -> dict[str, re.Pattern[str]]:
    table = read_table("kinds")["weight"]
    check_keys(table, "content/kinds.toml: weight", dict.fromkeys(("main", "aside", "hedge"), dict))
    return {name: phrase_pattern(block["words"], f"content/kinds.toml: weight.{name}") for name, block in table.items()}


def kind_of(area: str, evidence: str, sentence: str = "") -> Kind:
    """The kind of a gap from its words: the first rule of ``content/kinds.toml`` that fits, else the area's default."""
    for rule in _rules():
        if rule.areas and area not in rule.areas:
            continue
        if rule.pattern.search(evidence) or (rule.sentence and sentence and rule.pattern.search(sentence)):
            return rule.kind
    return _defaults()[area]


def weight_of(kind: Kind, evidence: str, sentence: str = "", postscript: bool = False) -> float:
    """How much the sender makes of a gap: main reason 4, hard or threshold 3, plain 2, hedged 1.5, aside 1."""
    weights, around = _weights(), sentence or evidence
    if weights["main"].search(around):
        return MAIN
    if postscript or weights["aside"].search(around):
        return ASIDE
    if kind in (Kind.HARD_REQUIREMENT, Kind.THRESHOLD):
        return HARD
    return HEDGED if weights["hedge"].search(evidence) else PLAIN
