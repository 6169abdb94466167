"""Where the pages get their mails from: a seam over `feedback_nlp.mail`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from feedback_nlp import mail
from feedback_nlp.errors import InputError
from feedback_nlp.schema import Message, Refused, Source


def open_mail(path: Path) -> Iterator[Message | Refused]:
    """All mails of a file, folder or archive; what cannot be read is a `Refused` with its reason."""
    stream = getattr(mail, "open_mail", None)
    if stream is not None:
        yield from stream(path)
        return
    try:
        yield mail.read_mail(path)
    except InputError as error:
        yield Refused(Source(str(path)), str(error))
