"""A batch of raw mails to items for the store: what a worker does. One bad mail never stops the rest."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from feedback_nlp.content import read_table
from feedback_nlp.errors import InputError
from feedback_nlp.schema import Analysis, Message, Refused, Report, SenderKind, Slot, Source
from feedback_nlp.store import Item, Status, pack

_PERSONS = (SenderKind.PERSON, SenderKind.AGENCY, SenderKind.COLLEAGUE, SenderKind.USER)
MAX_PARENTS = 50  # message ids of older mails that are kept of one mail


class Raw(Protocol):
    """A mail as bytes, as `mail.scan` gives it. Can be pickled."""

    @property
    def source(self) -> Source: ...
    @property
    def key(self) -> str: ...
    @property
    def data(self) -> bytes: ...
    def read(self) -> Message: ...


class Reader(Protocol):
    """What a batch needs of an analyzer."""

    def analyze_all(self, messages: Sequence[Message], *, advice: bool = True) -> list[Report]: ...


AnalyzerFactory = Callable[[], Reader]


def itemize(raws: Sequence[Raw], analyzer: Reader, *, advice: bool = True, engine: str = "") -> list[Item]:
    """One item for each raw mail, in order. Never raises for a mail: a bad one is refused or failed by name."""
    items: dict[int, Item] = {}
    messages: dict[int, Message] = {}
    for number, raw in enumerate(raws):
        try:
            messages[number] = raw.read()
        except InputError as error:
            items[number] = refused(Refused(raw.source, str(error), raw.key))
        except Exception as error:  # noqa: BLE001 - whatever a hostile mail breaks, the rest is still read
            items[number] = failed(raw, _place_of(error))
    for number, outcome in zip(messages, _analyze(list(messages.values()), analyzer, advice), strict=True):
        items[number] = (
            failed(raws[number], outcome) if isinstance(outcome, str) else _read(raws[number], outcome, engine)
        )
    return [items[number] for number in range(len(raws))]


def _analyze(messages: list[Message], analyzer: Reader, advice: bool) -> list[Report | str]:
    """A report for each message, or where the program broke on it."""
    if not messages:
        return []
    try:
        return list(analyzer.analyze_all(messages, advice=advice))
    except Exception as error:  # noqa: BLE001
        if len(messages) == 1:
            return [_place_of(error)]
    return [found for message in messages for found in _analyze([message], analyzer, advice)]


def _place_of(error: Exception) -> str:
    """The kind of an error and the line of ours that it came from. Never its words: they may quote the mail."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "feedback_nlp" in frame.filename]
    line = f" in {Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return f"the program broke on this mail ({type(error).__name__}{line}): please report it"


def failed(raw: Raw, reason: str) -> Item:
    """The item of a mail on which the program broke, died or ran out of time."""
    return Item(raw.key, Status.FAILED, raw.source, reason=reason)


def refused(found: Refused) -> Item:
    """The item of what cannot be read. Where there are no bytes, its key is made of the place."""
    place = f"{found.source.path}\0{found.source.index}"
    key = found.key or hashlib.sha256(place.encode("utf-8", "surrogatepass")).hexdigest()
    return Item(key, Status.REFUSED, found.source, reason=found.reason, keyless=not found.key)


def _read(raw: Raw, report: Report, engine: str) -> Item:
    from feedback_nlp.report import to_dict

    analysis, labels = report.analysis, report.analysis.labels
    message = analysis.message
    return Item(
        key=raw.key,
        status=Status.READ,
        source=raw.source,
        id=message.id,
        tag=str(labels.tag),
        outcome=str(labels.outcome),
        stage=str(labels.stage),
        confidence=round(float(labels.confidence), 4),
        unsure=labels.unsure,
        offered=labels.feedback_offered,
        areas=analysis.areas,
        subject=message.subject,
        sender=message.sender,
        sent=message.sent.isoformat() if message.sent else "",
        facts=facts(analysis),
        packed=pack(to_dict(report)),
        engine=engine,
        reason=_reason(message.language),
    )


def _reason(language: str) -> str:
    """Why a mail that was read is left to the person; empty for English."""
    return str(read_table("other_language")["reason"]).format(language=language) if language else ""


def facts(analysis: Analysis) -> dict[str, Any]:
    """What mails are joined and counted by; only what is proved, only what is there."""
    message, frame = analysis.message, analysis.frame
    route = frame.offer.route if frame.offer and frame.offer.route else frame.route
    found: dict[str, Any] = {
        "company": _value(frame.company),
        "role_title": _value(frame.role_title),
        "reference": _value(frame.reference),
        "message_id": _message_ids(message.header("message-id"))[:1],
        "parents": _message_ids(f"{message.header('references')} {message.header('in-reply-to')}")[-MAX_PARENTS:],
        "offer": _value(frame.offer.slot) if frame.offer else "",
        "offer_route": str(route.kind) if frame.offer else "",
        "offer_window": _value(route.window) if frame.offer else "",
        "dates": [
            {"kind": str(date.kind), "text": date.slot.value, "day": date.day.isoformat() if date.day else ""}
            for date in frame.dates
        ],
        "sender_kind": str(frame.sender.kind),
        "people": _people(analysis),
    }
    return {name: value for name, value in found.items() if value}


def _people(analysis: Analysis) -> list[str]:
    """The names that the mail proves, for taking them out of an export."""
    message, frame = analysis.message, analysis.frame
    slots = (frame.sender.name, frame.candidate, frame.speaker, frame.contact, frame.route.person)
    names = [_value(slot) for slot in slots] + [message.to.partition("<")[0].strip(' "')]
    if frame.sender.kind in _PERSONS:
        names.append(message.sender.partition("<")[0].strip(' "'))
    return list(dict.fromkeys(name[:100] for name in names if name))


def _value(slot: Slot | None) -> str:
    return slot.value if slot else ""


def _message_ids(header: str) -> list[str]:
    """Message ids as short digests: enough to compare, and no address of anybody."""
    tokens = header[:20_000].replace(">", "> ").split()
    ids = dict.fromkeys(token.strip("<>,;").lower() for token in tokens if "@" in token or token.startswith("<"))
    return [hashlib.sha256(each.encode("utf-8", "replace")).hexdigest()[:20] for each in ids if each]
