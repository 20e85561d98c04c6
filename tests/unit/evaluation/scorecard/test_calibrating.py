"""The calibration table: made from counted leads, read back, and used by the ranking."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.detection.calibration import Calibration, expit, logit
from carmonitor.evaluation.scorecard.boards import Board
from carmonitor.evaluation.scorecard.calibrating import Counts, bands, table
from carmonitor.findings import Finding


def board(true: int, honest: int) -> Board:
    subjects = pd.DataFrame(
        {"subject_id": [f"S{n}" for n in range(true + honest)], "period": "2021-Q1",
         "truth": [n < true for n in range(true + honest)]}
    )  # fmt: skip
    nothing = pd.DataFrame({"subject_id": [], "pattern": []})
    return Board("purchases", subjects, nothing, nothing)


def lead(subject: str, score: float, kind: str = "purchase") -> Finding:
    return Finding(
        f"F{subject}{score}", "F14", "lead", "W", kind, subject, "2021-02", "OF2019", part="dear", score=score
    )


SEEN = st.lists(st.tuples(st.floats(0, 100), st.booleans()), min_size=1, max_size=300)


@given(SEEN)
def test_bands_hold_every_lead_and_never_fall(seen: list[tuple[float, bool]]) -> None:
    found = list(bands(seen))
    assert sum(b["leads"] for b in found) == len(seen)
    assert sum(b["fraud"] for b in found) == sum(true for _, true in seen)
    shares = [b["fraud"] / b["leads"] for b in found]
    assert shares == sorted(shares)
    assert [b["score"] for b in found] == sorted({b["score"] for b in found})


@given(SEEN)
def test_the_order_of_leads_changes_no_band(seen: list[tuple[float, bool]]) -> None:
    assert list(bands(seen)) == list(bands(seen[::-1]))


def test_a_table_is_read_back() -> None:
    counts = Counts()
    leads = [lead(f"S{n}", 10.0 if n < 60 else 1.0) for n in range(160)]
    counts.add([*leads, lead("S0", 2.0), lead("unknown", 99.0), lead("S1", 5.0, "zone")], {"purchases": board(50, 950)})
    text = table(counts, made_with="test", seeds=[101], months=24, scale=1.0)
    made = Calibration.parse(text.encode())
    assert made.file is not None
    assert made.file.boards["purchase"].subjects == 1000
    [only] = made.file.tables
    assert [(b.score, b.leads, b.fraud) for b in only.bands] == [(1.0, 100, 0), (10.0, 60, 50)]
    worth = made.worth("F14", "dear", "purchase", 10.0)
    assert worth is not None
    assert expit(logit(50.5 / 1001) + worth.log_ratio) == pytest.approx(50.5 / 61)
    assert worth.low < worth.log_ratio < worth.high
