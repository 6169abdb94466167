"""Files, archives and places made to hurt: tables, zips, links, devices, and formats that lie."""

# ruff: noqa: E501 - one attack, one line

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import socket
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.attacks.attack import CANARY, PLEA, SECRET, Attack, Kind, Sound, beacon, mail, outside, raw

READ, REFUSED, BOTH, NOTHING, EITHER = Sound.READ, Sound.REFUSED, Sound.BOTH, Sound.NOTHING, Sound.EITHER
WORDS = PLEA.encode()


def tables() -> Iterator[Attack]:
    """CSV and JSON lines."""
    k = Kind.TABLE

    def table(name: str, sound: Sound, content: bytes | Callable[[], bytes], **more: str) -> Attack:
        return raw(k, name, sound, content, more.pop("ending", "csv"), **more)  # type: ignore[arg-type]

    for mark in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")'):
        cell = mark.replace('"', '""')
        yield table(f"cell {mark!r}", READ, f'id,subject,text\n"{cell}","{cell}","{cell} {PLEA}"\n'.encode())
    yield table("field of 3 MB", EITHER, lambda: b'id,text\n1,"' + b"a " * 1_500_000 + b'"\n2,ok then\n')
    yield table("line of 10 MB", EITHER, lambda: b"id,text\n1," + b"a" * 10_000_000 + b"\n2,ok then\n")
    yield table("quote that never ends", EITHER, lambda: b'id,text\n1,"' + b"word\n" * 400_000)
    yield table("100,000 columns", EITHER, lambda: b"text," + b"a," * 100_000 + b"\n" + WORDS + b",b\n")
    yield table("100,000 rows", READ, lambda: b"id,text\n" + b"1,no\n" * 20_000)
    yield table("quotes only", EITHER, lambda: b"id,text\n1," + b'"' * 300_001 + b"\n")
    yield table("delimiters only", NOTHING, lambda: b"," * 500_000 + b"\n")
    yield table(
        "NUL inside",
        READ,
        b"id,text\n1,a\0b " + WORDS + b"\n",
    )
    yield table("UTF-16", READ, ("id,text\n1," + PLEA + "\n").encode("utf-16"))
    yield table("old line ends", READ, b"id,text\r1," + WORDS + b"\r2,again no\r")
    yield table(
        "names of columns that are mails", REFUSED, f"{PLEA},Dear {CANARY} we decided against you\n1,2\n".encode()
    )
    yield table("no known column", REFUSED, b"alpha,beta\n1,2\n", reason="--column")
    yield table("two columns of one name", READ, b"text,text\n" + WORDS + b",b\n")
    yield table("more cells than columns", READ, b"id,text\n1," + WORDS + b",,,,,\n")
    yield table("fewer cells than columns", EITHER, b"id,subject,text\n1\n")
    yield table("HTML in a cell", READ, f'id,text\n1,"<img src={beacon()}><p>{PLEA}</p>"\n'.encode())
    yield table("mail with headers in a cell", READ, b'id,text\n1,"From: a@b.example\nSubject: x\n\n' + WORDS + b'"\n')
    for name, line in {
        "array for a record": b"[1,2]", "text for a record": b'"abc"', "number for a record": b"5", "null": b"null",
        "NaN": b'{"text": NaN}', "text that is a list": b'{"text": ["a"]}', "text that is null": b'{"text": null}',
        "empty text": b'{"text": "  "}', "half a record": b'{"text": "abc', "two records in a line": b'{"text":"a"}{"text":"b"}',
        "lone surrogate": b'{"text": "\\ud800 ' + WORDS + b'"}', "NUL": b'{"text": "\\u0000 ' + WORDS + b'"}',
        "keys by the thousand": b'{"text": "no, ' + WORDS + b'"' + b"".join(b', "k%d": 1' % n for n in range(20_000)) + b"}",
        "same key twice": b'{"text": "a", "text": "' + WORDS + b'"}', "id that is an object": b'{"id": {"a": 1}, "text": "no thanks"}',
        "id of 1 MB": b'{"id": "' + b"a" * 1_000_000 + b'", "text": "no thanks"}',
        "id that climbs": b'{"id": "../../../etc/passwd", "text": "no thanks"}',
        "subject with terminal commands": b'{"subject": "\\u001b[2J", "text": "no thanks"}',
        "true for text": b'{"text": true}', "proto": b'{"__proto__": {"text": "a"}, "text": "no thanks"}',
        "bytes that are no UTF-8": b'{"text": "\xff\xfe ' + WORDS + b'"}', "date out of range": b'{"text": "no", "date": -1e300}',
        "class hint": b'{"__class__": "os.system", "py/object": "os.system", "text": "no thanks"}',
    }.items():  # fmt: skip
        # a first good line, so that the file is one of JSON lines
        yield table(f"JSON: {name}", EITHER, b'{"text": "We said no, thanks."}\n' + line + b"\n", ending="jsonl")


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def archives() -> Iterator[Attack]:
    """Zips that climb, link, lie and grow."""
    k, good = Kind.ARCHIVE, mail()

    def one(name: str, sound: Sound, make: Callable[[], bytes], reason: str = "", *, slow: bool = False) -> Attack:
        return raw(k, name, sound, make, "zip", reason=reason, hidden=(SECRET,), slow=slow)

    for climb in ("../a.eml", "/etc/a.eml", "..\\a.eml", "C:\\a.eml", "C:/a.eml", "a/../../b.eml", "\\\\host\\a.eml"):
        yield one(f"entry {climb}", BOTH, lambda c=climb: zipped({"ok.eml": good, c: good}), "leads out")
    yield one("entry that is a link", BOTH, lambda: _zip_link(good), "link")
    yield one("entry with a password", BOTH, lambda: _zip_locked(good), "password")
    yield one("bomb, 100 MB of zeros", REFUSED, lambda: zipped({"a.txt": b"\0" * 100_000_000}), "")
    yield one("bomb, 100 MB of words", REFUSED, lambda: zipped({"a.txt": b"word " * 20_000_000}), "zip bomb")
    yield one("bomb as an mbox", EITHER, lambda: zipped({"a.mbox": b"From a@b.example Mon Jan  5 10:00:00 2026\nSubject: a\nFrom: b\n\n" + b"word " * 20_000_000}))  # fmt: skip
    yield one("bomb as a table", EITHER, lambda: zipped({"a.csv": b"id,text\n" + b"1,aaaaaaaaaaaaaaaaaaaa\n" * 200_000}), slow=True)  # fmt: skip
    yield one("bomb as JSON lines", EITHER, lambda: zipped({"a.jsonl": b'{"text": "no"}\n' + b"\n" * 100_000_000}))
    yield one("bombs side by side over one body", EITHER, _zip_overlapping)
    yield one("50,000 entries", BOTH, lambda: zipped({f"{n}.txt": b"no" for n in range(50_000)}, zipfile.ZIP_STORED), "entries", slow=True)  # fmt: skip
    yield one("5,000 folders", NOTHING, lambda: zipped({f"{n}/": b"" for n in range(1_000)}))
    yield one("zip in zip", BOTH, lambda: zipped({"ok.eml": good, "a.zip": zipped({"b.eml": good})}), "inside an archive")  # fmt: skip
    yield one("zip in zip, ten levels", REFUSED, lambda: _matryoshka(10), "inside an archive")
    yield one("lying sizes", EITHER, lambda: _patched(zipped({"a.eml": good}), 4))
    yield one("wrong checksum", REFUSED, lambda: _crc(zipped({"a.eml": good}, zipfile.ZIP_STORED)), "damaged")
    yield one("cut in half", REFUSED, lambda: zipped({"a.eml": good * 9})[:200], "damaged")
    yield one("end record only", NOTHING, lambda: b"PK\x05\x06" + b"\0" * 18)
    yield one("central directory out of bounds", REFUSED, lambda: b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, 2**31, 2**31, 0))  # fmt: skip
    yield one("unknown compression", REFUSED, lambda: _method(zipped({"a.eml": good}), 99))
    yield one("same name twice", READ, lambda: _twice(good))
    yield one("name with terminal commands", READ, lambda: zipped({"a\x1b[2J\r\n.eml": good}))
    yield one("name of 60 kB", READ, lambda: zipped({"a" * 60_000 + ".eml": good}))
    yield one(
        "name that is no UTF-8", EITHER, lambda: zipped({"abc.eml": good}).replace(b"abc.eml", b"\xff\xfe\xfa.eml")
    )
    yield one("comment of 60 kB", EITHER, lambda: _commented(good))
    yield one("bytes in front", EITHER, lambda: b"#!/bin/sh\nrm -rf ~\n" + zipped({"a.eml": good}))
    yield one("bzip2 inside", EITHER, lambda: zipped({"a.eml": good}, zipfile.ZIP_BZIP2))
    yield one("lzma inside", EITHER, lambda: zipped({"a.eml": good}, zipfile.ZIP_LZMA))
    yield one(
        "lzma bomb inside", REFUSED, lambda: zipped({"a.txt": b"word " * 20_000_000}, zipfile.ZIP_LZMA), slow=True
    )
    yield one(
        "bzip2 bomb inside", REFUSED, lambda: zipped({"a.txt": b"\0" * 100_000_000}, zipfile.ZIP_BZIP2), slow=True
    )
    yield one("Excel workbook", REFUSED, lambda: zipped({"xl/workbook.xml": b"<a/>"}), "Excel")
    yield one("pickle inside", EITHER, lambda: zipped({"a.pkl": b"cos\nsystem\n(S'touch owned'\ntR."}))
    for name, content in {
        "gzip": gzip.compress(good), "bzip2": bz2.compress(good), "xz": lzma.compress(good), "tar": _tar(good),
        "7z": b"7z\xbc\xaf\x27\x1c" + b"\0" * 90, "rar": b"Rar!\x1a\x07\x00" + b"\0" * 90,
        "gzip bomb": gzip.compress(b"\0" * 20_000_000),
    }.items():  # fmt: skip
        yield raw(k, name, REFUSED, content, name)
    yield raw(k, ".docx with an entity bomb", REFUSED, lambda: _docx(_laughs()), "docx")
    yield raw(k, ".docx with an entity of a file", EITHER, lambda: _docx(f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{outside()}">]>'), "docx", hidden=(SECRET,))  # fmt: skip
    yield raw(k, ".docx that unpacks to 300 MB", REFUSED, lambda: zipped({"word/document.xml": b" " * 300_000_000}), "docx", slow=True)  # fmt: skip
    yield raw(k, ".docx, 3,000 tables in each other", EITHER, lambda: _docx("", "<w:tbl><w:tr><w:tc>" * 3_000), "docx")
    yield raw(k, ".docx without its parts", REFUSED, lambda: zipped({"word/document.xml": b"<a/>"}), "docx")


def _laughs() -> str:
    return (
        '<!DOCTYPE a [<!ENTITY l0 "lol">'
        + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        + "]>"
    )


def _docx(doctype: str, inside: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    text = "&l9;" if "l9" in doctype else "&x;" if "<!ENTITY x" in doctype else PLEA
    body = inside or f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    kinds = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{kinds}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="{main}"/></Types>'.encode(),
            "_rels/.rels": f'<Relationships xmlns="{kinds}/relationships"><Relationship Id="r1" Type="{office}" Target="word/document.xml"/></Relationships>'.encode(),
            "word/document.xml": f'{doctype}<w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'.encode(),
        }
    )


def _zip_link(good: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("ok.eml", good)
        entry = zipfile.ZipInfo("link.eml")
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, str(outside()))
    return out.getvalue()


def _zip_locked(good: bytes) -> bytes:
    content = bytearray(zipped({"ok.eml": good, "locked.eml": good}))
    local, central = content.rindex(b"PK\x03\x04"), content.rindex(b"PK\x01\x02")
    content[local + 6] |= 1
    content[central + 8] |= 1
    return bytes(content)


def _zip_overlapping() -> bytes:
    """Many entries of the directory point at one body."""
    whole = zipped({"a.txt": b"word " * 1_000_000})
    at = whole.index(b"PK\x01\x02")
    end = whole.index(b"PK\x05\x06")
    entry = whole[at:end]
    count = 1_500
    record = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, at, 0)
    return whole[:at] + entry * count + record


def _matryoshka(depth: int) -> bytes:
    content = zipped({"a.eml": mail()})
    for _ in range(depth):
        content = zipped({"a.zip": content})
    return content


def _patched(content: bytes, size: int) -> bytes:
    out = bytearray(content)
    at = out.index(b"PK\x01\x02") + 24
    out[at : at + 4] = struct.pack("<I", size)
    return bytes(out)


def _method(content: bytes, number: int) -> bytes:
    out = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = out.index(mark) + offset
        out[at : at + 2] = struct.pack("<H", number)
    return bytes(out)


def _crc(content: bytes) -> bytes:
    return content.replace(CANARY.encode(), CANARY[::-1].encode(), 1)


def _twice(good: bytes) -> bytes:
    content = zipped({"a.eml": good, "b.eml": good + b" Again."})
    return content.replace(b"b.eml", b"a.eml")


def _commented(good: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.eml", good)
        archive.comment = b"PK\x05\x06" * 15_000
    return out.getvalue()


def _tar(good: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo("../a.eml")
        entry.size = len(good)
        archive.addfile(entry, io.BytesIO(good))
    return out.getvalue()


# --- formats that lie -------------------------------------------------------------------------------------------------


def formats() -> Iterator[Attack]:
    """Files that begin like a known kind and go on as something else."""
    k = Kind.FORMAT
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    noise = bytes((n * 7_919 >> 3) & 255 for n in range(9_000))
    yield raw(k, ".msg of noise", REFUSED, compound + noise, "msg", reason="damaged")
    yield raw(k, ".msg of zeros", REFUSED, compound + b"\0" * 100_000, "msg")
    yield raw(k, ".msg of ones", REFUSED, compound + b"\xff" * 100_000, "msg")
    yield raw(k, ".msg whose sectors go round", REFUSED, _loop(), "msg")
    yield raw(k, ".msg cut short", REFUSED, compound, "msg")
    yield raw(k, ".pdf of noise", REFUSED, b"%PDF-1.7\n" + noise, "pdf")
    yield raw(k, ".pdf whose pages go round", EITHER, _pdf(b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"), "pdf")
    yield raw(k, ".pdf with a million pages", EITHER, _pdf(b"<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>"), "pdf")
    yield raw(k, ".pdf with a flate bomb", EITHER, lambda: _pdf_stream(zlib.compress(b"0 " * 50_000_000, 9)), "pdf", slow=True)  # fmt: skip
    yield raw(k, ".pdf with flate in flate", EITHER, lambda: _pdf_stream(zlib.compress(zlib.compress(b"a" * 30_000_000)), b"[/FlateDecode /FlateDecode]"), "pdf")  # fmt: skip
    yield raw(k, ".pdf that launches", EITHER, _pdf(b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", b"/OpenAction << /S /Launch /F (calc.exe) >>"), "pdf")  # fmt: skip
    yield raw(k, ".pdf that calls home", EITHER, _pdf(b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", f"/OpenAction << /S /URI /URI ({beacon()}) >>".encode()), "pdf")  # fmt: skip
    yield raw(k, ".pdf, 100,000 brackets", EITHER, lambda: _pdf(b"[" * 100_000), "pdf")
    yield raw(k, ".pdf with a password", REFUSED, _pdf(b"<< /Type /Pages /Kids [] /Count 0 >>", b"", b"/Encrypt << /Filter /Standard /V 1 /R 2 /O (a) /U (b) /P -4 >>"), "pdf")  # fmt: skip
    yield raw(k, ".rtf with an object", EITHER, b"{\\rtf1{\\object\\objdata " + b"41" * 50_000 + b"}" + WORDS + b"}", "rtf")  # fmt: skip
    yield raw(k, ".rtf that includes a page", EITHER, f'{{\\rtf1 {{\\field{{\\*\\fldinst INCLUDEPICTURE "{beacon()}"}}}}{PLEA}}}'.encode(), "rtf")  # fmt: skip
    yield raw(k, ".rtf of backslashes", EITHER, b"{\\rtf1 " + b"\\" * 200_000, "rtf")
    yield raw(k, ".rtf of escapes", EITHER, b"{\\rtf1 " + b"\\'ff" * 100_000 + b"}", "rtf")
    yield raw(k, "winmail.dat", REFUSED, b"\x78\x9f\x3e\x22" + noise, "dat", reason="TNEF")
    yield raw(k, "Outlook data file", REFUSED, b"!BDN" + noise, "pst", reason=".pst")
    yield raw(k, "database", REFUSED, b"SQLite format 3\0" + noise, "sqlite", reason="database")
    yield raw(k, "program", REFUSED, b"\x7fELF" + noise, "eml", reason="program")
    yield raw(k, "Windows program", REFUSED, b"MZ\x90\0" + noise, "eml", reason="program")
    yield raw(k, "picture", REFUSED, b"\x89PNG\r\n\x1a\n" + noise, "eml", reason="picture")
    yield raw(k, "property list with entities", EITHER, lambda: b"300\n" + mail() + b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">]><plist>&l0;</plist>', "emlx")  # fmt: skip
    yield raw(k, "pickle", EITHER, b"\x80\x04cos\nsystem\n\x8c\x0btouch owned\x85R.", "eml")
    yield raw(k, "encrypted mail", REFUSED, b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n", "asc", reason="encrypted")
    yield raw(k, "S/MIME", REFUSED, mail(b"MIIB" * 90, kind="application/pkcs7-mime; smime-type=enveloped-data", coding="base64"))  # fmt: skip
    yield raw(k, "calendar only", EITHER, mail("BEGIN:VCALENDAR\nEND:VCALENDAR", kind="text/calendar"))
    yield raw(k, "mbox of From lines", EITHER, lambda: b"From a@b.example Mon Jan  5 10:00:00 2026\n" * 50_000, "mbox")
    yield raw(k, "mbox with From in a text", READ, b"From a@b.example Mon Jan  5 10:00:00 2026\nSubject: a\nFrom: b@c.example\n\nFrom now on we keep your CV.\n" + WORDS, "mbox", shown=("From now on", CANARY))  # fmt: skip
    yield raw(k, "mbox whose mail is 25 MB", REFUSED, lambda: b"From a@b.example Mon Jan  5 10:00:00 2026\nSubject: a\nFrom: b@c.example\n\n" + b"a" * 25_000_000, "mbox")  # fmt: skip
    yield raw(k, "ending that lies: picture as .csv", REFUSED, b"\xff\xd8\xff\xe0" + noise, "csv")
    yield raw(k, "ending that lies: mail as .exe", READ, mail(), "exe", shown=(CANARY,))
    yield raw(k, "mail and zip at once", EITHER, lambda: mail() + zipped({"a.eml": mail()}))


def _loop() -> bytes:
    """A compound file whose allocation table points at itself."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", head, 44, 1, 1, 0, 0x1000, 0, 1, 0, 1, 0)
    struct.pack_into("<I", head, 76, 0)
    return bytes(head) + struct.pack("<I", 0) * 128 + struct.pack("<I", 1) * 128


def _pdf(pages: bytes, catalog: bytes = b"", trailer: bytes = b"") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + catalog + b">>\nendobj\n2 0 obj\n" + pages
        + b"\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n"
        + b"trailer << /Root 1 0 R /Size 4 " + trailer + b">>\n%%EOF"
    )  # fmt: skip


def _pdf_stream(content: bytes, coding: bytes = b"/FlateDecode") -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n"
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n"
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>\nendobj\n4 0 obj\n<< /Filter "
        + coding + b" /Length %d >>\nstream\n" % len(content) + content
        + b"\nendstream\nendobj\ntrailer << /Root 1 0 R /Size 5 >>\n%%EOF"
    )  # fmt: skip


# --- places -----------------------------------------------------------------------------------------------------------


def places() -> Iterator[Attack]:
    """Folders with links, devices, pipes and odd names. Each has one good mail unless it says otherwise."""

    def place(name: str, sound: Sound, make: Callable[[Path], Path | None], reason: str = "") -> Attack:
        def build(root: Path) -> Path:
            root.mkdir(parents=True)
            return make(root) or root

        return Attack(Kind.PLACE, name, sound, build, reason=reason, hidden=(SECRET,), placed=True)

    def with_mail(act: Callable[[Path], object]) -> Callable[[Path], None]:
        def build(root: Path) -> None:
            (root / "ok.eml").write_bytes(mail())
            act(root)

        return build

    def link(target: Path | str) -> Callable[[Path], None]:
        return with_mail(lambda root: (root / "link.eml").symlink_to(target))

    yield place("link to a file outside", BOTH, link(outside()), "leads out")
    yield place("link to a folder outside", BOTH, link("/etc"), "leads out")
    yield place("link to /dev/zero", BOTH, link("/dev/zero"), "leads out")
    yield place("link to the memory of the process", BOTH, link("/proc/self/environ"), "leads out")
    yield place("link that leads nowhere outside", BOTH, link("/nonexistent/a"), "leads out")
    yield place("link that leads nowhere inside", READ, link("gone.eml"))
    yield place("link to itself", EITHER, link("link.eml"))
    yield place("link up", BOTH, link(".."), "leads out")
    yield place("link to its own folder", READ, link("."))
    yield place("links in a row", BOTH, with_mail(lambda root: (_link(root / "a.eml", outside()), _link(root / "b.eml", root / "a.eml"))), "leads out")  # fmt: skip
    yield place("hundred links at one mail", READ, with_mail(lambda root: [_link(root / f"{n}.eml", "ok.eml") for n in range(100)]))  # fmt: skip
    yield place("hard link to the secret's neighbor", READ, with_mail(lambda root: os.link(root / "ok.eml", root / "b.eml")))  # fmt: skip
    yield place("pipe in a folder", BOTH, with_mail(lambda root: os.mkfifo(root / "pipe.eml")), "regular file")
    yield place("socket in a folder", BOTH, with_mail(_socket), "regular file")
    yield place("pipe itself", REFUSED, _pipe, "regular file")
    yield place("/dev/zero itself", REFUSED, lambda root: Path("/dev/zero"), "regular file")
    yield place("/dev/null itself", EITHER, lambda root: Path("/dev/null"))
    yield place("file that is gone", REFUSED, lambda root: root / "gone.eml", "no file")
    yield place("file of holes, 100 GB", REFUSED, _holes, "MB")
    yield place("empty folder", NOTHING, lambda root: None)  # fmt: skip
    yield place("folder called a.eml", READ, with_mail(lambda root: (root / "a.eml").mkdir()))
    yield place("60 folders deep", BOTH, with_mail(_deep), "levels deep")
    yield place("name with a line end", READ, lambda root: _named(root, "a\nb.eml"))
    yield place("name with terminal commands", READ, lambda root: _named(root, "a\x1b[2J.eml"))
    yield place("name that is no UTF-8", READ, lambda root: _named(root, os.fsdecode(b"a\xff\xfe.eml")))
    yield place("name with a bidi mark", READ, lambda root: _named(root, "a\u202elme.exe"))
    yield place("name of 250 letters", READ, lambda root: _named(root, "a" * 246 + ".eml"))
    yield place("name that is a formula", READ, lambda root: _named(root, "=cmd|'calc'!A0.eml"))
    yield place("name with a leading dash", READ, lambda root: _named(root, "-rf.eml"))
    yield place("hidden file only", NOTHING, lambda root: _named(root, ".hidden.eml"))
    yield place("2,000 empty files", EITHER, lambda root: [(root / f"{n}.eml").touch() for n in range(2_000)] and None)
    yield place("Maildir with something in tmp", READ, _maildir)
    yield place("path with a NUL", REFUSED, lambda root: root / "a\0b.eml")
    yield place("path of 5,000 letters", REFUSED, lambda root: root / ("a" * 5_000))


def _link(path: Path, target: Path | str) -> None:
    path.symlink_to(target)


def _socket(root: Path) -> None:
    here = Path.cwd()
    os.chdir(root)  # the name of a socket may have 107 bytes only
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("socket.eml")
    finally:
        os.chdir(here)


def _pipe(root: Path) -> Path:
    os.mkfifo(root / "pipe")
    return root / "pipe"


def _holes(root: Path) -> Path:
    with (root / "holes.eml").open("wb") as file:
        file.write(mail())
        file.truncate(100_000_000_000)
    return root / "holes.eml"


def _deep(root: Path) -> None:
    for _ in range(60):
        root = root / "a"
    root.mkdir(parents=True)


def _named(root: Path, name: str) -> None:
    (root / name).write_bytes(mail())


def _maildir(root: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (root / folder).mkdir()
    (root / "cur" / "1:2,S").write_bytes(mail())
    (root / "tmp" / "2").write_bytes(b"half a mail " + SECRET.encode())


def every() -> Iterator[Attack]:
    """All files and places of this module."""
    for family in (tables, archives, formats, places):
        yield from family()
