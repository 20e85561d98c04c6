"""The export: every figure once, three counts apart, and text that never becomes a formula."""

from __future__ import annotations

import csv
import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from carmonitor.dossier.export import STAMPED, ExportView, as_csv, as_json, guarded
from carmonitor.dossier.tables import plain_tables, texts
from carmonitor.dossier.workbook import MAX_CELL, as_workbook
from carmonitor.intake.delimited import read_delimited
from tests.unit.dossier.conftest import finding

LANGUAGES = ("en", "fr")


def export_cases(folder: Path, view: ExportView, lang: str) -> list[Path]:
    """The workbook, the JSON object and the CSV tables of a view, below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"cases.xlsx": as_workbook(view, lang), "cases.json": as_json(view).encode()}
    files |= {f"{name}.csv": as_csv(table, view.run) for name, table in plain_tables(view).items()}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]


@pytest.fixture(params=LANGUAGES)
def lang(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def book(tmp_path: Path, view: ExportView, lang: str) -> Workbook:
    export_cases(tmp_path, view, lang)
    return openpyxl.load_workbook(tmp_path / "cases.xlsx")


def sheet_rows(book: Workbook, name: str, lang: str) -> list[dict[str, Any]]:
    """The rows below the headings, by heading."""
    rows = list(book[texts()["sheets"][name][lang]].iter_rows(min_row=5, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_there_is_a_table_for_each_subject_and_kind_of_evidence(view: ExportView) -> None:
    names = ["reconciliation", "subtotals", "overdue", "cases", "findings", "coverage", "evidence_shipment"]
    assert list(plain_tables(view)) == names


def test_the_workbook_has_its_sheets_in_the_readers_language(book: Workbook, lang: str) -> None:
    assert book.sheetnames == [texts()["sheets"][name][lang] for name in (
        "summary", "reconciliation", "subtotals", "overdue", "cases", "findings", "evidence", "coverage"
    )]  # fmt: skip


def test_the_three_outcomes_are_counted_apart_and_no_sum_of_them_is_shown(book: Workbook, lang: str) -> None:
    cells = list(book[texts()["sheets"]["summary"][lang]].iter_rows(max_row=9, max_col=2, values_only=True))
    said = texts()["summary"]
    shown = {name: number for name, number in cells if isinstance(number, int)}
    assert shown == {said["breach"][lang]: 2, said["lead"][lang]: 1, said["not_evaluated"][lang]: 1}


def test_amounts_are_numbers_and_days_are_days(book: Workbook, lang: str) -> None:
    line = sheet_rows(book, "reconciliation", lang)[0]
    heads = texts()["headings"]
    assert line[heads["carats"][lang]] == 1120.5
    assert line[heads["carats_difference"][lang]] == -1
    assert line[heads["issue_date"][lang]] == datetime.fromisoformat("2021-03-10")
    assert line[heads["result"][lang]] == {"en": "differs", "fr": "divergent"}[lang]
    assert line[heads["differs_in"][lang]] == "carats"


def test_no_cell_of_the_workbook_is_a_formula_or_a_link(book: Workbook, lang: str) -> None:
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert "=BADIAM()" in [cell.value for cell in cells]


def test_every_sheet_says_its_run_day_and_rulebook(book: Workbook, lang: str, view: ExportView) -> None:
    for sheet in book:
        said = " ".join(str(cell) for row in sheet.iter_rows(max_col=2, values_only=True) for cell in row)
        for name in STAMPED:
            shown = "31/07/2021" if (name, lang) == ("as_of", "fr") else str(view.run[name])
            assert shown in said, (sheet.title, name)
        assert str(view.run["run_id"]) in sheet.oddFooter.left.text


def test_the_workbook_prints_on_a4_landscape_with_its_headings(book: Workbook, lang: str) -> None:
    sheet = book[texts()["sheets"]["findings"][lang]]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert sheet.print_title_rows == "$5:$5"
    assert sheet.freeze_panes == "C6"
    assert sheet.auto_filter.ref == "A5:W9"


def test_what_is_too_long_for_a_cell_is_cut_and_says_so(tmp_path: Path, view: ExportView) -> None:
    long = dataclasses.replace(view, findings=[finding(message="x" * 40_000)])
    export_cases(tmp_path, long, "en")
    shown = sheet_rows(openpyxl.load_workbook(tmp_path / "cases.xlsx"), "findings", "en")[0]["What was found"]
    assert shown == "x" * MAX_CELL + texts()["summary"]["cut"]["en"]
    assert csv_rows(tmp_path / "findings.csv")[0]["message"] == "x" * 40_000


@pytest.mark.parametrize("name", ["reconciliation", "subtotals", "overdue", "cases", "findings", "coverage"])
def test_every_csv_row_carries_the_stamp(tmp_path: Path, view: ExportView, name: str) -> None:
    export_cases(tmp_path, view, "en")
    rows = csv_rows(tmp_path / f"{name}.csv")
    assert rows
    assert all({n: row[n] for n in STAMPED} == {n: view.run[n] for n in STAMPED} for row in rows)


def test_csv_keeps_exact_decimals_and_codes(tmp_path: Path, view: ExportView) -> None:
    export_cases(tmp_path, view, "fr")
    line = csv_rows(tmp_path / "reconciliation.csv")[0]
    assert (line["carats"], line["carats_difference"], line["result"]) == ("1120.50", "-1.00", "differs")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_text_that_looks_like_a_formula_is_guarded_and_our_reader_undoes_it(sign: str) -> None:
    text = f"{sign}cmd|' /C calc'!A0"
    assert guarded(text) == f"'{text}"
    sheet = read_delimited("x.csv", ('certificate_number,exporter_name\r\nCF1,"' + guarded(text) + '"\r\n').encode())
    assert sheet.rows[1][1] == text


@pytest.mark.parametrize(("value", "cell"), [(-5, "-5"), (-1.5, "-1.5"), (None, ""), (True, "true"), ("a=b", "a=b")])
def test_numbers_and_plain_text_are_not_guarded(value: Any, cell: str) -> None:
    assert guarded(value) == cell


def test_evidence_rows_keep_the_field_names_of_the_data_dictionary(tmp_path: Path, view: ExportView) -> None:
    export_cases(tmp_path, view, "fr")
    row = csv_rows(tmp_path / "evidence_shipment.csv")[0]
    assert (row["exporter_name"], row["seal_number"], row["carats"], row["row"]) == (
        "'=BADIAM()", "'+0042", "1120.50", "7",
    )  # fmt: skip


def test_json_holds_everything_with_exact_decimals(view: ExportView) -> None:
    content = json.loads(as_json(view))
    assert list(content)[:5] == ["run", "intake", "findings", "quarantine", "coverage"]
    assert content["findings"] == view.findings
    assert content["cases"][0]["opened_as_of"] == "2021-07-31"
    line = content["reconciliation"][0]
    assert (line["carats"], line["issue_date"], line["outstanding"]) == ("1120.50", "2021-03-10", False)
    assert content["reconciliation"][1]["confirmed_carats"] is None


def test_the_same_view_gives_the_same_bytes(tmp_path: Path, view: ExportView, lang: str) -> None:
    first = [path.read_bytes() for path in export_cases(tmp_path / "a", view, lang)]
    second = [path.read_bytes() for path in export_cases(tmp_path / "b", view, lang)]
    assert first == second


def test_nothing_flagged_is_an_export_too(tmp_path: Path, view: ExportView) -> None:
    empty = dataclasses.replace(
        view, cases=[], findings=[], evidence_rows=[], coverage=[],
        reconciliation=view.reconciliation.iloc[:0], subtotals=view.subtotals.iloc[:0], overdue=view.overdue.iloc[:0],
    )  # fmt: skip
    assert all(path.stat().st_size for path in export_cases(tmp_path, empty, "en"))


def test_choices_of_evidence_rows_are_worded_and_blanks_stay_blank(tmp_path: Path, view: ExportView, lang: str) -> None:
    values = {"certificate_number": "CF000101", "status": "void", "carats": None}
    row = {"kind": "shipment", "file": "a.csv", "sheet": "", "row": 2, "values": values}
    export_cases(tmp_path, dataclasses.replace(view, evidence_rows=[row]), lang)
    book = openpyxl.load_workbook(tmp_path / "cases.xlsx")
    rows = list(book[texts()["sheets"]["evidence"][lang]].iter_rows(min_row=7, values_only=True))
    assert rows[0] == ("CF000101", {"en": "void", "fr": "annulé"}[lang], "a.csv", "", 2)


def test_a_case_says_what_its_findings_say(book: Workbook, lang: str) -> None:
    case = sheet_rows(book, "cases", lang)[0]
    message = "1,120.50 ct certified, 1,119.50 ct confirmed."
    assert case[texts()["headings"]["message"][lang]].split("\n") == [
        f"{r}: {message}" for r in ("M-06", "M-05", "M-06")
    ]
    assert case[texts()["headings"]["mission_observation"][lang]] is None
