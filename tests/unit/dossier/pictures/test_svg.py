"""Text in drawings: escaped, measured, cut in the open."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

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
