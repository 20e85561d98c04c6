"""Stored findings in words, for pages: each in the words of the rulebook its run judged with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from carmonitor.assessment import worded
from carmonitor.console.catalogue import Rules
from carmonitor.dossier import tables
from carmonitor.dossier.sheets.model import Paper, Told
from carmonitor.dossier.sheets.told import told
from carmonitor.dossier.typography import typeset
from carmonitor.store.findings import RunInfo, finding_of
from carmonitor.store.tables import run as runs

Stored = Mapping[str, Any]
"""A finding as ``store.findings.view`` gives it."""


def tell(connection: sa.Connection, rulebooks: Rules, found: Sequence[Stored], lang: str) -> list[Told]:
    """Each finding with all that is known of it, in its reader's language, in the order given."""
    runs_of = _runs(connection, {f["first_run_id"] for f in found})
    return [told(f, rulebooks.wordings(connection, runs_of.get(f["first_run_id"])), lang, _papers(f)) for f in found]


def messages(connection: sa.Connection, rulebooks: Rules, found: Sequence[Stored], lang: str) -> list[str]:
    """Only what each finding says."""
    runs_of = _runs(connection, {f["first_run_id"] for f in found})
    return [
        typeset(worded(finding_of(f), rulebooks.wordings(connection, runs_of.get(f["first_run_id"])), lang), lang)
        for f in found
    ]


def _runs(connection: sa.Connection, ids: Iterable[str]) -> dict[str, RunInfo]:
    query = sa.select(runs).where(runs.c.run_id.in_(list(ids)))
    return {row["run_id"]: RunInfo(**row) for row in connection.execute(query).mappings()}


def _papers(stored: Stored) -> tuple[Paper, ...]:
    """Where a finding stands, without the values of the rows."""
    return tuple(Paper("", p["submission_id"], p["file"], p["sheet"], p["row"]) for p in stored["lineage"])


@dataclass(frozen=True)
class Sheet:
    """The rows of one sheet that a finding stands on, as runs: (first, last)."""

    submission_id: str
    file: str
    sheet: str
    rows: tuple[tuple[int, int], ...]


def sheets_of(papers: Iterable[Paper]) -> list[Sheet]:
    """Papers by the sheet they stand in, in the order in which the sheets are first named."""
    rows: dict[tuple[str, str, str], set[int]] = {}
    for paper in papers:
        rows.setdefault((paper.submission_id, paper.file, paper.sheet), set()).add(paper.row)
    return [Sheet(*place, tuple(_as_runs(sorted(found)))) for place, found in rows.items()]


def _as_runs(numbers: Sequence[int]) -> Iterable[tuple[int, int]]:
    """1, 2, 3, 7 as (1, 3), (7, 7)."""
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        own = [number for _, number in group]
        yield own[0], own[-1]


def kind_of(code: str, lang: str) -> str:
    """A kind of subject in words."""
    return tables.word("subject_kind", code, lang)
