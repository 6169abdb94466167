"""The reply as a row of moves: greeting, thanks, answers, uptake, questions, one door, sign-off. Or none, and why."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from feedback_nlp.advice.answers import answers
from feedback_nlp.advice.facts import Facts, Gap, area_block, behavior, by_date, on_date, when
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.imperatives import imperative
from feedback_nlp.advice.instructions import can_be_practiced, is_gerund, is_score
from feedback_nlp.advice.offers import times_wanted
from feedback_nlp.advice.situation import REPLY_WORDS, Situation
from feedback_nlp.advice.topics import mine
from feedback_nlp.advice.words import choose, has_cue, lower_first, upper_first, word_count
from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    AskKind,
    DateKind,
    DoorKind,
    EventKind,
    Kind,
    Outcome,
    Question,
    Register,
    Reply,
    RouteKind,
    SenderKind,
    Stage,
    Tone,
)

BUDGET = {"chat": 75, "informal": 125, "neutral": 120, "formal": 100, "warm": 125, "brief": 70}
AGENCY_BUDGET = 110
NOTE_LENGTH = 200  # characters of a connection note
IN_DRAFT = 1  # questions in the draft; the others stay on the list
LONGEST_REFERENCE = 40  # characters
YOUR_NAME = "[your name]"

_PROMISE = re.compile(r"\bI(?:'ll| will| am putting| am correcting| confirm| agree| have put)\b|^Yes,", re.MULTILINE)
_FIXED = frozenset({Kind.HARD_REQUIREMENT})
_TELEPHONE = re.compile(r"\b(?:phone|telephone|call|teams|zoom|ring)\b", re.IGNORECASE)
_IN_WRITING = re.compile(r"\b(?:e-?mail|writing|written|letter|or)\b", re.IGNORECASE)
_NO_NAME = re.compile(r"@|\d|\b(?:team|office|department|desk|secretary|hr|recruitment)\b", re.IGNORECASE)
_TEST = re.compile(r"\b(?:test|tests|exam|exercise|questionnaire|quiz)$|\btest on\b", re.IGNORECASE)
_SETTLED = re.compile(r"\bfixed\b|\bneeded on the day\b", re.IGNORECASE)  # what the uptake has taken for settled
_DOOR_ORDER = (
    DoorKind.OTHER_ROLE,
    DoorKind.BRANCH,
    DoorKind.OTHER_LEVEL,
    DoorKind.REAPPLY,
    DoorKind.POOL,
    DoorKind.TALK,
    DoorKind.STAY_IN_TOUCH,
)


@dataclass(frozen=True, slots=True)
class Move:
    """A sentence of the reply with its twin without slots. `rank`: moves of a low rank go first when words run out."""

    name: str
    text: str
    plain: str
    rank: int = 9


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply, or the reason for none."""

    reply: Reply | None
    reason: str = ""


def write(
    facts: Facts,
    situation: Situation,
    questions: tuple[Question, ...],
    tone: Tone,
    left_out: Collection[int],
    guard: Guard,
) -> Draft:
    """The reply in the sender's register or the chosen tone, or the true reason why there is none."""
    reason = _no_reply(facts, situation)
    if reason:
        return Draft(None, _reason(facts, situation, reason))
    voice = _voice(facts, tone)
    fixed = {gap.quote for gap in facts.gaps if _is_fixed(gap)}
    ordered = sorted(enumerate(questions), key=lambda pair: pair[1].about in fixed)
    asked = [item.text for number, item in ordered if number not in left_out and not _for_others(item)]
    moves = _moves(facts, situation, voice, _for_draft(facts, situation, asked), guard)
    if guard.reply_level >= 2:
        moves = [move for move in moves if move.name in ("thanks", "answer")] or moves[:1]
    body = _fit(facts, voice, moves, guard)
    return Draft(Reply(_to(facts, situation), _subject(facts), body, commitments(body)))


def _reason(facts: Facts, situation: Situation, reason: str) -> str:
    """Why there is no draft; with the first words of the call where feedback is given by telephone."""
    words: dict[str, str] = read_table("drafts")["no_reply"]
    if reason != "phone" or situation.key != "generic_feedback_offered":
        return words[reason]
    slot = facts.analysis.frame.reference
    reference = f", reference {' '.join(slot.value.split())}" if slot and len(slot.value) < LONGEST_REFERENCE else ""
    return words["phone_words"].replace("{reference}", reference)


def commitments(body: str) -> tuple[str, ...]:
    """The sentences of a reply that promise something."""
    found = re.split(r"(?<=[.?!])\s+", body)
    return tuple(" ".join(part.split()) for part in found if _PROMISE.search(part))


def _for_others(question: Question) -> bool:
    return question.to == "a mentor or a friend"


def _no_reply(facts: Facts, situation: Situation) -> str:
    route, offer = facts.analysis.frame.route.kind, facts.analysis.frame.offer
    if situation.key == "unrelated_own_mail":
        return "own_mail"
    if situation.key == "unrelated_seller":
        return "seller"
    if facts.sender_kind is SenderKind.USER:
        return "own_mail"
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
        return "not_needed"
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


def _voice(facts: Facts, tone: Tone) -> str:
    if tone is Tone.MIRROR:
        return facts.analysis.frame.register.value
    return tone.value


def _for_draft(facts: Facts, situation: Situation, asked: list[str]) -> list[str]:
    """The questions that go into the draft: one or two; none where asking is closed."""
    if situation.draft == "short" and situation.key not in (
        "generic_application_person",
        "actionable_own_workplace",
    ):
        return []
    if facts.offered and facts.unexplained and (facts.third or times_wanted(facts.said) or _by_telephone(facts)):
        return []  # the questions are for the call
    if facts.gaps and facts.gaps[0].kind is Kind.HARD_REQUIREMENT:
        asked = [text for text in asked if not _SETTLED.search(text)]
    if facts.offered and facts.unexplained:
        return asked[:1] if situation.key == "generic_feedback_offered" else []
    if facts.requested or situation.key == "generic_pending":
        return []
    if facts.introduction:
        return [*(text for text in asked[1:] if "introduction" in text), *asked][:IN_DRAFT]
    return asked[:IN_DRAFT]


def _by_telephone(facts: Facts) -> bool:
    """Whether the feedback is offered by telephone and nothing else."""
    offer = facts.analysis.frame.offer
    text = offer.slot.value if offer else ""
    return bool(_TELEPHONE.search(text)) and not _IN_WRITING.search(text)


def _moves(facts: Facts, situation: Situation, voice: str, questions: list[str], guard: Guard) -> list[Move]:
    moves = [_thanks(facts, situation, voice)]
    if (
        facts.outcome is Outcome.REJECTED and situation.draft == "full" and not facts.third
    ) or situation.key == "generic_no_comment":
        moves.append(_accept(facts, situation, voice))
    moves += _answers(facts, situation)
    moves += _uptake(facts, voice)
    moves += _questions(facts, voice, questions)
    moves += _door(facts, situation)
    return [move for move in moves if move.text or move.plain]


def _pick(facts: Facts, block: Any, voice: str, salt: str) -> str:
    return str(choose(block[voice], facts.seed, salt))


def _thanks(facts: Facts, situation: Situation, voice: str) -> Move:
    table = read_table("drafts")["thanks"]
    key = situation.thanks
    if key == "none":
        key = "news"
    if key == "passed_on_news":
        key = "news"
    if key == "frank" and facts.sender_kind is SenderKind.AGENCY:
        key = "passed_on"
    if facts.outcome is Outcome.UNKNOWN and key in ("frank", "news"):
        key = "talk" if facts.gaps else "pending"
    event = facts.event if _thankable(facts) else ""
    if facts.third:  # who has written nothing
        text = table["third_event"].replace("{event}", event) if event and facts.met else table["third"]
        return Move("thanks", text, table["third"])
    plain = _pick(facts, table[key], voice, "thanks")
    if event and f"{key}_event" in table:
        text = _pick(facts, table[f"{key}_event"], voice, "thanks").replace("{event}", event)
        if not facts.met:
            text = (
                text.replace("you again for", "you for").replace(" again for", " for").replace("once more for", "for")
            )
        return Move("thanks", text, plain)
    return Move("thanks", plain, plain)


def _thankable(facts: Facts) -> bool:
    tested = _TEST.search(facts.event) and "chance" not in facts.event  # nobody is thanked for a test
    return bool(facts.event) and not tested and facts.sender_kind is not SenderKind.AGENCY


def _accept(facts: Facts, situation: Situation, voice: str) -> Move:
    table = read_table("drafts")
    key = "accept_cause" if situation.key == "generic_employer_cause" else "accept"
    said = _thanks(facts, situation, voice).text
    fresh = [text for text in table[key][voice] if not ("decision" in text and "decision" in said)]
    text = str(choose(fresh or table[key][voice], facts.seed, "accept"))
    if not fresh:
        text = text.replace("your decision", "that").replace("the decision", "that")
    return Move("accept", text, text, 2)


def _answers(facts: Facts, situation: Situation) -> list[Move]:
    """Answers to what the sender asks, and a yes to an offer of feedback."""
    table = read_table("drafts")["answer"]
    found = [Move("answer", text, text if "[" in text else table["fallback"]) for text in answers(facts, situation)]
    found = [replace(move, plain=move.text) if not facts.asks else move for move in found]
    if facts.analysis.frame.private and facts.person and facts.about_candidacy:
        text = str(choose(table["private"], facts.seed, "private"))
        found.append(Move("answer", text, text, 6))
    if facts.coffee is not None:
        text = table["coffee"].replace("{date}", f" {facts.coffee}" if facts.coffee else "")
        found.append(Move("answer", text, table["coffee"].replace("{date}", "")))
    if facts.offered and facts.about_candidacy and not facts.taken and not any("feedback" in m.text for m in found):
        text = choose(table["offer"], facts.seed, "offer")
        offer = facts.analysis.frame.offer
        phone = offer is not None and offer.route is not None and offer.route.kind is RouteKind.PHONE
        if times_wanted(facts.said):
            text += " " + read_table("drafts")["taken_up"]["times"]
        elif phone or _by_telephone(facts):
            text += " " + table["offer_call"]
        elif situation.key == "generic_feedback_offered":
            text += " " + choose(table["offer_talk"], facts.seed, "offer_talk")
        found.append(Move("answer", text, choose(table["offer"], facts.seed, "offer")))
    if not found and situation.key in ("unrelated_offer", "actionable_offer"):
        date = f"{by_date(facts.deadline)}" if facts.deadline else ""
        text = table["offer_decide_date"].replace("{date}", date) if date else table["offer_decide"]
        found.append(Move("answer", text, text))
    contact = facts.date(DateKind.NEXT_CONTACT)
    if not found and contact and facts.outcome in (Outcome.PENDING, Outcome.ADVANCED):
        named = on_date(contact)
        soon = re.match(r"(?:in|on|by|after|before|next|within|at|this|early|later?)\b", named, re.IGNORECASE)
        span = "in" if re.match(r"the (?:first|second|latter|middle|course|week)\b", named) else "by"
        text = table["next_contact"].replace("{date}", named if soon else f"{span} {named}")
        found.append(Move("answer", text, "I look forward to hearing from you."))
    elif not found and facts.outcome is Outcome.ADVANCED and facts.about_candidacy:
        found.append(Move("door", table["next_step"], table["next_step"]))
    elif not found and situation.key == "generic_pending":
        text = choose(table["pending"], facts.seed, "pending")
        found.append(Move("answer", text, text))
    return found


def _uptake(facts: Facts, voice: str) -> list[Move]:
    """One sentence on the sender's points, at most two of them, as a plan."""
    table = read_table("drafts")["uptake"]
    if not facts.gaps:
        if facts.praise and facts.unexplained:
            text = _pick(facts, table["praise"], voice, "praise")
            return [Move("uptake", text, text, 4)]
        return []
    first = next((gap for gap in facts.gaps if not _is_fixed(gap)), facts.gaps[0])
    if facts.outcome is Outcome.PENDING and first.kind in (Kind.HARD_REQUIREMENT, Kind.OPEN_CONDITION, Kind.MISSING):
        text = _pick(facts, table["condition"], voice, "uptake")
        return [Move("uptake", text, text)]
    special = {Kind.DEFECT: "defect", Kind.AIM: "aim"}.get(first.kind, "fixed" if first.kind in _FIXED else "")
    if special:
        text = _pick(facts, table[special], voice, "uptake")
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
    text = _pick(facts, block, voice, "uptake").replace("{plan2}", plans[-1]).replace("{plan}", plans[0])
    bare = [text for text in table["one" if len(facts.gaps) == 1 else "many"][voice] if "{plan2}" not in text]
    plain = str(choose(bare, facts.seed, "uptake")).replace("{plan}", _plan(first, general=True))
    return [Move("uptake", text, plain)]


def _is_fixed(gap: Gap) -> bool:
    """Whether only the employer could change it."""
    return gap.kind in _FIXED or (gap.area == "logistics" and gap.kind is not Kind.BEHAVIOR)


def _plans(facts: Facts) -> list[str]:
    found: list[str] = []
    for gap in sorted(facts.gaps, key=_is_fixed)[:2]:
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


def _questions(facts: Facts, voice: str, questions: list[str]) -> list[Move]:
    table = read_table("drafts")["ask"]
    found: list[Move] = []
    for number, question in enumerate(questions):
        about, sentence = _parted(question)
        if number and ":" not in sentence:  # "And on my handover notes: would …"
            text = f"And on {about[7:]}: {lower_first(sentence)}" if about else f"And {lower_first(sentence)}"
            found.append(Move("question", text, text, 3))
            continue
        joined = number == 0 and ":" not in sentence and ":" not in about
        frame = _pick(facts, table["joined" if joined else "second" if number else "one"], voice, f"ask{number}")
        sentence = lower_first(sentence) if joined else sentence
        text = frame.replace("{head}", about).replace("{question}", sentence)
        found.append(Move("question", text, text, 5 if number == 0 else 3))
    person = facts.person and facts.outcome is Outcome.REJECTED and facts.about_candidacy
    asked_much = facts.stage is Stage.FINAL or voice == "formal"
    if found and person and not facts.offered and not facts.taken and asked_much:
        text = table["way_out"][voice]
        found.append(Move("way_out", text, text, 1))
    return found


def _parted(question: str) -> tuple[str, str]:
    """The head of a question (" on my pace", or nothing) and the question as a sentence of its own."""
    question = question.replace("I am putting this right today; ", "").replace("I am putting this right today. ", "")
    match = re.match(r"On ([^:?]{2,70}): (.+)$", question)
    about, asked = (f" about {match[1]}", match[2]) if match else ("", question)
    return about, upper_first(asked.replace(": ", ", ") if asked.count(": ") == 1 else asked)


def _door(facts: Facts, situation: Situation) -> list[Move]:
    """One door: the one that the mail names, else a good wish."""
    table = read_table("drafts")["door"]
    if not facts.about_candidacy or facts.outcome in (Outcome.ADVANCED, Outcome.UNKNOWN):
        return []
    if (
        facts.coffee is not None
        or facts.introduction
        or facts.taken
        or any(ask.kind is AskKind.CONSENT for ask in facts.asks)
    ):
        return []  # one door, and it has been answered
    if situation.key == "actionable_own_workplace" or facts.outcome is not Outcome.REJECTED:
        return []
    intake = facts.date(DateKind.INTAKE)
    if intake and not facts.has_door(DoorKind.REAPPLY):
        text = choose(table["reapply_date"], facts.seed, "door").replace("{when}", when(intake))
        return [Move("door", text, choose(table["reapply"], facts.seed, "door"), 4)]
    for kind in _DOOR_ORDER:
        if not facts.has_door(kind):
            continue
        mention = facts.date(DateKind.REAPPLY)
        if kind is DoorKind.REAPPLY and mention:
            text = choose(table["reapply_date"], facts.seed, "door").replace("{when}", when(mention))
            return [Move("door", text, choose(table["reapply"], facts.seed, "door"), 4)]
        text = choose(table[kind.value], facts.seed, "door")
        if kind is DoorKind.TALK and facts.offered:
            continue
        return [Move("door", text, text, 4)]
    answered = facts.asks or facts.offered
    if situation.words < REPLY_WORDS + 20 or answered or facts.analysis.frame.register is Register.CHAT:
        return []  # little mail, little answer
    text = choose(table["agency" if facts.sender_kind is SenderKind.AGENCY else "none"], facts.seed, "door")
    return [Move("door", text, text, 2)]


def _fit(facts: Facts, voice: str, moves: list[Move], guard: Guard) -> str:
    """The body within its budget of words: moves of the lowest rank go first."""
    budget = min(BUDGET[voice], REPLY_WORDS)
    if facts.sender_kind is SenderKind.AGENCY and voice not in ("chat", "brief"):
        budget = AGENCY_BUDGET
    chosen = [replace(move, text=_allowed(move, guard)) for move in moves]
    chosen = [move for move in chosen if move.text]
    while word_count(*(move.text for move in chosen)) + 8 > budget and any(move.rank < 5 for move in chosen):
        lowest = min(chosen, key=lambda move: (move.rank, -moves_index(moves, move)))
        chosen.remove(lowest)
        if not any(move.name == "question" for move in chosen):
            chosen = [move for move in chosen if move.name != "way_out"]
    return _page(facts, voice, chosen)


def moves_index(moves: list[Move], wanted: Move) -> int:
    """The place of a move in its row."""
    return next(
        (
            index
            for index, move in enumerate(moves)
            if move.name == wanted.name and wanted.text in (move.text, move.plain)
        ),
        0,
    )


def _allowed(move: Move, guard: Guard) -> str:
    if guard.reply_level >= 1:
        return guard.first(move.plain)
    return guard.first(move.text, move.plain)


def _page(facts: Facts, voice: str, moves: list[Move]) -> str:
    opening = [move.text for move in moves if move.name in ("thanks", "accept")]
    middle = [move.text for move in moves if move.name == "answer" and not move.text.startswith("- ")]
    listed = [move.text for move in moves if move.text.startswith("- ")]
    work = [move.text for move in moves if move.name in ("uptake", "question", "way_out")]
    close = [move.text for move in moves if move.name == "door"]
    short = voice in ("chat", "brief")
    paragraphs = [opening + middle + work + close] if short else [opening + middle, work, close]
    closing = _pick(facts, read_table("drafts")["closing"], voice, "closing")
    blocks = [
        _greeting(facts, voice),
        *(" ".join(part) for part in paragraphs[:1] if part),
        *(["\n".join([str(read_table("drafts")["answer"]["listed"]), *listed])] if listed else []),
        *(" ".join(part) for part in paragraphs[1:] if part),
        f"{closing}\n{facts.candidate or YOUR_NAME}",
    ]
    if voice == "chat" and not facts.candidate:
        blocks.pop()  # a text message needs no name below it
    return "\n\n".join(blocks)


def _greeting(facts: Facts, voice: str) -> str:
    table = read_table("drafts")["greeting"]
    if facts.third and not _NO_NAME.search(facts.third):
        return str(table["first"]["formal"]).replace("{name}", facts.third)
    if not facts.person or facts.third:
        return str(table["none"][voice])
    name = greeting_name(facts, voice)
    if facts.title and name.startswith(facts.title):
        return f"Dear {name},"  # no "Hi Prof."
    if facts.hello and voice in ("neutral", "informal"):
        return f"{facts.hello} {name},"
    return str(table["first"][voice]).replace("{name}", name)


def greeting_name(facts: Facts, voice: str) -> str:
    """First name to first name, printed title to title and surname, else the name as signed."""
    words = facts.person.split()
    if len(words) == 1:
        return f"{facts.title} {words[0]}" if facts.title and facts.formal_greeting else words[0]
    if facts.formal_greeting:
        return f"{facts.title} {' '.join(words[1:])}" if facts.title else facts.person
    initial = len(words[0].strip(".")) < 2
    known = facts.candidate and " " not in facts.candidate
    if initial or facts.analysis.frame.register is Register.FORMAL or (not known and voice == "formal"):
        return f"{facts.title} {words[-1]}" if facts.title else facts.person
    return words[0] if known or facts.analysis.frame.register in (Register.CHAT, Register.INFORMAL) else facts.person


def _to(facts: Facts, situation: Situation) -> str:
    """Where the reply goes; the address of an offer of feedback only where the reply takes it up."""
    frame = facts.analysis.frame
    offer = frame.offer.route if frame.offer and situation.key == "generic_feedback_offered" else None
    for route in (offer, frame.route):
        if (
            route
            and route.kind in (RouteKind.REPLY, RouteKind.THIRD_PERSON)
            and route.address
            and "@" in route.address.value
        ):
            return route.address.value
    return facts.analysis.message.sender or facts.person


def _subject(facts: Facts) -> str:
    subject = " ".join(facts.analysis.message.subject.split())
    if not subject:
        return ""
    return subject if re.match(r"re\s*:", subject, re.IGNORECASE) else f"Re: {subject}"


def connection_note(facts: Facts, guard: Guard) -> str:
    """A note of at most 200 characters, only for a named person after a real talk."""
    labels = facts.analysis.labels
    talked = facts.met and labels.stage in (Stage.INTERVIEW, Stage.FINAL)
    if not (talked and facts.person and facts.about_candidacy) or facts.sender_kind is not SenderKind.PERSON:
        return ""
    if not facts.candidate or labels.outcome is not Outcome.REJECTED:
        return ""
    table = read_table("drafts")["note"]
    name = greeting_name(facts, "neutral")
    met = any(event.slot.value == facts.event and event.kind is EventKind.MET for event in facts.analysis.frame.events)
    options = []
    for key in ("connection", "connection_plain"):
        if key == "connection" and not met:
            continue
        text = choose(table[key], facts.seed, "note")
        options.append(
            text.replace("{name}", name).replace("{event}", facts.event).replace("{candidate}", facts.candidate)
        )
    return guard.first(*(text for text in options if len(text) <= NOTE_LENGTH))
