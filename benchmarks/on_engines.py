"""One run on an engine: ``python -m benchmarks.on_engines WORLD FILE.sqlite3 ENGINE [--kill SECONDS ...]``.

Runs the main job from CSV to cases, killing that worker of a local Dask cluster that has worked most at each of these
moments, and adds a JSON line to standard output: what was found, and the most memory that all processes took together.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import sqlalchemy as sa

from benchmarks.stages import AS_OF, Stopwatch, settings_for
from carmonitor import engines, pipeline
from carmonitor.store import database
from carmonitor.store import tables as t


class Watcher(threading.Thread):
    """Looks at all processes of the run twice a second: their memory together, and whom to kill next."""

    def __init__(self, kills: list[float], watch: Stopwatch) -> None:
        super().__init__(daemon=True)
        self.left, self.watch = sorted(kills), watch
        self.killed: list[tuple[int, str]] = []
        self.peak, self.done, self.since = 0, threading.Event(), time.perf_counter()

    def run(self) -> None:
        """Until ``done``."""
        while not self.done.wait(0.5):
            every = [psutil.Process(), *psutil.Process().children(recursive=True)]
            self.peak = max(self.peak, sum(_told(p, lambda p: p.memory_info().rss) for p in every))
            passed = time.perf_counter() - self.since
            workers = [p for p in every if _told(p, lambda p: "dask worker" in " ".join(p.cmdline()))]
            if self.left and passed > self.left[0] and workers:
                max(workers, key=lambda p: _told(p, lambda p: p.cpu_times().user)).kill()
                self.killed.append((round(passed), self.watch.step))
                self.left.pop(0)


def _told(process: psutil.Process, ask: Callable[[psutil.Process], float]) -> float:
    """What a process says, 0 where it is gone."""
    try:
        return ask(process)
    except psutil.Error:
        return 0


def main() -> None:
    """Run once and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("file", type=Path, help="a new SQLite file")
    parser.add_argument("engine")
    parser.add_argument("--kill", type=float, nargs="*", default=[])
    arguments = parser.parse_args()
    settings = settings_for(f"sqlite:///{arguments.file}")
    watch = Stopwatch()
    watcher = Watcher(arguments.kill, watch)
    with database.ensure(settings.database_url) as store:
        pipeline.ingest([arguments.world / "registers"], store, actor="benchmark", sender="registers")
        watcher.since = time.perf_counter()
        watcher.start()
        with engines.opened(arguments.engine) as engine:
            job = pipeline.run(
                arguments.world / "inbox",
                store,
                settings,
                as_of=AS_OF,
                actor="benchmark",
                progress=watch,
                engine=engine,
            )
        seconds = time.perf_counter() - watcher.since
        with store.read() as connection:
            purchases = connection.execute(sa.select(sa.func.count()).select_from(t.RECORDS["purchase"])).scalar_one()
    watch.end()
    watcher.done.set()
    coverage = hashlib.sha256(repr(sorted(map(repr, job.judged.coverage))).encode()).hexdigest()
    told = {
        "purchases": purchases,
        "engine": arguments.engine,
        "killed": watcher.killed,
        "seconds": seconds,
        "digest": job.judged.digest,
        "findings": len(job.judged.findings),
        "coverage": coverage,
        "peak": watcher.peak,
    }
    print(json.dumps(told), file=sys.stdout)


if __name__ == "__main__":
    main()
