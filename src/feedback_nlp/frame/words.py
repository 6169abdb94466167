"""The words of the frame: `content/frame.toml`, checked and compiled once.

A phrase in the file is a small regular expression: a space stands for any white space, an apostrophe for both kinds,
``{gap}`` for up to 60 characters of one clause, ``{near}`` for up to three words. Nothing in it may repeat a group.
"""

from __future__ import annotations

import re
from functools import cache

from feedback_nlp.content import check_keys, read_table
from feedback_nlp.errors import ContentError

_FILE = "content/frame.toml"
_SECTIONS = ("words", "people", "company", "route", "asks", "dates", "doors", "events", "manner")
_GAP = r"[^.?!;\n]{0,60}?"
_NEAR = r"(?:[\w'’-]+\s+){0,3}"


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    table = read_table("frame")
    check_keys(table, _FILE, dict.fromkeys(_SECTIONS, dict))
    for name, section in table.items():
        check_keys(section, f"{_FILE}: {name}", dict.fromkeys(section, list))
    return table


def entries(section: str, key: str) -> list[str]:
    """The phrases under ``[section] key``, as written. Raises `ContentError` for a key that is not there."""
    try:
        return _table()[section][key]
    except KeyError:
        raise ContentError(f"{_FILE}: {section}.{key} is missing") from None


def keys(section: str) -> list[str]:
    """The keys of a section, in the order of the file."""
    return list(_table()[section])


@cache
def word_set(key: str) -> frozenset[str]:
    """A list of ``[words]`` as a set, lower case. An entry may hold many words, split at white space."""
    words = {word for entry in entries("words", key) for word in entry.casefold().split()}
    return frozenset(words | {word.rstrip(".") for word in words if len(word) > 3})


def bare(word: str) -> str:
    """A word as the lists have it: case folded, a final full stop dropped, straight apostrophes."""
    return word.casefold().rstrip(".").replace("’", "'")


def listed(word: str, key: str) -> bool:
    """Whether the word stands in a list of ``[words]``, with or without its full stop."""
    words = word_set(key)
    return bare(word) in words or word.casefold() in words


def _expand(phrase: str) -> str:
    """A phrase as a regular expression; the inside of character classes is left alone."""
    phrase = re.sub(r"^\{near\} ?", lambda _: _NEAR, phrase)
    phrase = re.sub(r" ?\{near\} ?", lambda _: " " + _NEAR, phrase).replace("{gap}", _GAP)
    pieces = re.split(r"(\[[^\]]*\])", phrase)
    return "".join(
        piece if piece.startswith("[") else re.sub(r" +", r"\\s+", piece.replace(" ?", r"\s*")).replace("'", "['’]")
        for piece in pieces
    )


@cache
def alternatives(section: str, key: str) -> str:
    """The phrases under ``[section] key`` as one group of alternatives, longest first."""
    phrases = sorted(entries(section, key), key=len, reverse=True)
    return "(?:" + "|".join(_expand(phrase) for phrase in phrases) + ")"


@cache
def phrases(section: str, key: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """The phrases under ``[section] key`` as one pattern that matches whole words."""
    return re.compile(rf"(?<!\w){alternatives(section, key)}(?!\w)", flags)


def says(section: str, key: str, text: str) -> re.Match[str] | None:
    """The first place where `text` says one of the phrases."""
    return phrases(section, key).search(text)
