"""Many mails as a screen shows them: a row for each application, unrelated mail apart, and what comes back again.

`overview` reads a store once and holds no mail's text but its quotes, so that what is made of 20,000 mails can be
filtered and drawn without asking the store again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath

from feedback_nlp.patterns import SHORT, OpenOffer, Patterns, find_patterns
from feedback_nlp.schema import Outcome, Stage, Tag
from feedback_nlp.store import Item, Status, Store
from feedback_nlp.triage import Candidacy, FormLetter, day_of

FUNNEL = (Stage.APPLICATION, Stage.ASSESSMENT, Stage.INTERVIEW, Stage.FINAL)
QUOTES = 5  # quotes of a mail that stand in its row


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail as one row. `quotes` are the words of its improvements, each cut at `patterns.SHORT` characters."""

    key: str
    day: date | None
    company: str
    subject: str
    sender: str
    file: str
    tag: Tag
    unsure: bool
    areas: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    copies: int = 1


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application as one row: its mails, the oldest first, and what they say together."""

    number: int
    company: str
    role_title: str
    mails: tuple[MailRow, ...]
    stage: Stage
    outcome: Outcome
    offer: OpenOffer | None
    alike: int  # letters of other applications with the same wording

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and the last day of its mails."""
        known = [mail.day for mail in self.mails if mail.day]
        return (min(known), max(known)) if known else (None, None)

    @property
    def tag(self) -> Tag:
        """Whether any of its mails can be acted on."""
        return Tag.ACTIONABLE if any(mail.tag is Tag.ACTIONABLE for mail in self.mails) else Tag.GENERIC

    @property
    def unsure(self) -> bool:
        """Whether the program could not tell what the mail is that decides about `tag`."""
        return all(mail.unsure for mail in self.mails if mail.tag is self.tag)

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas of its mails, each once."""
        return tuple(dict.fromkeys(area for mail in self.mails for area in mail.areas))

    @property
    def quotes(self) -> tuple[str, ...]:
        """The quotes of its mails, each once."""
        return tuple(dict.fromkeys(quote for mail in self.mails for quote in mail.quotes))


@dataclass(frozen=True, slots=True)
class Again:
    """An area that several applications name, seen from one of them: it is the `nth` of `total`, by date."""

    area: str
    nth: int
    total: int
    others: tuple[ApplicationRow, ...]


@dataclass(frozen=True, slots=True)
class Reached:
    """A step of the funnel: applications that got at least this far, and those of which nothing further is known."""

    stage: Stage
    reached: int
    last: int


@dataclass(frozen=True, slots=True)
class Overview:
    """What many mails come to. Applications and unrelated mails have the latest first."""

    patterns: Patterns
    applications: tuple[ApplicationRow, ...]
    unrelated: tuple[MailRow, ...]
    form_letters: tuple[FormLetter, ...] = ()  # that came for more than one application, the most frequent first
    order: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # area -> places in `applications`, by date
    home: Mapping[str, int] = field(default_factory=dict)  # key of a mail -> place in `applications`

    def again(self, application: ApplicationRow) -> list[Again]:
        """What this application names that others name too. Empty below the number that makes a pattern."""
        found = []
        for area in application.areas if self.patterns.enough else ():
            rows = [self.applications[place] for place in self.order.get(area, ())]
            numbers = [row.number for row in rows]
            if len(rows) > 1:
                nth = numbers.index(application.number) + 1
                others = tuple(row for row in rows if row.number != application.number)
                found.append(Again(area, nth, len(rows), others))
        return found

    @property
    def funnel(self) -> list[Reached]:
        """Applications by how far they got; those that name no stage are in none of the steps."""
        last = {step.stage: step.total for step in self.patterns.funnel}
        return [
            Reached(stage, sum(last.get(later, 0) for later in FUNNEL[place:]), last.get(stage, 0))
            for place, stage in enumerate(FUNNEL)
        ]

    def offers(self, today: date) -> tuple[list[OpenOffer], list[OpenOffer]]:
        """Offers of feedback that can still be taken up, the most urgent first, and those whose day has passed."""
        offers = self.patterns.offers
        return [each for each in offers if not each.past(today)], [each for each in offers if each.past(today)]

    def application_of(self, key: str) -> ApplicationRow | None:
        """The application that a mail belongs to."""
        return self.applications[self.home[key]] if key in self.home else None


def overview(store: Store, run: int | None = None) -> Overview:
    """The mails of a run, or of the whole store, sorted. Raises `StoreError`."""
    found = find_patterns(store, run)
    copies = store.copies(run)
    rows = {item.key: _row(item, copies) for item in store.items(run=run, related=True)}
    unrelated = [
        _row(item, copies)
        for item in store.items(run=run, status=Status.READ, packed=False)
        if item.tag == Tag.UNRELATED
    ]
    offers = {offer.key: offer for offer in found.offers}
    sizes = _sizes(found)
    applications = tuple(
        sorted(
            (_application(each, rows, offers, sizes) for each in found.triage.candidacies),
            key=lambda row: row.days[1] or date.min,
            reverse=True,
        )
    )
    unrelated.sort(key=lambda row: row.day or date.min, reverse=True)
    home = {mail.key: place for place, row in enumerate(applications) for mail in row.mails}
    return Overview(found, applications, tuple(unrelated), _letters(found, home), _order(applications), home)


def _row(item: Item, copies: Mapping[str, int]) -> MailRow:
    improvements = item.report.get("improvements", ()) if item.areas else ()
    return MailRow(
        key=item.key,
        day=day_of(item.sent),
        company=str(item.facts.get("company", "")),
        subject=item.subject[:SHORT],
        sender=item.sender[:SHORT],
        file=PurePosixPath(item.source.path.replace("\\", "/")).name,
        tag=Tag(item.tag),
        unsure=item.unsure,
        areas=item.areas,
        quotes=tuple(each["evidence"][:SHORT] for each in improvements[:QUOTES]),
        copies=copies.get(item.key, 1),
    )


def _application(
    found: Candidacy, rows: Mapping[str, MailRow], offers: Mapping[str, OpenOffer], sizes: Mapping[str, tuple[int, int]]
) -> ApplicationRow:
    mails = tuple(rows[mail.key] for mail in found.mails)
    own: dict[int, int] = {}
    for mail in mails:
        form, _ = sizes.get(mail.key, (0, 0))
        own[form] = own.get(form, 0) + 1
    alike = max((size - own[form] for form, size in (sizes.get(mail.key, (0, 0)) for mail in mails) if form), default=0)
    return ApplicationRow(
        number=found.number,
        company=found.company or next((_name(mail.sender) for mail in reversed(mails) if _name(mail.sender)), ""),
        role_title=found.role_title,
        mails=mails,
        stage=found.stage,
        outcome=found.outcome,
        offer=next((offers[mail.key] for mail in mails if mail.key in offers), None),
        alike=alike,
    )


def _name(sender: str) -> str:
    """The name in front of an address, or the address."""
    return sender.partition("<")[0].strip(' "') or sender.strip("<> ")


def _sizes(found: Patterns) -> dict[str, tuple[int, int]]:
    """For each mail of a form letter the letter's number, and how many mails have its wording."""
    return {key: (form.number, len(form.keys)) for form in found.form_letters for key in form.keys}


def _letters(found: Patterns, home: Mapping[str, int]) -> tuple[FormLetter, ...]:
    several = [form for form in found.form_letters if len({home[key] for key in form.keys if key in home}) > 1]
    return tuple(sorted(several, key=lambda form: -len(form.keys)))


def _order(applications: tuple[ApplicationRow, ...]) -> dict[str, tuple[int, ...]]:
    """For each area the places of the applications that name it, by the day on which they first do."""
    when: dict[str, list[tuple[date, int]]] = {}
    for place, row in enumerate(applications):
        for area in row.areas:
            days = [mail.day for mail in row.mails if area in mail.areas and mail.day]
            when.setdefault(area, []).append((min(days, default=date.max), place))
    return {area: tuple(place for _, place in sorted(found)) for area, found in when.items()}
