"""The signature: the short lines after the closing phrase, told apart into name, role, team and company."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from feedback_nlp.frame.closing import LONGEST, find_block
from feedback_nlp.frame.names import Name, capital, is_given, is_letters, is_listed_other, read_name, without_letters
from feedback_nlp.frame.page import Page
from feedback_nlp.frame.segments import (
    all_capital,
    ends_as_role,
    has_organization,
    is_body_of_many,
    is_proper,
    is_recruiter,
    is_role,
    split_segments,
    team_start,
)
from feedback_nlp.frame.words import alternatives, bare, listed, says, word_set
from feedback_nlp.schema import Span

_SURE = 3  # points of evidence that a name nobody knows needs; one more where no single person speaks
_LONE = frozenset(["team", "crew", "squad", "unit", "office", "section", "division", "desk", "committee", "board"])
_CONTACT_LINE = re.compile(
    r"(?:https?://|www\.|\S+@\S+\.\S|\+?\d[\d ()./-]{6,}|^(?:tel|phone|mobile|fax)\b\s?[.:]|^[tmew]\s?:)", re.I
)


@dataclass(slots=True)
class Signature:
    """What the signature shows. `lines` are its lines as spans; `company` and `team` may come without a name."""

    lines: tuple[Span, ...] = ()
    name: Name | None = None
    role: Span | None = None
    team: Span | None = None
    company: Span | None = None
    tentative: Span | None = None  # the line, if `company` was cut out of a team's name: a later line may know better
    closed: bool = False  # a closing phrase stands before it
    rest: list[Span] = field(default_factory=list)  # segments that are none of these


def _by_proxy() -> re.Pattern[str]:
    return re.compile(rf"{alternatives('people', 'by_proxy')}\s+(?=[^\W\d_])", re.IGNORECASE)


def _in_body(page: Page, phrase: str, block_start: int) -> bool:
    """Whether the mail speaks of the phrase as of a place: "at Plumline", "to Millpond Dental"."""
    words = phrase.split()
    phrase = phrase if len(words) < 3 or is_given(words[0]) else " ".join(words[:2])
    before = rf"(?:\b(?:at|to|with|in|join|joining|for|from|of|by|the)\s+|,\s)(?:the\s+)?{re.escape(phrase)}\b"
    address = re.sub(r"[^a-z0-9]", "", page.message.sender.partition("@")[2].casefold())
    joined = re.sub(r"[^a-z0-9]", "", phrase.casefold())
    return bool(
        re.search(before, page.text[page.newest.start : block_start])
        or re.search(before, page.subject[0])
        or (len(joined) > 4 and joined in address)
    )


def _stands_alone(page: Page, segment: Span, line: Span) -> bool:
    """Whether one or two words close the mail on a line of their own, or a house follows them: "Kinga, PraceJutro"."""
    if len(segment.of(page.text).split()) > 2 or segment.start != line.start:
        return False
    return line.end > segment.end or line.end == page.lines[-1].end


def _initials(phrase: str) -> bool:
    """ "D. M. Kettleby": only people are written so."""
    return re.match(r"(?:[^\W\d_]\.[ ]?){1,3}[^\W\d_][\w'’-]+$", phrase) is not None


def _signed_for(text: str, segment: Span) -> Span | None:
    """The house in "for Kettleby & Sons Ltd", above the name of the one who signs for it."""
    match = re.compile(r"for (?:and on behalf of )?(?:the )?(?=[^\W\d_])").match(text, segment.start, segment.end)
    house = Span(match.end(), segment.end) if match and capital(text[match.end()]) else None
    return house if house and is_proper(house.of(text).split()) and len(house.of(text).split()) <= 8 else None


def _in_from(page: Page, name: Name) -> bool:
    """Whether the From header names the same person."""
    display, _, address = page.message.sender.rpartition("<")
    known = {bare(part) for part in re.findall(r"[^\W\d_]{2,}", f"{display} {address.partition('@')[0]}")}
    return bare(name.tokens[0].of(page.text)) in known


def _person(page: Page, span: Span, signature: Signature, hints: int) -> Name | None:
    """The name in a segment, if it is a person's: the scales of shape, place and speech."""
    text = page.text
    proxy = _by_proxy().match(text, span.start, span.end)
    start = proxy.end() if proxy else span.start
    name = read_name(text, start, span.end)
    if name is None:
        return None
    name = without_letters(text, name)
    if is_listed_other(text, name.tokens) or len(name.tokens) > 4:
        return None
    after = re.compile(r"\s+\((?:(Mr|Mrs|Ms|Miss|Mx|Dr)\.?|\w+/\w+(?:/\w+)?)\)").match(text, name.span.end, span.end)
    rest = text[after.end() if after else name.span.end : span.end].strip(" .,!x)")
    if after and after.group(1) and name.title is None:
        name = Name(Span(after.start(1), after.end(1)), name.tokens)
    two = re.fullmatch(r"(?:&|\+|and|und|et|y|e|og|och|en)\s+(\S+)(?:\s+\S+)?", rest)
    couple = two and (is_given(two.group(1)) or len(rest.split()) == 3)  # "Deirdre & Fintan Mulvany"
    if two and couple and len(name.tokens) == 1 and is_given(name.tokens[0].of(text)) and capital(two.group(1)):
        second = text.index(two.group(1), name.span.end, span.end)
        return Name(name.title, (name.tokens[0], Span(second, second + len(two.group(1)))))
    pair = re.match(r"(?:&|and)\s+(?:the\b|team\b|all\b|co\b)", rest)
    post = rest and all(is_letters(word.strip("(),")) for word in rest.split())
    if rest and not pair and not post and any(character.isalnum() for character in rest):
        return None
    if len(name.tokens) > 2 and re.search(r"(?:meister|meisterin|chef|chefin)$", name.tokens[0].of(text)):
        name = Name(name.title, name.tokens[1:])
    first = name.tokens[0].of(text)
    phrase = name.span.of(text)
    if len(phrase) == 1:
        return None  # "T x": the mail may name her elsewhere
    if name.title is None and _in_body(page, phrase, span.start):
        return None
    if name.title is not None or is_given(first) or proxy or _initials(phrase):
        return name
    if signature.company is not None or span.start > signature.lines[0].start:
        return None  # a place under a house, a house under a name that nobody knows
    if phrase.isupper() and len(name.tokens) == 1 and len(phrase) > 1:
        return None
    if any(
        re.search(r"[a-zß-ÿ][A-Z]", token.of(text)) and not re.match(r"(?:Ma?c|De|Di|Fitz)[A-Z]", token.of(text))
        for token in name.tokens
    ):
        return None  # "DevRel"
    if re.search(r"(?:büro|abteilung|avdelningen|sekretariat|office|werke?|haus|jobs)$", phrase.casefold()):
        return None
    hints += 2 * bool(re.search(r"\sx{1,3}\s*$", span.of(text))) + bool(re.match(r"[^\W\d_]\.", phrase))
    hints += 2 * _in_from(page, name)
    evidence = 2 * signature.closed + page.first_person + hints + (len(name.tokens) in (2, 3))
    return name if evidence >= (_SURE if page.first_person else _SURE + 1) else None


def read_signature(page: Page, greets_friend: bool = False) -> Signature:
    """The signature of the newest message; empty where there is none.

    `greets_friend`: the mail greets a person by the first name, so that one word below it is more likely a name too.
    """
    lines, closed = find_block(page)
    signature = Signature(tuple(lines), closed=closed)
    text = page.text
    segments = [
        (segment, line)
        for line in lines
        for segment in split_segments(text, line)
        if not _CONTACT_LINE.search(segment.of(text))
    ]
    signed_for = False
    for index, (segment, line) in enumerate(segments):
        words = segment.of(text).split()
        if len(segment.of(text)) > LONGEST or not words or not any(c.isalpha() for c in segment.of(text)):
            continue
        if words[0][0].isdigit() or (
            listed(words[0], "not_names")
            and not _initials(segment.of(text))
            and not (len(words) > 2 and listed(words[-1], "organization"))  # "Second Harbour Food Bank"
            and bare(words[0]) not in word_set("team_opening")
            and not _by_proxy().match(segment.of(text))
        ):
            continue
        if signature.name is None and signature.company is None and (house := _signed_for(text, segment)) is not None:
            signature.company = house
            signed_for = True
            continue
        following = segments[index + 1][0] if index + 1 < len(segments) else None
        followed = following is not None and is_role(text, following)
        if index <= 1 + signed_for and signature.name is None and signature.team is None and signature.role is None:
            # below a first line that is no name, only a name that needs no weighing
            signature.name = _person(
                page, segment, signature, 2 * followed + greets_friend + _stands_alone(page, segment, line)
            )
            if signature.name is not None:
                _rest_of_name(page, segment, signature)
                continue
        _place(page, segment, signature)
    return signature


def _rest_of_name(page: Page, segment: Span, signature: Signature) -> None:
    """In "Fizz & the Pocketful of Moths crew", the house after the name."""
    assert signature.name is not None
    match = re.compile(r"\s*(?:&|and)\s+(?:the\s+)?").match(page.text, signature.name.span.end, segment.end)
    if match and match.end() < segment.end:
        _place(page, Span(match.end(), segment.end), signature, team=False)


def _is_house_before_team(page: Page, span: Span, team: str) -> bool:
    """Whether the words before a team's name are a house: the mail names it elsewhere, or two proper words recruit."""
    phrase = span.of(page.text)
    if not is_proper(phrase.split()) or phrase.split()[-1] in word_set("connector"):
        return False  # "Trish in HR"
    if phrase in page.text[: span.start] or phrase in page.subject[0] or phrase in page.message.sender:
        return True
    hires = ("talent", "recruitment", "recruiting", "people", "hiring", "hr", "careers", "human")
    return len(phrase.split()) > 1 and any(bare(word) in hires for word in team.split())


def _place(page: Page, segment: Span, signature: Signature, team: bool = True) -> None:
    text = page.text
    printed = segment
    article = re.compile(r"(?:The|the|Your|Our|Ihr|Ihre|Votre|Das|Die|Der|La|Le|El|Het|De)\s+").match(
        text, segment.start, segment.end
    )
    start = article.end() if article else segment.start
    segment = Span(start, segment.end)
    if (
        text[:start].endswith(("@", "@ ", " at ", " bei "))
        and is_proper(segment.of(text).split())
        and not team_start(text, segment)
    ):
        signature.company = signature.company or segment
        return
    if signature.name is not None and is_recruiter(text, segment):
        signature.rest.append(segment)
        return
    at = None if ends_as_role(text, segment) else team_start(text, segment)
    if at is not None and signature.team is None:
        before = text[start:at].strip(" -–")
        if before and is_body_of_many(text, Span(start, at), Span(at, segment.end)):
            signature.company = signature.company or segment
            return
        if before and (all(listed(word, "role") for word in before.split()) or listed(before.split()[0], "team")):
            at, before = start, ""  # "Recruitment Testing Unit" is one name
        lone = bare(text[at : segment.end].strip()) in _LONE
        if team:
            signature.team = Span(start if lone or not before else at, segment.end)
        house = Span(start, start + len(text[start:at].rstrip(" -–")))
        if before and signature.company is None and _is_house_before_team(page, house, text[at : segment.end]):
            signature.company = house
            signature.tentative = segment
        elif not before and signature.company is None:
            after = re.compile(r"team\s+(?=[^\W\d_])", re.I).match(text, start, segment.end)
            if (
                after
                and capital(text[after.end() :])
                and not listed(text[after.end() : segment.end].split()[0], "team")
            ):
                signature.company = Span(after.end(), segment.end)
                signature.tentative = segment
        return
    if (ends_as_role(text, segment) or is_role(text, segment)) and not (
        has_organization(text, segment) and signature.role
    ):
        signature.role = signature.role or segment
        return
    if _is_company(page, segment, signature):
        if signature.tentative is not None:
            signature.team, signature.tentative = signature.tentative, None
        signature.company = printed if article and article.group()[0].isupper() else segment
        return
    signature.rest.append(segment)


def _is_last_of_block(page: Page, segment: Span, signature: Signature) -> bool:
    """Whether a proper run stands where the house stands: after name and role, "Head Chef, The Copper Pheasant".

    Places and departments stand there too; one word on the role's own line is left alone unless it closes the block.
    """
    words = segment.of(page.text).split()
    if any(listed(word.strip("(),"), kind) for word in words for kind in ("place", "team", "post_nominal")):
        return False
    assert signature.role is not None
    return len(words) > 1 or segment.end >= signature.lines[-1].end or page.text[segment.end] in "\r\n|"


def _is_company(page: Page, segment: Span, signature: Signature) -> bool:
    """Whether a segment that is no role and no team names the house."""
    text, words = page.text, segment.of(page.text).split()
    proper = is_proper(words) and all(capital(word) or word in word_set("connector") for word in words)
    if not proper or len(words) > 8 or says("people", "closing", words[0]):
        return False
    if signature.company is not None and not (signature.tentative and has_organization(text, segment)):
        return False
    before = signature.name is not None or signature.team is not None or signature.role is not None
    spoken = _in_body(page, segment.of(text), segment.start)
    if len(words) == 3 and words[1] == "&" and not before and not spoken:
        return False  # "Juhani & Petri": two people or a house
    if len(words) > 2 and bare(words[1]) in ("&", "and", "+") and (is_given(words[0]) or is_given(words[2])):
        return False  # "Deirdre & Fintan Mulvany"
    last = has_organization(text, segment) and all_capital(words) and segment.end >= page.lines[-2:][0].start
    if not (before or signature.closed or last):
        return False
    below_team = signature.team is not None and signature.name is None
    if signature.name is not None and signature.role is not None and _is_last_of_block(page, segment, signature):
        return True
    own_line = len(words) > 1 or text[: segment.start].rstrip(" ").endswith("\n")
    return has_organization(text, segment) or spoken or (below_team and own_line)
