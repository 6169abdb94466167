"""From numbers to labels.

The encoder proposes roles, areas and marked runs for each sentence and a first reading of the mail. Small linear models
on top, trained on mails that the encoder has not seen, turn them into calibrated labels of the mail as a whole. At last
the labels are made to agree: a mail is actionable exactly when one of its sentences is feedback.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_nlp.content import areas
from feedback_nlp.errors import ModelError
from feedback_nlp.marks import NEEDED_ABOVE, PENDING, Words, marks_of
from feedback_nlp.neutral import neutral
from feedback_nlp.schema import (
    AsideKind,
    Encoding,
    Labels,
    Mark,
    Message,
    Outcome,
    Role,
    Sentence,
    Span,
    Stage,
    Tag,
)
from feedback_nlp.weights import Probabilities, log_softmax, logit, read_models, sigmoid, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROLE_WORDS_WEIGHT = (
    0.5  # of a bag of words against the network, in the choice of a role; calibrated on held-out writers
)
RUN_WEIGHT = 1.0  # of the words of a run against the network, in the choice of its area, likewise
SENTENCE_WEIGHT = 1.0  # of the words of its sentence, likewise
HEAD_WEIGHT = 0.5  # of what the network says of the sentence as a whole, likewise

_ROLES = tuple(Role)
_TAGS, _OUTCOMES, _STAGES = tuple(Tag), tuple(Outcome), tuple(Stage)
_FEEDBACK, _STRENGTH = _ROLES.index(Role.FEEDBACK), _ROLES.index(Role.STRENGTH)


# --- features of a mail -----------------------------------------------------------------------------------------------


def mail_features(encoding: Encoding, own: NDArray[np.bool_], length: int) -> NDArray[np.float64]:
    """The features (f,) that the models of the mail see. `own`: sentences that the candidate wrote, which do not count.

    Everything is a log-probability or a bounded count, so that a linear model can weigh it.
    """
    mail = encoding.mail_logits.astype(np.float64)
    tags = log_softmax(mail[: len(_TAGS)])
    outcomes = log_softmax(mail[len(_TAGS) : len(_TAGS) + len(_OUTCOMES)])
    stages = log_softmax(mail[len(_TAGS) + len(_OUTCOMES) : -1])
    roles = softmax(encoding.role_logits.astype(np.float64))
    roles = roles[~own] if len(roles) == len(own) and not own.all() else roles
    if not len(roles):
        roles = np.full((1, len(_ROLES)), 1e-3)
    top = np.sort(roles, axis=0)[::-1]
    second = top[1] if len(top) > 1 else np.full(len(_ROLES), 1e-3)
    marked = sigmoid(encoding.token_logits[:, 1].astype(np.float64)) if len(encoding.token_logits) else np.zeros(1)
    return np.concatenate(
        [
            np.maximum(tags, -8),
            np.maximum(outcomes, -8),
            np.maximum(stages, -8),
            [np.clip(mail[-1], -8, 8)],
            logit(top[0]),
            logit(second[[_FEEDBACK, _STRENGTH]]),
            roles.mean(axis=0),
            [logit(np.sort(marked)[-3:].mean()), math.log1p(len(roles)), math.log1p(length) / 4],
        ]
    )


# --- the labeler ------------------------------------------------------------------------------------------------------


class Labeler:
    """Trained models on top of the encoder. Thread-safe: labelling keeps no state."""

    def __init__(self, models: dict[str, Any]) -> None:
        self._tag = models["tag"]
        self._outcome = models["outcome"]
        self._stage = models["stage"]
        self._offered = models["offered"]
        self._area = models["area"]
        self._role = models["role"]
        self._role_temperature = float(models["role_temperature"])
        self._unsure_below = float(models["unsure_below"])
        self._actionable_from = float(models["actionable_from"])

    @classmethod
    def load(cls, folder: Path) -> Labeler:
        """Load ``labeler.joblib`` from `folder`. The caller has checked its digest.

        Raises `ModelError` when the file is missing, was made by another scikit-learn, or holds anything but a model.
        """
        path = folder / "labeler.joblib"
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path} is missing: run 'feedback-nlp train', or reinstall") from error
        models = read_models(raw, path)
        try:
            return cls(models)
        except (LookupError, TypeError, ValueError):
            raise ModelError(f"{path} holds no models of this program: run 'feedback-nlp train'") from None

    def label(self, message: Message, sentences: Sequence[Sentence], encoding: Encoding) -> Labels:
        """The labels of one mail."""
        return self.label_all([(message, sentences, encoding)])[0]

    def label_all(self, mails: Sequence[tuple[Message, Sequence[Sentence], Encoding]]) -> list[Labels]:
        """The labels of many mails, in order; the models of the mail run once for all."""
        if not mails:
            return []
        owns = [own_words(message, sentences) for message, sentences, _ in mails]
        features = np.stack(
            [mail_features(item[2], own, len(item[0].text)) for item, own in zip(mails, owns, strict=True)]
        )
        tags = _ordered(self._tag, features, _TAGS)
        outcomes = _ordered(self._outcome, features, _OUTCOMES)
        stages = _ordered(self._stage, features, _STAGES)
        offered = _ordered(self._offered, features, (False, True))[:, 1]
        roles = self._roles([(sentences, encoding) for _, sentences, encoding in mails])
        labels = [
            self._labels(*mails[row], roles[row], owns[row], tags[row], outcomes[row], stages[row], float(offered[row]))
            for row in range(len(mails))
        ]
        return self._with_areas(labels, [encoding for _, _, encoding in mails])

    def _roles(self, mails: Sequence[tuple[Sequence[Sentence], Encoding]]) -> list[NDArray[np.float64]]:
        """Calibrated role probabilities (s, 9) of each mail's sentences, from the network and a bag of words."""
        texts = [neutral(sentence.text).text for sentences, _ in mails for sentence in sentences]
        if not texts:
            return [np.zeros((0, len(_ROLES))) for _ in mails]
        columns = [[str(name) for name in self._role.classes_].index(role.value) for role in _ROLES]
        words = np.log(self._role.predict_proba(texts)[:, columns] + 1e-4)
        cuts = np.cumsum([len(sentences) for sentences, _ in mails])[:-1]
        return [
            softmax((encoding.role_logits.astype(np.float64) + ROLE_WORDS_WEIGHT * own) / self._role_temperature)
            for (_, encoding), own in zip(mails, np.split(words, cuts), strict=True)
        ]

    def _with_areas(self, labels: list[Labels], encodings: Sequence[Encoding]) -> list[Labels]:
        """The labels with the areas of all improvements and feedback sentences, found in one go.

        The network knows the context, a bag of words knows the words: together they are right clearly more often.
        """
        asked: list[tuple[int, int, Span]] = []  # mail, sentence, run
        for row, label in enumerate(labels):
            for index, sentence in enumerate(label.sentences):
                if sentence.role is Role.FEEDBACK:
                    runs = [m.evidence for m in label.marks if m.area and sentence.span.contains(m.evidence)]
                    asked += [(row, index, run) for run in runs or [sentence.span]]
        if not asked:
            return labels
        texts: list[str] = []
        for row, index, run in asked:
            sentence = labels[row].sentences[index]
            texts += [neutral(_run_text(sentence, run)).text, neutral(sentence.text).text]
        columns = [list(self._area.classes_).index(name) for name in areas()]
        words = np.log(self._area.predict_proba(texts)[:, columns] + 1e-4).reshape(len(asked), 2, -1)
        names = list(areas())
        found: dict[tuple[int, int], list[tuple[Span, str]]] = {}
        for (row, index, run), (of_run, of_sentence) in zip(asked, words, strict=True):
            score = _network_areas(encodings[row], run) + RUN_WEIGHT * of_run + SENTENCE_WEIGHT * of_sentence
            found.setdefault((row, index), []).append((run, names[int(score.argmax())]))
        return [_set_areas(label, row, found) for row, label in enumerate(labels)]

    def _labels(
        self,
        message: Message,
        sentences: Sequence[Sentence],
        encoding: Encoding,
        roles: NDArray[np.float64],
        own: NDArray[np.bool_],
        tag_row: NDArray[np.float64],
        outcome_row: NDArray[np.float64],
        stage_row: NDArray[np.float64],
        offered: float,
    ) -> Labels:
        roles[own, : _ROLES.index(Role.COURTESY)] = 0.0
        tag = self._decide(tag_row, roles, outcome_row)
        outcome, stage = _OUTCOMES[int(outcome_row.argmax())], _STAGES[int(stage_row.argmax())]
        if tag is not Tag.UNRELATED and outcome is Outcome.UNKNOWN and outcome_row[0] > 0.35:
            outcome = Outcome.REJECTED
        labelled, marks = _read_sentences(sentences, encoding, roles, tag)
        return Labels(
            tag=tag,
            probabilities={known: float(tag_row[index]) for index, known in enumerate(_TAGS)},
            unsure=float(tag_row.max()) < self._unsure_below or float(tag_row[_TAGS.index(tag)]) < tag_row.max(),
            outcome=outcome,
            stage=stage,
            feedback_offered=offered >= 0.5 and tag is not Tag.UNRELATED,
            sentences=labelled,
            marks=marks,
        )

    def _decide(self, row: NDArray[np.float64], roles: NDArray[np.float64], outcomes: NDArray[np.float64]) -> Tag:
        """The likeliest tag, but *actionable* only from a stated probability on and with a sentence to show for it.

        What falls short of that is *generic* where it is most likely a no, since a no is never unrelated.
        """
        best = _TAGS[int(row.argmax())]
        if best is not Tag.ACTIONABLE:
            return best
        shown = len(roles) and float(roles[:, _FEEDBACK].max()) >= 0.2
        if shown and float(row[0]) >= self._actionable_from:
            return best
        a_no = int(outcomes.argmax()) == _OUTCOMES.index(Outcome.REJECTED)
        return Tag.GENERIC if a_no or row[1] >= row[2] else Tag.UNRELATED


def own_words(message: Message, sentences: Sequence[Sentence]) -> NDArray[np.bool_]:
    """Which sentences (s,) lie in a part that the candidate wrote."""
    spans = [aside.span for aside in message.asides if aside.kind is AsideKind.OWN_WORDS]
    return np.array([any(span.overlaps(s.span) for span in spans) for s in sentences], dtype=bool)


# --- sentences and marks ----------------------------------------------------------------------------------------------


def _read_sentences(
    sentences: Sequence[Sentence], encoding: Encoding, roles: NDArray[np.float64], tag: Tag
) -> tuple[tuple[Sentence, ...], tuple[Mark, ...]]:
    allowed = roles.copy()
    if tag is not Tag.ACTIONABLE:
        allowed[:, _FEEDBACK] = -1.0
    if tag is Tag.UNRELATED:
        allowed[:, _STRENGTH] = -1.0
    chosen = allowed.argmax(axis=1) if len(allowed) else np.zeros(0, int)
    if tag is Tag.ACTIONABLE and not (chosen == _FEEDBACK).any():
        chosen[int(roles[:, _FEEDBACK].argmax())] = _FEEDBACK
    words = Words(encoding, len(sentences))
    labelled: list[Sentence] = []
    marks: list[Mark] = []
    for index, sentence in enumerate(sentences):
        role = _ROLES[int(chosen[index])]
        confidence = float(roles[index, chosen[index]])
        spoken = words.of(index, sentence) if role is Role.FEEDBACK or role is Role.STRENGTH else []
        found: list[Mark] = []
        if role is Role.FEEDBACK:
            hopeful = max((float(word.logits[1]) for word in spoken), default=-math.inf) >= NEEDED_ABOVE
            found = marks_of(spoken, 0, sentence, needed=hopeful)
            marks += [replace(mark, confidence=mark.confidence * confidence) for mark in found]
        if spoken:
            praise = marks_of(spoken, 2, sentence, needed=role is Role.STRENGTH)
            marks += [mark for mark in praise if not any(mark.evidence.overlaps(gap.evidence) for gap in found)]
        labelled.append(replace(sentence, role=role, confidence=confidence))
    if tag is Tag.ACTIONABLE and not any(mark.area for mark in marks):
        index = int(np.flatnonzero(chosen == _FEEDBACK)[roles[chosen == _FEEDBACK, _FEEDBACK].argmax()])
        span = sentences[index].span
        marks.append(Mark(PENDING, span, span, float(roles[index, _FEEDBACK])))
    return tuple(labelled), tuple(sorted(marks, key=lambda mark: (mark.evidence.start, mark.evidence.end)))


def _run_text(sentence: Sentence, run: Span) -> str:
    return sentence.text[run.start - sentence.span.start : run.end - sentence.span.start]


def _network_areas(encoding: Encoding, run: Span) -> NDArray[np.float64]:
    """Scores (a,) of the areas of a run, from its tokens and its sentence."""
    spans = encoding.token_spans
    inside = (spans[:, 0] < run.end) & (spans[:, 1] > run.start)
    width = encoding.area_logits.shape[1]
    if not inside.any():
        return np.zeros(width)
    of_run = log_softmax(encoding.token_logits[inside][:, -width:].astype(np.float64).mean(axis=0))
    of_sentence = encoding.area_logits[encoding.token_sentence[inside][0]].astype(np.float64)
    return np.asarray(of_run - HEAD_WEIGHT * np.logaddexp(0, -of_sentence))


def _set_areas(label: Labels, row: int, found: dict[tuple[int, int], list[tuple[Span, str]]]) -> Labels:
    sentences, by_run = [], {}
    for index, sentence in enumerate(label.sentences):
        runs = found.get((row, index), [])
        by_run.update({(run.start, run.end): area for run, area in runs})
        sentences.append(replace(sentence, areas=tuple(sorted({area for _, area in runs}))))
    marks = [
        replace(mark, area=by_run.get((mark.evidence.start, mark.evidence.end), mark.area)) if mark.area else mark
        for mark in label.marks
    ]
    return replace(label, sentences=tuple(sentences), marks=tuple(marks))


# --- numbers ----------------------------------------------------------------------------------------------------------


def _ordered(model: Probabilities, features: NDArray[np.float64], names: Sequence[Any]) -> NDArray[np.float64]:
    """`predict_proba` (n, k) with the columns in the order of `names`; a class that was never seen gets 0."""
    raw = model.predict_proba(features)
    found = np.zeros((len(features), len(names)))
    for column, name in enumerate(model.classes_):
        found[:, [str(known) for known in names].index(str(name))] = raw[:, column]
    return found
