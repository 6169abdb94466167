"""For scikit-learn's people: mails as rows of a pipeline.

`FeedbackLabeler` says what each mail is, `FeedbackFeatures` turns mails into numbers; both are trained already and read
text. `MailClassifier` learns labels of your own from such numbers, in the way that the shipped models were trained::

    make_pipeline(FeedbackFeatures(), MailClassifier()).fit(texts, labels)

``check_estimator`` runs all of its checks on `MailClassifier`. It has none for estimators that read text, as it has
none for `CountVectorizer`; what can be checked of the other two is checked one by one in the tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from feedback_nlp.errors import InputError
from feedback_nlp.labels import mail_features, own_words
from feedback_nlp.schema import Encoding, Labels, Message, Outcome, Role, Sentence, Stage, Tag

if TYPE_CHECKING:
    from feedback_nlp.analyzer import Analyzer

Texts = Iterable[str | bytes | Message]

WINDOW = 64  # mails that go through the networks together
STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # values of C that are tried
PLAIN_STRENGTH = 0.1  # C where there are too few mails to choose
FOLDS = 5
LEAST = 100  # mails; with fewer, the choice of C is noise

FEATURE_NAMES = (
    *(f"log_p_{tag}" for tag in Tag),
    *(f"log_p_outcome_{outcome}" for outcome in Outcome),
    *(f"log_p_stage_{stage}" for stage in Stage),
    "logit_feedback_offered",
    *(f"logit_best_{role}" for role in Role),
    *(f"logit_second_{role}" for role in (Role.FEEDBACK, Role.STRENGTH)),
    *(f"mean_{role}" for role in Role),
    "logit_marked",
    "log_sentences",
    "log_length",
)
"""The columns of `FeedbackFeatures`, in the order of `labels.mail_features`."""


class FeedbackLabeler(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The shipped models as a classifier of mails: *actionable*, *generic* or *unrelated*.

    Trained already: `fit` learns nothing and only checks that labels, if given, are tags, so that the estimator can
    stand in ``cross_val_score`` or beside another model. `models` is a folder, by default the shipped one.
    """

    def __init__(self, models: str | Path | None = None) -> None:
        self.models = models

    def fit(self, X: Texts, y: ArrayLike | None = None) -> FeedbackLabeler:
        """Nothing is learned. Raises `ValueError` when a label in `y` is no tag."""
        _not_one_text(X)
        strange = sorted({str(label) for label in np.asarray(y).ravel()} - set(Tag)) if y is not None else []
        if strange:
            raise ValueError(f"{strange[0]!r} is no tag: FeedbackLabeler knows {', '.join(Tag)}")
        return self

    @property
    def classes_(self) -> NDArray[np.str_]:
        """The tags, in the order of the columns of `predict_proba`."""
        return np.array([str(tag) for tag in Tag])

    def predict(self, X: Texts) -> NDArray[np.str_]:
        """The tag (n,) of each mail.

        This is the program's answer: not always the likeliest tag, because *actionable* needs a sentence to show for
        it. Raises `InputError` with the row when there is nothing to read in a mail.
        """
        return np.array([str(labels.tag) for labels in self._labels(X)], dtype=self.classes_.dtype)

    def predict_proba(self, X: Texts) -> NDArray[np.float64]:
        """Calibrated probabilities (n, 3) of the tags."""
        rows = [[labels.probabilities[tag] for tag in Tag] for labels in self._labels(X)]
        return np.array(rows, np.float64).reshape(-1, len(Tag))

    def _labels(self, mails: Texts) -> Iterator[Labels]:
        analyzer = _analyzer(self.models)
        for window in _read(analyzer, mails):
            yield from analyzer.labeler.label_all(window)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        return _reads_text(super().__sklearn_tags__())


class FeedbackFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What the networks see in a mail as a whole, as numbers (n, 36): the input of the shipped models of the mail.

    Trained already: `fit` learns nothing. The columns are `FEATURE_NAMES`: log-probabilities and logits of tag,
    outcome, stage and offer, the likeliest sentences of each role, and the sizes of the mail. `models` is a folder, by
    default the shipped one.
    """

    def __init__(self, models: str | Path | None = None) -> None:
        self.models = models

    def fit(self, X: Texts, y: object = None) -> FeedbackFeatures:
        """Nothing is learned."""
        _not_one_text(X)
        return self

    def transform(self, X: Texts) -> NDArray[np.float64]:
        """The features (n, 36). Raises `InputError` with the row when there is nothing to read in a mail."""
        rows = [
            mail_features(encoding, own_words(message, sentences), len(message.text))
            for window in _read(_analyzer(self.models), X)
            for message, sentences, encoding in window
        ]
        return np.array(rows, np.float64).reshape(-1, len(FEATURE_NAMES))

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """The names of the columns."""
        return np.array(FEATURE_NAMES, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        return _reads_text(super().__sklearn_tags__())


class MailClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Labels of your own from a few hundred mails: logistic regression on standardized features.

    `C` is the inverse strength of the regularization; None chooses it by the log loss over cross-validation, as for the
    shipped models, from 100 mails on. `class_weight` as in scikit-learn. After `fit`: ``classes_``, ``C_``, ``model_``.
    """

    def __init__(self, C: float | None = None, class_weight: dict[Any, float] | str | None = None) -> None:
        self.C = C
        self.class_weight = class_weight

    def fit(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None) -> MailClassifier:
        """Learn from features (n, f) and labels (n,). Mails of one of the `groups` (n,) stay in one fold."""
        rows, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        self.classes_, counts = np.unique(labels, return_counts=True)
        if len(self.classes_) < 2:
            raise ValueError("MailClassifier needs mails of at least two classes; there is one class only")
        plain = make_pipeline(
            StandardScaler(),
            LogisticRegression(C=self.C or PLAIN_STRENGTH, max_iter=4000, class_weight=self.class_weight),
        )
        folds = _folds(rows, labels, counts, groups) if self.C is None else []
        if folds:
            search = GridSearchCV(
                plain, {"logisticregression__C": list(STRENGTHS)}, scoring="neg_log_loss", cv=folds
            ).fit(rows, labels)
            self.model_ = search.best_estimator_
        else:
            self.model_ = plain.fit(rows, labels)
        self.C_ = self.model_[-1].C
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities (n, k) of ``classes_``."""
        check_is_fitted(self)
        return np.asarray(self.model_.predict_proba(validate_data(self, X, dtype=np.float64, reset=False)))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likeliest class (n,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])


def _folds(
    rows: NDArray[np.float64], labels: NDArray[Any], counts: NDArray[np.int64], groups: ArrayLike | None
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The folds in which every class is learned; none where there are too few mails to judge by."""
    if len(labels) < LEAST or counts.min() < FOLDS:
        return []
    if groups is None:
        return list(StratifiedKFold(FOLDS).split(rows, labels))
    if len(np.unique(np.asarray(groups))) < FOLDS:
        return []
    split = GroupKFold(FOLDS).split(rows, labels, np.asarray(groups))
    known = set(labels.tolist())
    return [(train, test) for train, test in split if set(labels[train].tolist()) == known]


# --- reading ----------------------------------------------------------------------------------------------------------


@cache
def _load(models: str | None) -> Analyzer:
    from feedback_nlp.analyzer import load

    return load(Path(models) if models is not None else None)


def _analyzer(models: str | Path | None) -> Analyzer:
    """One analyzer for all estimators of a process: a clone in a cross-validation loads nothing again."""
    return _load(None if models is None else str(models))


def _read(analyzer: Analyzer, mails: Texts) -> Iterator[list[tuple[Message, Sequence[Sentence], Encoding]]]:
    """Windows of mails with their sentences and what the networks say of them."""
    _not_one_text(mails)
    messages = [_message(analyzer, row, mail) for row, mail in enumerate(mails)]
    for start in range(0, len(messages), WINDOW):
        window = messages[start : start + WINDOW]
        sentences = analyzer.parser.parse_all(window)
        encodings = analyzer.encoder.encode_all(list(zip(window, sentences, strict=True)))
        yield list(zip(window, sentences, encodings, strict=True))


def _message(analyzer: Analyzer, row: int, mail: object) -> Message:
    if not isinstance(mail, str | bytes | Message):
        raise ValueError(f"row {row} is {type(mail).__name__}: give the text of a mail (str), its bytes, or a Message")
    try:
        return analyzer.message(mail)
    except InputError as error:
        raise type(error)(f"row {row}: {error}") from None


def _not_one_text(mails: object) -> None:
    if isinstance(mails, str | bytes | Message):
        raise ValueError("one mail was given where many are expected: put it into a list")


def _reads_text(tags: Any) -> Any:
    tags.input_tags.string = True
    tags.input_tags.two_d_array = False
    tags.target_tags.required = False
    tags.requires_fit = False
    return tags
