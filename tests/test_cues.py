"""Phrases that change what stands beside them."""

from __future__ import annotations

import pytest

from feedback_nlp.cues import Category, in_reach, phrase_pattern, reaches
from feedback_nlp.errors import ContentError
from feedback_nlp.schema import Span


def denied(sentence: str, words: str, category: Category = Category.NEGATED) -> bool:
    start = sentence.index(words)
    return in_reach(sentence, Span(start, start + len(words)), category)


@pytest.mark.parametrize(
    ("sentence", "words", "wanted"),
    [
        ("Your German was never in question.", "Your German", True),
        ("Your German was never in question, but your pricing was thin.", "your pricing", False),
        ("We had no concerns about your SQL.", "your SQL", True),
        ("We had no concerns about your SQL, although the tests were thin.", "the tests", False),
        ("It wasn't your pace; the structure was hard to follow.", "your pace", True),
        ("It wasn't your pace; the structure was hard to follow.", "the structure", False),
        ("It was not your best case study.", "case study", False),
        ("Price was not the only issue.", "Price", False),
        ("You never asked about the brief.", "the brief", False),
        ("You didn’t show the result.", "the result", False),
        ("Your estimating weren’t the issue, it was the handover.", "the handover", False),
    ],
)
def test_negation_reaches_as_far_as_it_should(sentence: str, words: str, wanted: bool) -> None:
    """A cue reaches forward or backward up to the next terminator; pseudo cues and plain gaps reach nothing."""
    assert denied(sentence, words) is wanted


def test_general_remarks_are_hypothetical() -> None:
    """What is said of applicants in general is no gap of this one."""
    assert denied("Candidates often forget to give numbers.", "numbers", Category.HYPOTHETICAL)
    assert not denied("Unlike many candidates you forgot the numbers.", "the numbers", Category.HYPOTHETICAL)


def test_ends_are_half_open() -> None:
    """A run that ends where the reach ends is inside, one character more is not."""
    sentence = "no doubt about Excel but Word"
    (reach,) = reaches(sentence, Category.NEGATED)
    assert reach.of(sentence) == " Excel "
    assert in_reach(sentence, Span(15, 20), Category.NEGATED)
    assert not in_reach(sentence, Span(15, 22), Category.NEGATED)


@pytest.mark.parametrize(
    ("phrase", "text", "wanted"),
    [
        ("misspel~", "two misspelled names", True),
        ("# years", "at least 3 years", True),
        ("# years", "some years", False),
        ("if you can * then", "if you can get the permit, then call", True),
        ("if you can * then", "if you can do all of these many things well then", False),
        ("late", "plates", False),
        ("didn't hear", "we didn’t hear", True),
        ("ps:", "ps: hi", True),
    ],
)
def test_phrases(phrase: str, text: str, wanted: bool) -> None:
    """Gaps hold at most three words, numbers are digits, words match whole, apostrophes of both kinds."""
    assert bool(phrase_pattern([phrase]).search(text)) is wanted


@pytest.mark.parametrize("phrase", ["", " x", "* x", "x *", 3])
def test_bad_phrases_are_refused(phrase: object) -> None:
    """A phrase without words, or with a gap at its edge, is refused by name."""
    with pytest.raises(ContentError, match="phrases"):
        phrase_pattern([phrase])  # type: ignore[list-item]


def test_an_empty_list_matches_nothing() -> None:
    """No phrases, no matches."""
    assert phrase_pattern([]).search("anything") is None


def test_hostile_text_takes_linear_time() -> None:
    """Long runs of words that almost match are passed over at once."""
    for unit in ("if you can ", "was never in ", "1", "x ", "misspel"):
        reaches(unit * (20_000 // len(unit)), Category.NEGATED)
        phrase_pattern(["if you can * then", "# years", "misspel~"]).findall(unit * (20_000 // len(unit)))
