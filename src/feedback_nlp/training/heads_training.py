"""Fit the models of the mail on mails that the encoder has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedback_nlp.labels import ROLE_WORDS_WEIGHT, mail_features, own_words
from feedback_nlp.schema import Encoding, Message, Role, Sentence, Span, Tag
from feedback_nlp.training.dataset import GoldMail

FALSE_ACTIONABLE = 0.015  # the share of other mail that the threshold for *actionable* may let through
MIX = {Tag.ACTIONABLE: 0.4, Tag.GENERIC: 0.35, Tag.UNRELATED: 0.25}  # of mails that somebody chose to paste
KEPT_ACCURACY = 0.975  # what the program does not call unsure should be right this often


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Mails that the encoder has not seen, with its encodings of their sentences as the parser cut them."""

    mails: Sequence[GoldMail]
    messages: Sequence[Message]
    sentences: Sequence[Sequence[Sentence]]
    encodings: Sequence[Encoding]


def features_of(held_out: HeldOut) -> NDArray[np.float64]:
    """The features (n, f) of all held-out mails."""
    rows = [
        mail_features(encoding, own_words(message, sentences), len(message.text))
        for message, sentences, encoding in zip(held_out.messages, held_out.sentences, held_out.encodings, strict=True)
    ]
    return np.stack(rows)


def fit_areas(mails: Sequence[GoldMail]) -> Any:
    """A bag of words and characters to the area, from the labelled runs and sentences of all mails."""
    rows = [(mark.evidence.of(mail.text), mark.area) for mail in mails for mark in mail.improvements]
    rows += [(s.span.of(mail.text), s.areas[0]) for mail in mails for s in mail.sentences if len(s.areas) == 1]
    return _bag_of_words(rows, "balanced")


def fit_roles(mails: Sequence[GoldMail]) -> Any:
    """A bag of words and characters to the role of a sentence."""
    return _bag_of_words([(s.span.of(mail.text), s.role.value) for mail in mails for s in mail.sentences], None)


def _bag_of_words(rows: Sequence[tuple[str, str]], class_weight: str | None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    model = make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_features=12_000, dtype=np.float32),
            TfidfVectorizer(
                analyzer="char_wb",
                ngram_range=(3, 5),
                sublinear_tf=True,
                min_df=3,
                max_features=20_000,
                dtype=np.float32,
            ),
        ),
        LogisticRegression(C=3.0, max_iter=500, class_weight=class_weight),
    )
    return model.fit([text for text, _ in rows], [label for _, label in rows])


def fit_heads(held_out: HeldOut, mails: Sequence[GoldMail]) -> dict[str, Any]:
    """All parts of ``labeler.joblib``: the models of mails, sentences and areas, a temperature and two thresholds."""
    return {
        **fit_mail_models(held_out),
        "area": fit_areas(mails),
        "role": fit_roles(mails),
        "role_temperature": _role_temperature(held_out, mails),
    }


def fit_mail_models(held_out: HeldOut) -> dict[str, Any]:
    """The models of the mail as a whole and their thresholds.

    The thresholds come from cross-validated probabilities, never from mails that the same model was fitted on.
    """
    features = features_of(held_out)
    tags = np.array([mail.tag.value for mail in held_out.mails])
    groups = np.array([mail.group or mail.id for mail in held_out.mails])
    models: dict[str, Any] = {
        "tag": _model(features, tags, groups, _class_weight(tags)),
        "outcome": _model(features, np.array([mail.outcome.value for mail in held_out.mails]), groups),
        "stage": _model(features, np.array([mail.stage.value for mail in held_out.mails]), groups),
        "offered": _model(features, np.array([mail.feedback_offered for mail in held_out.mails]), groups),
    }
    probabilities = _out_of_fold(models["tag"], features, tags, groups)
    order = [list(models["tag"].classes_).index(tag.value) for tag in Tag]
    probabilities = probabilities[:, order]
    models["actionable_from"] = _actionable_from(probabilities, tags)
    models["unsure_below"] = _unsure_below(probabilities, tags)
    return models


def _class_weight(tags: NDArray[Any]) -> dict[str, float]:
    """Weights that bring the held-out mails, whatever worlds they come from, to the stated mix."""
    share = {tag.value: float((tags == tag.value).mean()) for tag in Tag}
    return {tag.value: MIX[tag] / share[tag.value] for tag in Tag if share[tag.value] > 0}


def _model(
    features: NDArray[np.float64],
    gold: NDArray[Any],
    groups: NDArray[Any],
    class_weight: dict[str, float] | None = None,
) -> Any:
    """Logistic regression on standardized features; its strength is chosen by log loss over groups of mails."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pipeline = make_pipeline(StandardScaler(), LogisticRegression(max_iter=4000, class_weight=class_weight))
    folds = list(GroupKFold(n_splits=min(5, len(set(groups)))).split(features, gold, groups))
    folds = [(train, test) for train, test in folds if set(gold[train]) == set(gold)]
    if not folds:
        return pipeline.fit(features, gold)
    search = GridSearchCV(
        pipeline,
        {"logisticregression__C": [0.003, 0.01, 0.03, 0.1, 0.3]},
        scoring=_log_loss,
        cv=folds,
    )
    return search.fit(features, gold).best_estimator_


def _log_loss(model: Any, features: NDArray[np.float64], gold: NDArray[Any]) -> float:
    from sklearn.metrics import log_loss

    return -float(log_loss(gold, model.predict_proba(features), labels=model.classes_))


def _out_of_fold(
    model: Any, features: NDArray[np.float64], gold: NDArray[Any], groups: NDArray[Any]
) -> NDArray[np.float64]:
    from sklearn.base import clone
    from sklearn.model_selection import GroupKFold

    found = np.zeros((len(gold), len(model.classes_)))
    for train, test in GroupKFold(n_splits=min(5, len(set(groups)))).split(features, gold, groups):
        fold = clone(model).fit(features[train], gold[train])
        columns = [list(model.classes_).index(name) for name in fold.classes_]
        found[np.ix_(test, columns)] = fold.predict_proba(features[test])
    return found


def _actionable_from(probabilities: NDArray[np.float64], tags: NDArray[Any]) -> float:
    """The lowest threshold at which other mail is called actionable at most as often as stated, between .5 and .65.

    Above that the misses would outweigh: what lies between is read as actionable but said to be unsure.
    """
    others = np.sort(probabilities[tags != Tag.ACTIONABLE.value, 0])[::-1]
    allowed = int(FALSE_ACTIONABLE * len(others))
    edge = float(others[allowed]) if allowed < len(others) else 0.0
    return float(np.clip(edge + 1e-3, 0.5, 0.65))


def _unsure_below(probabilities: NDArray[np.float64], tags: NDArray[Any]) -> float:
    """The lowest confidence from which on the kept mails are right as often as stated; at most .8."""
    names = [tag.value for tag in Tag]
    confidence = probabilities.max(axis=1)
    right = np.array([names[index] for index in probabilities.argmax(axis=1)]) == tags
    for floor in np.arange(0.4, 0.8, 0.01):
        kept = confidence >= floor
        if kept.any() and right[kept].mean() >= KEPT_ACCURACY:
            return float(round(floor, 2))
    return 0.8


def _role_temperature(held_out: HeldOut, mails: Sequence[GoldMail]) -> float:
    """The one temperature that makes the role probabilities of held-out sentences most likely."""
    network, texts, gold = aligned_roles(held_out)
    unseen = {mail.id for mail in held_out.mails}
    seen = [mail for mail in mails if mail.id not in unseen]
    if not texts or not seen:
        return 1.0
    words = fit_roles(seen)  # so that the bag of words, too, is judged on sentences that it has not seen
    probabilities = np.full((len(texts), len(Role)), 1e-4)
    columns = [list(Role).index(Role(name)) for name in words.classes_]
    probabilities[:, columns] = words.predict_proba(texts) + 1e-4
    logits = network + ROLE_WORDS_WEIGHT * np.log(probabilities)

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(scaled).sum(axis=1))
        return float((log_sum - scaled[np.arange(len(gold)), gold]).mean())

    best = min(np.linspace(-1.0, 1.5, 101), key=loss)
    return float(np.exp(best))


def aligned_roles(held_out: HeldOut) -> tuple[NDArray[np.float64], list[str], NDArray[np.int64]]:
    """Role logits (m, 9), words and gold roles (m,) of the sentences that the parser cut exactly as labelled."""
    roles = list(Role)
    rows, texts, gold = [], [], []
    for mail, sentences, encoding in zip(held_out.mails, held_out.sentences, held_out.encodings, strict=True):
        labelled: dict[Span, Role] = {sentence.span: sentence.role for sentence in mail.sentences}
        for index, sentence in enumerate(sentences):
            role = labelled.get(sentence.span)
            if role is not None:
                rows.append(encoding.role_logits[index].astype(np.float64))
                texts.append(sentence.text)
                gold.append(roles.index(role))
    return np.array(rows).reshape(len(gold), len(roles)), texts, np.array(gold, np.int64)
