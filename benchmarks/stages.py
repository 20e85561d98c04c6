"""What a run costs, stage by stage: ``python -m benchmarks.stages WORLD [--database URL]``.

Runs the main job in this process on a world that ``carmonitor simulate`` wrote, and takes the time and the peak of
memory of each stage from the steps that the job itself reports. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import defaultdict
from contextlib import suppress
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from carmonitor import pipeline
from carmonitor.dossier.mission import export_for
from carmonitor.settings import Settings
from carmonitor.store import database
from carmonitor.store import tables as t

AS_OF = date(2021, 3, 31)
PROVENANCE = "detector P-01"
STAGES = (  # what a step begins with, the stage it belongs to
    ("reading what is held", "evidence"),
    ("reading", "intake"),
    ("storing findings", "findings stored"),
    ("storing", "store"),
    ("rule", "rules"),
    (PROVENANCE, "provenance"),
    ("detector", "detectors"),
    ("ranking", "ranking"),
    ("opening cases", "cases"),
    ("export", "export"),
)


class Stopwatch:
    """A ``Progress`` that keeps the seconds and the peak of memory (bytes) of each step. ``end`` closes the last."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = defaultdict(float)
        self.peaks: dict[str, int] = defaultdict(int)
        self.step, self._since = "", time.perf_counter()
        _reset_peak()

    def __call__(self, what: str, _done: int = 0, _total: int = 1) -> None:
        now = time.perf_counter()
        if self.step:
            self.steps[self.step] += now - self._since
            self.peaks[self.step] = max(self.peaks[self.step], peak())
        self.step, self._since = what, now
        _reset_peak()

    def end(self) -> None:
        """Close the last step."""
        self("")

    def stages(self) -> dict[str, tuple[float, int]]:
        """Stage → seconds, peak of memory in bytes; in the order of STAGES."""
        found: dict[str, tuple[float, int]] = {}
        for _, stage in STAGES:
            steps = [step for step in self.steps if stage_of(step) == stage]
            if steps:
                found[stage] = (sum(self.steps[s] for s in steps), max(self.peaks[s] for s in steps))
        return found


def stage_of(step: str) -> str:
    """The stage a step belongs to; its own name where none is known."""
    return next((stage for begins, stage in STAGES if step.startswith(begins)), step)


def _reset_peak() -> None:
    with suppress(OSError):  # a system that does not allow it: then peaks only ever rise
        Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """The peak of this process's memory since it was last reset, in bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def settings_for(database_url: str) -> Settings:
    """The settings of every measurement: duties from the first day of the worlds on."""
    return Settings(database_url=database_url, monitoring_from=date(2020, 1, 1))


def _size(connection: sa.Connection, file: Path) -> int:
    """What the database takes on disk, in bytes."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
    return file.stat().st_size


def main() -> None:
    """Load the registers, run, export; print stages and totals as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("--database", default="", help="default: a new SQLite file beside the world")
    parser.add_argument("--export", type=Path, help="also write the mission's files there")
    parser.add_argument("--as-of", type=date.fromisoformat, default=AS_OF)
    arguments = parser.parse_args()
    file = arguments.world.with_suffix(".db")
    if not arguments.database:
        for old in file.parent.glob(file.name + "*"):
            old.unlink()
    settings = settings_for(arguments.database or f"sqlite:///{file}")
    watch = Stopwatch()
    with database.ensure(settings.database_url) as store:
        pipeline.ingest([arguments.world / "registers"], store, actor="benchmark", sender="registers")
        began = time.perf_counter()
        job = pipeline.run(
            arguments.world / "inbox", store, settings, as_of=arguments.as_of, actor="benchmark", progress=watch
        )
        total = time.perf_counter() - began
        if arguments.export:
            watch("export")
            export_for(store, settings, arguments.export, as_of=arguments.as_of)
        watch.end()
        with store.read() as connection:
            purchases = connection.execute(sa.select(sa.func.count()).select_from(t.RECORDS["purchase"])).scalar_one()
            size = _size(connection, file)
    told = {
        "purchases": purchases,
        "intake": job.intake.counts(),
        "findings": job.judged.counts(),
        "digest": job.judged.digest,
        "seconds": total,
        "peak": max(watch.peaks.values()),
        "database": size,
        "stages": watch.stages(),
        "steps": watch.steps,
        "peaks": watch.peaks,
    }
    json.dump(told, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
