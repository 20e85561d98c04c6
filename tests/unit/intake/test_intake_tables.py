"""What one file becomes: headers found, rows told apart, every row accounted for."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_files import codes, csv_bytes, csv_file, json_file, ods, only_table, read, xls, xlsx

from carmonitor.intake import IntakeError
from carmonitor.records import KINDS

ENGLISH = [
    ["Certificate number", "Issue date", "Weight", "Value USD", "Status", "Destination"],
    ["CF001234", "2021-01-05", "1,234.50", "12,345.60", "issued", "Belgium"],
    ["CF001235", "2021-01-06", "12.50", "100", "void", "UAE"],
]
FRENCH = [
    ["N° du\ncertificat", "Date de délivrance", "Poids (ct)", "Valeur USD", "Statut", "Pays de destination"],
    ["n° cf 001-234", "05/01/2021", "1\u202f234,50 ct", "12 345,60", "délivré", "Belgique"],
    ["CF 001 235", "6 janvier 2021", "12,5", "100", "annulé", "Émirats arabes unis"],
]


def test_an_english_file_is_read(tmp_path: Path) -> None:
    table = only_table(csv_file(tmp_path / "shipments.csv", ENGLISH))
    assert table.kind == "shipment"
    assert table.columns == (
        "certificate_number", "issue_date", "destination_country", "carats", "value_usd", "status",
    )  # fmt: skip
    assert list(table.frame["certificate_number"]) == ["CF001234", "CF001235"]
    assert list(table.frame["carats"]) == [123450, 1250]
    assert list(table.frame["issue_date"]) == [pd.Timestamp(2021, 1, 5), pd.Timestamp(2021, 1, 6)]
    assert list(table.frame["row"]) == [2, 3]
    assert table.skipped == {1: "header"}


def test_frames_have_the_dtypes_of_the_data_dictionary(tmp_path: Path) -> None:
    for rows in (ENGLISH, ENGLISH[:1]):
        frame = only_table(csv_file(tmp_path / "shipments.csv", rows)).frame
        expected = {name: t.dtype for name, t in KINDS["shipment"].field_types().items()} | {"row": "int64"}
        assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == expected


def test_french_and_english_give_the_same_frame(tmp_path: Path) -> None:
    english = only_table(csv_file(tmp_path / "shipments.csv", ENGLISH))
    french = only_table(csv_file(tmp_path / "expeditions.csv", FRENCH, ";"))
    pd.testing.assert_frame_equal(english.frame, french.frame)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_and_delimiters_give_the_same_frame(tmp_path: Path, delimiter: str, encoding: str) -> None:
    french = [[cell.replace("\u202f", "\u00a0") for cell in row] for row in FRENCH]  # Windows-1252 has no thin space
    expected = only_table(csv_file(tmp_path / "expected.csv", ENGLISH))
    table = only_table(csv_file(tmp_path / "expeditions.csv", french, delimiter, encoding))
    pd.testing.assert_frame_equal(table.frame, expected.frame)
    assert any(note.startswith("read as") for note in table.notes)


def test_the_encoding_is_noted(tmp_path: Path) -> None:
    assert "Windows-1252" in only_table(csv_file(tmp_path / "a.csv", FRENCH[:1], ";", "cp1252")).notes[0]
    assert "UTF-8, comma" in only_table(csv_file(tmp_path / "b.csv", ENGLISH)).notes[0]


def _parquet(path: Path, objects: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(objects), path)
    return path


def test_every_format_gives_the_same_records(tmp_path: Path) -> None:
    typed = [
        ["certificate_number", "issue_date", "carats", "value_usd", "status", "destination_country"],
        ["CF001234", date(2021, 1, 5), 1234.5, 12345.6, "issued", "BE"],
        ["CF001235", date(2021, 1, 6), 12.5, 100.0, "void", "AE"],
    ]
    objects = [dict(zip(typed[0], row, strict=True)) for row in typed[1:]]
    lines = tmp_path / "shipments.jsonl"
    lines.write_text("\n".join(json.dumps(o, default=str) for o in objects), encoding="utf-8")
    paths = [
        xlsx(tmp_path / "shipments.xlsx", {"Shipments": typed}),
        xls(tmp_path / "shipments.xls", {"Shipments": typed}),
        ods(tmp_path / "shipments.ods", {"Shipments": typed}),
        csv_file(tmp_path / "shipments.csv", typed),
        json_file(tmp_path / "shipments.json", objects),
        json_file(tmp_path / "return.json", {"shipment": objects}),
        lines,
        _parquet(tmp_path / "shipments.parquet", objects),
    ]
    expected = only_table(csv_file(tmp_path / "expected.csv", ENGLISH)).frame.drop(columns="row")
    for path in paths:
        table = only_table(path)
        assert table.kind == "shipment", path.name
        pd.testing.assert_frame_equal(table.frame.drop(columns="row"), expected)


def test_titles_totals_footnotes_and_repeats_are_skipped_with_their_reason(tmp_path: Path) -> None:
    rows = [
        ["RÉPUBLIQUE CENTRAFRICAINE"],
        [],
        ["Expéditions du mois"],
        *FRENCH,
        FRENCH[1],
        ["Total général", None, "1 247,00"],
        [None, "Sous-total", "5"],
        ["* Source : BECDOR"],
        ["NB : les poids sont en carats"],
    ]
    table = only_table(xlsx(tmp_path / "retour.xlsx", {"Expéditions": rows}))
    assert table.skipped == {
        1: "title", 3: "title", 4: "header", 7: "repeat", 8: "total", 9: "total", 10: "footnote", 11: "footnote",
    }  # fmt: skip
    assert list(table.frame["row"]) == [5, 6]
    assert table.rows_in == 10
    assert not table.quarantine


def test_a_firm_called_total_is_no_total_row(tmp_path: Path) -> None:
    rows = [["Name", "Actor ID"], ["Total Diamants (synthetic)", "A1"], ["Total", None]]
    table = only_table(csv_file(tmp_path / "actors.csv", rows), period=None)
    assert list(table.frame["name"]) == ["Total Diamants (synthetic)"]
    assert table.skipped == {1: "header", 3: "total"}


def test_a_cell_far_indented_breaks_nothing(tmp_path: Path) -> None:
    table = only_table(csv_file(tmp_path / "purchase.csv", [["slip_number", "carats"], [" " * 45 + "B1", "2"]]))
    assert list(table.frame["slip_number"]) == ["B1"]


def test_notes_below_a_table_of_one_column(tmp_path: Path) -> None:
    rows = [["Signatory"], ["Jean Dupont (synthetic)"], ["* until further notice"]]
    table = only_table(csv_file(tmp_path / "signatories.csv", rows), period=None)
    assert list(table.frame["signatory"]) == ["Jean Dupont (synthetic)"]
    assert table.skipped == {1: "header", 3: "footnote"}


def test_a_short_row_with_its_key_alone_is_a_record(tmp_path: Path) -> None:
    table = only_table(csv_file(tmp_path / "shipments.csv", [ENGLISH[0], ["CF001236"]]))
    assert list(table.frame["certificate_number"]) == ["CF001236"]


def test_row_numbers_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    rows = [[], [], *([None, *row] for row in ENGLISH[:2]), [], [None, *ENGLISH[2]]]
    for path in (
        xlsx(tmp_path / "a.xlsx", {"Shipments": rows}),
        xls(tmp_path / "a.xls", {"Shipments": rows}),
        ods(tmp_path / "a.ods", {"Shipments": rows}),
        csv_file(tmp_path / "shipments.csv", rows),
    ):
        table = only_table(path)
        assert (list(table.frame["row"]), table.skipped) == ([4, 6], {3: "header"}), path.name


def test_a_header_over_two_rows(tmp_path: Path) -> None:
    rows = [
        ["N° bordereau", "Date d'achat", "Prix", "Poids"],
        [None, None, "FCFA", "carats"],
        ["B1", "05/01/2021", "1 000", "2,5"],
    ]
    table = only_table(xlsx(tmp_path / "a.xlsx", {"Achats": rows}))
    assert table.skipped == {1: "header", 2: "header"}
    assert list(table.frame["price_xaf"]) == [1000]
    assert list(table.frame["carats"]) == [250]


def test_a_header_repeated_on_a_new_page_is_skipped(tmp_path: Path) -> None:
    table = only_table(csv_file(tmp_path / "shipments.csv", [*ENGLISH[:2], ENGLISH[0], ENGLISH[2]]))
    assert table.skipped == {1: "header", 3: "header"}
    assert not table.quarantine


def test_quarantine_keeps_reason_raw_text_and_readable_keys(tmp_path: Path) -> None:
    rows = [*FRENCH, ["CF001236", "05/13/2021", "12,345", "", "perdu", ""], [None, "05/01/2021", "3", "", "", ""]]
    table = only_table(xlsx(tmp_path / "retour.xlsx", {"Expéditions": rows}))
    first, second = table.quarantine
    assert [p.code for p in first.problems] == ["not_a_date", "finer_than_hundredth", "choice_unknown"]
    assert first.problems[1].column == "Poids (ct)"
    assert first.problems[1].found == "12,345"
    assert first.raw["Poids (ct)"] == "12,345"
    assert first.known_keys == {"certificate_number": "CF001236"}
    assert [p.code for p in second.problems] == ["key_blank"]
    assert second.row == 5


def test_an_ambiguous_date_is_quarantined_in_english_and_read_in_french(tmp_path: Path) -> None:
    english = only_table(
        csv_file(tmp_path / "shipments.csv", [["Certificate no.", "Issue date"], ["CF1", "03/02/2021"]])
    )
    french = only_table(csv_file(tmp_path / "x.csv", [["N° certificat", "Délivré le"], ["CF1", "03/02/2021"]]))
    assert codes(english) == {2: ["date_ambiguous"]}
    assert list(french.frame["issue_date"]) == [pd.Timestamp(2021, 2, 3)]


def test_a_comma_inside_a_number_does_not_shift_cells(tmp_path: Path) -> None:
    path = tmp_path / "shipments.csv"
    path.write_text("certificate_number,carats,value_usd\nCF1,12,50,100\nCF2,12.50,100\n", encoding="utf-8")
    table = only_table(path)
    assert codes(table) == {2: ["extra_cells"]}
    assert list(table.frame["carats"]) == [1250]


def test_an_unknown_column_is_noted_and_a_nameless_one_too(tmp_path: Path) -> None:
    rows = [["Certificate number", "Couleur", None], ["CF1", "blanc", "x"]]
    notes = only_table(csv_file(tmp_path / "shipments.csv", rows)).notes
    assert "column 'Couleur' was not understood and was not read" in notes
    assert "column C has no header and was not read" in notes


def test_two_columns_for_one_field_are_not_chosen_between(tmp_path: Path) -> None:
    rows = [["Certificate number", "Carats", "Weight"], ["CF1", 1, 2]]
    assert codes(only_table(csv_file(tmp_path / "shipments.csv", rows))) == {2: ["two_columns_one_field"]}


def test_a_missing_key_column_leaves_no_record(tmp_path: Path) -> None:
    rows = [["Parcel number", "Carats"], ["1", "2.5"]]
    table = only_table(xlsx(tmp_path / "a.xlsx", {"Parcels": rows}))
    assert codes(table) == {2: ["key_blank"]}
    assert table.quarantine[0].known_keys == {"parcel_number": "1"}


def test_hidden_help_empty_and_unknown_sheets(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "retour.xlsx",
        {"Aide - Help": [["Lisez"]], "Expéditions": FRENCH, "Ancien": FRENCH, "Vide": [], "Divers": [["bla"], ["bla"]]},
        hidden=["Ancien"],
    )
    tables = {t.sheet: t for t in read(path).tables}
    assert tables["Aide - Help"].skipped == {1: "help sheet"}
    assert tables["Ancien"].skipped == {1: "hidden sheet", 2: "hidden sheet", 3: "hidden sheet"}
    assert tables["Vide"].rows_in == 0
    assert codes(tables["Divers"]) == {1: ["sheet_not_understood"], 2: ["sheet_not_understood"]}
    assert [t.kind for t in tables.values()] == ["", "shipment", "", "", ""]


def test_a_sheet_of_headers_is_supplied_and_empty(tmp_path: Path) -> None:
    table = only_table(xlsx(tmp_path / "a.xlsx", {"Achats": [["N° bordereau", "Poids"]]}))
    assert (table.kind, table.columns, len(table.frame)) == ("purchase", ("slip_number", "carats"), 0)


def test_an_error_or_an_uncalculated_formula_is_not_a_blank(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Shipments"
    sheet.append(["Certificate number", "Carats"])
    sheet.append(["CF1", "=1/0"])
    sheet.append(["CF2", "#N/A"])
    sheet.append(["CF3", 2.5])
    book.save(tmp_path / "a.xlsx")
    table = only_table(tmp_path / "a.xlsx")
    assert codes(table) == {2: ["cell_error"], 3: ["cell_error"]}
    assert list(table.frame["certificate_number"]) == ["CF3"]


def test_formula_guards_of_our_own_exports_are_taken_off(tmp_path: Path) -> None:
    rows = [["Actor ID", "Name"], ["A1", "'=Sum"], ["A2", "'Quoted"]]
    assert list(only_table(csv_file(tmp_path / "actors.csv", rows), period=None).frame["name"]) == ["=Sum", "'Quoted"]


def test_json_numbers_stay_exact(tmp_path: Path) -> None:
    path = tmp_path / "shipments.json"
    path.write_text('[{"certificate_number": "CF1", "carats": 0.30000000000000000001}]', encoding="utf-8")
    assert list(only_table(path).frame["carats"]) == [30]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.xlsx", b"certificate_number\nCF1\n", "expected a zip container"),
        ("a.csv", b"PK\x03\x04rest", "the content is a zip container"),
        ("a.xls", b"PK\x03\x04rest", "found a zip container"),
        ("a.parquet", b"nothing", "expected a Parquet file"),
        ("a.xlsx", b"PK\x03\x04rest", "damaged"),
        ("a.json", b'[{"a": 1, "a": 2}]', "one name twice"),
        ("a.json", b'{"shipment": 3}', "list of objects"),
        ("a.json", b'[{"a": NaN}]', "NaN"),
        ("a.csv", b'certificate_number\n"CF1\n', "quotes"),
        ("a.csv", b"certificate_number\nCF\x81\n", "none of these"),
        ("a.csv", b"certificate_number\0\n", "none of these"),
        ("a.pdf", b"%PDF", "no data file"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_was_found(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IntakeError, match=says) as error:
        read(tmp_path / name)
    assert name in str(error.value)


_cell = st.one_of(
    st.sampled_from(["CF1", "CF2", "Total", "* note", "12,5", "1,234", "2021-01-05", "03/02/2021", "issued", "", " "]),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.lists(_cell, max_size=8), max_size=12), st.booleans())
def test_every_row_with_content_is_accounted_for(tmp_path: Path, rows: list[list[str]], with_header: bool) -> None:
    rows = [ENGLISH[0], *rows] if with_header else [["nothing of this is a header"], *rows]
    path = tmp_path / "rows.csv"
    path.write_bytes(csv_bytes(rows, ";"))
    table = only_table(path)
    accounted = {int(r) for r in table.frame["row"]} | {q.row for q in table.quarantine} | set(table.skipped)
    content = {i for i, row in enumerate(rows, start=1) if any(cell.strip() for cell in row)}
    assert accounted == content if with_header else accounted >= content  # without a header the delimiter is unknown
    assert table.rows_in == len(accounted) == len(table.frame) + len(table.quarantine) + len(table.skipped)
