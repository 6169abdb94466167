"""A second look at mails that the labels call no feedback."""

from __future__ import annotations

import pytest
from tests.factory import make

from feedback_nlp.advice import advise
from feedback_nlp.linter import lint
from feedback_nlp.schema import Outcome, Stage, Tag


@pytest.mark.parametrize(
    ("words", "situation"),
    [
        ("The position has been withdrawn and nobody will be employed.", "generic_employer_cause"),
        ("I can not give you a decision today, the post is on hold until May.", "generic_pending"),
        ("The partners are delighted to offer you the post of vet.", "unrelated_offer"),
        ("You made it, the last panel for the job is you and one more.", "generic_advanced"),
        ("We want you for a day of trial in the kitchen.", "unrelated_invitation"),
        ("How likely are you to recommend applying to a friend?", "unrelated_survey"),
        ("Our offices are closed on Monday.", "unrelated_other"),
        ("I regret that we cannot offer you the post of tenor.", "unrelated_other"),
    ],
)
def test_the_words_choose_the_sort_of_answer(words: str, situation: str) -> None:
    """A pause, an offer, a withdrawn post or a next step is answered as such, although the label says unrelated."""
    analysis = make(
        f"Dear Ada,\n\n<<other: {words}>>\n\nJoan Frei",
        tag=Tag.UNRELATED,
        outcome=Outcome.UNKNOWN,
        stage=Stage.UNKNOWN,
        sender="Joan Frei",
        candidate="Ada",
    )
    advice = advise(analysis, lint=lint)
    assert advice.situation == situation
    assert lint(analysis, advice) == []


def test_a_no_needs_a_label_that_allows_it() -> None:
    """A refusal in a mail that is surely about something else is no decision on a candidacy."""
    text = "Dear Ada,\n\n<<other: Your tender for the job was not successful.>>\n\nJoan Frei"
    sure = make(text, tag=Tag.UNRELATED, outcome=Outcome.UNKNOWN, stage=Stage.UNKNOWN, sender="Joan Frei")
    read = make(text, tag=Tag.UNRELATED, outcome=Outcome.REJECTED, stage=Stage.UNKNOWN, sender="Joan Frei")
    assert advise(sure, lint=lint).situation == "unrelated_other"
    assert advise(read, lint=lint).situation.startswith("generic_")
    assert "reads as a no" in advise(read, lint=lint).reading


def test_a_candidate_who_asks_for_news_is_not_answered() -> None:
    """A mail in which the candidate asks for news is their own, whatever the label says."""
    text = "Dear Orla,\n\n<<decision: I wondered whether there is any news about the post.>> "
    text += "<<other: I am still very interested.>>\n\nAda Moss"
    analysis = make(text, tag=Tag.GENERIC, sender="Ada Moss", candidate="Orla")
    advice = advise(analysis, lint=lint)
    assert advice.situation == "unrelated_own_mail"
    assert advice.reply is None
