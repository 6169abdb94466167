"""What several test files need."""

from __future__ import annotations

import pytest

from feedback_nlp.analyzer import Analyzer, load, shipped_models


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    """The analyzer with the shipped models, loaded once for all tests."""
    if not (shipped_models() / "card.json").is_file():
        pytest.skip("models/ is empty: run 'feedback-nlp train --encoder'")
    return load()
