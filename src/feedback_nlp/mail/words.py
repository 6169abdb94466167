"""The words that mail programs write around a text: ``content/mail.toml``, checked and made quick to look up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from feedback_nlp.content import check_keys, read_table
from feedback_nlp.errors import ContentError

_LISTS = {
    "attribution": ("openers", "enders", "inner", "days", "you"),
    "separator": ("reply", "forward", "end"),
    "field": ("from", "sent", "to", "subject", "other"),
    "month": tuple(str(number) for number in range(1, 13)),
    "greeting": ("words", "titles", "not_names"),
    "signoff": ("words",),
    "voice": ("candidate", "employer"),
    "signature": ("contact", "sent_from"),
    "footer": ("cues", "weak", "legal", "banners", "company"),
    "stub": ("phrases",),
}


@dataclass(frozen=True, slots=True)
class Words:
    """One table of ``mail.toml`` after another; tuples keep the order of the file, sets do not matter."""

    openers: tuple[str, ...]
    enders: tuple[str, ...]
    inner: tuple[str, ...]
    days: frozenset[str]
    you: frozenset[str]
    reply_marks: tuple[str, ...]
    forward_marks: tuple[str, ...]
    end_marks: frozenset[str]
    fields: dict[str, str]  # "gesendet" -> "sent"
    months: dict[str, int]  # "märz" -> 3
    greetings: tuple[str, ...]  # the longest first
    titles: frozenset[str]
    not_names: frozenset[str]
    signoffs: frozenset[str]
    candidate: tuple[str, ...]
    employer: tuple[str, ...]
    contact: tuple[str, ...]
    sent_from: tuple[str, ...]
    footer: tuple[str, ...]
    weak_footer: tuple[str, ...]
    legal: tuple[str, ...]
    banners: tuple[str, ...]
    company: tuple[str, ...]
    stubs: tuple[str, ...]


@cache
def words() -> Words:
    """The checked words. Raises `ContentError` that names table and key when the file breaks the rules."""
    table = read_table("mail")
    check_keys(table, "content/mail.toml", dict.fromkeys(_LISTS, dict))
    for name, keys in _LISTS.items():
        check_keys(table[name], f"content/mail.toml: {name}", dict.fromkeys(keys, list))
        for key in keys:
            _check_words(table[name][key], f"content/mail.toml: {name}.{key}")
    attribution, separator, footer = table["attribution"], table["separator"], table["footer"]
    return Words(
        openers=tuple(attribution["openers"]),
        enders=tuple(attribution["enders"]),
        inner=tuple(attribution["inner"]),
        days=frozenset(attribution["days"]),
        you=frozenset(attribution["you"]),
        reply_marks=tuple(separator["reply"]),
        forward_marks=tuple(separator["forward"]),
        end_marks=frozenset(separator["end"]),
        fields={word: key for key in _LISTS["field"] for word in table["field"][key]},
        months={word: int(key) for key in _LISTS["month"] for word in table["month"][key]},
        greetings=tuple(sorted(table["greeting"]["words"], key=len, reverse=True)),
        titles=frozenset(table["greeting"]["titles"]),
        not_names=frozenset(table["greeting"]["not_names"]),
        signoffs=frozenset(table["signoff"]["words"]),
        candidate=tuple(table["voice"]["candidate"]),
        employer=tuple(table["voice"]["employer"]),
        contact=tuple(table["signature"]["contact"]),
        sent_from=tuple(table["signature"]["sent_from"]),
        footer=tuple(footer["cues"]),
        weak_footer=tuple(footer["weak"]),
        legal=tuple(footer["legal"]),
        banners=tuple(footer["banners"]),
        company=tuple(footer["company"]),
        stubs=tuple(table["stub"]["phrases"]),
    )


def _check_words(found: list[Any], where: str) -> None:
    for word in found:
        if not isinstance(word, str) or not word.strip() or word != word.lower():
            raise ContentError(f"{where}: {word!r} must be text in lower case")
