"""From numbers to labels: the one module of the pipeline that knows scikit-learn.

The encoder proposes roles, areas and marked runs for each sentence and a first reading of the mail. Small linear models
on top, trained on mails that the encoder has not seen, turn them into calibrated labels of the mail as a whole. At last
the labels are made to agree: a mail is actionable exactly when one of its sentences is feedback.
"""

from __future__ import annotations

import io
import math
import pickle
import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_nlp.content import areas
from feedback_nlp.errors import ModelError
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

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARK_COST = 2.0  # nats that a mark must earn over having none; calibrated on held-out writers
BEGIN_WEIGHT = 0.5  # how much the beginnings count against the insides of marks, likewise
NEEDED_ABOVE = -1.5  # a feedback sentence whose likeliest word reaches this logit has at least one mark, likewise
TOPIC_BIAS = 0.2  # added to each word's topic logit, likewise
ROLE_WORDS_WEIGHT = 0.5  # of a bag of words against the network, in the choice of a role; likewise
RUN_WEIGHT = 1.0  # of the words of a run against the network, in the choice of its area; likewise
SENTENCE_WEIGHT = 1.0  # of the words of its sentence
LONGEST_TOPIC = 14  # words
PENDING = "?"  # an improvement whose area is still to be chosen

_ROLES = tuple(Role)
_TAGS, _OUTCOMES, _STAGES = tuple(Tag), tuple(Outcome), tuple(Stage)
_FEEDBACK, _STRENGTH = _ROLES.index(Role.FEEDBACK), _ROLES.index(Role.STRENGTH)
# What a joblib file of models may name: the parts of arrays, and classes of these packages.
_ARRAY_PARTS = frozenset(
    [("joblib.numpy_pickle", "NumpyArrayWrapper"), ("numpy._core.multiarray", "scalar")]
    + [("numpy._core.multiarray", "_reconstruct"), ("scipy.sparse._dia", "dia_matrix")]
    + [("scipy.sparse._csr", "csr_matrix")]
    + [("numpy", name) for name in ("dtype", "ndarray", "bool", "float32", "float64", "int32", "int64", "str_")]
)
_ESTIMATORS = tuple(
    f"sklearn.{name}."
    for name in ("calibration", "feature_extraction", "isotonic", "linear_model", "pipeline", "preprocessing")
)
_DAMAGE = (
    ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError, MemoryError, OSError,
    RecursionError, TypeError, ValueError, pickle.PickleError, struct.error, zlib.error,
)  # fmt: skip
_EDGE = " \t\n\r.,;:!?\"'“”‘’()[]*•-–—>"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence with the mean logits of its tokens."""

    span: Span
    logits: NDArray[np.float32]  # (channels + areas,)


# --- features of a mail -----------------------------------------------------------------------------------------------


def mail_features(encoding: Encoding, own: NDArray[np.bool_], length: int) -> NDArray[np.float64]:
    """The features (f,) that the models of the mail see. `own`: sentences that the candidate wrote, which do not count.

    Everything is a log-probability or a bounded count, so that a linear model can weigh it.
    """
    mail = encoding.mail_logits.astype(np.float64)
    tags = _log_softmax(mail[: len(_TAGS)])
    outcomes = _log_softmax(mail[len(_TAGS) : len(_TAGS) + len(_OUTCOMES)])
    stages = _log_softmax(mail[len(_TAGS) + len(_OUTCOMES) : -1])
    roles = _softmax(encoding.role_logits.astype(np.float64))
    roles = roles[~own] if len(roles) == len(own) and not own.all() else roles
    if not len(roles):
        roles = np.full((1, len(_ROLES)), 1e-3)
    top = np.sort(roles, axis=0)[::-1]
    second = top[1] if len(top) > 1 else np.full(len(_ROLES), 1e-3)
    marked = _sigmoid(encoding.token_logits[:, 1].astype(np.float64)) if len(encoding.token_logits) else np.zeros(1)
    return np.concatenate(
        [
            np.maximum(tags, -8),
            np.maximum(outcomes, -8),
            np.maximum(stages, -8),
            [np.clip(mail[-1], -8, 8)],
            _logit(top[0]),
            _logit(second[[_FEEDBACK, _STRENGTH]]),
            roles.mean(axis=0),
            [_logit(np.sort(marked)[-3:].mean()), math.log1p(len(roles)), math.log1p(length) / 4],
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
        import warnings

        from sklearn.exceptions import InconsistentVersionWarning

        path = folder / "labeler.joblib"
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path} is missing: run 'feedback-nlp train', or reinstall") from error
        with warnings.catch_warnings():
            warnings.simplefilter("error", InconsistentVersionWarning)
            try:
                models = read_models(raw, path)
            except InconsistentVersionWarning as error:
                raise ModelError(
                    f"{path} was made by scikit-learn {error.original_sklearn_version}, this is "
                    f"{error.current_sklearn_version}: run 'feedback-nlp train'"
                ) from None
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
        texts = [sentence.text for sentences, _ in mails for sentence in sentences]
        if not texts:
            return [np.zeros((0, len(_ROLES))) for _ in mails]
        columns = [[str(name) for name in self._role.classes_].index(role.value) for role in _ROLES]
        words = np.log(self._role.predict_proba(texts)[:, columns] + 1e-4)
        cuts = np.cumsum([len(sentences) for sentences, _ in mails])[:-1]
        return [
            _softmax((encoding.role_logits.astype(np.float64) + ROLE_WORDS_WEIGHT * own) / self._role_temperature)
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
            texts += [_run_text(sentence, run), sentence.text]
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
        tag = self._decide(tag_row, roles)
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

    def _decide(self, row: NDArray[np.float64], roles: NDArray[np.float64]) -> Tag:
        """The likeliest tag, but *actionable* only from a stated probability on and with a sentence to show for it."""
        best = _TAGS[int(row.argmax())]
        if best is not Tag.ACTIONABLE:
            return best
        shown = len(roles) and float(roles[:, _FEEDBACK].max()) >= 0.2
        if shown and float(row[0]) >= self._actionable_from:
            return best
        return Tag.GENERIC if row[1] >= row[2] else Tag.UNRELATED


def read_models(raw: bytes, path: Path) -> Any:
    """What a joblib file holds, if that is made of numbers, words and estimators. Raises `ModelError` otherwise.

    A digest proves that the file belongs to its card, not that a friend wrote both; and a pickle can call anything that
    it can name. So it may name classes of scikit-learn and what arrays are made of, and nothing else.
    """
    from joblib import numpy_pickle

    class Unpickler(numpy_pickle.NumpyUnpickler):  # type: ignore[misc]
        def find_class(self, module: str, name: str) -> Any:
            if "." not in name and (module, name) in _ARRAY_PARTS:
                return super().find_class(module, name)
            if "." not in name and f"{module}.".startswith(_ESTIMATORS):
                found = super().find_class(module, name)
                if isinstance(found, type) and f"{found.__module__}.".startswith(_ESTIMATORS):
                    return found
            raise ModelError(
                f"{path} names {module[:60]!r}, which no model has, and was not opened: run 'feedback-nlp train', "
                "or install the package again"
            )

    try:
        with numpy_pickle._validate_fileobject_and_memmap(io.BytesIO(raw), "", None) as (file, _):
            return Unpickler("", file, ensure_native_byte_order=True).load()
    except _DAMAGE as error:
        raise ModelError(
            f"{path} is damaged ({type(error).__name__}): run 'feedback-nlp train', or install the package again"
        ) from None


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
    words = list(_words(sentences, encoding))
    labelled: list[Sentence] = []
    marks: list[Mark] = []
    for index, sentence in enumerate(sentences):
        role = _ROLES[int(chosen[index])]
        confidence = float(roles[index, chosen[index]])
        found: list[Mark] = []
        if role is Role.FEEDBACK:
            hopeful = max((float(word.logits[1]) for word in words[index]), default=-math.inf) >= NEEDED_ABOVE
            found = _marks(words[index], 0, sentence, needed=hopeful)
            marks += [replace(mark, confidence=mark.confidence * confidence) for mark in found]
        if role is Role.STRENGTH or role is Role.FEEDBACK:
            praise = _marks(words[index], 2, sentence, needed=role is Role.STRENGTH)
            marks += [mark for mark in praise if not any(mark.evidence.overlaps(gap.evidence) for gap in found)]
        labelled.append(replace(sentence, role=role, confidence=confidence))
    if tag is Tag.ACTIONABLE and not any(mark.area for mark in marks):
        index = int(np.flatnonzero(chosen == _FEEDBACK)[roles[chosen == _FEEDBACK, _FEEDBACK].argmax()])
        span = sentences[index].span
        marks.append(Mark(PENDING, span, span, float(roles[index, _FEEDBACK])))
    return tuple(labelled), tuple(sorted(marks, key=lambda mark: (mark.evidence.start, mark.evidence.end)))


def _words(sentences: Sequence[Sentence], encoding: Encoding) -> Iterator[list[Word]]:
    """The words of each sentence; tokens that touch are one word."""
    order: list[list[int]] = [[] for _ in sentences]
    for token, index in enumerate(encoding.token_sentence):
        order[int(index)].append(token)
    for sentence, tokens in zip(sentences, order, strict=True):
        words: list[list[int]] = []
        for token in tokens:
            if words and encoding.token_spans[words[-1][-1], 1] == encoding.token_spans[token, 0]:
                words[-1].append(token)
            else:
                words.append([token])
        yield [
            Word(
                Span(int(encoding.token_spans[run[0], 0]), int(encoding.token_spans[run[-1], 1])),
                _word_logits(
                    encoding.token_logits[run],
                    np.array([_spoken(sentence, encoding.token_spans[token]) for token in run], bool),
                ),
            )
            for run in words
        ]


def _spoken(sentence: Sentence, span: NDArray[np.int64]) -> bool:
    first = int(span[0]) - sentence.span.start
    return sentence.text[first : first + 1].isalnum()


def _word_logits(tokens: NDArray[np.float32], spoken: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Mean over the tokens that are letters or digits (a full stop must not veto its word).

    The beginning of a mark is the likeliest beginning among the tokens.
    """
    kept = tokens[spoken] if spoken.any() else tokens
    logits = kept.mean(axis=0)
    logits[[0, 2]] = kept[:, [0, 2]].max(axis=0)
    return np.asarray(logits, np.float32)


def _marks(words: list[Word], column: int, sentence: Sentence, *, needed: bool = False) -> list[Mark]:
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
        if evidence is None:
            continue
        topic = _topic(words[start:end], evidence, sentence)
        found.append(Mark(PENDING if column == 0 else "", evidence, topic, float(_sigmoid(inside[start:end]).mean())))
    return found


def best_runs(inside: NDArray[np.float64], begins: NDArray[np.float64], cost: float) -> list[tuple[int, int]]:
    """The likeliest division of a sentence's words into marks and the rest, as half-open runs (Viterbi).

    `inside` and `begins` are logits a word: to lie in a mark, and to begin one. Each mark must earn `cost`, so that an
    elaboration of a point that is already marked stays without a mark of its own.
    """
    log_in, log_out = -np.logaddexp(0, -inside), -np.logaddexp(0, inside)
    start, go_on = -np.logaddexp(0, -begins), -np.logaddexp(0, begins)
    # Scores of the best path that ends outside, or inside a mark; with where each came from.
    out, within = 0.0, -math.inf
    steps: list[
        tuple[bool, int]
    ] = []  # came to "outside" from inside?; came to "inside" by: 0 on, 1 new, 2 new after one
    for at in range(len(inside)):
        new_out = max(out, within) + log_out[at]
        opened = log_in[at] + BEGIN_WEIGHT * start[at] - cost
        choices = (within + log_in[at] + BEGIN_WEIGHT * go_on[at], out + opened, within + opened)
        best = int(np.argmax(choices))
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


def _run_text(sentence: Sentence, run: Span) -> str:
    return sentence.text[run.start - sentence.span.start : run.end - sentence.span.start]


def _network_areas(encoding: Encoding, run: Span) -> NDArray[np.float64]:
    """Log-probabilities (a,) of the areas of a run, from its tokens."""
    spans = encoding.token_spans
    inside = (spans[:, 0] < run.end) & (spans[:, 1] > run.start)
    width = encoding.area_logits.shape[1]
    if not inside.any():
        return np.zeros(width)
    return _log_softmax(encoding.token_logits[inside][:, -width:].astype(np.float64).mean(axis=0))


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


def _topic(words: list[Word], evidence: Span, sentence: Sentence) -> Span:
    """The contiguous run of words with the largest sum of logits, at least one word."""
    scores = np.array([word.logits[4] for word in words], np.float64) + TOPIC_BIAS
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


# --- numbers ----------------------------------------------------------------------------------------------------------


def _ordered(model: Any, features: NDArray[np.float64], names: Sequence[Any]) -> NDArray[np.float64]:
    """`predict_proba` (n, k) with the columns in the order of `names`; a class that was never seen gets 0."""
    raw = model.predict_proba(features)
    found = np.zeros((len(features), len(names)))
    for column, name in enumerate(model.classes_):
        found[:, [str(known) for known in names].index(str(name))] = raw[:, column]
    return found


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.exp(_log_softmax(logits)))


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    if not logits.size:
        return logits
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))))


def _logit(probability: Any) -> Any:
    clipped = np.clip(probability, 3e-4, 1 - 3e-4)
    return np.log(clipped / (1 - clipped))
