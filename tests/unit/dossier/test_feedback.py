"""What senders are told is decided rule by rule, said in both languages, and harmless whatever they wrote."""

import io
import re
from datetime import date

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from carmonitor.catalogues import packaged
from carmonitor.dossier.feedback import telling, words
from carmonitor.dossier.feedback.copying import put
from carmonitor.dossier.feedback.held import HeldReturn, HeldSheet
from carmonitor.dossier.feedback.letter import Letter, as_pdf, as_text, compose
from carmonitor.dossier.feedback.model import Correction
from carmonitor.intake.vocabulary import load
from carmonitor.records import KINDS
from tests.unit.dossier.test_texts import entries

SHEET = HeldSheet(100, "purchase", "r.xlsx", "Achats", ("slip_number",), 6, 3, 2, {"1": "header"}, ())
HELD = HeldReturn(
    "S0123456789", 1, "r.xlsx", "SPPK", "2021-04", date(2021, 5, 10), (), {"r.xlsx": b""}, ("r.xlsx",), (SHEET,), {}
)


def _breach_parts():
    for rule_id, spec in packaged().rulebook.specs.items():
        if spec.outcome == "breach":
            parts = [""] if {"en", "fr"} <= set(spec.message) else list(spec.message)
            yield from ((rule_id, part) for part in parts)


def test_every_breach_is_decided_on_once_and_with_a_reason():
    decided: dict[tuple[str, str], int] = {}
    entries_of = telling.policy()["told"]
    parts = list(_breach_parts())
    withheld = [named for entry in telling.policy()["not_told"] for named in entry["rules"]]
    assert all(entry["why"] for entry in [*entries_of, *telling.policy()["not_told"]])
    for rule_id, part in parts:
        told = sum(e["rule"] == rule_id and part in e.get("parts", [part]) for e in entries_of)
        decided[rule_id, part] = told + sum(named in (rule_id, f"{rule_id}/{part}") for named in withheld)
    assert {place: n for place, n in decided.items() if n != 1} == {}
    named = {(e["rule"], part) for e in entries_of for part in e.get("parts", [])}
    assert named - set(parts) == set()
    assert {name.split("/")[0] for name in withheld} <= {rule_id for rule_id, _ in parts}


def test_nothing_but_breach_rules_is_told():
    specs = packaged().rulebook.specs
    told = {entry["rule"] for entry in telling.policy()["told"]} | set(telling.policy()["missing"])
    assert {rule_id for rule_id in told if specs[rule_id].outcome != "breach"} == set()


def test_cells_named_in_the_policy_are_fields_of_kinds():
    cells = {cell for entry in telling.policy()["told"] for cell in entry["cells"]} - {"blank_fields"}
    assert [c for c in cells if c.split(".")[1] not in KINDS[c.split(".")[0]].model_fields] == []


def _breach(**changed):
    place = {"submission_id": "S1", "file": "r.xlsx", "sheet": "Expéditions", "row": 2}
    return {"rule_id": "C-08", "outcome": "breach", "part": "", "reason": None, "lineage": [place], **changed}


@pytest.mark.parametrize(
    "withheld",
    [
        {"outcome": "lead"},
        {"rule_id": "C-09", "part": "no_block"},
        {"rule_id": "Z-99"},
        {"lineage": []},
        {"lineage": [{"submission_id": "S1"}, {"submission_id": "S2"}]},
    ],
    ids=["a lead", "a rule not told", "a rule nobody decided on", "no papers", "papers of another"],
)
def test_what_may_warn_a_fraudster_is_withheld(withheld):
    assert len(list(telling.breaches([_breach()], "S1", [packaged()]))) == 1
    assert list(telling.breaches([_breach(**withheld)], "S1", [packaged()])) == []


def test_every_text_is_in_both_languages_and_fills_in_the_same_values():
    told = [*entries(words.texts()), *(("ask", entry["ask"]) for entry in telling.policy()["told"])]
    assert [path for path, item in told if set(item) != {"en", "fr"} or not all(item.values())] == []
    filled = [(path, *(set(re.findall(r"{(\w+)}", str(item[lang]))) for lang in ("en", "fr"))) for path, item in told]
    assert [path for path, english, french in filled if english != french] == []


def test_intake_passes_over_the_sheet_of_corrections():
    for lang in ("en", "fr"):
        assert load().is_ignored(words.say("workbook.sheet", lang))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a b c"),
        ("12\u202e34", "12\\u202e34"),
        ("\u200bx\x07", "\\u200bx\\x07"),
        ("x" * 300, "x" * 199 + "…"),
        ("café «\u00a0ok\u00a0»", "café « ok »"),
    ],
)
def test_a_senders_text_is_shown_on_one_line_without_what_hides(text, shown):
    assert words.visible(text) == shown


def test_months_are_written_in_words_with_french_elision():
    assert words.of_month("2021-04", "fr") == " d'avril 2021"
    assert words.of_month("2021-03", "fr") == " de mars 2021"
    assert words.of_month("2021-04", "en") == " of April 2021"
    assert words.of_month(None, "fr") == ""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "#N/A", "TRUE", "http://evil.example", "a\x00b"])
def test_a_text_put_in_a_cell_is_a_text_when_it_is_read_again(text):
    book = Workbook()
    put(book.worksheets[0].cell(1, 1), text, "en")
    content = io.BytesIO()
    book.save(content)
    cell = openpyxl.load_workbook(content).worksheets[0]["A1"]
    assert (cell.data_type, cell.hyperlink) == ("s", None)
    assert cell.value == text.replace("\x00", "\\x00")


def _letter(*corrections, as_of=date(2021, 7, 31)):
    return Letter(HELD, "R1" if as_of else "", as_of, corrections)


HOSTILE = Correction("unread", "r.xlsx", "<b>#x", 4, 2, "*Poids* $x$", '#panic("typst")', "a number")


def test_the_same_letter_has_the_same_bytes_and_markup_in_it_is_not_run():
    said = compose(_letter(HOSTILE), "en")
    assert as_pdf(said) == as_pdf(said)
    assert '#panic("typst")' in as_text(said)
    assert "[<b>#x]" in as_text(said)


def test_what_is_found_in_rows_that_were_read_is_not_called_unreadable():
    entry = Correction("entry", "r.xlsx", "Achats", 3, 1, "N°", "No seal is stated.", "State it.", rule_id="C-08")
    text = as_text(compose(_letter(entry), "en"))
    assert "ENTRIES TO BE CHECKED" in text
    assert "CELLS THAT COULD NOT BE READ" not in text
    assert "C-08" not in text


@pytest.mark.parametrize(("as_of", "subject"), [(date(2021, 7, 31), "nothing to correct"), (None, "read without")])
def test_a_letter_without_a_correction_claims_no_more_than_was_checked(as_of, subject):
    assert subject in as_text(compose(_letter(as_of=as_of), "en"))
