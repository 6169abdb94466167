"""What comes back again and again over many mails. Counts with the mails behind them, and no claim about causes.

Applications are counted, not mails: an employer who writes three times has not turned three people down. Below
`LEAST` mails that say anything nothing is called a pattern.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from feedback_nlp.content import areas, check_keys, read_table
from feedback_nlp.schema import DateKind, Outcome, Stage, Tag
from feedback_nlp.store import Counts, Item, Status, Store
from feedback_nlp.triage import Candidacy, FormLetter, Mail, Triage, company_name, day_of, triage

LEAST = 5  # rejections and mails with feedback, before areas are counted at all
QUOTES = 5  # quotes that are kept of an area; its mails are all named
SHORT = 300  # characters of a quote


@dataclass(frozen=True, slots=True)
class Quote:
    """An employer's words and the mail that they stand in."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class AreaCount:
    """An area, how many applications name it, and where."""

    area: str
    name: str
    applications: int
    keys: tuple[str, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """Applications whose furthest stage this is, by outcome."""

    stage: Stage
    outcomes: Mapping[Outcome, int]
    keys: tuple[str, ...]

    @property
    def total(self) -> int:
        """All applications of the step."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer of feedback that nothing shows to be used."""

    key: str
    company: str
    words: str
    sent: date | None
    until: date | None
    window: str
    route: str

    def past(self, today: date) -> bool:
        """Whether the day that was named is over."""
        return self.until is not None and self.until < today


@dataclass(frozen=True, slots=True)
class CompanyCount:
    """A company and its applications; the name is empty where the mails prove none."""

    name: str
    applications: int
    mails: int
    outcomes: Mapping[Outcome, int]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """The mails of a month, by tag."""

    month: str  # 2026-03
    tags: Mapping[Tag, int]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patterns:
    """All figures, each with the keys of its mails."""

    counts: Counts
    telling: int  # rejections and mails with feedback
    applications: int
    areas: tuple[AreaCount, ...]  # empty below `LEAST`
    funnel: tuple[FunnelStep, ...]
    offers: tuple[OpenOffer, ...]
    companies: tuple[CompanyCount, ...]
    timeline: tuple[Month, ...]
    form_letters: tuple[FormLetter, ...]
    triage: Triage = field(repr=False, default=Triage((), ()))

    @property
    def enough(self) -> bool:
        """Whether there are enough mails to speak of patterns."""
        return self.telling >= LEAST


def find_patterns(store: Store, run: int | None = None) -> Patterns:
    """The patterns over the mails of a run, or of the whole store."""
    joined = triage(store, run)
    mails = [mail for candidacy in joined.candidacies for mail in candidacy.mails]
    telling = sum(_tells(mail) for mail in mails)
    return Patterns(
        counts=store.counts(run),
        telling=telling,
        applications=len(joined.candidacies),
        areas=_areas(store, run, joined) if telling >= LEAST else (),
        funnel=_funnel(joined.candidacies),
        offers=tuple(_offers(store, run, joined.candidacies)),
        companies=_companies(joined.candidacies),
        timeline=_timeline(mails),
        form_letters=joined.form_letters,
        triage=joined,
    )


def _tells(mail: Mail) -> bool:
    return mail.tag is Tag.ACTIONABLE or mail.outcome is Outcome.REJECTED


def _areas(store: Store, run: int | None, joined: Triage) -> tuple[AreaCount, ...]:
    numbers = joined.joined
    found: dict[str, dict[str, Any]] = {}
    for item in store.items(run=run, related=True):
        if not item.areas:
            continue
        quotes = _quotes(item)
        for area in item.areas:
            entry = found.setdefault(area, {"numbers": set(), "keys": [], "quotes": []})
            entry["numbers"].add(numbers[item.key][0])
            entry["keys"].append(item.key)
            shown = {quote.text for quote in entry["quotes"]}
            if len(shown) < QUOTES:
                entry["quotes"] += [Quote(item.key, text) for text in quotes.get(area, ()) if text not in shown][:1]
    known = areas()
    counted = [
        AreaCount(
            area,
            known[area].name if area in known else area,
            len(entry["numbers"]),
            tuple(entry["keys"]),
            tuple(entry["quotes"]),
        )
        for area, entry in found.items()
    ]
    return tuple(sorted(counted, key=lambda each: (-each.applications, each.area)))


def _quotes(item: Item) -> dict[str, list[str]]:
    quotes: dict[str, list[str]] = {}
    for each in item.report.get("improvements", ()):
        quotes.setdefault(each["area"], []).append(each["evidence"][:SHORT])
    return quotes


def _funnel(candidacies: Sequence[Candidacy]) -> tuple[FunnelStep, ...]:
    steps: dict[Stage, list[Candidacy]] = {stage: [] for stage in Stage}
    for candidacy in candidacies:
        steps[candidacy.stage].append(candidacy)
    return tuple(
        FunnelStep(stage, Counter(each.outcome for each in members), _keys(members)) for stage, members in steps.items()
    )


def _keys(candidacies: Sequence[Candidacy]) -> tuple[str, ...]:
    return tuple(mail.key for candidacy in candidacies for mail in candidacy.mails)


def _offers(store: Store, run: int | None, candidacies: Sequence[Candidacy]) -> Iterator[OpenOffer]:
    """Offers after which no mail of the same application gives feedback."""
    company = {mail.key: candidacy.company for candidacy in candidacies for mail in candidacy.mails}
    open_keys = {mail.key for candidacy in candidacies for mail in _unanswered(candidacy)}
    offers = []
    for item in store.items(run=run, related=True, packed=False):
        if item.key in open_keys:
            facts = item.facts
            words = str(facts.get("offer", ""))[:SHORT]
            route, window = str(facts.get("offer_route", "")), str(facts.get("offer_window", ""))
            sent = day_of(item.sent)
            offers.append(OpenOffer(item.key, company[item.key], words, sent, _deadline(facts), window, route))
    yield from sorted(offers, key=lambda each: (each.until or date.max, -(each.sent or date.min).toordinal()))


def _unanswered(candidacy: Candidacy) -> Iterator[Mail]:
    """The latest mail with an offer, unless a later one says what could be improved."""
    offering = [index for index, mail in enumerate(candidacy.mails) if mail.offered]
    if offering and not any(mail.tag is Tag.ACTIONABLE for mail in candidacy.mails[offering[-1] + 1 :]):
        yield candidacy.mails[offering[-1]]


def _deadline(facts: Mapping[str, Any]) -> date | None:
    days = [day_of(each["day"]) for each in facts.get("dates", ()) if each["kind"] == DateKind.DEADLINE and each["day"]]
    return min((day for day in days if day), default=None)


def _companies(candidacies: Sequence[Candidacy]) -> tuple[CompanyCount, ...]:
    groups: dict[str, list[Candidacy]] = {}
    for candidacy in candidacies:
        groups.setdefault(company_name(candidacy.company), []).append(candidacy)
    counted = [
        CompanyCount(
            members[0].company,
            len(members),
            sum(len(each.mails) for each in members),
            Counter(each.outcome for each in members),
            _keys(members),
        )
        for members in groups.values()
    ]
    return tuple(sorted(counted, key=lambda each: (not each.name, -each.applications, each.name.casefold())))


def _timeline(mails: Sequence[Mail]) -> tuple[Month, ...]:
    months: dict[str, list[Mail]] = {}
    for mail in mails:
        if mail.day:
            months.setdefault(f"{mail.day:%Y-%m}", []).append(mail)
    return tuple(
        Month(month, Counter(mail.tag for mail in members), tuple(mail.key for mail in members))
        for month, members in sorted(months.items())
    )


# --- as words ---------------------------------------------------------------------------------------------------------

# fmt: off
_SAY = (
    "title", "made", "counts", "funnel", "funnel_lead", "areas", "areas_lead", "areas_few", "areas_none", "offers",
    "offers_lead", "offers_none", "offer_until", "offer_past", "offer_window", "offer_age", "companies",
    "companies_lead", "timeline", "timeline_none", "forms", "forms_lead", "refused", "refused_lead", "mails",
    "unrelated", "unrelated_lead", "table", "no_company", "unknown_day", "back",
)
_COUNTS = (
    "seen", "related", "actionable", "generic", "unrelated", "duplicates", "refused", "failed", "unsure",
    "applications",
)
# fmt: on


@cache
def words() -> Mapping[str, str]:
    """What the report says, from ``content/patterns.toml``."""
    table = read_table("patterns")["say"]
    where = "content/patterns.toml: say"
    check_keys(table, where, {**dict.fromkeys(_SAY, str), "count": dict})
    check_keys(table["count"], f"{where}.count", dict.fromkeys(_COUNTS, str))
    return {**{name: table[name] for name in _SAY}, **{f"count.{name}": table["count"][name] for name in _COUNTS}}


def figures(found: Patterns) -> list[tuple[str, str, int]]:
    """The counts as name, words and number, in the order of reading."""
    counts, tags = found.counts, found.counts.tags
    numbers = {
        "seen": counts.seen,
        "related": tags[Tag.ACTIONABLE] + tags[Tag.GENERIC],
        "applications": found.applications,
        "actionable": tags[Tag.ACTIONABLE],
        "generic": tags[Tag.GENERIC],
        "unsure": counts.unsure,
        "unrelated": tags[Tag.UNRELATED],
        "duplicates": counts.duplicates,
        "refused": counts.refused,
        "failed": counts.failed,
    }
    return [(name, words()[f"count.{name}"], number) for name, number in numbers.items()]


def summary_lines(found: Patterns) -> list[tuple[str, str | int]]:
    """The figures for the first sheet of a spreadsheet."""
    lines: list[tuple[str, str | int]] = [("", "")]
    lines += [(label, number) for _, label, number in figures(found)]
    lines += [("", ""), (words()["funnel"], "")]
    lines += [(f"  {step.stage}", step.total) for step in found.funnel if step.total]
    lines += [("", ""), (words()["areas"], "")]
    lines += [(f"  {area.name}", area.applications) for area in found.areas]
    if not found.enough:
        lines.append((areas_note(found), ""))
    return [*lines, ("", ""), (words()["offers"], len(found.offers))]


def areas_note(found: Patterns) -> str:
    """What is to be said before the areas, or instead of them."""
    if not found.enough:
        return words()["areas_few"].format(n=found.telling, least=LEAST)
    return words()["areas_lead"] if found.areas else words()["areas_none"]


def offer_notes(offer: OpenOffer, today: date) -> list[str]:
    """How long an offer holds, as far as the mail says."""
    say = words()
    notes = []
    if offer.until:
        notes.append(say["offer_past" if offer.past(today) else "offer_until"].format(day=offer.until.isoformat()))
    if offer.window:
        notes.append(say["offer_window"].format(window=offer.window))
    if offer.sent and offer.sent <= today:
        notes.append(say["offer_age"].format(days=(today - offer.sent).days))
    return notes


def to_text(found: Patterns, today: date) -> str:
    """The patterns for a terminal. Words of mails are cleaned of control characters by the caller."""
    say = words()
    width = max(len(label) for _, label, _ in figures(found)) + 2
    lines = [f"{label:<{width}}{number:>7}" for _, label, number in figures(found)]
    lines += ["", say["funnel"]]
    for step in found.funnel:
        outcomes = ", ".join(f"{outcome} {number}" for outcome, number in step.outcomes.items())
        lines += [f"  {step.stage:<14}{step.total:>5}  {outcomes}"] if step.total else []
    lines += ["", say["areas"], f"  {areas_note(found)}"]
    for area in found.areas:
        lines.append(f"  {area.applications:>4} of {found.applications}  {area.name}")
        lines += [f"        “{' '.join(quote.text.split())}”" for quote in area.quotes[:2]]
    lines += ["", say["offers"]]
    for offer in found.offers:
        notes = "; ".join(offer_notes(offer, today))
        lines.append(f"  {offer.company or say['no_company']}: {notes}  [{offer.key[:8]}]")
    lines += [] if found.offers else [f"  {say['offers_none']}"]
    lines += ["", say["forms"]] if found.form_letters else []
    for form in found.form_letters:
        lines.append(f"  {len(form.keys)} mails: {', '.join(form.companies[:8]) or say['no_company']}")
    return "\n".join(lines) + "\n"


def to_dict(found: Patterns) -> dict[str, Any]:
    """The patterns as plain values, ready for JSON."""
    return {
        "schema": "feedback-nlp/patterns/1",
        "counts": {name: number for name, _, number in figures(found)},
        "enough": found.enough,
        "funnel": [
            {"stage": step.stage.value, "outcomes": dict(step.outcomes), "mails": step.keys} for step in found.funnel
        ],
        "areas": [
            {
                "area": each.area,
                "applications": each.applications,
                "mails": each.keys,
                "quotes": [{"mail": quote.key, "text": quote.text} for quote in each.quotes],
            }
            for each in found.areas
        ],
        "offers": [
            {
                "mail": each.key,
                "company": each.company,
                "words": each.words,
                "until": each.until.isoformat() if each.until else None,
                "window": each.window,
                "route": each.route,
            }
            for each in found.offers
        ],
        "companies": [
            {"name": each.name, "applications": each.applications, "outcomes": dict(each.outcomes), "mails": each.keys}
            for each in found.companies
        ],
        "timeline": [{"month": each.month, "tags": dict(each.tags), "mails": each.keys} for each in found.timeline],
        "form_letters": [{"companies": each.companies, "mails": each.keys} for each in found.form_letters],
    }


def refused_items(store: Store, run: int | None = None) -> Iterator[Item]:
    """What was not read, refused first."""
    for status in (Status.REFUSED, Status.FAILED):
        yield from store.items(run=run, status=status)
