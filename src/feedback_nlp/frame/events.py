"""Attested events: what the mail proves to have happened, as words that can follow "thank you for"."""

from __future__ import annotations

import re
from functools import cache

from feedback_nlp.frame.page import Page, Unit
from feedback_nlp.frame.words import alternatives, entries, phrases, says
from feedback_nlp.schema import Event, EventKind, Outcome, Role, SenderKind, Slot, Span, Stage, Tag

_KINDS = (EventKind.TRIAL, EventKind.PRESENTED, EventKind.TESTED, EventKind.CALLED, EventKind.MET)
_APPLICATION = "considering my application"
_DEEPEST_FIRST = {kind: place for place, kind in enumerate((*_KINDS, EventKind.APPLIED))}
_REACH = 90  # characters between "thank you for" and the event
_AFTER_APPLICATION = (Stage.APPLICATION,)


@cache
def _noun(kind: EventKind) -> re.Pattern[str]:
    """A noun of this kind with the modifiers that may be kept: "the second interview", "your case presentation"."""
    modifiers = "|".join(
        sorted((re.sub(" ", r"\\s+", m) for m in entries("events", "modifier")), key=len, reverse=True)
    )
    return re.compile(
        rf"(?<!\w)(?:the|your|our|an?|that|this|last \w+['’]s|\w+day['’]s|for)\s+(?:[\w-]+\s+){{0,2}}?"
        rf"(?P<noun>(?:(?:{modifiers})\s+){{0,3}}{alternatives('events', kind.value)})(?!\w)",
        re.IGNORECASE,
    )


def _clause_start(text: str, position: int) -> int:
    return max(
        (m.end() for m in re.finditer(r"[,;:.!?]\s|\b(?:and|but|so)\s+(?=(?:we|i|you|it)\b)", text[:position])),
        default=0,
    )


def _guarded(text: str, start: int, end: int) -> bool:
    """Whether the event is hypothetical, negated or still to come."""
    before = text[_clause_start(text, start) : start]
    return (
        says("events", "not_attested", before) is not None
        or re.match(rf"\s+{alternatives('events', 'not_after')}\b", text[end:], re.IGNORECASE) is not None
    )


def _time_after(text: str, end: int) -> str:
    """The printed day in the same clause: "on Tuesday", "of 22 January", "last week"; "yesterday" does not keep."""
    stop = re.compile(r"[,;:.!?](?:\s|$)").search(text, end)
    clause = text[end : min(stop.start() if stop else len(text), end + 70)]
    match = phrases("events", "fixed_time").search(clause)
    if match is None or re.search(r"\b(?:will|by|until|from|before)\b", clause[: match.start()]):
        return ""
    return " " + " ".join(match.group().split())


def _thanked(text: str, position: int) -> bool:
    thanks = list(phrases("events", "thanks").finditer(text[:position]))
    return (
        bool(thanks)
        and position - thanks[-1].end() <= _REACH
        and not re.search(r"[.!?;]\s", text[thanks[-1].end() : position])
    )


def _attested(unit: Unit, match: re.Match[str], kind: EventKind, page: Page) -> bool:
    text = unit.text
    noun = match.start("noun")
    if _guarded(text, noun, match.end("noun")):
        return False
    if _thanked(text, noun):
        return True
    if page.labels.stage in _AFTER_APPLICATION or (page.labels.tag is Tag.UNRELATED):
        return False
    word = match.group().split()[0].casefold()
    if match["noun"].casefold() in (
        "call",
        "talk",
        "test",
        "tests",
        "chat",
        "visit",
        "trial",
        "lesson",
        "pitch",
        "exercise",
        "presentation",
        "discussion",
        "talks",
    ):
        after = text[match.end() :]
        return word == "your" and bool(re.match(r"\s+(?:on|of|was|were|showed|went|had|last)\b", after))
    if word == "your" or word.endswith(("'s", "’s")):
        return True
    told = re.match(r"(?:\s+(?:on|of|last)\s[\w ]{2,30}?)?\s+(?:was|were|went|showed)\b", text[match.end() :], re.I)
    if told and word in ("the", "our", "that"):
        return True
    before = text[: match.start()].rstrip()
    near = re.search(r"\b(?:at|in|during|after|from|following|since|of)$", before[-12:], re.I)
    return near is not None and word in ("the", "our", "that")


def _by_noun(unit: Unit, page: Page) -> list[tuple[EventKind, str, Span]]:
    found: list[tuple[EventKind, str, Span]] = []
    taken: list[Span] = []
    for kind in _KINDS:
        for match in _noun(kind).finditer(unit.text):
            span = Span(match.start("noun"), match.end("noun"))
            if any(span.overlaps(other) for other in taken) or not _attested(unit, match, kind, page):
                continue
            taken.append(span)
            words = " ".join(match["noun"].split())
            words = words[0].lower() + words[1:] if not words[:2].isupper() else words
            found.append((kind, f"the {words}{_time_after(unit.text, span.end)}", span))
    return found


def _by_verb(unit: Unit, page: Page) -> list[tuple[EventKind, str, Span]]:
    """Events told by a verb: "thank you for speaking with us on Monday" is "the conversation on Monday"."""
    text = unit.text
    met = "the interview" if page.labels.stage in (Stage.INTERVIEW, Stage.FINAL) else "the meeting"
    found: list[tuple[EventKind, str, Span]] = []
    for key, words, free in (
        ("interview_verb", "the interview", True),
        ("talking_verb", "the conversation", False),
        ("meeting_verb", "the meeting", False),
    ):
        for match in phrases("events", key).finditer(text):
            told = free and page.labels.tag is not Tag.UNRELATED and page.labels.stage not in _AFTER_APPLICATION
            named = re.match(
                r"(?:\s+\S+){0,6}?\s+(?:trial|audition|presentation|assessment|demo|test)\b", text[match.end() :]
            )
            if key == "meeting_verb" and named:
                continue  # "coming in for the trial shift" is the trial shift
            if _guarded(text, match.start(), match.end()) or not (told or _thanked(text, match.start())):
                continue
            words = (
                met if words == "the meeting" and match.group().casefold().startswith(("com", "came", "pop")) else words
            )
            found.append((EventKind.MET, words + _time_after(text, match.end()), Span(match.start(), match.end())))
            break
    spent = re.compile(
        rf"{alternatives('events', 'spending')}\s+(?P<time>{alternatives('events', 'spent')})"
        r"(?P<place>\s+(?:in|at)\s+(?:the|our)\s+[a-z]+)?",
        re.I,
    ).search(text)
    if spent is not None and _thanked(text, spent.start()):
        time = re.sub(
            r"^(?:an?|the|your|a whole|the whole of your|all of)\s+(?:whole\s+)?",
            "",
            " ".join(spent["time"].split()),
            flags=re.I,
        )
        place = " ".join((spent["place"] or "").replace(" our ", " the ").split())
        value = time if re.match(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day", time, re.I) else f"the {time}"
        found.append((EventKind.MET, f"{value} {place}".strip(), Span(spent.start("time"), spent.end())))
    if (
        (shown := says("events", "presented_verb", text))
        and _thanked(text, shown.start())
        and not _guarded(text, shown.start(), shown.end())
    ):
        found.append(
            (EventKind.PRESENTED, "the presentation" + _time_after(text, shown.end()), Span(shown.start(), shown.end()))
        )
    return found


def _applied(page: Page) -> Event | None:
    if page.labels.tag is Tag.UNRELATED and page.labels.stage is Stage.UNKNOWN:
        return None
    for unit in page.sentences:
        match = says("events", "applied", unit.text)
        if match is not None and not re.search(r"\b(?:if|unless|once)\b", unit.text[: match.start()], re.I):
            span = page.slot(unit.span.start + match.start(), unit.span.start + match.end()).span
            return Event(EventKind.APPLIED, Slot(_APPLICATION, span))
    return None


def read_events(page: Page, kind: SenderKind) -> tuple[Event, ...]:
    """What is proved to have happened, the deepest event first and one of a kind."""
    if kind in (SenderKind.SELLER, SenderKind.USER):
        return ()
    best: dict[EventKind, tuple[str, Span]] = {}
    for unit in page.sentences:
        if "?" in unit.text[-3:] or page.text[unit.span.start] == ">" or (unit.role is Role.FEEDBACK_OFFER):
            continue
        for event, value, span in _by_noun(unit, page) + _by_verb(unit, page):
            if page.labels.outcome is Outcome.ADVANCED and not _thanked(unit.text, span.start) and "first" not in value:
                continue
            here = Span(unit.span.start + span.start, unit.span.start + span.end)
            known = best.get(event)
            if known is None or (
                len(value) > len(known[0])
                and re.search(r"\s(?:on|of|last|in)\s", value)
                and not re.search(r"\s(?:on|of|last|in)\s", known[0])
            ):
                best[event] = (value, here)
    events = [Event(event, Slot(value, span)) for event, (value, span) in best.items()]
    events.sort(key=lambda event: _DEEPEST_FIRST[event.kind])
    applied = _applied(page)
    return (*events, applied) if applied is not None else tuple(events)
