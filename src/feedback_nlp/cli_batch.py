"""The commands over many mails: ``batch``, ``patterns`` and ``journal``. `register` adds them to the program.

Results go to stdout or to the file that was named, progress and notes to stderr. Everything heavy is imported inside a
command.
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from feedback_nlp.errors import StoreError, UsageError

if TYPE_CHECKING:
    from feedback_nlp.batch import Cluster, Progress, Summary
    from feedback_nlp.patterns import Patterns
    from feedback_nlp.store import Store

FAILED, SOME_REFUSED, INTERRUPTED = 1, 3, 130
REMEMBERED = 1_000  # wordings that a worker keeps the reading of
SHOWN_REFUSED = 10  # reasons that are shown on the terminal; the export has them all
STORE_ENDINGS = (".sqlite", ".db", ".sqlite3")

journal = typer.Typer(
    name="journal",
    help="What is kept from earlier runs with --journal: list, export, delete.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StoreOption = Annotated[
    str, typer.Option("--store", metavar="PATH|URL", help="Where results are kept; default: beside OUT.")
]
JournalOption = Annotated[bool, typer.Option("--journal", help="Keep the results in your journal.")]
RedactOption = Annotated[bool, typer.Option("--redact", help="Export without names, addresses, numbers and links.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command()(batch)
    app.command()(patterns)
    app.add_typer(journal)


def batch(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, folders or archives; - is stdin.")],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="OUT.jsonl, .csv, .xlsx or .parquet.")
    ] = None,
    store: StoreOption = "",
    keep: JournalOption = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an earlier run (also without this).")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the results of earlier runs first.")] = False,
    retry: Annotated[bool, typer.Option("--retry-failed", help="Try mails again that failed before.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Read again what another model has read.")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="A report, .html or .md.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=0, help="Worker processes; 0: in this process.")] = 1,
    column: Annotated[str, typer.Option("--column", help="The column of a table that holds the text.")] = "",
    no_advice: Annotated[bool, typer.Option("--no-advice", help="Only what the mails say.")] = False,
    time_limit: Annotated[float, typer.Option("--time-limit", min=0.1, help="Seconds of work for one mail.")] = 30.0,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 when some mails could not be read.")] = False,
    redact: RedactOption = False,
    models: Annotated[Path | None, typer.Option("--models", help="A folder of trained models.")] = None,
    scheduler: Annotated[str, typer.Option("--scheduler", help="A dask scheduler, tls://HOST:PORT.")] = "",
    tls_cert: Annotated[Path | None, typer.Option("--tls-cert", help="Certificate for the scheduler.")] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key.")] = None,
    tls_ca: Annotated[Path | None, typer.Option("--tls-ca-file", help="Who signed it; default: itself.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Plain tcp to another machine: others may read the mails and run code.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Read whole mailboxes. Goes on where an earlier run stopped; one bad mail never stops the rest.

    Examples: feedback-nlp batch mail.mbox -o out.xlsx · feedback-nlp batch Takeout.zip -o out.jsonl --report out.html
    """
    from feedback_nlp import batch as many
    from feedback_nlp.analyzer import load
    from feedback_nlp.store import Store

    _check_outputs(out, report, redact)
    engine = many.engine_name(models)
    where = _where(out, report, store, keep)
    if fresh and (store or keep):
        raise UsageError("--fresh would delete more than this run: delete the store or the journal yourself first")
    with Store.open(where) as opened:
        _prepare(opened, fresh=fresh, retry=retry, again=again, engine=engine, quiet=quiet)
        meter = _Meter(quiet)
        try:
            summary = many.run(
                paths,
                opened,
                analyzer_factory=partial(load, models, threads=1 if jobs or scheduler else None, repeats=REMEMBERED),
                jobs=jobs,
                scheduler=_cluster(scheduler, tls_cert, tls_key, tls_ca, insecure, models),
                progress=meter.show,
                time_limit=time_limit,
                column=column or None,
                advice=not no_advice,
                engine=engine,
                skip=[path for path in (out, report) if path is not None],
            )
        except KeyboardInterrupt:
            meter.end()
            _say_go_on(opened)
            raise typer.Exit(INTERRUPTED) from None
        except StoreError:
            meter.end()
            raise
        meter.end()
        _deliver(opened, summary, out, report, redact=redact, quiet=quiet)
        raise typer.Exit(SOME_REFUSED if strict and (summary.counts.refused or summary.counts.failed) else 0)


def patterns(
    results: Annotated[str, typer.Argument(metavar="[STORE | OUT]", help="A store, or the OUT of a batch.")] = "",
    keep: Annotated[bool, typer.Option("--journal", help="Over your journal.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="A report, .html or .md.")] = None,
) -> None:
    """What comes back again and again over many mails, and which offers of feedback are still open.

    Example: feedback-nlp patterns out.xlsx
    """
    import json

    from feedback_nlp.patterns import find_patterns, to_dict, to_text
    from feedback_nlp.report import shown
    from feedback_nlp.store import Store

    if bool(results) == keep:
        raise UsageError("name the OUT of a batch or a store, or give --journal")
    _check_outputs(None, report, False, needed=False)
    with Store.open(None if keep else _store_of(results), create=False) as opened:
        found = find_patterns(opened)
        if report is not None:
            _write_report(opened, None, found, report)
        if as_json:
            _out(json.dumps(to_dict(found), ensure_ascii=True, indent=2) + "\n")
        else:
            _out(shown(to_text(found, _today())))


# --- the journal ------------------------------------------------------------------------------------------------------


@journal.command("list")
def list_journal() -> None:
    """The mails of the journal, one a line: key, day, what it is, company, subject."""
    from feedback_nlp.report import one_line

    with _journal() as opened:
        for item in opened.items(packed=False):
            company = str(item.facts.get("company", "")) or "-"
            what = item.tag or item.status
            _out(f"{item.key[:8]}  {item.sent[:10] or '-':<10}  {what:<10}  {one_line(company)[:30]:<30}  ")
            _out(f"{one_line(item.subject or item.reason)[:80]}\n")


@journal.command("export")
def export_journal(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="OUT.jsonl, .csv, .xlsx or .parquet.")],
    redact: RedactOption = False,
) -> None:
    """Everything in the journal as a file. JSONL loses nothing."""
    from feedback_nlp.export import export, form_of
    from feedback_nlp.patterns import find_patterns, summary_lines

    form_of(out)
    with _journal() as opened:
        found = find_patterns(opened)
        done = export(opened, out, redacted=redact, joined=found.triage.joined, summary=summary_lines(found))
        _note(f"{out}: {done.total} mails")


@journal.command("delete")
def delete_journal(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete the journal, so that none of its words stays on the disk."""
    from feedback_nlp.store import journal_path

    path = journal_path()
    if not path.exists():
        _note(f"{path}: there is no journal.")
        return
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("this deletes the journal for good: say so with --yes")
        typer.confirm(f"Delete {path} for good?", abort=True, err=True)
    with _journal() as opened:
        opened.clear()
        files = opened.files
    for each in files:
        each.unlink(missing_ok=True)
    _note(f"{path}: deleted.")


def _journal() -> Store:
    from feedback_nlp.store import Store, journal_path

    if not journal_path().exists():
        raise StoreError("there is no journal yet: 'feedback-nlp batch PATH --journal' begins one")
    return Store.open(create=False)


# --- parts of batch ---------------------------------------------------------------------------------------------------


def _check_outputs(out: Path | None, report: Path | None, redact: bool, *, needed: bool = True) -> None:
    """Refuse what cannot end well before hours of work."""
    from feedback_nlp.export import form_of

    if out is not None:
        form_of(out)
    if report is not None and report.suffix.lower() not in (".html", ".htm", ".md"):
        raise UsageError(f"{report}: the name of a report must end in .html or .md")
    if redact and out is None and needed:
        raise UsageError("--redact works on an export: give -o OUT too")
    if redact and report is not None:
        raise UsageError("a report quotes the mails and is not redacted: leave out --report or --redact")
    for path in (out, report):
        if path is not None and not path.parent.is_dir():
            raise UsageError(f"{path.parent} is not a folder: make it first, or choose another place")


def _where(out: Path | None, report: Path | None, store: str, keep: bool) -> str | Path | None:
    if store and keep:
        raise UsageError("give either --store or --journal")
    if store or keep:
        return store or None
    beside = out or report
    if beside is None:
        raise UsageError("where shall the results go? Give -o OUT.xlsx (or .jsonl, .csv, .parquet), or --journal")
    return _beside(beside)


def _beside(out: Path) -> Path:
    """The store of an output: ``mails.sqlite`` beside ``mails.xlsx``."""
    return out.with_suffix(".sqlite")


def _store_of(results: str) -> str | Path:
    if "://" in results or results.endswith(STORE_ENDINGS):
        return results
    return _beside(Path(results))


def _prepare(opened: Store, *, fresh: bool, retry: bool, again: bool, engine: str, quiet: bool) -> None:
    if fresh:
        opened.clear()
    gone = opened.forget(failed=retry, other_engine=engine if again else None)
    kept = opened.counts().items
    if quiet or fresh:
        return
    if kept or gone:
        _note(
            f"{opened.where}: {kept} mails are there from earlier runs and are not read again (--fresh forgets them)."
        )
    if not again and any(run.engine not in ("", engine) for run in opened.runs()):
        _note("Some of them were read by another version or model: --again reads those anew.")


def _cluster(
    address: str, cert: Path | None, key: Path | None, ca: Path | None, insecure: bool, models: Path | None
) -> Cluster | None:
    from feedback_nlp.batch import Cluster, engine_name

    if not address:
        if cert or key or ca or insecure:
            raise UsageError("--tls-cert, --tls-key, --tls-ca-file and --insecure belong to --scheduler")
        return None
    return Cluster(address, cert, key, ca or cert, insecure, partial(engine_name, models))


def _deliver(
    opened: Store, summary: Summary, out: Path | None, report: Path | None, *, redact: bool, quiet: bool
) -> None:
    """Export, report, and say what was done."""
    from feedback_nlp.export import export
    from feedback_nlp.patterns import find_patterns, summary_lines

    found = find_patterns(opened, summary.run)
    if out is not None:
        lines = summary_lines(found)
        export(opened, out, run=summary.run, redacted=redact, joined=found.triage.joined, summary=lines)
    if report is not None:
        _write_report(opened, summary.run, found, report)
    if not quiet:
        _say_summary(opened, summary, [path for path in (out, report) if path])


def _write_report(opened: Store, run: int | None, found: Patterns, path: Path) -> None:
    from feedback_nlp.html_report import write_html, write_markdown

    write = write_markdown if path.suffix.lower() == ".md" else write_html
    write(opened, found, path, run=run, today=_today())


def _say_summary(opened: Store, summary: Summary, files: Sequence[Path]) -> None:
    from feedback_nlp.patterns import refused_items
    from feedback_nlp.report import one_line

    counts, tags = summary.counts, summary.counts.tags
    _note(
        f"{counts.seen} mails: {counts.read} read ({', '.join(f'{number} {tag}' for tag, number in tags.items())}), "
        f"{counts.refused} refused, {counts.failed} failed, {counts.duplicates} copies. "
        f"{summary.analyzed} analyzed now in {summary.seconds:.1f} s."
    )
    if counts.unsure:
        _note(f"{counts.unsure} unsure or in another language: please read them yourself.")
    for number, item in enumerate(refused_items(opened, summary.run)):
        if number == SHOWN_REFUSED:
            _note(f"  … and {counts.refused + counts.failed - number} more; the export names them all.")
            break
        _note(f"  {one_line(item.source.path)} [{item.source.index}]: {one_line(item.reason)}")
    for path in files:
        _note(f"Written: {path}")
    _note(f"Kept in: {opened.where}")


def _say_go_on(opened: Store) -> None:
    arguments = [argument for argument in sys.argv[1:] if argument not in ("--fresh", "--resume")]
    command = shlex.join(["feedback-nlp", *arguments, "--resume"])
    _note(f"\nInterrupted after {opened.counts().items} mails; nothing is lost. Go on with:\n  {command}")


class _Meter:
    """Progress on stderr: one line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._last = time.monotonic()
        self._shown = False

    def show(self, progress: Progress) -> None:
        """Show how far the run is."""
        if self._quiet or not (self._terminal or time.monotonic() - self._last > 10):
            return
        self._last = time.monotonic()
        left = progress.seconds_left
        words = [f"{progress.seen} mails", f"{progress.rate:.0f}/s"]
        words += [f"{progress.fraction:.0%}"] if progress.fraction else []
        words += [f"{_duration(left)} left"] if left is not None else []
        words += [f"{progress.refused + progress.failed} not read"] if progress.refused + progress.failed else []
        line = " · ".join(words)
        sys.stderr.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        sys.stderr.flush()
        self._shown = self._terminal

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            self._shown = False


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _today() -> Any:
    from datetime import datetime

    return datetime.now().astimezone().date()


def _note(line: str) -> None:
    typer.echo(line, err=True)


def _out(text: str) -> None:
    """Text to stdout as UTF-8, whatever the locale says."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        buffer.write(text.encode("utf-8", "backslashreplace"))
        buffer.flush()
