"""Who somebody is must not change how their mail is read: words for it are made the same before the models see them.

The greeted name becomes *Sam*, all nationalities become one, *she* becomes *he*, *her* becomes *his*, every stated age
becomes the same. Who reads the answer never sees this: marks and quotes are found in the text as it stands, through
`Neutral.old`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from feedback_nlp.content import check_keys, read_table
from feedback_nlp.errors import ContentError

_AGE = r"(?<=\bage )\d\d\b|(?<=\baged )\d\d\b|(?<=\bage as )\d\d\b|(?<=\bage of )\d\d\b|\b\d\d(?=[ -]years?[ -]old\b)"
# "Hi Emily," and "Dear Dr. Ana-Lucía O'Neil -": the name, up to four words of it.
_GREETED = re.compile(
    r"(?:Hi|Hello|Hey|Hiya|Dear|Hallo|(?:Good )?(?:[Mm]orning|[Aa]fternoon|[Ee]vening)) "
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.? )?((?!Sir\b|Madam\b|All\b|Team\b|Applicant\b|Candidate\b|Hiring\b)"
    r"[^\W\d_a-z][\w'’-]{0,30}(?: [^\W\d_a-z][\w'’-]{0,30}){0,3})(?=[,:;!.]|\s*[-–—]|\s*$)"
)


@dataclass(frozen=True, slots=True)
class Neutral:
    """A text with the words for traits made the same."""

    text: str
    changes: tuple[tuple[int, int, int, int], ...]  # start and end of each change, in the new text and in the old one

    @classmethod
    def as_written(cls, text: str) -> Neutral:
        """The text with every word as it stands."""
        return cls(text, ())

    def old(self, start: int, end: int) -> tuple[int, int]:
        """Where the run (`start`, `end`) of the new text stands in the old one; a changed word is never cut."""
        return self._old(start, after=False), self._old(end, after=True)

    def _old(self, at: int, *, after: bool) -> int:
        shift = 0
        for new_start, new_end, old_start, old_end in self.changes:
            if at <= new_start:
                break
            if at < new_end:
                return old_end if after else old_start
            shift = old_end - new_end
        return at + shift


def neutral(text: str) -> Neutral:
    """A sentence with the greeted name and the words for nationality, gender and age made the same; linear time."""
    words = _words()
    runs = [(*match.span(), words.get(match.group(), "40")) for match in _pattern().finditer(text)]
    greeted = _GREETED.match(text)
    if greeted is not None:
        start, end = greeted.span(1)
        runs = sorted([run for run in runs if run[1] <= start or run[0] >= end] + [(start, end, "Sam")])
    changes: list[tuple[int, int, int, int]] = []
    parts: list[str] = []
    at = size = 0
    for start, end, same in runs:
        parts += [text[at:start], same]
        size += start - at
        changes.append((size, size + len(same), start, end))
        at, size = end, size + len(same)
    return Neutral("".join([*parts, text[at:]]), tuple(changes)) if changes else Neutral(text, ())


@cache
def _words() -> dict[str, str]:
    """Each word and the one that stands for it, of ``content/traits.toml``."""
    table, where = read_table("traits"), "content/traits.toml"
    check_keys(table, where, {"traits": list, "kept": list, "same": dict})
    found: dict[str, str] = {}
    for one, others in table["same"].items():
        for other in others:
            if other in found:
                raise ContentError(f"{where}: {other!r} stands in two lists of 'same'")
            found[other] = one
    return found


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_words(), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b|{_AGE}")
