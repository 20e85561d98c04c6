"""XAF per US dollar, from the register of exchange rates."""

import pandas as pd
import pytest

from carmonitor.framework.rates import usd_rate, xaf_per_usd
from tests.evidence_builder import evidence


def register(*rows):
    columns = ("period", "xaf_per_unit", "certainty", "currency")
    return [{"currency": "USD", **dict(zip(columns, row, strict=False))} for row in rows]


def asked(rows, *days, **more):
    index = pd.Index(range(7, 7 + len(days)))
    series = pd.Series([pd.Timestamp(d) if d else pd.NaT for d in days], index=index, dtype="datetime64[us]")
    return xaf_per_usd(evidence(exchange_rate=register(*rows), **more), series)


def rates(rows, *days):
    return [None if pd.isna(rate) else int(rate) for rate in asked(rows, *days)["rate"]]


def test_the_day_goes_before_the_month_and_the_month_before_the_year():
    rows = [("2021", "555"), ("2021-03", "551.5"), ("2021-03-10", "550.123456")]
    assert rates(rows, "2021-03-10", "2021-03-11", "2021-04-01", "2020-12-31", None) == [
        550_123_456,
        551_500_000,
        555_000_000,
        None,
        None,
    ]


def test_each_rate_comes_with_its_certainty_and_its_row():
    found = asked([("2021", "555", "N"), ("2021-03", "551.5", "P"), ("2020", "576")], "2021-03-10", "2021-05-01")
    assert found["certainty"].tolist() == ["P", "N"]
    assert (found["ref_rate"] & 0xFFFFFFFF).tolist() == [3, 2]
    assert found.index.tolist() == [7, 8]
    assert str(found["rate"].dtype) == str(found["ref_rate"].dtype) == "Int64"
    unsaid = asked([("2020", "576")], "2020-05-01", "2019-01-01")
    assert unsaid["certainty"].isna().all()
    assert unsaid["rate"].notna().tolist() == [True, False]


@pytest.mark.parametrize("turn", [1, -1])
def test_of_rows_that_agree_the_surest_counts(turn):
    found = asked([("2021", "555", "N"), ("2021", "555", "S"), ("2021", "555.00", None)][::turn], "2021-01-01")
    assert found["certainty"].tolist() == ["S"]
    assert (found["ref_rate"] & 0xFFFFFFFF).tolist() == [3]


def test_two_different_rates_for_a_period_are_none():
    assert rates([("2021-03", "551"), ("2021-03", "552"), ("2021", "555")], "2021-03-10", "2021-04-10") == [
        555_000_000,
        555_000_000,
    ]
    assert rates([("2021", "551"), ("2021", "552")], "2021-03-10") == [None]


def test_other_currencies_and_blank_rates_do_not_count():
    assert rates([("2021", "655.957", "P", "EUR"), ("2020", None), ("2019", "586", "N", "usd")], "2021-01-01") == [None]
    assert rates([("2019", "586", "N", "usd ")], "2019-01-01") == [586_000_000]
    assert rates([("2020", None), ("2020", "576")], "2020-01-01") == [576_000_000]
    assert rates([], "2020-01-01") == [None]


def test_usd_rate_is_the_rate_alone():
    days = pd.Series([pd.Timestamp("2021-03-10")], dtype="datetime64[us]")
    assert usd_rate(evidence(exchange_rate=register(("2021", "555"))), days).tolist() == [555_000_000]
