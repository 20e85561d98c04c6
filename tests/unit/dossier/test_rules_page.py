"""The rules in words: both pages are as the rulebook says today, complete, and set in French typography."""

import re
from pathlib import Path

import pytest

from carmonitor.catalogues import Catalogue, packaged
from carmonitor.dossier.rules import (
    in_words,
    near,
    parameter_text,
    passages,
    rule_row,
    rule_view,
    said,
    span_text,
    texts,
)
from carmonitor.dossier.rules_page import PAGES, page
from carmonitor.dossier.typography import typeset
from tests.unit.dossier.test_texts import entries

DOCS = Path(__file__).resolve().parents[3] / "docs"
OURS = packaged()


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_page_is_what_make_rules_would_write(lang) -> None:
    assert (DOCS / PAGES[lang]).read_text(encoding="utf-8") == page(OURS, lang), "run `make rules`"


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_rule_and_detector_has_its_section_and_every_regime_its_line(lang) -> None:
    written = page(OURS, lang)
    assert [i for i in OURS.specs if f"\n### {i} " not in written] == []
    assert [r.code for r in OURS.rulebook.regimes.regimes if f"| {r.code} |" not in written] == []


def test_every_word_of_the_pages_is_in_both_languages() -> None:
    lacking = [path for path, item in entries(texts()) if set(item) != {"en", "fr"}]
    assert lacking == []


def test_every_unit_of_the_rulebook_has_words() -> None:
    units = {p.unit for spec in OURS.specs.values() for p in spec.parameters}
    assert units - set(texts()["units"]) == set(), "add the unit to dossier/rule_texts.yaml"


def test_a_unit_agrees_with_its_value() -> None:
    def text(rule: str, lang: str) -> str:
        return parameter_text(OURS.specs[rule].parameters[0], lang)

    assert text("D-01", "en").startswith("tolerance_hundredths: 1 hundredth of a carat. ")
    assert text("D-01", "fr").startswith("tolerance_hundredths : 1 centième de carat. ")
    assert text("A-03", "fr").startswith("answer_days : 14 jours calendaires (")
    one, several = texts()["units_of_one"], texts()["units"]
    assert one.keys() <= several.keys()


def test_kinds_of_actor_are_told_in_words() -> None:
    told = [parameter_text(p, lang) for lang in ("en", "fr") for p in OURS.specs["L-02"].parameters]
    assert [text.partition(". ")[0] for text in told] == [
        "may_export: buying house, mining company", "flagged: cooperative",
        "may_export : bureau d'achat, société minière", "flagged : coopérative",
    ]  # fmt: skip


def test_the_view_says_everything_of_a_rule() -> None:
    view = rule_view(OURS.specs["A-03"], OURS, "en")
    assert (view["from"], view["to"], view["certainty"]) == ("2016-05-01", "2019-11-22", "P+S")
    (parameter,) = view["parameters"]
    assert parameter["basis_text"] == "the CAR's Operational Framework"
    assert parameter["values"] == [
        {"value": 14, "from": None, "to": "2018-11-01"}, {"value": 7, "from": "2018-11-01", "to": None},
    ]  # fmt: skip
    assert [(r["code"], r["from"], r["to"]) for r in view["regimes"]] == [("OF2015", "2016-05-01", "2019-11-22")]
    assert view["messages"][0]["part"] == ""
    assert "{days}" in view["messages"][0]["template"]
    assert "the limit was 14 / 7 days" in view["messages"][0]["text"]


def test_a_value_of_the_project_is_called_so_in_both_languages() -> None:
    for lang, words in (
        ("en", "project default, not a KP figure"),
        ("fr", "valeur par défaut du projet, non fixée par le PK"),
    ):
        (text, _) = next(
            p.texts for p in passages(OURS.specs["M-06"], OURS, lang) if p.label in ("Parameters", "Paramètres")
        )
        assert words in text
    assert text.startswith("tolerance_percent\u00a0: 0,1\u00a0%. Fondement\u00a0: ")


def test_a_span_excludes_its_end_in_words() -> None:
    spec = OURS.specs["Z-01"]
    assert span_text(spec.from_, spec.to, "en") == "from 2016-05-01, before 2024-11-15"
    assert span_text(spec.from_, spec.to, "fr") == "à partir du 01/05/2016, avant le 15/11/2024"
    assert span_text(None, spec.to, "en") == "before 2024-11-15"
    assert span_text(spec.from_, None, "fr") == "à partir du 01/05/2016"
    assert span_text(None, None, "fr") == "sans limite de temps"


def test_a_message_in_words_shows_parameters_and_leaves_out_what_is_found() -> None:
    spec = OURS.specs["M-06"]
    assert in_words("{country} confirmed {x}; up to {tolerance_percent} %", spec, "fr") == "… confirmed …; up to 0,1 %"


def test_states_are_told() -> None:
    for status, en, fr in (
        ("off", "off (not evaluated)", "désactivée (non évaluée)"),
        ("shadow", "shadow (opens no case)", "en observation (sans dossier)"),
    ):
        spec = OURS.specs["M-06"].model_copy(update={"status": status})
        assert (rule_row(spec, "en")["status"], rule_row(spec, "fr")["status"]) == (en, fr)


def test_every_mark_of_certainty_has_its_meaning() -> None:
    marks = {mark for spec in OURS.specs.values() for mark in re.split("[+/]", spec.certainty)}
    assert marks <= set(texts()["certainty"])
    assert said("certainty", "Q", "en") == "Q"


def test_impossible_sorts_are_told() -> None:
    spec = OURS.specs["C-02"].model_copy(update={"no_case": {"missing": "the number is the key"}})
    told = {p.label: p.texts for p in passages(spec, OURS, "fr")}
    assert told["Cas de test impossibles"] == ("donnée manquante\u00a0: the number is the key (en anglais seulement)",)
    assert rule_view(spec, OURS, "en")["no_case"] == {"missing": "the number is the key"}


def test_french_never_breaks_a_line_before_its_double_signs() -> None:
    written = page(OURS, "fr")
    assert re.findall(r".{20} [:;?!»%].{5}|.{5}« .{20}", written) == []


def test_typography_leaves_addresses_and_english_alone() -> None:
    assert typeset("voir : « ceci » ; quoi ?", "fr") == "voir\u00a0: «\u00a0ceci\u00a0»\u202f; quoi\u202f?"
    assert typeset("http://x.org/a?b=c;d", "fr") == "http://x.org/a?b=c;d"
    assert typeset("so : it stays", "en") == "so : it stays"


def test_near_ids() -> None:
    assert near("M-66", OURS.specs)[0] == "M-06"
    assert near("m-6", OURS.specs)
    assert set(near("?", OURS.specs)) == set(OURS.specs)


def test_the_hash_of_a_catalogue_covers_every_file() -> None:
    parts = {"rulebook", "detectors.yaml", "calibration.yaml", "gazetteer.yaml", "seeds"}
    assert {path.partition("/")[0] for path in OURS.files} == parts
    for path in OURS.files:
        other = Catalogue.of({**OURS.files, path: OURS.files[path] + b"\n"}, "x", "folder", strict=False)
        assert other.hash != OURS.hash, path
