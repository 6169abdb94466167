"""The mail on the Analyze page and what the person changed about it: one frozen record in the session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st
from app_pages import shared
from app_pages.corrections import Correction
from app_pages.workplace import Workplace

from feedback_nlp import content
from feedback_nlp.errors import EmptyInput, FeedbackNlpError, InputError
from feedback_nlp.schema import Analysis, Message, Question, Refused, Report, Tone

STATE = "reading"
PROBLEM = "problem"
COUNTER = "reading_number"
COUNTED = 1_000  # mails of a dropped file that are counted before the first is shown


@dataclass(frozen=True)
class Reading:
    """A report and the person's choices. `number` makes the keys of the page's boxes new for each mail."""

    report: Report
    number: int
    example: str = ""  # key of the example that it is, else empty
    notes: tuple[str, ...] = ()  # what to say about the file
    corrections: tuple[Correction, ...] = ()
    accepted: bool = False  # "I can't tell either"
    tone: Tone = Tone.MIRROR
    leave_out: frozenset[int] = field(default_factory=frozenset)

    @property
    def analysis(self) -> Analysis:
        """What was read, with the person's corrections on top."""
        analysis = self.report.analysis
        for correct in self.corrections:
            analysis = correct(analysis)
        return analysis

    @property
    def open_question(self) -> bool:
        """Whether the person should say what this mail is."""
        return self.analysis.labels.unsure and not self.accepted

    def answer(self) -> Report:
        """The report after corrections, tone and left-out questions."""
        if not (self.corrections or self.leave_out or self.tone is not Tone.MIRROR):
            return self.report
        report: Report = shared.analyzer().advise(
            self.analysis, tone=self.tone, leave_out=tuple(sorted(self.leave_out))
        )
        return report

    def all_questions(self) -> tuple[Question, ...]:
        """All questions, also those that are left out of the reply, so that they can come back."""
        advice = replace(self, leave_out=frozenset()).answer().advice
        return advice.questions if advice else ()

    @property
    def foreign(self) -> str:
        """The language of a mail that only its reader can judge, because it is not in English; else empty."""
        return self.analysis.message.language if self.analysis.labels.unsure else ""

    @property
    def key(self) -> str:
        """A prefix for keys of boxes that belong to this state of the mail."""
        return f"{self.number}-{len(self.corrections)}"


def current() -> Reading | None:
    """The mail that is on the page."""
    found: Reading | None = st.session_state.get(STATE)
    return found


def change(**changes: Any) -> None:
    """Replace the reading on the page by one with these fields changed."""
    reading = current()
    if reading is not None:
        st.session_state[STATE] = replace(reading, **changes)


def correct(correction: Correction) -> None:
    """Lay one more correction over the mail."""
    reading = current()
    if reading is not None:
        change(corrections=(*reading.corrections, correction), leave_out=frozenset())


def undo() -> None:
    """Take the last correction back."""
    reading = current()
    if reading is not None:
        change(corrections=reading.corrections[:-1], leave_out=frozenset())


def show(report: Report, example: str = "", notes: tuple[str, ...] = ()) -> None:
    """Put a report on the page."""
    number = st.session_state.get(COUNTER, 0) + 1
    st.session_state[COUNTER] = number
    st.session_state[PROBLEM] = ""
    st.session_state[STATE] = Reading(report, number, example, notes)


def read_text(text: str) -> bool:
    """Read pasted text and put it on the page; what is wrong with it is kept to be said. Whether it was read."""
    if not text.strip():
        st.session_state[PROBLEM] = shared.words("analyze")["empty"]
        return False
    with problems_said():
        show(shared.analyzer().analyze(text))
    return not st.session_state[PROBLEM]


def read_file(name: str, raw: bytes) -> bool:
    """Read a dropped file and put its first mail on the page. Whether there was one."""
    from feedback_nlp.mail import open_mail

    with problems_said():
        with Workplace() as folder:
            path = Path(folder, "mail" + safe_suffix(name))
            path.write_bytes(raw)
            first, number = _first(open_mail(path))
        many = f"{number:,}" if number < COUNTED else f"{COUNTED:,} or more"
        notes = (shared.words("analyze")["several"].format(n=many),) if number > 1 else ()
        show(shared.analyzer().analyze(first), notes=notes)
    return not st.session_state[PROBLEM]


@contextmanager
def problems_said() -> Iterator[None]:
    """Keep what went wrong to be said on the page: the reason, or that the program broke. What is shown stays."""
    try:
        yield
    except FeedbackNlpError as error:
        st.session_state[PROBLEM] = str(error)
    except Exception as error:  # noqa: BLE001 - a nervous person is told kindly, and keeps the words in the box
        shared.log_fault(error)
        st.session_state[PROBLEM] = shared.words("analyze")["broke"]


def safe_suffix(name: str) -> str:
    """The ending of a file name, when it is one that a file may have."""
    suffix = Path(name).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= 8 else ""


def example_report(example: Mapping[str, str]) -> Report:
    """The report on one of the invented example mails. It is nobody's mail, so all sessions may share it."""
    return _example_report(example["key"])


@st.cache_resource(show_spinner=False)
def _example_report(key: str) -> Report:
    block = next(each for each in content.read_table("examples")["example"] if each["key"] == key)
    message = Message(text=block["text"].strip(), subject=block["subject"], sender=block["sender"], id=key)
    report: Report = shared.analyzer().analyze(message)
    return report


def _first(mails: Any) -> tuple[Message, int]:
    """The first mail that could be read, and how many there are (counted up to `COUNTED`)."""
    found: Message | None = None
    reason = ""
    count = 0
    for mail in mails:
        if isinstance(mail, Refused):
            reason = reason or mail.reason
            continue
        found = found or mail
        count += 1
        if count == COUNTED:
            break
    if found is None:
        raise InputError(reason) if reason else EmptyInput(shared.words("analyze")["empty"])
    return found, count
