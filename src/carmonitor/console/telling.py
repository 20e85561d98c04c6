"""Stored findings in words, for pages: each in the words of the rulebook its run judged with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from carmonitor.assessment import finding_view, worded
from carmonitor.catalogues import Catalogue
from carmonitor.console.catalogue import Rules
from carmonitor.dossier import rules, tables
from carmonitor.dossier.labels import word
from carmonitor.dossier.sheets.model import Paper, Told
from carmonitor.dossier.typography import typeset
from carmonitor.findings import RANKING, Finding, shown
from carmonitor.framework.checks import CheckSpec
from carmonitor.store.findings import RunInfo, finding_of
from carmonitor.store.tables import run as runs

Stored = Mapping[str, Any]
"""A finding as ``store.findings.view`` gives it."""


def tell(connection: sa.Connection, rulebooks: Rules, found: Sequence[Stored], lang: str) -> list[Told]:
    """Each finding with all that is known of it, in its reader's language, in the order given."""
    runs_of = _runs(connection, {f["first_run_id"] for f in found})
    return [told(f, rulebooks.wordings(connection, runs_of.get(f["first_run_id"])), lang) for f in found]


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


def told(stored: Stored, catalogues: Iterable[Catalogue], lang: str) -> Told:
    """A finding in the words of the first catalogue that knows its rule; its bare facts where none does."""
    finding = finding_of(stored)
    standing = stored["status"] == "open"
    papers = tuple(Paper("", p["submission_id"], p["file"], p["sheet"], p["row"]) for p in stored["lineage"])
    for catalogue in catalogues:
        try:
            view, spec = finding_view(finding, catalogue, lambda _refs: [], lang), catalogue.spec(finding.rule_id)
        except KeyError:  # a rule, part, placeholder, caveat or reason that this catalogue does not know
            continue
        return _told(finding, view, spec, lang, standing, papers)
    return Told(
        finding.finding_id, finding.rule_id, finding.rule_id, finding.outcome, finding.severity, standing,
        worded(finding, (), lang), finding.period, finding.day, finding.regime, finding.reason,
        rank=finding.rank, facts=tuple(_facts(finding, lang)), papers=papers,
    )  # fmt: skip


def _told(
    finding: Finding, view: Stored, spec: CheckSpec, lang: str, standing: bool, papers: tuple[Paper, ...]
) -> Told:
    def text(value: str | None) -> str | None:
        return None if value is None else typeset(value, lang)

    return Told(
        finding_id=finding.finding_id,
        rule_id=finding.rule_id,
        title=typeset(view["title"], lang),
        outcome=finding.outcome,
        severity=finding.severity,
        standing=standing,
        message=typeset(view["message"], lang),
        period=finding.period,
        day=finding.day,
        regime=finding.regime,
        reason=text(view["reason"]),
        advice=text(view["advice"]),
        innocent_cause=text(view["innocent_cause"]),
        certainty=typeset(rules.certainty_text(spec.certainty, lang), lang),
        basis=typeset(", ".join(rules.said("basis", b, lang) for b in spec.basis), lang),
        source=spec.source.title,
        source_url=spec.source.url if spec.source.url.startswith("https://") else "",
        parameters=tuple(
            typeset({"en": "{}: {} ({})", "fr": "{} : {} ({})"}[lang].format(
                p.name, shown(p.value, p.unit, lang), rules.said("basis", p.basis, lang)), lang)
            for p in finding.parameters
        ),
        caveats=tuple(typeset(caveat, lang) for caveat in view["caveats"]),
        rank=finding.rank,
        facts=tuple(_facts(finding, lang)),
        papers=papers,
    )  # fmt: skip


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


def _facts(finding: Finding, lang: str) -> Iterable[tuple[str, str]]:
    for name, value in finding.evidence.items():
        if value in (None, [], ()) or name in RANKING:
            continue
        unit = finding.units.get(name, "")
        said = ", ".join(word(str(v), lang) for v in value) if unit == "field" else shown(value, unit, lang)
        shows_unit = unit in ("ct", "USD", "XAF", "USD/ct", "XAF/ct", "km")
        yield word(name, lang).replace("_", " "), f"{said} {unit}" if shows_unit else said


def kind_of(code: str, lang: str) -> str:
    """A kind of subject in words."""
    return tables.word("subject_kind", code, lang)
