"""Who is written to, who writes, and who really speaks."""

from __future__ import annotations

import re
from email.utils import parseaddr

from feedback_nlp.frame.names import Name, capital, is_given, is_listed_other, read_name
from feedback_nlp.frame.page import Page, header_slot
from feedback_nlp.frame.signature import Signature
from feedback_nlp.frame.words import alternatives, bare, phrases, says, word_set
from feedback_nlp.schema import Outcome, Role, SenderKind, Slot, Span, Tag, Where

_GREETED_LINES = 4  # a greeting stands in one of the first lines
_FIELD_LINES = 8
_HEAD_LINE = re.compile(r"(?:Subject|From|To|Date|Sent|Cc)\s?:\s", re.IGNORECASE)  # a mail pasted with its head
_INTRO_REACH = 160  # "it's Mel at …" comes early


# --- the candidate ----------------------------------------------------------------------------------------------------


def _greeting_end(text: str, start: int, end: int) -> int | None:
    match = phrases("people", "greeting").match(text, start, end)
    if match is None:
        return None
    rest = re.compile(r"(?:\s?[,!])?[ \t\u00a0]+").match(text, match.end(), end)
    return rest.end() if rest else None


def _drop_suffix(text: str, name: Name) -> Name:
    tokens = name.tokens
    while len(tokens) > 1 and tokens[-1].of(text).casefold() in word_set("suffix_title"):
        tokens = tokens[:-1]
    return Name(name.title, tokens)


def _ends_like_greeting(text: str, name: Name, end: int) -> bool:
    """Whether what follows the name lets it be the whole name: a mark, the line's end or a lower-case word."""
    rest = text[name.span.end : end]
    if re.match(r"\s*(?:&|/|\+|and\b|und\b|y\b|et\b|['’]s\b|@|\[|\{|\d)", rest):
        return False
    if re.match(r"\s*[,!:;.–—-]|\s*$|\s*\(", rest):
        return True
    word = re.match(r"\s+(\S+)", rest)
    return word is not None and (word.group(1)[0].islower() or not word.group(1)[0].isalnum() or word.group(1) == "I")


def _second_greeting(text: str, start: int, end: int) -> Name | None:
    """The name in "…, dear Ms Birnbaum," after a first greeting."""
    match = re.compile(r"\s*,\s*").match(text, start, end)
    after = _greeting_end(text, match.end(), end) if match else None
    return read_name(text, after, end) if after is not None else None


def _greeted(page: Page, line: Span) -> Name | None:
    text = page.text
    after = _greeting_end(text, line.start, line.end)
    if after is None:
        return None
    again = _greeting_end(text, after, line.end)
    name = read_name(text, again or after, line.end)
    if name is None:
        return None
    other = _second_greeting(text, name.span.end, line.end)
    if other is not None and other.tokens[-1].of(text) != name.tokens[-1].of(text):
        return None
    name = _drop_suffix(text, name)
    if is_listed_other(text, name.tokens) and not name.title:
        return None
    return name if _ends_like_greeting(text, name, line.end) else None


def _called(page: Page, line: Span) -> Name | None:
    """A name alone before a comma: "Marguerite," on its own line, or "Luis, see below" with a small letter after it."""
    text = page.text
    name = read_name(text, line.start, line.end)
    if name is None or len(name.tokens) > (4 if name.title else 2) or is_listed_other(text, name.tokens):
        return None
    after = re.compile(r"\s+").match(text, name.span.end, line.end) if name.title else None
    if after is not None and _greeting_end(text, after.end(), line.end) is not None:
        return name  # "Mr Phiri good afternoon."
    if name.span == line and len(name.tokens) == 1 and is_given(name.span.of(text)):
        return name
    rest = re.compile(r"\s?(?:,\s*$|,\s+(?=[^\W\d_])|!\s*$)").match(text, name.span.end, line.end)
    if rest is None:
        return None
    if rest.end() >= line.end or name.title:
        return name
    if len(name.tokens) > 1 or not text[rest.end()].islower():
        return None
    thanked = re.compile(r"(?:thanks?|sorry|cheers)\b").match(text, rest.end(), line.end)
    return name if thanked or is_given(name.tokens[0].of(text)) else None


def _field_name(page: Page) -> Name | None:
    label = re.compile(rf"\s*{alternatives('people', 'field')}\s*:\s*", re.IGNORECASE)
    for line in page.lines[:_FIELD_LINES]:
        match = label.match(page.text, line.start, line.end)
        name = read_name(page.text, match.end(), line.end) if match else None
        if name is not None and len(name.tokens) > 1:
            return name
    return None


def _full_name(page: Page, name: Name) -> str:
    """What a sign-off needs: with "Dear Ms Kowalski", the first name if the To header gives it."""
    text = page.text
    value = " ".join(name.span.of(text).split())
    if len(name.tokens) == 2 and name.tokens[0].of(text) == "M.":
        return name.tokens[1].of(text)  # Monsieur
    if name.title is None or len(name.tokens) > 1:
        return value
    display = parseaddr(page.message.to)[0].strip()
    full = read_name(display, 0, len(display)) if display else None
    if full and len(full.tokens) > 1 and full.tokens[-1].of(display).casefold() == value.casefold():
        return full.span.of(display)
    return value


def read_candidate(page: Page) -> Slot | None:
    """The name to sign an answer with: from the greeting of the newest message, or a name field of a form."""
    name = None
    body = [line for line in page.lines[: 2 * _GREETED_LINES] if not _HEAD_LINE.match(line.of(page.text))]
    for index, line in enumerate(body[:_GREETED_LINES]):
        name = _greeted(page, line) or (_called(page, line) if index == 0 else None)
        if name is not None:
            break
        if _greeting_end(page.text, line.start, line.end) is not None:
            return None  # somebody is greeted, but without a name
    name = name or _field_name(page)
    return Slot(_full_name(page, name), name.span) if name else None


# --- the sender -------------------------------------------------------------------------------------------------------


def _intro(page: Page, candidate: Slot | None) -> tuple[Name, Span] | None:
    """The sender in "it's Mel at Sallowfield House" or "Kelly from Ironbridge Staffing here"."""
    text, start = page.text, page.newest.start
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
    if found is None:
        from_name = None if signature.team or signature.company else _from_name(page)
        return (None if _same(from_name, candidate) else from_name), None
    name = page.slot(found.span.start, found.span.end)
    title = page.slot(found.title.start, found.title.end) if found.title else None
    return (None, None) if _same(name, candidate) and not found.title else (name, title)


def intro_company(page: Page, candidate: Slot | None) -> Span | None:
    """Where the house of a sender stands who says "it's Mel at …"."""
    intro = _intro(page, candidate)
    return intro[1] if intro else None


def _same(one: Slot | None, other: Slot | None) -> bool:
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
    if name is None:
        return SenderKind.MACHINE if automated or barred else SenderKind.TEAM
    if says("people", "colleague", text):
        return SenderKind.COLLEAGUE
    return SenderKind.PERSON


def is_user(page: Page, text: str) -> bool:
    """Whether the candidate wrote this mail."""
    if says("people", "user_sure", text) and says("people", "user_not", text) is None:
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
    return said is not None or (named is not None and (signature.name is not None or intro is not None))


# --- who really speaks ------------------------------------------------------------------------------------------------


def read_speaker(page: Page, kind: SenderKind, name: Slot | None) -> Slot | None:
    """Whose words are relayed: the author of a forwarded block, or "the client" of an agency."""
    if (rest := page.forwarded) is not None and (author := _forwarded_author(page, rest)) is not None:
        return None if _same(author, name) else author
    verbs = "people", "saying" if kind is SenderKind.AGENCY else "saying_strict"
    for unit in page.sentences:
        for match in phrases("people", "speaker").finditer(unit.text):
            if kind is not SenderKind.AGENCY and "client" in match.group().casefold():
                continue
            said = re.match(
                rf"\s+(?:also |just |really |has |have )?{alternatives(*verbs)}\b", unit.text[match.end() :], re.I
            )
            heard = re.search(
                r"\b(?:spoke|spoken|talked|heard|feedback|news)\s+(?:back\s+)?(?:to|with|from)\s*$",
                unit.text[: match.start()],
                re.I,
            )
            if said or heard:
                start = unit.span.start + match.start()
                return page.slot(start, unit.span.start + match.end())
    return None


def _forwarded_author(page: Page, rest: Span) -> Slot | None:
    head = re.compile(r"^[ \t>*]*(?:From|Von|De|Van|Da)\s?:\*?[ \t]*\"?", re.IGNORECASE | re.MULTILINE)
    match = head.search(page.text, rest.start, rest.end)
    if match is None:
        return None
    line_end = page.text.find("\n", match.end())
    name = read_name(page.text, match.end(), line_end if line_end >= 0 else len(page.text))
    if name is None or is_listed_other(page.text, name.tokens):
        return None
    return page.slot(name.span.start, name.span.end)


def read_contact(page: Page, sender: Slot | None, candidate: Slot | None) -> tuple[Slot, Span] | None:
    """A person to turn to, other than the sender, and the sentence that says so."""
    cue = phrases("people", "contact")
    known = {bare(part) for slot in (sender, candidate) if slot for part in slot.value.split()}
    for unit in page.units:
        if not page.newest.contains(unit.span):
            continue
        for match in cue.finditer(unit.text):
            at = unit.span.start + match.end()
            blank = re.compile(
                r"\s+(?:with |to )?(?:our |the |my )?"
                r"(?:colleague,? |manager,? |[A-Z]\w+, (?=(?:Mrs?|Ms|Miss|Mx|Dr|Prof)\b))?"
            ).match(page.text, at, unit.span.end)
            name = read_name(page.text, blank.end(), unit.span.end) if blank else None
            if name is None or is_listed_other(page.text, name.tokens):
                continue
            if re.match(r"\s+about\b", page.text[name.span.end : unit.span.end]):
                continue  # "Ask Sinéad about a thing she got wrong": a story, not an address
            reached = re.match(r"[\s,(:–-]+(?:(?:at|on|by|via)\s+)?\S*[\d@]", page.text[name.span.end : unit.span.end])
            if not _is_person_here(page, name) and not (reached and len(name.tokens) in (2, 3)):
                continue
            if not known & {bare(token.of(page.text)) for token in name.tokens}:
                return page.slot(name.span.start, name.span.end), unit.span
    return _contact_before(page, known) or _contact_offering(page, known)


def _contact_offering(page: Page, known: set[str]) -> tuple[Slot, Span] | None:
    """The person of "the Headteacher, Mr Fairclough, will be pleased to give you feedback"."""
    verb = re.compile(r",?\s+(?:will|would|is|can|may)\b")
    for unit in page.sentences:
        if unit.role is not Role.FEEDBACK_OFFER and not says("route", "offer", unit.text):
            continue
        for match in re.finditer(r"(?<!\w)(?:Mrs?|Ms|Miss|Mx|Dr|Prof)\.?\s+(?=[^\W\d_])", unit.text):
            name = read_name(page.text, unit.span.start + match.start(), unit.span.end)
            if name is None or not verb.match(page.text, name.span.end, unit.span.end):
                continue
            if not known & {bare(token.of(page.text)) for token in name.tokens}:
                return page.slot(name.span.start, name.span.end), unit.span
    return None


def _contact_before(page: Page, known: set[str]) -> tuple[Slot, Span] | None:
    """The person of "the yard manager, Sheila Cope, says ring her"."""
    for unit in page.sentences:
        cue = re.search(
            r"\b(?:ring|call|contact|e-?mail|ask|text|write to|phone|message) (?:her|him|them)\b", unit.text, re.I
        )
        if cue is None:
            continue
        for match in reversed(list(re.finditer(r"(?<![\w'’-])[^\W\d_][\w'’-]+", unit.text[: cue.start()]))):
            name = read_name(page.text, unit.span.start + match.start(), unit.span.end)
            if name is None or len(name.tokens) < 2 or not is_given(name.tokens[0].of(page.text)):
                continue
            if not known & {bare(token.of(page.text)) for token in name.tokens}:
                return page.slot(name.span.start, name.span.end), unit.span
    return None


def _is_person_here(page: Page, name: Name) -> bool:
    """A title, two plain tokens or a known first name; "contact Human" or "call Monday" is nobody."""
    if name.title is not None:
        return True
    first = name.tokens[0].of(page.text)
    return len(name.tokens) <= 4 and is_given(first)
