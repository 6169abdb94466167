"""The documented limits of what is read. Bytes unless another unit is named."""

from __future__ import annotations

MAX_FILE = 50_000_000  # a file that has to be held in memory as a whole
MAX_MAIL = 20_000_000  # one mail, with its attachments
MAX_PLAIN = 2_000_000  # characters of pasted text or a .txt file: more than this is not one mail
MAX_HEADER = 10_000  # characters of one header
MAX_HEADERS = 200_000  # all headers of one mail together
MAX_PARTS = 500
MAX_DEPTH = 20
MAX_TEXT = 200_000  # characters that are kept and analyzed; a note says so when there were more
MAX_HTML = 2_000_000  # characters of HTML source that are turned into text
MAX_HTML_DEPTH = 200  # levels; the parser loses text beyond 255
MAX_FIELD = 2_000_000  # characters of one field of a table
ZIP_ENTRIES = 2_000
ZIP_TOTAL = 500_000_000
ZIP_RATIO = 200
