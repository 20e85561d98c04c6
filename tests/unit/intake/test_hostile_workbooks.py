"""Workbooks built to harm, or to show one thing and be read as another: each ends in one error that names it."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import hostile_files as built
import pytest
from hostile_files import GOOD, HEADERS, cell, parts, row, sheet, workbook, zipped
from intake_files import codes, only_table, read

from carmonitor.intake import IntakeError, confined
from carmonitor.intake.limits import limits

MILLION_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "AAAAAAAAAA">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9))
    + "]>"
)


def refused(path: Path, what: str) -> None:
    with pytest.raises(IntakeError, match=what) as told:
        read(path)
    assert path.name in str(told.value)
    assert str(told.value).count("\n") == 0


def test_a_workbook_built_by_hand_is_read(tmp_path: Path) -> None:
    table = only_table(workbook(tmp_path / "purchase.xlsx", GOOD))
    assert table.frame["slip_number"].tolist() == ["B1"]


def test_an_entry_larger_than_its_header_says_is_refused(tmp_path: Path) -> None:
    big = sheet(row(1, *HEADERS), *(row(i, f"B{i}", "2021-01-05", "1.25") for i in range(2, 3000)))
    path = tmp_path / "purchase.xlsx"
    path.write_bytes(built.lying_zip(parts({"Purchases": big}), "xl/worksheets/sheet1.xml", 600))
    refused(path, "larger than its header says")


def test_an_entry_smaller_than_its_header_says_is_refused(tmp_path: Path) -> None:
    packed = built.deflated(b"Slip number\nB1\n")
    (tmp_path / "a.zip").write_bytes(built.raw_zip([(b"purchase.csv", packed, 0, 500, len(packed))]))
    refused(tmp_path / "a.zip", "not what its header says")


def test_a_second_archive_behind_a_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "purchase.xlsx", GOOD)
    path.write_bytes(path.read_bytes() + zipped(parts({"Purchases": GOOD.replace("B1", "B2")})))
    refused(path, "before or behind the archive|has no header|overlaps")


def test_a_workbook_with_a_comment_behind_its_directory_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "purchase.xlsx", GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"x"
    refused(path, "before or behind the archive")


@pytest.mark.parametrize("part", ["sheet", "book"])
def test_entities_are_refused_before_they_grow(tmp_path: Path, part: str) -> None:
    path = tmp_path / "purchase.xlsx"
    if part == "sheet":
        workbook(path, sheet(row(1, *HEADERS), row(2, "B1&j;", "2021-01-05", "1"), before=MILLION_LAUGHS))
    else:
        workbook(path, GOOD, doctype=MILLION_LAUGHS, properties="<a>&j;</a>")
    refused(path, "holds DOCTYPE")


def test_an_external_entity_opens_no_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("B-SECRET")
    doctype = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    xml = sheet(row(1, *HEADERS), row(2, "&x;", "2021-01-05", "1"), before=doctype)
    refused(workbook(tmp_path / "purchase.xlsx", xml), "holds DOCTYPE")


def test_cdata_is_refused(tmp_path: Path) -> None:
    xml = sheet(row(1, *HEADERS), row(2, "<![CDATA[B1]]>", "2021-01-05", "1"))
    refused(workbook(tmp_path / "purchase.xlsx", xml), "holds CDATA")


def test_a_sheet_in_utf16_is_refused_and_not_taken_for_empty(tmp_path: Path) -> None:
    xml = ('<?xml version="1.0" encoding="UTF-16"?>' + GOOD).encode("utf-16")
    refused(workbook(tmp_path / "purchase.xlsx", xml), "not written in UTF-8")


def test_a_sheet_that_says_it_is_written_in_another_encoding_is_refused(tmp_path: Path) -> None:
    xml = '<?xml version="1.0" encoding="windows-1252"?>' + GOOD
    refused(workbook(tmp_path / "purchase.xlsx", xml), "not written in UTF-8")


def test_one_long_shared_string_in_many_cells_ends_in_the_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARMONITOR_MAX_READING_MB", "400")
    cells = "".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(2, 20_000))
    path = workbook(
        tmp_path / "purchase.xlsx",
        sheet(row(1, *HEADERS), cells),
        more=built.shared_strings(["x" * 32_000]),
        relations=built.SHARED,
    )
    assert path.stat().st_size < 200_000
    refused(path, "needs more than 400 MB")


def test_reading_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_MAX_READING_SECONDS", "1")
    monkeypatch.setattr(confined, "CODE", "import time; time.sleep(60)")
    with pytest.raises(IntakeError, match=r"x\.xls: reading took more than 1 s"):
        confined.read_confined("x.xls", ".xls", b"", limits())


def test_what_another_process_gives_is_taken_for_plain_values_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Act:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, ("true",)

    told = pickle.dumps({"name": Act()}).hex()
    monkeypatch.setattr(confined, "CODE", f"import sys; sys.stdout.buffer.write(bytes.fromhex('{told}'))")
    with pytest.raises(IntakeError, match=r"x\.xls: the file is damaged"):
        confined.read_confined("x.xls", ".xls", b"", limits())


def test_the_other_process_sees_no_address_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", "postgresql+psycopg://u:secret@h/d")
    code = "import os, pickle, sys; pickle.dump(repr(sorted(os.environ)), sys.stdout.buffer)"
    monkeypatch.setattr(confined, "CODE", code)
    with pytest.raises(IntakeError) as told:
        confined.read_confined("x.xls", ".xls", b"", limits())
    assert "CARMONITOR" not in str(told.value)


@pytest.mark.parametrize("name", ["Purchases", "PURCHASES"])
def test_two_sheets_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "purchase.xlsx"
    path.write_bytes(zipped(parts([("Purchases", GOOD), (name, GOOD.replace("B1", "B2"))])))
    refused(path, "two sheets of one name")


def test_two_sheets_in_one_part_are_refused(tmp_path: Path) -> None:
    content = parts({"Purchases": GOOD, "More": GOOD})
    content["xl/_rels/workbook.xml.rels"] = content["xl/_rels/workbook.xml.rels"].replace(b"sheet2", b"sheet1")
    (tmp_path / "purchase.xlsx").write_bytes(zipped(content))
    refused(tmp_path / "purchase.xlsx", "two sheets in one part")


def test_a_listed_sheet_that_is_missing_is_told(tmp_path: Path) -> None:
    content = parts({"Purchases": GOOD, "More": GOOD})
    del content["xl/worksheets/sheet2.xml"]
    (tmp_path / "purchase.xlsx").write_bytes(zipped(content))
    refused(tmp_path / "purchase.xlsx", "'More' is listed but missing")


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ((row(2, "B1"), row(2, "B2")), "row 2 stands twice"),
        ((row(3, "B1"), row(2, "B2")), "row 2 stands twice or out of order"),
        (('<row r="2">' + cell("A2", "B1") + cell("A2", "B2") + "</row>",), "cell of row 2 stands twice"),
        (('<row r="2">' + cell("A3", "B1") + "</row>", row(3, "B2")), "called otherwise"),
        (('<row r="2"><c><v>1</v></c>' + cell("A2", "B1") + "</row>",), "called otherwise"),
        (('<row r="2">' + cell("a2", "B1") + cell("A2", "B2") + "</row>",), "stands twice"),
        (('<é:row xmlns:é="u" r="2"/>', '<é:row xmlns:é="u" r="2"/>'), "stands twice"),
        ((cell("A2", "B1").replace("<c", "</sheetData><c"),), "called otherwise|cannot be read"),
    ],
)
def test_cells_that_would_hide_others_are_refused(tmp_path: Path, rows: tuple[str, ...], what: str) -> None:
    refused(workbook(tmp_path / "purchase.xlsx", sheet(row(1, *HEADERS), *rows)), what)


def test_rows_without_numbers_are_counted(tmp_path: Path) -> None:
    plain = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{t}</t></is></c>' for t in texts) + "</row>"
        for texts in (HEADERS, ("B1", "2021-01-05", "1.25"))
    )
    assert only_table(workbook(tmp_path / "purchase.xlsx", sheet(plain))).frame["slip_number"].tolist() == ["B1"]


def test_millions_of_cells_that_never_end_take_no_more_than_their_length(tmp_path: Path) -> None:
    xml = sheet(row(1, *HEADERS), row(2, "B1", "2021-01-05", "1"), "<f/>" + "<c >" * 100_000)
    refused(workbook(tmp_path / "purchase.xlsx", xml), "called otherwise|cannot be read")


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml", "XL/VBAPROJECT.BIN"])
def test_macros_are_refused_whatever_the_name_says(tmp_path: Path, name: str) -> None:
    refused(workbook(tmp_path / "purchase.xlsx", GOOD, more={name: b"\xd0\xcf"}), "holds macros")


def test_a_macro_workbook_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    workbook(tmp_path / "sale.xlsm", GOOD)
    workbook(tmp_path / "purchase.xlsx", GOOD)
    got = read(tmp_path)
    assert [len(t.frame) for t in got.tables] == [1]
    assert got.failed == (
        f"{tmp_path.name}/sale.xlsm: a workbook with macros is not opened; save it as .xlsx without them",
    )


def test_a_formula_is_not_calculated_and_told(tmp_path: Path) -> None:
    xml = sheet(row(1, *HEADERS), '<row r="2">' + cell("A2", "B1") + '<c r="C2"><f>1+1</f><v>500</v></c></row>')
    table = only_table(workbook(tmp_path / "purchase.xlsx", xml))
    assert table.frame["carats"].tolist() == [50_000]
    assert table.notes == ("1 cells hold formulas; the values stored with them were read, nothing was calculated",)


def test_links_to_other_workbooks_are_not_followed_and_told(tmp_path: Path) -> None:
    dde = b'<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    path = workbook(tmp_path / "purchase.xlsx", GOOD, more={"xl/externalLinks/externalLink1.xml": dde})
    assert only_table(path).notes == ("the workbook refers to 1 others; nothing outside it was opened",)


def test_days_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    xml = sheet(row(1, *HEADERS), '<row r="2">' + cell("A2", "B1") + '<c r="B2" s="1"><v>42739</v></c></row>')
    formats = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    styles = f'<styleSheet xmlns="{built._MAIN}">{formats}</styleSheet>'
    relation = f'<Relationship Id="rIdT" Type="{built._RELATIONS}/styles" Target="styles.xml"/>'
    path = workbook(
        tmp_path / "purchase.xlsx",
        xml,
        more={"xl/styles.xml": styles.encode()},
        relations=relation,
        properties='<workbookPr date1904="1"/>',
    )
    assert only_table(path).frame["purchase_date"].dt.date.astype(str).tolist() == ["2021-01-05"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("1e308", "out_of_range"),
        ("1e309", "not_a_number"),
        ("NaN", "not_a_number"),
        ("INF", "not_a_number"),
        ("-0", "out_of_range"),
        ("1" + "0" * 400, "not_a_number"),
    ],
)
def test_numbers_beyond_all_bounds_are_quarantined(tmp_path: Path, number: str, code: str) -> None:
    xml = sheet(row(1, *HEADERS), f'<row r="2">{cell("A2", "B1")}<c r="C2"><v>{number}</v></c></row>')
    assert codes(only_table(workbook(tmp_path / "purchase.xlsx", xml))) == {2: [code]}


def test_merged_cells_leave_the_others_blank_and_their_rows_in_quarantine(tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    xml = sheet(row(1, *HEADERS), row(2, "B1", "2021-01-05", "1"), f'<row r="3">{cell("C3", "2")}</row>', after=merged)
    assert codes(only_table(workbook(tmp_path / "purchase.xlsx", xml))) == {3: ["key_blank"]}


def test_empty_formatted_rows_to_the_end_of_the_sheet_are_no_rows(tmp_path: Path) -> None:
    empty = "".join(f'<row r="{i}"><c r="A{i}" s="1"/></row>' for i in [*range(3, 500), 1_048_576])
    table = only_table(
        workbook(tmp_path / "purchase.xlsx", sheet(row(1, *HEADERS), row(2, "B1", "2021-01-05", "1"), empty))
    )
    assert (table.rows_in, len(table.frame)) == (2, 1)


def test_a_sheet_with_more_columns_than_are_read_is_refused(tmp_path: Path) -> None:
    cells = "".join(f'<c r="{chr(65 + i // 26)}{chr(65 + i % 26)}1"><v>1</v></c>' for i in range(300))
    refused(
        workbook(tmp_path / "purchase.xlsx", sheet(f'<row r="1">{cells}</row>')), "columns with content, at most 256"
    )


def test_more_sheets_and_rows_than_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_MAX_SHEETS", "2")
    monkeypatch.setenv("CARMONITOR_MAX_ROWS", "2")
    refused(workbook(tmp_path / "a.xlsx", GOOD, GOOD, GOOD), "3 sheets, at most 2")
    long = sheet(row(1, *HEADERS), row(2, "B1", "2021-01-05", "1"), row(3, "B2", "2021-01-05", "1"))
    refused(workbook(tmp_path / "b.xlsx", long), "more than 2 rows")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("purchase.xlsx", b"<html><table>", "found a web page or XML"),
        ("purchase.xlsx", b"Slip number,Carats\nB1,2\n", "found plain text"),
        ("purchase.xlsx", b"%PDF-1.7", "found a PDF"),
        ("purchase.xlsx", zipped({"purchase.csv": b"x"}), r"xl/workbook\.xml is missing"),
        ("purchase.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"found an old Office file"),
        (
            "purchase.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "protected by a password",
        ),
        ("purchase.xls", b"<html>", "found a web page"),
        ("purchase.csv", b"\xef\xbb\xbf <HTML><script>alert(1)</script>", "content is a web page"),
        ("purchase.csv", b"MZ\x90\x00", "content is a Windows program"),
        ("purchase.csv", b"Rar!\x1a\x07", "content is a RAR archive"),
        ("purchase.xlsb", b"PK\x03\x04", "of this kind is not opened"),
        ("purchase.7z", b"7z", "an archive inside a submission is not opened"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_told(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, what)


@pytest.mark.parametrize("kept", [0, 1, 30, 400, -1, -30])
def test_a_truncated_workbook_is_told(tmp_path: Path, kept: int) -> None:
    path = workbook(tmp_path / "purchase.xlsx", GOOD)
    path.write_bytes(path.read_bytes()[:kept])
    refused(path, r"^purchase\.xlsx: ")


def test_a_repeated_cell_of_an_ods_fills_no_memory(tmp_path: Path) -> None:
    space = "urn:oasis:names:tc:opendocument:xmlns"
    xml = (
        f'<office:document-content xmlns:office="{space}:office:1.0" xmlns:table="{space}:table:1.0" '
        f'xmlns:text="{space}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Purchases">'
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" '
        'office:value-type="string"><text:p>xxxxxxxxxx</text:p></table:table-cell></table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    content = {
        "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": manifest,
        "content.xml": xml.encode(),
    }
    (tmp_path / "purchase.ods").write_bytes(zipped(content, zipfile.ZIP_STORED))
    refused(tmp_path / "purchase.ods", "needs more than|cells, at most|cannot be read")
