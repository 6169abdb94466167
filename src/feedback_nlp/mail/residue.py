"""What earlier programs left in pasted text: quoted-printable that nobody decoded, UTF-8 that was read as cp1252."""

from __future__ import annotations

import re

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


_AS_BYTE = {chr(byte): byte for byte in range(0x80, 0x100)}
_AS_BYTE.update(
    {character: byte for byte in range(0x80, 0xA0) for character in bytes([byte]).decode("cp1252", "ignore")}
)
_CONTINUES = "[" + "".join(re.escape(c) for c, byte in _AS_BYTE.items() if byte < 0xC0) + "]"
_MOJIBAKE = re.compile(
    f"â[\u0080€]{_CONTINUES}|ðŸ{_CONTINUES}{{2}}|Â[\u00a0£©®°·«»§¢¿¡]|(?<=[a-z])Ã{_CONTINUES}|Ã{_CONTINUES}(?=[a-z])"
)


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

    return _MOJIBAKE.sub(_repair, text), found
