"""Which parts of a mail's text do not count as the employer's words.

`find_asides` never cuts: it returns spans. It reads the text line by line, groups the lines by the author that the
quote headers give them (`quotes`), decides for each group whether the candidate wrote it (`people`), and looks for
signatures and footers at the end of what is left. What nothing proves stays as it is: silence beats a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedback_nlp.mail.people import Person, greeted, person, same, signed
from feedback_nlp.mail.quotes import Header, HeaderKind, Line, Segment, find_headers, split_lines, split_segments
from feedback_nlp.mail.trailers import footer_lines, signature_lines
from feedback_nlp.mail.words import words
from feedback_nlp.schema import Aside, AsideKind, Span

_VOICE_CHARACTERS = 6_000  # the beginning of a part shows who speaks
_VOICE_SEGMENTS = 60  # a mail of more parts than this is not read for voices beyond them
_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me)\b")


@dataclass(frozen=True, slots=True)
class _Voice:
    """How often a part speaks as a candidate and as an employer, and whom it greets and who signs it."""

    candidate: int
    own: int  # those of `candidate` that nobody else says: "my application"
    employer: int
    greeted: Person
    signed: Person


def find_asides(text: str, depths: tuple[int, ...] = (), sender: str = "", to: str = "") -> tuple[Aside, ...]:
    """The asides of `text`, in order, without overlap, never all of its words. Linear in the length of `text`.

    `depths` are the quote levels that HTML gives to the lines; `sender` and `to` the headers of the mail.
    """
    lines = split_lines(text, depths)
    headers = find_headers(lines)
    segments = split_segments(lines, headers)
    kinds: dict[int, AsideKind] = {}
    columns: dict[int, int] = {}  # lines that only their end is set aside of
    for header in headers:
        for number in range(header.first, header.last + 1):
            kinds[number] = AsideKind.QUOTE_HEADER
    own = _own_segments(lines, segments, sender, to)
    for segment in segments:
        if id(segment) in own:
            kinds.update(dict.fromkeys(segment.lines, AsideKind.OWN_WORDS))
            continue
        _mark_trailers(lines, segment, kinds, columns)
    for number, line in enumerate(lines):
        if not line.words and line.end > line.start:
            kinds.setdefault(number, AsideKind.QUOTE_HEADER)
    return _spans(lines, _spare(lines, kinds, columns), columns)


def first_header(text: str) -> Header | None:
    """The header block that a copied mail begins with ("From: … Sent: … Subject: …"), or None."""
    lines = split_lines(text[:8_000])
    number = next((number for number, line in enumerate(lines) if line.words), 0)
    header = next(iter(find_headers(lines[: number + 24])), None)
    if header is None or header.first != number or header.depth or header.kind is HeaderKind.ATTRIBUTION:
        return None
    return header


# --- whose words ------------------------------------------------------------------------------------------------------


def _own_segments(lines: list[Line], segments: list[Segment], sender: str, to: str) -> set[int]:
    """The identities (`id`) of the segments that the candidate wrote."""
    spoken = [segment for segment in segments if any(lines[number].words for number in segment.lines)]
    if len(spoken) < 2:
        return set()
    newest, rest = spoken[0], spoken[1:]
    voices = {id(segment): _voice(lines, segment) for segment in spoken[:_VOICE_SEGMENTS]}
    voice = voices[id(newest)]
    header = newest.header
    author = _join(person(header.author if header else sender), voice.signed)
    addressee = _join(_single(header.to if header else to), voice.greeted)
    if newest.nesting == 0 and _by_candidate(voice, author, rest, voices):
        own = {id(newest)}
        for segment in rest:
            if segment.nesting == 0 and segment.header and same(person(segment.header.author), author):
                own.add(id(segment))
        return own
    return _quoted_candidate(lines, rest, voices, author, addressee, bool(voice.greeted))


def _by_candidate(voice: _Voice, author: Person, rest: list[Segment], voices: dict[int, _Voice]) -> bool:
    """Whether the newest mail is the candidate's own, with the employer quoted below."""
    for segment in rest:
        below = voices.get(id(segment))
        if below is None or below.employer <= below.candidate:
            continue
        if segment.header and author and same(person(segment.header.author), author):
            continue
        if voice.candidate > voice.employer:
            return True
        if voice.employer == 0 and below.greeted and same(below.greeted, author) and below.employer >= 2:
            return True
    return False


def _quoted_candidate(
    lines: list[Line],
    rest: list[Segment],
    voices: dict[int, _Voice],
    author: Person,
    addressee: Person,
    by_name: bool,
) -> set[int]:
    """The quoted parts by the candidate, when the newest mail is the employer's or nobody's."""
    own: set[int] = set()
    known = addressee
    for _ in range(2):  # what the first round proves (an address) can prove more in the second
        for segment in rest:
            voice = voices.get(id(segment))
            if voice is None or id(segment) in own:
                continue
            if segment.nesting == 0 and segment.header:
                writer = person(segment.header.author)
                answered = segment.header.kind is HeaderKind.ATTRIBUTION and not (author and same(writer, author))
                if _wrote(segment.header, writer, voice, author, known, by_name) or (
                    answered and _asked(lines, segment, voice, author, known)
                ):
                    own.add(id(segment))
                    known = _join(known, writer) if not segment.header.you else known
            elif segment.header is None and segment.nesting == 1 and _asked(lines, segment, voice, author, known):
                own.add(id(segment))
    return own


def _wrote(header: Header, writer: Person, voice: _Voice, author: Person, candidate: Person, by_name: bool) -> bool:
    """Whether the candidate wrote the part under `header`.

    `by_name`: the newest mail names the candidate in its text; a To header alone may name the employer, when the
    newest mail is the candidate's.
    """
    if header.you:
        return True
    if voice.employer >= 2 and voice.candidate == 0:
        return False
    if writer and candidate and same(writer, candidate):
        return not same(writer, author) and voice.employer - voice.candidate < (2 if by_name else 1)
    if header.kind is HeaderKind.FORWARD or voice.employer or (writer and author and same(writer, author)):
        return False
    if writer and candidate:  # somebody else, unless it is a nickname: then the words must show it
        return voice.own >= 1 and voice.candidate >= 2
    to_author = bool(voice.greeted and author and same(voice.greeted, author))
    if to_author and voice.candidate >= 1:
        return True
    return bool(voice.signed and candidate and same(voice.signed, candidate)) or voice.candidate >= 2


def _asked(lines: list[Line], segment: Segment, voice: _Voice, author: Person, candidate: Person) -> bool:
    """Whether ``>`` lines without a header are the candidate's: signed or addressed so, or answered inline."""
    if voice.employer:
        return False
    if voice.signed and candidate and same(voice.signed, candidate):
        return True
    if voice.greeted and author and same(voice.greeted, author):
        return True
    runs: list[list[str]] = []
    before = -2
    for number in segment.lines:
        if number != before + 1:
            runs.append([])
        runs[-1].append(lines[number].words.lower())
        before = number
    spoken = [run for run in (" ".join(words).strip() for words in runs) if run]
    asking = sum(any(_FIRST_PERSON.search(sentence) for sentence in _questions(run)) for run in spoken)
    return 2 * asking >= len(spoken) and (asking >= 2 or voice.candidate >= 1 or (asking == 1 and len(spoken) == 1))


def _questions(run: str) -> list[str]:
    """The sentences of a text that end with a question mark."""
    return [question.replace("!", ".").rpartition(".")[2] for question in run[:_VOICE_CHARACTERS].split("?")[:-1]]


def _voice(lines: list[Line], segment: Segment) -> _Voice:
    """See `_Voice`."""
    spoken = [lines[number].words for number in segment.lines if lines[number].words]
    low = " ".join(spoken[:200])[:_VOICE_CHARACTERS].lower().replace("’", "'")
    table = words()
    said = [phrase for phrase in table.candidate if phrase in low]
    return _Voice(
        len(said),
        sum(phrase.startswith(("my ", "i ", "i'm ")) or " my" in phrase for phrase in said),
        sum(phrase in low for phrase in table.employer),
        greeted(spoken),
        signed(spoken[-40:]),
    )


def _join(one: Person, other: Person) -> Person:
    """All that is known of one person from two mentions; the longer name is kept."""
    names = one.names if len(one.names) >= len(other.names) else other.names
    return Person(names, one.addresses | other.addresses, one.aliases | other.aliases)


def _single(to: str) -> Person:
    """The addressee, when there is only one."""
    return person(to) if to.count("@") <= 1 and ";" not in to else Person()


# --- marks ------------------------------------------------------------------------------------------------------------


def _mark_trailers(lines: list[Line], segment: Segment, kinds: dict[int, AsideKind], columns: dict[int, int]) -> None:
    """Signature and footer lines of one author's part."""
    if segment.nesting:
        return
    footer = footer_lines(lines, segment.lines)
    kinds.update(dict.fromkeys(footer, AsideKind.FOOTER))
    columns.update({number: column for number, column in footer.items() if column})
    left = [number for number in segment.lines if number not in footer] if footer else segment.lines
    kinds.update(dict.fromkeys(signature_lines(lines, left), AsideKind.SIGNATURE))


def _spare(lines: list[Line], kinds: dict[int, AsideKind], columns: dict[int, int]) -> dict[int, AsideKind]:
    """Give back footers, signatures, then own words, until some words are left to read."""
    for kind in (AsideKind.FOOTER, AsideKind.SIGNATURE, AsideKind.OWN_WORDS, AsideKind.QUOTE_HEADER):
        if any(
            (number not in kinds or number in columns) and any(map(str.isalnum, line.words))
            for number, line in enumerate(lines)
        ):
            break
        kinds = {number: found for number, found in kinds.items() if found is not kind}
    return kinds


def _spans(lines: list[Line], kinds: dict[int, AsideKind], columns: dict[int, int]) -> tuple[Aside, ...]:
    """Marked lines as spans; neighbors of one kind are one span, also over blank lines between them."""
    asides: list[Aside] = []
    joined = False
    for number, line in enumerate(lines):
        kind = kinds.get(number)
        if line.end == line.start:
            continue  # a blank line begins and ends nothing
        start = line.start + columns.get(number, 0)
        if kind is None:
            joined = False
        elif joined and asides[-1].kind is kind and start == line.start:
            asides[-1] = Aside(kind, Span(asides[-1].span.start, line.end))
        elif start < line.end:
            asides.append(Aside(kind, Span(start, line.end)))
            joined = True
    return tuple(asides)
