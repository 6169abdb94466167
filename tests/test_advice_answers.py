"""Answers to what the sender asks: what only the candidate knows stays a choice in brackets."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.factory import make

from feedback_nlp.advice import advise
from feedback_nlp.advice.answers import either
from feedback_nlp.linter import lint
from feedback_nlp.schema import (
    Analysis,
    AskKind,
    DateKind,
    Offer,
    Outcome,
    Register,
    Reply,
    Route,
    RouteKind,
    SenderKind,
    Slot,
    Span,
    Stage,
    Tag,
)


def body(analysis) -> str:  # type: ignore[no-untyped-def]
    """The reply to a mail, without line breaks."""
    advice = advise(analysis, lint=lint)
    assert lint(analysis, advice) == []
    assert advice.reply is not None
    return " ".join(advice.reply.body.split())


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Shall I shred your plans or post them back?", "Please [shred my plans / post them back]."),
        (
            "Would you like us to call you in the morning or in the evening?",
            "Please [call me in the morning / in the evening].",
        ),
        ("Would you rather come in or talk by phone?", "I would rather [come in / talk by phone]."),
        ("Would Tuesday or Thursday suit you?", "[Tuesday / Thursday] would suit me."),
        ("Did you drive or did you take the tram?", ""),
        ("May we keep your papers?", ""),
    ],
)
def test_an_either_or_question_is_answered_with_a_choice(question: str, answer: str) -> None:
    """Two ways left open become a choice in brackets, never a yes."""
    assert either(question) == answer


def test_a_question_about_the_candidate_is_no_consent() -> None:
    """Whether the candidate is open to something is for the candidate to say; a paper that is asked for is named."""
    text = "Hi Una,\n\n<<decision: It is a no from the client.>> <<other: Are you still open to Sligo?>>"
    text += " <<other: And send me an updated CV if you have one.>>\n\nConor"
    asks = ((AskKind.QUESTION, "Are you still open to Sligo?"),)
    said = body(make(text, tag=Tag.GENERIC, kind=SenderKind.AGENCY, sender="Conor", candidate="Una", asks=asks))
    assert "On Sligo: [yes, I am open to it / no, not at present]." in said
    assert "My updated CV [is attached / will follow by …]." in said
    assert "Yes, I am interested" not in said


def test_a_choice_of_times_stays_open() -> None:
    """Two times that the mail leaves open are both in the answer, and what to bring is confirmed."""
    text = "Hi Ana,\n\nGood news. Could you come on Monday 3rd at 9:00 or Tuesday 4th at 14:00?"
    text += " Let me know which one by Friday, and bring your safety card.\n\nUwe"
    analysis = make(
        text,
        tag=Tag.GENERIC,
        outcome=Outcome.ADVANCED,
        sender="Uwe",
        candidate="Ana",
        asks=((AskKind.CONFIRM, "Let me know which one by Friday, and bring your safety card."),),
        dates=((DateKind.EVENT, "Monday 3rd"), (DateKind.EVENT, "Tuesday 4th"), (DateKind.DEADLINE, "Friday")),
    )
    assert "[Monday 3rd at 9:00 / Tuesday 4th at 14:00] suits me well. I will bring my safety card." in body(analysis)


def test_a_given_consent_needs_no_second_answer() -> None:
    """ "Please tell me by the 5th" only repeats the question before it."""
    text = "Dear Ms Ilic,\n\n<<decision: We chose somebody else.>> May we keep your papers? Please tell me by the 5th."
    asks = ((AskKind.CONSENT, "May we keep your papers?"), (AskKind.CONFIRM, "Please tell me by the 5th."))
    said = body(
        make(
            text + "\n\nRita Moss",
            tag=Tag.GENERIC,
            sender="Rita Moss",
            asks=asks,
            dates=((DateKind.DEADLINE, "the 5th"),),
        )
    )
    assert "Yes, please keep my papers." in said
    assert "On your question" not in said


def test_the_linter_refuses_an_answer_that_nobody_gave() -> None:
    """A plain yes to a question about the candidate's plans is a breach."""
    text = "Hi Una,\n\n<<decision: It is a no.>> Are you still open to Sligo?\n\nConor"
    analysis = make(
        text,
        tag=Tag.GENERIC,
        sender="Conor",
        candidate="Una",
        asks=((AskKind.QUESTION, "Are you still open to Sligo?"),),
    )
    advice = replace(
        advise(analysis), reply=Reply("", "", "Hi Conor,\n\nYes, I am interested and would like to hear more.\n\nUna")
    )
    assert any(finding.rule == 7 for finding in lint(analysis, advice))


def test_an_introduction_is_a_door() -> None:
    """An offer to introduce somebody is read, answered and asked about."""
    text = "Dear Ada,\n\n<<decision: The board chose somebody else.>> "
    text += "[[experience comparison| the other had run {a plant}]]."
    text += " <<door_open: If you wish, I will introduce you to a friend in Graz.>>\n\nJoan Frei"
    analysis = make(text, stage=Stage.FINAL, sender="Joan Frei", candidate="Ada", effort=3)
    assert "the introduction you offer" in body(analysis)
    assert advise(analysis, lint=lint).reading.endswith("they offer to introduce you to somebody.")


def test_an_agent_is_asked_about_the_client() -> None:
    """A doubt that was passed on is the client's doubt, not the agent's."""
    text = "Hi Una,\n\n<<decision: They went with somebody else.>> "
    text += "[[team_fit doubt| they were not sure about the fit]].\n\nConor"
    advice = advise(make(text, kind=SenderKind.AGENCY, sender="Conor", candidate="Una"), lint=lint)
    assert "put their mind at rest" in advice.questions[0].text
    assert not any("your mind" in question.text for question in advice.questions)


def test_an_offer_open_until_a_day_is_answered_by_that_day() -> None:
    """A deadline stands in the answer and in the step, even where the frame has not found it."""
    text = "Dear Mei,\n\n<<other: We are pleased to offer you the post.>> "
    text += "<<other: The offer is open until 5 pm on Monday 8 July.>>\n\nRuth"
    analysis = make(
        text, tag=Tag.UNRELATED, outcome=Outcome.ADVANCED, stage=Stage.UNKNOWN, sender="Ruth", candidate="Mei"
    )
    assert "by 5 pm on Monday 8 July" in body(analysis)
    assert "8 July" in advise(analysis, lint=lint).step


def test_an_assistant_gets_no_reply_that_greets_the_sender() -> None:
    """An address for a talk is not where the reply to the sender goes."""
    text = "Dear Ada,\n\n<<decision: The board chose somebody else.>> "
    text += "<<other: To talk it through, Jun (jun@tarn.example) finds half an hour.>>\n\nJoan Frei"
    analysis = make(text, tag=Tag.GENERIC, sender="Joan Frei", candidate="Ada")
    at = text_of(analysis).index("jun@")
    slot = Slot("jun@tarn.example", Span(at, at + 16))
    offer = Offer(slot, Route(RouteKind.REPLY, slot))
    advice = advise(replace(analysis, frame=replace(analysis.frame, offer=offer)), lint=lint)
    assert advice.reply is not None
    assert "jun@" not in advice.reply.to


def text_of(analysis: Analysis) -> str:
    """The text of a mail."""
    return analysis.message.text


def test_a_call_is_opened_with_the_reference() -> None:
    """Where feedback is given by telephone, the answer has the first words of the call instead of a mail."""
    text = "Dear Candidate,\n\n<<decision: You have not been successful.>> "
    text += "<<feedback_offer: Feedback is given on 01632 960 417.>> <<other: Ref AB12/09.>>\n\nRecruitment Team"
    analysis = make(text, tag=Tag.GENERIC, kind=SenderKind.TEAM, offered=True)
    body_text = text_of(analysis)
    at = body_text.index("AB12/09")
    slot = Slot("AB12/09", Span(at, at + 7))
    frame = replace(analysis.frame, reference=slot, offer=Offer(slot, Route(RouteKind.PHONE)))
    advice = advise(replace(analysis, frame=frame), lint=lint)
    assert advice.reply is None
    assert "reference AB12/09" in advice.no_reply_reason


def test_a_text_message_from_a_shift_leader_is_no_letter() -> None:
    """Somebody who wants to be found on a day is a colleague, and a text needs no good wishes."""
    text = "hey jo <<decision: its gone to ann this time>> [[communication level| u go really quiet]] "
    text += "<<other: come find me thurs after lunch?>> Shaz x"
    advice = advise(make(text, sender="Shaz", register=Register.CHAT), lint=lint)
    assert advice.situation == "actionable_own_workplace"
    assert advice.reply is not None
    assert "I will come and find you on Thursday." in advice.reply.body
    assert "all the best" not in advice.reply.body.lower().split("\n")[0]
