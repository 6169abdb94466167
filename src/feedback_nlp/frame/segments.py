"""The segments of a signature's lines, and what a segment can be: a role, a team, an organization."""

from __future__ import annotations

import re

from feedback_nlp.frame.names import capital
from feedback_nlp.frame.words import bare, listed, word_set
from feedback_nlp.schema import Span

_SEPARATOR = re.compile(
    r"\s*[|•·;\t]\s*|\s*,\s+|\s+[–—-]\s+|\s+@\s*|\s+/\s+|\s{3,}|\s+\((?!(?:Mrs?|Ms|Miss|Mx|Dr|\w+/\w+)\.?\))(?=[^\W\d_][^()\n]{0,60}\)\s*$)|\s+(?:at|bei|from)\s+(?=[^\W\d_])"
)


def split_segments(text: str, line: Span) -> list[Span]:
    """The parts of a line: "Head Chef, The Copper Pheasant" has two."""
    segments: list[Span] = []
    position = line.start
    for match in _SEPARATOR.finditer(text, line.start, line.end):
        segments.append(Span(position, match.start()))
        position = match.end()
    segments.append(Span(position, line.end))
    return [
        Span(s.start, s.end - (text[s.end - 1] == ")" and "(" not in s.of(text))) for s in segments if s.start < s.end
    ]


def _words(text: str, span: Span) -> list[str]:
    return [word.strip("(),.:;\"“”'’") for word in span.of(text).split() if word.strip("(),.:;\"“”'’–-")]


def is_role(text: str, span: Span) -> bool:
    """Whether a segment can be what a person does: "Head of Nursing", "Buyer (maternity cover)"."""
    words = [part for word in _words(text, span) for part in re.split(r"[/-]", word)]
    if not words or len(words) > 9 or listed(words[-1], "team_end") or bare(words[0]) in ("your", "days"):
        return False
    if bare(words[0]) == "office" and not listed(words[-1], "role"):
        return False  # "Office hours", not "Office Manager"
    if len(words) > 1 and listed(words[-1], "organization") and not listed(words[-1], "role"):
        first = bare(words[0])
        if first not in word_set("leading") and not (
            listed(words[0], "role") and bare(words[1]) in ("of", "for", "&", "and")
        ):
            return False
    if any(word.isdigit() or bare(word) in ("team", "crew") for word in words) and len(words) < 5:
        return False
    if not capital(words[0]) and bare(words[0]) not in word_set("role"):
        return False
    return any(listed(word, "role") for word in words)


def ends_as_role(text: str, span: Span) -> bool:
    """ "Recruitment Officer" and "Chair of the Search Committee" are people, though they look like a team."""
    words = _words(text, span)
    while len(words) > 1 and re.fullmatch(r"[IVX]{1,4}|\d{1,2}", words[-1]):
        words.pop()  # "Human Resources Specialist II"
    if not words or len(words) > 9:
        return False
    heads = listed(words[0], "role") and len(words) > 2 and bare(words[1]) in ("of", "for", "to", "&", "and")
    return heads or (listed(words[-1], "role") and is_role(text, span))


def team_start(text: str, span: Span) -> int | None:
    """Where the words for a team begin inside a line such as "Osprey Freight People Team", or None."""
    words = list(re.finditer(r"\S+", span.of(text)))
    if not words or len(words) > 9:
        return None
    if bare(words[0].group()) in ("department", "dept", "faculty", "division") and len(words) > 2:
        return span.start
    if bare(words[0].group()) in ("team", "équipe", "equipo", "equipe"):
        leads = len(words) > 1 and listed(words[1].group(), "role")  # "Team Lead Embedded" is a person
        return None if leads else span.start
    if not listed(words[-1].group(), "team_end"):
        return span.start if bare(words[0].group()) in ("human", "hr", "recruitment", "recruiting") else None
    first = len(words) - 1
    joined = word_set("team") | {"&", "and", "of"}
    while first and bare(words[first - 1].group()) in joined:
        first -= 1
    return span.start + words[first].start()


def has_organization(text: str, span: Span) -> bool:
    """Whether a word of the segment stands in the names of organizations only."""
    return any(listed(word, "organization") for word in _words(text, span)) or "&" in span.of(text)


def all_capital(words: list[str]) -> bool:
    """Whether all words but the connecting ones begin with a capital."""
    return len(words) <= 6 and all(capital(word) or word in word_set("connector") for word in words)


def is_proper(words: list[str]) -> bool:
    """Whether at least one word is a proper one: "People Services" and "the Company" name no house."""
    if (
        bare(words[0]) in ("ministry", "university", "bank", "city", "port", "church", "college", "institute")
        and len(words) > 2
    ):
        return capital(words[-1])  # "Ministry of Works"
    kinds = ("team", "organization", "role", "not_names", "connector")
    proper = [word for word in words if capital(word) and not any(listed(word.strip("(),"), kind) for kind in kinds)]
    return bool(proper) and not any(character in word for word in words for character in ":=;#")


def is_recruiter(text: str, span: Span) -> bool:
    """ "Pinnacle Staffing" under a name: an agency's own name, or a team's; the company stays open."""
    words = _words(text, span)
    ends = ("staffing", "recruitment", "recruiting", "search", "selection", "personnel")
    return len(words) > 1 and bare(words[-1]) in ends and not listed(words[0], "team")


def is_body_of_many(text: str, before: Span, team: Span) -> bool:
    """ "Cwm Tawel Health Board" is a house, though a board alone is a team."""
    last = before.of(text).split()[-1]
    alone = bare(team.of(text).strip()) in ("board", "office", "unit", "committee", "department", "division")
    return alone and is_proper(before.of(text).split()) and listed(last, "organization")
