"""The scorecard as a page of Markdown: what was run, the headline, each board, each pattern. Synthetic throughout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from carmonitor.catalogues import Catalogue
from carmonitor.evaluation.scorecard.boards import BOARDS, CAUGHT_BY_RULES
from carmonitor.evaluation.scorecard.card import BUDGET_PERCENT, BUDGETS, ENGINE
from carmonitor.evaluation.scorecard.customs import PUBLISHED, Check
from carmonitor.evaluation.scorecard.references import REFERENCES
from carmonitor.evaluation.scorecard.runs import LAG_DAYS, Plan, parameters_hash, spans

TITLES = {"purchases": "Purchases (the headline)", "certificates": "Certificates", "actor_quarters": "Actors' quarters"}


@dataclass(frozen=True)
class Facts:
    """What a page is about. ``tuned``: seeds that thresholds and calibration were made on, empty where nobody said."""

    plan: Plan
    tuned: tuple[int, ...]
    version: str
    catalogue: Catalogue

    def header(self) -> list[tuple[str, str]]:
        """The lines by which a page is told from another: name, value."""
        calibrated = self.catalogue.calibration.digest[:12] or "none: leads are ranked by their place alone"
        return [
            ("Data", "SYNTHETIC: simulated returns; no labelled data of the real trade exists"),
            ("Report seeds", spans(self.plan.seeds)),
            ("Tuning and calibration seeds", spans(self.tuned) or "not stated"),
            ("Worlds", f"{self.plan.months} months from {self.plan.start}, scale {self.plan.scale:g}, judged "
                       f"{LAG_DAYS} days after the last day"),
            ("Program", f"carmonitor {self.version}"),
            ("Detector parameters", parameters_hash(self.catalogue)[:12]),
            ("Calibration", calibrated),
        ]  # fmt: skip


class Numbers:
    """The summary, asked by board, model, pattern and metric."""

    def __init__(self, summary: pd.DataFrame) -> None:
        keys = zip(summary["board"], summary["model"], summary["pattern"], summary["metric"], strict=True)
        values = zip(summary["mean"], summary["low"], summary["high"], strict=True)
        self._of = dict(zip(keys, values, strict=True))

    def mean(self, board: str, model: str, metric: str, pattern: str = "") -> float:
        """The mean over seeds; NaN where there is none."""
        return float(self._of.get((board, model, pattern, metric), (math.nan,))[0])

    def text(self, board: str, model: str, metric: str, pattern: str = "") -> str:
        """``0.812 (0.790 to 0.834)``; an en dash where there is none."""
        mean, low, high = self._of.get((board, model, pattern, metric), (math.nan, math.nan, math.nan))
        if math.isnan(mean):
            return "–"
        return f"{_digits(mean)}" if math.isnan(low) else f"{_digits(mean)} ({_digits(low)} to {_digits(high)})"

    def patterns(self, board: str) -> list[str]:
        """The patterns with figures on a board."""
        return sorted({pattern for b, _, pattern, _ in self._of if b == board and pattern})

    def broken(self) -> list[tuple[str, str]]:
        """The rules broken in worlds without fraud, with their severity."""
        return sorted({(m, p) for b, m, p, metric in self._of if (b, metric) == ("honest", "breaches") and m})

    def rules(self, pattern: str) -> list[str]:
        """The rules that found a pattern."""
        return sorted({m for b, m, p, _ in self._of if b == "rules" and p == pattern and m != ENGINE})


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def page(facts: Facts, summary: pd.DataFrame, customs: Sequence[Check] = ()) -> str:
    """The whole page."""
    return "\n".join(_lines(facts, Numbers(summary), customs)) + "\n"


def _lines(facts: Facts, n: Numbers, customs: Sequence[Check]) -> Iterator[str]:
    yield "# Scorecard of the detectors (synthetic)"
    yield from (
        "",
        "Written by `carmonitor evaluate`; do not edit. Every figure below is measured on simulated returns.",
    )
    yield "They show how the program does on fraud of the simulator's making, and say nothing about the real trade."
    yield from ("", *_table(["", ""], facts.header()))
    yield from (
        "",
        "Figures are means over the report seeds; in brackets the 95 % interval of the mean (Student's t).",
    )
    yield "Subjects of equal score are counted at the expected value over all orders they could stand in. Budgets are"
    yield "shares of all subjects of a board over the whole span. Left out of the boards: patterns that rules catch,"
    yield "purchases changed by fraud of another board, and certificates into which it brought carats without a source."
    yield "Leads of rules do not enter the ranking."
    yield "The references see one table of features per board, made of what the detectors look at."
    for board in BOARDS:
        yield from _board(board, n)
    yield from _rules(n)
    yield from _provenance(n)
    yield from _honest(n, facts.plan)
    if customs:
        yield from _customs(customs)


def _board(board: str, n: Numbers) -> Iterator[str]:
    yield from ("", f"## {TITLES[board]}", "")
    subjects, true = n.text(board, "", "subjects"), n.text(board, "", "true")
    yield f"Subjects: {subjects}; fraud among them: {true}."
    best = max((n.mean(board, model, "average precision") for model in REFERENCES), default=math.nan)
    mine = n.mean(board, ENGINE, "average precision")
    if best and not math.isnan(best):
        yield f"Average precision {mine:.3f}, {mine / best:.1f} times that of the best reference ({best:.3f})."
    yield ""
    kinds = ("precision", "recall", "highest possible recall", "lift")
    metrics = ["average precision", *(f"{m} at {b:.0%}" for m in kinds for b in BUDGETS)]
    models = [ENGINE, *REFERENCES]
    yield from _table(["", *models], [[metric, *(n.text(board, m, metric) for m in models)] for metric in metrics])
    yield from ("", f"In operation ({_budget(board)}):", "")
    operation = [
        "share of subjects in budget", "precision in budget", "recall in budget", "expected false share in budget",
        "false share in budget", "false leads per honest actor", "false leads per actor",
    ]  # fmt: skip
    yield from _table(["", ENGINE], [[metric, n.text(board, ENGINE, metric)] for metric in operation])
    yield from ("", "By pattern:", "")
    head = ["pattern", "subjects", "average precision", *(f"recall at {b:.0%}" for b in BUDGETS), "recall in budget",
            "best reference: recall at 5%"]  # fmt: skip
    rows = []
    for pattern in n.patterns(board):
        recalls = [n.text(board, ENGINE, f"recall at {b:.0%}", pattern) for b in BUDGETS]
        others = [(n.mean(board, m, "recall at 5%", pattern), m) for m in REFERENCES]
        beside = max(((v, m) for v, m in others if not math.isnan(v)), default=(math.nan, "–"))
        rows.append([pattern, n.text(board, "", "true", pattern), n.text(board, ENGINE, "average precision", pattern),
                     *recalls, n.text(board, ENGINE, "recall in budget", pattern),
                     "–" if math.isnan(beside[0]) else f"{beside[0]:.3f} ({beside[1]})"])  # fmt: skip
    yield from _table(head, rows)


def _budget(board: str) -> str:
    every = "every certificate with a lead, each quarter"
    return every if board == "certificates" else f"{BUDGET_PERCENT} % of the subjects of each quarter"


def _rules(n: Numbers) -> Iterator[str]:
    yield from ("", "## Patterns that rules catch", "")
    rows = []
    for pattern in n.patterns("rules"):
        by = ", ".join(f"{rule} {n.mean('rules', rule, 'recall', pattern):.3f}" for rule in n.rules(pattern))
        expected = ", ".join(CAUGHT_BY_RULES[pattern])
        rows.append([pattern, n.text("rules", ENGINE, "true", pattern), expected,
                     n.text("rules", ENGINE, "recall", pattern), by])  # fmt: skip
    yield from _table(["pattern", "subjects", "rules expected", "recall", "by rule"], rows)


def _provenance(n: Numbers) -> Iterator[str]:
    yield from ("", "## Carats without production", "")
    yield "Carats that entered certificates without a production line, against what P-01 found unexplained."
    yield ""
    names = [
        f"{name}: {metric}"
        for name in ("unexplained_carats", "unexplained_alone_carats")
        for metric in (
            "injected carats recovered",
            "injected carats in leads",
            "falsely unexplained of explained",
            "sum over injected",
        )
    ]
    rows = [[name, n.text("provenance", ENGINE, name)] for name in ["carats injected", *names]]
    yield from _table(["", ENGINE], rows)


def _honest(n: Numbers, plan: Plan) -> Iterator[str]:
    if not plan.honest:
        return
    yield from ("", "## Worlds without fraud", "")
    again = spans(plan.seeds[: plan.honest])
    yield f"Seeds {again} again, without any fraud and with all honest noise: every lead is false."
    yield ""
    metrics = ["share with leads", "share in budget"]
    yield from _table(["", *metrics], [[TITLES[b], *(n.text("honest", b, m) for m in metrics)] for b in BOARDS])
    share = n.text("honest", "P-01", "unexplained_carats")
    yield from ("", f"Carats that P-01 finds unexplained in these worlds, of all exported: {share}.")
    yield from ("", "Breaches of rules in these worlds (a mean per world):", "")
    rows = [[rule, severity, n.text("honest", rule, "breaches", severity)] for rule, severity in n.broken()]
    yield from _table(["rule", "severity", "breaches"], rows or [["none", "", "0"]])


def _customs(checks: Sequence[Check]) -> Iterator[str]:
    yield from ("", "## Check of the scoring code on labelled customs data", "")
    yield "Synthetic Korean import declarations (IBS and Korea Customs Service, MIT, arXiv:2208.02484); supervised"
    yield "models trained on 2020 and the first quarter of 2021, scored on the second. It tests the scoring code only."
    yield ""
    rows = [[f"{name} (published)", f"{five:.3f}", f"{ten:.3f}", "–"] for name, (five, ten) in PUBLISHED.items()]
    rows += [
        [f"{c.model} (here)", f"{c.precision_5:.3f}", f"{c.precision_10:.3f}", f"{c.average_precision:.3f}"]
        for c in checks
    ]
    yield from _table(["model", "precision at 5%", "precision at 10%", "average precision"], rows)
    yield ""
    share = checks[0].fraud_share
    yield f"{checks[0].rows:,} rows, {share:.1%} of them fraud. Beating the published table proves little:"
    yield "generated rows keep regularities that a model can learn."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    yield from ("| " + " | ".join(row) + " |" for row in rows)
