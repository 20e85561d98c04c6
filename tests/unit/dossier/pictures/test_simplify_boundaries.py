"""The tool that made the boundaries lighter: neighbours keep a common edge."""

from __future__ import annotations

import pytest

from tools.simplify_boundaries import crosses_itself, douglas_peucker, points, simplified, without_slivers

EDGE = [(1.0, y / 100) for y in range(1, 100)]
WAVY = [(x + (0.001 if i % 2 else 0.0), y) for i, (x, y) in enumerate(EDGE)]
WEST = [[[(0.0, 0.0), (1.0, 0.0), *WAVY, (1.0, 1.0), (0.0, 1.0)]]]
EAST = [[[(1.0, 0.0), (2.0, 0.0), (2.0, 1.0), (1.0, 1.0), *reversed(WAVY)]]]


def edges(parts: list[list[list[tuple[float, float]]]]) -> set[frozenset[tuple[float, float]]]:
    return {frozenset((ring[i - 1], ring[i])) for part in parts for ring in part for i in range(len(ring))}


def test_a_common_edge_is_simplified_once_for_both() -> None:
    lighter = simplified({"west": WEST, "east": EAST}, 0.01)
    assert edges(lighter["west"]) & edges(lighter["east"]) == {frozenset({(1.0, 0.0), (1.0, 1.0)})}
    assert points(lighter) < 20 < points({"west": WEST, "east": EAST})


def test_what_lies_farther_off_than_the_tolerance_stays() -> None:
    line = [(0.0, 0.0), (1.0, 0.5), (2.0, 0.001), (3.0, 0.0)]
    assert douglas_peucker(line, 0.3) == [(0.0, 0.0), (1.0, 0.5), (3.0, 0.0)]
    assert douglas_peucker(line, 0.0001) == line


def test_a_ring_that_crosses_itself_is_seen() -> None:
    assert crosses_itself([(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)])
    assert not crosses_itself([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])


def test_slivers_are_left_out_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    kept = without_slivers({"a": [[[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], [(0.5, 0.5)]], [[(3.0, 3.0), (4.0, 4.0)]]]})
    assert kept == {"a": [[[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]]]}
    assert capsys.readouterr().out.count("a: a sliver is left out") == 2
