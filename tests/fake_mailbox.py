"""A mailbox of plain text for tests of the batch: mails that can break, hang or kill whoever reads them."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.fake_reports import FakeAnalyzer

from feedback_nlp.errors import EmptyInput, ModelError
from feedback_nlp.schema import Message, Refused, Source

SEPARATOR = b"\n%%\n"


@dataclass(frozen=True, slots=True)
class FakeRaw:
    """A mail as bytes. Words in capitals make reading it go wrong."""

    source: Source
    data: bytes

    @property
    def key(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def read(self) -> Message:
        text = self.data.decode()
        if "REFUSE" in text:
            raise EmptyInput("there is no text to read")
        if "BREAK" in text:
            raise ValueError(text)
        if "HANG" in text:
            threading.Event().wait(60)
        while "SPIN" in text:
            pass
        if "KILL-ONCE" in text:
            flag = Path(text.split()[1])
            if not flag.exists():
                flag.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        elif "KILL" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        words = text.partition("\n\n")
        headers = dict(line.split(": ", 1) for line in words[0].splitlines() if ": " in line) if words[2] else {}
        return Message(
            text=words[2] or text,
            subject=headers.get("Subject", ""),
            sender=headers.get("From", ""),
            sent=datetime.fromisoformat(headers["Date"]).replace(tzinfo=UTC) if "Date" in headers else None,
            headers=tuple((name.lower(), value) for name, value in headers.items()),
            source=self.source,
            id=self.key[:16],
            key=self.key,
        )


def write(path: Path, mails: list[str]) -> Path:
    """A file that `scan` reads."""
    path.write_bytes(SEPARATOR.join(mail.encode() for mail in mails))
    return path


def scan(path: Path, *, column: str | None = None) -> Iterator[FakeRaw | Refused]:
    """The mails of a file; a mail of the one word LOCKED cannot even be read as bytes."""
    for index, data in enumerate(path.read_bytes().split(SEPARATOR)):
        source = Source(str(path), index)
        if data == b"LOCKED":
            yield Refused(source, "you may not read this file")
        else:
            yield FakeRaw(source, data)


def analyzer() -> FakeAnalyzer:
    """The factory that workers call."""
    return FakeAnalyzer()


def load(models: Path | None = None, *, threads: int | None = None, repeats: int = 0) -> FakeAnalyzer:
    """In the place of `analyzer.load`."""
    return FakeAnalyzer()


def no_models() -> FakeAnalyzer:
    """A factory that fails as missing models do."""
    raise ModelError("card.json is missing: install the package again")


def dies_loading() -> FakeAnalyzer:
    """A factory that kills its worker."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


REJECTION = (
    "Subject: Your interview {n}\nFrom: Careers <jobs@halden{n}.example>\nDate: 2026-0{m}-11T09:00:00\n\n"
    "Hi Farida,\n\nThank you for the interview. The post went to someone else. "
    "You were very calm with the queue. You told us that you have not used a dispensing robot. Case {n}.\n"
)
FORM = (
    "Subject: Application {n}\nFrom: Firm {n} <no-reply@firm{n}.example>\n\n"
    "Unfortunately we have decided to move forward with other applicants. We wish you all the best. Case {n}.\n"
)
OTHER = "Subject: Newsletter {n}\nFrom: Shop <shop@shop.example>\n\nOur spring sale starts on Monday, number {n}.\n"


def mails(count: int) -> list[str]:
    """A mixed mailbox: a third each of feedback, form letters and other mail."""
    return [(REJECTION, FORM, OTHER)[n % 3].format(n=n, m=n % 9 + 1) for n in range(count)]


MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]


def write_mbox(path: Path, texts: list[str]) -> Path:
    """An mbox that the real `mail.scan` reads."""
    with path.open("w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            for month, name in enumerate(MONTHS, start=1):
                text = text.replace(f"Date: 2026-0{month}-11T09:00:00", f"Date: 11 {name} 2026 09:00:00 +0000")
            file.write(f"From a@b.example Mon Jan  5 10:00:00 2026\nMessage-ID: <{number}@box.example>\n{text}\n")
    return path
