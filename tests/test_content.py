"""The word lists belong together: what one table names, the others know."""

from __future__ import annotations

import pytest

from feedback_nlp.content import areas, read_table

# Where every area has words of its own: the table, and the keys that lead to them.
WORDS_OF_AREAS = [
    ("kinds", ("default",)),
    ("questions", ("area",)),
    ("prompts", ("area",)),
    ("steps", ("area",)),
    ("steps", ("thing",)),
    ("baseline", ("area",)),
]


@pytest.mark.parametrize(("table", "keys"), WORDS_OF_AREAS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_area_has_its_words(table: str, keys: tuple[str, ...]) -> None:
    """Each area of taxonomy.toml stands in each table of words, and no table has an area that is not there."""
    block = read_table(table)
    for key in keys:
        block = block[key]
    place = f"{table}.toml, [{'.'.join(keys)}]"
    assert set(areas()) - set(block) == set(), f"missing in {place}"
    assert set(block) - set(areas()) == set(), f"unknown in {place}"


def test_optional_words_name_known_areas() -> None:
    """Tables in which an area may be missing name no area that is not in taxonomy.toml."""
    named = {
        "steps.toml, [do_area]": set(read_table("steps")["do_area"]),
        "steps.toml, [plan_with]": set(read_table("steps")["plan_with"]) - {"mine", "gerund"},
        "situations.toml, [sort_area]": set(read_table("situations")["sort_area"]),
        "kinds.toml, [[rule]]": {area for rule in read_table("kinds")["rule"] for area in rule.get("areas", ())},
    }
    assert {place: odd for place, found in named.items() if (odd := found - set(areas()))} == {}
