"""Overview: one row an application, unrelated mail apart, and what several applications name."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feedback_nlp.overview import Overview, overview
from feedback_nlp.schema import Outcome, Source, Stage, Tag
from feedback_nlp.store import Item, Place, Status, Store, pack

LETTER = "We read a great many letters this spring and have chosen to go on with others whose path is closer to ours. "


def mail(number: int, *areas: str, text: str = "", **changes: Any) -> Item:
    """A mail on the tenth of a month, with a quote for each area."""
    fields: dict[str, Any] = {
        "tag": "actionable" if areas else "generic",
        "outcome": "rejected",
        "stage": "interview",
        "sent": f"2026-{number % 12 + 1:02d}-10",
        "sender": f"Firm {number} <jobs@firm{number}.example>",
    } | changes
    report = {
        "sentences": [{"text": text, "role": "decision"}] if text else [],
        "improvements": [{"area": area, "evidence": f"words {number} on {area}"} for area in areas],
    }
    return Item(f"{number:064x}", Status.READ, Source("some/box", number), areas=areas, packed=pack(report), **fields)


@pytest.fixture
def look(tmp_path: Path):
    """The overview of some mails; those in `twice` were seen in two places."""

    def seen(*items: Item, twice: tuple[Item, ...] = ()) -> Overview:
        with Store.open(tmp_path / "results.sqlite") as store:
            places = [Place(number, item.source, item.key) for number, item in enumerate((*items, *twice))]
            store.record(store.begin_run(["a"]), items, places)
            return overview(store)

    return seen


def test_mails_of_one_application_are_one_row(look: Any) -> None:
    """Two mails about one role give one row, with both their words and the furthest stage; copies are counted."""
    same = {"company": "Halden", "role_title": "Planner"}
    first = mail(1, facts=same, stage="application")
    found = look(first, mail(2, "experience", facts=same), twice=(first,))
    (row,) = found.applications
    assert (row.company, row.role_title, len(row.mails)) == ("Halden", "Planner", 2)
    assert (row.tag, row.stage, row.outcome) == (Tag.ACTIONABLE, Stage.INTERVIEW, Outcome.REJECTED)
    assert row.days == (date(2026, 2, 10), date(2026, 3, 10))
    assert (row.areas, row.quotes) == (("experience",), ("words 2 on experience",))
    assert [each.copies for each in row.mails] == [2, 1]


def test_unrelated_mail_stands_apart(look: Any) -> None:
    """Unrelated mail is in no application; the sender's name stands in where no company is proved."""
    found = look(mail(1), mail(2, tag="unrelated", subject="News"), mail(3, tag="unrelated"))
    assert [row.company for row in found.applications] == ["Firm 1"]
    assert [row.day for row in found.unrelated] == [date(2026, 4, 10), date(2026, 3, 10)]


def test_an_application_is_unsure_only_where_that_decides(look: Any) -> None:
    """A doubtful mail beside a sure one with feedback leaves the application sure."""
    same = {"company": "Halden", "role_title": "Planner"}
    found = look(mail(1, "experience", facts=same), mail(2, facts=same, unsure=True), mail(3, unsure=True))
    assert [row.unsure for row in found.applications] == [True, False]


def test_what_comes_back_is_counted_by_date(look: Any) -> None:
    """The third application that names an area says so, and which others do."""
    found = look(*(mail(number, "experience") for number in (4, 1, 2)), mail(5), mail(6))
    by_month = {row.days[0].month: row for row in found.applications}
    (again,) = found.again(by_month[5])
    assert (again.area, again.nth, again.total) == ("experience", 3, 3)
    assert {row.days[0].month for row in again.others} == {2, 3}
    assert found.again(by_month[6]) == []


def test_few_mails_come_back_to_nothing(look: Any) -> None:
    """Below the number that makes a pattern, nothing is said to come back."""
    found = look(mail(1, "experience"), mail(2, "experience"))
    assert found.again(found.applications[0]) == []


def test_the_funnel_holds_the_later_steps(look: Any) -> None:
    """Who had an interview had applied; an application without a stage is in no step."""
    found = look(mail(1, stage="application"), mail(2), mail(3, stage="final"), mail(4, stage="unknown"))
    assert [(each.stage, each.reached, each.last) for each in found.funnel] == [
        (Stage.APPLICATION, 3, 1),
        (Stage.ASSESSMENT, 2, 0),
        (Stage.INTERVIEW, 2, 1),
        (Stage.FINAL, 1, 1),
    ]


def test_a_letter_that_several_firms_send_is_a_group(look: Any) -> None:
    """The same wording from three firms is one group, and each row says how many others have it."""
    found = look(*(mail(number, text=LETTER) for number in range(3)), mail(3, text="Something else. " * 12))
    assert [len(form.keys) for form in found.form_letters] == [3]
    assert sorted(row.alike for row in found.applications) == [0, 2, 2, 2]


def test_two_letters_of_one_application_are_no_group(look: Any) -> None:
    """A letter that one firm sends twice about one role says nothing about other firms."""
    same = {"company": "Halden", "role_title": "Planner"}
    found = look(*(mail(number, text=LETTER, facts=same) for number in range(2)))
    assert found.form_letters == ()
    assert found.applications[0].alike == 0


def test_an_open_offer_belongs_to_its_application(look: Any) -> None:
    """An offer that nothing shows to be used stands in the row, with its last day."""
    dates = [{"kind": "deadline", "text": "by the 12th", "day": "2026-03-12"}]
    found = look(mail(1, offered=True, facts={"company": "Halden", "dates": dates}), mail(2))
    assert [row.offer.until if row.offer else None for row in found.applications] == [None, date(2026, 3, 12)]
