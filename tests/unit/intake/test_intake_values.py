"""What one cell says."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carmonitor.intake.cells import Problem, Unreadable
from carmonitor.intake.columns import Column
from carmonitor.intake.values import parse_cells, parser
from carmonitor.intake.vocabulary import load


def said(kind: str, field: str, cell: Any, language: Any = "en") -> Any:
    """The value, or the code of the problem."""
    value = parser(kind, field, language, load())(cell)
    return value.code if isinstance(value, Problem) else value


@pytest.mark.parametrize(
    ("cell", "french", "english", "neutral"),
    [
        ("1 234,50", 123450, 123450, 123450),
        ("1\u202f234,50", 123450, 123450, 123450),
        ("1\u00a0234.5", 123450, 123450, 123450),
        ("1\u2009234\u2009567", 123456700, 123456700, 123456700),
        ("1,234.50", 123450, 123450, 123450),
        ("1.234,50", 123450, 123450, 123450),
        ("12,5", 1250, 1250, 1250),
        ("12.50", 1250, 1250, 1250),
        ("1,234", "finer_than_hundredth", 123400, "number_ambiguous"),
        ("1.234", "number_ambiguous", "finer_than_hundredth", "finer_than_hundredth"),
        ("0,500", 50, 50, 50),
        ("12,50 ct", 1250, 1250, 1250),
        ("12.50 Cts.", 1250, 1250, 1250),
        ("12 34", "not_a_number", "not_a_number", "not_a_number"),
        ("1 23,50", "not_a_number", "not_a_number", "not_a_number"),
        ("1e5", "not_a_number", "not_a_number", "not_a_number"),
        ("12,50 USD", "wrong_unit", "wrong_unit", "wrong_unit"),
        ("12,50 g", "wrong_unit", "wrong_unit", "wrong_unit"),
        ("12,345", "finer_than_hundredth", 1234500, "number_ambiguous"),
        ("-3", "out_of_range", "out_of_range", "out_of_range"),
        ("0", "out_of_range", "out_of_range", "out_of_range"),
        ("n/a", "not_a_number", "not_a_number", "not_a_number"),
        ("  ", None, None, None),
    ],
)
def test_carats(cell: str, french: Any, english: Any, neutral: Any) -> None:
    assert said("shipment", "carats", cell, "fr") == french
    assert said("shipment", "carats", cell, "en") == english
    assert said("shipment", "carats", cell, "") == neutral


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (0.1 + 0.2, 30),
        (12.345, "finer_than_hundredth"),
        (12.3400000001, 1234),
        (7, 700),
        (Decimal("1.005"), "finer_than_hundredth"),
        (float("nan"), "not_a_number"),
        (float("inf"), "not_a_number"),
        (1e300, "out_of_range"),
        (True, "not_a_number"),
        (date(2021, 1, 5), "not_a_number"),
        (Unreadable("#N/A"), "cell_error"),
        ([1], "not_a_value"),
    ],
)
def test_carats_of_number_cells(cell: Any, expected: Any) -> None:
    assert said("shipment", "carats", cell) == expected


def test_money_and_counts() -> None:
    assert said("shipment", "value_usd", "US$ 1,234.50") == 123450
    assert said("shipment", "value_usd", "$0") == 0
    assert said("shipment", "value_usd", "100 €") == "wrong_unit"
    assert said("purchase", "price_xaf", "1 250 000 F CFA", "fr") == 1250000
    assert said("purchase", "price_xaf", "1.250.000", "fr") == 1250000
    assert said("purchase", "price_xaf", "1250,5", "fr") == "not_whole"
    assert said("purchase", "stones", "12", "fr") == 12
    assert said("purchase", "stones", 12.5) == "not_whole"
    assert said("exchange_rate", "xaf_per_unit", "655,957", "fr") == 655957000
    assert said("exchange_rate", "xaf_per_unit", "655.957", "fr") == "number_ambiguous"
    assert said("exchange_rate", "xaf_per_unit", "655.957", "") == 655957000
    assert said("mine_site", "longitude", "20,125", "fr") == 20.125
    assert said("mine_site", "longitude", "20.125", "fr") == 20.125
    assert said("mine_site", "latitude", 91.0) == "out_of_range"


@given(st.integers(min_value=1, max_value=10**11))
def test_written_weights_are_read_back_exactly(hundredths: int) -> None:
    value = Decimal(hundredths) / 100
    english, french = f"{value:,.2f}", f"{value:,.2f}".replace(",", "\u202f").replace(".", ",")
    assert said("shipment", "carats", english, "en") == hundredths
    assert said("shipment", "carats", french, "fr") == hundredths
    assert said("shipment", "carats", french.replace("\u202f", ".") + " ct", "fr") == hundredths
    assert said("shipment", "carats", float(value)) == hundredths


@given(st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=7))
def test_a_weight_is_a_hundredth_or_refused(value: Decimal) -> None:
    nearest = value.quantize(Decimal("0.01"))
    found = said("stock_declaration", "carats", f"{value:f}", "")
    if abs(value - nearest) > Decimal("0.000001"):
        assert found == "finer_than_hundredth"
    else:
        assert found == int(nearest * 100)


@pytest.mark.parametrize(
    ("cell", "french", "english"),
    [
        ("2021-03-01", date(2021, 3, 1), date(2021, 3, 1)),
        ("2021-03-01T00:00:00", date(2021, 3, 1), date(2021, 3, 1)),
        ("2021-03-01 10:30", "date_has_time", "date_has_time"),
        ("03/02/2021", date(2021, 2, 3), "date_ambiguous"),
        ("03.02.2021", date(2021, 2, 3), "date_ambiguous"),
        ("25-03-2021", date(2021, 3, 25), date(2021, 3, 25)),
        ("03/25/2021", "not_a_date", date(2021, 3, 25)),
        ("03/03/2021", date(2021, 3, 3), date(2021, 3, 3)),
        ("31/02/2021", "not_a_date", "not_a_date"),
        ("1er mars 2021", date(2021, 3, 1), date(2021, 3, 1)),
        ("3 Mar 2021", date(2021, 3, 3), date(2021, 3, 3)),
        ("12 févr. 2021", date(2021, 2, 12), date(2021, 2, 12)),
        ("March 3, 2021", date(2021, 3, 3), date(2021, 3, 3)),
        ("3/2/21", "year_two_digits", "year_two_digits"),
        ("44256", "date_is_number", "date_is_number"),
        ("2201-01-01", "date_out_of_range", "date_out_of_range"),
        ("demain", "not_a_date", "not_a_date"),
        ("", None, None),
    ],
)
def test_dates(cell: str, french: Any, english: Any) -> None:
    assert said("shipment", "issue_date", cell, "fr") == french
    assert said("shipment", "issue_date", cell, "en") == english
    assert said("shipment", "issue_date", cell, "") == english


def test_date_cells() -> None:
    assert said("shipment", "issue_date", date(2021, 3, 1)) == date(2021, 3, 1)
    assert said("shipment", "issue_date", datetime(2021, 3, 1)) == date(2021, 3, 1)  # noqa: DTZ001
    assert said("shipment", "issue_date", datetime(2021, 3, 1, 9)) == "date_has_time"  # noqa: DTZ001
    assert said("shipment", "issue_date", 44256.0) == "date_is_number"
    assert said("shipment", "issue_date", time(3, 4)) == "not_a_date"


@pytest.mark.parametrize("cell", ["2021-03", "03/2021", "3/2021", "mars 2021", "March 2021", date(2021, 3, 1)])
def test_months(cell: Any) -> None:
    assert said("return_declaration", "period", cell) == "2021-03"


def test_what_is_no_month() -> None:
    assert said("return_declaration", "period", date(2021, 3, 2)) == "not_a_month"
    assert said("return_declaration", "period", "2021") == "not_a_month"
    assert said("return_declaration", "period", "13/2021") == "not_a_month"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (2021.0, "2021"),
        ("2021", "2021"),
        ("T1 2021", "2021-Q1"),
        ("2021-Q4", "2021-Q4"),
        ("1er trimestre 2021", "2021-Q1"),
        ("S2 2021", "2021-H2"),
        ("mars 2021", "2021-03"),
        ("2021-03-05", "2021-03-05"),
        (date(2021, 3, 5), "2021-03-05"),
        (date(2021, 3, 1), "period_ambiguous"),
        ("bientôt", "not_a_period"),
    ],
)
def test_periods(cell: Any, expected: str) -> None:
    assert said("exchange_rate", "period", cell, "fr") == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("7102.10", "710210"),
        ("7102 10", "710210"),
        ("710210", "710210"),
        ("7102.10.00", "710210"),
        (710210.0, "710210"),
        (7102.1, "710210"),
        (7102.31, "710231"),
        ("SH 7102.31", "710231"),
        ("71021010", "71021010"),
        ("7102.1", "not_an_hs_code"),
        ("diamant", "not_an_hs_code"),
    ],
)
def test_hs_codes(cell: Any, expected: str) -> None:
    assert said("parcel", "hs_code", cell) == expected


@pytest.mark.parametrize(
    ("kind", "field", "cell", "expected"),
    [
        ("shipment", "status", "Délivré", "issued"),
        ("shipment", "status", "ANNULÉ", "void"),
        ("shipment", "status", "issued", "issued"),
        ("shipment", "status", "perdu", "choice_unknown"),
        ("zone", "status", "conforme", "compliant"),
        ("actor", "kind", "Bureau d’achat", "buying_house"),
        ("assortment", "size_class", "0,01-0,49", "0.01-0.49"),
        ("assortment", "size_class", "10.80+", "10.80+"),
        ("shipment", "destination_country", "Émirats arabes unis", "AE"),
        ("shipment", "destination_country", "be", "BE"),
        ("shipment", "destination_country", "UE", "EU"),
        ("shipment", "destination_country", "Belgica", "country_unknown"),
        ("return_declaration", "nil_return", "Oui", True),
        ("return_declaration", "nil_return", "no", False),
        ("return_declaration", "nil_return", 1.0, True),
        ("return_declaration", "nil_return", 2, "not_yes_or_no"),
    ],
)
def test_choices_countries_and_flags(kind: str, field: str, cell: Any, expected: Any) -> None:
    assert said(kind, field, cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (123.0, "123"),
        (123, "123"),
        ("00123", "00123"),
        ("  a \u00a0 b\nc ", "a b c"),
        ("e\u0301", "é"),
        ("a\u200bb", "invisible_character"),
        ("a\u202eb", "direction_override"),
        ("В1", "number_letters"),  # Cyrillic
        ("Ｂ1", "number_letters"),  # full width
        ("N° É-1–2", "N° É-1–2"),
        ("a\x07b", "control_character"),
        ("\ud800", "control_character"),
        (1.2345678901234568e16, "digits_lost"),
        (date(2021, 1, 2), "not_text"),
        (True, "not_text"),
        ("x" * 2001, "too_long"),
        ("\t", None),
    ],
)
def test_texts(cell: Any, expected: Any) -> None:
    assert said("purchase", "slip_number", cell) == expected


def test_invisible_characters_are_dropped_from_names_only() -> None:
    assert said("purchase", "seller_name", "a\u200bb\ufeff") == "ab"
    assert said("purchase", "seller_name", "a\u202eb") == "direction_override"
    assert said("purchase", "seller_name", "Жан 张伟 علي") == "Жан 张伟 علي"
    assert said("shipment", "certificate_number", "CF\u200b0002211") == "invisible_character"


def test_certificate_numbers_are_normalised() -> None:
    assert said("shipment", "certificate_number", " n° cf 001-234") == "CF001234"
    assert said("shipment", "certificate_number", "total") == "not_a_certificate_number"


def test_one_and_true_and_text_one_are_not_mixed_up_in_a_column() -> None:
    column = Column.of_cells([1, True, 1.0, "1", None, [1], 1])
    parsed = parse_cells("purchase", "stones", "en", load(), column.cells)
    assert parsed.values.take(column.codes).to_pylist() == [1, None, 1, 1, None, None, 1]
    assert {column.codes.tolist().index(i): p.code for i, p in parsed.problems.items()} == {
        1: "not_a_number", 5: "not_a_value",
    }  # fmt: skip


@given(
    st.one_of(st.text(max_size=80), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes(), st.none())
)
def test_no_cell_breaks_a_parser(cell: Any) -> None:
    for field in ("certificate_number", "issue_date", "carats", "status", "destination_country", "signatory"):
        for language in ("fr", "en", ""):
            value = said("shipment", field, cell, language)
            assert value is None or isinstance(value, str | int | date)
    assert said("parcel", "hs_code", cell) is None or isinstance(said("parcel", "hs_code", cell), str)
    assert said("exchange_rate", "period", cell) is None or isinstance(said("exchange_rate", "period", cell), str)
