"""What is read column by column is what would be read cell by cell, however messy the sheet."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from carmonitor.intake.cells import Language, Problem
from carmonitor.intake.columns import TextRows
from carmonitor.intake.datafile import read_tables
from carmonitor.intake.delimited import read_delimited
from carmonitor.intake.headers import find_header
from carmonitor.intake.table import read_table
from carmonitor.intake.values import parse_cells, parser
from carmonitor.intake.vocabulary import field_types, load
from carmonitor.records import KINDS

FIELDS = [(kind, field) for kind in KINDS for field in field_types(kind)]
LANGUAGES: list[Language] = ["en", "fr", ""]
WRITTEN = [
    "", " ", "\u00a0", "\x1c", "0", "007", "12.5", "12,50", "0.00", "3.456", "1.234", "1,234.50", "1 234,5 ct", "-3",
    "+4", "999999999", "1000000000", "999999999.99", "1000000000.01", "9999999999", "1e3", "١٢", "B0001", " b  1",
    "CF-000 1", "CF²", "NO123", "2021-01-05", "05/01/2021", "13/01/2021", "2021-01", "2021-Q1", "yes", "oui", "7102.10",
    "Liban", "issued", "purchase", "lot", "photograph", "Berbérati", "e\u0301", "a\u200bb", "a\x07b", "×", "ﬁ",
    "multi\nline", '"', "x" * 61, "y" * 2001, "'=1",
]  # fmt: skip
MARKS = [
    "Total", "TOTAL 3", "total général", "Sous-total mars :", "Totals Ltd", "sum", "Note", "note : x", "NB", "n.b. y",
    "Sources 2021", "* x", "(*) y", "1) foo", "12) bar", "123) z", "¹ z", "slip_number", "slip_number ", " " * 45 + "z",
]  # fmt: skip
cells = st.one_of(
    st.sampled_from(WRITTEN),
    st.sampled_from(MARKS),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
)


@settings(deadline=None)
@given(st.sampled_from(FIELDS), st.sampled_from(LANGUAGES), st.lists(cells, max_size=12))
def test_distinct_texts_read_together_say_what_each_says_alone(
    place: tuple[str, str], language: Language, texts: list[str]
) -> None:
    parsed = parse_cells(*place, language, load(), pa.array(texts, pa.string()))
    alone = [parser(*place, language, load())(text) for text in texts]
    assert parsed.values.to_pylist() == [None if isinstance(value, Problem) else value for value in alone]
    assert parsed.problems == {i: value for i, value in enumerate(alone) if isinstance(value, Problem)}


HEADERS = [
    ["slip_number", "purchase_date", "seller_name", "stones", "carats"],
    ["seller_name", "slip_number", "", "carats", "carats"],
    ["subject_kind", "subject_id", "size_class", "stones"],
    ["certificate_number", "importing_country", "x"],
    ["slip_number"],
]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(HEADERS), st.lists(st.lists(cells, max_size=6), max_size=12), st.data())
def test_a_sheet_kept_by_column_gives_the_table_of_its_rows(
    header: list[str], rows: list[list[str]], data: st.DataObject
) -> None:
    again = [header, *rows]
    rows += [again[i] for i in data.draw(st.lists(st.integers(0, len(again) - 1), max_size=4))]
    sheet = read_delimited("x.csv", _written([header, *rows]))
    assert isinstance(sheet.rows, TextRows)
    by_row = replace(sheet, rows=list(sheet.rows))
    assert by_row.rows == [sheet.rows[i] for i in range(len(sheet.rows))]
    found = find_header([header], tuple(KINDS), load())
    assert found
    for language in LANGUAGES:
        fast, plain = (read_table("x.csv", s, found, language, load()) for s in (sheet, by_row))
        pd.testing.assert_frame_equal(fast.frame, plain.frame)
        assert _without_frame(fast) == _without_frame(plain)


def test_rows_beyond_the_first_chunk_keep_their_cells() -> None:
    rows = [[f"B{i}", str(i)] for i in range(25_000)]
    rows[12_000].append("extra")
    (table,) = read_tables("purchase.csv", _written([["slip_number", "stones"], *rows]))
    assert [(q.row, q.problems[0].found) for q in table.quarantine] == [(12_002, "extra")]
    assert table.frame["stones"].sum() == sum(range(25_000)) - 12_000
    assert table.frame["row"].iloc[-1] == 25_001


def _without_frame(table: object) -> dict[str, object]:
    return {name: value for name, value in vars(table).items() if name != "frame"}


def _written(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
