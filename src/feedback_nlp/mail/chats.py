"""Chats that were exported or copied: who speaks in which turn, and which turns are the candidate's.

A turn opens with a name and a time, on the line itself (WhatsApp) or on a line of its own (Slack, Teams, LinkedIn).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from feedback_nlp.mail.people import Person, greeted, person, same
from feedback_nlp.mail.words import words
from feedback_nlp.schema import Aside, AsideKind, Span

_MOST_SPEAKERS = 4  # more names than this before times are a timetable, no chat
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ \u202f]?[AaPp]\.?[Mm]\.?)?"
_DAY = (
    r"(?:\d{1,4}[./-]\d{1,2}(?:[./-]\d{2,4})?"
    r"|(?:yesterday|today|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?)"
)
_NAME = r"(?P<name>[^\W\d_][^\n:\[\]]{0,38}?)"
_HEADS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\[(?:{_DAY},?\s+)?{_CLOCK}\]\s+{_NAME}:(?:\s+|$)",  # [12/11/2026, 19:04] Sam: …
        rf"{_DAY},?\s+{_CLOCK}\s+[-–]\s+{_NAME}:(?:\s+|$)",  # 12/11/2026, 19:04 - Sam: …
        rf"\[(?:{_DAY},?\s+)?{_CLOCK}\]\s+{_NAME}:?\s*$",  # [Yesterday 10:15] Sam Reed
        rf"{_NAME}(?:\s+APP)?\s+\[?(?:{_DAY}(?:,|\s+at)?\s+)?{_CLOCK}\]?\s*$",  # Sam Reed  9:41 AM
    )
)
_FIRST = re.compile(r"\b(?:i|i'm|i've|i'd|my|me)\b", re.IGNORECASE)
_SECOND = re.compile(r"\b(?:you|your|you're|you'd|you've|u|ur)\b", re.IGNORECASE)
_YOU = frozenset({"you", "me"})
_SAID = 4_000  # characters that show who speaks


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said at a time: `head` is the name and time, `body` the words."""

    speaker: str
    head: Span
    body: Span


@dataclass(frozen=True, slots=True)
class Chat:
    """The turns of a chat; `candidate` is one of the names, or empty where nothing proves which."""

    turns: tuple[Turn, ...]
    candidate: str

    @property
    def others(self) -> tuple[str, ...]:
        """The names of those who are not the candidate, in the order in which they speak."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns if turn.speaker != self.candidate))


def read_chat(text: str) -> Chat | None:
    """The chat that the whole text is, or None: at least two turns, the first of them at the top."""
    heads = list(_heads(text))
    if len(heads) < 2 or text[: heads[0][0].start].strip():
        return None
    speakers = {speaker for _, speaker in heads}
    if len(speakers) > _MOST_SPEAKERS:
        return None
    ends = [head.start for head, _ in heads[1:]] + [len(text)]
    turns = tuple(Turn(who, head, Span(head.end, end)) for (head, who), end in zip(heads, ends, strict=True))
    return Chat(turns, _candidate(text, turns))


def chat_asides(chat: Chat) -> tuple[Aside, ...]:
    """The names and times, and the words of the candidate."""
    found: list[Aside] = []
    for turn in chat.turns:
        found.append(Aside(AsideKind.QUOTE_HEADER, turn.head))
        if turn.speaker == chat.candidate and turn.body.start < turn.body.end:
            found.append(Aside(AsideKind.OWN_WORDS, turn.body))
    return tuple(found)


def _heads(text: str) -> Iterator[tuple[Span, str]]:
    start = 0
    for line in text.split("\n"):
        if len(line) < 2_000:
            body = len(line) - len(line.lstrip())
            for pattern in _HEADS:
                match = pattern.match(line, body)
                if match is not None and len(match["name"].split()) <= 5:
                    yield Span(start + body, start + match.end()), match["name"].strip(" ~-–")
                    break
        start += len(line) + 1


def _candidate(text: str, turns: tuple[Turn, ...]) -> str:
    """The speaker who is the candidate: named so, greeted by the others, or speaking like one."""
    said: dict[str, str] = {}
    for turn in turns:
        before = said.get(turn.speaker, "")
        said[turn.speaker] = before if len(before) > _SAID else f"{before}\n{turn.body.of(text)}".strip()
    if len(said) < 2:
        return ""
    for name in said:
        if name.lower() in _YOU:
            return name
    for name in said:
        met = (_greeted(words_) for other, words_ in said.items() if other != name)
        if any(one and same(one, person(name)) for one in met):
            return name
    scores = sorted(((_leaning(words_), name) for name, words_ in said.items()), reverse=True)
    return scores[0][1] if scores[0][0] > 0 and scores[0][0] > scores[1][0] else ""


def _greeted(said: str) -> Person:
    lines = said.split("\n", 1)
    short = re.match(r"(?:hi|hey|hello|hiya)\s+([^\W\d_]{2,20})\b", lines[0], re.IGNORECASE)
    return Person((short.group(1).lower(),)) if short else greeted(lines[:1])


def _leaning(said: str) -> int:
    """How much a speaker sounds like the candidate rather than the employer."""
    low = said[:_SAID].lower().replace("’", "'")
    table = words()
    spoken = sum(phrase in low for phrase in table.candidate) - sum(phrase in low for phrase in table.employer)
    return 3 * spoken + len(_FIRST.findall(low)) - len(_SECOND.findall(low))
