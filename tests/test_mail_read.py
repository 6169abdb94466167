"""One mail in, one message out: pasted text, HTML, MIME, characters, languages, and what cannot be read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from feedback_nlp.errors import BrokenInput, EmptyInput, InputError, InputTooLarge, UnsupportedInput
from feedback_nlp.mail import read_mail
from feedback_nlp.mail.cleaning import decode
from feedback_nlp.mail.language import foreign_language
from feedback_nlp.mail.limits import MAX_TEXT
from feedback_nlp.mail.residue import repair_mojibake, repair_quoted_printable

HEAD = b"From: Noor Haddad <noor@example.com>\nTo: sam@example.com\nSubject: Your application\nMIME-Version: 1.0\n"


def mail(body: bytes, kind: bytes = b"text/plain; charset=utf-8", extra: bytes = b"") -> bytes:
    """A mail of one part."""
    return HEAD + extra + b"Content-Type: " + kind + b"\n\n" + body


def multipart(kind: bytes, *parts: tuple[bytes, bytes]) -> bytes:
    """A mail of several parts, each a content type and a body."""
    inside = b"".join(b"--b\nContent-Type: " + each + b"\n\n" + body + b"\n" for each, body in parts)
    return HEAD + b"Content-Type: " + kind + b'; boundary="b"\n\n' + inside + b"--b--\n"


# --- pasted text ------------------------------------------------------------------------------------------------------


def test_pasted_text_is_the_text() -> None:
    """Plain words come back as they are, with the digest of what was given as key."""
    message = read_mail("Hi Sam,\r\n\r\nno.\r\n", name="pasted", index=3)
    assert message.text == "Hi Sam,\n\nno."
    assert (message.source.path, message.source.index) == ("pasted", 3)
    assert message.key == hashlib.sha256(b"Hi Sam,\r\n\r\nno.\r\n").hexdigest()
    assert message.id == message.key[:16]


def test_pasted_mail_with_technical_headers_is_read_as_a_mail() -> None:
    """A whole raw mail can be pasted, with or without the line that an mbox puts above it."""
    raw = mail(b"Caf=C3=A9", extra=b"Content-Transfer-Encoding: quoted-printable\n").decode()
    for text in (raw, f"From noor@example.com Mon Mar  3 10:04:00 2025\n{raw}"):
        message = read_mail(text)
        assert message.text == "Café"
        assert message.subject == "Your application"


def test_pasted_html_is_read_as_html() -> None:
    """HTML that was pasted is turned into words, and a note says so."""
    message = read_mail("<div>Hi&nbsp;Sam,</div><p>your <b>tests</b> were thin.</p>")
    assert message.text == "Hi Sam,\n\nyour tests were thin."
    assert "Read as HTML." in message.notes


@pytest.mark.parametrize("text", ["a < b and c > d", "<3 from all of us", "I wrote <p> in my test and </p> too"])
def test_text_with_angle_brackets_is_not_html(text: str) -> None:
    """A text that only mentions tags stays as it is."""
    assert read_mail(text).text == text


def test_exotic_spaces_and_invisible_characters_are_made_plain() -> None:
    """No-break spaces become spaces; zero-width characters, NUL and lone surrogates go."""
    assert read_mail("a\u00a0b\u200bc\x00d\ud800e\u2028f\ufeff").text == "a bcde\nf"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("We=E2=80=99re sorry.=20\nThe team had to choose between many good people, and your an=\nswer", None),
        ("we=E2=80=99ve", "we’ve"),
        ("a=20\nb", "a \nb"),
        ("see https://example.com/?page=20&x=3D", None),
        ("x=\ny", None),
        ("2+2=4 and a=20 b", None),
    ],
)
def test_only_clear_residue_of_quoted_printable_is_decoded(raw: str, text: str | None) -> None:
    """Groups that no person types are decoded; an address with =20 is left alone."""
    fixed, found = repair_quoted_printable(raw)
    if text is None and "E2" in raw:
        assert found
        assert fixed.endswith("your answer")
    else:
        assert fixed == (text or raw)
        assert found is (text is not None)


@pytest.mark.parametrize(
    ("raw", "text"),
    [("weâ€™re â€œsorryâ€\x9d", "we’re “sorry”"), ("cafÃ© Â£30", "café £30"), ("NÃO", "NÃO"), ("Âge", "Âge")],
)
def test_only_clear_mojibake_is_repaired(raw: str, text: str) -> None:
    """UTF-8 read as cp1252 is repaired; words of other languages are not."""
    assert repair_mojibake(raw)[0] == text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour, nous vous remercions de votre candidature mais nous avons retenu un autre profil.", "French"),
        ("Guten Tag, leider haben wir uns für eine andere Bewerberin entschieden.", "German"),
        ("Hola, lamentablemente hemos decidido continuar con otros candidatos para el puesto.", "Spanish"),
        ("Hi Sam, no luck.", ""),
        ("Nein.", ""),
        ("Unfortunately we chose somebody else. Grüße aus Köln, Jürgen Müller, Geschäftsführer", ""),
        ("Feedback: weak SQL, slow Python. Strong Tableau. Reject.", ""),
    ],
)
def test_a_clearly_foreign_mail_is_named(text: str, language: str) -> None:
    """The note names the language; short or mixed text is not judged."""
    assert foreign_language(text) == language


def test_a_foreign_mail_is_read_with_a_note() -> None:
    """Another language is a note and never a refusal."""
    message = read_mail("Guten Tag, leider haben wir uns für eine andere Bewerberin entschieden.")
    assert message.notes == ("This mail seems to be in German; only English is read well.",)
    assert message.language == "German"
    assert read_mail("Hi Sam, unfortunately we chose someone else.").language == ""


# --- MIME -------------------------------------------------------------------------------------------------------------


def test_headers_are_decoded() -> None:
    """Encoded words and raw 8-bit bytes in headers become text; the headers that are used are kept."""
    raw = (
        b"From: =?utf-8?q?No=C3=B6r?= <noor@example.com>\nSubject: =?iso-8859-1?q?caf=E9?= =?utf-8?b?4pyT?=\n"
        b"To: S\xe9m <sam@example.com>\nDate: Mon, 3 Mar 2025 10:04:00 +0100\nReply-To: jobs@example.com\n"
        b"Message-ID: <1@example.com>\n\nno."
    )
    message = read_mail(raw)
    assert message.sender == "Noör <noor@example.com>"
    assert message.subject == "café✓"
    assert message.to.endswith("m <sam@example.com>")
    assert message.sent is not None
    assert message.sent.isoformat() == "2025-03-03T10:04:00+01:00"
    assert message.header("reply-to") == "jobs@example.com"


@pytest.mark.parametrize("date", ["yesterday", "Mon, 99 Foo 2025", "", "(((((", "Mon, 3 Mar 99999 10:00:00"])
def test_a_wrong_date_is_no_date(date: str) -> None:
    """A Date header that makes no sense leaves `sent` empty."""
    assert read_mail(f"From: a@example.com\nSubject: x\nDate: {date}\n\nno.".encode()).sent is None


def test_plain_text_is_preferred_unless_it_is_a_stub() -> None:
    """Of two alternatives the plain one is read, but not an excuse for it."""
    rich = (b"text/html", b"<p>rich words</p>")
    assert read_mail(multipart(b"multipart/alternative", (b"text/plain", b"plain words"), rich)).text == "plain words"
    for stub in (
        b"",
        b"Your email client does not support HTML.",
        b"Please view this email in a browser: HTML version",
    ):
        assert read_mail(multipart(b"multipart/alternative", (b"text/plain", stub), rich)).text == "rich words"


def test_an_attached_mail_is_read_with_its_header() -> None:
    """The employer's words can come as an attached message."""
    inner = b"From: Dee <dee@example.com>\nSubject: word from the client\n\nToo junior."
    message = read_mail(multipart(b"multipart/mixed", (b"text/plain", b"see attached"), (b"message/rfc822", inner)))
    assert "Too junior." in message.text
    assert [aside.span.of(message.text).splitlines()[1] for aside in message.asides] == ["From: Dee <dee@example.com>"]


def test_attached_files_are_left_out() -> None:
    """A text file that was attached is not part of the mail."""
    raw = multipart(
        b"multipart/mixed",
        (b"text/plain", b"no."),
        (b'text/plain; name="log.txt"\nContent-Disposition: attachment; filename="log.txt"', b"secret"),
    )
    assert read_mail(raw).text == "no."


def test_flowed_text_is_one_line_a_paragraph() -> None:
    """Soft line breaks of format=flowed are joined; quotes keep their lines."""
    raw = mail(b"Your tests \nwere thin.\n\n> a \n> b\n", b"text/plain; charset=utf-8; format=flowed")
    assert read_mail(raw).text.startswith("Your tests were thin.\n\n> a\n> b")


@pytest.mark.parametrize(
    ("declared", "raw", "text"),
    [
        (b"iso-8859-1", "it\u2019s".encode("cp1252"), "it’s"),
        (b"utf-8", b"caf\xe9 au lait", "café au lait"),
        (b"punycode", "café".encode(), "café"),
        (b"x-unknown", "café".encode(), "café"),
        (b"gb2312", "你好".encode("gb18030"), "你好"),
        (b"windows-1251", "Привет".encode("cp1251"), "Привет"),
        (b"us-ascii", "café".encode(), "café"),
        (b"utf-16le", "café".encode("utf-16-le"), "café"),
    ],
)
def test_charsets(declared: bytes, raw: bytes, text: str) -> None:
    """The declared charset comes first when it is a text charset, then UTF-8."""
    assert decode(raw, declared.decode()) == text


def test_undeclared_bytes_are_guessed() -> None:
    """Bytes that are not UTF-8 still give words."""
    assert "café" in decode("Un café très bien préparé, merci à vous, où êtes-vous allés cet été ?".encode("cp1252"))


def test_hidden_parts_of_a_page_are_left_out() -> None:
    """What CSS hides, scripts and comments are not read; the words in tables are."""
    message = read_mail(
        mail(
            b"<html><head><title>t</title><style>p{}</style></head><body><!-- note -->"
            b"<div style='display:none'>preview</div>"
            b"<script>x</script><span hidden>gone</span><table><tr><td>"
            b"<table><tr><td>Hi Sam,</td></tr></table></td></tr>"
            b"<tr><td>SQL</td><td>2/5</td></tr></table></body></html>",
            b"text/html",
        )
    )
    assert message.text == "Hi Sam,\nSQL 2/5"


def test_a_page_nested_too_deep_is_read_with_a_note() -> None:
    """Beyond 200 levels the words are read in the order of the file."""
    message = read_mail("<html>" + "<div>" * 400 + "Hi Sam" + "</div>" * 400)
    assert message.text == "Hi Sam"
    assert any("layout" in note for note in message.notes)


# --- what cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("", EmptyInput, "empty"),
        (" \n\t\u200b", EmptyInput, "empty"),
        (b"", EmptyInput, "empty"),
        (HEAD + b"\n", EmptyInput, "empty"),
        ("<html><body><img src=x></body></html>", EmptyInput, "pictures"),
        (mail(b"\x89PNG", b"image/png"), EmptyInput, "pictures"),
        (multipart(b"multipart/mixed", (b"application/pdf", b"x")), EmptyInput, "attachment"),
        (multipart(b"multipart/mixed", (b"application/ms-tnef", b"x")), UnsupportedInput, "winmail.dat"),
        (multipart(b"multipart/encrypted", (b"application/pgp-encrypted", b"x")), UnsupportedInput, "encrypted"),
        (mail(b"x", b"application/pkcs7-mime"), UnsupportedInput, "encrypted"),
        (mail(b"-----BEGIN PGP MESSAGE-----\nabc"), UnsupportedInput, "encrypted"),
        ("-----BEGIN PGP MESSAGE-----\nabc", UnsupportedInput, "encrypted"),
        (bytes(range(256)) * 20, UnsupportedInput, "not text"),
        (b"!BDN" + bytes(600), UnsupportedInput, ".pst"),
        (b"\x78\x9f\x3e\x22" + bytes(60), UnsupportedInput, "winmail.dat"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), UnsupportedInput, "picture"),
        (b"\x1f\x8b\x08" + bytes(60), UnsupportedInput, "gzip"),
        ("word " * 1_000_000, InputTooLarge, "million"),
        (b"From: a@example.com\nSubject: x\n\n" + b"x" * 20_000_001, InputTooLarge, "MB"),
    ],
)
def test_what_cannot_be_read_says_why(source: str | bytes, error: type[InputError], words: str) -> None:
    """Each refusal says what is wrong."""
    with pytest.raises(error, match=words):
        read_mail(source)


def test_a_long_mail_is_cut_with_a_note() -> None:
    """A text over 200,000 characters is read up to there, and a note says so."""
    message = read_mail("Your tests were thin.\n" * 20_000)
    assert len(message.text) <= MAX_TEXT
    assert "Only the first 200 kB of this mail were read." in message.notes


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder and a file that holds several mails are refused in words."""
    with pytest.raises(InputError, match="no file"):
        read_mail(tmp_path / "missing.eml")
    with pytest.raises(InputError, match="folder"):
        read_mail(tmp_path)
    rows = tmp_path / "rows.csv"
    rows.write_text("id,text\n1,no.\n2,no.\n")
    with pytest.raises(UnsupportedInput, match="several"):
        read_mail(rows)
    rows.write_text("id,text\nx7,no luck\n")
    assert read_mail(rows).text == "no luck"


def test_a_mail_nested_too_deep_is_refused() -> None:
    """Ten thousand nested parts are refused at once, thirty are read as far as allowed."""
    for depth in (30, 1_500, 10_000):
        nested = b"".join(
            b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number) for number in range(depth)
        )
        with pytest.raises(BrokenInput, match="nested"):
            read_mail(HEAD + nested + b"Content-Type: text/plain\n\nno.\n")
