"""Which runs of a mail are marked, and as what: from an `Analysis` to a flat row of marks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from feedback_nlp import content
from feedback_nlp.schema import Analysis, Role, Span


class MarkKind(StrEnum):
    """The five kinds that a reader can tell apart; more would look alike to some eyes."""

    WORK = "work"
    STRENGTH = "strength"
    OFFER = "offer"
    DOOR = "door"
    DECISION = "decision"


KIND_OF_ROLE = {
    Role.FEEDBACK: MarkKind.WORK,
    Role.STRENGTH: MarkKind.STRENGTH,
    Role.FEEDBACK_OFFER: MarkKind.OFFER,
    Role.DOOR_OPEN: MarkKind.DOOR,
    Role.DECISION: MarkKind.DECISION,
    Role.CIRCUMSTANCE: MarkKind.DECISION,
    Role.STOCK_REASON: MarkKind.DECISION,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """A run `text[span]` of a mail; `label` is a word of the program, never of the mail."""

    kind: MarkKind
    span: Span
    label: str
    confidence: float
    improvement: int | None = None  # index in `Analysis.improvements`


def marks(analysis: Analysis) -> tuple[Mark, ...]:
    """All marks in the order of the mail, none overlapping: evidence first, then sentences without evidence."""
    found = [*_evidence(analysis)]
    taken = [mark.span for mark in found]
    names = content.explanations()
    for sentence in analysis.labels.sentences:
        kind = KIND_OF_ROLE.get(sentence.role)
        if kind is None or any(sentence.span.overlaps(span) for span in taken):
            continue
        label = _area_name(sentence.areas[0]) if sentence.areas else names[sentence.role.value].name
        found.append(Mark(kind, sentence.span, label, sentence.confidence))
    return tuple(_apart(sorted(found, key=lambda mark: (mark.span.start, mark.span.end))))


def counts(found: tuple[Mark, ...]) -> dict[MarkKind, int]:
    """How many marks there are of each kind that occurs, in the order of `MarkKind`."""
    return {kind: n for kind in MarkKind if (n := sum(mark.kind is kind for mark in found))}


def _evidence(analysis: Analysis) -> list[Mark]:
    sentences = analysis.labels.sentences
    work = [
        Mark(MarkKind.WORK, item.evidence, _area_name(item.area), item.confidence, index)
        for index, item in enumerate(analysis.improvements)
    ]
    name = content.explanations()[Role.STRENGTH.value].name
    strength = [
        Mark(
            MarkKind.STRENGTH,
            item.evidence,
            name,
            next((s.confidence for s in sentences if s.span.overlaps(item.evidence)), 0.0),
        )
        for item in analysis.strengths
    ]
    return work + strength


def _apart(found: list[Mark]) -> list[Mark]:
    """Cut a mark that begins inside the one before it, and drop it when nothing is left."""
    apart: list[Mark] = []
    end = 0
    for mark in found:
        start = max(mark.span.start, end)
        if start >= mark.span.end:
            continue
        apart.append(Mark(mark.kind, Span(start, mark.span.end), mark.label, mark.confidence, mark.improvement))
        end = mark.span.end
    return apart


def _area_name(key: str) -> str:
    area = content.areas().get(key)
    return area.name if area else key.replace("_", " ")
