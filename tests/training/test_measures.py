"""The measures count what they say they count."""

import numpy as np
import pytest
from tests.factory import make

from feedback_nlp.schema import Outcome, Role, Span, Stage, Tag
from feedback_nlp.training.dataset import GoldMail, GoldMark, GoldSentence
from feedback_nlp.training.measures import Pair, bootstrap, expected_calibration_error, f1, matches, measure_all

TEXT = "Your answers were vague. We wish you well."


def gold(tag=Tag.ACTIONABLE):
    feedback = tag is Tag.ACTIONABLE
    sentences = (
        GoldSentence(
            Span(0, 24), Role.FEEDBACK if feedback else Role.OTHER, ("interview_answers",) if feedback else ()
        ),
        GoldSentence(Span(25, 42), Role.COURTESY, ()),
    )
    marks = (GoldMark("interview_answers", Span(0, 23), Span(5, 12)),) if feedback else ()
    return GoldMail("x", "x", "", "", TEXT, tag, Outcome.REJECTED, Stage.INTERVIEW, False, sentences, marks, ())


def read(tag=Tag.ACTIONABLE, area="interview_answers", unsure=False):
    words = "{Your answers} were vague"
    found = f"[[{area} level| {words}]]" if tag is Tag.ACTIONABLE else words
    marked = f"<<feedback: {found}.>> <<courtesy: We wish you well.>>"
    return make(marked, tag=tag, stage=Stage.FINAL, unsure=unsure)


def values(pairs):
    return {measure.name: measure for measure in measure_all(pairs)}


def test_a_perfect_reading_scores_one():
    """Every figure of a mail that was read as labelled is 1; a wrong stage is seen."""
    found = values([Pair(gold(), read())])
    for name in ("tag accuracy", "areas micro-F1", "improvements F1, right area", "sentence role accuracy"):
        assert found[name].value == 1.0
    assert found["outcome accuracy"].value == 1.0
    assert found["stage accuracy"].value == 0.0


def test_a_wrong_area_counts_only_where_the_area_counts():
    """Evidence in the right place with the wrong area is a hit for any area and a miss for the right one."""
    found = values([Pair(gold(), read(area="communication"))])
    assert found["improvements F1, any area"].value == 1.0
    assert found["improvements F1, right area"].value == 0.0


def test_topics_are_compared_word_by_word():
    """Of two labelled and two read words, one in common gives one half."""
    assert values([Pair(gold(), read())])["topic token-F1 on matched"].value == pytest.approx(2 / 3)


def test_form_mail_called_actionable_is_counted_among_form_mail():
    """One of two form mails read as actionable is one half."""
    pairs = [Pair(gold(Tag.GENERIC), read()), Pair(gold(Tag.GENERIC), read(Tag.GENERIC))]
    assert values(pairs)["form mail called actionable"].value == 0.5


def test_what_is_kept_is_what_is_not_unsure():
    """The accuracy of what is kept leaves out the mails that the program is unsure of."""
    pairs = [Pair(gold(), read(Tag.GENERIC, unsure=True)), Pair(gold(), read())]
    found = values(pairs)
    assert (found["share kept"].value, found["accuracy of what is kept"].value) == (0.5, 1.0)


def test_each_label_is_matched_once():
    """Two readings of one labelled run are one hit and one false alarm."""
    mark = GoldMark("communication", Span(0, 20), Span(0, 5))
    twice = [("communication", Span(0, 20), Span(0, 5)), ("communication", Span(2, 18), Span(2, 5))]
    assert matches([mark], twice, same_area=True) == [(0, 0)]


def test_less_than_half_of_the_shorter_run_is_no_match():
    """A reading that touches the label only at its edge does not count."""
    mark = GoldMark("communication", Span(0, 20), Span(0, 5))
    assert matches([mark], [("communication", Span(15, 40), Span(15, 20))], same_area=True) == []


def test_intervals_hold_the_figure_and_are_reproducible():
    """The bootstrap draws the same mails each time, and its interval holds the figure."""
    counts = np.array([[1, 0, 0]] * 8 + [[0, 1, 1]] * 2, float)
    first, second = bootstrap("x", counts, f1), bootstrap("x", counts, f1)
    assert first == second
    assert first.low <= first.value <= first.high


def test_calibration_error_of_honest_confidence_is_zero():
    """Eight of ten right at a confidence of .8 is no error; all right at .8 is one of .2."""
    assert expected_calibration_error(np.array([[0.8, 1]] * 8 + [[0.8, 0]] * 2)) == pytest.approx(0)
    assert expected_calibration_error(np.array([[0.8, 1]] * 10)) == pytest.approx(0.2)
