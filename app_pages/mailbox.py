"""Mailbox: many mails at once, in the background, with a table, charts and an export."""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from app_pages import mailcharts, maildetail, mailexport, mailtable, reading, shared
from app_pages.mailbox_files import put_aside
from app_pages.mailrun import MailRun, State, message_of
from app_pages.workplace import Workplace

from feedback_nlp.batch import Progress
from feedback_nlp.errors import FeedbackNlpError
from feedback_nlp.itemize import AnalyzerFactory
from feedback_nlp.overview import Overview
from feedback_nlp.patterns import figures

words = shared.words("mailbox")
WATCH = 1.0  # seconds between two looks at a run
WORKERS = 1  # processes; the page itself stays free
WRAPPED = 40  # reasons that are shown in full; more of them scroll in a table of one line each
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
    folder = Workplace()
    try:
        paths = [put_aside(Path(folder.name), each.name, each.getbuffer()) for each in dropped]
        paths += [Path(typed).expanduser()] if typed else []
        run = MailRun(tuple(paths), analyzer_factory(), folder, jobs=WORKERS)
        run.start()
    except OSError:
        st.session_state["mailbox_problem"] = words["no_room"]
        folder.cleanup()
        return
    except FeedbackNlpError as error:
        st.session_state["mailbox_problem"] = str(error)
        folder.cleanup()
        return
    desk().append(run)


def analyzer_factory() -> AnalyzerFactory:
    """What makes an analyzer in a worker process."""
    from feedback_nlp.analyzer import load

    return load


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
    sorting = run.state is State.SORTING
    st.progress(1.0 if sorting else run.progress.fraction or 0.0, text=progress_words(run))
    st.button(words["stop"], on_click=run.stop, key="stop_run", disabled=run.stopping or sorting)
    shared.say(words["may_close"], "small")


def progress_words(run: MailRun) -> str:
    """Done, rate and time left, in a line."""
    progress = run.progress
    if run.state is State.SORTING:
        return str(words["sorting"])
    if run.stopping:
        return str(words["stopping"])
    if not progress.seen:
        return str(words["waking"])
    rate = f"{progress.rate:,.0f}" if progress.rate >= 1 else words["rate_low"]
    return str(words["running"].format(done=f"{progress.seen:,}", rate=rate, left=left_words(progress)))


def left_words(progress: Progress) -> str:
    """The time left, as roughly as it is known."""
    seconds = progress.seconds_left
    if seconds is None:
        return str(words["left_unknown"])
    if seconds < 60:
        return str(words["left_seconds"])
    minutes = round(seconds / 60)
    return str(words["left_minute"] if minutes == 1 else words["left_minutes"].format(n=f"{minutes:,}"))


def show_state(run: MailRun) -> None:
    """What became of the run, and what can be done now."""
    done = f"{run.counts.items:,}"
    if run.state is State.FINISHED:
        shared.notice(finished_words(run), problem=not run.counts.read)
    elif run.state is State.FAILED:
        shared.notice(f"{words['failed']} {run.problem}", problem=True)
    else:
        shared.notice(words["stopped"].format(done=done))
    with st.container(horizontal=True):
        if run.state is not State.FINISHED:
            st.button(words["resume"], on_click=run.start, type="primary", key="resume_run")
        with st.popover(words["clear"]):
            st.write(words["clear_lead"])
            st.button(words["clear_sure"], on_click=forget, key="forget_run")


def finished_words(run: MailRun) -> str:
    """How many were read, and whether any were not."""
    read, unread, time = run.counts.read, run.counts.refused + run.counts.failed, time_words(run.seconds)
    if not read:
        return str(words["finished_none"])
    if unread:
        return str(words["finished_some"].format(done=f"{read:,}", left=f"{unread:,}", time=time))
    return str(words["finished"].format(done=f"{read:,}", time=time))


def time_words(seconds: float) -> str:
    """Seconds as a person says them."""
    if seconds < 90:
        return str(words["second"] if seconds < 1.5 else words["seconds"].format(n=f"{seconds:.0f}"))
    return str(words["minutes"].format(n=f"{seconds / 60:.0f}"))


def show_refused(run: MailRun) -> None:
    """Every item that was not read, with its reason."""
    number = run.counts.refused + run.counts.failed
    if number:
        with st.expander(words["refused"].format(n=f"{number:,}"), expanded=not run.counts.read):
            shared.say(words["refused_lead"], "small")
            table = mailtable.refused_table(run)
            if number <= WRAPPED:
                shared.bullets(f"{file}: {reason}" for file, reason in table.itertuples(index=False))
            else:
                st.dataframe(table, hide_index=True)


def open_mail(run: MailRun, key: str) -> None:
    """Put a mail of the mailbox on the Analyze page."""
    item = run.store.item(key)
    if item is not None and item.report:
        reading.show(shared.analyzer().analyze(message_of(item.report)))
        st.session_state["go_analyze"] = True


def show_results(run: MailRun) -> None:
    """All that a run brought."""
    show_state(run)
    found: Overview | None = run.overview
    if found is not None and run.counts.read:
        numbers = {name: number for name, _, number in figures(found.patterns)}
        shared.facts([f"{label}: {numbers[name]:,}" for name, label in words["count"].items() if numbers[name]])
    show_refused(run)
    if found is None or not run.counts.read:
        return
    mailcharts.show_offers(run, found, open_mail)
    row = mailtable.show(run, found)
    if row is not None:
        maildetail.show(run, found, row, open_mail)
    mailcharts.show_patterns(found)
    mailexport.show(run, found)


if st.session_state.pop("go_analyze", False):
    st.switch_page(ANALYZE)
st.title(words["title"], anchor=False)
shared.say(words["lead"], "lead")
if st.session_state.get("mailbox_problem"):
    shared.notice(st.session_state["mailbox_problem"], problem=True)
run = current()
if run is None:
    show_start()
elif run.running:
    watch(run)
else:
    show_results(run)
