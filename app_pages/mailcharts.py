"""What many mails come to: offers still open, what comes back, charts with their tables, letters with one wording."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import streamlit as st
from app_pages import shared
from app_pages.maildetail import Opener
from app_pages.mailrun import MailRun
from app_pages.mailtable import COLUMNS

from feedback_nlp import content
from feedback_nlp.overview import Overview
from feedback_nlp.patterns import AreaCount, OpenOffer, areas_note, offer_notes
from feedback_nlp.schema import Tag

if TYPE_CHECKING:
    import pandas as pd

words = shared.words("mailbox")
CARDS = 4  # offers that are shown as cards; the table holds all
LETTERS = 200  # rows of letters with one wording


# --- offers -----------------------------------------------------------------------------------------------------------


def show_offers(run: MailRun, found: Overview, open_it: Opener) -> None:
    """The offers of feedback that can still be taken up, the most urgent first."""
    today = date.today()  # noqa: DTZ011 - the person's own day
    still, past = found.offers(today)
    st.header(words["offers"], anchor=False)
    if not still and not past:
        st.write(words["no_offers"])
        return
    if still:
        shared.say(words["offers_lead"])
        with st.grid(2, min_column_width=300, gap="small") as grid:
            for offer in still[:CARDS]:
                with grid.cell(), st.container(border=True, height="stretch"):
                    _card(run, found, offer, today, open_it)
    more = len(still) > CARDS
    if more or past:
        label = words["offers_all"].format(n=f"{len(still):,}", past=f"{len(past):,}")
        with st.expander(label, key="offers-all"):
            st.dataframe(_offers(found, [*still, *past], today), hide_index=True)


def _from(found: Overview, offer: OpenOffer) -> str:
    """Who offers: the company, or the name that the table has for it."""
    row = found.application_of(offer.key)
    return offer.company or (row.company if row else "") or str(words["no_company"])


def _card(run: MailRun, found: Overview, offer: OpenOffer, today: date, open_it: Opener) -> None:
    shared.say(_from(found, offer), "strong", "h3")
    shared.quote(offer.words)
    if not offer.words:
        shared.say(words["offer_unquoted"])
    shared.say("; ".join(offer_notes(offer, today)), "small")
    st.button(words["open_offer"], on_click=open_it, args=(run, offer.key), key=f"offer-{offer.key[:16]}")


def _offers(found: Overview, offers: Sequence[OpenOffer], today: date) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            COLUMNS["company"]: [_from(found, each) for each in offers],
            COLUMNS["until"]: ["; ".join(offer_notes(each, today)) for each in offers],
            COLUMNS["offered"]: [each.words for each in offers],
        }
    )


# --- what comes back --------------------------------------------------------------------------------------------------


def show_patterns(found: Overview) -> None:
    """The areas that come back with their words, the funnel, the months, the letters with one wording."""
    if not found.applications:
        return
    st.header(words["charts"], anchor=False)
    st.subheader(words["chart_areas"], anchor=False)
    shared.say(areas_note(found.patterns), "small")
    areas = found.patterns.areas
    if areas:
        counted = _table([each.name for each in areas], [each.applications for each in areas], COLUMNS["areas"])
        _chart(words["chart_areas"], counted)
        _words_of(areas, found)
    with st.grid(2, min_column_width=340, gap="medium") as grid:
        with grid.cell():
            _funnel(found)
        with grid.cell():
            _months(found)
    _letters(found)


def _words_of(areas: Sequence[AreaCount], found: Overview) -> None:
    """The quotes of the area that the person chooses, and the way to its applications."""
    by_key = {each.area: each for each in areas}
    chosen = st.pills(
        words["area_words"],
        list(by_key),
        default=areas[0].area,
        format_func=lambda key: f"{by_key[key].name} ({by_key[key].applications:,})",
        key="area_words",
        wrap=True,
    )
    if chosen not in by_key:
        return
    for quote in by_key[chosen].quotes:
        row = found.application_of(quote.key)
        shared.quote(quote.text, row.company if row else "")
    st.button(words["area_filter"], on_click=_filter_area, args=(chosen,), key="area_filter")


def _filter_area(area: str) -> None:
    """Leave only the applications that name an area in the table."""
    st.session_state["mailbox_view"] = "applications"
    st.session_state["filter_area"] = [area]
    for name, nothing in (("filter_stage", []), ("filter_tag", []), ("filter_text", ""), ("filter_offer", False)):
        st.session_state[name] = nothing


def _funnel(found: Overview) -> None:
    import pandas as pd

    names = content.explanations()
    steps = found.funnel
    st.subheader(words["chart_funnel"], anchor=False)
    if not any(step.reached for step in steps):
        st.write(words["no_stages"])
        return
    labels = [names[step.stage].name for step in steps]
    table = pd.DataFrame(
        {
            COLUMNS["stage"]: labels,
            COLUMNS["reached"]: [step.reached for step in steps],
            COLUMNS["ended"]: [step.last for step in steps],
        }
    )
    _chart(words["chart_funnel"], table[[COLUMNS["stage"], COLUMNS["reached"]]], table)
    silent = len(found.applications) - steps[0].reached
    if silent:
        shared.say(words["no_stage"].format(n=f"{silent:,}"), "small")


def _months(found: Overview) -> None:
    import pandas as pd

    st.subheader(words["chart_time"], anchor=False)
    if not found.patterns.timeline:
        st.write(words["no_dates"])
        return
    names = content.explanations()
    months = found.patterns.timeline
    kinds = (Tag.ACTIONABLE, Tag.GENERIC)
    counted = {names[kind].name: [month.tags.get(kind, 0) for month in months] for kind in kinds}
    table = pd.DataFrame({COLUMNS["month"]: [month.month for month in months], **counted})
    total = ", ".join(f"{month.month} {sum(month.tags.values())}" for month in months[-12:])
    st.bar_chart(
        table,
        x=COLUMNS["month"],
        y=list(counted),
        sort=False,
        height=260,
        alt=f"{words['chart_time']}: {total}",
        x_label="",
        y_label="",
    )
    _as_table(words["chart_time"], table)


def _chart(title: str, counted: pd.DataFrame, table: pd.DataFrame | None = None) -> None:
    name, number = counted.columns
    summary = ", ".join(f"{label} {value}" for label, value in counted.head(12).itertuples(index=False))
    st.bar_chart(
        counted,
        x=name,
        y=number,
        horizontal=True,
        sort=False,
        height=60 + 34 * len(counted),
        alt=f"{title}: {summary}",
        x_label="",
        y_label="",
    )
    _as_table(title, counted if table is None else table)


def _as_table(title: str, table: pd.DataFrame) -> None:
    with st.expander(words["as_table"], key=f"table-{title}"):
        st.dataframe(table, hide_index=True)


def _letters(found: Overview) -> None:
    import pandas as pd

    letters = found.form_letters
    if not letters:
        return
    st.subheader(words["letters"], anchor=False)
    shared.say(words["letters_lead"], "small")
    shown = letters[:LETTERS]
    table = {
        COLUMNS["times"]: [len(each.keys) for each in shown],
        COLUMNS["company"]: [", ".join(each.companies) or words["no_company"] for each in shown],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True)


def _table(labels: list[str], numbers: list[int], name: str) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({name: labels, COLUMNS["applications"]: [int(number) for number in numbers]})
