"""The boards of the scorecard: which subjects are judged, which are fraud in the synthetic truth, who is honest.

Purchases that fraud of another board made or changed are left out of the purchases board, and certificates into which
such fraud brought carats without production out of the certificates board: nobody could call a lead about one wrong. So
are the subjects of patterns that a rule catches; these are listed apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carmonitor.cases.subjects import subject_of
from carmonitor.detection.price import quarter_of
from carmonitor.evaluation.scorecard.metrics import Bools, Floats, order_of
from carmonitor.findings import Finding
from carmonitor.framework.common import issued
from carmonitor.records.evidence import Evidence

PURCHASES, CERTIFICATES, ACTOR_QUARTERS = BOARDS = ("purchases", "certificates", "actor_quarters")
KINDS = {PURCHASES: "purchase", CERTIFICATES: "certificate", ACTOR_QUARTERS: "actor_quarter"}

CAUGHT_BY_RULES = {
    "reused_slips": ("D-10",),
    "forged_certificates": ("M-08", "C-09"),
    "import_mismatch": ("M-06",),
    "pre_zone_stock": ("Z-04",),
}
"""Patterns that break a rule, and the rules expected to catch them."""


@dataclass(frozen=True)
class Board:
    """``subjects``: subject_id, period (``YYYY-Qn``), truth (bool), honest (bool: nobody on it took part in any fraud);
    ``patterns``: subject_id, pattern, of the true ones; ``actors``: subject_id, actor_id, who stands on it.
    """

    name: str
    subjects: pd.DataFrame
    patterns: pd.DataFrame
    actors: pd.DataFrame

    @property
    def truth(self) -> Bools:
        """Which subjects are fraud, in the order of ``subjects``."""
        return self.subjects["truth"].to_numpy(dtype=bool)


@dataclass(frozen=True)
class Truth:
    """What is known of a synthetic world: ``labels``, ``touched`` and ``injected`` as the simulation gives them."""

    labels: pd.DataFrame
    touched: pd.DataFrame
    injected: pd.DataFrame


def boards_of(evidence: Evidence, truth: Truth) -> dict[str, Board]:
    """The three boards of an evidence."""
    slips = evidence["purchase"].sort_values("ref").drop_duplicates("slip_number")
    certificates = issued(evidence).drop_duplicates("certificate_number")
    by_slip = pd.DataFrame({"subject_id": slips["slip_number"], "period": quarter_of(slips["purchase_date"])})
    on_slip = [slips.set_index("slip_number")[column] for column in ("buyer_id", "seller_id")]
    by_certificate = pd.DataFrame(
        {"subject_id": certificates["certificate_number"], "period": quarter_of(certificates["issue_date"])}
    )
    on_certificate = [certificates.set_index("certificate_number")["exporter_id"]]
    quarters = actor_quarters(evidence)
    on_quarter = [quarters.set_index("subject_id")["actor_id"]]
    found = {}
    for name, subjects, people in (
        (PURCHASES, by_slip, on_slip),
        (CERTIFICATES, by_certificate, on_certificate),
        (ACTOR_QUARTERS, quarters[["subject_id", "period"]], on_quarter),
    ):
        actors = pd.concat([who.dropna().rename("actor_id").rename_axis("subject_id") for who in people])
        found[name] = _board(name, subjects, actors.reset_index(), truth)
    return _with_honest(found)


def actor_quarters(evidence: Evidence) -> pd.DataFrame:
    """Every actor that sold, bought or exported in a quarter: subject_id, period, actor_id."""
    slips, certificates = evidence["purchase"], issued(evidence)
    sides = [
        pd.DataFrame({"actor_id": slips[column], "period": quarter_of(slips["purchase_date"])})
        for column in ("buyer_id", "seller_id")
    ]
    sides.append(
        pd.DataFrame({"actor_id": certificates["exporter_id"], "period": quarter_of(certificates["issue_date"])})
    )
    seen = pd.concat(sides).dropna().drop_duplicates().sort_values(["actor_id", "period"], ignore_index=True)
    return seen.assign(subject_id=seen["actor_id"] + "@" + seen["period"])


def _board(name: str, subjects: pd.DataFrame, actors: pd.DataFrame, truth: Truth) -> Board:
    mine = truth.labels[truth.labels["board"] == name]
    sought = mine[~mine["pattern"].isin(list(CAUGHT_BY_RULES))]
    beside = set(mine["subject_id"]) - set(sought["subject_id"])
    if name == PURCHASES:
        beside |= set(truth.touched["slip_number"]) - set(sought["subject_id"])
    if name == CERTIFICATES:
        beside |= set(truth.injected["certificate_number"]) - set(sought["subject_id"])
    judged = subjects[~subjects["subject_id"].isin(beside)].sort_values("subject_id", ignore_index=True)
    judged = judged.assign(truth=judged["subject_id"].isin(set(sought["subject_id"])))
    patterns = sought[sought["subject_id"].isin(judged["subject_id"])][["subject_id", "pattern"]].drop_duplicates()
    return Board(name, judged, patterns.reset_index(drop=True), actors[actors["subject_id"].isin(judged["subject_id"])])


def _with_honest(boards: dict[str, Board]) -> dict[str, Board]:
    """Who stands on a true subject of any board is not honest; a subject is when everybody on it is."""
    guilty: set[str] = set()
    for board in boards.values():
        true = board.subjects.loc[board.subjects["truth"], "subject_id"]
        guilty |= set(board.actors.loc[board.actors["subject_id"].isin(true), "actor_id"])
    told = {}
    for name, board in boards.items():
        stained = board.actors.loc[board.actors["actor_id"].isin(guilty), "subject_id"]
        honest = ~board.subjects["subject_id"].isin(stained) & ~board.subjects["truth"]
        told[name] = Board(name, board.subjects.assign(honest=honest), board.patterns, board.actors)
    return told


def scores_of(board: Board, ranked: Iterable[Finding]) -> Floats:
    """A score per subject of the board: the order of the ranked leads, -inf for subjects without one.

    A lead about a parcel, document or confirmation is one about its certificate.
    """
    best: dict[str, tuple[float, float]] = {}
    for lead in ranked:
        if lead.rank is None or lead.score is None:
            continue
        kind, subject = subject_of(lead, {})
        if kind == KINDS[board.name]:
            best[subject] = max(best.get(subject, (-np.inf, -np.inf)), (lead.score, -float(lead.rank)))
    keys = [best.get(subject, (-np.inf, -np.inf)) for subject in board.subjects["subject_id"]]
    levels = order_of(keys)
    nothing = np.asarray([key[0] == -np.inf for key in keys])
    levels[nothing] = -np.inf
    return levels


@dataclass(frozen=True)
class CaughtByRules:
    """A pattern that rules catch. ``recall``: share of its subjects with a finding of the rules expected; ``by``: rule
    → share."""

    pattern: str
    subjects: int
    recall: float
    by: dict[str, float]


def caught_by_rules(labels: pd.DataFrame, findings: Iterable[Finding]) -> list[CaughtByRules]:
    """How rules caught their patterns. A finding is about a subject when that is its own or its case's, or when its
    evidence names it."""
    wanted = labels[labels["pattern"].isin(list(CAUGHT_BY_RULES))]
    names = set(wanted["subject_id"])
    hits: dict[str, set[str]] = {}
    for finding in findings:
        if finding.outcome == "not_evaluated" or finding.rank is not None or finding.score is not None:
            continue
        said = {finding.subject_id, subject_of(finding, {}).id}
        for value in finding.evidence.values():
            said |= {v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)}
        for name in said & names:
            hits.setdefault(name, set()).add(finding.rule_id)
    told = []
    for pattern, group in wanted.groupby("pattern"):
        subjects = sorted(set(group["subject_id"]))
        found = [hits.get(name, set()) for name in subjects]
        expected = set(CAUGHT_BY_RULES[str(pattern)])
        rules = sorted(expected & set().union(*found))
        told.append(
            CaughtByRules(
                str(pattern),
                len(subjects),
                float(np.mean([bool(f & expected) for f in found])),
                {rule: float(np.mean([rule in f for f in found])) for rule in rules},
            )
        )
    return told
