"""The reading in one sentence: is there something to act on, of what sort, and the one thing not to miss."""

from __future__ import annotations

import re

from feedback_nlp.advice.answers import answers
from feedback_nlp.advice.dates import by_date, on_date, when
from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.gaps import Gap, behavior
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.signs import Sign
from feedback_nlp.advice.situation import Situation
from feedback_nlp.advice.topics import short_quote
from feedback_nlp.advice.words import has_cue, join, number
from feedback_nlp.content import read_table
from feedback_nlp.schema import DateKind, DateMention, DoorKind, Kind, Outcome, RouteKind, Tag

_CORRECT = re.compile(
    r"\b(\d{1,3} (?:working |calendar )?days)\b[^.]{0,60}\b(?:correct|appeal|object|amend)", re.IGNORECASE
)
_DOORS = (
    DoorKind.OTHER_ROLE,
    DoorKind.BRANCH,
    DoorKind.OTHER_LEVEL,
    DoorKind.TALK,
    DoorKind.REAPPLY,
    DoorKind.POOL,
    DoorKind.STAY_IN_TOUCH,
)
_NOT_SURE = {"generic_advanced": "next_step", "generic_pending": "paused"}


def read(facts: Facts, situation: Situation, guard: Guard) -> str:
    """The reading, with topics where they are safe."""
    missed = miss(facts, situation)
    tail = f"; {missed}." if missed else "."
    options = [_opening(facts, situation, topics=True) + tail, _opening(facts, situation, topics=False) + tail]
    return guard.first(*options) or _opening(facts, situation, topics=False) + "."


def _opening(facts: Facts, situation: Situation, *, topics: bool) -> str:
    sorts = _sorts(facts.gaps, topics=topics) if facts.gaps else "one remark to look at"
    if situation.key == "unrelated_receipt" and facts.asks:
        return str(read_table("situations")["read"]["update"])
    if situation.key == "unrelated_other" and facts.doubtful:
        return str(read_table("situations")["read"]["not_sure"])
    if facts.analysis.labels.tag is Tag.UNRELATED and (key := _NOT_SURE.get(situation.key) or _no_sign(facts)):
        return str(read_table("situations")["read"][key])
    if situation.key in ("generic_interview_person", "generic_no_comment") and facts.analysis.frame.no_gap:
        return str(read_table("situations")["read"]["no_gap"])
    event = facts.date(DateKind.EVENT)
    if situation.key == "unrelated_invitation" and event:
        return situation.read.replace("An invitation", f"An invitation for {on_date(event)}")
    return situation.read.replace("{sorts}", sorts)


def _no_sign(facts: Facts) -> str:
    return "no" if facts.sign is Sign.REFUSED else ""


def _sorts(gaps: tuple[Gap, ...], *, topics: bool) -> str:
    """ "one skill to learn (a dispensing robot) and one habit to change". At most three sorts, the heaviest first."""
    groups: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        groups.setdefault(_words(gap), []).append(gap)
    shown = list(groups.items())[:3] if len(groups) <= 3 else list(groups.items())[:2]
    parts = [_sort(words, members, topics=topics) for words, members in shown]
    left = sum(len(members) for _, members in groups.items()) - sum(len(members) for _, members in shown)
    if left:
        parts.append(f"{number(left)} smaller {'point' if left == 1 else 'points'}")
    return join(parts)


def _name(gap: Gap) -> str:
    """What a gap is about, for brackets: its topic, or for something that was seen the name of the behavior."""
    name: str = behavior(gap).get("name", "")
    if gap.topic and gap.kind is not Kind.BEHAVIOR and not (name and gap.area == "logistics"):
        return gap.topic.page
    return "" if "mine" in name or name.startswith("my ") else name


def _words(gap: Gap) -> tuple[str, str]:
    table = read_table("situations")
    one, many = table["sort_area"].get(gap.area, {}).get(gap.kind.value) or table["sort"][gap.kind.value]
    return one, many


def _sort(words: tuple[str, str], members: list[Gap], *, topics: bool) -> str:
    text = words[0] if len(members) == 1 else words[1].replace("{n}", number(len(members)))
    named = [name for gap in members if (name := _name(gap))]
    if (
        topics
        and named
        and len(named) == len(members) <= 3
        and not any(" and " in name or "," in name for name in named[1:])
    ):
        text += f" ({join(named)})"
    return text


def _clause(facts: Facts, mention: DateMention) -> str:
    """The words of the mail around a date, to say what the day is for; empty where they do not stand alone."""
    span = mention.slot.span
    for sentence in facts.said:
        if not sentence.span.contains(span):
            continue
        for part in re.finditer(r"[^,;:–—()]+", sentence.text):
            if part.start() <= span.start - sentence.span.start < part.end():
                return short_quote(part.group().strip()) if len(part.group().split()) > 3 else ""
    return ""


def miss(facts: Facts, situation: Situation) -> str:
    """The one thing not to miss, as a clause; empty if there is none."""
    words: dict[str, str] = read_table("situations")["miss"]
    frame = facts.analysis.frame
    if (
        (situation.key == "unrelated_other" and not facts.doubtful)
        or situation.key in ("unrelated_seller", "unrelated_own_mail", "unrelated_survey")
        or situation.step == "seller"
    ):
        return ""
    listed = read_table("situations")["words"]["self_check"]
    if situation.key == "unrelated_receipt" and any(has_cue(sentence.text, listed) for sentence in facts.said):
        days = next((m[1] for s in facts.said if (m := _CORRECT.search(s.text))), "")
        return words["self_check"] + (words["self_check_days"].replace("{days}", days) if days else "")
    several = len(answers(facts, situation))
    if facts.asks and not facts.about_job:
        return ""
    if facts.asks and several > 1:
        several_words = (
            words["asks_date"].replace("{date}", by_date(facts.deadline)) if facts.deadline else words["asks"]
        )
        return several_words.replace("{n}", number(several))
    if facts.asks:
        return words["ask_date"].replace("{date}", by_date(facts.deadline)) if facts.deadline else words["ask"]
    if facts.find is not None:
        return words["find"].replace("{day}", f" on {facts.find}" if facts.find else "")
    if facts.introduction:
        return words["introduction"]
    if facts.coffee is not None:
        return words["coffee"].replace("{date}", f" {facts.coffee}" if facts.coffee else "")
    if facts.requested:
        return words["request"] + (f" {by_date(facts.deadline)}" if facts.deadline else "")
    if facts.taken:
        return (
            words["held_out_date"].replace("{date}", by_date(facts.deadline)) if facts.deadline else words["held_out"]
        )
    if facts.offered and facts.outcome is not Outcome.ADVANCED:
        window = frame.offer.route.window if frame.offer and frame.offer.route else None
        if window or facts.feedback_by:
            by = " ".join(window.value.split()) if window else by_date(facts.feedback_by) if facts.feedback_by else ""
            return words["offer_window"].replace("{window}", by)
        return words["offer"]
    if frame.route.kind is RouteKind.NO_REPLY:
        return words["no_reply"]
    for kind, key in (
        (DateKind.DEADLINE, "deadline"),
        (DateKind.REAPPLY, "reapply"),
        (DateKind.INTAKE, "reapply"),
        (DateKind.NEXT_CONTACT, "next_contact"),
    ):
        mention = facts.date(kind)
        if mention and not (kind is DateKind.REAPPLY and facts.outcome is not Outcome.REJECTED):
            text = words[key].replace("{date}", on_date(mention) if key == "deadline" else when(mention))
            clause = _clause(facts, mention) if key == "deadline" else ""
            return f"{text} (“{clause}”)" if clause else text
    if facts.outcome is Outcome.REJECTED:
        for door in _DOORS:
            if facts.has_door(door):
                return words[f"door_{door.value}"]
    if facts.praise and facts.about_candidacy:
        return words["strength"]
    return ""
