"""Every saved form of mail, found by its content, streamed, and with a bad item never stopping the rest."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from feedback_nlp.errors import UnsupportedInput, UsageError
from feedback_nlp.mail import open_mail, read_mail, scan
from feedback_nlp.mail.formats import Format, sniff
from feedback_nlp.schema import Message, Refused


def mail(text: str, subject: str = "Your application") -> str:
    """A small raw mail."""
    return f"From: Noor <noor@example.com>\nTo: sam@example.com\nSubject: {subject}\nMIME-Version: 1.0\n\n{text}\n"


def texts(path: Path | str, column: str | None = None) -> list[str]:
    """What `open_mail` gives: the text of each mail, or the reason of a refusal in brackets."""
    found = open_mail(path, column=column)
    return [item.text if isinstance(item, Message) else f"[{item.reason}]" for item in found]


# --- mbox: the counts are by hand -------------------------------------------------------------------------------------

MBOXES: dict[str, tuple[str, list[str]]] = {
    "gmail takeout": (
        "From 1844347792267117879@xxx Mon Mar 03 10:04:00 +0000 2025\nX-GM-THRID: 1844347792267117879\n"
        "X-Gmail-Labels: =?UTF-8?Q?Posteingang,Ge=C3=B6ffnet?=\n" + mail("one") + "\n"
        "From 1844347792267117880@xxx\nX-GM-THRID: 18443\n" + mail("two\n\n>From the panel: no.\n\nbye"),
        ["one", "two\n\nFrom the panel: no.\n\nbye"],
    ),
    "thunderbird": (
        "From - Mon Mar 03 10:04:00 2025\nX-Mozilla-Status: 0001\n" + mail("one") + "\n"
        "From - Tue Mar 04 10:04:00 2025\nX-Mozilla-Status: 0001\n" + mail("two") + "\nFrom - \n" + mail("three"),
        ["one", "two", "three"],
    ),
    "apple": (
        "From noor@example.com Mon Mar  3 10:04:00 2025\n" + mail("one\n\nFrom now on we will keep your CV.") + "\n"
        "From noor@example.com Tue Mar  4 10:04:00 2025\n" + mail("two"),
        ["one\n\nFrom now on we will keep your CV.", "two"],
    ),
    "netscape, no blank lines": (
        "From ???@??? Mon Mar 03 10:04:00 1997\n" + mail("one")
        + "From ???@??? Tue Mar 04 10:04:00 1997\n" + mail("two"),
        ["one", "two"],
    ),
    "mboxrd": (
        "From a@example.com Mon Mar  3 10:04:00 2025\n" + mail(">From me\n>>From them") + "\n"
        "From a@example.com Mon Mar  3 10:05:00 2025\n" + mail("two"),
        ["From me\n>From them", "two"],
    ),
    "crlf and byte order mark": (
        ("\ufeffFrom a@example.com Mon Mar  3 10:04:00 2025\n" + mail("one") + "\n"
         "From a@example.com Mon Mar  3 10:05:00 2025\n" + mail("two")).replace("\n", "\r\n"),
        ["one", "two"],
    ),
    "a separator's shape inside a mail": (
        "From a@example.com Mon Mar  3 10:04:00 2025\n"
        + mail("From Monday, 3 March, we are closed.\nFrom us, Mon, all the best\nnot a header") + "\n"
        "From a@example.com Mon Mar  3 10:05:00 2025\n" + mail("two"),
        ["From Monday, 3 March, we are closed.\nFrom us, Mon, all the best\nnot a header", "two"],
    ),
    "one mail": ("From a@example.com Mon Mar  3 10:04:00 2025\n" + mail("one"), ["one"]),
    "no line end at the end": (
        "From a@example.com Mon Mar  3 10:04:00 2025\n" + mail("one")
        + "\nFrom a@example.com Mon Mar  3 10:05:00 2025\n"
        + mail("two").rstrip(),
        ["one", "two"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("dialect", MBOXES)
def test_every_mbox_dialect_gives_the_mails_counted_by_hand(dialect: str, tmp_path: Path) -> None:
    """Separators are found in each dialect, and lines that only look like one are not."""
    raw, expected = MBOXES[dialect]
    path = tmp_path / "mailbox"  # no ending: the content decides
    path.write_bytes(raw.encode())
    assert texts(path) == expected
    assert [item.source.index for item in scan(path)] == list(range(len(expected)))


def test_a_mail_over_the_limit_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A mail of 21 MB inside an mbox is one refusal with the digest of its bytes; a long line costs no memory."""
    path = tmp_path / "big.mbox"
    line = "From a@example.com Mon Mar  3 10:04:00 2025\n"
    path.write_text(line + mail("one") + "\n" + line + mail("x" * 21_000_000) + "\n" + line + mail("three"))
    found = list(open_mail(path))
    assert [type(item) for item in found] == [Message, Refused, Message]
    assert "limit" in found[1].reason  # type: ignore[union-attr]
    assert len(found[1].key) == 64


# --- single files -----------------------------------------------------------------------------------------------------


def test_forms_are_told_by_content() -> None:
    """The ending of a name decides nothing that the content can say."""
    docx = io.BytesIO()
    zipfile.ZipFile(docx, "w").close()
    cases: dict[Format, bytes] = {
        Format.MAIL: mail("no.").encode(),
        Format.MBOX: b"From a@example.com Mon Mar  3 10:04:00 2025\n" + mail("no.").encode(),
        Format.EMLX: b"120       \n" + mail("no.").encode(),
        Format.HTML: b"  <!DOCTYPE html><p>no.</p>",
        Format.JSONL: b'{"id": 1, "text": "no."}\n',
        Format.JSON: b'[{"id": 1, "text": "no."}]',
        Format.TABLE: b"id;subject;text\n1;a;no.\n",
        Format.ZIP: docx.getvalue(),
        Format.PDF: b"%PDF-1.7\n",
        Format.RTF: b"{\\rtf1 no.}",
        Format.TEXT: b"Dear Sam, no.",
        Format.EMPTY: b"\xef\xbb\xbf\n\n",
    }
    for form, raw in cases.items():
        assert sniff(raw, "letter.eml") is form


def test_emlx_is_read_up_to_its_count(tmp_path: Path) -> None:
    """Apple's file holds a byte count, the mail and a property list; a count that lies does no harm."""
    raw = mail("no.").encode()
    plist = b'<?xml version="1.0"?>\n<plist version="1.0"><dict><key>flags</key></dict></plist>\n'
    for count in (len(raw), 9_999_999):
        path = tmp_path / "1.emlx"
        path.write_bytes(f"{count}      \n".encode() + raw + plist)
        assert texts(path) == ["no."]


def test_mht_is_read_as_its_page(tmp_path: Path) -> None:
    """A saved web page is a mail with the page as first part."""
    path = tmp_path / "page.mht"
    path.write_bytes(
        b'From: <Saved by Blink>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; '
        b'boundary="b"\n\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n'
        b"<html><body><p>Your tests were th=\nin.</p></body></html>\n--b\nContent-Type: image/png\n\nx\n--b--\n"
    )
    assert texts(path) == ["Your tests were thin."]


def test_html_and_text_files(tmp_path: Path) -> None:
    """Saved pages and texts in common encodings."""
    path = tmp_path / "a.txt"
    for raw in ("caf\u00e9 no.".encode("utf-16"), "caf\u00e9 no.".encode(), "caf\u00e9 no.".encode("cp1252")):
        path.write_bytes(raw)
        assert texts(path) == ["café no."]
    path.write_text("<html><p>no.</p></html>")
    assert texts(path) == ["no."]


def test_rtf_and_docx_letters(tmp_path: Path) -> None:
    """Letters as rich text and as Word documents, tables included."""
    docx = pytest.importorskip("docx")
    pytest.importorskip("striprtf")
    document = docx.Document()
    document.add_paragraph("Dear Sam,")
    document.add_table(1, 2).rows[0].cells[0].text = "SQL"
    document.save(str(tmp_path / "a.bin"))
    assert texts(tmp_path / "a.bin") == ["Dear Sam,\n\nSQL"]
    (tmp_path / "a.rtf").write_bytes(b"{\\rtf1\\ansi Dear Sam,\\par your tests were {\\b thin}.}")
    assert texts(tmp_path / "a.rtf") == ["Dear Sam,\nyour tests were thin."]


def pdf(words: str) -> bytes:
    """A PDF of one page; without words it is a scan."""
    stream = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET".encode() if words else b""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    xref = b"xref\n0 6\n0000000000 65535 f \n" + table
    return out + xref + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)


def test_pdf_letters(tmp_path: Path) -> None:
    """A PDF gives its text; a scan and a damaged file say what to do."""
    pytest.importorskip("pypdf")
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("Your tests were thin."))
    assert texts(path) == ["Your tests were thin."]
    path.write_bytes(pdf(""))
    assert "scan" in texts(path)[0]
    path.write_bytes(b"%PDF-1.4\n garbage")
    assert "damaged" in texts(path)[0]


@pytest.mark.parametrize(
    ("module", "raw"), [("pypdf", b"%PDF-1.4\n"), ("docx", None), ("striprtf.striprtf", b"{\\rtf1 a}")]
)
def test_documents_without_the_extra_name_it(module: str, raw: bytes | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the libraries for documents the refusal names the install command."""
    monkeypatch.setitem(sys.modules, module, None)
    if raw is None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("word/document.xml", "<x/>")
        raw = file.getvalue()
    with pytest.raises(UnsupportedInput, match=r"pip install 'feedback-nlp\[documents\]'"):
        read_mail(raw)


# --- tables and JSON lines --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables(delimiter: str, encoding: str, tmp_path: Path) -> None:
    """Columns are found by name, whatever separates them and however the file is encoded."""
    path = tmp_path / "mails.csv"
    rows = [
        ["ID", "Subject", "Body", "Sender", "Date"],
        ["a1", "hi", '"caf\u00e9,\n;no."', "Noor", "2025-03-03"],
        ["a2", "", "", "", ""],
    ]
    path.write_bytes("\r\n".join(delimiter.join(row) for row in rows).encode(encoding))
    first, second = open_mail(path)
    assert isinstance(first, Message)
    assert (first.id, first.subject, first.sender, first.text) == ("a1", "hi", "Noor", "café,\n;no.")
    assert first.sent is not None
    assert first.sent.date().isoformat() == "2025-03-03"
    assert isinstance(second, Refused)
    assert "no text" in second.reason


def test_a_column_can_be_named_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    """The error for a missing column names the columns that there are."""
    path = tmp_path / "mails.csv"
    path.write_text("nr,Was stand drin,mood\n1,no.,sad\n")
    assert texts(path, "was stand drin") == ["no."]
    with pytest.raises(UsageError, match="'nr', 'Was stand drin', 'mood'"):
        texts(path, "body")
    with pytest.raises(UsageError, match="--column"):
        texts(path)
    assert "--column" in texts(tmp_path)[0]  # inside a folder it is one refusal


def test_a_table_of_one_column_needs_no_name(tmp_path: Path) -> None:
    """A list of mails without a heading is read too."""
    path = tmp_path / "mails.csv"
    path.write_text('"Dear Sam, thank you for your time, but we have chosen somebody else for it."\n"no."\n')
    assert [text[:8] for text in texts(path)] == ["Dear Sam", "no."]


def test_long_and_broken_rows_do_not_stop_a_table(tmp_path: Path) -> None:
    """A line of three million characters and a NUL leave the rows around them readable."""
    path = tmp_path / "mails.csv"
    path.write_text("id,text\n1,one\n2," + "x" * 3_000_000 + "\n3,th\0ree\n")
    found = texts(path)
    assert found[0] == "one"
    assert found[1].startswith("[")
    assert found[2] == "three"


def test_json_lines(tmp_path: Path) -> None:
    """The id of a line passes through; a broken line is one refusal."""
    path = tmp_path / "mails.jsonl"
    lines = [
        '{"id": "t1-001", "subject": "hi", "text": "no.", "sender": "Noor <n@example.com>", "date": "2025-03-03"}',
        "",
        "[" * 100_000,
        '{"id": 7, "text": "From: a@example.com\\nMIME-Version: 1.0\\nSubject: x\\n\\nraw"}',
        '{"id": 8}',
        '{"n": ' + "1" * 10_000 + ', "text": "x"}',
        '{"text": "bad \\ud800 half"}',
        "not json",
    ]
    path.write_text("\n".join(lines))
    found = list(open_mail(path))
    assert [type(item).__name__ for item in found] == [
        "Message",
        "Refused",
        "Message",
        "Refused",
        "Refused",
        "Message",
        "Refused",
    ]
    first, raw = found[0], found[2]
    assert isinstance(first, Message)
    assert (first.id, first.subject, first.sender) == ("t1-001", "hi", "Noor <n@example.com>")
    assert isinstance(raw, Message)
    assert (raw.id, raw.subject, raw.text) == ("7", "x", "raw")
    path.write_text(json.dumps([{"text": "one"}, {"text": "two"}]))
    assert texts(path) == ["one", "two"]


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_walked_in_order(tmp_path: Path) -> None:
    """Files are read by name order, hidden ones are not, and one that cannot be read is refused in its place."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.eml").write_text(mail("two"))
    (tmp_path / "a.eml").write_text(mail("one"))
    (tmp_path / "c.pst").write_bytes(b"!BDN" + bytes(100))
    (tmp_path / ".DS_Store").write_bytes(bytes(100))
    (tmp_path / "d.eml").write_text("")
    found = texts(tmp_path)
    assert found[0] == "one"
    assert "pst" in found[1]
    assert "empty" in found[2]
    assert found[3:] == ["two"]


def test_a_maildir_is_read_without_tmp(tmp_path: Path) -> None:
    """Both folders of a Maildir and its dotted subfolders are read; what is still being delivered is not."""
    for folder in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "1:2,S").write_text(mail(folder))
    (tmp_path / "dovecot-uidlist").write_text("x")
    assert sorted(texts(tmp_path)) == [".Sent/cur", ".Sent/new", "cur", "new"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_links_pipes_and_devices_are_not_opened(tmp_path: Path) -> None:
    """A link out of the folder and a pipe are refused by name; nothing waits for a writer."""
    inside, outside = tmp_path / "in", tmp_path / "out.eml"
    inside.mkdir()
    outside.write_text(mail("secret"))
    (inside / "a.eml").write_text(mail("one"))
    (inside / "b").symlink_to(outside)
    (inside / "c").symlink_to(inside / "a.eml")
    (inside / "d").symlink_to(tmp_path)
    os.mkfifo(inside / "e")
    found = texts(inside)
    assert found[0] == "one"
    assert [("link" in reason, "pipe" in reason) for reason in found[1:]] == [
        (True, False),
        (True, False),
        (False, True),
    ]
    assert "pipe" in texts(inside / "e")[0]
    assert "device" in texts("/dev/zero")[0]


def test_a_missing_path_is_a_refusal(tmp_path: Path) -> None:
    """A path that does not exist is told in words."""
    assert "no file" in texts(tmp_path / "missing")[0]


# --- archives ---------------------------------------------------------------------------------------------------------


def make_zip(path: Path, files: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] | None = None) -> None:
    """A zip of the given files; `change` edits each entry before it is written."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if change:
                change(info)
            archive.writestr(info, content)


def test_a_zip_is_read_in_memory(tmp_path: Path) -> None:
    """Mails, mailboxes and tables inside a zip are read; an archive inside it and names that lead out are refused."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.eml", mail("hidden"))
    path = tmp_path / "takeout.zip"
    make_zip(
        path,
        {
            "Takeout/Mail/All.mbox": MBOXES["gmail takeout"][0].encode(),
            "a.eml": mail("single").encode(),
            "b.csv": b"id,text\n1,row\n",
            "inner.zip": inner.getvalue(),
            "../evil.eml": mail("evil").encode(),
            "/abs.eml": mail("evil").encode(),
            "c:\\evil.eml": mail("evil").encode(),
            "__MACOSX/._a.eml": b"junk",
            "picture.png": b"\x89PNG\r\n\x1a\n",
        },
    )
    found = texts(path)
    assert found[:4] == ["one", "two\n\nFrom the panel: no.\n\nbye", "single", "row"]
    assert [
        word in reason
        for word, reason in zip(("inside an archive", "out of", "out of", "out of", "picture"), found[4:], strict=True)
    ] == [True] * 5
    assert not any("evil" in text or "hidden" in text for text in found)
    assert next(iter(scan(path))).source.path.endswith("takeout.zip/Takeout/Mail/All.mbox")


def test_bombs_and_damaged_parts_are_refused(tmp_path: Path) -> None:
    """A bomb is stopped by the bytes that really come out, a wrong checksum and a password are named."""
    path = tmp_path / "bomb.zip"
    make_zip(path, {"bomb.txt": bytes(30_000_000), "a.eml": mail("after").encode()})
    found = texts(path)
    assert "bomb" in found[0]
    assert found[1] == "after"
    make_zip(path, {"a.eml": mail("x" * 500).encode(), "b.eml": mail("fine").encode()})
    raw = bytearray(path.read_bytes())
    raw[14:18] = b"\0\0\0\0"  # the checksum in the local header
    central = raw.index(b"PK\x01\x02")
    raw[central + 16 : central + 20] = b"\1\2\3\4"
    path.write_bytes(raw)
    found = texts(path)
    assert "damaged" in found[0]
    assert found[1] == "fine"
    path.write_bytes(path.read_bytes()[: len(raw) // 2])
    assert "damaged" in texts(path)[0]


def test_links_and_locked_parts_of_a_zip_are_refused(tmp_path: Path) -> None:
    """A link and a locked part are named."""
    path = tmp_path / "a.zip"

    def _link(info: zipfile.ZipInfo) -> None:
        info.external_attr = (stat.S_IFLNK | 0o777) << 16

    make_zip(path, {"a": b"/etc/passwd"}, _link)
    assert "link" in texts(path)[0]
    make_zip(path, {"a.eml": mail("no.").encode()})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "password" in texts(path)[0]


def test_a_zip_of_too_many_entries_is_read_up_to_the_limit(tmp_path: Path) -> None:
    """Two thousand entries are read and the rest is one refusal."""
    path = tmp_path / "many.zip"
    make_zip(path, {f"{number}.txt": b"no." for number in range(2_003)})
    found = list(scan(path))
    assert len(found) == 2_001
    assert isinstance(found[-1], Refused)
    assert "2,003" in found[-1].reason


# --- the streamed items -----------------------------------------------------------------------------------------------


def test_raw_mails_travel_to_other_processes(tmp_path: Path) -> None:
    """A `RawMail` survives pickling; its key is the digest of its bytes; reading it twice gives the same."""
    path = tmp_path / "a.mbox"
    path.write_text(MBOXES["thunderbird"][0])
    for item in scan(path):
        assert not isinstance(item, Refused)
        copy = pickle.loads(pickle.dumps(item))
        assert copy == item
        assert copy.key == hashlib.sha256(copy.data).hexdigest()
        assert copy.read() == item.read()
        assert copy.read().key == item.key


def test_standard_input_is_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "-" reads bytes of any form from the standard input."""
    for raw, expected in ((mail("no."), ["no."]), MBOXES["apple"]):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw.encode())))
        assert texts("-") == expected
