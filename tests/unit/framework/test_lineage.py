"""Which papers a finding names, and which are set beside the facts that stand on them."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.framework.lineage import FIRST_PAPERS, first_papers, lineage, lineages
from carmonitor.records.evidence import pack


def papers(sheet: int, rows: int) -> list[int]:
    return pack(sheet, pd.Series(range(rows))).tolist()


def test_all_papers_are_named_up_to_a_hundred_each_once_and_sorted() -> None:
    hundred = papers(7, FIRST_PAPERS)
    assert lineage(reversed(hundred + hundred)) == hundred


def test_beyond_a_hundred_the_first_are_named_and_the_first_of_every_sheet() -> None:
    first, second, third = papers(1, FIRST_PAPERS + 1), papers(2, 5), papers(3, 1)
    assert lineage(third + second + first) == [*first[:FIRST_PAPERS], second[0], third[0]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 200)), max_size=300))
def test_of_many_groups_each_names_what_it_would_alone(rows: list[tuple[int, int, int]]) -> None:
    refs = np.array([(sheet << 32) + row for _, sheet, row in rows], dtype=np.int64)
    groups = np.array([group for group, _, _ in rows], dtype=np.int64)
    assert lineages(refs, groups, 4) == [lineage(refs[groups == group].tolist()) for group in range(4)]


def test_first_papers_are_in_the_order_of_the_rows_and_hold_one_of_every_sheet() -> None:
    """One more than a hundred of A, the last two on a sheet of their own; and one of nobody."""
    refs = pd.Series([*papers(1, FIRST_PAPERS), *papers(2, 2), *papers(3, 1)])
    owners = pd.Series(["A"] * (FIRST_PAPERS + 2) + [None], dtype="str")
    kept = first_papers(refs, owners)
    assert kept.tolist() == [True] * FIRST_PAPERS + [True, False, True]
