"""The custody chain from the digger to the confirmation abroad, as a drawing.

Boxes stand in stages from left to right; what is broken, missing or unknown is told by strokes, marks and words, not by
colour alone. Nothing is left out but what the chain says was left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from carmonitor.dossier.pictures import style, svg
from carmonitor.dossier.pictures.chain_layout import LINE_SIZE, STAGES, Box, Layout, check, lay_out, widths
from carmonitor.dossier.pictures.empty import nothing
from carmonitor.dossier.pictures.words import count, say
from carmonitor.dossier.sheets.model import Chain, Edge, Node, Picture, State

_HEAD, _LABEL, _NOTE = 14.0, 13.0, 14.0
_TOLD_MOST = 12

_EDGES: Mapping[State, Mapping[str, str | float]] = {
    "whole": {"stroke": style.INK, "stroke_width": style.THIN},
    "broken": {"stroke": style.VERMILION, "stroke_width": style.HEAVY, "stroke_dasharray": style.DASHED},
    "missing": {
        "stroke": style.INK,
        "stroke_width": style.STRONG,
        "stroke_dasharray": style.DOTTED,
        "stroke_linecap": "round",
    },
    "unknown": {"stroke": style.MIDDLE, "stroke_width": style.STRONG},
}
_BOXES: Mapping[State, Mapping[str, str | float]] = {
    "whole": {"fill": style.PAPER, **_EDGES["whole"]},
    "broken": {"fill": style.PAPER, **_EDGES["broken"], "stroke_width": style.STRONG},
    "missing": {"fill": style.PAPER, **_EDGES["missing"]},
    "unknown": {"fill": style.PALE, "stroke": style.GREY, "stroke_width": style.THIN},
}


def draw_chain(chain: Chain, lang: str, title: str = "") -> Picture:
    """A chain as a drawing, ``style.CHAIN_WIDTH`` units wide and as high as its longest stage needs.

    ``title``: "" for the general one. Boxes show up to five rows, fewer where many stand below each other; a pointer
    over a box says all of it. On a narrow screen let it scroll from side to side rather than shrink below some 700
    pixels. A chain without nodes gives a picture that says so. Raises ValueError for two nodes of
    one key, a stage that is none, an edge to a node that is not there.
    """
    title = svg.clean(title) or say("chain_title", lang)
    if not chain.nodes:
        return nothing(title, [say("chain_empty", lang), *_left_out(chain, lang)], lang)
    check(chain)
    remark = {"whole": "", "broken": "", "missing": say("not_supplied", lang), "unknown": say("not_stated", lang)}
    stages = sorted({node.stage for node in chain.nodes})
    room = widths(len(stages))[0]
    heads = {stage: svg.wrap(say(f"stage_{stage}", lang), _HEAD, room, 3, bold=True) for stage in stages}
    top = 26 + max(map(len, heads.values())) * _HEAD * 1.2
    layout = lay_out(chain, top, remark)
    told = _told(chain, lang)
    notes = [*_empty_stages(chain, lang), *_left_out(chain, lang)]
    legend, bottom = _legend(chain, layout.bottom + 30, lang)
    room = style.CHAIN_WIDTH - 16
    below = svg.columns(notes, _NOTE, room, 8, bottom + _NOTE + 4)
    height = bottom + (svg.height_of(notes, _NOTE, room) + 12 if notes else 4)
    drawing = svg.document(
        style.CHAIN_WIDTH,
        height,
        title,
        told,
        *_headings(layout, heads, top),
        *_edges(chain, layout),
        *(_box(box, lang) for box in layout.boxes.values()),
        legend,
        below,
    )
    return Picture(title, drawing, told)


def _headings(layout: Layout, rows: Mapping[int, Sequence[str]], top: float) -> Iterable[str]:
    for stage, left in layout.lefts.items():
        for i, row in enumerate(rows[stage]):
            yield svg.words(row, left, 16 + i * _HEAD * 1.2, _HEAD, font_weight="bold", fill=style.GREY)
        yield svg.line(left, top - 12, left + layout.box_width, top - 12, stroke=style.LIGHT, stroke_width=style.THIN)


def _box(box: Box, lang: str) -> str:
    node = box.node
    frame = dict(_BOXES[node.state])
    if node.concerned:
        frame["stroke_width"] = style.HEAVY
    parts = [svg.told(_all_of(node, lang)), svg.rect(box.x, box.y, box.width, box.height, rx=3.0, **frame)]
    text_height = len(box.title) * box.title_size * 1.15 + len(box.rows) * LINE_SIZE * 1.2
    y = box.middle - text_height / 2 + box.title_size * 0.88
    for row in box.title:
        parts.append(svg.words(row, box.x + 8, y, box.title_size, font_weight="bold"))
        y += box.title_size * 1.15
    for i, row in enumerate(box.rows):
        slant = "italic" if i == 0 and node.state in ("missing", "unknown") else None
        parts.append(svg.words(row, box.x + 8, y, LINE_SIZE, font_style=slant))
        y += LINE_SIZE * 1.2
    if node.state == "broken":
        parts.append(_cross(box.right - 2, box.y + 2, 7))
    return svg.tag("g", *parts)


def _all_of(node: Node, lang: str) -> str:
    state = [] if node.state == "whole" else [say(f"state_{node.state}", lang)]
    return "\n".join([node.title, *node.lines, *state])


def _cross(x: float, y: float, arm: float) -> str:
    """Two strokes on a rim of paper: where a chain breaks."""
    ways = ((x - arm, y - arm, x + arm, y + arm), (x - arm, y + arm, x + arm, y - arm))
    rim = "".join(svg.line(*way, stroke=style.PAPER, stroke_width=arm * 1.2) for way in ways)
    return rim + "".join(svg.line(*way, stroke=style.VERMILION, stroke_width=arm * 0.6) for way in ways)


_Point = tuple[float, float]
_Cubic = tuple[_Point, _Point, _Point, _Point]


class _Curve:
    """An edge as cubic curves that leave its source and enter its target level, through its lanes."""

    def __init__(self, edge: Edge, layout: Layout, place: int, out: float, into: float) -> None:
        source, target = layout.boxes[edge.source], layout.boxes[edge.target]
        self.edge, self.aside = edge, target.node.stage <= source.node.stage
        stops = [
            (source.right, out),
            *((x, y) for left, right, y in layout.lanes.get(place, ()) for x in (left, right)),
        ]
        end = (target.right if self.aside else target.x, into)
        if self.aside:
            pull = layout.gap * 0.9
            self.cubics: list[_Cubic] = [(stops[0], (stops[0][0] + pull, out), (end[0] + pull, into), end)]
            self.room = source.right, source.right + layout.gap
        else:
            self.cubics = [_level(a, b) for a, b in pairwise([*stops, end])]
            self.room = stops[-1][0], target.x

    def within(self) -> list[_Point]:
        """Points of its last curve, the middle first."""
        left, right = self.room
        points = [_at(self.cubics[-1], i / 40) for i in range(1, 40)]
        found = [(x, y) for x, y in points if left + 4 <= x <= right - 4] or [points[20]]
        middle = len(found) // 2
        return [found[i] for i in sorted(range(len(found)), key=lambda i: abs(i - middle))]

    def path(self) -> str:
        """As SVG, up to the head of its arrow."""
        (x, y), *_ = self.cubics[0]
        parts = [f"M{x:.1f},{y:.1f}"]
        for _, (bx, by), (cx, cy), (dx, dy) in self.cubics:
            stop = dx + (9 if self.aside else -9) * (self.cubics[-1][3] == (dx, dy))
            parts.append(f"C{bx:.1f},{by:.1f} {cx:.1f},{cy:.1f} {stop:.1f},{dy:.1f}")
        return "".join(parts)

    def head(self) -> str:
        """The head of its arrow, as SVG."""
        x, y = self.cubics[-1][3]
        return f"M{x:.1f},{y:.1f}l{10 if self.aside else -10},-5v10Z"


def _level(start: _Point, end: _Point) -> _Cubic:
    pull = (end[0] - start[0]) / 2
    return start, (start[0] + pull, start[1]), (end[0] - pull, end[1]), end


def _at(cubic: _Cubic, t: float) -> _Point:
    """The point at a part of the way, 0 to 1."""
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, cubic, strict=True)) for axis in (0, 1))
    return x, y


def _edges(chain: Chain, layout: Layout) -> Iterable[str]:
    """Curves below, labels and crosses above them."""
    curves = _curves(chain, layout)
    above: list[str] = []
    taken = [(box.x, box.y, box.right, box.y + box.height) for box in layout.boxes.values()]
    for curve in sorted(curves, key=lambda curve: curve.edge.state != "broken"):
        colour = str(_EDGES[curve.edge.state]["stroke"])
        yield svg.tag(
            "g",
            svg.told(curve.edge.label) if curve.edge.label else "",
            svg.tag("path", d=curve.path(), fill="none", **_EDGES[curve.edge.state]),
            svg.tag("path", d=curve.head(), fill=colour),
        )
        if curve.edge.state == "broken":
            x, y = curve.within()[0]
            taken.append((x - 10, y - 10, x + 10, y + 10))
            above.append(_cross(x, y, 8))
        if curve.edge.label:
            above.append(_label(curve, taken))
    yield from above


def _curves(chain: Chain, layout: Layout) -> list[_Curve]:
    """Every edge; those of one side of a box leave or enter it below each other, in the order of their other ends."""
    ends: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    for i, edge in enumerate(chain.edges):
        source, target = layout.boxes[edge.source], layout.boxes[edge.target]
        aside = target.node.stage <= source.node.stage
        lanes = [y for _, _, y in layout.lanes.get(i, ())]
        ends[edge.source, "right"].append((lanes[0] if lanes else target.middle, i))
        ends[edge.target, "right" if aside else "left"].append((lanes[-1] if lanes else source.middle, -i - 1))
    port: dict[int, float] = {}
    for (key, _), others in ends.items():
        box = layout.boxes[key]
        for place, (_, number) in enumerate(sorted(others), start=1):
            port[number] = box.y + box.height * place / (len(others) + 1)
    return [_Curve(edge, layout, i, port[i], port[-i - 1]) for i, edge in enumerate(chain.edges)]


def _label(curve: _Curve, taken: list[tuple[float, float, float, float]]) -> str:
    """The words of an edge on its curve, where they cover the least of what stands there already."""
    left, right = curve.room
    rows = svg.wrap(svg.clean(curve.edge.label), _LABEL, max(right - left - 6, 60), 3)
    width = max(svg.measure(row, _LABEL) for row in rows)
    height = len(rows) * _LABEL * 1.1
    best: tuple[float, float, float] | None = None
    for x, y in curve.within():
        for shift in (0.0, -height / 2 - 12, height / 2 + 12):
            middle = min(max(x, left + 3 + width / 2), max(right - 3 - width / 2, left + 3 + width / 2))
            covered = sum(
                _overlap((middle - width / 2, y + shift - height / 2, middle + width / 2, y + shift + height / 2), t)
                for t in taken
            )
            if best is None or covered < best[0] - 0.5:
                best = covered, middle, y + shift
        if best and best[0] == 0:
            break
    _, x, y = best or (0, left, 0)
    taken.append((x - width / 2 - 1, y - height / 2, x + width / 2 + 1, y + height / 2))
    weight = "bold" if curve.edge.state == "broken" else None
    fill = {"broken": style.VERMILION, "unknown": style.GREY}.get(curve.edge.state)
    first = y - height / 2 + _LABEL * 0.85
    return "".join(
        svg.label(row, x, first + i * _LABEL * 1.1, _LABEL, font_weight=weight, fill=fill or style.INK)
        for i, row in enumerate(rows)
    )


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return wide * high if wide > 0 and high > 0 else 0.0


def _legend(chain: Chain, y: float, lang: str) -> tuple[str, float]:
    """Samples of the strokes that occur, and the height where the legend ends."""
    states = {node.state for node in chain.nodes} | {edge.state for edge in chain.edges}
    items: list[tuple[str, str]] = []
    for state in ("broken", "missing", "unknown"):
        if state in states:
            items.append((_sample(state), say(f"state_{state}", lang)))
    if any(node.concerned for node in chain.nodes):
        frame = svg.rect(2, -11, 30, 14, rx=2, fill=style.PAPER, stroke=style.INK, stroke_width=style.HEAVY)
        items.append((frame, say("concerned", lang)))
    if not items:
        return "", y - 18
    parts, x = [], 8.0
    for sample, text in items:
        width = 44 + svg.measure(text, _NOTE) + 24
        if x > 8 and x + width > style.CHAIN_WIDTH:
            x, y = 8.0, y + 24
        parts.append(svg.tag("g", sample, svg.words(text, 44, 0, _NOTE), transform=f"translate({x:.1f},{y:.1f})"))
        x += width
    return "".join(parts), y + 12


def _sample(state: State) -> str:
    stroke = svg.line(2, -4, 34, -4, **_EDGES[state])
    return stroke + _cross(18, -4, 6) if state == "broken" else stroke


def _empty_stages(chain: Chain, lang: str) -> list[str]:
    used = {node.stage for node in chain.nodes}
    names = [say(f"stage_{stage}", lang) for stage in range(STAGES) if stage not in used]
    return (
        [say("chain_empty_stages", lang, names="; ".join(names) if lang == "en" else " ; ".join(names))]
        if names
        else []
    )


def _left_out(chain: Chain, lang: str) -> list[str]:
    return [count("chain_left_out", chain.left_out, lang)] if chain.left_out else []


def _told(chain: Chain, lang: str) -> str:
    """The chain in words: how many of what, then every part that is not whole, as far as a listener follows."""
    stages = Counter(node.stage for node in chain.nodes)
    parts = [
        f"{count('chain_told_nodes', len(chain.nodes), lang)} {count('chain_told_edges', len(chain.edges), lang)}",
        ", ".join(f"{say(f'stage_{stage}', lang)} {stages[stage]}" for stage in sorted(stages)) + ".",
    ]
    titles = {node.key: node.title for node in chain.nodes}
    for state in ("broken", "missing", "unknown"):
        named = [node.title for node in chain.nodes if node.state == state]
        named += [_edge_in_words(edge, titles) for edge in chain.edges if edge.state == state]
        if named:
            more = [count("and_more", len(named) - _TOLD_MOST, lang)] if len(named) > _TOLD_MOST else []
            parts.append(f"{say(f'told_{state}', lang)} {', '.join([*named[:_TOLD_MOST], *more])}.")
    concerned = [node.title for node in chain.nodes if node.concerned]
    if concerned:
        parts.append(say("told_concerned", lang, names=", ".join(concerned[:_TOLD_MOST])))
    return svg.clean(" ".join([*parts, *_empty_stages(chain, lang), *_left_out(chain, lang)]))


def _edge_in_words(edge: Edge, titles: Mapping[str, str]) -> str:
    ends = f"{titles[edge.source]} → {titles[edge.target]}"
    return f"{ends} ({edge.label})" if edge.label else ends
