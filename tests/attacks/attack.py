"""The noun of this folder: an `Attack` is an input that was made to hurt, and what a sound program does with it."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CANARY = "Zanzibarquartz"  # a word that every hostile mail may hold and that no reason or log may repeat
SECRET = "tomato-hamlet-91"  # the content of a file outside of the folder; nothing may ever show it
PLEA = f"Your answers lacked examples, said {CANARY}."  # the plain sentence that a reader should still find


def beacon(path: str = "p.png") -> str:
    """A URL on this machine that the test listens at: whoever fetches anything is seen."""
    return f"http://127.0.0.1:{os.environ.get('ATTACK_PORT', '9')}/{path}"


def outside() -> Path:
    """A file with the secret, outside of the folder that is read."""
    return Path(os.environ.get("ATTACK_SECRET", "/nonexistent/secret.txt"))


class Kind(enum.StrEnum):
    """The classes of FIELD_NOTES §2 and §5."""

    BOMB = "bomb"
    NESTING = "nesting"
    HEADER = "header"
    CHARSET = "charset"
    HTML = "html"
    TABLE = "table"
    LOAD = "load"  # on regular expressions and on loops over lines
    ARCHIVE = "archive"
    PLACE = "place"  # links, devices, pipes, names
    FORMAT = "format"


class Sound(enum.StrEnum):
    """What a sound program does."""

    READ = "read"  # at least one message, and nothing refused
    REFUSED = "refused"  # no message, at least one refusal
    BOTH = "both"  # something is read and something is refused
    NOTHING = "nothing"  # neither: there is nothing of the user's there
    EITHER = "either"  # read or refused, in time and without harm; which of both is a matter of taste


@dataclass(frozen=True, slots=True)
class Attack:
    """`make` gives the bytes of a file, or builds a folder below the path that it is given and returns its place."""

    kind: Kind
    name: str
    sound: Sound
    make: Callable[[], bytes] | Callable[[Path], Path]
    ending: str = "eml"
    reason: str = ""  # words that a refusal says
    shown: tuple[str, ...] = ()  # words that the text of the mail must still have
    hidden: tuple[str, ...] = ()  # words that it must not have
    placed: bool = False  # `make` builds a place
    slow: bool = False  # takes more than a second or so

    @property
    def id(self) -> str:
        return f"{self.kind}: {self.name}"


def raw(
    kind: Kind,
    name: str,
    sound: Sound,
    content: bytes | Callable[[], bytes],
    ending: str = "eml",
    *,
    reason: str = "",
    shown: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    slow: bool = False,
) -> Attack:
    """An attack of one file."""
    make = content if callable(content) else lambda: content
    return Attack(kind, name, sound, make, ending, reason, shown, hidden, slow=slow)


def mail(
    body: str | bytes = PLEA, head: str | bytes = b"", kind: str = "text/plain; charset=utf-8", coding: str = "8bit"
) -> bytes:
    """A mail around a body, with further header lines."""
    more = head.encode("utf-8", "surrogateescape") if isinstance(head, str) else head
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    fixed = f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {coding}\r\n".encode()
    return b"From: Sam Reed <sam@example.com>\r\n" + more + fixed + b"\r\n" + content


def page(markup: str) -> bytes:
    """An HTML mail."""
    return mail(markup, b"Subject: Your application\r\n", "text/html; charset=utf-8")
