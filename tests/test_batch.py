"""The batch: everything is accounted for, nothing is read twice, and one bad mail never stops the rest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests import fake_mailbox as box

from feedback_nlp import batch
from feedback_nlp.errors import FeedbackNlpError, ModelError, StoreError, UsageError
from feedback_nlp.store import RunState, Status, Store
from feedback_nlp.workers import CPU_CLOCK


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "results.sqlite") as opened:
        yield opened


def run(paths: list[Path], store: Store, **options: object) -> batch.Summary:
    given: dict[str, object] = {"analyzer_factory": box.analyzer, "scan": box.scan, "jobs": 0} | options
    return batch.run(paths, store, **given)  # type: ignore[arg-type]


class Counting:
    """An analyzer that counts the mails that it is given."""

    def __init__(self) -> None:
        self.mails = 0

    def __call__(self) -> Counting:
        return self

    def analyze_all(self, messages, *, advice=True):
        self.mails += len(messages)
        return box.analyzer().analyze_all(messages, advice=advice)


def test_every_mail_is_accounted_for(tmp_path: Path, store: Store) -> None:
    """Read, refused, failed and duplicates add up to what was seen, and each bad one has its reason."""
    mails = [*box.mails(40), "REFUSE", "BREAK a secret of mine", "LOCKED", box.mails(1)[0]]
    summary = run([box.write(tmp_path / "a", mails)], store)
    counts = summary.counts
    assert (counts.seen, counts.read, counts.refused, counts.failed, counts.duplicates) == (44, 40, 2, 1, 1)
    assert summary.complete
    assert summary.finished
    reasons = {each.reason for each in store.items() if each.reason}
    assert {"there is no text to read", "you may not read this file"} < reasons
    assert not any("secret" in reason for reason in reasons)
    assert any("ValueError" in reason for reason in reasons)


def test_a_mail_in_another_language_is_left_to_the_person(tmp_path: Path, store: Store) -> None:
    """It is read and kept, and its row says why nobody should trust its labels."""
    path = tmp_path / "nein.txt"
    path.write_text("Guten Tag, leider haben wir uns für eine andere Bewerberin entschieden.", encoding="utf-8")
    batch.run([path], store, analyzer_factory=box.analyzer, jobs=0)
    item = next(store.items())
    assert item.status is Status.READ
    assert item.report["language"] == "German"
    assert item.reason == ("This mail seems to be in German, and only English is read well: please read it yourself.")


def test_second_run_analyzes_nothing(tmp_path: Path, store: Store) -> None:
    """The same call again reads the mailbox, finds all keys, and changes no count."""
    path = box.write(tmp_path / "a", [*box.mails(70), "BREAK", "LOCKED"])
    first = run([path], store)
    counting = Counting()
    second = run([path], store, analyzer_factory=counting)
    assert counting.mails == second.analyzed == 0
    assert second.counts == first.counts


def test_mail_in_two_files_is_read_once(tmp_path: Path, store: Store) -> None:
    """A copy in another file is a duplicate, and the store knows both places."""
    one, two = box.write(tmp_path / "a", box.mails(5)), box.write(tmp_path / "b", box.mails(7))
    counting = Counting()
    summary = run([one, two], store, analyzer_factory=counting)
    assert counting.mails == 7
    assert summary.counts.duplicates == 5
    assert [place.path for place in store.places(next(store.items()).key)] == [str(one), str(two)]


def test_export_of_a_run_leaves_out_other_paths(tmp_path: Path, store: Store) -> None:
    """One store may hold many runs; the items of a run are those under its paths, whoever read them."""
    one, two = box.write(tmp_path / "a", box.mails(5)), box.write(tmp_path / "b", box.mails(7))
    run([one], store)
    second = run([two], store)
    assert second.analyzed == 2
    assert len(list(store.items(run=second.run))) == second.counts.read == 7


def test_stop_and_go_on(tmp_path: Path, store: Store) -> None:
    """A stopped run says so; the next call reads the rest only."""
    path = box.write(tmp_path / "a", box.mails(100))
    asked = iter([False, False, True])
    summary = run([path], store, stop=lambda: next(asked))
    assert not summary.finished
    assert store.runs()[-1].state is RunState.INTERRUPTED
    assert summary.counts.read == 64
    rest = run([path], store)
    assert (rest.analyzed, rest.counts.read, rest.complete) == (36, 100, True)


class Unplugged(BaseException):
    """The power goes."""


def test_crash_between_two_writes_loses_nothing(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever write is the last one before the power goes, the next run ends with the same rows."""
    path = box.write(tmp_path / "a", [*box.mails(70), "REFUSE", "LOCKED", box.mails(1)[0]])
    with Store.open(tmp_path / "whole.sqlite") as whole:
        expected = run([path], whole).counts
    real, left = Store.record, 0

    def record(self, *given):
        nonlocal left
        if left == 0:
            raise Unplugged
        left -= 1
        return real(self, *given)

    crashes = 0
    for writes in range(20):
        left = writes
        monkeypatch.setattr(Store, "record", record)
        with Store.open(tmp_path / f"{writes}.sqlite") as broken:
            try:
                run([path], broken)
                break
            except Unplugged:
                crashes += 1
            monkeypatch.setattr(Store, "record", real)
            summary = run([path], broken)
            assert summary.counts == expected
            assert len({each.key for each in broken.items()}) == expected.items
    assert crashes >= 3


def test_full_disk_keeps_what_was_written(tmp_path: Path, store: Store) -> None:
    """A full disk ends the run with a reason and the way on; with room again the rest is read."""
    path = box.write(tmp_path / "a", box.mails(200))
    with store._write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 60}")
    with pytest.raises(StoreError, match=r"disk is full.*--resume"):
        run([path], store)
    kept = store.counts().read
    assert 0 < kept < 200
    store.close()
    with Store.open(store.where) as again:
        summary = run([path], again)
        assert (summary.analyzed, summary.counts.read) == (200 - kept, 200)


def test_resume_can_be_refused(tmp_path: Path, store: Store) -> None:
    """With resume=False a store with results is not touched."""
    path = box.write(tmp_path / "a", box.mails(3))
    run([path], store)
    with pytest.raises(UsageError, match="--resume"):
        run([path], store, resume=False)


def test_wrong_calls_are_named(tmp_path: Path, store: Store) -> None:
    """No path, a path that is not there, a negative number of jobs."""
    with pytest.raises(UsageError, match="does not exist"):
        run([tmp_path / "none"], store)
    with pytest.raises(UsageError, match="at least one"):
        run([], store)
    with pytest.raises(UsageError, match="--jobs"):
        run([box.write(tmp_path / "a", ["x"])], store, jobs=-1)


def test_progress_counts_up_to_everything(tmp_path: Path, store: Store) -> None:
    """The last word of the progress is the whole mailbox."""
    told: list[batch.Progress] = []
    run([box.write(tmp_path / "a", box.mails(90))], store, progress=told.append)
    assert (told[-1].seen, told[-1].analyzed) == (90, 90)
    assert told[-1].fraction is not None
    assert told[-1].fraction > 0.9
    assert told[-1].rate > 0


def test_what_was_known_does_not_hurry_the_clock() -> None:
    """After a stop the rate and the time left are those of the mails that are read now, not of those skipped."""
    going = batch.Progress(seen=600, known=500, analyzed=100, seconds=10.0, fraction=0.5)
    assert going.rate == 10.0
    assert going.seconds_left == 60.0
    assert batch.Progress(seen=500, known=500, seconds=2.0, fraction=0.4).seconds_left is None


def test_window_bounds_what_is_in_flight(tmp_path: Path, store: Store) -> None:
    """The mailbox is not read ahead of the readers."""
    read_ahead = 0

    def scan(path, *, column=None):
        nonlocal read_ahead
        for number, raw in enumerate(box.scan(path)):
            read_ahead = max(read_ahead, number - store.counts().items)
            yield raw

    run([box.write(tmp_path / "a", box.mails(300))], store, scan=scan)
    assert read_ahead <= 2 * batch.BATCH_MAILS


# --- worker processes -------------------------------------------------------------------------------------------------


def test_workers_find_what_this_process_finds(tmp_path: Path, store: Store) -> None:
    """Two worker processes give the same rows, in the same order."""
    path = box.write(tmp_path / "a", [*box.mails(100), "REFUSE", "BREAK"])
    run([path], store, jobs=2)
    with Store.open(tmp_path / "here.sqlite") as here:
        run([path], here)
        assert [(each.key, each.status, each.packed) for each in store.items()] == [
            (each.key, each.status, each.packed) for each in here.items()
        ]


def test_mail_that_kills_its_worker_is_named(tmp_path: Path, store: Store) -> None:
    """Of a batch with a killer in it, exactly the killer fails."""
    summary = run([box.write(tmp_path / "a", [*box.mails(20), "KILL", *box.mails(30)[20:]])], store, jobs=2)
    assert (summary.counts.read, summary.counts.failed) == (30, 1)
    (bad,) = store.items(status=Status.FAILED)
    assert bad.source.index == 20
    assert "died" in bad.reason
    assert summary.lost_workers == 3  # the batch, and the mail twice


def test_worker_that_is_killed_from_outside_costs_no_mail(tmp_path: Path, store: Store) -> None:
    """A mail whose worker was killed once is tried again."""
    mails = [f"KILL-ONCE {tmp_path / 'flag'}", *box.mails(10)]
    summary = run([box.write(tmp_path / "a", mails)], store, jobs=1)
    assert (summary.counts.read, summary.counts.failed) == (11, 0)


@pytest.mark.skipif(not CPU_CLOCK, reason="this system has no such clock")
def test_a_mail_that_never_ends_is_stopped_without_workers_too(store: Store, tmp_path: Path) -> None:
    """In this process the mail is interrupted and named, the others are read, and the clock is given back."""
    before = signal.getsignal(signal.SIGPROF)
    summary = run([box.write(tmp_path / "a", [*box.mails(5), "SPIN"])], store, jobs=0, time_limit=0.3)
    assert (summary.counts.read, summary.counts.failed, summary.complete) == (5, 1, True)
    assert [item.source.index for item in store.items(status=Status.FAILED)] == [5]
    assert (signal.getsignal(signal.SIGPROF), signal.getitimer(signal.ITIMER_PROF)) == (before, (0.0, 0.0))


@pytest.mark.parametrize("word", ["SPIN", "HANG"])
def test_mail_that_never_ends_is_cut_off(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    """The time limit ends a mail that works for ever, or waits for ever, and only that."""
    monkeypatch.setattr("feedback_nlp.workers.IDLE_FACTOR", 30 if word == "SPIN" else 4)
    mails = [*box.mails(5), word]
    summary = run([box.write(tmp_path / "a", mails)], store, jobs=1, time_limit=0.5)
    assert (summary.counts.read, summary.counts.failed) == (5, 1)
    (bad,) = store.items(status=Status.FAILED)
    assert "0.5 seconds" in bad.reason


@pytest.mark.parametrize(("factory", "words"), [(box.no_models, "card.json"), (box.dies_loading, "memory")])
def test_models_that_do_not_load_end_the_run(tmp_path: Path, store: Store, factory: object, words: str) -> None:
    """The reason is told once, instead of starting workers for ever."""
    with pytest.raises(ModelError, match=words):
        run([box.write(tmp_path / "a", box.mails(3))], store, jobs=2, analyzer_factory=factory)
    assert store.runs()[-1].state is RunState.INTERRUPTED


def test_workers_that_cannot_be_started_end_the_run(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No memory for another process is an error with advice, not a run that waits for ever."""

    def full() -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("feedback_nlp.workers._spawn", full)
    with pytest.raises(FeedbackNlpError, match="fewer --jobs"):
        run([box.write(tmp_path / "a", box.mails(3))], store, jobs=2)


INTERRUPTED = """
import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background begins with it ignored
from feedback_nlp import batch
from feedback_nlp.store import Store
from tests import fake_mailbox as box
batch.TELL_SECONDS = 0
with Store.open(Path(sys.argv[2])) as store:
    told = lambda progress: progress.analyzed and print(progress.analyzed, flush=True)
    batch.run([Path(sys.argv[1])], store, analyzer_factory=box.analyzer, scan=box.scan, jobs=1, progress=told)
"""


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_program_goes_on(tmp_path: Path, signal_: signal.Signals) -> None:
    """Ctrl-C or a kill in the middle: the rows are there, no worker stays, and the next run reads only the rest."""
    path = box.write(tmp_path / "a", [*box.mails(40), "HANG"])
    where = tmp_path / "results.sqlite"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    program = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(path), str(where)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    assert program.stdout is not None
    with program.stdout:
        program.stdout.readline()
        program.send_signal(signal_)
        assert program.wait(timeout=20) != 0
    box.write(path, box.mails(41))
    with Store.open(where) as store:
        state = RunState.INTERRUPTED if signal_ is signal.SIGINT else RunState.RUNNING
        assert store.runs()[-1].state is state
        before = store.counts().read
        assert before >= 32
        summary = run([path], store)
        assert (summary.analyzed, summary.counts.read) == (41 - before, 41)
