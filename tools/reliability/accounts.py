"""Whether every submission that arrived is accounted for, and what grew, at the end of a soak."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from carmonitor.store import database, tables
from tools.reliability import arrivals
from tools.reliability.arrivals import Delivery
from tools.reliability.fingerprint import fingerprint, unsound

State = tuple[frozenset[str], int]
"""Of a submission as it lay in the inbox: the hashes of its files but the cover, its rows."""

SLACK_MB = 8.0
"""What memory may differ by between two judgements of the same."""


def state(unit: Path) -> State:
    """As it lies there now."""
    return arrivals.hashes(unit), arrivals.rows(unit)


def outcome(
    inbox: Path, urls: Mapping[str, str], arrived: Mapping[Delivery, State], refused: Collection[str]
) -> dict[str, Any]:
    """Digests, differences, and the accounts; ``urls``: databases called calm, struck and fresh."""
    prints = {name: fingerprint(url) for name, url in urls.items()}
    return {
        "unsound": [f"{name}: {fault}" for name, url in urls.items() for fault in unsound(url)],
        "digests": {name: [p.evidence[:16], p.result[:16]] for name, p in prints.items()},
        "rows": {name: dict(p.rows) for name, p in prints.items()},
        "differences": prints["calm"].differences(prints["struck"]),
        "lost": prints["calm"].lost(prints["struck"]),
        "twice": prints["calm"].surplus(prints["struck"]),
        **{name: _accounted(urls[name], inbox, arrived, refused) for name in ("calm", "struck")},
    }


def problems(found: Mapping[str, Any]) -> list[str]:
    """What of an outcome should not be."""
    told = [*found["unsound"], *(f"the struck database differs: {d}" for d in found["differences"])]
    if len({tuple(d) for d in found["digests"].values()}) > 1:
        told.append(f"the digests differ: {found['digests']}")
    for name in ("calm", "struck"):
        told += [f"{name}: {what} {found[name][what]}" for what in ("unaccounted", "rows wrong") if found[name][what]]
    return told


def growth(samples: Sequence[tuple[float, int, int]]) -> list[str]:
    """What grew over judgements of the same: memory (MB), open files, threads."""
    (memory, files, threads), last = samples[0], samples[-1]
    told = [f"memory grew from {memory} to {last[0]} MB"] if last[0] > memory + SLACK_MB else []
    told += [f"open files grew from {files} to {last[1]}"] if last[1] > files else []
    return told + ([f"threads grew from {threads} to {last[2]}"] if last[2] > threads else [])


def _accounted(
    url: str, inbox: Path, arrived: Mapping[Delivery, State], refused: Collection[str]
) -> dict[str, int | list[str]]:
    """Every submission that came: stored, or refused by a message; every row of what is stored: counted in its file."""
    f, s = tables.received_file.c, tables.source.c
    files: dict[str, set[str]] = {}
    with database.open_store(url) as store, store.read() as connection:
        for submission, sha256, role in connection.execute(sa.select(f.submission_id, f.sha256, f.role)):
            if role != "metadata":
                files.setdefault(submission, set()).add(sha256)
        counted = sa.select(s.submission_id, sa.func.sum(s.rows_in)).group_by(s.submission_id)
        rows_in = {row[0]: int(row[1]) for row in connection.execute(counted)}
    stored = {frozenset(hashes): submission for submission, hashes in files.items()}
    delivered = dict(arrived.values())
    there = {unit.name for unit in inbox.iterdir()}
    known = {d for d, (hashes, _) in arrived.items() if hashes in stored}
    told = {d for d in arrived if d not in known and any(f"{d.name}/" in message for message in refused)}
    wrong = [
        f"{submission}: {rows_in.get(submission, 0)} rows, delivered {delivered.get(hashes)}"
        for hashes, submission in stored.items()
        if rows_in.get(submission, 0) != delivered.get(hashes)
    ]
    return {
        "arrived": len(arrived),
        "stored": len(known),
        "refused": len(told),
        "unaccounted": sorted(f"{d.name} of {d.day}" for d in arrived if d not in known | told),
        "vanished": sorted({d.name for d in arrived} - there),
        "submissions": len(stored),
        "rows": sum(rows_in.values()),
        "rows wrong": wrong,
    }
