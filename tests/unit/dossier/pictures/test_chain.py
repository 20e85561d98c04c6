"""The custody chain as a drawing."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from carmonitor.dossier.pictures import style
from carmonitor.dossier.pictures.chain import draw_chain
from carmonitor.dossier.pictures.chain_layout import lay_out
from carmonitor.dossier.pictures.placing import overlap
from carmonitor.dossier.sheets.model import Chain, Edge, Node
from tests.unit.dossier.pictures.reading import HOSTILE, assert_self_contained, parsed, shown

SMALL = Chain(
    (
        Node("d", 0, "CP-0012/8", ("Carnot",), "missing"),
        Node("s", 1, "B011012", ("COL-009", "11.03 ct", "Abba"), "broken", concerned=True),
        Node("p", 3, "CF0002112/1", ("15.33 ct",)),
        Node("c", 4, "CF0002112", ("2021-02-16",)),
        Node("m", 5, "AE", (), "unknown"),
    ),
    (
        Edge("d", "s", "8.93 ct", "missing"),
        Edge("s", "p", "6.25 ct too many", "broken"),
        Edge("p", "c", "15.33 ct"),
        Edge("c", "m", "192 days", "unknown"),
    ),
)
NO_REMARK = {"whole": "", "broken": "", "missing": "not supplied", "unknown": "not stated"}


def wide(sales: int) -> Chain:
    """As many diggers and sales into one parcel, and an edge that skips two stages."""
    nodes = [Node(f"d{i}", 0, f"CP-{i:04d}/1", ("Carnot", "1.00 ct")) for i in range(sales)]
    nodes += [Node(f"s{i}", 1, f"B01{i:04d}", ("COL-001", "1.00 ct, 2021-03-01")) for i in range(sales)]
    nodes += [Node("h", 2, "BA-01"), Node("p", 3, "CF0002112/1"), Node("c", 4, "CF0002112"), Node("m", 5, "AE")]
    edges = [Edge(f"d{i}", f"s{i}", "1.00 ct") for i in range(sales)]
    edges += [Edge(f"s{i}", "h", "1.00 ct") for i in range(sales)]
    edges += [
        Edge("h", "p", "9 ct"),
        Edge("s0", "p", "0.40 ct"),
        Edge("p", "c"),
        Edge("c", "m"),
        Edge("d0", "c", "2 ct"),
    ]
    return Chain(tuple(nodes), tuple(edges))


@pytest.mark.parametrize("lang", ["en", "fr"])
@pytest.mark.parametrize("chain", [SMALL, Chain((), ()), Chain((Node("c", 4, "CF1"),), ()), wide(3), wide(28)])
def test_every_chain_is_a_drawing_of_its_own_in_both_languages(chain: Chain, lang: str) -> None:
    picture = draw_chain(chain, lang)
    assert_self_contained(picture)
    assert picture == draw_chain(chain, lang)


def test_every_box_and_every_label_is_drawn() -> None:
    said = shown(draw_chain(SMALL, "en"))
    for text in ("CP-0012/8", "B011012", "CF0002112", "15.33 ct", "8.93 ct", "192 days", "COL-009"):
        assert text in said


def test_states_are_told_by_words_and_strokes_and_not_by_colour_alone() -> None:
    picture = draw_chain(SMALL, "en")
    assert "not supplied" in shown(picture)
    assert "not stated" in shown(picture)
    assert "broken: a finding stands on it" in shown(picture)
    strokes = {(node.get("stroke-dasharray"), node.get("stroke-width")) for node in parsed(picture).iter()}
    assert (style.DASHED, str(style.HEAVY)) in strokes
    assert (style.DOTTED, str(style.STRONG)) in strokes
    assert "non fourni" in shown(draw_chain(SMALL, "fr"))


def test_a_whole_chain_has_no_broken_stroke_and_needs_no_legend() -> None:
    whole = Chain((Node("p", 3, "P"), Node("c", 4, "C")), (Edge("p", "c", "1 ct"),))
    picture = draw_chain(whole, "en")
    assert style.DASHED not in picture.svg
    assert style.VERMILION not in picture.svg
    assert "not supplied" not in shown(picture)


def test_who_cannot_see_it_is_told_what_is_broken_missing_and_unknown() -> None:
    told = draw_chain(SMALL, "en").told
    assert "Broken: B011012, B011012 → CF0002112/1 (6.25 ct too many)." in told
    assert "Not supplied: CP-0012/8, CP-0012/8 → B011012 (8.93 ct)." in told
    assert "The case is about B011012." in told
    assert "Rompu\u00a0: B011012" in draw_chain(SMALL, "fr").told


def test_stages_without_a_paper_and_boxes_left_out_are_stated() -> None:
    said = shown(draw_chain(replace(SMALL, left_out=3), "en")).replace("\n", " ")
    assert "No paper of this chain at these stages: Resale or buying house." in said
    assert "3 further boxes were left out for room" in said
    assert "left out" not in shown(draw_chain(SMALL, "en"))


def test_a_chain_without_boxes_says_so() -> None:
    assert "No paper of this chain was found." in shown(draw_chain(Chain((), ()), "en"))
    assert "2 further boxes" in draw_chain(Chain((), (), left_out=2), "en").told


def test_a_box_that_shows_less_says_all_of_it_to_a_pointer() -> None:
    long = "a line far too long to stand in a box of this width, and longer still"
    picture = draw_chain(Chain((Node("c", 4, "C", (long,) * 6),), ()), "en")
    assert long not in shown(picture)
    assert "…" in shown(picture)
    assert picture.svg.count(long) == 6


def test_hostile_names_stay_text() -> None:
    chain = Chain((Node("a", 1, HOSTILE, (HOSTILE,)), Node("b", 2, HOSTILE)), (Edge("a", "b", HOSTILE, "broken"),))
    picture = draw_chain(chain, "en", title=HOSTILE)
    assert_self_contained(picture)
    assert "<script" not in picture.svg


@pytest.mark.parametrize("sales", [1, 5, 9, 12, 20, 27])
def test_no_box_stands_on_another_or_leaves_the_drawing(sales: int) -> None:
    boxes = list(lay_out(wide(sales), 50, NO_REMARK).boxes.values())
    areas = [(box.x, box.y, box.right, box.y + box.height) for box in boxes]
    assert all(overlap(a, b) == 0 for a, b in combinations(areas, 2))
    assert min(area[0] for area in areas) >= 0
    assert max(area[2] for area in areas) <= style.CHAIN_WIDTH
    assert min(area[1] for area in areas) >= 49.99


def test_an_edge_over_several_stages_passes_beside_the_boxes_between() -> None:
    layout = lay_out(wide(4), 0, NO_REMARK)
    lanes = [lane for way in layout.lanes.values() for lane in way]
    assert len(lanes) == 1 + 3  # a sale past the buying house; a digger past sale, house and parcel
    boxes = [(box.x, box.y, box.right, box.y + box.height) for box in layout.boxes.values()]
    assert all(overlap((left, y - 1, right, y + 1), box) == 0 for left, right, y in lanes for box in boxes)


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        (Chain((Node("a", 1, "A"), Node("a", 2, "B")), ()), r"several nodes \['a'\]"),
        (Chain((Node("a", 6, "A"),), ()), r"found stages \[6\], expected 0 to 5"),
        (Chain((Node("a", 1, "A"),), (Edge("a", "z"),)), r"edges to \['z'\]"),
    ],
)
def test_a_chain_that_does_not_hold_together_is_refused(chain: Chain, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        draw_chain(chain, "en")


def test_resales_within_a_stage_and_links_that_go_back_are_drawn() -> None:
    chain = Chain(
        (Node("a", 2, "A"), Node("b", 2, "B"), Node("c", 3, "C")), (Edge("a", "b", "2 ct"), Edge("c", "a", "3 ct"))
    )
    picture = draw_chain(chain, "en")
    assert_self_contained(picture)
    assert "2 ct" in shown(picture)
    assert "3 ct" in shown(picture)
