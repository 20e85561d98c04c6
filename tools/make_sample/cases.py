"""The documented cases that a record can show: fraud.md §1 as small batches, each with its source and expectation.

``data/cases.yaml`` holds what the source says; here are the rows. Whatever the source does not give is synthetic.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from carmonitor.records import KINDS
from tools.make_sample import cells, papers
from tools.make_sample.case_rows import OTHER, Bought, bought_by_others, clean_batch
from tools.make_sample.common import DATA, Row, Tables, write

SYNTHETIC = {
    "en": "Every value that the source does not give (names, numbers, prices, days) is synthetic.",
    "fr": "Toute valeur que la source ne donne pas (noms, numéros, prix, jours) est synthétique.",
}


def documented_cases(out: Path) -> None:
    """Write every case: ``case.yaml``, ``expected.csv`` and the folder ``batch`` that a sender would have sent."""
    texts: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "cases.yaml").read_text(encoding="utf-8"))
    for case_id, text in texts.items():
        folder, tables = out / case_id, CASES[case_id]()
        expected = text.pop("expected")
        about = {"case": case_id, **text, "synthetic": SYNTHETIC}
        write(folder / "case.yaml", yaml.safe_dump(about, allow_unicode=True, sort_keys=False, width=110))
        head = "rule_id,outcome,severity,subject_kind,subject_id\n"
        write(folder / "expected.csv", head + "".join(",".join(row) + "\n" for row in expected))
        for kind, rows in tables.items():
            columns = list(rows[0]) if rows else list(KINDS[kind].model_fields)
            write(folder / "batch" / f"{kind}.csv", cells.csv_text(rows, columns))
        issue, carats = tables["shipment"][0]["issue_date"], tables["shipment"][0]["carats"]
        for row in tables.get("document", []):
            _, paper = papers.papers(row["certificate_number"], issue, 1, carats)[row["file_name"]]
            write(folder / "batch" / "docs" / row["file_name"], paper)
        received = min(date(issue.year + issue.month // 12, issue.month % 12 + 1, 12), text["as_of"])
        write(
            folder / "batch" / "submission.yaml",
            f'sender: SPPK\nperiod: "{issue:%Y-%m}"\nreceived_on: {received}\n',
        )


def _c1() -> Tables:
    """Badica, 2014: exported while nothing could be, by a house that was listed fifteen months later; the parcel holds
    larger stones than others bought in Nola, as the experts found stones of Bria and Sam-Ouandja beside those of Nola.
    """
    rows = clean_batch(
        "CF0001401", date(2014, 5, 14), "BE", 170, [Bought(date(2014, 4, 2), "341.60", 78_000, "Nola", "Sangha-Mbaéré")]
    )
    name = "Bureau d'achat de Diamant en Centrafrique (Badica)"
    rows["shipment"][0] |= {"exporter_name": name}
    rows["import_confirmation"][0] |= {"exporter_name": name, "outcome": "seized", "remarks": "Seized at Antwerp"}
    rows["actor"][0] |= {"name": name}
    rows["watchlist_entry"] = [
        {"list": "UN 2127", "entry_id": "Badica (2015-08)", "name": "Bureau d'achat de Diamant en Centrafrique",
         "aliases": "Badica; Kardiam", "listed_on": date(2015, 8, 1), "delisted_on": None, "identifiers": None,
         "confirmed_actor_id": None}
    ]  # fmt: skip
    mixed = {"0.01-0.49": (190, "51.30"), "0.50-0.99": (98, "68.60"), "1.00-1.99": (66, "91.10"),
             "2.00-4.99": (35, "101.50"), "5.00-10.79": (5, "29.10")}  # fmt: skip
    stones = sum(number for number, _ in mixed.values())
    rows["parcel"][0] |= {"stones": stones}
    rows["purchase"][0] |= {"stones": stones}
    others, profiles = bought_by_others(40, date(2014, 1, 6), 74_000, "Nola", "Sangha-Mbaéré")
    rows["purchase"] += others
    rows["assortment"] = [
        *(_size("parcel", "CF0001401/1", size, n, Decimal(c)) for size, (n, c) in mixed.items()),
        *(_size("purchase", slip, size, n, c) for slip, profile in profiles for size, (n, c) in profile.items()),
    ]
    rows["actor"].append(
        {"actor_id": OTHER, "name": "Autre acheteur (synthétique)", "kind": "buying_house",
         "registered_on": date(2000, 1, 1)}
    )  # fmt: skip
    return rows


def _c14() -> Tables:
    """Diamville, 2020: a house of a few months, about 30 ct a month, one customer; whom it shares a telephone with is
    owned by somebody listed (that tie is synthetic)."""
    new = clean_batch("CF0002011", date(2020, 3, 10), "AE", 140, [Bought(date(2020, 2, 18), "92.30", 52_000)])
    old = clean_batch("CF0002009", date(2020, 3, 4), "BE", 140, [Bought(date(2020, 2, 12), "6210.40", 50_000)])
    slip = "B800002"
    for kind in ("parcel_source", "purchase"):
        new[kind][0] |= {"slip_number": slip}
    number, phone = "CAS-NEUF", "+236 70 00 00 14"
    new["shipment"][0] |= {"exporter_id": number, "exporter_name": NEWCOMER, "importer_name": ONLY_CUSTOMER}
    new["import_confirmation"][0] |= {"exporter_name": NEWCOMER, "importer_name": ONLY_CUSTOMER}
    new["purchase"][0] |= {"buyer_id": number, "buyer_licence": "LBA-NEUF"}
    rows = {kind: old[kind] + new[kind] for kind in old if kind not in {"actor", "signatory", "certificate_block"}}
    cover = old["return_declaration"][0]
    totals = {c: sum((r[t] for r in rows["shipment"]), Decimal(0)) for c, t in TOTALS.items()}
    rows["return_declaration"] = [cover | {"certificate_count": 2} | totals]
    held: Row = {"registered_on": date(2000, 1, 1), "phone": None, "owner": None}
    rows["actor"] = [
        *(actor | held for actor in old["actor"]),
        held | {"actor_id": number, "name": NEWCOMER, "kind": "buying_house", "registered_on": date(2019, 10, 1),
                "phone": phone},
        held | {"actor_id": "CAS-SOEUR", "name": "Société minière d'un cas documenté (synthétique)",
                "kind": "mining_company", "phone": phone, "owner": LISTED},
    ]  # fmt: skip
    rows |= {kind: old[kind] for kind in ("signatory", "certificate_block")}
    rows["watchlist_entry"] = [
        {"list": "Liste d'exemple (synthétique)", "entry_id": "1", "name": LISTED, "aliases": None,
         "listed_on": date(2019, 1, 1), "delisted_on": None, "identifiers": None, "confirmed_actor_id": None}
    ]  # fmt: skip
    return rows


NEWCOMER = "Nouveau bureau d'achat d'un cas documenté (synthétique)"
ONLY_CUSTOMER = "Only customer of a documented case (synthetic)"
LISTED = "Exemplov Inventsky (synthetic)"
TOTALS = {"total_carats": "carats", "total_value_usd": "value_usd"}


def _c17() -> Tables:
    """Five times what its slips cover is exported, and no import is ever confirmed."""
    rows = clean_batch("CF0002107", date(2021, 3, 9), "AE", 110, [Bought(date(2021, 2, 11), "302.40", 46_000)])
    carats, value = Decimal("1512.00"), Decimal("166320.00")
    weight: Row = {"carats": carats, "value_usd": value}
    rows["shipment"][0] |= weight | {"valuation_usd": value}
    rows["parcel"][0] |= weight | {"stones": 3024}
    rows["return_declaration"][0] |= {"total_carats": carats, "total_value_usd": value}
    rows["import_confirmation"] = []  # the countries that answered had nothing to confirm
    return rows


def _c3() -> Tables:
    """Bought in Carnot while exports were banned, exported three years later."""
    old = Bought(date(2014, 6, 17), "212.40", 58_000, "Carnot")
    return clean_batch(
        "CF0001703", date(2017, 6, 12), "BE", 150, [old, Bought(date(2017, 3, 9), "388.15", 60_000, "Carnot")]
    )


def _c4() -> Tables:
    """3,703 ct of stock, approved: nothing may be a breach."""
    stock = [
        Bought(date(2015, 9, 3), "1240.50", 56_000),
        Bought(date(2015, 12, 11), "1102.25", 57_000),
        Bought(date(2016, 3, 22), "1360.25", 58_000),
    ]
    return clean_batch("CF0001601", date(2016, 6, 10), "AE", 155, stock)


def _c5() -> Tables:
    """A declared lot at 62,000 FCFA/ct; 145.79 ct bought at 212,000 that no declaration holds."""
    hidden = [Bought(date(2002, 5, 2 + n), c, 212_000) for n, c in enumerate(("52.30", "48.99", "44.50"))]
    rows = clean_batch("CF0000201", date(2002, 5, 16), "BE", 1, hidden)
    declared: Row = {"carats": Decimal("400.00"), "value_usd": (Decimal(400) * 62_000 / 697).quantize(Decimal("0.01"))}
    known = ("certificate_number", "issue_date", "exporter_id", "exporter_name", "carats", "value_usd", "status")
    shipment, parcel = rows["shipment"][0] | declared, rows["parcel"][0] | declared | {"stones": 900}
    for row in rows["purchase"]:
        row["stones"] = int(row["carats"] / 3)
    sizes = {"0.01-0.49": (600, "180.00"), "0.50-0.99": (286, "200.00"), "1.00-1.99": (14, "20.00")}
    return {  # there was no Kimberley certificate yet: only what a declaration of the time held
        "shipment": [{c: shipment[c] for c in known}],
        "parcel": [{c: v for c, v in parcel.items() if c != "hs_code"}],
        "purchase": rows["purchase"],
        "assortment": [
            *(_size("parcel", "CF0000201/1", name, n, Decimal(c)) for name, (n, c) in sizes.items()),
            *(_size("purchase", r["slip_number"], "2.00-4.99", r["stones"], r["carats"]) for r in rows["purchase"]),
        ],
        "actor": rows["actor"],
        "exchange_rate": [
            {
                "currency": "USD", "period": "2002", "xaf_per_unit": Decimal(697), "certainty": "N",
                "source": "yearly mean, unverified: for samples only",
            }
        ],
    }  # fmt: skip


def _size(kind: str, subject: str, name: str, stones: int, carats: Decimal) -> Row:
    return {"subject_kind": kind, "subject_id": subject, "size_class": name, "stones": stones, "carats": carats}


def _c6() -> Tables:
    """234.4 ct first registered in Bangui on the day of a flight: no transfer sheet brought them from any zone."""
    rows = clean_batch(
        "CF0001707", date(2017, 7, 14), "BE", 150, [Bought(date(2017, 6, 30), "234.40", 60_000, "Carnot")]
    )
    for slip in rows["purchase"]:
        slip["purchase_place"] = "Bangui"
    return rows | {"purchase_source": [], "transfer": [], "transfer_item": []}


def _c8() -> Tables:
    """Several hundred carats held in Dubai."""
    rows = clean_batch("CF0001711", date(2017, 10, 3), "AE", 160, [Bought(date(2017, 8, 29), "612.40", 62_000)])
    rows["import_confirmation"][0] |= {"outcome": "seized", "remarks": "Held by the importing authority"}
    return rows


def _c9() -> Tables:
    """Papers missing: no approval, no importer, no photograph; so the goods never left."""
    rows = clean_batch("CF0001609", date(2016, 10, 20), "BE", 150, [Bought(date(2016, 10, 3), "431.75", 60_000)])
    missing = ("approval_reference", "approval_date", "importer_name", "export_date")
    rows["shipment"][0] |= dict.fromkeys(missing)
    rows["document"] = [r for r in rows["document"] if r["kind"] != "photograph"]
    del rows["import_confirmation"]
    return rows


def _c15() -> Tables:
    """A number of the block used up the year before."""
    rows = clean_batch("CF0002003", date(2021, 3, 9), "BE", 110, [Bought(date(2021, 2, 11), "287.60", 46_000)])
    blocks = (("CF0002001", "CF0002050", 2020), ("CF0002101", "CF0002150", 2021))
    rows["certificate_block"] = [
        {
            "first_number": first, "last_number": last, "available_from": date(year, 1, 1),
            "available_to": date(year, 12, 31),
        }
        for first, last, year in blocks
    ]  # fmt: skip
    return rows


def _c18() -> Tables:
    """Sixty per cent dearer on arrival."""
    rows = clean_batch("CF0002118", date(2021, 2, 16), "AE", 110, [Bought(date(2021, 1, 27), "354.20", 46_000)])
    found = rows["import_confirmation"][0]
    found["value_usd"] = (found["value_usd"] * Decimal("1.6")).quantize(Decimal("0.01"))
    return rows


CASES: dict[str, Callable[[], Tables]] = {
    "C1": _c1, "C3": _c3, "C4": _c4, "C5": _c5, "C6": _c6, "C8": _c8, "C9": _c9, "C14": _c14, "C15": _c15,
    "C17": _c17, "C18": _c18,
}  # fmt: skip
