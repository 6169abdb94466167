"""What only a browser knows: requests, console, contrast, keyboard, widths, and what a hostile mail can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is missing: pip install playwright")
from playwright.sync_api import Browser, Page, expect

BLINK = 3_000  # milliseconds from the click to the verdict; about 200 on a quiet machine
WIDTHS = [360, 768, 1280, 1920]
PAGES = ["Analyze", "Mailbox", "About"]
HEADINGS = {"Analyze": "What does the mail really say?", "Mailbox": "A whole mailbox", "About": "About"}
HOSTILE = (
    "Hi Farida,\n\nyou have not used a dispensing robot <script>window.hit = 1</script>"
    '<img src="http://198.51.100.1/pixel.png" onerror="window.hit = 1"> ![x](http://198.51.100.1/markdown.png) '
    "[click](javascript:window.hit=1) \u202eevil text\u202c <style>body{display:none}</style>"
    '<meta http-equiv="refresh" content="0;url=http://198.51.100.1/away"><form><input type=password></form> '
    "$$\\href{http://198.51.100.1}{x}$$ :material/home: {{x}} </div></div><h1>Hacked</h1>\n\n"
    + "long" * 3_000
    + "\n\nUnfortunately we chose someone else."
)


@dataclass
class Watched:
    """A tab, and what it did."""

    page: Page
    beyond: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def settle(self) -> None:
        """Wait until the script behind the page has ended."""
        self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


@pytest.fixture
def open_tab(url: str, chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Opens the page in a tab of its own, and at the end looks at what every tab asked for and complained about."""
    tabs: list[Watched] = []

    def opener(width: int = 1280, theme: str = "light") -> Watched:
        color: Any = theme
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=color, accept_downloads=True
        )
        context.set_default_timeout(120_000)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab = Watched(context.new_page())
        tab.page.on("request", lambda sent: tab.beyond.append(sent.url) if is_beyond(sent.url, url) else None)
        tab.page.on("console", lambda said: tab.errors.append(said.text) if said.type == "error" else None)
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tabs.append(tab)
        tab.page.goto(url)
        expect(tab.page.get_by_role("heading", name="Take it with you")).to_be_visible(timeout=120_000)
        tab.settle()
        return tab

    yield opener
    for tab in tabs:
        tab.page.context.close()
    assert [tab.beyond for tab in tabs if tab.beyond] == []
    assert [tab.errors for tab in tabs if tab.errors] == []


def is_beyond(address: str, home: str) -> bool:
    """Whether a request leaves the page's own server."""
    return not address.startswith((home, home.replace("http", "ws", 1), "data:", "blob:"))


def go(tab: Watched, name: str) -> None:
    """Go to a page by its link."""
    tab.page.get_by_role("link", name=name, exact=True).click()
    expect(tab.page.get_by_role("heading", name=HEADINGS[name], level=1)).to_be_visible()
    tab.settle()


def paste(tab: Watched, text: str) -> None:
    """Paste a mail and ask for it to be read."""
    tab.page.get_by_label("The mail", exact=True).fill(text)
    tab.page.get_by_role("button", name="Read this mail").click()
    expect(tab.page.get_by_text("This is an invented example")).to_have_count(0)
    expect(tab.page.get_by_text("Read another mail")).to_be_visible()
    tab.settle()


def test_from_paste_to_answer(open_tab: Callable[..., Watched]) -> None:
    """A pasted mail gives a verdict, marks, a question and a reply."""
    tab = open_tab()
    paste(tab, "Hi Farida,\n\nwe gave the post to someone else: you have not used a dispensing robot.\n\nNoreen")
    page = tab.page
    expect(page.get_by_role("heading", name="Yes: there is something to act on")).to_be_visible()
    expect(page.locator("mark.fn-work")).to_contain_text("you have not used a dispensing robot")
    expect(page.locator(".st-key-letter")).to_contain_text("would a small start be enough")


def test_the_verdict_comes_at_once(open_tab: Callable[..., Watched]) -> None:
    """Warm, the time from the click to the verdict is that of a blink; the limit leaves room for a busy machine."""
    tab = open_tab()
    paste(tab, "Hello, we chose someone else.")
    tab.page.get_by_text("Read another mail").click()
    tab.page.get_by_label("The mail", exact=True).fill("one campaign with its numbers would have helped")
    tab.page.evaluate(
        "window.began = 0; document.addEventListener('click', () => { window.began = performance.now() })"
    )
    tab.page.get_by_role("button", name="Read this mail").click()
    tab.page.wait_for_function("document.querySelector('h2.fn-verdict')?.textContent.startsWith('Yes')")
    assert tab.page.evaluate("performance.now() - window.began") < BLINK


def test_a_page_under_another_name_gets_no_answer(url: str) -> None:
    """A name that is made to point at this machine (DNS rebinding) opens no connection to the program."""
    from http.client import HTTPConnection

    def handshake(host: str) -> int:
        connection = HTTPConnection("127.0.0.1", int(url.rpartition(":")[2]), timeout=20)
        headers = {
            "Host": host,
            "Origin": f"http://{host}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        }
        connection.request("GET", "/_stcore/stream", headers=headers)
        status = connection.getresponse().status
        connection.close()
        return status

    assert handshake(url.removeprefix("http://")) == 101
    assert handshake("evil.example") == 403


def test_the_reply_can_be_copied_and_saved(open_tab: Callable[..., Watched], tmp_path: Path) -> None:
    """The copy button copies the letter; the draft opens as an unsent mail to the sender; the link is a mailto."""
    tab = open_tab()
    letter = tab.page.locator(".st-key-letter")
    button = letter.get_by_role("button", name="Copy to clipboard")
    expect(button).to_have_css("opacity", "1")
    button.click()
    assert tab.page.evaluate("navigator.clipboard.readText()").startswith("Dear Noreen,")
    with tab.page.expect_download() as saving:
        tab.page.get_by_role("button", name="Save as a draft (.eml)").click()
    saving.value.save_as(tmp_path / "reply.eml")
    mail = message_from_bytes((tmp_path / "reply.eml").read_bytes())
    assert (mail["To"], mail["X-Unsent"]) == ("noreen.tait@tait-pharmacy.example", "1")
    link = tab.page.get_by_role("link", name="Open in my mail program").get_attribute("href")
    assert link is not None
    assert link.startswith("mailto:noreen.tait@tait-pharmacy.example?subject=")


def test_a_hostile_mail_changes_nothing_outside_its_box(open_tab: Callable[..., Watched]) -> None:
    """Scripts, pixels, Markdown, styles and direction marks of a mail stay words. Nothing is fetched or run."""
    tab = open_tab()
    paste(tab, HOSTILE)
    page = tab.page
    expect(page.get_by_role("heading", name="Yes: there is something to act on")).to_be_visible()
    assert page.evaluate("window.hit") is None
    box = page.locator(".fn-mail")
    expect(box).to_contain_text("<script>window.hit = 1</script>")
    assert box.locator("script, img, style, meta, form, input, a, h1").count() == 0
    expect(page.get_by_role("heading", name="Hacked")).to_have_count(0)
    assert page.locator("img[src*='198.51.100.1'], [href*='198.51.100.1']").count() == 0
    assert "\u202e" not in (box.text_content() or "")
    inner, outer = box.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inner <= outer
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_runs_out_of_the_page(open_tab: Callable[..., Watched], width: int) -> None:
    """No page scrolls sideways, from a small phone to a wide screen."""
    tab = open_tab(width)
    for name in PAGES:
        if name != "Analyze":
            go(tab, name)
        main = tab.page.get_by_test_id("stMain")
        inner, outer = main.evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert inner <= outer, name


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious(open_tab: Callable[..., Watched], theme: str, width: int, tmp_path: Path) -> None:
    """No serious or critical accessibility finding: on any page, in both themes, with everything opened."""
    tab = open_tab(width, theme)
    page = tab.page
    found = {"example": serious(page)}
    page.get_by_text("The same as a list").click()
    page.get_by_text("Change the words").click()
    found["opened"] = serious(page)
    for name in ("Not right?", "Change", "Something was missed?", "Where this advice comes from"):
        page.get_by_role("button", name=name).first.click()
        found[name] = serious(page)
        page.keyboard.press("Escape")
    paste(tab, "A doubtful note: one campaign with its numbers.")
    found["unsure"] = serious(page)
    go(tab, "About")
    page.get_by_text("What a sentence does").click()
    found["About"] = serious(page)
    go(tab, "Mailbox")
    found["Mailbox"] = serious(page)
    read_mailbox(tab, tmp_path)
    page.get_by_text("As a table").first.click()
    found["results"] = serious(page)
    forget(tab)
    assert {place: bad for place, bad in found.items() if bad} == {}


def serious(page: Page) -> list[str]:
    """The serious and critical findings of axe on what is shown, once the page is at rest."""
    from axe_playwright_python.sync_playwright import Axe

    # Halfway through a fade, or before the theme reaches the last widget, a button has a contrast that nobody reads it
    # in: what is found must be found again after the next frames.
    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    found: list[str] = []
    for _ in range(4):
        page.evaluate(
            "document.fonts.ready.then(() => new Promise(r => requestAnimationFrame(() => setTimeout(r, 250))))"
        )
        violations = Axe().run(page).response["violations"]
        bad = [each for each in violations if each["impact"] in ("serious", "critical")]
        found = [
            f"{each['id']}: {node['html'][:150]} ({node['failureSummary'][:200]})"
            for each in bad
            for node in each["nodes"][:3]
        ]
        if not found:
            break
    return found


def test_a_mark_says_why_by_keyboard(open_tab: Callable[..., Watched]) -> None:
    """A mark takes the focus, shows it, and says why it is marked; the filter works by the space bar."""
    tab = open_tab()
    mark = tab.page.locator("mark.fn-work").first
    expect(mark.locator(".fn-reason")).to_be_hidden()
    mark.focus()
    expect(mark.locator(".fn-reason")).to_be_visible()
    assert mark.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
    tab.page.get_by_role("checkbox", name="To work on (2)").focus()
    tab.page.keyboard.press("Space")
    expect(tab.page.locator("mark.fn-work")).to_have_count(0)


def read_mailbox(tab: Watched, folder: Path, wait: bool = True) -> None:
    """Drop an mbox of 40 mails and a picture, have them read, and wait for the results."""
    mails = "".join(
        f"From a@b.example Mon Mar  4 10:00:00 2024\nFrom: Halden {number} <j@h.example>\nSubject: No {number}\n"
        f"Date: Mon, 4 Mar 2024 10:00:00 +0000\n\nUnfortunately someone else, {number}. "
        "You mention one campaign with its numbers.\n\n"
        for number in range(40)
    )
    (folder / "box.mbox").write_text(mails)
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    page = tab.page
    page.locator('input[type="file"]').set_input_files([folder / "box.mbox", folder / "picture.png"])
    expect(page.get_by_text("picture.png")).to_be_visible()
    page.get_by_role("button", name="Read them").click()
    if not wait:
        expect(page.get_by_role("button", name="Stop")).to_be_visible()
        return
    expect(page.get_by_role("heading", name="What comes back")).to_be_visible(timeout=60_000)
    tab.settle()


def forget(tab: Watched) -> None:
    """Delete the results."""
    tab.page.get_by_role("button", name="Forget these results").click()
    tab.page.get_by_role("button", name="Yes, forget them").click()
    expect(tab.page.get_by_role("button", name="Read them")).to_be_visible()


def test_a_mailbox_is_read_and_saved(open_tab: Callable[..., Watched], tmp_path: Path) -> None:
    """Many mails are read in the background; a bad one is named; the results are saved in four forms, or forgotten."""
    tab = open_tab()
    go(tab, "Mailbox")
    read_mailbox(tab, tmp_path)
    page = tab.page
    expect(page.get_by_text("Not read: 1")).to_be_visible()
    expect(page.get_by_text("40 of 40")).to_be_visible()
    for name, ending in (("JSONL", "jsonl"), ("CSV", "csv"), ("Excel", "xlsx"), ("Parquet", "parquet")):
        with page.expect_download() as saving:
            page.get_by_role("button", name=f"Save as {name}").click()
        assert saving.value.suggested_filename == f"feedback.{ending}"
        assert Path(saving.value.path()).stat().st_size > 1_000
    page.get_by_text("With an open offer of feedback").click()
    expect(page.get_by_text("Nothing fits these filters.")).to_be_visible()
    forget(tab)


def test_a_mail_of_the_table_opens_in_analyze(open_tab: Callable[..., Watched], tmp_path: Path) -> None:
    """A selected row shows its mail, and its whole answer one click further."""
    tab = open_tab()
    go(tab, "Mailbox")
    read_mailbox(tab, tmp_path)
    page = tab.page
    table = page.locator(".st-key-mailbox_table").get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 20, box["y"] + 55)  # the table is drawn on a canvas: a row is chosen by its place
    expect(page.get_by_role("heading", name="The selected row")).to_be_visible()
    page.get_by_role("button", name="Open in Analyze").click()
    expect(page.get_by_role("heading", name=HEADINGS["Analyze"])).to_be_visible()
    expect(page.get_by_text("Read another mail")).to_be_visible()
    go(tab, "Mailbox")
    expect(page.get_by_text("40 of 40")).to_be_visible()
    forget(tab)


def test_a_closed_tab_loses_nothing(open_tab: Callable[..., Watched], tmp_path: Path) -> None:
    """A tab that is closed in the middle of a run stops nothing: the next one finds every mail."""
    tab = open_tab()
    go(tab, "Mailbox")
    read_mailbox(tab, tmp_path, wait=False)
    tab.page.close()
    again = open_tab(390)
    go(again, "Mailbox")
    expect(again.page.get_by_role("heading", name="What comes back")).to_be_visible(timeout=60_000)
    expect(again.page.get_by_text("40 of 40")).to_be_visible()
    forget(again)


def test_print_leaves_out_boxes_and_buttons(open_tab: Callable[..., Watched]) -> None:
    """On paper the mail and the answer stand in full, without input, buttons or menus."""
    tab = open_tab()
    tab.page.emulate_media(media="print")
    expect(tab.page.get_by_role("button", name="Read this mail")).to_be_hidden()
    expect(tab.page.get_by_role("link", name="Mailbox")).to_be_hidden()
    expect(tab.page.locator("h2.fn-verdict")).to_be_visible()
    expect(tab.page.locator(".st-key-letter")).to_be_visible()
