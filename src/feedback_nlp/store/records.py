"""What the store holds: a row a mail, the place where it was seen, the run that saw it, and how many of each."""

from __future__ import annotations

import enum
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from feedback_nlp.errors import StoreError
from feedback_nlp.schema import Source

LARGEST_REPORT = 20_000_000  # bytes, unpacked; the text of a mail is 200 kB at most, and its report a few times that


class Status(enum.StrEnum):
    """What became of a mail."""

    READ = "read"
    REFUSED = "refused"  # not read, for a reason that lies in the mail
    FAILED = "failed"  # the program broke or ran out of time on it


class RunState(enum.StrEnum):
    """What became of a run."""

    RUNNING = "running"  # or killed without a word
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Item:
    """A mail in the store. `packed` is its report as deflated JSON, empty where there is none.

    `facts` is what other mails are compared by: company, role_title, reference, message_id, parents, offer, dates.
    """

    key: str
    status: Status
    source: Source
    id: str = ""
    reason: str = ""
    tag: str = ""
    outcome: str = ""
    stage: str = ""
    confidence: float = 0.0
    unsure: bool = False
    offered: bool = False
    areas: tuple[str, ...] = ()
    subject: str = ""
    sender: str = ""
    sent: str = ""  # ISO 8601, empty where the mail has no date
    facts: Mapping[str, Any] = field(default_factory=dict)
    packed: bytes = b""
    engine: str = ""  # which version of the program and of the model read it
    keyless: bool = False  # the bytes could not be read: the key is that of the place

    @property
    def report(self) -> dict[str, Any]:
        """The report (DESIGN §3), or an empty dictionary. Raises `StoreError` for one that no mail could have."""
        return _unpack(self.packed) if self.packed else {}


def _unpack(packed: bytes) -> dict[str, Any]:
    """A packed report. A store may be a stranger's: a few bytes of it must not fill the memory."""
    unpacking = zlib.decompressobj()
    try:
        raw = unpacking.decompress(packed, LARGEST_REPORT)
        report = json.loads(raw) if not unpacking.unconsumed_tail else None
    except (zlib.error, ValueError, RecursionError):
        report = None
    if not isinstance(report, dict):
        raise StoreError("a report in the store is damaged or was not written by this program: read the mails again")
    return report


def pack(report: Mapping[str, Any]) -> bytes:
    """A report as deflated JSON in UTF-8. A lone surrogate becomes its JSON escape, so that nothing is lost."""
    text = json.dumps(report, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "backslashreplace"), 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail was seen: `number` counts the items of a run from 0."""

    number: int
    source: Source
    key: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run over some paths."""

    id: int
    started: str
    finished: str
    state: RunState
    paths: tuple[str, ...]
    engine: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many; ``seen == read + refused + failed + duplicates`` when the run has ended."""

    seen: int = 0
    read: int = 0
    refused: int = 0
    failed: int = 0
    duplicates: int = 0
    tags: Mapping[str, int] = field(default_factory=dict)
    unsure: int = 0

    @property
    def items(self) -> int:
        """The different mails."""
        return self.read + self.refused + self.failed
