"""Doors: what stays open."""

from __future__ import annotations

import re

from feedback_nlp.frame.page import Page, Unit
from feedback_nlp.frame.routes import is_offer
from feedback_nlp.frame.words import phrases
from feedback_nlp.schema import Door, DoorKind, Role, SenderKind, Span

# The more specific door hides the more general one in the same sentence.
_ORDER = (
    DoorKind.BRANCH,
    DoorKind.OTHER_LEVEL,
    DoorKind.POOL,
    DoorKind.OTHER_ROLE,
    DoorKind.REAPPLY,
    DoorKind.TALK,
    DoorKind.STAY_IN_TOUCH,
)
_HIDES = {
    DoorKind.BRANCH: (DoorKind.OTHER_LEVEL, DoorKind.OTHER_ROLE, DoorKind.REAPPLY),
    DoorKind.OTHER_LEVEL: (DoorKind.OTHER_ROLE, DoorKind.REAPPLY),
    DoorKind.POOL: (DoorKind.OTHER_ROLE, DoorKind.REAPPLY, DoorKind.STAY_IN_TOUCH),
    DoorKind.OTHER_ROLE: (DoorKind.REAPPLY,),
}
_SURE = (Role.DOOR_OPEN,)
_MAYBE = (Role.OTHER, Role.COURTESY)


def _closed(text: str, position: int) -> bool:
    """Whether a negation stands before the cue in its clause: "we do not keep applications on file"."""
    cut = max((m.end() for m in re.finditer(r"[,;:.]\s|\bbut\b", text[:position])), default=0)
    clause = text[cut:position]
    clause = re.sub(
        r"\bnot only\b|\b(?:don't|do not) hesitate\b|\bdon't be a stranger\b|\bwhy not\b|"
        r"\bnot (?:earlier|sooner|less) than\b|\bif not\b",
        " ",
        clause,
        flags=re.I,
    )
    return phrases("doors", "closed").search(clause) is not None


def _doors_of(unit: Unit, sure: bool) -> list[tuple[DoorKind, int, int]]:
    found: list[tuple[DoorKind, int, int]] = []
    hidden: set[DoorKind] = set()
    for kind in _ORDER:
        if kind in hidden:
            continue
        if not sure and kind in (DoorKind.OTHER_LEVEL,):
            continue
        match = phrases("doors", kind.value).search(unit.text)
        if match is None or _closed(unit.text, match.start()):
            continue
        if kind is DoorKind.REAPPLY and unit.text.rstrip().endswith("?") and not sure:
            continue  # "Can you ring me when you're free?" is no door
        if kind is DoorKind.OTHER_ROLE and re.search(
            r"\bappl(?:y|ications?|ying) (?:to|for) (?:any|other|our|future)\b", unit.text, re.I
        ):
            continue
        found.append((kind, match.start(), match.end()))
        hidden.update(_HIDES.get(kind, ()))
    return sorted(found, key=lambda item: item[1])


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a cue: between the stops and semicolons that enclose it."""
    begin = max((m.end() for m in re.finditer(r"[.!?;:]\s+", text[:start])), default=0)
    stop = re.compile(r"[.!?;](?:\s|$)").search(text, end)
    return begin, stop.start() if stop else len(text)


def read_doors(page: Page, kind: SenderKind) -> tuple[Door, ...]:
    """The openings that the mail names, one of a kind, in the order of the text."""
    if kind in (SenderKind.SELLER, SenderKind.USER):
        return ()
    elsewhere = page.is_elsewhere and kind in (SenderKind.TEAM, SenderKind.MACHINE)
    doors: list[Door] = []
    for unit in page.sentences:
        sure = unit.role in _SURE
        if not sure and (elsewhere or unit.role not in _MAYBE or is_offer(unit)):
            continue
        found = _doors_of(unit, sure)
        weak = phrases("doors", "reapply_weak").search(unit.text) if sure and not found else None
        if weak is not None and not _closed(unit.text, weak.start()):
            found = [(DoorKind.REAPPLY, weak.start(), weak.end())]
        for door, start, end in found:
            begin, stop = _clause(unit.text, start, end)
            span = Span(unit.span.start + begin, unit.span.start + stop)
            if all(door is not known.kind for known in doors):
                doors.append(Door(door, page.slot(span.start, span.end)))
    return tuple(doors)
