"""The comparison compares like with like: its slips, and four engines (the others are not installed for tests)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.side_by_side import DisagreementError, agree
from benchmarks.sixteen import carmonitor_engine, numpy_masks, pandas_masks, pydantic_rows
from benchmarks.sixteen.rules import RULES, Counts
from benchmarks.workload import Workload, workload


@pytest.fixture(scope="module")
def work() -> Workload:
    return workload(3_000, 40)


@pytest.mark.parametrize("engine", [pandas_masks, numpy_masks, pydantic_rows], ids=lambda engine: engine.NAME)
@pytest.mark.parametrize("bad", [0, 2, 40])
def test_engines_say_the_same_of_every_rule(engine, bad):
    work = workload(3_000, bad, seed=7)
    first = carmonitor_engine.run(carmonitor_engine.prepare(work))
    agree(engine.NAME, engine.run(engine.prepare(work)), first)


def test_good_slips_break_nothing_and_bad_ones_break_every_rule(work):
    good, bad = (numpy_masks.run(numpy_masks.prepare(w)) for w in (workload(3_000, 0), work))
    assert {rule: len(rows) for rule, rows in good.rows.items()} == dict.fromkeys(RULES, 0)
    assert [rule for rule in RULES if not len(bad.rows[rule])] == []


def test_blanks_are_not_evaluated_with_their_reason(work):
    counts = numpy_masks.run(numpy_masks.prepare(work)).counts["R06"]
    assert counts.reasons == {"blank:carats": counts.reasons["blank:carats"], "blank:price_xaf": 75}
    assert sum(counts.reasons.values()) == counts.not_evaluated
    assert counts.passed + counts.breached + counts.not_evaluated == work.table["slip_number"].nunique()


def test_the_same_seed_gives_the_same_slips(work):
    pd.testing.assert_frame_equal(workload(3_000, 40).table, work.table)
    assert not workload(3_000, 40, seed=2).table.equals(work.table)


def test_a_row_that_one_engine_alone_flags_is_told(work):
    first = numpy_masks.run(numpy_masks.prepare(work))
    one_less = replace(first, rows={**first.rows, "R05": first.rows["R05"][1:]})
    with pytest.raises(DisagreementError, match="R05: 1 rows are flagged by one engine only"):
        agree("other", one_less, first)


def test_counts_that_differ_are_told(work):
    first = numpy_masks.run(numpy_masks.prepare(work))
    assert first.counts is not None
    other = replace(first, counts={**first.counts, "A01": Counts(1, 2, 3)})
    with pytest.raises(DisagreementError, match="A01: counts"):
        agree("other", other, first)


def test_rows_of_the_evidence_are_those_of_the_table(work):
    slips = work.evidence["purchase"]
    assert np.array_equal(slips["ref"] & 0xFFFFFFFF, work.table["row"])
    assert slips["slip_number"].tolist() == work.table["slip_number"].tolist()
