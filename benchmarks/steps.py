"""Where the time of one mail goes: each step on the same mails, one process, as a table, JSON and a picture.

    python benchmarks/steps.py                              table and JSON
    python benchmarks/steps.py --svg docs/images/steps.svg  and the picture

The unit is the median over 40 labelled mails of about 120 words, warm; `x` is the time against decoding the same mail.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from feedback_nlp.advice import advise
from feedback_nlp.analyzer import Analyzer, load
from feedback_nlp.frame import read_frame
from feedback_nlp.improvements import find_improvements, find_strengths
from feedback_nlp.linter import lint
from feedback_nlp.mail import read_mail
from feedback_nlp.training.dataset import read_gold

CORPUS = Path(__file__).parents[1] / "data" / "corpus" / "t21.jsonl"
COLORS = ("#60B4C0", "#E49060", "#A89CFC", "#F0F06C", "#C0FCE4", "#78B460", "#B8B4A8")


def median_ms(work: Callable[[Any], object], items: Sequence[Any], rounds: int = 3) -> float:
    """The median time of `work` on one item, in ms; the first round warms up."""
    times = []
    for number in range(rounds + 1):
        for item in items:
            began = time.perf_counter()
            work(item)
            if number:
                times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def measure(nlp: Analyzer) -> dict[str, float]:
    """Milliseconds of each step, and of the whole."""
    texts = [f"Subject: {mail.subject}\n\n{mail.text}" for mail in read_gold(CORPUS) if len(mail.text.split()) >= 90][
        :40
    ]
    messages = [read_mail(text) for text in texts]
    parsed = [(message, nlp.parser.parse(message)) for message in messages]
    encoded = [(message, found, nlp.encoder.encode(message, found)) for message, found in parsed]
    labelled = [(message, nlp.labeler.label(message, found, each)) for message, found, each in encoded]
    analyses = [nlp.read(message) for message in messages]
    return {
        "decode": median_ms(read_mail, texts),
        "sentences": median_ms(nlp.parser.parse, messages),
        "encoder": median_ms(lambda item: nlp.encoder.encode(*item), parsed),
        "labels": median_ms(lambda item: nlp.labeler.label(*item), encoded),
        "improvements": median_ms(
            lambda item: (find_improvements(*item, nlp.parser.chunks), find_strengths(*item, nlp.parser.chunks)),
            labelled,
        ),
        "frame": median_ms(lambda item: read_frame(*item), labelled),
        "advice": median_ms(lambda item: advise(item, lint=lint), analyses),
        "whole": median_ms(nlp.analyze, texts),
    }


def picture(found: dict[str, float]) -> str:
    """One bar, cut by step, each named with its time."""
    steps = {name: value for name, value in found.items() if name != "whole"}
    total = sum(steps.values())
    rows, at = [], 20.0
    for number, (name, value) in enumerate(steps.items()):
        width = 680 * value / total
        y = 92 + 22 * number
        rows.append(f'<rect x="{at:.1f}" y="40" width="{width:.1f}" height="30" fill="{COLORS[number]}"/>')
        rows.append(f'<rect x="20" y="{y - 11}" width="12" height="12" fill="{COLORS[number]}"/>')
        rows.append(f'<text x="40" y="{y}">{name}: {value:.1f} ms ({100 * value / total:.0f} %)</text>')
        at += width
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 250" font-family="sans-serif" font-size="14">'
        '<rect width="720" height="250" fill="#ffffff"/><text x="20" y="26">Where the time of one mail goes</text>'
        + "".join(rows)
        + "</svg>\n"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--svg", type=Path)
    options = parser.parse_args()
    found = measure(load())
    for name, value in found.items():
        print(f"{name:14}{value:8.1f} ms{value / found['decode']:8.1f} x")
    print(
        json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()[0], **{k: round(v, 2) for k, v in found.items()}})
    )
    if options.svg:
        options.svg.write_text(picture(found), encoding="utf-8")


if __name__ == "__main__":
    main()
