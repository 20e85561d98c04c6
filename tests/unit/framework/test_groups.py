"""Rows that belong together: how many records of one number are compared with others."""

import pandas as pd

from carmonitor.framework.groups import MOST_RECORDS, few, gathered


def records(*numbers: str | None, alike: bool = False) -> pd.DataFrame:
    """Rows in falling order of ``ref``; each says something else, unless all are alike."""
    said = ["the same"] * len(numbers) if alike else [f"record {n}" for n in range(len(numbers))]
    refs = range(len(numbers), 0, -1)
    return pd.DataFrame({"number": pd.Series(numbers, dtype="str"), "says": pd.Series(said, dtype="str"), "ref": refs})


def test_all_records_of_a_number_are_kept_up_to_the_limit() -> None:
    kept = few(records(*["A"] * MOST_RECORDS, "B"), "number")
    assert len(kept) == MOST_RECORDS + 1
    assert not kept["crowded"].any()


def test_of_very_many_records_only_the_first_by_ref_is_kept_and_marked() -> None:
    kept = few(records(*["A"] * (MOST_RECORDS + 1), "B"), "number")
    assert kept[["number", "ref", "crowded"]].to_numpy().tolist() == [["B", 1, False], ["A", 2, True]]


def test_very_many_records_that_say_the_same_are_one() -> None:
    kept = few(records(*["A"] * (MOST_RECORDS + 1), alike=True), "number")
    assert kept[["number", "ref", "crowded"]].to_numpy().tolist() == [["A", 1, False]]


def test_records_without_a_number_are_not_of_one_number() -> None:
    kept = few(records(*[None] * (MOST_RECORDS + 1)), "number")
    assert len(kept) == MOST_RECORDS + 1
    assert not kept["crowded"].any()


def test_what_stands_under_a_name_is_told_once_sorted_and_only_where_it_fires() -> None:
    names, keys = pd.Series(["A", "A", "B", "C"], dtype="str"), pd.Series(["A", "A", "A", "B"], dtype="str")
    told = gathered(names, pd.Series([True, True, False, True]), keys, pd.Series([3, 1, 3, 9]))
    assert told.tolist() == [[1, 3], [1, 3], None, None]
