"""Triage: mails are joined where that is proved, and letters with one wording are found whoever sends them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from feedback_nlp.schema import Role, Source, Stage
from feedback_nlp.store import Item, Status, Store, pack
from feedback_nlp.triage import Letters, Triage, company_name, sketch, subject_words, triage


def mail(number: int, text: str = "", *, sent: str = "", subject: str = "", **facts: Any) -> Item:
    tag = facts.pop("tag", "generic")
    stage = facts.pop("stage", "application")
    outcome = facts.pop("outcome", "rejected")
    sentences = [{"text": text, "role": Role.DECISION.value}]
    return Item(
        f"{number:064x}", Status.READ, Source("box", number), tag=tag, outcome=outcome, stage=stage,
        subject=subject, sent=sent, facts=facts, packed=pack({"sentences": sentences}),
    )  # fmt: skip


@pytest.fixture
def join(tmp_path: Path):
    def joined(*items: Item) -> Triage:
        with Store.open(tmp_path / "results.sqlite") as store:
            store.record(store.begin_run(["a"]), items)
            return triage(store)

    return joined


def groups(found: Triage) -> list[list[int]]:
    return [[int(mail.key, 16) for mail in candidacy.mails] for candidacy in found.candidacies]


def test_thread_is_one_candidacy(join: Any) -> None:
    """Message-ID and References join, also over a mail that is unrelated or missing."""
    found = join(
        mail(0, message_id=["m0"], sent="2026-03-01"),
        mail(1, message_id=["m1"], parents=["m0"], tag="unrelated", sent="2026-03-02"),
        mail(2, message_id=["m2"], parents=["gone", "m1"], sent="2026-03-03", stage="interview"),
        mail(3, message_id=["m3"]),
    )
    assert groups(found) == [[0, 2], [3]]
    assert found.candidacies[0].stage is Stage.INTERVIEW


def test_company_with_the_same_role_or_reference(join: Any) -> None:
    """Company and role, or company and reference, prove one candidacy; the company alone does not."""
    found = join(
        mail(0, company="Halden Freight Ltd", role_title="Transport Planner", sent="2026-03-01"),
        mail(1, company="Halden Freight", role_title="transport planner", sent="2026-04-01"),
        mail(2, company="Halden Freight", reference="R-20418", sent="2026-03-01"),
        mail(3, company="The Halden Freight Group", reference="r-20418", sent="2026-03-09"),
        mail(4, company="Halden Freight", sent="2026-03-01"),
    )
    assert groups(found) == [[0, 1], [2, 3], [4]]


def test_another_role_or_another_year_is_another_candidacy(join: Any) -> None:
    """Different roles in one thread, and the same role a year later, are not joined."""
    found = join(
        mail(0, company="Halden", role_title="Planner", thread="", message_id=["a"], sent="2025-01-01"),
        mail(1, company="Halden", role_title="Buyer", message_id=["b"], parents=["a"], sent="2025-01-05"),
        mail(2, company="Halden", role_title="Planner", sent="2026-01-01"),
    )
    assert groups(found) == [[0], [1], [2]]


def test_subject_that_says_something(join: Any) -> None:
    """A subject with words of its own joins mails of one company; "Your application" does not."""
    found = join(
        mail(0, company="Halden", subject="Your application: night shift dispatcher", sent="2026-03-01"),
        mail(1, company="Halden", subject="Re: AW: Your application: night shift dispatcher", sent="2026-03-08"),
        mail(2, company="Halden", subject="Your application", sent="2026-03-01"),
        mail(3, company="Halden", subject="Re: Your application", sent="2026-03-02"),
    )
    assert groups(found) == [[0, 1], [2], [3]]


def test_names_as_they_are_compared() -> None:
    """Legal forms and reply marks do not count; a name that is nothing else stays."""
    assert company_name("The Halden Freight Group, Ltd.") == company_name("halden freight") == "halden freight"
    assert company_name("The Company") == "the company"
    assert subject_words("Fwd: Re: Your interview on 3 May") == ""


FORM = (
    "Thank you for applying for the {role} position at {company}. We received a large number of applications and after "
    "careful review we have decided to move forward with other candidates whose experience more closely matches our "
    "needs at this time. We will keep your details on file and wish you every success in your search."
)
OWN = (
    "It was good to meet you on Thursday. In the end the panel went for someone who already runs a night shift. "
    "Do ring me if you want to hear more about how we came to this, I am in the office until the end of the month."
)


def test_same_letter_from_many_companies(join: Any) -> None:
    """One wording under different names is one form letter; a letter of its own is none."""
    senders = [("Planner", "Halden"), ("Senior Buyer", "Orrin Foods"), ("Analyst", "Voss")]
    found = join(
        *(
            mail(number, FORM.format(role=role, company=company), company=company, role_title=role)
            for number, (role, company) in enumerate(senders)
        ),
        mail(7, OWN, company="Tait"),
    )  # fmt: skip
    (form,) = found.form_letters
    assert [int(key, 16) for key in form.keys] == [0, 1, 2]
    assert form.companies == ("Halden", "Orrin Foods", "Voss")
    assert found.joined[mail(1).key] == (2, 1)
    assert found.joined[mail(7).key] == (4, 0)


def test_short_texts_are_nobodys_form_letter() -> None:
    """Two words in common prove nothing."""
    assert sketch("Sorry, no. Best, Ann") is None


def test_letters_cost_what_they_are(join: Any) -> None:
    """Ten times as many letters take about ten times as long, not a hundred."""

    def seconds(count: int) -> float:
        letters = Letters()
        began = time.perf_counter()
        for number in range(count):
            own = " ".join(f"word{number % 97}x{'abcdefghij'[at % 10]}{number * 31 + at}" for at in range(60))
            words = "".join(character for character in own if not character.isdigit())
            letters.add(str(number), "", FORM + words if number % 3 else words + OWN)
        return time.perf_counter() - began

    seconds(20)
    assert seconds(1_000) < 40 * max(seconds(100), 0.005)
