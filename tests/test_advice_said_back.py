"""A sender's question in the candidate's mouth."""

from __future__ import annotations

import pytest

from feedback_nlp.advice.said_back import as_sentence, choice_of, favor, question_lines


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("May I put you on our list?", "Yes, please put me on your list."),
        ("Would you like us to send you the plan?", "Yes, please send me the plan."),
        ("Could we keep you in mind for May, if you like?", "Yes, please keep me in mind for May."),
        ("May he give your CV to our mill in Tarn?", "Yes, he may give my CV to your mill in Tarn."),
        (
            "Ok to put you forward for Tarn Mill?",
            "[Yes, please put me forward for Tarn Mill / no, thank you, not this one].",
        ),
        ("May I ask why you left?", ""),
        ("Shall we talk on Monday?", ""),
        ("Shall I send you the days you can do?", ""),
        ("Shall we keep it or post it back?", ""),
    ],
)
def test_a_favor_is_said_back(question: str, answer: str) -> None:
    """A favor that costs nothing gets a yes in the sender's words; what binds stays a choice; the rest is no favor."""
    assert favor(question) == answer


@pytest.mark.parametrize(
    ("question", "choice"),
    [
        ("Which size?", "[your answer]"),
        ("do you still have the key?", "[yes, I do / no, I do not]"),
        ("are you free in May?", "[yes, I am / no, I am not]"),
        ("Monday 9:00 or Tuesday 2:00?", "[Monday 9:00 / Tuesday 2:00]"),
        ("Can you come by bus or shall Jo fetch you?", "[your choice]"),
        ("Do you mind if I keep the photo?", "[not at all / I would rather you did not]"),
        ("is the date all right?", "[yes / no]"),
    ],
)
def test_a_question_leaves_its_ways_open(question: str, choice: str) -> None:
    """What only the candidate knows is a choice in brackets that follows the grammar of the question."""
    assert choice_of(question) == choice


def test_each_question_gets_a_line_of_its_own() -> None:
    """Questions and wishes to be told are quoted word for word, one a line; one alone is a sentence."""
    lines = question_lines("And do you have a car? Which size?")
    assert lines == ["- “do you have a car?” [yes, I do / no, I do not]", "- “Which size?” [your answer]"]
    told = question_lines("Please tell us if you would start in March and if your permit needs a paper.")
    assert told == [
        "- “if you would start in March”: [yes / no]",
        "- “if your permit needs a paper”: [yes / no]",
    ]
    assert as_sentence(lines[1]) == "On “Which size?”: [your answer]."
