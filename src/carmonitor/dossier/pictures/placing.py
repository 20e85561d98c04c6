"""Where labels stand so that they cover each other as little as can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass
class Sheet:
    """What is taken on a sheet of this size. ``hard``: by labels and marks with words; ``soft``: by small marks."""

    width: float
    height: float
    hard: list[Area] = field(default_factory=list)
    soft: list[Area] = field(default_factory=list)

    def put(self, centres: Iterable[tuple[float, float]], width: float, height: float) -> tuple[float, float] | None:
        """The first of the centres where a label of this size covers no other, and the least of small marks.

        The place is taken then. None where every centre would cover a label or leave the sheet.
        """
        best: tuple[float, tuple[float, float]] | None = None
        for x, y in centres:
            area = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            if area[0] < 2 or area[1] < 2 or area[2] > self.width - 2 or area[3] > self.height - 2:
                continue
            if _meeting(area, self.hard):
                continue
            covered = sum(overlap(area, other) for other in _meeting(area, self.soft))
            if best is None or covered < best[0] - 0.5:
                best = covered, (x, y)
            if covered == 0:
                break
        if best is None:
            return None
        x, y = best[1]
        self.hard.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
        return x, y


def _meeting(area: Area, others: Iterable[Area]) -> list[Area]:
    """Those that have a part of this area in common."""
    left, top, right, bottom = area
    return [o for o in others if o[0] < right and o[2] > left and o[1] < bottom and o[3] > top]


def overlap(a: Area, b: Area) -> float:
    """The area that two have in common."""
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def around(x: float, y: float, width: float, height: float, gap: float = 6) -> list[tuple[float, float]]:
    """Centres for a label beside a mark: right, left, above, below, then between these, then farther off."""
    dx, dy = width / 2 + gap, height / 2 + gap
    near = [(x + dx, y), (x - dx, y), (x, y - dy), (x, y + dy)]
    near += [(x + sx * dx, y + sy * dy) for sx in (1, -1) for sy in (-1, 1)]
    return near + [(x + sx * dx, y + sy * (dy + height)) for sx in (1, -1) for sy in (-1, 1)]


def about(x: float, y: float, reach: float) -> list[tuple[float, float]]:
    """Centres for a label on an area: its middle, then rings of places around it up to ``reach`` away."""
    steps = [(0, 0), (0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1)]
    return [(x + sx * part * reach, y + sy * part * reach) for part in (0.25, 0.5, 0.75, 1) for sx, sy in steps]
