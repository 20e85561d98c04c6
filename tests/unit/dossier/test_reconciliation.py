"""The monthly page against an oracle in plain Python, and case by case."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from carmonitor.dossier.reconciliation import PAGE_COLUMNS, RESULTS, overdue, reconciliation, subtotals
from tests.evidence_builder import evidence

SHIPPED: dict[str, Any] = {
    "certificate_number": "CF000101",
    "issue_date": "2021-03-10",
    "export_date": "2021-03-12",
    "exporter_name": "BADIAM",
    "destination_country": "BE",
    "parcel_count": 2,
    "carats": "120.50",
    "value_usd": "20000.00",
    "status": "issued",
}
CONFIRMED: dict[str, Any] = {
    "certificate_number": "CF000101",
    "importing_country": "BE",
    "received_on": "2021-03-20",
    "confirmed_on": "2021-03-25",
    "parcel_count": 2,
    "carats": "120.50",
    "value_usd": "20000.00",
    "outcome": "accepted",
}
MEMBERS = [{"country": "BE", "part_of": "EU", "valid_from": "2003-01-01"}, {"country": "EU"}]


def page_of(shipment: dict[str, Any] | None = None, confirmation: Any = None, **more: Any) -> pd.DataFrame:
    """The page of one certificate, changed as told, and its confirmation (None = a sheet without rows)."""
    confirmations = [] if confirmation is None else [CONFIRMED | confirmation]
    return reconciliation(
        evidence(
            shipment=[SHIPPED | (shipment or {})], import_confirmation=confirmations, kp_participant=MEMBERS, **more
        )
    )


def only(page: pd.DataFrame) -> dict[str, Any]:
    assert len(page) == 1
    return dict(page.iloc[0])


def test_both_sides_agree() -> None:
    line = only(page_of(confirmation={}))
    assert (line["result"], line["differs_in"], line["note"]) == ("matched", "", "")
    assert line["carats_difference"] == Decimal("0.00")
    assert line["value_difference_percent"] == Decimal("0.00")
    assert line["period"] == "2021-03"
    assert line["age_days"] == 141  # 12 March to 31 July
    assert bool(line["outstanding"]) is False


@pytest.mark.parametrize(
    ("confirmation", "result", "differs_in"),
    [
        ({"carats": "120.49"}, "differs", "carats"),
        ({"parcel_count": 3}, "differs", "parcels"),
        ({"value_usd": "22000.00"}, "matched", ""),  # exactly 10 %
        ({"value_usd": "22000.01"}, "differs", "value"),
        ({"importing_country": "IN"}, "differs", "country"),
        ({"importing_country": "EU"}, "matched", ""),  # Belgium is a member
        ({"importing_country": "IN", "carats": "1"}, "differs", "country carats"),
        ({"outcome": "refused"}, "refused", ""),
        ({"outcome": "seized", "carats": "1"}, "refused", "carats"),
    ],
)
def test_what_differs_is_named(confirmation: dict[str, Any], result: str, differs_in: str) -> None:
    line = only(page_of(confirmation=confirmation))
    assert (line["result"], line["differs_in"]) == (result, differs_in)


def test_a_blank_is_never_an_agreement() -> None:
    assert only(page_of(confirmation={"carats": None}))["result"] == "not_evaluated"
    line = only(page_of(confirmation={"outcome": None}))
    assert (line["result"], line["note"]) == ("not_evaluated", "blank:outcome")
    line = only(page_of(confirmation={"value_usd": None}))
    assert (line["result"], line["note"], line["value_difference_percent"]) == ("matched", "not_compared:value", None)


def test_no_confirmation_is_missing_and_outstanding() -> None:
    line = only(page_of())
    assert (line["result"], bool(line["outstanding"])) == ("missing", True)


def test_an_answer_from_elsewhere_leaves_the_destination_owing() -> None:
    assert bool(only(page_of(confirmation={"importing_country": "IN"}))["outstanding"]) is True


def test_where_no_confirmation_was_ever_held_nothing_is_missing() -> None:
    line = only(reconciliation(evidence(shipment=[SHIPPED])))
    assert (line["result"], line["note"]) == ("not_evaluated", "not_held:import_confirmation")
    assert pd.isna(line["outstanding"])


def test_a_typing_error_is_neither_missing_nor_orphan() -> None:
    known = [("import_confirmation", "certificate_number", "CF000101")]
    line = only(page_of(known_keys=known))
    assert (line["result"], line["note"]) == ("not_evaluated", "in_quarantine:import_confirmation")
    alone = evidence(
        shipment=[], import_confirmation=[CONFIRMED], known_keys=[("shipment", "certificate_number", "CF000101")]
    )
    line = only(reconciliation(alone))
    assert (line["result"], line["note"]) == ("not_evaluated", "in_quarantine:shipment")


@pytest.mark.parametrize("status", ["void", "replaced"])
def test_void_numbers_carry_no_age(status: str) -> None:
    line = only(page_of({"status": status}))
    assert (line["result"], line["age_days"] is pd.NA) == ("void", True)
    assert only(page_of({"status": status}, {}))["result"] == "void_confirmed"


def test_a_blank_status_counts_as_issued() -> None:
    assert only(page_of({"status": None}, {}))["result"] == "matched"


def test_orphans_stand_in_the_month_of_arrival_under_the_confirming_country() -> None:
    page = page_of({}, {"certificate_number": "CF999999"})
    assert list(page["result"]) == ["missing", "orphan"]
    orphan = page.iloc[1]
    assert (orphan["period"], orphan["certificate_number"]) == ("2021-03", "CF999999")
    total = subtotals(page).set_index("level").loc["total"]
    assert (total["orphan"], total["confirmed_carats"], total["certificates"]) == (1, Decimal(0), 1)


def test_two_confirmations_make_two_lines_but_one_export() -> None:
    page = reconciliation(
        evidence(
            shipment=[SHIPPED],
            import_confirmation=[CONFIRMED, CONFIRMED | {"importing_country": "IN", "carats": "5.00"}],
            kp_participant=MEMBERS,
        )
    )
    assert sorted(page["line"]) == [1, 2]
    total = subtotals(page).set_index("level").loc["total"]
    assert (total["certificates"], total["carats"], total["confirmed_carats"]) == (
        1,
        Decimal("120.50"),
        Decimal("125.50"),
    )


def test_nothing_held_gives_an_empty_page_with_all_columns() -> None:
    page = reconciliation(evidence())
    assert (tuple(page.columns), len(page)) == (PAGE_COLUMNS, 0)
    assert len(subtotals(page)) == 0
    assert len(overdue(page, warning_after_days=60, error_after_days=90)) == 0


@pytest.mark.parametrize(("days", "band"), [(60, "in_time"), (61, "late"), (90, "late"), (91, "very_late")])
def test_overdue_bands_at_their_limits(days: int, band: str) -> None:
    left = date(2021, 7, 31) - timedelta(days=days)
    table = overdue(page_of({"export_date": left.isoformat()}), warning_after_days=60, error_after_days=90)
    line = only(table)
    assert {b: line[b] for b in ("in_time", "late", "very_late")} == {"in_time": 0, "late": 0, "very_late": 0} | {
        band: 1
    }
    assert line["outstanding"] == 1
    assert line["late_carats"] == (0 if band == "in_time" else Decimal("120.50"))


def a_year(seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Certificates and confirmations with every kind of disagreement, by chance."""
    chance = random.Random(seed)
    shipments, answers = [], []
    for n in range(80):
        issued = date(2021, 1, 1) + timedelta(days=chance.randrange(210))
        carats = Decimal(chance.randrange(1, 5_000_000)) / 100
        value = Decimal(chance.randrange(1, 10**9)) / 100
        ship = SHIPPED | {
            "certificate_number": f"CF{n:06}",
            "issue_date": issued.isoformat(),
            "export_date": chance.choice([None, (issued + timedelta(days=3)).isoformat()]),
            "destination_country": chance.choice(["BE", "AE", "IN"]),
            "carats": carats,
            "value_usd": value,
            "status": chance.choice(["issued"] * 8 + ["void", "replaced", None]),
        }
        shipments.append(ship)
        for _ in range(chance.choice([0, 0, 1, 1, 1])):
            answers.append(
                CONFIRMED
                | {
                    "certificate_number": ship["certificate_number"],
                    "importing_country": chance.choice([ship["destination_country"]] * 5 + ["IL"]),
                    "carats": chance.choice([carats, carats, carats + Decimal("0.01"), None]),
                    "value_usd": chance.choice([value, (value * Decimal("1.2")).quantize(Decimal("0.01")), None]),
                    "parcel_count": chance.choice([2, 2, 2, 3]),
                    "outcome": chance.choice(["accepted"] * 6 + ["refused", "seized", None]),
                }
            )
    answers += [CONFIRMED | {"certificate_number": f"CF9{n:05}"} for n in range(5)]
    return shipments, answers


def told_by_oracle(ship: dict[str, Any], answer: dict[str, Any] | None) -> str:
    """The result of a certificate, with Decimals and ifs."""
    if ship["status"] in ("void", "replaced"):
        return "void_confirmed" if answer else "void"
    if answer is None:
        return "missing"
    if answer["outcome"] in ("refused", "seized"):
        return "refused"
    value_off = (
        answer["value_usd"] is not None and abs(answer["value_usd"] - ship["value_usd"]) * 10 > ship["value_usd"]
    )
    carats_off = answer["carats"] is not None and answer["carats"] != ship["carats"]
    elsewhere = answer["importing_country"] != ship["destination_country"]
    if value_off or carats_off or elsewhere or answer["parcel_count"] != ship["parcel_count"]:
        return "differs"
    return "not_evaluated" if answer["carats"] is None or answer["outcome"] is None else "matched"


@pytest.mark.parametrize("seed", range(5))
def test_the_page_agrees_with_plain_python(seed: int) -> None:
    shipments, answers = a_year(seed)
    by_number = {a["certificate_number"]: a for a in answers}
    page = reconciliation(evidence(shipment=shipments, import_confirmation=answers, kp_participant=MEMBERS))
    lines = {line["certificate_number"]: line for line in page.to_dict("records")}
    assert len(page) == len(shipments) + 5
    assert set(page["result"]) <= set(RESULTS)
    for ship in shipments:
        line, answer = lines[ship["certificate_number"]], by_number.get(ship["certificate_number"])
        assert line["result"] == told_by_oracle(ship, answer), ship["certificate_number"]
        assert (line["carats"], line["value_usd"]) == (ship["carats"], ship["value_usd"])
        if answer and answer["carats"] is not None:
            assert line["carats_difference"] == answer["carats"] - ship["carats"]
        if answer and answer["value_usd"] is not None:
            percent = (answer["value_usd"] - ship["value_usd"]) / ship["value_usd"] * 100
            assert abs(line["value_difference_percent"] - percent) <= Decimal("0.005")
        if ship["status"] in ("issued", None):
            sent = date.fromisoformat(ship["export_date"] or ship["issue_date"])
            assert line["age_days"] == (date(2021, 7, 31) - sent).days


@pytest.mark.parametrize("seed", range(3))
def test_subtotals_agree_with_plain_python_and_add_up(seed: int) -> None:
    shipments, answers = a_year(seed)
    page = reconciliation(evidence(shipment=shipments, import_confirmation=answers, kp_participant=MEMBERS))
    table = subtotals(page)
    total = table.set_index("level").loc["total"]
    used = [s for s in shipments if s["status"] in ("issued", None)]
    assert (total["certificates"], total["carats"]) == (len(used), sum(s["carats"] for s in used))
    in_use = {s["certificate_number"] for s in used}
    taken = [a for a in answers if a["certificate_number"] in in_use and a["outcome"] not in ("refused", "seized")]
    assert total["confirmed_carats"] == sum(a["carats"] or 0 for a in taken)
    march_to_belgium = [s for s in used if s["issue_date"][:7] == "2021-03" and s["destination_country"] == "BE"]
    cell = table[(table["level"] == "country_month") & (table["period"] == "2021-03") & (table["country"] == "BE")]
    assert cell["value_usd"].sum() == sum(s["value_usd"] for s in march_to_belgium)
    for level in ("country_month", "month", "country"):
        for column in table.columns[3:]:
            assert table.loc[table["level"] == level, column].sum() == total[column], (level, column)


def test_overdue_agrees_with_plain_python() -> None:
    shipments, answers = a_year(7)
    by_number = {a["certificate_number"]: a for a in answers}
    page = reconciliation(evidence(shipment=shipments, import_confirmation=answers, kp_participant=MEMBERS))
    expected: dict[str, Counter[str]] = {}
    for ship in shipments:
        if ship["status"] in ("void", "replaced"):
            continue
        answer = by_number.get(ship["certificate_number"])
        if answer and answer["importing_country"] == ship["destination_country"]:
            continue
        age = (date(2021, 7, 31) - date.fromisoformat(ship["export_date"] or ship["issue_date"])).days
        band = "in_time" if age <= 60 else "late" if age <= 90 else "very_late"
        expected.setdefault(ship["destination_country"], Counter())[band] += 1
    table = overdue(page, warning_after_days=60, error_after_days=90).set_index("country")
    for country, bands in expected.items():
        assert {b: table.loc[country, b] for b in bands} == dict(bands)
        assert table.loc[country, "outstanding"] == bands.total()
