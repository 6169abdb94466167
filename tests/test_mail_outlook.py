"""Outlook's .msg: plain, HTML and RTF bodies, odd code pages, encrypted and damaged files."""

from __future__ import annotations

import random
import struct

import pytest

from feedback_nlp.errors import BrokenInput, EmptyInput, InputError, UnsupportedInput
from feedback_nlp.mail import read_mail

TEXT, BINARY, TEXT8, NUMBER = 0x001F, 0x0102, 0x001E, 0x0003
CLASS, SUBJECT, BODY, HTML, RTF, SENDER, ADDRESS, TO, PAGE, HEADERS = (
    0x001A, 0x0037, 0x1000, 0x1013, 0x1009, 0x0C1A, 0x0C1F, 0x0E04, 0x3FDE, 0x007D,
)  # fmt: skip
_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE


def msg(*properties: tuple[int, int, bytes | int]) -> bytes:
    """A minimal .msg: a compound file with one stream a property, all of them longer than the small-stream limit."""
    table = bytes(8) + struct.pack("<4I", 0, 0, 0, 0) + bytes(8)
    streams: list[tuple[str, bytes]] = []
    for number, kind, value in properties:
        tag = struct.pack("<II", number << 16 | kind, 6)
        if isinstance(value, int):
            table += tag + struct.pack("<iI", value, 0)
            continue
        table += tag + struct.pack("<II", len(value) + (2 if kind == TEXT else 0), 0)
        streams.append((f"__substg1.0_{number:04X}{kind:04X}", value))
    return compound([("__properties_version1.0", table), *streams])


def compound(streams: list[tuple[str, bytes]]) -> bytes:
    """A compound file (CFB, 512-byte sectors) whose root holds the streams, the short ones in the mini stream."""
    mini, minifat, chain = b"", [], []
    large: list[bytes] = []
    for _, content in streams:
        if len(content) >= 4096:
            chain.append(len(large))
            large.append(content)
            continue
        first, count = len(minifat), max(1, -(-len(content) // 64))
        minifat += [*range(first + 1, first + count), _END]
        mini += content.ljust(count * 64, b"\0")
        chain.append(first)
    pieces = [mini, struct.pack(f"<{len(minifat)}I", *minifat), *large]
    entries = [entry("Root Entry", 5, len(mini), child=1)]
    pieces.append(bytes(128 * (len(streams) + 1)))  # the directory, filled in below
    fat: list[int] = []
    starts: list[int] = []
    for piece in pieces:
        count = -(-len(piece) // 512)
        starts.append(len(fat) if count else _END)
        fat += [*range(len(fat) + 1, len(fat) + count), _END] if count else []
    for number, ((name, content), where) in enumerate(zip(streams, chain, strict=True)):
        start = starts[2 + where] if len(content) >= 4096 else where
        right = number + 2 if number + 1 < len(streams) else _FREE
        entries.append(entry(name, 2, len(content), start=start, right=right))
    entries[0] = entry("Root Entry", 5, len(mini), start=starts[0], child=1)
    pieces[-1] = b"".join(entries)
    fat_sector = len(fat)
    fat.append(0xFFFFFFFD)
    assert len(fat) <= 128
    fat += [_FREE] * (128 - len(fat))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, starts[-1], 0, 4096, starts[1], len(minifat) and 1, _END, 0)
    header += struct.pack("<109I", fat_sector, *[_FREE] * 108)
    body = b"".join(piece.ljust(-(-len(piece) // 512) * 512, b"\0") for piece in pieces)
    return header + body + struct.pack("<128I", *fat)


def entry(name: str, kind: int, size: int, start: int = 0, child: int = _FREE, right: int = _FREE) -> bytes:
    """A directory entry."""
    raw = name.encode("utf-16-le")
    return (
        raw.ljust(64, b"\0") + struct.pack("<HBBIII", len(raw) + 2, kind, 1, _FREE, right, child) + bytes(36)
        + struct.pack("<III", start, size, 0)
    )  # fmt: skip


def wide(text: str) -> bytes:
    """Text as Outlook keeps it."""
    return text.encode("utf-16-le")


def test_a_plain_body_with_its_headers() -> None:
    """Subject, sender, addressee and text of an Outlook mail."""
    message = read_mail(
        msg((CLASS, TEXT, wide("IPM.Note")), (SUBJECT, TEXT, wide("Your application")),
            (SENDER, TEXT, wide("Noor Haddad")),
            (ADDRESS, TEXT, wide("noor@example.com")), (TO, TEXT, wide("Sam Reed")),
            (BODY, TEXT, wide("Hi Sam,\r\n\r\nyour tests were thin.\r\n")))
    )  # fmt: skip
    assert message.text == "Hi Sam,\n\nyour tests were thin."
    assert message.subject == "Your application"
    assert "Noor Haddad" in message.sender
    assert "noor@example.com" in message.sender
    assert message.to == "Sam Reed"


def test_transport_headers_give_date_and_reply_address() -> None:
    """What the transport wrote is used for the date and the route of an answer."""
    headers = "From: Noor <noor@example.com>\r\nDate: Mon, 3 Mar 2025 10:04:00 +0000\r\nReply-To: jobs@example.com\r\n"
    message = read_mail(msg((CLASS, TEXT, wide("IPM.Note")), (HEADERS, TEXT, wide(headers)), (BODY, TEXT, wide("no."))))
    assert message.sent is not None
    assert message.sent.isoformat() == "2025-03-03T10:04:00+00:00"
    assert message.header("reply-to") == "jobs@example.com"


@pytest.mark.parametrize(("page", "codec"), [(65001, "utf-8"), (1252, "cp1252"), (950, "cp950"), (936, "gb18030")])
def test_html_bodies_in_code_pages(page: int, codec: str) -> None:
    """An HTML body is decoded by its code page, also where Python knows it by another name."""
    words = "你好" if page in (950, 936) else "café"
    message = read_mail(
        msg((CLASS, TEXT, wide("IPM.Note")), (PAGE, NUMBER, page), (HTML, BINARY, f"<p>{words}</p>".encode(codec)))
    )
    assert message.text == words


def test_a_body_that_is_only_rtf() -> None:
    """The compressed RTF body is unpacked when there is no other."""
    packer = pytest.importorskip("compressed_rtf")
    packed = packer.compress(b"{\\rtf1\\ansi Hi Sam,\\par your tests were thin.}")
    assert (
        read_mail(msg((CLASS, TEXT, wide("IPM.Note")), (RTF, BINARY, packed))).text == "Hi Sam,\nyour tests were thin."
    )


def test_encrypted_empty_and_damaged_files_are_refused() -> None:
    """Each is refused in words; noise inside the file never escapes as another error."""
    with pytest.raises(UnsupportedInput, match="encrypted"):
        read_mail(msg((CLASS, TEXT, wide("IPM.Note.SMIME")), (BODY, TEXT, wide("x"))))
    with pytest.raises(EmptyInput):
        read_mail(msg((CLASS, TEXT, wide("IPM.Note"))))
    good = msg((CLASS, TEXT, wide("IPM.Note")), (SUBJECT, TEXT, wide("x")), (BODY, TEXT, wide("no. " * 900)))
    with pytest.raises(BrokenInput):
        read_mail(good[:700])
    noise = random.Random(7)
    for _ in range(150):
        raw = bytearray(good)
        for _ in range(6):
            raw[noise.randrange(len(raw))] = noise.randrange(256)
        try:
            read_mail(bytes(raw))
        except InputError as error:
            assert str(error).endswith(".")  # noqa: PT017
