"""Rows that cannot become records, one of each sort. Nothing else in the sample stands on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tools.make_sample.common import Raw, Row, Tables


def spoil(months: dict[str, Tables]) -> list[tuple[str, str, str, str]]:
    """Add the rows; tells (return, kind, what stands in the cell, why it cannot be read) of each."""
    told = []
    sample = months["2021-01"]["purchase"][40]

    def purchase(period: str, number: str | None, field: str, value: object, why: str) -> None:
        row: Row = dict(sample) | {"slip_number": number, "purchase_date": date(int(period[:4]), int(period[5:]), 4)}
        months[period]["purchase"].insert(17, row | {field: value} if field else row)
        told.append((period, "purchase", f"{field or 'slip_number'}: {value or ''}", why))

    purchase("2021-01", "B090001", "purchase_date", Raw("31/02/2021"), "no such day")
    purchase("2021-02", "B090002", "carats", Raw("douze"), "a weight in words")
    purchase("2021-02", "B090003", "carats", Decimal("-3.50"), "a weight below zero")
    purchase("2021-02", "B090004", "carats", Raw("12.3457"), "finer than a hundredth of a carat")
    purchase("2021-02", None, "", None, "the key is blank")
    purchase("2021-05", "B090006", "purchase_date", Raw("04/05/2021"), "in an English file: 4 May or 5 April")
    purchase("2021-06", "B090007", "price_xaf", Raw("185 000,50"), "the franc has no hundredths")
    line = dict(months["2021-04"]["production"][10]) | {"register_number": "CP-999", "line_number": "1"}
    months["2021-04"]["production"].insert(11, line | {"carats": Decimal("0.00")})
    told.append(("2021-04", "production", "carats: 0.00", "a find weighs something"))
    return told


def spoil_march(tables: Tables, corrected: Tables) -> list[tuple[str, str, str, str]]:
    """A slip that the first March return spoils and the correction gives rightly."""
    row: Row = dict(tables["purchase"][60]) | {"slip_number": "B090005", "register_number": None, "line_number": None}
    tables["purchase"].insert(61, row | {"purchase_date": Raw("30/02/2021")})
    corrected["purchase"].insert(61, row | {"purchase_date": date(2021, 3, 2)})
    return [("2021-03", "purchase", "purchase_date: 30/02/2021", "no such day; put right by the correction")]
