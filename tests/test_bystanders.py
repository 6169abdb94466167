"""People who are named in the middle of a mail are found by the words around them; other names stay."""

from __future__ import annotations

import pytest

from feedback_nlp.bystanders import bystanders


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dana Whitlock from the panel liked your portfolio.", {"dana", "whitlock"}),
        ("Please ask Brannick Osterwijk about the test.", {"brannick", "osterwijk"}),
        ("Feedback from Tesmina and Ovarr was good.", {"tesmina", "ovarr"}),
        ("Your interview with Dr. Quorra went well.", {"quorra"}),
        ("Mr Adebayo's contract ends.", {"adebayo"}),
        ("We agreed with Piotr's view on it.", {"piotr"}),
        ("You would have met Yelitsa Mbeke-Thorne, our founder.", {"yelitsa", "mbeke-thorne"}),
        ("Xiomara Quispe will be in touch.", {"xiomara", "quispe"}),
    ],
)
def test_names_in_sentences(text: str, names: set[str]) -> None:
    """By a title, by a verb that people do, by what one does with people, by a known first name."""
    assert bystanders(f"Thank you for coming in. {text}") == names


@pytest.mark.parametrize(
    "text",
    [
        "We use Power BI, Google Sheets and Python in Leeds.",
        "Please contact Human Resources or the Data Team on Monday.",
        "Your English on the telephone was fine, and Toronto is far.",
        "I'd made up my mind before the Junior Analyst test in March.",
        "Will you apply again? May we keep your CV? Mark the date.",
    ],
)
def test_what_looks_like_a_name_and_is_none(text: str) -> None:
    """Products, towns, teams, roles, months, languages, and words that begin a sentence."""
    assert bystanders(text) == set()


def test_the_words_of_a_company_are_kept_apart() -> None:
    """A company may be called like a person."""
    assert bystanders("We asked Dana Freight about it.", frozenset({"dana", "freight"})) == set()
