"""Analyses from marked text, for tests of the advice: no model, and a frame that says only what the test says.

Marks: ``[[area kind| words {topic} words]]`` is an improvement, ``[[+| words {topic} words]]`` a strength, and
``<<role: sentence>>`` gives a sentence its role. Frame slots are given as words of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from feedback_nlp.schema import (
    Analysis,
    Ask,
    AskKind,
    DateKind,
    DateMention,
    Door,
    DoorKind,
    Event,
    EventKind,
    Frame,
    Improvement,
    Kind,
    Labels,
    Message,
    Offer,
    Outcome,
    Register,
    Role,
    Route,
    RouteKind,
    Sender,
    SenderKind,
    Sentence,
    Slot,
    Span,
    Stage,
    Strength,
    Tag,
)

_TOKEN = re.compile(r"\[\[(?P<gap>[a-z_+ .0-9]+)\| ?|\]\]|<<(?P<role>[a-z_]+): ?|>>|[{}]")


@dataclass
class Marked:
    """Text without its marks, and what the marks said."""

    text: str = ""
    gaps: list[tuple[str, Kind, float, Span, Span]] = field(default_factory=list)
    strengths: list[tuple[Span, Span]] = field(default_factory=list)
    sentences: list[tuple[Role, Span]] = field(default_factory=list)


def read_marks(marked: str) -> Marked:
    """Take the marks out of a text."""
    found, position, role, gap, topic = Marked(), 0, None, None, None
    for match in _TOKEN.finditer(marked):
        found.text += marked[position : match.start()]
        position, here = match.end(), len(found.text)
        if match["gap"]:
            gap, topic = (match["gap"], here), None
        elif match["role"]:
            role = (Role(match["role"]), here)
        elif match.group() == "{":
            topic = [here, here]
        elif match.group() == "}":
            topic[1] = here
        elif match.group() == "]]":
            _close(found, gap, topic, here)
        else:
            found.sentences.append((role[0], Span(role[1], here)))
    found.text += marked[position:]
    return found


def _close(found: Marked, gap: tuple[str, int], topic: list[int] | None, here: int) -> None:
    evidence = Span(gap[1], here)
    inside = Span(*topic) if topic else evidence
    if gap[0].strip() == "+":
        found.strengths.append((evidence, inside))
        return
    area, kind, *weight = gap[0].split()
    found.gaps.append((area, Kind(kind), float(weight[0]) if weight else 2.0, evidence, inside))


def odds(tag: Tag, chance: float = 1.0) -> dict[Tag, float]:
    """The probabilities of the tags: `chance` for one, the rest shared by the others."""
    return {each: chance if each is tag else (1 - chance) / (len(Tag) - 1) for each in Tag}


def where(text: str, words: str, inside: str = "") -> Span:
    """Where words stand in a text, or where `inside` stands in these words."""
    start = text.index(words) + words.index(inside)
    return Span(start, start + len(inside or words))


def slot(text: str, words: str | None) -> Slot | None:
    """The slot for words of a text; None for None."""
    if words is None:
        return None
    return Slot(words, where(text, words))


def make(
    marked: str,
    *,
    tag: Tag = Tag.ACTIONABLE,
    outcome: Outcome = Outcome.REJECTED,
    stage: Stage = Stage.INTERVIEW,
    subject: str = "",
    offered: bool = False,
    unsure: bool = False,
    kind: SenderKind = SenderKind.PERSON,
    sender: str | None = None,
    title: str | None = None,
    candidate: str | None = None,
    route: RouteKind = RouteKind.REPLY,
    offer: str | None = None,
    offer_route: RouteKind | None = None,
    window: str | None = None,
    address: str | None = None,
    asks: tuple[tuple[AskKind, str], ...] = (),
    dates: tuple[tuple[DateKind, str], ...] = (),
    doors: tuple[tuple[DoorKind, str], ...] = (),
    events: tuple[tuple[EventKind, str, str], ...] = (),
    register: Register = Register.NEUTRAL,
    effort: int = 1,
    **slots: Any,
) -> Analysis:
    """An analysis. `events` are kind, value and the words of the text that prove it; `slots` further frame slots."""
    marks = read_marks(marked)
    text = marks.text
    labels = Labels(
        tag,
        odds(tag),
        unsure,
        outcome,
        stage,
        offered,
        tuple(Sentence(span, span.of(text), role, (), 0.9) for role, span in marks.sentences),
    )
    proposed = None
    if offer is not None:
        found = Route(offer_route, slot(text, address), None, slot(text, window)) if offer_route else None
        proposed = Offer(slot(text, offer), found)
    frame = Frame(
        Sender(kind, slot(text, sender), slot(text, title)),
        Route(route),
        candidate=slot(text, candidate),
        offer=proposed,
        asks=tuple(Ask(asked, slot(text, words)) for asked, words in asks),
        dates=tuple(DateMention(purpose, slot(text, words), _day(words)) for purpose, words in dates),
        doors=tuple(Door(door, slot(text, words)) for door, words in doors),
        events=tuple(Event(what, Slot(value, slot(text, proof).span)) for what, value, proof in events),
        register=register,
        effort=effort,
        **{name: slot(text, words) for name, words in slots.items()},
    )
    return Analysis(
        Message(text, subject),
        labels,
        tuple(
            Improvement(area, what, evidence, topic, 0.9, weight) for area, what, weight, evidence, topic in marks.gaps
        ),
        tuple(Strength(evidence, topic) for evidence, topic in marks.strengths),
        frame,
    )


def _day(words: str) -> date | None:
    return None
