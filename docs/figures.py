"""Figures in the documents, filled from what was measured: ``python docs/figures.py [--check]``.

Every run of lines between ``<!-- figures: NAME -->`` and ``<!-- /figures -->`` in the documents below is made here from
``models/card.json`` and the labelled mails in ``data/``. With ``--check`` nothing is written: the exit code is 1 when a
document does not say what the card says. Run it after ``feedback-nlp evaluate --update`` and after new labelled mails.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "docs/model.md", "data/README.md")
SETS = {"blind": "first blind set", "blind2": "second blind set", "blind3": "third blind set", "long": "long mails"}
NOT_MEASURED = "*Not measured yet: `feedback-nlp evaluate data/blind --update` measures.*"
_BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- /figures -->)", re.DOTALL)

SHORT = (
    ("tag macro-F1", "What the mail is: something to act on, form mail, or neither (macro-F1)"),
    ("real feedback found", "Mails with real feedback that are found"),
    ("form mail called actionable", "Form mail that is taken for feedback (lower is better)"),
    ("improvements F1, any area", "Points found, in the mail's own words (F1)"),
    ("improvements F1, right area", "… and filed under the right one of 14 areas (F1)"),
    ("strengths F1", "What went well (F1)"),
    ("outcome accuracy", "Outcome: a no, good news, still open"),
    ("stage accuracy", "How far the application got"),
    ("share kept", "Mails that are answered without “unsure”"),
    ("accuracy of what is kept", "… of which the answer is right"),
)
"""What a reader of the README wants to know: the name of a measure, and what it means."""


def main(arguments: Sequence[str]) -> int:
    """Fill the documents, or compare them. Returns the exit code."""
    stale = []
    for name in DOCUMENTS:
        path = ROOT / name
        old = path.read_text(encoding="utf-8")
        new = filled(old)
        if old != new:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(new, encoding="utf-8")
    for name in stale:
        print(f"{name}: {'is out of date, run: python docs/figures.py' if '--check' in arguments else 'written'}")
    return 1 if stale and "--check" in arguments else 0


def filled(text: str) -> str:
    """The document with every table made anew. Raises `KeyError` for a table that nobody makes."""
    return _BLOCK.sub(lambda match: f"{match[1]}{TABLES[match[2]]()}\n{match[3]}", text)


# --- tables -----------------------------------------------------------------------------------------------------------


def short() -> str:
    """The figures that a reader of the README wants to know."""
    return _measures([(key, words) for key, words in SHORT])


def everything() -> str:
    """All figures of the card."""
    names = {name: name for _, entry in _scores() for name in entry["measures"]}
    return _measures(list(names.items()))


def files() -> str:
    """The files of the models with their sizes and digests."""
    rows = [
        (f"`{name}`", f"{entry['bytes'] / 1e6:.1f} MB", f"`{entry['sha256'][:12]}…`")
        for name, entry in card()["files"].items()
    ]
    total = sum(entry["bytes"] for entry in card()["files"].values())
    return _table(("file", "size", "SHA-256"), [*rows, ("together", f"{total / 1e6:.1f} MB", "")])


def origin() -> str:
    """The data, the weights to start from, and the versions."""
    found, base = card(), card()["base_model"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return _table(
        ("what", "from the card"),
        [
            ("labelled mails", f"{found['data']['mails']:,} with {found['data']['sentences']:,} sentences"),
            ("writers", str(len(found["data"]["writers"]))),
            ("digest of the data", f"`{found['data']['digest'][:16]}…`"),
            ("weights to start from", f"{base['name']} ({base['package']}, {base['licence']})"),
            ("versions", versions),
        ],
    )


def corpus() -> str:
    """The labelled mails, a line a writer."""
    rows, total = [], Counter[str]()
    for path in sorted((ROOT / "data" / "corpus").glob("*.jsonl"), key=lambda path: _by_number(path.stem)):
        counts = _counts(path)
        total.update(counts)
        rows.append((path.stem, *(_number(counts[column]) for column in _COLUMNS)))
    return _table(("writer", *_COLUMNS), [*rows, ("**all**", *(f"**{total[column]:,}**" for column in _COLUMNS))])


def areas() -> str:
    """How often each area occurs among the labelled improvements."""
    found: Counter[str] = Counter()
    for path in (ROOT / "data" / "corpus").glob("*.jsonl"):
        found.update(mark["area"] for row in _rows(path) for mark in row["improvements"])
    return _table(("area", "improvements"), [(f"`{area}`", f"{count:,}") for area, count in found.most_common()])


TABLES: dict[str, Callable[[], str]] = {
    "short": short,
    "everything": everything,
    "files": files,
    "origin": origin,
    "corpus": corpus,
    "areas": areas,
}


# --- what they are made of --------------------------------------------------------------------------------------------


def card() -> dict[str, Any]:
    """The model card."""
    found: dict[str, Any] = json.loads((ROOT / "models" / "card.json").read_text(encoding="utf-8"))
    return found


def _scores() -> list[tuple[str, Mapping[str, Any]]]:
    found = card().get("scores", {})
    return [(name, found[name]) for name in (*SETS, *sorted(set(found) - set(SETS))) if name in found]


def _measures(wanted: Sequence[tuple[str, str]]) -> str:
    scores = _scores()
    if not scores:
        return NOT_MEASURED
    heads = [f"{SETS.get(name, name)} ({entry['mails']} mails)" for name, entry in scores]
    rows = [
        (words, *(_figure(entry["measures"].get(key), entry["mails"]) for _, entry in scores)) for key, words in wanted
    ]
    return _table(("measure", *heads), rows)


def _figure(measure: Mapping[str, Any] | None, mails: int) -> str:
    """A value with its 95 % interval, and the number of mails it rests on where these are not all."""
    if measure is None or measure["value"] is None or measure["value"] != measure["value"]:
        return "–"
    of = f", {measure['n']} mails" if measure["n"] != mails else ""
    return f"{measure['value']:.2f} ({measure['low']:.2f}–{measure['high']:.2f}{of})"


_COLUMNS = ("mails", "actionable", "generic", "unrelated", "sentences", "improvements", "strengths")


def _counts(path: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in _rows(path):
        found.update(["mails", row["tag"]])
        found.update({part: len(row[part]) for part in ("sentences", "improvements", "strengths")})
    return found


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _by_number(stem: str) -> tuple[str, int]:
    return stem[0], int(stem[1:]) if stem[1:].isdecimal() else 0


def _number(value: int) -> str:
    return f"{value:,}" if value else "–"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:" for _ in heads[1:]]], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
