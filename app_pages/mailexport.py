"""The results of a mailbox as files: four tables, and the whole as a page to keep."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st
from app_pages import shared
from app_pages.mailrun import MailRun

from feedback_nlp.export import Form, export
from feedback_nlp.html_report import write_html
from feedback_nlp.overview import Overview
from feedback_nlp.patterns import summary_lines

words = shared.words("mailbox")
MIME = {
    Form.JSONL: "application/jsonl",
    Form.CSV: "text/csv",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.PARQUET: "application/vnd.apache.parquet",
}


def show(run: MailRun, found: Overview) -> None:
    """Each form is made when it is asked for."""
    st.header(words["export"], anchor=False)
    shared.say(words["export_lead"])
    redacted = st.checkbox(words["redacted"], key="export_redacted", help=words["redacted_help"])
    with st.container(horizontal=True):
        for form in Form:
            st.download_button(
                words["export_as"].format(form=words["export_names"][form.value]),
                partial(exported, run, found, form, redacted),
                file_name=f"feedback.{form}",
                mime=MIME[form],
                on_click="ignore",
                key=f"export-{form}",
            )
        st.download_button(
            words["export_page"],
            partial(page, run, found),
            file_name="feedback.html",
            mime="text/html",
            on_click="ignore",
            disabled=redacted,
            help=words["export_page_help"],
            key="export-page",
        )


def exported(run: MailRun, found: Overview, form: Form, redacted: bool) -> bytes:
    """The results of a run in one form."""
    with TemporaryDirectory(dir=run.folder.name) as folder:
        path = Path(folder, f"feedback.{form}")
        joined, summary = found.patterns.triage.joined, summary_lines(found.patterns)
        export(run.store, path, redacted=redacted, joined=joined, summary=summary)
        return path.read_bytes()


def page(run: MailRun, found: Overview) -> bytes:
    """The results of a run as one page that asks nothing of the network."""
    with TemporaryDirectory(dir=run.folder.name) as folder:
        path = Path(folder, "feedback.html")
        write_html(run.store, found.patterns, path, run=None, today=date.today())  # noqa: DTZ011 - the person's own day
        return path.read_bytes()
