"""The commands over many mails, as a person types them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tests import fake_mailbox as box
from typer.testing import CliRunner, Result

from feedback_nlp import analyzer, cli_batch
from feedback_nlp.errors import FeedbackNlpError, StoreError, UsageError
from feedback_nlp.store import Store


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Run a command; errors of ours come out as they are, as `cli.run` gets them."""
    monkeypatch.setattr(analyzer, "load", box.load)
    monkeypatch.setattr(analyzer, "read_card", lambda folder: {"files": {}})
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    cli_batch.register(app)

    def called(*arguments: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(app, arguments, input=stdin)
        if isinstance(result.exception, FeedbackNlpError):
            raise result.exception
        return result

    return called


@pytest.fixture
def mailbox(tmp_path: Path) -> str:
    return str(box.write_mbox(tmp_path / "mail.mbox", box.mails(30)))


def test_mailbox_to_a_table_and_a_report(call, mailbox: str, tmp_path: Path) -> None:
    """One command writes the export, the report and the store, and says what it did on stderr."""
    result = call("batch", mailbox, "-o", "out.csv", "--report", "out.html", "--jobs", "0")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "30 mails: 30 read (10 actionable, 10 generic, 10 unrelated)" in result.stderr
    assert {"out.csv", "out.html", "out.sqlite"} <= {path.name for path in tmp_path.iterdir()}


def test_second_call_goes_on(call, mailbox: str) -> None:
    """The same command again analyzes nothing; --fresh begins anew."""
    call("batch", mailbox, "-o", "out.jsonl", "--jobs", "0")
    assert "0 analyzed now" in call("batch", mailbox, "-o", "out.xlsx", "--resume", "--jobs", "0").stderr
    assert "30 analyzed now" in call("batch", mailbox, "-o", "out.jsonl", "--fresh", "--jobs", "0").stderr


def test_strict_tells_by_its_exit_code(call, tmp_path: Path) -> None:
    """With --strict a mail that was not read makes exit code 3, and its reason is shown; without, it is 0."""
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "good.txt").write_text(box.REJECTION.format(n=1, m=1))
    (folder / "empty.eml").write_text("From: a@b.example\nSubject: x\nMIME-Version: 1.0\n\n\n")
    arguments = ["batch", "mails", "-o", "out.csv", "--jobs", "0"]
    assert call(*arguments).exit_code == 0
    result = call(*arguments, "--strict")
    assert result.exit_code == 3
    assert "empty.eml" in result.stderr


def test_own_files_are_no_input(call, mailbox: str, tmp_path: Path) -> None:
    """With the results in the folder of the mails, a second run does not read them as mails."""
    arguments = [
        "batch",
        str(tmp_path),
        "-o",
        str(tmp_path / "out.csv"),
        "--report",
        str(tmp_path / "out.md"),
        "--jobs",
        "0",
    ]
    assert "30 mails: 30 read" in call(*arguments).stderr
    assert "30 mails: 30 read" in call(*arguments).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["batch", "none.mbox", "-o", "out.csv"], "does not exist"),
        (["batch", "mail.mbox"], "where shall the results go"),
        (["batch", "mail.mbox", "-o", "out.docx"], "must end in"),
        (["batch", "mail.mbox", "-o", "none/out.csv"], "not a folder"),
        (["batch", "mail.mbox", "-o", "out.csv", "--report", "out.pdf"], "must end in .html or .md"),
        (["batch", "mail.mbox", "--journal", "--redact"], "give -o OUT"),
        (["batch", "mail.mbox", "--journal", "--fresh"], "--fresh"),
        (["batch", "mail.mbox", "--journal", "--store", "x"], "either"),
        (["batch", "mail.mbox", "-o", "out.csv", "--insecure"], "belong to --scheduler"),
        (["patterns"], "name the OUT"),
    ],
)
def test_calls_that_make_no_sense(call, mailbox: str, tmp_path: Path, arguments: list[str], words: str) -> None:
    """Each wrong call is refused in words before any work, and leaves no file."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match=words):
        call(*arguments, "--jobs", "0") if arguments[0] == "batch" else call(*arguments)
    assert [path for path in sorted(tmp_path.rglob("*")) if path.suffix != ".sqlite"] == before


def test_store_is_never_made_over_the_mailbox(call, tmp_path: Path) -> None:
    """A mail file with the name of the store is left alone."""
    path = box.write_mbox(tmp_path / "out.sqlite", box.mails(3))
    before = path.read_bytes()
    with pytest.raises(StoreError, match="not a database"):
        call("batch", str(path), "-o", "out.csv", "--jobs", "0")
    assert path.read_bytes() == before


def test_patterns_over_an_export(call, mailbox: str) -> None:
    """`patterns OUT` finds the store beside OUT, as text or as JSON."""
    call("batch", mailbox, "-o", "out.xlsx", "--jobs", "0")
    assert "Technical skills" in call("patterns", "out.xlsx").stdout
    found = json.loads(call("patterns", "out.sqlite", "--json").stdout)
    assert found["counts"]["seen"] == 30
    with pytest.raises(StoreError, match="does not exist"):
        call("patterns", "other.xlsx")


def test_journal_from_first_to_last(call, mailbox: str, tmp_path: Path) -> None:
    """Kept on request, listed, exported, deleted without a trace."""
    with pytest.raises(StoreError, match="no journal yet"):
        call("journal", "list")
    call("batch", mailbox, "--journal", "--jobs", "0")
    assert len(call("journal", "list").stdout.splitlines()) == 30
    call("journal", "export", "all.jsonl", "--redact")
    assert "Farida" not in (tmp_path / "all.jsonl").read_text(encoding="utf-8")
    assert "Technical skills" in call("patterns", "--journal").stdout
    with pytest.raises(UsageError, match="--yes"):
        call("journal", "delete")
    assert call("journal", "delete", "--yes").exit_code == 0
    assert not list((tmp_path / "home").rglob("*.sqlite*"))


def test_models_that_changed_are_told(call, mailbox: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of another model are named, and --again reads them anew."""
    call("batch", mailbox, "-o", "out.csv", "--jobs", "0")
    monkeypatch.setattr(analyzer, "read_card", lambda folder: {"files": {"labeler.joblib": {"sha256": "new"}}})
    assert "--again" in call("batch", mailbox, "-o", "out.csv", "--jobs", "0").stderr
    assert "30 analyzed now" in call("batch", mailbox, "-o", "out.csv", "--jobs", "0", "--again").stderr


PROGRAM = """
import signal, sys, typer
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background begins with it ignored
from feedback_nlp import analyzer, batch, cli_batch
from tests import fake_mailbox as box
analyzer.load, analyzer.read_card = box.load, lambda folder: {"files": {}}
batch.TELL_SECONDS = 0
show = cli_batch._Meter.show
cli_batch._Meter.show = lambda self, progress: progress.analyzed and print(progress.analyzed, flush=True)
real = batch._stream
def endless(*given):
    yield from real(*given)
    print("waiting", flush=True)
    while True:
        signal.pause()
import signal
batch._stream = endless
app = typer.Typer()
cli_batch.register(app)
app()
"""


def test_control_c_says_how_to_go_on(tmp_path: Path, mailbox: str) -> None:
    """Ctrl-C ends with 130 and the command that goes on; what was read is kept."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    box.write_mbox(Path(mailbox), box.mails(200))
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "batch", mailbox, "-o", str(tmp_path / "out.csv"), "--jobs", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True,
    )  # fmt: skip
    assert program.stdout is not None
    while program.stdout.readline().strip() != "waiting":
        pass
    program.send_signal(signal.SIGINT)
    _, notes = program.communicate(timeout=20)
    assert program.returncode == 130
    assert f"feedback-nlp batch {mailbox} -o {tmp_path / 'out.csv'} --jobs 0 --resume" in notes
    assert "Traceback" not in notes
    with Store.open(tmp_path / "out.sqlite", create=False) as store:
        assert store.counts().read >= 160
