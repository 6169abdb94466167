"""The figures of a model card, however it is laid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WEAK = 0.8  # a figure below this is named as a weak spot


@dataclass(frozen=True, slots=True)
class Known:
    """A figure that the page has plain words for: its value in each set of mails, 0 to 1, with its interval."""

    name: str
    values: tuple[tuple[float, float, float] | None, ...]  # (value, low, high) for each set

    @property
    def worst(self) -> float:
        """The lowest value."""
        return min(value for value, _, _ in filter(None, self.values))


def sets(card: Mapping[str, Any]) -> dict[str, int]:
    """The sets of mails that the models were measured on, and how many mails each holds."""
    scores = card.get("scores")
    found = scores.items() if isinstance(scores, Mapping) else ()
    return {
        str(name): int(each["mails"])
        for name, each in found
        if isinstance(each, Mapping)
        and isinstance(each.get("mails"), int)
        and isinstance(each.get("measures"), Mapping)
    }


def known(card: Mapping[str, Any], names: Mapping[str, str]) -> list[Known]:
    """The figures of the card that have a name in plain words, in the order of `names`."""
    measures = [card["scores"][name]["measures"] for name in sets(card)]
    rows = [Known(words, tuple(_triple(each.get(key)) for each in measures)) for key, words in names.items()]
    return [row for row in rows if any(row.values)]


def per_cent(value: tuple[float, float, float] | None) -> str:
    """A figure with its interval, such as "92 % (87 to 96)"; empty when there is none."""
    if value is None:
        return ""
    middle, low, high = (round(100 * each) for each in value)
    return f"{middle} % ({low} to {high})"


def _triple(found: Any) -> tuple[float, float, float] | None:
    if not isinstance(found, Mapping):
        return None
    numbers = [found.get(name) for name in ("value", "low", "high")]
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    return float(numbers[0]), float(numbers[1]), float(numbers[2])


def figures(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Name, value and interval of each figure below ``figures`` or ``evaluation`` of a card, however deep it lies."""
    rows: list[tuple[str, str, str]] = []
    for key in ("figures", "evaluation", "scores", "metrics"):
        _collect(found.get(key), [], rows)
    return rows


def _collect(value: Any, path: list[str], rows: list[tuple[str, str, str]]) -> None:
    if not isinstance(value, Mapping):
        return
    number = value.get("value", value.get("estimate"))
    low, high = value.get("low"), value.get("high")
    if isinstance(value.get("interval"), list) and len(value["interval"]) == 2:
        low, high = value["interval"]
    if isinstance(number, int | float):
        spread = f"{low:.3f} to {high:.3f}" if isinstance(low, int | float) and isinstance(high, int | float) else ""
        rows.append((" · ".join(path).replace("_", " "), f"{number:.3f}", spread))
        return
    for name, inner in value.items():
        _collect(inner, path if name == "measures" else [*path, str(name)], rows)
