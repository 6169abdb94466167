"""The commands. The only module that prints; everything heavy is imported inside a command.

Results go to stdout, everything else to stderr. Exit codes: 0 all read · 1 failed · 2 wrong usage · 3 finished, but
some items were refused · 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from feedback_nlp import __version__, cli_batch
from feedback_nlp.errors import EmptyInput, FeedbackNlpError, InputTooLarge, UsageError
from feedback_nlp.schema import Tone

if TYPE_CHECKING:
    from feedback_nlp.schema import Message, Report

FAILED, USAGE, SOME_REFUSED, INTERRUPTED = 1, 2, 3, 130
DEBUG = "FEEDBACK_NLP_DEBUG"
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")  # read by NumPy's libraries when they are imported
LONGEST_PASTE = 50_000_000  # bytes read from stdin; the mail step has narrower limits of its own

app = typer.Typer(
    name="feedback-nlp",
    help="Reads rejection mail and recruiter feedback on your own machine: what to act on, ask and think about.",
    epilog="Nothing leaves this machine. Start with: feedback-nlp ui",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[str, typer.Argument(metavar="[FILE | -]", help="A saved mail (.eml, .txt, .html, …), or - for stdin.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, schema feedback-nlp/1.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No notes on stderr.")]
ToneChoice = Annotated[Tone, typer.Option("--tone", help="How the reply is written; mirror: as the sender writes.")]
Models = Annotated[Path | None, typer.Option("--models", help="A folder of trained models instead of the shipped one.")]


def main() -> NoReturn:
    """The entry point: run a command, say what went wrong in one line, and exit with the code that fits.

    Matrices here are small: a thread for each core doubles the processor time of a mail and makes none faster. Sums
    then also come out the same, to the last bit, on machines with other numbers of cores.
    """
    for name in ONE_THREAD:
        os.environ.setdefault(name, "1")
    try:
        sys.exit(run())
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code. `arguments` default to those of the process."""
    try:
        code: Any = app(arguments, standalone_mode=False)
    except typer.TyperException as error:  # a usage error, which knows how to show itself
        show: Callable[[], None] | None = getattr(error, "show", None)
        return _fail(error, USAGE) if show is None else (show() or USAGE)
    except UsageError as error:
        return _fail(error, USAGE)
    except FeedbackNlpError as error:
        return _fail(error, FAILED)
    except (KeyboardInterrupt, typer.Abort):
        _note("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        if DEBUG in os.environ:
            raise
        return _fail(FeedbackNlpError(_fault(error)), FAILED)
    return code if isinstance(code, int) else 0


def _fault(error: Exception) -> str:
    """A fault of the program in one line: its kind and place, not its message, which may quote a mail."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    return f"a fault in the program ({type(error).__name__} at {place}), please report it; {DEBUG}=1 shows more"


def _fail(error: Exception, code: int) -> int:
    from feedback_nlp.report import one_line

    _note(f"feedback-nlp: {one_line(str(error))}")
    return code


def _note(line: str) -> None:
    print(line, file=sys.stderr)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"feedback-nlp {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


# --- one mail ---------------------------------------------------------------------------------------------------------


@app.command()
def analyze(
    file: File = "-",
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown instead of plain text.")] = False,
    no_advice: Annotated[bool, typer.Option("--no-advice", help="Only what the mail says.")] = False,
    tone: ToneChoice = Tone.MIRROR,
    quiet: Quiet = False,
    models: Models = None,
) -> None:
    """Read a mail: what it is, what to work on, what to ask, a reply, and what to think about.

    Examples: feedback-nlp analyze mail.eml · feedback-nlp analyze - < mail.txt · feedback-nlp analyze mail.eml --json
    """
    from feedback_nlp.report import to_json, to_markdown, to_text

    if as_json and markdown:
        raise UsageError("give either --json or --markdown")
    report = _report(file, advice=not no_advice, tone=tone, models=models)
    if as_json:
        _write(to_json(report) + "\n")
    elif markdown:
        _write(to_markdown(report))
    else:
        _write(to_text(report, heading=_heading()))
        _say_notes(report, quiet)


@app.command()
def ask(
    file: File = "-",
    as_json: AsJson = False,
    tone: ToneChoice = Tone.MIRROR,
    quiet: Quiet = False,
    models: Models = None,
) -> None:
    """Only what to ask next, and the reply.

    Example: feedback-nlp ask mail.eml --tone brief
    """
    from feedback_nlp.report import asking, to_dict

    report = _report(file, advice=True, tone=tone, models=models)
    if as_json:
        import json

        advice = to_dict(report)["advice"]
        kept = {key: advice[key] for key in ("questions", "reply", "no_reply_reason")}
        _write(json.dumps(kept, ensure_ascii=True, indent=2) + "\n")
    else:
        _write(asking(report))
        _say_notes(report, quiet)


@app.command()
def explain(
    label: Annotated[str, typer.Argument(help="A tag, outcome, stage, role, area or kind; none: list them all.")] = "",
) -> None:
    """What a label means.

    Example: feedback-nlp explain stock_reason
    """
    from feedback_nlp.content import explanations

    known = explanations()
    if not label:
        width = max(len(key) for key in known)
        _write("".join(f"{key:<{width}}  {item.group:<8}{item.meaning}\n" for key, item in known.items()))
        return
    found = known.get(label.strip().casefold().replace("-", "_").replace(" ", "_"))
    if found is None:
        raise UsageError(f"no label is called {label!r}: 'feedback-nlp explain' lists them all")
    example = f"Example: {found.example}\n" if found.example else ""
    _write(f"{found.name} ({found.group} {found.key})\n{found.meaning}\n{example}")


def _report(file: str, *, advice: bool, tone: Tone, models: Path | None) -> Report:
    """Read the mail first, so that a wrong file is named before the models are loaded."""
    from feedback_nlp.analyzer import load

    message = _read(file)
    return load(models).analyze(message, advice=advice, tone=tone)


def _read(file: str) -> Message:
    from feedback_nlp.mail import read_mail

    if file != "-":
        return read_mail(Path(file))
    if sys.stdin is None or sys.stdin.closed:
        raise EmptyInput("there is nothing on stdin: name a file, or pipe a mail into 'feedback-nlp analyze -'")
    if sys.stdin.isatty():
        _note("Paste the mail, then press Ctrl-D on a line of its own (Ctrl-Z and Enter on Windows).")
    raw = sys.stdin.buffer.read(LONGEST_PASTE + 1)
    if len(raw) > LONGEST_PASTE:
        raise InputTooLarge("more than 50 MB came in on stdin: save one mail to a file and name that file")
    return read_mail(raw, name="-")


def _heading() -> Callable[[str], str]:
    """Headings are bold on a terminal, unless NO_COLOR or TERM=dumb ask for plain text."""
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return (lambda words: words) if plain else (lambda words: f"\x1b[1m{words}\x1b[0m")


def _say_notes(report: Report, quiet: bool) -> None:
    from feedback_nlp.report import one_line

    for note in () if quiet else report.analysis.message.notes:
        _note(f"Note: {one_line(note)}")


def _write(text: str) -> None:
    """Text to stdout as UTF-8, whatever the locale says, so that quotes of a mail arrive as they are."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode("utf-8", "backslashreplace"))
    buffer.flush()


# --- many mails: batch, patterns, journal -----------------------------------------------------------------------------

cli_batch.register(app)


# --- the page ---------------------------------------------------------------------------------------------------------


@app.command()
def ui(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The first port to try.")] = 8501,
    address: Annotated[str, typer.Option("--address", help="A loopback address; others are refused.")] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Open the page in a browser, on this machine only."""
    from feedback_nlp.ui import open_page

    raise typer.Exit(open_page(port=port, address=address, browser=not no_browser, say=_note))


# --- for developers ---------------------------------------------------------------------------------------------------


@app.command()
def train(
    data: Annotated[Path, typer.Option("--data", help="A folder with corpus/*.jsonl.")] = Path("data"),
    models: Annotated[Path, typer.Option("--models", help="Where the trained files go.")] = Path("models"),
    encoder: Annotated[bool, typer.Option("--encoder", help="Train the networks too (about an hour).")] = False,
    quiet: Quiet = False,
) -> None:
    """Train the models from labelled mails. The same data give the same models."""
    if not data.is_dir():
        raise UsageError(f"{data} is not a folder of labelled mails: run this in a checkout, or give --data")
    from feedback_nlp.training.train import main as train_models

    card = train_models(data, models, encoder=encoder, progress=(lambda line: None) if quiet else _note)
    _write(f"{models / 'card.json'}: {card['data']['mails']} mails, {len(card['files'])} files\n")


@app.command()
def evaluate(
    files: Annotated[list[Path] | None, typer.Argument(help="Labelled mails, .jsonl or folders. [data/blind]")] = None,
    floors: Annotated[Path, typer.Option("--floors", help="Figures that must not sink.")] = Path("data/floors.json"),
    update: Annotated[bool, typer.Option("--update", help="Pin the figures of this run.")] = False,
    lower: Annotated[bool, typer.Option("--lower", help="With --update: allow a floor to sink.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="With --lower: why.")] = "",
    models: Models = None,
    baseline: Annotated[str, typer.Option("--baseline", help="Measure a yardstick instead: cues or tfidf.")] = "",
    data: Annotated[Path, typer.Option("--data", help="The folder that the tfidf baseline learns from.")] = Path(
        "data"
    ),
) -> None:
    """Measure the program on labelled mails; exit 1 when a figure is below its floor."""
    if lower and not reason:
        raise UsageError("--lower needs a --reason, which is kept in the file")
    paths = files or [Path("data/blind")]
    missing = next((path for path in paths if not path.exists()), None)
    if missing is not None:
        raise UsageError(f"{missing} does not exist: give a .jsonl file of labelled mails")
    from feedback_nlp.training.evaluate import main as measure

    if baseline:
        from feedback_nlp.training.baselines import make

        measure(paths, make(baseline, data), say=lambda part: _write(part + "\n"))
        return
    from feedback_nlp.analyzer import load

    analyzer = load(models)
    held = measure(
        paths,
        analyzer,
        floors=floors,
        models=analyzer.models if update else None,
        update=update,
        lower=lower,
        reason=reason,
        say=lambda part: _write(part + "\n"),
    )
    raise typer.Exit(0 if held else FAILED)


if __name__ == "__main__":
    main()
