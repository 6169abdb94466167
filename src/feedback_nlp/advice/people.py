"""Who may be greeted, and how: the sender, the candidate, the greeting word."""

from __future__ import annotations

import re

from feedback_nlp.advice.words import upper_first
from feedback_nlp.schema import (
    Analysis,
    Register,
    SenderKind,
    Where,
)

_HONORIFIC = re.compile(
    r"\b(?:captain|capt|sgt|sergeant|pc|garda|inspector|insp|officer|lt|col|judge|chef|nurse|ma'am|sir|mr|mrs"
    r"|ms|miss|mx|dr|prof|professor|herr|frau|sir|madam|madame|mme|mlle|señora?|sra?|dhr|mevr"
    r"|mevrouw|meneer)\.?\s*$",
    re.IGNORECASE,
)
_TITLES = re.compile(
    r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|rev|reverend|herr|frau|mme|madame)\.?$", re.IGNORECASE
)
_RANK = re.compile(
    r"^(?:pc|pcso|sgt|insp|cpl|pte|capt|captain|ma'am|mam|sir|madam|sr|sra|dr|prof|mr|mrs|ms|miss|mx|chef|nurse"
    r"|sister|brother)\.? ",
    re.I,
)
_NOT_A_PERSON = re.compile(
    r"\b(?:team|office|department|dept|careers?|talent|recruit\w*|admin|services?|group|grupo|resources|hr"
    r"|school|college"
    r"|university|ltd|gmbh|inc|llc|plc|council|trust|hospital|board|committee|unit|section|panel|admissions"
    r"|bank|centre"
    r"|center|conservatorium|foundation|hotel|the|and|client|support|no.?reply|jobs?|people|selection|hiring"
    r"|secretariat"
    r"|engagement|campus|medical|staffing|early|lending|recruiting|lines?|desk|head|clerk|secretary|director"
    r"|chair|hiring|[\w.]*@[\w.]*)\b|\d|&",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:maestro|maestra|colleagues?|candidates?|applicants?|friend|mate|all|both|sir or madam)$", re.IGNORECASE
)
_HELLO = re.compile(
    r"(?:^|\n)\s*(hi|hello|hiya|hey|dear|kia ora|moin|hej|hola|ciao|good (?:morning|afternoon))\s+$", re.IGNORECASE
)


def hello_of(analysis: Analysis) -> str:
    """The greeting word before the candidate's name, if it is one that can be given back."""
    slot = analysis.frame.candidate
    if slot is None or slot.where is not Where.TEXT:
        return ""
    match = _HELLO.search(analysis.message.text, max(0, slot.span.start - 14), slot.span.start)
    return "" if match is None else upper_first(match[1].lower().replace("hiya", "hi").replace("hey", "hi"))


def person_of(analysis: Analysis) -> str:
    sender = analysis.frame.sender
    if sender.name is None or sender.kind in (SenderKind.MACHINE, SenderKind.SELLER, SenderKind.USER):
        return ""
    name = " ".join(sender.name.value.split()).strip(" ,.")
    if analysis.frame.register is Register.CHAT:
        name = " ".join(upper_first(word) for word in name.split())
    words = name.split()
    if not name.isupper():  # letters after a name ("MRCVS") are no part of it
        words = [word for word in words if not (len(word) > 2 and word.isupper())]
        name = " ".join(words)
    if not 1 <= len(words) <= 4 or _NOT_A_PERSON.search(name) or (len(words[0].strip(".")) < 2 and len(words) < 2):
        return ""
    if not all(
        word[0].isupper() or word.lower() in ("van", "von", "de", "der", "den", "del", "da", "di", "la", "le", "bin")
        for word in words
    ):
        return ""
    candidate = analysis.frame.candidate
    if candidate and name.lower() == candidate.value.lower():
        return ""
    return " ".join(word.capitalize() if word.isupper() and len(word) > 3 else word for word in words)


def title_of(analysis: Analysis) -> str:
    title = analysis.frame.sender.title
    first = title.value.split()[0] if title and title.value.split() else ""  # "Prof. Dr." is greeted as "Prof."
    return first if _TITLES.match(first) else ""


def candidate_of(analysis: Analysis) -> str:
    slot = analysis.frame.candidate
    if slot is None or _NOT_A_PERSON.search(slot.value) or _NO_NAME.match(" ".join(slot.value.split())):
        return ""
    name = _RANK.sub("", " ".join(slot.value.split()))
    if name != " ".join(slot.value.split()) and " " not in name:
        return ""
    if is_formal(analysis) and " " not in name:
        return ""  # only the surname is known
    if name.islower():
        return name.title()
    return name.title() if name.isupper() and len(name) > 3 else name


def is_formal(analysis: Analysis) -> bool:
    slot = analysis.frame.candidate
    return slot is not None and bool(
        _HONORIFIC.search(analysis.message.text[max(0, slot.span.start - 12) : slot.span.start])
    )
