"""One small step with a day on it, and a line for what may get in the way."""

from __future__ import annotations

import re
from typing import Any

from feedback_nlp.advice.dates import by_date, on_date
from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.gaps import area_block, behavior
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.imperatives import imperative
from feedback_nlp.advice.instructions import is_score
from feedback_nlp.advice.situation import Situation
from feedback_nlp.advice.words import lower_first
from feedback_nlp.content import read_table
from feedback_nlp.schema import DateKind, Kind, Outcome, RouteKind, Stage

_NO_DATES = frozenset({"seller", "own_mail", "survey", "other"})


def step(facts: Facts, situation: Situation, guard: Guard) -> str:
    """The next step, after the answer that has a deadline and before a date for the diary."""
    own, general = _own_step(facts, situation)
    body = guard.first(own, general)
    if situation.step in _NO_DATES and not (facts.asks and facts.about_job):
        return body
    first = _first(facts, situation)
    last = _diary(facts, body + first)
    if first and body.startswith("Nothing to do"):
        body = ""
    return (
        guard.first(
            " ".join(part for part in (first, body, last) if part),
            " ".join(part for part in (first, last) if part) or general,
            body,
        )
        or general
    )  # the step always stays


def if_then(facts: Facts, situation: Situation, guard: Guard) -> str:
    """The if-then line; empty where there is nothing to plan."""
    block = _plan_block(facts, situation)
    return guard.first(f"If {block['if']}, then I {block['then']}.") if block else ""


def _own_step(facts: Facts, situation: Situation) -> tuple[str, str]:
    """The step of the heaviest gap, or of the situation, and its general twin."""
    steps = read_table("steps")
    if situation.step != "gaps" or not facts.gaps:
        text = steps["situation"][_key(facts, situation)]
        return text, text
    gap = facts.gaps[0]
    advised = imperative(gap.quote)
    if gap.kind is Kind.ADVICE and advised and not behavior(gap):
        text = steps["advised"].replace("{do}", lower_first(advised))
        return text, steps["area"][gap.area]["step"]
    general = steps["score"]["step"] if is_score(gap) else area_block(gap)["step"]
    own = general if is_score(gap) else behavior(gap).get("step", "")
    if facts.outcome is Outcome.ADVANCED and re.search(r"next application|advert|CV\b", own or general):
        general = own = steps["situation"]["good_news_point"]
    return own, general


def _key(facts: Facts, situation: Situation) -> str:
    """The key of the situation's step, with its variant for tests and for a feedback call."""
    if situation.key == "unrelated_other" and facts.doubtful:
        return "not_sure"
    key = situation.step if situation.step != "gaps" else "kind_letter"
    tested = facts.stage is Stage.ASSESSMENT
    if tested and key in ("form", "paper_letter", "kind_letter"):
        return "form_assessment"
    if tested and key == "invitation":
        return "test"
    return "offered_phone" if key == "offered" and _by_phone(facts) else key


def _by_phone(facts: Facts) -> bool:
    offer = facts.analysis.frame.offer
    return offer is not None and offer.route is not None and offer.route.kind is RouteKind.PHONE


def _first(facts: Facts, situation: Situation) -> str:
    """What has to be done before anything else, because the mail asks for it."""
    frame = facts.analysis.frame
    if situation.step == "own_mail":
        return ""
    if facts.asks and facts.deadline:
        return " ".join([f"Answer {by_date(facts.deadline)}, before anything else.", *_more_dates(facts)])
    if facts.requested:
        by = f" {by_date(facts.deadline)}" if facts.deadline else ""
        return " ".join([f"Do what they ask{by}, and tell them.", *_more_dates(facts)])
    if facts.taken and facts.deadline:
        return " ".join([f"Answer {by_date(facts.deadline)}, before anything else.", *_more_dates(facts)])
    if facts.taken:
        return "Answer their offer today or tomorrow."
    if facts.asks:
        return "Answer their question today or tomorrow."
    window = frame.offer.route.window if frame.offer and frame.offer.route else None
    if window:
        return " ".join([f"Ask for the feedback {' '.join(window.value.split())}.", *_more_dates(facts, window.value)])
    if facts.coffee is not None:
        return " ".join(
            [
                f"Say yes to the coffee{' ' + facts.coffee if facts.coffee else ''}, and put it in the diary.",
                *_more_dates(facts, " "),
            ]
        )
    if facts.introduction:
        return " ".join(
            [
                "Answer the offer of an introduction tomorrow, and decide nothing before you have talked.",
                *_more_dates(facts, " "),
            ]
        )
    if facts.feedback_by and facts.deadline and situation.step in ("offered", "offered_phone"):
        return " ".join([f"Ask for the feedback {by_date(facts.deadline)}.", *_more_dates(facts)])
    if facts.deadline:
        return " ".join([f"Mind the deadline: {on_date(facts.deadline)}.", *_more_dates(facts)])
    offered = facts.offered and facts.outcome is not Outcome.ADVANCED
    if offered and situation.step not in ("offered", "offered_phone"):
        return "Take up their offer of feedback within a day or two."
    return ""


def _more_dates(facts: Facts, said: str = "") -> list[str]:
    """The deadlines that have not been named yet."""
    said = said or (on_date(facts.deadline) if facts.deadline else "")
    rest = [on_date(m) for m in facts.dates if m.kind is DateKind.DEADLINE and on_date(m) not in said]
    return [f"Keep in mind: {', '.join(dict.fromkeys(rest))}."] if rest else []


def _diary(facts: Facts, so_far: str) -> str:
    for kind in (DateKind.REAPPLY, DateKind.INTAKE, DateKind.NEXT_CONTACT):
        mention = facts.date(kind)
        if mention is None or on_date(mention) in so_far:
            continue
        value = re.sub(r"^(?:in|on|for|by|from) ", "", on_date(mention))
        if kind is DateKind.NEXT_CONTACT:
            return f"Put their next word in the diary: {value}."
        if facts.outcome is Outcome.REJECTED:
            other = facts.date(DateKind.INTAKE) if kind is DateKind.REAPPLY else None
            more = f", and {on_date(other)}" if other and on_date(other) not in value + so_far else ""
            return f"Put the next try in the diary: {value}{more}."
    return ""


def _plan_block(facts: Facts, situation: Situation) -> dict[str, Any]:
    steps = read_table("steps")
    if situation.step != "gaps" or not facts.gaps:
        return dict(steps["situation_if"].get(_key(facts, situation).removesuffix("_phone"), {}))
    gap = facts.gaps[0]
    own = behavior(gap)
    if not own and gap.kind is Kind.ADVICE and imperative(gap.quote):
        return {}
    if own.get("if"):
        return own
    return dict(steps["score"] if is_score(gap) else area_block(gap))
