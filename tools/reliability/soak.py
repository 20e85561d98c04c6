"""A simulated year arriving day by day, with faults, on SQLite.

Once in a new process a day that is often killed, once in one process that lives all year. In the end both must hold
what a database holds that was fed in order and undisturbed.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carmonitor import pipeline
from carmonitor.settings import Settings
from carmonitor.store import database, tables
from tools.reliability import arrivals, child, world
from tools.reliability.arrivals import Delivery
from tools.reliability.fingerprint import fingerprint, unsound

KILLED, NOT_REPEATED = 0.25, 0.3
"""Shares: of the daily runs that are killed, and of those the ones that are not repeated before the next day."""
QUIET = 12
"""Runs after the year, with nothing new: what grows then, leaks."""


@dataclass
class Soak:
    """What was done and measured. Sizes in MB; samples of the long-lived process: (MB, open files, threads)."""

    seed: int
    months: int
    scale: str
    deliveries: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    days: int = 0
    runs: int = 0
    killed: int = 0
    skipped_days: int = 0
    seconds: float = 0
    peaks: list[float] = field(default_factory=list)
    samples: list[tuple[float, int, int]] = field(default_factory=list)
    database_mb: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    outcome: dict[str, Any] = field(default_factory=dict)


def soak(folder: Path, *, minutes: float, seed: int, months: int = 12, scale: str = "0.02", few: bool = True,
         tell: Callable[[str], None] = print) -> Soak:  # fmt: skip
    """Live through the year in at most about ``minutes`` (days are left out when it gets late; what came on
    them arrives together), then go on with nothing new until the minutes are over."""
    began = time.monotonic()
    chance = random.Random(seed)
    made = folder / "world"
    world.simulated(made, seed=seed, months=months, scale=scale)
    last = date.fromisoformat(json.loads((made / "world.json").read_text())["as_of"])
    plan = [d for d in arrivals.planned(made, seed) if d.day <= last]
    done = Soak(seed, months, scale, deliveries=len(plan), faults=arrivals.faults(plan))
    inbox = folder / "inbox"
    inbox.mkdir()
    urls = {name: f"sqlite:///{folder / name}.sqlite3" for name in ("daily", "lasting", "fresh")}
    first = plan[0].day
    lasting = _Lasting(inbox, urls["lasting"], few)
    states: dict[Delivery, tuple[frozenset[str], int]] = {}
    day = first
    while day <= last:
        for d in (d for d in plan if d.day <= day and d not in states):
            there = arrivals.deliver(d, inbox)
            states[d] = (arrivals.hashes(there), arrivals.rows(there))
        lasting.begin(day)
        _daily(done, inbox, urls["daily"], day, chance, few)
        done.samples.append(lasting.done())
        done.days += 1
        done.database_mb.append(round(_size(folder / "daily.sqlite3"), 2))
        if done.days % 20 == 0:
            done.problems += [f"{day}: {fault}" for url in (urls["daily"], urls["lasting"]) for fault in unsound(url)]
            tell(
                f"{day} after {time.monotonic() - began:.0f} s: {done.runs} runs, {done.killed} killed, {done.problems}"
            )
        step = _step(day, last, time.monotonic() - began, minutes * 60, done.days)
        done.skipped_days += step - 1
        day = min(day + timedelta(days=step), last) if day < last else last + timedelta(days=1)
    quiet = 0
    while quiet < QUIET or time.monotonic() - began < minutes * 60:
        lasting.begin(last)
        _daily(done, inbox, urls["daily"], last, chance, few, kill=False)
        done.samples.append(lasting.done())
        quiet += 1
    ended = lasting.end()
    if ended.code:
        done.problems.append(f"the long-lived process ended with {ended.code}: {ended.message}")
    _fresh(plan, inbox, urls["fresh"], last, few)
    final = child.run("run", "--inbox", str(inbox), "--as-of", str(last), database=urls["daily"], few=few)
    done.outcome = {"quiet": quiet, **_outcome(inbox, urls, states, final.err)}
    done.seconds = round(time.monotonic() - began)
    return done


def _step(day: date, last: date, spent: float, budget: float, days: int) -> int:
    """How many days on the next one is, so that the year ends in four fifths of the time."""
    left, per_day = (last - day).days, spent / days
    affordable = max(1.0, (budget * 0.8 - spent) / per_day)
    return max(1, round(left / affordable))


def _daily(
    done: Soak, inbox: Path, url: str, day: date, chance: random.Random, few: bool, *, kill: bool = True
) -> None:
    """The day's run in a process of its own; sometimes it is killed, and mostly begun again."""
    command = ("run", "--inbox", str(inbox), "--as-of", str(day), "--quiet")
    if kill and chance.random() < KILLED:
        running = child.start(*command, database=url, few=few)
        time.sleep(chance.uniform(0.05, 3.0))
        running.kill()
        done.runs += 1
        done.killed += running.wait().killed
        if chance.random() < NOT_REPEATED:
            return
    ended = child.run(*command, database=url, few=few)
    done.runs += 1
    done.peaks.append(round(ended.peak_mb, 1))
    if ended.code not in (0, 3) or "Traceback" in ended.err:
        done.problems.append(f"{day}: exit code {ended.code}, {ended.message}")


class _Lasting:
    """A process that lives all year and does the day's run when told."""

    def __init__(self, inbox: Path, url: str, few: bool) -> None:
        self._told, there = os.pipe()
        here, self._tell = os.pipe()
        ours = (self._told, self._tell)
        self._child = child.start(
            database=url,
            few=few,
            first=lambda: [os.close(end) for end in ours] and None,
            work=lambda: _live(inbox, url, here, there),
        )
        os.close(here)
        os.close(there)

    def begin(self, day: date) -> None:
        """Begin the day's run."""
        os.write(self._tell, f"{day}\n".encode())

    def done(self) -> tuple[float, int, int]:
        """Wait for the day's run; memory (MB), open files and threads after it."""
        said = b""
        while not said.endswith(b"\n"):
            part = os.read(self._told, 4096)
            if not part:
                raise RuntimeError(f"the long-lived process is gone: {self._child.wait()}")
            said += part
        megabytes, files, threads = json.loads(said)
        return megabytes, files, threads

    def end(self) -> child.Ended:
        """Let it go."""
        os.close(self._tell)
        ended = self._child.wait()
        os.close(self._told)
        return ended


def _live(inbox: Path, url: str, orders: int, answers: int) -> int:
    settings = Settings(monitoring_from=date(2021, 1, 1), database_url=url, jobs=1)
    with open(orders, encoding="ascii") as lines:
        for line in iter(lines.readline, ""):
            day = date.fromisoformat(line.strip())
            with database.ensure(url) as store:
                pipeline.run(inbox, store, settings, as_of=day)
            status = Path("/proc/self/status").read_text()
            held = int(status.split("VmRSS:")[1].split()[0]) / 1024
            threads = int(status.split("Threads:")[1].split()[0])
            sample = (round(held, 1), len(os.listdir("/proc/self/fd")) - 1, threads)
            os.write(answers, (json.dumps(sample) + "\n").encode())
    return 0


def _fresh(plan: Sequence[Delivery], inbox: Path, url: str, last: date, few: bool) -> None:
    """A database fed with what lies in the inbox in the end, in order of arrival, and judged once."""
    there = {d.name: d for d in plan}  # the last delivery of a name is what lies there
    ordered = sorted(there.values(), key=lambda d: (d.day, d.name))

    def work() -> int:
        settings = Settings(monitoring_from=date(2021, 1, 1), jobs=1)
        with database.ensure(url) as store:
            for d in ordered:
                pipeline.ingest([inbox / d.name], store, actor="awa")
            pipeline.monitor(store, settings, as_of=last, actor="awa")
        return 0

    ended = child.run(database=url, few=few, work=work)
    if ended.code:
        raise RuntimeError(f"the undisturbed database was not made: {ended.err[-2000:]}")


def _outcome(
    inbox: Path,
    urls: Mapping[str, str],
    states: Mapping[Delivery, tuple[frozenset[str], int]],
    messages: str,
) -> dict[str, Any]:
    """Digests, and whether every submission is accounted for."""
    prints = {name: fingerprint(url) for name, url in urls.items()}
    told: dict[str, Any] = {"problems": [f"{n}: {f}" for n, url in urls.items() for f in unsound(url)]}
    told["same evidence"] = len({p.evidence for p in prints.values()}) == 1
    told["same result"] = len({p.result for p in prints.values()}) == 1
    told["digests"] = {name: [p.evidence[:16], p.result[:16]] for name, p in prints.items()}
    told["rows"] = {name: dict(p.rows) for name, p in prints.items()}
    by_files = dict(states.values())
    for name in ("daily", "lasting"):
        told[name] = _accounted(urls[name], inbox, by_files, messages)
    told["size_mb"] = {name: round(_size(Path(url.removeprefix("sqlite:///"))), 2) for name, url in urls.items()}
    return told


def _accounted(
    url: str, inbox: Path, delivered: Mapping[frozenset[str], int], messages: str
) -> dict[str, int | list[str]]:
    """Every folder of the inbox: stored, or refused by a message; every stored row: counted in its file."""
    f, s = tables.received_file.c, tables.source.c
    files: dict[str, set[str]] = {}
    with database.open_store(url) as store, store.read() as connection:
        for submission, sha256, role in connection.execute(sa.select(f.submission_id, f.sha256, f.role)):
            if role != "metadata":
                files.setdefault(submission, set()).add(sha256)
        counted = sa.select(s.submission_id, sa.func.sum(s.rows_in)).group_by(s.submission_id)
        rows_in = {row[0]: row[1] for row in connection.execute(counted)}
    stored = {frozenset(hashes): submission for submission, hashes in files.items()}
    folders = sorted(unit for unit in inbox.iterdir())
    missing = [u.name for u in folders if arrivals.hashes(u) not in stored and f"{u.name}/" not in messages]
    wrong = [
        f"{submission}: {rows_in.get(submission, 0)} rows, delivered {delivered.get(hashes)}"
        for hashes, submission in stored.items()
        if rows_in.get(submission, 0) != delivered.get(hashes)
    ]
    return {
        "folders": len(folders),
        "stored folders": sum(arrivals.hashes(u) in stored for u in folders),
        "refused by a message": sum(arrivals.hashes(u) not in stored and f"{u.name}/" in messages for u in folders),
        "submissions": len(stored),
        "rows": sum(rows_in.values()),
        "unaccounted": missing,
        "rows wrong": wrong,
    }


def _size(path: Path) -> float:
    return sum(p.stat().st_size for p in path.parent.glob(f"{path.name}*")) / 1e6
