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
        return raw if raw.strip() else None


def split_mbox(stream: BinaryIO) -> Iterator[bytes | Skipped]:
    """The raw mails of an mbox, one at a time; memory is bounded by the largest mail that is read."""
    mail = _Mail()
    pending = b""  # a line that may be a separator: the next line decides
    at_start = True  # of a line
    first = True
    while piece := stream.readline(_PIECE):
        if first:
            piece, first = piece.removeprefix(b"\xef\xbb\xbf"), False
        if pending:
            if at_start and (not piece.strip() or _HEADER.match(piece)):
                found = mail.done()
                if found is not None:
                    yield found
                mail = _Mail()
            else:
                mail.add(pending)
            pending = b""
        if at_start and piece.startswith(b"From ") and is_from_line(piece):
            pending = piece
        elif at_start and piece.startswith(b">") and piece.lstrip(b">").startswith(b"From "):
            mail.add(piece[1:])
        else:
            mail.add(piece)
        at_start = piece.endswith(b"\n")
    found = mail.done()
    if found is not None:
        yield found
