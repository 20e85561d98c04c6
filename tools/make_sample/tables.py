"""The chain as rows of the return kinds, month by month."""

from __future__ import annotations

from datetime import date
from random import Random

from tools.make_sample import papers, sizes
from tools.make_sample.chain import Bag, Chain, Export, Slip
from tools.make_sample.common import Row, Tables, ct, days, month_of
from tools.make_sample.plan import (
    AUTHORITY,
    EXPORTERS,
    IMPORTERS,
    MAP_CHANGED,
    MONTHS,
    SENDER,
    SIGNATORIES,
    SUBMITTED,
    XAF_PER_USD,
    ZONES,
)

KINDS = (
    "return_declaration", "shipment", "parcel", "parcel_source", "purchase", "purchase_source", "transfer",
    "transfer_item", "production", "assortment", "document",
)  # fmt: skip


def make_tables(rng: Random, chain: Chain) -> tuple[dict[str, Tables], dict[str, dict[str, bytes]]]:
    """Period → kind → rows, and period → file name → content of the papers. Declarations come last: see declare()."""
    months: dict[str, Tables] = {period: {kind: [] for kind in KINDS} for period in MONTHS}
    files: dict[str, dict[str, bytes]] = {period: {} for period in MONTHS}
    for export in chain.exports:
        period = month_of(export.planned.issue_date)
        _certificate(rng, months[period], export)
        if export.parcels:
            _documents(months[period], files[period], export)
    for slip in sorted(chain.slips, key=lambda s: s.number):
        _purchase(months, slip)
    for bag in sorted(chain.bags, key=lambda b: b.number):
        _transfer(rng, months[month_of(bag.departed_on)], bag)
    for tables in months.values():
        tables["production"].sort(key=lambda r: (r["register_number"], int(r["line_number"])))
    return months, files


def declare(period: str, tables: Tables) -> None:
    """Write the cover: every row counts, carats and value are those of issued certificates (semantics.md 7)."""
    rows = tables["shipment"]
    issued = [r for r in rows if r["status"] == "issued"]
    tables["return_declaration"] = [
        {
            "period": period, "sender": SENDER, "submitted_on": SUBMITTED[period], "nil_return": False,
            "certificate_count": len(rows), "total_carats": sum(r["carats"] for r in issued),
            "total_value_usd": sum(r["value_usd"] for r in issued),
        }
    ]  # fmt: skip


def _certificate(rng: Random, tables: Tables, export: Export) -> None:
    plan = export.planned
    issue, number = plan.issue_date, plan.number
    exported = issue + days(rng.randint(1, 4))
    tables["shipment"].append(
        {
            "certificate_number": number, "issue_date": issue, "expiry_date": issue + days(59),
            "issuing_authority": AUTHORITY, "signatory": _signatory(issue), "exporter_id": plan.exporter,
            "exporter_name": EXPORTERS[plan.exporter], "importer_name": IMPORTERS[plan.destination],
            "destination_country": plan.destination, "origin_country": "CF", "parcel_count": plan.parcels,
            "carats": ct(export.carats), "value_usd": ct(export.value), "seal_number": f"SC-{number[-4:]}-21",
            "export_date": exported if plan.status == "issued" else None, "valuation_number": f"BEC-21-{number[-4:]}",
            "valuation_date": issue - days(rng.randint(1, 3)), "valuation_usd": ct(export.value),
            "approval_requested_on": None, "approval_reference": None, "approval_date": None,
            "levy_xaf": round(export.value * 4 * XAF_PER_USD[2021] / 10_000) if plan.status == "issued" else None,
            "status": plan.status, "replaces_certificate": plan.replaces,
        }
    )  # fmt: skip
    for parcel in export.parcels:
        key: Row = {"certificate_number": number, "parcel_number": str(parcel.number)}
        tables["parcel"].append(
            key | {
                "hs_code": "710231" if rng.random() < 0.7 else "710210", "stones": sizes.stones(parcel.sizes),
                "carats": ct(sizes.weight(parcel.sizes)), "value_usd": ct(parcel.value),
            }
        )  # fmt: skip
        tables["parcel_source"] += [key | {"slip_number": s.number, "carats": ct(w)} for s, w in parcel.uses]
        tables["assortment"] += _assortment("parcel", f"{number}/{parcel.number}", parcel.sizes)


def _signatory(day: date) -> str:
    return next(name for name, (start, end) in SIGNATORIES.items() if start <= day and (end is None or day <= end))


def _documents(tables: Tables, files: dict[str, bytes], export: Export) -> None:
    plan = export.planned
    lodged = SUBMITTED[month_of(plan.issue_date)]
    lodged = min(lodged, date(lodged.year, lodged.month, 14))
    made = papers.papers(plan.number, plan.issue_date, len(export.parcels), ct(export.carats))
    for name, (kind, content) in made.items():
        files[name] = content
        tables["document"].append(
            {
                "certificate_number": plan.number, "file_name": name, "kind": kind,
                "sha256": papers.sha256(content) if kind == "certificate_copy" else None, "lodged_on": lodged,
            }
        )  # fmt: skip


def prefecture(zone: str, day: date) -> str:
    """The prefecture a slip of that day should name."""
    _, _, before, after, _ = ZONES[zone]
    return after if day >= MAP_CHANGED else before


def _purchase(months: dict[str, Tables], slip: Slip) -> None:
    tables = months[slip.sent or month_of(slip.day)]
    first_sale = slip.produced_on is not None
    row: Row = {
        "slip_number": slip.number, "booklet_number": slip.booklet, "purchase_date": slip.day,
        "buyer_id": slip.buyer.actor_id, "buyer_licence": slip.buyer.licence, "seller_id": slip.seller.actor_id,
        "seller_name": slip.seller.name, "seller_licence": slip.seller.licence, "origin_subprefecture": slip.zone,
        "mine_site_id": slip.seller.site if first_sale else None, "stones": sizes.stones(slip.sizes),
        "carats": ct(slip.carats), "price_xaf": slip.price, "prefecture": prefecture(slip.zone, slip.day),
        "purchase_place": slip.place, "register_number": slip.line[0] or None, "line_number": slip.line[1] or None,
        "audit_reference": None,
    }  # fmt: skip
    tables["purchase"].append(row | slip.changed)
    tables["purchase_source"] += [
        {"slip_number": slip.number, "source_slip_number": s.number, "carats": ct(s.carats)} for s in slip.sources
    ]
    tables["assortment"] += _assortment("purchase", slip.number, slip.sizes)
    if slip.produced_on is not None:
        months[slip.sent or month_of(slip.produced_on)]["production"].append(
            {
                "register_number": slip.line[0], "line_number": slip.line[1], "miner_id": slip.seller.actor_id,
                "licence_number": slip.changed.get("seller_licence", slip.seller.licence),
                "mine_site_id": slip.changed.get("mine_site_id", slip.seller.site),
                "subprefecture": slip.dug or slip.zone, "produced_on": slip.produced_on,
                "stones": sizes.stones(slip.sizes), "carats": ct(slip.produced),
            }
        )  # fmt: skip


def _transfer(rng: Random, tables: Tables, bag: Bag) -> None:
    tables["transfer"].append(
        {
            "sheet_number": bag.number, "bag_seal": f"SI-{rng.randint(100, 999)}{bag.number[-4:]}",
            "carrier": bag.carrier.name, "from_place": bag.from_place, "to_place": "Bangui",
            "departed_on": bag.departed_on, "arrived_on": bag.arrived_on,
            "carats": ct(sum(s.carats for s in bag.slips)),
        }
    )  # fmt: skip
    tables["transfer_item"] += [
        {"sheet_number": bag.number, "slip_number": s.number, "carats": ct(s.carats)} for s in bag.slips
    ]


def _assortment(kind: str, subject: str, profile: sizes.Profile) -> list[Row]:
    return [
        {"subject_kind": kind, "subject_id": subject, "size_class": name, "stones": n, "carats": ct(w)}
        for name, (n, w) in profile.items()
    ]
