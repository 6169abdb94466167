"""Other people in the mail: who really speaks, and whom to turn to."""

from __future__ import annotations

import re

from feedback_nlp.frame.names import Name, is_given, is_listed_other, read_name
from feedback_nlp.frame.page import Page
from feedback_nlp.frame.sender import same
from feedback_nlp.frame.words import alternatives, bare, phrases, says
from feedback_nlp.schema import Role, SenderKind, Slot, Span


def read_speaker(page: Page, kind: SenderKind, name: Slot | None) -> Slot | None:
    """Whose words are relayed: the author of a forwarded block, or "the client" of an agency."""
    if (rest := page.forwarded) is not None and (author := _forwarded_author(page, rest)) is not None:
        return None if same(author, name) else author
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
