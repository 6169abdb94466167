"""The employer, the role title and the reference."""

from __future__ import annotations

import re

from feedback_nlp.frame.names import capital, is_given
from feedback_nlp.frame.page import Page, header_slot
from feedback_nlp.frame.segments import is_proper
from feedback_nlp.frame.sender import from_parts, intro_company, is_noreply_address, is_relay
from feedback_nlp.frame.signature import Signature
from feedback_nlp.frame.words import alternatives, bare, listed, phrases, word_set
from feedback_nlp.schema import SenderKind, Slot, Span, Tag, Where

_MOST_WORDS = 8
_WORD = re.compile(r"[^\s,;:!?<>|\"“”„«»…*\[\]{}]+")
_CODE = r"[A-Z0-9][A-Z0-9./_-]{1,24}"


def capital_run(text: str, position: int, end: int, brackets: bool = False) -> Span | None:
    """A run of capitalized words and small connecting ones ("Head of Data", "Lowther & Quill") from `position`.

    `brackets` lets "(m/f/d)" and "(part time)" through. The run never ends on a connecting word.
    """
    start, last = position, position
    for _ in range(_MOST_WORDS):
        match = _WORD.match(text, position, end)
        if match is None:
            break
        word = match.group()
        stops = word.endswith(".") and not re.fullmatch(r"(?:[^\W\d_]\.)+|St\.|Co\.|Dr\.", word)
        inner = word.rstrip(".)") if not word.startswith("(") else word
        if word.startswith("("):
            if not brackets or last == start:
                break
        elif capital(word) or (word[0].isdigit() and last > start):
            if listed(inner, "not_names") and bare(inner) not in word_set("title_word"):
                break
            last = match.start() + len(inner.rstrip("'’-–"))
            if re.search(r"['’]s$", inner):
                break
        elif word.casefold() not in word_set("connector"):
            break
        if stops or word.endswith(")"):
            break
        blank = re.compile(r"[ \t]+|[ \t]*\r?\n(?!\s*\n)[ \t]*").match(text, match.end(), end)
        if blank is None:
            break
        position = blank.end()
    return Span(start, last) if last > start else None


def _has(text: str, span: Span, key: str) -> bool:
    return any(listed(part, key) for word in span.of(text).split() for part in re.split(r"[/(),-]", word) if part)


def _next_word(text: str, position: int, end: int) -> str:
    match = re.compile(r"\s*(?:\([^()\n]{1,40}\)\s*)?([^\W\d_]+)").match(text, position, end)
    return match.group(1).casefold() if match else ""


# --- the company ------------------------------------------------------------------------------------------------------


def _company_in(page: Page, text: str, start: int, end: int) -> Span | None:
    for match in phrases("company", "before").finditer(text, start, end):
        after = re.compile(r"\s+(?:the\s+(?=[^\W\d_]))?").match(text, match.end(), end)
        if after is None or after.end() >= end or not capital(text[after.end()]):
            continue
        run = capital_run(text, after.end(), end)
        if (
            run is None
            or _next_word(text, run.end, end) in word_set("post")
            or _is_no_company(text, run, match.group())
        ):
            continue
        return run
    return None


def _is_no_company(text: str, run: Span, before: str) -> bool:
    words = run.of(text).split()
    if len(words) == 1 and (listed(words[0], "organization") or listed(words[0], "role") or listed(words[0], "team")):
        return True
    if any(mark in run.of(text) for mark in ("&#", "=", ":", "—")) or not capital(words[-1].lstrip("(")):
        return True
    if re.search(r"['’]s$", words[-1]) or all(listed(word, "team") for word in words) or len(words[0]) < 2:
        return True
    if not is_proper(words):
        return True
    if len(words) <= 2 and is_given(words[0]):
        return True  # "interview with Renata", "feedback from Bev"
    if _has(text, run, "role") and not _has(text, run, "organization"):
        return True
    return before.casefold() in ("join", "joining", "considering", "choosing") and listed(words[0], "team")


def _relayed(page: Page) -> Span | None:
    """The house that a service writes for: "Veritask on behalf of Lånsbo Bank", "Lånsbo Bank has invited you"."""
    text, newest = page.shown, page.newest
    for match in re.finditer(r"\bon behalf of\s+(?:the\s+)?(?=[^\W\d_])", text[: newest.end]):
        stop = text.find("\n", match.end())
        end = newest.end if stop < 0 else min(newest.end, stop)
        run = capital_run(text, match.end(), end) if match.start() >= newest.start else None
        if run is not None and not _is_no_company(text, run, "on behalf of"):
            return run
    for line in page.all_lines:
        run = capital_run(text, line.start, line.end) if newest.contains(line) else None
        equal = re.compile(r"\s+(?:has invited you|invites you|is (?:an?|proud to be an) equal)\b", re.IGNORECASE)
        if run is not None and equal.match(text, run.end, line.end) and not _is_no_company(text, run, ""):
            return run
    return None


def _company_from_header(page: Page) -> Slot | None:
    display, address = from_parts(page)
    raw = page.message.sender
    if not display or not address or display not in raw:
        return None
    offset = raw.index(display)
    relay = re.search(r"\s(?:via|on behalf of)\s|\s\(", display)
    if relay:
        ahead = display[: relay.start()]
        display_span = (relay.end(), len(display)) if "behalf" in relay.group() else (0, len(ahead))
    else:
        display_span = (0, len(display))
    start, end = display_span
    words = list(re.finditer(r"\S+", display[start:end]))
    while words and (bare(words[-1].group()) in word_set("mailbox") or listed(words[-1].group(), "team_end")):
        words.pop()
    while words and bare(words[0].group()) in word_set("mailbox"):
        words.pop(0)
    if not words or any(listed(word.group(), "ats") for word in words) or not capital(words[0].group()):
        return None
    told = is_relay(page) or is_noreply_address(page) or len(words) < len(display.split())
    span = Span(start + words[0].start(), start + words[-1].end())
    if is_given(words[0].group()) and len(words) <= 3:
        return None
    if not told and not _has(display, span, "organization"):
        return None
    return header_slot(raw, offset + span.start, offset + span.end, Where.SENDER)


def read_company(page: Page, signature: Signature, kind: SenderKind, candidate: Slot | None) -> Slot | None:
    """The employer. An applicant-tracking relay or an agency is none; without proof there is no company."""
    newest, text, subject = page.newest, page.shown, page.subject[0]
    if kind in (SenderKind.USER, SenderKind.SELLER):
        return None
    body_end = signature.lines[0].start if signature.lines else newest.end
    said = _company_in(page, text, newest.start, body_end)
    if kind is SenderKind.AGENCY:
        return page.slot(said.start, said.end) if said and not _is_agency_name(page, said, signature) else None
    signed = signature.company
    if signed is not None:
        return page.slot(*_longer_twin(page, signed, said))
    if said is not None:
        return page.slot(said.start, said.end)
    at = intro_company(page, candidate)
    if at is not None:
        match = re.compile(r"\s+(?:from|at|@|in|of)\s+").match(text, at.start, at.end)
        run = capital_run(text, match.end(), at.end) if match else None
        if run is not None and not _has(text, run, "team") and is_proper(run.of(text).split()):
            return page.slot(run.start, run.end)
    named = _company_in(page, subject, 0, len(subject)) if subject else None
    if named is not None:
        return page.subject_slot(named.start, named.end)
    if (relayed := _relayed(page)) is not None:
        return page.slot(relayed.start, relayed.end)
    header = _company_from_header(page)
    person = signature.name.tokens[0].of(text) if signature.name else None
    return None if header is None or (person and header.value.split()[0] == person) else header


def _is_agency_name(page: Page, said: Span, signature: Signature) -> bool:
    if signature.company is None:
        return False
    return signature.company.of(page.text).casefold() in said.of(page.text).casefold()


def _longer_twin(page: Page, signed: Span, said: Span | None) -> tuple[int, int]:
    """The signature's form of the name, or the fuller one of the body ("Stonebeck" and "Stonebeck Construction")."""
    if said and said.of(page.text).casefold().startswith(signed.of(page.text).casefold() + " "):
        return said.start, said.end
    return signed.start, signed.end


# --- the role title ---------------------------------------------------------------------------------------------------


def _title_in(page: Page, text: str, start: int, end: int) -> Span | None:
    for match in phrases("company", "role_before").finditer(text, start, end):
        after = re.compile(r"\s*:?\s+[\"“'‘]?").match(text, match.end(), end)
        if after is None or after.end() >= end or not (capital(text[after.end()]) or text[after.end()].isdigit()):
            continue
        run = capital_run(text, after.end(), end, brackets=True)
        if run is None:
            continue
        run = _without_company(text, run)
        posted = _next_word(text, run.end, end) in word_set("post") or re.search(
            r"(?:position|role|post|vacancy|job)(?: title)?(?: of| as| for)?(?: an?| the)?$", match.group(), re.I
        )
        roles = _has(text, run, "role")
        applied = (
            re.match(r"(?:appl|candid|interview).*\b(?:for|as)\b", match.group(), re.I)
            and page.labels.tag is not Tag.UNRELATED
        )
        single = match.group().casefold() in ("the", "our")
        if _has(text, run, "not_job") or (single and not (posted and roles)):
            continue
        if len(run.of(text).split()) == 1 and (not roles or bare(run.of(text)) in word_set("rank")):
            continue
        if posted or roles or applied:
            return run
    return None


def _without_company(text: str, run: Span) -> Span:
    """A run cut before a final dash and number: "Process Safety Engineer - 00612T" keeps its words only."""
    match = re.compile(
        r"\s[–-]\s|\s(?:Assessment|Interview|Application|Applications|Test|Tests|Result|Results|Outcome|Decision|Update|Feedback|Vacancy"
        r"|Position|Selection|Competition|Campaign)\b"
    ).search(text, run.start, run.end)
    end = match.start() if match else run.end
    words = text[run.start : end]
    opened = words.rfind("(")
    if opened > 0 and ")" not in words[opened:]:
        end = run.start + len(words[:opened].rstrip())
    number = re.compile(r"(?:Job ID |Req(?:uisition)? |JO |Application |Vacancy |Post )?\S*\d{3}\S*\s+").match(
        text, run.start, end
    )
    return Span(number.end() if number else run.start, end)


def _subject_title(page: Page) -> Span | None:
    subject = page.subject[0]
    noise = re.compile(rf"\s*(?:{alternatives('company', 'subject_noise')}\s*:?\s*)+", re.IGNORECASE)
    start = 0
    while (
        match := re.compile(rf"\s*{alternatives('company', 'subject_noise')}(?:\s*:|(?<=\]))\s*", re.I).match(
            subject, start
        )
    ) and match.end() > start:
        start = match.end()
    del noise
    named = _title_in(page, subject, start, len(subject))
    if named is not None:
        return named
    if (plain := _small_title(subject, start)) is not None:
        return plain
    for part in re.finditer(r"[^:|–—,(\[→]+", subject[start:]):
        for piece in re.finditer(r"(?:(?!\s-\s).)+", part.group()):
            span = Span(start + part.start() + piece.start(), start + part.start() + piece.end())
            span = Span(span.start + len(span.of(subject)) - len(span.of(subject).lstrip(" -")), span.end)
            run = capital_run(subject, span.start, span.end)
            if run is None:
                continue
            run = _without_company(subject, run)
            rest = subject[run.end : span.end].strip().casefold()
            whole = not rest or all(
                word in word_set("post")
                or word
                in (
                    "application",
                    "interview",
                    "decision",
                    "outcome",
                    "update",
                    "result",
                    "feedback",
                    "selection",
                    "test",
                    "your",
                )
                for word in rest.split()
            )
            if whole and _has(subject, run, "role") and len(run.of(subject).split()) <= 6:
                return run
    return None


def _small_title(subject: str, start: int) -> Span | None:
    """ "Warehouse team leader: decision", "Hospital porter (band 2)": a title that only begins with a capital."""
    match = re.compile(r"\s*([A-Z][\w'’/&-]*(?: [\w&][\w'’/&-]*){0,4})(?=\s*(?:[:,(|]|\s[–—-]\s|$))").match(
        subject, start
    )
    if match is None:
        return None
    words = match.group(1).split()
    if listed(words[0], "not_names") and bare(words[0]) not in word_set("title_word"):
        return None
    ended = listed(words[-1], "role") and not any(bare(word) in word_set("not_in_title") for word in words)
    return Span(match.start(1), match.end(1)) if ended else None


def _headed(page: Page, body_end: int) -> Span | None:
    """A title on a line of its own, above the first sentence: "Third Officer, MV Polar Quince", "Re: PGT Chemistry"."""
    label = re.compile(
        r"(?:Re|Post|Position|Vacancy|Role|Competition|Stelle|Poste|Puesto)(?: (?:ref|no)\.?:? ?\S{2,20})?\s?:\s*",
        re.IGNORECASE,
    )
    for line in page.lines[:4]:
        words = line.of(page.text)
        if len(words) > 70 or line.end > body_end or words[-1] in ".!?;":
            continue
        match = label.match(page.text, line.start, line.end)
        start = match.end() if match else line.start
        run = capital_run(page.text, start, line.end, brackets=True)
        if run is None:
            continue
        run = _without_company(page.text, run)
        size, rest = len(run.of(page.text).split()), page.text[run.end : line.end].strip()
        whole = not rest or rest[0] in ",(–-|:" or match is not None
        if whole and size > 1 and not _has(page.text, run, "not_job") and (_has(page.text, run, "role") or match):
            return run if not _has(page.text, run, "organization") or match else None
    return None


def read_role_title(page: Page, signature: Signature) -> Slot | None:
    """The title of the post, from the text ("for the position of …") or the subject."""
    body_end = signature.lines[0].start if signature.lines else page.newest.end
    if page.labels.tag is Tag.UNRELATED and re.search(r"\d+ new jobs|unsubscribe", page.text, re.I):
        return None
    said = _title_in(page, page.shown, page.newest.start, body_end) or _headed(page, body_end)
    if said is not None:
        return page.slot(said.start, said.end)
    named = _subject_title(page)
    return page.subject_slot(named.start, named.end) if named else None


# --- the reference ----------------------------------------------------------------------------------------------------


def _reference_in(text: str) -> Span | None:
    label = re.compile(rf"(?<!\w){alternatives('company', 'reference')}\s?[.:#]*\s*({_CODE})(?!\w)", re.IGNORECASE)
    for match in label.finditer(text):
        code = match.groups()[-1].rstrip("./_-")
        if sum(character.isdigit() for character in code) >= 2 and code == code.upper():
            start = match.end() - len(match.groups()[-1])
            return Span(start, start + len(code))
    bracket = re.compile(r"[(\[]((?:[A-Z]{1,5}[-/ ]?)?\d[A-Z0-9/-]{2,20}|[A-Z]{2,6}[-/][A-Z0-9/-]*\d[A-Z0-9/-]*)[)\]]")
    found = bracket.search(text)
    if found is None or re.fullmatch(r"(?:19|20)\d\d", found.group(1)) or re.match(r"\s*\d", text[found.end() :]):
        return None  # a year, or the start of a telephone number
    return Span(found.start(1), found.end(1))


def _bare_reference(subject: str) -> Span | None:
    """A code in a subject that stands without a label: "NKU/REG/26/0417 - …", "… - 300218"."""
    found = re.search(
        r"(?<![\w/])((?:[A-Z0-9]{2,8}/){2,5}\d{2,6})(?![\w/])|\s[–-]\s(\d{5,8})$|\bapplication (\d{4}-\d{2,6})$"
        r"|(?<![\w-])([A-Z]{1,4}-?\d{4,8})(?![\w-])",
        subject,
    )
    if found is None:
        return None
    group = next(number for number in (1, 2, 3, 4) if found.group(number))
    return Span(found.start(group), found.end(group))


def read_reference(page: Page) -> Slot | None:
    """The reference number to quote."""
    subject = page.subject[0]
    if (span := _reference_in(subject) or _bare_reference(subject)) is not None:
        return page.subject_slot(span.start, span.end)
    for line in page.lines:
        if not page.is_footer(line) and (span := _reference_in(line.of(page.text))) is not None:
            return page.slot(line.start + span.start, line.start + span.end)
    return None
