"""How an answer reaches the sender, and the offer of feedback."""

from __future__ import annotations

import re

from feedback_nlp.frame.page import Page, Unit
from feedback_nlp.frame.sender import is_noreply_address
from feedback_nlp.frame.words import alternatives, says
from feedback_nlp.schema import Offer, Role, Route, RouteKind, SenderKind, Slot, Span

_ADDRESS = re.compile(r"[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{1,80}[A-Za-z0-9]")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]{3,200}")
_NUMBER = re.compile(r"(?<![\w/.-])\+?\(?\d[\d ()./-]{5,20}\d(?![\w/-])")
# "do not reply" alone, or to what: an address, this mail, "as this box …"
_OBJECT_AFTER = re.compile(
    r"\s*(?:$|[.!;)*\]>|-]|directly|here|back|to (?:this|the|our|that)\b"
    r"|(?:by|via|using|with|from) (?:e-?mail|reply|this|the)\b"
    r"|,?\s*(?:as|since|because) (?:this|it|the|we)\b|,\s*(?:this|it|the (?:mail|in|e-?mail))|e-?mail\b)",
    re.IGNORECASE,
)
# addresses for a special need are no way to answer
_SPECIAL = re.compile(
    r"\b(?:extra time|adjustments?|accommodations?|another format|accessib\w+|technical|trouble|problems?|privacy|"
    r"your data|data protection|unsubscribe|complaints?|press|media|if you need|do you need)\b",
    re.IGNORECASE,
)
_NO_MAIL = re.compile(
    r"\b(?:don['’]t|do not|rather than|instead of|not|no|never)"
    r" (?:(?:do|read|use|check|open) )?(?:e-?mail|write|reply)",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"\bwithin (?:the next )?(?:\d{1,3}|[a-z]+)(?: (?:working|business|calendar))? (?:hours?|days?|weeks?|months?)\b",
    re.I,
)


def _slot(page: Page, unit: Unit, match: re.Match[str] | None) -> Slot | None:
    if match is None:
        return None
    end = match.end() - (len(match.group()) - len(match.group().rstrip(".,;:)")))
    return page.slot(unit.span.start + match.start(), unit.span.start + end)


def _phone(unit: Unit) -> re.Match[str] | None:
    for match in _NUMBER.finditer(unit.text):
        if sum(c.isdigit() for c in match.group()) >= 7 and not re.fullmatch(
            r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", match.group()
        ):
            return match
    return None


def _window(page: Page, unit: Unit) -> Slot | None:
    return _slot(page, unit, _WINDOW.search(unit.text))


def _units(page: Page) -> list[Unit]:
    """The units of the newest message and its footers; what was forwarded has routes of its own."""
    end = page.newest.end if page.forwarded else len(page.text)
    return [unit for unit in page.units if page.newest.start <= unit.span.start < end]


def barred(page: Page) -> Unit | None:
    """The unit that says that answers are not read."""
    return next((unit for unit in _units(page) if _bars(unit.text)), None)


def _bars(text: str) -> bool:
    """Whether a sentence speaks of the address: "Do not reply to this mail", but not "Don't answer now"."""
    match = says("route", "no_reply", text)
    if match is None:
        return False
    if not re.search(r"(?:reply|respond|answer)$", match.group(), re.I):
        after = text[match.end() :]
        return not re.match(r"\s*(?:within|before|in time|if|until|unless|straight away|immediately)\b", after, re.I)
    return _OBJECT_AFTER.match(text, match.end()) is not None


def read_route(page: Page, kind: SenderKind, contact: tuple[Slot, Span] | None) -> Route:
    """How to answer. A mail that says nothing about it can be answered by mail."""
    units = _units(page)
    window = next((found for unit in units if _asks_answer(unit) and (found := _window(page, unit))), None)
    bar = barred(page)
    for unit in units:
        offered = unit.role is Role.FEEDBACK_OFFER and not _NO_MAIL.search(unit.text)
        if says("route", "phone_only", unit.text) and not offered:
            number = next((slot for other in [unit, *units] if (slot := _slot(page, other, _phone(other)))), None)
            return Route(RouteKind.PHONE, number, None, window)
    for unit in units:
        offered = unit.role is Role.FEEDBACK_OFFER and bar is None
        if says("route", "portal", unit.text) and not offered and _is_for_answers(unit, bar):
            return Route(RouteKind.PORTAL, _slot(page, unit, _LINK.search(unit.text)), None, window)
    if (direct := _direct(page, bar, units)) is not None:
        return Route(RouteKind.REPLY, direct, None, window)
    if (third := _third(page, kind, contact, bar, units)) is not None:
        return Route(RouteKind.THIRD_PERSON, third.address, third.person, window)
    if bar is not None or is_noreply_address(page):
        return Route(RouteKind.NO_REPLY, window=window)
    return Route(RouteKind.REPLY, window=window)


def _asks_answer(unit: Unit) -> bool:
    return (
        unit.role is not Role.FEEDBACK_OFFER
        and not is_offer(unit)
        and says("route", "answering", unit.text) is not None
    )


def _is_for_answers(unit: Unit, bar: Unit | None) -> bool:
    """A portal counts where the mail bars mail, or asks for the answer there in so many words."""
    return (
        bar is not None
        or re.search(r"\b(?:respond|reply|answer|accept|confirm|contact us|message us)\b", unit.text, re.I) is not None
    )


def _direct(page: Page, bar: Unit | None, units: list[Unit]) -> Slot | None:
    """The sender's own address in a mail whose From address takes no answers: "write to me at …"."""
    if bar is None and not is_noreply_address(page):
        return None
    for unit in units:
        match = _ADDRESS.search(unit.text)
        if match and re.search(
            r"\b(?:reply|write|e-?mail|contact|reach|message)\b[^.?!]{0,20}\bme\b", unit.text[: match.start()], re.I
        ):
            return _slot(page, unit, match)
    return None


def _third(
    page: Page, kind: SenderKind, contact: tuple[Slot, Span] | None, bar: Unit | None, units: list[Unit]
) -> Route | None:
    shut = bar is not None or is_noreply_address(page)
    unsigned = kind in (SenderKind.TEAM, SenderKind.MACHINE)
    if contact is not None:
        person, span = contact
        unit = next(unit for unit in page.units if unit.span == span)
        if unit.role is Role.FEEDBACK_OFFER or is_offer(unit):
            return None
        strong = says("route", "third_strong", unit.text) is not None
        if strong or ((shut or unsigned) and says("route", "third", unit.text)):
            return Route(RouteKind.THIRD_PERSON, _address(page, unit), person)
    for unit in units:
        match = _ADDRESS.search(unit.text)
        if match is None or unit.role is Role.FEEDBACK_OFFER or is_offer(unit):
            continue
        if says("route", "third_strong", unit.text[: match.start()]) and _is_open(page, match.group()):
            return Route(RouteKind.THIRD_PERSON, _slot(page, unit, match))
    if not shut:
        return None
    for before, unit in zip([None, *units], units, strict=False):
        match = _ADDRESS.search(unit.text)
        if _SPECIAL.search(unit.text) or (before is not None and "?" in before.text and _SPECIAL.search(before.text)):
            continue
        asked = (
            match and unit.role is not Role.FEEDBACK_OFFER and says("route", "address_verb", unit.text[: match.start()])
        )
        if match and asked and _is_open(page, match.group()):
            return Route(RouteKind.THIRD_PERSON, _slot(page, unit, match))
    return None


def _is_open(page: Page, address: str) -> bool:
    """Whether an address in the text is another than the sender's and takes answers."""
    closed = re.match(r"no.?reply|do.?not.?reply", address, re.IGNORECASE) is not None
    return not closed and address.casefold() not in page.message.sender.casefold()


def _address(page: Page, unit: Unit) -> Slot | None:
    return _slot(page, unit, _ADDRESS.search(unit.text) or _phone(unit))


def is_offer(unit: Unit) -> bool:
    """Whether the words themselves offer feedback, whatever the role says."""
    return says("route", "offer", unit.text) is not None and says("route", "offer_not", unit.text) is None


def read_offer(page: Page, contact: tuple[Slot, Span] | None) -> Offer | None:
    """The offer of feedback, with the way to take it up."""
    offering = re.compile(
        r"\b(?:feedback|talk|discuss|debrief|call|ring|phone|notes|explain|explanation|comments?|chat|details?|through|hear"
        r"|more|why|glad|happy|pleased|welcome)\b",
        re.I,
    )
    barred_by = re.compile(r"\bonly (?:be )?(?:provided|given|offered|available)\b", re.I)
    said = [u for u in page.sentences if u.role is Role.FEEDBACK_OFFER and not barred_by.search(u.text)]
    said = [
        u
        for u in said
        if offering.search(u.text) and not re.match(r"(?:can|could|would|will) you send\b", u.text, re.I)
    ]
    if not said and not page.labels.feedback_offered:
        said = [u for u in page.sentences if u.role in (Role.OTHER, Role.COURTESY, Role.DOOR_OPEN) and is_offer(u)]
    if not said:
        said = [u for u in page.sentences if is_offer(u)] if page.labels.feedback_offered else []
    if not said:
        return None
    unit = said[0]
    return Offer(page.slot(unit.span.start, unit.span.end), _offer_route(page, unit, contact))


def _offer_route(page: Page, unit: Unit, contact: tuple[Slot, Span] | None) -> Route | None:
    window = _window(page, unit)
    person = contact[0] if contact is not None and contact[1] == unit.span else None
    phone, mail = _slot(page, unit, _phone(unit)), _slot(page, unit, _ADDRESS.search(unit.text))
    if phone is not None and mail is None:
        return Route(RouteKind.PHONE, phone, person, window)
    if says("route", "by_portal", unit.text):
        return Route(RouteKind.PORTAL, _slot(page, unit, _LINK.search(unit.text)), person, window)
    if person is not None:
        return Route(RouteKind.THIRD_PERSON, mail, person, window)
    calling = (
        r"\b(?:give (?:me|us|the \w+) (?:a )?(?:ring|call|buzz|bell|shout on)|"
        rf"(?:call|ring|phone|telephone|dial) (?:me|us|my|the|our)|"
        rf"{alternatives('route', 'by_phone')} (?:me|us|my))\b"
    )
    if re.search(calling, unit.text, re.I):
        return Route(RouteKind.PHONE, phone, person, window)
    if mail is not None:
        return Route(RouteKind.REPLY, mail, None, window)
    return Route(RouteKind.REPLY, None, None, window) if says("route", "by_mail", unit.text) else None
