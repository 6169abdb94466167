"""The words of a calendar invitation (RFC 5545), for mail that is nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from feedback_nlp.mail.limits import MAX_TEXT

BEGIN = "BEGIN:VCALENDAR"
_SHOWN = ("SUMMARY", "DESCRIPTION", "LOCATION")
_ESCAPED = re.compile(r"\\([nN,;\\])")


def is_invitation(text: str) -> bool:
    """Whether a text is a calendar file."""
    return text[:200].lstrip("\ufeff \r\n\t").upper().startswith(BEGIN)


def read_invitation(text: str) -> tuple[str, str]:
    """Title and words of the first event."""
    found: dict[str, str] = {}
    for name, value in _properties(text[: 4 * MAX_TEXT]):
        if name in _SHOWN:
            found.setdefault(name, value.strip())
        elif (name, value.upper()) == ("END", "VEVENT"):
            break
    return found.get("SUMMARY", "")[:1_000], "\n\n".join(found[name] for name in _SHOWN if found.get(name))


def _properties(text: str) -> Iterator[tuple[str, str]]:
    """Names and values; a line that begins with a space goes on with the line before it."""
    held: list[str] = []
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        if line[:1] in (" ", "\t") and held:
            held.append(line[1:])
            continue
        name, _, value = "".join(held).partition(":")
        if held:
            yield name.partition(";")[0].upper(), _ESCAPED.sub(_unescaped, value)
        held = [line]


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] in "nN" else match[1]
