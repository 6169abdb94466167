"""Mails made to hurt: bombs, nesting, headers, charsets, HTML, and load on patterns."""

# ruff: noqa: E501 - one attack, one line

from __future__ import annotations

import base64
import codecs
import quopri
from collections.abc import Iterator

from tests.attacks.attack import CANARY, PLEA, SECRET, Attack, Kind, Sound, beacon, mail, outside, page, raw

READ, REFUSED, EITHER = Sound.READ, Sound.REFUSED, Sound.EITHER


def bombs() -> Iterator[Attack]:
    """Small inputs that want to become large."""
    k = Kind.BOMB
    words = b"=?utf-8?q?" + b"a" * 60 + b"?= "
    yield raw(k, "400 kB of encoded words in Subject", READ, lambda: mail(head=b"Subject: " + words * 5_400 + b"\r\n"))
    yield raw(k, "400 kB of encoded words in From", READ, lambda: mail(head=b"Sender: " + words * 5_400 + b"\r\n"))
    yield raw(k, "Subject of 5 MB on one line", EITHER, lambda: mail(head=b"Subject: " + b"a" * 5_000_000 + b"\r\n"))
    yield raw(k, "5 MB of folded Subject", EITHER, lambda: mail(head=b"Subject: a\r\n" + b" b\r\n" * 1_200_000))
    yield raw(k, "100,000 header lines", EITHER, lambda: mail(head=b"X-A: b\r\n" * 100_000))
    yield raw(k, "100,000 Received lines", EITHER, lambda: mail(head=b"Received: from a by b; c\r\n" * 100_000))
    yield raw(k, "base64 body of 15 MB", READ, lambda: mail(base64.encodebytes(b"word " * 2_300_000), coding="base64"))
    yield raw(k, "quoted-printable of soft breaks", EITHER, lambda: mail(b"=\r\n" * 2_000_000 + b"end", coding="quoted-printable"))  # fmt: skip
    yield raw(k, "HTML entities, ten levels of DTD", EITHER, lambda: page(_billion_laughs()), hidden=("lollol",))
    yield raw(k, "HTML of one word of 2 MB", READ, lambda: page("<p>" + "a" * 2_000_000))
    yield raw(k, "HTML table with colspan 100000", READ, lambda: page(f"<table><tr><td colspan=100000 rowspan=100000>{PLEA}</td></tr></table>"), shown=(CANARY,))  # fmt: skip
    yield raw(k, "HTML table, 3,000 wide cells", READ, lambda: page("<table><tr>" + f"<td>{'x' * 500}</td>" * 3_000 + "</tr></table>"))  # fmt: skip
    yield raw(k, "HTML list numbered from 10**18", READ, lambda: page(f"<ol start=999999999999999999><li>{PLEA}</ol>"), shown=(CANARY,))  # fmt: skip
    yield raw(k, "HTML pre of 300,000 blank lines", READ, lambda: page("<pre>" + "\n" * 300_000 + PLEA + "</pre>"))
    yield raw(k, "HTML padding 10**9 px", READ, lambda: page(f"<p style='padding:1000000000px;margin:999999999em'>{PLEA}</p>"), shown=(CANARY,))  # fmt: skip
    yield raw(k, "text of 30 MB", EITHER, lambda: b"word " * 6_000_000, "txt", reason="million")
    yield raw(k, "mail of 60 MB", REFUSED, lambda: mail(b"a" * 60_000_000), reason="MB", slow=True)
    yield raw(k, "uuencode with a length that lies", EITHER, lambda: mail(b"begin 644 a\n" + b"M" * 3_000_000 + b"\nend\n", coding="x-uuencode"))  # fmt: skip
    yield raw(k, "RTF of 20 million spaces", EITHER, lambda: b"{\\rtf1 " + b" " * 20_000_000 + b"a}", "rtf")
    yield raw(k, "RTF \\bin that claims 2 GB", EITHER, lambda: b"{\\rtf1\\ansi \\bin2147483647 a " + PLEA.encode() + b"}", "rtf")  # fmt: skip
    yield raw(k, "number of 10,000 digits in JSON", EITHER, lambda: b'{"text": ' + b"9" * 10_000 + b"}\n", "jsonl")
    yield raw(k, "number of 10,000 digits as a date in JSON", EITHER, lambda: b'{"text": "' + PLEA.encode() + b'", "date": ' + b"9" * 4_000 + b"}\n", "jsonl")  # fmt: skip
    yield raw(k, "float that overflows as a date", EITHER, b'{"text": "' + PLEA.encode() + b'", "date": 1e999}\n', "jsonl")  # fmt: skip
    yield raw(k, "NaN as a date", EITHER, b'{"text": "' + PLEA.encode() + b'", "date": NaN}\n', "jsonl")
    yield raw(k, "JSON line of 25 MB", REFUSED, lambda: b'{"text": "' + b"a" * 25_000_000 + b'"}\n', "jsonl")
    yield raw(k, "emlx that claims 9999999999 bytes", EITHER, lambda: b"9999999999\n" + mail(), "emlx", shown=(CANARY,))


def _billion_laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "lol">{entities}]><html><body>&l9; {PLEA}</body></html>'


def nesting() -> Iterator[Attack]:
    """Depth: what kills parsers that call themselves."""
    k = Kind.NESTING
    for depth in (25, 1_500):
        yield raw(k, f"multipart, {depth} levels", EITHER, lambda d=depth: _multiparts(d))
        yield raw(k, f"message/rfc822, {depth} levels", EITHER, lambda d=depth: _letters(d))
    yield raw(k, "20,000 parts", READ, lambda: _parts(20_000), shown=(CANARY,))
    yield raw(k, "multipart whose boundary never comes", EITHER, mail(PLEA, kind='multipart/mixed; boundary="b"'))
    yield raw(k, "multipart without a boundary", EITHER, mail(PLEA, kind="multipart/mixed"))
    yield raw(k, "boundary of 100 kB", EITHER, lambda: mail(PLEA, kind=f'multipart/mixed; boundary="{"b" * 100_000}"'))
    yield raw(k, "boundaries that begin alike", EITHER, mail("--b\n\n--bb\n\n" + PLEA + "\n--bb--\n--b--", kind='multipart/mixed; boundary="b"'))  # fmt: skip
    yield raw(k, "empty boundary", EITHER, mail("--\n\n" + PLEA + "\n----", kind='multipart/mixed; boundary=""'))
    for tag in ("div", "table><tr><td", "blockquote", "ul><li", "b", "span", "a href=x", "font"):
        text = f"<{tag}>" * 20_000 + PLEA
        yield raw(k, f"HTML, 20,000 levels of {tag.partition('>')[0]}", EITHER, lambda t=text: page(t))
    yield raw(k, "HTML, 100,000 levels of div", EITHER, lambda: page("<div>" * 100_000 + PLEA))
    yield raw(k, "HTML, 100,000 end tags", READ, lambda: page(PLEA + "</div>" * 100_000), shown=(CANARY,))
    yield raw(k, "100,000 brackets of JSON", REFUSED, lambda: b'{"text": ' + b"[" * 100_000 + b"\n", "jsonl")
    yield raw(k, "100,000 braces of JSON", REFUSED, lambda: b'{"a": ' * 100_000 + b"\n", "jsonl", reason="JSON")
    yield raw(k, "JSON array, 50,000 deep", REFUSED, lambda: b'[{"text": ' + b"[" * 50_000, "json")
    yield raw(k, "RTF, 100,000 braces", EITHER, lambda: b"{\\rtf1 " + b"{" * 100_000 + PLEA.encode(), "rtf")
    yield raw(k, "comment brackets in headers", READ, lambda: mail(head=b"Date: " + b"(" * 9_000 + b"\r\nTo: " + b"(" * 9_000 + b"\r\n"), shown=(CANARY,))  # fmt: skip
    yield raw(k, "20,000 quote marks in front of a line", EITHER, lambda: mail(">" * 20_000 + " a\n\n" + PLEA), shown=(CANARY,))  # fmt: skip
    yield raw(k, "quotes, 500 levels", READ, lambda: mail(PLEA + "\n" + "\n".join(">" * n + " a" for n in range(500))), shown=(CANARY,))  # fmt: skip


def _multiparts(depth: int) -> bytes:
    opened = "".join(f'--b{n}\nContent-Type: multipart/mixed; boundary="b{n + 1}"\n\n' for n in range(depth))
    return mail(opened + f"--b{depth}\nContent-Type: text/plain\n\n{PLEA}\n", kind='multipart/mixed; boundary="b0"')


def _letters(depth: int) -> bytes:
    return mail("Content-Type: message/rfc822\n\n" * depth + f"Subject: a\n\n{PLEA}", kind="message/rfc822")


def _parts(count: int) -> bytes:
    body = f"--b\nContent-Type: text/plain\n\n{PLEA}\n" + "--b\nContent-Type: text/plain\n\na\n" * count
    return mail(body, kind='multipart/mixed; boundary="b"')


HEADERS: dict[str, bytes] = {
    "8-bit bytes": b"Subject: Gr\xfc\xdfe \xff\xfe\r\n",
    "NUL inside": b"Subject: a\0b\r\n",
    "escape sequences": b"Subject: \x1b[2J\x1b]0;owned\x07 hello\r\n",
    "encoded escape sequences": b"Subject: =?utf-8?b?" + base64.b64encode(b"\x1b[31mred\x1b]8;;http://x\x07") + b"?=\r\n",
    "encoded line break that adds Bcc": b"Subject: =?utf-8?q?Hi=0D=0ABcc=3A_victim@example.com?=\r\n",
    "bidi override": "Subject: invoice\u202etxt.exe\r\n".encode(),
    "zero width": "Subject: re\u200bject\u2060ed\r\n".encode(),
    "lone surrogate": b"Subject: =?utf-8?b?7aCA?=\r\n",
    "unknown charset": b"Subject: =?x-unknown?q?Hello=20you?=\r\n",
    "codec that is no charset": b"Subject: =?zlib_codec?b?eJwDAAAAAAE=?=\r\n",
    "slow codec": b"Subject: =?punycode?q?" + b"a-b" * 20_000 + b"?=\r\n",
    "base64 that is broken": b"Subject: =?utf-8?b?!!!!====?=\r\n",
    "base64 of odd length": b"Subject: =?utf-8?b?YWJ?=\r\n",
    "encoded word without an end": b"Subject: =?utf-8?q?abc\r\n",
    "question marks": b"Subject: " + b"=?" * 40_000 + b"\r\n",
    "spaces": b"Subject: " + b" " * 200_000 + b"a\r\n",
    "tabs": b"Subject: a" + b"\t" * 200_000 + b"b\r\n",
    "bare carriage returns": b"Subject: a\rBcc: victim@example.com\rX: b\r\n",
    "two Subjects": b"Subject: one\r\nSubject: two\r\n",
    "a thousand From lines": b"From: a@b.example\r\n" * 1_000,
    "address without an end": b"Reply-To: \"a\" <a@b.example\r\n",
    "address of angle brackets": b"Sender: " + b"<" * 50_000 + b"\r\n",
    "address of quotes": b"Sender: " + b'"' * 50_000 + b"\r\n",
    "address of at signs": b"Sender: " + b"@" * 50_000 + b"\r\n",
    "address of backslashes": b"Sender: \"" + b"\\" * 50_000 + b"\r\n",
    "50,000 recipients": b"To: " + b"a@b.example, " * 50_000 + b"\r\n",
    "group of groups": b"To: a:b:c:d:;;;;\r\n",
    "date of year 99999": b"Date: Mon, 01 Jan 99999 00:00:00 +0000\r\n",
    "date with zone +99999999": b"Date: Mon, 01 Jan 2026 00:00:00 +99999999\r\n",
    "date of digits": b"Date: " + b"9" * 5_000 + b"\r\n",
    "negative date": b"Date: Mon, -1 Jan -2026 -1:-1:-1 -0000\r\n",
    "date of commas": b"Date: " + b"," * 9_000 + b"\r\n",
    "date in Unicode digits": "Date: ١٢ Jan ٢٠٢٦ ١٠:٠٠\r\n".encode(),
    "header without a colon": b"this is no header\r\n",
    "header of colons": b":::::::\r\n",
    "header name of 10 kB": b"X" * 10_000 + b": a\r\n",
    "continuation first": b" folded: a\r\nSubject: b\r\n",
    "parameters by the thousand": b"Content-Disposition: inline; " + b"a=1;" * 50_000 + b"\r\n",
    "RFC 2231 parts without an end": b"Content-Disposition: attachment; " + b"".join(b"filename*%d*=x;" % n for n in range(2_000)) + b"\r\n",
    "RFC 2231 number that is huge": b"Content-Disposition: attachment; filename*999999999999999999*=a\r\n",
    "RFC 2231 charset that is no charset": b"Content-Disposition: attachment; filename*=zlib_codec''%78\r\n",
    "file name that climbs": b"Content-Disposition: attachment; filename=\"../../../../etc/passwd\"\r\n",
    "Markdown with a picture": f"Subject: ![x]({beacon()})\r\n".encode(),
    "HTML with a script": f"Subject: <script src={beacon()}></script><img src={beacon()}>\r\n".encode(),
    "formula": b"Subject: =HYPERLINK(\"http://x\")\r\n",
    "format marks": b"Subject: %s%n{0.__class__}${jndi:ldap://127.0.0.1/a}\r\n",
    "In-Reply-To of 1 MB": b"In-Reply-To: " + b"<a@b>" * 200_000 + b"\r\n",
    "Message-ID with a line break": b"Message-ID: <a\r\n b@c>\r\n",
    "List-Unsubscribe to us": f"List-Unsubscribe: <{beacon('unsubscribe')}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode(),
    "external body": b"Content-Type: message/external-body; access-type=URL; URL=\"http://127.0.0.1/\"\r\n",
    "receipt asked for": b"Disposition-Notification-To: <spy@example.com>\r\nReturn-Receipt-To: <spy@example.com>\r\n",
}  # fmt: skip


def headers() -> Iterator[Attack]:
    """Headers that break parsers, terminals and layouts; the body is always plain."""
    for name, lines in HEADERS.items():
        hidden = ("\x1b", "\0", "\u202e", "\u200b", "\x07", "\r")
        shown = () if b"attachment" in lines or "thousand" in name else (CANARY,)
        yield raw(Kind.HEADER, name, EITHER, mail(head=lines), shown=shown, hidden=hidden)


CODECS = (
    "punycode", "idna", "undefined", "zlib_codec", "bz2_codec", "base64_codec", "hex_codec", "quopri_codec", "uu_codec",
    "rot13", "unicode_escape", "raw_unicode_escape", "utf-7", "utf-16", "utf-32", "utf-8-sig", "mbcs", "oem", "ansi",
    "iso-2022-jp", "iso-2022-kr", "hz-gb-2312", "gb2312", "big5", "euc-kr", "shift_jis", "windows-1252", "koi8-r",
    "ebcdic-cp-us", "cp037", "x-user-defined", "", "''", "a" * 5_000, "../../etc/passwd", "utf-8\0", "%s", "UTF-8; x=y",
    "encodings.utf_8", "__import__", "utf\u20118",
)  # fmt: skip


def charsets() -> Iterator[Attack]:
    """Names that are no text charset, and bytes that are not what they say."""
    k = Kind.CHARSET
    for name in CODECS:
        kind = f'text/plain; charset="{name}"'
        yield raw(k, f"declared {name[:30]!r}", EITHER, mail(b"a-b \xff\xfe " * 2_000 + PLEA.encode(), kind=kind))
    yield raw(k, "punycode, 1 MB", EITHER, lambda: mail(b"a-b" * 330_000, kind="text/plain; charset=punycode"))
    yield raw(k, "utf-7 that hides a script", READ, mail(b"+ADw-script+AD4-alert(1)+ADw-/script+AD4- " + PLEA.encode(), kind="text/plain; charset=utf-7"), shown=(CANARY,))  # fmt: skip
    yield raw(k, "utf-7, 1 MB of shifts", EITHER, lambda: mail(b"+AAA-" * 200_000, kind="text/plain; charset=utf-7"))
    yield raw(k, "iso-2022-jp, 1 MB of escapes", EITHER, lambda: mail(b"\x1b$B\x1b(B" * 160_000, kind="text/plain; charset=iso-2022-jp"))  # fmt: skip
    yield raw(k, "overlong UTF-8", EITHER, mail(b"\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf " + PLEA.encode()), shown=(CANARY,))  # fmt: skip
    yield raw(k, "surrogates in UTF-8", EITHER, mail(b"\xed\xa0\x80\xed\xbf\xbf " + PLEA.encode()), shown=(CANARY,))
    yield raw(k, "UTF-16 without a mark", EITHER, PLEA.encode("utf-16-le") * 20, "txt")
    yield raw(k, "UTF-16 of odd length", EITHER, codecs.BOM_UTF16_LE + PLEA.encode("utf-16-le") + b"a", "txt")
    yield raw(k, "UTF-32 with its mark", EITHER, PLEA.encode("utf-32"), "txt")
    yield raw(k, "three marks", READ, codecs.BOM_UTF8 * 3 + PLEA.encode(), "txt", shown=(CANARY,))
    yield raw(k, "all 256 bytes", EITHER, bytes(range(256)) * 40, "txt")
    yield raw(k, "control characters", EITHER, "".join(map(chr, range(32))).encode() * 9 + PLEA.encode(), "txt", hidden=("\x1b", "\0", "\x07"))  # fmt: skip
    yield raw(k, "terminal commands", READ, f"\x1b[2J\x1b]52;c;b3duZWQ=\x07\x9b31m {PLEA}".encode(), "txt", shown=(CANARY,), hidden=("\x1b", "\x07", "\x9b"))  # fmt: skip
    yield raw(k, "bidi controls", READ, f"\u202e{PLEA}\u2066\u2069\u200f".encode(), "txt", shown=(CANARY,), hidden=("\u202e", "\u2066"))  # fmt: skip
    yield raw(k, "zero width between letters", READ, "\u200b".join(PLEA).encode(), "txt", shown=(CANARY,))
    yield raw(k, "200,000 combining marks", EITHER, lambda: ("a" + "\u0301" * 200_000).encode(), "txt")
    yield raw(k, "letters whose lower case is longer", READ, lambda: ("\u0130" * 50_000 + PLEA).encode(), "txt")
    yield raw(k, "tag characters", READ, ("".join(chr(0xE0000 + ord(c)) for c in "hide me") + PLEA).encode(), "txt", shown=(CANARY,))  # fmt: skip
    yield raw(k, "NUL between letters", EITHER, "\0".join(PLEA).encode(), "txt")
    yield raw(k, "mojibake four times", READ, _mojibake(4), "txt")
    yield raw(k, "quoted-printable twice", READ, mail(quopri.encodestring(quopri.encodestring("Café ".encode() + PLEA.encode())), coding="quoted-printable"), shown=(CANARY,))  # fmt: skip
    yield raw(k, "base64 with rubbish between", READ, mail(b"!*!".join(base64.encodebytes(PLEA.encode()).split()), coding="base64"))  # fmt: skip
    yield raw(k, "encoding without a name", READ, mail(PLEA, coding="x-nothing"), shown=(CANARY,))
    yield raw(k, "charset declared in the page", READ, page(f"<meta charset=punycode><p>{PLEA}"), shown=(CANARY,))
    yield raw(k, "empty text", REFUSED, b"\xef\xbb\xbf \r\n\t\0", "txt", reason="nothing to read")
    yield raw(k, "only invisible characters", REFUSED, "\u200b\u2060\ufeff\u3164 ".encode() * 100, "txt")


def _mojibake(times: int) -> bytes:
    text = f"We’re sorry. {PLEA}"
    for _ in range(times):
        text = text.encode().decode("cp1252", "replace")
    return text.encode()


def html() -> Iterator[Attack]:
    """Pages that fetch, run, hide or pretend."""
    k, url = Kind.HTML, beacon()
    fetches = {
        "picture": f"<img src={url}>",
        "picture set": f"<img srcset='{url} 2x'><picture><source srcset={url}></picture>",
        "style sheet": f"<link rel=stylesheet href={url}>",
        "import": f"<style>@import url({url});</style>",
        "background": f"<div style='background:url({url})'></div><body background={url}>",
        "font": f"<style>@font-face{{font-family:a;src:url({url})}}p{{font-family:a}}</style>",
        "frame": f"<iframe src={url}></iframe><frameset><frame src={url}></frameset>",
        "frame with source": f"<iframe srcdoc='<img src={url}>'></iframe>",
        "object": f"<object data={url}></object><embed src={url}><applet code={url}></applet>",
        "script": f"<script src={url}></script>",
        "refresh": f"<meta http-equiv=refresh content='0;url={url}'>",
        "base": f"<base href={url}><img src=a.png>",
        "video": f"<video src={url} poster={url} autoplay></video><audio src={url} autoplay></audio>",
        "svg": f"<svg><image href={url} /><use href={url} /><script href={url} /></svg>",
        "math": f"<math><mtext href={url}></mtext></math>",
        "prefetch": f"<link rel=prefetch href={url}><link rel=dns-prefetch href=//127.0.0.1><link rel=icon href={url}>",
        "include": f"<!--#include virtual='{url}' --><?php readfile('{url}'); ?>",
        "input picture": f"<input type=image src={url}><isindex action={url}>",
        "import of HTML": f"<link rel=import href={url}><portal src={url}></portal>",
        "conditional comment": f"<!--[if mso]><v:fill src={url} /><![endif]-->",
        "entity of a file": f"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file://{outside()}'>]><p>&x;</p>",
        "entity of a page": f"<!DOCTYPE a SYSTEM '{url}' [<!ENTITY % x SYSTEM '{url}'> %x;]>",
        "XInclude": f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file://{outside()}' parse='text'/>",
        "data URL": "<a href='data:text/html,<script>alert(1)</script>'>.</a>",
        "file URL": f"<a href='file://{outside()}'>.</a><img src='file://{outside()}'>",
        "share of the network": "<img src='\\\\127.0.0.1\\a\\b.png'>",
    }
    for name, markup in fetches.items():
        yield raw(k, f"fetches by {name}", READ, page(f"{markup}<p>{PLEA}</p>"), shown=(CANARY,), hidden=(SECRET,))
    runs = {
        "script": "<script>var secretcode=1</script>",
        "script in capitals": "<SCRIPT>secretcode</SCRIPT >",
        "script without an end": f"<p>{PLEA}</p><script>secretcode",
        "style": "<style>.secretcode{color:red}</style>",
        "event": "<body onload=secretcode()><p onclick='secretcode()'>",
        "svg event": "<svg onload=secretcode()>",
        "link": "<a href='javascript:secretcode()'>x</a>",
        "template": "<template><p>secretcode</p></template>",
        "title": "<title>secretcode</title>",
        "attributes": "<p title='secretcode' alt=secretcode data-a=secretcode>",
        "comment": "<!-- secretcode -->",
        "comment in comment": "<!-- <!-- secretcode --> -->",
        "processing instruction": "<?secretcode ?>",
        "display none": "<div style='display:none'>secretcode</div>",
        "display none in odd case": "<div style='DISPLAY : NONE !important'>secretcode</div>",
    }
    for name, markup in runs.items():
        shown = () if "without" in name else (CANARY,)
        yield raw(k, f"hides code in {name}", READ, page(f"{markup}<p>{PLEA}</p>"), shown=shown, hidden=("secretcode",))
    odd = {
        "half a tag": f"<p>{PLEA}<",
        "half an attribute": f"<p>{PLEA}</p><a href='",
        "tag of 1 MB": f"<p {'a' * 1_000_000}>{PLEA}</p>",
        "attribute of 1 MB": f"<p title='{'a' * 1_000_000}'>{PLEA}</p>",
        "100,000 attributes": f"<p {'a=b ' * 100_000}>{PLEA}</p>",
        "100,000 comments": "<!--" * 100_000 + f"--><p>{PLEA}</p>",
        "200,000 angle brackets": f"<p>{PLEA}</p>" + "<" * 200_000,
        "200,000 ampersands": f"<p>{PLEA}</p>" + "&" * 200_000,
        "entities out of range": f"<p>&#0;&#xD800;&#x110000;&#99999999999999;&nosuch; {PLEA}</p>",
        "entity without an end": f"<p>&amp&lt&#x41 {PLEA}</p>",
        "CDATA": f"<p><![CDATA[a]]> {PLEA}</p>",
        "NUL in tags": f"<p\0>{PLEA}</p\0>",
        "tables across each other": f"<table><td><b><table><tr></b></td>{PLEA}</table></table>",
        "plaintext": f"<p>{PLEA}</p><plaintext></p><script>",
        "two bodies": f"<body>a</body><body><p>{PLEA}</p></body>",
        "no words, one picture": "<img src=cid:1>",
        "only a form": "<form action=http://127.0.0.1/><input type=password name=p></form>",
        "100,000 lines": "<br>" * 100_000 + PLEA,
        "style attribute of 200 kB": f"<p style='font-size{' ' * 200_000}'>{PLEA}</p>",
        "quotes beside each other": f"<p>{PLEA}</p>" + "<blockquote>a</blockquote>" * 5_000,
    }
    for name, markup in odd.items():
        sound = REFUSED if name in ("no words, one picture", "only a form") else EITHER
        yield raw(k, name, sound, lambda m=markup: page(m))


LOAD: dict[str, str] = {
    "one line of words": "word " * 39_000,
    "one word": "a" * 190_000,
    "spaces": PLEA + " " * 190_000 + "x",
    "tabs": "a" + "\t" * 190_000 + "b",
    "line ends": "a" + "\n" * 190_000 + "b",
    "full stops": "a." * 95_000,
    "commas": "a, " * 63_000,
    "dashes": "-" * 190_000 + "x",
    "underscores": "_" * 190_000 + "x",
    "stars": "* " * 95_000 + "x",
    "equal signs": "=" * 190_000 + "x",
    "quotes": '"' * 95_000 + "“" * 95_000,
    "brackets": "(" * 95_000 + ")" * 95_000,
    "square brackets": "[" * 190_000,
    "at signs": "a@" * 95_000,
    "addresses": "a.b@c.example, " * 12_000,
    "addresses without an end": "a." * 90_000 + "@",
    "links": "http://a.example/b " * 10_000,
    "slashes": "http:" + "/" * 190_000,
    "digits": "1" * 190_000,
    "numbers with spaces": "1 " * 95_000,
    "phone numbers": "+44 20 7946 0000 " * 11_000,
    "dates": "on 3 March 2026 at 10:00, " * 7_300,
    "almost dates": "3 3 3 March March 2 2026 " * 7_300,
    "times": "10:00-" * 30_000,
    "names": "Sam Reed " * 21_000,
    "titles": "Dr. Mr. Ms. Prof. " * 10_000,
    "capitals": "A" * 95_000 + " " + "AB " * 30_000,
    "greetings": "Hi Sam,\n" * 23_000,
    "sign-offs": "Best regards,\nSam\n" * 10_000,
    "signature marks": "a\n-- \n" * 31_000,
    "quote marks": "> a\n" * 47_000,
    "deeper and deeper": "".join(">" * (n % 60) + " a\n" for n in range(5_800)),
    "On … wrote": "On 3 Aug 2026, Sam Reed wrote:\n" * 6_000,
    "On … never wrote": "On 3 Aug 2026, Sam Reed\n" * 7_900,
    "On on on": "On " * 63_000 + "wrote:",
    "forwards": "---------- Forwarded message ---------\n" * 4_800,
    "copied heads": "From: a\nSent: b\nTo: c\nSubject: d\n" * 5_500,
    "footers": "This email and any attachments are confidential. " * 3_800,
    "unsubscribe": "unsubscribe " * 15_800,
    "negations": "not " * 47_000 + "good",
    "buts": "but however although " * 9_000,
    "you": "you " * 47_000,
    "your": "your answers " * 14_600,
    "lacked": "you lacked " * 17_000,
    "comparisons": "more than " * 19_000,
    "conditions": "if you " * 27_000,
    "feedback": "We felt that you lacked depth. " * 6_000,
    "one sentence of feedback": "We felt that you lacked depth and " * 5_500,
    "questions": "Why? " * 38_000,
    "percent": "50% " * 47_000,
    "currencies": "£50,000 " * 23_000,
    "soft breaks": ("a" * 70 + "=\n") * 2_600,
    "encoded": "=E2=80=99a" * 19_000,
    "mojibake": "â€™aÃ" * 30_000,
    "angle brackets": "a<" * 95_000,
    "Outlook rule": "________________________________\nFrom: a\n" * 4_600,
    "apostrophes": "it's " * 38_000,
    "hyphens in words": "a-" * 95_000,
    "emoji": "😀" * 45_000,
    "no spaces, other script": "面试反馈" * 20_000,
    "thirty languages": "nein nicht pas non inte ikke " * 6_500,
}


def load() -> Iterator[Attack]:
    """Text of 190 kB that makes a careless pattern slow."""
    for name, text in LOAD.items():
        yield raw(Kind.LOAD, name, EITHER, text.encode(), "txt")


def every() -> Iterator[Attack]:
    """All mails of this module."""
    for family in (bombs, nesting, headers, charsets, html, load):
        yield from family()
