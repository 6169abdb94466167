"""The words of the program: TOML files in ``content/``, checked by name when they are read.

Code branches on enums; everything that is only looked up lives in these files, so that people who do not program can
review and extend it. A file with an unknown key, a missing key or a wrong type is refused with file and key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from feedback_nlp.errors import ContentError


@cache
def read_table(name: str) -> dict[str, Any]:
    """The content file ``content/<name>.toml`` as a dictionary. Raises `ContentError` if it cannot be read."""
    file = resources.files("feedback_nlp").joinpath("content", f"{name}.toml")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ContentError(f"content/{name}.toml is missing: install the package again") from None
    except (ValueError, RecursionError) as error:  # bad TOML, bytes that are no UTF-8, a number or nesting without end
        raise ContentError(f"content/{name}.toml is not valid TOML: {error}") from None


def check_keys(
    table: Mapping[str, Any], where: str, required: Mapping[str, type], optional: Mapping[str, type] | None = None
) -> None:
    """Refuse, by name, a missing key, an unknown key or a value of another type."""
    known = {**required, **(optional or {})}
    for key in table:
        if key not in known:
            raise ContentError(f"{where}: unknown key {key!r}; known keys are {', '.join(sorted(known))}")
        if not isinstance(table[key], known[key]):
            raise ContentError(f"{where}: {key!r} must be {known[key].__name__}, not {type(table[key]).__name__}")
    for key in required:
        if key not in table:
            raise ContentError(f"{where}: the key {key!r} is missing")


@dataclass(frozen=True, slots=True)
class Area:
    """An improvement area: `name` for headings, `plain` for the middle of a sentence ("how I come across")."""

    key: str
    name: str
    plain: str
    about: str
    not_about: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a label means, for ``feedback-nlp explain`` and the About page."""

    key: str
    group: str  # tag, outcome, stage, role, area or kind
    name: str
    meaning: str
    example: str = ""


@cache
def areas() -> dict[str, Area]:
    """All areas by key, in the order of the file, which is the order of the model's columns."""
    table = read_table("taxonomy")
    found: dict[str, Area] = {}
    for key, block in table["area"].items():
        check_keys(
            block, f"content/taxonomy.toml: area.{key}", {"name": str, "plain": str, "about": str}, {"not_about": str}
        )
        found[key] = Area(key, block["name"], block["plain"], block["about"], block.get("not_about", ""))
    return found


@cache
def explanations() -> dict[str, Explanation]:
    """What each label means, by key; areas included."""
    table = read_table("taxonomy")
    found: dict[str, Explanation] = {}
    for group in ("tag", "outcome", "stage", "role", "kind"):
        for key, block in table[group].items():
            check_keys(block, f"content/taxonomy.toml: {group}.{key}", {"name": str, "meaning": str}, {"example": str})
            found.setdefault(key, Explanation(key, group, block["name"], block["meaning"], block.get("example", "")))
    for area in areas().values():
        note = f" Not: {area.not_about}." if area.not_about else ""
        found[area.key] = Explanation(area.key, "area", area.name, f"{area.about[:1].upper()}{area.about[1:]}.{note}")
    return found


# --- the words of the advice ------------------------------------------------------------------------------------------

_BEHAVIOR = {"name": str, "areas": list, "cues": list, "do": str, "plan": str, "prompt": str}
_BEHAVIOR_MORE = {"ask": str, "step": str, "if": str, "then": str}
_ROW = {
    "tag": str, "outcome": str, "stage": str, "channel": str, "units": list, "read": str, "thanks": str, "draft": str,
    "questions": str, "prompts": str, "step": str,
}  # fmt: skip
_PROMPT = {"kind": str, "source": str, "text": str}
_STEP = {"step": str, "plan": str, "if": str, "then": str}
_SOURCE = {"author": str, "title": str}


def check_advice_words() -> None:
    """Refuse, by name, a wrong key or a dangling name in the files that the advice is made of."""
    known = areas()
    for key, block in read_table("behaviors").items():
        where = f"content/behaviors.toml: {key}"
        check_keys(block, where, _BEHAVIOR, _BEHAVIOR_MORE)
        _known(block["areas"], known, where)
    for key, row in read_table("situations")["row"].items():
        check_keys(row, f"content/situations.toml: row.{key}", _ROW, {"tone": str, "words": int})
    steps = read_table("steps")
    _known(steps["area"], known, "content/steps.toml: area")
    for key, block in steps["area"].items():
        check_keys(block, f"content/steps.toml: area.{key}", _STEP)
    sources = read_table("sources")
    for key, block in sources["practice"].items():
        check_keys(block, f"content/sources.toml: practice.{key}", {"name": str, "says": str, "sources": list})
        _known(block["sources"], sources["source"], f"content/sources.toml: practice.{key}")
    for key, block in sources["source"].items():
        check_keys(block, f"content/sources.toml: source.{key}", _SOURCE, {"year": int, "link": str})
    prompts = read_table("prompts")
    for group in ("area", "craft", "kind", "situation", "feeling"):
        for key, blocks in prompts[group].items():
            for block in blocks:
                check_keys(block, f"content/prompts.toml: {group}.{key}", _PROMPT, {"plain": str})
                _known([block["source"]], sources["practice"], f"content/prompts.toml: {group}.{key}")


def _known(names: Iterable[str], table: Mapping[str, Any], where: str) -> None:
    for name in names:
        if name not in table:
            raise ContentError(f"{where}: {name!r} is not known; known are {', '.join(sorted(table))}")
