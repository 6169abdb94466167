"""The wheel: everything that the program needs is inside, and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from feedback_nlp.analyzer import NOT_NEEDED, shipped_models

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """A wheel of this checkout, built without the network."""
    pytest.importorskip("hatchling", reason="hatchling is not installed: make setup")
    folder = tmp_path_factory.mktemp("wheel")
    line = ["pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", *line], check=True, timeout=300, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("feedback_nlp-*.whl")))


def test_content_app_and_license_are_inside(wheel: zipfile.ZipFile) -> None:
    """Word lists, the page with its configuration, the type marker and the license."""
    names = set(wheel.namelist())
    wanted = {f"feedback_nlp/content/{path.name}" for path in (ROOT / "src/feedback_nlp/content").glob("*.toml")}
    wanted |= {f"feedback_nlp/_app/app_pages/{path.name}" for path in (ROOT / "app_pages").glob("*.py")}
    wanted |= {"feedback_nlp/_app/app.py", "feedback_nlp/_app/.streamlit/config.toml", "feedback_nlp/py.typed"}
    assert wanted <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_models_are_inside_and_match_their_card(wheel: zipfile.ZipFile) -> None:
    """Every file that the card names, byte for byte, but what only training needs."""
    if not (shipped_models() / "card.json").is_file():
        pytest.skip("models/ is empty")
    card = json.loads(wheel.read("feedback_nlp/_models/card.json"))
    for name, entry in card["files"].items():
        if name not in NOT_NEEDED:
            assert hashlib.sha256(wheel.read(f"feedback_nlp/_models/{name}")).hexdigest() == entry["sha256"]


def test_nothing_else_is_inside(wheel: zipfile.ZipFile) -> None:
    """No tests, no labelled mails, no caches, no logs; under 80 MB."""
    for info in wheel.infolist():
        assert info.filename.startswith(("feedback_nlp/", "feedback_nlp-"))
        assert not info.filename.endswith((".pyc", ".log", ".jsonl", ".gitkeep", "held_out.npz"))
    assert sum(info.file_size for info in wheel.infolist()) < 80_000_000


def test_a_wheel_of_the_sdist_has_the_same_files() -> None:
    """All that a wheel takes from the checkout is in the sdist too, at the same place: wheels are built from either."""
    sdist = pytest.importorskip("hatchling.builders.sdist", reason="hatchling is not installed: make setup")
    wheels = pytest.importorskip("hatchling.builders.wheel")
    taken = {file.relative_path for file in wheels.WheelBuilder(str(ROOT)).recurse_included_files()}
    packed = {file.relative_path for file in sdist.SdistBuilder(str(ROOT)).recurse_included_files()}
    assert {"app.py", "models/card.json", "src/feedback_nlp/cli.py"} <= taken <= packed


def test_the_wheel_works_outside_of_the_checkout(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Unpacked somewhere else, the program reads a mail and finds its page."""
    if not (shipped_models() / "card.json").is_file():
        pytest.skip("models/ is empty")
    wheel.extractall(tmp_path / "site")
    script = (
        "import feedback_nlp, sys\nfrom feedback_nlp import cli, ui\n"
        f"assert feedback_nlp.__file__.startswith({str(tmp_path)!r})\n"
        f"assert str(ui.app_folder()).startswith({str(tmp_path)!r})\n"
        "sys.exit(cli.run(['analyze', '-', '--json']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=b"We went with someone who has run larger teams.",
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-800:]
    assert json.loads(done.stdout)["tag"] in ("actionable", "generic", "unrelated")
