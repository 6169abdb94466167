"""Measure the batch: ratios within one run, as JSON and as a table.

    python benchmarks/batch.py                 a few minutes on 2 cores
    python benchmarks/batch.py --mails 20000   the whole mailbox with the models
    python benchmarks/batch.py --part memory   one part only

The parts: `floor` (the batch against merely decoding the same mailbox with the same reader), `repeats` (the same where
wordings come again, with and without a memory of them), `memory` (1,000 against
100,000 mails), `workers` (one process against two), `dask` (overhead an item), `survive` (a mailbox whose run is killed
twice, resumed, and exported in four forms), `survive_models` (the same with the models, on --mails mails).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import null_reader
from mailboxes import write_mbox, write_repeats

from feedback_nlp import batch
from feedback_nlp.analyzer import load
from feedback_nlp.export import Form, export
from feedback_nlp.mail import scan
from feedback_nlp.store import Store
from feedback_nlp.triage import triage

Result = dict[str, Any]
CHILD = "import batch, sys; batch.child(sys.argv[1:])"


def seconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """How long `work` takes."""
    began = clock()
    work()
    return clock() - began


def cpu_seconds(work: Callable[[], object]) -> float:
    """The processor time of `work` in this process: a busy machine does not change it much."""
    return seconds(work, time.process_time)


def run(mailbox: Path, store: Path, **options: Any) -> batch.Summary:
    """A batch run into a store of its own."""
    with Store.open(store) as opened:
        return batch.run([mailbox], opened, **options)


def floor(folder: Path, mails: int) -> Result:
    """Decoding alone, the batch around it, and the batch with the models, in processor time."""
    mailbox = write_mbox(folder / "floor.mbox", mails)
    analyzer = load(threads=1)
    options: Result = {"jobs": 0, "advice": False}
    warm = write_mbox(folder / "warm.mbox", 10, seed=9)
    run(warm, folder / "warm.sqlite", analyzer_factory=lambda: analyzer, **options)
    decode = cpu_seconds(lambda: [raw.read() for raw in scan(mailbox)])  # type: ignore[union-attr]
    null = cpu_seconds(lambda: run(mailbox, folder / "null.sqlite", analyzer_factory=null_reader.load, **options))
    models = cpu_seconds(lambda: run(mailbox, folder / "m.sqlite", analyzer_factory=lambda: analyzer, **options))
    return {
        "mails": mails,
        "decode_ms": 1000 * decode / mails,
        "batch_without_models_ms": 1000 * null / mails,
        "batch_ms": 1000 * models / mails,
        "batch_to_decode": models / decode,
        "machinery_to_decode": null / decode,
    }


def repeats(folder: Path, mails: int) -> Result:
    """The batch with and without a memory of wordings, where a share of the mails repeats an earlier wording."""
    found: Result = {"mails": mails}
    plain, remembering = load(threads=1), load(threads=1, repeats=1_000)
    warm = write_mbox(folder / "warm.mbox", 10, seed=9)
    for name, analyzer in (("plain", plain), ("remembering", remembering)):
        run(warm, folder / f"warm-{name}.sqlite", analyzer_factory=lambda analyzer=analyzer: analyzer, jobs=0)
    for share in (0, 30, 60, 90):
        mailbox = write_repeats(folder / f"{share}.mbox", mails, share)
        decode = cpu_seconds(lambda mailbox=mailbox: [raw.read() for raw in scan(mailbox)])  # type: ignore[misc,union-attr]
        found[f"decode_ms_{share}"] = 1000 * decode / mails
        for name, analyzer in (("plain", plain), ("remembering", remembering)):
            took = cpu_seconds(
                lambda mailbox=mailbox, analyzer=analyzer, store=folder / f"{share}-{name}.sqlite": run(  # type: ignore[misc]
                    mailbox, store, analyzer_factory=lambda: analyzer, jobs=0, advice=False
                )
            )
            found[f"{name}_to_decode_{share}"] = took / decode
    return found


def child(arguments: list[str]) -> None:
    """In a process of its own, so that its memory is its own: run, and print the peak of memory in MB."""
    import resource

    factory = partial(load, threads=1, repeats=1_000) if "models" in arguments[2:] else null_reader.load
    run(Path(arguments[0]), Path(arguments[1]), analyzer_factory=factory, jobs=0)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def memory(folder: Path, _: int) -> Result:
    """The peak of memory for 1,000 and for 100,000 mails, with a reader that does nothing: the flow alone."""
    peaks = {}
    for count in (1_000, 100_000):
        mailbox = write_mbox(folder / f"{count}.mbox", count)
        command = [sys.executable, "-c", CHILD, str(mailbox), str(folder / f"{count}.sqlite")]
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
        peaks[count] = float(done.stdout)
    return {"mb_1000": peaks[1_000], "mb_100000": peaks[100_000], "growth": peaks[100_000] / peaks[1_000]}


def workers(folder: Path, mails: int) -> Result:
    """Mails a second with one and with two worker processes, their start left out."""
    rates = {}
    for jobs in (1, 2):
        mailbox = write_mbox(folder / f"w{jobs}.mbox", mails, seed=jobs)
        first: list[tuple[float, int]] = []

        def told(progress: batch.Progress, first: list[tuple[float, int]] = first) -> None:
            if progress.analyzed:
                first.append((progress.seconds, progress.analyzed))

        factory = partial(load, threads=1)
        run(mailbox, folder / f"w{jobs}.sqlite", analyzer_factory=factory, jobs=jobs, advice=False, progress=told)
        (began, before), (ended, after) = first[0], first[-1]
        rates[jobs] = (after - before) / (ended - began)
    return {"rate_1": rates[1], "rate_2": rates[2], "gain": rates[2] / rates[1], "cores": os.cpu_count()}


def dask(folder: Path, _: int) -> Result:
    """What a mail costs more on a cluster of one worker on this machine than in one worker process."""
    from distributed import LocalCluster

    count = 5_000
    mailbox = write_mbox(folder / "dask.mbox", count)
    options: Result = {"analyzer_factory": null_reader.load}
    alone = run(mailbox, folder / "alone.sqlite", jobs=1, **options).seconds
    with LocalCluster(n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as local:
        where = batch.Cluster(local.scheduler_address)
        on_dask = run(mailbox, folder / "dask.sqlite", scheduler=where, **options).seconds
    return {
        "alone_ms": 1000 * alone / count,
        "dask_ms": 1000 * on_dask / count,
        "more_ms": 1000 * (on_dask - alone) / count,
    }


def survive(folder: Path, _: int) -> Result:
    """20,000 mails; the run is killed twice, resumed, exported in four forms. The counts must agree."""
    return _survived(folder, 20_000, [], null_reader.load)


def survive_models(folder: Path, mails: int) -> Result:
    """The same with the models."""
    return _survived(folder, mails, ["models"], partial(load, threads=1, repeats=1_000))


def _survived(folder: Path, count: int, given: list[str], factory: Callable[[], Any]) -> Result:
    mailbox, where = write_mbox(folder / "survive.mbox", count), folder / "survive.sqlite"
    kept = []
    for wanted in (count * 3 // 20, count * 11 // 20):
        command = [sys.executable, "-c", CHILD, str(mailbox), str(where), *given]
        program = subprocess.Popen(command, cwd=Path(__file__).parent)
        while not where.exists() or _items(where) < wanted:
            time.sleep(0.05)
        program.send_signal(signal.SIGKILL)
        program.wait()
        kept.append(_items(where))
    with Store.open(where) as store:
        summary = batch.run([mailbox], store, analyzer_factory=factory, jobs=0)
        joined = seconds(lambda: triage(store))
        rows = {form.value: export(store, folder / f"out.{form}").total for form in Form}
    agree = summary.complete and summary.counts.seen == count and set(rows.values()) == {summary.counts.items}
    again = summary.analyzed == count - kept[-1]
    return {"kept_after_kills": kept, "rows": rows, "triage_s": joined, "counts_agree": agree, "none_twice": again}


def _items(where: Path) -> int:
    import sqlite3

    try:
        with sqlite3.connect(where) as connection:
            return int(connection.execute("SELECT count(*) FROM items").fetchone()[0])
    except sqlite3.Error:
        return 0


PARTS: dict[str, Callable[[Path, int], Result]] = {
    "floor": floor,
    "repeats": repeats,
    "memory": memory,
    "workers": workers,
    "dask": dask,
    "survive": survive,
    "survive_models": survive_models,
}


def main() -> None:
    """Measure, write JSON to stdout or a file, and a table to stderr."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=500, help="mails for the parts that load the models")
    parser.add_argument("--part", choices=[*PARTS], action="append")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    results: Result = {"machine": machine}
    for name in given.part or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            results[name] = PARTS[name](Path(folder), given.mails)
        for key, value in results[name].items():
            print(
                f"{name:<9}{key:<26}{value:.3f}" if isinstance(value, float) else f"{name:<9}{key:<26}{value}",
                file=sys.stderr,
            )
    text = json.dumps(results, indent=2) + "\n"
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
