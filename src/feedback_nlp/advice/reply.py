"""The reply as a row of moves: greeting, thanks, answers, uptake, questions, one door, sign-off. Or none, and why."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from feedback_nlp.advice.answers import answers
from feedback_nlp.advice.dates import by_date, on_date, when
from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.letter import Move, address, fit, pick, subject_line
from feedback_nlp.advice.no_reply import no_reply, reason_of
from feedback_nlp.advice.offers import times_wanted
from feedback_nlp.advice.situation import REPLY_WORDS, Situation
from feedback_nlp.advice.uptake import is_fixed, uptake
from feedback_nlp.advice.words import choose, lower_first, upper_first
from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    AskKind,
    DateKind,
    DoorKind,
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

IN_DRAFT = 1  # questions in the draft; the others stay on the list
_PROMISE = re.compile(r"\bI(?:'ll| will| am putting| am correcting| confirm| agree| have put)\b|^Yes,", re.MULTILINE)
_TELEPHONE = re.compile(r"\b(?:phone|telephone|call|teams|zoom|ring)\b", re.IGNORECASE)
_IN_WRITING = re.compile(r"\b(?:e-?mail|writing|written|letter|or)\b", re.IGNORECASE)
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
    reason = no_reply(facts, situation)
    if reason:
        return Draft(None, reason_of(facts, situation, reason))
    voice = _voice(facts, tone)
    fixed = {gap.quote for gap in facts.gaps if is_fixed(gap)}
    ordered = sorted(enumerate(questions), key=lambda pair: pair[1].about in fixed)
    asked = [item.text for number, item in ordered if number not in left_out and not _for_others(item)]
    moves = _moves(facts, situation, voice, _for_draft(facts, situation, asked), guard)
    if guard.reply_level >= 2:
        moves = [move for move in moves if move.name in ("thanks", "answer")] or moves[:1]
    body = fit(facts, voice, moves, guard)
    return Draft(Reply(address(facts, situation), subject_line(facts), body, commitments(body)))


def commitments(body: str) -> tuple[str, ...]:
    """The sentences of a reply that promise something."""
    found = re.split(r"(?<=[.?!])\s+", body)
    return tuple(" ".join(part.split()) for part in found if _PROMISE.search(part))


def _for_others(question: Question) -> bool:
    return question.to == "a mentor or a friend"


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
    moves += uptake(facts, voice)
    moves += _questions(facts, voice, questions)
    doors = _door(facts, situation)
    moves += [door for door in doors if door.rank > 2 or voice not in ("brief", "chat")]  # a mere wish is left out
    return [move for move in moves if move.text or move.plain]


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
    plain = pick(facts, table[key], voice, "thanks")
    if event and f"{key}_event" in table:
        text = pick(facts, table[f"{key}_event"], voice, "thanks").replace("{event}", event)
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
    if facts.sender_kind is SenderKind.AGENCY:
        text = text.replace("your decision", "their decision")
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
        frame = pick(facts, table["joined" if joined else "second" if number else "one"], voice, f"ask{number}")
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
