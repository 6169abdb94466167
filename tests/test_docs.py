"""The documents say what is true: commands, options, links, examples, figures."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from feedback_nlp import cli
from feedback_nlp.analyzer import Analyzer
from feedback_nlp.content import areas

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "data" / "README.md"])
LARGEST_PICTURE = 200_000  # bytes
NEVER_RUN = ("ui", "train", "evaluate", "journal")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`((?:feedback-nlp|make) [^`]+)`")
_NOT_SAID = re.compile(r"<!--.*?-->", re.DOTALL)

MAIL = (
    "From: Noor Halden <noor@halden.example>\nSubject: Your interview\nDate: Mon, 4 Mar 2024 10:00:00 +0000\n\n"
    "Hi Sam,\n\nWe chose someone else: your answers stayed rather general.\n\nBest,\nNoor\n"
)


def named(path: Path) -> str:
    """The name of a document in the output of the tests."""
    return str(path.relative_to(ROOT))


def fences(path: Path, *languages: str) -> Iterator[str]:
    """The code blocks of a document in one of the languages."""
    for language, code in _FENCE.findall(path.read_text(encoding="utf-8")):
        if language in languages:
            yield code


@cache
def commands() -> dict[tuple[str, ...], set[str]]:
    """Every command of the program with its options."""
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: Any, name: tuple[str, ...]) -> None:
        options = {word for each in command.params for word in (*each.opts, *each.secondary_opts)}
        found[name] = {word for word in options if word.startswith("-")} | {"-h", "--help"}
        for key, inner in getattr(command, "commands", {}).items():
            walk(inner, (*name, key))

    walk(get_command(cli.app), ())
    return found


def calls(path: Path) -> Iterator[list[str]]:
    """Every call of the program in a document, in a block or in a line, as arguments without the program's name."""
    text = path.read_text(encoding="utf-8")
    lines = [line for code in fences(path, "sh", "") for line in code.splitlines()]
    for line in [*lines, *_INLINE.findall(_FENCE.sub("", text))]:
        if line.startswith("feedback-nlp"):
            yield shlex.split(line.replace("…", " "), comments=True)[1:]


def test_the_documents_are_found() -> None:
    """The tests below look at the README, at what is beside it, at docs/ and at the datasheet."""
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/cookbook.md", "data/README.md"} <= set(
        map(named, DOCUMENTS)
    )


# --- links and pictures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link names a file of the repository, and every anchor a heading in it."""
    for target in _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), f"{named(path)} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{named(path)} links to {target}"


def test_every_page_is_linked_from_the_readme() -> None:
    """A page that the README does not name is one that nobody finds."""
    linked = set(_LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} <= linked


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pictures_are_small() -> None:
    """A picture is a PNG below 200 kB, and some document shows it."""
    shown = "".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
    for picture in (ROOT / "docs" / "images").glob("*"):
        assert picture.suffix in (".png", ".svg")
        assert picture.stat().st_size < LARGEST_PICTURE, picture.name
        assert picture.name in shown, f"{picture.name} is shown nowhere"


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_commands_and_options_exist(path: Path) -> None:
    """Every `feedback-nlp …` in a document names a command of the program with options that it has."""
    for call in calls(path):
        words = tuple(word for word in call if not word.startswith("-"))
        name = max((words[:size] for size in range(3) if words[:size] in commands()), key=len)
        assert name or call in ([], ["--help"], ["--version"]), f"{named(path)}: feedback-nlp {' '.join(call)}"
        options = {word.partition("=")[0] for word in call if re.match(r"--?[a-z]", word)}
        assert options <= commands()[name], f"{named(path)}: feedback-nlp {' '.join(call)}"


def test_every_command_is_in_the_documents() -> None:
    """A command that no document names is one that nobody finds."""
    told = {tuple(call[:size]) for path in DOCUMENTS for call in calls(path) for size in (1, 2)}
    groups = {name[:1] for name in commands() if len(name) == 2}
    assert {name for name in commands() if name and name not in groups} <= told


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_targets_of_make_exist(path: Path) -> None:
    """Every `make TARGET` in a document is in the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    lines = [line for code in fences(path, "sh") for line in code.splitlines()]
    for line in [*lines, *_INLINE.findall(path.read_text(encoding="utf-8"))]:
        if line.startswith("make "):
            words = [word for word in shlex.split(line, comments=True)[1:] if "=" not in word]
            assert set(words) <= targets, f"{named(path)}: {line}"


def test_help_is_there_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` answers for each command, and each command says what it does."""
    for name in commands():
        assert cli.run([*name, "--help"]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith("Usage: ")
        if len(name) == 1:
            assert name[0] in shown


# --- examples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["README.md", "docs/cookbook.md"])
def test_python_examples_run(
    name: str, analyzer: Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The Python blocks of a document run one after the other, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    blocks = list(fences(ROOT / name, "python"))
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, code in enumerate(blocks):
        exec(compile(code, f"{name}, block {number + 1}", "exec"), names)
    assert blocks
    assert capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["README.md", "docs/user-guide.md", "docs/cookbook.md"])
def test_commands_run(
    name: str, analyzer: Analyzer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The commands of a document run one after the other on a mail and a mailbox, and end with 0."""
    monkeypatch.chdir(tmp_path)
    Path("mail.eml").write_text(MAIL, encoding="utf-8")
    Path("mail.txt").write_text(MAIL, encoding="utf-8")
    letter = "From noor@halden.example Mon Mar  4 10:00:00 2024\n" + MAIL + "\n"
    Path("mailbox.mbox").write_text(letter + letter.replace("general", "short"), encoding="utf-8")
    for code in fences(ROOT / name, "sh"):
        for line in code.splitlines():
            words = shlex.split(line, comments=True)
            if not words or words[0] != "feedback-nlp" or words[1] in NEVER_RUN or "-" in words:
                continue
            assert cli.run(words[1:]) == 0, capfd.readouterr().err
    assert capfd.readouterr().out


# --- what the documents claim -----------------------------------------------------------------------------------------


def test_figures_are_those_of_the_card() -> None:
    """Every table of figures says what the card and the labelled mails say: `python docs/figures.py` writes them."""
    if not (ROOT / "models" / "card.json").is_file():
        pytest.skip("models/ is empty")
    command = [sys.executable, str(ROOT / "docs" / "figures.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_opens_with_the_two_commands() -> None:
    """Before anything else, a reader sees how to run it and how to test it."""
    first = next(fences(ROOT / "README.md", "sh"))
    assert [line.split("#")[0].split() for line in first.splitlines()] == [["make", "run"], ["make", "test"]]
    assert (ROOT / "README.md").read_text(encoding="utf-8").startswith("# feedback-nlp\n\n```sh\nmake run")


def test_every_module_is_on_the_architecture_page() -> None:
    """A new module is a decision, and gets its line."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "feedback_nlp"
    modules = {path.stem for path in package.glob("[a-z]*.py")}
    modules |= {f"{path.parent.name}/" for path in package.glob("[a-z]*/__init__.py")}
    assert {name for name in modules if f"`{name}`" not in text} == set()


def test_every_area_is_counted_in_the_datasheet() -> None:
    """The datasheet shows how often each area was labelled."""
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert {area for area in areas() if f"| `{area}` |" not in text} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_no_machine_is_named(path: Path) -> None:
    """Documents name no folder of the machine that they were written on, and no local address but the page's."""
    said = _NOT_SAID.sub("", path.read_text(encoding="utf-8"))
    assert not re.search(r"(?<![\w.])/(?:work|root|tmp|home)/", said)
