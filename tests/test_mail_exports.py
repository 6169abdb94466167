"""Files as mail programs really export them: what comes out is what a person reads, and nothing else."""

from __future__ import annotations

import base64
import io
import quopri
import zipfile
from pathlib import Path

import pytest

from feedback_nlp.errors import UnsupportedInput
from feedback_nlp.mail import open_mail, read_mail
from feedback_nlp.mail.documents import read_rtf
from feedback_nlp.mail.markup import read_html
from feedback_nlp.mail.mbox import split_mbox
from feedback_nlp.schema import Message

HEAD = (
    "From: Noor Haddad <noor@halden.example>\nTo: Sam Reed <sam@example.com>\nSubject: Your application\n"
    "Date: Mon, 3 Mar 2025 10:04:00 +0000\nMIME-Version: 1.0\n"
)
WORDS = "We chose another candidate. Your Excel was weak."
PAGE = "<p>Dear Sam,</p><p>We chose another candidate. Your Excel was weak.</p>"
READ = f"Dear Sam,\n\n{WORDS}"


def mail(body: str, kind: str = "text/plain; charset=utf-8") -> bytes:
    """A mail of one part."""
    return f"{HEAD}Content-Type: {kind}\n\n{body}\n".encode()


def parts(kind: str, *children: tuple[str, str]) -> bytes:
    """A mail of several parts: (type, body)."""
    inner = "".join(f"--cut\nContent-Type: {child}\n\n{body}\n" for child, body in children)
    return f"{HEAD}Content-Type: {kind}; boundary=cut\n\n{inner}--cut--\n".encode()


def found(path: Path) -> list[str]:
    """The text of each mail under a path, or the reason of its refusal in brackets."""
    return [item.text if isinstance(item, Message) else f"[{item.reason}]" for item in open_mail(path)]


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "style",
    [
        "display:none",
        "visibility: hidden;height:0",
        "color:#fff;opacity:0;max-width:0",
        "font-size:1px;line-height:1px",
        "font-size:0",
        "max-height:0px;overflow:hidden",
        "mso-hide:all",
    ],
)
def test_the_hidden_preview_of_a_newsletter_is_left_out(style: str) -> None:
    """Preview text is there for the list of mails only, whatever way it is hidden."""
    assert read_html(f'<div><span style="{style}">See inside</span></div>{PAGE}').text == READ


def test_classes_hide_too_but_not_for_some_screens_only() -> None:
    """A style sheet may hide a class; what it hides on telephones only is read."""
    sheet = (
        "@media (max-width:9px){.wide{display:none}} /* .wide{display:none} */ .pre, p.pre2 {display:none !important}"
    )
    page = f"<html><head><style>{sheet}</style></head><p class='x pre'>Look</p><p class=wide>Hello.</p></html>"
    assert read_html(page).text == "Hello."


def test_letters_inside_of_layout_without_size_are_read() -> None:
    """Layout programs write font-size:0 around every column."""
    page = (
        f'<table><tr><td style="font-size:0px;padding:9px"><div style="font-size:13px">{PAGE}</div></td></tr></table>'
    )
    assert read_html(page).text == READ


def test_a_page_of_a_job_site_is_its_words() -> None:
    """No style sheet, no comment for Outlook, no tracking pixel, no address of a link, no zero-width padding."""
    page = f"""<html><head><title>Jobs</title><style>@media screen{{.a{{width:100%}}}}</style><!--[if mso]><xml>96</xml>
    <![endif]--></head><body><div style="display:none">Preview \u034f \u200c\xa0\u200c</div><table><tr><td>{PAGE}
    <ul><li>SQL: strong</li></ul><a href="https://click.halden.example/click?upn=u001.Ab">Our jobs</a></td></tr></table>
    <img src="https://track.example/o.gif" width="1" height="1" alt=""></body></html>"""
    raw = quopri.encodestring(page.encode()).decode()
    read = read_mail(mail(raw, "text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"))
    assert read.text == f"{READ}\n\n* SQL: strong\nOur jobs"


# --- plain parts that are worse than the page beside them -------------------------------------------------------------


@pytest.mark.parametrize(
    "plain",
    [
        "View this email in your browser\nhttps://mail.example/c?e=1",
        "Your email client does not support HTML messages",
        "Dear Sam, ...",
        "Dear Sam,&nbsp;\n\nWe&#39;ve chosen another candidate. Your Excel was weak.",
        "@media screen and (max-width: 600px) { .a { width: 100% } }\nbody { margin: 0; }\n\nDear Sam,\n\nWe chose.",
        "<p>Dear Sam,</p><p>We chose another candidate. Your Excel was weak.</p>",
    ],
)
def test_a_bad_conversion_gives_way_to_the_page(plain: str) -> None:
    """A stub, a cut, style sheets or entities in the plain part: then the page is what was written."""
    assert read_mail(parts("multipart/alternative", ("text/plain", plain), ("text/html", PAGE))).text == READ


def test_residue_without_a_page_beside_it_is_undone() -> None:
    """Style sheets go and entities are decoded where there is only the bad conversion."""
    assert read_mail(mail(f"body {{\n margin: 0;\n}}\n.a {{ color: red }}\n{READ}")).text == READ
    read = read_mail("Dear Sam,\n\nWe&#39;ve chosen R&amp;D people &amp;ndash; sorry.&nbsp;Bye.")
    assert read.text == "Dear Sam,\n\nWe've chosen R&D people – sorry. Bye."
    assert read.notes


@pytest.mark.parametrize(
    "text", ["if (a && b) { go(); }", "AT&T and R&D", "Use a {name} in it: {like: this}", "a[0] <b>"]
)
def test_what_only_looks_like_residue_stays(text: str) -> None:
    """Code and company names are no residue."""
    assert read_mail(mail(f"Dear Sam,\n\n{text}")).text == f"Dear Sam,\n\n{text}"


def test_links_that_count_clicks_are_left_out_of_plain_text() -> None:
    """Addresses of pictures and links with words of their own say nothing; a short address of a form is kept."""
    long = "https://click.halden.example/ls/click?upn=" + "u" * 80
    text = (
        f"[cid:image001.png@01DB]Thank you for applying to Halden [{long}].\nJobs<https://halden.example>\n"
        f"Other jobs <{long}>\nWrite to noor@halden.example<mailto:noor@halden.example>\n"
        "Our form: <https://forms.example/f>"
    )
    assert read_mail(mail(text)).text == (
        "Thank you for applying to Halden.\nJobs\nOther jobs\nWrite to noor@halden.example\n"
        "Our form: <https://forms.example/f>"
    )


def test_the_same_words_twice_are_read_once() -> None:
    """Some programs send text and page side by side and not as alternatives."""
    assert read_mail(parts("multipart/mixed", ("text/plain", READ), ("text/html", PAGE))).text == READ


# --- encodings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        mail("Dear Sam,\n\nWe’ve chosen “another”.").decode().encode("cp1252"),
        mail("Dear Sam,\n\nWe’ve chosen “another”.").decode().encode("utf-16"),
        mail("Dear Sam,\n\nWe’ve chosen “another”.").replace(b"\n", b"\r"),
        "Dear Sam,\n\nWe’ve chosen “another”.".encode("utf-16-le"),
        "Dear Sam,\n\nWe’ve chosen “another”.".encode("utf-16-be"),
        mail("Dear Sam,\n\nWeâ€™ve chosen â€œanotherâ€\x9d."),
        (HEAD + "Content-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n").encode()
        + base64.encodebytes("Dear Sam,\n\nWe’ve chosen “another”.".encode("utf-16")),
    ],
    ids=["cp1252 as utf-8", "whole file utf-16", "old Mac", "utf-16-le", "utf-16-be", "mojibake", "utf-16 in base64"],
)
def test_encodings_that_lie_or_are_not_declared(raw: bytes) -> None:
    """The words come out whatever the file says about itself."""
    assert read_mail(raw).text == "Dear Sam,\n\nWe’ve chosen “another”."


def test_headers_that_fill_the_sample(tmp_path: Path) -> None:
    """A spam report of 300 kB before the first known header is no text."""
    (tmp_path / "a.eml").write_bytes(b"X-Spam: " + b"a" * 300_000 + b"\n" + mail(WORDS))
    assert found(tmp_path / "a.eml") == [WORDS]


# --- parts that are no letter -----------------------------------------------------------------------------------------

INVITATION = (
    "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY;LANGUAGE=en:Interview at Halden\r\nDESCRIPTION:Hi Sam\\, we would\r\n"
    "  like to meet you.\\n\\nNoor\r\nLOCATION:Room 4\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Other\r\nEND:VEVENT\r\n"
)


def test_an_invitation_alone_is_read(tmp_path: Path) -> None:
    """An interview is often sent as a calendar entry and nothing else; beside a letter it is left out."""
    words = "Hi Sam, we would like to meet you.\n\nNoor\n\nRoom 4"
    assert read_mail(mail(INVITATION, "text/calendar; method=REQUEST")).text == f"Interview at Halden\n\n{words}"
    (tmp_path / "a.ics").write_text(INVITATION)
    read = read_mail(tmp_path / "a.ics")
    assert (read.subject, read.text) == ("Interview at Halden", f"Interview at Halden\n\n{words}")
    letter = parts("multipart/alternative", ("text/plain", READ), ("text/calendar", INVITATION))
    assert read_mail(letter).text == READ


def test_a_bounce_is_its_notice_and_the_mail_that_came_back() -> None:
    """Codes of servers are no words."""
    inner = "From: Sam Reed <sam@example.com>\nSubject: Application\n\nDear team, my CV."
    raw = parts(
        "multipart/report",
        ("text/plain", "Your message wasn't delivered."),
        ("message/delivery-status", "Action: failed\nStatus: 5.1.1"),
        ("message/rfc822", inner),
    )
    text = read_mail(raw).text
    assert text.startswith("Your message wasn't delivered.\n\n")
    assert text.endswith("Dear team, my CV.")
    assert "5.1.1" not in text


def test_a_signature_around_the_mail_is_not_called_encryption() -> None:
    """S/MIME packs a mail to sign it, too."""
    with pytest.raises(UnsupportedInput, match="signature"):
        read_mail(mail("MIIB", "application/pkcs7-mime; smime-type=signed-data"))


def test_a_page_saved_by_a_browser_has_no_author() -> None:
    """Browsers write themselves into the From line of .mht."""
    raw = mail(PAGE, "text/html").replace(b"Noor Haddad <noor@halden.example>", b"<Saved by Blink>")
    assert (read_mail(raw).sender, read_mail(raw).text) == ("", READ)


# --- what programs leave beside the mail ------------------------------------------------------------------------------


def test_a_thunderbird_profile(tmp_path: Path) -> None:
    """Index files, filters and empty mailboxes are no mail; what was deleted there is not read in secret."""
    status = "From - Mon Mar 03 10:04:00 2025\nX-Mozilla-Status: {}\nX-Mozilla-Status2: 00000000\n"
    kept, gone = (status.format(code).encode() + mail(f"{code}") + b"\n" for code in ("0001", "0009"))
    (tmp_path / "Inbox").write_bytes(kept + gone + kept)
    (tmp_path / "Inbox.msf").write_text("// <!-- <mdb:mork:z v='1.4'/> -->")
    (tmp_path / "msgFilterRules.dat").write_text('version="9"')
    (tmp_path / "Trash").write_bytes(b"")
    first, second, third = found(tmp_path)
    assert (first, third) == ("0001", "0001")
    assert "deleted or moved in Thunderbird" in second


def test_an_apple_mail_folder(tmp_path: Path) -> None:
    """A .mbox that is a folder, and .emlx files of which the attachments were never loaded."""
    folder = tmp_path / "INBOX.mbox"
    messages = folder / "Data" / "Messages"
    messages.mkdir(parents=True)
    (folder / "mbox").write_bytes(b"From a@example.com Mon Mar  3 10:04:00 2025\n" + mail("one"))
    (folder / "table_of_contents").write_bytes(b"\0\0\0\1toc")
    (folder / "Info.plist").write_text('<?xml version="1.0"?>\n<!DOCTYPE plist>\n<plist/>')
    raw = parts(
        "multipart/mixed", ("text/plain", "two"), ("application/pdf; name=a.pdf\nX-Apple-Content-Length: 9", "")
    )
    (messages / "2.partial.emlx").write_bytes(
        f"{len(raw)}".ljust(11).encode() + b"\n" + raw + b"<?xml version?><plist/>"
    )
    (messages / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    assert found(tmp_path) == ["one", "two"]


def test_a_takeout_archive(tmp_path: Path) -> None:
    """Google's page about the archive and its settings are no mail; an archive inside is refused by name."""
    inner = io.BytesIO()
    box = b"From 1844@xxx Mon Mar 03 10:04:00 +0000 2025\nX-GM-THRID: 1844\n" + mail("one")
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("Takeout/Mail/All mail.mbox", box.replace(b"\n", b"\r\n"))
        archive.writestr("Takeout/archive_browser.html", "<html><body><p>Your archive</p></body></html>")
        archive.writestr("Takeout/Mail/User Settings/Filters.json", '{"filters": []}')
    (tmp_path / "takeout.zip").write_bytes(inner.getvalue())
    assert found(tmp_path) == ["one"]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("takeout-001.zip", inner.getvalue())
        archive.writestr("b.eml", mail("two"))
    refused, read = found(tmp_path / "all.zip")
    assert "archive inside an archive" in refused
    assert read == "two"


# --- mailboxes and tables ---------------------------------------------------------------------------------------------

LINE = "From a@example.com Mon Mar  3 10:04:00 2025\n"


def test_a_mailbox_that_counts_its_bodies() -> None:
    """mboxcl quotes nothing: a separator inside of the counted body is no separator unless a header follows it."""
    body = f"one\n\n{LINE}\nwas quoted.\n"
    box = f"{LINE}{HEAD}Content-Length: {len(body)}\n\n{body}\n{LINE}{HEAD}\ntwo\n"
    raws = list(split_mbox(io.BytesIO(box.encode())))
    assert [raw.split()[-1] for raw in raws if isinstance(raw, bytes)] == [b"quoted.", b"two"]
    lie = f"{LINE}{HEAD}Content-Length: 9999\n\none\n\n{LINE}{HEAD}\ntwo\n"
    assert len(list(split_mbox(io.BytesIO(lie.encode())))) == 2


def test_a_mailbox_with_old_line_ends(tmp_path: Path) -> None:
    """Carriage returns alone end lines on old Macs."""
    box = (LINE.encode() + mail("one") + b"\n" + LINE.encode() + mail("two")).replace(b"\n", b"\r")
    (tmp_path / "old").write_bytes(box)
    assert found(tmp_path / "old") == ["one", "two"]


@pytest.mark.parametrize(
    ("table", "sender"),
    [
        ('"Subject","Body","From: (Name)","From: (Address)"\n"A","{}","Noor","n@h.example"', "Noor <n@h.example>"),
        ('Date,Sender Name,Sender Email,Message Body\n2025-03-03,Noor,n@h.example,"{}"', "Noor <n@h.example>"),
        ('CONVERSATION ID,FROM,TO,DATE,SUBJECT,CONTENT,FOLDER\n2,Noor,Sam,2025-03-03 10:04:00 UTC,,"{}",INBOX', "Noor"),
        ('id,sender,address,text\n1,Noor,"Main Street 1","{}"', "Noor"),
    ],
    ids=["Outlook", "webmail", "LinkedIn", "an address that is none"],
)  # fmt: skip
def test_tables_of_mail_programs(table: str, sender: str, tmp_path: Path) -> None:
    """Their columns are known by name, and name and address become one sender."""
    (tmp_path / "a.csv").write_text(table.format("Dear Sam,\n\nNo.") + "\n", newline="\r\n")
    (read,) = open_mail(tmp_path / "a.csv")
    assert isinstance(read, Message)
    assert (read.text, read.sender) == ("Dear Sam,\n\nNo.", sender)


def test_a_page_inside_of_rich_text_keeps_its_paragraphs() -> None:
    """Exchange keeps HTML mail as RTF with the tags in groups of their own; addresses of links are left out."""
    raw = rb"""{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Dear Sam,\htmlrtf\par}\htmlrtf0
{\*\htmltag72 </p>}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Use our {\field{\*\fldinst{HYPERLINK "https://c.example/a"}}
{\fldrslt{form}}}.\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}}"""
    assert [line.strip() for line in read_rtf(raw).text.split("\n")] == ["Dear Sam,", "", "Use our form."]
