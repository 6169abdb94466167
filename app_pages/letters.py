"""A reply as something that a mail program opens: an ``.eml`` draft and a ``mailto:`` link."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

HEADER_LIMIT = 300  # characters; longer subjects help nobody
ADDRESS_LIMIT = 254  # RFC 5321
MAILTO_LIMIT = 1_900  # characters; Windows cuts longer links


def draft(to: str, subject: str, body: str) -> bytes:
    """An unsent mail (RFC 822). `to` and `subject` come from a stranger's mail: nothing in them can add a header."""
    mail = EmailMessage(policy=SMTP)
    if address := plain_address(to):
        mail["To"] = address
    # A subject is plain words here; the library would decode "=?utf-8?q?…?=" in it, line breaks and all.
    mail["Subject"] = one_line(subject).replace("=?", "= ?")
    mail["X-Unsent"] = "1"  # Outlook opens it as a draft
    mail.set_content(_encodable(body), charset="utf-8", cte="quoted-printable")
    return mail.as_bytes()


def mailto(to: str, subject: str, body: str) -> str:
    """A link that opens the reply in a mail program, or an empty string where it would be too long."""
    text = quote(_encodable(body).replace("\r\n", "\n").replace("\n", "\r\n"), safe="")
    link = f"mailto:{quote(plain_address(to), safe='@')}?subject={quote(one_line(subject), safe='')}&body={text}"
    return link if len(link) <= MAILTO_LIMIT else ""


def one_line(text: str) -> str:
    """A header value: printable, on one line, not longer than `HEADER_LIMIT`."""
    kept = "".join(char if char.isprintable() else " " for char in _encodable(text))
    return " ".join(kept.split())[:HEADER_LIMIT]


def plain_address(text: str) -> str:
    """The mail address in ``Name <a@b.example>`` or ``a@b.example``, or an empty string."""
    value = one_line(text)
    if value.count("<") > 1 or "," in value.partition("<")[2]:
        return ""  # several addresses: none of them is surely meant
    inner = value.partition("<")[2].partition(">")[0].strip() if "<" in value else value
    local, at, domain = inner.rpartition("@")
    allowed = all(char.isalnum() or char in ".!#$%&'*+-/=?^_`{|}~" for char in local)
    fits = at and local and "." in domain and len(inner) <= ADDRESS_LIMIT
    plain = inner.isascii() and allowed and all(char.isalnum() or char in ".-" for char in domain)
    return inner if fits and plain else ""


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
