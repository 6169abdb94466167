"""What a person says about a mail, laid over what the program read. Pure functions of an `Analysis`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from feedback_nlp.improvements import kind_of
from feedback_nlp.schema import Analysis, Improvement, Labels, Role, Sentence, Tag

Correction = Callable[[Analysis], Analysis]
SURE = 1.0  # the person said so


def as_tag(tag: Tag) -> Correction:
    """The mail is `tag`. Anything but `actionable` takes the improvements out."""

    def correct(analysis: Analysis) -> Analysis:
        labels = replace(
            analysis.labels,
            tag=tag,
            probabilities={each: SURE if each is tag else 0.0 for each in Tag},
            unsure=False,
        )
        if tag is Tag.ACTIONABLE:
            return replace(analysis, labels=labels)
        sentences = tuple(_without_feedback(sentence) for sentence in labels.sentences)
        return replace(analysis, labels=replace(labels, sentences=sentences), improvements=())

    return correct


def as_area(index: int, area: str) -> Correction:
    """The improvement with this index is about `area`."""

    def correct(analysis: Analysis) -> Analysis:
        old = analysis.improvements[index]
        changed = replace(old, area=area, confidence=SURE)
        others = {item.area for item in _beside(analysis, index) if item.sentence == old.sentence}
        return replace(
            analysis,
            labels=_with_sentence(analysis, old.sentence, Role.FEEDBACK, {area} | others),
            improvements=(*analysis.improvements[:index], changed, *analysis.improvements[index + 1 :]),
        )

    return correct


def not_feedback(index: int) -> Correction:
    """The improvement with this index is no feedback to this person."""

    def correct(analysis: Analysis) -> Analysis:
        old = analysis.improvements[index]
        rest = _beside(analysis, index)
        areas = {item.area for item in rest if item.sentence == old.sentence}
        role = Role.FEEDBACK if areas else Role.OTHER
        changed = replace(analysis, labels=_with_sentence(analysis, old.sentence, role, areas), improvements=rest)
        if rest or any(sentence.role is Role.FEEDBACK for sentence in changed.labels.sentences):
            return changed
        return as_tag(Tag.GENERIC)(changed)

    return correct


def missed(sentence: int, area: str) -> Correction:
    """The sentence with this index tells the person something about `area`."""

    def correct(analysis: Analysis) -> Analysis:
        span = analysis.labels.sentences[sentence].span
        words = span.of(analysis.message.text)
        labels = _with_sentence(analysis, sentence, Role.FEEDBACK, {area})
        added = Improvement(area, kind_of(area, words), span, span, SURE, sentence=sentence)
        found = sorted((*analysis.improvements, added), key=lambda item: item.evidence.start)
        return as_tag(Tag.ACTIONABLE)(replace(analysis, labels=labels, improvements=tuple(found)))

    return correct


def _beside(analysis: Analysis, index: int) -> tuple[Improvement, ...]:
    return analysis.improvements[:index] + analysis.improvements[index + 1 :]


def _with_sentence(analysis: Analysis, index: int, role: Role, areas: set[str]) -> Labels:
    sentences = list(analysis.labels.sentences)
    if 0 <= index < len(sentences):
        sentences[index] = replace(sentences[index], role=role, areas=tuple(sorted(areas)), confidence=SURE)
    return replace(analysis.labels, sentences=tuple(sentences))


def _without_feedback(sentence: Sentence) -> Sentence:
    if sentence.role is not Role.FEEDBACK:
        return sentence
    return replace(sentence, role=Role.OTHER, areas=(), confidence=SURE)
