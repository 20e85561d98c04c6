"""What rule files share: exact percentages, register spans, printed blocks, participants."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.framework import common, groups
from tests.evidence_builder import evidence

PERCENT = st.decimals("0.01", "99.99", places=2)
HUNDREDTHS = st.integers(1, 10**11)


@given(HUNDREDTHS, HUNDREDTHS, PERCENT)
def test_percentages_compare_as_decimals_do(first: int, second: int, percent: Decimal) -> None:
    """An independent oracle: Decimal arithmetic on the values people see."""
    a, b = Decimal(first).scaleb(-2), Decimal(second).scaleb(-2)
    expected = abs(a - b) * 100 > a * percent
    frame = pd.DataFrame({"a": [first], "b": [second]}, dtype="Int64")
    assert bool(common.exceeds(frame["a"] - frame["b"], frame["a"], percent).iloc[0]) == expected


@pytest.mark.parametrize(("off", "more"), [(100, False), (101, True), (-100, False), (-101, True)])
def test_exactly_at_the_limit_is_not_more(off: int, more: bool) -> None:
    one = pd.Series([off], dtype="Int64")
    assert bool(common.exceeds(one, pd.Series([100_000], dtype="Int64"), "0.1").iloc[0]) is more


def test_a_null_amount_is_neither_more_nor_less() -> None:
    none = pd.Series([None], dtype="Int64")
    assert common.exceeds(none, none, "10").isna().all()


@pytest.mark.parametrize(
    ("name", "day", "inside"),
    [
        ("a", "2021-01-01", True),
        ("a", "2021-12-31", True),
        ("a", "2020-12-31", False),
        ("a", "2022-01-01", False),
        ("open", "1999-01-01", True),
        ("b", "2021-06-01", False),
        (None, "2021-06-01", False),
        ("a", None, False),
    ],
)
def test_both_ends_of_a_register_row_are_inside(name: str | None, day: str | None, inside: bool) -> None:
    register = pd.DataFrame({
        "name": ["a", "open"],
        "from": pd.to_datetime(["2021-01-01", None]),
        "to": pd.to_datetime(["2021-12-31", None]),
    })  # fmt: skip
    values, days = pd.Series([name], index=[9], dtype="str"), pd.Series(pd.to_datetime([day]), index=[9])
    found = common.covered(values, days, register, ("name", "from", "to"))
    assert found.to_dict() == {9: inside}


DAYS = st.none() | st.dates(date(2021, 1, 1), date(2021, 1, 9))
NAMES = st.none() | st.sampled_from("abc")


@given(st.lists(st.tuples(NAMES, DAYS), max_size=12), st.lists(st.tuples(NAMES, DAYS, DAYS), max_size=6))
def test_a_register_covers_what_a_row_by_row_search_finds(
    asked: list[tuple[str | None, date | None]], rows: list[tuple[str | None, date | None, date | None]]
) -> None:
    expected = [
        name is not None
        and day is not None
        and any(n == name and (a is None or a <= day) and (b is None or day <= b) for n, a, b in rows)
        for name, day in asked
    ]
    register = pd.DataFrame(rows, columns=["name", "from", "to"]).astype(
        {"name": "str", "from": "datetime64[us]", "to": "datetime64[us]"}
    )
    frame = pd.DataFrame(asked, columns=["name", "day"]).astype({"name": "str", "day": "datetime64[us]"})
    assert common.covered(frame["name"], frame["day"], register, ("name", "from", "to")).tolist() == expected


def test_rows_of_void_and_replaced_certificates_are_left_out_and_unknown_ones_kept() -> None:
    e = evidence(
        shipment=[
            {"certificate_number": "CF1", "status": "issued", "issue_date": "2021-03-01"},
            {"certificate_number": "CF2", "status": "void"},
            {"certificate_number": "CF3", "status": "replaced"},
            {"certificate_number": "CF4"},
        ],
        parcel=[{"certificate_number": f"CF{n}", "parcel_number": "1"} for n in range(1, 6)],
    )
    kept = common.of_issued(e, e["parcel"])
    assert kept["certificate_number"].tolist() == ["CF1", "CF4", "CF5"]
    assert kept["issue_date"].notna().tolist() == [True, False, False]
    assert kept["ref_certificate"].isna().tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("return_id", "month"), [("SPPK@2021-03", "2021-03"), ("team@-", None), ("a@b@2020-12", "2020-12")]
)
def test_the_month_of_a_return(return_id: str, month: str | None) -> None:
    found = common.month_of(pd.Series([return_id], dtype="str")).iloc[0]
    assert (None if pd.isna(found) else found) == month


def test_february_ends_on_its_last_day_and_is_due_in_march() -> None:
    end = common.last_day(pd.Series(["2020-02"], dtype="str"))
    assert end.tolist() == [pd.Timestamp("2020-02-29")]
    assert common.due_day(end, 15).tolist() == [pd.Timestamp("2020-03-15")]


def test_the_first_month_that_a_sender_has_not_reported() -> None:
    nil = {"period": "2021-02", "sender": "SPPK", "nil_return": True, "return_id": "SPPK@2021-02"}
    e = evidence(
        shipment=[{"certificate_number": "CF1", "return_id": "SPPK@2021-01"}],
        purchase=[],
        return_declaration=[nil],
    )
    days = pd.Series(pd.to_datetime(["2021-01-31", "2021-02-10", "2021-03-01", None]).astype("datetime64[us]"))
    assert common.lacking_returns(e, days, 1).tolist() == ["", "", "2021-03", ""]
    assert common.lacking_returns(e, days, 3).tolist() == ["2020-11", "2020-12", "2021-03", ""]
    assert common.lacking_returns(e, days, 1, "purchase").tolist() == ["2021-01", "", "", ""]
    both = replace(e, expected_senders=("SPPK", "BECDOR"))
    assert common.lacking_returns(both, days, 1).tolist() == ["2021-01", "2021-02", "2021-03", ""]


def test_rows_that_say_the_same_count_once_and_others_differ() -> None:
    rows = pd.DataFrame({"number": ["A", "B", "A", "B"], "carats": [1, 2, 1, 3], "ref": [4, 3, 2, 1]})
    once = groups.once(rows, "number", "carats")
    assert once["ref"].tolist() == [1, 2, 3]
    assert once["differs"].tolist() == [True, False, True]


def test_quarters_of_days_and_of_returns() -> None:
    days = pd.Series(pd.to_datetime(["2021-03-31", "2021-04-01", None, None]).astype("datetime64[us]"))
    home = pd.Series(["x@2020-01"] * 2 + ["x@2020-08", "team@-"], dtype="str")
    ends = common.quarter_end(days, home)
    assert common.quarter_name(ends).fillna("?").tolist() == ["2021-Q1", "2021-Q2", "2020-Q3", "?"]
    assert common.year_of(days, home).fillna("?").tolist() == ["2021", "2021", "2020", "?"]


NULLABLE = st.lists(st.none() | st.sampled_from(["a", "b", "c"]), max_size=8)


@given(NULLABLE, NULLABLE)
def test_membership_and_look_up_are_those_of_pandas(asked: list[str | None], held: list[str | None]) -> None:
    values, others = pd.Series(asked, dtype="str"), pd.Series(held, dtype="str")
    expected = values.astype("object").isin(others.astype("object")).tolist()
    assert common.among(values, others).tolist() == expected
    labels = list(dict.fromkeys(held))
    table = pd.Series(range(len(labels)), index=pd.Index(labels, dtype="str"), dtype="Int64")
    pd.testing.assert_series_equal(common.lookup(values, table), table.reindex(pd.Index(values)).set_axis(values.index))


ROWS = st.lists(
    st.tuples(st.sampled_from(["k1", "k2", None]), st.integers(0, 2), st.none() | st.integers(0, 2**62)), max_size=9
)


def _frame(rows: list[tuple[str | None, int, int | None]]) -> pd.DataFrame:
    columns = zip(("key", "by", "carats"), ("str", "int64", "Int64"), strict=True)
    return pd.DataFrame({name: pd.Series([r[at] for r in rows], dtype=t) for at, (name, t) in enumerate(columns)})


@given(ROWS)
def test_groups_are_summed_and_listed_whole(rows: list[tuple[str | None, int, int | None]]) -> None:
    frame = _frame(rows)
    own = {key: [row[2] for row in rows if row[0] == key] for key in {row[0] for row in rows if row[0] is not None}}
    sums = groups.whole_sums(frame["carats"], frame["key"]).to_dict()
    assert sums == {key: sum(carats or 0 for carats in of) for key, of in own.items()}
    listed = groups.lists_of(frame["by"], frame["key"]).to_dict()
    assert listed == {key: [row[1] for row in rows if row[0] == key] for key in own}


@given(ROWS)
def test_the_first_row_of_a_key_is_that_of_sorting_them_all(rows: list[tuple[str | None, int, int | None]]) -> None:
    frame = _frame(rows).assign(ref=range(len(rows)))
    expected = frame.sort_values(["by", "carats", "ref"], ascending=[False, True, True]).drop_duplicates("key")
    found = groups.first_of(frame, ["key"], ["by", "carats", "ref"], ascending=[False, True, True])
    pd.testing.assert_frame_equal(found, expected.sort_values("ref"))


def test_the_first_reason_that_holds_is_told() -> None:
    index = pd.Index([5, 5, 7, 8])
    why = pd.Series(["x", "y", None, "y"], index=index, dtype="str")
    first, second = (
        pd.Series([True, False, False, False], index=index),
        pd.Series([True, True, True, False], index=index),
    )
    told = common.reasons(index, (first, "first"), (second, why))
    pd.testing.assert_series_equal(told, pd.Series(["first", "y", None, ""], index=index, dtype="str"))


def test_lines_told_twice_count_once_and_those_that_differ_are_kept() -> None:
    one = {"certificate_number": "CF000001", "parcel_number": "1"}
    e = evidence(parcel=[one | {"carats": carats} for carats in ("1.00", "2.00", "1.00")])
    assert groups.lines(e, "parcel")["ref"].tolist() == sorted(e["parcel"]["ref"])[:2]
