"""Reflection prompts: three to five of different kinds, tied to a quote and to a practice with sources."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.gaps import Gap, behavior
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.instructions import is_score
from feedback_nlp.advice.situation import Situation
from feedback_nlp.advice.topics import short_quote, technical
from feedback_nlp.advice.words import choose, lower_first
from feedback_nlp.content import read_table
from feedback_nlp.schema import DoorKind, Kind, Outcome, Prompt, PromptKind, Role, Stage

MOST, FEWEST = 5, 3
ENOUGH = 4  # no spare ideas are added beyond this
SAME = 0.7  # share of words that makes two prompts one
SHORT = 3  # prompts of a form letter

_UNSEEN = frozenset(
    {Kind.HARD_REQUIREMENT, Kind.THRESHOLD, Kind.AIM, Kind.DEFECT, Kind.OPEN_CONDITION, Kind.ADVICE, Kind.COMPARISON}
)
_PRACTICED = frozenset({"technical_skills", "domain_knowledge"})  # areas whose topics can be worked on as they stand
_UNSEEN_AREAS = frozenset({"qualifications", "logistics", "experience", "application_materials"})


@dataclass(frozen=True, slots=True)
class Idea:
    """A prompt that may be taken."""

    text: str
    plain: str
    kind: PromptKind
    about: str
    source: str


def prompt(facts: Facts, situation: Situation, guard: Guard) -> tuple[Prompt, ...]:
    """Three to five prompts (fewer where there is little to think about), in the order in which they are read."""
    if situation.prompts == "none":
        return ()
    main, spare = (
        _from_gaps(facts) if situation.prompts == "gaps" and facts.gaps else (_from_list(facts, situation), [])
    )
    most = SHORT if situation.prompts in ("form", "paper_letter", "invitation") else MOST
    found: list[Prompt] = []
    for idea in (*main, *spare):
        if len(found) >= most or (len(found) >= ENOUGH and idea in spare):
            break
        text = guard.first(idea.text, idea.plain)
        if text and not any(_alike(text, other.text) for other in found):
            found.append(Prompt(text, idea.kind, idea.about, idea.source))
    return tuple(found)


def _alike(one: str, other: str) -> bool:
    """Whether two prompts begin with the same two words or share most of their words."""
    first, second = (_core(text) for text in (one, other))
    a, b = set(first), set(second)
    return first[:2] == second[:2] or one.split()[:2] == other.split()[:2] or len(a & b) > SAME * min(len(a), len(b))


def _core(text: str) -> list[str]:
    """The words of a prompt without its head ("On my pace:")."""
    core = text.split(": ", 1)[-1] if text.startswith(("On ", "With ")) else text
    return re.findall(r"[\w']+", core.lower())


def _idea(block: dict[str, Any], about: str, **slots: str) -> Idea:
    text, plain = block["text"], block.get("plain", "")
    for name, value in slots.items():
        text = text.replace(f"{{{name}}}", value) if value else text
        plain = plain.replace(f"{{{name}}}", value) if value else plain
    if "{" in text:
        text = ""
    if "{" in plain:
        plain = ""
    return Idea(text, plain, PromptKind(block["kind"]), about, block["source"])


def _from_gaps(facts: Facts) -> tuple[list[Idea], list[Idea]]:
    """Feeling first after real effort, then memory, evidence, choice, strength; spare ideas behind."""
    main: list[Idea] = []
    spare: list[Idea] = []
    if facts.outcome is Outcome.REJECTED and facts.analysis.frame.effort >= 2:
        main += _feelings(facts)[:1]
    first = next((gap for gap in facts.gaps if gap.behavior and gap.kind not in _UNSEEN), facts.gaps[0])
    others = [gap for gap in facts.gaps if gap is not first]
    main.append(_memory(first, facts))
    for gap in others[:2]:
        ideas = [_anchored(idea, gap) for idea in _evidence(gap, facts)]
        main += ideas[:1]
        spare += ideas[1:]
    if not others:
        main += _evidence(first, facts)[:1]
        spare += _evidence(first, facts)[1:]
    choices = _doors(facts) + _choice(facts.gaps[0], facts)
    main += choices[:1]
    spare += choices[1:]
    main += _strength(facts)
    main = [idea for idea in main if idea.text or idea.plain]
    return main, spare


def _feelings(facts: Facts) -> list[Idea]:
    blocks = read_table("prompts")["feeling"]["final" if facts.stage is Stage.FINAL else "rejected"]
    first = choose((0, 1), facts.seed, "feeling")
    return [_idea(blocks[index], _decision(facts)) for index in (first, 1 - first)]


def _memory(gap: Gap, facts: Facts) -> Idea:
    """What happened at that moment: the behavior's own prompt, else the quote, else the area's."""
    own = behavior(gap).get("prompt", "")
    if own:
        return Idea(_tied(own, gap), own, PromptKind.MEMORY, gap.quote, "reflect")
    block = read_table("prompts")["gap"]["moment"]
    quote = short_quote(gap.quote)
    seen = facts.stage in (Stage.INTERVIEW, Stage.FINAL, Stage.ASSESSMENT)
    if seen and gap.kind not in _UNSEEN | {Kind.MISSING} and gap.area not in _UNSEEN_AREAS and quote:
        event = facts.event if facts.met and not re.search(r"\b(?:test|exam|exercise)\b", facts.event) else ""
        return _idea(block, gap.quote, event=event, quote=quote)
    kinds = read_table("prompts")["kind"].get(gap.kind.value, [])
    if gap.kind is Kind.ADVICE:
        return _anchored(_slotted(kinds[0], gap), gap)
    blocks = [*_area(gap), *kinds]
    chosen = next((block for block in blocks if block["kind"] == "memory"), blocks[0])
    return _headed(chosen, gap)


def _tied(text: str, gap: Gap) -> str:
    """A prompt behind the words of the mail that it is about, or behind their topic."""
    quote = short_quote(gap.quote)
    if quote:
        return f"“{quote}” – {text}" if ": " in text else f"“{quote}”: {lower_first(text)}"
    return f"On {gap.topic.thought}: {lower_first(text)}" if gap.topic else text


def _evidence(gap: Gap, facts: Facts) -> list[Idea]:
    own = behavior(gap).get("prompt", "")
    found = [Idea(own, "", PromptKind.EVIDENCE, gap.quote, "reflect")] if own and len(facts.gaps) > 1 else []
    blocks = _area(gap)
    turn = choose(range(len(blocks)), facts.seed, f"evidence{gap.area}")
    rotated = blocks[turn:] + blocks[:turn]
    rotated.sort(key=lambda block: block["kind"] != "evidence")
    return found + [_slotted(block, gap) for block in rotated if block["kind"] in ("evidence", "memory", "strength")]


def _anchored(idea: Idea, gap: Gap) -> Idea:
    """A prompt that names nothing of this mail, behind the words that it is about."""
    text = idea.text or idea.plain
    named = gap.topic is not None and gap.topic.thought.lower() in text.lower()
    return idea if not text or named or "“" in text else replace(idea, text=_tied(text, gap), plain=idea.plain or text)


def _doors(facts: Facts) -> list[Idea]:
    """Whether the other post that they name is wanted for itself."""
    table = read_table("prompts")["door"]
    named = (DoorKind.OTHER_ROLE, DoorKind.BRANCH, DoorKind.OTHER_LEVEL)
    if facts.outcome is not Outcome.REJECTED:
        return []
    return [_idea(table[kind.value], _door_words(facts, kind)) for kind in named if facts.has_door(kind)][:1]


def _door_words(facts: Facts, kind: DoorKind) -> str:
    """The run of the mail that names a door, if it is one."""
    found = (door.slot for door in facts.analysis.frame.doors if door.kind is kind)
    return next((slot.value for slot in found if slot.value in facts.analysis.message.text), "")


def _choice(gap: Gap, facts: Facts) -> list[Idea]:
    table = read_table("prompts")
    if facts.outcome in (Outcome.ADVANCED, Outcome.PENDING):
        key = "good_news" if facts.outcome is Outcome.ADVANCED else "pending"
        return [_idea(block, gap.quote) for block in table["situation"][key] if block["kind"] != "strength"]
    kinds = [block for block in table["kind"].get(gap.kind.value, []) if block["kind"] == "choice"]
    blocks = [*kinds, *(block for block in _area(gap) if block["kind"] == "choice")]
    return [_slotted(block, gap) for block in blocks] + _wants(gap, facts)


def _wants(gap: Gap, facts: Facts) -> list[Idea]:
    blocks = read_table("prompts")["gap"]["want"]
    turn = choose(range(len(blocks)), facts.seed, "want")
    bare = gap.area not in _PRACTICED
    return [
        replace(idea, text=idea.plain or idea.text) if bare else idea
        for idea in (_slotted(block, gap) for block in blocks[turn:] + blocks[:turn])
    ]


def _strength(facts: Facts) -> list[Idea]:
    table = read_table("prompts")["strength"]
    if not facts.praise:
        return []
    usable = [item for item in facts.praise if item.topic] or [
        item for item in facts.praise if len(item.quote.split()) > 1
    ]
    if not usable:
        return [_idea(table["unnamed"], facts.praise[0].quote)]
    best = choose(usable, facts.seed, "praise")
    own = best.topic.thought if best.topic else ""
    quote = short_quote(best.quote)
    if not own and not quote:
        return [_idea(table["unnamed"], best.quote)]
    idea = _idea(table["repeat"], best.quote, mine=own, quote=quote)
    return [replace(idea, text=idea.plain, plain=idea.text) if quote else idea]


def _area(gap: Gap) -> list[dict[str, Any]]:
    blocks = list(read_table("prompts")["area"][gap.area])
    if gap.area == "qualifications":
        other = "first read" if gap.kind is Kind.THRESHOLD else "marks"
        blocks = [block for block in blocks if other not in block["text"]]
        if gap.kind is Kind.THRESHOLD and is_score(gap):
            blocks = [block for block in blocks if "marks" in block["text"]]
    if gap.words == "craft.technical_skills":
        blocks = [*read_table("prompts")["craft"]["technical_skills"], *blocks[:2]]
    return blocks


def _slotted(block: dict[str, Any], gap: Gap) -> Idea:
    fits = gap.topic and ("adverts" not in block["text"] or technical(gap.topic.page))
    return _idea(block, gap.quote, mine=gap.topic.thought if gap.topic and fits else "")


def _headed(block: dict[str, Any], gap: Gap) -> Idea:
    idea = _slotted(block, gap)
    if gap.topic and "{mine}" not in block["text"] and idea.text:
        return Idea(f"On {gap.topic.thought}: {lower_first(idea.text)}", idea.text, idea.kind, idea.about, idea.source)
    return idea


def _decision(facts: Facts) -> str:
    text = facts.analysis.message.text
    for role in (Role.DECISION, Role.STOCK_REASON, Role.CIRCUMSTANCE, Role.FEEDBACK):
        for sentence in facts.analysis.labels.sentences:
            if sentence.role is role:
                return sentence.span.of(text)
    return ""


def _quote_of(facts: Facts, *roles: Role) -> str:
    text = facts.analysis.message.text
    return next((s.span.of(text) for role in roles for s in facts.analysis.labels.sentences if s.role is role), "")


def _from_list(facts: Facts, situation: Situation) -> list[Idea]:
    table = read_table("prompts")
    key = situation.prompts if situation.prompts != "gaps" else "kind_letter"
    if key == "kind_letter" and facts.stage is Stage.ASSESSMENT:
        key = "assessment_letter"
    if key == "invitation" and facts.stage is Stage.ASSESSMENT:
        key = "test"
    about = {
        "employer_cause": _quote_of(facts, Role.CIRCUMSTANCE, Role.DECISION),
        "offered": _quote_of(facts, Role.FEEDBACK_OFFER, Role.DECISION),
        "good_news": _quote_of(facts, Role.DECISION, Role.STRENGTH),
        "invitation": "",
        "test": "",
    }.get(key, _quote_of(facts, Role.STOCK_REASON, Role.DECISION, Role.CIRCUMSTANCE))
    event = facts.event if facts.met else ""
    listed = [_idea(block, about, event=event) for block in table["situation"][key]]
    feeling = facts.outcome is Outcome.REJECTED and facts.analysis.frame.effort >= 2 and key != "employer_cause"
    first = _feelings(facts)[:1] if feeling and key not in ("form", "paper_letter", "invitation", "test") else []
    strengths = _strength(facts) if key not in ("form", "paper_letter", "invitation", "test") else []
    listed = [idea for idea in listed if idea.text or idea.plain]
    if strengths:
        listed = [idea for idea in listed if idea.kind is not PromptKind.STRENGTH] + strengths[:1]
    return first + listed
