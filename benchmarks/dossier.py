"""What a dossier of thousands of cases costs: ``python -m benchmarks.dossier OUT``. Synthetic.

A world of so many purchases is simulated, taken in and judged once (kept below OUT); then its dossier is written,
and the seconds of each stage told, by the clock and of the processor. ``--database``: a SQLite file that is there;
a copy of it is used.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.world import PER_SCALE, SEED
from carmonitor import pipeline
from carmonitor.dossier.mission import export_for
from carmonitor.settings import Settings
from carmonitor.store import database

AS_OF = date(2021, 3, 31)
MADE_AT = datetime(2021, 4, 1, tzinfo=UTC)


class Watch:
    """Progress that adds up seconds per stage: by the clock and of the processor."""

    def __init__(self) -> None:
        self.stages: dict[str, list[float]] = {}
        self._now, self._stage = (time.perf_counter(), time.process_time()), ""

    def __call__(self, what: str, _done: int, _total: int) -> None:
        """Close the stage before when another begins."""
        now = time.perf_counter(), time.process_time()
        if what == self._stage:
            return
        if self._stage:
            spent = self.stages.setdefault(self._stage, [0.0, 0.0])
            for number in (0, 1):
                spent[number] += now[number] - self._now[number]
        self._now, self._stage = now, what


def prepared(out: Path, purchases: int) -> str:
    """The address of a database with a judged world of so many purchases, made once."""
    file, world = out / f"{purchases}.sqlite3", out / f"world_{purchases}"
    if not file.is_file():
        scale = f"{purchases / PER_SCALE:.3f}"
        command = [sys.executable, "-m", "carmonitor.cli", "simulate", "--seed", str(SEED), "--months", "12"]
        subprocess.run([*command, "--scale", scale, "--out", str(world), "--quiet", "--force"], check=True)
        settings = Settings(database_url=f"sqlite:///{file}", monitoring_from=date(2020, 1, 1))
        with database.ensure(settings.database_url) as store:
            pipeline.ingest([world / "registers"], store, actor="benchmark", sender="registers")
            pipeline.run(world / "inbox", store, settings, as_of=AS_OF, actor="benchmark")
    return f"sqlite:///{file}"


def copied(file: Path, out: Path) -> str:
    """The address of a copy of a database, brought up to date."""
    copy = out / f"copy_{file.name}"
    if not copy.is_file():
        shutil.copyfile(file, copy)
    database.upgrade(f"sqlite:///{copy}")
    return f"sqlite:///{copy}"


def main() -> None:
    """Write the dossier and print what it cost as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--purchases", type=int, default=240_000, help="about 5,000 cases")
    parser.add_argument("--database", type=Path, help="a SQLite file that is there")
    parser.add_argument("--redact", action="store_true")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    address = copied(given.database, given.out) if given.database else prepared(given.out, given.purchases)
    watch = Watch()
    with database.open_store(address) as store:
        began = time.perf_counter(), time.process_time()
        (path,) = export_for(
            store, Settings(database_url=address), given.out, redact=given.redact, made_at=MADE_AT, progress=watch
        )
        spent = time.perf_counter() - began[0], time.process_time() - began[1]
        watch("", 0, 0)
        with store.read() as connection:
            cases = connection.exec_driver_sql("SELECT count(*) FROM review_case").scalar_one()
    told = {
        "cases": cases,
        "bytes": path.stat().st_size,
        "seconds": {"clock": round(spent[0], 2), "processor": round(spent[1], 2)},
        "stages": {name: [round(s, 2) for s in seconds] for name, seconds in watch.stages.items()},
    }
    json.dump(told, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
