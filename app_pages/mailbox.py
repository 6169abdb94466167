"""Mailbox: many mails at once, in the background, with a table, charts and an export."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from app_pages import mailcharts, mailtable, reading, shared
from app_pages.mailrun import MailRun, State
from app_pages.mails import open_mail

from feedback_nlp.errors import FeedbackNlpError

words = shared.words("mailbox")
WATCH = 1.0  # seconds between two looks at a run
ANALYZE = "app_pages/analyze.py"


@st.cache_resource(show_spinner=False)
def desk() -> list[MailRun]:
    """The run of this process, at most one: it outlives a closed tab."""
    return []


def current() -> MailRun | None:
    """The run on the page."""
    return desk()[0] if desk() else None


def begin() -> None:
    """Put the dropped files aside and start to read them."""
    dropped = st.session_state.get("mailbox_files") or []
    typed = (st.session_state.get("mailbox_path") or "").strip()
    st.session_state["mailbox_problem"] = ""
    if typed and not Path(typed).expanduser().exists():
        st.session_state["mailbox_problem"] = words["path_missing"]
        return
    if not dropped and not typed:
        st.session_state["mailbox_problem"] = words["nothing"]
        return
    try:
        folder = TemporaryDirectory(prefix="feedback-nlp-")
        paths = [
            put_aside(Path(folder.name), number, each.name, each.getbuffer()) for number, each in enumerate(dropped)
        ]
        run = MailRun(
            tuple(paths + ([Path(typed).expanduser()] if typed else [])), shared.analyzer(), open_mail, folder
        )
    except OSError:
        st.session_state["mailbox_problem"] = words["no_room"]
        return
    except FeedbackNlpError as error:
        st.session_state["mailbox_problem"] = str(error)
        return
    desk().append(run)
    run.start()


def put_aside(folder: Path, number: int, name: str, raw: memoryview | bytes) -> Path:
    """Write a dropped file below a folder that only this user can open, under a name that leads nowhere else."""
    plain = "".join(char for char in Path(name).name if char.isalnum() or char in " ._-")[-80:].strip(". ") or "mail"
    path = folder / f"{number:05d}" / plain
    path.parent.mkdir()
    path.write_bytes(raw)
    return path


def forget() -> None:
    """Delete the run and its files."""
    if (run := current()) is not None:
        run.forget()
        desk().clear()


def show_start() -> None:
    """Where a run begins."""
    with st.form("mailbox_form", border=False):
        st.file_uploader(
            words["drop"], accept_multiple_files=True, key="mailbox_files", help=words["drop_help"], max_upload_size=50
        )
        st.text_input(words["path"], key="mailbox_path", help=words["path_help"])
        st.form_submit_button(words["start"], type="primary", on_click=begin)
    shared.say(words["empty"], "small")


@st.fragment(run_every=WATCH)
def watch(run: MailRun) -> None:
    """How far the run is; looks again every second, and wakes the page when the run has ended."""
    if not run.running:
        st.rerun()
    st.progress(min(run.done / run.total, 1.0) if run.total else 0.0, text=progress_words(run))
    st.button(words["stop"], on_click=run.stop, key="stop_run")


def progress_words(run: MailRun) -> str:
    """Done, rate and time left, in a line."""
    left = words["left_unknown"]
    if run.total and run.rows:
        seconds = (run.total - run.done) / max(run.rate, 0.001)
        left = words["left_seconds"] if seconds < 60 else words["left_minutes"].format(n=round(seconds / 60))
    return str(words["running"].format(done=count(run.done, run.total), rate=f"{run.rate:,.0f}", left=left))


def count(done: int, total: int | None) -> str:
    """A count for people: "1,200 of 20,000"."""
    return f"{done:,} of {total:,}" if total else f"{done:,}"


def show_state(run: MailRun) -> None:
    """What became of the run, and what can be done now."""
    done = f"{run.done:,}"
    if run.state is State.FINISHED:
        shared.notice(words["finished"].format(done=done, seconds=f"{run.seconds:,.1f}"))
    else:
        shared.notice(words["failed"] if run.state is State.FAILED else words["stopped"].format(done=done))
    with st.container(horizontal=True):
        if run.state is not State.FINISHED:
            st.button(words["resume"], on_click=run.start, type="primary", key="resume_run")
        with st.popover(words["clear"]):
            st.write(words["clear_lead"])
            st.button(words["clear_sure"], on_click=forget, key="forget_run")


def show_refused(run: MailRun) -> None:
    """Every item that was not read, with its reason."""
    if run.duplicates:
        shared.say(words["duplicates"].format(n=f"{run.duplicates:,}"), "small")
    if run.refused:
        with st.expander(words["refused"].format(n=f"{len(run.refused):,}")):
            shared.say(words["refused_lead"], "small")
            st.dataframe(mailtable.refused_table(run), hide_index=True)


def open_selected(run: MailRun, index: int) -> None:
    """Put a mail of the table on the Analyze page."""
    reading.show(shared.analyzer().analyze(run.rows[index].message))
    st.session_state["go_analyze"] = True


st.title(words["title"], anchor=False)
shared.say(words["lead"], "lead")
if st.session_state.pop("go_analyze", False):
    st.switch_page(ANALYZE)
if st.session_state.get("mailbox_problem"):
    shared.notice(st.session_state["mailbox_problem"], problem=True)
run = current()
if run is None:
    show_start()
elif run.running:
    watch(run)
else:
    show_state(run)
if run is not None and not run.running:
    show_refused(run)
    if run.rows:
        selected = mailtable.show(run)
        if selected is not None:
            mailtable.show_detail(run, selected, open_selected)
        mailcharts.show(run)
        mailtable.show_export(run)
