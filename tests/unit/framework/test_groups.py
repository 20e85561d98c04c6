"""Rows that belong together: how many records of one number are compared with others."""

import pandas as pd

from carmonitor.framework.groups import MOST_RECORDS, few, gathered


def records(*numbers: str | None) -> pd.DataFrame:
    return pd.DataFrame({"number": pd.Series(numbers, dtype="str"), "ref": range(len(numbers), 0, -1)})


def test_all_records_of_a_number_are_kept_up_to_the_limit() -> None:
    kept = few(records(*["A"] * MOST_RECORDS, "B"), "number")
    assert len(kept) == MOST_RECORDS + 1
    assert not kept["crowded"].any()


def test_of_very_many_records_only_the_first_by_ref_is_kept_and_marked() -> None:
    given = records(*["A"] * (MOST_RECORDS + 1), "B")
    kept = few(given, "number")
    assert kept[["number", "ref", "crowded"]].to_numpy().tolist() == [["B", 1, False], ["A", 2, True]]


def test_records_without_a_number_are_not_of_one_number() -> None:
    kept = few(records(*[None] * (MOST_RECORDS + 1)), "number")
    assert len(kept) == MOST_RECORDS + 1
    assert not kept["crowded"].any()


def test_what_stands_under_a_name_is_told_once_sorted_and_only_where_it_fires() -> None:
    names, keys = pd.Series(["A", "A", "B", "C"], dtype="str"), pd.Series(["A", "A", "A", "B"], dtype="str")
    told = gathered(names, pd.Series([True, True, False, True]), keys, pd.Series([3, 1, 3, 9]))
    assert told.tolist() == [[1, 3], [1, 3], None, None]
