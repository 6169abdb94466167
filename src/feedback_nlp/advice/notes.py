"""Notes beside the answer, and the one thing that is looked for in a person's own notes: despair."""

from __future__ import annotations

from feedback_nlp.advice.answers import wants_bank_details
from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.situation import Situation
from feedback_nlp.advice.words import has_cue
from feedback_nlp.content import read_table
from feedback_nlp.schema import Outcome, Tag

__all__ = ["despair", "help_line", "notes"]


def despair(text: str) -> bool:
    """Whether a person's own words sound as if they might harm themselves: show `help_line`, and analyze nothing."""
    return has_cue(text, read_table("situations")["words"]["despair"])


def help_line() -> str:
    """What to show when `despair` is true."""
    return str(read_table("situations")["help_line"]["text"])


def notes(facts: Facts, situation: Situation, *, has_draft: bool) -> tuple[str, ...]:
    """Notes that the mail calls for. A request for one's data is never suggested here."""
    words: dict[str, str] = read_table("situations")["note"]
    frame, labels = facts.analysis.frame, facts.analysis.labels
    invited = situation.key == "unrelated_invitation"
    wanted = [
        (labels.unsure, "unsure"),
        (facts.protected, "protected"),
        (frame.private is not None and facts.about_candidacy, "private"),
        (frame.general_list is not None and (facts.about_candidacy or invited), "general_list"),
        (frame.no_gap is not None and labels.tag is Tag.GENERIC and labels.outcome is Outcome.REJECTED, "no_gap"),
        (has_draft and wants_bank_details(facts), "bank"),
        (frame.speaker is not None and labels.tag is Tag.ACTIONABLE, "speaker"),
    ]
    return tuple(words[key] for condition, key in wanted if condition)
