"""Mail stays on this machine: no command opens a connection, and no message, log or error repeats a mail."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from contextlib import closing, suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app_pages import letters
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.attacks.attack import CANARY

from feedback_nlp.analyzer import Analyzer, shipped_models
from feedback_nlp.errors import InputError
from feedback_nlp.report import one_line, shown, to_dict, to_json, to_markdown, to_text

MAIL = (
    f"From: Sam Reed <sam@{CANARY.lower()}.example>\nSubject: Your application at {CANARY} \x1b[2J\n"
    "Date: Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <1@box.example>\n\n"
    f"Dear Ines,\n\nThank you for the interview at {CANARY}. We have decided not to move forward. Your answers lacked "
    f"concrete examples, and your SQL needs to be deeper. See http://127.0.0.1:9/{CANARY}.\x1b]0;owned\x07\n\n"
    f"Best regards,\nSam Reed\n{CANARY}\n"
)
ROOT = Path(__file__).parent.parent
CHILD = """
import functools, io, json, sys
from feedback_nlp import analyzer
analyzer.load = functools.cache(analyzer.load)
from feedback_nlp.cli import run
found = []
for arguments in json.loads(sys.argv[1]):
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    code = run(arguments)
    out, err = (each.buffer.getvalue().decode() for each in (sys.stdout, sys.stderr))
    found.append({"arguments": arguments, "code": code, "out": out, "err": err})
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
import feedback_nlp as fn
fn.load().analyze("We have decided against you. Your SQL needs to be deeper.")
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Every command that reads mail, and the Python API, in a process (and workers) without a network."""
    if not (shipped_models() / "card.json").is_file():
        pytest.skip("models/ is empty")
    home = tmp_path_factory.mktemp("privacy")
    (home / "mail.eml").write_text(MAIL, encoding="utf-8")
    folder = home / "box"
    folder.mkdir()
    (folder / "good.eml").write_text(MAIL, encoding="utf-8")
    (folder / "bad.csv").write_text(f"{CANARY},we wrote to {CANARY} about it today\n1,2\n", encoding="utf-8")
    (folder / "bad.jsonl").write_text(f'{{"text": "{CANARY} one"}}\n{{"{CANARY}": [\n', encoding="utf-8")
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 " + CANARY.encode())
    (home / "labelled.csv").write_text(f"{CANARY},we wrote to {CANARY} about it today\n1,2\n", encoding="utf-8")
    commands = [
        ["analyze", "mail.eml"],
        ["analyze", "mail.eml", "--json"],
        ["analyze", "mail.eml", "--markdown"],
        ["ask", "mail.eml"],
        ["explain", "generic"],
        ["batch", "box", "-o", "a.csv", "--report", "a.html", "--jobs", "0"],
        ["batch", "box", "-o", "b.xlsx", "--jobs", "1"],
        ["batch", "box", "-o", "c.jsonl", "--redact", "--jobs", "0"],
        ["batch", "box", "--journal", "--jobs", "0"],
        ["batch", "labelled.csv", "-o", "d.csv", "--jobs", "0"],
        ["patterns", "a.csv"],
        ["patterns", "a.csv", "--json"],
        ["journal", "list"],
        ["journal", "export", "e.parquet"],
        ["journal", "delete", "--yes"],
        ["analyze", "box/bad.pdf"],
        ["analyze", "box/bad.csv"],
        ["--version"],
    ]
    log = home / "network.log"
    guard = str(Path(__file__).parent / "guard")
    environment = {**os.environ, "PYTHONPATH": guard, "GUARD_LOG": str(log), "XDG_DATA_HOME": str(home / "data")}
    command = [sys.executable, "-c", CHILD, json.dumps(commands)]
    done = subprocess.run(command, env=environment, cwd=home, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    assert not log.exists(), log.read_text()
    assert CANARY not in done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_guard_works(tmp_path: Path) -> None:
    """The guard of these tests does stop and note a connection."""
    log = tmp_path / "log"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent / "guard"), "GUARD_LOG": str(log)}
    script = "import socket; socket.create_connection(('127.0.0.1', 9))"
    assert subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True).returncode
    assert "socket." in log.read_text()


def test_no_command_needs_the_network(runs: list[dict[str, Any]]) -> None:
    """All commands run where connections are forbidden, and none even tries."""
    wrong = [each for each in runs if each["code"] not in (0, 1, 2) or "a fault in the program" in each["err"]]
    assert not wrong
    assert [each["code"] for each in runs[:9]] == [0] * 9


def test_messages_never_repeat_a_mail(runs: list[dict[str, Any]]) -> None:
    """What goes to standard error (progress, notes, errors) has no word of a mail, neither of one that is refused."""
    assert not [each["arguments"] for each in runs if CANARY.lower() in each["err"].lower()]


def test_terminal_gets_no_control_characters(runs: list[dict[str, Any]]) -> None:
    """Whatever the mail holds, the output has line feeds and printable characters only."""
    for each in runs:
        assert not set(each["out"] + each["err"]) & set(map(chr, [*range(9), *range(11, 32), *range(127, 160)]))


def guarded(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that may not use the network; attempts are noted in ``network.log`` of `home`."""
    guard = {"PYTHONPATH": str(Path(__file__).parent / "guard"), "GUARD_LOG": str(home / "network.log")}
    return {**os.environ, **guard, **more}


def small_corpus(home: Path) -> None:
    """A hundred and fifty mails of the corpus with what the networks said of them, to train on in seconds."""
    models, (data, small) = ROOT / "models", (home / "data" / "corpus", home / "models")
    data.mkdir(parents=True)
    small.mkdir()
    for path in models.iterdir():
        (small / path.name).symlink_to(path)
    with np.load(models / "held_out.npz", allow_pickle=False) as file:
        stored = {name: file[name] for name in file.files}
    count = len(stored["ids"])
    kept = np.arange(0, count, max(1, count // 150))
    for name, lengths in (("role", "lengths"), ("marked", "tokens")):
        parts = np.split(stored[name], np.cumsum(stored[lengths])[:-1])
        stored[name] = np.concatenate([parts[row] for row in kept])
    stored |= {name: array[kept] for name, array in stored.items() if name not in ("role", "marked")}
    for name in ("held_out.npz", "labeler.joblib", "card.json"):  # links to the shipped ones, which must stay
        (small / name).unlink()
    np.savez(small / "held_out.npz", **stored)
    ids = set(stored["ids"].tolist())
    for path in sorted((ROOT / "data" / "corpus").glob("*.jsonl")):
        rows = [row for row in path.read_text("utf-8").splitlines() if json.loads(row)["id"] in ids]
        (data / path.name).write_text("".join(row + "\n" for row in rows), encoding="utf-8")


@pytest.mark.slow
def test_training_and_measuring_need_no_network(tmp_path: Path) -> None:
    """`train` and `evaluate` run where connections are forbidden, and neither tries one."""
    if not (ROOT / "models" / "held_out.npz").is_file():
        pytest.skip("no checkout with models")
    small_corpus(tmp_path)
    card = (ROOT / "models" / "card.json").read_bytes()
    rows = (ROOT / "data" / "corpus" / "t21.jsonl").read_text("utf-8").splitlines()[:6]
    (tmp_path / "few.jsonl").write_text("".join(row + "\n" for row in rows), encoding="utf-8")
    for arguments in (
        ["train", "--data", "data", "--models", "models"],
        ["evaluate", "few.jsonl", "--models", "models", "--floors", "none.json"],
    ):
        line = [sys.executable, "-m", "feedback_nlp.cli", *arguments]
        done = subprocess.run(line, env=guarded(tmp_path), cwd=tmp_path, capture_output=True, timeout=300)
        assert done.returncode == 0, done.stderr.decode()[-2_000:]
    assert not (tmp_path / "network.log").exists()
    assert (ROOT / "models" / "card.json").read_bytes() == card


def test_the_page_listens_here_and_calls_nobody(tmp_path: Path) -> None:
    """`ui` answers on a loopback address; it connects to nothing, asks for no name, and listens nowhere else."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-m", "feedback_nlp.cli", "ui", "--no-browser", "--port", str(port)]
    environment = guarded(tmp_path, GUARD_PAGE="1", XDG_DATA_HOME=str(tmp_path))
    page = subprocess.Popen(line, env=environment, cwd=tmp_path, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        assert _answers(page, f"http://127.0.0.1:{port}/_stcore/health")
        assert _answers(page, f"http://127.0.0.1:{port}/")
    finally:
        page.terminate()
        page.wait(30)
    log = tmp_path / "network.log"
    assert not log.exists(), log.read_text()


def _answers(page: subprocess.Popen[bytes], url: str) -> bool:
    """Whether the server answers within a minute or so."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                page.wait(0.2)
                return False
    return False


# --- the draft --------------------------------------------------------------------------------------------------------

# ruff: noqa: E501
HOSTILE = st.text(st.characters(codec=None), max_size=80) | st.sampled_from(
    ["a\r\nBcc: v@example.com", "a\nBcc: v@example.com\n\nbody", "a\r\n\r\n<script>", "=??Q?=0D0:", "=?us-ascii?q?=0d=0aBcc:v@e.example?=", "=?utf-8?q?a=0D=0ABcc:_v@e.example?=", "\0", "\u2028Bcc: v@e.example", "a@b.example\x0bBcc: v@e.example"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_a_draft_has_our_headers_only(to: str, subject: str, body: str) -> None:
    """No address, subject or body of a stranger adds a header to the draft."""
    raw = letters.draft(to, subject, body)
    mail = message_from_bytes(raw)
    allowed = {"to", "subject", "x-unsent", "content-type", "content-transfer-encoding", "mime-version"}
    assert {name.lower() for name in mail.keys()} <= allowed  # noqa: SIM118
    assert len(mail.get_all("subject", [])) == 1
    assert len(mail.get_all("to", [])) <= 1


# --- any bytes to a report --------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(st.characters(codec=None), max_size=300).map(lambda t: t.encode("utf-8", "surrogatepass"))
)
def test_any_bytes_give_a_report_or_a_reason(analyzer: Analyzer, raw: bytes) -> None:
    """Bytes to report, the whole way: offsets hold, JSON is JSON, and text is fit for a terminal."""
    try:
        report = analyzer.analyze(raw)
    except InputError as error:
        assert str(error)  # noqa: PT017
        return
    found = to_dict(report)
    assert json.loads(to_json(report))["text"] == found["text"]
    for each in found["improvements"] + found["strengths"]:
        assert found["text"][each["start"] : each["end"]] == each["evidence"]
    for words in (to_text(report), to_markdown(report)):
        assert not set(words) & set("\0\x1b\x07\r\u202e\u2066")
    words = found["text"] + found["subject"]
    assert one_line(words).isprintable() or not any(ord(char) < 32 for char in one_line(words))
    assert "\x1b" not in shown(words)
