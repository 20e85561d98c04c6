"""All faults, in groups that are tried each by itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from tools.reliability import beside, disks, inboxes, kills, servers, world
from tools.reliability.databases import Postgres, Sqlite
from tools.reliability.trials import Bench, Trial

Trials = Callable[[Bench], Iterator[Trial]]

SHORT: tuple[Trials, ...] = (kills.of_short_runs, beside.short, disks.short)
"""Few of them, for `make test`."""


def groups(kind: str) -> dict[str, Trials]:
    """Those for a kind of database (``sqlite``, ``postgresql``). The kills that the other begins with come last."""
    shares = (0, 2, 1, 3) if kind == "sqlite" else (1, 3, 0, 2)
    first, last = (
        {f"kill-load-{share}": partial(kills.of_loads, part=share) for share in some}
        | {f"kill-run-{share}": partial(kills.of_runs, part=share) for share in some}
        for some in (shares[:2], shares[2:])
    )
    server: dict[str, Trials] = {"disk": disks.of_postgres, "server": servers.all_of_them}
    return {
        **({"disk": disks.of_sqlite} if kind == "sqlite" else server),
        "clock": beside.clocks,
        "beside": beside.all_of_them,
        "inbox": inboxes.all_of_them,
        "kill-upgrade": kills.of_upgrades,
        "kill-export": kills.of_exports,
        **first,
        **last,
    }


def tried(
    folder: Path, kind: str, trials: Iterable[Trials], tell: Callable[[Trial], None]
) -> tuple[list[Trial], dict[str, int]]:
    """Try these on a kind of database: what came of them, and how many moments to kill at there are, by command."""
    made = world.make(folder / "world")
    home = Path(tempfile.mkdtemp(prefix="carpg"))  # a short path, for the server's socket
    databases = Sqlite(home) if kind == "sqlite" else Postgres(home)
    try:
        bench = Bench.prepared(databases, made, folder / "scratch")
        done = []
        for trial in chain.from_iterable(some(bench) for some in trials):
            tell(trial)
            done.append(trial)
        return done, bench.points
    finally:
        databases.close()
        shutil.rmtree(home, ignore_errors=True)
