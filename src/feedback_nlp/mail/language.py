"""Whether a text is clearly not English. A first look at common words spares most mails the model."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_LETTERS = 20  # below this nothing is said
_ENGLISH = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "but",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "with",
        "from",
        "by",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "have",
        "has",
        "had",
        "will",
        "would",
        "can",
        "could",
        "not",
        "no",
        "we",
        "you",
        "i",
        "he",
        "she",
        "they",
        "it",
        "this",
        "that",
        "your",
        "our",
        "my",
        "us",
        "me",
        "as",
        "so",
        "if",
        "for",
        "do",
        "did",
        "who",
        "when",
        "what",
        "which",
        "there",
    ]
)
_LANGUAGES = {
    "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch", "pt": "Portuguese",
    "pl": "Polish", "sv": "Swedish", "da": "Danish", "no": "Norwegian", "nb": "Norwegian", "nn": "Norwegian",
    "fi": "Finnish", "cs": "Czech", "sk": "Slovak", "hu": "Hungarian", "ro": "Romanian", "tr": "Turkish",
    "ru": "Russian", "uk": "Ukrainian", "bg": "Bulgarian", "el": "Greek", "he": "Hebrew", "ar": "Arabic",
    "hi": "Hindi", "zh": "Chinese", "ja": "Japanese", "ko": "Korean", "vi": "Vietnamese", "id": "Indonesian",
    "ca": "Catalan", "hr": "Croatian", "sr": "Serbian", "sl": "Slovenian", "lt": "Lithuanian", "lv": "Latvian",
    "et": "Estonian", "fa": "Persian", "th": "Thai", "ms": "Malay", "eu": "Basque", "gl": "Galician",
}  # fmt: skip


def foreign_language(text: str) -> str:
    """The English name of the language of `text` when it clearly is another one than English, else an empty string."""
    sample = text[:3_000]
    letters = sum(map(str.isalpha, sample))
    if letters < _LETTERS:
        return ""
    words = re.findall(r"[a-z']+", sample.lower())
    known = sum(word in _ENGLISH for word in words)
    if known >= 0.15 * max(len(words), letters / 6):  # English runs at 0.35 to 0.5, its neighbors below 0.1
        return ""
    found, probability = _identifier().classify(sample)
    return _LANGUAGES.get(found, "") if probability >= 0.95 else ""


@cache
def _identifier() -> Any:
    """py3langid with probabilities; loaded when the first mail is not clearly English."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
