"""From moves to a letter: what fits into its words, who is greeted, where it goes; and the note to connect."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.situation import REPLY_WORDS, Situation
from feedback_nlp.advice.words import choose, word_count
from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    EventKind,
    Outcome,
    Register,
    RouteKind,
    SenderKind,
    Stage,
)

BUDGET = {"chat": 75, "informal": 125, "neutral": 120, "formal": 100, "warm": 125, "brief": 70}
AGENCY_BUDGET = 110
NOTE_LENGTH = 200  # characters of a connection note
YOUR_NAME = "[your name]"
_NO_NAME = re.compile(r"@|\d|\b(?:team|office|department|desk|secretary|hr|recruitment)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Move:
    """A sentence of the reply with its twin without slots. `rank`: moves of a low rank go first when words run out."""

    name: str
    text: str
    plain: str
    rank: int = 9


def pick(facts: Facts, block: Any, voice: str, salt: str) -> str:
    return str(choose(block[voice], facts.seed, salt))


def fit(facts: Facts, voice: str, moves: list[Move], guard: Guard) -> str:
    """The body within its budget of words: moves of the lowest rank go first."""
    budget = min(BUDGET[voice], REPLY_WORDS)
    if facts.sender_kind is SenderKind.AGENCY and voice not in ("chat", "brief"):
        budget = AGENCY_BUDGET
    chosen = [replace(move, text=_allowed(move, guard)) for move in moves]
    chosen = [move for move in chosen if move.text]
    while word_count(*(move.text for move in chosen)) + 8 > budget and any(move.rank < 5 for move in chosen):
        lowest = min(chosen, key=lambda move: (move.rank, -moves_index(moves, move)))
        chosen.remove(lowest)
        if not any(move.name == "question" for move in chosen):
            chosen = [move for move in chosen if move.name != "way_out"]
    return _page(facts, voice, chosen, guard)


def moves_index(moves: list[Move], wanted: Move) -> int:
    """The place of a move in its row."""
    return next(
        (
            index
            for index, move in enumerate(moves)
            if move.name == wanted.name and wanted.text in (move.text, move.plain)
        ),
        0,
    )


def _allowed(move: Move, guard: Guard) -> str:
    if guard.reply_level >= 1:
        return guard.first(move.plain)
    return guard.first(move.text, move.plain)


def _page(facts: Facts, voice: str, moves: list[Move], guard: Guard) -> str:
    opening = [move.text for move in moves if move.name in ("thanks", "accept")]
    middle = [move.text for move in moves if move.name == "answer" and not move.text.startswith("- ")]
    listed = [move.text for move in moves if move.text.startswith("- ")]
    work = [move.text for move in moves if move.name in ("uptake", "question", "way_out")]
    close = [move.text for move in moves if move.name == "door"]
    short = voice in ("chat", "brief")
    paragraphs = [opening + middle + work + close] if short else [opening + middle, work, close]
    closing = pick(facts, read_table("drafts")["closing"], voice, "closing")
    blocks = [
        guard.first(_greeting(facts, voice)) or str(read_table("drafts")["greeting"]["none"][voice]),
        *(" ".join(part) for part in paragraphs[:1] if part),
        *(["\n".join([str(read_table("drafts")["answer"]["listed"]), *listed])] if listed else []),
        *(" ".join(part) for part in paragraphs[1:] if part),
        f"{closing}\n{facts.candidate or YOUR_NAME}",
    ]
    if voice == "chat" and not facts.candidate:
        blocks.pop()  # a text message needs no name below it
    return "\n\n".join(blocks)


def _greeting(facts: Facts, voice: str) -> str:
    table = read_table("drafts")["greeting"]
    if facts.third and not _NO_NAME.search(facts.third):
        return str(table["first"]["formal"]).replace("{name}", facts.third)
    if not facts.person or facts.third:
        return str(table["none"][voice])
    name = greeting_name(facts, voice)
    if facts.title and name.startswith(facts.title):
        return f"Dear {name},"  # no "Hi Prof."
    if facts.hello and voice in ("neutral", "informal"):
        return f"{facts.hello} {name},"
    return str(table["first"][voice]).replace("{name}", name)


def greeting_name(facts: Facts, voice: str) -> str:
    """First name to first name, printed title to title and surname, else the name as signed."""
    words = facts.person.split()
    if len(words) == 1:
        return f"{facts.title} {words[0]}" if facts.title and facts.formal_greeting else words[0]
    if facts.formal_greeting:
        return f"{facts.title} {' '.join(words[1:])}" if facts.title else facts.person
    initial = len(words[0].strip(".")) < 2
    known = facts.candidate and " " not in facts.candidate
    if initial or facts.analysis.frame.register is Register.FORMAL or (not known and voice == "formal"):
        return f"{facts.title} {words[-1]}" if facts.title else facts.person
    return words[0] if known or facts.analysis.frame.register in (Register.CHAT, Register.INFORMAL) else facts.person


def address(facts: Facts, situation: Situation) -> str:
    """Where the reply goes; the address of an offer of feedback only where the reply takes it up."""
    frame = facts.analysis.frame
    offer = frame.offer.route if frame.offer and situation.key == "generic_feedback_offered" else None
    for route in (offer, frame.route):
        if (
            route
            and route.kind in (RouteKind.REPLY, RouteKind.THIRD_PERSON)
            and route.address
            and "@" in route.address.value
        ):
            return route.address.value
    return facts.analysis.message.sender or facts.person


def subject_line(facts: Facts) -> str:
    subject = " ".join(facts.analysis.message.subject.split())
    if not subject:
        return ""
    return subject if re.match(r"re\s*:", subject, re.IGNORECASE) else f"Re: {subject}"


def connection_note(facts: Facts, guard: Guard) -> str:
    """A note of at most 200 characters, only for a named person after a real talk."""
    labels = facts.analysis.labels
    talked = facts.met and labels.stage in (Stage.INTERVIEW, Stage.FINAL)
    if not (talked and facts.person and facts.about_candidacy) or facts.sender_kind is not SenderKind.PERSON:
        return ""
    if not facts.candidate or labels.outcome is not Outcome.REJECTED:
        return ""
    table = read_table("drafts")["note"]
    name = greeting_name(facts, "neutral")
    met = any(event.slot.value == facts.event and event.kind is EventKind.MET for event in facts.analysis.frame.events)
    options = []
    for key in ("connection", "connection_plain"):
        if key == "connection" and not met:
            continue
        text = choose(table[key], facts.seed, "note")
        options.append(
            text.replace("{name}", name).replace("{event}", facts.event).replace("{candidate}", facts.candidate)
        )
    return guard.first(*(text for text in options if len(text) <= NOTE_LENGTH))
