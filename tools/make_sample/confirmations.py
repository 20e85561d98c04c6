"""What the importing authorities answered, each in its own way, with the faults that only a comparison shows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import xlsxwriter

from tools.make_sample import cells, labels
from tools.make_sample.chain import Chain
from tools.make_sample.common import Raw, Row, ct, days
from tools.make_sample.faults import Expected
from tools.make_sample.plan import CERTIFICATES, EXPORTERS, IMPORTERS

COLUMNS = ("certificate_number", "importing_country", "received_on", "confirmed_on", "importer_name", "exporter_name",
           "parcel_count", "carats", "value_usd", "outcome", "remarks")  # fmt: skip
SENT = {"2021-Q1": date(2021, 4, 8), "2021-Q2": date(2021, 7, 26)}  # what is confirmed in time for each file
NEVER = {"CF0002104", "CF0002210", "CF0002219", "CF0002222"}  # two too late, one to Kenya, one too young


def make_confirmations(rng: Random, chain: Chain) -> list[Row]:
    """A faultless confirmation of every export but those that stay unanswered."""
    rows = []
    for export in chain.exports:
        plan = export.planned
        if not export.parcels or plan.number in NEVER:
            continue
        arrived = plan.issue_date + days(rng.randint(5, 9))
        rows.append(
            {
                "certificate_number": plan.number, "importing_country": plan.destination, "received_on": arrived,
                "confirmed_on": arrived + days(rng.randint(1, 10)), "importer_name": IMPORTERS[plan.destination],
                "exporter_name": EXPORTERS[plan.exporter], "parcel_count": plan.parcels, "carats": ct(export.carats),
                "value_usd": ct(round(export.value * rng.uniform(0.98, 1.03))), "outcome": "accepted", "remarks": None,
            }
        )  # fmt: skip
    return rows


def confirmation_faults(rows: list[Row]) -> Iterator[Expected]:
    """Change the rows so that each fault is to be found."""

    def change(number: str, **values: object) -> None:
        next(r for r in rows if r["certificate_number"] == number).update(values)

    def carats(number: str, share: str) -> None:
        row = next(r for r in rows if r["certificate_number"] == number)
        row["carats"] = (row["carats"] * (1 - Decimal(share))).quantize(Decimal("0.01"))

    def found(rule: str, severity: str, subject: str, why: str) -> Expected:
        kind, number = "confirmation" if "@" in subject else "certificate", subject.partition("@")[0]
        months = tuple(f"{p.issue_date:%Y-%m}" for p in CERTIFICATES if p.number == number)
        return Expected(rule, "breach", severity, kind, subject, why, months)

    carats("CF0002102", "0.0008")
    yield found("M-06", "W", "CF0002102", "0.08 % lighter on arrival")
    carats("CF0002109", "0.012")
    yield found("M-06", "E", "CF0002109", "1.2 % lighter on arrival")
    row = next(r for r in rows if r["certificate_number"] == "CF0002117")
    row["value_usd"] = (row["value_usd"] * Decimal("1.35")).quantize(Decimal("0.01"))
    yield found("M-06", "W", "CF0002117", "about 35 % dearer on arrival")
    yield found("M-04", "E", "CF0002104", "no confirmation for more than 90 days")
    yield found("M-04", "W", "CF0002210", "no confirmation for 60 to 90 days")
    change("CF0002111", outcome="refused", remarks="Held: papers under examination (synthetic)")
    yield found("M-04", "E", "CF0002111", "refused by the importing authority")
    change("CF0002117", parcel_count=4)
    yield found("M-05", "E", "CF0002117", "4 parcels found, 3 certified")
    change("CF0002203", importer_name="Another Example Gems FZE (synthetic)")
    yield found("M-05", "W", "CF0002203", "another importer than the one certified")
    change("CF0002213", received_on=date(2021, 7, 19), confirmed_on=date(2021, 7, 21))
    yield found("M-09", "W", "CF0002213", "arrived four days after the certificate expired")
    rows.append(_orphan("CF0002203", "IL", date(2021, 4, 20), 88_000))
    yield found("M-07", "E", "CF0002203", "confirmed by Israel, certified for the United Arab Emirates")
    rows.append(_orphan("CF0002202", "AE", date(2021, 4, 16), 143_000))
    yield found("M-08", "E", "CF0002202@AE", "import on a void certificate")
    rows.append(_orphan("CF0007777", "BE", date(2021, 5, 18), 61_230))
    yield found("M-08", "E", "CF0007777@BE", "import on a number the CAR never issued, outside every printed block")
    change("CF0002103", carats=Raw("douze cents"))  # a row for quarantine: M-04 must not speak of this certificate


def _orphan(number: str, country: str, arrived: date, carats: int) -> Row:
    exporter = "BA-01" if number == "CF0007777" else "BA-02"
    return {
        "certificate_number": number, "importing_country": country, "received_on": arrived,
        "confirmed_on": arrived + days(3), "importer_name": IMPORTERS[country], "exporter_name": EXPORTERS[exporter],
        "parcel_count": 3, "carats": ct(carats), "value_usd": ct(carats * 108), "outcome": "accepted", "remarks": None,
    }  # fmt: skip


def files(rows: list[Row]) -> Iterator[tuple[str, str, date, str, bytes]]:
    """(country, quarter, received on, file name, content) of every file the authorities sent."""
    for country, name, make in (
        ("BE", "confirmations_{}.csv", _belgium), ("AE", "KP import confirmations {}.xlsx", _emirates),
        ("IN", "import_confirmation_{}.csv", _india), ("IL", "import_confirmation_{}.json", _israel),
    ):  # fmt: skip
        done: list[Row] = []
        for quarter, sent in SENT.items():
            mine = [r for r in rows if r["importing_country"] == country and r["confirmed_on"] < sent and r not in done]
            done += mine
            yield country, quarter, sent, name.format(quarter), make(mine)


def _belgium(rows: list[Row]) -> bytes:
    return cells.french_csv("import_confirmation", rows).encode("cp1252")


def _india(rows: list[Row]) -> bytes:
    columns = [c for c in COLUMNS if c not in ("exporter_name", "remarks")]  # not part of its form
    shown = [r | {c: Raw(f"{r[c]:%d-%b-%Y}") for c in ("received_on", "confirmed_on")} for r in rows]
    return b"\xef\xbb\xbf" + cells.csv_text(shown, columns).encode()


def _israel(rows: list[Row]) -> bytes:
    shown = [{c: cells.plain(r[c]) if r[c] is not None else None for c in COLUMNS} for r in rows]
    return (json.dumps({"import_confirmation": shown}, ensure_ascii=False, indent=1) + "\n").encode()


def _emirates(rows: list[Row]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2021, 1, 1), "title": "Synthetic"})  # noqa: DTZ001
    sheet = book.add_worksheet("Import confirmations")
    day = book.add_format({"num_format": "dd-mmm-yyyy"})
    sheet.write_string(0, 0, "UAE Kimberley Process Office: import confirmations (synthetic)")
    sheet.write_row(2, 0, [labels.english(c) for c in COLUMNS])
    for y, row in enumerate(rows, start=3):
        for x, column in enumerate(COLUMNS):
            _write(sheet, y, x, row[column], day)
    book.close()
    return buffer.getvalue()


def _write(sheet: Any, y: int, x: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(y, x, value, day)
    elif isinstance(value, Decimal | int):
        sheet.write_number(y, x, float(value))
    else:
        sheet.write_string(y, x, value)
