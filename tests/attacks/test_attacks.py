"""Hundreds of hostile inputs: each is read or refused with its reason, in time, and nothing else happens.

The inputs are read in a process of its own under an audit hook (`run.py`): network, other programs, writing, and
reading outside of the folder are forbidden and recorded there. All URLs in the inputs lead to a socket of this test.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.attacks import models, run, tomls
from tests.attacks.attack import SECRET, Attack, Kind, Sound

from feedback_nlp import content
from feedback_nlp.analyzer import load, shipped_models
from feedback_nlp.errors import ContentError, ModelError
from feedback_nlp.labels import Labeler

WHOLE_SECONDS = 280  # of wall time for all of them
MEGABYTES = 1_024
CPU_SECONDS = 12.0  # for one attack; the slowest need about two, a quadratic step needs minutes
FAST, SLOW = run.every(slow=False), run.every(slow=True)

Outcomes = dict[str, dict[str, Any]]


def outcomes_of(folder: Path, *, slow: bool) -> Outcomes:
    """Read all attacks in a child; none of it may reach the listener."""
    secret = folder.parent / f"{folder.name}-outside.txt"
    secret.write_text(SECRET)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        environment = {
            **os.environ, "ATTACK_PORT": str(listener.getsockname()[1]), "ATTACK_SECRET": str(secret),
            "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
        }  # fmt: skip
        command = [sys.executable, "-m", "tests.attacks.run", str(folder), *(["--slow"] if slow else [])]
        done = subprocess.run(
            command, env=environment, cwd=Path(__file__).parents[2], capture_output=True, timeout=WHOLE_SECONDS
        )
        with pytest.raises(BlockingIOError):  # nobody called
            listener.accept()
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    assert secret.read_text() == SECRET
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["id"]: each for each in found}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return outcomes_of(tmp_path_factory.mktemp("attacks"), slow=False)


@pytest.fixture(scope="module")
def slow_outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    return outcomes_of(tmp_path_factory.mktemp("slow"), slow=True)


def check(attack: Attack, found: dict[str, Any]) -> None:
    """What must hold for every attack."""
    assert not found["error"], f"an error that is no InputError: {found['error']}"
    assert not found["forbidden"], f"it did what a reader never does: {found['forbidden']}"
    assert not found["left"], "it changed the folder"
    assert not found["missing"], "it lost words of the mail"
    assert not found["leaked"], f"it showed what it must not: {found['leaked']}"
    assert not found["quoted"], "a reason quotes the mail"
    assert all(reason.strip() and "\x1b" not in reason for reason in found["reasons"])
    assert found["seconds"] < CPU_SECONDS
    assert found["megabytes"] < MEGABYTES
    got = (found["read"] > 0, found["refused"] > 0)
    allowed = {
        Sound.READ: [(True, False)],
        Sound.REFUSED: [(False, True)],
        Sound.BOTH: [(True, True)],
        Sound.NOTHING: [(False, False)],
        Sound.EITHER: [(True, False), (False, True), (True, True)],
    }[attack.sound]
    assert got in allowed, f"(read, refused) is {got}, reasons: {found['reasons'][:3]}"
    if attack.reason and found["refused"]:
        assert any(attack.reason in reason for reason in found["reasons"]), found["reasons"][:3]


def test_there_are_enough_of_each_class() -> None:
    """At least 200 files and places, and some of every class; no two have one name."""
    counts = Counter(attack.kind for attack in (*FAST, *SLOW))
    assert len({attack.id for attack in (*FAST, *SLOW)}) == counts.total() >= 200
    assert all(counts[kind] >= 20 for kind in Kind)


@pytest.mark.parametrize("attack", FAST, ids=lambda attack: attack.id)
def test_hostile_input(attack: Attack, outcomes: Outcomes) -> None:
    """The input is read or refused with its reason, within the limits, and nothing else happens."""
    check(attack, outcomes[attack.id])


@pytest.mark.slow
@pytest.mark.parametrize("attack", SLOW, ids=lambda attack: attack.id)
def test_large_hostile_input(attack: Attack, slow_outcomes: Outcomes) -> None:
    """The same for inputs that take more than a second."""
    check(attack, slow_outcomes[attack.id])


# --- model files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", list(models.folders()), ids=lambda bad: bad.name)
def test_models_that_are_not_the_cards_are_never_opened(bad: models.BadFolder, tmp_path: Path) -> None:
    """A folder that breaks its card is refused in one line, and the pickle in it is not loaded."""
    flag = tmp_path / "owned"
    bad.make(tmp_path / "models", flag)
    with pytest.raises(ModelError) as error:
        load(tmp_path / "models")
    assert not flag.exists()
    assert "\n" not in str(error.value)


PAYLOADS = [name for name, _ in models.payloads(Path("x"))]


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_pickle_calls_nothing_even_with_a_true_card(name: str, tmp_path: Path) -> None:
    """Whoever writes the file can write the card too: still nothing but numbers, words and estimators is loaded."""
    flag = tmp_path / "owned"
    (tmp_path / "labeler.joblib").write_bytes(dict(models.payloads(flag))[name])
    with pytest.raises(ModelError):
        Labeler.load(tmp_path)
    assert not flag.exists()


@pytest.mark.parametrize(
    ("name", "raw"), list(models.damaged()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_damaged_models_are_refused(name: str, raw: bytes, tmp_path: Path) -> None:
    """A file that holds no models is refused in one line."""
    (tmp_path / "labeler.joblib").write_bytes(raw)
    with pytest.raises(ModelError):
        Labeler.load(tmp_path)


@pytest.mark.parametrize(
    ("name", "raw"), list(models.arrays()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_arrays_hold_numbers_only(name: str, raw: bytes, tmp_path: Path) -> None:
    """Heads that hold objects, lie about their size or are none are refused, with what mends them."""
    _with_one_changed(tmp_path, "heads-a.npz", raw)
    with pytest.raises(ModelError, match=r"heads-a\.npz is damaged .*run 'feedback-nlp train"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["encoder.onnx", "heads.npz", "tokenizer.json", "labeler.joblib"])
@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "turned"])
def test_a_damaged_file_under_a_true_card_is_named_with_what_mends_it(name: str, damage: str, tmp_path: Path) -> None:
    """Whatever is wrong inside a file, one line names it and the command; no library's own error comes through."""
    raw = (shipped_models() / name).read_bytes()
    made = {"cut": raw[: len(raw) // 2], "noise": bytes(range(256)) * 9, "empty": b"", "turned": raw[::-1]}[damage]
    _with_one_changed(tmp_path, name, made)
    with pytest.raises(ModelError, match=r"run 'feedback-nlp train") as error:
        load(tmp_path)
    assert name in str(error.value)
    assert "\n" not in str(error.value)


def _with_one_changed(folder: Path, name: str, raw: bytes) -> None:
    """The shipped models with other bytes for one file, and a card that names them truly."""
    if not (shipped_models() / "card.json").is_file():
        pytest.skip("models/ is empty")
    if not (shipped_models() / name).is_file():
        pytest.skip(f"the shipped models have no {name}")
    card = json.loads((shipped_models() / "card.json").read_text())
    for known in card["files"]:
        (folder / known).symlink_to((shipped_models() / known).resolve())
    (folder / name).unlink()
    (folder / name).write_bytes(raw)
    card["files"][name] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    (folder / "card.json").write_text(json.dumps(card))


# --- word lists -------------------------------------------------------------------------------------------------------


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in the place of the package's word lists."""
    (tmp_path / "content").mkdir()
    monkeypatch.setattr(content.resources, "files", lambda name: tmp_path)
    content.read_table.cache_clear()
    yield tmp_path / "content"
    content.read_table.cache_clear()


@pytest.mark.parametrize("name", tomls.TOMLS)
def test_word_lists_are_data(name: str, lists: Path) -> None:
    """A broken list is a `ContentError` that names it, or a table; nothing in it is run."""
    (lists / "bad.toml").write_bytes(tomls.TOMLS[name].encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(content.read_table("bad"), dict)
    except ContentError as error:
        assert "bad.toml" in str(error)  # noqa: PT017


@pytest.mark.parametrize("name", tomls.TABLES)
def test_keys_are_checked_by_name(name: str) -> None:
    """An unknown key, a missing one or another type is refused by name."""
    with pytest.raises(ContentError, match=r"a\.toml"):
        content.check_keys(tomls.TABLES[name], "a.toml", {"name": str, "about": str})
