"""Chats: names and times are no words, and what the candidate typed never counts."""

from __future__ import annotations

import time

import pytest

from feedback_nlp.mail import read_mail
from feedback_nlp.mail.chats import read_chat
from feedback_nlp.schema import AsideKind, Message


def words_of(message: Message, kind: AsideKind) -> str:
    return "\n".join(aside.span.of(message.text) for aside in message.asides if aside.kind is kind)


@pytest.mark.parametrize(
    "text",
    [
        "[03/11/2026, 18:20] Ines Hotel: Hi Goran, it is a no, sorry\n[03/11/2026, 18:22] Goran: was I too slow?",
        "[3/11/26, 6:20:11 PM] Ines Hotel: Hi Goran, it is a no, sorry\n[3/11/26, 6:22:00 PM] Goran: was I too slow?",
        "03.11.26, 18:20 - Ines Hotel: Hi Goran, it is a no, sorry\n03.11.26, 18:22 - Goran: was I too slow?",
        "Ines Hotel  6:20 PM\nHi Goran, it is a no, sorry\n\nGoran Vuk  6:22 PM\nwas I too slow?",
        "[Yesterday 18:20] Ines Hotel\nHi Goran, it is a no, sorry\n[Yesterday 18:22] Goran Vuk\nwas I too slow?",
        "Ines Hotel\t03/11 18:20\nHi Goran, it is a no, sorry\nYou\t03/11 18:22\nwas I too slow?",
    ],
    ids=["WhatsApp", "WhatsApp with seconds", "WhatsApp on Android", "Slack", "Teams", "Teams, copied"],
)
def test_the_candidates_turns_are_their_own_words(text: str) -> None:
    """In a chat the turns of the one who is greeted, or called "You", are set aside; the others' are not."""
    message = read_mail(text)
    own = words_of(message, AsideKind.OWN_WORDS)
    heads = words_of(message, AsideKind.QUOTE_HEADER)
    assert "too slow" in own
    assert "it is a no" not in own
    assert heads.count("Ines") == 1
    assert message.sender == "Ines Hotel"


def test_nobody_is_the_candidate_where_nothing_proves_it() -> None:
    """Two names whose words say nothing of who applied: nothing is called the candidate's."""
    chat = read_chat("Ann Ode  9:41 AM\nok\nBo Dean  9:42 AM\nfine\n")
    assert chat is not None
    assert chat.candidate == ""


@pytest.mark.parametrize(
    "text",
    [
        "Dear Goran,\n\nTests start as follows:\nRoom A 9:30\nRoom B 10:30\n\nKind regards\nInes",
        "Monday 9:30\nTuesday 10:30\nWednesday 11:30\nThursday 12:30\nFriday 13:30\n",
        "[03/11/2026, 18:20] Ines: one line alone is no chat",
    ],
)
def test_times_alone_make_no_chat(text: str) -> None:
    """A timetable inside a mail, a list of days, and a single line are read as they were."""
    assert read_chat(text) is None


def test_a_long_chat_takes_linear_time() -> None:
    """Two hundred kilobytes of turns, or of almost-turns, are read in about a second."""
    for piece in ("Ann Ode  9:41 AM\nhi\n", "[[[[[[ 9:41", "Ann " * 9 + "\n", "1.1.1, 1:1 - \n"):
        started = time.perf_counter()
        read_chat(piece * (200_000 // len(piece)))
        assert time.perf_counter() - started < 2
