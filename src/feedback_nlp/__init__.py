"""Reads rejection mail and recruiter feedback: what to act on, what to ask, what to reflect on.

>>> import feedback_nlp as fn
>>> nlp = fn.load()                      # doctest: +SKIP
>>> report = nlp.analyze("Hi Sam, ...")  # doctest: +SKIP

Importing this package loads neither spaCy nor scikit-learn: public names are resolved on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedback_nlp.analyzer import Analyzer, load
    from feedback_nlp.errors import FeedbackNlpError
    from feedback_nlp.mail import open_mail, read_mail
    from feedback_nlp.report import to_json, to_markdown
    from feedback_nlp.schema import Analysis, Message, Report

__version__ = "0.1.0"

_HOME = {
    "Analyzer": "analyzer",
    "load": "analyzer",
    "FeedbackNlpError": "errors",
    "open_mail": "mail",
    "read_mail": "mail",
    "to_json": "report",
    "to_markdown": "report",
    "Analysis": "schema",
    "Message": "schema",
    "Report": "schema",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"feedback_nlp.{_HOME[name]}"), name)
    raise AttributeError(f"module 'feedback_nlp' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
