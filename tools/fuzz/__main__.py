"""``python -m tools.fuzz [TARGET...] [--runs N] [--seed S]``: damaged input for every reader and parser of intake, and
for every route of the console.

Each target runs in processes of their own, a part at a time: one that ends its process is told with its seed, and the
others go on. Prints the figures by target; exit code 1 where a promise was broken.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from tools.fuzz import console
from tools.fuzz.files import FILES
from tools.fuzz.parsers import PARSERS
from tools.fuzz.run import Found, confine, run

LONG = {
    "numbers": 300_000, "dates": 200_000, "texts": 250_000, "choices": 100_000, "columns": 20_000, "headers": 50_000,
    "names": 150_000, "covers": 40_000, "rulebooks": 10_000, "xlsx": 4_000, "xls": 600, "ods": 600, "csv": 4_000,
    "json": 3_000, "mislabelled": 1_000, "console-sqlite": 15_000, "console-postgresql": 15_000,
}  # fmt: skip
_PARTS = {"parsers and headers": 2, "whole-file readers": 4, "requests to the console": 2}


def main() -> int:
    """Run, tell, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*LONG, []], metavar="TARGET", help=", ".join(LONG))
    parser.add_argument("--runs", type=int, help="executions of each target (default: the long run's)")
    parser.add_argument("--seed", default="1", help="the same seed gives the same inputs")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    given = parser.parse_args()
    broken = 0
    sums: Counter[str] = Counter()
    print("target              executions  seconds  what came out")
    for name in given.targets or LONG:
        began = time.monotonic()
        found = _all(name, given.runs or LONG[name], given.seed, given.jobs)
        broken += len(found.broken)
        sums[_sort(name)] += found.runs
        said = ", ".join(f"{what} {n}" for what, n in found.said.most_common(8))
        print(f"{name:19} {found.runs:10}  {time.monotonic() - began:7.0f}  {said}", flush=True)
        for seed, error in found.broken[:5]:
            print(f"  seed {seed}:\n{error}", flush=True)
    print(f"{dict(sums)}: {broken} broken promises")
    return int(bool(broken))


def _sort(name: str) -> str:
    if name in console.DATABASES:
        return "requests to the console"
    return "parsers and headers" if name in PARSERS else "whole-file readers"


def _all(name: str, runs: int, seed: str, jobs: int) -> Found:
    """All parts of a target. A part whose process ended is counted as broken, with the seed of the part."""
    count, work = _PARTS[_sort(name)], console.run if name in console.DATABASES else run
    sizes = [runs // count + (i < runs % count) for i in range(count)]
    found = Found()
    for start in range(0, count, jobs):
        with ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), None if work is console.run else confine
        ) as pool:
            parts = {
                pool.submit(work, name, n, f"{seed}.{i}"): i for i, n in enumerate(sizes) if start <= i < start + jobs
            }
            for part in as_completed(parts):
                try:
                    one = part.result()
                except BrokenProcessPool:
                    one = Found(0, Counter(), [(f"{seed}.{parts[part]}", "the process was ended by its input\n")])
                found.runs += one.runs
                found.said += one.said
                found.broken += one.broken
    return found


if __name__ == "__main__":
    assert set(LONG) == set(PARSERS) | set(FILES) | set(console.DATABASES)
    sys.exit(main())
