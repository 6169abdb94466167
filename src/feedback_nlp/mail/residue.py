"""What earlier programs left in a text: quoted-printable that nobody decoded, UTF-8 read as cp1252, HTML entities."""

from __future__ import annotations

import html
import re

from feedback_nlp.mail.cleaning import clean
from feedback_nlp.mail.limits import MAX_TEXT

_QP_GROUP = re.compile(r"=[C-F][0-9A-F](?:=\n?[89AB][0-9A-F]){1,3}")
_QP_SOFT = re.compile(r"(?m)(?<=[^\n]{55})=\n(?=\S)")
_QP_TAIL = re.compile(r"(?m)=20$")
_QP_EQUALS = re.compile(r"=3D(?=[\"'A-Za-z0-9])")
_QP_ATTRIBUTE = re.compile(r"<[^<>]{1,200}=3D[\"'\w#]")  # <a href=3D"…
_QP_ANY = re.compile(r"(?:=[0-9A-F]{2})+")


def repair_quoted_printable(text: str) -> tuple[str, bool]:
    """Undo quoted-printable residue where it clearly is residue: two different signs of it, or one that nobody types.

    A lone ``=20`` inside a line or an ``=`` at the end of a short line is left as it is.
    """
    if "=" not in text:
        return text, False
    groups, tails = bool(_QP_GROUP.search(text)), bool(_QP_TAIL.search(text))
    soft = len(_QP_SOFT.findall(text[:MAX_TEXT]))
    if not (groups or tails or _QP_ATTRIBUTE.search(text) or soft >= 2 or (soft and _QP_EQUALS.search(text))):
        return text, False
    if soft or (groups and re.search(r"=\n", text)):
        text = re.sub(r"=\n", "", text)
    return _QP_ANY.sub(_unquote, text), True


def _unquote(match: re.Match[str]) -> str:
    """The characters of a run of ``=XX``, or the run itself where it is not text."""
    raw = bytes.fromhex(match[0].replace("=", ""))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return text if text.isprintable() or text.isspace() else match[0]


_ENTITY = re.compile(
    r"&(?:nbsp|amp|quot|apos|lt|gt|[lr]squo|[lr]dquo|[nm]dash|hellip|bull|zwnj|zwj|shy|pound|euro"
    r"|#(?:3[2-9]|[4-9]\d|\d{3,5})|#[xX][0-9a-fA-F]{2,4});"
)
_CERTAIN = re.compile(
    r"&(?:nbsp|quot|#0?39|#x27|[lr]squo|[lr]dquo|[nm]dash|zwnj|#\d{3,5}|amp;[#a-z])|\w &amp; \w|\w&amp;\w"
)


def has_entities(text: str) -> bool:
    """Whether HTML was turned into this text without its entities."""
    return "&" in text and _CERTAIN.search(text) is not None


def repair_entities(text: str) -> tuple[str, bool]:
    """Undo ``&nbsp;`` and ``&#39;`` in a text that is no HTML any more; the number of lines stays."""
    if not has_entities(text):
        return text, False
    fixed = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "&" in fixed and _CERTAIN.search(fixed):  # escaped twice
        fixed = _ENTITY.sub(lambda match: html.unescape(match[0]), fixed)
    fixed = clean(fixed)
    return (fixed, True) if fixed.count("\n") == text.count("\n") else (text, False)


_AS_BYTE = {chr(byte): byte for byte in range(0x80, 0x100)}
_AS_BYTE.update(
    {character: byte for byte in range(0x80, 0xA0) for character in bytes([byte]).decode("cp1252", "ignore")}
)
_CONTINUES = "[" + "".join(re.escape(c) for c, byte in _AS_BYTE.items() if byte < 0xC0) + "]"
_MOJIBAKE = re.compile(
    f"â[\u0080€]{_CONTINUES}|ðŸ{_CONTINUES}{{2}}|Â[\u00a0£©®°·«»§¢¿¡]|(?<=[a-z])Ã{_CONTINUES}|Ã{_CONTINUES}(?=[a-z])"
)
_LOST_QUOTE = re.compile("â€\ufffd|(?<=[\\w.,!?])â€(?=[\\s.,;:!?)]|$)")


def repair_mojibake(text: str) -> tuple[str, bool]:
    """Undo UTF-8 read as cp1252 ("weâ€™re") run by run, only in the forms that are no words of their own."""
    if "â" not in text and "Ã" not in text and "Â" not in text and "ð" not in text:
        return text, False
    found = False

    def _repair(match: re.Match[str]) -> str:
        nonlocal found
        try:
            fixed = bytes(_AS_BYTE[character] for character in match[0]).decode("utf-8")
        except UnicodeDecodeError:
            return match[0]
        found = True
        return fixed

    text = _MOJIBAKE.sub(_repair, text)
    if found or text.count("â€") > 1:  # the third byte of a closing quote has no character in cp1252 and was lost
        text, closed = _LOST_QUOTE.subn("”", text)
        found = found or closed > 0
    return text, found
