"""The linter passes on what the advice makes of every labelled mail."""

from __future__ import annotations

from typing import Any

import pytest
from tests.gold import gold_analysis, gold_rows

from feedback_nlp.advice import advise
from feedback_nlp.linter import lint
from feedback_nlp.schema import Tag, Tone


def faults(rows: list[dict[str, Any]], tone: Tone = Tone.MIRROR) -> list[str]:
    found = []
    for row in rows:
        analysis = gold_analysis(row)
        advice = advise(analysis, tone=tone, lint=lint)
        found += [f"{row['id']}: rule {finding.rule}: {finding.message}" for finding in lint(analysis, advice)]
        personal = any("touches something personal" in note for note in advice.notes)  # a trait is nothing to work on
        if (
            analysis.labels.tag is Tag.ACTIONABLE
            and not personal
            and not (advice.instructions and advice.questions and advice.prompts)
        ):
            found.append(f"{row['id']}: something to act on, and a part of the answer is empty")
    return found


def test_a_tenth_of_the_labelled_mails_passes() -> None:
    """Every tenth mail gets an answer without a finding."""
    assert faults(gold_rows()[::10]) == []


@pytest.mark.slow
@pytest.mark.parametrize("tone", Tone)
def test_all_labelled_mails_pass(tone: Tone) -> None:
    """Every mail, in every tone, gets an answer without a finding."""
    assert faults(gold_rows(), tone) == []
