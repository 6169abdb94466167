"""Which topics may stand in a sentence, and how (ADVICE.md §3). What fails here is left out, never bent into shape."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from feedback_nlp.advice.words import cue_pattern, has_cue
from feedback_nlp.content import read_table

LONGEST = 7  # words; in a list eight
SHORT = 12  # words of a quote inside a sentence

_PRONOUN = re.compile(
    r"\b(?:i|we|you|they|he|she|it|us|me|them|him|my|his|her|their|its|this|that|these|those|who|whom|which"
    r"|what|how|why"
    r"|where|when|there|i'm|you're|it's|we're|ours|someone|somebody|anyone|nobody|everyone|other|others|another"
    r"|candidates?)\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|be|been|has|have|had|do|does|did|will|would|can|could|should|may|might|must|shall|cannot"
    r"|came|come|went|got|felt|seemed|needs?|lacks?|lacked|took|made|gave|said|told|ran|sat|left|let|kept"
    r"|stayed|remained"
    r"|knew|saw|put|held|fell|fails?|failed|[a-z]+n't)\b",
    re.IGNORECASE,
)
_BAD_MARK = re.compile(r"[.!?;:•|<>()\[\]{}\"“”„«»*_/\\=\n\t…#@]|\s[-–—]\s|\d{4,}")
_BAD_START = re.compile(
    r"(?:to|of|in|on|at|for|with|from|by|as|than|about|into|over|under|after|before|because|if|when|while|not"
    r"|never|too"
    r"|quite|rather|very|so|just|only|also|still|even|somewhat|bit|and|or|but|how|less|fewer|far|off|out|up"
    r"|down|all|both"
    r"|take|bring|put|try|get|give|make|use|keep|read|write|add|show|tell|look|find|ask|learn|build|brush|go"
    r"|come|spend"
    r"|send|do|think|let|be|have|wait|hang|start|stop|slow|check|include|remove|prepare|consider|one|first|last"
    r"|next)\b",
    re.IGNORECASE,
)
_BAD_END = re.compile(
    r"\b(?:to|of|in|on|at|for|with|from|by|as|than|about|and|or|but|the|a|an|your|our|not|more|very|too|so|into"
    r"|yet|booked|done|sorted|finished|signed|ready|enough|either|though|anyway|really|also|now|then|again|overall|today|yesterday|here)$",
    re.IGNORECASE,
)
# "carried full responsibility" is a clause without its subject; "a picker" is somebody, not a subject
_DONE = re.compile(r"\w+ed (?:my|your|the|a|an|full|all|our|their|his|her|out|up|on|to|in)\b", re.IGNORECASE)
_SOMEBODY = re.compile(
    r"(?:an?|the|your|my|our|their|one)\s+(?:\w+(?:[^s]er|or|ist|ee)|lead|boss|colleague|customer|client|patient|love|passion)$",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(r" (?:of|to|in|for|with|on|at|and|or|from|about|under|into|between|without) ")
_COMPARISON = re.compile(
    r"^(?:someone|somebody|a candidate|another candidate|an applicant|a person|people|candidates)\s+"
    r"(?:with|who (?:has|have|had|could|can)(?: already)?(?: (?:run|led|built|done|managed|used|worked (?:with"
    r"|on|in|at)))?"
    r"|who (?:ran|led|built|managed|used|knows|knew|worked (?:with|on|in|at)))\s+",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"^(?:(?:a |the |any )?(?:lack|absence|shortage) of|lacking|missing|no|without|little|limited|insufficient"
    r"|not enough"
    r"|(?:some|any|much|a little|a bit|slightly|far|even)?\s*(?:more|deeper|stronger|greater|better|further|additional"
    r"|sufficient|enough|clearer|wider|broader|fuller|sharper|tighter)(?: of)?|some|any|such|much|a bit of|a bit more"
    r"|a little more|a little|(?:your |a |the )?(?:good |sound |solid |working |basic )?(?:knowledge"
    r"|understanding|command)"
    r" of|familiarity with|exposure to|experience (?:of|in|with))\s+",
    re.IGNORECASE,
)


@cache
def _words(key: str) -> frozenset[str]:
    return frozenset(read_table("topics")[key].split())


@dataclass(frozen=True, slots=True)
class Topic:
    """A checked topic: `page` as on the page ("your pace"), `mine` in the candidate's mouth ("my pace")."""

    page: str
    mine: str
    thought: str  # in the candidate's own thoughts: your → my, our → their


def mine(text: str) -> str:
    """The switch to the candidate's own voice: your → my, yourself → myself, our → your."""
    swaps = {
        "your": "my",
        "ur": "my",
        "yours": "mine",
        "yourself": "myself",
        "our": "your",
        "ours": "yours",
        "ourselves": "yourselves",
    }

    def swap(match: re.Match[str]) -> str:
        new = swaps[match.group().lower()]
        return new.capitalize() if match.group()[0].isupper() else new

    return re.sub(r"\b(?:yourself|yours|your|ur|ourselves|ours|our)\b", swap, text, flags=re.IGNORECASE)


def accept(topic: str, at_start: bool, names: frozenset[str]) -> Topic | None:
    """The topic if it may stand in a sentence, cleaned; None if only a slotless sentence is safe.

    `at_start`: it opens a sentence of the mail, so that its capital says nothing. `names`: words of people's names.
    """
    text = " ".join(topic.replace("’", "'").split()).strip(" ,.-–—'")
    text = _COMPARISON.sub("", text)
    stripped = _ABSENCE.sub("", _ABSENCE.sub("", text))
    at_start = at_start and stripped == text
    text = _first_members(stripped)
    words = text.split()
    if not 1 <= len(words) <= LONGEST + (1 if "," in text else 0) or len(text) > 60:
        return None
    switched = mine(text)
    own = re.sub(r"\b(?:my|your|myself|yourself|mine|yours)\b", "", switched, flags=re.IGNORECASE)
    if _PRONOUN.search(own) or _VERB.search(text) or _BAD_MARK.search(text):
        return None
    if _BAD_START.match(text) or _BAD_END.search(text) or text.count("'") > 1 or not re.match(r"[\w+]", text):
        return None
    bare = [word.lower().strip(",") for word in words]
    if _DONE.match(text) or _SOMEBODY.match(text):
        return None
    content = [word for word in bare if word not in _words("weak") and not word.isdigit()]
    if not content or all(word in _words("stop") for word in content) or any(word in names for word in bare):
        return None
    if len(words) == 1 and not _stands_alone(words[0], at_start):
        return None
    if bare[0].endswith("ly") or re.search(r"\b(?:bit|lot)\b", text.lower()):
        return None
    page = re.sub(r"\b[Uu]r\b", "your", re.sub(r"\b[Oo]ur\b", "their", _with_article(_small_start(text, at_start))))
    small = _with_article(_small_start(text, at_start))
    thought = mine(re.sub(r"\b[Oo]ur\b", "their", small))
    return Topic(page, mine(small), thought)


def _stands_alone(word: str, at_start: bool) -> bool:
    """Whether one word may be a topic: a plural, a mass noun, a tool or an acronym, not "letter"."""
    low = word.lower()
    if low.endswith(("ly", "est", "ed", "ous", "ful", "able", "ive", "ish")) or (len(word) < 3 and not word.isupper()):
        return False
    if word.isupper() or re.search(r"[A-Z0-9+#]", word[1:]) or (word[0].isupper() and not at_start):
        return True
    return low.endswith(tuple(_words("alone"))) or has_cue(word, read_table("situations")["words"]["technology"])


def _first_members(text: str) -> str:
    """A list of at most three members and eight words as it is; of a longer one the first member."""
    members = [part for part in re.split(r",\s*|\s+(?:and|or)\s+", text) if part]
    if len(members) <= 1 or (len(members) <= 3 and len(text.split()) <= 8 and ", " not in text.replace(" and ", "", 1)):
        return text
    if len(members) <= 3 and len(text.split()) <= 8:
        return text
    return members[0]


def _with_article(text: str) -> str:
    """ "the cover letter" for "cover letter": a bare singular that can be counted gets its article."""
    words = text.split()
    first = words[0].lower()
    if len(words) < 2 or first in _words("weak") or first in _words("small") or first[0].isdigit():
        return text
    head = re.split(r" (?:of|to|in|for|with|on|at|and|or|from|about|under|into|between|without) ", text, maxsplit=1)[
        0
    ].split()[-1]
    if (
        head.endswith(tuple(_words("alone")))
        or not head.islower()
        or words[0].lower().endswith("ing")
        or first in _words("bare")
    ):
        return text
    return f"the {text}"


def _small_start(text: str, at_start: bool) -> str:
    first = text.split()[0]
    if first.lower() in _words("small"):
        return text[0].lower() + text[1:]
    if not at_start or first.isupper() or not first[0].isupper() or re.search(r"[A-Z0-9+#.]", first[1:]):
        return text
    if has_cue(first, read_table("situations")["words"]["technology"]):
        return text
    return text[0].lower() + text[1:]


def technical(text: str) -> bool:
    """Whether a text names a tool of the desk, where "a small finished project" can be a proof."""
    return has_cue(text, read_table("situations")["words"]["technology"])


def short_quote(text: str) -> str:
    """A run of the quote that can head a sentence: at most twelve words of one line, or empty. It may say "you"."""
    for part in (text, *re.split(r"[,;:–—(]\s?| because | but | and ", text)):
        run = part.strip(" .")
        words = run.split()
        if 3 <= len(words) <= SHORT and len(run) <= 90 and not re.search(r"[\"“”„?!;:{}|*_<>\[\]]|\n|  ", run):
            return run
    return ""


def plain_quote(text: str) -> bool:
    """Whether a quote can stand inside a sentence of another speaker: short, one line, no first or second person."""
    if len(text.split()) > 12 or len(text) > 90 or "\n" in text or "  " in text or re.search(r"[\"“”„?!:;{}|*_]", text):
        return False
    pattern = cue_pattern(("i", "we", "me", "us", "my", "our", "you", "your", "i'm", "we're", "you're", "yourself"))
    return pattern is None or not pattern.search(text.replace("’", "'"))
