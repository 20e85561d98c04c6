"""Frames that are put aside: they come back as they were, and evidence makes none of them twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from carmonitor.records import KINDS, aside, evidence
from carmonitor.records.aside import Aside, put_aside
from carmonitor.records.evidence import Evidence, Frames, empty_frame

WHOLE = st.integers(-(2**63), 2**63 - 1)
COLUMNS = {
    "str": st.none() | st.text(max_size=5),
    "Int64": st.none() | WHOLE,
    "boolean": st.none() | st.booleans(),
    "datetime64[us]": st.none() | st.datetimes(),
    "float64": st.none() | st.floats(),
    "int64": WHOLE,
    "uint8": st.integers(0, 255),
    "bool": st.booleans(),
    "category": st.none() | st.sampled_from(["", "a", "é"]),
}
DTYPES = {"category": pd.CategoricalDtype(pd.Index(["", "a", "é"], dtype="str"))}


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    rows, start = draw(st.integers(0, 6)), draw(st.integers(0, 3))
    columns = {
        dtype: pd.Series(draw(st.lists(some, min_size=rows, max_size=rows)), dtype=DTYPES.get(dtype, dtype))
        for dtype, some in COLUMNS.items()
    }
    frame = pd.DataFrame(columns)
    if not rows:
        frame = frame.drop(columns="category")
    return frame.set_axis(pd.RangeIndex(start, start + rows) if draw(st.booleans()) else frame["int64"].rename(None))


def back(frame: pd.DataFrame) -> pd.DataFrame:
    there = put_aside(frame)
    assert there is not None
    return there.frame()


@given(frames())
def test_a_frame_comes_back_as_it_was(frame: pd.DataFrame) -> None:
    assert_frame_equal(back(frame), frame, check_exact=True)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_frames_of_every_kind_can_be_put_aside(kind: str) -> None:
    assert_frame_equal(back(empty_frame(kind)), empty_frame(kind))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": pd.Series([(1, 2)], dtype=object)}),
        pd.DataFrame({"a": pd.Series(["text"], dtype=object)}),
        pd.DataFrame({"a": [np.complex128(1)]}),
        pd.DataFrame([[1, 2]], columns=["twice", "twice"]),
        pd.DataFrame({"a": [1]}, index=pd.Index([(1, 2)], dtype=object)),
        pd.DataFrame({"a": pd.Series([], dtype=DTYPES["category"])}),
    ],
    ids=["tuples", "objects", "complex", "two of one name", "index of objects", "categories of no row"],
)
def test_what_would_not_come_back_the_same_is_not_put_aside(frame: pd.DataFrame) -> None:
    assert put_aside(frame) is None


def test_without_room_on_the_disk_nothing_is_put_aside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    monkeypatch.setenv("TMPDIR", "as above")
    assert put_aside(pd.DataFrame({"a": [1]})) is None


def test_its_pages_can_be_let_go_and_looked_at_again() -> None:
    frame = pd.DataFrame({"a": pd.Series([f"CF{n:07d}" for n in range(50_000)], dtype="str")})
    there = put_aside(frame)
    assert there is not None
    again = there.frame()
    there.let_go()
    assert_frame_equal(again, frame)
    assert_frame_equal(there.frame(), frame)


class Made:
    """What makes frames, and counts."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}

    def __call__(self, name: str) -> pd.DataFrame:
        self.times[name] = self.times.get(name, 0) + 1
        return pd.DataFrame({"name": pd.Series([name] * 1_000, dtype="str"), "n": range(1_000)})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setattr(evidence, "FRAME_BYTES", 1)
    monkeypatch.setattr(evidence, "DERIVED_BYTES", 1)
    return Made()


def nothing_but(frames: Frames) -> Evidence:
    return Evidence(date(2021, 3, 31), frames, pd.DataFrame(), pd.DataFrame())


def test_frames_beyond_the_limit_are_read_once_all_the_same(made: Made) -> None:
    frames = Frames(made)
    told = [frames[kind]["name"].iloc[0] for kind in ("purchase", "parcel", "purchase", "parcel")]
    assert told == ["purchase", "parcel", "purchase", "parcel"]
    assert made.times == {"purchase": 1, "parcel": 1}


def test_derived_frames_beyond_the_limit_are_made_once_all_the_same(made: Made) -> None:
    e = nothing_but(Frames(made))
    for name in ("one", "two", "one", "two"):
        assert e.cached(name, lambda _, name=name: made(name))["name"].iloc[0] == name
    assert made.times == {"one": 1, "two": 1}


def test_what_was_let_go_is_not_made_again(made: Made) -> None:
    e = nothing_but(Frames(made))
    for _ in range(2):
        assert len(e["purchase"]) == len(e.cached("one", lambda _: made("one"))) == 1_000
        e.let_go()
    assert made.times == {"purchase": 1, "one": 1}


def test_what_cannot_be_put_aside_is_made_again(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "put_aside", lambda _: None)
    frames = Frames(made)
    for kind in ("purchase", "parcel", "purchase"):
        assert frames[kind]["name"].iloc[0] == kind
    assert made.times == {"purchase": 2, "parcel": 1}


def test_a_frame_put_aside_is_written_once(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[pd.DataFrame] = []
    monkeypatch.setattr(aside, "put_aside", lambda frame: written.append(frame) or put_aside(frame))
    frames = Frames(made)
    for kind in ("purchase", "parcel") * 3:
        assert isinstance(frames[kind], pd.DataFrame)
    assert [frame["name"].iloc[0] for frame in written] == ["purchase", "parcel"]


def test_below_the_limit_nothing_is_written(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "FRAME_BYTES", 1_000_000)
    monkeypatch.setattr(aside, "put_aside", lambda _: pytest.fail("written"))
    frames = Frames(made)
    first = frames["purchase"]
    assert len(frames["parcel"]) == 1_000
    assert frames["purchase"] is first


def test_those_asked_for_longest_ago_go_first(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(aside, "put_aside", lambda frame: written.append(frame["name"].iloc[0]))
    monkeypatch.setattr(evidence, "FRAME_BYTES", int(made("purchase").memory_usage().sum() * 2.5))
    frames = Frames(made)
    for kind in ("purchase", "parcel", "purchase", "shipment"):  # three do not fit
        assert len(frames[kind]) == 1_000
    assert written == ["parcel"]


def test_an_aside_needs_no_name_in_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    there = put_aside(pd.DataFrame({"a": [1]}))
    assert isinstance(there, Aside)
    assert not list(tmp_path.iterdir())
