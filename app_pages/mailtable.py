"""The table of many mails: filters, rows, the selected mail, the export."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import streamlit as st
from app_pages import shared
from app_pages.mailrun import MailRun, message_of
from app_pages.marks import MarkKind, marks

from feedback_nlp import content
from feedback_nlp.export import Form, export
from feedback_nlp.schema import Stage, Tag
from feedback_nlp.store import Item, Status

if TYPE_CHECKING:
    import pandas as pd

words = shared.words("mailbox")
SHOWN = 5_000  # rows that go to the browser; the filters and the export see all
MIME = {
    Form.JSONL: "application/jsonl",
    Form.CSV: "text/csv",
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.PARQUET: "application/vnd.apache.parquet",
}
COLUMNS = shared.words("column")


def frame(run: MailRun) -> pd.DataFrame:
    """All mails of a run as a table, the newest first; made once each time that the run ends."""
    made: tuple[int, int, pd.DataFrame] | None = st.session_state.get("mailbox_frame")
    if made is not None and made[:2] == (id(run), run.starts):
        return made[2]
    table = _frame(run)
    st.session_state["mailbox_frame"] = (id(run), run.starts, table)
    return table


def _frame(run: MailRun) -> pd.DataFrame:
    import pandas as pd

    items = run.store.items(status=Status.READ)
    table = pd.DataFrame([_row(item) for item in items])
    if table.empty:
        return table
    table["sent"] = pd.to_datetime(table["sent"].str[:19], errors="coerce")
    return table.sort_values("sent", ascending=False, na_position="last", ignore_index=True)


def _row(item: Item) -> dict[str, Any]:
    names = content.explanations()
    found = item.report["improvements"] if item.areas else ()
    return {
        "key": item.key,
        "sent": item.sent,
        "company": str(item.facts.get("company", "")) or item.sender,
        "subject": item.subject,
        "tag": COLUMNS["unsure_tag"] if item.unsure else names[item.tag].name,
        "stage": names[item.stage].name,
        "areas": ", ".join(names[area].name for area in item.areas if area in names),
        "quotes": " · ".join(each["evidence"] for each in found),
        "offered": item.offered,
        "offer": str(item.facts.get("offer", "")),
        "window": str(item.facts.get("offer_window", "")),
        "sender": item.sender,
        "file": Path(item.source.path).name,
        "tag_key": "unsure" if item.unsure else item.tag,
        "stage_key": item.stage,
        "area_keys": item.areas,
    }


def show(run: MailRun) -> str | None:
    """The filters and the table; the key of the selected mail."""
    table = frame(run)
    if table.empty:
        return None
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
    return str(visible["key"].iloc[rows[0]]) if rows and rows[0] < len(visible) else None


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


def show_detail(run: MailRun, key: str, open_it: Callable[[MailRun, str], None]) -> None:
    """The selected mail with its marks, and the way to its whole answer."""
    item = run.store.item(key)
    if item is None or not item.report:
        return
    st.header(words["detail"], anchor=False)
    with st.container(border=True, key="detail"):
        report = shared.analyzer().analyze(message_of(item.report))
        if report.advice is not None:
            shared.say(report.advice.reading, "strong", "h3")
        shared.say(" · ".join(each for each in (item.subject, item.sender) if each), "small")
        shared.show_message(report.analysis.message, marks(report.analysis), set(MarkKind), words["detail"])
        st.button(words["open"], on_click=open_it, args=(run, key), type="primary", key="open_in_analyze")


def refused_table(run: MailRun) -> pd.DataFrame:
    """What was not read, and why."""
    import pandas as pd

    items = [item for status in (Status.REFUSED, Status.FAILED) for item in run.store.items(status=status)]
    return pd.DataFrame(
        {
            COLUMNS["file"]: [_place(item.source.path, item.source.index) for item in items],
            COLUMNS["reason"]: [item.reason for item in items],
        }
    )


def _place(path: str, index: int) -> str:
    name = path.replace("\\", "/").rpartition("/")[2]
    return f"{name} #{index + 1}" if index else name


def show_export(run: MailRun) -> None:
    """The results as a file, in four forms; each is made when it is asked for."""
    st.header(words["export"], anchor=False)
    shared.say(words["export_lead"])
    redacted = st.checkbox(words["redacted"], key="export_redacted", help=words["redacted_help"])
    with st.container(horizontal=True):
        for form in Form:
            st.download_button(
                words["export_as"].format(form=form.value.upper()),
                partial(exported, run, form, redacted),
                file_name=f"feedback.{form}",
                mime=MIME[form],
                on_click="ignore",
                key=f"export-{form}",
            )


def exported(run: MailRun, form: Form, redacted: bool) -> bytes:
    """The results of a run in one form."""
    with TemporaryDirectory(dir=run.folder.name) as folder:
        path = Path(folder, f"feedback.{form}")
        export(run.store, path, redacted=redacted)
        return path.read_bytes()
