"""Everything that can go wrong on purpose.

::

    FeedbackNlpError
    ├── InputError              the mail or file cannot be read: skip it, tell the person why, go on
    │   ├── EmptyInput          nothing to read (no text, an image only)
    │   ├── UnsupportedInput    a kind of file that is not read here; the message names the way out
    │   ├── BrokenInput         a kind that is read, but this one is damaged
    │   └── InputTooLarge       over one of the documented limits
    ├── ContentError            a word list in the package breaks its own rules
    ├── DataError               a labelled row breaks LABELS.md or stands twice; names file, line and key
    ├── ModelError              a model file is missing, foreign, stale or changed; names the command that mends it
    ├── StoreError              the results database cannot be used
    └── UsageError              the call does not make sense

Every message says what is wrong and what to do. No message quotes a mail.
"""

from __future__ import annotations


class FeedbackNlpError(Exception):
    """Root of all errors raised on purpose by this package."""


class InputError(FeedbackNlpError):
    """A mail or file that cannot be read."""


class EmptyInput(InputError):
    """There is no text to read."""


class UnsupportedInput(InputError):
    """A kind of file that is not read."""


class BrokenInput(InputError):
    """A file of a kind that is read, but damaged."""


class InputTooLarge(InputError):
    """Larger than a documented limit."""


class ContentError(FeedbackNlpError):
    """A content file breaks its own rules."""


class DataError(FeedbackNlpError):
    """A labelled row breaks the rules of the labels."""


class ModelError(FeedbackNlpError):
    """A model file is missing, foreign, stale or changed."""


class StoreError(FeedbackNlpError):
    """The results database cannot be used."""


class UsageError(FeedbackNlpError):
    """The call does not make sense."""
