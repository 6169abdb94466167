"""Mails as they are pasted, with the slots that must be found, read on the real path.

A file holds mails under ``=== id`` lines. ``#slot: value`` lines are the expected slots: several lines for one slot are
alternatives, an empty value means that silence is right too. Lists are "kind|words|iso day" with ``;`` between: a kind
like "consent/question" is left open, and an item that begins with "~" may be silent.
``EML`` opens a mail with headers that is read as bytes. No model labels the mails: every sentence is OTHER.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from tests.frame.scoring import SLOTS, Tally, flatten

from feedback_nlp.frame import read_frame
from feedback_nlp.mail import read_mail
from feedback_nlp.schema import Frame, Labels, Outcome, Stage, Tag
from feedback_nlp.sentences import Parser

Wanted = dict[str, list[str]]
_LISTS = ("asks", "dates", "doors", "events")
_SNIPPETS = ("offer", "no_gap", "no_details", "private", "general_list")
_DEFAULTS = {"route": "reply", "kind": "team"}


@cache
def parser() -> Parser:
    return Parser.load()


def load_fresh(path: Path) -> list[tuple[str, Wanted, str | bytes]]:
    """The mails of a file: id, wanted slots, source."""
    mails: list[tuple[str, Wanted, str | bytes]] = []
    for part in re.split(r"^=== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        name, _, rest = part.partition("\n")
        wanted: Wanted = {}
        body = []
        for line in rest.split("\n"):
            match = re.match(r"#(\w+):\s*(.*)$", line)
            if match:
                wanted.setdefault(match[1], []).append(match[2].strip())
            else:
                body.append(line)
        text = "\n".join(body).strip("\n") + "\n"
        mails.append((name.strip(), wanted, text[4:].encode() if text.startswith("EML\n") else text))
    return mails


def frame_of_source(source: str | bytes) -> Frame:
    """The frame on the real path, without a model: no sentence has a role."""
    message = read_mail(source)
    tag = Tag.ACTIONABLE
    probabilities = {t: float(t is tag) for t in Tag}
    sentences = parser().parse(message)
    return read_frame(message, Labels(tag, probabilities, False, Outcome.REJECTED, Stage.INTERVIEW, False, sentences))


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("’", "'").split())


def _equal(slot: str, got: str, want: str) -> bool:
    if slot in _LISTS:
        got_parts, want_parts = got.split("|"), want.split("|")
        kinds = want_parts[0].lstrip("~").split("/")
        if got_parts[0] not in kinds or (want_parts[2:] and want_parts[2] != got_parts[2]):
            return False
        got, want = got_parts[1], want_parts[1]
    one, other = _plain(got), _plain(want)
    return one in other or other in one if slot in (*_LISTS, *_SNIPPETS) else one == other


def score_fresh(path: Path) -> dict[str, Tally]:
    """Right, wrong and missed values for each slot and, under "all", together."""
    tallies = {slot: Tally() for slot in (*SLOTS, "all")}
    for name, wanted, source in load_fresh(path):
        got = flatten(frame_of_source(source))
        for slot in SLOTS:
            options = wanted.get(slot, [_DEFAULTS.get(slot, "")])
            _tally(tallies, slot, name, got[slot], options)
    return tallies


def _tally(tallies: dict[str, Tally], slot: str, name: str, got: list[str], options: list[str]) -> None:
    if slot in _LISTS:
        readings = [_match(slot, got, [item.strip() for item in o.split(";") if item.strip()]) for o in options]
    else:
        readings = [_match(slot, got, [option] if option else []) for option in options]
    hits, wrong, missed = min(readings, key=lambda reading: (len(reading[1]) + len(reading[2]), -len(reading[0])))
    for tally in (tallies[slot], tallies["all"]):
        tally.right += len(hits)
        tally.wrong += len(wrong)
        tally.missed += len(missed)
    tallies[slot].faults += [f"{name} wrong {slot}: {value!r}" for value in wrong]
    tallies[slot].faults += [f"{name} missed {slot}: {item!r}" for item in missed]


def _match(slot: str, got: list[str], wanted: list[str]) -> tuple[list[str], list[str], list[str]]:
    """The values that one alternative of the labels wants, those that it does not want, and those that were missed."""
    left, hits, wrong = list(wanted), [], []
    for value in got:
        found = next((item for item in left if _equal(slot, value, item)), None)
        if found is None:
            wrong.append(value)
        else:
            left.remove(found)
            hits.append(value)
    return hits, wrong, [item for item in left if not item.startswith("~")]
