"""Work is linear in the length of the text: four times the text is about four times the calls, whatever the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from tests.attacks.mails import LOAD

from feedback_nlp.analyzer import Analyzer
from feedback_nlp.errors import InputError
from feedback_nlp.mail import read_mail
from feedback_nlp.schema import Message

SHORT, FACTOR = 6_000, 4
MOST = 6.0  # times the calls for four times the text; a quadratic step makes sixteen
FLOOR = 400  # calls that do not depend on the length
ANALYZED = ("footers", "feedback", "names", "lacked", "questions", "On … never wrote", "commas", "dates")


def calls(act: Callable[[], object]) -> int:
    """How many functions, of Python and of C, are called."""
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        act()
    except InputError:
        pass
    finally:
        sys.setprofile(None)
    return count


def growth(act: Callable[[str], object], text: str, short: int) -> float:
    """Calls for a long text over calls for a short one, both warmed up."""
    one, four = (text * (size // len(text) + 1) for size in (short, short * FACTOR))
    one, four = one[:short], four[: short * FACTOR]
    calls(lambda: act(one))
    return calls(lambda: act(four)) / (calls(lambda: act(one)) + FLOOR)


@pytest.mark.parametrize("name", LOAD)
def test_reading_is_linear(name: str) -> None:
    """Cleaning, quotes, signatures, footers and language of a text that is four times as long."""
    assert growth(read_mail, LOAD[name], SHORT) < MOST


@pytest.mark.parametrize("name", ANALYZED)
def test_every_step_is_linear(name: str, analyzer: Analyzer) -> None:
    """Sentences, labels, improvements, frame and advice of a text that is four times as long."""
    assert growth(lambda text: analyzer.analyze(Message(text)), LOAD[name], 1_500) < MOST
