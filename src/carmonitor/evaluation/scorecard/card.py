"""The figures of one synthetic world: the engine's ranked leads, and simple references beside them, on each board."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from carmonitor.assessment import assess
from carmonitor.cases.subjects import subject_of
from carmonitor.catalogues import Catalogue
from carmonitor.detection import detect, rank
from carmonitor.detection.lists import budgets
from carmonitor.evaluation.scorecard import boards, metrics
from carmonitor.evaluation.scorecard.boards import CAUGHT_BY_RULES, KINDS, Board, Truth
from carmonitor.evaluation.scorecard.features import Features, features_of
from carmonitor.evaluation.scorecard.metrics import Bools, Floats
from carmonitor.evaluation.scorecard.references import REFERENCES
from carmonitor.findings import Finding
from carmonitor.framework.checks import Params, detector, rule
from carmonitor.framework.engine import evaluate
from carmonitor.records.evidence import Evidence

ENGINE = "carmonitor"
BUDGETS = (0.01, 0.02, 0.05, 0.10)
BUDGET_PERCENT = 5
COLUMNS = ["seed", "board", "model", "pattern", "metric", "value"]
PROVENANCE = "P-01"
FIGURES = ("unexplained_carats", "unexplained_alone_carats")


@dataclass(frozen=True)
class Judged:
    """A world as the engine judged it. ``leads``: of detectors before ranking; ``ranked``: after; ``breaches``: of the
    rules that are expected to catch a pattern; ``unexplained``: of :func:`unexplained_of`."""

    evidence: Evidence
    truth: Truth
    boards: dict[str, Board]
    leads: list[Finding]
    ranked: list[Finding]
    of_rules: list[Finding]
    unexplained: pd.DataFrame


def judge(world: Any, as_of: date, catalogue: Catalogue) -> Judged:
    """Judge a world (see :mod:`carmonitor.simulation`) as of a day. Leads of rules do not enter the ranking here."""
    from carmonitor.simulation.evidence import evidence_of  # noqa: PLC0415 - only where worlds are judged

    truth = Truth(world.labels, world.touched, world.injected)
    return judged(evidence_of(world, as_of), truth, catalogue)


def judged(evidence: Evidence, truth: Truth, catalogue: Catalogue) -> Judged:
    """Judge an evidence about which the truth is known."""
    regimes = catalogue.rulebook.regimes
    leads = detect(evidence, catalogue.detectors, regimes).findings
    ranked = rank(leads, catalogue.specs, evidence, budget_percent=BUDGET_PERCENT, calibration=catalogue.calibration)
    wanted = {i for ids in CAUGHT_BY_RULES.values() for i in ids}
    specs = [s for i, s in catalogue.rulebook.specs.items() if i in wanted and s.status != "off"]
    of_rules = [f for s in specs for f in evaluate(rule.checks[s.implementation], s, evidence, regimes).findings]
    return Judged(
        evidence, truth, boards.boards_of(evidence, truth), leads, ranked, of_rules, unexplained_of(evidence, catalogue)
    )


def figures(done: Judged, seed: int) -> pd.DataFrame:
    """Every figure of a world, one per row: columns :data:`COLUMNS`; pattern ``""``: over all."""
    rows: list[list[Any]] = []
    tables = features_of(done.evidence)
    for name, board in done.boards.items():
        scores = boards.scores_of(board, done.ranked)
        rows += [[seed, name, ENGINE, *row] for row in _of_model(board, scores)]
        rows += [[seed, name, ENGINE, *row] for row in _in_budget(board, done.ranked)]
        for model, values in _references(board, tables[name], seed):
            rows += [[seed, name, model, *row] for row in _of_model(board, values)]
        rows.append([seed, name, "", "", "subjects", len(board.subjects)])
        rows.append([seed, name, "", "", "true", int(board.truth.sum())])
        rows += [[seed, name, "", p, "true", len(g)] for p, g in board.patterns.groupby("pattern")]
    for caught in boards.caught_by_rules(done.truth.labels, done.of_rules):
        rows.append([seed, "rules", ENGINE, caught.pattern, "true", caught.subjects])
        rows.append([seed, "rules", ENGINE, caught.pattern, "recall", caught.recall])
        rows += [[seed, "rules", i, caught.pattern, "recall", share] for i, share in caught.by.items()]
    rows += [[seed, "provenance", ENGINE, "", *row] for row in _carats(done)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _references(board: Board, table: Features, seed: int) -> Iterator[tuple[str, Floats]]:
    ids = board.subjects["subject_id"]
    values, groups = table.values.reindex(ids), table.groups.reindex(ids)
    for model, score in REFERENCES.items():
        yield model, score(values, groups, seed)


def _of_model(board: Board, scores: Floats) -> Iterator[tuple[str, str, float]]:
    """pattern, metric, value. A pattern is ranked among all subjects (recall), and among those that are honest or of
    the pattern itself (average precision)."""
    truth = board.truth
    yield "", "average precision", metrics.average_precision(scores, truth)
    for share in BUDGETS:
        most = min(1.0, metrics.looked_at(len(truth), share) / truth.sum()) if truth.any() else math.nan
        yield "", f"highest possible recall at {share:.0%}", most
        yield "", f"precision at {share:.0%}", metrics.precision_at(scores, truth, share)
        yield "", f"recall at {share:.0%}", metrics.recall_at(scores, truth, share)
        yield "", f"lift at {share:.0%}", metrics.lift_at(scores, truth, share)
    for pattern, rows in board.patterns.groupby("pattern"):
        mine: Bools = board.subjects["subject_id"].isin(set(rows["subject_id"])).to_numpy(dtype=bool)
        alone = mine | ~truth
        yield str(pattern), "average precision", metrics.average_precision(scores[alone], mine[alone])
        for share in BUDGETS:
            yield str(pattern), f"recall at {share:.0%}", metrics.recall_at(scores, mine, share)


def _in_budget(board: Board, ranked: Sequence[Finding]) -> Iterator[tuple[str, str, float]]:
    """What the budget of every quarter put before reviewers, as in operation."""
    kind = KINDS[board.name]
    seen = {f.subject_id for f in ranked if f.in_budget and f.subject_kind == kind}
    subjects = board.subjects[board.subjects["subject_id"].isin(seen)]
    honest_actors = board.actors.loc[
        board.actors["subject_id"].isin(board.subjects.loc[board.subjects["honest"], "subject_id"]), "actor_id"
    ].nunique()
    false = subjects[subjects["honest"]]
    actors = board.actors["actor_id"].nunique()
    yield "", "in budget", float(len(subjects))
    yield "", "share of subjects in budget", len(subjects) / max(1, len(board.subjects))
    yield "", "precision in budget", float(subjects["truth"].mean()) if len(subjects) else math.nan
    yield "", "recall in budget", subjects["truth"].sum() / max(1, board.truth.sum())
    yield "", "false leads per honest actor", len(false) / honest_actors if honest_actors else math.nan
    yield "", "false leads per actor", float((~subjects["truth"]).sum()) / actors if actors else math.nan
    lists = [b for b in budgets(ranked) if b.kind == kind and b.in_budget]
    if lists and all(b.false_share is not None for b in lists):
        expected = math.fsum(b.in_budget * (b.false_share or 0.0) for b in lists) / sum(b.in_budget for b in lists)
        yield "", "expected false share in budget", expected
        yield "", "false share in budget", 1 - float(subjects["truth"].mean()) if len(subjects) else math.nan
    for pattern, rows in board.patterns.groupby("pattern"):
        yield str(pattern), "recall in budget", float(rows["subject_id"].isin(seen).mean())


def unexplained_of(evidence: Evidence, catalogue: Catalogue) -> pd.DataFrame:
    """What P-01 reckons of each certificate, within its tolerance too: index certificate_number, both figures and
    ``exported_carats`` (hundredths), ``lead``. Certificates that it could not evaluate are told to have 0 and 0."""
    spec = catalogue.detectors.get(PROVENANCE)
    if spec is None or spec.status == "off":
        return pd.DataFrame(columns=[*FIGURES, "exported_carats", "lead"])
    rows = detector.checks[spec.implementation].function(evidence, Params(spec.parameters))
    evaluated = (rows["missing"] == "").to_numpy(dtype=bool)
    told = rows[[*FIGURES, "exported_carats"]].astype("Int64").fillna(0).astype("int64")
    told.loc[~evaluated, list(FIGURES)] = 0
    told["lead"] = rows["fires"].fillna(False).astype(bool) & evaluated
    return told.set_axis(pd.Index(rows["subject_id"], name="certificate_number"))


def _carats(done: Judged) -> Iterator[tuple[str, float]]:
    """Carats that the flow found unexplained against those that were put in without a production line.

    Recovered are, per certificate, no more than were put in: by the figure of every certificate that was evaluated
    (what a certificate that was not evaluated lacks counts as lost), and by the figures of leads only. Falsely
    unexplained is what a certificate is told to lack beyond what was put in, of all carats that were honest.
    """
    rows = done.unexplained
    injected = done.truth.injected.set_index("certificate_number")["carats"].astype("int64")
    truth = injected.reindex(rows.index).fillna(0).astype("int64")
    total, exported = int(injected.sum()), int(rows["exported_carats"].sum())
    for name in FIGURES if len(rows) else ():
        hit, beyond = np.minimum(rows[name], truth), (rows[name] - truth).clip(lower=0)
        yield f"{name}: injected carats recovered", float(hit.sum()) / total if total else math.nan
        yield f"{name}: injected carats in leads", float(hit[rows["lead"]].sum()) / total if total else math.nan
        yield f"{name}: falsely unexplained of explained", float(beyond.sum()) / max(1, exported - total)
        yield f"{name}: sum over injected", float(rows[name].sum()) / total if total else math.nan
    yield "carats injected", float(total) / 100


def honest_figures(world: Any, as_of: date, catalogue: Catalogue, seed: int) -> pd.DataFrame:
    """A world without fraud, with all its honest noise: every lead in it is false, and every breach one of papers
    that honest people got wrong. Rows as in :func:`figures`, board ``honest``; model: the board, or the rule."""
    from carmonitor.simulation.evidence import evidence_of  # noqa: PLC0415 - only where worlds are judged

    evidence = evidence_of(world, as_of)
    found = assess(evidence, catalogue, budget_percent=BUDGET_PERCENT).findings
    rows: list[list[Any]] = []
    for name, board in boards.boards_of(evidence, Truth(world.labels, world.touched, world.injected)).items():
        mine = [f for f in found if f.rank is not None and subject_of(f, {}).kind == KINDS[name]]
        for metric, leads in (("share with leads", mine), ("share in budget", [f for f in mine if f.in_budget])):
            subjects = {subject_of(f, {}).id for f in leads}
            rows.append([seed, "honest", name, "", metric, len(subjects) / max(1, len(board.subjects))])
    breaches = Counter((f.rule_id, f.severity) for f in found if f.outcome == "breach")
    rows += [[seed, "honest", rule_id, severity, "breaches", n] for (rule_id, severity), n in sorted(breaches.items())]
    rows.append([seed, "honest", "", "", "breaches", sum(breaches.values())])
    told = unexplained_of(evidence, catalogue)
    exported = max(1, int(told["exported_carats"].sum()))
    rows += [[seed, "honest", PROVENANCE, "", name, int(told[name].sum()) / exported] for name in FIGURES]
    return pd.DataFrame(rows, columns=COLUMNS)


def _range(metric: str) -> tuple[float, float]:
    """The values a figure can have: the interval is cut there."""
    unbounded = ("lift", "false leads", "subjects", "true", "in budget", "carats injected", "breaches")
    return 0.0, math.inf if metric.startswith(unbounded) or metric.endswith("over injected") else 1.0


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Over seeds: board, model, pattern, metric, mean, low, high (95 %, Student's t, cut at what the figure can be),
    seeds (how many had a value)."""
    told = []
    for key, group in rows.groupby(["board", "model", "pattern", "metric"], sort=False):
        values = [float(v) for v in group["value"]]
        mean, low, high = metrics.mean_interval(values)
        least, most = _range(str(key[-1]))
        low, high = max(low, least), min(high, most)
        told.append([*key, mean, low, high, sum(not math.isnan(v) for v in values)])
    return pd.DataFrame(told, columns=["board", "model", "pattern", "metric", "mean", "low", "high", "seeds"])
