"""What the sender holds out besides feedback, deadlines in a clause of their own, and mails that decide nothing."""

from __future__ import annotations

import re

import pytest
from tests.factory import make

from feedback_nlp.advice import advise
from feedback_nlp.advice.facts import read_facts
from feedback_nlp.advice.imperatives import imperative
from feedback_nlp.advice.said_back import told
from feedback_nlp.improvements import find_improvements
from feedback_nlp.linter import lint
from feedback_nlp.report import points
from feedback_nlp.schema import (
    Advice,
    Analysis,
    AskKind,
    Labels,
    Mark,
    Message,
    Outcome,
    Report,
    Role,
    SenderKind,
    Sentence,
    Span,
    Stage,
    Tag,
)

NO = "<<decision: We have given the post to somebody else.>> "


def answer(text: str, outcome: Outcome = Outcome.REJECTED) -> tuple[Analysis, Advice]:
    """The linted advice on a mail of an employer's person after an interview."""
    analysis = make(
        f"Dear Ines,\n\n{text}\n\nKind regards,\nPaul Wren",
        subject="Saddler",
        sender="Paul Wren",
        candidate="Ines",
        tag=Tag.ACTIONABLE if "[[" in text else Tag.GENERIC,
        outcome=outcome,
        stage=Stage.INTERVIEW,
    )
    return analysis, advise(analysis, lint=lint)


def sentences(text: str) -> str:
    """The text marked as sentences of no special role."""
    return " ".join(f"<<other: {part}>>" for part in re.split(r"(?<=[.?!]) ", text))


def body(advice: Advice) -> str:
    return advice.reply.body if advice.reply else ""


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        ("If you'd like me to keep your details for that, just say so.", "Yes, please keep my details."),
        ("If you would like us to send you the plan, tell us.", "Yes, please send me the plan."),
        ("If you want another go come in on a Tuesday.", "I would like another go; [which day] would suit me."),
        ("Pop up to the loft for a chat about it if you like.", "I would like to come up to the loft for the chat;"),
        ("Come in for a cuppa when you pass.", "I would like to come in for the cuppa;"),
        ("Give me a bell and I'll fill you in.", "take you up on the call, and will ring you [day and time]."),
        ("If anything is unclear, do ring me this week.", "take you up on the call, and will ring you [day and time]."),
        ("Jo has offered that you shadow her for a term.", "I would very much like to take up the offer"),
        ("Let us know by May if we may keep your papers in our pool.", "Yes, please keep my papers in your pool."),
        ("I would be happy to read a draft of your plan, should you go on.", "offering to read a draft of my plan;"),
        ("We're glad to look over your drawings if you send them.", "offering to look over my drawings;"),
        ("If a reference from me is of use, I will write one.", "Thank you for offering a reference;"),
        ("If you would like to talk it through, we can find half an hour.", "I would like to talk it through."),
    ],
)
def test_an_offer_is_taken_up_in_the_senders_words(offer: str, said: str) -> None:
    """An offer of a call, a visit, another go or a favor is answered as what it is, and the reading names it."""
    analysis, advice = answer(NO + sentences(offer))
    assert said in body(advice)
    assert "an offer in it waits for your answer" in advice.reading
    assert not lint(analysis, advice)


@pytest.mark.parametrize(
    "text",
    [
        "If you would like me to be frank or not, I cannot say.",
        "Please do not ring us about this.",
        "You asked whether to call me before the talk.",
        "Call us if you notice a fraud.",
        "Give me a shout when you've been over it.",
        "We are happy to consider you again.",
    ],
)
def test_no_offer_is_made_up(text: str) -> None:
    """Words that only look like an offer get no answer."""
    assert read_facts(answer(NO + sentences(text))[0]).taken == ()


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Shall I put you on the list? The boss makes it on Wednesday, so please answer before.", "before Wednesday"),
        ("The rota is done on Friday. Please let me know before then.", "before Friday"),
        ("They want CVs by Friday lunchtime.", "Friday lunchtime"),
        ("No rush, before 1 December if you can.", "1 December"),
        ("I need it by noon on Monday.", "noon on Monday"),
        ("I need your CV by Thursday 10am.", "Thursday 10am"),
    ],
)
def test_a_deadline_in_a_clause_of_its_own_is_kept(text: str, date: str) -> None:
    """A last day that stands beside the request, or is only pointed back at, is in the step."""
    assert date in answer(NO + sentences(text))[1].step


@pytest.mark.parametrize(
    "text",
    ["We will let you know by Friday.", "I hope to decide before Monday, if I can.", "I am on leave from the 23rd."],
)
def test_their_own_day_is_no_deadline(text: str) -> None:
    """A day on which they mean to do something is not the reader's."""
    assert read_facts(answer(sentences(text), Outcome.PENDING)[0]).deadline is None


@pytest.mark.parametrize(
    "text",
    ["We haven't made a decision.", "This is not a no.", "It has not been decided yet, so I won't know before May."],
)
def test_an_open_decision_is_never_answered_as_a_no(text: str) -> None:
    """Where the mail says that nothing is decided, no label makes it a refusal."""
    advice = answer(sentences(text))[1]
    assert "sorry" not in body(advice)
    assert "pity" not in body(advice)
    assert advice.reading.startswith("Not a no")


@pytest.mark.parametrize(
    ("quote", "instruction"),
    [
        ("practise carrying three plates", "Practise carrying three plates"),
        ("Take off the long nails before", "Take off the long nails"),
        ("I'd read the annual report", "Read the annual report"),
        ("your answers were long", ""),
    ],
)
def test_the_senders_advice_is_the_plan(quote: str, instruction: str) -> None:
    """Advice that opens with its verb is kept as it is, and promised in the reply."""
    assert imperative(quote) == instruction


@pytest.mark.parametrize("quote", ["read the annual report", "practise carrying three plates", "bring your own gloves"])
def test_advice_is_promised_in_its_own_words(quote: str) -> None:
    """The uptake of advice says what will be done, not that it "will not happen again"."""
    text = f"We want you for the trial. Before that, [[professionalism behavior| {{{quote}}}]]."
    promised = answer(text, Outcome.ADVANCED)[1]
    assert f"I will {quote.replace('your', 'my')}" in " ".join(body(promised).split()).replace("and will", "I will")


@pytest.mark.parametrize("verb", ["worked to ISO 17025", "used a fleshing knife", "run a kiln"])
def test_what_was_never_done_is_no_habit(verb: str) -> None:
    """Something that was never done is a thing to gain, however the model calls its area."""
    gap = read_facts(answer(NO + f"[[problem_solving level| you had not {verb} {{before}}]].")[0]).gaps[0]
    assert (gap.kind.value, gap.area) == ("missing", "experience")


@pytest.mark.parametrize("who", ["Candidates often", "Most applicants", "Some candidates", "Applicants tend to"])
def test_a_remark_on_everybody_is_no_remark_on_the_reader(who: str) -> None:
    """What candidates in general do is never an improvement, whatever the model marks, even if nothing else is left."""
    text = f"Dear Ines, we chose another. {who} stop writing when the bell rings."
    start = text.index(who)
    sentences = (Sentence(Span(start, len(text)), text[start:], Role.FEEDBACK, ("communication",), 0.9),)
    mark = Mark("communication", Span(start, len(text)), Span(start, start + len(who.split()[0])), 0.9)
    labels = Labels(Tag.ACTIONABLE, {}, False, Outcome.REJECTED, Stage.ASSESSMENT, False, sentences, (mark,))
    assert find_improvements(Message(text, ""), labels) == ()


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("Please tell us if you are free in May.", ["[Yes, I am free in May / no, I am not]."]),
        (
            "Let me know if you would start in March and whether your van is big enough.",
            ["[Yes, I would start in March / no, I would not].", "- “whether your van is big enough”: [yes / no]"],
        ),
        ("Tell us if you drive.", ["[Yes, I drive / no, I do not]."]),
        ("Would you say so?", []),
    ],
)
def test_a_wish_to_be_told_is_answered(wish: str, said: list[str]) -> None:
    """A wish such as "tell us if" is answered like the question that it is."""
    assert told(wish) == said


@pytest.mark.parametrize("wish", ["Please keep this to yourself.", "Between us, please.", "This is confidential."])
def test_a_confidence_is_kept(wish: str) -> None:
    """Where they ask for silence, the reply promises it."""
    analysis = make(
        f"Dear Ines, {NO}<<other: {wish}>>\n\nPaul Wren",
        tag=Tag.GENERIC,
        sender="Paul Wren",
        candidate="Ines",
        private=wish,
    )
    assert "to myself" in body(advise(analysis, lint=lint))


def test_the_advice_says_which_remarks_it_took_together() -> None:
    """Two remarks of one breath on the same thing share an instruction, which names both."""
    analysis, advice = answer(
        NO + "[[interview_answers level| {your answers} rambled]] and [[interview_answers level| {they} rambled on]]."
    )
    together = [(item.about, *item.also) for item in advice.instructions]
    assert sorted(index for group in together for index in group) == [0, 1]
    assert len(together) == 1
    assert [point.improvements for point in points(Report(analysis, advice))] == [(0, 1)]


@pytest.mark.parametrize("words", ["Retest is free within 4 weeks.", "You may resit, but only after 6 months."])
def test_a_second_test_is_the_next_try(words: str) -> None:
    """When a test may be taken again goes into the diary."""
    assert "Put the next try in the diary" in answer(NO + sentences(words))[1].step


def test_a_mail_that_speaks_to_the_reader_is_no_form_letter() -> None:
    """Praise or a question to the reader, even without a signature, is never called a form letter."""
    analysis = make(
        f"Hello Bea, {NO}[[+| {{Your letter}} moved us all]]. <<other: Would you let us keep your details?>>",
        tag=Tag.GENERIC,
        stage=Stage.APPLICATION,
        candidate="Bea",
        kind=SenderKind.TEAM,
        asks=((AskKind.QUESTION, "Would you let us keep your details?"),),
    )
    advice = advise(analysis, lint=lint)
    assert "form letter" not in advice.reading
    assert "Yes, please keep my details." in body(advice)
