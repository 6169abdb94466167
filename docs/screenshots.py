"""Pictures of the page, made from the invented examples: ``python docs/screenshots.py FOLDER | --documents``.

Starts the page on a free port with the shipped models and takes pictures with Debian's Chromium (``/usr/bin/chromium``
or ``$CHROMIUM``): into a folder every page at three widths in both themes, each as long as it is, to look at; with
``--documents`` the few small ones in ``docs/images`` that the documents show.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from feedback_nlp.content import read_table

ROOT = Path(__file__).parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
WIDTHS = (390, 768, 1280)
THEMES = ("light", "dark")
HEIGHT = 900
DOCUMENTS = (
    ("answer", "light", 1280, 960),
    ("reply", "light", 1280, 960),
    ("phone", "dark", 390, 844),
    ("mailbox", "light", 1280, 800),
)
COLORS = 96  # of a palette: a picture of text needs no more, and stays below 200 kB
DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
MAIL = """From {sender} Mon Mar  4 10:00:00 2024
From: {name} <jobs@{sender}>
Subject: Your application
Date: {day} {month} 2024 10:00:00 +0000

{text}

"""
TEXTS = [each["text"].strip() for each in read_table("examples")["example"]]
NAMES = ("Halden Freight", "Orrin Labs", "Brightwater", "Kelder Systems")


def main() -> None:
    """Take all pictures into the folder that is named, or those of the documents."""
    if len(sys.argv) != 2:
        raise SystemExit("name a folder for all pictures, or give --documents")
    documents = sys.argv[1] == "--documents"
    folder = ROOT / "docs" / "images" if documents else Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    server, url = start()
    try:
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as scratch:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            box = mailbox(Path(scratch, "mails.mbox"))
            if documents:
                take_documents(browser, url, box, folder)
            else:
                for theme in THEMES:
                    for width in WIDTHS:
                        take_all(browser, url, theme, width, box, folder)
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=20)


def start() -> tuple[subprocess.Popen[bytes], str]:
    """The page on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):  # noqa: S310 - our own server
                return server, url
        except OSError:
            time.sleep(0.1)
    server.terminate()
    raise SystemExit("the page did not start")


def mailbox(path: Path) -> Path:
    """An invented mailbox of 48 mails."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
    mails = (
        MAIL.format(
            sender=f"{n % 4}.example",
            name=NAMES[n % 4],
            day=1 + 7 * n % 27,
            month=months[n // 8],
            text=f"{TEXTS[n % 4]}\n{n}",
        )
        for n in range(48)
    )
    path.write_text("".join(mails), encoding="utf-8")
    return path


def take_documents(browser: Browser, url: str, box: Path, folder: Path) -> None:
    """The worked example with its answer on a desk, the same on a phone in the dark, and a mailbox."""
    for name, theme, width, height in DOCUMENTS:
        color: Any = theme
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=color)
        page = context.new_page()
        page.goto(url)
        page.get_by_role("heading", name="Take it with you").wait_for(timeout=60_000)
        shown = page.locator(".st-key-verdict")
        if name == "mailbox":
            read_mailbox(page, box)
            shown = page.get_by_role("heading", name="Applications", exact=True)
        elif name == "reply":
            shown = page.get_by_role("heading", name="Ask next")
        shown.evaluate("each => { each.style.scrollMarginTop = '24px'; each.scrollIntoView(); }")
        page.mouse.move(0, 0)
        page.locator(DONE).wait_for()
        page.wait_for_timeout(1_500)
        path = folder / f"{name}.png"
        page.screenshot(path=path)
        with Image.open(path) as picture:
            picture.convert("RGB").quantize(COLORS).save(path, optimize=True)
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")
        context.close()


def read_mailbox(page: Page, box: Path) -> None:
    """Go to the page Mailbox and read an mbox there."""
    page.get_by_role("link", name="Mailbox", exact=True).click()
    page.locator('input[type="file"]').set_input_files(box)
    page.get_by_text(box.name).wait_for()
    page.get_by_role("button", name="Read them").click()
    page.get_by_role("heading", name="What comes back").wait_for(timeout=120_000)


def take_all(browser: Browser, url: str, theme: str, width: int, box: Path, folder: Path) -> None:
    """Every page at one width in one theme."""
    color: Any = theme
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme=color)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("heading", name="Take it with you").wait_for(timeout=60_000)
    take(page, folder / f"analyze-{theme}-{width}.png", width)
    page.get_by_role("link", name="About", exact=True).click()
    page.get_by_role("heading", name="What the labels mean").wait_for()
    take(page, folder / f"about-{theme}-{width}.png", width)
    read_mailbox(page, box)
    take(page, folder / f"mailbox-{theme}-{width}.png", width)
    page.get_by_role("button", name="Forget these results").click()
    page.get_by_role("button", name="Yes, forget them").click()
    page.get_by_role("button", name="Read them").wait_for()
    context.close()


def take(page: Page, path: Path, width: int) -> None:
    """One picture of the whole page: the window is made as high as what it shows."""
    page.locator(DONE).wait_for()
    page.wait_for_timeout(800)  # charts and tables draw themselves after the script has ended
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(height + 20, 8_000)})
    page.wait_for_timeout(800)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": HEIGHT})


if __name__ == "__main__":
    main()
