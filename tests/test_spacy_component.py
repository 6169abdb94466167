"""``nlp.add_pipe("feedback_nlp")``."""

from __future__ import annotations

import pickle

import pytest
import spacy

from feedback_nlp.analyzer import shipped_models
from feedback_nlp.spacy_component import FeedbackComponent


@pytest.mark.skipif(not (shipped_models() / "card.json").is_file(), reason="models/ is empty")
def test_the_report_is_on_the_document() -> None:
    """The component is found by its name and sets `doc._.feedback`."""
    nlp = spacy.blank("en")
    nlp.add_pipe("feedback_nlp")
    doc = nlp("We have decided to move forward with other candidates. We wish you all the best.")
    assert doc._.feedback.analysis.message.text == doc.text
    assert nlp("")._.feedback is None


def test_nothing_is_loaded_before_the_first_document() -> None:
    """Making the component reads no model, and it can be sent to another process."""
    component = FeedbackComponent("no-such-folder")
    assert pickle.loads(pickle.dumps(component)).models == "no-such-folder"
