"""The public surface is pinned."""

from __future__ import annotations

import subprocess
import sys

import feedback_nlp

NAMES = [
    "Analysis",
    "Analyzer",
    "FeedbackNlpError",
    "Message",
    "Report",
    "__version__",
    "load",
    "open_mail",
    "read_mail",
    "to_json",
    "to_markdown",
]


def test_the_names_are_these() -> None:
    """A new public name is a decision, and is written here."""
    assert feedback_nlp.__all__ == NAMES
    assert dir(feedback_nlp) == NAMES


def test_each_name_is_there() -> None:
    """Each name resolves, and others say so."""
    assert all(getattr(feedback_nlp, name) is not None for name in NAMES)
    assert not hasattr(feedback_nlp, "nonsense")


def test_importing_is_light() -> None:
    """`import feedback_nlp` loads neither spaCy nor scikit-learn nor NumPy."""
    script = "import sys, feedback_nlp; assert not {'spacy', 'sklearn', 'numpy', 'streamlit'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
