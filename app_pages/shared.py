"""What every page shares: the cached analyzer, the page's words, and the one way that mail text reaches the screen.

Mail text, and everything that may quote it (questions, prompts, topics, names, reasons of errors), is written by
strangers. Streamlit reads Markdown in most of its calls, and Markdown can fetch a picture. So such text goes through
`say`, `show_message` and their kin here, or into `st.code`, `st.text_area` and `st.dataframe`, and nowhere else.
"""

from __future__ import annotations

import html
import logging
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from app_pages.marks import Mark, MarkKind

from feedback_nlp import content
from feedback_nlp.schema import Analysis, AsideKind, Message

# Marks that turn the direction of the text around them, and controls: invisible, and only good for deceiving a reader.
INVISIBLE = {
    **dict.fromkeys((*range(8234, 8239), *range(8294, 8298), 65279, 8206, 8207, 1564)),
    **dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), " "),
}
STICKY = 24  # characters of the last word that stay on one line with the label
LIST_LIMIT = 200  # marks in the list version; a mail with more is no letter


@st.cache_resource(show_spinner=False)
def analyzer() -> Any:
    """The one analyzer of this process; it does not change and may be used from several threads.

    Raises `ModelError` when a model file is missing or changed.
    """
    from feedback_nlp.analyzer import load

    return load()


def words(section: str) -> dict[str, Any]:
    """The words of one part of the page (``content/page.toml``)."""
    found: dict[str, Any] = content.read_table("page")[section]
    return found


def style() -> None:
    """Put the style sheet of the page in place; it loads nothing."""
    st.html(Path(__file__).with_name("style.css"))


def confidence_words(confidence: float) -> str:
    """A probability in words, e.g. "very likely"."""
    steps = content.read_table("page")["confidence"]
    return str(next((step["words"] for step in steps if confidence >= step["at"]), steps[-1]["words"]))


def clean(text: str) -> str:
    """`text` for the inside of an HTML element: everything escaped, invisible controls taken out."""
    return html.escape(text.translate(INVISIBLE), quote=True)


def say(text: str, look: str = "", tag: str = "p") -> None:
    """Show one run of text that may hold words of a mail. `look` and `tag` are the program's own."""
    if text.strip():
        st.html(f'<{tag} class="fn-say fn-{look or "plain"}">{clean(text)}</{tag}>')


def quote(text: str, source: str = "") -> None:
    """Show a quote of a mail, and below it who says so."""
    if text.strip():
        below = f"<footer>{clean(source)}</footer>" if source.strip() else ""
        st.html(f'<blockquote class="fn-say fn-quote">“{clean(text.strip())}”{below}</blockquote>')


def facts(items: Iterable[str]) -> None:
    """Show short facts side by side."""
    rows = "".join(f"<li>{clean(item)}</li>" for item in items if item)
    st.html(f'<ul class="fn-say fn-facts">{rows}</ul>', width="content")


def bullets(items: Iterable[str]) -> None:
    """Show a list of sentences."""
    rows = "".join(f"<li>{clean(item)}</li>" for item in items)
    st.html(f'<ul class="fn-say fn-bullets">{rows}</ul>')


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Show a small table that wraps on a narrow screen. The first column names the row."""
    head = "".join(f'<th scope="col">{clean(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{clean(row[0])}</th>' + "".join(f"<td>{clean(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    st.html(f'<table class="fn-say fn-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def notice(text: str, problem: bool = False) -> None:
    """Say something that the person should not miss. Safe for texts that may quote a mail, such as errors."""
    role, look = ("alert", " fn-problem") if problem else ("status", "")
    st.html(f'<div role="{role}" class="fn-say fn-notice{look}">{clean(text)}</div>')


def broke(error: Exception) -> None:
    """Say that a page broke, without a traceback."""
    log_fault(error)
    notice(words("app")["broke"], problem=True)


def log_fault(error: Exception) -> None:
    """Log the kind of a fault of the program and the line it came from, never words of a mail."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "an unknown place"
    logging.getLogger("feedback_nlp.page").error("the page broke: %s in %s", type(error).__name__, place)


def show_message(message: Message, found: Iterable[Mark], shown: Iterable[MarkKind], label: str) -> None:
    """Show a mail with its marks; `label` names the box for screen readers.

    Each mark carries its label in words and, when it has the focus, the reason for it.
    """
    kinds = set(shown)
    pieces: list[str] = []
    position = 0
    for number, mark in enumerate(found):
        pieces.append(_plain(message, position, mark.span.start))
        text = clean(mark.span.of(message.text))
        pieces.append(_marked(text, mark, number) if mark.kind in kinds else text)
        position = mark.span.end
    pieces.append(_plain(message, position, len(message.text)))
    st.html(f'<div class="fn-mail" role="region" tabindex="0" aria-label="{clean(label)}">{"".join(pieces)}</div>')


def show_list(analysis: Analysis, found: Iterable[Mark]) -> None:
    """The marks of a mail as a list: the same for people who do not see colors or who listen."""
    rows = []
    for mark in list(found)[:LIST_LIMIT]:
        text = clean(" ".join(mark.span.of(analysis.message.text).split()))
        rows.append(
            f"<li><strong>{clean(kind_words(mark.kind)['name'])}: {clean(mark.label)}</strong><br>“{text}”<br>"
            f'<span class="fn-small">{clean(reason(mark))}</span></li>'
        )
    st.html(f'<ol class="fn-say fn-list">{"".join(rows)}</ol>')


def kind_words(kind: MarkKind) -> Mapping[str, str]:
    """The name of a kind of mark and why something is marked so."""
    found: Mapping[str, str] = words("mark")[kind.value]
    return found


def reason(mark: Mark) -> str:
    """Why a run is marked, in words of the program."""
    return f"{kind_words(mark.kind)['why']} ({confidence_words(mark.confidence)})"


def _marked(text: str, mark: Mark, number: int) -> str:
    why = clean(reason(mark))
    head, space, last = text.rpartition(" ")
    if len(last) > STICKY:  # a line that is one long word must be free to break
        head, space, last = text, "", ""
    return (
        f'<mark class="fn-mark fn-{mark.kind}" tabindex="0" aria-describedby="fn-why-{number}" title="{why}">'
        f"{head}{space}"
        f'<span class="fn-end">{last}<span class="fn-label">{clean(mark.label)}</span></span>'
        f'<span class="fn-reason" id="fn-why-{number}">{why}</span></mark>'
    )


def _plain(message: Message, start: int, end: int) -> str:
    """The text between two marks; parts that were set aside (signatures, quoted own words) are dimmed."""
    pieces: list[str] = []
    for aside in sorted(message.asides, key=lambda each: each.span.start):
        first, last = max(start, aside.span.start), min(end, aside.span.end)
        if first >= last:
            continue
        pieces.append(clean(message.text[start:first]))
        title = ASIDE_WORDS[aside.kind]
        pieces.append(f'<span class="fn-aside" title="{title}">{clean(message.text[first:last])}</span>')
        start = last
    return "".join([*pieces, clean(message.text[start:end])])


ASIDE_WORDS = {
    AsideKind.OWN_WORDS: "Your own words: not read as feedback",
    AsideKind.QUOTE_HEADER: "The head of a quoted mail",
    AsideKind.SIGNATURE: "A signature",
    AsideKind.FOOTER: "A footer",
}
