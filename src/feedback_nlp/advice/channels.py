"""How the sender wants to be answered, where the words bar a mail: by telephone, in a chat, through a link, in person.

The frame finds the common forms; this reads the plain ones ("mail I see too late", "don't email back, ring me").
"""

from __future__ import annotations

import re

from feedback_nlp.schema import Sentence

_NO_MAIL = re.compile(
    r"\b(?:do not|don['’]?t|dont|never|not|cannot|can['’]?t)\b[^.?!\n]{0,30}?"
    r"\b(?:e-?mail|reply on here|mail me|reply here)"
    r"|\bno e-?mails?\b|\be-?mail i (?:see|read)\b|\bmail i (?:see|read)\b|\be-?mails? (?:take|get read) too late"
    r"|\baddress is used for \w+ only\b",
    re.IGNORECASE,
)
_ADDRESSES = re.compile(r"[\w.+-]+@[\w-]+\.\w", re.IGNORECASE)
_WAYS = (
    ("chat", re.compile(r"\b(?:whatsapp|telegram|signal|text me|send me a text|sms)\b", re.IGNORECASE)),
    ("portal_feedback", re.compile(r"\b(?:through|via|using|with) (?:the|this|our|your) (?:[a-z]+ )?link\b", re.I)),
    ("phone", re.compile(r"\b(?:ring|call|phone|give (?:me|us) a (?:ring|call|bell))\b", re.IGNORECASE)),
    ("in_person", re.compile(r"\b(?:catch|find|see) (?:me|us)\b|\bcome (?:by|round|and see)\b", re.IGNORECASE)),
)


def barred_way(said: tuple[Sentence, ...]) -> str:
    """The key of the reason for no mail: "phone", "chat", "portal_feedback", "in_person"; empty where mail is fine."""
    if not any(_NO_MAIL.search(s.text) and not _ADDRESSES.search(s.text) for s in said):
        return ""
    return next((key for key, pattern in _WAYS if any(pattern.search(s.text) for s in said)), "")
