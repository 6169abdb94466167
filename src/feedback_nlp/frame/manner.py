"""How the mail is meant: nothing to change, no details, in confidence, for everyone; its register and effort."""

from __future__ import annotations

import re

from feedback_nlp.frame.names import read_name
from feedback_nlp.frame.page import Page
from feedback_nlp.frame.words import phrases, says
from feedback_nlp.schema import Event, EventKind, Register, Role, SenderKind, Slot, Stage

_CHAT_WORDS = 70


def _sentence_slot(page: Page, key: str, unless: str = "", footers: bool = False) -> Slot | None:
    units = page.units if footers else page.sentences
    for unit in units:
        if unit.role in (Role.FEEDBACK,) or not page.newest.contains(unit.span):
            continue
        match = says("manner", key, unit.text)
        if match is None or (unless and says("manner", unless, unit.text)):
            continue
        begin = max((m.end() for m in re.finditer(r"[.!?;]\s+", unit.text[: match.start()])), default=0)
        stop = re.compile(r"[.!?;](?:\s|$)").search(unit.text, match.end())
        end = stop.start() if stop else len(unit.text)
        return page.slot(unit.span.start + begin, unit.span.start + end)
    return None


def read_no_gap(page: Page) -> Slot | None:
    """ "This is no reflection on you", "there was nothing you did wrong"."""
    return _sentence_slot(page, "no_gap")


def read_no_details(page: Page) -> Slot | None:
    """ "We cannot give individual feedback", "the decision is final"."""
    return _sentence_slot(page, "no_details", footers=True)


def read_private(page: Page) -> Slot | None:
    """ "Off the record", "please don't forward this"; legal footers do not count."""
    return _sentence_slot(page, "private", unless="private_not")


def read_general_list(page: Page) -> Slot | None:
    """A list that is said to be for everyone."""
    return _sentence_slot(page, "general_list")


def _count(page: Page, key: str, text: str) -> int:
    return len({match.group().casefold() for match in phrases("manner", key).finditer(text)})


def read_register(page: Page, closed: bool) -> Register:
    """How the sender writes. `closed`: a closing phrase stands at the end."""
    text = "\n".join(line.of(page.text) for line in page.lines)
    words = text.split()
    chatty = _count(page, "chat", text)
    small = sum(1 for unit in page.sentences if unit.text[:1].islower())
    short = len(words) <= _CHAT_WORDS and not page.message.subject
    if short and (chatty >= 1 or (small and small * 2 >= len(page.sentences))) and not says("manner", "formal", text):
        return Register.CHAT
    if chatty >= 3 and len(words) <= 2 * _CHAT_WORDS:
        return Register.CHAT
    formal, informal = 2 * _count(page, "formal", text), _count(page, "informal", text) + text.count("!")
    first = page.lines[0].of(page.text) if page.lines else ""
    if re.match(r"(?:dear|sehr|geachte)\b", first, re.I):
        after = re.sub(r"^\S+\s+(?:geehrte\w?\s+)?", "", first)
        name = read_name(after, 0, len(after))
        formal += 2 if name is not None and name.title is not None else 0
    if re.match(r"(?:hi|hey|hiya|hoi|yo|alright|g'day|gidday|morning)\b", first, re.I):
        informal += 1
    if formal >= 4 and formal > informal:
        return Register.FORMAL
    return Register.INFORMAL if informal >= 3 and informal > formal else Register.NEUTRAL


def read_effort(page: Page, kind: SenderKind, events: tuple[Event, ...]) -> int:
    """What the candidate put in, 0 to 3: a form, one talk or test, several talks or a trial, a final round."""
    stage = page.labels.stage
    kinds = {event.kind for event in events} - {EventKind.APPLIED}
    if stage is Stage.FINAL:
        return 3
    several = any(
        says("manner", "several_talks", unit.text) and unit.role is not Role.FEEDBACK for unit in page.sentences
    )
    if stage is Stage.INTERVIEW or kinds:
        return 2 if several or len(kinds) > 1 or EventKind.TRIAL in kinds else 1
    if stage is Stage.APPLICATION:
        return 0
    if stage is Stage.ASSESSMENT:
        return 1
    return 0 if kind is SenderKind.MACHINE or events else 1
