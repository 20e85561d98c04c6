"""F14: a slip's price per carat against like slips of other buyers."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carmonitor.detection import detect
from carmonitor.detection.price import leave_one_out_quartiles, six_digits
from carmonitor.detection.sizes import CLASSES, heaviest, of_mean_weight
from carmonitor.findings import result_digest
from carmonitor.framework.engine import Focus
from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SPECS, coverage, leads, peers, reasons, slip


@pytest.mark.parametrize(
    ("carats", "price", "part"),
    [
        ("1.00", 150, None),
        ("1.00", 1600, None),  # exactly at the upper fence: 200 × (200 ÷ 100)³
        ("1.00", 1601, "dear"),
        ("2.00", 25, None),  # exactly at the lower fence: 12.5 XAF/ct
        ("2.00", 24, "cheap"),
    ],
)
def test_a_price_beyond_the_fence_is_a_lead_and_at_the_fence_is_not(carats: str, price: int, part: str | None) -> None:
    own = slip("S1", price, carats=carats, stones=int(float(carats)))
    found = leads("F14", evidence(purchase=[own, *peers()]))
    assert [(f.subject_id, f.part) for f in found] == ([("S1", part)] if part else [])


def test_a_lead_tells_numbers_peer_group_and_window() -> None:
    [lead] = leads("F14", evidence(purchase=[slip("S1", 3200), *peers()]))
    assert lead.evidence == {
        "slip_carats": "1.00", "price_xaf": "3200", "price_per_carat": "3200", "median_per_carat": "141",
        "fence_per_carat": "1600", "peers": 40, "size_class": "1.00-1.99", "zone": "Boda", "quarter": "2021-Q1",
        "distance": 4.0,
    }  # fmt: skip
    assert (lead.score, lead.subject_kind, lead.period, lead.severity) == (4.0, "purchase", "2021-02", "W")
    assert {p.name: p.basis for p in lead.parameters} == dict.fromkeys(
        ["minimum_peers", "fence_iqr", "least_iqr"], "project-default"
    )


def test_a_buyers_own_slips_do_not_set_the_price_he_is_measured_by() -> None:
    """Thirty dear slips of one buyer would shift the median and hide each other; without them all thirty show."""
    own = [slip(f"S{i:02}", 1601) for i in range(30)]
    found = leads("F14", evidence(purchase=[*own, *peers()]))
    assert {s["slip_number"] for s in own} <= {f.subject_id for f in found}


@pytest.mark.parametrize(
    "other",
    [
        {"origin_subprefecture": "Nola"},
        {"purchase_date": "2021-04-01"},
        {"stones": 4},
    ],
    ids=["other sub-prefecture", "other quarter", "other size class"],
)
def test_slips_of_another_group_are_no_peers(other: dict[str, Any]) -> None:
    e = evidence(purchase=[slip("S1", 1601, **other), *peers()])
    assert leads("F14", e) == []
    assert "S1" in reasons("F14", e)["small_sample:purchase"]


@pytest.mark.parametrize(("count", "checked"), [(19, False), (20, True)])
def test_fewer_than_twenty_slips_of_others_are_too_few(count: int, checked: bool) -> None:
    others = [slip(f"P{i}", 100 + i, f"C-{50 + i}") for i in range(count)]
    e = evidence(purchase=[slip("S1", 100_000), *others])
    assert [f.subject_id for f in leads("F14", e)] == (["S1"] if checked else [])
    assert ("S1" in reasons("F14", e).get("small_sample:purchase", [])) is not checked


@pytest.mark.parametrize(("price", "part"), [(115, None), (117, "dear"), (87, None), (85, "cheap")])
def test_under_a_fixed_price_list_only_a_price_fifteen_percent_off_is_strange(price: int, part: str | None) -> None:
    """3 × 0.05 on log price: between 86.07 and 116.18 around a list price of 100."""
    found = leads("F14", evidence(purchase=[slip("S1", price), *peers(cheap=100, dear=100)]))
    assert [f.part for f in found] == ([part] if part else [])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"purchase_date": None}, "blank:purchase_date"),
        ({"buyer_id": None}, "blank:buyer_id"),
        ({"carats": None}, "blank:carats"),
        ({"price_xaf": None}, "blank:price_xaf"),
        ({"price_xaf": 0}, "zero:price_xaf"),
        ({"origin_subprefecture": None}, "blank:origin_subprefecture"),
        (
            {"origin_subprefecture": "Bodda", "origin_subprefecture_resolved": None},
            "place_unresolved:origin_subprefecture",
        ),
        ({"stones": None}, "blank:stones"),
        ({"stones": 0}, "zero:stones"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(changed: dict[str, Any], reason: str) -> None:
    e = evidence(purchase=[slip("S1", 100_000) | changed, *peers()])
    assert leads("F14", e) == []
    assert reasons("F14", e) == {reason: ["S1"]}
    RULEBOOK.reason_text(reason, "fr")


def test_a_column_that_was_not_sent_is_not_a_blank_cell() -> None:
    columns = [c for c in slip("S1", 1) if c != "stones"]
    bare = [{k: v for k, v in s.items() if k != "stones"} for s in [slip("S1", 100_000), *peers()]]
    assert list(reasons("F14", evidence(purchase=bare, supplied={"purchase": columns}))) == ["not_supplied:stones"]


def test_the_assortment_decides_the_size_class_before_the_mean_weight() -> None:
    """Three stones of 1 ct on average, but most of the weight in one stone of 2.5 ct."""
    own = slip("S1", 300_000, carats="3.00", stones=3)
    rows = [("2.00-4.99", "2.50"), ("0.01-0.49", "0.50")]
    sizes = [{"subject_kind": "purchase", "subject_id": "S1", "size_class": c, "carats": w} for c, w in rows]
    e = evidence(purchase=[own, *peers()], assortment=sizes)
    assert reasons("F14", e)["small_sample:purchase"] == ["S1"]
    assert [f.subject_id for f in leads("F14", evidence(purchase=[own, *peers()]))] == ["S1"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("2.00-4.99", "1.00"), ("0.50-0.99", "1.50")], "0.50-0.99"),
        ([("2.00-4.99", "1.00"), ("0.50-0.99", "1.00")], "2.00-4.99"),  # of equal weights the larger stones
        ([("0.50-0.99", "1.00"), ("2.00-4.99", "1.50"), ("0.50-0.99", "1.00")], "0.50-0.99"),  # rows add up
        ([("2.00-4.99", "1.00"), ("0.50-0.99", None)], None),  # a blank weight may be the heaviest
    ],
)
def test_the_class_that_holds_most_weight_stands_for_the_slip(
    rows: list[tuple[str, str | None]], expected: str | None
) -> None:
    sizes = [{"subject_kind": "purchase", "subject_id": "S1", "size_class": c, "carats": w} for c, w in rows]
    assert heaviest(evidence(assortment=sizes)["assortment"]).to_dict() == ({"S1": expected} if expected else {})


def test_a_slip_with_part_of_its_assortment_in_quarantine_is_not_checked() -> None:
    e = evidence(purchase=[slip("S1", 100_000), *peers()], known_keys=[("assortment", "subject_id", "S1")])
    assert reasons("F14", e) == {"in_quarantine:assortment": ["S1"]}


@pytest.mark.parametrize(
    ("carats", "stones", "expected"),
    [
        (1, 5, 0),
        (49, 1, 0),
        (99, 2, 0),
        (100, 2, 1),
        (199, 2, 1),
        (200, 2, 2),
        (1079, 1, 4),
        (1080, 1, 5),
        (10**11, 1, 5),
    ],
)
def test_the_sieve_list_is_met_exactly(carats: int, stones: int, expected: int) -> None:
    found = of_mean_weight(pd.Series([carats], dtype="Int64"), pd.Series([stones], dtype="Int64"))
    assert found.tolist() == [CLASSES[expected]]


SLIPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 60)), min_size=0, max_size=60
)  # group, buyer, price


@given(SLIPS)
def test_quartiles_without_the_buyer_agree_with_plain_python(rows: list[tuple[int, int, int]]) -> None:
    """The oracle: for each slip, the standard library's quantiles of the other buyers' prices."""
    groups = np.array([g for g, _, _ in rows], dtype=np.int64)
    buyers = np.array([g * 5 + b for g, b, _ in rows], dtype=np.int64)
    values = np.array([v for _, _, v in rows], dtype=np.float64)
    found = list(zip(*leave_one_out_quartiles(values, groups, buyers), strict=True))
    by_group: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for g, b, v in rows:
        by_group[g].append((b, v))
    for (g, b, _), (low, middle, high, count) in zip(rows, found, strict=True):
        others = sorted(v for buyer, v in by_group[g] if buyer != b)
        assert count == len(others)
        if len(others) >= 2:
            assert (low, middle, high) == pytest.approx(statistics.quantiles(others, method="inclusive"))
        elif others:
            assert (low, middle, high) == (others[0],) * 3
        else:
            assert all(math.isnan(x) for x in (low, middle, high))


PURCHASES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["2021-02-10", "2021-05-10"]), st.integers(50, 5000)),
    min_size=50,
    max_size=90,
)


@settings(max_examples=25, deadline=None)
@given(PURCHASES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: list[tuple[int, str, int]], random: Random) -> None:
    slips = [slip(f"S{i:03}", price, f"C-{b}", purchase_date=day) for i, (b, day, price) in enumerate(rows)]
    e = evidence(purchase=slips)
    shuffled = e["purchase"].sample(frac=1, random_state=random.randrange(2**32)).reset_index(drop=True)
    other = replace(e, frames={**e.frames, "purchase": shuffled}, _cache={})
    first, second = (detect(x, {"F14": SPECS["F14"]}, RULEBOOK.regimes) for x in (e, other))
    assert result_digest(first.findings) == result_digest(second.findings)
    assert first.coverage == second.coverage


def test_an_ad_hoc_batch_is_measured_against_all_history_but_told_alone() -> None:
    """What a focus leaves out still counts as a peer, so that two halves say together what the whole says."""
    april = {"return_id": "SPPK@2021-04"}
    slips = [slip("S1", 1601), slip("S2", 1601, "C-02", **april), *peers()]
    e = evidence(purchase=slips)
    whole = {f.finding_id for f in leads("F14", e)}
    halves: list[set[str]] = []
    for home in ("SPPK@2021-03", "SPPK@2021-04"):
        ids = frozenset(int(i) for i in e.sources.index[e.sources["return_id"] == home])
        found = detect(e, {"F14": SPECS["F14"]}, RULEBOOK.regimes, Focus(ids, frozenset({home}))).findings
        halves.append({f.finding_id for f in found if f.outcome == "lead"})
    assert all(len(half) == 1 for half in halves)
    assert halves[0] | halves[1] == whole


def test_every_slip_is_accounted_for() -> None:
    e = evidence(purchase=[slip("S1", 1601), slip("S2", None), slip("S3", 150, "C-02"), *peers()])
    row = coverage("F14", e)
    assert (row.evaluated, row.passed, row.breached, row.not_evaluated) == (42, 41, 1, 1)


def test_without_slips_nothing_is_said() -> None:
    assert leads("F14", evidence()) == []


@pytest.mark.parametrize(
    ("value", "rounded"), [(3.0000000001, 3.0), (2.9999999, 3.0), (3.00001, 3.00001), (-123456.7, -123457.0)]
)
def test_a_last_binary_digit_decides_nothing(value: float, rounded: float) -> None:
    assert six_digits(np.array([value]))[0] == pytest.approx(rounded, rel=1e-12)
    assert (six_digits(np.array([value])) > 3).tolist() == [rounded > 3]
