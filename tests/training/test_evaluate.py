"""The gate keeps quality from sinking unseen."""

import json

import pytest

from feedback_nlp.errors import UsageError
from feedback_nlp.training.evaluate import Evaluation, load_sets, new_floors, sunk, update_floors
from feedback_nlp.training.measures import Measure


def evaluation(accuracy=0.9, false=0.01, digest="d1"):
    measures = (
        Measure("tag accuracy", accuracy, accuracy - 0.05, accuracy + 0.05, 100),
        Measure("false actionable", false, 0.0, 0.05, 60),
    )
    return Evaluation("blind", digest, measures, ())


def test_a_figure_below_its_floor_is_named():
    """Falling accuracy and rising false alarms both break the gate; small changes do not."""
    floors = {"blind": new_floors(evaluation())}
    assert sunk(evaluation(0.89, 0.02), floors) == []
    assert "tag accuracy is 0.850" in sunk(evaluation(0.85), floors)[0]
    assert "false actionable is 0.080" in sunk(evaluation(0.9, 0.08), floors)[0]


def test_changed_mails_ask_for_a_new_measurement():
    """Floors belong to the mails that they were measured on."""
    floors = {"blind": new_floors(evaluation())}
    assert "changed" in sunk(evaluation(digest="d2"), floors)[0]


def test_floors_rise_but_sink_only_with_a_reason(tmp_path):
    """A better model raises the floors; a worse one keeps them, unless lowering is asked for, with a reason."""
    path = tmp_path / "floors.json"
    update_floors(path, [evaluation(0.9)])
    update_floors(path, [evaluation(0.95)])
    assert json.loads(path.read_text())["blind"]["floors"]["tag accuracy"] == 0.93
    update_floors(path, [evaluation(0.8)])
    assert json.loads(path.read_text())["blind"]["floors"]["tag accuracy"] == 0.93
    with pytest.raises(UsageError, match="--reason"):
        update_floors(path, [evaluation(0.8)], lower=True)
    update_floors(path, [evaluation(0.8)], lower=True, reason="the set became harder")
    kept = json.loads(path.read_text())
    assert kept["blind"]["floors"]["tag accuracy"] == 0.78
    assert kept["lowered"][0]["reason"] == "the set became harder"


def test_nothing_to_evaluate_says_what_to_give(tmp_path):
    """An empty folder is no evaluation."""
    with pytest.raises(UsageError, match=r"give a \.jsonl file"):
        load_sets([tmp_path])
