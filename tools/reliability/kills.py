"""kill -9 at every stage, then the same command again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

from tools.reliability import child
from tools.reliability.child import Point
from tools.reliability.fingerprint import fingerprint
from tools.reliability.trials import Bench, Trial, unexpected

Tell = Callable[[str], None]


def of_runs(bench: Bench) -> Iterator[Trial]:
    """Kill the run at each of its moments."""
    for point in points(bench.trace):
        yield _killed(bench, point)


def _killed(bench: Bench, point: Point) -> Trial:
    url = bench.databases.copy(bench.base)
    hit = bench.run(url, stop=point)
    trial = bench.trial("kill -9 during `run`", str(point))
    trial.wrong += [] if hit.killed else [f"was not killed: {hit.code}"]
    trial.wrong += unexpected(bench.run(url))
    return bench.judge(trial, url)


def of_short_runs(bench: Bench) -> Iterator[Trial]:
    """Three of the moments of :func:`of_runs`: while records, while findings are stored, and before the totals are."""
    commits = Counter(bench.trace)["before commit"]
    for point in (Point("rows written", 12), Point("after INSERT INTO journal"), Point("before commit", commits)):
        yield _killed(bench, point)


def points(trace: tuple[str, ...]) -> list[Point]:
    """Moments to stop at: every kind of stage, the last of each kind of statement, before and after every commit."""
    total = Counter(trace)
    chosen = [Point(label) for label in dict.fromkeys(trace) if re.match(r"stage (?!rule|detector [^P])", label)]
    families = {label[:12]: Point(label) for label in reversed(trace) if label.startswith("stage rule ")}
    chosen += list(families.values())[::3]  # nothing is written while rules are applied
    chosen += [Point("rows written", n) for n in (1, total["rows written"] // 2, total["rows written"])]
    statements = [label for label in dict.fromkeys(trace) if re.match(r"after (INSERT|UPDATE|DELETE|COPY)", label)]
    chosen += [Point(s, total[s]) for s in statements if "rec_" not in s or "purchase" in s]
    for label in ("before commit", "after commit"):  # of each submission, of the findings, of the totals
        chosen += [Point(label, n) for n in range(1, total[label] + 1)]
    return chosen


def of_loads(bench: Bench) -> Iterator[Trial]:
    """Kill the making of the tables and the loading of registers, on a database that is new."""
    commands = {"db upgrade": ("db", "upgrade"), "registers load": ("registers", "load", str(bench.world.registers))}
    for name, at in (
        ("db upgrade", Point("before commit")),
        ("registers load", Point("before commit", 2)),
        ("registers load", Point("after INSERT INTO source", 3)),
        ("registers load", Point("after commit", 3)),
        ("registers load", Point("after INSERT INTO journal", 2)),
    ):
        url = bench.databases.blank()
        if name != "db upgrade":
            child.run("db", "upgrade", database=url)
        hit = child.run(*commands[name], database=url, stop=at)
        child.run("db", "upgrade", database=url)
        bench.load(url)
        trial = bench.trial(f"kill -9 during `{name}`", str(at))
        trial.wrong += [] if hit.killed else [f"was not killed: {hit.code} {hit.message}"]
        yield bench.judge(trial, url, bench.loaded)


def of_exports(bench: Bench) -> Iterator[Trial]:
    """Kill the export: the database is as it was, and no dossier stands there that is not whole."""
    url = bench.databases.copy(bench.base)
    bench.run(url)
    before = fingerprint(url)
    out = bench.scratch / "out"
    traced = child.run("export", "--out", str(out / "whole"), database=url, traced=True)
    stages = [label for label in dict.fromkeys(traced.trace) if label.startswith("stage ")]
    (whole,) = (out / "whole").glob("*.zip")
    for number, stage in enumerate(stages):
        here = out / str(number)
        hit = child.run("export", "--out", str(here), database=url, stop=Point(stage))
        trial = bench.trial("kill -9 during `export`", stage)
        trial.wrong += [] if hit.killed else [f"was not killed: {hit.code}"]
        trial.wrong += [f"half a dossier: {p.name}" for p in here.glob("*.zip")]
        child.run("export", "--out", str(here), database=url)
        trial.wrong += [] if [p.name for p in here.glob("*.zip")] == [whole.name] else ["no dossier after the second"]
        left = [p.name for p in here.glob(".*.part")] if here.exists() else []
        trial.note = "a hidden .part file is left beside the dossier" if left else ""
        yield bench.judge(trial, url, before)
