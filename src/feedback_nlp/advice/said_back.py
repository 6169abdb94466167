"""A sender's question in the candidate's mouth: a yes to a favor, a choice in brackets for what only they can know."""

from __future__ import annotations

import re

from feedback_nlp.advice.words import upper_first

LONGEST = 16  # words of a favor that is said back
LONGEST_QUOTE = 24  # words of a question that is quoted

_FAVOR = re.compile(
    r"\b(?:(?:may|can|could|shall|should) (?:i|we)|(?:would you like|do you want|want) (?:me|us) to"
    r"|(?:are you|would you be|you) (?:happy|ok|okay|fine|all right) (?:for (?:me|us) to|if (?:i|we))"
    r"|(?:is it|would it be|is that) (?:ok|okay|all right|alright|fine)(?: with you)? (?:for (?:me|us) to|if (?:i|we))"
    r"|^(?:ok|okay|happy) (?:for (?:me|us) )?to) (?P<act>[a-z][^?]{3,140})\?",
    re.IGNORECASE,
)
_OTHERS_MAY = re.compile(r"\b(?:may|can|could) (?P<who>he|she|they) (?P<act>[a-z][^?]{3,140})\?", re.IGNORECASE)
_TAIL = re.compile(
    r",? (?:if (?:you (?:like|wish|want|agree)|so|that suits you|that's ok\w*)|please|then|instead|in any case"
    r"|all the same|anyway)\.?$",
    re.IGNORECASE,
)
# What a plain yes costs nothing: a list, a paper, a name passed on.
_GIVEN = re.compile(
    r"(?:(?:still|also|just) )?(?:put your|put you (?:down |in touch|on )|put (?:it|them)|add|keep|hold|send|post|mail"
    r"|e-?mail|forward|pass|share|include|store|retain|give|let you know|introduce|mention|recommend|refer|note"
    r"|copy)\b",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"(?:put (?:you|your name) forward|submit|enter|consider|book|move|transfer|switch|sign)\b", re.I)
_REFLECT = {
    "your": "my", "yours": "mine", "yourself": "myself", "you": "me", "ur": "my",
    "my": "your", "our": "your", "mine": "yours", "me": "you", "us": "you",
}  # fmt: skip
_WORD = re.compile(r"\b(?:yourself|yours|your|you|ur|my|our|mine|me|us)\b", re.IGNORECASE)
# after "you" only what makes it an object: "put you on the list", not "the days you can do"
_SUBJECT = re.compile(
    r"\byou (?!(?:on|in|to|for|with|at|by|as|from|back|up|out|down|a|an|the|some|our|my|when|next|if|and|over|into"
    r"|forward|about|again|instead|details|this|that|one|two|more|know)\b)\w|\b(?:i|we)\b|\byou['’]",
    re.IGNORECASE,
)
_YES_NO = {
    "are": ("yes, I am", "no, I am not"),
    "were": ("yes, I was", "no, I was not"),
    "do": ("yes, I do", "no, I do not"),
    "did": ("yes, I did", "no, I did not"),
    "can": ("yes, I can", "no, I cannot"),
    "could": ("yes, I can", "no, I cannot"),
    "would": ("yes, I would", "no, I would not"),
    "will": ("yes, I will", "no, I will not"),
    "have": ("yes, I have", "no, I have not"),
}
_AUXILIARY = re.compile(
    r"^(?:(?:and|also|so|but|then|oh)[ ,]+)*(?P<verb>are|were|do|did|can|could|would|will|have) (?:you|u)\b", re.I
)
_OPEN = re.compile(r"^(?:(?:and|also|so|but|then|oh|from|by|until|for|on|at)[ ,]+)*(?:wh|how\b)", re.IGNORECASE)
_TWO = re.compile(r"^(?P<a>[^?,]{3,40}?),? or (?P<b>[^?,]{3,40})\?$", re.IGNORECASE)
_WHETHER = re.compile(
    r"\b(?:if|whether) (?P<what>[^,;.?!]{6,90}?)(?=,? and (?:if|whether)\b|[,;.?!(]|$)", re.IGNORECASE
)
_TELL = re.compile(r"\b(?:tell|let|say|confirm|reply|answer|inform|write|know)\b", re.IGNORECASE)


def reflected(text: str) -> str:
    """The words of one speaker in the other's mouth: "put you on our list" becomes "put me on your list"."""

    def swap(match: re.Match[str]) -> str:
        new = _REFLECT[match.group().lower()]
        return new.capitalize() if match.group()[0].isupper() and match.start() == 0 else new

    return _WORD.sub(swap, text)


def favor(text: str) -> str:
    """A yes to something that the sender offers to do, or both ways in brackets where a yes would bind.

    Empty where the question is something else, or where its words cannot be turned round safely.
    """
    match = _FAVOR.search(text) or _OTHERS_MAY.search(text)
    if match is None:
        return ""
    act = _TAIL.sub("", match["act"].strip(" ,"))
    if re.search(r"\bor\b|[(:;]|[.!] ", act) or len(act.split()) > LONGEST or _SUBJECT.search(act):
        return ""
    turned = reflected(act)
    who = match.groupdict().get("who")
    if who:
        return f"Yes, {who.lower()} may {turned}." if _GIVEN.match(act) else ""
    if _BRACKET.match(act):
        return f"[Yes, please {turned} / no, thank you, not this one]."
    return f"Yes, please {turned}." if _GIVEN.match(act) else ""


def question_lines(text: str) -> list[str]:
    """The questions of a request as lines to fill in: each is quoted, with the ways that it leaves open in brackets."""
    asked = [part for part in re.findall(r"[^?.!]*\?", text) if len(part.split()) > 1]
    lines = [line for part in asked if (line := _line(_trimmed(part)))]
    if not lines and _TELL.search(text):
        lines = [f"- “{match.group().strip()}”: [yes / no]" for match in _WHETHER.finditer(text)]
    return lines


def _trimmed(part: str) -> str:
    part = re.sub(r"^(?:[*•–—-]\s*|\d{1,2}[.)]\s+|(?:and|also|so|but|then)[ ,]+)+", "", part.strip(), flags=re.I)
    clauses = part.split(", ")
    while len(part.split()) > LONGEST_QUOTE and len(clauses) > 1:
        clauses = clauses[1:]
        part = ", ".join(clauses)
    return part


def _line(question: str) -> str:
    if not 2 <= len(question.split()) <= LONGEST_QUOTE or re.search(r"[“”\"„\n{}]", question):
        return ""
    return f"- “{question}” {choice_of(question)}"


def choice_of(question: str) -> str:
    """The ways that a question leaves open, in brackets."""
    if _OPEN.match(question):
        return "[your answer]"
    match = _AUXILIARY.match(question)
    if re.search(r"\bor\b", question):
        two = _TWO.match(question)
        return f"[{two['a']} / {two['b']}]" if two and not match and not _SUBJECT.search(question) else "[your choice]"
    if re.match(r"^(?:do|would) you mind\b", question, re.IGNORECASE):
        return "[not at all / I would rather you did not]"
    if match:
        yes, no = _YES_NO[match["verb"].lower()]
        return f"[{yes} / {no}]"
    return (
        "[yes / no]"
        if re.match(r"^(?:and |also )?(?:is|are|does|was|still|any|ok)\b", question, re.I)
        else "[your answer]"
    )


def as_sentence(line: str) -> str:
    """A single line as a sentence: "On “Which size?”: [your answer]." """
    match = re.match(r"- (“[^”]+”):? (\[[^\]]+\])$", line)
    return f"On {match[1]}: {match[2]}." if match else upper_first(line)
