"""Names compare without case, accents, punctuation, spaces and legal form."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.records.names import fold_name, fold_names, latin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Éts. BADICA, S.A.R.L.", "badica"),
        ("Bureau d'achat Sangha", "BUREAU D’ACHAT SANGHA"),
        ("Sud-Azur S A R L", "Sud Azur"),
        ("Kardiam BVBA", "KARDIAM b.v.b.a."),
        ("J. P. Ngbo & Co.", "JP Ngbo"),
        ("Ngaïssona", "Ngaissona"),
    ],
)
def test_these_names_are_one(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Sangha SA", "Lobaye SA"), ("SA", "SARL"), ("Badica", "Badica 2"), ("李明", "王芳")]
)
def test_these_names_are_two(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


def test_a_null_name_stays_null() -> None:
    folded = fold_names(pd.Series(["A. B.", None], dtype="str"))
    assert folded.isna().tolist() == [False, True]


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once_unless_a_form_remains(name: str) -> None:
    once = fold_name(name)
    assert once == "" or once.isalnum()
    assert fold_name(name.upper().lower()) == fold_name(name.lower())


def test_latin_joins_scripts_and_folding_keeps_them_apart() -> None:
    assert latin("Пригожин") == "prigozhin"
    assert latin("Ngaïssona ŁÓDŹ") == "ngaissona lodz"
    assert fold_name("Пригожин") != fold_name("Prigozhin")
