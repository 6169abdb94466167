"""How long a person waits: from the click on "Read this mail" to the verdict, in a real browser with the real models.

Starts the page, opens it in Debian's Chromium, pastes labelled mails one after the other, and prints the time in the
browser beside the time that reading the same mail takes in Python. Run it on a quiet machine:

    python benchmarks/page.py --mails 20
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
GOAL = 300.0  # milliseconds
WARM = 3  # mails that are pasted before the clock counts
WATCH = """
() => {
  window.began = 0; window.ended = 0;
  const before = document.querySelector('h2.fn-verdict, .st-key-unsure h2')?.textContent;
  document.addEventListener('click', () => { window.began = window.began || performance.now() }, {capture: true});
  const look = () => {
    const now = document.querySelector('h2.fn-verdict, .st-key-unsure h2');
    if (window.began && now && (now.textContent !== before || now !== window.seen)) {
      window.ended = window.ended || performance.now();
    } else { requestAnimationFrame(look) }
  };
  window.seen = document.querySelector('h2.fn-verdict, .st-key-unsure h2');
  requestAnimationFrame(look);
}
"""


def mails(number: int) -> list[str]:
    """Labelled mails of 60 to 200 words, spread over the files of the corpus."""
    files = sorted((ROOT / "data" / "corpus").glob("*.jsonl"))
    found = [json.loads(line)["text"] for file in files for line in file.read_text(encoding="utf-8").splitlines()[:20]]
    fitting = [text for text in found if 60 <= len(text.split()) <= 200]
    return fitting[:: max(1, len(fitting) // number)][:number]


def reading_times(texts: list[str]) -> dict[str, float]:
    """Milliseconds that each mail takes in Python, warm. A mail whose verdict is that of the one before is left out:
    the browser keeps such a verdict where it stands, and nothing could be watched.
    """
    from feedback_nlp.analyzer import load

    nlp = load()
    nlp.analyze(texts[0])
    times: dict[str, float] = {}
    before = ""
    for text in texts:
        began = time.perf_counter()
        report = nlp.analyze(text)
        took = 1_000 * (time.perf_counter() - began)
        assert report.advice is not None
        verdict = "unsure" if report.analysis.labels.unsure else report.advice.reading
        if verdict != before:
            times[text] = took
        before = verdict
    return times


def browser_times(texts: list[str], url: str) -> list[float]:
    """Milliseconds from the click to the verdict for each mail."""
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.goto(url)
        page.get_by_role("heading", name="Take it with you").wait_for()
        for text in texts:
            times.append(click_to_verdict(page, text))
        browser.close()
    return times


def click_to_verdict(page: Any, text: str) -> float:
    """Paste one mail and ask for it to be read; milliseconds until its verdict stands on the page."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    box = page.get_by_label("The mail", exact=True)
    if not box.is_visible():
        page.get_by_text("Read another mail").click()
    box.fill(text)
    page.evaluate(WATCH)
    page.get_by_role("button", name="Read this mail").click()
    page.wait_for_function("window.ended > 0")
    return float(page.evaluate("window.ended - window.began"))


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20)
    texts = mails(parser.parse_args().mails + WARM)
    read = reading_times(texts)
    texts, python = list(read), list(read.values())[WARM:]
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        clicks = browser_times(texts, url)[WARM:]
    finally:
        server.terminate()
        server.wait(timeout=20)
    for name, times in (("click to verdict", clicks), ("reading in Python", python)):
        middle, most = statistics.median(times), sorted(times)[int(0.9 * (len(times) - 1))]
        print(f"{name:<18} median {middle:5.0f} ms   90 % under {most:5.0f} ms   ({len(times)} mails)")
    print(f"goal: {GOAL:.0f} ms; reached by {sum(each < GOAL for each in clicks)} of {len(clicks)}")


if __name__ == "__main__":
    main()
