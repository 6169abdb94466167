"""The estimators for scikit-learn's pipelines."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from feedback_nlp.analyzer import Analyzer
from feedback_nlp.content import read_table
from feedback_nlp.errors import EmptyInput, ModelError
from feedback_nlp.schema import Tag
from feedback_nlp.sklearn_api import FEATURE_NAMES, FeedbackFeatures, FeedbackLabeler, MailClassifier

TEXTS = [example["text"] for example in read_table("examples")["example"]]
READS_TEXT = [FeedbackLabeler(), FeedbackFeatures()]
CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
    "check_estimator_tags_renamed",
    "check_mixin_order",
]


def test_the_classifier_passes_every_check_of_scikit_learn() -> None:
    """`check_estimator` runs all checks for classifiers of numbers; only that of another array library is left out."""
    results = check_estimator(MailClassifier(), on_fail=None, on_skip=None)
    assert {each["check_name"]: each["status"] for each in results if each["status"] != "passed"} == {
        "check_array_api_input": "skipped"
    }
    assert len(results) > 40


@pytest.mark.parametrize("estimator", READS_TEXT, ids=lambda each: type(each).__name__)
def test_scikit_learn_has_no_checks_of_its_own_for_text(estimator: FeedbackLabeler | FeedbackFeatures) -> None:
    """`check_estimator` says that it cannot test an estimator that reads text."""
    with pytest.warns(SkipTestWarning, match="Can't test estimator"):
        check_estimator(estimator)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("estimator", READS_TEXT, ids=lambda each: type(each).__name__)
def test_what_can_be_checked_of_a_text_estimator_holds(
    estimator: FeedbackLabeler | FeedbackFeatures, check: str
) -> None:
    """Parameters, cloning, tags and the order of the mixins are as scikit-learn wants them."""
    getattr(estimator_checks, check)(type(estimator).__name__, clone(estimator))


def test_the_labeler_answers_as_the_analyzer_does(analyzer: Analyzer) -> None:
    """Tags and probabilities are those of `analyze`, mail by mail."""
    labels = [analyzer.analyze(text, advice=False).analysis.labels for text in TEXTS]
    labeler = FeedbackLabeler()
    assert labeler.predict(TEXTS).tolist() == [each.tag for each in labels]
    expected = [[each.probabilities[tag] for tag in Tag] for each in labels]
    np.testing.assert_allclose(labeler.predict_proba(TEXTS), expected, atol=1e-5)
    np.testing.assert_allclose(labeler.predict_proba(TEXTS).sum(axis=1), 1)
    assert labeler.classes_.tolist() == sorted(labeler.classes_)


def test_the_labeler_stands_in_a_cross_validation(analyzer: Analyzer) -> None:
    """It is cloned and scored without being trained."""
    tags = FeedbackLabeler().predict(TEXTS)
    assert cross_val_score(FeedbackLabeler(), np.array(TEXTS), tags, cv=[([0, 1], [2, 3])]).tolist() == [1.0]


def test_the_labeler_refuses_labels_that_are_no_tags() -> None:
    """A label of one's own is refused by name: MailClassifier learns those."""
    with pytest.raises(ValueError, match="'spam' is no tag"):
        FeedbackLabeler().fit(TEXTS[:2], ["actionable", "spam"])


def test_features_have_a_name_a_column(analyzer: Analyzer) -> None:
    """The columns are finite, named, and can come as a table."""
    features = FeedbackFeatures()
    found = features.fit_transform(TEXTS)
    assert found.shape == (len(TEXTS), len(FEATURE_NAMES))
    assert np.isfinite(found).all()
    table = features.set_output(transform="pandas").transform(TEXTS)
    assert list(table.columns) == list(FEATURE_NAMES)
    best = table[[f"log_p_{tag}" for tag in Tag]].idxmax(axis=1).tolist()
    assert best[0] == "log_p_actionable"
    assert np.exp(table["log_sentences"]).round().astype(int).min() >= 2  # log(1 + n)


def test_a_pipeline_learns_labels_of_ones_own(analyzer: Analyzer) -> None:
    """Features and classifier together learn another label from texts."""
    mine = ["keep", "drop", "keep", "drop"]
    model = make_pipeline(FeedbackFeatures(), MailClassifier()).fit(TEXTS, mine)
    assert model.predict(TEXTS).tolist() == mine
    assert pickle.loads(pickle.dumps(model)).predict(TEXTS).tolist() == mine


def test_strength_is_chosen_where_there_are_enough_mails() -> None:
    """With noise only, the strongest regularization wins; groups stay together; few mails take the plain value."""
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(120, 5)), np.tile(["a", "b"], 60)
    assert MailClassifier().fit(rows, labels).C_ < 0.1
    assert MailClassifier().fit(rows, labels, groups=np.arange(120) // 2).C_ < 0.1
    assert MailClassifier().fit(rows, labels, groups=np.zeros(120)).C_ == 0.1
    assert MailClassifier().fit(rows[:90], labels[:90]).C_ == 0.1
    with pytest.raises(NotFittedError):
        MailClassifier().predict(rows)


@pytest.mark.parametrize("estimator", READS_TEXT, ids=lambda each: type(each).__name__)
def test_bad_rows_are_named(estimator: FeedbackLabeler | FeedbackFeatures, analyzer: Analyzer) -> None:
    """One text in the place of many, a row that is no text, and an empty mail each get a message."""
    answer = estimator.predict if isinstance(estimator, FeedbackLabeler) else estimator.transform
    with pytest.raises(ValueError, match="put it into a list"):
        answer(TEXTS[0])
    with pytest.raises(ValueError, match="row 1 is float"):
        answer([TEXTS[0], float("nan")])  # type: ignore[list-item]
    with pytest.raises(EmptyInput, match="row 1: "):
        answer([TEXTS[0], "  "])
    assert len(answer([])) == 0


def test_a_folder_without_models_is_refused(tmp_path: Path) -> None:
    """The models are looked for when they are needed, and the missing file is named."""
    with pytest.raises(ModelError, match=r"card\.json is missing"):
        FeedbackLabeler(tmp_path).predict(TEXTS)
