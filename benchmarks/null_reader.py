"""An analyzer that does nothing: what is left is the cost of the batch itself. A module, so that workers find it."""

from __future__ import annotations

from collections.abc import Sequence

from feedback_nlp.schema import (
    Analysis,
    Frame,
    Labels,
    Message,
    Outcome,
    Report,
    Route,
    RouteKind,
    Sender,
    SenderKind,
    Sentence,
    Span,
    Stage,
    Tag,
)


class NullAnalyzer:
    """Calls every mail generic, with its whole text as one sentence."""

    def analyze_all(self, messages: Sequence[Message], *, advice: bool = True) -> list[Report]:
        """A report for each mail."""
        return [Report(_analysis(message)) for message in messages]


def load() -> NullAnalyzer:
    """The factory."""
    return NullAnalyzer()


def _analysis(message: Message) -> Analysis:
    chances = {Tag.ACTIONABLE: 0.0, Tag.GENERIC: 1.0, Tag.UNRELATED: 0.0}
    whole = (Sentence(Span(0, len(message.text)), message.text),)
    labels = Labels(Tag.GENERIC, chances, False, Outcome.UNKNOWN, Stage.UNKNOWN, False, whole)
    return Analysis(message, labels, (), (), Frame(Sender(SenderKind.TEAM), Route(RouteKind.NO_REPLY)))
