"""Making a scorecard: worlds of many seeds, one after the other or a few at a time, and what was used."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from importlib.metadata import version
from typing import TypeVar

import pandas as pd

from carmonitor.catalogues import Catalogue, packaged
from carmonitor.evaluation.scorecard.calibrating import Counts, table
from carmonitor.evaluation.scorecard.card import COLUMNS, figures, honest_figures, judge
from carmonitor.ingestion import Progress, no_progress

T = TypeVar("T")
LAG_DAYS = 90
"""Worlds are judged this long after their last day, when the last confirmations have come."""


@dataclass(frozen=True)
class Plan:
    """What is to be run. ``seeds``: reported; ``start``: first month; ``honest``: how many of the seeds are also run
    without fraud."""

    seeds: tuple[int, ...]
    months: int = 24
    scale: float = 1.0
    start: str = "2020-01"
    honest: int = 0


def as_of(plan: Plan) -> date:
    """The day worlds are judged on."""
    month = int(plan.start[:4]) * 12 + int(plan.start[5:]) - 1 + plan.months
    return date(month // 12, month % 12 + 1, 1) - timedelta(days=1) + timedelta(days=LAG_DAYS)


def evaluate(plan: Plan, *, jobs: int = 1, progress: Progress = no_progress) -> pd.DataFrame:
    """The figures of every seed, in the order of the seeds (see :data:`card.COLUMNS`)."""
    parts = _each(partial(_figures, plan), plan.seeds, jobs, progress)
    parts += _each(partial(_honest, plan), plan.seeds[: plan.honest], jobs, progress)
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def calibrate(plan: Plan, *, jobs: int = 1, progress: Progress = no_progress) -> str:
    """The calibration table of the detectors in use, from the worlds of the plan."""
    counts = Counts()
    for one in _each(partial(_counts, plan), plan.seeds, jobs, progress):
        for key, seen in one.leads.items():
            counts.leads[key] += seen
        counts.subjects += one.subjects
        counts.true += one.true
    return table(
        counts,
        made_with=f"carmonitor {version('carmonitor')}, detectors {parameters_hash(packaged())[:12]}",
        seeds=plan.seeds,
        months=plan.months,
        scale=plan.scale,
    )


def _each(work: Callable[[int], T], seeds: Sequence[int], jobs: int, progress: Progress) -> list[T]:
    found: list[T] = []
    if jobs <= 1:
        for done, seed in enumerate(seeds):
            progress(f"seed {seed}", done, len(seeds))
            found.append(work(seed))
        return found
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for done, (seed, result) in enumerate(zip(seeds, pool.map(work, seeds), strict=True), start=1):
            progress(f"seed {seed}", done, len(seeds))
            found.append(result)
    return found


def _figures(plan: Plan, seed: int) -> pd.DataFrame:
    from carmonitor.simulation import Settings, simulate  # noqa: PLC0415 - only where worlds are made

    world = simulate(Settings(seed=seed, months=plan.months, scale=plan.scale, start=plan.start))
    return figures(judge(world, as_of(plan), packaged()), seed)


def _honest(plan: Plan, seed: int) -> pd.DataFrame:
    from carmonitor.simulation import Settings, simulate  # noqa: PLC0415 - only where worlds are made

    world = simulate(Settings(seed=seed, months=plan.months, scale=plan.scale, start=plan.start, fraud={}))
    return honest_figures(world, as_of(plan), packaged(), seed)


def _counts(plan: Plan, seed: int) -> Counts:
    from carmonitor.simulation import Settings, simulate  # noqa: PLC0415 - only where worlds are made

    world = simulate(Settings(seed=seed, months=plan.months, scale=plan.scale, start=plan.start))
    done = judge(world, as_of(plan), packaged())
    counts = Counts()
    counts.add(done.leads, done.boards)
    return counts


def parameters_hash(catalogue: Catalogue) -> str:
    """A hash of what decides which leads there are: parameters, status and group of every detector; no words."""
    said = {
        i: [s.status, s.implementation, s.subject_kind, s.evidence_group, str(s.from_), str(s.to),
            [[p.name, [[str(v.value), str(v.from_), str(v.to)] for v in p.values]] for p in s.parameters]]
        for i, s in sorted(catalogue.detectors.items())
    }  # fmt: skip
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def seeds_of(text: str) -> tuple[int, ...]:
    """``1-3,7`` → (1, 2, 3, 7). Raises ValueError for anything else, and for a seed named twice."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise ValueError(f"found {part.strip()!r}, expected seeds such as 1-10 or 1,2,5")
        found += range(int(first), int(last or first) + 1)
    if not found or len(set(found)) != len(found):
        raise ValueError(f"found {text!r}, expected distinct seeds such as 1-10")
    return tuple(found)


def spans(seeds: Sequence[int]) -> str:
    """(1, 2, 3, 7) → ``1-3, 7``."""
    runs: list[list[int]] = []
    for seed in sorted(seeds):
        if runs and seed == runs[-1][1] + 1:
            runs[-1][1] = seed
        else:
            runs.append([seed, seed])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
