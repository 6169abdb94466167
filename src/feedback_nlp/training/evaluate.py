"""How good the program is on labelled mail: every measure with its interval, the errors, and a gate.

``data/floors.json`` holds the figures that must not sink, for the digest of the labelled mails they were measured on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from feedback_nlp.content import areas
from feedback_nlp.errors import DataError, UsageError
from feedback_nlp.schema import Analysis, Message, Tag
from feedback_nlp.training.dataset import GoldMail, digest, read_gold
from feedback_nlp.training.measures import Measure, Pair, f1, measure_all
from feedback_nlp.training.train import as_message, write_card

LOWER_IS_BETTER = frozenset(
    {"false actionable", "form mail called actionable", "false alarms on other mail", "tag ECE"}
)
FLOOR_MARGIN = 0.02  # a floor is set this far below the measured figure: half of what one mail in a hundred changes
_NOT_GATED = frozenset({"share kept"})

Reader = Callable[[Sequence[Message]], Sequence[Analysis]]


class AnalyzesMessages(Protocol):
    """What evaluate needs of an analyzer."""

    def read_all(self, messages: Sequence[Message]) -> Sequence[Analysis]:
        """The analyses of the messages, in order, without advice."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All figures of one set of labelled mails."""

    name: str
    digest: str
    measures: tuple[Measure, ...]
    pairs: tuple[Pair, ...]

    def value(self, name: str) -> float:
        """The figure of a measure by its name."""
        return next(measure.value for measure in self.measures if measure.name == name)


def evaluate(name: str, mails: Sequence[GoldMail], read: Reader) -> Evaluation:
    """Read the mails and measure. `read` returns one analysis a message."""
    analyses = read([as_message(mail) for mail in mails])
    pairs = tuple(Pair(mail, analysis) for mail, analysis in zip(mails, analyses, strict=True))
    return Evaluation(name, digest(mails), tuple(measure_all(pairs)), pairs)


def load_sets(paths: Iterable[Path]) -> list[tuple[str, list[GoldMail]]]:
    """Labelled sets by name; a folder stands for its .jsonl files, without the second reader's labels."""
    sets = []
    for path in paths:
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        sets += [(file.stem, read_gold(file)) for file in files if not file.stem.startswith("second")]
    if not sets:
        raise UsageError("nothing to evaluate: give a .jsonl file of labelled mails or a folder of them")
    return sets


# --- the gate ---------------------------------------------------------------------------------------------------------


def sunk(evaluation: Evaluation, floors: dict[str, Any]) -> list[str]:
    """What is below its floor, in words; empty if all is well. Unknown sets have no floors."""
    known = floors.get(evaluation.name)
    if known is None:
        return []
    if known["digest"] != evaluation.digest:
        return [f"{evaluation.name}: the labelled mails changed; measure again with --update"]
    found = []
    for name, floor in known["floors"].items():
        value = evaluation.value(name)
        worse = value > floor if name in LOWER_IS_BETTER else value < floor
        if worse:
            found.append(f"{evaluation.name}: {name} is {value:.3f}, its floor is {floor:.3f}")
    return found


def new_floors(evaluation: Evaluation) -> dict[str, Any]:
    """Floors a little below (or above, where lower is better) the measured figures."""
    floors = {}
    for measure in evaluation.measures:
        if measure.name in _NOT_GATED or math.isnan(measure.value):
            continue
        sign = 1 if measure.name in LOWER_IS_BETTER else -1
        floors[measure.name] = round(min(1.0, max(0.0, measure.value + sign * FLOOR_MARGIN)), 3)
    return {"digest": evaluation.digest, "floors": floors}


def update_floors(path: Path, evaluations: Sequence[Evaluation], *, lower: bool = False, reason: str = "") -> None:
    """Pin the figures anew. A floor is lowered only with `lower` and a `reason`, which is kept in the file."""
    floors = read_floors(path)
    lowered = []
    for evaluation in evaluations:
        fresh = new_floors(evaluation)
        before = floors.get(evaluation.name)
        if before is not None and before["digest"] == fresh["digest"]:
            for name, old in before["floors"].items():
                new = fresh["floors"].get(name, old)
                worse = new > old if name in LOWER_IS_BETTER else new < old
                if worse and not lower:
                    fresh["floors"][name] = old
                elif worse:
                    lowered.append(f"{evaluation.name}: {name} {old} -> {new}")
        floors[evaluation.name] = fresh
    if lowered and not reason:
        raise UsageError(f"floors would sink ({lowered[0]}): give --reason")
    if lowered:
        floors.setdefault("lowered", []).append({"reason": reason, "what": lowered})
    path.write_text(json.dumps(floors, indent=1) + "\n", encoding="utf-8")


def read_floors(path: Path) -> dict[str, Any]:
    """The floors; empty if the file is not there yet."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    except ValueError as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    return found


# --- to read ----------------------------------------------------------------------------------------------------------


def table(evaluation: Evaluation) -> str:
    """All measures, a line each."""
    lines = [f"{evaluation.name}: {len(evaluation.pairs)} mails"]
    for m in evaluation.measures:
        lines.append(f"  {m.name:<32}{m.value:6.3f}  [{m.low:.3f}, {m.high:.3f}]  n={m.n}")
    return "\n".join(lines)


def confusion(evaluation: Evaluation) -> str:
    """Labelled tags against read tags."""
    lines = ["  labelled \\ read  " + "".join(f"{tag:>12}" for tag in Tag)]
    for gold in Tag:
        row = [sum(p.gold.tag is gold and p.read.labels.tag is read for p in evaluation.pairs) for read in Tag]
        lines.append(f"  {gold:<16} " + "".join(f"{count:12d}" for count in row))
    return "\n".join(lines)


def by_area(evaluation: Evaluation) -> str:
    """Precision, recall and F1 of each area, over mails."""
    lines = [f"  {'area':<24}{'labelled':>9}{'P':>7}{'R':>7}{'F1':>7}"]
    for area in areas():
        gold = [area in pair.gold.areas for pair in evaluation.pairs]
        read = [area in pair.read.areas for pair in evaluation.pairs]
        hit = sum(g and r for g, r in zip(gold, read, strict=True))
        precision = hit / sum(read) if any(read) else float("nan")
        recall = hit / sum(gold) if any(gold) else float("nan")
        score = f1(_triple(hit, sum(read) - hit, sum(gold) - hit))
        lines.append(f"  {area:<24}{sum(gold):9d}{precision:7.2f}{recall:7.2f}{score:7.2f}")
    return "\n".join(lines)


def _triple(hit: int, false: int, missed: int) -> Any:
    import numpy as np

    return np.array([[hit, false, missed]], float)


def worst(evaluation: Evaluation, most: int = 15) -> str:
    """The mails whose tag was read wrongly, the surest first."""
    wrong = [pair for pair in evaluation.pairs if pair.read.labels.tag is not pair.gold.tag]
    wrong.sort(key=lambda pair: -pair.read.labels.confidence)
    lines = [f"  tag wrong: {len(wrong)}"]
    for pair in wrong[:most]:
        labels = pair.read.labels
        lines.append(
            f"  {pair.gold.id}: labelled {pair.gold.tag}, read {labels.tag} ({labels.confidence:.2f})"
            f"{' unsure' if labels.unsure else ''}"
        )
    return "\n".join(lines)


def write_scores(models: Path, evaluations: Sequence[Evaluation]) -> None:
    """Put the figures into the model card."""
    card = json.loads((models / "card.json").read_text(encoding="utf-8"))
    for evaluation in evaluations:
        card["scores"][evaluation.name] = {
            "mails": len(evaluation.pairs),
            "digest": evaluation.digest,
            "measures": {
                m.name: {"value": round(m.value, 4), "low": round(m.low, 4), "high": round(m.high, 4), "n": m.n}
                for m in evaluation.measures
                if not math.isnan(m.value)
            },
        }
    write_card(models, card)


def main(
    paths: Sequence[Path],
    analyzer: AnalyzesMessages,
    *,
    floors: Path | None = None,
    models: Path | None = None,
    update: bool = False,
    lower: bool = False,
    reason: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> bool:
    """Evaluate the sets, say everything, and return whether all floors hold.

    `update` pins new floors and writes the figures into the card of `models`; `lower` with `reason` lets floors sink.
    """
    evaluations = [evaluate(name, mails, analyzer.read_all) for name, mails in load_sets(paths)]
    for evaluation in evaluations:
        for part in (table(evaluation), confusion(evaluation), by_area(evaluation), worst(evaluation)):
            say(part + "\n")
    if update:
        if floors is not None:
            update_floors(floors, evaluations, lower=lower, reason=reason)
        if models is not None:
            write_scores(models, evaluations)
        return True
    faults = [fault for evaluation in evaluations for fault in sunk(evaluation, read_floors(floors) if floors else {})]
    for fault in faults:
        say(f"BELOW ITS FLOOR: {fault}")
    return not faults
