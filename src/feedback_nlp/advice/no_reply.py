"""Whether there is a draft at all, and the true reason for none."""

from __future__ import annotations

import re

from feedback_nlp.advice.channels import barred_way
from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.situation import Situation
from feedback_nlp.advice.words import has_cue
from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    Register,
    RouteKind,
    SenderKind,
    Stage,
)

LONGEST_REFERENCE = 40  # characters


def reason_of(facts: Facts, situation: Situation, reason: str) -> str:
    """Why there is no draft; with the first words of the call where feedback is given by telephone."""
    words: dict[str, str] = read_table("drafts")["no_reply"]
    if reason != "phone" or situation.key != "generic_feedback_offered":
        return words[reason]
    slot = facts.analysis.frame.reference
    reference = f", reference {' '.join(slot.value.split())}" if slot and len(slot.value) < LONGEST_REFERENCE else ""
    return words["phone_words"].replace("{reference}", reference)


def no_reply(facts: Facts, situation: Situation) -> str:
    route, offer = facts.analysis.frame.route.kind, facts.analysis.frame.offer
    if situation.key == "unrelated_own_mail":
        return "own_mail"
    if situation.key == "unrelated_seller":
        return "seller"
    if facts.sender_kind is SenderKind.USER and not facts.gaps:
        return "own_mail"
    if route is not RouteKind.NO_REPLY and (barred := barred_way(facts.said)):
        return barred
    if route is RouteKind.NO_REPLY:
        return "no_reply"
    if route in (RouteKind.PORTAL, RouteKind.PHONE):
        return route.value
    if (
        offer
        and offer.route
        and offer.route.kind in (RouteKind.PHONE, RouteKind.PORTAL)
        and situation.key == "generic_feedback_offered"
    ):
        return offer.route.kind.value
    booked = read_table("drafts")["answer"]["portal_cues"]
    if situation.key == "generic_feedback_offered" and any(has_cue(s.text, booked) for s in facts.said):
        return "portal_feedback"
    wanted = read_table("drafts")["answer"]["portal_wanted"]
    unsigned = facts.sender_kind is SenderKind.TEAM and not facts.asks
    if unsigned and any(has_cue(s.text, booked) and has_cue(s.text, wanted) for s in facts.said):
        return "portal_feedback"
    if facts.sender_kind is SenderKind.MACHINE:
        return "machine"
    if (situation.draft == "none" and not (facts.asks and facts.about_candidacy)) or (
        situation.draft == "asked" and not facts.asks
    ):
        return "not_sure" if facts.doubtful else "not_needed"
    if facts.closed:
        return "closed"
    if situation.key == "unrelated_other" and not facts.about_job:
        return "not_needed"
    if not facts.asks and any(has_cue(s.text, read_table("situations")["words"]["no_answer"]) for s in facts.said):
        return "not_needed"
    if nobody_waits(facts, situation):
        return "not_needed"
    if facts.sender_kind is SenderKind.TEAM and _is_record(facts):
        return "record"
    return ""


def nobody_waits(facts: Facts, situation: Situation) -> bool:
    """A form letter about a post that fell away, signed by nobody, before anybody was met."""
    early = facts.stage in (Stage.APPLICATION, Stage.UNKNOWN)
    known = facts.person or (facts.candidate and facts.analysis.frame.register in (Register.CHAT, Register.INFORMAL))
    return situation.key == "generic_employer_cause" and early and not known and not facts.asks


def _is_record(facts: Facts) -> bool:
    """Whether the text is a note about a candidate: nobody is addressed as "you" in it."""
    text = facts.analysis.message.text
    addressed = re.search(r"\b(?:you|your|u|ur|yours|i|we|sorry|we\'re|i\'m)\b", text, re.IGNORECASE)
    greeted = re.match(r"\s*(?:dear|hi|hello|hey|good (?:morning|afternoon|day))\b", text, re.IGNORECASE)
    return addressed is None and greeted is None and not facts.candidate
