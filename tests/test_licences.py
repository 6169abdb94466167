"""What the program stands on may be used: licences of all packages, weights by digest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_package_of_the_program_is_under_gpl() -> None:
    """The script refuses a GPL package in the lock."""
    subprocess.run([sys.executable, ROOT / "docs" / "licences.py", "--check"], check=True, cwd=ROOT)


def test_page_names_packages_and_weights() -> None:
    """Every locked package stands in docs/licences.md, and every file of the models with its digest."""
    page = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    for line in (ROOT / "requirements-tests.lock").read_text(encoding="utf-8").splitlines():
        if "==" in line:
            assert f"| {line.partition('==')[0]} |" in page, "run: python docs/licences.py"
    card = ROOT / "models" / "card.json"
    for entry in json.loads(card.read_text(encoding="utf-8"))["files"].values() if card.is_file() else ():
        assert entry["sha256"] in page, "run: python docs/licences.py"
