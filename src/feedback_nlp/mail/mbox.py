"""A streaming mbox splitter.

The standard library's splits at every line that begins with "From " ("From now on we will keep your CV") and never
unquotes. A separator here has the shape of one *and* is followed by a header, a blank line or another separator; a
blank line before it is not asked for, since Netscape wrote none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from feedback_nlp.mail.formats import is_from_line
from feedback_nlp.mail.limits import MAX_MAIL

_PIECE = 1 << 20  # bytes of a line that are held at once
_HEADER = re.compile(rb"[!-9;-~]{1,76}[ \t]*:|>?From ")


_LENGTH = re.compile(rb"(?i)content-length:[ \t]*(\d{1,9})\s*$")
_STATUS = re.compile(rb"(?im)^X-Mozilla-Status:[ \t]*([0-9a-f]{4})\s*$")
_STATUS_BYTES = 2_000
_EXPUNGED = 0x0008
_DELETED = (
    "This mail was deleted or moved in Thunderbird and only waits to be cleared away. "
    "To have it read, restore it there."
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item that was passed over, and why."""

    reason: str
    key: str = ""


class _Mail:
    """The bytes of the mail that is being gathered; beyond the limit only its digest grows."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._digest = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        if self._size <= MAX_MAIL < self._size + len(piece):
            for held in self._pieces:
                self._digest.update(held)
            self._pieces.clear()
        self._size += len(piece)
        if self._size > MAX_MAIL:
            self._digest.update(piece)
        else:
            self._pieces.append(piece)

    def done(self) -> bytes | Skipped | None:
        """The mail without the blank line that closes it; None when there is nothing but blank lines."""
        if self._size > MAX_MAIL:
            reason = f"This mail has {self._size / 1e6:.0f} MB, over the limit of {MAX_MAIL // 1_000_000} MB."
            return Skipped(reason, self._digest.hexdigest())
        if self._pieces and self._pieces[-1] in (b"\n", b"\r\n"):
            self._pieces.pop()
        raw = b"".join(self._pieces)
        if not raw.strip():
            return None
        status = _STATUS.search(raw[:_STATUS_BYTES])
        if status and int(status[1], 16) & _EXPUNGED:
            return Skipped(_DELETED, hashlib.sha256(raw).hexdigest())
        return raw


class _Claim:
    """What the Content-Length of a mail says about its body (mboxcl, where nothing is quoted). It lies often enough
    to prove nothing alone; a separator that it covers must be followed by a header.
    """

    def __init__(self) -> None:
        self._left = 0
        self._in_head = True

    @property
    def covers(self) -> bool:
        """Whether the next line is still in the body."""
        return not self._in_head and self._left > 0

    def see(self, piece: bytes) -> None:
        """Count a line of the mail."""
        if not self._in_head:
            self._left -= len(piece)
        elif not piece.strip():
            self._in_head = False
        elif (match := _LENGTH.match(piece[:60])) is not None:
            self._left = int(match[1])


def split_mbox(stream: BinaryIO) -> Iterator[bytes | Skipped]:
    """The raw mails of an mbox, one at a time; memory is bounded by the largest mail that is read."""
    mail = _Mail()
    pending = b""  # a line that may be a separator: the next line decides
    at_start = True  # of a line
    first = True
    claim = _Claim()
    while piece := stream.readline(_PIECE):
        if first:
            piece, first = piece.removeprefix(b"\xef\xbb\xbf"), False
        if pending:
            if at_start and (_HEADER.match(piece) or (not piece.strip() and not claim.covers)):
                found = mail.done()
                if found is not None:
                    yield found
                mail, claim = _Mail(), _Claim()
            else:
                mail.add(pending)
                claim.see(pending)
            pending = b""
        if at_start and piece.startswith(b"From ") and is_from_line(piece):
            pending = piece
        elif at_start and piece.startswith(b">") and piece.lstrip(b">").startswith(b"From "):
            mail.add(piece[1:])
        else:
            mail.add(piece)
        if not pending:
            claim.see(piece)
        at_start = piece.endswith(b"\n")
    found = mail.done()
    if found is not None:
        yield found
