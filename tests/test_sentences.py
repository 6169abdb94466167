"""Sentences: lines first, then punctuation, then spaCy where a full stop is unclear."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_nlp.schema import Message
from feedback_nlp.sentences import Parser
from feedback_nlp.training.dataset import read_gold

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
UNSEEN = [f"t{number}" for number in range(13, 24)]  # t1 to t12 were looked at while the rules were written

parser = Parser.load()


def split(text: str) -> list[str]:
    return [sentence.text for sentence in parser.parse(Message(text))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Thank you. We chose someone else.", ["Thank you.", "We chose someone else."]),
        ("Dear Mr. Osei,\n\nThank you.", ["Dear Mr. Osei,", "Thank you."]),
        ("J. Mbatha and Dr. A. P. Moodley met you.", ["J. Mbatha and Dr. A. P. Moodley met you."]),
        ("Use tools, e.g. Jira or i.e. a board. Thanks.", ["Use tools, e.g. Jira or i.e. a board.", "Thanks."]),
        ("Come at 9 a.m. on Monday. Bring no. 4.", ["Come at 9 a.m. on Monday.", "Bring no. 4."]),
        ("We meet at 9 a.m. Please be there.", ["We meet at 9 a.m.", "Please be there."]),
        ("See https://a.example/x.y?z=1. Then apply.", ["See https://a.example/x.y?z=1.", "Then apply."]),
        ('She said "Not yet." Then she left.', ['She said "Not yet."', "Then she left."]),
        ("Good work (honest! and funny!) all round. Bye.", ["Good work (honest! and funny!) all round.", "Bye."]),
        ("Points:\n- be early\n- be brief", ["Points:", "be early", "be brief"]),
        ("1. SQL was thin\n2) CV too long\n(b) no link", ["SQL was thin", "CV too long", "no link"]),
        ("> old words\nnew words", ["old words", "new words"]),
        ("Best,\nSam\nAcme Ltd", ["Best,", "Sam", "Acme Ltd"]),
        ("Structure .......... 2\nDelivery ........ 3", ["Structure .......... 2", "Delivery ........ 3"]),
        ("Great chat 😊 Shame about the role. 👏\nBye", ["Great chat 😊", "Shame about the role. 👏", "Bye"]),
        ("* * *\n-----\n", []),
        ("It was close... very close. Sorry", ["It was close... very close.", "Sorry"]),
        ("P.S. Mind the typo.", ["P.S. Mind the typo."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
    ],
)
def test_splits(text: str, wanted: list[str]) -> None:
    """Lines, bullets, abbreviations, initials, times, links, quotes and brackets are split as a reader would."""
    assert split(text) == wanted


def test_joins_soft_wraps() -> None:
    """A sentence that a mail program wrapped is one sentence, also inside a quotation."""
    text = (
        "On behalf of the hiring committee, thank you for two full days with\n"
        "us in Leeds. Your talk drew the largest audience of any finalist and\n"
        "ran over.\n\n> At the whiteboard the estimator was defended well past the point\n> where it broke."
    )
    found = split(text)
    assert len(found) == 3
    assert found[0].endswith("with\nus in Leeds.")
    assert found[2].endswith("the point\n> where it broke.")


def test_keeps_lines_that_were_ended_on_purpose() -> None:
    """Short lines, and long lines in a mail that is not wrapped, stay apart."""
    long = "nobody questioned the planning side, your roadmap is the one they are all using now and they like it a lot"
    assert len(split(f"{long}\ncoffee tomorrow if you want the longer version")) == 2


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab Z.!?…\n\r\t>-*1)\"'(é\u2028👉_"), max_size=300))
def test_spans_are_exact_and_ordered(text: str) -> None:
    """Spans are stripped runs of the text, in order, without overlap, each with a letter or digit."""
    end = 0
    for sentence in parser.parse(Message(text)):
        assert sentence.span.start >= end
        end = sentence.span.end
        assert sentence.text == text[sentence.span.start : end] == sentence.text.strip()
        assert any(char.isalnum() for char in sentence.text)


@pytest.mark.parametrize(
    "unit",
    ["x", ".", "! ", "A. B", "(. ", ">", "- ", "the\n", '."', "1. ", "👉", ":) ", "a. ", "\n", "> a b c\n", ". ("],
)
def test_hostile_lines_take_linear_time(unit: str) -> None:
    """200 kB of one repeated unit is split at once; a quadratic rule would take minutes."""
    parser.parse(Message(unit * (200_000 // len(unit))))


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    """`parse_all` gives what `parse` gives."""
    messages = [Message(t) for t in ("One. Two.", "", "Dear Lic. Paula, hi.\n- x y z", "One. Two.")]
    assert parser.parse_all(messages) == [parser.parse(message) for message in messages]


def test_noun_chunks_are_spans_of_the_sentence() -> None:
    """Chunks come as offsets into the sentence."""
    text = "You lacked a concrete example of stakeholder management."
    assert "stakeholder management" in [chunk.of(text) for chunk in parser.chunks(text)]
    assert parser.chunks(" ") == ()


def test_boundaries_agree_with_the_labels() -> None:
    """On writers whose mails were never looked at, exact sentence spans reach an F1 of 0.95."""
    hits = found = labelled = 0
    for name in UNSEEN:
        for mail in read_gold(CORPUS / f"{name}.jsonl"):
            gold = {sentence.span for sentence in mail.sentences}
            read = {sentence.span for sentence in parser.parse(Message(mail.text))}
            hits, found, labelled = hits + len(gold & read), found + len(read), labelled + len(gold)
    assert 2 * hits / (found + labelled) >= 0.95


def test_a_copied_head_at_the_top_is_not_read_as_the_mail() -> None:
    """Of "Subject: … From: …" above a pasted mail no line becomes a sentence; a subject alone is a head, too."""
    from feedback_nlp.mail import read_mail

    body = "Hello Declan,\n\nWe will not take you this time."
    for head in (
        "Subject: Trial week\nFrom: Tor <tor@works.example>\nDate: Tue, 3 Nov 2026 20:41 +0100",
        "Subject: Trial week",
    ):
        message = read_mail(f"{head}\n\n{body}")
        assert message.subject == "Trial week"
        assert [s.text for s in Parser.load().parse(message)] == ["Hello Declan,", "We will not take you this time."]
