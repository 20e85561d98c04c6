"""Rows asked for by number: the same from SQLite and PostgreSQL, whatever a number contains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from carmonitor.dossier.sheets.standing import NoRunError, Standing
from carmonitor.dossier.sheets.volumes import by_month, outputs_of, trades_of
from carmonitor.settings import Settings
from carmonitor.store import lookup, tables
from carmonitor.store.database import Store, open_store
from carmonitor.store.findings import RunInfo
from carmonitor.store.load import save_submission
from carmonitor.store.totals import load_totals, save_totals
from tests.integration.store.submissions import sheet, submission

ODD = "B'2\\ <script>%s?:x"
FEBRUARY = submission(
    "S1",
    sheet("purchase", [
        {"slip_number": "B1", "buyer_id": "BA-01", "seller_id": "ART-1", "carats": "1.25", "price_xaf": "1000",
         "purchase_date": "2021-02-03", "origin_subprefecture": "BODA", "stones": 5},
        {"slip_number": ODD, "buyer_id": "BA-01", "seller_id": "ART-2", "carats": None, "price_xaf": None,
         "purchase_date": None, "origin_subprefecture": "Nowhere"},
        {"slip_number": "B3", "buyer_id": "BA-02", "seller_id": "BA-01", "carats": "3.00", "price_xaf": "9000",
         "purchase_date": "2021-02-28", "origin_subprefecture": "Boda", "stones": 1},
    ], refused={9: {"slip_number": "B9"}}),
    sheet("purchase_source", [{"slip_number": "B3", "source_slip_number": "B1", "carats": "1.25"}]),
    sheet("shipment", [{"certificate_number": "CF1", "issue_date": "2021-02-20", "exporter_id": "BA-02",
                        "carats": "3.00", "value_usd": "300.50"},
                       {"certificate_number": "CF2", "issue_date": "2021-02-21", "status": "void"}]),
    sheet("parcel_source", [{"certificate_number": "CF1", "parcel_number": "1", "slip_number": "B3", "carats": "3.00"},
                            {"certificate_number": "CF1", "parcel_number": "1", "slip_number": "B8", "carats": None},
                            {"certificate_number": "CF2", "parcel_number": "1", "slip_number": "B1", "carats": "1"}]),
    sheet("assortment", [{"subject_kind": "parcel", "subject_id": "CF1/1", "size_class": "2.00-4.99", "carats": "3.00"},
                         {"subject_kind": "purchase", "subject_id": "CF1/1", "size_class": "10.80+", "carats": "9"}]),
    period="2021-02",
    received="2021-03-10",
)  # fmt: skip
CORRECTED = submission(
    "S2",
    sheet("purchase", [{"slip_number": "B1", "buyer_id": "BA-01", "seller_id": "ART-1", "carats": "1.30",
                        "purchase_date": "2021-02-03", "origin_subprefecture": "Boda"}]),
    period="2021-02",
    received="2021-05-01",
)  # fmt: skip
REGISTER = submission(
    "R1", sheet("actor", [{"actor_id": "ART-1", "name": "Old"}, {"actor_id": "ART-2", "name": "Two (synthetic)"}]),
    sheet("licence", [{"licence_number": "L1", "actor_id": "ART-1", "valid_from": "2021-01-01"}]),
    sender="team", period=None, received="2021-01-01",
)  # fmt: skip
LATER = submission(
    "R2", sheet("actor", [{"actor_id": "ART-1", "name": "New"}]),
    sheet("licence", [{"licence_number": "L1", "actor_id": "ART-2", "valid_from": "2021-01-01"}]),
    sender="team", period=None, received="2021-02-01",
)  # fmt: skip


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with open_store(database_url) as opened:
        for one in (REGISTER, LATER, FEBRUARY, CORRECTED):
            with opened.write() as connection:
                save_submission(connection, one, ingested_at=datetime(2021, 6, 1, tzinfo=UTC), actor="ana")
        yield opened


def run(as_of: date, last_seq: int | None = None) -> RunInfo:
    now = datetime(2021, 6, 1, tzinfo=UTC)
    return RunInfo("R", as_of, now, None, "0", "r", "e", "d", {}, {}, "ana", last_seq)


def standing(connection: sa.Connection, as_of: date = date(2021, 4, 30), last_seq: int | None = None) -> Standing:
    return Standing.of_run(connection, Settings(), run(as_of, last_seq))


def test_rows_are_found_by_numbers_that_hold_quotes_and_signs(store: Store) -> None:
    with store.read() as connection:
        rows = lookup.rows_by(connection, "purchase", "slip_number", [ODD, "B3", "gone", "\x00", "' OR '1'='1"])
        plain = lookup.plain_rows(connection, "purchase", "slip_number", [ODD], ["slip_number", "purchase_date"])
        (at,) = lookup.rows_at(connection, "purchase", rows["ref"][:1])["slip_number"]
    assert sorted(rows["slip_number"]) == sorted([ODD, "B3"])
    assert [(row["slip_number"], row["purchase_date"]) for row in plain] == [(ODD, None)]
    assert at in (ODD, "B3")


def test_a_field_that_is_no_text_is_refused(store: Store) -> None:
    with store.read() as connection, pytest.raises(ValueError, match=r"found purchase\.carats, which is no text"):
        lookup.rows_by(connection, "purchase", "carats", ["1"])


def test_only_what_stood_on_the_day_is_shown(store: Store) -> None:
    with store.read() as connection:
        before = standing(connection).rows("purchase", "slip_number", ["B1"])
        after = standing(connection, date(2021, 5, 2)).rows("purchase", "slip_number", ["B1", "B3"])
        unknown_then = standing(connection, date(2021, 5, 2), last_seq=3).rows("purchase", "slip_number", ["B1"])
    assert (before["carats"].to_list(), before["origin_subprefecture_resolved"].to_list()) == ([125], ["Boda"])
    assert (after["slip_number"].to_list(), after["carats"].to_list()) == (["B1"], [130])
    assert unknown_then["carats"].to_list() == [125]


def test_of_a_register_the_latest_row_of_a_key_stands_whatever_it_is_asked_by(store: Store) -> None:
    with store.read() as connection:
        now, then = standing(connection), standing(connection, date(2021, 1, 15))
        assert now.rows("actor", "actor_id", ["ART-1"])["name"].to_list() == ["New"]
        assert then.rows("actor", "actor_id", ["ART-1"])["name"].to_list() == ["Old"]
        assert now.rows("licence", "actor_id", ["ART-1"]).empty  # L1 changed hands
        assert now.rows("licence", "actor_id", ["ART-2"])["licence_number"].to_list() == ["L1"]


def test_what_could_be_read_in_quarantine_is_told_from_what_was_never_sent(store: Store) -> None:
    with store.read() as connection:
        ids = standing(connection).of_kind("purchase").index
        assert lookup.in_quarantine(connection, "purchase", "slip_number", ["B9", "B8"], ids) == {"B9"}
        assert lookup.in_quarantine(connection, "purchase", "slip_number", ["B9"], []) == set()


def test_the_database_adds_up_months_as_rows_do(store: Store) -> None:
    with store.read() as connection:
        ids = standing(connection).of_kind("purchase").index
        names = ["purchase_date", "carats", "price_xaf", "buyer_id"]
        rows = standing(connection).plain("purchase", "buyer_id", ["BA-01"], names)
        found = lookup.month_totals(
            connection, "purchase", day="purchase_date", by=["buyer_id"], sums=["carats", "price_xaf"],
            source_ids=ids, of=("buyer_id", "BA-01"),
        )  # fmt: skip
    told = {
        (m or "", n, c, cb, v, vb)
        for _, m, n, c, cb, v, vb in found.fillna({"month": ""})[
            ["buyer_id", "month", "rows", "carats", "carats_blank", "price_xaf", "price_xaf_blank"]
        ].itertuples(index=False, name=None)
    }
    assert told == {
        (m.month, m.rows, m.carats, m.carats_blank, m.value, m.value_blank)
        for m in by_month(rows, "purchase_date", "price_xaf")
    }


def test_a_zone_exported_what_issued_certificates_took_from_its_slips(store: Store) -> None:
    with store.read() as connection:
        output = outputs_of(standing(connection))["Boda"]
    assert [(m.month, m.rows, m.carats) for m in output.exported] == [("2021-02", 1, 300)]  # CF2 is void, B8 not held
    assert [(m.month, m.rows, m.carats) for m in output.bought] == [("2021-02", 1, 125)]  # B3 is a resale


def test_sizes_of_parcels_leave_out_those_of_slips(store: Store) -> None:
    with store.read() as connection:
        ((_, parcel, size_class, carats),) = lookup.parcel_sizes(connection, ["CF1/1", ODD])
    assert (parcel, size_class, carats) == ("CF1/1", "2.00-4.99", 300)


def test_prices_of_a_span_are_of_stones_of_a_size_with_a_price(store: Store) -> None:
    with store.read() as connection:
        found = lookup.prices_between(connection, date(2021, 2, 1), date(2021, 3, 1), 200, 500)
        small = lookup.prices_between(connection, date(2021, 2, 1), date(2021, 2, 28), 0, 50)
    assert [row[1:] for row in found] == [("BA-02", "Boda", "B3", 300, 9000)]
    assert [row[3] for row in small] == ["B1"]


def test_totals_that_are_kept_are_those_of_the_run_and_of_no_other(store: Store) -> None:
    with store.write() as connection:
        for run_id in ("R", "R2"):
            connection.execute(sa.insert(tables.run), [{**asdict(run(date(2021, 4, 30))), "run_id": run_id}])
    with store.write() as connection:
        save_totals(connection, "R", "zone", {"Boda": {"dug": []}, "<b>": {"dug": [1]}})
        save_totals(connection, "R", "actor", {"A": {}})
        assert load_totals(connection, "R", "zone", ["Boda", "gone"]) == {"Boda": {"dug": []}}
        assert set(load_totals(connection, "R", "zone", None)) == {"Boda", "<b>"}
        save_totals(connection, "R2", "zone", {})
        assert load_totals(connection, "R", "actor", None) == {}


def test_before_the_first_run_nothing_stands(store: Store) -> None:
    with store.read() as connection, pytest.raises(NoRunError, match="carmonitor run"):
        Standing.of_run(connection, Settings())


def test_an_invented_actor_in_the_register_marks_the_whole_database(store: Store) -> None:
    with store.read() as connection:
        assert standing(connection).synthetic
        assert trades_of(standing(connection), ["ART-1"])["ART-1"].sold[0].carats == 125
