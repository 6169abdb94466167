"""A sender's question in the candidate's mouth."""

from __future__ import annotations

import pytest

from feedback_nlp.advice.said_back import (
    as_sentence,
    choice_of,
    confirmed,
    favor,
    promised,
    question_lines,
    spoken,
)


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
        ("Would you let us keep your details for the winter team?", "Yes, please keep my details for the winter team."),
        ("Could you allow us to share your CV with our Leith yard?", "Yes, please share my CV with your Leith yard."),
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


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Are you still free then?", ["[Yes, I am still free then / no, I am not]."]),
        ("Do you have a driving licence?", ["[Yes, I have a driving licence / no, I do not]."]),
        ("And could you start on 3 May?", ["[Yes, I could start on 3 May / no, I am afraid that I could not]."]),
        ("What is your notice period?", ["My notice period is [your answer]."]),
        ("When could you start?", ["I could start [from which day]."]),
        ("And what day rate were you thinking of?", ["As for the day rate, [your answer]."]),
        (
            "Are you still free then? And what size do you take?",
            ["[Yes, I am still free then / no, I am not].", "As for the size, [your answer]."],
        ),
        ("Can you send me your CV?", []),
        ("Do you have any questions?", []),
        ("Do you still have it?", ["[Yes, I still have it / no, I do not]."]),
        ("What's the lowest day rate you'd take?", ["The lowest day rate I would take is [your answer]."]),
        ("Could you come by bus or by train?", []),
    ],
)
def test_a_question_is_answered_in_a_sentence(question: str, answers: list[str]) -> None:
    """The question's own words make the sentence, with the choice in brackets; words that do not turn are left."""
    assert spoken(question) == answers


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("Please confirm that you will attend.", "I am glad to confirm that I will attend."),
        ("Please confirm by noon that you are able to come.", "I am glad to confirm that I am able to come."),
        ("Could you confirm whether you can make the 9th?", "[I can make the 9th / I am afraid that I cannot]."),
        ("Please confirm your address.", ""),
    ],
)
def test_a_confirmation_says_what_is_confirmed(request_: str, answer: str) -> None:
    """What they want confirmed is confirmed in their words; what they ask about stays open."""
    assert confirmed(request_) == answer


@pytest.mark.parametrize(
    ("request_", "promise"),
    [
        (
            "If you could do the practice exam and tell me how you got on, that would help.",
            "I will do the practice exam and tell you how I got on.",
        ),
        ("If you can send two photos of your welds, I can show the boss.", "I will send two photos of my welds."),
        ("It would help if you could learn our till by then.", "I will learn your till by then."),
        ("What would it be, if you could change one thing?", ""),
        ("Ring me if you have questions.", ""),
    ],
)
def test_what_they_ask_to_be_done_is_promised(request_: str, promise: str) -> None:
    """A request with "if you could" is a promise in the candidate's mouth; an ordinary condition is none."""
    assert promised(request_) == promise
