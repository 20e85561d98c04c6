"""The same sixteen rules in every engine, in one run: ``python -m benchmarks.side_by_side [--rows N …] [--bad P …]``.

All engines run in this process on the same seeded slips, each once on few rows first, then timed: the best of three, or
one run where an engine is slow. That all flag the same rows, and count the same where they count, is asserted. Prints a
table and writes build/bench/side_by_side.json.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import platform
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from benchmarks.sixteen.rules import RULES, Flagged
from benchmarks.stages import Stopwatch
from benchmarks.workload import Workload, workload

ENGINES = (
    "carmonitor_engine", "pandas_masks", "numpy_masks", "polars_expressions", "dataframely_schema", "duckdb_sql",
    "pandera_schema", "pandera_frame_checks", "pydantic_rows", "great_expectations_suite",
)  # fmt: skip
LIBRARIES = (
    "pandas",
    "numpy",
    "pyarrow",
    "polars",
    "dataframely",
    "duckdb",
    "pandera",
    "pydantic",
    "great_expectations",
)
WARM, REPEATS = 1_000, 3
OUT = Path("build/bench/side_by_side.json")


@dataclass(frozen=True)
class Timing:
    """What one engine needed. ``processor``: seconds of all cores; ``memory``: how far the peak rose, in bytes."""

    engine: str
    seconds: float
    processor: float
    memory: int
    counts: bool
    ratio: float = 0.0
    to_pandas: float = 0.0


class DisagreementError(AssertionError):
    """Two engines do not flag the same rows, or do not count the same."""


def timed(engine: ModuleType, work: Workload) -> tuple[Timing, Flagged]:
    """The best run of an engine, and what it flagged."""
    best: Timing | None = None
    for _ in range(1 if engine.SLOW else REPEATS):
        prepared = engine.prepare(work)
        gc.collect()
        watch, before = Stopwatch(), _resident()
        worked, began = time.process_time(), time.perf_counter()
        watch("run")
        flagged = engine.run(prepared)
        seconds, processor = time.perf_counter() - began, time.process_time() - worked
        watch.end()
        rose = max(watch.peaks["run"] - before, 0)
        if best is None or seconds < best.seconds:
            best = Timing(engine.NAME, seconds, processor, rose, flagged.counts is not None)
    assert best is not None
    return best, flagged


def _resident() -> int:
    """The memory this process holds now, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def agree(name: str, found: Flagged, first: Flagged) -> None:
    """Raises :class:`DisagreementError` unless both say the same of every rule."""
    for rule in RULES:
        if not np.array_equal(found.rows[rule], first.rows[rule]):
            odd = np.setxor1d(found.rows[rule], first.rows[rule])
            raise DisagreementError(f"{name}, {rule}: {len(odd)} rows are flagged by one engine only, first {odd[:5]}")
        if found.counts is None or first.counts is None:
            continue
        mine, theirs = found.counts[rule], first.counts[rule]
        numbers = [(c.passed, c.breached, c.not_evaluated) for c in (mine, theirs)]
        told = None in (mine.reasons, theirs.reasons) or mine.reasons == theirs.reasons
        if numbers[0] != numbers[1] or not told:
            raise DisagreementError(f"{name}, {rule}: counts {mine}, expected {theirs}")


def compared(rows: int, bad: float, breaks: int, engines: list[ModuleType]) -> dict[str, Any]:
    """One size and one share of bad rows, in every engine. Raises :class:`DisagreementError`."""
    work = workload(rows, bad, breaks=breaks)
    timings: list[Timing] = []
    first: Flagged | None = None
    for engine in engines:
        timing, flagged = timed(engine, work)
        first = first or flagged
        agree(engine.NAME, flagged, first)
        timings.append(timing)
        print(f"  {timing.engine:<22}{timing.seconds:9.2f} s", flush=True)
    assert first is not None
    flagged_rows = len(np.unique(np.concatenate([first.rows[rule] for rule in RULES])))
    return {
        "rows": rows,
        "bad_percent": bad,
        "breaks": breaks,
        "flagged": {rule: len(first.rows[rule]) for rule in RULES},
        "flagged_rows": flagged_rows,
        "timings": [asdict(timing) for timing in _with_ratios(timings)],
    }


def _with_ratios(timings: list[Timing]) -> list[Timing]:
    seconds = {timing.engine: timing.seconds for timing in timings}
    own, hand = seconds.get("carmonitor", 0.0), seconds.get("pandas by hand", 0.0)
    return [
        Timing(**asdict(t) | {"ratio": t.seconds / own if own else 0.0, "to_pandas": t.seconds / hand if hand else 0.0})
        for t in timings
    ]


def table(comparison: dict[str, Any]) -> str:
    """A comparison in plain text."""
    rows, bad = comparison["rows"], comparison["bad_percent"]
    lines = [
        f"{rows:,} slips, {bad:g} % bad: {comparison['flagged_rows']:,} rows flagged, the same in every engine",
        f"{'engine':<22}{'seconds':>9}{'processor':>11}{'memory MB':>11}{'x carmonitor':>14}{'x pandas':>10}  answer",
    ]
    for t in comparison["timings"]:
        answer = "rows and counts" if t["counts"] else "rows"
        lines.append(
            f"{t['engine']:<22}{t['seconds']:>9.2f}{t['processor']:>11.2f}{t['memory'] / 1e6:>11,.0f}"
            f"{t['ratio']:>14.2f}{t['to_pandas']:>10.2f}  {answer}"
        )
    return "\n".join(lines)


def main() -> None:
    """Compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--bad", type=float, nargs="+", default=[0, 2, 40], help="percent")
    parser.add_argument("--breaks", type=int, default=1, help="how many rules each bad row breaks")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=ENGINES)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    engines = [importlib.import_module(f"benchmarks.sixteen.{name}") for name in arguments.engines]
    small = workload(WARM, 40)
    for engine in engines:
        engine.run(engine.prepare(small))
    comparisons = []
    for rows in arguments.rows:
        for bad in arguments.bad:
            comparisons.append(compared(rows, bad, arguments.breaks, engines))
            print(table(comparisons[-1]), end="\n\n", flush=True)
    told = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in LIBRARIES},
        "comparisons": comparisons,
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
