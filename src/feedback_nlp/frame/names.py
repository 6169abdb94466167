"""Runs of name-like words. A name is told by its place and its shape, not by a list, so that every script works."""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedback_nlp.frame.words import bare, listed, word_set
from feedback_nlp.schema import Span

MOST_TOKENS = 5  # "Maria de la Cruz Santos": longer runs are headings
_TOKEN = re.compile(r"[^\s,;:!?()<>@|/\"“”„«»…&*\[\]{}#=+_]+")
_SHAPE = re.compile(r"(?:[^\W\d_]\.){1,3}|[^\W\d_][\w'’.·-]*", re.UNICODE)
_INITIAL = re.compile(r"(?:[^\W\d_]\.){1,3}")
_BRACKETED_TITLE = re.compile(r"\((?:Mrs?|Ms|Miss|Mx|Dr|Prof|Eng|retd|ret['’]d|rtd|Retd|Rtd)\.?\)(?=\s)")
_BLANK = re.compile(r"[ \t\u00a0]+")


@dataclass(frozen=True, slots=True)
class Name:
    """A title (may be empty) and the tokens of a name, with their places in the text."""

    title: Span | None
    tokens: tuple[Span, ...]

    @property
    def span(self) -> Span:
        """From the first token to the last, the title left out."""
        return Span(self.tokens[0].start, self.tokens[-1].end)


def capital(word: str) -> bool:
    """Whether the word begins like a name: with a capital, or in a script that has none."""
    first = word[:1]
    return first.isalpha() and not first.islower()


def _title_length(text: str, position: int, end: int) -> int:
    """How many characters a title takes that stands at `position`, or 0. "Dr" before a name, not "Sister" alone."""
    bracket = _BRACKETED_TITLE.match(text, position, end)
    if bracket is not None:
        return bracket.end() - position if capital(text[bracket.end() + 1 : end].lstrip(" (")) else 0
    match = _TOKEN.match(text, position, end)
    if match is None or not listed(match.group(), "surname_title") or match.group() in ("HR", "FR", "SR", "PC"):
        return 0  # "HR Direct" is a team, "Hr Direct" a man
    blank = _BLANK.match(text, match.end(), end)
    follows = _TOKEN.match(text, blank.end(), end) if blank else None
    more = blank and _BRACKETED_TITLE.match(text, blank.end(), end)
    return match.end() - position if more or (follows and capital(follows.group())) else 0


def read_name(text: str, position: int, end: int) -> Name | None:
    """The name that begins at `position`: titles, then capitalized tokens and particles on one line, else None."""
    title_start, title_end = position, position
    while length := _title_length(text, position, end):
        title_end = position + length
        blank = _BLANK.match(text, title_end, end)
        position = blank.end() if blank else title_end
    tokens: list[Span] = []
    while len(tokens) <= MOST_TOKENS:
        match = _TOKEN.match(text, position, end)
        if match is None:
            break
        word, start = match.group(), match.start()
        stops = word.endswith(".") and not re.fullmatch(r"(?:[^\W\d_]\.){1,3}|St\.|Uí\.", word)
        word = word.rstrip(".’'-–—") if stops or word[-1] in "’'-–—" else word
        particle = word.casefold() in word_set("particle")
        if not word or not (capital(word) or particle) or not _SHAPE.fullmatch(word):
            break
        stray = listed(word, "not_names") and not _INITIAL.fullmatch(word)
        if re.search(r"['’]s$", word) or stray or (not tokens and _only_title(word)):
            break
        tokens.append(Span(start, start + len(word)))
        blank = _BLANK.match(text, match.end(), end)
        if stops or blank is None:
            break
        position = blank.end()
    while tokens and tokens[-1].of(text).casefold() in word_set("particle") and not capital(tokens[-1].of(text)):
        tokens.pop()
    if not tokens or len(tokens) > MOST_TOKENS or not any(capital(token.of(text)) for token in tokens):
        return None
    title = Span(title_start, title_end) if title_end > title_start else None
    if title and text[title.start] == "(" and text.find(")", title.start) == title.end - 1:
        title = Span(title.start + 1, title.end - 1)  # "(Mrs) Philippa …"
    return Name(title, tuple(tokens))


def without_letters(text: str, name: Name) -> Name:
    """The name without the degrees and memberships that stand after it: "Isla Cargill BVMS MRCVS"."""
    tokens = name.tokens
    while len(tokens) > 2 and is_letters(tokens[-1].of(text)) and not tokens[0].of(text).isupper():
        tokens = tokens[:-1]
    return Name(name.title, tokens)


def is_letters(word: str) -> bool:
    """Whether a word is a degree or a membership: "PhD", "MRCVS"."""
    plain = word.replace(".", "")
    return listed(word, "post_nominal") or (plain.isupper() and len(plain) > 2 and not set(plain) & set("AEIOUY"))


def _only_title(word: str) -> bool:
    """ "(Mrs)" stands for nobody."""
    return bare(word) in ("mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "herr", "frau", "mme")


def is_given(word: str) -> bool:
    """Whether the word is a first name that many people bear; the list only tips the scales."""
    return bare(word) in word_set("given") or bare(word).split("-")[0] in word_set("given")


def is_listed_other(text: str, tokens: tuple[Span, ...]) -> bool:
    """Whether a token belongs to an organization, a team or a role rather than to a person.

    One such word among three is enough; a bearer of such a surname ("Anna Baker") is let through by a known first name.
    """
    words = [token.of(text) for token in tokens]
    kinds = ("organization", "team", "role", "post")
    odd = [w for w in words if any(listed(part, key) for part in {w, *w.split("-")} for key in kinds)]
    if not odd or (len(words) == 1 and is_given(words[0])):
        return False
    surname_only = len(words) == 2 and odd == [words[1]] and is_given(words[0]) and not listed(words[1], "team")
    return not surname_only
