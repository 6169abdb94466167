"""``nlp.add_pipe("feedback_nlp")``."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from feedback_nlp.analyzer import Analyzer
from feedback_nlp.content import read_table
from feedback_nlp.errors import InputError
from feedback_nlp.report import to_dict
from feedback_nlp.spacy_component import FeedbackComponent

TEXTS = [example["text"].strip() for example in read_table("examples")["example"]]
UNREADABLE = "%PDF-1.7 and nothing else"


@pytest.fixture(scope="module")
def nlp(analyzer: Analyzer) -> Language:
    """A blank pipeline with the component."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("feedback_nlp")
    return pipeline


def test_the_report_is_on_the_document(nlp: Language) -> None:
    """The component is found by its name and sets `doc._.feedback`, with spans in the document's text."""
    doc = nlp(TEXTS[0])
    report = doc._.feedback
    assert report.analysis.message.text == doc.text
    assert report.advice is None
    assert all(doc.char_span(s.span.start, s.span.end) is not None for s in report.analysis.labels.sentences)
    assert nlp("")._.feedback is None


def test_many_documents_are_read_as_one_is(nlp: Language) -> None:
    """`nlp.pipe` gives the same reports in the same order, and leaves documents without words alone."""
    docs = list(nlp.pipe([*TEXTS, " "], batch_size=3))
    assert docs[-1]._.feedback is None
    for doc, text in zip(docs, TEXTS, strict=False):
        assert doc._.feedback.analysis.labels.tag is nlp(text)._.feedback.analysis.labels.tag


def test_advice_comes_when_it_is_wanted(analyzer: Analyzer) -> None:
    """The configuration turns questions and the reply on."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("feedback_nlp", config={"advice": True})
    assert pipeline(TEXTS[0])._.feedback.advice.questions


def test_as_json_it_can_be_kept(analyzer: Analyzer) -> None:
    """A dictionary travels through a DocBin, and is the schema of the program."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("feedback_nlp", config={"as_json": True})
    doc = pipeline(TEXTS[0])
    kept = DocBin(store_user_data=True, docs=[doc]).to_bytes()
    (back,) = DocBin().from_bytes(kept).get_docs(pipeline.vocab)
    assert doc._.feedback == to_dict(analyzer.analyze(TEXTS[0], advice=False))
    assert json.loads(json.dumps(back._.feedback)) == doc._.feedback  # spaCy brings lists back as tuples


def test_the_pipeline_goes_to_disk_and_back(nlp: Language, tmp_path: Path) -> None:
    """The component is saved as its configuration, without the models."""
    nlp.to_disk(tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1_000_000
    assert spacy.load(tmp_path)(TEXTS[1])._.feedback.analysis.labels.tag == "generic"


def test_nothing_is_loaded_before_the_first_document() -> None:
    """Making the component reads no model, and it can be sent to another process."""
    component = FeedbackComponent("no-such-folder")
    assert pickle.loads(pickle.dumps(component)).models == "no-such-folder"


def test_what_cannot_be_read_goes_to_the_handler_of_spacy(analyzer: Analyzer) -> None:
    """By default the error is raised; with a handler the other documents go on."""
    pipeline = spacy.blank("en")
    pipeline.add_pipe("feedback_nlp")
    pipeline.get_pipe("feedback_nlp")._analyzer = _Choosy(analyzer)  # type: ignore[attr-defined]
    with pytest.raises(InputError):
        pipeline(UNREADABLE)
    with pytest.raises(InputError):
        list(pipeline.pipe([UNREADABLE]))
    failed: list[str] = []
    pipeline.set_error_handler(lambda name, proc, docs, error: failed.extend(doc.text for doc in docs))
    assert [doc.text for doc in pipeline.pipe([UNREADABLE, TEXTS[1]])] == [TEXTS[1]]
    assert failed == [UNREADABLE]


class _Choosy:
    """An analyzer that cannot read one text."""

    def __init__(self, analyzer: Analyzer) -> None:
        self.analyze_all = analyzer.analyze_all
        self._message = analyzer.message

    def message(self, text: str) -> object:
        if text == UNREADABLE:
            raise InputError("this cannot be read")
        return self._message(text)


def test_the_attribute_belongs_to_the_document() -> None:
    """Once a component was made, every document has the attribute, empty until it is read."""
    FeedbackComponent()
    assert Doc(spacy.blank("en").vocab, words=["Hello"])._.feedback is None
