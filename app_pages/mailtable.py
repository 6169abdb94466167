"""The table of applications and of the mail that was set aside: filters, rows, what is selected."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import streamlit as st
from app_pages import shared
from app_pages.mailrun import MailRun

from feedback_nlp import content
from feedback_nlp.overview import ApplicationRow, MailRow, Overview
from feedback_nlp.schema import Stage, Tag
from feedback_nlp.store import Status

if TYPE_CHECKING:
    import pandas as pd

words = shared.words("mailbox")
COLUMNS = shared.words("column")
SHOWN = 2_000  # rows that go to the browser; the filters and the export see all
APART, TOLD = "unrelated", "applications"
UNSURE = "unsure"
TOLD_COLUMNS = ("company", "kind", "last", "role", "stage", "outcome", "areas", "quotes", "mails", "offer", "alike")
APART_COLUMNS = ("company", "subject", "last", "kind", "file")


def show(run: MailRun, found: Overview) -> ApplicationRow | MailRow | None:
    """The filters and the table; the row that is selected."""
    st.header(words["table"], anchor=False)
    view = _view(found)
    rows: Sequence[ApplicationRow | MailRow] = found.unrelated if view == APART else found.applications
    if not rows:
        st.write(words["none_apart" if view == APART else "none_told"])
        return None
    table = frame(run, found, view)
    kept = _apart(table) if view == APART else _told(table)
    shared.say(words["shown"].format(shown=f"{len(kept):,}", all=f"{len(table):,}"), "small")
    if kept.empty:
        st.write(words["no_rows"])
        return None
    if len(kept) > SHOWN:
        shared.say(words["table_cut"].format(n=f"{SHOWN:,}"), "small")
    place = _table(kept.head(SHOWN), APART_COLUMNS if view == APART else TOLD_COLUMNS)
    return None if place is None else rows[place]


def _view(found: Overview) -> str:
    told = words["view_applications"].format(n=f"{len(found.applications):,}")
    apart = words["view_unrelated"].format(n=f"{len(found.unrelated):,}")
    view = st.segmented_control(
        words["view"],
        [TOLD, APART],
        default=TOLD,
        required=True,
        format_func={TOLD: told, APART: apart}.__getitem__,
        key="mailbox_view",
        label_visibility="collapsed",
    )
    return str(view)


def _table(visible: pd.DataFrame, columns: Sequence[str]) -> int | None:
    """Draw the rows; the place of the selected one in all rows. Another filter is another table: nothing selected."""
    stamp = sha256(repr((columns[1:3], list(visible.index))).encode()).hexdigest()[:12]
    text = {name: st.column_config.TextColumn(COLUMNS[name]) for name in columns}
    with st.container(key="mailbox_table"):
        event: Any = st.dataframe(
            visible[list(columns)],
            hide_index=True,
            height=min(420, 38 + 35 * len(visible)),
            column_config={
                **text,
                "last": st.column_config.DateColumn(COLUMNS["last"]),
                "company": st.column_config.TextColumn(COLUMNS["company"], pinned=True),
                **{name: st.column_config.NumberColumn(COLUMNS[name]) for name in ("mails", "alike") if name in text},
            },
            on_select="rerun",
            selection_mode="single-row",
            key=f"table-{stamp}",
            alt=words["table"],
        )
    shared.say(words["table_hint"], "small")
    chosen = event["selection"]["rows"] if event else []
    return int(visible.index[chosen[0]]) if chosen and chosen[0] < len(visible) else None


# --- rows -------------------------------------------------------------------------------------------------------------


def frame(run: MailRun, found: Overview, view: str) -> pd.DataFrame:
    """The rows of a view as a table; made once each time that the run ends. Its index is the place of the row."""
    import pandas as pd

    held = st.session_state.get(f"frame-{view}")
    if held is not None and held[0] is found:
        table: pd.DataFrame = held[1]
        return table
    rows = [_apart_row(row) for row in found.unrelated] if view == APART else [_told_row(r) for r in found.applications]
    table = pd.DataFrame(rows)
    table["last"] = pd.to_datetime(table["last"], errors="coerce")
    st.session_state[f"frame-{view}"] = (found, table)
    return table


def _told_row(row: ApplicationRow) -> dict[str, Any]:
    names = content.explanations()
    return {
        "last": row.days[1],
        "company": row.company or words["no_company"],
        "role": row.role_title,
        "kind": COLUMNS["unsure_tag"] if row.unsure else names[row.tag].name,
        "stage": names[row.stage].name,
        "outcome": names[row.outcome].name,
        "areas": ", ".join(names[area].name for area in row.areas if area in names),
        "quotes": " · ".join(row.quotes),
        "mails": len(row.mails),
        "offer": offer_words(row),
        "alike": row.alike or None,
        "kind_key": UNSURE if row.unsure else row.tag.value,
        "stage_key": row.stage.value,
        "area_keys": row.areas,
        "offered": row.offer is not None,
        "place": "\n".join([row.company, row.role_title, *(f"{mail.subject}\n{mail.sender}" for mail in row.mails)]),
    }


def offer_words(row: ApplicationRow) -> str:
    """What the row says of an open offer: its last day, or that there is one."""
    if row.offer is None:
        return ""
    return row.offer.until.isoformat() if row.offer.until else str(COLUMNS["offer_open"])


def _apart_row(row: MailRow) -> dict[str, Any]:
    return {
        "last": row.day,
        "company": row.company or row.sender,
        "subject": row.subject,
        "kind": COLUMNS["unsure_tag"] if row.unsure else content.explanations()[row.tag].name,
        "file": row.file,
        "place": f"{row.company}\n{row.subject}\n{row.sender}",
    }


# --- filters ----------------------------------------------------------------------------------------------------------


def _told(table: pd.DataFrame) -> pd.DataFrame:
    names = content.explanations()
    kinds = {**{tag.value: names[tag].name for tag in Tag}, UNSURE: str(COLUMNS["unsure_tag"])}
    number = table["kind_key"].value_counts()
    tags = st.pills(
        words["filter_tag"],
        [key for key in kinds if number.get(key)],
        selection_mode="multi",
        format_func=lambda key: f"{kinds[key]} ({number[key]:,})",
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
    keep = _holding(table, text)
    if st.checkbox(words["filter_offer"], key="filter_offer"):
        keep &= table["offered"]
    if tags:
        keep &= table["kind_key"].isin(list(tags))
    if areas:
        wanted = set(areas)
        keep &= table["area_keys"].map(lambda found: bool(wanted.intersection(found)))
    if stages:
        keep &= table["stage_key"].isin(stages)
    return table[keep]


def _apart(table: pd.DataFrame) -> pd.DataFrame:
    shared.say(words["apart_lead"], "small")
    return table[_holding(table, st.text_input(words["filter_text"], key="filter_text_apart"))]


def _holding(table: pd.DataFrame, text: str | None) -> pd.Series[bool]:
    if text:
        return table["place"].str.contains(text, case=False, regex=False)
    return table["place"].notna()


# --- what was not read ------------------------------------------------------------------------------------------------


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
