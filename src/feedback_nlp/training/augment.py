"""Changes that keep the labels: layout, residue, missing politeness.

Each changed mail is rebuilt from its sentences, so that every span stays exact.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from feedback_nlp.schema import Role, Span
from feedback_nlp.training.dataset import GoldMail, GoldMark, GoldSentence

# Encoding residue as mail programs leave it; every pair keeps the words.
_RESIDUE = (("’", "â€™"), ("'", "’"), ("’", "=E2=80=99"), ("'", "&#39;"), (" - ", " – "), ('"', "&quot;"))


@dataclass(frozen=True, slots=True)
class Augmented:
    """A changed mail; `keeps_mail_labels` is False where outcome, stage or tag may no longer be proved."""

    mail: GoldMail
    keeps_mail_labels: bool


def augmented(mail: GoldMail, rng: random.Random) -> Augmented | None:
    """A changed copy, or None to show the mail as it is (about half of the time)."""
    if rng.random() < 0.45 or not mail.sentences:
        return None
    changed, keeps = mail, True
    if rng.random() < 0.35:
        changed = replace(changed, subject="")
    draw = rng.random()
    if draw < 0.25:
        kept = [s for s in changed.sentences if s.role not in (Role.COURTESY, Role.OTHER) or rng.random() < 0.4]
        if kept and len(kept) < len(changed.sentences):
            changed = rebuild(changed, kept)
            keeps = any(s.role not in (Role.COURTESY, Role.OTHER) for s in kept)
    elif draw < 0.4 and len(changed.sentences) > 3:
        size = rng.randint(2, len(changed.sentences) - 1)
        start = rng.randint(0, len(changed.sentences) - size)
        changed = rebuild(changed, list(changed.sentences[start : start + size]))
        keeps = False
    elif draw < 0.5:
        changed = rebuild(changed, list(changed.sentences), joint=rng.choice(["\n", "\n\n", " ", "\n- "]))
    if rng.random() < 0.12:
        changed = _residue(changed, rng)
    return Augmented(changed, keeps)


def rebuild(mail: GoldMail, kept: list[GoldSentence], joint: str = "") -> GoldMail:
    """The mail with only the sentences in `kept`. What stood between two neighbours stays, unless `joint` is given."""
    text = ""
    shifts: list[tuple[GoldSentence, int]] = []
    before: GoldSentence | None = None
    for sentence in kept:
        if before is not None:
            gap = mail.text[before.span.end : sentence.span.start]
            text += joint or (gap if gap.strip() == "" and gap else "\n" if "\n" in gap else " ")
        shifts.append((sentence, len(text) - sentence.span.start))
        text += sentence.span.of(mail.text)
        before = sentence
    sentences = tuple(replace(s, span=_shift(s.span, by)) for s, by in shifts)
    return replace(
        mail,
        text=text,
        sentences=sentences,
        improvements=_kept_marks(mail.improvements, shifts),
        strengths=_kept_marks(mail.strengths, shifts),
    )


def _kept_marks(marks: tuple[GoldMark, ...], shifts: list[tuple[GoldSentence, int]]) -> tuple[GoldMark, ...]:
    found = []
    for mark in marks:
        for sentence, by in shifts:
            if sentence.span.contains(mark.evidence):
                found.append(replace(mark, evidence=_shift(mark.evidence, by), topic=_shift(mark.topic, by)))
                break
    return tuple(found)


def _residue(mail: GoldMail, rng: random.Random) -> GoldMail:
    """Replace one kind of character throughout; spans move along."""
    old, new = rng.choice(_RESIDUE)
    if old not in mail.text:
        return mail
    position = [0] * (len(mail.text) + 1)
    text, at = "", 0
    while at < len(mail.text):
        position[at] = len(text)
        if mail.text.startswith(old, at):
            for inner in range(len(old)):
                position[at + inner] = len(text)
            text += new
            at += len(old)
        else:
            text += mail.text[at]
            at += 1
    position[-1] = len(text)

    def moved(span: Span) -> Span:
        return Span(position[span.start], position[span.end])

    return replace(
        mail,
        text=text,
        sentences=tuple(replace(s, span=moved(s.span)) for s in mail.sentences),
        improvements=tuple(replace(m, evidence=moved(m.evidence), topic=moved(m.topic)) for m in mail.improvements),
        strengths=tuple(replace(m, evidence=moved(m.evidence), topic=moved(m.topic)) for m in mail.strengths),
    )


def _shift(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
