"""Marks, corrections and letters: what the page computes without a screen."""

from __future__ import annotations

import email
import itertools
from email.policy import default

import pytest
from app_pages import corrections, letters, shared
from app_pages.marks import Mark, MarkKind, counts, marks
from hypothesis import given
from hypothesis import strategies as st

from fake_reports import report
from feedback_nlp import content
from feedback_nlp.schema import Analysis, Role, Span, Tag

EXAMPLES = content.read_table("examples")["example"]


@pytest.fixture
def analysis() -> Analysis:
    """The worked example, read by rule."""
    return report(EXAMPLES[0]["text"]).analysis


def test_marks_do_not_overlap(analysis: Analysis) -> None:
    """Marks come in the order of the mail and share no character."""
    found = marks(analysis)
    assert all(one.span.end <= other.span.start for one, other in itertools.pairwise(found))


def test_evidence_wins_over_its_sentence(analysis: Analysis) -> None:
    """A sentence that holds evidence is marked at the evidence only, with the area as its label."""
    work = [mark for mark in marks(analysis) if mark.kind is MarkKind.WORK]
    assert [mark.span.of(analysis.message.text) for mark in work] == [
        "you have not used a dispensing robot",
        "you initialled before the second check",
    ]
    assert [mark.label for mark in work] == ["Technical skills", "Professionalism"]


def test_counts_name_only_kinds_that_occur(analysis: Analysis) -> None:
    """The legend has a row for each kind that the mail shows, in a fixed order."""
    assert list(counts(marks(analysis))) == [
        MarkKind.WORK,
        MarkKind.STRENGTH,
        MarkKind.OFFER,
        MarkKind.DOOR,
        MarkKind.DECISION,
    ]


def test_courtesy_is_never_marked(analysis: Analysis) -> None:
    """Thanks and greetings carry no mark."""
    text = "".join(mark.span.of(analysis.message.text) for mark in marks(analysis))
    assert "Thank you" not in text


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=8))
def test_any_spans_are_taken_apart(spans: list[tuple[int, int]]) -> None:
    """Whatever overlaps the models hand over, the page never shows a character twice."""
    from app_pages.marks import _apart

    rough = sorted(
        (Mark(MarkKind.WORK, Span(at, at + size), "x", 0.5) for at, size in spans), key=lambda m: m.span.start
    )
    found = _apart(rough)
    assert all(mark.span.start < mark.span.end for mark in found)
    assert all(one.span.end <= other.span.start for one, other in itertools.pairwise(found))


def test_a_form_mail_loses_its_improvements(analysis: Analysis) -> None:
    """When the person says that it is a form mail, nothing is left to work on, and nothing is unsure."""
    found = corrections.as_tag(Tag.GENERIC)(analysis)
    assert (found.labels.tag, found.labels.unsure, found.improvements) == (Tag.GENERIC, False, ())
    assert all(sentence.role is not Role.FEEDBACK for sentence in found.labels.sentences)


def test_an_area_can_be_corrected(analysis: Analysis) -> None:
    """A corrected area shows up in the improvement and in the areas of the mail, and is sure."""
    found = corrections.as_area(0, "experience")(analysis)
    assert found.improvements[0].area == "experience"
    assert "experience" in found.areas
    assert "technical_skills" not in found.areas


def test_the_last_improvement_taken_out_makes_a_form_mail(analysis: Analysis) -> None:
    """A mail with no feedback left is no longer something to act on."""
    once = corrections.not_feedback(1)(analysis)
    assert len(once.improvements) == 1
    assert once.labels.tag is Tag.ACTIONABLE
    assert corrections.not_feedback(0)(once).labels.tag is Tag.GENERIC


def test_a_missed_sentence_becomes_something_to_act_on() -> None:
    """The person can point at a sentence in a form mail; its own words are the evidence."""
    analysis = report(EXAMPLES[1]["text"]).analysis
    found = corrections.missed(2, "experience")(analysis)
    assert found.labels.tag is Tag.ACTIONABLE
    assert found.improvements[0].evidence == analysis.labels.sentences[2].span


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("Noreen Tait <n.tait@x.example>", "n.tait@x.example"),
        ("n.tait@x.example", "n.tait@x.example"),
        ("Noreen", ""),
        ("a@b.example\nBcc: c@d.example", ""),
        ("<a@b.example>, <c@d.example", ""),
        ("a b@c.example", ""),
        ("", ""),
    ],
)
def test_only_a_plain_address_is_an_address(to: str, expected: str) -> None:
    """What is not one mail address is left out of the draft."""
    assert letters.plain_address(to) == expected


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=200))
def test_a_draft_has_its_own_headers_only(to: str, subject: str, body: str) -> None:
    """Nothing in a mail's words can add a header to the draft."""
    mail = email.message_from_bytes(letters.draft(to, subject + "\r\nBcc: x@y.example", body), policy=default)
    assert {name.lower() for name in mail} <= {
        "to",
        "subject",
        "x-unsent",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
    }


@given(st.text(max_size=60), st.text(max_size=300))
def test_a_mail_link_has_two_parameters(subject: str, body: str) -> None:
    """The link to the mail program carries a subject and a body, and no other field."""
    link = letters.mailto("a@b.example", subject, body)
    assert link == "" or (link.startswith("mailto:a@b.example?subject=") and link.count("&") == 1)


@given(st.text(max_size=80))
def test_cleaned_text_holds_no_markup(text: str) -> None:
    """No sign of HTML and no mark that turns the direction survives."""
    found = shared.clean(text + "<img src=x>\u202e")
    assert not set(found) & {"<", ">", '"', "\u202e"}


def test_confidence_has_words_for_every_figure() -> None:
    """A probability is said in words, from sure to a guess."""
    assert [shared.confidence_words(each) for each in (1.0, 0.9, 0.75, 0.6, 0.1)] == [
        "almost certain",
        "very likely",
        "likely",
        "more likely than not",
        "a guess",
    ]


def test_every_kind_of_mark_has_its_own_look() -> None:
    """Each kind has a name, a reason, a color and an underline of its own."""
    from pathlib import Path

    style = Path(shared.__file__).with_name("style.css").read_text(encoding="utf-8")
    looks = [next(line for line in style.splitlines() if line.startswith(f".fn-{kind} ")) for kind in MarkKind]
    assert len({look.partition("{")[2] for look in looks}) == len(MarkKind)
    assert all(shared.kind_words(kind)["name"] and shared.kind_words(kind)["why"] for kind in MarkKind)
