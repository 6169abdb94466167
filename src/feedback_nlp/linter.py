"""The twenty rules that every answer passes before it is shown (ADVICE.md §10), one function each.

`lint` never changes an answer: it says what is wrong and where, and the advice falls back sentence by sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    Advice,
    Analysis,
    AsideKind,
    AskKind,
    DateKind,
    DoorKind,
    EventKind,
    Improvement,
    Outcome,
    RouteKind,
    SenderKind,
    Slot,
    Stage,
    Strength,
    Tag,
)

LONGEST_REPLY = 140  # words
LONGEST_NOTE = 200  # characters of a connection note
LONGEST_INSTRUCTION = 14  # words
LONGEST_ANSWER = 450  # words, unless the situation sets less
_NO_STEP = frozenset({"unrelated_own_mail", "unrelated_other", "unrelated_seller", "unrelated_survey"})
MOST_QUESTIONS = 2  # in the draft

_SENTENCE = re.compile(r"(?<=[.?!])\s+|\n+")
_TALK = re.compile(r"\b(?:interviews?|meet|meeting|met|visit|visited|our talk|the talk we had|talked)\b", re.IGNORECASE)
_COURTESY = re.compile(
    r"\bplease accept(?! (?:or|by|this offer|the offer))|\b(?:can't|cannot|can not|unable to) confirm\b|\bhesitate\b",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"\byes\b|\bconfirm|\byour question|\bmy answer\b|\bglad to talk|\bwill send\b|\binterested\b|\bon file\b"
    r"|\bfeedback\b|\bfill in\b|\bI will\b|\bI would like\b"
    r"|\blook forward\b|\[|\bthe introduction\b|\bread everything\b",
    re.IGNORECASE,
)
_YES = re.compile(r"(?:^|[.?!]\s)(?:Yes|No), (?:I am interested|I would|please)", re.MULTILINE)
_FAVOR = re.compile(
    r"\b(?:may|can|could|shall|should) (?:i|we|he|she|they)\b|\b(?:let|allow|want|like) (?:me|us)\b"
    r"|\bmind if (?:i|we)\b",
    re.I,
)
_HELD_OUT = re.compile(
    r"\b(?:if|whether) (?:we|i) (?:may|can|could|should|shall)\b"
    r"|\bif (?:you|u)(?:['’]?d| would)? (?:like|want|wish|prefer|care|fancy) (?:me|us) to\b",
    re.I,
)
_REQUESTED = re.compile(r"\?|\b(?:please|kindly|confirm|let (?:me|us) know)\b", re.IGNORECASE)
_WHY = re.compile(
    r"\bwhy (?:was|were|did|do|does|is|are|am|not|no|wasn't|didn't)\b|\bunfair\b|\bdisappointed that\b"
    r"|\bhowever\b|\bbut I\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"\ba (?!(?:one|once|uni|use|usual|user|euro|eu)\w*\b)(?=[aeiou][a-z]+\b)|\ban (?!(?:hour|honest|honor"
    r"|heir)\w*\b)(?=[bcdfghjklmnpqrstvwxyz][a-z]+\b)"
)
_DOUBLED = re.compile(r"\b(on|in|of|to|for|with|the|a|an|and|by|at|is|my|your|that) \1\b", re.IGNORECASE)
_BAD_END = re.compile(r"\?\.|\.\.(?!\.)|\s[,.;?](?:\s|$)|,\s*[.?]|:\s*[.?]|: [^.?:;]{0,120}: [^.?:;]{0,120}: ")
_NAME = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-Þ][\w'’-]*")
_GLAD = re.compile(
    r"\bgood news\b|\bcongratulations\b|\bfor the offer\b|\bdelighted\b|\bvery glad to hear\b"
    r"|\bpleased to hear\b|\bhappy to hear(?! from)\b",
    re.IGNORECASE,
)
_SORRY = re.compile(
    r"\bsorry to (?:hear|learn)\b|\brespect (?:the|your) decision\b|\baccept the decision\b|\bsad to\b"
    r"|\bunderstand the decision\b",
    re.IGNORECASE,
)
_ASKED_BEFORE: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("reapply", re.compile(r"from when may I apply|does your next round open", re.IGNORECASE)),
    ("openings", re.compile(r"are there other openings|do you have other openings", re.IGNORECASE)),
    ("next_contact", re.compile(r"when do you expect to know", re.IGNORECASE)),
    ("deadline", re.compile(r"by when (?:would|do) you", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach of a rule. `where` is a part of the answer (``questions[1]``), `text` the words that are refused."""

    rule: int
    message: str
    where: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    where: str
    text: str


def lint(analysis: Analysis, advice: Advice) -> list[Finding]:
    """All breaches of the twenty rules; an empty list means that the answer may be shown. No message quotes a mail."""
    return [finding for rule in _RULES for finding in rule(analysis, advice)]


# --- the parts of an answer -------------------------------------------------------------------------------------------


def _parts(advice: Advice) -> Iterator[_Part]:
    """Every text of the answer with its name; the draft as a whole."""
    for name in ("reading", "tone_line", "no_reply_reason", "connection_note", "step", "if_then"):
        text = getattr(advice, name)
        if text:
            yield _Part(name, text)
    for name in ("instructions", "questions", "prompts"):
        for index, item in enumerate(getattr(advice, name)):
            yield _Part(f"{name}[{index}]", item.text)
    for index, note in enumerate(advice.notes):
        yield _Part(f"notes[{index}]", note)
    if advice.reply:
        yield _Part("reply.body", advice.reply.body)


def _body(advice: Advice) -> str:
    return advice.reply.body if advice.reply else ""


def _own_voice(advice: Advice) -> Iterator[_Part]:
    """What is said in the candidate's own voice."""
    for part in _parts(advice):
        if part.where.startswith(("questions", "prompts", "reply", "if_then", "connection")):
            yield part


def _unquoted(text: str) -> str:
    """A text without what stands in quotation marks."""
    return re.sub(r"“[^”]*”|\"[^\"]*\"", "q", text)


def _flat(text: str) -> str:
    return " ".join(text.replace("’", "'").split())


def _mail(analysis: Analysis) -> str:
    message = analysis.message
    return f"{message.subject}\n{message.sender}\n{message.to}\n{message.text}"


def _marked(analysis: Analysis) -> tuple[Improvement | Strength, ...]:
    return (*analysis.improvements, *analysis.strengths)


def _tokens(*slots: Slot | None) -> set[str]:
    return {word.strip(".,").lower() for slot in slots if slot for word in re.findall(r"[\w'’.-]+", slot.value)}


def _names(text: str) -> Iterator[str]:
    """Words with a capital that do not open a sentence or a line, and are no common word."""
    for sentence in _SENTENCE.split(_unquoted(text)):
        for match in _NAME.finditer(sentence):
            before = sentence[: match.start()].rstrip()
            if not before or before[-1] in ":(" or match.group() in _common() or "[" in before[-2:]:
                continue
            yield match.group()


def _named(text: str) -> Iterator[tuple[str, str]]:
    """Each name of a text with its sentence, so that only the sentence has to fall back."""
    for sentence in _SENTENCE.split(text):
        for name in _names(sentence):
            yield name, sentence.strip()


# --- the rules --------------------------------------------------------------------------------------------------------


def _quotes(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    text = analysis.message.text
    flat = _flat(text)
    for index, item in enumerate(advice.prompts):
        if item.about and item.about not in text:
            yield Finding(1, "a prompt's quote is not in the mail", f"prompts[{index}]", item.text)
    for part in _parts(advice):
        for quote in re.findall(r"“([^”]+)”", part.text):
            if _flat(quote) not in flat:
                yield Finding(1, "a quotation is not in the mail", part.where, part.text)


def _invented_names(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    known = _mail(analysis).lower()
    for where, text in (("reply.body", _body(advice)), ("connection_note", advice.connection_note)):
        for name, sentence in _named(text):
            if name.lower().strip("'’-") not in known:
                yield Finding(2, "a name in the draft is not in the mail", where, sentence)


def _quoted_names(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    message, frame = analysis.message, analysis.frame
    below = [a.span for a in message.asides if a.kind in (AsideKind.OWN_WORDS, AsideKind.QUOTE_HEADER)]
    if not below:
        return
    above = "".join(c for i, c in enumerate(message.text) if not any(s.start <= i < s.end for s in below))
    known = f"{message.subject}\n{message.sender}\n{message.to}\n{above}".lower()
    own = _tokens(frame.candidate)
    for name, sentence in _named(_body(advice)):
        low = name.lower().strip("'’-")
        if low in message.text.lower() and low not in known and low not in own:
            yield Finding(3, "a name stands only below the quote line", "reply.body", sentence)


def _greeting(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    lines = [line for line in _body(advice).splitlines() if line.strip()]
    if not lines:
        return
    frame = analysis.frame
    candidate, sender = _tokens(frame.candidate), _tokens(frame.sender.name)
    greeted = {word.strip(".,").lower() for word in lines[0].split()[1:]}
    signed = {word.strip(".,").lower() for word in lines[-1].split()}
    if (greeted & candidate) - sender:
        yield Finding(4, "the greeting names the candidate", "reply.body", lines[0])
    if (signed & sender) - candidate:
        yield Finding(4, "the sign-off names the sender", "reply.body", lines[-1])


def _unproved_talk(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    labels, frame = analysis.labels, analysis.frame
    deep = {EventKind.MET, EventKind.CALLED, EventKind.PRESENTED, EventKind.TRIAL}
    if labels.stage in (Stage.INTERVIEW, Stage.FINAL) or any(event.kind in deep for event in frame.events):
        return
    if labels.outcome is Outcome.ADVANCED:
        return
    for where, text in (("reply.body", _body(advice)), ("connection_note", advice.connection_note)):
        for sentence in _SENTENCE.split(text):
            sentence = re.sub(r"\[[^\]]*\]", "", sentence)  # a choice says the sender's question back
            if _TALK.search(sentence) and not _TALK.search(" ".join(event.slot.value for event in frame.events)):
                yield Finding(5, "a talk is mentioned that the mail does not prove", where, sentence)


def _route(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    closed = analysis.frame.route.kind in (RouteKind.NO_REPLY, RouteKind.PORTAL, RouteKind.PHONE)
    if advice.reply and closed:
        yield Finding(6, "there is a draft although a mail would reach nobody", "reply")
    if advice.reply is None and not advice.no_reply_reason:
        yield Finding(6, "there is neither a draft nor a reason for none", "no_reply_reason")
    if advice.reply and advice.no_reply_reason:
        yield Finding(6, "there is a draft and a reason for none", "no_reply_reason", advice.no_reply_reason)


def _asks(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    frame = analysis.frame
    machine = frame.sender.kind in (SenderKind.MACHINE, SenderKind.SELLER)
    asks = [] if machine else [ask for ask in frame.asks if not _COURTESY.search(ask.slot.value)]
    asks = [ask for ask in asks if _REQUESTED.search(ask.slot.value)]
    if asks and advice.reply and not _ANSWERED.search(_body(advice)):
        yield Finding(7, "the draft does not answer what the sender asks", "reply.body")
    consent = any(ask.kind is AskKind.CONSENT or _FAVOR.search(ask.slot.value) for ask in asks) or bool(
        _HELD_OUT.search(analysis.message.text)
    )
    if advice.reply and _YES.search(_body(advice)) and not consent and not analysis.labels.feedback_offered:
        yield Finding(7, "the draft says yes to something that only the candidate can answer", "reply.body")
    if (analysis.labels.tag is Tag.UNRELATED and not asks) or advice.situation in _NO_STEP:
        return
    for mention in frame.dates:
        if mention.kind is DateKind.DEADLINE and _flat(mention.slot.value) not in _flat(advice.step):
            yield Finding(7, "a deadline is missing in the step", "step")


def _answered(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    frame = analysis.frame
    dates = {mention.kind for mention in frame.dates}
    doors = {door.kind for door in frame.doors}
    filled = {
        "reapply": bool(dates & {DateKind.REAPPLY, DateKind.INTAKE}),
        "openings": bool(doors & {DoorKind.OTHER_ROLE, DoorKind.OTHER_LEVEL, DoorKind.BRANCH}),
        "next_contact": DateKind.NEXT_CONTACT in dates,
        "deadline": DateKind.DEADLINE in dates,
    }
    parts = [part for part in _parts(advice) if part.where.startswith(("questions", "reply"))]
    for key, pattern in _ASKED_BEFORE:
        for part in parts:
            if filled[key] and pattern.search(part.text):
                yield Finding(8, "a question has been answered by the mail", part.where, part.text)


def _question_count(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    if _unquoted(_body(advice)).count("?") > MOST_QUESTIONS:
        yield Finding(9, "the draft asks more than two questions", "reply.body")


def _reply_length(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    if len(_body(advice).split()) > LONGEST_REPLY:
        yield Finding(10, f"the draft is longer than {LONGEST_REPLY} words", "reply.body")


@cache
def _common() -> frozenset[str]:
    return frozenset(read_table("linter")["common"].split())


@cache
def _banned() -> re.Pattern[str]:
    words: list[str] = read_table("linter")["banned"]
    return re.compile("|".join(rf"\b{re.escape(word)}" for word in words), re.IGNORECASE)


def _tone(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    mail = _mail(analysis).lower()
    for sentence in _SENTENCE.split(_body(advice)):
        match = _WHY.search(sentence)
        if match:
            yield Finding(11, "the draft argues or asks why not", "reply.body", sentence)
    for part in _parts(advice):
        text = _unquoted(part.text)
        match = _banned().search(text)
        if match and match.group().lower() not in mail:
            yield Finding(11, "a worn phrase", part.where, part.text)
        if "!" in text and analysis.labels.outcome is not Outcome.ADVANCED:
            yield Finding(11, "an exclamation mark at a no", part.where, part.text)


def _form(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    seen: set[str] = set()
    for part in _parts(advice):
        if re.search(r"[{}]", part.text):
            yield Finding(12, "a slot was not filled", part.where, part.text)
        if "  " in part.text:
            yield Finding(12, "two spaces in a row", part.where, part.text)
        if part.text in seen:
            yield Finding(12, "the same sentence twice", part.where, part.text)
        seen.add(part.text)
    starts: set[str] = set()
    for index, item in enumerate(advice.prompts):
        start = " ".join(item.text.lower().split()[:3])
        if start in starts:
            yield Finding(12, "two prompts begin alike", f"prompts[{index}]", item.text)
        starts.add(start)
    body = [s for s in _SENTENCE.split(_body(advice)) if s]
    if len(body) != len(set(body)):
        yield Finding(12, "the same sentence twice in the draft", "reply.body")


def _voice(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    text = analysis.message.text
    topics = {_flat(item.topic.of(text)).lower() for item in _marked(analysis)}
    owned = [topic for topic in topics if re.search(r"\b(?:your|yours|yourself)\b", topic)]
    for part in _own_voice(advice):
        said = re.sub(r"thank(?: you|s) for your \w+", "", _flat(_unquoted(part.text)).lower())
        if any(topic in said for topic in owned):
            yield Finding(13, "“your” means the speaker", part.where, part.text)
        elif part.where.startswith(("prompts", "if_then")) and re.search(r"\byour?\b", said):
            yield Finding(13, "a prompt says “you” to the one who asks it", part.where, part.text)


def _grammar(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    for part in _parts(advice):
        sentences = _SENTENCE.split(part.text) if part.where == "reply.body" else [part.text]
        for said in map(str.strip, sentences):  # of the draft only the sentence has to fall back
            text = _unquoted(said)
            if _ARTICLE.search(text):
                yield Finding(14, "a or an", part.where, said)
            elif _DOUBLED.search(text):
                yield Finding(14, "a word stands twice", part.where, said)
            elif _BAD_END.search(text):
                yield Finding(14, "a mark is wrong", part.where, said)
        if part.text[:1].islower():
            yield Finding(14, "a sentence begins small", part.where, part.text)


def _outcome(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    outcome = analysis.labels.outcome
    for part in _parts(advice):
        if not part.where.startswith(("reply", "reading", "tone")):
            continue
        if outcome is Outcome.REJECTED and _GLAD.search(part.text):
            yield Finding(15, "glad words at a no", part.where, part.text)
        unread = analysis.labels.tag is Tag.UNRELATED and outcome is Outcome.UNKNOWN  # its words may be a no
        if outcome is not Outcome.REJECTED and not unread and _SORRY.search(part.text):
            yield Finding(15, "words of regret without a no", part.where, part.text)


def _third_persons(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    frame, text = analysis.frame, analysis.message.text
    routes = [route for route in (frame.route, frame.offer.route if frame.offer else None) if route]
    allowed = _tokens(
        frame.sender.name, frame.sender.title, frame.sender.role, frame.sender.team, frame.candidate, frame.contact,
        frame.company, frame.role_title, frame.reference,
        *(route.person for route in routes), *(route.address for route in routes),
        *(event.slot for event in frame.events), *(door.slot for door in frame.doors),
        *(mention.slot for mention in frame.dates), *(ask.slot for ask in frame.asks),
    )  # fmt: skip
    for item in _marked(analysis):
        allowed |= {word.strip(".,").lower() for word in re.findall(r"[\w'’.-]+", item.topic.of(text))}
    for name, sentence in _named(_body(advice)):
        low = name.lower().strip("'’-")
        if low in text.lower() and low not in allowed and not name.isupper():  # "NEC" is no person
            yield Finding(16, "a third person's name in the draft", "reply.body", sentence)


def _network(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    named = analysis.frame.sender.name is not None and analysis.labels.stage in (Stage.INTERVIEW, Stage.FINAL)
    if advice.connection_note and not named:
        yield Finding(
            17, "a note to connect without a named person and a talk", "connection_note", advice.connection_note
        )
    if len(advice.connection_note) > LONGEST_NOTE:
        yield Finding(
            17, f"the note is longer than {LONGEST_NOTE} characters", "connection_note", advice.connection_note
        )
    if "linkedin" in _body(advice).lower() and not named and "linkedin" not in _mail(analysis).lower():
        yield Finding(17, "LinkedIn without a named person and a talk", "reply.body")


def _praise_as_gap(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    for index, instruction in enumerate(advice.instructions):
        evidence = analysis.improvements[instruction.about].evidence
        if any(item.evidence.contains(evidence) or evidence == item.evidence for item in analysis.strengths):
            yield Finding(18, "a strength is shown as a gap", f"instructions[{index}]", instruction.text)


def answer_words(advice: Advice) -> int:
    """Words of the whole answer."""
    return sum(len(part.text.split()) for part in _parts(advice))


def _length(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    rows = read_table("situations")["row"]
    limit = rows.get(advice.situation, {}).get("words", LONGEST_ANSWER)
    if answer_words(advice) > limit:
        yield Finding(19, f"the answer is longer than {limit} words", "length")
    for index, item in enumerate(advice.instructions):
        if len(item.text.split()) > LONGEST_INSTRUCTION:
            yield Finding(19, "an instruction is too long", f"instructions[{index}]", item.text)


def _whole(analysis: Analysis, advice: Advice) -> Iterator[Finding]:
    """Rule 20: a sentence may fall back, the answer stays."""
    if not advice.reading or not advice.reading.endswith("."):
        yield Finding(20, "the reading is missing", "reading")
    if not advice.step:
        yield Finding(20, "the step is missing", "step")
    if len(advice.questions) > 4 or len(advice.prompts) > 5:
        yield Finding(20, "there is too much of one thing", "questions" if len(advice.questions) > 4 else "prompts")


_RULES: tuple[Callable[[Analysis, Advice], Iterator[Finding]], ...] = (
    _quotes, _invented_names, _quoted_names, _greeting, _unproved_talk, _route, _asks, _answered, _question_count,
    _reply_length, _tone, _form, _voice, _grammar, _outcome, _third_persons, _network, _praise_as_gap, _length, _whole,
)  # fmt: skip
