"""kill -9 at every moment, then the same command again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tools.reliability import child
from tools.reliability.child import Point
from tools.reliability.fingerprint import Fingerprint, fingerprint
from tools.reliability.trials import Bench, Trial, unexpected

PARTS = 4
"""Into how many groups the moments of a command are dealt."""


def of_runs(bench: Bench, part: int) -> Iterator[Trial]:
    """Kill the run at each of its moments, or a share of them."""
    for point in _share(bench, "run", bench.trace, part):
        yield _killed(bench, point)


def of_short_runs(bench: Bench) -> Iterator[Trial]:
    """Two of them: while the last records of a return are stored, and while findings are."""
    total = Counter(bench.trace)
    for label in ("rows written", "after INSERT INTO review_case"):
        yield _killed(bench, Point(label, total[label]))


def _killed(bench: Bench, point: Point) -> Trial:
    url = bench.databases.copy(bench.base)
    hit = bench.run(url, stop=point)
    trial = bench.trial("kill -9 during `run`", str(point))
    trial.wrong += [] if hit.killed else [f"was not killed: {hit.code}"]
    trial.wrong += unexpected(bench.run(url))
    return _judged(bench, trial, url)


def _judged(bench: Bench, trial: Trial, url: str, wanted: Fingerprint | None = None) -> Trial:
    judged = bench.judge(trial, url, wanted)
    bench.databases.drop(url)
    return judged


def _share(bench: Bench, command: str, trace: Iterable[str], part: int) -> list[Point]:
    """One of PARTS shares of the moments."""
    every = points(trace)
    bench.points[command] = len(every)
    return every[part::PARTS]


def points(trace: Iterable[str]) -> list[Point]:
    """Every moment of a trace: each stage, after each statement that writes, before and after each commit."""
    seen: Counter[str] = Counter()
    found = []
    for label in trace:
        seen[label] += 1
        found.append(Point(label, seen[label]))
    return found


def of_upgrades(bench: Bench) -> Iterator[Trial]:
    """Kill the making of the tables at each moment, then make them and load the registers."""
    traced = child.run("db", "upgrade", database=bench.databases.blank(), traced=True)
    bench.points["db upgrade"] = len(traced.trace)
    for point in points(traced.trace):
        url = bench.databases.blank()
        hit = child.run("db", "upgrade", database=url, stop=point)
        trial = bench.trial("kill -9 during `db upgrade`", str(point))
        trial.wrong += [] if hit.killed else [f"was not killed: {hit.code} {hit.message}"]
        trial.wrong += unexpected(child.run("db", "upgrade", database=url)) + unexpected(bench.load(url))
        yield _judged(bench, trial, url, bench.loaded)


def of_loads(bench: Bench, part: int) -> Iterator[Trial]:
    """Kill the loading of registers at each moment, on a database that has none."""
    empty = bench.databases.blank()
    child.run("db", "upgrade", database=empty)
    traced = bench.load(bench.databases.copy(empty), traced=True)
    for point in _share(bench, "registers load", traced.trace, part):
        url = bench.databases.copy(empty)
        hit = bench.load(url, stop=point)
        trial = bench.trial("kill -9 during `registers load`", str(point))
        trial.wrong += [] if hit.killed else [f"was not killed: {hit.code} {hit.message}"]
        trial.wrong += unexpected(bench.load(url))
        yield _judged(bench, trial, url, bench.loaded)


def of_exports(bench: Bench) -> Iterator[Trial]:
    """Kill the export at each stage, half of them on each kind of database since it only reads that: it is as it was,
    and no dossier stands there that is not whole."""
    url = bench.databases.copy(bench.base)
    bench.run(url)
    before = fingerprint(url)
    out = bench.scratch / "out"
    traced = child.run("export", "--out", str(out / "whole"), database=url, traced=True)
    stages = [label for label in dict.fromkeys(traced.trace) if label.startswith("stage ")]
    (whole,) = (out / "whole").glob("*.zip")
    bench.points["export"] = len(stages)
    for number, stage in list(enumerate(stages))[bench.databases.kind != "SQLite" :: 2]:
        here: Path = out / str(number)
        hit = child.run("export", "--out", str(here), database=url, stop=Point(stage))
        trial = bench.trial("kill -9 during `export`", stage)
        trial.wrong += [] if hit.killed else [f"was not killed: {hit.code}"]
        trial.wrong += [f"half a dossier: {p.name}" for p in here.glob("*.zip")]
        child.run("export", "--out", str(here), database=url)
        trial.wrong += [] if [p.name for p in here.glob("*.zip")] == [whole.name] else ["no dossier after the second"]
        left = [p.name for p in here.glob(".*.part")] if here.exists() else []
        trial.note = "a hidden .part file is left beside the dossier" if left else ""
        yield bench.judge(trial, url, before)
