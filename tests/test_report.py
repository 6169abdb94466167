"""Reports as JSON, Markdown and text."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_reports import report as make
from feedback_nlp.report import (
    asking,
    one_line,
    points,
    shown,
    summary,
    to_dict,
    to_json,
    to_markdown,
    to_text,
    verdict,
)
from feedback_nlp.schema import Message, Report

MAIL = (
    "Hi Sam,\n\nThank you for coming in. We found your portfolio walkthrough was excellent. In the end "
    "your answers on stakeholder management stayed rather high-level.\n\nBest,\nNoor"
)
CONTRACT = {
    "schema": str,
    "id": str,
    "source": dict,
    "subject": str,
    "sender": str,
    "sent": (str, type(None)),
    "text": str,
    "tag": str,
    "confidence": float,
    "probabilities": dict,
    "unsure": bool,
    "outcome": str,
    "stage": str,
    "feedback_offered": bool,
    "areas": list,
    "improvements": list,
    "strengths": list,
    "sentences": list,
    "frame": dict,
    "advice": dict,
}


def test_the_contract() -> None:
    """Every field of the contract is there, with its type; the schema is named."""
    found = json.loads(to_json(make(MAIL)))
    assert found["schema"] == "feedback-nlp/1"
    for key, kind in CONTRACT.items():
        assert isinstance(found[key], kind), key
    assert set(found["advice"]) >= {"reading", "questions", "reply", "no_reply_reason", "prompts", "step", "notes"}


def test_another_language_is_named_and_not_labeled() -> None:
    """What is unsure because of its language is called so, and by no label; JSON names the language."""
    report = make(MAIL)
    message = replace(report.analysis.message, language="German")
    labels = replace(report.analysis.labels, unsure=True)
    foreign = Report(replace(report.analysis, message=message, labels=labels))
    assert verdict(foreign) == "Unsure: this mail seems to be in German, please read it yourself"
    assert to_dict(foreign)["language"] == "German"
    assert to_dict(report)["language"] == ""


def test_offsets_are_exact() -> None:
    """`text[start:end]` is the evidence, the topic, the sentence."""
    found = to_dict(make(MAIL))
    text = found["text"]
    assert found["improvements"]
    assert found["strengths"]
    for item in found["improvements"] + found["strengths"]:
        assert text[item["start"] : item["end"]] == item["evidence"]
        assert text[item["topic_start"] : item["topic_end"]] == item["topic"]
    for sentence in found["sentences"]:
        assert text[sentence["start"] : sentence["end"]] == sentence["text"]


def test_no_advice_leaves_two_fields_out() -> None:
    """Without advice there is no frame and no advice."""
    found = to_dict(Report(make(MAIL).analysis))
    assert "frame" not in found
    assert "advice" not in found


@given(st.text(max_size=60))
def test_json_survives_any_subject(subject: str) -> None:
    """Any characters, lone surrogates too, become valid UTF-8 JSON."""
    report = make(MAIL)
    message = replace(report.analysis.message, subject=subject)
    document = to_json(Report(replace(report.analysis, message=message), report.advice))
    assert json.loads(document.encode("utf-8"))["subject"] == subject


def test_text_says_all() -> None:
    """Verdict, gaps with quotes, strengths, questions, reply and step are in the text."""
    report = make(MAIL)
    text = to_text(report)
    assert text.startswith("Something to act on")
    assert "“your answers on stakeholder management stayed rather high-level”" in text
    assert "What went well" in text
    for part in report.advice.questions if report.advice else ():
        assert one_line(part.text) in text
    assert to_text(report, heading=str.upper) != text


def test_asking_is_questions_and_reply() -> None:
    """`ask` leaves out what is not to be asked or sent."""
    report = make(MAIL)
    assert "What went well" not in asking(report)
    assert asking(Report(report.analysis)) == ""


@given(st.text(max_size=200))
def test_shown_sends_no_control_characters(text: str) -> None:
    """Nothing that moves a cursor, colors, or turns the direction of writing reaches a terminal."""
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown(text))
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://127.0.0.1/p.png)",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "# heading",
        "- item",
        "1. item",
        "`code`",
        "www.evil.example",
        "https://evil.example",
        "a@b.example",
        "**bold** __b__ ~~s~~",
        "| a | b |",
        "&lt;b&gt;",
        "--- ",
        "> quote",
    ],
)
def test_markdown_of_a_mail_is_inert(hostile: str) -> None:
    """A subject in Markdown or HTML is shown as it is written: no link, picture, list or heading of its own."""
    from markdown_it import MarkdownIt

    report = make(MAIL)
    message = replace(report.analysis.message, subject=f"{hostile}")
    document = to_markdown(Report(replace(report.analysis, message=message), report.advice))
    first = document.splitlines()[0].removeprefix("# ")
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(first)
    plain = re.sub(r"\A<p>|</p>\n\Z", "", page)
    assert "<" not in plain
    assert not re.search(r"(?<!\\)://", first)
    assert not re.search(r"(?<!\\)@", first)


def test_summary_is_one_line() -> None:
    """Tag and areas, for lists."""
    assert summary(make(MAIL).analysis).startswith("actionable: ")
    assert "\n" not in summary(make("Nothing here.").analysis)


def test_dates_are_iso() -> None:
    """`sent` is an ISO date or null."""
    from datetime import UTC, datetime

    report = make(Message(MAIL, sent=datetime(2026, 11, 3, 9, 30, tzinfo=UTC)))
    assert to_dict(report)["sent"] == "2026-11-03T09:30:00+00:00"
    assert to_dict(make(MAIL))["sent"] is None


def test_a_repeated_remark_stands_under_the_instruction_of_the_first() -> None:
    """Where the advice took two remarks for one, both quotes stand under its instruction; others stay by themselves."""
    found = make(
        "You mention one campaign with its numbers. Also, your answers on stakeholder management stayed rather "
        "high-level. One more: you have not used a dispensing robot."
    )
    advice, items = found.advice, found.analysis.improvements
    assert advice is not None
    assert len(items) == 3
    first, second = (next(i for i in advice.instructions if i.about == index) for index in (0, 1))
    merged = replace(found, advice=replace(advice, instructions=(first, replace(second, also=(2,)))))
    assert {point.improvements: bool(point.instruction) for point in points(merged)} == {(0,): True, (1, 2): True}
    assert sorted(index for point in points(merged) for index in point.improvements) == [0, 1, 2]
    assert to_text(merged).count(second.text) == 2


def test_an_improvement_that_nothing_answers_is_a_point_of_its_own() -> None:
    """Without advice every improvement stands alone, the heaviest first."""
    found = make("one campaign with its numbers. your answers on stakeholder management stayed rather high-level.")
    alone = points(replace(found, advice=None))
    assert [(point.instruction, len(point.improvements)) for point in alone] == [("", 1), ("", 1)]
    weights = [found.analysis.improvements[point.improvements[0]].weight for point in alone]
    assert weights == sorted(weights, reverse=True)
