"""F11: licensed collectors who declare little or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.months import nil_returns
from tests.unit.detection.situations import RULEBOOK, leads, reasons, slip

MONTHS = [f"2021-{m:02}" for m in range(1, 13)]


def year(own: dict[int, int], peers: int = 8, **changed: Any) -> Any:
    """A year of Boda: peers with 9 to 9 + peers slips a quarter; ``own``: quarter → slips of C-00."""
    slips = []
    for quarter in range(1, 5):
        for buyer in range(peers + 1):
            number = own.get(quarter, 12) if buyer == 0 else 8 + buyer
            for n in range(number):
                month = f"2021-{quarter * 3 - 2 + n % 3:02}"
                slips.append(
                    slip(f"S{quarter}-{buyer:02}-{n:02}", 100, f"C-{buyer:02}", purchase_date=f"{month}-1{n % 9}",
                         return_id=f"SPPK@{month}")
                )  # fmt: skip
    licences = [
        {"licence_number": f"L{b}", "actor_id": f"C-{b:02}", "subprefecture": "Boda", "valid_from": "2020-01-01"}
        for b in range(peers + 1)
    ]
    actors = [{"actor_id": f"C-{b:02}", "kind": "collector"} for b in range(peers + 1)]
    kinds = {"purchase": slips, "licence": licences, "actor": actors, "return_declaration": nil_returns(*MONTHS)}
    return evidence("2022-02-01", **{**kinds, **changed})


def test_two_silent_quarters_running_are_two_leads() -> None:
    found = leads("F11", year({2: 0, 3: 0}))
    assert [(f.subject_id, f.part) for f in sorted(found, key=lambda f: f.subject_id)] == [
        ("C-00@2021-Q2", "silent"),
        ("C-00@2021-Q3", "silent"),
    ]
    assert {f.evidence["other_quarter"] for f in found} == {"2021-Q2", "2021-Q3"}
    assert all(f.evidence["peers"] == 8 for f in found)


def test_one_silent_quarter_is_illness() -> None:
    assert leads("F11", year({2: 0})) == []


def test_a_tenth_of_what_peers_declare_is_low_and_two_thirds_are_not() -> None:
    assert [f.part for f in leads("F11", year({2: 1, 3: 1}))] == ["low", "low"]
    assert leads("F11", year({2: 8, 3: 8})) == []


def test_who_falls_far_below_his_own_place_is_told_though_peers_are_near() -> None:
    """Peers lie between 2 and 60 slips, so that 3 are nothing strange among them; he had 40 before."""
    e = year({1: 40, 2: 40, 3: 3, 4: 3}, peers=10)
    found = leads("F11", e)
    assert {f.subject_id for f in found} == {"C-00@2021-Q3", "C-00@2021-Q4"}
    assert all(f.score is not None and f.score > 3 for f in found)


def test_who_was_always_small_is_a_small_buyer() -> None:
    """Of the second and third quarter too little of the past is known: those beside are not counted."""
    assert {f.subject_id for f in leads("F11", year({1: 1, 2: 1, 3: 1, 4: 1}))} == {"C-00@2021-Q2", "C-00@2021-Q3"}
    assert {f.subject_id for f in leads("F11", year({1: 1, 2: 1}))} == {"C-00@2021-Q1", "C-00@2021-Q2"}


@pytest.mark.parametrize("ends", ["2021-09-29", "2021-03-30"])
def test_who_holds_no_licence_through_the_quarter_owes_no_slip(ends: str) -> None:
    e = year({2: 0, 3: 0})
    licences = [
        {"licence_number": f"L{b}", "actor_id": f"C-{b:02}", "subprefecture": "Boda", "valid_from": "2020-01-01",
         "valid_to": ends if b == 0 else None} for b in range(9)
    ]  # fmt: skip
    assert leads("F11", year({2: 0, 3: 0}, licence=licences)) == []
    assert len(leads("F11", e)) == 2


def test_fewer_than_five_peers_say_nothing() -> None:
    e = year({2: 0, 3: 0}, peers=4)
    assert leads("F11", e) == []
    assert set(reasons("F11", e)) == {"small_sample:licence"}


def test_a_quarter_with_a_month_not_held_accuses_nobody() -> None:
    e = year({2: 0, 3: 0})
    slips = [s for s in _slips(e) if s["return_id"] != "SPPK@2021-08"]
    months = [m for m in MONTHS if m != "2021-08"]
    late = year({2: 0, 3: 0}, purchase=slips, return_declaration=nil_returns(*months))
    assert leads("F11", late) == []
    assert "C-00@2021-Q3" in reasons("F11", late)["return_not_held:2021-08"]
    RULEBOOK.reason_text("return_not_held:2021-08", "fr")


def test_an_open_quarter_is_not_judged() -> None:
    assert leads("F11", evidence("2021-08-15", **_kinds(year({2: 0, 3: 0})))) == []


def test_a_blank_weight_of_the_quarter_is_named() -> None:
    e = year({2: 2, 3: 2})
    slips = _slips(e)
    own = next(s for s in slips if s["buyer_id"] == "C-00" and s["slip_number"].startswith("S2"))
    own["carats"] = None
    assert "C-00@2021-Q2" in reasons("F11", year({}, purchase=slips))["blank:carats"]


def _slips(e: Any) -> list[dict[str, Any]]:
    frame = e["purchase"]
    return [
        slip(n, 100, b, purchase_date=f"{d:%Y-%m-%d}", return_id=r)
        for n, b, d, r in zip(
            frame["slip_number"], frame["buyer_id"], frame["purchase_date"], frame["return_id"], strict=True
        )
    ]


def _kinds(e: Any) -> dict[str, Any]:
    return {
        "purchase": _slips(e),
        "licence": [
            {"licence_number": f"L{b}", "actor_id": f"C-{b:02}", "subprefecture": "Boda", "valid_from": "2020-01-01"}
            for b in range(9)
        ],
        "actor": [{"actor_id": f"C-{b:02}", "kind": "collector"} for b in range(9)],
        "return_declaration": nil_returns(*MONTHS),
    }
