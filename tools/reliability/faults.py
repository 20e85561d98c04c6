"""All faults, on both databases."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.reliability import beside, disks, inboxes, kills, servers, world
from tools.reliability.databases import Postgres, Sqlite
from tools.reliability.trials import Bench, Trial

Trials = Callable[[Bench], Iterator[Trial]]

BOTH: dict[str, Trials] = {
    "clock": beside.clocks,
    "beside": beside.all_of_them,
    "inbox": inboxes.all_of_them,
    "kill load": kills.of_loads,
    "kill export": kills.of_exports,
    "kill run": kills.of_runs,
}
SHORT: dict[str, Trials] = {"kill": kills.of_short_runs, "beside": beside.overtaken}
"""Few of them, for `make test`."""
SQLITE: dict[str, Trials] = {"disk": disks.of_sqlite}
POSTGRES: dict[str, Trials] = {"server": servers.all_of_them, "disk": disks.of_postgres}


def try_all(
    folder: Path, kind: str, *, only: str = "", short: bool = False, tell: Callable[[Trial], None]
) -> list[Trial]:
    """Try those of a kind of database (``sqlite``, ``postgresql``) one after the other; ``only``: whose name begins so;
    ``short``: only SHORT."""
    made = world.make(folder / "world")
    home = Path(tempfile.mkdtemp(prefix="carpg"))  # a short path, for the server's socket
    databases = Sqlite(home) if kind == "sqlite" else Postgres(home)
    faults = SHORT if short else (SQLITE if kind == "sqlite" else POSTGRES) | BOTH
    try:
        bench = Bench.prepared(databases, made, folder / "scratch")
        tried = []
        for trials in (trials for name, trials in faults.items() if name.startswith(only)):
            for trial in trials(bench):
                tell(trial)
                tried.append(trial)
        return tried
    finally:
        databases.close()
        shutil.rmtree(home, ignore_errors=True)
