"""F34: stones of a certificate that its slips do not hold."""

from __future__ import annotations

from typing import Any

import pytest

from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, leads, reasons


def sorted_stones(kind: str, subject: str, small: int | None, large: int) -> list[dict[str, Any]]:
    """Stones of 1.00-1.99 and of 2.00-4.99 ct."""
    return [
        {"subject_kind": kind, "subject_id": subject, "size_class": name, "stones": n, "carats": "1.00"}
        for name, n in (("1.00-1.99", small), ("2.00-4.99", large))
    ]


def exported(small: int = 40, large: int = 10, **changed: Any) -> Any:
    """A certificate of one parcel of two slips, each with twenty smaller and five larger stones."""
    kinds: dict[str, Any] = {
        "shipment": [{"certificate_number": "CF1", "issue_date": "2021-05-10", "carats": "100.00", "status": "issued"}],
        "parcel": [{"certificate_number": "CF1", "parcel_number": "1", "carats": "100.00"}],
        "parcel_source": [
            {"certificate_number": "CF1", "parcel_number": "1", "slip_number": s, "carats": "50.00"}
            for s in ("S1", "S2")
        ],
        "purchase": [
            {"slip_number": s, "purchase_date": "2021-04-01", "carats": "50.00", "stones": 25} for s in ("S1", "S2")
        ],
        "assortment": [
            *sorted_stones("purchase", "S1", 20, 5),
            *sorted_stones("purchase", "S2", 20, 5),
            *sorted_stones("parcel", "CF1/1", small, large),
        ],
    }
    return evidence(**{**kinds, **changed})


def test_the_stones_of_the_slips_are_silent_and_so_are_fewer() -> None:
    assert leads("F34", exported()) == []
    assert leads("F34", exported(0, 10)) == []
    assert reasons("F34", exported()) == {}


@pytest.mark.parametrize(("large", "fires"), [(17, False), (18, True)])
def test_seven_stones_beyond_are_tolerated_and_eight_are_not(large: int, fires: bool) -> None:
    """Three, and 10 % of the forty stones of the class below, which another scale may put higher."""
    found = leads("F34", exported(50 - large, large))
    assert [f.subject_id for f in found] == (["CF1"] if fires else [])
    for lead in found:
        said = lead.evidence
        assert (said["stones"], said["slip_stones"], said["beyond"], said["tolerated"]) == (18, 10, 8, 7)
        assert said["size_from"] == "2.00-4.99"


def test_a_slip_without_sizes_or_not_held_says_nothing() -> None:
    e = exported(30, 20)
    rows = sorted_stones("purchase", "S1", 20, 5) + sorted_stones("parcel", "CF1/1", 30, 20)
    assert reasons("F34", exported(assortment=rows)) == {"not_held:assortment": ["CF1"]}
    only = [{"slip_number": "S1", "purchase_date": "2021-04-01", "carats": "50.00", "stones": 25}]
    assert reasons("F34", exported(purchase=only)) == {"not_held:purchase": ["CF1"]}
    assert reasons("F34", exported(parcel_source=[])) == {"not_held:parcel_source": ["CF1"]}
    assert len(leads("F34", e)) == 1
    RULEBOOK.reason_text("not_held:purchase", "fr")


@pytest.mark.parametrize("kind", ["parcel", "parcel_source"])
def test_a_row_that_nobody_could_read_may_hold_the_rest(kind: str) -> None:
    e = exported(20, 30, unreadable={kind: 1})
    assert reasons("F34", e) == {f"in_quarantine:{kind}": ["CF1"]}
    assert leads("F34", e) == []


def test_a_blank_count_is_named() -> None:
    rows = [*sorted_stones("purchase", "S1", 20, 5), *sorted_stones("purchase", "S2", 20, 5)]
    e = exported(assortment=[*rows, *sorted_stones("parcel", "CF1/1", None, 30)])
    assert reasons("F34", e) == {"blank:stones": ["CF1"]}


def test_a_slip_named_by_two_parcels_counts_once() -> None:
    parcels = [{"certificate_number": "CF1", "parcel_number": n, "carats": "50.00"} for n in ("1", "2")]
    sources = [
        {"certificate_number": "CF1", "parcel_number": n, "slip_number": "S1", "carats": "25.00"} for n in ("1", "2")
    ]
    rows = [
        *sorted_stones("purchase", "S1", 20, 5),
        *sorted_stones("parcel", "CF1/1", 10, 5),
        *sorted_stones("parcel", "CF1/2", 10, 5),
    ]
    [lead] = leads("F34", exported(parcel=parcels, parcel_source=sources, assortment=rows))
    assert (lead.evidence["slips"], lead.evidence["stones"], lead.evidence["slip_stones"]) == (1, 30, 25)
