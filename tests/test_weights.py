"""Models as plain arrays say what scikit-learn says."""

import io

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from feedback_nlp.analyzer import shipped_models
from feedback_nlp.errors import ModelError
from feedback_nlp.training.heads_training import _bag_of_words
from feedback_nlp.weights import read_models

MODELS = shipped_models() / "labeler.joblib"
TEXTS = [
    "Your SQL answers were hesitant, particularly on window functions.",
    "We wish you all the best!",
    "",
    "a",
    "I.",
    "ÀÉ ß İstanbul \u2003 zwei\tdrei",
    "x" * 300,
    "no no no no, and no again: No.",
    "👍 12 % of 3.5",
]


@pytest.fixture(scope="module")
def trained():
    return joblib.load(MODELS)


@pytest.fixture(scope="module")
def arrays():
    return read_models(MODELS.read_bytes(), MODELS)


def saved(tmp_path, models, **options):
    path = tmp_path / "labeler.joblib"
    joblib.dump(models, path, **options)
    return path.read_bytes(), path


@pytest.mark.parametrize("name", ["role", "area"])
def test_bags_of_words_agree_with_scikit_learn(trained, arrays, name):
    """The same probabilities for every text, to the precision of the weights (32 bits)."""
    assert list(arrays[name].classes_) == list(trained[name].classes_)
    found, wanted = arrays[name].predict_proba(TEXTS), trained[name].predict_proba(TEXTS)
    assert found.dtype == wanted.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6)
    assert list(found.argmax(axis=1)) == list(wanted.argmax(axis=1))


@pytest.mark.parametrize("name", ["tag", "outcome", "stage", "offered"])
def test_models_of_the_mail_agree_with_scikit_learn(trained, arrays, name):
    """The same probabilities to 1e-9, two classes or more."""
    features = np.random.default_rng(4).normal(scale=3.0, size=(40, trained[name].n_features_in_))
    np.testing.assert_allclose(
        arrays[name].predict_proba(features), trained[name].predict_proba(features), rtol=0, atol=1e-9
    )


@pytest.mark.parametrize("options", [{}, {"compress": 3}, {"compress": ("zlib", 9)}])
def test_a_fresh_model_is_read_plain_or_packed(tmp_path, options):
    """What training makes is read back with the same probabilities, in 64 bits to 1e-9."""
    rows = [(text, "short" if len(text) < 30 else "long") for text in TEXTS * 4]
    bag = _bag_of_words([*rows, ("neither of them", "other"), ("neither of these", "other")], None)
    plain = make_pipeline(StandardScaler(), LogisticRegression()).fit(np.eye(6), [True, False] * 3)
    read = read_models(*saved(tmp_path, {"role": bag, "offered": plain, "unsure_below": 0.6}, **options))
    assert read["unsure_below"] == 0.6
    np.testing.assert_allclose(read["role"].predict_proba(TEXTS), bag.predict_proba(TEXTS), rtol=0, atol=1e-6)
    np.testing.assert_allclose(read["offered"].predict_proba(np.eye(6)), plain.predict_proba(np.eye(6)), atol=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), RandomForestClassifier(2)).fit(np.eye(4), [0, 1, 0, 1]),
        make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["aa bb", "cc"], [0, 1]),
    ],
    ids=["a forest", "one vectorizer"],
)
def test_other_models_are_refused_rather_than_read_wrongly(tmp_path, model):
    """Training must not save what the program cannot read as numbers: the message names the mending command."""
    with pytest.raises(ModelError, match="run 'feedback-nlp train'"):
        read_models(*saved(tmp_path, {"tag": model}))


def test_other_settings_of_a_bag_of_words_are_refused(tmp_path):
    """A vectorizer that keeps upper case would count other words than we do."""
    bag = _bag_of_words([(text, str(len(text) > 30)) for text in TEXTS * 4], None)
    bag.steps[0][1].transformer_list[0][1].lowercase = False
    with pytest.raises(ModelError, match="is damaged"):
        read_models(*saved(tmp_path, {"role": bag}))


def test_models_of_another_scikit_learn_are_refused(tmp_path):
    """Another version may keep its numbers elsewhere; the message names both versions."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(np.eye(4), [0, 1, 0, 1])
    raw, path = saved(tmp_path, {"tag": model})
    assert raw.count(b"1.9.") == 1
    with pytest.raises(ModelError, match=r"made by scikit-learn 1\.8\.\d"):
        read_models(raw.replace(b"1.9.", b"1.8."), path)


def test_an_array_that_lies_about_its_size_is_refused(tmp_path):
    """No memory is taken for numbers that the file does not hold."""
    raw, path = saved(tmp_path, {"tag": np.zeros(3)})
    with pytest.raises(ModelError, match="is damaged"):
        read_models(raw[:-8], path)
    out = io.BytesIO()
    joblib.dump(np.array([{}], dtype=object), out)
    with pytest.raises(ModelError):
        read_models(out.getvalue(), path)
