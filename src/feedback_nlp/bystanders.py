"""People who are named in the middle of a mail: "Dana Whitlock from the panel", "please ask Piotr about …".

Nobody signs or is greeted there, so a name is told by what stands around it and by known first names. What is found is
masked before a mail is shared, so a doubt counts for the person: a name too many costs a word, a name too few a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from feedback_nlp.content import check_keys, read_table
from feedback_nlp.frame.names import Name, is_given, is_listed_other, read_name
from feedback_nlp.frame.words import listed

_CAPITAL = re.compile(r"(?<![\w@/.'’-])[^\W\d_a-z][^\W\d_]*", re.UNICODE)
_POSSESSIVE = re.compile(r"(?<=[^\W\d_])['’]s\b")
_MOST = 400  # names of one mail that are looked at
_CONTEXT = 40  # characters before and after a name
_TWO = re.compile(r" (?:and|or|&) $")


class _Cues(NamedTuple):
    """What tells of a name: words before it, behind it, and behind a name of two words."""

    before: re.Pattern[str]
    after: re.Pattern[str]
    after_two: re.Pattern[str]


@cache
def _cues() -> _Cues:
    """``content/bystanders.toml``."""
    table = read_table("bystanders")
    check_keys(table, "content/bystanders.toml", dict.fromkeys(_Cues._fields, list))
    either = {key: "|".join(map(re.escape, sorted(table[key], key=len, reverse=True))) for key in _Cues._fields}
    behind = r"(?:(?='s )|,? \(?)"
    return _Cues(
        re.compile(rf"\b(?:{either['before']})[:,]? $", re.I),
        re.compile(rf"(?:(?='s )| )(?:{either['after']})\b", re.I),
        re.compile(rf"{behind}(?:{either['after_two']})\b", re.I),
    )


def bystanders(text: str, apart: frozenset[str] = frozenset()) -> set[str]:
    """The lower-case tokens of the names in `text`. `apart` are tokens that belong to a company."""
    found: set[str] = set()
    last: tuple[int, bool] = (-1, False)
    for name in _names(text):
        before, after = text[max(0, name.span.start - _CONTEXT) : name.span.start], text[name.span.end :][:_CONTEXT]
        words = [token.of(text) for token in name.tokens]
        joined = last[1] and _TWO.search(before) is not None and 0 <= name.span.start - last[0] <= 6
        person = _is_person(text, name, words, before, after, joined=joined)
        last = (name.span.end, person)
        if person:
            found.update(low for word in words if (low := word.lower()) not in apart and len(word.strip(".")) > 1)
    return found


def _names(text: str) -> Iterator[Name]:
    """Runs of capitalized words, one after the other; the ``'s`` behind a name ends it."""
    text = _POSSESSIVE.sub(" ;", text)
    at = 0
    for _ in range(_MOST):
        match = _CAPITAL.search(text, at)
        if match is None:
            return
        line = text.find("\n", match.start())
        name = read_name(text, match.start(), len(text) if line < 0 else line)
        if name is None:
            at = match.end()
            continue
        at = name.span.end
        yield name


def _is_person(text: str, name: Name, words: list[str], before: str, after: str, *, joined: bool) -> bool:
    """Whether a run of capitalized words is somebody's name."""
    if is_listed_other(text, name.tokens) or any(word.isupper() and len(word) > 1 for word in words):
        return False
    if name.title is not None:
        return True
    cues = _cues()
    after = after.replace("’", "'")
    told = joined or cues.before.search(before) is not None or cues.after.match(after) is not None
    given = is_given(words[0])
    if given or len(words) > 1:
        told = told or cues.after_two.match(after) is not None
    if len(words) == 1:
        starts = not before.strip() or before.rstrip(" ")[-1:] in ".!?:\n"
        return (given and (told or not starts)) or (told and not starts and not _is_thing(words[0]))
    return given or (told and not any(_is_thing(word) for word in words))


def _is_thing(word: str) -> bool:
    """Whether a capitalized word is no name although it stands where one could stand."""
    mixed = any(letter.isupper() for letter in word[2:]) and "'" not in word and "-" not in word and word[:2] != "Mc"
    return len(word) < 3 or mixed or word.lower().startswith("i'") or listed(word, "not_names")
