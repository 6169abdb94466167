"""The frame of a mail: what it proves about people, routes, dates and doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.frame.scoring import load, score, table

FRAME_MAILS = Path(__file__).parent / "frame"


@pytest.mark.parametrize("roles", [False, True], ids=["all roles other", "gold roles"])
def test_held_out_mails_are_read_to_the_floor(roles: bool) -> None:
    """Mails that the code was not written for keep to the floors of precision and recall."""
    tallies = score(load(FRAME_MAILS / "worked_on.toml"), roles)
    assert tallies["all"].precision >= 0.9, table(tallies)
    assert tallies["all"].recall >= 0.85, table(tallies)
