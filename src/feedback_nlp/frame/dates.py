"""Dates and times: what they are for, and the day where it can be proved."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from feedback_nlp.frame.page import Page, Unit
from feedback_nlp.frame.routes import is_offer
from feedback_nlp.frame.words import phrases, says
from feedback_nlp.schema import DateKind, DateMention, Outcome, Role, SenderKind

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = dict(
    zip(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        range(1, 13),
        strict=True,
    )
) | {
    "a": 1,
    "an": 1,
    "fourteen": 14,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "eighteen": 18,
}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "tenth": 10,
    "fifteenth": 15,
    "twentieth": 20,
}
_MONTH = (
    r"(?P<{0}>january|february|march|april|may|june|july|august|september|october|november|"
    r"december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
)
_DAY = r"(?P<{0}>\d{{1,2}}(?:st|nd|rd|th)?|first|second|third|fourth|fifth|tenth|fifteenth|twentieth)"
_WEEKDAY = (
    r"(?:(?P<{0}>monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tues?|wed|thurs?|fri|sat|sun)"
    r"\b\.?,?\s+(?:the\s+)?)?"
)
_COUNT = (
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|"
    r"eight|nine|ten|eleven|twelve|fourteen|fifteen|eighteen|twenty|thirty)"
)

_EXPRESSION = re.compile(
    "|".join(
        (
            r"(?P<iso>\b\d{4}-\d{2}-\d{2}\b)",
            r"(?P<full>\b"
            + _WEEKDAY.format("w1")
            + _DAY.format("d1")
            + r"(?:\s+of)?\s+"
            + _MONTH.format("m1")
            + r"\b(?:,?\s+(?P<y1>\d{4})\b)?)",
            r"(?P<us>\b"
            + _WEEKDAY.format("w2")
            + _MONTH.format("m2")
            + r"\s+"
            + _DAY.format("d2")
            + r"\b(?!:)(?:,?\s+(?P<y2>\d{4})\b)?)",
            r"(?P<num>\b(?P<n1>\d{1,2})[./](?P<n2>\d{1,2})[./](?P<n3>\d{4}|\d{2})\b)",
            r"(?P<nth>\b"
            + _WEEKDAY.format("w4")
            + r"(?:the\s+)?(?P<d4>\d{1,2})(?:st|nd|rd|th)\b"
            + r"(?!\s+(?:century|floor|place|time|year|grade|interview|round)))",
            r"(?P<span>\b(?P<prep>in|within|after|for|over)\s+(?:the\s+(?:next|coming)\s+|about\s+|around\s+|at\s+least\s+)?(?P<count>"
            + _COUNT
            + r"|a\s+few|a\s+couple\s+of|the\s+coming)\s+(?P<work>working\s+|business\s+|calendar\s+)?"
            + r"(?P<unit>day|week|month|year|fortnight)s?(?:['’]\s?time)?\b)",
            r"(?P<weekday>\b(?:(?P<which>next|this|last)\s+)?(?P<w5>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b)",
            r"(?P<short>(?<=\bby\s)(?:mon|tues?|weds?|thurs?|fri|sat|sun)\b)",
            r"(?P<near>\b(?:tomorrow|today|tonight)\b)",
            r"(?P<eom>\b(?:the\s+)?end\s+of\s+(?:the|this|next)\s+(?:week|month|year|term)\b)",
            r"(?P<month>\b(?:(?:early|late|mid|mid-|next|the\s+(?:end|beginning|start|middle)\s+of)\s+)?"
            + _MONTH.format("m6")
            + r"\b(?:\s+(?P<y6>\d{4})\b)?)",
            r"(?P<season>\b(?:(?:in|by|from|next|this|until|after|before|around)\s+)(?:the\s+|next\s+|this\s+|early\s+|late\s+)?(?:spring|summer|autumn|fall|winter|easter|christmas|new\s+year|term)\b)",
            r"(?P<next>\bnext\s+(?:week|month|year|term|season|quarter)\b)",
        )
    ),
    re.IGNORECASE,
)
# "by 5pm tomorrow", "by noon on Friday": the time of day between the word and the date
_CLOCK = re.compile(
    r"\s*\b(?:\d{1,2}(?:[:.h]\d{2})?\s?(?:am|pm|a\.m\.|p\.m\.|h|hrs|uhr|o['’]clock)?|noon|midday|midnight|lunchtime|"
    r"close of (?:business|play)|cob|eod|(?:the )?end of(?: the)?(?: day)?)(?:,|\s+on)?\s*$",
    re.IGNORECASE,
)
# what the reader had said, or need not do
_TOLD = re.compile(
    r"\byou (?:\w+ )?(?:hoped|mentioned|said|told|promised|planned|wrote)\b"
    r"|\b(?:stays?|remains?|is|are) (?:still )?valid\b",
    re.IGNORECASE,
)
_LIST = re.compile(r"\b(?:list|register|roster|panel|pool|reserve)\b", re.IGNORECASE)
_WEEK = re.compile(r"\b(?:the )?week (?:of|beginning|commencing|starting)(?: the)?\s*$", re.IGNORECASE)
_PAST_BEFORE = re.compile(r"\b(?:last|since|on last)\s*$", re.IGNORECASE)


_AWAY_BEFORE = re.compile(
    r"\b(?:out|away|closed|off|busy|on leave|on holiday)\s+(?:until|till|by|before)\s*$", re.IGNORECASE
)
_NO_DAY = re.compile(r"\s+(?:intake|cohort|class|round|term|scheme|list|competition)\b", re.IGNORECASE)
_TO_COME = re.compile(
    r"\bwill\b|\bsee you\b|\bopen (?:day|evening)\b|\bare you (?:free|around)\b|\b(?:can|could) you (?:do|make|come)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A date expression inside a unit: its place, its match and the day it proves."""

    start: int
    end: int
    match: re.Match[str]
    day: date | None


def _month(word: str) -> int:
    return next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(word.casefold()[:3]))


def _day_number(word: str) -> int:
    digits = word.rstrip("stndrhSTNDRH")
    return int(digits) if digits.isdigit() else _ORDINALS[word.casefold()]


def _safe(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] and year > 1 else None


def _coming(sent: date | None, month: int, day: int) -> date | None:
    """The next such day after the mail was sent."""
    if sent is None:
        return None
    this = _safe(sent.year, month, day)
    return this if this is not None and this >= sent else _safe(sent.year + 1, month, day)


def _agrees(day: date | None, weekday: str | None) -> date | None:
    """The day, unless the printed weekday contradicts it."""
    if day is None or not weekday:
        return day
    return day if _WEEKDAYS[day.weekday()].startswith(weekday.casefold()[:3]) else None


def add_months(day: date, months: int) -> date:
    """The same day some months later, or the last day of that month."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _prove(match: re.Match[str], sent: date | None) -> date | None:
    got = match.groupdict()
    if got["iso"]:
        year, month, day = (int(part) for part in got["iso"].split("-"))
        return _safe(year, month, day)
    if got["full"] or got["us"]:
        n = "1" if got["full"] else "2"
        month, day = _month(got[f"m{n}"]), _day_number(got[f"d{n}"])
        if got[f"y{n}"]:
            return _agrees(_safe(int(got[f"y{n}"]), month, day), got[f"w{n}"])
        return _agrees(_coming(sent, month, day), got[f"w{n}"])
    if got["num"]:
        first, second, year = int(got["n1"]), int(got["n2"]), int(got["n3"])
        year += 2000 if year < 100 else 0
        if first > 12 or first == second or "." in got["num"]:
            return _safe(year, second, first)
        return _safe(year, first, second) if second > 12 else None
    return _prove_near(got, sent) if sent is not None else None


def _prove_near(got: dict[str, str | None], sent: date) -> date | None:
    """Days that only the mail's own date can prove."""
    if got["nth"]:
        day = int(got["d4"] or 0)
        this = _safe(sent.year, sent.month, day)
        if this is None or this <= sent:
            following = add_months(sent.replace(day=1), 1)
            this = _safe(following.year, following.month, day) if this is not None and this < sent else None
        return _agrees(this, got["w4"])
    if got["weekday"]:
        ahead = (_WEEKDAYS.index((got["w5"] or "").casefold()) - sent.weekday()) % 7
        return sent + timedelta(ahead) if ahead and (got["which"] or "").casefold() not in ("next", "last") else None
    if got["short"]:
        ahead = (
            next(i for i, name in enumerate(_WEEKDAYS) if name.startswith(got["short"].casefold()[:3])) - sent.weekday()
        ) % 7
        return sent + timedelta(ahead) if ahead else None
    if got["near"]:
        word = got["near"].casefold()
        return sent + timedelta(1) if word == "tomorrow" else sent if word in ("today", "tonight") else None
    if got["eom"] and re.search(r"(?:the|this)\s+month", got["eom"], re.I):
        return sent.replace(day=monthrange(sent.year, sent.month)[1])
    if got["span"]:
        return _prove_span(got, sent)
    return None


def _prove_span(got: dict[str, str | None], sent: date) -> date | None:
    count = (got["count"] or "").casefold()
    number = int(count) if count.isdigit() else _NUMBERS.get(count)
    if number is None or (got["work"] or "").strip().casefold() in ("working", "business"):
        return None
    unit = (got["unit"] or "").casefold()
    if unit in ("month", "year"):
        months = number * (12 if unit == "year" else 1)
        return add_months(sent, months) if months < 600 else None
    return sent + timedelta(number * {"day": 1, "week": 7, "fortnight": 14}[unit])


def find_dates(text: str, sent: date | None) -> Iterator[Found]:
    """All date expressions of a text, from left to right."""
    for match in _EXPRESSION.finditer(text):
        if match.lastgroup == "month" or match["month"]:
            word = match["m6"]
            bare_may = word.casefold() in ("may", "mar", "jan", "jun", "dec", "sep", "sept", "march")
            if not word[0].isupper() or (
                bare_may
                and not match["y6"]
                and not re.search(
                    r"\b(?:in|by|of|until|from|next|early|late|mid|for|before|after|opens?|since)\s+$",
                    text[: match.start()] + match.group()[: match.start("m6") - match.start()],
                    re.I,
                )
            ):
                continue
        if (match["season"] or "").casefold().endswith(" fall") and not re.search(
            r"\bfall\b(?!\s+(?:back|short|into|on|to))", text[match.start() :]
        ):
            continue
        yield Found(match.start(), match.end(), match, _prove(match, sent))


# --- what a date is for -----------------------------------------------------------------------------------------------


def _ends_with(section_key: str, before: str) -> bool:
    tail = _CLOCK.sub(" ", before[-60:])[-40:]
    return any(m.end() >= len(tail.rstrip()) for m in phrases("dates", section_key).finditer(tail.rstrip()))


def _clause_before(text: str, end: int) -> str:
    cut = max((m.end() for m in re.finditer(r";\s|\.\s|\s[–—-]\s|\n", text[:end])), default=0)
    return text[cut:end]


def _kind(unit: Unit, found: Found, page: Page) -> DateKind | None:
    """What the date is for, or None if it is over or nothing to the reader."""
    text = unit.text
    before, after = _clause_before(text, found.start), text[found.end : found.end + 80]
    prep = (found.match["prep"] or "").casefold()
    if (
        _is_over(found, before)
        or _TOLD.search(before)
        or _NO_DAY.match(after)
        or (prep in ("for", "over") and not says("dates", "reapply", text))
    ):
        return None
    coming = says("dates", "next_contact", before) is not None and not says("dates", "past", before)
    if coming and not re.search(r"\byou (?:may|can|could)\b", before, re.IGNORECASE):
        return DateKind.NEXT_CONTACT
    if re.search(r"\b(?:through|until|till)\s*$", before, re.I) and _LIST.search(before):
        return DateKind.OTHER  # how long a list is kept
    if _is_limit(unit, found, before, prep):
        return DateKind.DEADLINE
    if prep != "within" and says("dates", "reapply", before):
        return DateKind.REAPPLY
    if prep != "within" and says("dates", "intake", text):
        return DateKind.INTAKE
    return _looser_kind(found, before, after, page)


def _is_over(found: Found, before: str) -> bool:
    last = (found.match["weekday"] or "").casefold().startswith("last")
    return last or _PAST_BEFORE.search(before) is not None or _AWAY_BEFORE.search(before) is not None


def _is_limit(unit: Unit, found: Found, before: str, prep: str) -> bool:
    """Whether the reader has to act by this date."""
    soon = found.match["near"] is not None and says("asks", "confirm", before + found.match.group())
    inside = re.match(r"(?:by|until)\b", found.match.group(), re.IGNORECASE)
    if re.search(r"\b(?:not |n['’]t )(?:have )?(?:hear|heard|been contacted|received)\b", unit.text, re.I):
        return False  # "if you have not heard within three months": nothing to do by then
    limit = _ends_with("deadline_before", before) or prep == "within" or inside or soon
    if not limit or prep in ("in", "after") or says("dates", "next_contact", unit.text):
        return False
    offered = unit.role is Role.FEEDBACK_OFFER or is_offer(unit)
    return offered or any(says("dates", *cue) for cue in (("action", unit.text), ("deadline_noun", before)))


def _looser_kind(found: Found, before: str, after: str, page: Page) -> DateKind | None:
    duration = found.match["span"] is not None
    if says("dates", "next_contact", after) and not duration:
        return DateKind.NEXT_CONTACT
    if says("dates", "reapply", after) and len(before.split()) <= 2 and "," not in after[:3]:
        return DateKind.REAPPLY
    if duration or not says("dates", "event", before + found.match.group()) or says("dates", "past", before + after):
        return None
    to_come = page.labels.outcome is not Outcome.REJECTED or _TO_COME.search(before)
    return DateKind.EVENT if to_come else None


def read_dates(page: Page, kind: SenderKind) -> tuple[DateMention, ...]:
    """The dates that the reader has to know of; days that are over are left out."""
    if kind in (SenderKind.SELLER, SenderKind.USER):
        return ()
    sent = page.message.sent.date() if page.message.sent else None
    mentions: list[DateMention] = []
    for unit in page.sentences:
        if unit.role in (Role.FEEDBACK, Role.STRENGTH):
            continue
        unsigned = kind in (SenderKind.TEAM, SenderKind.MACHINE)
        told = says("dates", "action", unit.text) or says("dates", "deadline_noun", unit.text)
        if page.is_elsewhere and unsigned and not told:
            continue
        for found in find_dates(unit.text, sent):
            purpose = _kind(unit, found, page)
            if purpose is None:
                continue
            start = found.start
            on = re.match(r"on\s+", found.match.group(), re.I) if found.match["weekday"] else None
            start += on.end() if on else 0
            week = _WEEK.search(unit.text, 0, start)
            start = week.start() if week else start
            slot = page.slot(unit.span.start + start, unit.span.start + found.end)
            mentions.append(DateMention(purpose, slot, None if week else found.day))
    return tuple(mentions)
