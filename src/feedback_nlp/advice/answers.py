"""Answers to what the sender asks. What only the candidate can know stays a choice in brackets, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from feedback_nlp.advice.dates import by_date, when
from feedback_nlp.advice.facts import Facts
from feedback_nlp.advice.said_back import as_sentence, confirmed, favor, question_lines, spoken, told
from feedback_nlp.advice.situation import Situation
from feedback_nlp.advice.topics import mine
from feedback_nlp.advice.words import has_cue, lower_first, upper_first
from feedback_nlp.content import read_table
from feedback_nlp.schema import Ask, AskKind, DateKind, DateMention, Outcome, Role, SenderKind

MOST = 5  # answers in one reply

_BARE = re.compile(
    r"(?:and |so )?(?:(?:can|could|would|will) you )?(?:please |kindly |just )?(?:tell|let|answer"
    r"|reply(?: to)?|drop|write)"
    r"(?: me| us)?(?: know| yes or no| a line| back)?(?: (?:by|before|until|within|at|on) [^,;?]{1,40})?[.?!]?",
    re.IGNORECASE,
)
_PLEASE = re.compile(
    r"\b(?:would you like|do you want|shall|should|may|can|could) (?:me|us|i|we)(?: to)? (?P<a>[^?]{3,60}?),? or "
    r"(?:to |shall (?:i|we) |should (?:i|we) |would you rather )?(?P<b>[^?]{3,60})\?",
    re.IGNORECASE,
)
_PREFER = re.compile(
    r"\b(?:would you (?P<verb>prefer|rather)|do you prefer)(?: to)? (?P<a>[^?]{3,50}?),? or "
    r"(?:to )?(?P<b>[^?]{3,50})\?",
    re.IGNORECASE,
)
_SUITS = re.compile(
    r"\b(?:would|does|do|is|are) (?P<a>[^?,]{3,40}?) or (?P<b>[^?,]{3,40}?) (?:suit|work|be|better|convenient|good"
    r"|possible|best|easier)\b[^?]{0,30}\?",
    re.IGNORECASE,
)
_OPEN_TO = re.compile(
    r"\b(?:are you|would you be)(?: still| also| at all)? (?:open to|interested in|up for|keen on) "
    r"(?P<what>[^?,;.]{2,40})\?",
    re.IGNORECASE,
)
_BRING = re.compile(
    r"\bbring (?:along )?(?P<what>(?:your|an?|some|the|two|both|proof|photo)\b[^.?!;:,()\n]{2,60})", re.IGNORECASE
)
_WANTED = re.compile(
    r"\b(?:(?:send|e-?mail|forward|let) (?:me|us)(?: over| through| have)?"
    r"|(?:i|we)(?: will|'ll)?(?: also| still| just)? need)"
    r" (?P<what>(?:your|an?|the|some|two|copies|any)\b[^.?!;:,()\n]{2,50}?)"
    r"(?= if you| when you| so (?:that|i|we)| by | before | as soon|[.?!;:,(\n]|$)",
    re.IGNORECASE,
)
_PAPER = re.compile(
    r"\b(?:cv|c\.v\.|resume|résumé|details|references?|referees?|certificates?|portfolio|cop(?:y|ies)|ticket"
    r"|licen[cs]e"
    r"|transcript|passport|id|availability|number|expectations?|day rate|hourly rate|sort code|address|date of birth"
    r"|sizes?|notice period)\b",
    re.IGNORECASE,
)
_FILLED_IN = re.compile(
    r"\b(?:details|number|availability|expectations?|rate|sort code|address|date of birth|sizes?|notice)\b"
)
_NEGATED = re.compile(r"\b(?:not|never|\w+n't|forgot(?:ten)? to|failed to|without|no)\b", re.IGNORECASE)
_OTHERS = re.compile(r"\b(?:i|we|us|me|he|she|they|my|our)\b", re.IGNORECASE)
_KISS = re.compile(r" x+\b.*$")  # a kiss and the name below it
_SUBJECT = re.compile(r"\byou(?:'\w+)? (?!would like)\w", re.IGNORECASE)
_HOUR = re.compile(
    r"(?:,?\s+(?:the )?\d{1,2}(?:st|nd|rd|th)?(?=,?\s+(?:at|@)\s))?,?\s+(?:(?:at|@)\s+)?(?:noon"
    r"|\d{1,2}(?:[:.]\d\d)?(?:\s?[ap]\.?m\b\.?)?(?=[\s,.;?)]|$))",
    re.IGNORECASE,
)


def answers(facts: Facts, situation: Situation) -> list[str]:
    """One sentence for each thing that the sender asks for, in the order of the mail."""
    table = read_table("drafts")["answer"]
    if facts.asks and situation.key in ("unrelated_offer", "actionable_offer"):
        return [_decide(facts)]
    found: list[str] = []
    for ask in facts.asks[:MOST]:
        found += [text for text in _parts(ask, facts, situation) if text not in found]
    found += [text for text in _wanted(facts) if text not in found]
    found += [text for text in facts.requested if text not in found]
    found += [text for text in facts.taken if text not in found]
    words = read_table("situations")["words"]["another_job"]
    if facts.outcome is Outcome.PENDING and any(has_cue(sentence.text, words) for sentence in facts.said):
        found.append(table["another_job"])
    if facts.find is not None:
        found.append(table["find"].replace("{day}", f" on {facts.find}" if facts.find else ""))
    if facts.sender_kind is SenderKind.AGENCY and any(has_cue(s.text, table["chased_cues"]) for s in facts.said):
        found.append(table["chased"])
    if facts.introduction:
        found.append(table["introduction"])
    if facts.asks and not found:
        found.append(table["fallback"])
    lines = [text for text in found if text.startswith("- ")]
    if len(lines) == 1:
        found = [as_sentence(text) if text in lines else text for text in found]
    return found[:MOST]


def _decide(facts: Facts) -> str:
    table: dict[str, str] = read_table("drafts")["answer"]
    return (
        table["offer_decide_date"].replace("{date}", by_date(facts.deadline))
        if facts.deadline
        else table["offer_decide"]
    )


def _parts(ask: Ask, facts: Facts, situation: Situation) -> Iterator[str]:
    """The answers to one request; a wish only to be told ("please tell me by Friday") needs none of its own."""
    text = _flat(ask.slot.value)
    table = read_table("drafts")["answer"]
    times = _times(facts)
    if times and ask.kind is not AskKind.CONSENT:
        yield times
    elif given := favor(text):
        yield given
    elif sure := confirmed(text):
        yield sure
    elif choice := either(text):
        yield _with_subject(choice, ask, facts) if re.search(r"\b(?:them|it)\b", choice) else choice
    elif _WANTED.search(text) and _PAPER.search(text):
        pass
    elif not _BARE.fullmatch(text):
        if not _OPEN_TO.search(text) and (sentences := spoken(text) or told(text)):
            yield from sentences
            return
        known = _confirmed(ask, facts, situation) or _known(text, facts)
        lines = question_lines(text) if known == table["fallback"] else []
        if lines or known != table["fallback"] or "?" in text:
            yield from lines or [known]
    if facts.outcome is not Outcome.REJECTED and (brought := _brought(text)):
        yield brought
    if has_cue(text, table["needs_cues"]):
        yield table["needs"]


def either(text: str) -> str:
    """A choice in brackets for a question that leaves two ways open; empty if it leaves only one."""
    for pattern, frame in (
        (_PLEASE, "Please [{a} / {b}]."),
        (_PREFER, "I would {verb} [{a} / {b}]."),
        (_SUITS, "[{a} / {b}] would suit me."),
    ):
        match = pattern.search(text)
        if match is None:
            continue
        one, other = (_turned(match[name]) for name in ("a", "b"))
        if other in ("not", "no") or _OTHERS.search(f"{match['a']} {match['b']}"):
            break
        verb = (match.groupdict().get("verb") or "prefer").lower()
        return frame.replace("{verb}", verb).replace("{a}", one).replace("{b}", other)
    return ""


def _with_subject(choice: str, ask: Ask, facts: Facts) -> str:
    """ "About my certificates: please [return them …]": what the sentence before spoke of."""
    before = [s for s in facts.said if s.span.end <= ask.slot.span.start]
    match = re.search(r"\byour ([a-z]+)\b[^.]{0,20}\.?$", _flat(before[-1].text)) if before else None
    return f"About my {match[1]}: {lower_first(choice)}" if match else choice


def _turned(text: str) -> str:
    """What the sender says of "you", in the candidate's mouth."""
    return re.sub(r"\byou\b", "me", mine(text.strip(" ,")), flags=re.IGNORECASE)


def _times(facts: Facts) -> str:
    """ "[Thursday 14th at 10:00 / Friday 15th at 15:00] suits me." if the mail leaves the choice."""
    text = facts.analysis.message.text
    events = [mention for mention in facts.dates if mention.kind is DateKind.EVENT]
    for one, other in pairwise(events):
        between = text[one.slot.span.end : other.slot.span.start]
        if len(between) < 40 and re.search(r"\bor\b", between) and not re.search(r"[?!\n]|\.\s", between):
            choice = f"[{_with_hour(one, text)} / {_with_hour(other, text)}]"
            return str(read_table("drafts")["answer"]["times"]).replace("{times}", choice)
    return ""


def _with_hour(mention: DateMention, text: str) -> str:
    hour = _HOUR.match(text, mention.slot.span.end)
    return _flat(mention.slot.value + (hour.group().rstrip(" .,") if hour else ""))


def _confirmed(ask: Ask, facts: Facts, situation: Situation) -> str:
    """A yes to an invitation or to a next step."""
    table: dict[str, str] = read_table("drafts")["answer"]
    if ask.kind is not AskKind.CONFIRM:
        return ""
    event = facts.date(DateKind.EVENT)
    if situation.key == "unrelated_invitation" and event:
        hour = _HOUR.match(facts.analysis.message.text, event.slot.span.end)
        return table["take_part"].replace(
            "{when}", when(event) + (" " + _flat(hour.group()).strip(" .,") if hour else "")
        )
    return table["go_on"] if facts.outcome is Outcome.ADVANCED else ""


def _known(text: str, facts: Facts) -> str:
    """By the words of the question; a choice in brackets where only the candidate knows."""
    table = read_table("drafts")
    match = _OPEN_TO.search(text)
    if match and len(match["what"].split()) <= 5 and not _OTHERS.search(match["what"]):
        return str(table["answer"]["open_to"]).replace("{what}", _turned(match["what"]))
    date = by_date(facts.deadline) if facts.deadline else ""
    for block in table["answers"].values():
        if has_cue(text, block["cues"]):
            said = str(block["text"])
            kept = re.search(r"\bkeep (your [a-z]+)\b", text, re.IGNORECASE)
            if kept and "my details on file" in said:
                said = said.replace("my details on file", _turned(kept[1]))
            if re.search(r"\bor\b", text.partition("?")[0]) and not block.get("both"):
                break  # two ways are left open: only the candidate can say which
            if "{date}" not in said:
                return said
            return said.replace("{date}", date) if date else str(block["plain"])
    return str(table["answer"]["fallback_when" if re.search(r"\bwhen\b", text, re.I) else "fallback"])


def _brought(text: str) -> str:
    match = _BRING.search(text)
    if match is None:
        return ""
    what = _turned(re.sub(r" (?:with you|along)\b.*$", "", _flat(match["what"])))
    return f"I will bring {what}." if len(what.split()) <= 10 and not _OTHERS.search(match["what"]) else ""


def _wanted(facts: Facts) -> Iterator[str]:
    """Papers and details that the sender asks for anywhere in the mail."""
    kind = facts.sender_kind
    if kind in (SenderKind.MACHINE, SenderKind.SELLER, SenderKind.USER) or not facts.about_candidacy:
        return
    for sentence in facts.said:
        text = _flat(sentence.text)
        match = _WANTED.search(text)
        if match is None or sentence.role is Role.FEEDBACK or _NEGATED.search(text[: match.start()]):
            continue
        if not _PAPER.search(match["what"]):
            continue
        if _SUBJECT.search(match["what"]):
            continue
        wanted = _KISS.sub("", match["what"].strip())
        what = "my " + re.sub(r"^(?:your|an?|the|any|some)\s+", "", wanted, flags=re.IGNORECASE)
        if _OTHERS.search(match["what"]) or len(what.split()) > 9:
            continue
        if _FILLED_IN.search(what):
            yield f"{upper_first(_turned(what))}: [fill in]."
        else:
            many = re.search(r"\b(?:references|referees|certificates|copies)\b", what)
            yield f"{upper_first(_turned(what))} [{'are' if many else 'is'} attached / will follow by …]."


def wants_bank_details(facts: Facts) -> bool:
    """Whether the mail asks for something that a thief would ask for, too."""
    words = read_table("drafts")["answer"]["bank_cues"]
    return any(has_cue(sentence.text, words) for sentence in facts.said)


def _flat(text: str) -> str:
    return " ".join(text.replace("’", "'").split())
