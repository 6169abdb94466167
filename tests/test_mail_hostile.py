"""Mail is hostile text: any bytes give a message or a refusal, in time that grows with their length."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_nlp.errors import InputError
from feedback_nlp.mail import read_mail
from feedback_nlp.schema import Message

SECONDS = 6.0  # a quadratic step takes minutes on these; the slowest takes about one second


def check(message: Message) -> None:
    """Asides are in order, inside the text, without overlap, and something is left to read."""
    at = 0
    left = []
    for aside in message.asides:
        assert at <= aside.span.start < aside.span.end <= len(message.text)
        left.append(message.text[at : aside.span.start])
        at = aside.span.end
    left.append(message.text[at:])
    assert any(map(str.isalnum, "".join(left)))
    message.text.encode()  # no lone surrogate
    assert not set(message.text + message.subject + message.sender + message.to) & set("\0\r\u200b\u00a0")


def read(source: bytes | str) -> None:
    """Read and check, or be refused in words."""
    try:
        check(read_mail(source))
    except InputError as error:
        assert str(error).endswith((".", "]"))  # noqa: PT017


LINES = """\
From: Sam <s@example.com>
Sent: 3 March 2025
To: Noor
Subject: x
Date: Mon, 3 Mar 2025 10:00:00
On Mon, Sam wrote:
On 3 Mar 2025, Sam Reed
<s@example.com> wrote:
> quoted
>> deeper
>
> On Mon, Noor wrote:
-----Original Message-----
---------- Forwarded message ---------
---------- End ---------
________________
--
Hi Sam,
Best,
Noor
T: +44 20 7946 0000
Unsubscribe
This email and any attachments are confidential.
Your tests were thin.
Could you tell me why I was not chosen?
=E2=80=99=20
â€™
<p>
<blockquote>
</div>
You wrote:

Content-Type: text/html
MIME-Version: 1.0
--b"""
PIECES = st.sampled_from([*LINES.split("\n"), "", "\u200b", "\ud800", "\u0130" * 60 + ". Unsubscribe"])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map("\n".join))
def test_any_mixture_of_mail_lines_is_read_or_refused(text: str) -> None:
    """Quote headers, signatures and footers in any order keep the asides in order and in bounds."""
    read(text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """No bytes give anything but a message or an `InputError`."""
    read(raw)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["utf-8", "gb2312", "punycode", "utf-7", "utf-16", "idna", "zlib_codec", "x", ""]),
    st.sampled_from(["base64", "quoted-printable", "x-uuencode", "8bit", "binary", "nonsense"]),
    st.sampled_from(
        ["text/plain", "text/html", "multipart/mixed", "multipart/alternative", "message/rfc822", "x", "text"]
    ),
    st.binary(max_size=200),
    st.binary(max_size=60),
)
def test_any_mail_body_is_read_or_refused(charset: str, coding: str, kind: str, body: bytes, subject: bytes) -> None:
    """Wrong charsets, wrong encodings and 8-bit headers do not escape as other errors."""
    head = f'MIME-Version: 1.0\nContent-Type: {kind}; charset="{charset}"; boundary="b"\n'
    head += f"Content-Transfer-Encoding: {coding}\n"
    read(head.encode() + b"Subject: =?" + subject.replace(b"\n", b" ") + b"\nFrom: \xff\n\n--b\n\n" + body)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        [
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"PK\x03\x04",
            b"%PDF-1.4\n",
            b"{\\rtf1",
            b'{"text":',
            b'[{"a":',
            b"From a@b\nX: ",
        ]
    ),
    st.binary(max_size=1_500),
)
def test_damaged_files_are_read_or_refused(magic: bytes, rest: bytes) -> None:
    """A file that begins like a known kind and goes on as noise is refused in words."""
    read(magic + rest)


LONG = {
    "quote marks": "Hi\n" + "> a\n" * 50_000,
    "depths": "Hi\n" + "> a\n>> b\n" * 22_000,
    "one line of quote marks": ">" * 190_000 + " a",
    "one line": "word " * 39_000,
    "openers": "On a\n" * 39_000,
    "dated openers": "On 3 Aug Sam\n" * 15_000,
    "attributions": "On 3 Aug, Sam wrote:\n> hi\n" * 7_500,
    "fields": "From: a@b.c\nTo: x\n" * 9_000,
    "rules": "-----\na\n" * 25_000,
    "signature marks": "a\n--\n" * 39_000,
    "addresses": "a@" * 99_000,
    "digits": "Regards,\nSam\n" + "1 " * 90_000,
    "sign-offs": "Regards,\nSam\n+44 20 7946 0000\n" * 6_000,
    "footers": "Unsubscribe here\n\n" * 10_000,
    "footers in one line": "Acme is an equal opportunity employer. " * 5_000,
    "wrapped footer": "a b c d e f g h i j k l m n o p q r s t u v w x y z and\n" * 3_000 + "unsubscribe",
    "encoded": "=E2=80=99a" * 19_000,
    "soft breaks": ("a" * 70 + "=\n") * 2_700,
    "mojibake": "â€™aÃ" * 38_000,
    "comments": "<html>" + "<!--" * 100_000 + "a",
    "open tags": "<html>" + "<div>" * 50_000 + "a",
    "angle brackets": "<html>a" + "<" * 200_000,
    "wide table": "<table><tr><td>" + "a" * 50_000 + "</td><td>b</td></tr>" + "<tr><td>a</td><td>b</td></tr>" * 5_000,
    "blockquotes": "<html>" + "<blockquote>a</blockquote>" * 5_000,
    "style": "<html><p style='font-size" + " " * 200_000 + "'>a",
    "encoded words": b"From: a@b.c\nSubject: " + b"=?utf-8?q?a?= " * 40_000 + b"\n\na",
    "brackets in headers": b"Subject: a\nDate: " + b"(" * 200_000 + b"\nFrom: " + b"(" * 200_000 + b"\n\na",
    "parameters": b"From: a\nMIME-Version: 1.0\nContent-Type: text/plain; " + b"a=1;" * 500_000 + b"\n\na",
    "parts": b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\na\n" * 50_000,
    "a slow charset": b"Subject: a\nMIME-Version: 1.0\nContent-Type: text/plain; charset=punycode\n\n"
    + b"a-b" * 300_000,
    "odd bytes": b"caf\xe9 \xa4\xd0 " * 20_000,
}


@pytest.mark.parametrize("name", LONG)
def test_time_is_linear_in_length(name: str) -> None:
    """Texts of 200 kB made to hurt are read within seconds."""
    began = time.perf_counter()
    read(LONG[name])
    assert time.perf_counter() - began < SECONDS
