"""F18: impossible order or speed."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.records.evidence import Evidence
from tests.unit.detection.map_situations import backwards, digest, on_the_map
from tests.unit.detection.situations import RULEBOOK, leads, reasons, run


def bag(
    *slips: dict[str, Any], items: list[str] | None = None, kinds: dict[str, Any] | None = None, **sheet: Any
) -> Evidence:
    """One bag from Berberati (311 km from Bangui) that left on 10 March and came on the 12th, with these slips."""
    numbers = [s["slip_number"] for s in slips] if items is None else items
    return on_the_map(
        **{
            "purchase": list(slips),
            "transfer": [
                {"sheet_number": "FT1", "from_place": "Berberati", "to_place": "Bangui", "departed_on": "2021-03-10",
                 "arrived_on": "2021-03-12"} | sheet
            ],
            "transfer_item": [{"sheet_number": "FT1", "slip_number": n} for n in numbers],
            "purchase_source": [],
        }
        | (kinds or {})
    )  # fmt: skip


def slip(number: str = "S1", **changed: Any) -> dict[str, Any]:
    return {
        "slip_number": number, "purchase_date": "2021-03-01", "purchase_place": "Berberati", "register_number": "CP-1",
        "origin_subprefecture": "Berberati",
    } | changed  # fmt: skip


def told(e: Evidence) -> list[tuple[str, str]]:
    return sorted((f.subject_id, f.part) for f in leads("F18", e))


@pytest.mark.parametrize(("bought", "part"), [("2021-03-11", "before_purchase"), ("2021-03-10", None)])
def test_a_bag_that_left_before_the_purchase_is_impossible_and_on_its_day_is_not(bought: str, part: str | None) -> None:
    e = bag(slip(purchase_date=bought), slip("S2"))
    assert told(e) == ([("S1", part)] if part else [])


@pytest.mark.parametrize(
    ("arrived", "fires"),
    [("2021-03-10", True), ("2021-03-11", False), ("2021-03-12", False), ("2021-03-09", True)],
)
def test_three_hundred_kilometres_take_more_than_one_day(arrived: str, fires: bool) -> None:
    """(311 − 30) km on one day of 150 km is too far, in two it is not; arrival before departure always is."""
    assert told(bag(slip(), arrived_on=arrived)) == ([("S1", "too_fast")] if fires else [])


def test_the_lead_says_what_was_compared() -> None:
    [lead] = leads("F18", bag(slip(), arrived_on="2021-03-10"))
    assert (lead.evidence["km"], lead.evidence["days"], lead.evidence["sheet"]) == ("311", 0, "FT1")
    assert (lead.subject_kind, lead.severity, lead.period) == ("purchase", "W", "2021-03")
    assert lead.score == pytest.approx(0.63, abs=0.01)


def test_stones_bought_far_from_where_their_bag_left_went_too_fast() -> None:
    """Bought on the day on which the bag left Berberati: at Carnot, 76 km away, or at Boda, 186 km away."""
    assert told(bag(slip(purchase_place="Carnot", purchase_date="2021-03-10"))) == []
    assert told(bag(slip(purchase_place="Boda", purchase_date="2021-03-10"))) == [("S1", "too_fast")]


def test_a_first_sale_in_bangui_needs_a_sheet_that_brought_the_stones_there() -> None:
    bare = slip(purchase_place="Bangui")
    assert told(bag(bare, items=[])) == [("S1", "no_leg")]
    assert told(bag(bare | {"purchase_date": "2021-03-05"})) == []
    assert (
        told(bag(bare, items=[], kinds={"purchase_source": [{"slip_number": "S1", "source_slip_number": "S0"}]})) == []
    )
    assert told(bag(bare | {"origin_subprefecture": "Bangui"}, items=[])) == []


@pytest.mark.parametrize(
    ("changed", "sheet", "reason"),
    [
        ({"purchase_date": None}, {}, "blank:purchase_date"),
        ({}, {"departed_on": None}, "blank:departed_on"),
        ({}, {"arrived_on": None}, "blank:arrived_on"),
        ({}, {"from_place": "Atlantis"}, "place_unresolved:from_place"),
        ({}, {"to_place": None}, "blank:to_place"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(changed: dict[str, Any], sheet: dict[str, Any], reason: str) -> None:
    e = bag(slip(**changed), **sheet)
    assert told(e) == []
    assert reason in reasons("F18", e)
    RULEBOOK.reason_text(reason, "fr")


def test_an_item_that_nobody_could_read_may_be_the_leg_that_lacks() -> None:
    e = bag(slip(purchase_place="Bangui"), items=[], kinds={"unreadable": {"transfer_item": 1}})
    assert told(e) == []
    assert reasons("F18", e) == {"in_quarantine:transfer_item": ["S1"]}


def test_a_first_sale_in_bangui_is_not_judged_without_transfer_sheets() -> None:
    kinds = {"supplied": {"transfer": None, "transfer_item": None}, "transfer": [], "transfer_item": []}
    e = bag(slip(purchase_place="Bangui"), items=[], kinds=kinds)
    assert told(e) == []
    assert reasons("F18", e) == {"not_supplied:transfer_item": ["S1"]}


def test_of_several_sheets_the_worst_is_told_once() -> None:
    later = {"sheet_number": "FT2", "from_place": "Berberati", "to_place": "Bangui", "departed_on": "2021-03-20",
             "arrived_on": "2021-03-20"}  # fmt: skip
    e = bag(slip())
    both = on_the_map(
        purchase=[slip()],
        purchase_source=[],
        transfer=[later, {"sheet_number": "FT1", "from_place": "Berberati", "to_place": "Bangui",
                          "departed_on": "2021-03-10", "arrived_on": "2021-03-12"}],
        transfer_item=[{"sheet_number": n, "slip_number": "S1"} for n in ("FT1", "FT2")],
    )  # fmt: skip
    assert told(e) == []
    [lead] = leads("F18", both)
    assert lead.evidence["sheet"] == "FT2"


def test_the_order_of_rows_changes_nothing() -> None:
    e = bag(
        slip(), slip("S2", purchase_date="2021-03-11"), slip("S3", purchase_place="Bangui"), arrived_on="2021-03-10"
    )
    assert run("F18", e)
    assert digest("F18", e) == digest("F18", backwards(e))
