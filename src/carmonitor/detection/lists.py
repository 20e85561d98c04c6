"""The lists leads are ranked in, one per kind of subject and quarter: their length, and what their budget holds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from carmonitor.findings import Finding
from carmonitor.framework.common import issued
from carmonitor.records.evidence import Evidence

Lots = Mapping[tuple[str, str], int]
"""Subject kind, quarter → how many subjects of the kind there are to look at."""

OF_CERTIFICATE = ("certificate", "parcel", "document", "confirmation")
"""Kinds whose leads are all looked at: there are few certificates."""


@dataclass(frozen=True)
class Budget:
    """One list of a quarter. ``false_share``: expected share of false leads among the subjects in the budget, after
    the synthetic calibration; None where one of them has no probability."""

    kind: str
    quarter: str
    subjects: int
    in_budget: int
    false_share: float | None


def budgets(findings: Iterable[Finding]) -> list[Budget]:
    """How many subjects with leads each list has, how many are in the budget, and how many of these may be false."""
    of: defaultdict[tuple[str, str], dict[str, Finding]] = defaultdict(dict)
    for lead in findings:
        if lead.rank is not None:
            of[lead.subject_kind, quarter_of_month(lead.period)][lead.subject_id] = lead
    told = []
    for (kind, quarter), leads in sorted(of.items()):
        chances = [f.evidence.get("probability") for f in leads.values() if f.in_budget]
        known = [1 - p for p in chances if p is not None]
        false = math.fsum(known) / len(known) if known and len(known) == len(chances) else None
        told.append(Budget(kind, quarter, len(leads), len(chances), false))
    return told


def lots_per_quarter(evidence: Evidence) -> dict[tuple[str, str], int]:
    """What there is to look at, by kind of subject and quarter; undated papers count under ``undated``.

    ``purchase``: distinct slips; ``certificate`` (and the kinds that are parts of one): issued certificates;
    ``actor_quarter``: distinct buyers, sellers and exporters on these papers.
    """
    slips = evidence["purchase"].sort_values("ref").drop_duplicates("slip_number")
    certificates = issued(evidence).drop_duplicates("certificate_number")
    of_slips, of_certificates = _quarters(slips["purchase_date"]), _quarters(certificates["issue_date"])
    lots: dict[tuple[str, str], int] = {}
    for quarter, number in of_slips.value_counts(sort=False).items():
        lots["purchase", str(quarter)] = int(number)
    for quarter, number in of_certificates.value_counts(sort=False).items():
        lots.update({(kind, str(quarter)): int(number) for kind in OF_CERTIFICATE})
    actors = [(slips["buyer_id"], of_slips), (slips["seller_id"], of_slips)]
    actors.append((certificates["exporter_id"], of_certificates))
    seen = pd.concat([pd.DataFrame({"actor": who, "quarter": when}) for who, when in actors]).dropna()
    for quarter, number in seen.drop_duplicates().groupby("quarter").size().items():
        lots["actor_quarter", str(quarter)] = int(number)
    return lots


def _quarters(days: pd.Series) -> pd.Series:
    months = days.dt.strftime("%Y-%m").fillna("undated")
    quarters: pd.Series = months.map({month: quarter_of_month(month) for month in months.unique()}).astype("str")
    return quarters


def quarter_of_month(period: str) -> str:
    """``2021-05`` → ``2021-Q2``; anything else than a month stays as it is."""
    year, _, month = period.partition("-")
    return f"{year}-Q{(int(month) + 2) // 3}" if month.isdigit() else period
