"""What the sender wants to know from the reader."""

from __future__ import annotations

import re

from feedback_nlp.frame.page import Page, Unit
from feedback_nlp.frame.routes import is_offer
from feedback_nlp.frame.words import phrases, says
from feedback_nlp.schema import Ask, AskKind, Role, SenderKind, Span

_MOST_ASKS = 5
_OPTIONAL = re.compile(
    r"\bif you (?:(?:would|['’]d) (?:like|prefer|rather)|want|wish|need|like|have (?:any|further|more))\b"
    r"|\bshould you\b|\bfeel free\b|\bmy (?:regards|love)\b",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"any chance|fancy|how about|(?:can|could|shall) we (?:talk|meet|speak|chat|find)\b", re.IGNORECASE
)
_CLAUSE = re.compile(r"(?:^|[,;:–—]\s+|\b(?:so|but|and|or|then|also)\s+|\.\s+)(?=\w)", re.IGNORECASE)
_SILENT = (SenderKind.SELLER, SenderKind.USER)
_UNSIGNED = (SenderKind.TEAM, SenderKind.MACHINE)
_SILENT_ROLES = (Role.FEEDBACK_OFFER, Role.STRENGTH, Role.DECISION)


def _quoted(text: str, position: int) -> bool:
    """Whether the place lies inside quotation marks."""
    before = text[:position]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def _question(unit: Unit) -> tuple[AskKind, int] | None:
    """The kind of a question and where it starts in the unit, or None if it is not put to the reader."""
    text = unit.text
    if not re.search(r"\?[\"”)\s]*$|\?\s", text):
        return None
    end = text.rindex("?")
    if _quoted(text, end) or text[: end + 1].endswith(("??", "!?")) or says("asks", "reported", text[:end]):
        return None
    consent = phrases("asks", "consent").search(text, 0, end)
    if consent is not None and _is_about_reader(text[:end], consent.group()):
        return AskKind.CONSENT, consent.start()
    confirm = phrases("asks", "confirm").search(text, 0, end)
    if confirm is not None and not says("asks", "not_ask", text[_last_clause(text, end) : end]):
        return AskKind.CONFIRM, confirm.start()
    if unit.role is Role.FEEDBACK or says("asks", "not_ask", text[_last_clause(text, end) : end]):
        return None
    starts = [0, *(m.end() for m in _CLAUSE.finditer(text, 0, end))]
    for start in reversed(starts):
        if start == starts[-1] and re.fullmatch(r"which \w+", text[start:end].strip(), re.I):
            return AskKind.QUESTION, start  # "Which size?"
        match = phrases("asks", "question_start").match(text, start, end)
        if match and (says("asks", "addressed", text[start:end]) or _TOGETHER.match(text[start:end])):
            return AskKind.QUESTION, start
    return None


def _is_about_reader(text: str, cue: str) -> bool:
    """Whether the reader's leave is asked: "Can I contact the manager?" in a list of questions is the reader's own."""
    sure = re.match(r"(?:shall|mind|would|do|is|are|ok|okay|happy|may we keep)\b", cue, re.I)
    return sure is not None or says("asks", "addressed", text) is not None


def _last_clause(text: str, end: int) -> int:
    return max((m.end() for m in re.finditer(r"[;:.–—]\s", text[:end])), default=0)


def _request(unit: Unit) -> tuple[AskKind, int] | None:
    """ "Please confirm", "let me know by": a wish without a question mark."""
    text = unit.text
    match = phrases("asks", "confirm").search(text)
    optional = _OPTIONAL.search(text) is not None and not re.match(
        r"(?:lmk|let|confirm)", match.group() if match else ""
    )
    if match is not None and not optional and not _quoted(text, match.start()):
        refused = re.search(
            r"\b(?:not|never|\w+n['’]t|cannot|unable to|no need to|unless|if you do)\s*$", text[: match.start()], re.I
        )
        if not refused and not says("asks", "let_know_not", text[match.start() :]):
            return AskKind.CONFIRM, match.start()
    agree = re.search(
        r"\bif you (?:agree|consent|have no objection|'re happy for)\b|\bwith your (?:permission|consent)\b", text, re.I
    )
    if agree is not None and not _quoted(text, agree.start()) and unit.role is not Role.FEEDBACK:
        return AskKind.CONSENT, agree.start()
    return None


def read_asks(page: Page, kind: SenderKind) -> tuple[Ask, ...]:
    """The questions, requests for consent and for confirmation that are put to the reader, in the order of the text."""
    if kind in _SILENT:
        return ()
    found: list[Ask] = []
    elsewhere = page.is_elsewhere and kind in _UNSIGNED
    for unit in page.sentences:
        if unit.role in _SILENT_ROLES or page.text[unit.span.start] == ">":
            continue
        ask = _question(unit)
        if ask is None and unit.role is not Role.FEEDBACK and "?" not in unit.text:
            ask = _request(unit)
        if ask is None or (ask[0] is not AskKind.CONSENT and is_offer(unit)):
            continue
        if elsewhere and ask[0] is AskKind.QUESTION:
            continue
        span = _clause(unit, ask[1])
        found.append(Ask(ask[0], page.slot(span.start, span.end)))
    return tuple(found[:_MOST_ASKS])


def _clause(unit: Unit, start: int) -> Span:
    """The clause that asks: from its start, or from the sentence's where the part before is short."""
    text = unit.text
    end = text.index("?", start) + 1 if "?" in text[start:] else len(text)
    cut = max((m.end() for m in re.finditer(r"[.!?:;]\s+|\n\s*", text[:start])), default=0)
    comma = max((m.end() for m in re.finditer(r",\s+", text[:start])), default=0)
    begin = comma if comma == start and comma > cut else cut
    return Span(unit.span.start + begin, unit.span.start + end)
