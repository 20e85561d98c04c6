"""F15: what an exporter exports against what it bought itself, quarter by quarter."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carmonitor.detection import detect
from carmonitor.findings import result_digest
from carmonitor.records.evidence import Evidence
from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SPECS, coverage, leads, reasons

RATE = {"currency": "USD", "period": "2021-02", "xaf_per_unit": "500"}
BOUGHT = {
    "slip_number": "S1", "purchase_date": "2021-02-10", "buyer_id": "BA-1", "carats": "100.00", "price_xaf": 5_000_000,
}  # fmt: skip
EXPORTED = {
    "certificate_number": "CF1", "issue_date": "2021-03-20", "exporter_id": "BA-1", "carats": "100.00",
    "value_usd": "12000.00", "status": "issued",
}  # fmt: skip
PARCEL = {"certificate_number": "CF1", "parcel_number": "1"}


def profile(kind: str, subject: str, small: str | None, large: str | None) -> list[dict[str, Any]]:
    """An assortment of two classes, below and above two carats a stone."""
    rows = [("1.00-1.99", small), ("2.00-4.99", large)]
    return [{"subject_kind": kind, "subject_id": subject, "size_class": c, "carats": w} for c, w in rows if w != "0"]


LIKE = [*profile("purchase", "S1", "60", "40"), *profile("parcel", "CF1/1", "60", "40")]


def quarter(shipment: dict[str, Any] | None = None, purchase: dict[str, Any] | None = None, **changed: Any) -> Evidence:
    """BA-1 buys 100 ct at 100 USD/ct in February 2021 and exports 100 ct at 120 USD/ct in March."""
    kinds: dict[str, Any] = {
        "shipment": [EXPORTED | (shipment or {})],
        "purchase": [BOUGHT | (purchase or {})],
        "exchange_rate": [RATE],
        "parcel": [PARCEL],
        "assortment": LIKE,
    }
    return evidence(**(kinds | changed))


def test_an_exporter_who_sells_dearer_than_he_buys_is_silent() -> None:
    e = quarter()
    assert leads("F15", e) == []
    assert (coverage("F15", e).evaluated, coverage("F15", e).passed) == (1, 1)


@pytest.mark.parametrize(("value", "fires"), [("10000.01", False), ("10000.00", False), ("9999.99", True)])
def test_exports_below_the_own_purchase_price_are_a_lead_and_at_it_are_not(value: str, fires: bool) -> None:
    assert [f.part for f in leads("F15", quarter({"value_usd": value}))] == (["value"] if fires else [])


@pytest.mark.parametrize(("large", "fires"), [("20.00", False), ("19.99", True)])
def test_less_than_half_the_bought_share_of_large_stones_is_a_lead(large: str, fires: bool) -> None:
    exported = profile("parcel", "CF1/1", str(100 - float(large)), large)
    found = leads("F15", quarter(assortment=[*LIKE[:2], *exported]))
    assert [f.part for f in found] == (["stones"] if fires else [])


def test_stones_of_exactly_two_carats_are_large() -> None:
    bought, exported = profile("purchase", "S1", "0", "100"), profile("parcel", "CF1/1", "100", "0")
    [lead] = leads("F15", quarter(assortment=[*bought, *exported]))
    assert (lead.evidence["large_bought"], lead.evidence["large_exported"], lead.score) == ("100.00", "0.00", 1.0)


def test_a_lead_tells_both_sides_and_stands_on_their_rows() -> None:
    e = quarter({"value_usd": "6000.00"})
    [lead] = leads("F15", e)
    assert lead.evidence == {
        "exporter_id": "BA-1", "quarter": "2021-Q1", "certificates": 1, "slips": 1,
        "exported_carats": "100.00", "bought_carats": "100.00", "export_per_carat": "60.00",
        "purchase_per_carat": "100.00", "purchase_xaf_per_carat": "50000", "unit_value_ratio": "0.600",
        "large_exported": "40.00", "large_bought": "40.00",
    }  # fmt: skip
    assert (lead.subject_kind, lead.subject_id, lead.period) == ("actor_quarter", "BA-1@2021-Q1", "2021-03")
    assert lead.score == pytest.approx(0.4)
    assert set(lead.refs) == {int(e["shipment"]["ref"].iloc[0]), int(e["purchase"]["ref"].iloc[0])}


def test_case_c5_the_twin_parcel_of_2002_shows_in_the_records() -> None:
    """Declared at about 62,000 FCFA/ct, own purchases at 210,000: ratio 1 to 3.4. Weights and rate are synthetic."""
    rate = {"currency": "USD", "period": "2002", "xaf_per_unit": "700", "certainty": "I"}
    bought = {"purchase_date": "2002-07-15", "carats": "145.79", "price_xaf": 30_615_900}
    declared = {"issue_date": "2002-08-01", "carats": "200.00", "value_usd": "17714.29"}
    [lead] = leads("F15", quarter(declared, bought, exchange_rate=[rate]))
    assert (lead.part, lead.regime, lead.subject_id) == ("value", "NONE", "BA-1@2002-Q3")
    assert (lead.evidence["purchase_xaf_per_carat"], lead.evidence["unit_value_ratio"]) == ("210000", "0.295")


@pytest.mark.parametrize(
    ("rates", "fires"),
    [
        ({"2021-02-10": "500", "2021-02": "1", "2021": "1"}, False),
        ({"2021-02": "500", "2021": "1"}, False),
        ({"2021": "500"}, False),
        ({"2021-02-10": "400", "2021-02": "500"}, True),
        ({"2021-02-11": "1", "2021-02": "500"}, False),
    ],
)
def test_the_rate_of_the_day_goes_before_the_months_and_the_years(rates: dict[str, str], fires: bool) -> None:
    """At 500 XAF the purchases cost 100 USD/ct, at 400 XAF 125: dearer than the exports at 120."""
    register = [{"currency": "USD", "period": p, "xaf_per_unit": r} for p, r in rates.items()]
    assert bool(leads("F15", quarter(exchange_rate=register))) is fires


@pytest.mark.parametrize(
    "register",
    [
        [],
        [RATE | {"currency": "EUR"}],
        [RATE | {"period": "2021-03"}],
        [RATE | {"xaf_per_unit": None}],
        [RATE, RATE | {"xaf_per_unit": "600"}],
    ],
    ids=["none", "other currency", "other month", "blank", "two that differ"],
)
def test_without_one_rate_nothing_is_compared(register: list[dict[str, Any]]) -> None:
    e = quarter({"value_usd": "1.00"}, exchange_rate=register)
    assert leads("F15", e) == []
    assert reasons("F15", e) == {"not_held:exchange_rate": ["BA-1@2021-Q1"]}


@pytest.mark.parametrize(
    ("shipment", "purchase", "reason"),
    [
        ({"carats": None}, {}, "blank:carats"),
        ({"value_usd": None}, {}, "blank:value_usd"),
        ({}, {"carats": None}, "blank:carats"),
        ({}, {"price_xaf": None}, "blank:price_xaf"),
        ({}, {"price_xaf": 0}, "zero:price_xaf"),
        ({}, {"buyer_id": "C-01"}, "small_sample:purchase"),
        ({}, {"purchase_date": "2020-12-31"}, "small_sample:purchase"),
        ({"carats": "19.99"}, {}, "small_sample:shipment"),
        ({}, {"carats": "19.99"}, "small_sample:purchase"),
    ],
)
def test_what_is_missing_is_named_and_never_a_lead(
    shipment: dict[str, Any], purchase: dict[str, Any], reason: str
) -> None:
    e = quarter({"value_usd": "1.00"} | shipment, purchase)
    assert [f.part for f in leads("F15", e)] == []
    assert "BA-1@2021-Q1" in reasons("F15", e)[reason]
    RULEBOOK.reason_text(reason, "fr")


def test_twenty_carats_on_each_side_are_enough() -> None:
    e = quarter({"carats": "20.00", "value_usd": "1.00"}, {"carats": "20.00"})
    assert "value" in [f.part for f in leads("F15", e)]


@pytest.mark.parametrize(
    ("shipment", "subject", "reason"),
    [
        ({"exporter_id": None}, "CF1@2021-Q1", "blank:exporter_id"),
        ({"issue_date": None}, "BA-1@undated", "blank:issue_date"),
    ],
)
def test_a_certificate_of_nobodys_quarter_is_told(shipment: dict[str, Any], subject: str, reason: str) -> None:
    assert reasons("F15", quarter(shipment)) == {reason: [subject]}


def test_void_certificates_are_no_exports() -> None:
    assert coverage("F15", quarter({"status": "void", "value_usd": "1.00"})).evaluated == 0


def test_a_quarter_that_is_not_over_waits() -> None:
    e = quarter({"value_usd": "1.00"})
    assert reasons("F15", replace(e, as_of=e.as_of.replace(month=3, day=30), _cache={})) == {
        "quarter_open": ["BA-1@2021-Q1"]
    }
    assert leads("F15", replace(e, as_of=e.as_of.replace(month=3, day=31), _cache={}))


@pytest.mark.parametrize(
    ("assortment", "reason"),
    [
        (LIKE[:2], "small_sample:assortment"),
        ([*LIKE[:2], *profile("parcel", "CF1/1", "39.99", "40")], "small_sample:assortment"),
        ([*LIKE[:2], *profile("parcel", "CF1/1", None, "100")], "blank:assortment"),
    ],
)
def test_a_profile_of_too_little_of_the_weight_is_not_compared(assortment: list[dict[str, Any]], reason: str) -> None:
    e = quarter(assortment=assortment)
    assert leads("F15", e) == []
    assert reasons("F15", e) == {reason: ["BA-1@2021-Q1"]}


def test_a_profile_of_four_fifths_of_the_weight_is_enough() -> None:
    exported = profile("parcel", "CF1/1", "79.00", "1.00")
    assert [f.part for f in leads("F15", quarter(assortment=[*LIKE[:2], *exported]))] == ["stones"]


def test_a_cheap_export_is_a_lead_even_where_the_assortment_lacks() -> None:
    e = quarter({"value_usd": "1.00"}, assortment=[])
    assert [f.part for f in leads("F15", e)] == ["value"]
    assert reasons("F15", e) == {}


CERTIFICATES = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 40_000)), min_size=1, max_size=12
)


@settings(max_examples=25, deadline=None)
@given(CERTIFICATES, CERTIFICATES, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(
    exports: list[tuple[int, int, int]], slips: list[tuple[int, int, int]], random: Random
) -> None:
    e = evidence(
        shipment=[
            EXPORTED | {"certificate_number": f"CF{i}", "exporter_id": f"BA-{b}", "issue_date": f"2021-{m:02}-15",
                        "value_usd": str(v)} for i, (b, m, v) in enumerate(exports)
        ],
        purchase=[
            BOUGHT | {"slip_number": f"S{i}", "buyer_id": f"BA-{b}", "purchase_date": f"2021-{m:02}-10",
                      "price_xaf": v * 500} for i, (b, m, v) in enumerate(slips)
        ],
        exchange_rate=[RATE | {"period": "2021"}],
    )  # fmt: skip
    mixed = {
        kind: frame.sample(frac=1, random_state=random.randrange(2**32)).reset_index(drop=True)
        for kind, frame in e.frames.items()
    }
    first, second = (
        detect(x, {"F15": SPECS["F15"]}, RULEBOOK.regimes) for x in (e, replace(e, frames=mixed, _cache={}))
    )
    assert result_digest(first.findings) == result_digest(second.findings)
    assert first.coverage == second.coverage


def test_totals_of_a_quarter_are_weighed_not_averaged() -> None:
    """10 ct at 1,000 USD/ct and 190 ct at 60: 107 USD/ct in all, above the purchases' 100."""
    shipments = [
        EXPORTED | {"carats": "10.00", "value_usd": "10000.00"},
        EXPORTED | {"certificate_number": "CF2", "carats": "190.00", "value_usd": "11400.00"},
    ]
    assert leads("F15", evidence(shipment=shipments, purchase=[BOUGHT], exchange_rate=[RATE])) == []
    cheaper = [shipments[0], shipments[1] | {"value_usd": "9999.00"}]
    assert leads("F15", evidence(shipment=cheaper, purchase=[BOUGHT], exchange_rate=[RATE]))
