"""Which of the 27 situations of ADVICE.md §8 a mail is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.signs import Sign
from feedback_nlp.advice.words import has_cue
from feedback_nlp.content import read_table
from feedback_nlp.schema import Outcome, Role, RouteKind, SenderKind, Stage, Tag

WORDS = 450  # the longest answer
REPLY_WORDS = 140  # the longest draft
OWN_MAIL = 2  # phrases of a candidate that make a mail the candidate's own


@dataclass(frozen=True, slots=True)
class Situation:
    """A row of situations.toml."""

    key: str
    read: str
    thanks: str
    draft: str
    questions: str
    prompts: str
    step: str
    tone: str
    words: int


@cache
def situations() -> dict[str, Situation]:
    """All situations by key, in the order of the file."""
    return {key: _row(key, row) for key, row in read_table("situations")["row"].items()}


def _row(key: str, row: dict[str, Any]) -> Situation:
    return Situation(
        key,
        row["read"],
        row["thanks"],
        row["draft"],
        row["questions"],
        row["prompts"],
        row["step"],
        row.get("tone", ""),
        row.get("words", WORDS),
    )


def decide(facts: Facts) -> Situation:
    """The situation of a mail."""
    tag = facts.analysis.labels.tag
    doubted = facts.analysis.labels.unsure or not facts.gaps  # remarks on the reader speak against their own mail
    if (facts.sender_kind is SenderKind.USER and doubted) or (tag is not Tag.UNRELATED and _asks_for_news(facts)):
        return situations()["unrelated_own_mail"]
    if tag is Tag.ACTIONABLE:
        key = _actionable(facts)
    elif tag is Tag.GENERIC:
        key = _generic(facts)
    else:
        key = _unrelated(facts)
    return situations()[key]


def _asks_for_news(facts: Facts) -> bool:
    """Whether the mail asks for news, as only a candidate does; a decision in it speaks against that."""
    words = " ".join(sentence.text for sentence in facts.said)
    return _is_own(words) and has_cue(words, read_table("situations")["unrelated"]["asks_for_news"])


def _is_own(words: str) -> bool:
    cues = read_table("situations")["unrelated"]
    return has_cue(words, cues["own_mail_sure"]) and sum(has_cue(words, [cue]) for cue in cues["own_mail"]) >= OWN_MAIL


def _actionable(facts: Facts) -> str:
    kind = facts.sender_kind
    if kind is SenderKind.COLLEAGUE:
        return "actionable_own_workplace"
    if facts.outcome is Outcome.PENDING:
        return "actionable_pending"
    if facts.outcome is Outcome.ADVANCED:
        return "actionable_offer" if _offers_job(facts) else "actionable_advanced"
    if facts.no_details and not facts.offered and facts.stage is not Stage.APPLICATION:
        return "actionable_final_word"
    if facts.stage is Stage.FINAL:
        return "actionable_final_round"
    if kind is SenderKind.AGENCY:
        return "actionable_interview_agency"
    if facts.stage is Stage.ASSESSMENT:
        return "actionable_assessment"
    if facts.stage is Stage.INTERVIEW:
        return "actionable_interview_person"
    return "actionable_application_person" if facts.can_reply else "actionable_application_no_reply"


def _offers_job(facts: Facts) -> bool:
    return has_cue(facts.analysis.message.text, read_table("situations")["unrelated"]["offer"])


def _generic(facts: Facts) -> str:
    if facts.outcome is Outcome.PENDING:
        return "generic_pending"
    if facts.outcome is Outcome.ADVANCED:
        return "unrelated_offer" if _offers_job(facts) else "generic_advanced"
    if facts.offered and facts.analysis.frame.route.kind is not RouteKind.NO_REPLY:
        return "generic_feedback_offered"
    if _employer_cause(facts) and facts.stage is not Stage.FINAL:
        return "generic_employer_cause"
    if facts.sender_kind is SenderKind.AGENCY:
        return "generic_agency"
    if facts.stage is Stage.FINAL:
        return "generic_final"
    if facts.stage in (Stage.INTERVIEW, Stage.ASSESSMENT):
        return "generic_no_comment" if facts.no_details else "generic_interview_person"
    personal = facts.person or facts.praise or (facts.asks and facts.candidate)  # somebody wrote to this reader
    if personal and facts.met:
        return "generic_interview_person"
    if facts.sender_kind is SenderKind.MACHINE or not facts.can_reply or facts.no_details or not personal:
        return "generic_application_machine"
    return "generic_application_person"


def _employer_cause(facts: Facts) -> bool:
    """Whether the mail gives a cause at the employer, other than the number of applications, and no stock reason."""
    sentences = facts.analysis.labels.sentences
    causes = [sentence.text for sentence in sentences if sentence.role is Role.CIRCUMSTANCE]
    if not causes or any(sentence.role is Role.STOCK_REASON for sentence in sentences):
        return False
    words = read_table("situations")["words"]
    return any(has_cue(cause, words["cause"]) or not has_cue(cause, words["volume"]) for cause in causes)


def _unrelated(facts: Facts) -> str:
    kind = facts.sender_kind
    cues = read_table("situations")["unrelated"]
    words = " ".join(sentence.text for sentence in facts.said)
    if kind is SenderKind.USER or _is_own(words):
        return "unrelated_own_mail"
    text = f"{facts.analysis.message.subject}\n{facts.analysis.message.text}"
    if kind is SenderKind.SELLER:
        return "unrelated_seller"
    if any(has_cue(each, cues["survey"]) for each in re.split(r"[.?!\n]", text)):
        return "unrelated_survey"
    if facts.sign is not None and facts.sign is not Sign.ADVANCED:
        return _by_sign(facts, facts.sign)
    found = _by_cues(facts, text, cues)
    return "generic_advanced" if facts.outcome is Outcome.ADVANCED and found == "unrelated_other" else found


def _by_cues(facts: Facts, text: str, cues: dict[str, list[str]]) -> str:
    """The sort of a mail that decides nothing."""
    labels = facts.analysis.labels
    if labels.outcome is Outcome.UNKNOWN and labels.stage is Stage.UNKNOWN:
        if _invites(facts, cues["invited"]):
            return "unrelated_invitation"
        return "unrelated_seller" if has_cue(text, cues["seller"]) else "unrelated_other"
    if labels.outcome is Outcome.ADVANCED and has_cue(text, cues["offer"]):
        return "unrelated_offer"
    if labels.outcome is Outcome.PENDING and has_cue(text, cues["receipt"]):
        return "unrelated_receipt"
    if has_cue(text, cues["invitation"]):
        return "unrelated_invitation"
    if labels.outcome is Outcome.PENDING or has_cue(text, cues["receipt"]):
        return "unrelated_receipt"
    return "unrelated_other"


_BY_SIGN = {
    Sign.WITHDRAWN: "generic_employer_cause",
    Sign.PAUSED: "generic_pending",
    Sign.OFFERED: "unrelated_offer",
    Sign.ADVANCED: "generic_advanced",
}


def _by_sign(facts: Facts, sign: Sign) -> str:
    """The situation of a mail that the labels call no feedback, and whose words decide something."""
    return _BY_SIGN.get(sign) or ("generic_feedback_offered" if facts.denied_with_offer else _generic(facts))


def _invites(facts: Facts, cues: list[str]) -> bool:
    """Whether somebody asks the reader to come, although the labels know of no candidacy."""
    return facts.sender_kind is not SenderKind.SELLER and any(has_cue(s.text, cues) for s in facts.said)
