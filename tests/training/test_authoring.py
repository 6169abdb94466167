"""The page format for hand-written mails."""

import pytest

from feedback_nlp.training.authoring import PageError, read_page
from feedback_nlp.training.dataset import gold_mail

PAGE = """@@ a-1 | actionable | rejected | interview | offered hard group=g1
Subject: Tuesday

C Hi Sam,

S ⟦+|⟪Your dashboards⟫ were a highlight⟧.
F You were quick, but ⟦interview_answers|⟪your answers⟫ stayed high-level⟧.
F:interview_answers We had hoped for a number⏎or two.
O Call me.

/F - ⟦communication|⟪the pace⟫ was too fast⟧
/F - ⟦communication|little ⟪eye contact⟫⟧
# a note
"""


def test_a_page_becomes_a_row_that_the_loader_accepts():
    """Text, spans and labels survive the way from a page to a labelled mail."""
    (row,) = read_page(PAGE)
    mail = gold_mail(row, "a", "a:1")
    assert mail.text.startswith("Hi Sam,\n\nYour dashboards were a highlight. You were quick")
    assert "- the pace was too fast\n- little eye contact" in mail.text
    assert [mark.topic.of(mail.text) for mark in mail.improvements] == ["your answers", "the pace", "eye contact"]
    assert mail.sentences[3].span.of(mail.text) == "We had hoped for a number\nor two."
    assert mail.areas == ("communication", "interview_answers")
    assert (mail.group, mail.hard, mail.feedback_offered) == ("g1", True, True)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("F No area here.", "needs an area"),
        ("F ⟦speed|too ⟪slow⟫⟧", "unknown area 'speed'"),
        ("F ⟦communication|no topic⟧", "needs one ⟪topic⟫"),
        ("F ⟦communication|⟪open⟫", "not closed"),
        ("S Well done.", "needs a ⟦+|…⟧ mark"),
        ("D:communication No.", "only a feedback sentence has areas"),
        ("Hello there", "not a sentence line"),
    ],
)
def test_a_fault_names_its_line_and_mail(line, fault):
    """A page that breaks the format is refused with file, line, id and reason."""
    page = f"@@ a-1 | actionable | rejected | interview\n\n{line}\n"
    with pytest.raises(PageError, match=r"here\.page:3: a-1") as caught:
        read_page(page, "here.page")
    assert fault in str(caught.value)


def test_the_tag_must_agree_with_the_sentences():
    """A mail without a feedback sentence cannot be actionable, and one with it must be."""
    with pytest.raises(PageError, match="exactly when"):
        read_page("@@ a-1 | actionable | rejected | interview\n\nD We say no.\n")
    with pytest.raises(PageError, match="exactly when"):
        read_page("@@ a-1 | generic | rejected | interview\n\nF ⟦communication|⟪pace⟫ too fast⟧\n")
