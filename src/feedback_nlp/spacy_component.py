"""For spaCy's people: ``nlp.add_pipe("feedback_nlp")`` puts the report on ``doc._.feedback``.

spaCy imports this module whenever any pipeline is loaded (it is an entry point), so it must stay light and must not
load a model before a component is really made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc

if TYPE_CHECKING:
    from feedback_nlp.analyzer import Analyzer


@Language.factory("feedback_nlp", default_config={"models": None, "advice": False})
def make_component(nlp: Language, name: str, models: str | None, advice: bool) -> FeedbackComponent:
    """A pipeline component that reads each `Doc` as one mail. `models` is a folder, by default the shipped one."""
    return FeedbackComponent(models, advice)


class FeedbackComponent:
    """Sets ``doc._.feedback`` to the `Report` of ``doc.text``; changes nothing else in the document."""

    def __init__(self, models: str | None = None, advice: bool = False) -> None:
        self.models = models
        self.advice = advice
        self._analyzer: Analyzer | None = None
        if not Doc.has_extension("feedback"):
            Doc.set_extension("feedback", default=None)

    def __call__(self, doc: Doc) -> Doc:
        """Analyze one document."""
        doc._.feedback = self._load().analyze(doc.text, advice=self.advice) if doc.text.strip() else None
        return doc

    def _load(self) -> Any:
        from pathlib import Path

        from feedback_nlp.analyzer import load

        if self._analyzer is None:
            self._analyzer = load(Path(self.models) if self.models else None)
        return self._analyzer

    def __getstate__(self) -> dict[str, Any]:
        return {"models": self.models, "advice": self.advice, "_analyzer": None}
