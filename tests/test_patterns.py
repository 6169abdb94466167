"""Patterns: counts over applications, with their mails, and silence where there is too little to say."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from feedback_nlp.patterns import LEAST, find_patterns, offer_notes, summary_lines, to_dict, to_text
from feedback_nlp.schema import Outcome, Source, Stage, Tag
from feedback_nlp.store import Item, Status, Store, pack

TODAY = date(2026, 6, 1)


def mail(number: int, *areas: str, **changes: Any) -> Item:
    fields: dict[str, Any] = {
        "tag": "actionable" if areas else "generic",
        "outcome": "rejected",
        "stage": "interview",
        "sent": f"2026-0{number % 3 + 1}-10",
    } | changes
    improvements = [{"area": area, "evidence": f"words {number} on {area}"} for area in areas]
    report = pack({"sentences": [], "improvements": improvements})
    return Item(f"{number:064x}", Status.READ, Source("box", number), areas=areas, packed=report, **fields)


@pytest.fixture
def find(tmp_path: Path):
    def found(*items: Item):
        with Store.open(tmp_path / "results.sqlite") as store:
            store.record(store.begin_run(["a"]), items)
            return find_patterns(store)

    return found


def test_few_mails_are_no_pattern(find: Any) -> None:
    """Below five mails that tell something no area is counted, and the report says so."""
    found = find(
        *(mail(number, "experience") for number in range(LEAST - 1)), mail(9, tag="unrelated", outcome="unknown")
    )
    assert not found.enough
    assert found.areas == ()
    assert "chance" in to_text(found, TODAY)


def test_areas_count_applications_not_mails(find: Any) -> None:
    """Three mails of one application count once; every mail is named."""
    same = {"company": "Halden", "role_title": "Planner"}
    found = find(
        *(mail(number, "experience", facts=same) for number in range(3)),
        mail(3, "experience", "team_fit"),
        mail(4, "team_fit"),
        mail(5),
    )
    assert [(each.area, each.applications, len(each.keys)) for each in found.areas] == [
        ("experience", 2, 4),
        ("team_fit", 2, 2),
    ]
    assert found.areas[0].quotes[0].text == "words 0 on experience"
    assert found.applications == 4


def test_report_claims_no_cause(find: Any) -> None:
    """Figures come with what they cannot say."""
    text = to_text(find(*(mail(number, "experience") for number in range(6))), TODAY)
    assert "not why they decided" in text


def test_funnel_by_furthest_stage(find: Any) -> None:
    """Each application stands once, at its furthest stage, with the latest outcome."""
    facts = {"company": "Halden", "role_title": "Planner"}
    found = find(
        mail(0, stage="application", outcome="pending", sent="2026-01-01", facts=facts),
        mail(1, stage="final", outcome="rejected", sent="2026-02-01", facts=facts),
        mail(2, stage="unknown"),
    )
    steps = {step.stage: dict(step.outcomes) for step in found.funnel if step.total}
    assert steps == {Stage.FINAL: {Outcome.REJECTED: 1}, Stage.UNKNOWN: {Outcome.REJECTED: 1}}


def test_offers_that_are_still_open(find: Any) -> None:
    """An offer is open until a later mail of the application gives feedback; the nearest deadline comes first."""

    def offering(number: int, company: str, day: str = "", **changes: Any) -> Item:
        dates = [{"kind": "deadline", "text": "by then", "day": day}] if day else []
        facts = {
            "company": company,
            "role_title": "Planner",
            "offer": "just reply",
            "offer_route": "reply",
            "dates": dates,
        }
        return mail(number, offered=True, sent="2026-05-01", facts=facts, **changes)

    taken = {"company": "Taken", "role_title": "Planner"}
    found = find(
        offering(0, "Open"),
        offering(1, "Soon", "2026-06-05"),
        offering(2, "Past", "2026-05-20"),
        offering(3, "Taken"),
        mail(4, "experience", sent="2026-05-09", facts=taken),
    )
    assert [offer.company for offer in found.offers] == ["Past", "Soon", "Open"]
    assert [offer.past(TODAY) for offer in found.offers] == [True, False, False]
    assert offer_notes(found.offers[1], TODAY) == ["until 2026-06-05", "31 days old"]


def test_companies_and_months(find: Any) -> None:
    """Names of one company are one, those without a name come last; months are in order."""
    found = find(
        mail(0, facts={"company": "Halden Ltd", "role_title": "A"}),
        mail(1, facts={"company": "Halden", "role_title": "B"}),
        mail(2),
    )
    assert [(each.name, each.applications) for each in found.companies] == [("Halden Ltd", 2), ("", 1)]
    assert [(each.month, dict(each.tags)) for each in found.timeline] == [
        ("2026-01", {Tag.GENERIC: 1}),
        ("2026-02", {Tag.GENERIC: 1}),
        ("2026-03", {Tag.GENERIC: 1}),
    ]


def test_every_form_agrees(find: Any) -> None:
    """Text, JSON and the lines of the spreadsheet are made of the same figures."""
    found = find(*(mail(number, "experience") for number in range(6)))
    plain = json.loads(json.dumps(to_dict(found)))
    assert plain["counts"]["actionable"] == 6
    assert plain["areas"][0]["applications"] == 6
    assert (f"  {found.areas[0].name}", 6) in summary_lines(found)


def test_empty_store(find: Any) -> None:
    """Nothing read is nothing to say, not an error."""
    assert "None" not in to_text(find(), TODAY)
