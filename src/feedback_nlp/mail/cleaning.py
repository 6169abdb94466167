"""Bytes to characters, and characters to the form that all offsets count in.

After `clean` a text has ``\\n`` as its only line end, an ordinary space for every no-break or exotic space, no
zero-width character, no NUL or other control character but tab and line feed, and no lone surrogate. Offsets in
`Message.text` count code points *after* this step.
"""

from __future__ import annotations

import re
from encodings.aliases import aliases
from functools import cache
from typing import TYPE_CHECKING, Any

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


def decode(raw: bytes, declared: str = "") -> str:
    """Bytes as text: the declared charset, then strict UTF-8, then a guess, then cp1252 with replacements."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) and len(raw) % 2 == 0:
        return raw.decode("utf-16", "replace")
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
        if text.count("\ufffd") <= max(3, len(text) // 100):
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


# --- residue ----------------------------------------------------------------------------------------------------------

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


# --- language ---------------------------------------------------------------------------------------------------------

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
