"""Who is written to: the name to sign an answer with."""

from __future__ import annotations

import re
from email.utils import parseaddr

from feedback_nlp.frame.names import Name, is_given, is_listed_other, read_name
from feedback_nlp.frame.page import Page
from feedback_nlp.frame.words import alternatives, listed, phrases, word_set
from feedback_nlp.schema import Slot, Span

_GREETED_LINES = 4  # a greeting stands in one of the first lines
_FIELD_LINES = 8
_HEAD_LINE = re.compile(r"(?:Subject|From|To|Date|Sent|Cc)\s?:\s", re.IGNORECASE)  # a mail pasted with its head


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
    name = read_name(text, again or after, line.end) or _small_name(text, again or after, line)
    if name is None:
        return None
    other = _second_greeting(text, name.span.end, line.end)
    if other is not None and other.tokens[-1].of(text) != name.tokens[-1].of(text):
        return None
    name = _drop_suffix(text, name)
    if is_listed_other(text, name.tokens) and not name.title:
        return None
    return name if _ends_like_greeting(text, name, line.end) else None


def _small_name(text: str, start: int, line: Span) -> Name | None:
    """The name in "hey jess soz …" or "hi bao, …": small letters, and a known first name or a mark behind it."""
    word = re.compile(r"[a-zß-ÿ][a-zß-ÿ'’-]{1,15}(?=[\s,!]|$)").match(text, start, line.end)
    if word is None or not text[line.start].islower() or listed(word.group(), "not_names"):
        return None
    marked = re.match(r"\s*(?:,|!|\s[–-]\s|$)", text[word.end() : line.end])
    known = is_given(word.group()) or (marked is not None and not listed(word.group(), "role"))
    return Name(None, (Span(word.start(), word.end()),)) if known else None


def _called(page: Page, line: Span) -> Name | None:
    """A name alone before a comma: "Marguerite," on its own line, or "Luis, see below" with a small letter after it."""
    text = page.text
    name = read_name(text, line.start, line.end)
    if name is None or len(name.tokens) > (4 if name.title else 2) or is_listed_other(text, name.tokens):
        return None
    if len(name.tokens) == 2 and not name.title and not is_given(name.tokens[0].of(text)):
        return None  # "Sæl Dagny,": a greeting in a tongue that the list lacks
    after = re.compile(r"\s+").match(text, name.span.end, line.end) if name.title else None
    if after is not None and _greeting_end(text, after.end(), line.end) is not None:
        return name  # "Mr Phiri good afternoon."
    if name.span == line and len(name.tokens) == 1 and (is_given(name.span.of(text)) or _is_addressed(page, name)):
        return name
    dash = re.compile(r"\s[–—-]\s").match(text, name.span.end, line.end)
    if dash and len(name.tokens) == 1 and (is_given(name.span.of(text)) or _is_addressed(page, name)):
        return name  # "Keisha - not going to lead you on"
    mark = "[,:]" if name.title else ","
    rest = re.compile(rf"\s?(?:{mark}\s*$|,\s+(?=[^\W\d_])|!\s*$)").match(text, name.span.end, line.end)
    if rest is None:
        return None
    if rest.end() >= line.end or name.title:
        return name
    if len(name.tokens) > 1 or not text[rest.end()].islower():
        return None
    if _is_addressed(page, name):
        return name
    thanked = re.compile(r"(?:thanks?|sorry|cheers)\b").match(text, rest.end(), line.end)
    return name if thanked or is_given(name.tokens[0].of(text)) else None


def _is_addressed(page: Page, name: Name) -> bool:
    """Whether the To header names the same person: its first name, then a surname."""
    to = page.message.to.replace('"', " ").split("<")[0].split()
    return len(to) > 1 and to[0].casefold() == name.tokens[0].of(page.text).casefold()


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
    display = (parseaddr(page.message.to)[0] if "@" in page.message.to else page.message.to).strip()
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
    if name is None:
        return None
    value = _full_name(page, name)
    return Slot(value[0].upper() + value[1:], name.span)
