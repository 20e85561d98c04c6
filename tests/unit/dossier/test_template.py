"""The return template: what senders see is what intake reads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from carmonitor.dossier import labels
from carmonitor.dossier.template import LAST_ROW, texts, write_template
from carmonitor.intake import vocabulary
from carmonitor.intake.submission import read_submission
from carmonitor.records import KINDS, RETURN_KINDS

LANGUAGES = ("en", "fr")


@pytest.fixture(params=LANGUAGES, scope="module")
def lang(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, lang: str) -> Workbook:
    path = tmp_path_factory.mktemp("template") / "empty.xlsx"
    write_template(path, lang)
    return openpyxl.load_workbook(path)


def validations(book: Workbook, kind: str, lang: str) -> dict[str, object]:
    """Field → its data validation."""
    sheet = book[labels.sheet_name(kind, lang)]
    by_column = {next(iter(v.sqref.ranges)).min_col: v for v in sheet.data_validations.dataValidation}
    return {name: by_column.get(i) for i, name in enumerate(KINDS[kind].model_fields, start=1)}


def test_help_first_one_sheet_a_kind_lists_hidden(book: Workbook, lang: str) -> None:
    assert book.sheetnames == [
        "Aide - Help", *(labels.sheet_name(kind, lang) for kind in RETURN_KINDS), "Listes - Lists",
    ]  # fmt: skip
    assert book.active.title == "Aide - Help"
    assert book["Listes - Lists"].sheet_state == "hidden"


def test_every_sheet_name_fits_and_is_understood(lang: str) -> None:
    words = vocabulary.load()
    for kind in KINDS:
        name = labels.sheet_name(kind, lang)
        assert len(name) <= 31
        assert words.kind_of_name(name) == kind
    assert words.is_ignored(texts()["help_sheet"])
    assert words.is_ignored(texts()["lists_sheet"])


@pytest.mark.parametrize("kind", RETURN_KINDS)
def test_headings_are_read_back_as_their_fields(book: Workbook, lang: str, kind: str) -> None:
    headings = [cell.value for cell in book[labels.sheet_name(kind, lang)][1]]
    read = [vocabulary.load().match_header(kind, heading) for heading in headings]
    assert [match.field if match else None for match in read] == list(KINDS[kind].model_fields)


def test_nothing_stands_below_the_headings(book: Workbook, lang: str) -> None:
    assert {book[labels.sheet_name(kind, lang)].max_row for kind in RETURN_KINDS} == {1}


def test_numbers_and_dates_are_checked_as_their_types(book: Workbook, lang: str) -> None:
    shipment = validations(book, "shipment", lang)
    assert shipment["issue_date"].type == "date"
    assert (shipment["carats"].type, float(shipment["carats"].formula1)) == ("decimal", 0.01)
    assert (shipment["value_usd"].type, float(shipment["value_usd"].formula1)) == ("decimal", 0)
    assert (shipment["levy_xaf"].type, shipment["parcel_count"].type) == ("whole", "whole")
    assert str(shipment["carats"].sqref) == f"L2:L{LAST_ROW}"


def test_zero_carats_may_be_declared_for_an_empty_month_only(book: Workbook, lang: str) -> None:
    assert float(validations(book, "return_declaration", lang)["total_carats"].formula1) == 0


def test_choices_come_from_lists_that_intake_understands(book: Workbook, lang: str) -> None:
    known = vocabulary.load()
    for kind in RETURN_KINDS:
        checks = validations(book, kind, lang)
        for name, value_type in KINDS[kind].field_types().items():
            if value_type.name not in ("choice", "boolean", "country"):
                continue
            sheet, cells = checks[name].formula1.replace("'", "").replace("$", "").split("!")
            offered = [str(row[0].value) for row in book[sheet][cells]]
            spoken = {
                "choice": known.choices.get((kind, name), {}),
                "boolean": known.booleans,
                "country": known.countries,
            }[value_type.name]
            meanings = [spoken[vocabulary.fold(text)] for text in offered]
            assert len(set(meanings)) == len(offered)
            if value_type.name == "choice":
                assert set(meanings) == set(spoken.values())


def test_an_unlisted_country_may_be_typed_but_no_unknown_status(book: Workbook, lang: str) -> None:
    shipment = validations(book, "shipment", lang)
    assert not shipment["destination_country"].showErrorMessage
    assert shipment["status"].showErrorMessage


@pytest.mark.parametrize("kind", RETURN_KINDS)
def test_key_columns_are_marked_and_every_heading_has_help(book: Workbook, lang: str, kind: str) -> None:
    sheet = book[labels.sheet_name(kind, lang)]
    marked = {
        name for name, cell in zip(KINDS[kind].model_fields, sheet[1], strict=True) if cell.font.color.rgb == "FFFFFFFF"
    }
    assert marked == set(KINDS[kind].KEY)
    assert all(cell.comment and cell.comment.text for cell in sheet[1])
    assert sheet.freeze_panes == f"{'ABCD'[len(KINDS[kind].KEY)]}2"


@pytest.mark.parametrize("kind", RETURN_KINDS)
def test_input_hints_fit_a_spreadsheet(book: Workbook, lang: str, kind: str) -> None:
    for check in validations(book, kind, lang).values():
        assert 0 < len(check.promptTitle) <= 32
        assert 0 < len(check.prompt) <= 255


def test_paper_numbers_and_months_stay_text_and_dates_follow_the_reader(book: Workbook, lang: str) -> None:
    sheet = book[labels.sheet_name("return_declaration", lang)]
    assert sheet.column_dimensions["A"].number_format == "@"
    assert sheet.column_dimensions["C"].number_format == {"en": "yyyy-mm-dd", "fr": "dd/mm/yyyy"}[lang]


def test_help_speaks_both_languages_the_senders_first(book: Workbook, lang: str) -> None:
    said = [row[0].value for row in book["Aide - Help"].iter_rows(max_col=1)]
    other = "en" if lang == "fr" else "fr"
    assert said.index(texts()[lang]["title"]) < said.index(texts()[other]["title"])


def test_the_same_template_has_the_same_bytes(tmp_path: Path, lang: str) -> None:
    write_template(tmp_path / "a.xlsx", lang)
    write_template(tmp_path / "b.xlsx", lang)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_empty_template_is_read_as_every_kind_supplied_and_empty(tmp_path: Path, lang: str) -> None:
    write_template(tmp_path / "empty.xlsx", lang)
    submission = read_submission(tmp_path / "empty.xlsx", sender="SPPK", period="2021-03", today=date(2021, 4, 10))
    counts = submission.counts()
    assert (counts["records"], counts["quarantined"]) == (0, 0)
    supplied = {table.kind: table.columns for table in submission.tables if table.kind}
    assert supplied == {kind: tuple(KINDS[kind].model_fields) for kind in RETURN_KINDS}


def test_a_row_typed_into_the_template_is_read_as_typed(tmp_path: Path, lang: str) -> None:
    path = tmp_path / "filled.xlsx"
    write_template(path, lang)
    book = openpyxl.load_workbook(path)
    typed = {
        "certificate_number": "CF000101",
        "issue_date": date(2021, 3, 10),
        "destination_country": {"en": "Belgium", "fr": "Belgique"}[lang],
        "carats": 120.5,
        "seal_number": "0042",
        "status": labels.value_label("shipment", "status", "issued", lang),
    }
    sheet = book[labels.sheet_name("shipment", lang)]
    for column, name in enumerate(KINDS["shipment"].model_fields, start=1):
        if name in typed:
            sheet.cell(2, column, typed[name])
    book.save(path)
    submission = read_submission(path, sender="SPPK", period="2021-03", today=date(2021, 4, 10))
    table = next(table for table in submission.tables if table.kind == "shipment")
    assert not table.quarantine
    record = table.frame.iloc[0]
    assert (record["certificate_number"], record["destination_country"], record["status"]) == (
        "CF000101",
        "BE",
        "issued",
    )
    assert (record["issue_date"].date(), record["carats"], record["seal_number"]) == (date(2021, 3, 10), 12050, "0042")
