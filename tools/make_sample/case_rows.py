"""A small batch without a fault: one certificate, its parcel, slips, papers, confirmation and registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tools.make_sample.common import Row, Tables, days
from tools.make_sample.plan import AUTHORITY

HOUSE = "Bureau d'achat d'un cas documenté (synthétique)"
SIGNATORY = "S. Exemple-Signataire (synthétique)"
OTHER = "CAS-AUTRE"
NOBODY = "Importer of a documented case (synthetic)"


@dataclass(frozen=True)
class Bought:
    """One slip: day, carats, XAF per carat, zone, its prefecture."""

    day: date
    carats: str
    xaf_per_carat: int
    zone: str = "Berberati"
    prefecture: str = "Mambéré-Kadéï"


def clean_batch(number: str, issue: date, destination: str, usd_per_carat: int, slips: list[Bought]) -> Tables:
    """Every paper of one certificate, in order. Before 2019-11-22 with the Monitoring Team's approval."""
    carats = sum((Decimal(s.carats) for s in slips), Decimal(0))
    value = (carats * usd_per_carat).quantize(Decimal("0.01"))
    approved = date(2015, 7, 17) <= issue < date(2019, 11, 22)
    key: Row = {"certificate_number": number, "parcel_number": "1"}
    rows = {
        "shipment": [_shipment(number, issue, destination, carats, value, approved)],
        "parcel": [key | {"hs_code": "710231", "stones": int(carats * 2), "carats": carats, "value_usd": value}],
        "parcel_source": [
            key | {"slip_number": f"B8{n:05d}", "carats": Decimal(s.carats)} for n, s in _numbered(slips)
        ],
        "purchase": [_purchase(n, s) for n, s in _numbered(slips)],
        "document": [
            {"certificate_number": number, "file_name": f"{number}_{name}", "kind": kind, "sha256": None,
             "lodged_on": issue + days(1)}
            for name, kind in (("copie.pdf", "certificate_copy"), ("photo_1.png", "photograph"),
                               ("colisage.pdf", "packing_list"))
        ],
        "import_confirmation": [
            {"certificate_number": number, "importing_country": destination, "received_on": issue + days(8),
             "confirmed_on": issue + days(11), "importer_name": NOBODY, "exporter_name": HOUSE, "parcel_count": 1,
             "carats": carats, "value_usd": value, "outcome": "accepted", "remarks": None}
        ],
        "actor": [
            {"actor_id": "CAS-BA", "name": HOUSE, "kind": "buying_house", "registered_on": date(2000, 1, 1)},
            {"actor_id": "CAS-ART", "name": "Artisan d'un cas documenté (synthétique)", "kind": "miner",
             "registered_on": date(2000, 1, 1)},
        ],
        "certificate_block": [
            {"first_number": f"{number[:-2]}01", "last_number": f"{number[:-2]}50",
             "available_from": date(issue.year, 1, 1), "available_to": None}
        ],
        "signatory": [{"signatory": SIGNATORY, "valid_from": date(2000, 1, 1), "valid_to": None}],
    }  # fmt: skip
    if issue >= date(2019, 11, 22):
        rows["return_declaration"] = [
            {"period": f"{issue:%Y-%m}", "sender": "SPPK", "submitted_on": _next_month(issue, 10), "nil_return": False,
             "certificate_count": 1, "total_carats": carats, "total_value_usd": value}
        ]  # fmt: skip
    return rows


def bought_by_others(
    count: int, first: date, xaf_per_carat: int, zone: str, prefecture: str
) -> tuple[list[Row], list[tuple[str, dict[str, tuple[int, Decimal]]]]]:
    """Slips of another buyer that lead to no certificate, and their profiles: 20 western stones each, or 19 and a large
    one on every sixth."""
    slips, profiles = [], []
    for n in range(count):
        number = f"B81{n:04d}"
        profile = {
            "0.01-0.49": (13, Decimal("3.40") + Decimal(n % 7) / 20),
            "0.50-0.99": (4, Decimal("2.60") + Decimal(n % 5) / 20),
            "1.00-1.99": (2, Decimal("2.70") + Decimal(n % 3) / 10),
        }
        size, weight = ("5.00-10.79", "5.40") if n % 6 == 0 else ("2.00-4.99", "2.90")
        profile[size] = (1, Decimal(weight))
        carats = str(sum((c for _, c in profile.values()), Decimal(0)))
        slip = _purchase(n, Bought(first + days(2 * n), carats, xaf_per_carat + 250 * (n % 9), zone, prefecture))
        slips.append(slip | {"slip_number": number, "buyer_id": OTHER, "buyer_licence": "LBA-AUTRE", "stones": 20})
        profiles.append((number, profile))
    return slips, profiles


def _shipment(number: str, issue: date, destination: str, carats: Decimal, value: Decimal, approved: bool) -> Row:
    return {
        "certificate_number": number, "issue_date": issue, "expiry_date": issue + days(59),
        "issuing_authority": AUTHORITY, "signatory": SIGNATORY, "exporter_id": "CAS-BA", "exporter_name": HOUSE,
        "importer_name": NOBODY, "destination_country": destination, "origin_country": "CF", "parcel_count": 1,
        "carats": carats, "value_usd": value, "seal_number": f"SC-{number[-4:]}", "export_date": issue + days(2),
        "valuation_number": f"BEC-{number[-4:]}", "valuation_date": issue - days(3), "valuation_usd": value,
        "approval_requested_on": issue - days(9) if approved else None,
        "approval_reference": f"MT-{issue:%Y-%m} (synthetic)" if approved else None,
        "approval_date": issue - days(4) if approved else None, "levy_xaf": None, "status": "issued",
        "replaces_certificate": None,
    }  # fmt: skip


def _purchase(n: int, slip: Bought) -> Row:
    return {
        "slip_number": f"B8{n:05d}", "purchase_date": slip.day, "buyer_id": "CAS-BA", "buyer_licence": "LBA-CAS",
        "seller_id": "CAS-ART", "seller_name": "Artisan d'un cas documenté (synthétique)", "seller_licence": "PAT-CAS",
        "origin_subprefecture": slip.zone, "prefecture": slip.prefecture, "stones": int(Decimal(slip.carats) * 2),
        "carats": Decimal(slip.carats), "price_xaf": int(Decimal(slip.carats) * slip.xaf_per_carat),
        "audit_reference": None,
    }  # fmt: skip


def _numbered(slips: list[Bought]) -> list[tuple[int, Bought]]:
    return list(enumerate(slips, start=1))


def _next_month(day: date, of_month: int) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, of_month)
