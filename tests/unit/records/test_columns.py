"""Long columns: one answer for each distinct value, spread over the rows."""

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.records.columns import as_arrow, each, each_text, is_text, same_text

TEXTS = st.lists(st.none() | st.sampled_from(["a", "B", "é", ""]), max_size=12)


@given(TEXTS)
def test_each_text_is_asked_once_and_answers_every_row(texts: list[str | None]) -> None:
    asked: list[str] = []
    column = pd.Series(texts, index=range(9, 9 + len(texts)), dtype="str")
    told = each_text(column, lambda text: asked.append(text) or text.upper() or None)
    assert sorted(asked) == sorted({text for text in texts if text is not None})
    assert told.index.equals(column.index)
    assert [None if pd.isna(x) else x for x in told] == [(text.upper() or None) if text else None for text in texts]


def test_days_keep_their_dtype_and_null_stays_null() -> None:
    days = pd.Series(pd.to_datetime(["2021-03-04", None, "2021-03-04"]), index=[1, 1, 2]).astype("datetime64[us]")
    found = each(days, lambda distinct: distinct + pd.offsets.MonthEnd(0))
    assert found.dtype == days.dtype
    assert found.index.tolist() == [1, 1, 2]
    assert found.dt.strftime("%d").fillna("").tolist() == ["31", "", "31"]


def test_text_is_one_arrow_array_however_often_it_was_put_together() -> None:
    parts = pd.concat([pd.Series(["a"], dtype="str"), pd.Series([None, "b"], dtype="str")])
    assert as_arrow(parts).to_pylist() == ["a", None, "b"]
    assert [is_text(values) for values in (parts, parts.astype("object"), pd.Series([1]))] == [True, False, False]


def test_only_columns_that_share_their_memory_are_known_to_be_the_same() -> None:
    frame = pd.DataFrame({"name": pd.Series(["a", "b", None], dtype="str")})
    assert same_text(frame["name"]) == same_text(frame["name"]) is not None
    assert same_text(frame["name"]) != same_text(frame["name"].copy(deep=True).iloc[::-1])
    pieces = pd.Series(pd.array(pa.chunked_array([["a"], ["b"]], pa.large_string()), dtype="str"))
    assert same_text(pieces) is None
    assert same_text(pd.Series([1, 2])) is None
