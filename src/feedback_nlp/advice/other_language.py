"""The answer to a mail in another language: who reads it is asked, and no letter in English is suggested."""

from __future__ import annotations

from feedback_nlp.content import read_table
from feedback_nlp.schema import Advice

__all__ = ["own_reading"]

SITUATION = "other_language"


def own_reading(language: str) -> Advice:
    """The advice to read a mail oneself, because it is in `language` (an English name, such as "German")."""
    words: dict[str, str] = read_table("other_language")
    return Advice(
        situation=SITUATION,
        reading=words["reading"].format(language=language),
        no_reply_reason=words["no_reply"].format(language=language),
    )
