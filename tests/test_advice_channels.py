"""What must never go out: a mail where none is read, a lost last day, praise as a fault, "nothing to do" in doubt."""

from __future__ import annotations

import pytest
from tests.factory import make

from feedback_nlp.advice import advise
from feedback_nlp.linter import lint
from feedback_nlp.schema import Outcome, Stage, Tag

GAP = "<<feedback: [[experience missing| You have not run a {night shift} yet]].>>"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Please don't email back, ring me after nine.", "call"),
        ("Give me a ring in August, don't email.", "call"),
        ("Send it on WhatsApp please, mail I see too late.", "chat"),
        ("Text me, I never read email.", "chat"),
        ("Don't reply on here, catch me on Friday.", "in person"),
    ],
)
def test_no_mail_where_the_words_bar_it(words: str, said: str) -> None:
    """A sender who asks for a call, a chat or a talk gets no mail, and the reason says which way to take."""
    advice = advise(make(f"Dear Ada,\n\n{GAP} <<other: {words}>>\n\nJoan Frei", sender="Joan Frei"), lint=lint)
    assert advice.reply is None
    assert said in advice.no_reply_reason


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("I'd need a yes or no by Monday lunch.", "Monday lunch"),
        ("I need to know until Thursday 12.00.", "Thursday 12.00"),
        ("The next trial week is in May, papers until 1 March.", "1 March"),
        ("Original certificates may be collected not later than 27th November 2026.", "27th November 2026"),
        ("Requests must be made within seven (7) calendar days.", "within seven (7) calendar days"),
    ],
)
def test_a_last_day_in_other_words_is_in_the_step(words: str, day: str) -> None:
    """A day for papers, for a yes or for a request is a deadline, however it is put."""
    advice = advise(make(f"Dear Ada,\n\n{GAP} <<other: {words}>>\n\nJoan Frei", sender="Joan Frei"), lint=lint)
    assert day in advice.step


@pytest.mark.parametrize(
    "words", ["The April survey sheets have to be cleaned.", "Customers gave you 4.8 in the survey."]
)
def test_the_word_survey_alone_is_no_survey(words: str) -> None:
    """Only a mail that asks the reader to fill one in is a survey."""
    text = f"Dear Ada,\n\n<<other: {words}>>\n\nJoan Frei"
    mail = make(text, tag=Tag.UNRELATED, outcome=Outcome.UNKNOWN, stage=Stage.UNKNOWN, sender="Joan Frei")
    assert advise(mail, lint=lint).situation != "unrelated_survey"


@pytest.mark.parametrize("praise", ["The {slides} were sound", "the {joke} in 41 really works"])
def test_plain_praise_is_never_a_fault(praise: str) -> None:
    """An improvement whose quote is nothing but praise is left out."""
    text = f"Dear Ada,\n\n{GAP} <<feedback: [[work_sample level| {praise}]].>>\n\nJoan Frei"
    assert len(advise(make(text, sender="Joan Frei"), lint=lint).instructions) == 1


def test_a_mail_in_doubt_is_never_nothing_to_do() -> None:
    """Where the label is unsure, the answer says so and sends the reader back to the mail."""
    mail = make(
        "Dear Ada,\n\n<<other: It is nice to have it.>>\n\nJoan Frei",
        tag=Tag.UNRELATED,
        outcome=Outcome.UNKNOWN,
        stage=Stage.UNKNOWN,
        unsure=True,
        sender="Joan Frei",
    )
    advice = advise(mail, lint=lint)
    assert "cannot tell" in advice.reading
    assert "Nothing" not in advice.step + advice.no_reply_reason
