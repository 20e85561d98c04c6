"""Numbers that look alike."""

import pytest

from carmonitor.console.lookalikes import candidates, differences, plain


@pytest.mark.parametrize(
    "typed",
    ["CF0002112", "cf0002112", "СF0002112", "CFO002112", "CF00021l2", "CF0002112\u200b", "ＣＦ０００２１１２"],
)
def test_what_looks_like_a_number_leads_to_it(typed: str):
    assert "CF0002112" in candidates(typed)


def test_what_was_typed_comes_first():
    assert candidates("B0l")[0] == "B0l"


def test_signs_that_only_look_alike_are_named_by_number():
    assert differences("СF1", "CF1") == [("С (U+0421)", "C (U+0043)")]
    assert differences("CFO1", "CF01") == [("O (U+004F)", "0 (U+0030)")]


def test_signs_that_nobody_sees_are_named_too():
    assert differences("CF1\u200b", "CF1") == [("(U+200B)", "")]


def test_small_letters_are_no_difference():
    assert differences("cf1", "CF1") == []


def test_plain_text_has_no_marks_of_direction():
    assert plain(" \u202eCF1\u2066 ") == "CF1"
