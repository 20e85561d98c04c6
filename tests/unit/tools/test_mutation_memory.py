"""A call is answered from memory only where the changed function can have had no part in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pandas as pd
import pytest

from carmonitor.records.evidence import Evidence
from tools.mutation_memory import Memory, canonical

LONG = 0.02  # seconds: more than it takes to tell the arguments


class Calls:
    """Three functions, each of which is slow and counts its calls: ``outer`` calls ``inner``."""

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}
        self.inner: Callable[..., Any] = self.counting("inner", lambda x: x + 1)
        self.outer: Callable[..., Any] = self.counting("outer", lambda x: self.inner(x) * 10)
        self.apart: Callable[..., Any] = self.counting("apart", lambda x: [x, x])

    def counting(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any) -> Any:
            self.counted[name] = self.counted.get(name, 0) + 1
            time.sleep(LONG)
            return function(*args)

        return counted


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def evidence() -> Evidence:
    return Evidence(date(2021, 3, 31), {}, pd.DataFrame(), pd.DataFrame())


def recorded(memory: Memory, calls: Calls) -> None:
    """Run each function once with its calls kept; then they stand as they were."""
    plain = calls.inner, calls.outer, calls.apart
    calls.inner = memory.recording("inner", plain[0])
    assert memory.recording("outer", plain[1])(4) == 50
    assert memory.recording("apart", plain[2])(4) == [4, 4]
    calls.inner, calls.outer, calls.apart = plain
    calls.counted.clear()


def test_the_same_call_is_answered_without_calling(calls):
    memory = Memory()
    recorded(memory, calls)
    assert memory.answering("outer", calls.outer, changed="apart")(4) == 50
    assert memory.answering("apart", calls.apart, changed="outer")(4) == [4, 4]
    assert calls.counted == {}


def test_another_argument_is_worked_out(calls):
    memory = Memory()
    recorded(memory, calls)
    assert memory.answering("apart", calls.apart, changed="outer")(5) == [5, 5]
    assert calls.counted == {"apart": 1}


def test_what_called_the_changed_function_is_worked_out(calls):
    memory = Memory()
    recorded(memory, calls)
    calls.inner = calls.counting("changed", lambda x: x + 2)
    assert memory.answering("outer", calls.outer, changed="inner")(4) == 60
    assert calls.counted == {"outer": 1, "changed": 1}


def test_who_reads_a_derived_frame_counts_as_calling_what_made_it(calls, evidence):
    memory = Memory()
    made = memory.recording("inner", calls.counting("inner", lambda _: pd.DataFrame({"x": [1]})))
    reads = calls.counting("reads", lambda e: int(e.cached("derived", made)["x"].sum()))
    with memory.evidence_watched():
        evidence.cached("derived", made)
        assert memory.recording("reads", reads)(evidence) == 1  # the frame is there: inner is not called again
    calls.counted.clear()
    assert memory.answering("reads", reads, changed="inner")(evidence) == 1
    assert calls.counted == {"reads": 1}
    assert memory.answering("reads", reads, changed="another")(evidence) == 1
    assert calls.counted == {"reads": 1}


def test_other_evidence_is_another_call(calls, evidence):
    memory = Memory()
    asks = calls.counting("asks", lambda e: len(e.sources))
    memory.recording("asks", asks)(evidence)
    more = Evidence(evidence.as_of, evidence.frames, pd.DataFrame({"kind": ["purchase"]}), evidence.known_keys)
    assert memory.answering("asks", asks, changed="another")(more) == 1


def test_a_call_that_changes_its_arguments_is_not_kept(calls):
    memory = Memory()
    appends = calls.counting("appends", lambda given: given.append(1))
    memory.recording("appends", appends)([])
    given: list[int] = []
    memory.answering("appends", appends, changed="another")(given)
    assert given == [1]


def test_two_answers_to_one_call_are_none(calls):
    memory = Memory()
    answers = iter([1, 2, 3])
    moody = memory.recording("moody", calls.counting("moody", lambda: next(answers)))
    assert (moody(), moody()) == (1, 2)
    assert memory.answering("moody", moody, changed="another")() == 3


def test_what_is_given_one_by_one_is_given_so_again(calls):
    def each(upto: int) -> Iterator[int]:
        time.sleep(LONG)
        yield from range(upto)

    memory = Memory()
    assert list(memory.recording("each", each)(3)) == [0, 1, 2]
    again = memory.answering("each", each, changed="another")(3)
    assert isinstance(again, Iterator)
    assert list(again) == [0, 1, 2]


def test_an_answer_changed_by_one_who_got_it_is_not_what_the_next_one_gets(calls):
    memory = Memory()
    recorded(memory, calls)
    apart = memory.answering("apart", calls.apart, changed="outer")
    apart(4).append(9)
    assert apart(4) == [4, 4]


def test_equal_frames_are_told_alike_however_they_lie_in_memory():
    apart = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    apart["c"] = pd.Series(["x", None], dtype="str")
    joined = pd.concat(
        [pd.DataFrame({"a": [1], "b": [3], "c": ["x"]}), pd.DataFrame({"a": [2], "b": [4], "c": [None]})]
    )
    joined = joined.astype({"c": "str"}).set_axis([0, 1])
    pd.testing.assert_frame_equal(apart, joined, check_index_type=False)
    assert canonical(apart.set_axis([0, 1])) == canonical(joined)


@pytest.mark.parametrize(
    "other",
    [
        pd.DataFrame({"a": [1, 2]}, dtype="Int64"),
        pd.DataFrame({"a": [1.0, 2.0]}),
        pd.DataFrame({"b": [1, 2]}),
        pd.DataFrame({"a": [1, 2]}, index=[1, 0]),
        pd.DataFrame({"a": [1, 3]}),
        pd.Series([1, 2], name="a"),
    ],
)
def test_another_value_type_name_or_index_is_told_apart(other):
    assert canonical(other) != canonical(pd.DataFrame({"a": [1, 2]}))


def test_what_cannot_be_told_is_none():
    assert canonical(lambda: 1) is None
