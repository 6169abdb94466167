"""Bytes to characters, and characters to the form that all offsets count in.

After `clean` a text has ``\\n`` as its only line end, an ordinary space for every no-break or exotic space, no
zero-width character, no NUL or other control character but tab and line feed, and no lone surrogate. Offsets in
`Message.text` count code points *after* this step.
"""

from __future__ import annotations

import re
from encodings.aliases import aliases
from functools import cache
from typing import TYPE_CHECKING

from feedback_nlp.mail.limits import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

# Text charsets that decode in linear time. Never `codecs.lookup` on a name out of a mail: "punycode" is quadratic.
_PLAIN = [
    "utf_8",
    "utf_8_sig",
    "utf_16",
    "utf_16_le",
    "utf_16_be",
    "utf_32",
    "utf_32_le",
    "utf_32_be",
    "utf_7",
    "koi8_r",
    "koi8_u",
    "koi8_t",
    "hz",
    "gb18030",
    "gbk",
    "big5",
    "big5hkscs",
    "cp950",
    "cp949",
    "euc_kr",
    "johab",
    "shift_jis",
    "cp932",
    "euc_jp",
    "iso2022_jp",
    "iso2022_jp_1",
    "iso2022_jp_2",
    "iso2022_jp_3",
    "iso2022_kr",
    "tis_620",
    "cp874",
    "mac_roman",
    "mac_cyrillic",
    "mac_greek",
    "mac_latin2",
    "mac_turkish",
    "cp437",
    "cp850",
    "cp852",
    "cp855",
    "cp858",
    "cp862",
    "cp864",
    "cp866",
    "cp1250",
    "cp1251",
    "cp1252",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "iso8859_2",
    "iso8859_3",
    "iso8859_4",
    "iso8859_5",
    "iso8859_6",
    "iso8859_7",
    "iso8859_8",
    "iso8859_10",
    "iso8859_13",
    "iso8859_14",
    "iso8859_15",
    "iso8859_16",
]
# What a name means in practice: the larger charset that writers really use (as browsers do).
_PRACTICE = {
    "ascii": "utf_8",
    "us_ascii": "utf_8",
    "ansi_x3.4_1968": "utf_8",
    "iso8859_1": "cp1252",
    "latin_1": "cp1252",
    "iso_8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "ks_c_5601_1987": "cp949",
    "big5": "cp950",
    "unicode_1_1_utf_8": "utf_8",
    "utf8mb4": "utf_8",
}
_GUESS_LEAST = 100  # bytes; a guess on less is worse than none
_WESTERN = 0.12  # share of bytes over 0x7f that Western languages stay below
_WIDE = 0.4  # share of zero bytes in UTF-16 of a Latin text
_GUESS_BYTES = 32_000  # charset-normalizer is slow; this much decides


@cache
def charset(name: str) -> str:
    """The codec for a charset name out of a mail, or an empty string when it is none that is allowed."""
    key = name.strip().strip("\"'").lower().replace("-", "_").replace(" ", "_")[:40]
    if key.startswith(("windows_", "x_cp", "cp_")):
        key = "cp" + key.rpartition("_")[2].removeprefix("cp")
    if key.startswith("iso_8859_"):
        key = "iso8859_" + key.removeprefix("iso_8859_").partition("_")[0]
    key = _PRACTICE.get(key) or aliases.get(key, key)
    key = _PRACTICE.get(key, key)
    return key if key in _PLAIN else ""


def wide_codec(raw: bytes) -> str:
    """UTF-16 without a byte order mark, by where the zero bytes of its Latin letters stand; else an empty string."""
    sample = raw[:2_000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) >= 20 and max(even, odd) > len(sample) * _WIDE and min(even, odd) <= len(sample) // 100:
        return "utf_16_le" if odd > even else "utf_16_be"
    return ""


def decode(raw: bytes, declared: str = "") -> str:
    """Bytes as text: the declared charset, then strict UTF-8, then a guess, then cp1252 with replacements."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) and len(raw) % 2 == 0:
        return raw.decode("utf-16", "replace")
    if b"\0" in raw[:2_000] and (wide := wide_codec(raw)):
        return raw.decode(wide, "replace")
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    codec = charset(declared) if declared else ""
    for candidate in (codec, "utf_8"):
        if candidate:
            try:
                return raw.decode(candidate)
            except (UnicodeDecodeError, UnicodeError):
                continue
    if codec:  # a few broken bytes in an otherwise right charset: keep it
        text = raw.decode(codec, "replace")
        broken = text.count("\ufffd")
        told = codec != "utf_8" or broken < len(text) - len(text.encode("ascii", "ignore"))  # some of it is UTF-8
        if told and broken <= max(3, len(text) // 100):
            return text
    return raw.decode(_guess(raw[:_GUESS_BYTES]), "replace")


def _guess(raw: bytes) -> str:
    """The likely codec of `raw`, cp1252 when nothing better is found."""
    from charset_normalizer import from_bytes

    high = sum(map((0x80).__le__, raw))
    if b"\0" not in raw and len(raw) >= _GUESS_LEAST and high > len(raw) * _WESTERN:
        best = from_bytes(raw, chunk_size=512).best()
        codec = charset(best.encoding) if best else ""
        if codec and not codec.startswith(("utf_7", "utf_16", "utf_32")):
            return codec
    return "cp1252"


# --- characters -------------------------------------------------------------------------------------------------------

_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_DROPPED = dict.fromkeys(
    [
        *(code for code in range(0x20) if code not in (0x09, 0x0A)),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        0xAD,  # soft hyphen
        *range(0x200B, 0x2010),  # zero-width, direction marks
        *range(0x202A, 0x202F),  # bidi embedding
        *range(0x2060, 0x2070),
        0xFEFF,
        *range(0xFFF9, 0xFFFD),
        0x34F,  # combining grapheme joiner, as in the padding of previews
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x180E,
        0x3164,
        *range(0xD800, 0xE000),
    ],
    None,
)
_TABLE: dict[int, str | None] = {**_SPACES, **_DROPPED, 0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
# Most mail is plain: looking for anything out of the ordinary first is cheaper than translating every text.
_ODD = re.compile(r"[^\t\n\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u2bff]")


def clean(text: str) -> str:
    """`text` with one kind of line end, one kind of space and no invisible character. See the module's docstring."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _ODD.search(text):
        text = text.translate(_TABLE)
    return text


def tidy(text: str) -> str:
    """`clean`, without spaces at line ends, more than two blank lines in a row, or blank lines around.

    The space of the signature mark ("-- ") goes too; `body` knows the mark without it.
    """
    return "\n".join(tidy_lines(clean(text).split("\n")))


def tidy_lines(lines: list[str], keep: Callable[[int], None] | None = None) -> list[str]:
    """Strip line ends and surplus blank lines; `keep` is told the index of every line that stays."""
    out: list[str] = []
    blanks: list[int] = []
    for index, line in enumerate(lines):
        line = line.rstrip()
        if not line:
            blanks.append(index)
            continue
        for blank in blanks[:2] if out else ():
            out.append("")
            if keep:
                keep(blank)
        blanks.clear()
        out.append(line)
        if keep:
            keep(index)
    return out


def cap(text: str) -> tuple[str, bool]:
    """`text` cut at `MAX_TEXT` characters, at a line end where one is near, and whether anything was cut."""
    if len(text) <= MAX_TEXT:
        return text, False
    end = text.rfind("\n", MAX_TEXT - 2_000, MAX_TEXT)
    return text[: end if end > 0 else MAX_TEXT].rstrip(), True
