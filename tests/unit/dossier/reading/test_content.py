"""What PDF and page both say: every code in words, every reference to where its sheet is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from carmonitor.dossier.reading.content import code_of, content, drawn_size, respelled, texts, words
from carmonitor.dossier.sheets.model import Dossier, Table
from tests.unit.dossier.reading.conftest import empty, make


def entries(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, part in node.items():
        if isinstance(part, dict) and not {"en", "fr"} & set(part):
            yield from entries(part, f"{path}/{name}")
        else:
            yield f"{path}/{name}", part


def test_every_word_is_in_both_languages() -> None:
    lacking = [p for p, e in entries(texts()) if set(e) != {"en", "fr"} or not all(str(t).strip() for t in e.values())]
    assert lacking == []


def test_french_words_are_typeset() -> None:
    assert words("fr")["colon"] == "\u00a0:"
    assert words("fr")["semicolon"] == "\u202f; "
    assert words("en")["semicolon"] == "; "


def test_codes_of_a_case_are_words_in_the_readers_language() -> None:
    french = content(make("fr"))["cases"][0]
    assert ["Gravité", "E erreur"] in french["facts"]
    assert ["Statut", "ouvert"] in french["facts"]
    assert ["Décision", "non décidé"] in french["facts"]
    assert ["Ouvert au", "31/07/2021"] in french["facts"]
    assert ["Opened as of", "2021-07-31"] in content(make("en"))["cases"][0]["facts"]
    assert [f["outcome_word"] for f in french["findings"]] == ["manquement", "piste", "non évalué"]


def test_a_paper_that_two_findings_stand_on_is_listed_once_with_both_rules() -> None:
    papers = content(make("en"))["cases"][0]["papers"]
    assert [p["rules"] for p in papers] == [["D-10", "F14"], ["D-10"], ["D-10"]]
    assert papers[0]["row"] == "439"
    assert ["Slip number", "B012811"] in papers[0]["says"]


def test_a_field_that_no_kind_knows_keeps_its_name_and_a_null_is_left_out() -> None:
    names = [name for name, _ in content(make("en"))["cases"][0]["papers"][0]["says"]]
    assert "slip_reference_of_the_sender" in names
    assert "price_xaf" not in " ".join(names)


def test_a_project_default_is_marked_in_both_languages_and_nothing_else_is() -> None:
    for lang in ("en", "fr"):
        marked = [p["default"] for p in content(make(lang))["cases"][0]["findings"][0]["parameters"]]
        assert marked == [True, False]


def test_certainty_says_what_its_letters_mean_and_keeps_words_as_they_are() -> None:
    one, other, none = content(make("en"))["cases"][0]["findings"]
    assert ["Certainty of the source", "I: inference"] in one["more"]
    assert ["Certainty of the source", "S/P: secondary, primary"] in other["more"]
    assert "Certainty of the source" not in dict(none["more"])
    worded = replace(make("en").cases[0].findings[0], certainty="primary: the text itself")
    told = content(replace(make("en"), cases=(replace(make("en").cases[0], findings=(worded,)),)))
    assert ["Certainty of the source", "primary: the text itself"] in told["cases"][0]["findings"][0]["more"]


def test_links_lead_to_the_sheets_there_are_and_to_no_other() -> None:
    case = content(make("en"))["cases"][0]
    assert [link["at"] for link in case["who"]] == [0, None]
    assert [link["at"] for link in case["where"]] == [0, None]
    assert case["others"] == [{"text": "K-00000001", "at": 1}]
    assert [link["at"] for link in content(make("en"))["actors"][0]["cases"]] == [0, None]


def test_cases_beyond_the_full_sheets_stand_in_the_list_and_it_says_so() -> None:
    told = content(make("en", cases=5), full=2)
    assert len(told["cases"]) == 2
    assert [line["sheet"] for line in told["list"]] == [0, 1, None, None, None]
    assert told["left_out"].startswith("The first 2 of 5 cases have a sheet.")
    assert content(make("en", cases=5), full=5)["left_out"] == ""


def test_the_list_tells_what_stands_and_a_title_that_repeats_the_subject_is_not_printed() -> None:
    sheet = make("en").cases[0]
    told = content(replace(make("en"), cases=(replace(sheet, title="Purchase slip B012811"),)))
    assert told["cases"][0]["title"] == ""
    assert told["list"][0]["about"] == "D-10 Slip not used beyond its weight; F14 Price far from comparable slips"
    resolved = replace(make("en"), cases=(replace(sheet, findings=sheet.findings[2:]),))
    assert content(resolved)["list"][0]["about"] == "M-06 Weight confirmed abroad"
    drawn = replace(make("en"), cases=(replace(sheet, findings=(), title="Drawn at random"),))
    assert content(drawn)["list"][0]["about"] == "Drawn at random"


def test_what_is_not_whole_in_a_chain_is_listed_with_what_is_said_of_it() -> None:
    case = content(make("en"))["cases"][0]
    assert [line[:2] for line in case["breaks"]] == [
        ["Miner ART-089", "nothing was said"], ["Slip B012811 → CF0002209", "BROKEN"],
    ]  # fmt: skip
    assert "12" in case["chain_left_out"]


def test_counts_are_told_as_given_and_never_added() -> None:
    told = content(make("en"))
    assert told["counts"] == [["breaches", "43"], ["leads", "25"], ["not evaluated", "123"]]
    assert "191" not in str(told["counts"])


def test_run_rulebook_and_journal_identify_the_dossier() -> None:
    identity = dict(content(make("en"))["identity"])
    assert identity["Run"] == "Rd903b70ee1494210"
    assert identity["Rulebook"] == "1d19d34e" * 8
    assert identity["Journal head"] == "7fa7067d" * 8
    assert dict(content(empty())["identity"])["Journal head"] == "no entry yet"


def test_a_table_whose_rows_do_not_fit_its_heads_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        content(replace(make("en"), tables=(Table("", ("a", "b"), (("only one",),)),)))


def test_only_a_web_address_is_followed(dossier: Dossier) -> None:
    first = dossier.cases[0].findings[0]
    told = replace(dossier, cases=(replace(dossier.cases[0], findings=(replace(first, source_url="javascript:x()"),)),))
    finding = content(told)["cases"][0]["findings"][0]
    assert (finding["url"], finding["url_shown"]) == ("", "javascript:x()")


@pytest.mark.parametrize(
    ("svg", "size"),
    [
        ('<svg width="520" height="120" viewBox="0 0 1 1">', (520.0, 120.0)),
        ("<?xml version='1.0'?><svg xmlns='x' height='120px' width='520.5px'>", (520.5, 120.0)),
        ('<svg viewBox="0 -5 300 40.5"><rect width="3" height="4"/></svg>', (300.0, 40.5)),
        ('<svg width="100%" height="100%" viewBox="0,0,30,40">', (30.0, 40.0)),
    ],
)
def test_a_drawing_says_how_large_it_is(svg: str, size: tuple[float, float]) -> None:
    assert drawn_size(svg) == size


def test_a_drawing_without_a_size_is_refused() -> None:
    with pytest.raises(ValueError, match="found a drawing without a size"):
        drawn_size('<svg><rect width="3" height="4"/></svg>')


def test_spelling_anew_leaves_drawings_and_addresses_alone() -> None:
    tree = {"svg": "a", "url": "a", "link": "a", "text": "a", "list": ["a", {"b": "a"}], "n": 1, "no": None}
    assert respelled(tree, str.upper) == tree | {"text": "A", "list": ["A", {"b": "A"}]}
    assert code_of("\u202e") == "\\u202e"
