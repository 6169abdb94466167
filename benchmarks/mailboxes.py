"""Mailboxes for measuring: invented sentences in the layouts that real mail has. The same seed gives the same bytes."""

from __future__ import annotations

import base64
import quopri
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

FIRST = ["Noreen", "Farida", "Kieran", "Ilse", "Tomas", "Ngozi", "Petra", "Yusuf", "Marta", "Owen"]
LAST = ["Tait", "Okafor", "Lindqvist", "Reyes", "Brandt", "Moss", "Adeyemi", "Novak", "Hale", "Ito"]
FIRMS = ["Halden", "Orrin", "Voss", "Tarn", "Quill", "Merrow", "Lund", "Cask", "Ferro", "Wick"]
KINDS = ["Freight", "Foods", "Systems", "Clinics", "Energy", "Books", "Rail", "Textiles", "Labs", "Homes"]
ROLES = ["transport planner", "buyer", "data analyst", "ward clerk", "site manager", "proof reader", "lab technician"]
THANKS = [
    "Thank you for taking the time to apply.",
    "Thank you for coming in to meet the team.",
    "Thanks for your patience.",
]
NO = [
    "After careful review we have decided to move forward with other candidates.",
    "The post has gone to someone else.",
    "Unfortunately we will not be taking your application further.",
    "We had a very high number of applications this time.",
]
GAPS = [
    "Your answers would have been stronger with one or two numbers from your own work.",
    "The panel felt that you had not yet led a team of this size.",
    "Your spreadsheet test was below our pass mark of 60.",
    "We were looking for somebody who has run night shifts before.",
    "Two of us wondered how well you know the regulations for cold storage.",
]
GOOD = ["You were very clear about how you plan a week.", "Everybody liked the way you talked about your last project."]
CLOSE = [
    "We will keep your details on file.",
    "Do apply again.",
    "If you would like feedback, just reply to this mail.",
]
OTHER = [
    "Our spring sale starts on Monday and ends when the shelves are empty.",
    "Your parcel is on its way and should reach you on Thursday.",
    "The committee meets in room four; the minutes of the last meeting are below.",
    "A new version of the library has been released with a few corrections.",
    "Your electricity bill for the last quarter is ready to be looked at.",
]
FOOTER = "This message is for the person it is addressed to. If you have received it by mistake, please delete it."


def sentences(dice: random.Random, number: int) -> tuple[str, list[str]]:
    """A subject and the paragraphs of one mail: one in ten with feedback, three form letters, six unrelated."""
    role, firm = dice.choice(ROLES), f"{dice.choice(FIRMS)} {dice.choice(KINDS)}"
    hello, bye = f"Dear {dice.choice(FIRST)},", f"Kind regards,\n{dice.choice(FIRST)} {dice.choice(LAST)}\n{firm}"
    kind = number % 10
    if kind >= 4:
        return f"News from {firm} {number}", [" ".join(dice.sample(OTHER, 3)), f"Number {number}.", FOOTER]
    subject = f"Your application as {role} at {firm} ({number})"
    if kind:
        return subject, [hello, f"{dice.choice(THANKS)} {dice.choice(NO)} {dice.choice(CLOSE)}", bye, FOOTER]
    praise = f"{dice.choice(THANKS)} {dice.choice(GOOD)}"
    return subject, [hello, praise, f"{dice.choice(NO)} {' '.join(dice.sample(GAPS, 2))}", dice.choice(CLOSE), bye]


def plain(text: str) -> bytes:
    """One part of plain text."""
    return b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode()


def quoted_printable(text: str) -> bytes:
    """Plain text in quoted-printable."""
    head = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
    return head + quopri.encodestring(text.encode())


def html(text: str) -> bytes:
    """HTML in base64, as mailing programs write it."""
    body = "".join(f"<p style='margin:0'>{paragraph}</p>" for paragraph in text.split("\n\n"))
    head = b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.encodebytes(f"<html><body><table><tr><td>{body}</td></tr></table></body></html>".encode())


def both(text: str) -> bytes:
    """Plain text and HTML as alternatives."""
    parts = b"".join(b"--cut\n" + part + b"\n" for part in (plain(text), html(text)))
    return b"Content-Type: multipart/alternative; boundary=cut\n\n" + parts + b"--cut--\n"


def thread(text: str) -> bytes:
    """An answer above what the candidate wrote."""
    own = "> Dear team,\n> thank you for the invitation. I will be there on Thursday.\n> Sam"
    return plain(f"{text}\n\nOn Mon, 5 Jan 2026 at 10:00, Sam Reed <sam@example.com> wrote:\n\n{own}\n")


LAYOUTS: tuple[Callable[[str], bytes], ...] = (plain, quoted_printable, html, both, thread)


def mails(count: int, seed: int = 1) -> Iterator[bytes]:
    """Raw mails, no two alike."""
    dice = random.Random(seed)
    for number in range(count):
        subject, paragraphs = sentences(dice, number)
        head = (
            f"From: {dice.choice(FIRST)} {dice.choice(LAST)} <office{number % 97}@firm{number % 31}.example>\n"
            f"To: Sam Reed <sam@example.com>\nSubject: {subject}\nMessage-ID: <{seed}.{number}@example>\n"
            f"Date: {number % 28 + 1} Mar 2026 09:00:00 +0000\nMIME-Version: 1.0\n"
        )
        yield head.encode() + LAYOUTS[number % len(LAYOUTS)]("\n\n".join(paragraphs))


def write_mbox(path: Path, count: int, seed: int = 1) -> Path:
    """An mbox of `count` mails."""
    with path.open("wb") as file:
        for raw in mails(count, seed):
            file.write(b"From office@example Mon Jan  5 10:00:00 2026\n" + raw + b"\n\n")
    return path


def write_repeats(path: Path, count: int, share: int, seed: int = 1) -> Path:
    """An mbox in which `share` percent of the mails are an earlier wording again, under another Message-ID."""
    dice = random.Random(seed)
    fresh = list(mails(max(1, count * (100 - share) // 100), seed + share))
    with path.open("wb") as file:
        for number in range(count):
            raw = fresh[number] if number < len(fresh) else dice.choice(fresh)
            again = re.sub(rb"(?m)^Message-ID: .*$", f"Message-ID: <again.{number}@example>".encode(), raw, count=1)
            file.write(b"From office@example Mon Jan  5 10:00:00 2026\n" + again + b"\n\n")
    return path
