"""For spaCy's people: ``nlp.add_pipe("feedback_nlp")`` puts the report on ``doc._.feedback``.

spaCy imports this module whenever any pipeline is loaded (it is an entry point), so it must stay light and must not
load a model before a component is really made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import raise_error

if TYPE_CHECKING:
    from feedback_nlp.analyzer import Analyzer
    from feedback_nlp.schema import Message

ErrorHandler = Callable[[str, Any, list[Doc], Exception], Any]
"""As of `Language.set_error_handler`: name, component, documents, error."""


@Language.factory(
    "feedback_nlp", assigns=["doc._.feedback"], default_config={"models": None, "advice": False, "as_json": False}
)
def make_component(
    nlp: Language, name: str, models: str | None, advice: bool, as_json: bool = False
) -> FeedbackComponent:
    """A pipeline component that reads each `Doc` as one mail. `models` is a folder, by default the shipped one."""
    return FeedbackComponent(models, advice, as_json, name)


class FeedbackComponent:
    """Sets ``doc._.feedback`` to the `Report` of ``doc.text``; changes nothing else in the document.

    With `as_json` it is a dictionary of schema ``feedback-nlp/1`` instead, which spaCy can send to another process
    (``n_process``) and keep (`DocBin`). Spans count code points of the report's own text, which is ``doc.text`` with
    residue of mail encodings undone. A document without words has None.
    """

    def __init__(
        self, models: str | None = None, advice: bool = False, as_json: bool = False, name: str = "feedback_nlp"
    ) -> None:
        self.models = models
        self.advice = advice
        self.as_json = as_json
        self.name = name
        self._analyzer: Analyzer | None = None
        self._on_error: ErrorHandler = raise_error
        if not Doc.has_extension("feedback"):
            Doc.set_extension("feedback", default=None)

    def __call__(self, doc: Doc) -> Doc:
        """Analyze one document. Raises `InputError` when its text cannot be read as a mail."""
        if doc.text.strip():
            self._set([doc], [self._load().message(doc.text)])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """Analyze many documents; much faster than one by one. A document that cannot be read goes to the handler."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            kept, readable, messages = [], [], []
            for doc in batch:
                try:
                    message = self._load().message(doc.text) if doc.text.strip() else None
                except Exception as error:  # noqa: BLE001 - whatever it is, spaCy's handler decides
                    self._on_error(self.name, self, [doc], error)
                    continue
                kept.append(doc)
                if message is not None:
                    readable.append(doc)
                    messages.append(message)
            self._set(readable, messages)
            yield from kept

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """What happens to documents that cannot be read; spaCy calls this."""
        self._on_error = error_handler

    def _set(self, docs: Sequence[Doc], messages: Sequence[Message]) -> None:
        from feedback_nlp.report import to_dict

        for doc, report in zip(docs, self._load().analyze_all(messages, advice=self.advice), strict=True):
            doc._.feedback = to_dict(report) if self.as_json else report

    def _load(self) -> Analyzer:
        from pathlib import Path

        from feedback_nlp.analyzer import load

        if self._analyzer is None:
            self._analyzer = load(Path(self.models) if self.models else None)
        return self._analyzer

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_analyzer": None}
