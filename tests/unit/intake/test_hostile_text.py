"""Delimited texts, JSON, Parquet and ``submission.yaml`` built to harm."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intake_files import codes, csv_file, only_table, read

from carmonitor.intake import IntakeError
from carmonitor.intake.batch import Table


def refused(path: Path, what: str) -> None:
    with pytest.raises(IntakeError, match=what) as told:
        read(path)
    assert path.name in str(told.value)


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def counted(table: Table) -> tuple[int, int, int, int]:
    return table.rows_in, len(table.frame), len(table.quarantine), len(table.skipped)


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_line_of_many_megabytes_is_refused(tmp_path: Path, quote: bytes) -> None:
    refused(written(tmp_path / "purchase.csv", b"Slip number\n" + quote + b"x" * 20_000_000), "field larger than")


def test_a_line_of_a_million_cells_is_refused_at_once(tmp_path: Path) -> None:
    content = b"Slip number,Carats\n" + b"," * 1_000_000 + b"\n" + b"B1,1\n" * 9_000
    refused(written(tmp_path / "purchase.csv", content), r"row 2: 1000001 columns with content, at most 256")


def test_more_rows_than_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_MAX_ROWS", "3")
    assert len(only_table(written(tmp_path / "purchase.csv", "Slip number\nB1\nB2\n")).frame) == 2
    refused(written(tmp_path / "purchase.csv", "Slip number\n" + "\n" * 9), "more than 3 rows")


def test_nul_bytes_are_refused(tmp_path: Path) -> None:
    refused(written(tmp_path / "purchase.csv", b"Slip number\nB\x001\n"), "bytes that are none of these")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_of_a_spreadsheet_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    text = "Slip number,Seller name\nB1,Kodjo Bémba\n"
    table = only_table(written(tmp_path / "purchase.csv", text.encode(encoding)))
    assert table.frame["seller_name"].tolist() == ["Kodjo Bémba"]


@pytest.mark.parametrize("content", ["Slip number\nB1é\n".encode("utf-32"), b"Slip number\n\x81\x8d\x8f\n"])
def test_other_encodings_are_told(tmp_path: Path, content: bytes) -> None:
    refused(written(tmp_path / "purchase.csv", content), "found bytes that are none of these")


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_every_line_end_ends_a_line(tmp_path: Path, end: str) -> None:
    table = only_table(written(tmp_path / "purchase.csv", end.join(["Slip number", "B1", "B2", ""])))
    assert table.frame["row"].tolist() == [2, 3]


def test_numbers_that_are_none_are_quarantined_row_by_row(tmp_path: Path) -> None:
    numbers = ["1e308", "NaN", "inf", "-inf", "-0", "1" + "0" * 400, "0x10", "1_000", "1e999999999"]
    rows = [["Slip number", "Carats"], *([f"B{i}", n] for i, n in enumerate(numbers))]
    table = only_table(csv_file(tmp_path / "purchase.csv", rows))
    assert counted(table) == (10, 0, 9, 1)
    assert codes(table)[7] == ["not_a_number"]


def test_a_name_with_invisible_characters_is_read_and_told(tmp_path: Path) -> None:
    table = only_table(csv_file(tmp_path / "purchase.csv", [["Slip number", "Seller name"], ["B1", "Ab\u200bba"]]))
    assert table.frame["seller_name"].tolist() == ["Abba"]
    assert "column 'Seller name': invisible characters were dropped in 1 rows" in table.notes


@pytest.mark.parametrize("mark", ["\u200b", "\u200e", "\u2060", "\ufeff", "\u00ad", "\u180e", "\U000e0041"])
@pytest.mark.parametrize(("kind", "header"), [("purchase", "Slip number"), ("shipment", "Certificate number")])
def test_a_number_with_characters_nobody_sees_is_quarantined(tmp_path: Path, kind: str, header: str, mark: str) -> None:
    table = only_table(csv_file(tmp_path / f"{kind}.csv", [[header, "Carats"], [f"CF{mark}01", "1"], ["CF01", "1"]]))
    assert codes(table) == {2: ["invisible_character"]}
    assert table.quarantine[0].problems[0].found == f"CF{mark}01"


@pytest.mark.parametrize("number", ["В012811", "Β012811", "Ｂ012811", "B01281１", "B٠12811", "B\u3164012811"])
def test_a_slip_number_that_only_looks_alike_is_quarantined(tmp_path: Path, number: str) -> None:
    table = only_table(csv_file(tmp_path / "purchase.csv", [["Slip number"], ["B012811"], [number]]))
    assert codes(table) == {3: ["number_letters"]}


@pytest.mark.parametrize("mark", [chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))])
def test_a_text_shown_in_another_order_is_quarantined(tmp_path: Path, mark: str) -> None:
    table = only_table(csv_file(tmp_path / "purchase.csv", [["Slip number", "Seller name"], ["B1", f"ab{mark}cd"]]))
    assert codes(table) == {2: ["direction_override"]}


def test_two_headers_of_one_field_give_no_record(tmp_path: Path) -> None:
    table = only_table(csv_file(tmp_path / "purchase.csv", [["Slip number", "Slip number"], ["B1", "B2"]]))
    assert codes(table) == {2: ["two_columns_one_field"]}


def test_a_formula_in_a_text_stays_a_text(tmp_path: Path) -> None:
    cells = ["=cmd|' /C calc'!A0", "@SUM(1)", "<script>alert(1)</script>", "../../etc/passwd"]
    table = only_table(
        csv_file(
            tmp_path / "purchase.csv",
            [["Slip number", "Seller name"], *([f"B{i}", text] for i, text in enumerate(cells))],
        )
    )
    assert table.frame["seller_name"].tolist() == cells


def test_objects_with_a_name_each_make_no_table(tmp_path: Path) -> None:
    path = written(tmp_path / "purchase.json", json.dumps([{f"a{i}": 1} for i in range(3_000)]))
    refused(path, "3000 columns with content, at most 256")


@pytest.mark.parametrize("text", ["[" * 100_000, '[{"slip_number":' + "[" * 5_000 + "]" * 5_000 + "}]"])
def test_lists_in_lists_are_told(tmp_path: Path, text: str) -> None:
    refused(written(tmp_path / "purchase.json", text), "expected JSON in UTF-8")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1" + "0" * 5_000])
def test_numbers_json_does_not_know_are_told(tmp_path: Path, number: str) -> None:
    refused(
        written(tmp_path / "purchase.json", f'[{{"slip_number":"B1","carats":{number}}}]'), "expected JSON in UTF-8"
    )


def test_a_whole_number_of_four_hundred_digits_is_quarantined(tmp_path: Path) -> None:
    path = written(tmp_path / "purchase.json", f'[{{"slip_number":"B1","carats":1{"0" * 400}}}]')
    assert codes(only_table(path)) == {1: ["out_of_range"]}


def test_a_large_json_is_opened_elsewhere_and_read_the_same(tmp_path: Path) -> None:
    rows = [{"slip_number": f"B{i}", "carats": 1.25, "seller_name": "x" * 60} for i in range(15_000)]
    path = written(tmp_path / "purchase.json", json.dumps(rows))
    assert path.stat().st_size > 1_000_000
    table = only_table(path)
    assert (len(table.frame), table.frame["carats"].unique().tolist()) == (15_000, [125])


def test_parquet_of_more_rows_than_are_read_is_refused(tmp_path: Path) -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000_001, pa.int32()), ["B1"])
    pq.write_table(pa.table({"slip_number": values}), tmp_path / "purchase.parquet")
    refused(tmp_path / "purchase.parquet", "more than 2000000 rows")


def test_parquet_times_to_the_nanosecond_are_read(tmp_path: Path) -> None:
    days = pa.array([1_610_000_000_000_000_000 // 86_400_000_000_000 * 86_400_000_000_000], pa.timestamp("ns"))
    pq.write_table(pa.table({"slip_number": ["B1"], "purchase_date": days}), tmp_path / "purchase.parquet")
    assert only_table(tmp_path / "purchase.parquet").frame["purchase_date"].dt.year.tolist() == [2021]


def test_two_parquet_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["B1"]), pa.array(["B2"])], names=["slip_number", "slip_number"])
    pq.write_table(table, tmp_path / "purchase.parquet")
    refused(tmp_path / "purchase.parquet", "columns of different names|damaged")


LAUGHS = "sender:\n  - &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"  - &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (LAUGHS, "anchor or alias"),
        ("[" * 9_000, "more than 50 deep"),
        ("x" * 20_000, "20000 bytes, expected three lines"),
        ("sender: !!python/object/apply:os.system ['touch pwned']", "could not determine a constructor"),
        ("sender: A\nsender: B\n", "stands twice"),
        ("? [a]\n: b\n", "a list or mapping as a key"),
        ('sender: "SPPK\\u200b"', "expected the sender's name"),
        ('sender: "SP\\u202ePK"', "expected the sender's name"),
        ("sender: [SPPK]", "expected the sender's name"),
        ("period: {a: b}", "expected a period"),
        ("period: 2021-99", "expected a period"),
        ("received_on: 2021-02-30", "received_on|expected YAML"),
        ("sender: 1" + "0" * 5_000, "expected YAML in UTF-8"),
        ("\x00", "expected YAML in UTF-8"),
    ],
)
def test_a_cover_built_to_harm_is_one_error(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "purchase.csv").write_text("Slip number\nB1\n")
    (tmp_path / "submission.yaml").write_text(text)
    with pytest.raises(IntakeError, match=what) as told:
        read(tmp_path)
    assert "submission.yaml" in str(told.value)
    assert len(str(told.value)) < 500
