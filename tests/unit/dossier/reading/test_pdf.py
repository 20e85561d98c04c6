"""The PDF: text stays text, the same dossier gives the same bytes, it tells readers and programs what it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typst

from carmonitor.dossier.reading import pdf
from carmonitor.dossier.reading.pdf import as_pdf, printable, spelled, template
from carmonitor.dossier.sheets.model import ActorSheet, Dossier, Picture
from tests.unit.dossier.reading.conftest import CHINESE, HOSTILE, MARKUP, SCRIPT, TURNED, case_sheet, empty, make, svg


def headings(dossier: Dossier) -> list[str]:
    """The headings of the document as Typst itself sees them: only plain text has a ``text`` here."""
    inputs = {"dossier": json.dumps(printable(dossier))}
    found: list[dict[str, Any]] = json.loads(
        typst.query(template(), "heading", sys_inputs=inputs, ignore_system_fonts=True)
    )
    return [_text(heading["body"]) for heading in found]


def _text(node: dict[str, Any]) -> str:
    if node["func"] == "sequence":
        return "".join(map(_text, node["children"]))
    return {"text": node.get("text", ""), "space": " ", "h": ""}.get(node["func"], f"<{node['func']}>")


def test_the_same_dossier_gives_the_same_bytes(dossier: Dossier) -> None:
    assert as_pdf(dossier) == as_pdf(dossier)


def test_it_is_a_tagged_document_with_title_language_and_the_day_of_the_run(dossier: Dossier) -> None:
    printed = as_pdf(dossier)
    assert printed.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in printed
    assert f"/Lang({dossier.lang})".encode() in printed
    assert b"pdfuaid" in printed
    assert b"D:20210731000000Z" in printed


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_from_a_sender_is_a_heading_of_plain_text(name: str) -> None:
    actor = ActorSheet("BA-02", name, ())
    told = headings(replace(make("en", cases=0), actors=(actor,)))
    assert f"BA-02 · {spelled(name)}".replace("\u200b", "") in told


def test_markup_in_any_text_prints_and_runs_nothing() -> None:
    def say(en: str, fr: str) -> str:
        return MARKUP

    told = replace(
        make("en"), cases=(case_sheet(0, say, subject_id=MARKUP, assigned_to=MARKUP),), selected=MARKUP,
        synthetic=MARKUP, counts=((MARKUP, MARKUP),), method=(MARKUP,),
    )  # fmt: skip
    assert as_pdf(told).startswith(b"%PDF-")


def test_what_fonts_lack_or_eyes_miss_is_printed_as_its_code() -> None:
    assert spelled(CHINESE[:2]) == "\\u4e0a\\u6d77"
    assert "\u202e" not in spelled(TURNED)
    assert "\\u202e" in spelled(TURNED)
    assert "\\u200b" in spelled(TURNED)
    assert spelled("a\0b") == "a\\x00b"
    assert spelled("\ud800") == "\\ud800"
    assert spelled("Berbérati № 5 – 12,5 % « œuvre » ≤ 3 → Кимберли شركة") == (
        "Berbérati № 5 – 12,5 % « œuvre » ≤ 3 → Кимберли شركة"
    )


def test_long_words_have_seams_and_short_ones_have_none() -> None:
    assert spelled("B012811") == "B012811"
    assert spelled("x" * 40).split("\u200b") == ["x" * 16, *["x"] * 24]
    assert spelled("retour_2021-03_corrigé.xlsx").split("\u200b") == ["retour_", "2021-", "03_", "corrigé.", "xlsx"]


def test_an_empty_dossier_prints(tmp_path: Path) -> None:
    for lang in ("en", "fr"):
        assert as_pdf(empty(lang)).startswith(b"%PDF-")


def test_cases_beyond_the_full_sheets_print_in_the_list_only() -> None:
    told = replace(make("en", cases=4), actors=(), zones=())
    inputs = {"dossier": json.dumps(printable(told, full=1))}
    found = json.loads(typst.query(template(), "heading.where(level: 2)", sys_inputs=inputs, ignore_system_fonts=True))
    assert sum("K-" in _text(heading["body"]) for heading in found) == 1


def test_a_long_list_of_cases_ends_on_paper_with_how_many_more_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    told = make("fr", cases=4)
    assert printable(told)["list_goes_on"] == ""
    monkeypatch.setattr(pdf, "LISTED", 3)
    cut = printable(told)
    assert len(cut["list"]) == 3
    assert "1 dossier(s)" in cut["list_goes_on"]


def test_an_actor_of_many_cases_names_those_with_a_sheet_and_counts_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    told = make("en", cases=4)
    actor = replace(told.actors[0], cases=tuple(str(sheet.case["case_id"]) for sheet in told.cases))
    told = replace(told, actors=(actor,))
    assert [case["text"] for case in printable(told, full=1)["actors"][0]["cases"]] == list(actor.cases)
    monkeypatch.setattr(pdf, "NAMED", 3)
    named = printable(told, full=1)["actors"][0]["cases"]
    assert [case["text"] for case in named] == [actor.cases[0], "3 more without a sheet"]
    assert printable(told, full=4)["actors"][0]["cases"][-1]["text"] == actor.cases[-1]


def test_a_large_figure_has_a_page_of_its_own_turned_if_it_is_wide() -> None:
    wide = Picture("wide", svg("x").replace('520" height="120"', '1040" height="420"'), "told")
    sheet = replace(make("en").cases[0], pictures=(wide,))
    pages = as_pdf(replace(make("en"), cases=(sheet,)))
    assert len(re.findall(rb"/MediaBox\[0 0 841", pages)) == 1
    assert len(re.findall(rb"/MediaBox\[0 0 841", as_pdf(make("en")))) == 0


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext (poppler-utils) is not installed")
def test_every_text_can_be_read_back(dossier: Dossier, tmp_path: Path) -> None:
    file = tmp_path / "dossier.pdf"
    file.write_bytes(as_pdf(dossier))
    done = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True)
    read = " ".join(done.stdout.decode().split())
    wanted = [
        "Rd903b70ee1494210", "1d19d34e" * 8, "7fa7067d" * 8, SCRIPT, "=cmd|", '#panic("typst")', "\\u202eelpmexE",
        *(what for what, _ in dossier.counts), "K-00000000", "439", "Berbérati",
        {"en": "SYNTHETIC DATA", "fr": "DONNÉES SYNTHÉTIQUES"}[dossier.lang],
        {"en": "Page 1 / ", "fr": "Page 1 / "}[dossier.lang],
        {"en": "Questions to ask on site", "fr": "Questions à poser sur place"}[dossier.lang],
        {"en": "project default, not a KP figure", "fr": "non fixée par le PK"}[dossier.lang],
    ]  # fmt: skip
    assert [text for text in wanted if text not in read] == []
