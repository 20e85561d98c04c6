"""Storing submissions: exactly once, whole or not at all, every row accounted for, every value exact."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmonitor.intake.batch import ReceivedFile, RowEquationError, Submission
from carmonitor.records import KINDS
from carmonitor.store import load, tables
from carmonitor.store.database import DatabaseError, Store, open_store
from carmonitor.store.records import read_records
from tests.integration.store.submissions import sheet, submission

NOW = datetime(2021, 4, 10, 9, 0, tzinfo=UTC)
PURCHASES = [
    {"slip_number": "B1", "carats": "1.25", "purchase_date": "2021-03-02", "price_xaf": "250000", "buyer_id": "A1"},
    {"slip_number": "B2", "seller_name": 'dit "Le Grand", M\'Poko\nBangui', "stones": 3},
]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with open_store(database_url) as opened:
        yield opened


def save(store: Store, what: Submission, actor: str = "ana") -> bool:
    with store.write() as connection:
        return load.save_submission(connection, what, ingested_at=NOW, actor=actor)


def counts(store: Store) -> dict[str, int]:
    """Rows of every table that has any."""
    with store.read() as connection:
        found = {
            name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for name, table in tables.metadata.tables.items()
        }
    return {name: number for name, number in found.items() if number}


def test_a_submission_is_kept_with_its_bytes_rows_and_reasons(store: Store) -> None:
    content = b"slip_number;carats\n"
    file = ReceivedFile("achats.csv", hashlib.sha256(content).hexdigest(), content, "data")
    sent = submission("S1", sheet("purchase", PURCHASES, refused={9: {"slip_number": "B3"}}), files=(file,))

    assert save(store, sent)

    assert counts(store) == {
        "submission": 1, "blob": 1, "received_file": 1, "source": 1, "quarantine": 1, "known_key": 1, "rec_purchase": 2,
        "journal": 1,
    }  # fmt: skip
    with store.read() as connection:
        assert connection.execute(sa.select(tables.blob.c.content)).scalar_one() == content
        kept = connection.execute(sa.select(tables.quarantine)).one()
        assert kept.row == 9
        assert kept.raw == {"Poids": "1.234"}
        assert kept.problems[0]["expected"] == "two decimals"
        held = connection.execute(sa.select(tables.source)).one()
        assert (held.rows_in, held.records, held.quarantined, held.skipped) == (4, 2, 1, {"1": "header"})
        who = connection.execute(sa.select(tables.submission)).one()
        assert (who.seq, who.return_id, who.ingested_by, who.ingested_at) == (1, "SPPK@2021-03", "ana", NOW)


def test_the_same_bytes_twice_are_one_submission(store: Store) -> None:
    sent = submission("S1", sheet("purchase", PURCHASES))
    assert save(store, sent)
    before = counts(store)

    assert not save(store, sent, actor="boris")

    assert counts(store) == before


def test_the_same_file_in_two_submissions_is_stored_once(store: Store) -> None:
    file = ReceivedFile("photo.jpg", hashlib.sha256(b"x").hexdigest(), b"x", "attachment")
    save(store, submission("S1", files=(file,)))
    save(store, submission("S2", files=(file,)))
    assert counts(store) == {"submission": 2, "blob": 1, "received_file": 2, "journal": 2}


def test_sheets_that_were_not_understood_are_kept_in_the_books(store: Store) -> None:
    nameless = sheet("purchase", [])
    unknown = type(nameless)("", "lettre.csv", "", (), pd.DataFrame(), (), {1: "not understood"}, 1, ("no such kind",))
    save(store, submission("S1", unknown))
    with store.read() as connection:
        held = connection.execute(sa.select(tables.source)).one()
    assert (held.kind, held.file, held.skipped, held.notes) == (
        "", "lettre.csv", {"1": "not understood"}, ["no such kind"],
    )  # fmt: skip


def test_a_submission_that_fails_leaves_nothing_behind(store: Store) -> None:
    good = sheet("purchase", PURCHASES)
    twice = good.frame.assign(row=2)  # two records of one row: the second cannot be kept
    bad = type(good)("purchase", "b.csv", "", good.columns, twice, (), good.skipped, good.rows_in)
    with pytest.raises((sa.exc.IntegrityError, DatabaseError), match=r"(?i)unique"):
        save(store, submission("S1", good, bad))
    assert counts(store) == {}


def test_the_row_equation_is_counted_again_in_the_database(store: Store) -> None:
    table = sheet("purchase", PURCHASES)
    object.__setattr__(table, "rows_in", table.rows_in + 1)  # as a defect of intake would leave it
    with pytest.raises(RowEquationError, match="4 rows in; the database holds 2 records, 0 quarantined and 1 skipped"):
        save(store, submission("S1", table))
    assert counts(store) == {}


def test_a_time_of_day_in_a_day_is_a_defect_not_rounded(store: Store) -> None:
    table = sheet("purchase", PURCHASES)
    table.frame["purchase_date"] += pd.Timedelta(hours=3)
    with pytest.raises(ValueError, match="time of day in purchase_date"):
        save(store, submission("S1", table))


def test_nobody_loads_anonymously(store: Store) -> None:
    with pytest.raises(ValueError, match="user"):
        save(store, submission("S1"), actor="")


def test_concurrent_loads_lose_nothing(store: Store) -> None:
    sent = [submission(f"S{n}", sheet("purchase", PURCHASES), sheet("shipment", [])) for n in range(8)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda one: save(store, one), [*sent, *sent]))

    assert sorted(outcomes) == [False] * 8 + [True] * 8
    assert counts(store) == {"submission": 8, "source": 16, "rec_purchase": 16, "journal": 8}
    with store.read() as connection:
        seqs = set(connection.execute(sa.select(tables.submission.c.seq)).scalars())
    assert seqs == set(range(1, 9))


# Exactness: whatever a kind's fields may hold comes back as it was

_text = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40
) | st.sampled_from(
    [
        '"',
        "\\.",
        "\\N",
        "",
        "NULL",
        "null",
        "NA",
        "nan",
        "\n",
        "a\r\nb",
        "\t",
        ",",
        "'",
        " ",
        "0012",
        "é" * 60,
        "%s",
        "?",
    ]
)
_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "str": _text,
    "Int64": st.integers(-(2**63), 2**63 - 1),
    "float64": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "datetime64[us]": st.dates(date(1, 1, 1), date(9999, 12, 31)),
}
_KINDS = ["purchase", "return_declaration", "mine_site", "watchlist_entry", "committee_meeting", "exchange_rate"]


@st.composite
def frames(draw: st.DrawFn) -> tuple[str, pd.DataFrame]:
    """A kind and a frame of it, as intake makes them, with any value that fits the column."""
    kind = draw(st.sampled_from(_KINDS))
    rows = draw(st.lists(st.integers(1, 2**31 - 1), unique=True, min_size=1, max_size=5))
    frame = pd.DataFrame({"row": pd.Series(rows, dtype="int64")})
    for name, value_type in KINDS[kind].field_types().items():
        value = _VALUES[value_type.dtype] if name in KINDS[kind].KEY else st.none() | _VALUES[value_type.dtype]
        values = [draw(value) for _ in rows]
        frame[name] = pd.Series(values, dtype="str" if value_type.dtype == "str" else "object").astype(value_type.dtype)
    return kind, frame


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames())
def test_every_value_comes_back_as_it_was(store: Store, made: tuple[str, pd.DataFrame]) -> None:
    kind, frame = made
    sent = submission("S", sheet("purchase", []))
    table = type(sent.tables[0])(kind, "f", "s", (), frame, (), {}, len(frame))
    with store.engine.connect() as connection:
        transaction = connection.begin()
        load.save_submission(connection, submission("S", table), ingested_at=NOW, actor="ana")
        back = read_records(connection, kind, [tables.FIRST_SOURCE_ID])
        transaction.rollback()

    expected = frame.assign(ref=(tables.FIRST_SOURCE_ID << 32) | frame["row"]).drop(columns="row")
    pd.testing.assert_frame_equal(
        back.sort_values("ref", ignore_index=True), expected.sort_values("ref", ignore_index=True)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_table_with_its_fields(kind: str) -> None:
    assert list(tables.RECORDS[kind].columns.keys()) == ["source_id", "row", *KINDS[kind].model_fields]
