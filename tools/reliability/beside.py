"""Several at once: two runs, a run beside reviewers, a run beside an export. And clocks that are put back."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carmonitor import ingestion, pipeline
from carmonitor.cases import workflow
from carmonitor.store import database, journal, tables
from tools.reliability import child
from tools.reliability.fingerprint import fingerprint
from tools.reliability.trials import Bench, Trial, unexpected

REVIEWERS = ("ana", "bruno", "chantal")


def all_of_them(bench: Bench) -> Iterator[Trial]:
    """Each with the database as it must be afterwards."""
    for number in range(3):
        yield _two_runs(bench, number * 0.7)
    yield _overtaken(bench)
    yield _reviewers(bench)
    yield _export(bench)
    yield _two_loads(bench)


def short(bench: Bench) -> Iterator[Trial]:
    """One of them."""
    yield _two_runs(bench, 0)


def _two_runs(bench: Bench, apart: float) -> Trial:
    url = bench.databases.copy(bench.base)
    one = bench.start(url)
    time.sleep(apart)
    ends = [running.wait() for running in (bench.start(url), one)]
    trial = bench.trial("at once", f"two runs, {apart:g} s apart", next((e for e in ends if e.code == 3), None))
    trial.wrong += [fault for ended in ends for fault in unexpected(ended)]
    return bench.judge(trial, url)


def _overtaken(bench: Bench) -> Trial:
    """A run that has judged waits; another takes in more and is stored; the first one must not undo that."""
    url = bench.databases.copy(bench.base)
    go = bench.scratch / "go"
    go.unlink(missing_ok=True)
    waiting = bench.scratch / "waiting"
    waiting.unlink(missing_ok=True)

    def at(label: str) -> None:
        if label == "stage storing findings":
            waiting.touch()
            _until(go)

    slow = bench.start(url, bench.world.early, at=at)
    _until(waiting)
    fast = bench.run(url)
    go.touch()
    ended = slow.wait()
    trial = bench.trial("at once", "a run is overtaken by one that knows more", ended)
    trial.wrong += unexpected(fast) + unexpected(ended)
    trial.wrong += [] if ended.code == 3 else [f"exit code {ended.code}, expected 3"]
    return bench.judge(trial, url)


def _until(path: Path, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.02)


def _reviewers(bench: Bench) -> Trial:
    """Three people assign, comment, decide and reopen the same cases while the run goes; each act is kept, once."""
    url = bench.databases.copy(bench.base)
    bench.run(url)
    stop = bench.scratch / "stop"
    stop.unlink(missing_ok=True)
    at_work = [child.start(database=url, work=lambda n=name: _review(url, n, stop)) for name in REVIEWERS]
    hit = child.run("run", "--inbox", str(bench.world.inbox), "--as-of", "2021-05-11", "--quiet", database=url)
    stop.touch()
    ends = [running.wait() for running in at_work]
    calm = bench.databases.copy(bench.base)
    bench.run(calm)
    child.run("run", "--inbox", str(bench.world.inbox), "--as-of", "2021-05-11", "--quiet", database=calm)
    trial = bench.trial("at once", "a run and three reviewers deciding on the same cases", hit)
    trial.wrong += [f for ended in (hit, *ends) for f in unexpected(ended)]
    done = Counter({name: int(ended.out or 0) for name, ended in zip(REVIEWERS, ends, strict=True)})
    with database.open_store(url) as store, store.read() as connection:
        written = Counter(e.actor for e in journal.entries(connection) if e.actor in REVIEWERS)
    trial.wrong += [] if written == done else [f"acts done {dict(done)}, in the journal {dict(written)}"]
    trial.note = f"{sum(done.values())} acts"
    return bench.judge(trial, url, fingerprint(calm), whole=False)


def _review(url: str, name: str, stop: Path) -> int:
    """Act until told to stop; says how many acts the database accepted."""
    done = 0
    with database.open_store(url) as store:
        with store.read() as connection:
            cases = sorted(connection.execute(sa.select(tables.review_case.c.case_id)).scalars())
        acts: list[Callable[[sa.Connection, str, datetime], Any]] = [
            lambda c, case, at: workflow.assign(c, case, to=name, actor=name, at=at),
            lambda c, case, at: workflow.comment(c, case, text=f"{name} looked", actor=name, at=at),
            lambda c, case, at: workflow.decide(c, case, outcome="explained", reason="seen", actor=name, at=at),
            lambda c, case, at: workflow.reopen(c, case, reason="again", actor=name, at=at),
        ]
        turn = 0
        while cases and not stop.exists():
            turn += 1
            try:
                with store.write() as connection:
                    acts[turn % 4](connection, cases[turn // 4 % len(cases)], datetime.now(UTC))
                done += 1
            except workflow.CaseError:  # another was first: said, and nothing written
                continue
            time.sleep(0.01)
    print(done)
    return 0


def _export(bench: Bench) -> Trial:
    url = bench.databases.copy(bench.base)
    out = bench.scratch / "beside"
    exporting = child.start("export", "--out", str(out), database=url)
    hit = bench.run(url)
    again = child.start("export", "--out", str(out), database=url).wait()
    ends = [hit, exporting.wait(), again]
    trial = bench.trial("at once", "a run beside an export", hit)
    trial.wrong += [fault for ended in ends for fault in unexpected(ended)]
    trial.wrong += [f"exit code {ended.code} of an export" for ended in ends[1:] if ended.code]
    for dossier in out.glob("*.zip"):
        checked = child.run("export", "verify", str(dossier), "--format", "json", database=url)
        trial.wrong += [f"{dossier.name}: {f}" for f in json.loads(checked.out)["faults"]]
    return bench.judge(trial, url)


def _two_loads(bench: Bench) -> Trial:
    url = bench.databases.blank()
    child.run("db", "upgrade", database=url)
    running = [child.start("registers", "load", str(bench.world.registers), "--quiet", database=url) for _ in range(3)]
    trial = bench.trial("at once", "three loads of the same registers")
    trial.wrong += [fault for one in running for fault in unexpected(one.wait())]
    return bench.judge(trial, url, bench.loaded)


def clocks(bench: Bench) -> Iterator[Trial]:
    """The clock of the second run stands 40 days before that of the first, or years ahead and then right again."""
    url = bench.databases.copy(bench.base)
    hit = bench.run(url, first=lambda: _clock(timedelta(days=-40)))
    yield bench.judge(bench.trial("clock", "put back 40 days between two runs", hit), url)
    url = bench.databases.copy(bench.base)
    ahead = bench.run(url, bench.world.early, first=lambda: _clock(timedelta(days=4000)))
    trial = bench.trial("clock", "years ahead in one run of three, then right again", ahead)
    trial.wrong += unexpected(ahead) + unexpected(bench.run(url))
    yield bench.judge(trial, url, whole=False)


def _clock(shift: timedelta) -> None:
    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + shift

    pipeline.datetime = Shifted  # type: ignore[misc]
    ingestion.datetime = Shifted  # type: ignore[misc]
