"""Where the boxes of a custody chain stand: stages from left to right, neighbours near each other, none on another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.sheets.model import Chain, Node

STAGES = 6
TITLE_SIZES, LINE_SIZE = (15.0, 13.5), 14.0
"""Of titles the first at which nothing must be cut."""
_MARGIN, _PAD = 8.0, 8.0
_GAP_LEAST, _GAP_MOST, _BOX_MOST = 74.0, 150.0, 230.0
_LANE = 8.0
_SWEEPS = 4


@dataclass(frozen=True)
class Box:
    """A node with its place and the rows of text that fit in."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    title: tuple[str, ...]
    title_size: float
    rows: tuple[str, ...]

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Layout:
    """``boxes`` by the key of their node; ``lanes``: place of an edge → (left, right, height) where it passes a stage
    between its ends; ``lefts``: stage → left edge, of the stages that have nodes."""

    boxes: Mapping[str, Box]
    lanes: Mapping[int, Sequence[tuple[float, float, float]]]
    lefts: Mapping[int, float]
    box_width: float
    gap: float
    bottom: float


_Text = tuple[tuple[str, ...], float, tuple[str, ...]]
_Slot = str | tuple[int, int]
"""What takes room in a stage: a node by its key, or (place of an edge, stage) where an edge passes."""


def lay_out(chain: Chain, top: float, remark: Mapping[str, str]) -> Layout:
    """Place every node below ``top``. ``remark``: state → the word that stands in a box of it, "" for none.

    Raises ValueError for two nodes of one key, a stage that is none, an edge to or from a node that is not there.
    """
    check(chain)
    stages = sorted({node.stage for node in chain.nodes})
    width, gap = widths(len(stages))
    lefts = {stage: _MARGIN + i * (width + gap) for i, stage in enumerate(stages)}
    columns: dict[int, list[_Slot]] = {stage: [n.key for n in chain.nodes if n.stage == stage] for stage in stages}
    most = max(map(len, columns.values()))
    texts = {node.key: _text(node, width, _rows(most), remark[node.state]) for node in chain.nodes}
    heights: dict[_Slot, float] = {key: _height(text, most) for key, text in texts.items()}
    links = _links(chain, columns, heights)
    near: dict[_Slot, list[_Slot]] = defaultdict(list)
    for one, other in links:
        near[one].append(other)
        near[other].append(one)
    between = 18.0 if most <= 16 else 8.0
    _order(columns, near)
    tops = _tops(columns, heights, near, between)
    boxes = {
        node.key: Box(node, lefts[node.stage], top + tops[node.key], width, heights[node.key], *texts[node.key])
        for node in chain.nodes
    }
    lanes: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for stage, column in columns.items():
        for slot in column:
            if isinstance(slot, tuple):
                lanes[slot[0]].append((lefts[stage], lefts[stage] + width, top + tops[slot] + _LANE / 2))
    bottom = max(box.y + box.height for box in boxes.values())
    return Layout(boxes, lanes, lefts, width, gap, max([bottom, *(lane[2] for way in lanes.values() for lane in way)]))


def check(chain: Chain) -> None:
    """Refuse a chain that does not hold together; see :func:`lay_out`."""
    keys = [node.key for node in chain.nodes]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValueError(f"custody chain: found several nodes {twice}, expected one of each key")
    if odd := sorted({node.stage for node in chain.nodes} - set(range(STAGES))):
        raise ValueError(f"custody chain: found stages {odd}, expected 0 to {STAGES - 1}")
    if lost := sorted({key for edge in chain.edges for key in (edge.source, edge.target)} - set(keys)):
        raise ValueError(f"custody chain: found edges to {lost}, expected nodes of the chain")


def widths(stages: int) -> tuple[float, float]:
    """Of a box and of the gap between two stages."""
    room = style.CHAIN_WIDTH - 2 * _MARGIN
    width = min((room - (stages - 1) * _GAP_LEAST) / stages, _BOX_MOST)
    gap = min((room - stages * width) / max(stages - 1, 1), _GAP_MOST) if stages > 1 else _GAP_LEAST
    return width, gap


def _rows(most: int) -> int:
    """How many rows below its title a box may have: fewer where many stand below each other."""
    return 5 if most <= 6 else 4 if most <= 9 else 2 if most <= 16 else 1


def _text(node: Node, width: float, rows: int, remark: str) -> _Text:
    room = width - 2 * _PAD
    for size in TITLE_SIZES:
        title = svg.wrap(svg.clean(node.title), size, room, 2 if rows > 1 else 1, bold=True)
        if not any(row.endswith("…") for row in title):
            break
    lines = [remark, *node.lines] if remark else [*node.lines]
    all_rows = [row for line in lines for row in svg.wrap(svg.clean(line), LINE_SIZE, room, 2)]
    shown = all_rows[:rows]
    if len(all_rows) > rows and not shown[-1].endswith("…"):
        shown[-1] = svg.clip(shown[-1] + " …", LINE_SIZE, room)
    return tuple(title), size, tuple(shown)


def pad(most: int) -> float:
    """Above and below the text of a box; less where many stand below each other."""
    return _PAD if most <= 16 else 5.0


def _height(text: _Text, most: int) -> float:
    title, size, rows = text
    return 2 * pad(most) + len(title) * size * 1.15 + len(rows) * LINE_SIZE * 1.2


def _links(chain: Chain, columns: Mapping[int, list[_Slot]], heights: dict[_Slot, float]) -> list[tuple[_Slot, _Slot]]:
    """Who stands beside whom. An edge over several stages gets a slot in each between, so that no box hides it."""
    stage_of = {node.key: node.stage for node in chain.nodes}
    links: list[tuple[_Slot, _Slot]] = []
    for place, edge in enumerate(chain.edges):
        way: list[_Slot] = [edge.source]
        for stage in columns:
            if stage_of[edge.source] < stage < stage_of[edge.target]:
                slot = (place, stage)
                columns[stage].append(slot)
                heights[slot] = _LANE
                way.append(slot)
        links += pairwise([*way, edge.target])
    return links


def _order(columns: Mapping[int, list[_Slot]], near: Mapping[_Slot, list[_Slot]]) -> None:
    """Sort each stage by where its neighbours stand (barycentres, a few sweeps), so that few edges cross."""
    place = {slot: i / len(column) for column in columns.values() for i, slot in enumerate(column)}
    for sweep in range(2 * _SWEEPS):
        for column in list(columns.values())[:: 1 if sweep % 2 == 0 else -1]:
            wanted = {slot: _mean([place[other] for other in near.get(slot, [])], place[slot]) for slot in column}
            column.sort(key=wanted.__getitem__)
            place |= {slot: (i + 0.5) / len(column) for i, slot in enumerate(column)}


def _tops(
    columns: Mapping[int, list[_Slot]],
    heights: Mapping[_Slot, float],
    near: Mapping[_Slot, list[_Slot]],
    between: float,
) -> dict[_Slot, float]:
    """Slot → its top: level with its neighbours as far as the others of its stage leave room."""
    total = max(sum(heights[slot] + between for slot in column) - between for column in columns.values())
    tops: dict[_Slot, float] = {}
    for column in columns.values():
        used = sum(heights[slot] + between for slot in column) - between
        at, free = 0.0, (total - used) / len(column)
        for slot in column:
            tops[slot] = at + free / 2
            at += heights[slot] + between + free
    for sweep in range(2 * _SWEEPS):
        for column in list(columns.values())[:: 1 if sweep % 2 == 0 else -1]:
            wanted = []
            for slot in column:
                middles = [tops[other] + heights[other] / 2 for other in near.get(slot, [])]
                own = heights[slot] / 2
                wanted.append(_mean(middles, tops[slot] + own) - own)
            new = _apart(wanted, [heights[slot] for slot in column], between, total)
            tops |= dict(zip(column, new, strict=True))
    return tops


def _apart(wanted: Sequence[float], heights: Sequence[float], between: float, total: float) -> list[float]:
    """Tops near the wanted ones, in this order, ``between`` apart, from 0 to the total."""
    tops = [max(wanted[0], 0.0)]
    for want, above in zip(wanted[1:], heights, strict=False):
        tops.append(max(want, tops[-1] + above + between))
    limit = total
    for i in reversed(range(len(tops))):
        tops[i] = min(tops[i], limit - heights[i])
        limit = tops[i] - between
    return tops


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
