"""A batch without a fault, for any regime: every kind of paper, made around one day of issue.

miner → collector → resale in Bangui → buying house → parcel 1; cooperative → buying house → parcel 2. The weights are
such that binary fractions would not add up (0.10 + 0.20 = 0.30).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from carmonitor.records.evidence import Evidence
from tests.evidence_builder import evidence
from tests.unit.framework.papers import PARTICIPANTS, TEAM, ZONES, with_places

NUMBER = "CF000101"
HOUSE, COLLECTOR, MINER, COOPERATIVE = "BA-1", "COL-1", "ART-1", "COOP-1"
SELLERS = {MINER: "Artisan Un", COOPERATIVE: "Coopérative Deux", COLLECTOR: "Collecteur Trois"}
NAMES = {HOUSE: "Bureau d'achat Quatre", **SELLERS}


def clean(issue: date, *, prior_approval: bool, lawful: bool = True, **changed: Any) -> Evidence:
    """Everything that was known four months after ``issue``.

    ``lawful``: False leaves out the certificate and what hangs on it (the suspension); ``prior_approval``: papers of
    the Monitoring Team's approval. ``changed``: kinds to put in place of the usual ones.
    """
    home = f"SPPK@{issue:%Y-%m}"
    kinds = {**_chain(issue), **_registers(issue)}
    if lawful:
        kinds |= _export(issue, prior_approval)
    kinds |= changed
    for kind, rows in kinds.items():
        of_team = kind in _registers(issue)
        kinds[kind] = [{"return_id": TEAM if of_team else home, **row} for row in rows]
    as_of = issue + timedelta(days=120)
    return with_places(
        evidence(
            as_of.isoformat(),
            monitoring_from=issue.replace(day=1).isoformat(),
            expected_senders=(),
            **kinds,
        )
    )


def _export(issue: date, prior_approval: bool) -> dict[str, list[dict[str, Any]]]:
    def before(days: int) -> date:
        return issue - timedelta(days=days)

    house, importer = NAMES[HOUSE], "Example Rough Trading DMCC"
    approval = {
        "approval_requested_on": before(6), "approval_reference": "MT-1", "approval_date": before(2),
    }  # fmt: skip
    paper = {"certificate_number": NUMBER, "lodged_on": issue + timedelta(days=1)}
    files = {
        "copie.pdf": "certificate_copy", "original.pdf": "certificate_original", "photo_1.png": "photograph",
        "photo_2.png": "photograph",
    }  # fmt: skip
    return {
        "return_declaration": [
            {"period": f"{issue:%Y-%m}", "sender": "SPPK", "submitted_on": issue + timedelta(days=12),
             "nil_return": False, "certificate_count": 1, "total_carats": "30.60", "total_value_usd": "5202.00"}
        ],
        "shipment": [
            {"certificate_number": NUMBER, "issue_date": issue, "expiry_date": issue + timedelta(days=59),
             "issuing_authority": "SPPK", "signatory": "J. Exemple", "exporter_id": HOUSE, "exporter_name": house,
             "importer_name": importer, "destination_country": "AE", "origin_country": "CF", "parcel_count": 2,
             "carats": "30.60", "value_usd": "5202.00", "seal_number": "SC-1", "export_date": issue,
             "valuation_number": "BEC-1", "valuation_date": before(1), "valuation_usd": "5202.00",
             "levy_xaf": 121_797 if issue >= date(2019, 12, 1) else 190_308, "status": "issued",
             **(approval if prior_approval else {})}
        ],
        "parcel": [
            {"certificate_number": NUMBER, "parcel_number": "1", "hs_code": "710231", "stones": 40, "carats": "30.30",
             "value_usd": "5151.00"},
            {"certificate_number": NUMBER, "parcel_number": "2", "hs_code": "710210", "stones": 3, "carats": "0.30",
             "value_usd": "51.00"},
        ],
        "parcel_source": [
            {"certificate_number": NUMBER, "parcel_number": "1", "slip_number": "B000051", "carats": "30.30"},
            {"certificate_number": NUMBER, "parcel_number": "2", "slip_number": "B000052", "carats": "0.10"},
            {"certificate_number": NUMBER, "parcel_number": "2", "slip_number": "B000053", "carats": "0.20"},
        ],
        "document": [{**paper, "file_name": f"{NUMBER}_{name}", "kind": kind} for name, kind in files.items()],
        "import_confirmation": [
            {"certificate_number": NUMBER, "importing_country": "AE", "received_on": issue + timedelta(days=3),
             "confirmed_on": issue + timedelta(days=6), "importer_name": importer, "exporter_name": house,
             "parcel_count": 2, "carats": "30.60", "value_usd": "5202.00", "outcome": "accepted"}
        ],
    }  # fmt: skip


def _chain(issue: date) -> dict[str, list[dict[str, Any]]]:
    def before(days: int) -> date:
        return issue - timedelta(days=days)

    def slip(number: str, buyer: str, seller: str, day: date, carats: str, line: str | None, place: str) -> dict:
        return {
            "slip_number": number, "booklet_number": "CB-2" if buyer == HOUSE else "CB-1", "purchase_date": day,
            "buyer_id": buyer, "buyer_licence": f"L-{buyer}", "seller_id": seller, "seller_name": SELLERS[seller],
            "seller_licence": f"L-{seller}", "origin_subprefecture": "Boda", "prefecture": "Lobaye", "stones": 5,
            "carats": carats, "price_xaf": 100_000, "purchase_place": place,
            "register_number": f"CP-{seller}" if line else None, "line_number": line, "mine_site_id": "SITE-1",
        }  # fmt: skip

    def line(seller: str, number: str, day: date, carats: str) -> dict:
        return {
            "register_number": f"CP-{seller}", "line_number": number, "miner_id": seller,
            "licence_number": f"L-{seller}", "subprefecture": "Boda", "produced_on": day, "stones": 5,
            "carats": carats, "mine_site_id": "SITE-1",
        }  # fmt: skip

    return {
        "production": [
            line(MINER, "1", before(25), "10.10"),
            line(MINER, "2", before(24), "20.20"),
            line(COOPERATIVE, "1", before(20), "0.30"),
        ],
        "purchase": [
            slip("B000001", COLLECTOR, MINER, before(23), "10.10", "1", "Boda"),
            slip("B000002", COLLECTOR, MINER, before(22), "20.20", "2", "Boda"),
            slip("B000051", HOUSE, COLLECTOR, before(10), "30.30", None, "Bangui"),
            slip("B000052", HOUSE, COOPERATIVE, before(18), "0.10", "1", "Boda"),
            slip("B000053", HOUSE, COOPERATIVE, before(18), "0.20", "1", "Boda"),
        ],
        "purchase_source": [
            {"slip_number": "B000051", "source_slip_number": "B000001", "carats": "10.10"},
            {"slip_number": "B000051", "source_slip_number": "B000002", "carats": "20.20"},
        ],
        "transfer": [
            {"sheet_number": f"FT-{n}", "bag_seal": f"SB-{n}", "carrier": carrier, "from_place": "Boda",
             "to_place": "Bangui", "departed_on": before(15), "arrived_on": before(14), "carats": carats}
            for n, carrier, carats in ((1, COLLECTOR, "30.30"), (2, HOUSE, "0.30"))
        ],
        "transfer_item": [
            {"sheet_number": "FT-1", "slip_number": "B000001", "carats": "10.10"},
            {"sheet_number": "FT-1", "slip_number": "B000002", "carats": "20.20"},
            {"sheet_number": "FT-2", "slip_number": "B000052", "carats": "0.10"},
            {"sheet_number": "FT-2", "slip_number": "B000053", "carats": "0.20"},
        ],
        "assortment": [
            {"subject_kind": "purchase", "subject_id": number, "size_class": "1.00-1.99", "stones": 5, "carats": carats}
            for number, carats in (("B000001", "10.10"), ("B000002", "20.20"))
        ],
    }  # fmt: skip


def _registers(issue: date) -> dict[str, list[dict[str, Any]]]:
    year, start = issue.year, date(issue.year - 2, 1, 1)
    kinds = {HOUSE: "buying_house", COLLECTOR: "collector", MINER: "miner", COOPERATIVE: "cooperative"}
    meetings = [issue - timedelta(days=n) for n in (200, 100, 10, -15, -60)]
    return {
        "zone": list(ZONES),
        "kp_participant": list(PARTICIPANTS),
        "actor": [
            {"actor_id": i, "name": NAMES[i], "kind": kind, "registered_on": start} for i, kind in kinds.items()
        ],
        "licence": [{"licence_number": f"L-{i}", "actor_id": i, "kind": kind, "valid_from": start}
                    for i, kind in kinds.items()],
        "certificate_block": [
            {"first_number": "CF000101", "last_number": "CF000150", "available_from": start}
        ],
        "slip_booklet": [
            {"booklet_number": "CB-1", "first_slip": "B000001", "last_slip": "B000050", "holder_id": COLLECTOR,
             "issued_on": issue - timedelta(days=40)},
            {"booklet_number": "CB-2", "first_slip": "B000051", "last_slip": "B000100", "holder_id": HOUSE,
             "issued_on": issue - timedelta(days=40)},
        ],
        "mine_site": [{"mine_site_id": "SITE-1", "name": "Chantier", "longitude": 17.4, "latitude": 4.3,
                       "subprefecture": "Boda", "crew_size": 60}],
        "signatory": [{"signatory": "J. Exemple", "valid_from": start}],
        "watchlist_entry": [{"list": "UN 2127", "entry_id": "1", "name": "Société Entièrement Autre",
                             "aliases": "Autre; Encore Autre", "listed_on": start}],
        "stock_declaration": [{"actor_id": i, "as_of": issue - timedelta(days=30), "carats": "0.00",
                               "audit_reference": f"INV-{i}"} for i in kinds],
        "security_event": [],
        "exchange_rate": [{"currency": "USD", "period": str(year), "xaf_per_unit": "585.34", "source": "test",
                           "certainty": "P"}],
        "committee_meeting": [
            {"committee": name, "held_on": day, "subprefecture": zone, "minutes_lodged": True}
            for day in meetings for name, zone in (("CLS Boda", "Boda"), ("CNS-PK", None))
        ],
        "filing": [
            {"report": report, "period": period, "filed_on": issue - timedelta(days=5)}
            for report, period in (
                ("annual_report", f"{year - 1}"), ("half_year_production", f"{year - 1}-H2"),
                ("quarterly_trade", f"{year - 1}-Q4"), ("quarterly_trade", f"{year}-Q1"),
            )
        ],
        "official_total": [],
    }  # fmt: skip
