"""Words for who somebody is are the same to the models, and quotes stay those of the mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_nlp.neutral import neutral


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("She spoke well, and her case was sound.", "He spoke well, and his case was sound."),
        ("As a Nigerian citizen you need a visa.", "As a Polish citizen you need a visa."),
        ("Dear Mrs Bell, you are 57 years old.", "Dear Mr Bell, you are 24 years old."),
        ("Hi Oluwaseun,", "Hi Emily,"),
        ("Dear Mrs Ana-Lucía O'Neil –", "Dear Mr Smith –"),
        ("Our form lists your pronouns as she and her.", "Our form lists your pronouns as they and them."),
    ],
)
def test_who_somebody_is_reads_the_same(one: str, other: str) -> None:
    """Two mails that differ only in a trait give the models the same words."""
    assert neutral(one).text == neutral(other).text


@pytest.mark.parametrize(
    "text", ["Please polish your CV.", "Your English was hard to follow.", "They asked for 40 units."]
)
def test_words_that_only_look_alike_stay(text: str) -> None:
    """A verb, a language that is the point, a plain number: nothing changes."""
    assert neutral(text).text == text


def test_a_run_of_the_new_text_is_found_in_the_old() -> None:
    """Runs before, at and after a changed word stand where they stood."""
    text = "She is a Vietnamese chef, aged 63, and her knife work is slow."
    same = neutral(text)
    for new, old in [("He", "She"), ("German", "Vietnamese"), ("chef", "chef"), ("his knife work", "her knife work")]:
        start = same.text.index(new)
        run = slice(*same.old(start, start + len(new)))
        assert text[run] == old


@given(st.text(alphabet="shehrimGanPol 4063,.adge", max_size=80))
def test_runs_stay_in_order_and_inside(text: str) -> None:
    """For any text, the ends of a run keep their order and lie inside the text."""
    same = neutral(text)
    places = [same.old(at, at)[1] for at in range(len(same.text) + 1)]
    assert places == sorted(places)
    assert places[-1] == len(text)
