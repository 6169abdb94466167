"""The figures of a model card, however it is laid out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


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
