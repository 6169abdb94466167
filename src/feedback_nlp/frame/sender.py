"""Who writes: the name, and what sort of sender it is."""

from __future__ import annotations

import re
from email.utils import parseaddr

from feedback_nlp.frame.names import Name, capital, is_given, is_listed_other, read_name
from feedback_nlp.frame.page import Page, header_slot
from feedback_nlp.frame.signature import Signature
from feedback_nlp.frame.words import listed, phrases, says, word_set
from feedback_nlp.schema import Outcome, SenderKind, Slot, Span, Tag, Where

_INTRO_REACH = 160  # "it's Mel at …" comes early


def _intro(page: Page, candidate: Slot | None) -> tuple[Name, Span] | None:
    """The sender in "it's Mel at Sallowfield House" or "Kelly from Ironbridge Staffing here"."""
    text, start = page.shown, page.newest.start
    end = min(page.newest.end, start + _INTRO_REACH)
    first = phrases("people", "intro").search(text, start, end)
    if first is not None:
        name = read_name(text, first.end() + 1, end)
        if name and len(name.tokens) <= 3 and re.match(r"\s+(?:from|at|@|in|of)\s", text[name.span.end : end]):
            return (name, Span(name.span.end, end)) if _new_person(page, name, candidate) else None
    here = re.compile(r"(?:(?:from|at|@)\s+([^\s.,!?]+(?:\s[^\s.,!?]+){0,4}?)\s+)?(?<!\w)here\b")
    for match in here.finditer(text, start, end):
        head = text[start : match.start()].rstrip()
        word = re.search(r"(?:^|[\s,.!(-])([^\W\d_][\w'’-]*(?: [^\W\d_][\w'’-]*)?)$", head)
        if word is None:
            continue
        for at in (start + word.start(1), start + word.end(1) - len(word.group(1).split()[-1])):
            name = read_name(text, at, start + len(head))
            if name and name.span.end == start + len(head) and _new_person(page, name, candidate):
                return name, Span(name.span.end, match.end())
    return None


def _new_person(page: Page, name: Name, candidate: Slot | None) -> bool:
    words = name.tokens
    if is_listed_other(page.text, words) or not capital(words[0].of(page.text)):
        return False
    return candidate is None or not candidate.span.overlaps(name.span)


def from_parts(page: Page) -> tuple[str, str]:
    """Display name and address of the From header."""
    if "@" not in page.message.sender:
        return page.message.sender.strip(), ""  # a pasted head often has the name only
    display, address = parseaddr(page.message.sender)
    return display.strip(), address.strip()


def is_relay(page: Page) -> bool:
    """Whether the From address belongs to an applicant-tracking service."""
    domain = from_parts(page)[1].rpartition("@")[2].casefold()
    return any(part in word_set("ats") for part in domain.split("."))


def is_noreply_address(page: Page) -> bool:
    """Whether the From address says that it takes no answers."""
    local = from_parts(page)[1].partition("@")[0].casefold()
    return (
        bool(local)
        and any(word in local for word in word_set("noreply"))
        and not (local.startswith("notification") and page.first_person)
    )


def _from_name(page: Page) -> Slot | None:
    """The person in the From header, if it names one."""
    display, _ = from_parts(page)
    display = display.strip("'\" ")
    raw = page.message.sender
    if not display or is_relay(page) or is_noreply_address(page) or display not in raw:
        return None
    offset = raw.index(display)
    turned = re.fullmatch(r"([^\W\d_][\w'’-]+), ([^\W\d_][\w'’-]+)", display)
    name = read_name(display, 0, len(display))
    if turned and not is_listed_other(display, (Span(0, turned.end(1)), Span(turned.start(2), turned.end(2)))):
        return Slot(f"{turned.group(2)} {turned.group(1)}", Span(offset, offset + len(display)), Where.SENDER)
    if name is None or is_listed_other(display, name.tokens):
        return None
    rest = display[name.span.end :].strip()
    whole = not rest or re.match(r"(?:\(|from |at |via |\||@|- |, )", rest)
    sure = len(name.tokens) in (2, 3) or (len(name.tokens) == 1 and is_given(name.tokens[0].of(display)))
    if not (whole and sure):
        return None
    return header_slot(raw, offset + name.span.start, offset + name.span.end, Where.SENDER)


def sender_name(page: Page, signature: Signature, candidate: Slot | None) -> tuple[Slot | None, Slot | None]:
    """Name and printed title of the sender: signature, then introduction, then the From header."""
    found = signature.name
    if found is None and (intro := _intro(page, candidate)) is not None:
        found = intro[0]
    if found is None and (small := _small_name(page)) is not None:
        return (None if same(small, candidate) else small), None
    if found is None:
        from_name = _from_name(page)
        line = _line_of(page, from_name) if from_name else None
        if line is None and (signature.team or (signature.company and not signature.role)):
            return None, None
        from_name = line or from_name
        return (None if same(from_name, candidate) else from_name), None
    name = page.slot(found.span.start, found.span.end)
    title = page.slot(found.title.start, found.title.end) if found.title else None
    return (None, None) if same(name, candidate) and not found.title else (name, title)


def _small_name(page: Page) -> Slot | None:
    """A known first name in small letters at the end of a message that is all in small letters: "… for rob. shaz x"."""
    if not page.lines:
        return None
    line = page.lines[-1]
    match = re.compile(r"(?:^|(?<=[.!?)\s]))(?P<name>[a-zß-ÿ][a-zß-ÿ'’-]{1,15})(?P<kiss>\s+x{1,4})?\s*$").search(
        page.text, max(line.start, line.end - 40), line.end
    )
    first = page.text[page.lines[0].start]
    if match is None or not first.islower():
        return None
    before = page.text[line.start : match.start("name")].rstrip()
    alone = not before or before[-1] in ".!?)" or (match["kiss"] and not before[-1].isalnum())
    if not alone or not is_given(match["name"]) or listed(match["name"], "not_names"):
        return None
    return page.slot(match.start("name"), match.end("name"))


def _line_of(page: Page, name: Slot | None) -> Slot | None:
    """A last short line that is a part of the From name: "Hui Min" of Tan Hui Min, "Coop" of Cooper Danning."""
    parts = [part.casefold() for part in name.value.split()] if name else []
    for line in reversed(page.lines[-10:]):
        words = line.of(page.text).rstrip(" ,.!x").casefold().split()
        if not words or len(words) > len(parts):
            continue
        short = len(words) == 1 and len(words[0]) > 2 and parts[0].startswith(words[0])
        if short or all(word in parts for word in words):
            return page.slot(line.start, line.start + len(line.of(page.text).rstrip(" ,.!x")))
    return None


def intro_company(page: Page, candidate: Slot | None) -> Span | None:
    """Where the house of a sender stands who says "it's Mel at …"."""
    intro = _intro(page, candidate)
    return intro[1] if intro else None


def same(one: Slot | None, other: Slot | None) -> bool:
    """Whether two slots hold the same words."""
    return one is not None and other is not None and one.value.casefold() == other.value.casefold()


# --- what sort of sender ----------------------------------------------------------------------------------------------


def _whole(page: Page) -> str:
    return "\n".join(unit.text for unit in page.units if page.newest.contains(unit.span))


def sender_kind(page: Page, signature: Signature, name: Slot | None, barred: bool) -> SenderKind:
    """Who writes. `barred`: the mail says that answers are not read."""
    text = _whole(page)
    cues = phrases("people", "seller")
    if is_user(page, text):
        return SenderKind.USER
    if page.labels.tag is Tag.UNRELATED and len({m.group().casefold() for m in cues.finditer(text)}) >= 2:
        return SenderKind.SELLER
    if is_agency(page, signature, text):
        return SenderKind.AGENCY
    automated = says("people", "automated", text) is not None or is_noreply_address(page)
    if name is None and (automated or barred):
        return SenderKind.MACHINE
    if name is None and (signature.team or signature.company or not page.first_person):
        return SenderKind.TEAM
    if says("people", "colleague", text):
        return SenderKind.COLLEAGUE
    return SenderKind.PERSON


def is_user(page: Page, text: str) -> bool:
    """Whether the candidate wrote this mail."""
    strange = says("people", "user_not", text) is not None
    if says("people", "user_sure", text) and not strange:
        return True
    if not strange and len({match.group().casefold() for match in phrases("people", "user_voice").finditer(text)}) >= 2:
        return True
    if page.labels.tag is not Tag.UNRELATED or page.labels.outcome not in (Outcome.UNKNOWN, Outcome.PENDING):
        return False
    return says("people", "user", text) is not None and says("people", "user_not", text) is None


def is_agency(page: Page, signature: Signature, text: str) -> bool:
    """Whether the sender recruits for somebody else."""
    block = "\n".join(line.of(page.text) for line in signature.lines)
    display = from_parts(page)[0]
    domain = from_parts(page)[1].rpartition("@")[2].replace("-", " ")
    if says("people", "agency_role", block):
        return True
    relayed = re.search(
        r"\bthey (?:said|liked|felt|were|wanted|thought|loved)\b|\bthey['’]ve (?:asked|gone)\b", text, re.I
    )
    house = any(segment.of(page.text).split()[-1].casefold() == "recruitment" for segment in signature.rest)
    if house and signature.name is not None and relayed:
        return True
    intro = intro_company(page, None)
    if intro is not None:
        block = f"{block}\n{intro.of(page.text)[:60]}"
    named = says("people", "agency_name", block) or says("people", "agency_name", f"{display}\n{domain}")
    said = says("people", "agency", text)
    if said is None and says("people", "case", text) is None:
        said = says("people", "client", text)
    if signature.team is not None and not said:
        return False
    relay = re.search(r"(?:^|[.!?,]\s|\n)\s*client (?:says?|said|came back|went|passed|wants?)\b", text, re.I)
    return (
        relay is not None
        or said is not None
        or (named is not None and (signature.name is not None or intro is not None))
    )
