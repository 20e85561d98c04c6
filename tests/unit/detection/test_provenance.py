"""P-01: carats that no declared, compliant production can have given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from carmonitor.detection import flow_solver
from carmonitor.detection.flow_network import Network
from carmonitor.detection.flow_solver import LARGEST, maximum, serve
from carmonitor.findings import wording
from carmonitor.records.evidence import Evidence
from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SPECS, coverage, leads, reasons

Record = dict[str, Any]


def line(number: int, carats: str, miner: str = "ART-1", **changed: Any) -> Record:
    return {
        "register_number": "CAH-1",
        "line_number": str(number),
        "miner_id": miner,
        "produced_on": "2021-03-01",
        "carats": carats,
    } | changed


def sale(number: str, carats: str, seller: str = "ART-1", buyer: str = "BA-1", **changed: Any) -> Record:
    return {
        "slip_number": number,
        "purchase_date": "2021-03-05",
        "seller_id": seller,
        "buyer_id": buyer,
        "seller_licence": f"L-{seller}",
        "origin_subprefecture": "Boda",
        "carats": carats,
    } | changed


def certificate(number: str, carats: str, issued: str = "2021-03-20", **changed: Any) -> Record:
    return {
        "certificate_number": number,
        "issue_date": issued,
        "exporter_id": "BA-1",
        "carats": carats,
        "status": "issued",
    } | changed


def packed(number: str, slip: str, carats: str | None) -> Record:
    return {"certificate_number": number, "parcel_number": "1", "slip_number": slip, "carats": carats}


ACTORS = [
    ("ART-1", "miner"),
    ("ART-2", "miner"),
    ("COL-1", "collector"),
    ("COL-2", "collector"),
    ("BA-1", "buying_house"),
]


def chain(drop: str = "", supplied: Mapping[Any, Any] | None = None, **kinds: list[Record]) -> Evidence:
    """Papers with an open zone, actors and licences; parcels as their certificates unless given; ``drop``: a kind."""
    parcels = [
        {"certificate_number": c["certificate_number"], "parcel_number": "1", "carats": c["carats"]}
        for c in kinds["shipment"]
    ]
    beside: dict[str, list[Record]] = {
        "actor": [{"actor_id": who, "kind": kind} for who, kind in ACTORS],
        "licence": [
            {"licence_number": f"L-{who}", "actor_id": who, "valid_from": "2020-01-01", "valid_to": "2021-12-31"}
            for who, _ in ACTORS
        ],
        "zone": [{"subprefecture": "Boda", "status": "compliant", "valid_from": "2016-01-01"}],
        "parcel": parcels,
        "production": [],
        "purchase_source": [],
    }
    together = beside | kinds
    options = {k: together.pop(k) for k in ("known_keys", "monitoring_from", "unreadable") if k in together}
    return evidence(supplied=supplied, **{k: v for k, v in together.items() if k != drop}, **options)  # type: ignore[arg-type]


def one(production: list[Record], slip: Record, exported: str = "100.00", **kinds: Any) -> Evidence:
    """One certificate on one slip."""
    return chain(
        production=production,
        purchase=[slip],
        shipment=[certificate("CF1", exported)],
        parcel_source=[packed("CF1", slip["slip_number"], exported)],
        **kinds,
    )


def test_a_slip_that_its_sellers_register_covers_is_silent() -> None:
    e = one([line(1, "60.00"), line(2, "40.00")], sale("B1", "100.00"))
    assert leads("P-01", e) == []
    assert coverage("P-01", e).passed == 1


def test_carats_without_a_production_line_are_a_lead_with_its_numbers() -> None:
    [lead] = leads("P-01", one([line(1, "60.00")], sale("B1", "100.00")))
    assert (lead.subject_kind, lead.subject_id, lead.part, lead.score) == ("certificate", "CF1", "alone", 40.0)
    told = {
        k: lead.evidence[k]
        for k in ("exported_carats", "explained_carats", "unexplained_alone_carats", "unexplained_carats")
    }
    assert told == {
        "exported_carats": "100.00",
        "explained_carats": "60.00",
        "unexplained_alone_carats": "40.00",
        "unexplained_carats": "40.00",
    }
    assert (lead.evidence["slips"], lead.evidence["miners"], lead.evidence["collectors"]) == (
        ["B1"],
        ["ART-1"],
        ["BA-1"],
    )
    assert (lead.evidence["lines"], lead.evidence["sharing"]) == (["CAH-1/1"], [])


@pytest.mark.parametrize(("records", "short"), [(20, True), (21, False)])
def test_of_very_many_records_of_a_slip_none_is_held_against_the_certificate(records: int, short: bool) -> None:
    """Twenty that name another buyer close the way of the stones; twenty-one are too many to be compared."""
    e = chain(
        production=[line(1, "100.00")],
        purchase=[sale("B1", "100.00", buyer=f"BA-{n}") for n in range(2, 2 + records)],
        shipment=[certificate("CF1", "100.00")],
        parcel_source=[packed("CF1", "B1", "100.00")],
    )
    assert [f.subject_id for f in leads("P-01", e)] == (["CF1"] if short else [])


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("part", ["alone", "shared"])
def test_the_message_names_the_bottleneck(lang: str, part: str) -> None:
    [lead] = leads("P-01", one([line(1, "60.00")], sale("B1", "100.00")))
    values = {**lead.evidence, "subject_id": lead.subject_id, "day": "2021-03-20"}
    text = wording(SPECS["P-01"].message_for(part)[lang], values, {**lead.units, "day": "date"}, lang)
    assert "B1" in text
    assert "ART-1" in text
    assert {"en": "40.00", "fr": "40,00"}[lang] in text


@pytest.mark.parametrize(
    ("exported", "found", "fires"),
    [("100.00", "99.50", False), ("100.00", "99.49", True), ("10.00", "9.90", False), ("10.00", "9.89", True)],
    ids=["0.5 % exactly", "just over 0.5 %", "0.10 ct exactly", "just over 0.10 ct"],
)
def test_the_tolerance_is_half_a_percent_and_a_tenth_of_a_carat(exported: str, found: str, fires: bool) -> None:
    e = one([line(1, found)], sale("B1", exported), exported)
    assert [f.subject_id for f in leads("P-01", e)] == (["CF1"] if fires else [])


@pytest.mark.parametrize(
    ("production", "slip", "short"),
    [
        ([line(1, "100.00", produced_on="2021-03-05")], {}, False),
        ([line(1, "100.00", produced_on="2021-03-06")], {}, True),
        ([line(1, "100.00", "ART-2")], {}, True),
        ([line(1, "10.00"), line(2, "100.00")], {"register_number": "CAH-1", "line_number": "1"}, True),
        ([line(1, "10.00"), line(2, "100.00")], {"register_number": "CAH-1", "line_number": "2"}, False),
        ([line(1, "100.00")], {"purchase_date": "2022-01-15", "seller_licence": "L-ART-1"}, True),
        ([line(1, "100.00")], {"seller_licence": "L-UNKNOWN"}, True),
        ([line(1, "100.00")], {"buyer_id": "COL-1"}, True),
        ([line(1, "100.00")], {"purchase_date": "2021-03-21"}, True),
    ],
    ids=[
        "found the same day",
        "found after the sale",
        "found by another",
        "another line named",
        "line named",
        "licence expired",
        "licence in no register",
        "sold to another",
        "bought after the issue",
    ],
)
def test_only_dates_parties_and_licences_that_fit_let_stones_through(
    production: list[Record], slip: Record, short: bool
) -> None:
    issued = "2022-01-31" if slip.get("purchase_date", "").startswith("2022") else "2021-03-20"
    e = chain(
        production=production,
        purchase=[sale("B1", "100.00") | slip],
        shipment=[certificate("CF1", "100.00", issued)],
        parcel_source=[packed("CF1", "B1", "100.00")],
    )
    assert [f.subject_id for f in leads("P-01", e)] == (["CF1"] if short else [])


@pytest.mark.parametrize(("opens", "short"), [("2021-03-20", False), ("2021-03-21", True)])
def test_the_zone_counts_on_the_day_of_issue(opens: str, short: bool) -> None:
    zone = [{"subprefecture": "Boda", "status": "compliant", "valid_from": opens}]
    found = leads("P-01", one([line(1, "100.00")], sale("B1", "100.00"), zone=zone))
    assert [(f.evidence["closed_zone"], f.evidence["slips"]) for f in found] == ([(1, ["B1"])] if short else [])


@pytest.mark.parametrize(
    ("issued", "short"),
    [("2013-05-22", False), ("2013-05-23", True), ("2024-11-14", True), ("2024-11-15", False)],
)
def test_zones_count_from_the_suspension_to_the_lifting_only(issued: str, short: bool) -> None:
    slip = sale("B1", "100.00", purchase_date=issued, origin_subprefecture="Abba")
    e = chain(
        "licence",
        production=[line(1, "100.00", produced_on=issued)],
        purchase=[slip],
        shipment=[certificate("CF1", "100.00", issued)],
        parcel_source=[packed("CF1", "B1", "100.00")],
    )
    assert [f.subject_id for f in leads("P-01", e)] == (["CF1"] if short else [])
    assert coverage("P-01", e).not_evaluated == 0


@pytest.mark.parametrize("slip", [sale("B1", "100.00"), sale("B1", "100.00", register_number="CAH-1", line_number="9")])
def test_a_line_that_nobody_could_read_may_be_any(slip: Record) -> None:
    e = one([line(1, "10.00")], slip, unreadable={"production": 1})
    assert reasons("P-01", e) == {"in_quarantine:production": ["CF1"]}
    assert leads("P-01", e) == []
    enough = [line(1, "100.00"), line(9, "100.00")]
    assert coverage("P-01", one(enough, slip, unreadable={"production": 1})).passed == 1


def test_a_source_of_a_resale_that_nobody_could_read_may_be_the_one_that_lacks() -> None:
    e = resold(("B1", "50.00"), unreadable={"purchase_source": 1})
    assert reasons("P-01", e) == {"in_quarantine:purchase_source": ["CF1"]}


def test_a_licence_register_that_was_never_loaded_closes_nothing() -> None:
    slip = sale("B1", "100.00", seller_licence="L-UNKNOWN")
    e = chain(
        "licence",
        production=[line(1, "100.00")],
        purchase=[slip],
        shipment=[certificate("CF1", "100.00")],
        parcel_source=[packed("CF1", "B1", "100.00")],
    )
    assert leads("P-01", e) == []


def two(first: str, second: str, *, found: str = "100.00") -> Evidence:
    """Two sales of one miner, each under a certificate of its own, of which the second was issued later."""
    return chain(
        production=[line(1, found)],
        purchase=[sale("B1", first), sale("B2", second)],
        shipment=[certificate("CF1", first), certificate("CF2", second, "2021-03-25")],
        parcel_source=[packed("CF1", "B1", first), packed("CF2", "B2", second)],
    )


def test_what_two_certificates_share_is_told_of_the_later_and_names_the_other() -> None:
    [lead] = leads("P-01", two("70.00", "50.00"))
    assert (lead.subject_id, lead.part) == ("CF2", "shared")
    assert lead.evidence["sharing"] == ["CF1"]
    assert (lead.evidence["unexplained_alone_carats"], lead.evidence["unexplained_carats"]) == ("0.00", "20.00")
    assert lead.evidence["lines"] == ["CAH-1/1"]


def test_a_shortage_of_its_own_and_a_shared_one_are_one_lead() -> None:
    [lead] = leads("P-01", two("70.00", "120.00"))
    assert (lead.subject_id, lead.part) == ("CF2", "alone")
    assert (lead.evidence["unexplained_alone_carats"], lead.evidence["unexplained_carats"]) == ("20.00", "90.00")
    assert lead.evidence["sharing"] == ["CF1"]


def test_how_many_copies_are_solved_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = range(1, 8)
    e = chain(
        production=[line(1, "100.00")],
        purchase=[sale(f"B{n}", "40.00") for n in numbers],
        shipment=[certificate(f"CF{n}", f"{10 * n + 35}.00") for n in numbers],
        parcel_source=[packed(f"CF{n}", f"B{n}", "40.00") for n in numbers],
    )
    together = leads("P-01", e)
    assert {f.part for f in together} == {"alone"}
    monkeypatch.setattr(flow_solver, "COPIES", 1)
    assert leads("P-01", e) == together


@pytest.mark.parametrize("status", ["void", "replaced"])
def test_a_void_or_replaced_certificate_releases_its_slips(status: str) -> None:
    e = chain(
        production=[line(1, "50.00")],
        purchase=[sale("B1", "50.00")],
        shipment=[certificate("CF1", "50.00", status=status), certificate("CF2", "50.00")],
        parcel_source=[packed("CF1", "B1", "50.00"), packed("CF2", "B1", "50.00")],
    )
    assert leads("P-01", e) == []


def resold(
    *sources: tuple[str, str], sold: str = "100.00", unreadable: dict[str, int] | None = None, **changed: Any
) -> Evidence:
    """Two first sales of 60 ct to a collector, resold to the exporter: ``sources`` of the resale with their carats."""
    return chain(
        production=[line(1, "60.00"), line(2, "60.00", "ART-2")],
        purchase=[
            sale("B1", "60.00", "ART-1", "COL-1"),
            sale("B2", "60.00", "ART-2", "COL-1"),
            sale("R1", sold, "COL-1", purchase_date="2021-03-10", origin_subprefecture=None) | changed,
        ],
        purchase_source=[{"slip_number": "R1", "source_slip_number": s, "carats": w} for s, w in sources],
        shipment=[certificate("CF1", "100.00")],
        parcel_source=[packed("CF1", "R1", "100.00")],
        unreadable=unreadable or {},
    )


def test_a_resale_is_as_good_as_the_slips_it_was_made_of() -> None:
    assert leads("P-01", resold(("B1", "50.00"), ("B2", "50.00"))) == []
    [lead] = leads("P-01", resold(("B1", "50.00"), ("B2", "10.00")))
    assert lead.evidence["unexplained_alone_carats"] == "40.00"
    assert (lead.evidence["slips"], lead.evidence["collectors"]) == (["R1"], ["COL-1"])


def test_a_collectors_sale_without_sources_has_no_production_behind_it() -> None:
    [lead] = leads("P-01", resold())
    assert lead.evidence["unexplained_alone_carats"] == "100.00"


def test_stones_that_one_collector_bought_are_not_those_another_sold() -> None:
    [lead] = leads("P-01", resold(("B1", "50.00"), ("B2", "50.00"), seller_id="COL-2", seller_licence="L-COL-2"))
    assert (lead.evidence["contradicted"], lead.evidence["unexplained_alone_carats"]) == (2, "100.00")


@pytest.mark.parametrize(("as_of", "short"), [("2021-03-05", False), ("2021-03-06", True)])
def test_audited_stock_is_a_source_from_its_day_on(as_of: str, short: bool) -> None:
    stock = [{"actor_id": "ART-1", "as_of": as_of, "carats": "100.00"}]
    assert bool(leads("P-01", one([], sale("B1", "100.00"), stock_declaration=stock))) is short


def test_the_exporters_stock_covers_what_no_slip_does() -> None:
    stock = [{"actor_id": "BA-1", "as_of": "2021-03-01", "carats": "40.00"}]
    papers: dict[str, Any] = {
        "production": [line(1, "60.00")],
        "purchase": [sale("B1", "60.00")],
        "shipment": [certificate("CF1", "100.00")],
        "parcel_source": [packed("CF1", "B1", "60.00")],
    }
    assert leads("P-01", chain(**papers, stock_declaration=stock)) == []
    [lead] = leads("P-01", chain(**papers))
    assert (lead.evidence["unexplained_alone_carats"], lead.evidence["uncovered_parcels"]) == ("40.00", 1)


def test_a_slip_under_a_declared_audit_draws_on_that_stock() -> None:
    stock = [{"actor_id": "BA-1", "as_of": "2021-03-01", "carats": "40.00", "audit_reference": "AUD-1"}]
    [lead] = leads("P-01", one([], sale("B1", "100.00", audit_reference="AUD-1"), stock_declaration=stock))
    assert lead.evidence["unexplained_alone_carats"] == "60.00"
    assert reasons("P-01", one([], sale("B1", "100.00", audit_reference="AUD-9"), stock_declaration=stock)) == {
        "not_held:stock_declaration": ["CF1"]
    }


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"purchase_date": None}, "blank:purchase_date"),
        ({"seller_id": None}, "blank:seller_id"),
        ({"buyer_id": None}, "blank:buyer_id"),
        ({"carats": None}, "blank:carats"),
        ({"origin_subprefecture": None}, "blank:origin_subprefecture"),
        (
            {"origin_subprefecture": "Bodda", "origin_subprefecture_resolved": None},
            "place_unresolved:origin_subprefecture",
        ),
    ],
)
def test_what_a_slip_leaves_blank_neither_accuses_nor_clears(changed: Record, reason: str) -> None:
    e = one([line(1, "100.00")], sale("B1", "100.00") | changed)
    assert leads("P-01", e) == []
    assert reasons("P-01", e) == {reason: ["CF1"]}
    RULEBOOK.reason_text(reason, "fr")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"miner_id": None}, "in_quarantine:production"),
        ({"produced_on": None}, "blank:produced_on"),
        ({"carats": None}, "blank:carats"),
    ],
)
def test_what_a_line_leaves_blank_neither_accuses_nor_clears(changed: Record, reason: str) -> None:
    e = one([line(1, "100.00") | changed], sale("B1", "100.00"))
    assert leads("P-01", e) == []
    assert reasons("P-01", e) == {reason: ["CF1"]}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("production", "not_supplied:production"),
        ("parcel_source", "not_supplied:parcel_source"),
        ("purchase", "not_held:purchase"),
    ],
)
def test_a_kind_that_was_not_supplied_is_named(kind: str, reason: str) -> None:
    kinds: dict[str, list[Record]] = {
        "production": [line(1, "100.00")],
        "purchase": [sale("B1", "100.00")],
        "parcel_source": [packed("CF1", "B1", "100.00")],
        "shipment": [certificate("CF1", "100.00")],
    }
    assert reasons("P-01", chain(kind, **kinds)) == {reason: ["CF1"]}


@pytest.mark.parametrize(("blank", "reason"), [("issue_date", "blank:issue_date"), ("carats", "blank:carats")])
def test_a_certificate_without_its_day_or_weight_is_not_checked(blank: str, reason: str) -> None:
    e = chain(
        production=[line(1, "100.00")],
        purchase=[sale("B1", "100.00")],
        parcel=[],
        shipment=[certificate("CF1", "100.00") | {blank: None}],
        parcel_source=[packed("CF1", "B1", "100.00")],
    )
    assert leads("P-01", e) == []
    assert reasons("P-01", e) == {reason: ["CF1"]}


def test_what_is_missing_does_not_hide_what_is_certain() -> None:
    """The slip without a seller may be covered; the other cannot, whatever is found about the first."""
    e = chain(
        production=[],
        purchase=[sale("B1", "50.00", seller_id=None), sale("B2", "50.00")],
        shipment=[certificate("CF1", "100.00")],
        parcel_source=[packed("CF1", "B1", "50.00"), packed("CF1", "B2", "50.00")],
    )
    [lead] = leads("P-01", e)
    assert lead.evidence["unexplained_alone_carats"] == "50.00"


@pytest.mark.parametrize(("begins", "silent"), [("2020-09-06", True), ("2020-09-05", False)])
def test_the_first_six_months_are_not_held_against_anybody(begins: str, silent: bool) -> None:
    """The sale is of 2021-03-05; the month's production is held for every month of monitoring."""
    months = [f"SPPK@{m}" for m in ("2020-09", "2020-10", "2020-11", "2020-12", "2021-01", "2021-02")]
    held = [line(n, "1.00", "ART-2", return_id=m, line_number=f"x{n}") for n, m in enumerate(months)]
    here = line(9, "1.00", "ART-2")
    e = one([*held, here], sale("B1", "100.00"), monitoring_from=begins)
    assert [f.subject_id for f in leads("P-01", e)] == ([] if silent else ["CF1"])
    assert reasons("P-01", e) == ({"history_short": ["CF1"]} if silent else {})
    stock = [{"actor_id": "ART-1", "as_of": "2020-09-01", "carats": "0.00"}]
    opened = one([*held, here], sale("B1", "100.00"), monitoring_from=begins, stock_declaration=stock)
    assert [f.subject_id for f in leads("P-01", opened)] == ["CF1"]


@pytest.mark.parametrize(
    ("as_of", "carats", "missing", "told"),
    [
        ("2021-03-06", "0.00", "", "100.00"),
        ("2021-03-06", "70.00", "", "30.00"),
        ("2021-03-06", "100.00", "", ""),
        ("2021-03-19", "70.00", "", "30.00"),
        ("2021-03-20", "70.00", "history_short", ""),  # the day it was exported: it may have left before the count
        ("2021-03-05", "70.00", "history_short", ""),  # the day it was bought: it may have come after the count
        ("2021-03-06", None, "blank:carats", ""),
    ],
)
def test_what_was_held_when_the_buyers_stock_was_declared_was_in_it(
    as_of: str, carats: str | None, missing: str, told: str
) -> None:
    """The sale of 2021-03-05 is within the first months of monitoring, and nothing opens its seller."""
    stock = [{"actor_id": "BA-1", "as_of": as_of, "carats": carats}]
    e = one([], sale("B1", "100.00"), monitoring_from="2021-03-01", stock_declaration=stock)
    assert [f.evidence["unexplained_alone_carats"] for f in leads("P-01", e)] == ([told] if told else [])
    assert reasons("P-01", e) == ({missing: ["CF1"]} if missing else {})


def test_a_declared_stock_that_could_not_be_read_may_have_held_more() -> None:
    stock = [{"actor_id": "BA-1", "as_of": "2021-03-06", "carats": "0.00"}]
    unread = [("stock_declaration", "actor_id", "BA-1")]
    papers: dict[str, Any] = {"monitoring_from": "2021-03-01", "stock_declaration": stock}
    e = one([], sale("B1", "100.00"), known_keys=unread, **papers)
    assert reasons("P-01", e) == {"history_short": ["CF1"]}


@pytest.mark.parametrize(("as_of", "silent"), [("2021-03-09", False), ("2021-03-10", True)])
def test_what_was_sold_on_before_the_count_was_not_in_it(as_of: str, silent: bool) -> None:
    """The collector sells on 2021-03-10 what he bought of a miner that nothing opens."""
    e = chain(
        production=[],
        purchase=[
            sale("B1", "100.00", "ART-1", "COL-1"),
            sale("R1", "100.00", "COL-1", purchase_date="2021-03-10", origin_subprefecture=None),
        ],
        purchase_source=[{"slip_number": "R1", "source_slip_number": "B1", "carats": "100.00"}],
        shipment=[certificate("CF1", "100.00")],
        parcel_source=[packed("CF1", "R1", "100.00")],
        monitoring_from="2021-03-01",
        stock_declaration=[{"actor_id": "COL-1", "as_of": as_of, "carats": "0.00"}],
    )
    assert reasons("P-01", e) == ({"history_short": ["CF1"]} if silent else {})
    assert [f.subject_id for f in leads("P-01", e)] == ([] if silent else ["CF1"])


def test_slips_in_a_circle_say_nothing() -> None:
    e = chain(
        production=[],
        purchase=[sale("R1", "50.00", "COL-1", "COL-1"), sale("R2", "50.00", "COL-1")],
        purchase_source=[
            {"slip_number": a, "source_slip_number": b, "carats": "50.00"} for a, b in (("R1", "R2"), ("R2", "R1"))
        ],
        shipment=[certificate("CF1", "50.00")],
        parcel_source=[packed("CF1", "R2", "50.00")],
    )
    assert reasons("P-01", e) == {"circular_sources": ["CF1"]}


def test_no_certificate_no_row() -> None:
    assert coverage("P-01", chain(shipment=[], purchase=[], parcel_source=[])).evaluated == 0


def test_amounts_beyond_32_bits_do_not_wrap() -> None:
    """Three certificates of 1.5 times what the solver counts, on one source that holds enough for two."""
    each, many = LARGEST + LARGEST // 2, 4
    size, none = many, np.full(many, -1, dtype=np.int64)
    ints = [
        np.array(values, dtype=np.int64)
        for values in ([2 * each, 0, 0, 0], [10**12, each, each, each], [0, 0, 0], [1, 2, 3], [10**12] * 3, [1, 2, 3])
    ]
    net = Network(*ints, node_group=none, end_group=np.zeros(3, dtype=np.int64), closed_to=np.zeros((0, 0), dtype=bool))
    flow = maximum(net, net.demand)
    assert flow.arrived.sum() == 2 * each
    assert serve(net, flow, net.demand).tolist() == [each, each, 0]
    assert size == many
