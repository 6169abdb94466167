"""A second look at a mail that the labels call no feedback: the words of a no, an offer, a pause or a next step.

The labels may be wrong, most of all about plain and foreign English. What is found here only chooses the sort of
answer; it never makes an improvement.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from feedback_nlp.advice.words import has_cue
from feedback_nlp.content import read_table
from feedback_nlp.schema import Analysis, Outcome, SenderKind, Sentence, Stage, Tag

NOT_FROM = frozenset({SenderKind.SELLER, SenderKind.USER})


class Sign(Enum):
    """What the words say was decided."""

    WITHDRAWN = "withdrawn"
    PAUSED = "paused"
    OFFERED = "offered"
    REFUSED = "refused"
    ADVANCED = "advanced"


_OUTCOMES = {
    Sign.WITHDRAWN: Outcome.REJECTED,
    Sign.PAUSED: Outcome.PENDING,
    Sign.OFFERED: Outcome.ADVANCED,
    Sign.REFUSED: Outcome.REJECTED,
    Sign.ADVANCED: Outcome.ADVANCED,
}


def read_sign(analysis: Analysis, said: Sequence[Sentence]) -> Sign | None:
    """The first sign, in the order of `Sign`, of a mail that is called no feedback; None if there is none."""
    labels = analysis.labels
    if labels.tag is not Tag.UNRELATED or analysis.frame.sender.kind in NOT_FROM:
        return None
    table = read_table("situations")["sign"]
    if any(has_cue(sentence.text, table["not_about_you"]) for sentence in said):
        return None
    words = f"{analysis.message.subject}\n{' '.join(sentence.text for sentence in said)}"
    if not has_cue(words, read_table("situations")["unrelated"]["about_job"]):
        return None
    return next((sign for sign in Sign if _shows(sign, analysis, said)), None)


def undecided(said: Sequence[Sentence]) -> bool:
    """Whether the mail says in so many words that nothing is decided, and nowhere that it is a no."""
    table = read_table("situations")["sign"]
    return any(has_cue(s.text, table["undecided"]) and not has_cue(s.text, table["unless"]) for s in said) and not any(
        has_cue(s.text, table["refused"]) for s in said
    )


def _shows(sign: Sign, analysis: Analysis, said: Sequence[Sentence]) -> bool:
    """Whether a sentence has the words of a sign; a no needs a label that does not speak against it."""
    table, labels = read_table("situations")["sign"], analysis.labels
    unless = table["unless"] + (table["denied"] if sign in (Sign.OFFERED, Sign.ADVANCED) else [])
    if sign is Sign.REFUSED and not (
        labels.unsure or labels.outcome is Outcome.REJECTED or labels.stage is not Stage.UNKNOWN
    ):
        return False
    return any(has_cue(s.text, table[sign.value]) and not has_cue(s.text, unless) for s in said)


def outcome_of(sign: Sign | None) -> Outcome | None:
    """The outcome that a sign stands for."""
    return _OUTCOMES[sign] if sign else None
