"""Text in drawings: escaped, measured, cut in the open."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.dossier.pictures import svg
from tests.unit.dossier.pictures.reading import HOSTILE


def test_what_a_sender_wrote_stays_text() -> None:
    element = ElementTree.fromstring(svg.words(HOSTILE, 1, 2, 12, title=HOSTILE))
    assert element.text == svg.clean(HOSTILE)
    assert element.get("title") == svg.clean(HOSTILE)
    assert list(element) == []


@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\x1f", "\ud800", "\uffff", "\u202e", "\u2066", "\u200f"])
def test_characters_that_xml_forbids_or_that_turn_the_writing_are_seen(letter: str) -> None:
    assert svg.clean(f"a{letter}b") == "a\ufffdb"


def test_a_text_that_fits_is_not_cut() -> None:
    assert svg.clip("CF0002112", 14, 200) == "CF0002112"


def test_a_text_that_does_not_fit_ends_in_an_ellipsis_within_its_room() -> None:
    cut = svg.clip("Bureau d'achat Exemple Un (synthétique)", 14, 100)
    assert cut.endswith("…")
    assert svg.measure(cut, 14) <= 100


@given(st.text("iW .é-", min_size=1, max_size=60), st.floats(20, 300), st.booleans())
def test_no_letter_is_cut_that_there_is_room_for(text: str, room: float, bold: bool) -> None:
    cut = svg.clip(text, 14, room, bold=bold)
    more = text[: len(cut.removesuffix("…")) + 1]
    if cut == text:
        assert svg.measure(cut, 14, bold=bold) <= room
    else:
        assert svg.measure(cut, 14, bold=bold) <= room + 1e-9
        assert more.endswith(" ") or svg.measure(more + "…", 14, bold=bold) > room - 1e-9


def test_ten_thousand_letters_without_a_space_fill_their_rows() -> None:
    rows = svg.wrap("x" * 10_000, 14, 100, 3)
    assert [row.strip("x") for row in rows] == ["", "", "…"]
    assert all(80 < svg.measure(row, 14) <= 100 for row in rows)


def test_rows_hold_every_word_where_there_are_rows_enough() -> None:
    text = "Bureau d'achat Exemple Un (synthétique)"
    assert " ".join(svg.wrap(text, 14, 120, 9)) == text


def test_a_long_word_goes_on_in_the_next_row_after_its_stroke() -> None:
    assert svg.wrap("CF0002112/12", 15, 100, 2, bold=True) == ["CF0002112/", "12"]


def test_what_has_no_row_left_is_told_by_an_ellipsis() -> None:
    rows = svg.wrap("one two three four five six seven", 14, 60, 2)
    assert len(rows) == 2
    assert rows[-1].endswith("…")


def test_patterns_of_the_same_kind_share_a_name_and_others_do_not() -> None:
    assert svg.name_of("hatch", "a") == svg.name_of("hatch", "a") != svg.name_of("hatch", "b")
