"""What training left behind, as plain arrays: linear models and bags of words, read without importing scikit-learn.

scikit-learn trains the models and joblib writes them; both together take longer to import than a mail takes to read. A
file of models is only numbers and words in six known estimators, so it is read as such, and the probabilities are those
of `predict_proba` (``tests/test_weights.py`` compares them).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from feedback_nlp import joblib_file
from feedback_nlp.errors import ModelError
from feedback_nlp.joblib_file import Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

MADE_BY = "1.9."  # of scikit-learn: the releases whose estimators keep their numbers in the attributes read here
REMEMBERED = 8_192  # words whose pieces are remembered; mails share most of theirs
LONGEST_REMEMBERED = 40  # letters

_WORD = re.compile(r"(?u)\b\w\w+\b")  # scikit-learn's own


class Probabilities(Protocol):
    """A trained model: `classes_` (k,) and `predict_proba`, (n, k) with rows that sum to 1."""

    @property
    def classes_(self) -> NDArray[Any]: ...

    def predict_proba(self, rows: Any, /) -> NDArray[np.floating[Any]]: ...


# --- numbers ----------------------------------------------------------------------------------------------------------


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities along the last axis."""
    return np.asarray(np.exp(log_softmax(logits)))


def log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities along the last axis."""
    if not logits.size:
        return logits
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of yes."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30, 30))))


def logit(probability: Any) -> Any:
    """The inverse of `sigmoid`, bounded."""
    clipped = np.clip(probability, 3e-4, 1 - 3e-4)
    return np.log(clipped / (1 - clipped))


# --- models -----------------------------------------------------------------------------------------------------------


class Linear:
    """Logistic regression on standardized numbers."""

    def __init__(
        self,
        classes: NDArray[Any],
        coef: NDArray[np.floating[Any]],
        intercept: NDArray[np.floating[Any]],
        mean: NDArray[np.floating[Any]],
        scale: NDArray[np.floating[Any]],
    ) -> None:
        self.classes_ = classes
        self._coef, self._intercept, self._mean, self._scale = coef, intercept, mean, scale

    def predict_proba(self, features: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Probabilities (n, k) for features (n, f)."""
        scores = (features - self._mean) / self._scale @ self._coef.T + self._intercept
        return np.asarray(_probabilities(scores), np.float64)


class BagOfWords:
    """Logistic regression on the words and pieces of words of a text."""

    def __init__(
        self,
        classes: NDArray[Any],
        coef: NDArray[np.floating[Any]],
        intercept: NDArray[np.floating[Any]],
        parts: Sequence[Terms],
    ) -> None:
        self.classes_ = classes
        self._intercept = intercept
        widths = np.cumsum([0, *(len(part.idf) for part in parts)])
        if widths[-1] != coef.shape[1]:
            raise ValueError("a bag of words has other words than weights")
        self._parts = [
            (part, np.ascontiguousarray(coef[:, start:end].T))
            for part, start, end in zip(parts, widths, widths[1:], strict=False)
        ]

    def predict_proba(self, texts: Sequence[str], /) -> NDArray[np.floating[Any]]:
        """Probabilities (n, k) for n texts."""
        scores = np.empty((len(texts), len(self._intercept)), self._intercept.dtype)
        for row, text in enumerate(texts):
            lower = text.lower()
            found = [(part.weigh(lower), weights) for part, weights in self._parts]
            # One sum over both parts, word by word in the order of the vocabulary, as a sparse matrix adds.
            terms = [values[:, None] * weights[columns] for (columns, values), weights in found]
            scores[row] = np.concatenate(terms).sum(axis=0)
        return _probabilities(scores + self._intercept)


class Terms:
    """The words of a text (runs of one to n of them), or the pieces of its words, weighed by how rare they are."""

    def __init__(
        self, vocabulary: dict[str, int], idf: NDArray[np.floating[Any]], pieces: bool, lengths: tuple[int, int]
    ) -> None:
        self.idf = idf
        self._vocabulary = vocabulary
        self._lengths = lengths
        self._pieces = pieces
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._pieces_of)

    def weigh(self, lower: str) -> tuple[NDArray[np.int64], NDArray[np.floating[Any]]]:
        """Columns (t,) in rising order, and their weights (t,), whose squares sum to 1; `lower`: text in lower case."""
        found = self._found_pieces(lower) if self._pieces else self._found_words(lower)
        counts = sorted(Counter(found).items())
        columns = np.array([column for column, _ in counts], np.int64)
        values = np.array([count for _, count in counts], self.idf.dtype)
        if len(values):
            values = (np.log(values) + values.dtype.type(1.0)) * self.idf[columns]
            length = math.sqrt(float(np.cumsum((values * values).astype(np.float64))[-1]))
            values = (values.astype(np.float64) / length).astype(values.dtype)
        return columns, values

    def _found_words(self, lower: str) -> list[int]:
        words = _WORD.findall(lower)
        low, high = self._lengths
        known = self._vocabulary
        runs = (" ".join(words[at : at + n]) for n in range(low, high + 1) for at in range(len(words) - n + 1))
        return [known[run] for run in runs if run in known]

    def _found_pieces(self, lower: str) -> list[int]:
        found: list[int] = []
        for word in lower.split():
            found += self._remembered(word) if len(word) <= LONGEST_REMEMBERED else self._pieces_of(word)
        return found

    def _pieces_of(self, word: str) -> tuple[int, ...]:
        """The known pieces of one word with a space on both sides; a word shorter than a piece counts once."""
        padded = f" {word} "
        known = self._vocabulary
        low, high = self._lengths
        high = max(low, min(high, len(padded)))
        return tuple(
            known[piece]
            for n in range(low, high + 1)
            for at in range(max(1, len(padded) - n + 1))
            if (piece := padded[at : at + n]) in known
        )


def _probabilities(scores: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Probabilities (n, k) from scores (n, k), or (n, 1) where there are two classes."""
    if scores.shape[1] == 1:
        yes = 1.0 / (1.0 + np.exp(-scores))
        return np.concatenate([1.0 - yes, yes], axis=1)
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


# --- reading a file of models -----------------------------------------------------------------------------------------


_PIPELINE, _UNION = "sklearn.pipeline.Pipeline", "sklearn.pipeline.FeatureUnion"
_VECTORIZER = "sklearn.feature_extraction.text.TfidfVectorizer"
_REGRESSION = "sklearn.linear_model._logistic.LogisticRegression"
_SCALER = "sklearn.preprocessing._data.StandardScaler"
_KNOWN = frozenset(
    [_PIPELINE, _UNION, _VECTORIZER, "sklearn.feature_extraction.text.TfidfTransformer", _REGRESSION, _SCALER]
)


def read_models(raw: bytes, path: Path) -> Any:
    """What a joblib file holds, its estimators as `Linear` and `BagOfWords`. Raises `ModelError` for anything else.

    A digest proves that the file belongs to its card, not that a friend wrote both; and a pickle can call anything that
    it can name. So a name is looked up in a short table, whatever is installed beside.
    """
    try:
        return _made(joblib_file.read(raw, _KNOWN), path)
    except joblib_file.StrangeName as error:
        raise ModelError(
            f"{path} names {str(error)!r}, which no model has, and was not opened: run 'feedback-nlp train', "
            "or install the package again"
        ) from None
    except joblib_file.DAMAGE as error:
        raise ModelError(
            f"{path} is damaged ({type(error).__name__}): run 'feedback-nlp train', or install the package again"
        ) from None


def _made(found: Any, path: Path) -> Any:
    """The models of the file; numbers stay as they are."""
    if isinstance(found, dict):
        return {name: _made(value, path) for name, value in found.items()}
    return _model(found, path) if isinstance(found, Part) else found


def _model(found: Part, path: Path) -> Linear | BagOfWords:
    (_, first), (_, regression) = _of(found, _PIPELINE, "steps")
    version = str(_of(regression, _REGRESSION, "_sklearn_version"))
    if not version.startswith(MADE_BY):
        raise ModelError(
            f"{path} was made by scikit-learn {version[:20]}, and models of {MADE_BY}* are read: "
            "run 'feedback-nlp train', or install the package again"
        )
    classes, coef = np.asarray(_of(regression, _REGRESSION, "classes_")), _numbers(regression, _REGRESSION, "coef_")
    intercept = _numbers(regression, _REGRESSION, "intercept_")
    if coef.shape[0] != (1 if len(classes) == 2 else len(classes)) or intercept.shape != coef.shape[:1]:
        raise ValueError("weights and classes differ")
    if first.name == _SCALER:
        mean, scale = _numbers(first, _SCALER, "mean_"), _numbers(first, _SCALER, "scale_")
        if mean.shape != coef.shape[1:] or scale.shape != mean.shape:
            raise ValueError("scales and weights differ")
        return Linear(classes, coef, intercept, mean, scale)
    parts = _of(first, _UNION, "transformer_list")
    return BagOfWords(classes, coef, intercept, [_terms(part) for _, part in parts])


def _terms(part: Any) -> Terms:
    """A vectorizer of the kind that training makes; any other setting is refused rather than read wrongly."""
    wanted = {"lowercase": True, "sublinear_tf": True, "norm": "l2", "use_idf": True, "binary": False}
    wanted |= {"strip_accents": None, "stop_words": None, "preprocessor": None, "tokenizer": None}
    wanted |= {"token_pattern": _WORD.pattern}
    settings = {name: _of(part, _VECTORIZER, name) for name in (*wanted, "analyzer", "ngram_range")}
    analyzer, (low, high) = settings.pop("analyzer"), settings.pop("ngram_range")
    if settings != wanted or analyzer not in ("word", "char_wb") or not 1 <= low <= high <= 9:
        raise ValueError("words of another kind")
    idf = _numbers(_of(part, _VECTORIZER, "_tfidf"), "sklearn.feature_extraction.text.TfidfTransformer", "idf_")
    vocabulary = {str(word): int(column) for word, column in _of(part, _VECTORIZER, "vocabulary_").items()}
    if sorted(vocabulary.values()) != list(range(len(idf))):
        raise ValueError("words and weights differ")
    return Terms(vocabulary, idf, analyzer == "char_wb", (low, high))


def _of(part: Any, kind: str, name: str) -> Any:
    """An attribute of a part of a known kind."""
    if not isinstance(part, Part) or part.name != kind:
        raise TypeError("another kind of model")
    return part.state[name]


def _numbers(part: Any, kind: str, name: str) -> NDArray[np.floating[Any]]:
    array = np.asarray(_of(part, kind, name))
    if not np.issubdtype(array.dtype, np.floating) or not np.isfinite(array).all():
        raise ValueError("not numbers")
    return array
