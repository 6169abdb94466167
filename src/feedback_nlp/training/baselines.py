"""Two simple readers, scored by the same code as the model, so that the gain is visible.

`CueReader` looks for phrases, as most rejection detectors do. `TfidfReader` is logistic regression on words and
characters, for the mail and for each sentence; the evidence is the whole sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from feedback_nlp.content import areas, read_table
from feedback_nlp.errors import UsageError
from feedback_nlp.schema import (
    Analysis,
    Frame,
    Improvement,
    Kind,
    Labels,
    Message,
    Outcome,
    Role,
    Route,
    RouteKind,
    Sender,
    SenderKind,
    Sentence,
    Stage,
    Strength,
    Tag,
)
from feedback_nlp.sentences import Parser
from feedback_nlp.training.dataset import GoldMail, read_corpus


class CueReader:
    """Phrases only: a rejection phrase makes a mail a rejection, a gap phrase makes it actionable."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        table = read_table("baseline")
        self._decision = _any_of(table["decision"])
        self._feedback = _any_of(table["feedback"])
        self._areas = {area: _any_of(words) for area, words in table["area"].items()}

    def read_all(self, messages: Sequence[Message]) -> list[Analysis]:
        """One analysis a message."""
        return [self._read(message) for message in messages]

    def _read(self, message: Message) -> Analysis:
        sentences = []
        for sentence in self._parser.parse(message):
            role = Role.OTHER
            if self._feedback.search(sentence.text):
                role = Role.FEEDBACK
            elif self._decision.search(sentence.text):
                role = Role.DECISION
            hits = [area for area, cue in self._areas.items() if cue.search(sentence.text)]
            found = tuple(hits[:1] or ["experience"]) if role is Role.FEEDBACK else ()
            sentences.append(Sentence(sentence.span, sentence.text, role, found, 1.0))
        rejected = any(sentence.role is Role.DECISION for sentence in sentences)
        gap = any(sentence.role is Role.FEEDBACK for sentence in sentences)
        tag = Tag.ACTIONABLE if gap and rejected else Tag.GENERIC if rejected else Tag.UNRELATED
        if tag is not Tag.ACTIONABLE:
            sentences = [
                Sentence(s.span, s.text, Role.OTHER, (), 1.0) if s.role is Role.FEEDBACK else s for s in sentences
            ]
        outcome = Outcome.REJECTED if rejected else Outcome.UNKNOWN
        stage = Stage.INTERVIEW if "interview" in message.text.casefold() else Stage.APPLICATION
        return _analysis(message, tag, _certain(tag), outcome, stage if rejected else Stage.UNKNOWN, False, sentences)


class TfidfReader:
    """Words and characters with logistic regression."""

    def __init__(self, mails: Sequence[GoldMail], parser: Parser, seed: int = 0) -> None:
        self._parser = parser
        texts = [f"{mail.subject}\n{mail.text}" for mail in mails]
        self._tag = _text_model(seed).fit(texts, [mail.tag.value for mail in mails])
        self._outcome = _text_model(seed).fit(texts, [mail.outcome.value for mail in mails])
        self._stage = _text_model(seed).fit(texts, [mail.stage.value for mail in mails])
        self._offered = _text_model(seed).fit(texts, [mail.feedback_offered for mail in mails])
        rows = [(sentence.span.of(mail.text), sentence) for mail in mails for sentence in mail.sentences]
        self._role = _text_model(seed).fit([text for text, _ in rows], [s.role.value for _, s in rows])
        gaps = [(text, sentence.areas[0]) for text, sentence in rows if sentence.areas]
        self._area = _text_model(seed).fit([text for text, _ in gaps], [area for _, area in gaps])

    def read_all(self, messages: Sequence[Message]) -> list[Analysis]:
        """One analysis a message."""
        return [self._read(message) for message in messages]

    def _read(self, message: Message) -> Analysis:
        text = [f"{message.subject}\n{message.text}"]
        row = dict(zip(self._tag.classes_, self._tag.predict_proba(text)[0], strict=True))
        tag = Tag(max(row, key=lambda name: row[name]))
        parsed = self._parser.parse(message)
        sentences: list[Sentence] = []
        if parsed:
            probabilities = self._role.predict_proba([sentence.text for sentence in parsed])
            names = [Role(name) for name in self._role.classes_]
            if tag is not Tag.ACTIONABLE:
                probabilities[:, names.index(Role.FEEDBACK)] = 0
            chosen = probabilities.argmax(axis=1)
            found = self._area.predict([sentence.text for sentence in parsed])
            sentences = [
                Sentence(s.span, s.text, names[c], (str(a),) if names[c] is Role.FEEDBACK else (), float(p.max()))
                for s, c, a, p in zip(parsed, chosen, found, probabilities, strict=True)
            ]
        probabilities_by_tag = {known: float(row.get(known.value, 0.0)) for known in Tag}
        return _analysis(
            message,
            tag,
            probabilities_by_tag,
            Outcome(self._outcome.predict(text)[0]),
            Stage(self._stage.predict(text)[0]),
            bool(self._offered.predict(text)[0]),
            sentences,
        )


def make(name: str, data: Path) -> CueReader | TfidfReader:
    """The baseline by its name; `tfidf` learns from ``data/corpus``. Raises `UsageError` for another name."""
    parser = Parser.load()
    if name == "cues":
        return CueReader(parser)
    if name == "tfidf":
        return TfidfReader(read_corpus(data / "corpus"), parser)
    raise UsageError(f"there is no baseline {name!r}: give cues or tfidf")


def _text_model(seed: int) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    return make_pipeline(
        make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=3),
        ),
        LogisticRegression(C=10.0, max_iter=2000, class_weight="balanced", random_state=seed),
    )


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(phrase) for phrase in phrases) + r")\b", re.IGNORECASE)


def _certain(tag: Tag) -> dict[Tag, float]:
    return {known: float(known is tag) for known in Tag}


def _analysis(
    message: Message,
    tag: Tag,
    probabilities: dict[Tag, float],
    outcome: Outcome,
    stage: Stage,
    offered: bool,
    sentences: Sequence[Sentence],
) -> Analysis:
    known = set(areas())
    improvements = tuple(
        Improvement(area, Kind.LEVEL, sentence.span, sentence.span, 1.0, sentence=number)
        for number, sentence in enumerate(sentences)
        for area in sentence.areas
        if area in known
    )
    strengths = tuple(Strength(s.span, s.span) for s in sentences if s.role is Role.STRENGTH)
    best = float(np.max(list(probabilities.values())))
    labels = Labels(tag, probabilities, best < 0.5, outcome, stage, offered, tuple(sentences))
    return Analysis(message, labels, improvements, strengths, Frame(Sender(SenderKind.TEAM), Route(RouteKind.REPLY)))
