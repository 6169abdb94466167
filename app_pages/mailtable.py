"""The table of many mails: filters, rows, the selected mail, the export."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st
from app_pages import shared
from app_pages.mailrun import MailRun
from app_pages.marks import MarkKind, marks

from feedback_nlp import content
from feedback_nlp.schema import Stage, Tag

if TYPE_CHECKING:
    import pandas as pd

words = shared.words("mailbox")
SHOWN = 5_000  # rows that go to the browser; the filters and the export see all
COLUMNS = shared.words("column")


def frame(run: MailRun) -> pd.DataFrame:
    """All rows of a run as a table; made once for each number of rows, since a run only grows."""
    made: tuple[int, int, pd.DataFrame] | None = st.session_state.get("mailbox_frame")
    if made is not None and made[:2] == (id(run), len(run.rows)):
        return made[2]
    table = _frame(run)
    st.session_state["mailbox_frame"] = (id(run), len(run.rows), table)
    return table


def _frame(run: MailRun) -> pd.DataFrame:
    import pandas as pd

    names = content.explanations()
    rows = [
        {
            "sent": row.sent.replace(tzinfo=None) if row.sent else None,
            "company": row.company or row.sender,
            "subject": row.subject,
            "tag": shared.words("column")["unsure_tag"] if row.unsure else names[row.tag].name,
            "stage": names[row.stage].name,
            "areas": ", ".join(names[area].name for area in row.areas if area in names),
            "quotes": " · ".join(row.quotes),
            "offered": row.offered,
            "sender": row.sender,
            "file": row.file,
            "tag_key": "unsure" if row.unsure else row.tag,
            "stage_key": row.stage,
            "outcome_key": row.outcome,
            "area_keys": row.areas,
        }
        for row in run.rows
    ]
    table = pd.DataFrame(rows)
    table["sent"] = pd.to_datetime(table["sent"])
    return table


def show(run: MailRun) -> int | None:
    """The filters and the table; the number of the selected row, in the order of the run."""
    table = frame(run)
    st.header(words["table"], anchor=False)
    kept = _filtered(table)
    shared.say(words["shown"].format(shown=f"{len(kept):,}", all=f"{len(table):,}"), "small")
    if kept.empty:
        st.write(words["no_rows"])
        return None
    visible = kept.head(SHOWN)
    if len(kept) > SHOWN:
        shared.say(words["table_cut"].format(n=f"{SHOWN:,}"), "small")
    shown = ["sent", "company", "subject", "tag", "stage", "areas", "quotes", "offered", "file"]
    event = st.dataframe(
        visible[shown],
        hide_index=True,
        height=min(420, 38 + 35 * len(visible)),
        column_config={
            **{name: st.column_config.TextColumn(COLUMNS[name]) for name in shown},
            "sent": st.column_config.DateColumn(COLUMNS["sent"]),
            "offered": st.column_config.CheckboxColumn(COLUMNS["offered"]),
        },
        on_select="rerun",
        selection_mode="single-row",
        key="mailbox_table",
        alt=words["table"],
    )
    shared.say(words["table_hint"], "small")
    chosen: Any = event
    rows = chosen["selection"]["rows"] if chosen else []
    return int(visible.index[rows[0]]) if rows and rows[0] < len(visible) else None


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    names = content.explanations()
    unsure = str(COLUMNS["unsure_tag"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tag_names = {**{tag.value: names[tag].name for tag in Tag}, "unsure": unsure}
        number = table["tag_key"].value_counts()
        present = [key for key in tag_names if number.get(key)]
        tags = st.pills(
            words["filter_tag"],
            present,
            selection_mode="multi",
            format_func=lambda key: f"{tag_names[key]} ({number[key]:,})",
            key="filter_tag",
            wrap=True,
        )
    with st.grid(3, min_column_width=220, vertical_alignment="bottom") as grid:
        with grid.cell():
            areas = st.multiselect(
                words["filter_area"],
                list(content.areas()),
                format_func=lambda key: content.areas()[key].name,
                key="filter_area",
            )
        with grid.cell():
            stages = st.multiselect(
                words["filter_stage"],
                [stage.value for stage in Stage],
                format_func=lambda key: names[key].name,
                key="filter_stage",
            )
        with grid.cell():
            text = st.text_input(words["filter_text"], key="filter_text")
    offered = st.checkbox(words["filter_offer"], key="filter_offer")
    keep = table["tag"].notna()
    if tags:
        keep &= table["tag_key"].isin(list(tags))
    if areas:
        wanted = set(areas)
        keep &= table["area_keys"].map(lambda found: bool(wanted.intersection(found)))
    if stages:
        keep &= table["stage_key"].isin(stages)
    if text:
        place = table["subject"] + "\n" + table["sender"] + "\n" + table["company"]
        keep &= place.str.contains(text, case=False, regex=False)
    if offered:
        keep &= table["offered"]
    return table[keep]


def show_detail(run: MailRun, index: int, open_it: Callable[[MailRun, int], None]) -> None:
    """The selected mail with its marks, and the way to its whole answer."""
    row = run.rows[index]
    st.header(words["detail"], anchor=False)
    with st.container(border=True, key="detail"):
        report = shared.analyzer().analyze(row.message)
        if report.advice is not None:
            shared.say(report.advice.reading, "strong", "h3")
        shared.say(" · ".join(each for each in (row.subject, row.sender) if each), "small")
        shared.show_message(row.message, marks(report.analysis), set(MarkKind), words["detail"])
        st.button(words["open"], on_click=open_it, args=(run, index), type="primary", key="open_in_analyze")


def refused_table(run: MailRun) -> pd.DataFrame:
    """What was not read, and why."""
    import pandas as pd

    return pd.DataFrame(
        {
            COLUMNS["file"]: [_place(each.source.path, each.source.index) for each in run.refused],
            COLUMNS["reason"]: [each.reason for each in run.refused],
        }
    )


def _place(path: str, index: int) -> str:
    name = path.replace("\\", "/").rpartition("/")[2]
    return f"{name} #{index + 1}" if index else name


def show_export(run: MailRun) -> None:
    """The results as files."""
    st.header(words["export"], anchor=False)
    shared.say(words["export_lead"])
