"""The detail pane of the Mailbox page: an application with its mails, or one mail that was set aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st
from app_pages import shared
from app_pages.mailrun import MailRun, message_of
from app_pages.marks import MarkKind, marks

from feedback_nlp import content
from feedback_nlp.overview import Again, ApplicationRow, MailRow, Overview
from feedback_nlp.patterns import offer_notes
from feedback_nlp.schema import Outcome, Report, Stage

words = shared.words("mailbox")
NAMED = 4  # other applications that are named beside what comes back
Opener = Callable[[MailRun, str], None]


def show(run: MailRun, found: Overview, row: ApplicationRow | MailRow, open_it: Opener) -> None:
    """The selected row: what is known of it, its mails with their marks, and the way to the whole answer."""
    st.header(words["detail"], anchor=False)
    with st.container(border=True, key="detail"):
        if isinstance(row, MailRow):
            _mail(run, row, open_it)
            return
        _head(row)
        for again in found.again(row):
            _again(again)
        _mail(run, _chosen(row), open_it)


def _head(row: ApplicationRow) -> None:
    names = content.explanations()
    company = row.company or words["no_company"]
    shared.say(" · ".join(each for each in (company, row.role_title) if each), "strong", "h3")
    first, last = row.days
    days = [day.isoformat() for day in dict.fromkeys((first, last)) if day]
    facts = [" – ".join(days)]
    facts += [names[row.outcome].name] if row.outcome is not Outcome.UNKNOWN else []
    facts += [names[row.stage].name] if row.stage is not Stage.UNKNOWN else []
    shared.facts(facts)
    if row.offer is not None:
        notes = "; ".join(offer_notes(row.offer, date.today()))  # noqa: DTZ011 - the person's own day
        shared.say(words["offer_here"].format(notes=notes) if notes else words["offer_bare"], "small")
    if row.alike:
        shared.say(words["alike_one" if row.alike == 1 else "alike"].format(n=f"{row.alike:,}"), "small")


def _again(again: Again) -> None:
    """That this is, say, the third application that names examples, and which the others are."""
    names = content.explanations()
    area = names[again.area].name if again.area in names else again.area
    ordinals = words["nth"]
    many = again.nth > len(ordinals)
    place = "" if many else ordinals[again.nth - 1]
    text = words["again_many" if many else "again"].format(area=area, nth=place, total=again.total)
    others = [row.company for row in again.others if row.company][:NAMED]
    shared.notice(f"{text} {words['again_others']} {', '.join(dict.fromkeys(others))}." if others else text)


def _chosen(row: ApplicationRow) -> MailRow:
    """The mail of an application that is shown: the latest, until the person chooses another."""
    if len(row.mails) == 1:
        return row.mails[0]

    def label(place: int) -> str:  # no word of the mail: labels are read as Markdown
        day = row.mails[place].day
        return str(words["mail_n"].format(n=place + 1)) + (f" · {day.isoformat()}" if day else "")

    chosen = st.pills(
        words["its_mails"],
        range(len(row.mails)),
        default=len(row.mails) - 1,
        required=True,
        format_func=label,
        key=f"mail-of-{row.number}",
        wrap=True,
    )
    return row.mails[chosen if chosen is not None else -1]


def _mail(run: MailRun, mail: MailRow, open_it: Opener) -> None:
    report = _report(run, mail.key)
    if report is None:
        return
    if report.advice is not None:
        shared.say(report.advice.reading, "strong", "h4")
    shared.say(" · ".join(each for each in (mail.subject, mail.sender) if each), "small")
    if mail.copies > 1:
        shared.say(words["copies"].format(n=mail.copies), "small")
    shared.show_message(report.analysis.message, marks(report.analysis), set(MarkKind), words["detail"])
    st.button(words["open"], on_click=open_it, args=(run, mail.key), type="primary", key="open_in_analyze")


def _report(run: MailRun, key: str) -> Report | None:
    """The report on a stored mail; the last one is kept, so that a filter does not read it again."""
    held: tuple[str, Report] | None = st.session_state.get("mailbox_report")
    if held is not None and held[0] == key:
        return held[1]
    item = run.store.item(key)
    if item is None or not item.report:
        return None
    report: Report = shared.analyzer().analyze(message_of(item.report))
    st.session_state["mailbox_report"] = (key, report)
    return report
