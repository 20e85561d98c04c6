"""Making the calibration table from simulated worlds: per detector and part, how many leads of like score were true."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import yaml

from carmonitor.cases.subjects import subject_of
from carmonitor.detection.calibration import Calibration
from carmonitor.evaluation.scorecard.boards import KINDS, Board
from carmonitor.findings import Finding

LEAST_LEADS = 25
"""A band holds at least this many leads, unless the whole table has fewer."""
MOST_BANDS = 8

Key = tuple[str, str, str]  # detector, part, kind of subject


@dataclass
class Counts:
    """What was seen so far: the score and truth of every lead by detector, part and kind; and subjects by kind."""

    leads: defaultdict[Key, list[tuple[float, bool]]] = field(default_factory=lambda: defaultdict(list))
    subjects: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)

    def add(self, leads: Iterable[Finding], boards: Mapping[str, Board]) -> None:
        """Count a world. Leads about subjects that stand on no board tell nothing; of one subject the strangest lead
        of a detector and part counts."""
        truth: dict[str, dict[str, bool]] = {}
        for name, board in boards.items():
            kind = KINDS[name]
            truth[kind] = dict(zip(board.subjects["subject_id"], board.truth.tolist(), strict=True))
            self.subjects[kind] += len(board.subjects)
            self.true[kind] += int(board.truth.sum())
        best: dict[tuple[Key, str], tuple[float, bool]] = {}
        for lead in leads:
            if lead.score is None or lead.outcome != "lead":
                continue
            of = subject_of(lead, {})
            if of.id in truth.get(of.kind, {}):
                at = (lead.rule_id, lead.part, lead.subject_kind), of.id
                best[at] = max(best.get(at, (-np.inf, False)), (lead.score, truth[of.kind][of.id]))
        for (key, _), seen in best.items():
            self.leads[key].append(seen)


def table(counts: Counts, *, made_with: str, seeds: Sequence[int], months: int, scale: float) -> str:
    """The YAML of ``schemas/calibration.yaml``. What stands in it can be read back by :class:`Calibration`."""
    kinds = {"parcel": "certificate", "document": "certificate", "confirmation": "certificate"}
    used = sorted({kind for _, _, kind in counts.leads})
    content = {
        "synthetic": True,
        "made_with": made_with,
        "seeds": list(seeds),
        "months": months,
        "scale": scale,
        "boards": {
            kind: {"subjects": counts.subjects[kinds.get(kind, kind)], "fraud": counts.true[kinds.get(kind, kind)]}
            for kind in used
        },
        "tables": [
            {"detector": detector, "part": part, "board": kind, "bands": list(bands(seen))}
            for (detector, part, kind), seen in sorted(counts.leads.items())
        ],
    }
    text = _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None, width=118)
    Calibration.parse(text.encode())
    return text


_HEAD = """\
# SYNTHETIC. How often leads of a detector were true in simulated returns with fraud put in at known rates; made by
# `carmonitor evaluate --calibrate`. It says nothing about the real trade, of which no labelled data exists.
# bands: score = the middle score of the leads in it; the share of true leads never falls as scores rise.
"""


def bands(seen: Sequence[tuple[float, bool]]) -> Iterator[dict[str, float | int]]:
    """Leads in rising order of score, in bands of like number (equal scores together), neighbours pooled until the
    share of true ones never falls (pool adjacent violators)."""
    scores = np.asarray([score for score, _ in seen], dtype=np.float64)
    truth = np.asarray([true for _, true in seen], dtype=np.float64)
    order = np.argsort(scores, kind="stable")
    scores, truth = scores[order], truth[order]
    number = int(np.clip(len(scores) // LEAST_LEADS, 1, MOST_BANDS))
    edges = np.quantile(scores, np.arange(1, number) / number, method="lower")
    at = np.searchsorted(np.unique(edges), scores, side="left")
    pooled: list[tuple[np.ndarray, np.ndarray]] = []
    for band in np.unique(at):
        pooled.append((scores[at == band], truth[at == band]))
        while len(pooled) > 1 and pooled[-2][1].mean() >= pooled[-1][1].mean():
            last, before = pooled.pop(), pooled.pop()
            pooled.append((np.concatenate([before[0], last[0]]), np.concatenate([before[1], last[1]])))
    for inside, true in pooled:
        middle = float(f"{np.median(inside):.6g}")
        yield {"score": middle, "leads": len(inside), "fraud": int(true.sum())}
