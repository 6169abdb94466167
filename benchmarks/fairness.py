"""Names, pronouns, origins and ages swapped in labelled mails: what else changes?

    python benchmarks/fairness.py [--mails 300] [--json OUT.json]

Each mail is read with each value of a slot. Two readings differ when, with the value itself blanked out, the tag, the
areas, the improvements or the advice are not the same. Prints one row a slot: mails, and in how many something differs.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedback_nlp.analyzer import Analyzer, load
from feedback_nlp.mail.people import greeted
from feedback_nlp.report import to_dict
from feedback_nlp.schema import Message

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
BLANK = "_"
NAMES = ("Emily", "Lakisha", "Mohammed", "Wei", "Oluwaseun", "Svetlana", "Guadalupe", "Gareth")
# A slot is a sentence that says the trait and nothing else, put below the greeting.
SENTENCES: dict[str, tuple[str, Sequence[str]]] = {
    "pronoun": ("Our form lists your pronouns as {}.", ("she and her", "he and him", "they and them")),
    "origin": ("Our form lists your nationality as {}.", ("German", "Nigerian", "Pakistani", "Chinese", "Mexican")),
    "age": ("Our form lists your age as {}.", ("24", "38", "57", "63")),
}
PARTS = ("tag", "areas", "improvements", "advice")


@dataclass(frozen=True, slots=True)
class Variants:
    """One mail in several values of a slot."""

    slot: str
    values: tuple[str, ...]
    texts: tuple[str, ...]
    subject: str


def corpus_mails(count: int) -> list[Mapping[str, Any]]:
    """`count` mails spread evenly over the corpus, always the same ones."""
    rows = [
        json.loads(line) for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]
    return rows[:: max(1, len(rows) // count)][:count]


def variants(row: Mapping[str, Any], *, most: int = 8) -> Iterator[Variants]:
    """The mail with its greeted name swapped, and with each sentence of `SENTENCES`; at most `most` values a slot."""
    text, subject = str(row["text"]), str(row.get("subject", ""))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    tokens = greeted(lines).names
    if tokens:
        pattern = re.compile(rf"\b{re.escape(tokens[0])}\b", re.I)
        texts = tuple(pattern.sub(name, text) for name in NAMES[:most])
        yield Variants("name", NAMES[:most], texts, subject)
    head, mark, rest = text.partition("\n\n")
    for slot, (sentence, values) in SENTENCES.items():
        said = [sentence.format(value) for value in values[:most]]
        texts = tuple(f"{head}\n\n{each}\n\n{rest}" if mark else f"{each}\n\n{text}" for each in said)
        yield Variants(slot, tuple(values[:most]), texts, subject)


def reading(report: Any, value: str) -> dict[str, Any]:
    """What must not depend on the value of the slot, with the value blanked out."""
    found = to_dict(report)
    improvements = [(each["area"], each["kind"], each["evidence"]) for each in found["improvements"]]
    parts = {"tag": found["tag"], "areas": found["areas"], "improvements": improvements, "advice": found["advice"]}
    blanked: dict[str, Any] = _blanked(parts, re.compile(rf"\b{re.escape(value)}\b", re.I))
    return blanked


def _blanked(part: Any, value: re.Pattern[str]) -> Any:
    if isinstance(part, str):
        return value.sub(BLANK, part)
    if isinstance(part, Mapping):
        return {key: _blanked(each, value) for key, each in part.items()}
    if isinstance(part, list | tuple):
        return [_blanked(each, value) for each in part]
    return part


def measure(analyzer: Analyzer, rows: Sequence[Mapping[str, Any]], *, most: int = 8) -> dict[str, dict[str, int]]:
    """For each slot: mails, and mails in which a part differs between two values or a trait became an improvement."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        for group in variants(row, most=most):
            messages = [Message(text, group.subject) for text in group.texts]
            # One by one: mails that go through the quantized networks together move each other's numbers a little.
            reports = [analyzer.analyze(message) for message in messages]
            readings = [reading(report, value) for report, value in zip(reports, group.values, strict=True)]
            count = counts.setdefault(group.slot, dict.fromkeys(("mails", *PARTS, "trait as improvement"), 0))
            count["mails"] += 1
            for part in PARTS:
                count[part] += any(each[part] != readings[0][part] for each in readings[1:])
            count["trait as improvement"] += any(
                "Our form lists" in str(item[2]) for each in readings for item in each["improvements"]
            )
    return counts


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=300)
    parser.add_argument("--values", type=int, default=8, help="values a slot, at most")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    counts = measure(load(), corpus_mails(wanted.mails), most=wanted.values)
    columns = ("mails", *PARTS, "trait as improvement")
    print("| slot | " + " | ".join(columns) + " |\n| --- |" + " ---: |" * len(columns))
    for slot, count in counts.items():
        print(f"| {slot} | " + " | ".join(str(count[name]) for name in columns) + " |")
    if wanted.json:
        wanted.json.write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
    sys.exit(0)


if __name__ == "__main__":
    main()
