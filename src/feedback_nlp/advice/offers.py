"""What the sender holds out besides feedback: a call, a visit, another go, a reference, a list to be put on.

Each is said back in the reply in the sender's own words, so that "ring me this week" is not met with thanks for "your
offer of feedback". Days and times that only the candidate knows stay in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from feedback_nlp.advice.said_back import LONGEST, reflected
from feedback_nlp.advice.words import has_cue
from feedback_nlp.content import read_table
from feedback_nlp.schema import Role, Sentence

MOST = 2  # offers that one reply takes up

_LEAVE = r"(?:like|want|wish|prefer|care|fancy)"
_SERVED = re.compile(  # "If you'd like me to keep your details, just say so by the 20th."
    rf"\bif (?:you|u)(?:'d| would|d)? {_LEAVE} (?:me|us) to (?P<act>[a-z][^,;:.?!\n]{{3,110}})", re.IGNORECASE
)
_MAY = re.compile(  # "Please let us know if we may keep your papers in our pool."
    r"\b(?:let (?:me|us) know|tell (?:me|us)|confirm|say|write|reply)\b[^.?!]{0,60}\b(?:if|whether) (?:we"
    r"|i) (?:may|can|could|should"
    r"|shall) (?P<act>(?:keep|retain|hold|store|pass|forward|share|add|put|send|include)\b[^,;:.?!\n]{3,110})",
    re.IGNORECASE,
)
_HAPPY = re.compile(  # "I would be happy to read a draft of your application, should you decide to apply."
    r"\b(?:i|we)(?:'d| would| will|'ll|'m| am|'re| are)?(?: also)?(?: be)? (?:very |quite |more than |always "
    r"|only too )?"
    r"(?:happy|glad|pleased|willing|delighted) to (?P<act>(?:read|look (?:at|over|through)|comment on|review"
    r"|introduce|show|meet"
    r"|lend|have a look|talk|go through|explain|walk|help you)\b[^,;:.?!\n]{3,80}?)(?= (?:should|if|when|once"
    r"|before|after)\b|[,;:.?!\n]|$)",
    re.IGNORECASE,
)
_LATER = re.compile(r"\b(?:when|once|after|if|unless) you(?:'ve| have|'re| are| get| change)\b", re.IGNORECASE)
_WISHED = re.compile(  # "If you would like to talk it through, my assistant will find us half an hour."
    rf"\bif (?:you|u)(?:'d| would|d)? {_LEAVE} to (?P<act>(?:talk|discuss|go through|hear|have a (?:chat|call"
    rf"|talk|word)"
    r"|chat|speak|meet|come|visit|try|see|join|sit|be (?:considered|kept|added|put|told))\b[^,;:.?!\n]{0,90})",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    rf"\bif (?:you|u)(?:'d| would|d)? {_LEAVE} (?P<what>(?:another|a second) (?:go|try|shift|trial|chance|shot"
    rf"|day))\b",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"(?<!n't )(?<!not )(?<!to )\b(?:(?:do |just |please |then |and |so |or |can |could )*"
    r"(?:give|gimme|drop) (?:me|us) a (?:bell|ring|call|shout|buzz|tinkle)|(?:do |just |please )*(?:ring|phone|call)"
    r" (?:me|us)\b(?! (?:back )?(?:if|unless|when|once|should|names)\b)|(?:please |do |just )*(?:call|ring|phone)"
    r" (?:me|us) (?:on|any|this|next|before|when|after|tomorrow|today))",
    re.IGNORECASE,
)
_VISIT = re.compile(
    r"\b(?P<verb>pop|drop|come|swing|call) (?P<where>(?:in|up|round|over|by|down|along|back)(?: (?:to|at|and see)"
    r" [^,;:.?!\n]{2,30}?)?)"
    r" (?:for a|and have a|and we'll have a) (?P<what>chat|talk|word|cuppa|brew|look round|look around)\b",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\b(?:(?:happy|glad|willing|pleased) to (?:be|act as|give|write|provide)(?: you)? a (?:reference|referee)"
    r"|reference from (?:me|us)|i(?:'ll| will| would|'d)(?: gladly| happily)? (?:write|give|be|act as)(?: you)? a"
    r" (?:reference|referee)|(?:use|name) me as a (?:reference|referee))\b",
    re.IGNORECASE,
)
_OFFERED = re.compile(  # "Sioned has offered that you shadow her for half a term"
    r"\b(?:has|have|'s|'ve) (?:also |kindly |very kindly )?offered "
    r"(?:that you|to (?:let|show|help|give|take|meet|sit|talk|go)\b)",
    re.IGNORECASE,
)
_FILLED = re.compile(r"\b(?:post|job|role|position|feedback|place|contract)\b", re.IGNORECASE)
_WHICH = re.compile(r"\b(?:which (?:one|day)|when|what day|a day|any day|on an? \w+day)\b", re.IGNORECASE)
_TIMES = re.compile(r"\b(?:two|three|some|a few|several|couple of) (?:times|dates|slots)\b", re.IGNORECASE)
_DOUBTFUL = re.compile(r"\b(?:or|i|we|he|she|they|whether|anything|you|not|any|unsubscribe|stop)\b", re.IGNORECASE)
_POINTS_BACK = re.compile(r" (?:for|about|on|with|of) (?:that|this|it|those|them|then)$", re.IGNORECASE)
_NUMBERED = re.compile(r"\b(?:scam|fraud|alarm|emergency|complain\w*|data|privacy|unsubscribe|newsletter)\b", re.I)


def taken_up(said: Sequence[Sentence]) -> tuple[str, ...]:
    """A sentence for each offer of the mail, in its order."""
    found: list[str] = []
    for sentence in said:
        if sentence.role is Role.FEEDBACK or _NUMBERED.search(sentence.text):
            continue
        text = _taken_up(" ".join(sentence.text.replace("’", "'").split()))
        if text and text not in found:
            found.append(text)
    return tuple(found[:MOST])


def _taken_up(text: str) -> str:
    words: dict[str, str] = read_table("drafts")["taken_up"]
    if match := _SERVED.search(text) or _MAY.search(text):
        act = match["act"].strip()
        if len(act.split()) <= LONGEST and not _own(act):
            return f"Yes, please {reflected(re.sub(_POINTS_BACK, '', act))}."
    if match := _HAPPY.search(text):
        act = match["act"].strip()
        if len(act.split()) <= LONGEST and not _own(act) and "feedback" not in act:
            return words["happy"].replace("{act}", reflected(act))
    if match := _AGAIN.search(text):
        which = words["which"] if _WHICH.search(text) else ""
        return words["again"].replace("{what}", match["what"].lower()) + (which or ".")
    if match := _VISIT.search(text):
        what = match["what"].lower()
        return words["visit"].replace("{where}", _toward(match["where"])).replace("{what}", what)
    if match := _WISHED.search(text):
        act = match["act"].strip()
        if len(act.split()) <= LONGEST and not _own(act):
            return words["wished"].replace("{act}", reflected(act))
    if _OFFERED.search(text) and not _FILLED.search(text):
        return words["offered"]
    if _REFERENCE.search(text):
        return words["reference"]
    if _CALL.search(text) and not _LATER.search(text) and not has_cue(text, ["feedback"]):
        return words["call"]
    return ""


def _toward(where: str) -> str:
    """ "up to Ward 9" as it is; "and see me" falls away."""
    return re.sub(r" and see .*$", "", where.lower() if where.islower() else where)


def _own(act: str) -> bool:
    """Whether the words hold somebody whose part does not change with the speaker."""
    return bool(
        _DOUBTFUL.search(re.sub(r"\b(?:put|send|keep|add|let|give|call|ring|tell|show|consider) you\b", "", act))
    )


def times_wanted(said: Sequence[Sentence]) -> bool:
    """Whether they ask for times that suit the reader."""
    return any(_TIMES.search(sentence.text) for sentence in said)
