"""Follow-up questions: one a gap in order of weight, each with a choice, then one that a door invites."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.gaps import Gap, behavior
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.instructions import is_score
from feedback_nlp.advice.situation import Situation
from feedback_nlp.advice.topics import plain_quote
from feedback_nlp.advice.words import choose, has_cue, join, lower_first
from feedback_nlp.content import areas, read_table
from feedback_nlp.schema import DateKind, DoorKind, Kind, Outcome, Question, RouteKind, SenderKind, Stage, Tag

MOST = 4  # on the list
SAME = 0.3  # share of longer words that makes two questions one
MOST_GAPS = 3  # questions about gaps; the fourth place is for a door, a date or the order

_RECRUITER_LISTS = frozenset({"pending", "advanced", "offer", "offer_growth", "invitation"})
_AHEAD = frozenset({Kind.ADVICE, Kind.HARD_REQUIREMENT, Kind.OPEN_CONDITION, Kind.MISSING, Kind.THRESHOLD})
_NO_DATE = (
    "know before",
    "know by",
    "know until",
    "decide by",
    "decision by",
    "don't have a date",
    "no date",
    "no timeline",
    "cannot say when",
    "can't say when",
    "no idea when",
    "not know when",
)
_HEADED = ("On ", "For ", "At ", "In the letter")
_TEMPLATES = ("{near}", "{small}", "{large}", "{missing}", "{rungs}", "{alt1}", "{alt2}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be asked, with and without its head; `about` is a quote, an area or a door."""

    text: str
    plain: str
    about: str
    pattern: str
    gap: Gap | None = None


def ask(facts: Facts, situation: Situation, guard: Guard) -> tuple[Question, ...]:
    """Two to four questions to the one who can answer them; none where there is nothing to ask."""
    if situation.questions == "none":
        return ()
    if must_ask_others(facts, situation):
        if not facts.about_candidacy:
            return ()
        return tuple(Question(c_text, "a mentor or a friend", about) for c_text, about in _for_mentor(facts, guard))
    chosen = _chosen(facts, situation)
    found: list[Question] = []
    for item in chosen:
        text = guard.first(item.text, item.plain)
        if text and all(text != other.text for other in found):
            found.append(Question(text, addressee(facts), item.about))
    return tuple(found[:MOST])


def must_ask_others(facts: Facts, situation: Situation) -> bool:
    """Whether nobody who wrote the mail can be asked."""
    if situation.questions in ("mentor", "friend_form"):
        return True
    return (
        not facts.can_reply and facts.analysis.frame.route.kind is not RouteKind.PHONE and not _offered_elsewhere(facts)
    )


def _offered_elsewhere(facts: Facts) -> bool:
    offer = facts.analysis.frame.offer
    return offer is not None and offer.route is not None and offer.route.kind is not RouteKind.NO_REPLY


def addressee(facts: Facts) -> str:
    """Who is asked, as it stands above the question."""
    frame = facts.analysis.frame
    route = frame.offer.route if frame.offer and frame.offer.route and frame.offer.route.person else frame.route
    if route.person and route.kind is RouteKind.THIRD_PERSON:
        return route.person.value
    if facts.person:
        return facts.person
    return {SenderKind.AGENCY: "the agent", SenderKind.COLLEAGUE: "your manager"}.get(facts.sender_kind, "the employer")


def _chosen(facts: Facts, situation: Situation) -> list[Candidate]:
    questions = read_table("questions")
    told = [item["ask"] for item in questions["told"].get(situation.questions, []) if _says(facts, item["cues"])]
    own = questions["situation"].get(situation.key.removeprefix("actionable_"), {}).get("list", [])
    if situation.questions != "gaps":
        key = _list(facts, situation)
        own = _unanswered(facts, told + questions["situation"][key]["list"])
        listed = [Candidate(text, text, situation.questions, text) for text in own]
        if facts.analysis.labels.tag is Tag.ACTIONABLE:
            ahead = [c for c in _about_gaps(facts) if c.gap and c.gap.kind in _AHEAD][:1]
            return ((ahead if facts.outcome is Outcome.PENDING else []) + listed)[:MOST]
        return _with_second(facts, listed)
    gaps = _about_gaps(facts)[:MOST_GAPS]
    return _with_second(facts, gaps, [Candidate(text, text, "", text) for text in own])


def _list(facts: Facts, situation: Situation) -> str:
    """The list of questions of a situation: another one for a test, and where there is nothing to change."""
    if situation.questions.startswith("advanced") and facts.stage is Stage.ASSESSMENT:
        return "trial"
    if situation.questions == "invitation" and facts.stage is Stage.ASSESSMENT:
        return "test"
    return "final" if situation.questions == "generic_person" and facts.analysis.frame.no_gap else situation.questions


def _with_second(facts: Facts, first: list[Candidate], extra: list[Candidate] | None = None) -> list[Candidate]:
    """Add one second-line question, and fill up to two."""
    second = _second_line(facts, len(facts.gaps))
    found = (first + (extra or []))[: MOST - 1] + second[:1]
    if len(found) < 2:
        general = read_table("questions")["first_line"]
        key = (
            "agency"
            if facts.sender_kind is SenderKind.AGENCY
            else "keep"
            if facts.stage in (Stage.INTERVIEW, Stage.FINAL)
            else "general"
        )
        if (
            not facts.no_details
            and facts.outcome is not Outcome.ADVANCED
            and facts.stage is not Stage.UNKNOWN
            and facts.gaps
        ):
            found.append(Candidate(general[key], general[key], "the next time", key))
    return found


def _says(facts: Facts, cues: list[str]) -> bool:
    return any(has_cue(sentence.text, cues) for sentence in facts.said)


def _unanswered(facts: Facts, texts: list[str]) -> list[str]:
    """Leave out what the mail has answered already."""
    refused: list[tuple[bool, tuple[str, ...]]] = [
        (
            facts.date(DateKind.REAPPLY) is not None or facts.date(DateKind.INTAKE) is not None,
            ("from when", "next round", "apply again"),
        ),
        (facts.has_door(DoorKind.REAPPLY) and facts.no_details, ("from when may",)),
        (has_cue(facts.analysis.message.text, ("cancel*", "frozen", "freeze")), ("another team that is still",)),
        (_openings_named(facts), ("other openings", "other teams", "another team", "similar openings", "other roles")),
        (facts.date(DateKind.NEXT_CONTACT) is not None, ("when do you expect", "expect to know")),
        (has_cue(facts.analysis.message.text, _NO_DATE), ("when do you expect", "expect to know")),
        (facts.deadline is not None, ("by when would you", "by when do you")),
        (facts.has_door(DoorKind.REAPPLY) or facts.has_door(DoorKind.STAY_IN_TOUCH), ("advertised again",)),
        (facts.has_door(DoorKind.POOL), ("should i watch for similar",)),
    ]
    refused += [(_says(facts, block["cues"]), tuple(block["asks"])) for block in read_table("questions")["answered"]]
    return [
        text
        for text in texts
        if not any(answered and any(c in text.lower() for c in cues) for answered, cues in refused)
    ]


def _openings_named(facts: Facts) -> bool:
    return any(facts.has_door(kind) for kind in (DoorKind.OTHER_ROLE, DoorKind.OTHER_LEVEL, DoorKind.BRANCH))


def _second_line(facts: Facts, gaps: int) -> list[Candidate]:
    """Questions that a door, a date or the number of gaps invites, the best first."""
    second: dict[str, str] = read_table("questions")["second_line"]
    if facts.outcome is Outcome.ADVANCED:
        return []
    keys = [
        f"door_{kind.value}"
        for kind in (DoorKind.OTHER_ROLE, DoorKind.BRANCH, DoorKind.OTHER_LEVEL)
        if facts.has_door(kind)
    ]
    warm = facts.person and facts.analysis.frame.effort >= 2 and not facts.no_details
    if facts.date(DateKind.INTAKE):
        keys.append("format")
    if gaps >= 3:
        keys.append("order")
    if facts.introduction:
        keys.insert(0, "introduced")
    elif warm and gaps and facts.stage is Stage.FINAL:
        keys.append("introduction")
    if (
        facts.stage is Stage.APPLICATION
        and gaps
        and not facts.date(DateKind.REAPPLY)
        and not facts.has_door(DoorKind.REAPPLY)
    ):
        keys.append("timing" if any(gap.kind in (Kind.DEFECT, Kind.MISSING) for gap in facts.gaps) else "openings")
    return [Candidate(second[key], second[key], key.removeprefix("door_").replace("_", " "), key) for key in keys]


def _about_gaps(facts: Facts) -> list[Candidate]:
    """One question for each gap; a single gap may have a second one if it asks something else."""
    found: list[Candidate] = []
    used: set[str] = set()
    for gap in facts.gaps:
        item = next((c for c in gap_questions(gap, facts) if c.pattern not in used), None)
        if item is not None:
            used.add(item.pattern)
            found.append(item)
    if len(found) == 1 and found[0].gap is not None:
        first = found[0]
        spare = [
            c for c in gap_questions(found[0].gap, facts) if c.pattern not in used and not _alike(c.plain, first.plain)
        ]
        found += [replace(c, text=c.plain) for c in spare[-1:]]
    return found


def _alike(one: str, other: str) -> bool:
    """Whether two questions share so many words that they ask the same."""
    a, b = ({word.strip(",.:?;").lower() for word in text.split() if len(word) > 3} for text in (one, other))
    return len(a & b) > SAME * min(len(a), len(b))


def gap_questions(gap: Gap, facts: Facts | None = None) -> list[Candidate]:
    """The questions that fit a gap, the best first: its behavior's, its kind's, its area's own."""
    questions = read_table("questions")
    group, key = gap.words.split(".")
    words: dict[str, Any] = {**questions["area"][gap.area], **questions[group][key]}
    seed = facts.seed if facts else gap.quote
    found: list[Candidate] = []
    own = behavior(gap).get("ask", "")
    if own:
        found.append(_candidate(own, own, gap, facts))
    elif gap.behavior and facts is not None and any(_is_asked(other) for other in facts.gaps):
        return []  # a repair answers it, and the area's questions are about something else
    if gap.kind is Kind.THRESHOLD and is_score(gap):
        found += _score(gap, words, facts)
    else:
        patterns = questions["kind"][gap.kind.value]["patterns"]
        if gap.kind is Kind.HARD_REQUIREMENT and gap.area == "logistics":
            patterns = []  # a place or a pay range is not "needed by the starting date"
        turn = (
            choose((0, 1), seed, f"pattern{gap.area}")
            if gap.kind in (Kind.HARD_REQUIREMENT, Kind.LEVEL, Kind.AIM)
            else 0
        )
        for pattern in patterns[turn:] + patterns[:turn]:
            text = fill(pattern, words, gap.quote)
            if text and not _answered(text, facts):
                found.append(_candidate(text, text, gap, facts, pattern))
    asks = [] if is_score(gap) else words["ask"]
    for text, plain in zip(asks, words.get("plain", words["ask"]), strict=False):
        chosen = _slot(text, gap)
        if not _answered(plain, facts):
            found.append(_candidate(chosen or plain, plain, gap, facts, plain))
    if plain_quote(gap.quote) and len(gap.quote.split()) <= 3:
        text = questions["first_line"]["vague"].replace("{quote}", gap.quote)
        found.append(Candidate(text, text, gap.quote, "vague", gap))
    return found


def _is_asked(gap: Gap) -> bool:
    """Whether there is something to ask about a gap: not about a slip that only has to be put right."""
    return not gap.behavior or bool(behavior(gap).get("ask"))


def _answered(text: str, facts: Facts | None) -> bool:
    if facts is None:
        return False
    return not _unanswered(facts, [text]) or ("next round" in text and facts.outcome is not Outcome.REJECTED)


def _score(gap: Gap, words: dict[str, Any], facts: Facts | None) -> list[Candidate]:
    block = read_table("questions")["kind"]["threshold"]
    triple = _triple(words, gap.quote)
    if not triple:
        return []
    plain = block["score"].replace("{missing}", triple)
    test = gap.topic and has_cue(gap.topic.mine, ("test", "exercise", "assessment", "exam", "paper"))
    text = (
        block["score_named"].replace("{mine}", gap.topic.mine).replace("{missing}", triple)
        if gap.topic and test
        else plain
    )
    return [Candidate(text, plain, gap.quote, "score", gap)]


def fill(pattern: str, words: dict[str, Any], quote: str) -> str:
    """A pattern with the words of an area; empty if a word is missing or the quote has made the choice already."""
    if "{missing}" in pattern:
        triple = _triple(words, quote)
        if not triple:
            return ""
        pattern = pattern.replace("{missing}", triple)
    for slot in _TEMPLATES:
        if slot in pattern:
            value = words.get(slot.strip("{}"))
            if not value:
                return ""
            pattern = pattern.replace(slot, value)
    return pattern


def _triple(words: dict[str, Any], quote: str) -> str:
    members = words.get("missing")
    if not members:
        return ""
    if any(has_cue(quote, cues) for cues in words.get("missing_cues", [])):
        return ""
    return join(members, "or")


def _slot(text: str, gap: Gap) -> str:
    if "{mine}" not in text:
        return text
    return text.replace("{mine}", gap.topic.mine) if gap.topic else ""


def head(gap: Gap, *, plain: bool = False) -> str:
    """ "On my pace" or, without a topic, "On how I come across"."""
    name = behavior(gap).get("name")
    if name and gap.area == "logistics":  # "the permit", not "Denmark"
        return f"On {name}"
    if gap.topic and not plain:
        return f"On {gap.topic.mine}"
    return f"On {behavior(gap).get('name') or areas()[gap.area].plain}"


def _candidate(text: str, plain: str, gap: Gap, facts: Facts | None, pattern: str = "") -> Candidate:
    """With a head: the topic, or the area as soon as there are two gaps."""
    if facts is not None and facts.sender_kind is SenderKind.AGENCY:
        text, plain = _of_client(text), _of_client(plain)
    if plain.startswith(_HEADED):  # its own head: "For those who finish early, …"
        return Candidate(text, plain, gap.quote, pattern or text, gap)
    several = facts is None or len(facts.gaps) > 1
    named = gap.topic is not None and gap.topic.mine.lower() in text.lower()
    headed = f"{head(gap, plain=True)}: {lower_first(_without_colon(plain))}"
    bare = plain if not several or plain.startswith("I am ") else headed
    if named or (gap.topic is None and not several):
        full = text
    else:
        full = text if text.startswith("I am ") else f"{head(gap)}: {lower_first(_without_colon(text))}"
    return Candidate(full, bare if plain else full, gap.quote, pattern or text, gap)


def _without_colon(text: str) -> str:
    """A question whose choice follows a comma, for behind a head that ends in a colon."""
    return text.replace(": ", ", ") if text.count(": ") == 1 else text


def _of_client(text: str) -> str:
    """A question to an agent is about the client: "do you look for" becomes "do they look for"."""
    for before, after in read_table("questions")["client"]["swaps"]:
        text = text.replace(before, after)
    return text


def _for_mentor(facts: Facts, guard: Guard) -> list[tuple[str, str]]:
    questions = read_table("questions")
    found: list[tuple[str, str]] = []
    for gap in facts.gaps[:2]:
        group, key = gap.words.split(".")
        options = {**questions["area"][gap.area], **questions[group][key]}["mentor"]
        fresh = [text for text in options if not any(text.lower() in line.lower() for line, _ in found)]
        for text in fresh[: 2 if len(facts.gaps) == 1 else 1]:
            named = f"{head(gap)}: {lower_first(text)}" if gap.topic or len(facts.gaps) > 1 else text
            line = guard.first(named, text)
            if line:
                found.append((line, gap.quote))
    if not facts.gaps:
        key = (
            "form"
            if facts.stage in (Stage.APPLICATION, Stage.UNKNOWN)
            else "assessment"
            if facts.stage is Stage.ASSESSMENT
            else "interview"
        )
        found = [
            (text, "your papers" if key == "form" else "the next time")
            for text in questions["friend"][key]
            if guard.allows(text)
        ]
        found = found[: 2 if key == "form" else 3]
    return found[:MOST]
