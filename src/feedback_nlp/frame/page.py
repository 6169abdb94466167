"""The page: which lines and sentences of a mail are the employer's, and where its newest message ends."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from feedback_nlp.frame.words import listed, says
from feedback_nlp.schema import AsideKind, Labels, Message, Outcome, Role, Slot, Span, Tag, Where

LONGEST_UNIT = 2_000  # characters; what is longer is no sentence, and the readers look back inside a unit
_LINE = re.compile(r"[^\r\n]+")
_MARKER = re.compile(
    r"\s*(?:-{2,}\s*(?:forwarded|original|weitergeleitete|ursprüngliche|message)\b.{0,60}"
    r"|begin forwarded message:?\s*"
    r"|(?:on|am|le|el|op|il|em|den)\s.{4,100}\s"
    r"(?:wrote|schrieb.{0,40}|a écrit|escribió|schreef.{0,40}|ha scritto|escreveu)\s*:\s*)$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\s*\*?(?:Subject|Betreff|Objet|Asunto|Onderwerp|Oggetto|Assunto|Re)\s?:\*?[ \t]+", re.IGNORECASE
)
_CHAT_HEAD = re.compile(
    r"(?:\[[^\]\n]{4,40}\]|[\d./-]{4,10},?\s[\d:.]{4,8}[^\n:]{0,6}\s[-–])\s[^\n:]{1,45}:?\s*|[^\n:]{2,70}\d[:.]\d\d[^\n]{0,8}\s*"
)
_HEAD_LINES = 8
_FROM = re.compile(r"\s*\*?(?:From|Von|De|Van|Da)\s?:\*?\s", re.IGNORECASE)
_HEADER = re.compile(
    r"\s*\*?(?:From|Sent|To|Subject|Date|Cc|Von|Gesendet|An|Betreff|Datum|De|Envoyé|À|Objet|Enviado|Para|Asunto|Van|"
    r"Verzonden|Aan|Onderwerp|Da|Inviato|A|Oggetto|Assunto)\s?:\*?\s",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence of the employer's, or a line that no sentence covers. `span` is stripped of white space."""

    span: Span
    text: str
    role: Role
    loose: bool = False  # a line outside all sentences: footer, signature, header


def _strip(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


class _Runs:
    """Spans that can be asked, in logarithmic time, whether one of them overlaps another span."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._merged: list[Span] = []
        for span in sorted(spans, key=lambda span: span.start):
            if self._merged and span.start <= self._merged[-1].end:
                last = self._merged[-1]
                self._merged[-1] = Span(last.start, max(last.end, span.end))
            else:
                self._merged.append(span)
        self._ends = [span.end for span in self._merged]

    def overlap(self, span: Span) -> bool:
        place = bisect_right(self._ends, span.start)
        return place < len(self._merged) and self._merged[place].overlaps(span)


class Page:
    """A message with its labels, as the readers of this package see it."""

    def __init__(self, message: Message, labels: Labels) -> None:
        self.message = message
        self.labels = labels
        self.text = message.text
        cut = (AsideKind.OWN_WORDS, AsideKind.QUOTE_HEADER)
        self._cut = _Runs(a.span for a in message.asides if a.kind in cut)
        self._heads = _Runs(a.span for a in message.asides if a.kind is AsideKind.QUOTE_HEADER)
        self._footers = _Runs(a.span for a in message.asides if a.kind is AsideKind.FOOTER)

    @cached_property
    def shown(self) -> str:
        """The text with blanks where the candidate's own words and the heads of quotes stand; offsets are the same."""
        pieces: list[str] = []
        at = 0
        for aside in sorted(self.message.asides, key=lambda aside: aside.span.start):
            if aside.kind in (AsideKind.OWN_WORDS, AsideKind.QUOTE_HEADER) and aside.span.start >= at:
                pieces += [self.text[at : aside.span.start], re.sub(r"[^\n]", " ", aside.span.of(self.text))]
                at = aside.span.end
        return "".join([*pieces, self.text[at:]])

    def is_cut(self, span: Span) -> bool:
        """Whether the span touches the candidate's own words or the head of a quote."""
        return self._cut.overlap(span)

    def is_footer(self, span: Span) -> bool:
        """Whether the span lies in a footer."""
        return self._footers.overlap(span)

    def _after_head(self, start: int, end: int) -> Span:
        """The words from `start` to `end`, stripped, without the name and time of a chat before them."""
        span = _strip(self.text, start, end)
        head = self._chat_heads.get(span.start)
        return _strip(self.text, head, span.end) if head is not None and head < span.end else span

    @cached_property
    def _chat_heads(self) -> dict[int, int]:
        """Start and end of each name and time of a chat ("[12/11, 19:04] Sam:", "Sam  9:41 AM")."""
        heads = [a.span for a in self.message.asides if a.kind is AsideKind.QUOTE_HEADER]
        return {span.start: span.end for span in heads if _CHAT_HEAD.fullmatch(span.of(self.text))}

    @cached_property
    def all_lines(self) -> tuple[Span, ...]:
        """Every line that is not blank, stripped."""
        found = (self._after_head(m.start(), m.end()) for m in _LINE.finditer(self.text))
        return tuple(span for span in found if span.start < span.end)

    @cached_property
    def _marks(self) -> frozenset[int]:
        """Where a line starts that opens a quoted or forwarded message, or stands in its head."""
        marks: set[int] = set()
        lines = self.all_lines
        for index, span in enumerate(lines):
            line = span.of(self.text)
            if _MARKER.match(line) or (
                _HEADER.match(line)
                and (
                    (index and lines[index - 1].start in marks)
                    or (_FROM.match(line) and index + 1 < len(lines) and _HEADER.match(lines[index + 1].of(self.text)))
                )
            ):
                marks.add(span.start)
        return frozenset(marks)

    def _is_outside(self, span: Span) -> bool:
        return span.start in self._marks or self.text[span.start] == ">" or self.is_cut(span)

    @cached_property
    def newest(self) -> Span:
        """The newest message that is the employer's: from its first line to the next head of a quote."""
        start: int | None = None
        for span in self.all_lines:
            opens = span.start in self._marks or (self._heads.overlap(span) and span.start not in self._chat_heads)
            if start is not None and opens and not self._is_answered(span):
                return Span(start, span.start)
            if start is None and not opens and not self._is_outside(span):
                start = span.start
        return Span(start or 0, len(self.text))

    def _is_answered(self, span: Span) -> bool:
        """Whether a head is followed by ``>`` lines and, below them, by lines of the newest author's own."""
        if span.of(self.text)[-1] != ":" or self._last_answer is None or span.start >= self._last_answer:
            return False
        following = next((line for line in self._after(span.start) if not self._heads.overlap(line)), None)
        return following is not None and self.text[following.start] == ">"

    def _after(self, start: int) -> Iterator[Span]:
        place = bisect_right(self._starts, start)
        return iter(self.all_lines[place : place + 8])

    @cached_property
    def _starts(self) -> list[int]:
        return [span.start for span in self.all_lines]

    @cached_property
    def _last_answer(self) -> int | None:
        """Where the last unquoted line of the text starts, if a quoted line stands above it."""
        quoted = False
        last = None
        for span in self.all_lines:
            if self.text[span.start] == ">":
                quoted = True
            elif quoted and not self.is_cut(span) and not self.is_footer(span) and span.start not in self._marks:
                last = span.start
        return last

    @cached_property
    def _quoted(self) -> _Runs:
        return _Runs(span for span in self.all_lines if self.text[span.start] == ">")

    @cached_property
    def forwarded(self) -> Span | None:
        """What follows the newest message, if a head of a forwarded message opens it."""
        rest = Span(self.newest.end, len(self.text))
        return rest if any(span.start >= rest.start and not self._is_outside(span) for span in self.all_lines) else None

    @cached_property
    def lines(self) -> tuple[Span, ...]:
        """The lines of the newest message."""
        newest = self.newest
        return tuple(span for span in self.all_lines if newest.contains(span) and not self._is_outside(span))

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The employer's sentences, then the lines that no sentence covers, in the order of the text."""
        units: list[Unit] = []
        covered: list[Span] = []
        for sentence in self.labels.sentences:
            covered.append(sentence.span)
            end = min(sentence.span.end, sentence.span.start + LONGEST_UNIT)
            span = self._after_head(sentence.span.start, end)
            if span.start < span.end and not self.is_cut(span):
                units.append(Unit(span, span.of(self.text), sentence.role))
        covered.sort(key=lambda span: span.start)
        position = 0
        for line in self.all_lines:
            while position < len(covered) and covered[position].end <= line.start:
                position += 1
            if position < len(covered) and covered[position].overlaps(line):
                continue
            line = Span(line.start, min(line.end, line.start + LONGEST_UNIT))
            if line.start not in self._marks and not self.is_cut(line):
                units.append(Unit(line, line.of(self.text), Role.OTHER, loose=True))
        return tuple(sorted(units, key=lambda unit: unit.span.start))

    @cached_property
    def sentences(self) -> tuple[Unit, ...]:
        """The employer's sentences in the newest message, footers left out."""
        newest = self.newest
        inside = [u for u in self.units if not u.loose and newest.contains(u.span) and not self.is_footer(u.span)]
        fresh = [u for u in inside if not self._quoted.overlap(u.span)]
        return tuple(fresh or inside)

    @property
    def is_elsewhere(self) -> bool:
        """Whether the mail is about something else, as far as the labels know: an alert, a survey, a lease."""
        return self.labels.tag is Tag.UNRELATED and self.labels.outcome is Outcome.UNKNOWN

    @cached_property
    def subject(self) -> tuple[str, int | None]:
        """The subject, and where it starts in the text if it was pasted there as a "Subject:" line, else None."""
        if self.message.subject:
            return self.message.subject, None
        for line in self.all_lines[:_HEAD_LINES]:
            match = _SUBJECT.match(self.text, line.start, line.end)
            if match is not None:
                return self.text[match.end() : line.end], match.end()
            if not _HEADER.match(self.text, line.start, line.end):
                break
        return "", None

    def subject_slot(self, start: int, end: int) -> Slot:
        """The words of the subject from `start` to `end`, wherever it stands."""
        subject, at = self.subject
        return header_slot(subject, start, end, Where.SUBJECT) if at is None else self.slot(at + start, at + end)

    @cached_property
    def first_person(self) -> bool:
        """Whether one person speaks: "I", "me", "my" outside quotation marks."""
        return any(
            says("people", "first_person", re.sub(r"[\"“][^\"”]{0,400}[\"”]", "", u.text)) for u in self.sentences
        )

    @cached_property
    def greets_friend(self) -> bool:
        """Whether the mail opens with a first name: "Hi Sam,", not "Dear Ms Kowalski,"."""
        line = next((line for span in self.lines if not _HEADER.match(line := span.of(self.text))), "")
        match = says("people", "greeting", line[:40])
        if match is None or match.start() > 3:
            return False
        after = line[match.end() :].split()
        return (
            bool(after)
            and after[0][:1].isupper()
            and not listed(after[0].rstrip(",.!"), "surname_title")
            and not listed(after[0].rstrip(",.!"), "not_names")
        )

    def slot(self, start: int, end: int) -> Slot:
        """The words of `text[start:end]`, white space made single."""
        span = _strip(self.text, start, end)
        return Slot(" ".join(span.of(self.text).split()), span)


def header_slot(value: str, start: int, end: int, where: Where) -> Slot:
    """A slot inside the subject or the From header."""
    span = _strip(value, start, end)
    return Slot(" ".join(span.of(value).split()), span, where)
