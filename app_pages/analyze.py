"""Analyze: one mail, from its words to an answer."""

from __future__ import annotations

import time

import streamlit as st
from app_pages import answer, marked, reading, shared
from app_pages.corrections import as_tag

from feedback_nlp import content
from feedback_nlp.errors import FeedbackNlpError
from feedback_nlp.schema import Outcome, Report, Stage, Tag

words = shared.words("analyze")
BLINK = 0.03  # seconds; the browser gathers what comes within a hundredth before it draws


def take_text() -> None:
    """Read what stands in the box; it is emptied for the next mail once its words are on the page."""
    if reading.read_text(st.session_state.get("mail_text", "")):
        st.session_state["mail_text"] = ""
        st.session_state["example"] = None


def take_file() -> None:
    """Read the file that was dropped."""
    dropped = st.session_state.get("mail_file")
    if dropped is not None and reading.read_file(dropped.name, dropped.getvalue()):
        st.session_state["example"] = None


def take_example() -> None:
    """Show the example that was chosen."""
    key = st.session_state.get("example")
    for each in content.read_table("examples")["example"]:
        if each["key"] == key:
            with reading.problems_said():
                reading.show(reading.example_report(each), example=key)


def show_input() -> None:
    """The box to paste into, the place to drop a file, and the examples."""
    with st.grid(2, min_column_width=340, gap="medium") as grid:
        with grid.cell(), st.form("paste", border=False):
            st.text_area(words["box"], key="mail_text", placeholder=words["placeholder"], height=190)
            st.form_submit_button(words["read"], type="primary", on_click=take_text)
        with grid.cell():
            st.file_uploader(
                words["file"], key="mail_file", on_change=take_file, help=words["file_help"], max_upload_size=50
            )
            shared.say(words["file_limit"], "small")  # the box itself only turns red, and says why to a mouse
            examples = content.read_table("examples")["example"]
            st.pills(
                words["try"],
                [each["key"] for each in examples],
                format_func={each["key"]: each["name"] for each in examples}.__getitem__,
                key="example",
                on_change=take_example,
                wrap=True,
            )


def show_verdict(now: reading.Reading, report: Report) -> None:
    """The mail in a sentence, what it was taken for, and a way to say that this is wrong."""
    labels = report.analysis.labels
    names = content.explanations()
    own = any(now.corrections)
    about_tag = f"{words['told_tag']}: {names[labels.tag].name}" if own else names[labels.tag].name
    stated = [about_tag if own else f"{about_tag} · {shared.confidence_words(labels.confidence)}"]
    stated += [names[labels.outcome].name] if labels.outcome is not Outcome.UNKNOWN else []
    stated += [words["stage"].format(name=names[labels.stage].name)] if labels.stage is not Stage.UNKNOWN else []
    with st.container(border=True, key="verdict"):
        if report.advice is not None:
            shared.say(report.advice.reading, "verdict", "h2")
            if report.advice.tone_line not in report.advice.reading:
                shared.say(report.advice.tone_line, "lead")
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if not now.foreign:
                shared.facts(stated)
            _correct_tag(now, labels.tag)
        show_changes(now)


def _correct_tag(now: reading.Reading, stated: Tag) -> None:
    names = content.explanations()
    with st.popover(words["say_tag" if now.foreign else "correct_tag"], type="tertiary"):
        st.write(words["correct_tag_lead"])
        for tag in Tag:
            if tag is not stated or now.foreign:
                st.button(
                    names[tag].name,
                    help=names[tag].meaning,
                    key=f"tag-{tag}-{now.key}",
                    on_click=reading.correct,
                    args=(as_tag(tag),),
                )


def ask_what_it_is(now: reading.Reading) -> None:
    """Ask the person instead of guessing."""
    language = now.analysis.message.language  # an English name from a list of the program
    with st.container(border=True, key="unsure"):
        st.header(words["foreign_title"].format(language=language) if language else words["unsure_title"], anchor=False)
        st.write(words["foreign_lead"] if language else words["unsure_lead"])
        with st.container(horizontal=True):
            for tag, label in zip(Tag, ("unsure_yes", "unsure_no", "unsure_other"), strict=True):
                st.button(words[label], key=f"unsure-{tag}-{now.key}", on_click=reading.correct, args=(as_tag(tag),))
            st.button(
                words["unsure_skip"],
                key=f"unsure-skip-{now.key}",
                type="tertiary",
                on_click=reading.change,
                kwargs={"accepted": True},
            )


def show_changes(now: reading.Reading) -> None:
    """Say what the person changed, and offer to take it back."""
    number = len(now.corrections)
    if not number:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        shared.say(words["changed" if number == 1 else "changed_many"].format(n=number), "small")
        st.button(words["undo"], key=f"undo-{now.key}", on_click=reading.undo, type="tertiary")


def let_it_draw(now: reading.Reading) -> None:
    """Hold back the rest of a new answer for a blink: a browser that gets all at once shows the verdict last."""
    if st.session_state.get("drawn") != now.number:
        st.session_state["drawn"] = now.number
        time.sleep(BLINK)


def show_answer(now: reading.Reading) -> None:
    """Everything below the input."""
    report = now.answer()
    if now.example:
        shared.say(words["example_note"], "small")
    for note in (*now.notes, *report.analysis.message.notes):
        if not (now.foreign and now.foreign in note):  # the box below says it
            shared.notice(note)
    if now.open_question:
        ask_what_it_is(now)
        let_it_draw(now)
        marked.show_mail(now, report)
        return
    show_verdict(now, report)
    let_it_draw(now)
    if now.foreign:
        show_foreign(now, report)
        return
    if now.accepted and report.analysis.labels.unsure:
        shared.notice(words["unsure_skipped"])
    if report.advice is not None:
        answer.show_notes(report.advice)
    left, right = st.columns([3, 2], gap="large")
    with left:
        marked.show_mail(now, report)
    with right:
        answer.show_work(now, report)
        answer.show_strengths(report)
    if report.advice is not None:
        answer.show_ask(now, report, report.advice)
        answer.show_reflection(now, report.advice)
        answer.show_keep(now, report)


def show_foreign(now: reading.Reading, report: Report) -> None:
    """What is left to say of a mail in another language that its reader cannot place either."""
    marked.show_mail(now, report)
    if report.advice is not None:
        st.header(words["no_reply"], anchor=False)
        shared.say(report.advice.no_reply_reason)


st.title(words["title"], anchor=False)
own = reading.current() is not None and not reading.current().example  # type: ignore[union-attr]
if not own:  # with a mail on the page its answer comes first
    shared.say(words["lead"], "lead")
if st.session_state.get(reading.PROBLEM):  # above the box: below it, a phone would not show it
    shared.notice(st.session_state[reading.PROBLEM], problem=True)
# Another key for each mail: the box is folded again when the next one has been read.
folded = f"another-{st.session_state.get(reading.COUNTER, 0)}"
with st.container(key="input"), st.expander(words["another"], key=folded) if own else st.container():
    show_input()

if reading.current() is None:
    first = content.read_table("examples")["example"][0]
    try:
        with st.spinner(words["loading"]):
            reading.show(reading.example_report(first), example=first["key"])
    except FeedbackNlpError as error:
        shared.notice(f"{words['no_models']}: {error}", problem=True)
if (now := reading.current()) is not None:
    show_answer(now)
