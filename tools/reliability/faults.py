"""All faults, on one kind of database; groups of them, so that what was tried need not be tried again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path

from tools.reliability import beside, disks, inboxes, kills, servers, world
from tools.reliability.databases import Postgres, Sqlite
from tools.reliability.trials import Bench, Trial

Trials = Callable[[Bench], Iterator[Trial]]

BOTH: dict[str, Trials] = {
    "clock": beside.clocks,
    "beside": beside.all_of_them,
    "inbox": inboxes.all_of_them,
    "kill upgrade": kills.of_upgrades,
    "kill load": kills.of_loads,
    "kill run": kills.of_runs,
    "kill export": kills.of_exports,
    "kill load (rest)": partial(kills.of_loads, rest=True),
    "kill run (rest)": partial(kills.of_runs, rest=True),
}
SQLITE: dict[str, Trials] = {"disk": disks.of_sqlite}
POSTGRES: dict[str, Trials] = {"server": servers.all_of_them, "disk": disks.of_postgres}
SHORT: dict[str, Trials] = {"kill": kills.of_short_runs, "beside": beside.short, "disk": disks.short}
"""Few of them, for `make test`."""


def try_all(
    folder: Path, kind: str, *, but: Collection[str] = (), short: bool = False, tell: Callable[[Trial], None]
) -> Iterator[tuple[str, list[Trial], dict[str, int]]]:
    """Try the groups for a kind of database (``sqlite``, ``postgresql``): name, trials, kill points by command.

    ``but``: not these groups; ``short``: only SHORT.
    """
    made = world.make(folder / "world")
    home = Path(tempfile.mkdtemp(prefix="carpg"))  # a short path, for the server's socket
    databases = Sqlite(home) if kind == "sqlite" else Postgres(home)
    try:
        bench = Bench.prepared(databases, made, folder / "scratch")
        for name, trials in (SHORT if short else (SQLITE if kind == "sqlite" else POSTGRES) | BOTH).items():
            if name not in but:
                tried = []
                for trial in trials(bench):
                    tell(trial)
                    tried.append(trial)
                yield name, tried, bench.points
    finally:
        databases.close()
        shutil.rmtree(home, ignore_errors=True)
