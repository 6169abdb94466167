"""Names, addresses, telephone numbers and links out of a report, before it is shared.

A word is replaced by as many `MASK` characters as it had, so that every offset of the report still holds and
``text[start:end] == evidence`` stays true. Companies stay: they are what the report is about. What is taken out: mail
addresses, links, telephone numbers wherever they stand; names of the headers, the greeting and the sign-off wherever
they come again; people who are named in the middle of the text, as far as the words around them or a known first name
tell (`bystanders`); whole signatures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from feedback_nlp.bystanders import bystanders
from feedback_nlp.frame.names import is_given
from feedback_nlp.frame.words import listed
from feedback_nlp.mail.people import greeted, person, signed
from feedback_nlp.schema import AsideKind
from feedback_nlp.store import Item

MASK = "▒"
_LEAST_NAME = 2  # letters; initials are left
_KEPT = frozenset({"schema", "tag", "outcome", "stage", "role", "kind", "area", "areas", "situation", "source", "id"})
_PATTERNS = re.compile(
    r"[\w.+'%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}"
    r"|(?i:\bhttps?://|\bmailto:|\bwww\.)[^\s<>\"']{1,2000}"
    r"|(?<![\w/.-])(?:\+|\(\+?)?\d(?:[ ().\u2010-\u2015/-]{0,2}\d){6,17}(?![\w-]|[.,]\d)"
)
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|(?:19|20)\d\d ?[-–] ?(?:19|20)\d\d")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is taken out of one mail: lower-case tokens of names, besides the patterns that every mail has."""

    names: frozenset[str]

    def text(self, text: str) -> str:
        """`text` with names, addresses, numbers and links masked; as long as before."""
        text = _PATTERNS.sub(_masked, text)
        return _WORD.sub(self._name, text) if self.names else text

    def _name(self, match: re.Match[str]) -> str:
        word = match[0]
        bare = re.sub(r"['’]s\Z", "", word)
        if not word[0].islower() and (bare.lower() in self.names or word.lower() in self.names):
            return MASK * len(bare) + word[len(bare) :]
        parts = word.split("-")
        if len(parts) > 1 and not word[0].islower() and any(part.lower() in self.names for part in parts):
            return MASK * len(word)
        return word


def _masked(match: re.Match[str]) -> str:
    return match[0] if _DATE.fullmatch(match[0]) else MASK * len(match[0])


def redaction(item: Item, report: Mapping[str, Any]) -> Redaction:
    """What has to go out of this mail."""
    text = str(report.get("text", ""))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    company = person(str(item.facts.get("company", ""))).names  # "Halden Freight" under a letter is no person
    mentioned = {name for name in (*greeted(lines).names, *signed(lines).names) if not _is_office(name)} - {*company}
    mentioned |= bystanders(f"{item.subject}\n{text}", frozenset(company))
    names = {token for name in item.facts.get("people", ()) for token in person(str(name)).names}
    parts = {part for token in mentioned | names for part in token.split("-") if len(part) > _LEAST_NAME}
    return Redaction(frozenset(token for token in mentioned | names | parts if len(token) >= _LEAST_NAME))


def _is_office(word: str) -> bool:
    """Whether a word under a letter is that of a team ("Careers", "Shared Services") and no name."""
    return not is_given(word) and any(listed(word, kind) for kind in ("organization", "team", "role"))


def redact(item: Item, report: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the report without what tells who was written to and by whom."""
    found = redaction(item, report)
    spans = [aside for aside in report.get("asides", ()) if aside["kind"] == AsideKind.SIGNATURE]
    text = found.text(_blank(str(report.get("text", "")), spans))
    copy = {key: _walked(value, found, key) for key, value in report.items()}
    copy.update(text=text, sender=redact_sender(item, found))
    for part, name in (("improvements", "evidence"), ("strengths", "evidence"), ("sentences", "text")):
        for entry in copy.get(part, ()):
            entry[name] = text[entry["start"] : entry["end"]]
            if "topic_start" in entry:
                entry["topic"] = text[entry["topic_start"] : entry["topic_end"]]
    if isinstance(copy.get("source"), Mapping):
        copy["source"] = {**copy["source"], "path": redact_path(str(copy["source"].get("path", "")))}
    return copy


def redact_sender(item: Item, found: Redaction) -> str:
    """The From line; the name of a company or a team stays."""
    return found.text(item.sender)


def redact_path(path: str) -> str:
    """The file's own name: the folders above it tell whose machine it is."""
    return path.replace("\\", "/").rpartition("/")[2]


def _blank(text: str, spans: Iterable[Mapping[str, Any]]) -> str:
    """`text` with every letter and digit of the spans masked."""
    for span in spans:
        inside = re.sub(r"\w", MASK, text[span["start"] : span["end"]])
        text = text[: span["start"]] + inside + text[span["end"] :]
    return text


def _walked(value: Any, found: Redaction, key: str = "") -> Any:
    if isinstance(value, str):
        return value if key in _KEPT else found.text(value)
    if isinstance(value, Mapping):
        return {name: _walked(each, found, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_walked(each, found, key) for each in value]
    return value
