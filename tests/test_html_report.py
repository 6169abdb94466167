"""The report: one file that asks for nothing, escapes everything, and leads from each figure to its mails."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests import fake_mailbox as box

from feedback_nlp import batch
from feedback_nlp.html_report import write_html, write_markdown
from feedback_nlp.patterns import find_patterns
from feedback_nlp.schema import Source
from feedback_nlp.store import Item, Status, Store, pack

TODAY = date(2026, 6, 1)
EVIL = (
    '"><script>alert(1)</script><img src=http://evil.example/p.png onerror=x>\x1b[31m\u202e'
    '![x](http://evil.example) <a id="top">'
)


class Page(HTMLParser):
    """Tags, attributes, anchors and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.policy = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src"):
                self.links.append(value or "")
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""


def evil(number: int) -> Item:
    improvements = [{"area": "experience", "evidence": EVIL}]
    facts = {"company": EVIL, "offer": EVIL, "offer_window": EVIL}
    return Item(
        f"{number:064x}", Status.READ, Source(EVIL, number), tag="actionable", outcome="rejected", stage="final",
        areas=("experience",), subject=EVIL, sender=EVIL, sent="2026-03-01", offered=True, facts=facts,
        packed=pack({"text": EVIL, "improvements": improvements, "sentences": []}),
    )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "results.sqlite") as opened:
        yield opened


def html(store: Store, tmp_path: Path) -> tuple[str, Page]:
    path = tmp_path / "report.html"
    write_html(store, find_patterns(store), path, run=None, today=TODAY)
    text = path.read_text(encoding="utf-8")
    return text, Page(text)


def test_words_of_mails_are_only_words(store: Store, tmp_path: Path) -> None:
    """Markup in any field of a mail is shown, not obeyed."""
    refused = Item("f" * 64, Status.REFUSED, Source(EVIL, 9), reason=EVIL)
    store.record(store.begin_run(["a"]), [*(evil(number) for number in range(6)), refused])
    text, page = html(store, tmp_path)
    assert not {"script", "img", "iframe", "form", "link", "object"} & set(page.tags)
    assert not {name for name in page.attributes if name.startswith("on") or name in ("src", "style")}
    assert all(link.startswith("#") for link in page.links)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert page.ids.count("top") == 1


def test_policy_allows_the_style_sheet_and_nothing_else(store: Store, tmp_path: Path) -> None:
    """The policy names the digest of the one style element."""
    text, page = html(store, tmp_path)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert page.policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "url(" not in style
    assert "@import" not in style


def test_every_figure_leads_to_its_mails(store: Store, tmp_path: Path) -> None:
    """Each link has its target, and each mail about an application has its place."""
    path = box.write(tmp_path / "a", [*box.mails(30), "REFUSE"])
    batch.run([path], store, analyzer_factory=box.analyzer, scan=box.scan, jobs=0)
    text, page = html(store, tmp_path)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("article") == 20
    assert page.tags.count("svg") >= 3
    assert text.count("there is no text to read") == 1
    assert "you have not used a dispensing robot" in text


def test_empty_store_makes_a_page(store: Store, tmp_path: Path) -> None:
    """Nothing read is a page that says so."""
    text, _ = html(store, tmp_path)
    assert "No offer of feedback is open." in text


def test_markdown_stays_on_its_lines(store: Store, tmp_path: Path) -> None:
    """In Markdown the words of a mail bring no picture, link, heading or line of their own."""
    store.record(store.begin_run(["a"]), [evil(number) for number in range(6)])
    path = tmp_path / "report.md"
    write_markdown(store, find_patterns(store), path, run=None, today=TODAY)
    text = path.read_text(encoding="utf-8")
    assert "![x](" not in text
    assert "<script" not in text
    assert "](http" not in text
    links = re.findall(r"\]\(#(m[0-9a-f]+)\)", text)
    assert links
    assert set(links) <= set(re.findall(r'<a id="(m[0-9a-f]+)">', text))
