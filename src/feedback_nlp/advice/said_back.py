"""A sender's question in the candidate's mouth: a yes to a favor, a choice in brackets for what only they can know."""

from __future__ import annotations

import re

from feedback_nlp.advice.words import upper_first

LONGEST = 16  # words of a favor that is said back
LONGEST_QUOTE = 24  # words of a question that is quoted

_FAVOR = re.compile(
    r"\b(?:(?:may|can|could|shall|should) (?:i|we)|(?:would you like|do you want|want) (?:me|us) to"
    r"|(?:would|could|will) you (?:let|allow) (?:me|us)(?: to)?|(?:would|do) you mind if (?:i|we)"
    r"|(?:are you|would you be|you) (?:happy|ok|okay|fine|all right) (?:for (?:me|us) to|if (?:i|we))"
    r"|(?:is it|would it be|is that) (?:ok|okay|all right|alright|fine)(?: with you)? (?:for (?:me|us) to"
    r"|if (?:i|we))"
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
    r"(?:(?:still|also|just) )?(?:put your|put you (?:down |in touch|on )|put (?:it|them)|add|keep|hold|send"
    r"|post|mail"
    r"|e-?mail|forward|pass|share|include|store|retain|give|let you know|introduce|mention|recommend|refer|note"
    r"|copy)\b",
    re.IGNORECASE,
)
_BRACKET = re.compile(
    r"(?:put (?:you|your name) forward|submit|enter|consider|book|move|transfer|switch"
    r"|sign)\b",
    re.I,
)
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
# "You" where it is the subject of a clause of its own: "how you got on", "the days when you are free".
_YOU_DO = re.compile(
    r"\b(?P<before>how|what|when|where|whether|that|if|once|until|why|which day|which days) "
    r"(?:you|u)(?P<be>(?:'re| are)|(?:'ve| have)|(?:'d)| were)?\b",
    re.IGNORECASE,
)
_BE = {"'re": " am", " are": " am", "'ve": " have", " have": " have", "'d": " would", " were": " was", "": ""}
_REQUEST = re.compile(
    r"(?:please |kindly |just )*(?:tell|let|send|confirm|give|forward|e-?mail|drop|write|reply|ring|call|bring|fill"
    r"|complete|return|sign|choose|pick|book|provide|share|remind|check|read|have a look|take a look|mind|please)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^(?P<verb>are|do|can|could|would|will|have) (?:you|u) (?P<rest>[^?,;:()“”\"\n]{2,100})\?$", re.IGNORECASE
)
_SAID = {
    "are": "[Yes, I am {rest} / no, I am not].",
    "do": "[Yes, I {rest} / no, I do not].",
    "can": "[Yes, I can {rest} / no, I am afraid that I cannot].",
    "could": "[Yes, I could {rest} / no, I am afraid that I could not].",
    "would": "[Yes, I would {rest} / no, I would not].",
    "will": "[Yes, I will {rest} / no, I will not].",
    "have": "[Yes, I have {rest} / no, I have not].",
}
_WHEN = re.compile(
    r"^(?:when|how soon|how quickly|from when|from what date) (?:can|could|would|will|might) (?:you|u) "
    r"(?:be able to )?(?P<rest>[^?,;:()“”\"\n]{2,60})\?$",
    re.IGNORECASE,
)
_MINE = re.compile(r"^what(?: is|'s|s| are|'re) (?:your|ur) (?P<what>[^?,;:()“”\"\n]{2,50})\?$", re.IGNORECASE)
_THE = re.compile(
    r"^what(?: is|'s) the (?P<what>[^?,;:()“”\"\n]{3,40}?) you(?P<be>'d| would| could"
    r"| can)? (?P<rest>[^?,;:()“”\"\n]{2,40})\?$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:what|which) (?P<what>(?:[a-z-]+ ){0,2}[a-z-]+) (?:are|were|do|did|would|can|could|have|will) (?:you|u)\b",
    re.IGNORECASE,
)
_UNFIT = re.compile(r"\b(?:any|anything|anyone|anybody|ever|yet|or|else|i|we|he|she|they|so)\b", re.I)
_LEAD = re.compile(
    r"^(?:(?:and|also|so|but|then|oh|ok|first|firstly|secondly|finally|lastly|ps"
    r"|p\.s\.)[ ,:]+)+",
    re.I,
)
_CONFIRM = re.compile(
    r"\b(?:please|kindly|can you|could you)(?: also| kindly| please)? confirm(?: by [^,;.?!]{2,40}?)? "
    r"(?P<open>that |if |whether )?(?:you|u)(?P<rest>(?:'ll| will| can| are able to| are| wish to| would like to)"
    r" [^,;.?!\n]{3,80})",
    re.IGNORECASE,
)
_IF_COULD = re.compile(
    r"\bif you (?:could|can|would|were to)(?: please| just| also)? (?P<act>[a-z][^,;:.?!\n]{4,140})",
    re.IGNORECASE,
)
_NOT = {"will": " will not", "can": " cannot", "am": " am not", "wish": " do not", "would": " would not"}
_LONGEST_ACT = 20  # words of a request that is promised
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


def spoken(text: str) -> list[str]:
    """The questions of a request, each answered in a sentence with its choice in brackets; empty unless all can be."""
    asked = [part for part in re.findall(r"[^?.!]*\?", text) if len(part.split()) > 1]
    found = [_in_a_sentence(_LEAD.sub("", _trimmed(part)).strip()) for part in asked]
    return found if found and all(found) else []


def told(text: str) -> list[str]:
    """The answers to a wish to be told ("tell us if you are free and whether you drive"), one for each "if"."""
    if "?" in text or not _TELL.search(text):
        return []
    found = []
    for match in _WHETHER.finditer(text.replace("’", "'")):
        clause = re.match(
            r"(?:if|whether) (?:you|u)(?: (?P<be>are|would|can|could|have|will)|(?P<short>'d|'re|'ll))? (?P<rest>.+)",
            match.group().strip(),
            re.I,
        )
        if clause is None:
            found.append(f"- “{match.group().strip()}”: [yes / no]")
            continue
        verb = clause["be"] or {"'d": "would", "'re": "are", "'ll": "will"}.get(clause["short"] or "", "do")
        said = _in_a_sentence(f"{verb} you {clause['rest'].strip()}?")
        found.append(said or f"- “{match.group().strip()}”: [yes / no]")
    return found


def _in_a_sentence(question: str) -> str:
    """ "[Yes, I am free in May / no, I am not]." for "Are you free in May?"; empty where the words do not turn."""
    question = re.sub(
        r"^by the way,? |^also,? |, (?:please|by the way)(?=\?$)", "", question.replace("’", "'"), flags=re.I
    )
    match = _WHEN.match(question)
    if match and not _UNFIT.search(match["rest"]):
        return f"I could {reflected(match['rest'].strip())} [from which day]."
    match = _MINE.match(question)
    if match and not _UNFIT.search(match["what"]) and len(match["what"].split()) <= 6:
        many = re.match(r"what(?: are|'re)", question, re.IGNORECASE)
        return f"My {reflected(match['what'].strip().lower())} {'are' if many else 'is'} [your answer]."
    match = _THE.match(question)
    if match and not _UNFIT.search(f"{match['what']} {match['rest']}"):
        be = (match["be"] or "").replace("'d", " would")
        return f"The {match['what']} I{be} {reflected(match['rest'])} is [your answer]."
    match = _ABOUT.match(question)
    if match and not _UNFIT.search(match["what"]):
        return f"As for the {match['what'].lower()}, [your answer]."
    match = _ASKED.match(question)
    if match is None:
        return ""
    rest, verb = match["rest"].strip(), match["verb"].lower()
    if (
        _UNFIT.search(rest)
        or _SUBJECT.search(rest)
        or len(rest.split()) > LONGEST
        or re.match(r"(?:mind|think)\b", rest)
    ):
        return ""
    if verb in ("can", "could", "would", "will") and _REQUEST.match(rest):
        return ""
    if verb == "have" and not re.match(r"(?:got|had|a|an|the|your)\b", rest, re.IGNORECASE):
        rest = ""
    return _SAID[verb].replace(" {rest}", f" {reflected(rest)}" if rest else "")


def confirmed(text: str) -> str:
    """ "I am glad to confirm that I will attend." for "Please confirm that you will attend."; empty if nothing fits."""
    match = _CONFIRM.search(" ".join(text.replace("’", "'").split()))
    if match is None or _SUBJECT.search(match["rest"]) or re.search(r"\bor\b|\bwhether\b", match["rest"]):
        return ""
    rest = re.sub(r"^'ll ", " will ", match["rest"])
    rest = re.sub(r"^ are\b", " am", rest)
    if (match["open"] or "").strip().lower() in ("if", "whether"):
        return f"[I{reflected(rest).rstrip()} / I am afraid that I{_NOT.get(rest.split()[0].lower(), ' do not')}]."
    return f"I am glad to confirm that I{reflected(rest).rstrip()}."


def promised(text: str) -> str:
    """ "I will do the test and tell you how I got on." for "If you could do the test and tell me how you got on"."""
    match = _IF_COULD.search(" ".join(text.replace("’", "'").split()))
    if match is None or len(match["act"].split()) > _LONGEST_ACT:
        return ""
    act = _YOU_DO.sub(lambda m: f"{m['before']} \x00{_BE[(m['be'] or '').lower()]}", match["act"].strip(" ,"))
    if _SUBJECT.search(act) or re.search(r"\bor\b|[(:)]|\b(?:he|she|they)\b", act):
        return ""
    if re.match(r"(?:ever|possibly|not|have|be|say|think|only|change|choose|do anything|do one thing)\b", act, re.I):
        return ""
    return f"I will {reflected(act)}.".replace("\x00", "I")


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
