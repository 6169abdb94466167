"""The charts over many mails, each with its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from app_pages import shared
from app_pages.mailrun import MailRun
from app_pages.mailtable import COLUMNS, frame

from feedback_nlp import content
from feedback_nlp.schema import Stage, Tag

if TYPE_CHECKING:
    import pandas as pd

words = shared.words("mailbox")
FEW = 10  # below this, a pattern is an accident
STAGES = [Stage.APPLICATION, Stage.ASSESSMENT, Stage.INTERVIEW, Stage.FINAL]


def show(run: MailRun) -> None:
    """Funnel by stage, areas, time, and the offers of feedback."""
    table = frame(run)
    if table.empty:
        return
    told = table[table["tag_key"] != Tag.UNRELATED.value]
    if told.empty:
        return
    st.header(words["charts"], anchor=False)
    if len(told) < FEW:
        shared.notice(words["few"])
    with st.grid(2, min_column_width=340, gap="medium") as grid:
        with grid.cell():
            _chart(words["chart_funnel"], _stages(told))
        with grid.cell():
            _chart(words["chart_areas"], _areas(told))
        with grid.cell():
            _chart(words["chart_time"], _months(told), words["no_dates"], horizontal=False)
    st.subheader(words["chart_offers"], anchor=False)
    offers = told[told["offered"]].sort_values("sent", ascending=False, na_position="last")
    if offers.empty:
        st.write(words["no_offers"])
    else:
        shown = offers[["sent", "company", "subject", "offer", "window"]].rename(columns=COLUMNS)
        st.dataframe(shown, hide_index=True, column_config={COLUMNS["sent"]: st.column_config.DateColumn()})


def _chart(title: str, counted: pd.DataFrame, empty: str = "", horizontal: bool = True) -> None:
    st.subheader(title, anchor=False)
    if counted.empty:
        st.write(empty or words["no_areas"])
        return
    name, number = counted.columns
    summary = ", ".join(f"{label} {value}" for label, value in counted.head(12).itertuples(index=False))
    st.bar_chart(
        counted,
        x=name,
        y=number,
        horizontal=horizontal,
        sort=False,
        height=60 + 34 * len(counted) if horizontal else 260,
        alt=f"{title}: {summary}",
        x_label="",
        y_label="",
    )
    with st.expander(words["as_table"], key=f"table-{title}"):
        st.dataframe(counted, hide_index=True)


def _stages(told: pd.DataFrame) -> pd.DataFrame:
    """How many got at least this far: a funnel, so each stage holds the later ones too."""
    names = content.explanations()
    number = told["stage_key"].value_counts()
    reached = [sum(int(number.get(later.value, 0)) for later in STAGES[place:]) for place in range(len(STAGES))]
    return _table([names[stage.value].name for stage in STAGES], reached, COLUMNS["stage"])


def _areas(told: pd.DataFrame) -> pd.DataFrame:
    number = told["area_keys"].explode().dropna().value_counts()
    known = content.areas()
    return _table(
        [known[key].name if key in known else str(key) for key in number.index], list(number), COLUMNS["areas"]
    )


def _months(told: pd.DataFrame) -> pd.DataFrame:
    number = told["sent"].dropna().dt.strftime("%Y-%m").value_counts().sort_index()
    return _table(list(number.index), list(number), COLUMNS["month"])


def _table(labels: list[str], numbers: list[int], name: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: labels, COLUMNS["mails"]: [int(number) for number in numbers]})
