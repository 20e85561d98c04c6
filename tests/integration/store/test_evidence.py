"""Evidence from a database: the same frames from both, with batches that are not stored, and with the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from carmonitor.intake.batch import Submission
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import Gazetteer
from carmonitor.settings import schemas_dir
from carmonitor.store.database import open_store
from carmonitor.store.evidence import lineage, read_evidence
from carmonitor.store.load import save_submission
from carmonitor.store.seeds import SeedError, read_seeds
from carmonitor.store.tables import FIRST_SOURCE_ID
from tests.integration.store.submissions import sheet, submission

GAZETTEER = Gazetteer({"boda": frozenset({"Boda"})})
MARCH = submission(
    "S1",
    sheet("purchase", [
        {"slip_number": "B1", "carats": "1.25", "purchase_date": "2021-03-02", "origin_subprefecture": "BODA"},
        {"slip_number": "B2", "price_xaf": "250000", "seller_name": "", "stones": 3},
    ], refused={9: {"slip_number": "B3"}}),
    sheet("return_declaration", [{"period": "2021-03", "sender": "SPPK", "nil_return": True, "total_carats": "3.10"}]),
    sheet("shipment", []),
)  # fmt: skip
CORRECTED = submission("S2", sheet("purchase", [{"slip_number": "B1", "carats": "1.30"}]), received="2021-05-01")
SITES = submission(
    "R1",
    sheet("mine_site", [{"mine_site_id": "M1", "longitude": 17.123456789012345, "latitude": 4.1}]),
    sheet("exchange_rate", [{"currency": "EUR", "period": "2021", "xaf_per_unit": "655.957"}]),
    sender="team",
    period=None,
)
ALL = (MARCH, CORRECTED, SITES)


@pytest.fixture
def no_seeds(tmp_path: Path) -> Path:
    """A folder without registers."""
    folder = tmp_path / "no_seeds"
    folder.mkdir()
    return folder


def store_all(url: str, submissions: Sequence[Submission]) -> None:
    with open_store(url) as store:
        for one in submissions:
            with store.write() as connection:
                save_submission(connection, one, ingested_at=datetime(2021, 6, 1, tzinfo=UTC), actor="ana")


def read(
    url: str | None, *, extra: Sequence[Submission] = (), as_of: str = "2021-07-31", seeds: Path | None = None
) -> Evidence:
    day = date.fromisoformat(as_of)
    if url is None:
        return read_evidence(None, as_of=day, gazetteer=GAZETTEER, extra=extra, seeds=seeds)
    with open_store(url) as store, store.read() as connection:
        return read_evidence(connection, as_of=day, gazetteer=GAZETTEER, extra=extra, seeds=seeds)


def assert_same(one: Evidence, other: Evidence) -> None:
    """The same sources, keys and frames, dtype for dtype."""
    pd.testing.assert_frame_equal(one.sources, other.sources)
    pd.testing.assert_frame_equal(one.known_keys, other.known_keys)
    for kind in KINDS:
        pd.testing.assert_frame_equal(one[kind], other[kind], obj=kind)
    assert one.digest == other.digest


@pytest.mark.parametrize("as_of", ["2021-04-01", "2021-04-30", "2021-07-31"])
def test_sqlite_postgresql_and_memory_give_the_same_evidence(sqlite_url: str, postgres_url: str, as_of: str) -> None:
    store_all(sqlite_url, ALL)
    store_all(postgres_url, ALL)
    in_memory = read(None, extra=ALL, as_of=as_of)
    assert_same(read(sqlite_url, as_of=as_of), in_memory)
    assert_same(read(postgres_url, as_of=as_of), in_memory)


def test_frames_have_the_dtypes_of_the_data_dictionary(database_url: str) -> None:
    store_all(database_url, ALL)
    evidence = read(database_url, as_of="2021-04-30")
    for kind, model in KINDS.items():
        types = {name: t.dtype for name, t in model.field_types().items()} | {"ref": "int64", "return_id": "str"}
        assert {name: str(evidence[kind].dtypes[name]) for name in types} == types, kind


def test_values_are_whole_counts_of_the_smallest_unit(database_url: str) -> None:
    store_all(database_url, ALL)
    evidence = read(database_url, as_of="2021-04-30")
    first, second = evidence["purchase"].itertuples()
    assert (first.carats, first.purchase_date, first.origin_subprefecture_resolved) == (
        125, pd.Timestamp("2021-03-02"), "Boda",
    )  # fmt: skip
    assert (second.price_xaf, second.stones, second.seller_name) == (250_000, 3, "")
    assert pd.isna(second.carats)
    assert pd.isna(second.purchase_date)
    assert evidence["exchange_rate"]["xaf_per_unit"].tolist() == [655_957_000]
    assert evidence["mine_site"]["longitude"].tolist() == [17.123456789012345]


def test_a_look_back_sees_the_month_before_its_correction(database_url: str) -> None:
    store_all(database_url, ALL)
    assert read(database_url, as_of="2021-04-30")["purchase"]["carats"].tolist()[0] == 125
    now = read(database_url)
    assert now["purchase"]["carats"].tolist() == [130]
    assert now.in_quarantine("purchase", "slip_number") == set()


def test_what_was_quarantined_stays_known(database_url: str) -> None:
    store_all(database_url, [MARCH])
    assert read(database_url).in_quarantine("purchase", "slip_number") == {"B3"}
    sources = read(database_url).sources
    assert sources.loc[sources["kind"] == "purchase", "quarantined"].tolist() == [1]


def test_a_batch_that_is_not_stored_joins_what_is(database_url: str) -> None:
    store_all(database_url, [MARCH, SITES])
    evidence = read(database_url, extra=[CORRECTED])
    assert evidence["purchase"]["carats"].tolist() == [130]
    assert evidence["mine_site"]["mine_site_id"].tolist() == ["M1"]
    assert read(database_url)["purchase"]["carats"].tolist()[0] == 125  # nothing was stored


def test_a_batch_that_is_stored_already_counts_once(database_url: str) -> None:
    store_all(database_url, ALL)
    assert_same(read(database_url, extra=[MARCH, CORRECTED, MARCH]), read(database_url))


def test_of_one_day_the_batch_comes_last(database_url: str, no_seeds: Path) -> None:
    store_all(database_url, [MARCH])
    same_day = submission("S9", sheet("purchase", [{"slip_number": "B7"}]))
    evidence = read(database_url, extra=[same_day], seeds=no_seeds)
    assert evidence["purchase"]["slip_number"].tolist() == ["B7"]
    assert evidence.sources.loc[evidence.sources["kind"] == "purchase", "seq"].tolist() == [2]


def test_every_fact_can_be_traced_to_its_file(database_url: str) -> None:
    store_all(database_url, [MARCH, SITES])
    evidence = read(database_url, extra=[CORRECTED])
    refs = [*evidence["purchase"]["ref"], *evidence["mine_site"]["ref"], *evidence["zone"]["ref"][:1]]
    with open_store(database_url) as store, store.read() as connection:
        assert lineage(connection, evidence, refs) == [
            {"submission_id": "S2", "file": "purchase.csv", "sheet": "Feuille", "row": 2},
            {"submission_id": "R1", "file": "mine_site.csv", "sheet": "Feuille", "row": 2},
            {
                "submission_id": read_seeds(schemas_dir() / "seeds").submission_id,
                "file": "zone.csv", "sheet": "", "row": 2,
            },
        ]  # fmt: skip
    assert [place["row"] for place in lineage(None, evidence, refs)] == [2, 2, 2]


def test_a_fact_of_a_superseded_sheet_is_traced_through_the_database(database_url: str) -> None:
    store_all(database_url, ALL)
    old = [int(ref) for ref in read(database_url, as_of="2021-04-30")["purchase"]["ref"]]
    now = read(database_url)
    with open_store(database_url) as store, store.read() as connection:
        assert [place["submission_id"] for place in lineage(connection, now, old)] == ["S1", "S1"]
    with pytest.raises(KeyError):
        lineage(None, now, old)


def test_many_sheets_are_read_in_several_queries(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carmonitor.store.records._IDS", 2)
    months = [
        submission(f"M{n}", sheet("purchase", [{"slip_number": f"B{n}"}]), period=f"2021-0{n}") for n in range(1, 6)
    ]
    store_all(sqlite_url, months)
    assert read(sqlite_url)["purchase"]["slip_number"].tolist() == ["B1", "B2", "B3", "B4", "B5"]


# Seeds


def test_the_packaged_registers_are_there_without_a_database() -> None:
    evidence = read(None)
    assert evidence.held("zone")
    assert evidence.held("kp_participant")
    assert "CF" in set(evidence["kp_participant"]["country"])
    assert evidence["zone"]["valid_from"].notna().all()
    assert evidence.sources.index.max() < FIRST_SOURCE_ID
    assert (evidence.sources["received_on"] == pd.Timestamp("1900-01-01")).all()


def test_a_loaded_register_wins_over_the_seeds(database_url: str) -> None:
    before = read(database_url)["kp_participant"]
    loaded = sheet("kp_participant", [{"country": "BE", "valid_from": "2003-01-01", "valid_to": "2030-12-31"}])
    store_all(database_url, [submission("R2", loaded, sender="team", period=None)])

    after = read(database_url)["kp_participant"]

    assert after.loc[after["country"] == "BE", "valid_to"].tolist() == [pd.Timestamp("2030-12-31")]
    assert set(after["country"]) == set(before["country"])


def test_a_row_of_another_first_day_stands_beside_the_earlier_span(database_url: str) -> None:
    loaded = sheet("kp_participant", [{"country": "BE", "valid_from": "2031-01-01"}])
    store_all(database_url, [submission("R2", loaded, sender="team", period=None)])

    after = read(database_url)["kp_participant"]

    first_days = after.loc[after["country"] == "BE", "valid_from"].tolist()
    assert first_days == [pd.Timestamp("2003-01-01"), pd.Timestamp("2031-01-01")]


def test_seeds_become_records_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "exchange_rate.csv").write_text(
        'currency,period,xaf_per_unit,source\nEUR,2021,655.957,"fixed, by treaty"\nUSD,2021,,\n', encoding="utf-8"
    )
    frame = read(None, seeds=tmp_path)["exchange_rate"]
    assert frame["xaf_per_unit"].fillna(-1).tolist() == [655_957_000, -1]
    assert frame["source"].fillna("-").tolist() == ["fixed, by treaty", "-"]


def test_other_seeds_are_other_evidence(tmp_path: Path, no_seeds: Path) -> None:
    (tmp_path / "signatory.csv").write_text("signatory\nJ. Mbango\n", encoding="utf-8")
    assert read(None, seeds=tmp_path).digest != read(None, seeds=no_seeds).digest


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("zone.csv", "subprefecture,status,valid_from\nBoda,perhaps,2016-09-19\n", r"zone.csv, row 2: (.|\n)*status"),
        ("zone.csv", "subprefecture,status\nBoda,compliant\n", r"zone.csv, row 2: (.|\n)*valid_from"),
        ("zone.csv", "subprefecture,status,valid_from\nBoda,compliant\n", "zone.csv, row 2"),
        ("harvest.csv", "year\n2021\n", "found harvest.csv; expected files named after register kinds"),
    ],
)
def test_seeds_that_do_not_fit_stop_the_program(tmp_path: Path, file: str, text: str, told: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(SeedError, match=told):
        read_seeds(tmp_path)


def test_an_earlier_submission_that_came_to_light_is_other_evidence(database_url: str) -> None:
    """It is superseded already, but says that the return was in time."""
    store_all(database_url, [CORRECTED])
    before = read(database_url)
    store_all(database_url, [submission("S0", sheet("purchase", [{"slip_number": "B1"}]), received="2021-04-10")])
    after = read(database_url)
    assert set(after.sources["submission_id"]) == set(before.sources["submission_id"])
    assert after.digest != before.digest


def test_submissions_after_a_number_do_not_count(database_url: str) -> None:
    store_all(database_url, [MARCH])
    before = read(database_url)
    store_all(database_url, [CORRECTED])
    with open_store(database_url) as store, store.read() as connection:
        day = date.fromisoformat("2021-07-31")
        then = read_evidence(connection, as_of=day, gazetteer=GAZETTEER, last_seq=1)
        now = read_evidence(connection, as_of=day, gazetteer=GAZETTEER, last_seq=2)
        seeds = {p.name: p.read_bytes() for p in (schemas_dir() / "seeds").glob("*.csv")}
        same = read_evidence(connection, as_of=day, gazetteer=GAZETTEER, last_seq=1, seeds=seeds)
    assert_same(then, before)
    assert_same(same, before)
    assert then.digest == before.digest == same.digest
    assert now.digest != before.digest
