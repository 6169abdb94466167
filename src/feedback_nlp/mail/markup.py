"""HTML to lines of text.

inscriptis renders the text and leaves out what CSS hides. Before that the tree is made harmless: tables become blocks
(its table layout pads every cell to the widest one, which a hostile mail can turn into gigabytes), hidden elements go,
and every ``<blockquote>`` is bracketed by two private characters, from which each line gets its quote depth.
"""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import dataclass
from typing import Any

from feedback_nlp.mail.cleaning import clean, tidy_lines
from feedback_nlp.mail.limits import MAX_HTML, MAX_HTML_DEPTH

_OPEN, _CLOSE = "\ue000", "\ue001"
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
        "p",
        "li",
        "td",
        "tr",
        "th",
        "option",
        "dt",
        "dd",
    ]
)
_DROP = ("script", "style", "head", "title", "noscript", "template", "object", "svg", "math", "select", "textarea")
_END = r"\s*(?:;|$|!)"
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|(?<![-\w])opacity\s*:\s*0(?:\.0+)?" + _END, re.I
)
_TINY = re.compile(r"font-size\s*:\s*(?:0(?:\.0+)?(?:px|pt|r?em|%)?|[01](?:\.\d+)?p[xt])" + _END, re.I)
_FLAT = re.compile(r"(?<![-\w])(?:max-)?height\s*:\s*(?:0(?:px|pt|r?em|%)?|1px)" + _END, re.I)  # with no overflow
_OVERFLOW = re.compile(r"overflow\s*:\s*hidden", re.I)
_LAYOUT_PARTS = 300  # an element of so many parts is the page and no preview text
_SHEET = 200_000  # characters of style sheets that are looked at
_COMMENT = re.compile(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|<!--|-->")
_CLASS = re.compile(r"^(?:[a-zA-Z]{1,10})?\.([-\w]{1,80})$")
_MARKS = re.compile(r"<(?:!doctype html|html|head|body|div|p|br|table|span|meta|style|a href)\b", re.I)
_RENAMED = {
    "table": "div", "tbody": "div", "thead": "div", "tfoot": "div", "tr": "div", "caption": "div", "center": "div",
    "td": "div", "th": "div",
}  # fmt: skip
_CELL_LETTERS = 60  # a row of cells shorter than this is a row of a real table and stays on one line


@dataclass(frozen=True, slots=True)
class Page:
    """The text of an HTML body, the quote depth of each of its lines, and what a reader should know."""

    text: str
    depths: tuple[int, ...]
    notes: tuple[str, ...] = ()


def looks_like_html(text: str) -> bool:
    """Whether a text is HTML: it begins as a page does, or begins with a tag and holds several."""
    head = text[:4_000].lstrip("\ufeff \t\r\n")
    if not head.startswith("<"):
        return False
    if re.match(r"<(?:!doctype html|html|head|body|\?xml[^>]{0,200}>\s*<(?:!doctype )?html)\b", head, re.I):
        return True
    return len(_MARKS.findall(head)) >= 2 and "</" in text[:20_000]


def read_html(source: str) -> Page:
    """The words of an HTML page, in reading order. Never raises: what the parser cannot hold is read as plain tags."""
    notes: list[str] = []
    if len(source) > MAX_HTML:
        source = re.sub(r"""data:[^"'>\s)]{500,}""", "", source[: 4 * MAX_HTML])
        if len(source) > MAX_HTML:
            source = source[:MAX_HTML]
            notes.append("Only the first 2 MB of this page were read.")
    source = clean(source).replace(_OPEN, "").replace(_CLOSE, "")
    text = "" if _levels(source) > MAX_HTML_DEPTH else _render(source)
    if not any(map(str.isalnum, text)):
        text = _strip_tags(source)
        if any(map(str.isalnum, text)):
            notes.append("The layout of this page could not be followed; its words were read in the order of the file.")
    lines, depths = _depths(text)
    return Page("\n".join(lines), depths, tuple(notes))


def _levels(source: str) -> int:
    """The deepest nesting of tags that need an end."""
    level = deepest = 0
    for match in _TAG.finditer(source):
        if match[2].lower() not in _VOID:
            level += -1 if match[1] else 1
            level = max(level, 0)
            deepest = max(deepest, level)
    return deepest


def _render(source: str) -> str:
    """The text of `source` by inscriptis; empty when there is none or the parser gives up."""
    from inscriptis.css_profiles import STRICT_CSS_PROFILE
    from inscriptis.html_engine import Inscriptis
    from inscriptis.model.config import ParserConfig
    from lxml import etree
    from lxml import html as lxml_html

    body = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", source)
    try:
        tree = lxml_html.document_fromstring(body, parser=lxml_html.HTMLParser(remove_comments=True, remove_pis=True))
        _disarm(tree)
        return str(Inscriptis(tree, ParserConfig(css=STRICT_CSS_PROFILE)).get_text())
    except (etree.LxmlError, ValueError, RecursionError, AssertionError, AttributeError, IndexError, TypeError):
        return ""  # the caller reads the tags by hand


def _disarm(tree: Any) -> None:
    """Change the tree in place: see the module's docstring."""
    from lxml import etree

    classes = _hidden_classes("\n".join(sheet.text or "" for sheet in tree.iter("style"))[:_SHEET])
    gone = [
        element
        for element in tree.iter()
        if element.tag in _DROP
        or "hidden" in element.attrib
        or _hides(element.get("style", ""))
        or _is_tiny(element)
        or (classes and not classes.isdisjoint(element.get("class", "").split()))
    ]
    for element in gone:
        if element.getparent() is not None and element.tag != "body":
            element.drop_tree()
    rows = [row for row in tree.iter("tr") if _is_short(row)]
    for row in rows:
        for cell in row:
            if cell.tag in ("td", "th"):
                cell.tag = "span"
                cell.tail = " " + (cell.tail or "").strip()
    for element in tree.iter():
        if element.tag == "blockquote":
            element.insert(0, _mark(etree, _OPEN, element.text))
            element.text = None
            element.append(_mark(etree, _CLOSE, None))
        elif element.tag in _RENAMED:
            element.tag = _RENAMED[element.tag]
        for name in ("align", "valign", "style"):
            if name in element.attrib:
                del element.attrib[name]


def _hides(style: str) -> bool:
    """Whether CSS declarations leave nothing to see: the preview text of newsletters is hidden so."""
    if _HIDDEN.search(style):
        return True
    return _FLAT.search(style) is not None and _OVERFLOW.search(style) is not None


def _is_tiny(element: Any) -> bool:
    """Whether the letters of an element have no size; layout programs write ``font-size:0`` around readable parts."""
    if not _TINY.search(element.get("style", "")):
        return False
    below = list(itertools.islice(element.iterdescendants(), _LAYOUT_PARTS))
    return len(below) < _LAYOUT_PARTS and not any("font" in part.get("style", "") for part in below)


def _hidden_classes(sheet: str) -> set[str]:
    """The classes that a style sheet hides on every screen; rules inside of ``@media`` are for some screens only."""
    found: set[str] = set()
    depth = 0
    selector = ""
    for piece in re.split(r"([{}])", _COMMENT.sub(" ", sheet)):
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth = max(0, depth - 1)
        elif depth == 0:
            selector = piece
        elif depth == 1 and "@" not in selector and _hides(piece):
            matches = (_CLASS.match(name.strip()) for name in selector.split(","))
            found.update(match[1] for match in matches if match)
    return found


def _mark(etree: Any, character: str, tail: str | None) -> Any:
    """A block that holds one private character."""
    mark = etree.Element("div")
    mark.text, mark.tail = character, tail
    return mark


def _is_short(row: Any) -> bool:
    """Whether a table row is data (several short cells) and not layout."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    if len(cells) < 2 or len(cells) > 20:
        return False
    for cell in cells:
        if any(child.tag in ("table", "div", "p", "ul", "ol", "blockquote", "br") for child in cell):
            return False
        if len("".join(cell.itertext()).strip()) > _CELL_LETTERS:
            return False
    return True


def _depths(text: str) -> tuple[list[str], tuple[int, ...]]:
    """Lines without the private characters and with tidy spaces, and the quote depth of each."""
    lines: list[str] = []
    depths: list[int] = []
    depth = 0
    for line in text.split("\n"):
        depth += line.count(_OPEN)
        bare = line.replace(_OPEN, "").replace(_CLOSE, "")
        if bare.strip() or bare == line:
            lines.append(re.sub(r"[ \t]{3,}", "  ", bare.strip()))
            depths.append(depth)
        depth = max(0, depth - line.count(_CLOSE))
    kept: list[int] = []
    tidied = tidy_lines(lines, kept.append)
    return tidied, tuple(depths[index] for index in kept)


_BLOCKS = frozenset(
    [
        "p",
        "div",
        "br",
        "tr",
        "table",
        "li",
        "ul",
        "ol",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "section",
        "article",
        "header",
        "footer",
        "hr",
        "pre",
        "td",
        "th",
    ]
)
_SKIPPED = frozenset(("script", "style", "head", "title", "template"))


def _strip_tags(source: str) -> str:
    """The text between the tags, by one pass over the source: linear on anything."""
    out: list[str] = []
    at, size = 0, len(source)
    no_comment_end = False  # searched once: a million "<!--" must not search the rest a million times
    while at < size:
        start = source.find("<", at)
        if start < 0:
            out.append(source[at:])
            break
        out.append(source[at:start])
        if source.startswith("<!--", start) and not no_comment_end:
            end = source.find("-->", start)
            no_comment_end = end < 0
            at = end + 3 if end >= 0 else start + 4
            continue
        end = source.find(">", start)
        if end < 0:
            break
        match = _TAG.match(source, start)
        name = match[2].lower() if match else ""
        at = end + 1
        if name in _BLOCKS:
            out.append("\n")
        elif name in _SKIPPED and match and not match[1]:
            close = re.compile(f"</{name}", re.I).search(source, at)
            at = close.start() if close else size
    return clean(html.unescape("".join(out)))
