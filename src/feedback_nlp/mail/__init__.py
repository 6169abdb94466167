"""Mail in, `Message` out: files, folders, archives and pasted text, by content and not by file ending.

`read_mail` reads one mail; `scan` streams the raw mails of a file, folder or archive; `open_mail` is both together.
A bad item in `scan` and `open_mail` is a `Refused` with the reason, and the rest goes on.
"""

from feedback_nlp.mail.containers import RawMail, open_mail, scan
from feedback_nlp.mail.reading import read_mail

__all__ = ["RawMail", "open_mail", "read_mail", "scan"]
