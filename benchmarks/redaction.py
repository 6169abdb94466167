"""How much of what is private `--redact` takes out, and how much else: on invented mails, word by word.

    python benchmarks/redaction.py [--mails 120]

Every mail is made of a frame and fillers, so that each private word is known. Names stand in greetings, sign-offs and
headers, and some only in the middle of a sentence, where only the words around them tell; half of those have a first
name that is in no list. What looks like a name and is none stands there, too.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from feedback_nlp.analyzer import load
from feedback_nlp.itemize import itemize
from feedback_nlp.mail.containers import RawMail
from feedback_nlp.mail.formats import Format
from feedback_nlp.redact import MASK, redact
from feedback_nlp.schema import AsideKind, Source

CANDIDATES = (
    "Ines Marlow",
    "Tobi Adeyemi",
    "Wei Zhang",
    "Marta Nowak",
    "Yusuf Demir",
    "Siobhán O'Hara",
    "Anne-Marie Cole",
)
SENDERS = ("Jonas Pihl", "Priya Raman", "Ewan McKay", "Chloé Dubois", "Karl Brandt", "Ruth Levy")
OTHERS = (
    "Dana Whitlock",
    "Piotr Zielinski",
    "Amara Obi",
    "Lucía Ferrer",
    "Brannick Osterwijk",
    "Tesmina Quorra",
    "Ovarr Lindqvist",
    "Yelitsa Mbeke-Thorne",
)
PHONES = ("+44 20 7946 0123", "(415) 555-0182", "020 7946 0958", "+49 30 901820", "555-0142-99")
LINKS = ("https://jobs.halden.example/a?id=93", "www.orchard.example/feedback", "http://halden.example/survey")
FIRST = (
    "{greet} {first},\n\nThank you for coming in on 3 March 2026. We have decided against your application. "
    "Your SQL needs to be deeper.{middle}\n\n{close},\n{sender}\nHead of Data\nT: {phone}\n{address}\n"
)
SECOND = (
    "{greet} {first},\n\nYou can reach me at {address} or {phone}. The panel of 4 saw 120 people; your answers lacked "
    "examples. {first}, please see {link} for the form.{middle}\n\n{close}\n{sender}\n"
)
THIRD = (
    "{greet} {whole},\n\nUnfortunately we went with somebody who has 5 years of Excel and Power BI.{middle} "
    "Our survey: {link}\n\n{close},\n{sender}\nOrchard Data, Reading\n{phone}"
)
FRAMES = (FIRST, SECOND, THIRD)
MIDDLES = (
    "",
    " {other} from the panel liked your portfolio.",
    " Please ask {other} about Tableau.",
    " We use Power BI, Google Sheets and Python in Leeds.",
    " Mr {last} found your answers short, and {last} was not alone.",
    " Our colleague {first}, who runs the Bristol office, would have liked more.",
    " As {other}'s notes say, the Agile part and your German were fine.",
    " You would have reported to {first} in Marketing at Halden Freight.",
    " The Data Team uses the Azure cloud in Dublin, said {other} on Tuesday.",
    " I shared this with {other}.",
)
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Invented:
    """A mail, and its private pieces by kind."""

    raw: bytes
    private: tuple[tuple[str, str], ...]


def invent(count: int) -> Iterator[Invented]:
    """`count` mails, always the same ones."""
    for n in range(count):
        whole, sender, other = CANDIDATES[n % 7], SENDERS[n % 6], OTHERS[n // 3 % len(OTHERS)]
        address = f"{sender.split()[0].lower().replace('é', 'e')}.{n}@halden.example"
        phone, link = PHONES[n % 5], LINKS[n % 3]
        given, surname = other.split(" ", 1)
        middle = MIDDLES[n % len(MIDDLES)].format(other=other, first=given, last=surname)
        greet, close = ("Dear", "Hi", "Hello")[n % 3], ("Best regards", "Kind regards", "Thanks")[n // 3 % 3]
        words = {
            "greet": greet, "first": whole.split()[0], "whole": whole, "middle": middle, "close": close,
            "sender": sender, "phone": phone, "address": address, "link": link,
        }  # fmt: skip
        text = FRAMES[n % len(FRAMES)].format(**words)
        pieces = [("address", address), ("phone", phone), ("link", link)]
        pieces += [("name in the middle", each) for each in other.split()]
        pieces += [("name", each) for name in (whole, sender) for each in name.split()]
        head = f"From: {sender} <{address}>\nTo: {whole}\nSubject: Your application, {whole.split()[0]}\n"
        head += f"Date: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <{n}@halden.example>\n\n"
        yield Invented((head + text).encode(), tuple((kind, each) for kind, each in pieces if each in text))


def measure(mails: list[Invented]) -> dict[str, tuple[int, int]]:
    """For each kind, (found, all); "precision": (private words that were masked, words that were masked)."""
    raws = [
        RawMail(Source("a.eml", n), hashlib.sha256(each.raw).hexdigest(), each.raw, Format.MAIL)
        for n, each in enumerate(mails)
    ]
    found, total = Counter[str](), Counter[str]()
    masked = right = 0
    for item, mail in zip(itemize(raws, load(), advice=True), mails, strict=True):
        before, after = str(item.report["text"]), str(redact(item, item.report)["text"])
        private = [False] * len(before)
        for aside in item.report["asides"]:  # whole signatures go, as promised
            if aside["kind"] == AsideKind.SIGNATURE:
                private[aside["start"] : aside["end"]] = [True] * (aside["end"] - aside["start"])
        for kind, piece in mail.private:
            for match in re.finditer(re.escape(piece), before):
                total[kind] += 1
                letters = [at for at in range(match.start(), match.end()) if before[at].isalnum()]
                found[kind] += all(after[at] == MASK for at in letters)
                private[match.start() : match.end()] = [True] * len(piece)
        for word in _WORD.finditer(before):
            if MASK in after[word.start() : word.end()]:
                masked += 1
                right += any(private[word.start() : word.end()])
    return {kind: (found[kind], total[kind]) for kind in total} | {"precision": (right, masked)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=120)
    for kind, (part, whole) in measure(list(invent(parser.parse_args().mails))).items():
        print(f"| {kind} | {part} of {whole} | {part / max(1, whole):.3f} |")


if __name__ == "__main__":
    main()
