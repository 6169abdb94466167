"""Score frames against hand-labelled mails: precision and recall for each slot.

A mail table holds `text`, `subject`, `sender`, `to`, `sent`, `tag`, `outcome`, `stage`, `own` (how the candidate's
quoted words begin) and `want`. A slot that is not in `want` must stay empty. Lists hold "kind|words|iso day".
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Any

from feedback_nlp.frame import read_frame
from feedback_nlp.schema import (
    Aside,
    AsideKind,
    Frame,
    Labels,
    Message,
    Outcome,
    Role,
    Sentence,
    Slot,
    Span,
    Stage,
    Tag,
)

SLOTS = (
    "candidate", "name", "title", "role", "team", "kind", "speaker", "company", "role_title", "reference", "route",
    "address", "person", "contact", "offer", "offer_route", "asks", "dates", "doors", "events", "no_gap", "no_details",
    "private", "general_list",
)  # fmt: skip
_LISTS = ("asks", "dates", "doors", "events")
_SNIPPETS = ("offer", "no_gap", "no_details", "private", "general_list")
SENTENCE = re.compile(
    r"[^\s](?:[^\n.!?]|[.!?](?!\s|$)|(?<=\b[A-Z])\.|(?<=\b(?:Mr|Ms|Dr))\.|(?<=\bMrs|Rev|Ref)\.|"
    r"(?<!\n)\n(?!\s*\n|>|[A-Z][\w ]{0,40}\n))*[.!?]*"
)


def load(path: Path) -> list[dict[str, Any]]:
    """The mails of a table."""
    return list(tomllib.loads(path.read_text(encoding="utf-8"))["mail"])


def _asides(mail: dict[str, Any], text: str) -> tuple[Aside, ...]:
    found = []
    for opening in mail.get("own", ()):
        start = text.index(opening)
        rest = re.compile(r"(?:>[^\n]*\n?)+").match(text, start)
        found.append(Aside(AsideKind.OWN_WORDS, Span(start, rest.end() if rest else len(text))))
    return tuple(found)


def _snippets(mail: dict[str, Any]) -> dict[Role, list[str]]:
    want = mail["want"]
    return {
        Role.FEEDBACK_OFFER: [want["offer"]] if "offer" in want else [],
        Role.DOOR_OPEN: [item.split("|")[1] for item in want.get("doors", ())],
    }


def read(mail: dict[str, Any], roles: bool) -> tuple[Message, Frame]:
    """The frame of a labelled mail, with all roles OTHER or with the roles that a good labeler would give."""
    text = mail["text"].lstrip("\n")
    asides = _asides(mail, text)
    sent = datetime.combine(mail["sent"], time(9)) if "sent" in mail else None
    message = Message(text, mail.get("subject", ""), mail.get("sender", ""), mail.get("to", ""), sent, asides=asides)
    sentences = []
    for match in SENTENCE.finditer(text):
        role = Role.OTHER
        if roles:
            flat = " ".join(match.group().split())
            role = next((r for r, items in _snippets(mail).items() if any(i in flat or flat in i for i in items)), role)
        sentences.append(Sentence(Span(match.start(), match.end()), match.group(), role))
    tag = Tag(mail.get("tag", "actionable"))
    labels = Labels(
        tag, {t: float(t is tag) for t in Tag}, False, Outcome(mail.get("outcome", "rejected")),
        Stage(mail.get("stage", "interview")), roles and "offer" in mail["want"], tuple(sentences),
    )  # fmt: skip
    return message, read_frame(message, labels)


def _value(slot: Slot | None) -> list[str]:
    return [slot.value] if slot else []


def flatten(frame: Frame) -> dict[str, list[str]]:
    """A frame as lists of strings by slot name."""
    return {
        "candidate": _value(frame.candidate),
        "name": _value(frame.sender.name),
        "title": _value(frame.sender.title),
        "role": _value(frame.sender.role),
        "team": _value(frame.sender.team),
        "kind": [frame.sender.kind.value],
        "speaker": _value(frame.speaker),
        "company": _value(frame.company),
        "role_title": _value(frame.role_title),
        "reference": _value(frame.reference),
        "route": [frame.route.kind.value],
        "address": _value(frame.route.address),
        "person": _value(frame.route.person),
        "contact": _value(frame.contact),
        "offer": _value(frame.offer.slot) if frame.offer else [],
        "offer_route": [frame.offer.route.kind.value] if frame.offer and frame.offer.route else [],
        "asks": [f"{ask.kind}|{ask.slot.value}" for ask in frame.asks],
        "dates": [f"{d.kind}|{d.slot.value}|{d.day or ''}" for d in frame.dates],
        "doors": [f"{door.kind}|{door.slot.value}" for door in frame.doors],
        "events": [f"{event.kind}|{event.slot.value}" for event in frame.events],
        "no_gap": _value(frame.no_gap),
        "no_details": _value(frame.no_details),
        "private": _value(frame.private),
        "general_list": _value(frame.general_list),
    }


def _equal(slot: str, got: str, want: str) -> bool:
    if slot in _LISTS:
        got_parts, want_parts = got.split("|"), want.split("|")
        if got_parts[0] != want_parts[0]:
            return False
        if slot == "dates" and (want_parts[2:] or [""])[0] != got_parts[2]:
            return False
        got, want = got_parts[1], want_parts[1]
        if slot == "events":
            return got == want
    if slot in _LISTS or slot in _SNIPPETS:
        return got in want or want in got
    return got == want


@dataclass
class Tally:
    """Counts for one slot, and what went wrong."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


def score(mails: list[dict[str, Any]], roles: bool) -> dict[str, Tally]:
    """Right, wrong and missed values for each slot and, under "all", together."""
    tallies = {slot: Tally() for slot in (*SLOTS, "all")}
    for mail in mails:
        got = flatten(read(mail, roles)[1])
        for slot in SLOTS:
            want = mail["want"].get(slot, {"route": "reply", "kind": "team"}.get(slot, []))
            _count(tallies, slot, mail["id"], got[slot], [want] if isinstance(want, str) else list(want))
    return tallies


def _count(tallies: dict[str, Tally], slot: str, mail: str, got: list[str], want: list[str]) -> None:
    left = list(want)
    for value in got:
        hit = next((item for item in left if _equal(slot, value, item)), None)
        for tally in (tallies[slot], tallies["all"]):
            if hit is None:
                tally.wrong += 1
            else:
                tally.right += 1
        if hit is None:
            tallies[slot].faults.append(f"{mail} wrong  {slot}: {value!r}")
        else:
            left.remove(hit)
    for item in left:
        tallies[slot].missed += 1
        tallies["all"].missed += 1
        tallies[slot].faults.append(f"{mail} missed {slot}: {item!r}")


def table(tallies: dict[str, Tally]) -> str:
    """The figures as lines of text."""
    return "\n".join(
        f"{slot:13} P {t.precision:.3f} R {t.recall:.3f}  ({t.right} right, {t.wrong} wrong, {t.missed} missed)"
        for slot, t in tallies.items()
    )


def soft(mails: list[dict[str, Any]]) -> Counter[str]:
    """How often register and effort, where labelled, are as labelled."""
    counts: Counter[str] = Counter()
    for mail in mails:
        frame = read(mail, True)[1]
        for key in ("register", "effort"):
            if key in mail["want"]:
                counts[f"{key} {'right' if getattr(frame, key) == mail['want'][key] else 'wrong'}"] += 1
    return counts
