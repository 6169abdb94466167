"""The marked mail: legend, text and list."""

from __future__ import annotations

import streamlit as st
from app_pages import shared
from app_pages.marks import MarkKind, counts, marks
from app_pages.reading import Reading

from feedback_nlp.schema import Report

words = shared.words("analyze")


def show_mail(now: Reading, report: Report) -> None:
    """Show the mail with its marks. The legend is the filter and holds the counts."""
    analysis = report.analysis
    found = marks(analysis)
    plain = not found and bool(now.foreign)  # nothing was looked for
    st.header(words["mail_plain" if plain else "mail"], anchor=False)
    shared.say(" · ".join(each for each in (analysis.message.subject, analysis.message.sender) if each), "small")
    shown = _legend(now, counts(found))
    shared.show_message(analysis.message, found, shown, words["mail"])
    if not found:
        shared.say("" if plain else words["nothing_marked"], "small")
        return
    with st.expander(words["list"]):
        shared.say(words["list_lead"], "small")
        shared.show_list(analysis, [mark for mark in found if mark.kind in shown])


def _legend(now: Reading, number: dict[MarkKind, int]) -> set[MarkKind]:
    shown = set()
    with st.container(horizontal=True, gap="small", key="legend"):
        for kind, count in number.items():
            with st.container(width="content", key=f"kind-{kind}"):
                label = f"{shared.kind_words(kind)['name']} ({count})"
                if st.checkbox(label, value=True, key=f"show-{kind}-{now.number}", help=None):
                    shown.add(kind)
    return shown
