"""Who is judged, who is fraud, and how leads become scores: a hand-made world of five slips and two certificates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from carmonitor.evaluation.scorecard import boards
from carmonitor.evaluation.scorecard.boards import BOARDS, Truth, boards_of, caught_by_rules, scores_of
from carmonitor.evaluation.scorecard.features import features_of
from carmonitor.findings import Finding
from carmonitor.records.evidence import Evidence
from tests.evidence_builder import evidence
from tests.unit.detection.situations import slip


def labels(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    columns = ["board", "subject_kind", "subject_id", "period", "pattern", "carats"]
    return pd.DataFrame(
        [[board, kind, subject, "2021-Q1", pattern, 100] for board, kind, subject, pattern in rows], columns=columns
    )


def touched(**slips: str) -> pd.DataFrame:
    return pd.DataFrame({"slip_number": list(slips), "pattern": list(slips.values())}, dtype="str")


@pytest.fixture
def world() -> Evidence:
    slips = [slip(f"S{n}", 1000 * n, f"C-{n % 2}", seller_id=f"M-{n}") for n in range(1, 6)]
    certificates = [
        {"certificate_number": f"CF{n}", "issue_date": "2021-03-01", "status": "issued", "exporter_id": f"H-{n}",
         "carats": "10.00", "value_usd": "2000.00"} for n in (1, 2, 3)
    ]  # fmt: skip
    return evidence(purchase=slips, shipment=certificates)


TRUTH = Truth(
    labels(
        ("purchases", "purchase", "S1", "eastern_stones"),
        ("purchases", "purchase", "S2", "reused_slips"),
        ("actor_quarters", "actor_quarter", "M-3@2021-Q1", "ghost_miners"),
        ("certificates", "certificate", "CF1", "footprint_mismatch"),
    ),
    touched(S1="eastern_stones", S2="reused_slips", S3="ghost_miners"),
    pd.DataFrame({"certificate_number": ["CF1", "CF3"], "carats": [100, 50]}),
)


def lead(kind: str, subject: str, score: float, rank: int, **changed: Any) -> Finding:
    return Finding(
        f"{kind}{subject}", "X1", "lead", "W", kind, subject, "2021-02", "OF2019", score=score, rank=rank, **changed
    )


def test_subjects_of_rules_and_purchases_of_other_boards_are_left_out(world: Evidence) -> None:
    found = boards_of(world, TRUTH)
    subjects = found["purchases"].subjects.set_index("subject_id")
    assert subjects["truth"].to_dict() == {"S1": True, "S4": False, "S5": False}
    assert found["certificates"].subjects.set_index("subject_id")["truth"].to_dict() == {"CF1": True, "CF2": False}
    assert found["purchases"].patterns.to_dict("records") == [{"subject_id": "S1", "pattern": "eastern_stones"}]


def test_every_buyer_seller_and_exporter_has_a_quarter(world: Evidence) -> None:
    found = boards_of(world, TRUTH)["actor_quarters"].subjects
    assert set(found["subject_id"]) == {f"{who}@2021-Q1" for who in (
        "C-0", "C-1", "M-1", "M-2", "M-3", "M-4", "M-5", "H-1", "H-2", "H-3")}  # fmt: skip
    assert list(found.loc[found["truth"], "subject_id"]) == ["M-3@2021-Q1"]


def test_honest_is_only_what_nobody_guilty_stands_on(world: Evidence) -> None:
    """C-1 bought S1; so S5, which he bought too, is not honest, and S4 of C-0 is."""
    found = boards_of(world, TRUTH)
    honest = found["purchases"].subjects.set_index("subject_id")["honest"]
    assert honest.to_dict() == {"S1": False, "S4": True, "S5": False}
    assert found["certificates"].subjects.set_index("subject_id")["honest"].to_dict() == {"CF1": False, "CF2": True}


def test_leads_become_scores_and_parcels_count_for_their_certificate(world: Evidence) -> None:
    found = boards_of(world, TRUTH)
    ranked = [lead("purchase", "S4", 2.0, 2), lead("purchase", "S5", 2.0, 1), lead("parcel", "CF2/1", 1.0, 1)]
    of = dict(zip(found["purchases"].subjects["subject_id"], scores_of(found["purchases"], ranked), strict=True))
    assert of["S5"] > of["S4"] > of["S1"] == -np.inf
    assert list(np.isfinite(scores_of(found["certificates"], ranked))) == [False, True]


def test_leads_without_rank_give_no_score(world: Evidence) -> None:
    board = boards_of(world, TRUTH)["purchases"]
    rule_lead = lead("purchase", "S4", 2.0, 1)
    unranked = Finding(**{n: getattr(rule_lead, n) for n in Finding.__slots__} | {"rank": None, "score": None})
    assert np.isneginf(scores_of(board, [unranked])).all()


def test_rules_that_catch_a_pattern_are_told() -> None:
    wanted = labels(*[("purchases", "purchase", s, "reused_slips") for s in ("S1", "S2")])

    def breach(rule_id: str, subject: str, **named: Any) -> Finding:
        return Finding(
            rule_id + subject, rule_id, "breach", "E", "parcel", subject, "2021-02", "OF2019", evidence=named
        )

    found = [breach("D-10", "CF1/1", slips=["S1", "S9"]), breach("D-03", "CF2/1", slip="S2"), breach("M-06", "CF3")]
    [caught] = caught_by_rules(wanted, found)
    assert (caught.subjects, caught.recall, caught.by) == (2, 0.5, {"D-10": 0.5})
    assert caught_by_rules(wanted, [])[0].recall == 0.0


def test_every_subject_of_a_board_has_features(world: Evidence) -> None:
    tables, found = features_of(world), boards_of(world, TRUTH)
    for name in BOARDS:
        assert set(found[name].subjects["subject_id"]) <= set(tables[name].values.index)
        assert tables[name].values.index.is_unique
        assert (tables[name].values.dtypes == "float64").all()


def test_patterns_of_rules_have_their_rules_in_the_rulebook() -> None:
    from tests.unit.detection.situations import RULEBOOK

    assert {rule for rules in boards.CAUGHT_BY_RULES.values() for rule in rules} <= set(RULEBOOK.specs)
