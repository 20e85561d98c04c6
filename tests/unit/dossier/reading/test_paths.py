"""Every paper lies at one place below ``papers/``, whatever its sender called it."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.dossier.reading.paths import LONGEST, paper_link, paper_path, safe_name
from carmonitor.dossier.sheets.model import Paper
from tests.unit.dossier.reading.conftest import CLIMBING


def paper(file: str, submission: str = "Se5880354d887db2e19ffeb9e") -> Paper:
    return Paper("purchase", submission, file, "", 1)


@pytest.mark.parametrize(
    "name", ["retour_2021-03_corrigé.xlsx", "parcel_source.csv", "sans-extension", "deux mots.pdf", "a.b.c.zip"]
)
def test_a_harmless_name_is_kept(name: str) -> None:
    assert paper_path(paper(name)) == f"papers/Se5880354d887db2e19ffeb9e/{name}"


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd", "/etc/passwd", "..", ".", "", "a/b.csv", "a\\b.csv", "C:\\x.csv", "x\0.csv", "nul.txt",
        "COM1", "con.tar.gz", "lpt¹.xlsx", "aux", "x.csv.", "x.csv ", " x.csv", ".htaccess", "q?.csv", "a:b",
        "x\u202egpj.exe", "x\u200b.csv", "x\n.csv", "Retour.xlsx", "é" * 200 + ".xlsx", "x." + "y" * 300, "\ud800.csv",
        "a~12345678.csv", CLIMBING, "e\u0301.csv",
    ],
)  # fmt: skip
def test_any_other_name_is_made_safe_and_marked(name: str) -> None:
    head, submission, file = paper_path(paper(name)).split("/")
    assert (head, submission) == ("papers", "Se5880354d887db2e19ffeb9e")
    assert file == safe_name(file, lower=False) or "~" in file
    assert "~" in file
    assert file.isprintable()
    assert not set(file) & set('<>:"/\\|?*')
    assert not file.startswith((".", " "))
    assert not file.endswith((".", " "))
    assert len(file.encode()) <= LONGEST
    assert file.split("~")[0].split(".")[0].lower() not in {"nul", "com1", "con", "lpt¹", "aux", ""}


def test_a_submission_cannot_climb_either() -> None:
    assert paper_path(paper("x.csv", "../../S1")).count("/") == 2
    assert ".." not in paper_path(paper("x.csv", "../../S1")).split("/")


def test_the_suffix_survives_so_that_the_file_still_opens() -> None:
    assert paper_path(paper(CLIMBING)).endswith(".xlsx")
    assert paper_path(paper("x" * 300 + ".xlsx")).endswith(".xlsx")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Retour.xlsx", "retour.xlsx"),
        ("RETOUR.xlsx", "Retour.xlsx"),
        ("a/x.csv", "b/x.csv"),
        ("a?.csv", "a*.csv"),
        ("e\u0301.csv", "\u00e9.csv"),
        ("x" * 300 + ".csv", "x" * 301 + ".csv"),
        ("x\u200b.csv", "x\u200c.csv"),
    ],
)
def test_two_names_never_meet_even_where_capitals_do_not_count(one: str, other: str) -> None:
    assert paper_path(paper(one)).casefold() != paper_path(paper(other)).casefold()


def test_a_link_says_the_same_place_percent_encoded() -> None:
    found = paper_link(paper("deux mots #1 100%.csv"))
    assert found == "papers/Se5880354d887db2e19ffeb9e/deux%20mots%20%231%20100%25.csv"
    assert unquote(found) == paper_path(paper("deux mots #1 100%.csv"))


@given(st.text(max_size=150))
def test_whatever_the_name_it_is_one_safe_part_of_a_path(name: str) -> None:
    found = safe_name(name)
    assert found.isprintable()
    assert found not in ("", ".", "..")
    assert not set(found) & set('<>:"/\\|?*')
    assert len(found.encode()) <= LONGEST
    assert found == name or "~" in found
