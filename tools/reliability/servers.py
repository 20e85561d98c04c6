"""PostgreSQL: sessions cut, the server restarted, a database that may only be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import sqlalchemy as sa

from tools.reliability.databases import Postgres
from tools.reliability.trials import Bench, Trial, unexpected

MOMENTS = (
    ("rows written", 12), ("stage storing 2021-02", 1), ("stage rule M-01", 1), ("after INSERT INTO finding", 1),
    ("before commit", 6),
)  # fmt: skip


def all_of_them(bench: Bench) -> Iterator[Trial]:
    """While storing records, before storing, while judging, while storing findings, before a commit."""
    server = bench.databases
    assert isinstance(server, Postgres)
    ways: dict[str, Callable[[], None]] = {
        "pg_terminate_backend": server.cut,
        "restart (fast)": partial(server.restart, "fast"),
        "restart (immediate)": partial(server.restart, "immediate"),
    }
    for way, act in ways.items():
        for label, nth in MOMENTS:
            url = server.copy(bench.base)
            hit = bench.run(url, at=_once(label, nth, act))
            trial = bench.trial(f"server: {way}", f"{label} ({nth})" if nth > 1 else label, hit)
            trial.wrong += unexpected(hit)
            trial.note = "the run went on: it held no session open" if hit.code == 0 else ""
            server.ensure_running()
            trial.wrong += unexpected(bench.run(url))
            yield bench.judge(trial, url)
    url = server.copy(bench.base)
    name = sa.make_url(url).database
    server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    hit = bench.run(url)
    trial = bench.trial("read-only", "default_transaction_read_only", hit)
    trial.wrong += unexpected(hit) + ([] if hit.code == 3 else [f"exit code {hit.code}, expected 3"])
    server.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    bench.run(url)
    yield bench.judge(trial, url)


def _once(label: str, nth: int, act: Callable[[], None]) -> Callable[[str], None]:
    seen: Counter[str] = Counter()

    def at(reached: str) -> None:
        seen[reached] += 1
        if reached == label and seen[reached] == nth:
            act()

    return at
