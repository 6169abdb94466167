"""Analyses from the labelled mails, as far as gold labels and rules reach: no model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.factory import odds

from feedback_nlp.frame import read_frame
from feedback_nlp.improvements import find_improvements, find_strengths
from feedback_nlp.schema import Analysis, Labels, Mark, Message, Outcome, Role, Sentence, Span, Stage, Tag

CORPUS = Path(__file__).parents[1] / "data" / "corpus"


def gold_rows() -> list[dict[str, Any]]:
    """All labelled mails, in the order of the files."""
    return [
        json.loads(line) for file in sorted(CORPUS.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]


def gold_analysis(row: dict[str, Any]) -> Analysis:
    """The analysis that gold labels, the frame and the kinds by rule give."""
    text = row["text"]
    sentences = tuple(_sentences(row))
    tag = Tag(row["tag"])
    marks = [_mark(text, sentences, item, item["area"]) for item in row["improvements"]]
    marks += [_mark(text, sentences, item, "") for item in row["strengths"]]
    labels = Labels(
        tag,
        odds(tag),
        False,
        Outcome(row["outcome"]),
        Stage(row["stage"]),
        bool(row["feedback_offered"]),
        sentences,
        tuple(mark for mark in marks if mark),
    )
    message = Message(text, row["subject"] or "", id=row["id"])
    return Analysis(
        message,
        labels,
        find_improvements(message, labels),
        find_strengths(message, labels),
        read_frame(message, labels),
    )


def _sentences(row: dict[str, Any]) -> Iterator[Sentence]:
    position = 0
    for item in row["sentences"]:
        start = row["text"].find(item["text"], position)
        if start >= 0:
            position = start + len(item["text"])
            yield Sentence(Span(start, position), item["text"], Role(item["role"]), tuple(item.get("areas", ())), 0.9)


def _mark(text: str, sentences: tuple[Sentence, ...], item: dict[str, str], area: str) -> Mark | None:
    places = [s.span.start + s.text.find(item["evidence"]) for s in sentences if item["evidence"] in s.text]
    start = places[0] if places else text.find(item["evidence"])
    inside = item["evidence"].find(item["topic"])
    if start < 0 or inside < 0:
        return None
    evidence = Span(start, start + len(item["evidence"]))
    return Mark(area, evidence, Span(start + inside, start + inside + len(item["topic"])), 0.9)
