"""The commands: what they print, where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from feedback_nlp import __version__
from feedback_nlp.analyzer import shipped_models
from feedback_nlp.cli import run
from feedback_nlp.content import explanations

MAIL = (
    "Hi Ines,\n\nThank you for coming in on Monday. We have decided not to move forward with your application. "
    "The panel felt that your answers lacked concrete examples, and your SQL needs to be deeper for this level.\n\n"
    "Best,\nJonas Pihl\nOrchard Data"
)
COMMANDS = ("analyze", "ask", "explain", "batch", "patterns", "journal", "train", "evaluate", "ui")
needs_models = pytest.mark.skipif(not (shipped_models() / "card.json").is_file(), reason="models/ is empty")


def command(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "feedback_nlp.cli", *arguments],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def mail(tmp_path: Path) -> str:
    path = tmp_path / "mail.txt"
    path.write_text(MAIL, encoding="utf-8")
    return str(path)


# --- without models ---------------------------------------------------------------------------------------------------


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    """`--help` lists the commands and imports neither spaCy, scikit-learn, NumPy nor Streamlit."""
    script = (
        "import sys\nfrom feedback_nlp.cli import run\nassert run(['--help']) == 0\n"
        "heavy = {'spacy', 'sklearn', 'numpy', 'streamlit', 'onnxruntime', 'pandas', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    for name in COMMANDS:
        assert name in done.stdout


def test_help_is_quick() -> None:
    """`--help` takes less than 0.2 s when the machine is idle; three times that is allowed for a busy one."""
    best = min(_timed("--help") for _ in range(3))
    assert best < 0.6


def _timed(*arguments: str) -> float:
    start = time.perf_counter()
    command(*arguments)
    return time.perf_counter() - start


@pytest.mark.parametrize(
    "name", ["analyze", "ask", "explain", "batch", "patterns", "journal", "train", "evaluate", "ui"]
)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command explains itself."""
    assert run([name, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` says which."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"feedback-nlp {__version__}\n"


def test_completion_can_be_shown() -> None:
    """Shell completion comes with the program."""
    # Else typer looks at the parent process for the shell, which is `sh` under make.
    done = command("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert b"feedback" in done.stdout + done.stderr


def test_explain(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """`explain LABEL` says what it means, in any spelling; without a label all are listed."""
    assert run(["explain", "Stock-Reason"]) == 0
    assert b"Stock reason" in capsysbinary.readouterr().out
    assert run(["explain"]) == 0
    assert len(capsysbinary.readouterr().out.splitlines()) == len(explanations())


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["analyze", "--nonsense"],
        ["analyze", "a", "b"],
        ["analyze", "--tone", "rude", "x"],
        ["analyze", "--json", "--markdown", "x"],
        ["explain", "nonsense"],
        ["ui", "--address", "0.0.0.0"],
        ["ui", "--address", "192.168.1.7"],
        ["ui", "--port", "0"],
        ["train", "--data", "no-such-folder"],
        ["evaluate", "no-such-file.jsonl"],
        ["evaluate", "--lower"],
    ],
)
def test_wrong_usage_is_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A call that does not make sense: exit 2, a message on stderr, nothing on stdout."""
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.err
    assert not said.out


PICTURE_ONLY = (
    b"From: a@b.example\nSubject: News\nMIME-Version: 1.0\nContent-Type: image/png\n"
    b"Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
)


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\n\t", "empty"),
        ("picture.eml", PICTURE_ONLY, "picture"),
        ("large.txt", b"word " * 1_000_000, "Paste only the mail"),
        ("program.bin", bytes(range(256)) * 64, ""),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(2000), ""),
    ],
)
def test_what_cannot_be_read_is_said(
    name: str, raw: bytes, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input: exit 1, one line on stderr that says what is wrong, no traceback, nothing on stdout."""
    path = tmp_path / name
    path.write_bytes(raw)
    assert run(["analyze", str(path)]) == 1
    said = capsys.readouterr()
    assert says in said.err
    assert said.err.startswith("feedback-nlp: ")
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    assert not said.out


def test_a_missing_path_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that is not there: exit 1 and what to do."""
    assert run(["analyze", str(tmp_path / "nothing.eml")]) == 1
    assert "no file at this path" in capsys.readouterr().err


def test_a_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder: exit 1 and the command that reads folders."""
    assert run(["analyze", str(tmp_path)]) == 1
    assert "batch" in capsys.readouterr().err


def test_missing_models_are_said(mail: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No models: exit 1 and the command that mends it."""
    assert run(["analyze", mail, "--models", str(tmp_path)]) == 1
    assert "feedback-nlp train" in capsys.readouterr().err


def test_interrupted_is_130(mail: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C: exit 130, no traceback."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("feedback_nlp.mail.read_mail", interrupt)
    assert run(["analyze", mail]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_is_one_line_without_the_mail(
    mail: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw: exit 1, kind and place, no traceback and no word of the mail."""

    def break_down(*_: object) -> None:
        raise RuntimeError(MAIL)

    monkeypatch.delenv("FEEDBACK_NLP_DEBUG", raising=False)
    monkeypatch.setattr("feedback_nlp.mail.read_mail", break_down)
    assert run(["analyze", mail]) == 1
    said = capsys.readouterr().err
    assert "RuntimeError at test_cli.py:" in said
    assert "Jonas" not in said
    monkeypatch.setenv("FEEDBACK_NLP_DEBUG", "1")
    with pytest.raises(RuntimeError):
        run(["analyze", mail])


# --- with models ------------------------------------------------------------------------------------------------------


@needs_models
def test_json_is_one_document_on_stdout(mail: str) -> None:
    """`--json` writes one UTF-8 document, whatever the locale, and nothing else."""
    done = command("analyze", mail, "--json", PYTHONIOENCODING="latin-1", LC_ALL="C")
    assert done.returncode == 0
    found = json.loads(done.stdout.decode("utf-8"))
    assert found["schema"] == "feedback-nlp/1"
    assert found["source"]["path"] == mail
    assert found["advice"]["reading"]


@needs_models
def test_stdin_and_file_agree(mail: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """`-` reads the mail from stdin."""
    piped = json.loads(command("analyze", "-", "--json", "--no-advice", stdin=MAIL.encode()).stdout)
    assert run(["analyze", mail, "--json", "--no-advice"]) == 0
    filed = json.loads(capsysbinary.readouterr().out)
    assert piped["source"]["path"] == "-"
    assert piped["improvements"] == filed["improvements"]
    assert "advice" not in piped


@needs_models
def test_text_is_plain_when_piped(mail: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Not a terminal: no color codes. The answer names the gaps and quotes the mail."""
    assert run(["analyze", mail]) == 0
    out = capsysbinary.readouterr().out.decode()
    assert "\x1b" not in out
    assert "“" in out


@needs_models
@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_color_can_be_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR and TERM=dumb give plain headings on a terminal too."""
    from feedback_nlp.cli import _heading

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert _heading()("x") == "\x1b[1mx\x1b[0m"
    monkeypatch.setenv(name, value)
    assert _heading()("x") == "x"


@needs_models
def test_markdown_and_ask(mail: str, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """`--markdown` is Markdown, `ask` holds only questions and the reply."""
    assert run(["analyze", mail, "--markdown"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"# ")
    assert run(["ask", mail, "--tone", "brief"]) == 0
    assert b"What went well" not in capsysbinary.readouterr().out
    assert run(["ask", mail, "--json"]) == 0
    assert set(json.loads(capsysbinary.readouterr().out)) == {"questions", "reply", "no_reply_reason"}


@needs_models
def test_another_language_is_read_with_a_note(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A mail in another language is read, with a note on stderr that `--quiet` leaves out."""
    path = tmp_path / "mail.txt"
    path.write_text(
        "Sehr geehrte Frau Kowalski,\n\nvielen Dank für Ihre Bewerbung und Ihr Interesse an unserem Haus. Leider "
        "müssen wir Ihnen mitteilen, dass wir uns für andere Bewerber entschieden haben.\n\nMit freundlichen Grüßen",
        encoding="utf-8",
    )
    assert run(["analyze", str(path)]) == 0
    said = capfd.readouterr()
    assert "German" in said.err
    assert said.out.startswith("Unsure: this mail seems to be in German")
    assert "A reply" not in said.out
    assert run(["analyze", str(path), "--no-advice", "--quiet"]) == 0
    assert not capfd.readouterr().err


@needs_models
def test_control_characters_are_shown_not_sent(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Escape sequences in a mail do not reach the terminal."""
    path = tmp_path / "mail.txt"
    path.write_text(MAIL.replace("concrete", "\x1b[31mcon\u202ecrete"), encoding="utf-8")
    assert run(["analyze", str(path)]) == 0
    out = capsysbinary.readouterr().out.decode()
    assert "\x1b" not in out
    assert "\u202e" not in out


@needs_models
def test_a_closed_pipe_is_no_fault(mail: str) -> None:
    """`feedback-nlp analyze … | head -1` ends quietly."""
    done = subprocess.run(
        f"{sys.executable} -m feedback_nlp.cli analyze {mail} | head -c 10",
        shell=True,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == b""
