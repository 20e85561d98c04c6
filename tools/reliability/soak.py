"""A simulated year and more arriving day by day, with faults, on one kind of database.

Two long-lived processes do the same jobs: what arrived is taken in on its day, and judged every second week. One is
left alone. The other is stopped dead in many of its jobs and begun again; a PostgreSQL server is restarted beneath it
as well. In the end both databases must be the same, row by row, and a third one, fed in order and judged once, must
come to the same result.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from carmonitor import pipeline
from carmonitor.settings import Settings
from carmonitor.store import database
from tools.reliability import accounts, arrivals, child, world
from tools.reliability.arrivals import Delivery
from tools.reliability.databases import Postgres, Sqlite
from tools.reliability.fingerprint import fingerprint, unsound
from tools.reliability.service import GoneError, Service

STRUCK = 0.4
"""Share of the struck service's jobs that are cut off."""
JUDGED_EVERY = 14
YEAR = 366
QUIET = 8
"""Judgements at the end, with nothing new: what grows then, leaks."""
MONTHS, SCALE = 44, "0.02"
"""Of the simulated world: more than there is time for."""


@dataclass
class Soak:
    """What was done and measured. ``samples``: of the service that was left alone, after each judgement."""

    database: str
    seed: int
    first: str = ""
    last: str = ""
    days: int = 0
    deliveries: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    jobs: int = 0
    judgements: int = 0
    killed: int = 0
    restarts: int = 0
    seconds: float = 0
    processor_seconds: float = 0
    quiet: int = 0
    samples: list[tuple[float, int, int]] = field(default_factory=list)
    size_mb: list[float] = field(default_factory=list)
    year: dict[str, Any] = field(default_factory=dict)
    outcome: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def soak(folder: Path, kind: str, *, minutes: float, seed: int, days: int = YEAR, tell: Callable[[str], None]) -> Soak:
    """Live through at least ``days`` and at least about ``minutes``; ``kind``: ``sqlite`` or ``postgresql``."""
    home = Path(tempfile.mkdtemp(prefix="carpg"))
    databases = Sqlite(home) if kind == "sqlite" else Postgres(home)
    try:
        return _Year(folder, databases, seed, tell).live(minutes * 60, days)
    finally:
        databases.close()
        shutil.rmtree(home, ignore_errors=True)


class _Year:
    def __init__(self, folder: Path, databases: Sqlite | Postgres, seed: int, tell: Callable[[str], None]) -> None:
        made = folder / "world"
        world.simulated(made, seed=seed, months=MONTHS, scale=SCALE, fraud=world.FRAUD)
        self._end = date.fromisoformat(json.loads((made / "world.json").read_text())["as_of"])
        self._plan = arrivals.planned(made, seed)
        self._chance = random.Random(seed)
        self._tell = tell
        self._databases = databases
        self._folder = folder
        self._inbox = folder / "inbox"
        self._inbox.mkdir()
        self._calm, self._struck = (Service(self._inbox, self._new()) for _ in range(2))
        self._arrived: dict[Delivery, accounts.State] = {}
        self._refused: set[str] = set()
        self.done = Soak(databases.kind, seed)

    def _new(self) -> str:
        url = self._databases.blank()
        child.run("db", "upgrade", database=url)
        return url

    def live(self, seconds: float, days: int) -> Soak:
        """Day after day until both are over, and then some judgements more with nothing new."""
        began, done = time.monotonic(), self.done
        first = day = self._plan[0].day
        while True:
            self._live_through(day)
            done.days = (day - first).days + 1
            if done.days == days:
                done.year = self._digests()
            spent = time.monotonic() - began
            if day >= self._end or (done.days >= days and spent >= seconds * 0.9):
                break
            day += timedelta(days=1)
        done.first, done.last = str(first), str(day)
        done.deliveries, done.faults = len(self._arrived), arrivals.faults(self._arrived)
        self._both(day, judge=True)
        while done.quiet < QUIET or time.monotonic() - began < seconds:
            self._both(day, judge=True, strike=False)
            done.quiet += 1
        self._finish(day)
        done.seconds = round(time.monotonic() - began)
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        done.processor_seconds = round(sum(u.ru_utime + u.ru_stime for u in used))
        return done

    def _live_through(self, day: date) -> None:
        due = [d for d in self._plan if d.day <= day and d not in self._arrived]
        for d in due:
            self._arrived[d] = accounts.state(arrivals.deliver(d, self._inbox))
        judge = day.toordinal() % JUDGED_EVERY == 0
        if not due and not judge:
            return
        self._both(day, judge=judge)
        if judge:
            self.done.size_mb.append(round(self._databases.size_mb(self._calm.url), 2))
        if judge and self.done.judgements % 10 == 0:
            found = [f for service in (self._calm, self._struck) for f in unsound(service.url)]
            found += fingerprint(self._calm.url).differences(fingerprint(self._struck.url))
            self.done.problems += [f"{day}: {fault}" for fault in found]
            self._tell(f"{self._databases.kind} {day}: {self.done.jobs} jobs, {self.done.killed} killed, {found}")

    def _both(self, day: date, *, judge: bool, strike: bool = True) -> None:
        """The job of a day, by both services."""
        did = self._calm.do(day, judge=judge)
        if did.failed:
            self._problem(f"{day}: {did.failed}")
        self.done.jobs += 1
        self.done.judgements += judge
        if judge:
            self.done.samples.append((did.memory_mb, did.files, did.threads))
        while strike and self._chance.random() < STRUCK:
            self._strike(day, judge=judge)
        again = self._struck.do(day, judge=judge)
        if again.failed:
            self._problem(f"{day}, after it was struck: {again.failed}")
        if again.refused != did.refused:
            self._problem(f"{day}: refused {again.refused}, the other service {did.refused}")
        self._refused.update(did.refused)

    def _strike(self, day: date, *, judge: bool) -> None:
        """Begin the job, and cut it off at a moment of chance."""
        self._struck.begin(day, judge=judge)
        time.sleep(self._chance.uniform(0.0, 5.0 if judge else 0.5))
        if isinstance(self._databases, Postgres) and self._chance.random() < 0.3:
            self._databases.restart(self._chance.choice(["fast", "immediate"]))
            self.done.restarts += 1
            try:
                self._struck.end()
            except GoneError as gone:
                self._problem(f"{day}: the service ended with the server: {gone}")
            return
        self._struck.kill()
        self.done.killed += 1

    def _problem(self, text: str) -> None:
        self.done.problems.append(text)
        self._tell(f"{self._databases.kind} PROBLEM {text}")

    def _digests(self) -> dict[str, Any]:
        found = {name: fingerprint(s.url) for name, s in (("calm", self._calm), ("struck", self._struck))}
        return {name: [p.evidence[:16], p.result[:16]] for name, p in found.items()}

    def _finish(self, day: date) -> None:
        done = self.done
        told = [self._calm.stop(), self._struck.stop()]
        done.problems += [
            f"a service said at its end: {text}" for text in told if "rror" in text and "read" not in text
        ]
        fresh = self._new()
        _fed_in_order(self._folder / "again", fresh, list(self._arrived), day)
        urls = {"calm": self._calm.url, "struck": self._struck.url, "fresh": fresh}
        done.outcome = accounts.outcome(self._inbox, urls, self._arrived, self._refused)
        done.outcome["size_mb"] = {name: round(self._databases.size_mb(url), 2) for name, url in urls.items()}
        done.problems += accounts.problems(done.outcome) + accounts.growth(done.samples[-done.quiet :])


def _fed_in_order(inbox: Path, url: str, arrived: Sequence[Delivery], last: date) -> None:
    """A database fed with each submission as it came, by one process without a break, and judged once."""

    def work() -> int:
        settings = Settings(monitoring_from=date(2021, 1, 1), jobs=1)
        inbox.mkdir()
        with database.ensure(url) as store:
            for d in arrived:
                pipeline.ingest([arrivals.deliver(d, inbox)], store, actor="awa")
            pipeline.monitor(store, settings, as_of=last, actor="awa")
        return 0

    ended = child.run(database=url, few=True, work=work)
    if ended.code:
        raise RuntimeError(f"the undisturbed database was not made: {ended.err[-2000:]}")
