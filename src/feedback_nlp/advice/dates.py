"""The dates of a mail as they may be said: deadlines, next tries, and what stands around them."""

from __future__ import annotations

import re
from dataclasses import replace

from feedback_nlp.schema import (
    DateKind,
    DateMention,
    Role,
    Sentence,
    Slot,
    Span,
    Where,
)

_WHEN = re.compile(
    r"(?:in|on|after|from|by|at|next|this|once|within|before|around|later|early|late|any|until|tomorrow)\b",
    re.IGNORECASE,
)
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_AWAY = re.compile(
    r"\b(?:on leave|away|on holiday|on vacation|out of (?:the )?office|off|give (?:me|us)|wait)\b[^.;!?\n]{0,25}$",
    re.IGNORECASE,
)
_BEFORE_DATE = re.compile(
    r"\b((?:(?:the )?(?:first|second|latter) half of|(?:the )?(?:end|beginning|start|middle) of|early(?: in)?"
    r"|late(?: in)?|mid"
    r"|\d{1,2}(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?(?: on|,)?|noon on)\s+)$",
    re.IGNORECASE,
)
_AFTER_DATE = re.compile(
    r"(?:,? (?:at )?\d{1,2}(?:[:.]\d\d)? ?[ap](?:m\b|\.m\.)|\s(?:noon|midday|morning|afternoon|evening|at noon)\b)",
    re.IGNORECASE,
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_UNTIL = re.compile(
    rf"\b(?:by|until|before|no later than) ((?:\d{{1,2}}(?:[:.]\d\d)? ?(?:[ap]\.?m\.?)? on )?"
    rf"(?:{_WEEKDAY},? )?(?:the )?"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {MONTH}|{MONTH} \d{{1,2}}))\b"
)
_BY_DAY = re.compile(
    rf"\b(?:by|before|until|no later than) ((?:(?:noon|midday|lunchtime|midnight|close|(?:the )?end of (?:play"
    rf"|day|business)"
    rf"|\d{{1,2}}(?:[:.]\d\d)? ?(?:[ap]\.?m\.?)?)(?: on)? )?(?:{_WEEKDAY}|tomorrow)"
    rf"(?: (?:noon|midday|lunch(?:time)?|morning|afternoon|evening|night|\d{{1,2}}[.:]\d\d))?)\b"
    rf"|\b(?:by|before|until|no later than) ((?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)? {MONTH}|{MONTH} \d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)))\b",
    re.IGNORECASE,
)
_DAY = (
    rf"(?:(?:this|next) )?(?:(?:{_WEEKDAY}|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b,? ?)?"
    rf"(?:(?:the )?\d{{1,2}}(?:st|nd|rd|th)? (?:{MONTH}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b)"
    rf"|{MONTH} \d{{1,2}})"
    rf"(?: \d{{4}})?"
)
_LAST_DAY = re.compile(rf"\b(?:by|until|till|before|not later than|no later than) ({_DAY})", re.IGNORECASE)
_THING_DUE = re.compile(
    r"\b(?:papers|certificates?|documents|corrections?|receipts|forms?|collected|answer|tell|know|send|place"
    r"|submitted|returned)\b",
    re.IGNORECASE,
)
_DAYS_LEFT = re.compile(
    r"\b(within (?:\d{1,3}|[a-z]+)(?: \(\d{1,3}\))? (?:calendar |working |business )?days)\b", re.IGNORECASE
)
_DUTY = re.compile(r"\b(?:must|please|you may|requests?|need to)\b", re.IGNORECASE)
_NEED_BY = re.compile(
    rf"\b(?:i|we)(?:'d|’d| would|'ll| will)? need\b[^.?!\n]{{0,50}}?\b(?:by|until|before) "
    rf"({_WEEKDAY}(?: (?:noon|lunch(?:time)?|morning|afternoon|evening|\d{{1,2}}[.:]\d\d))?)",
    re.IGNORECASE,
)
_ASKED_OF = re.compile(
    r"\b(?:please|if you can|they (?:want|need|ask)|i(?:'ll| will)? need|we(?:'ll| will)? need|need (?:it|them"
    r"|to know|your)"
    r"|just say|say so|drop (?:me|us)|tell (?:me|us)|text (?:me|us)|ring (?:me|us)|get (?:it|them) to|want it)\b",
    re.IGNORECASE,
)
# "The manager makes the list on Wednesday, so please answer before."
_BEFORE_THEN = re.compile(
    r"\b(?:please |just )?(?:answer|reply|write|respond|tell (?:me|us)|let (?:me|us) know|say(?: so)?"
    r"|get back to (?:me|us)|decide"
    r"|confirm|ring|call|text)\b[^.?!\n]{0,25}\b(?:before(?: then| that)?|by then)\s*(?:please)?\s*(?:[.!?;,]|$)",
    re.IGNORECASE,
)
_ANY_DAY = re.compile(
    rf"\b((?:on )?(?:{_WEEKDAY}|the \d{{1,2}}(?:st|nd|rd|th)|\d{{1,2}}(?:st|nd|rd|th)? {MONTH}"
    rf"|{MONTH} \d{{1,2}}))\b",
    re.IGNORECASE,
)
_SEASON = re.compile(
    rf"\b((?:from|in|after) (?:the )?(?:spring|summer|autumn|new year|{MONTH}))\b(?![^.]*\b(?:from|in) {MONTH})",
    re.IGNORECASE,
)
_RETEST = re.compile(
    r"\b(?:re-?test|re-?sit|re-?take|second attempt|another attempt)\b[^.?!\n]{0,50}?"
    r"\b((?:within|in|after) \d{1,3} (?:days|weeks|months))\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"\bagain (after \d{1,3} (?:days|weeks|months|years))\b", re.IGNORECASE)
_ACT = re.compile(
    r"\b(?:please|open until|valid until|book|choose|accept|confirm|reply|respond|return|sign|complete|submit"
    r"|let (?:me|us) know)\b",
    re.IGNORECASE,
)
_THEIRS = re.compile(r"\b(?:we|i)(?:'ll| will| expect| hope| aim| plan)\b", re.IGNORECASE)
_THEIR_WORD = re.compile(
    r"\b(?:we|i)(?:'ll| will| expect| hope| aim| plan)(?: to)? (?:be|let|tell|know|decide|ring|call|write|get"
    r"|have|come|send"
    r"|contact)\b",
    re.IGNORECASE,
)
_AT_BEST = re.compile(
    r"^(?:by|before|until|till|within|in|on|after|from|no later than|not later than|at)\b", re.IGNORECASE
)


def by_date(mention: DateMention) -> str:
    """A date as it may follow a verb: "by Friday", "within ten days"."""
    value = on_date(mention)
    return value if _AT_BEST.match(value) else f"by {value}"


def on_date(mention: DateMention) -> str:
    """A date as a noun phrase: "Friday", "after six months"."""
    return " ".join(mention.slot.value.split())


def when(mention: DateMention) -> str:
    """A date that may follow "opens": "in the autumn", "after six months", "on 1 January", "in March"."""
    value = re.sub(r"^for\b", "after", on_date(mention))
    if _WHEN.match(value):
        return value
    if re.match(r"(?:the )?week\b", value, re.IGNORECASE):
        return f"in {value}"
    day = re.search(r"\b\d{1,2}(?:st|nd|rd|th)?\b", value) or re.match(
        r"(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", value, re.I
    )
    return f"on {value}" if day else f"in {value}"


def again_after(said: tuple[Sentence, ...]) -> DateMention | None:
    """When the reader may try again, where the frame has not found it: "again after 180 days", "from September"."""
    for sentence in said:
        match = _AGAIN.search(sentence.text) or _RETEST.search(sentence.text)
        if not match and sentence.role is Role.DOOR_OPEN:
            match = _SEASON.search(sentence.text)
        if match:
            span = Span(sentence.span.start + match.start(1), sentence.span.start + match.end(1))
            return DateMention(DateKind.REAPPLY, Slot(" ".join(match[1].split()), span))
    return None


def open_until(said: tuple[Sentence, ...]) -> DateMention | None:
    """A deadline for the reader that the frame has not found: "open until 5 pm on Wednesday 10 July"."""
    for number, sentence in enumerate(said):
        match = _UNTIL.search(sentence.text)
        if match and _ACT.search(sentence.text) and not _THEIRS.search(sentence.text):
            return _deadline(sentence, match)
        match = _BY_DAY.search(sentence.text)
        if match and _ASKED_OF.search(sentence.text) and not _THEIR_WORD.search(sentence.text):
            return _deadline(sentence, match)
        if _BEFORE_THEN.search(sentence.text):
            for near in (sentence, *said[max(0, number - 1) : number]):
                if day := _ANY_DAY.search(near.text):
                    return _deadline(near, day, "before ")
    return next((found for s in said if (found := _bound(s))), None)


def _bound(sentence: Sentence) -> DateMention | None:
    """A last day that binds the reader in other words: "papers until 1 March", "within seven (7) calendar days"."""
    for pattern, beside in ((_LAST_DAY, _THING_DUE), (_DAYS_LEFT, _DUTY)):
        match = pattern.search(sentence.text)
        if match and beside.search(sentence.text) and not _THEIR_WORD.search(sentence.text):
            return _deadline(sentence, match)
    return None


def asked_by(said: tuple[Sentence, ...]) -> DateMention | None:
    """The day by which the reader has to answer, even where the mail names other last days first."""
    for sentence in said:
        match = _NEED_BY.search(sentence.text)
        if match:
            return _deadline(sentence, match)
    return None


def _deadline(sentence: Sentence, match: re.Match[str], before: str = "") -> DateMention:
    """The deadline of a match in a sentence; its first group that is filled is the date."""
    group = next(number for number, found in enumerate(match.groups(), 1) if found)
    span = Span(sentence.span.start + match.start(group), sentence.span.start + match.end(group))
    value = " ".join(match[group].split())
    return DateMention(DateKind.DEADLINE, Slot(before + re.sub(r"^on ", "", value) if before else value, span))


def is_absence(mention: DateMention, text: str) -> bool:
    """Whether a date only says when they are away, or until when they ask for time."""
    if mention.kind not in (DateKind.REAPPLY, DateKind.INTAKE) or mention.slot.where is not Where.TEXT:
        return False
    return bool(_AWAY.search(text[max(0, mention.slot.span.start - 40) : mention.slot.span.start]))


def widened(mention: DateMention, text: str) -> DateMention:
    """A date with the words that make it exact: "the second half of June", "5 pm on Friday", "Monday noon"."""
    slot = mention.slot
    if slot.where is not Where.TEXT or _AT_BEST.match(slot.value):
        return mention
    before = _BEFORE_DATE.search(text, max(0, slot.span.start - 30), slot.span.start)
    after = _AFTER_DATE.match(text, slot.span.end)
    start = before.start(1) if before else slot.span.start
    end = after.end() if after else slot.span.end
    if (start, end) == (slot.span.start, slot.span.end):
        return mention
    return replace(mention, slot=Slot(" ".join(text[start:end].split()), Span(start, end)))
