"""One sentence on the sender's points, at most two of them, as a plan."""

from __future__ import annotations

import re

from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.gaps import Gap, area_block, behavior
from feedback_nlp.advice.imperatives import imperative
from feedback_nlp.advice.instructions import can_be_practiced, is_gerund, is_score
from feedback_nlp.advice.letter import Move, pick
from feedback_nlp.advice.topics import mine
from feedback_nlp.advice.words import choose, lower_first
from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    Kind,
    Outcome,
)

_FIXED = frozenset({Kind.HARD_REQUIREMENT})


def uptake(facts: Facts, voice: str) -> list[Move]:
    """One sentence on the sender's points, at most two of them, as a plan."""
    table = read_table("drafts")["uptake"]
    if not facts.gaps:
        if facts.praise and facts.unexplained:
            text = pick(facts, table["praise"], voice, "praise")
            return [Move("uptake", text, text, 4)]
        return []
    first = next((gap for gap in facts.gaps if not is_fixed(gap)), facts.gaps[0])
    if facts.outcome is Outcome.PENDING and first.kind in (Kind.HARD_REQUIREMENT, Kind.OPEN_CONDITION, Kind.MISSING):
        text = pick(facts, table["condition"], voice, "uptake")
        return [Move("uptake", text, text)]
    special = {Kind.DEFECT: "defect", Kind.AIM: "aim"}.get(first.kind, "fixed" if first.kind in _FIXED else "")
    if special:
        text = pick(facts, table[special], voice, "uptake")
        return [Move("uptake", text, text)]
    plans = _plans(facts)
    key = (
        "one"
        if len(facts.gaps) == 1 or (len(plans) == 1 and len(facts.gaps) == 1)
        else "two"
        if len(facts.gaps) == 2 and len(plans) == 2
        else "many"
    )
    block = {voice: [text for text in table[key][voice] if len(plans) > 1 or "{plan2}" not in text]}
    text = pick(facts, block, voice, "uptake").replace("{plan2}", plans[-1]).replace("{plan}", plans[0])
    bare = [text for text in table["one" if len(facts.gaps) == 1 else "many"][voice] if "{plan2}" not in text]
    plain = str(choose(bare, facts.seed, "uptake")).replace("{plan}", _plan(first, general=True))
    return [Move("uptake", text, plain)]


def is_fixed(gap: Gap) -> bool:
    """Whether only the employer could change it."""
    return gap.kind in _FIXED or (gap.area == "logistics" and gap.kind is not Kind.BEHAVIOR)


def _plans(facts: Facts) -> list[str]:
    found: list[str] = []
    for gap in sorted(facts.gaps, key=is_fixed)[:2]:
        plan = _plan(gap)
        if plan not in found and gap.kind not in (Kind.HARD_REQUIREMENT, Kind.AIM):
            found.append(plan)
    return found


def _plan(gap: Gap, *, general: bool = False) -> str:
    steps = read_table("steps")
    if is_score(gap):
        return str(steps["score"]["plan"])
    if (
        not general
        and (advised := imperative(gap.quote))
        and not re.search(r"\b(?:you|u|i|we)\b", advised, re.IGNORECASE)
    ):
        return lower_first(mine(advised))
    own = "" if general else behavior(gap).get("plan", "")
    if not own and not general and is_gerund(gap):
        return str(steps["plan_with"]["gerund"]).replace("{t}", gap.topic.mine if gap.topic else "")
    if not own and not general and gap.topic and gap.area in steps["plan_with"] and can_be_practiced(gap.topic.mine):
        key = "mine" if gap.topic.mine.startswith("my ") else gap.area
        return str(steps["plan_with"][key]).replace("{t}", gap.topic.mine)
    return str(own or area_block(gap)["plan"])
