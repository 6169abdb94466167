"""Labelled mails: read, checked against the rules of the labels, aligned, split.

A row is a JSON object with ``id, subject, text, tag, outcome, stage, areas, improvements, strengths, feedback_offered,
sentences, hard`` and optionally ``note`` and ``group``. Every fault is a `DataError` that names file, line and key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback_nlp.content import areas, check_keys
from feedback_nlp.errors import ContentError, DataError
from feedback_nlp.schema import Outcome, Role, Span, Stage, Tag

_REQUIRED: dict[str, type] = {
    "id": str,
    "subject": str,
    "text": str,
    "tag": str,
    "outcome": str,
    "stage": str,
    "areas": list,
    "improvements": list,
    "strengths": list,
    "feedback_offered": bool,
    "sentences": list,
}
_OPTIONAL: dict[str, type] = {"hard": bool, "note": str, "group": str}


@dataclass(frozen=True, slots=True)
class GoldMark:
    """A labelled improvement (`area`) or strength (`area` is empty), with its spans in the text."""

    area: str
    evidence: Span
    topic: Span


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """A labelled sentence."""

    span: Span
    role: Role
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoldMail:
    """A labelled mail. `writer` is the file that it stands in; `group` ties minimal pairs together."""

    id: str
    writer: str
    group: str
    subject: str
    text: str
    tag: Tag
    outcome: Outcome
    stage: Stage
    feedback_offered: bool
    sentences: tuple[GoldSentence, ...]
    improvements: tuple[GoldMark, ...]
    strengths: tuple[GoldMark, ...]
    hard: bool = False

    @property
    def areas(self) -> tuple[str, ...]:
        """The union of the areas of the sentences, sorted."""
        return tuple(sorted({area for sentence in self.sentences for area in sentence.areas}))


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file with their line numbers, from 1. Blank lines are passed over."""
    try:
        # Not splitlines(): a JSON string may hold U+2028 and its like.
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}): give a JSONL file of labelled mails") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8 (byte {error.start})") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}:{number}: not a JSON object: {type(error).__name__}") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: not a JSON object")
        yield number, row


def read_gold(path: Path) -> list[GoldMail]:
    """The labelled mails of one JSONL file. Raises `DataError` at the first fault, with file, line and key."""
    return [gold_mail(row, path.stem, f"{path}:{number}") for number, row in read_rows(path)]


def read_corpus(folder: Path) -> list[GoldMail]:
    """All labelled mails of ``folder/*.jsonl``, in the order of the names. Ids and texts must be unique."""
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        raise DataError(f"{folder}: holds no .jsonl file of labelled mails")
    mails: list[GoldMail] = []
    ids: dict[str, str] = {}
    texts: dict[str, str] = {}
    for path in files:
        for mail in read_gold(path):
            where = f"{path}: {mail.id}"
            if mail.id in ids:
                raise DataError(f"{where}: the id stands also in {ids[mail.id]}")
            key = " ".join((mail.subject + "\n" + mail.text).casefold().split())
            if key in texts:
                raise DataError(f"{where}: the same mail as {texts[key]}: keep one of them")
            ids[mail.id] = str(path)
            texts[key] = mail.id
            mails.append(mail)
    return mails


def gold_mail(row: Mapping[str, Any], writer: str, where: str) -> GoldMail:
    """One checked row. `where` is the start of every message, e.g. ``data/corpus/t1.jsonl:12``."""
    where = f"{where}: {row.get('id', '?')}"
    try:
        check_keys(row, where, _REQUIRED, _OPTIONAL)
    except ContentError as error:
        raise DataError(str(error)) from None
    text = row["text"]
    if not text.strip():
        raise DataError(f"{where}: 'text' is empty")
    sentences = tuple(_sentences(row, where))
    improvements = tuple(_improvement(item, text, sentences, where) for item in row["improvements"])
    strengths = tuple(_strength(item, text, sentences, where) for item in row["strengths"])
    mail = GoldMail(
        id=row["id"],
        writer=writer,
        group=row.get("group", ""),
        subject=row["subject"],
        text=text,
        tag=_member(Tag, row["tag"], "tag", where),
        outcome=_member(Outcome, row["outcome"], "outcome", where),
        stage=_member(Stage, row["stage"], "stage", where),
        feedback_offered=row["feedback_offered"],
        sentences=sentences,
        improvements=improvements,
        strengths=strengths,
        hard=row.get("hard", False),
    )
    _check_rules(mail, row, where)
    return mail


def _check_rules(mail: GoldMail, row: Mapping[str, Any], where: str) -> None:
    has_feedback = any(sentence.role is Role.FEEDBACK for sentence in mail.sentences)
    if has_feedback != (mail.tag is Tag.ACTIONABLE):
        raise DataError(f"{where}: 'tag' is actionable exactly when a sentence has the role feedback")
    if sorted(set(row["areas"])) != list(mail.areas):
        raise DataError(f"{where}: 'areas' must be the union of the areas of the sentences: {list(mail.areas)}")
    if mail.tag is Tag.ACTIONABLE and not mail.improvements:
        raise DataError(f"{where}: 'improvements' is empty in an actionable mail")
    if mail.tag is Tag.UNRELATED and (mail.improvements or mail.strengths):
        raise DataError(f"{where}: an unrelated mail has no 'improvements' and no 'strengths'")


def _sentences(row: Mapping[str, Any], where: str) -> Iterator[GoldSentence]:
    at = 0
    for index, item in enumerate(row["sentences"]):
        key = f"sentences[{index}]"
        words = item.get("text", "")
        start = row["text"].find(words, at) if words else -1
        if start < 0:
            raise DataError(f"{where}: {key}: its text does not follow in the text of the mail")
        at = start + len(words)
        role = _member(Role, item.get("role", ""), f"{key}.role", where)
        found = tuple(item.get("areas", ()))
        for area in found:
            if area not in areas():
                raise DataError(f"{where}: {key}: unknown area {area!r}; areas are {', '.join(areas())}")
        if bool(found) != (role is Role.FEEDBACK):
            raise DataError(f"{where}: {key}: a feedback sentence has areas, and only that")
        yield GoldSentence(Span(start, at), role, found)


def _improvement(item: Mapping[str, str], text: str, sentences: tuple[GoldSentence, ...], where: str) -> GoldMark:
    area, evidence = item.get("area", ""), item.get("evidence", "")
    if area not in areas():
        raise DataError(f"{where}: improvements: unknown area {area!r}; areas are {', '.join(areas())}")
    inside = [sentence.span for sentence in sentences if area in sentence.areas]
    inside += [sentence.span for sentence in sentences if sentence.role is Role.FEEDBACK]
    return _mark(area, evidence, item.get("topic", ""), text, inside, f"{where}: improvements")


def _strength(item: Mapping[str, str], text: str, sentences: tuple[GoldSentence, ...], where: str) -> GoldMark:
    first = [sentence.span for sentence in sentences if sentence.role is Role.STRENGTH]
    spans = first + [sentence.span for sentence in sentences if sentence.role is not Role.STRENGTH]
    return _mark("", item.get("evidence", ""), item.get("topic", ""), text, spans, f"{where}: strengths")


def _mark(area: str, evidence: str, topic: str, text: str, inside: list[Span], where: str) -> GoldMark:
    """The spans of evidence and topic; of several occurrences the one in a sentence that fits is meant."""
    if not evidence or not topic:
        raise DataError(f"{where}: evidence and topic must not be empty")
    for span in inside:
        start = text.find(evidence, span.start, span.end)
        if start >= 0:
            break
    else:
        start = text.find(evidence)
        if start < 0:
            raise DataError(f"{where}: the evidence is not an exact run of the text")
    offset = evidence.find(topic)
    if offset < 0:
        raise DataError(f"{where}: the topic is not an exact run of its evidence")
    return GoldMark(area, Span(start, start + len(evidence)), Span(start + offset, start + offset + len(topic)))


def _member(enumeration: Any, value: str, key: str, where: str) -> Any:
    try:
        return enumeration(value)
    except ValueError:
        known = ", ".join(enumeration)
        raise DataError(f"{where}: {key!r} is {value!r}; known values are {known}") from None


# --- near-duplicates and digests --------------------------------------------------------------------------------------


def normal_form(text: str) -> str:
    """Letters only, lower case: what stays the same under layout, casing and numbers."""
    return re.sub(r"[\W\d_]+", " ", text.casefold()).strip()


def shingles(text: str, size: int = 5) -> frozenset[int]:
    """Hashes of all runs of `size` words of the normal form."""
    words = normal_form(text).split()
    runs = [" ".join(words[at : at + size]) for at in range(max(1, len(words) - size + 1))]
    return frozenset(int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "big") for run in runs)


def near_duplicates(
    left: Iterable[GoldMail], right: Iterable[GoldMail], threshold: float = 0.5
) -> list[tuple[str, str, float]]:
    """Pairs (id, id, share): at least `threshold` of the shorter mail's word runs, and four of them, stand in both."""
    index: dict[int, list[int]] = {}
    rights = list(right)
    sets = [shingles(mail.text) for mail in rights]
    for number, runs in enumerate(sets):
        for run in runs:
            index.setdefault(run, []).append(number)
    found: list[tuple[str, str, float]] = []
    for mail in left:
        runs = shingles(mail.text)
        hits: dict[int, int] = {}
        for run in runs:
            for number in index.get(run, ()):
                hits[number] = hits.get(number, 0) + 1
        for number, shared in hits.items():
            share = shared / max(1, min(len(runs), len(sets[number])))
            # One shared stock sentence ("This position has now been filled.") makes no copy.
            if shared >= 4 and share >= threshold and mail.id != rights[number].id:
                found.append((mail.id, rights[number].id, round(share, 3)))
    return found


def digest(mails: Iterable[GoldMail]) -> str:
    """SHA-256 over ids, texts and labels: changes when any of them changes."""
    state = hashlib.sha256()
    for mail in mails:
        state.update(repr(mail).encode())
    return state.hexdigest()
