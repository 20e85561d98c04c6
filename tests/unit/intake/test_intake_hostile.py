"""Files built to harm: each ends in an :class:`IntakeError` that names the file, or in quarantine; nothing crashes."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_files import codes, csv_file, only_table, read, xls, xlsx

import carmonitor.intake
from carmonitor.intake import IntakeError, confined
from carmonitor.intake.limits import limits
from carmonitor.intake.problems import note_text

HEADER = ["Slip number", "Purchase date", "Buyer ID", "Carats"]
ROW = ["B1", "2021-05-03", "COL-011", 1.25]


def _with_cell(source: Path, target: Path, place: str) -> Path:
    """A copy of a workbook with one more cell on its first sheet."""
    more = f'<row r="{re.sub("[A-Z]", "", place)}"><c r="{place}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", more.encode())
            new.writestr(name, content)
    return target


def test_a_cell_in_the_last_corner_is_refused_before_it_fills_memory(tmp_path: Path) -> None:
    source = xlsx(tmp_path / "purchase.xlsx", {"Purchases": [HEADER, ROW]})
    with pytest.raises(IntakeError, match=r"far\.xlsx, Purchases: the sheet spans 17179869184 cells"):
        read(_with_cell(source, tmp_path / "far.xlsx", "XFD1048576"))


def test_a_cell_beyond_every_sheet_is_refused(tmp_path: Path) -> None:
    source = xlsx(tmp_path / "purchase.xlsx", {"Purchases": [HEADER, ROW]})
    with pytest.raises(IntakeError, match="beyond the last row or column"):
        read(_with_cell(source, tmp_path / "far.xlsx", "ZZZZZZ99999999999"))


def test_an_old_workbook_is_read_and_a_broken_one_ends_in_the_child(tmp_path: Path) -> None:
    good = xls(tmp_path / "purchase.xls", {"Purchases": [HEADER, ROW]})
    assert len(only_table(good).frame) == 1
    broken = tmp_path / "broken.xls"
    broken.write_bytes(good.read_bytes()[:48] + b"\xfe" * 4000)
    with pytest.raises(IntakeError, match=r"^broken\.xls: "):
        read(broken)


def test_a_crash_of_the_child_is_an_error_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "CODE", "import os; os.abort()")
    with pytest.raises(IntakeError, match=r"x\.xls: the file is damaged"):
        confined.read_confined("x.xls", ".xls", b"", limits())


def test_a_number_beyond_all_bounds_is_quarantined(tmp_path: Path) -> None:
    path = tmp_path / "purchase.json"
    path.write_text('[{"slip_number": "B1", "carats": 1e999999999}, {"slip_number": "B2", "carats": 1e-999999999}]')
    assert codes(only_table(path)) == {1: ["out_of_range"], 2: ["out_of_range"]}


def test_a_day_beyond_the_calendar_in_parquet_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "purchase.parquet"
    pq.write_table(pa.table({"slip_number": ["B1"], "purchase_date": pa.array([2**62], pa.timestamp("us"))}), path)
    with pytest.raises(IntakeError, match=r"purchase\.parquet: expected a Parquet file"):
        read(path)


def test_half_a_character_as_a_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "purchase.json"
    path.write_text(r'{"\ud800": [{"slip_number": "B1"}]}')
    with pytest.raises(IntakeError, match="no Unicode text"):
        read(path)


@pytest.mark.parametrize("number", ["СF0002211", "CF00022１4", "ＣＦ０００２２１３", "CF²", "CF\u0660002216"])
def test_letters_that_only_look_alike_are_refused_in_certificate_numbers(tmp_path: Path, number: str) -> None:
    table = only_table(csv_file(tmp_path / "shipment.csv", [["Certificate number", "Carats"], [number, "1.00"]]))
    assert codes(table) == {2: ["certificate_letters"]}


def test_a_file_name_that_is_no_utf8_is_written_out(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/achats_caf\xe9_purchase.csv"
    try:
        Path(os.fsdecode(name)).write_text("Slip number\nB1\n")
    except OSError:
        pytest.skip("this file system takes no such name")
    assert [f.path for f in read(tmp_path).files] == [r"achats_caf\xe9_purchase.csv"]


def test_a_message_about_a_file_inside_names_what_it_is_inside_of(tmp_path: Path) -> None:
    path = tmp_path / "may.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("purchase.csv", "Slip number\nB1\n")
        archive.writestr("submission.yaml", "who: me")
    with pytest.raises(IntakeError, match=r"^may\.zip/submission\.yaml: expected the keys"):
        read(path)


def test_every_note_in_the_source_has_french_words() -> None:
    folder = Path(carmonitor.intake.__file__).parent
    made = re.compile(r'(?<!")"([^"\n]*(?:not read|was read: |is empty|document row|between cells)[^"\n]*)"(?!")')
    notes = [n for path in sorted(folder.glob("*.py")) for n in made.findall(path.read_text(encoding="utf-8"))]
    spoken = [re.sub(r"\{[^}]*\}", "comma", note) for note in notes]
    assert len(spoken) >= 9
    assert [note for note in spoken if note_text(note, "fr") == note] == []
