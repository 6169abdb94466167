"""What is measured, and how sure the figure is.

Every measure is computed from counts per mail, so that a bootstrap over mails (not over sentences, which depend on each
other) gives its interval. Definitions:

- A predicted improvement or strength *matches* a labelled one when the two share at least half of the shorter run; each
  label is used once, the largest overlap first.
- A sentence's predicted role is that of the predicted sentence which shares most characters with it.
- *Kept* mails are those where the program does not say "unsure".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback_nlp.content import areas
from feedback_nlp.schema import Analysis, Outcome, Role, Span, Tag
from feedback_nlp.training.dataset import GoldMail, GoldMark

Counts = NDArray[np.float64]
ROUNDS = 1000
_SEED = 20261121


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure with its 95 % bootstrap interval; `n` is the number of mails it rests on."""

    name: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled mail and what was read in it."""

    gold: GoldMail
    read: Analysis


def measure_all(pairs: Sequence[Pair]) -> list[Measure]:
    """All measures, in the order of the model card."""
    if not pairs:
        return []
    found: list[Measure] = []

    def add(name: str, counts: Counts, figure: Callable[[Counts], float]) -> None:
        found.append(bootstrap(name, counts, figure))

    add("tag macro-F1", _confusions(pairs, _tag_of, tuple(Tag)), macro_f1)
    add("tag accuracy", _hits(pairs, lambda p: p.gold.tag is p.read.labels.tag), _rate)
    not_actionable = [pair for pair in pairs if pair.gold.tag is not Tag.ACTIONABLE]
    actionable = [pair for pair in pairs if pair.gold.tag is Tag.ACTIONABLE]
    generic = [pair for pair in pairs if pair.gold.tag is Tag.GENERIC]
    unrelated = [pair for pair in pairs if pair.gold.tag is Tag.UNRELATED]
    if actionable:
        add("real feedback found", _hits(actionable, lambda p: p.read.labels.tag is Tag.ACTIONABLE), _rate)
    if not_actionable:
        add("false actionable", _hits(not_actionable, lambda p: p.read.labels.tag is Tag.ACTIONABLE), _rate)
    if generic:
        add("form mail called actionable", _hits(generic, lambda p: p.read.labels.tag is Tag.ACTIONABLE), _rate)
    rejections = [pair for pair in generic if pair.gold.outcome is Outcome.REJECTED]
    if rejections:
        add("rejection recall", _hits(rejections, lambda p: p.read.labels.tag is not Tag.UNRELATED), _rate)
    if unrelated:
        add("false alarms on other mail", _hits(unrelated, lambda p: p.read.labels.tag is not Tag.UNRELATED), _rate)
    area_names = tuple(areas())
    area_counts = np.stack([_area_counts(pair, area_names) for pair in pairs])
    add("areas micro-F1", area_counts.sum(axis=1), f1)
    add("areas macro-F1", area_counts.reshape(len(pairs), -1), _macro_of_triples)
    add("improvements F1, right area", np.stack([_mark_counts(pair, same_area=True) for pair in pairs]), f1)
    add("improvements F1, any area", np.stack([_mark_counts(pair, same_area=False) for pair in pairs]), f1)
    add("topic token-F1 on matched", np.stack([_topic_counts(pair) for pair in pairs]), _rate)
    add("strengths F1", np.stack([_strength_counts(pair) for pair in pairs]), f1)
    role_confusions = np.stack([_role_confusion(pair) for pair in pairs])
    add("sentence role accuracy", role_confusions, _accuracy)
    add("sentence role macro-F1", role_confusions, macro_f1)
    add("outcome accuracy", _hits(pairs, lambda p: p.gold.outcome is p.read.labels.outcome), _rate)
    add("stage accuracy", _hits(pairs, lambda p: p.gold.stage is p.read.labels.stage), _rate)
    add("feedback offered F1", np.stack([_offered_counts(pair) for pair in pairs]), f1)
    add("tag ECE", _calibration(pairs), expected_calibration_error)
    add("share kept", _hits(pairs, lambda p: not p.read.labels.unsure), _rate)
    kept = [pair for pair in pairs if not pair.read.labels.unsure]
    if kept:
        add("accuracy of what is kept", _hits(kept, lambda p: p.gold.tag is p.read.labels.tag), _rate)
    return found


def bootstrap(name: str, counts: Counts, figure: Callable[[Counts], float]) -> Measure:
    """`figure` of the rows of `counts` (one row a mail), with the 2.5th and 97.5th percentile over resampled mails."""
    rng = np.random.default_rng(_SEED)
    draws = rng.integers(0, len(counts), size=(ROUNDS, len(counts)))
    values = np.array([figure(counts[draw]) for draw in draws])
    known = values[~np.isnan(values)]
    # A set without any strength, say, has no figure for strengths.
    low, high = np.percentile(known, [2.5, 97.5]) if len(known) else (np.nan, np.nan)
    return Measure(name, float(figure(counts)), float(low), float(high), len(counts))


# --- figures: from stacked counts to a number -------------------------------------------------------------------------


def f1(counts: Counts) -> float:
    """F1 from rows of (true positives, false positives, false negatives)."""
    hit, false, missed = counts.sum(axis=0)
    return float(2 * hit / (2 * hit + false + missed)) if hit + false + missed else float("nan")


def macro_f1(confusions: Counts) -> float:
    """Mean F1 over the classes that occur in the labels, from confusions (n, gold, read)."""
    total = confusions.sum(axis=0)
    hits = np.diag(total)
    present = total.sum(axis=1) > 0
    both = total.sum(axis=0) + total.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return float((2 * hits / both)[present].mean())


def expected_calibration_error(rows: Counts) -> float:
    """Mean gap between confidence and accuracy over ten bins, weighted; rows of (confidence, right)."""
    bins = np.minimum((rows[:, 0] * 10).astype(int), 9)
    gaps = [abs((rows[bins == b, 0] - rows[bins == b, 1]).sum()) for b in range(10)]
    return float(sum(gaps) / len(rows))


def _rate(rows: Counts) -> float:
    hit, total = rows.sum(axis=0)
    return float(hit / total) if total else float("nan")


def _accuracy(confusions: Counts) -> float:
    total = confusions.sum(axis=0)
    return float(np.trace(total) / total.sum())


def _macro_of_triples(rows: Counts) -> float:
    triples = rows.sum(axis=0).reshape(-1, 3)
    scores = [f1(triple[None]) for triple in triples if triple[0] + triple[2] > 0]
    return float(np.nanmean(scores)) if scores else float("nan")


# --- counts: one row a mail -------------------------------------------------------------------------------------------


def _hits(pairs: Sequence[Pair], right: Callable[[Pair], bool]) -> Counts:
    return np.array([[float(right(pair)), 1.0] for pair in pairs])


def _tag_of(pair: Pair) -> tuple[Tag, Tag]:
    return pair.gold.tag, pair.read.labels.tag


def _confusions(pairs: Sequence[Pair], of: Callable[[Pair], tuple[Tag, Tag]], names: tuple[Tag, ...]) -> Counts:
    found = np.zeros((len(pairs), len(names), len(names)))
    for row, pair in enumerate(pairs):
        gold, read = of(pair)
        found[row, names.index(gold), names.index(read)] = 1
    return found


def _area_counts(pair: Pair, names: tuple[str, ...]) -> Counts:
    gold, read = set(pair.gold.areas), set(pair.read.areas)
    return np.array([[name in gold & read, name in read - gold, name in gold - read] for name in names], float)


def shared(left: Span, right: Span) -> float:
    """Share of the shorter run that stands in the other run."""
    common = min(left.end, right.end) - max(left.start, right.start)
    shorter = min(left.end - left.start, right.end - right.start)
    return max(0, common) / shorter if shorter > 0 else 0.0


def matches(
    gold: Sequence[GoldMark], read: Sequence[tuple[str, Span, Span]], *, same_area: bool
) -> list[tuple[int, int]]:
    """Pairs (index of gold, index of read) that match, each index once. `read` rows are (area, evidence, topic)."""
    candidates = sorted(
        (
            (-shared(mark.evidence, evidence), g, r)
            for g, mark in enumerate(gold)
            for r, (area, evidence, _) in enumerate(read)
            if shared(mark.evidence, evidence) >= 0.5 and (area == mark.area or not same_area)
        )
    )
    used_gold: set[int] = set()
    used_read: set[int] = set()
    found = []
    for _, g, r in candidates:
        if g not in used_gold and r not in used_read:
            found.append((g, r))
            used_gold.add(g)
            used_read.add(r)
    return found


def _read_improvements(pair: Pair) -> list[tuple[str, Span, Span]]:
    return [(item.area, item.evidence, item.topic) for item in pair.read.improvements]


def _mark_counts(pair: Pair, *, same_area: bool) -> Counts:
    read = _read_improvements(pair)
    hit = len(matches(pair.gold.improvements, read, same_area=same_area))
    return np.array([hit, len(read) - hit, len(pair.gold.improvements) - hit], float)


def _strength_counts(pair: Pair) -> Counts:
    read = [("", item.evidence, item.topic) for item in pair.read.strengths]
    hit = len(matches(pair.gold.strengths, read, same_area=True))
    return np.array([hit, len(read) - hit, len(pair.gold.strengths) - hit], float)


def _topic_counts(pair: Pair) -> Counts:
    read = _read_improvements(pair)
    found = matches(pair.gold.improvements, read, same_area=False)
    scores = [
        _token_f1(pair.gold.text, pair.gold.improvements[g].topic, pair.read.message.text, read[r][2]) for g, r in found
    ]
    return np.array([sum(scores), len(scores)], float)


def _token_f1(gold_text: str, gold: Span, read_text: str, read: Span) -> float:
    left, right = gold.of(gold_text).casefold().split(), read.of(read_text).casefold().split()
    common = sum(min(left.count(word), right.count(word)) for word in set(left))
    return 2 * common / (len(left) + len(right)) if common else 0.0


def _role_confusion(pair: Pair) -> Counts:
    names = tuple(Role)
    found = np.zeros((len(names), len(names)))
    sentences = pair.read.labels.sentences
    at = 0
    for gold in pair.gold.sentences:
        while at < len(sentences) and sentences[at].span.end <= gold.span.start:
            at += 1
        best, overlap = Role.OTHER, 0
        for sentence in sentences[at:]:
            if sentence.span.start >= gold.span.end:
                break
            common = min(sentence.span.end, gold.span.end) - max(sentence.span.start, gold.span.start)
            if common > overlap:
                best, overlap = sentence.role, common
        found[names.index(gold.role), names.index(best)] += 1
    return found


def _offered_counts(pair: Pair) -> Counts:
    gold, read = pair.gold.feedback_offered, pair.read.labels.feedback_offered
    return np.array([gold and read, read and not gold, gold and not read], float)


def _calibration(pairs: Sequence[Pair]) -> Counts:
    rows = []
    for pair in pairs:
        probabilities = pair.read.labels.probabilities
        best = max(probabilities, key=lambda tag: probabilities[tag])
        rows.append([probabilities[best], float(best is pair.gold.tag)])
    return np.array(rows)
