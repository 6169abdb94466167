"""Which sentences the linter refused: builders then take the twin without a slot, and at last leave it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Guard:
    """The texts that were refused so far, and how far the reply has fallen back (0 slots, 1 twins, 2 bare)."""

    refused: frozenset[str] = field(default=frozenset())
    reply_level: int = 0

    def allows(self, text: str) -> bool:
        """Whether a text has not been refused."""
        return text not in self.refused

    def first(self, *texts: str) -> str:
        """The first text that is not empty and was not refused; empty if there is none."""
        return next((text for text in texts if text and text not in self.refused), "")

    def refuse(self, texts: Iterable[str]) -> Guard:
        """A guard that refuses these texts too."""
        return Guard(self.refused | set(texts), self.reply_level)

    def lower_reply(self) -> Guard:
        """A guard whose reply falls back one step more."""
        return Guard(self.refused, self.reply_level + 1)
