"""Marked runs: which words of a sentence are the evidence of an improvement or a strength, and which name its topic."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from feedback_nlp.schema import Encoding, Mark, Sentence, Span
from feedback_nlp.weights import sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARK_COST = 3.0  # nats that a mark must earn over having none; calibrated on held-out writers
BEGIN_WEIGHT = 1.0  # how much the beginnings count against the insides of marks, likewise
NEEDED_ABOVE = -1.5  # a feedback sentence whose likeliest word reaches this logit has at least one mark, likewise
TOPIC_BIAS = -0.2  # added to each word's topic logit, likewise
LONGEST_TOPIC = 14  # words
PENDING = "?"  # an improvement whose area is still to be chosen

# Words that carry no point by themselves: a run of nothing else is no mark.
_EMPTY = frozenset(
    [
        "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "had", "has", "have", "he", "her", "his",
        "i", "in", "is", "it", "its", "my", "not", "of", "on", "or", "our", "she", "that", "the", "their", "them",
        "they", "this", "to", "us", "was", "we", "were", "with", "you", "your",
    ]
)  # fmt: skip
_EDGE = " \t\n\r.,;:!?\"'“”‘’()[]*•-–—>"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence with the mean logits of its tokens."""

    span: Span
    logits: NDArray[np.float32]  # (channels + areas,)


class Words:
    """The words of a mail's sentences, put together from tokens; tokens that touch are one word."""

    def __init__(self, encoding: Encoding, sentences: int) -> None:
        self._encoding = encoding
        self._spans: list[list[int]] = encoding.token_spans.tolist()
        self._tokens: list[list[int]] = [[] for _ in range(sentences)]
        for token, index in enumerate(encoding.token_sentence.tolist()):
            self._tokens[index].append(token)

    def of(self, index: int, sentence: Sentence) -> list[Word]:
        """The words of the sentence with the number `index`."""
        runs: list[list[int]] = []
        for token in self._tokens[index]:
            if runs and self._spans[runs[-1][-1]][1] == self._spans[token][0]:
                runs[-1].append(token)
            else:
                runs.append([token])
        return [self._word(run, sentence) for run in runs]

    def _word(self, run: list[int], sentence: Sentence) -> Word:
        spoken = [_spoken(sentence, self._spans[token][0]) for token in run]
        return Word(
            Span(self._spans[run[0]][0], self._spans[run[-1]][1]),
            _word_logits(self._encoding.token_logits[run], np.array(spoken, bool)),
        )


def _spoken(sentence: Sentence, start: int) -> bool:
    first = start - sentence.span.start
    return sentence.text[first : first + 1].isalnum()


def _word_logits(tokens: NDArray[np.float32], spoken: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Mean over the tokens that are letters or digits (a full stop must not veto its word).

    The beginning of a mark is the likeliest beginning among the tokens.
    """
    kept = tokens[spoken] if spoken.any() else tokens
    logits = kept.mean(axis=0)
    logits[[0, 2]] = kept[:, [0, 2]].max(axis=0)
    return np.asarray(logits, np.float32)


def marks_of(words: list[Word], column: int, sentence: Sentence, *, needed: bool = False) -> list[Mark]:
    """Marked runs of a sentence: improvements (`column` 0) or strengths (2). With `needed` the best run at least."""
    if not words:
        return []
    inside = np.array([word.logits[column + 1] for word in words], np.float64)
    begins = np.array([word.logits[column] for word in words], np.float64)
    runs = best_runs(inside, begins, MARK_COST)
    if not runs and needed:
        runs = best_runs(inside, begins, 0.0) or best_runs(inside - inside.max() + 2.0, begins, 0.0)
    found = []
    for start, end in runs:
        evidence = _trimmed(sentence, words[start].span.start, words[end - 1].span.end)
        if evidence is None or _EMPTY.issuperset(_said(sentence, evidence)):
            continue
        topic = _topic(words[start:end], evidence, sentence)
        found.append(Mark(PENDING if column == 0 else "", evidence, topic, float(sigmoid(inside[start:end]).mean())))
    return found


def best_runs(inside: NDArray[np.float64], begins: NDArray[np.float64], cost: float) -> list[tuple[int, int]]:
    """The likeliest division of a sentence's words into marks and the rest, as half-open runs (Viterbi).

    `inside` and `begins` are logits a word: to lie in a mark, and to begin one. Each mark must earn `cost`, so that an
    elaboration of a point that is already marked stays without a mark of its own.
    """
    log_in, log_out = -np.logaddexp(0, -inside), -np.logaddexp(0, inside)
    start, go_on = -np.logaddexp(0, -begins), -np.logaddexp(0, begins)
    # Scores of the best path that ends outside, or inside a mark; with where each came from. Numbers of Python: an
    # array's are slow one by one.
    gain_in, gain_out = log_in.tolist(), log_out.tolist()
    gain_new, gain_on = (log_in + BEGIN_WEIGHT * start - cost).tolist(), (BEGIN_WEIGHT * go_on).tolist()
    out, within = 0.0, -math.inf
    steps: list[tuple[bool, int]] = []  # to "outside" from inside?; to "inside" by: 0 on, 1 new, 2 new after one
    for at in range(len(gain_in)):
        new_out = max(out, within) + gain_out[at]
        choices = (within + gain_in[at] + gain_on[at], out + gain_new[at], within + gain_new[at])
        best = choices.index(max(choices))
        steps.append((within > out, best))
        out, within = new_out, choices[best]
    runs: list[tuple[int, int]] = []
    in_mark, end = within > out, len(inside)
    for at in range(len(inside) - 1, -1, -1):
        from_inside, how = steps[at]
        if not in_mark:
            in_mark, end = from_inside, at
            continue
        if how:
            runs.append((at, end))
            in_mark, end = how == 2, at
    return runs[::-1]


def _topic(words: list[Word], evidence: Span, sentence: Sentence) -> Span:
    """The contiguous run of words with the largest sum of logits, at least one word."""
    scores = [float(word.logits[4]) + TOPIC_BIAS for word in words]
    best, best_run = -math.inf, (0, len(words))
    for start in range(len(words)):
        total = 0.0
        for end in range(start, min(len(words), start + LONGEST_TOPIC)):
            total += scores[end]
            if total > best:
                best, best_run = total, (start, end + 1)
    span = _trimmed(sentence, words[best_run[0]].span.start, words[best_run[1] - 1].span.end)
    if span is None or not evidence.contains(span):
        return evidence
    return span


def _said(sentence: Sentence, run: Span) -> list[str]:
    return re.findall(r"\w+", sentence.text[run.start - sentence.span.start : run.end - sentence.span.start].lower())


def _trimmed(sentence: Sentence, start: int, end: int) -> Span | None:
    """The run without quote marks, bullets and stops at its edges; None if nothing is left."""
    start, end = max(start, sentence.span.start), min(end, sentence.span.end)
    words = sentence.text[start - sentence.span.start : end - sentence.span.start]
    left = len(words) - len(words.lstrip(_EDGE))
    kept = words.strip(_EDGE)
    if not re.search(r"\w", kept):
        return None
    tail = words[left + len(kept) : left + len(kept) + 1]
    if tail == ")" and kept.count("(") > kept.count(")"):
        kept += tail
    return Span(start + left, start + left + len(kept))
