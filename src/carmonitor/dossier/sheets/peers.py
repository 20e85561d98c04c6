"""The numbers behind a case's drawings: what its lead compares it with, the sizes of its stones, its dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from carmonitor.detection.sizes import CLASSES, LOWER_BOUNDS
from carmonitor.dossier.sheets.figures import Arrival, Balance, CaseFigure, PricePeers, SizeProfile, Timeline
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.framework.checks import Params
from carmonitor.store import lookup

PEERS_SHOWN = 400

Case = Mapping[str, Any]
"""A case as ``cases.listing.show`` gives it."""


def figures_of(standing: Standing, cases: Sequence[Case]) -> list[tuple[CaseFigure, ...]]:
    """For each case what can be drawn of it, in a few queries for all: price peers, stock, dates, sizes."""
    prices, dates, sizes = _prices(standing, cases), _timelines(standing, cases), _sizes(standing, cases)
    return [
        (
            *(prices[f["finding_id"]] for f in case["findings"] if f["finding_id"] in prices),
            *(balance(f) for f in case["findings"] if f["rule_id"] == "F10"),
            *(figure[case["subject_id"]] for figure in (sizes, dates) if _is_shown(case, figure)),
        )
        for case in cases
    ]


def _is_shown(case: Case, figures: Mapping[str, CaseFigure]) -> bool:
    return case["subject_kind"] == "certificate" and case["subject_id"] in figures


def balance(finding: Mapping[str, Any]) -> Balance:
    """The stock that a stored F10 compares."""
    e = finding["evidence"]
    names = ("opening_carats", "bought_carats", "sold_carats", "expected_carats", "closing_carats")
    opened, closed = date.fromisoformat(e["opened_on"]), date.fromisoformat(e["closed_on"])
    return Balance(str(e["actor"]), opened, closed, *(Decimal(e[name]) for name in names))


# Prices among peers


def _prices(standing: Standing, cases: Sequence[Case]) -> dict[str, PricePeers]:
    findings = [f for case in cases for f in case["findings"] if f["rule_id"] == "F14"]
    slips = {str(f["subject_id"]) for f in findings}
    buyers = {r["slip_number"]: r["buyer_id"] for r in standing.plain("purchase", "slip_number", slips, _SLIP)}
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for finding in findings:
        groups[finding["evidence"]["quarter"], finding["evidence"]["size_class"]].append(finding)
    found = {}
    for (quarter, size_class), of_group in groups.items():
        peers = _peers(standing, quarter, size_class)
        for f in of_group:
            found[f["finding_id"]] = price_peers(f, buyers.get(f["subject_id"]), peers)
    return found


_SLIP = ["slip_number", "buyer_id"]

Peer = tuple[str | None, str | None, Decimal]
"""Buyer, zone, XAF per carat."""


def price_peers(finding: Mapping[str, Any], buyer: str | None, peers: Iterable[Peer]) -> PricePeers:
    """A stored F14 among slips of its quarter and size class: those of the same zone and of other buyers."""
    e = finding["evidence"]
    prices = sorted(price for who, zone, price in peers if zone == e["zone"] and who is not None and who != buyer)
    step = -(-len(prices) // PEERS_SHOWN) or 1
    return PricePeers(
        slip=str(finding["subject_id"]), price=Decimal(e["price_per_carat"]), median=Decimal(e["median_per_carat"]),
        fence=Decimal(e["fence_per_carat"]), zone=e["zone"], quarter=e["quarter"], size_class=e["size_class"],
        peers=tuple(prices[::step]), peers_count=len(prices),
    )  # fmt: skip


def _peers(standing: Standing, quarter: str, size_class: str) -> list[Peer]:
    span = pd.Period(quarter.replace("-", ""), freq="Q")
    place = CLASSES.index(size_class)
    low = 0 if place == 0 else LOWER_BOUNDS[size_class]
    high = LOWER_BOUNDS[CLASSES[place + 1]] if place + 1 < len(CLASSES) else None
    rows = lookup.prices_between(
        standing.connection, span.start_time.date(), (span + 1).start_time.date(), low, high
    )  # fmt: skip
    in_force = set(standing.of_kind("purchase").index)
    zones: dict[str | None, str | None] = {place: standing.zone(place) for place in {row[2] for row in rows}}
    return [
        (buyer, zones[place], (Decimal(xaf) * 100 / carats).quantize(Decimal(1)))
        for source_id, buyer, place, _, carats, xaf in rows
        if source_id in in_force
    ]


# Dates and sizes of certificates


def _certificates(cases: Sequence[Case]) -> set[str]:
    return {str(case["subject_id"]) for case in cases if case["subject_kind"] == "certificate"}


def _timelines(standing: Standing, cases: Sequence[Case]) -> dict[str, Timeline]:
    numbers, limits = _certificates(cases), Params(standing.catalogue.spec("M-04").parameters)
    sent_names = ["certificate_number", "issue_date", "export_date", "expiry_date"]
    names = ["certificate_number", "importing_country", "received_on", "confirmed_on", "outcome"]
    arrivals: dict[str, list[Arrival]] = defaultdict(list)
    for row in standing.plain("import_confirmation", "certificate_number", numbers, names):
        arrival = Arrival(row["importing_country"], _day(row["received_on"]), _day(row["confirmed_on"]), row["outcome"])
        arrivals[row["certificate_number"]].append(arrival)
    return {
        row["certificate_number"]: Timeline(
            row["certificate_number"], _day(row["issue_date"]), _day(row["export_date"]), _day(row["expiry_date"]),
            tuple(arrivals[row["certificate_number"]]), standing.as_of,
            int(limits["warning_after_days"]), int(limits["error_after_days"]),
        )
        for row in standing.plain("shipment", "certificate_number", numbers, sent_names)
    }  # fmt: skip


def _sizes(standing: Standing, cases: Sequence[Case]) -> dict[str, SizeProfile]:
    numbers = _certificates(cases)
    if not numbers:
        return {}
    sent = standing.plain("shipment", "certificate_number", None, ["certificate_number", "issue_date", "status"])
    issued = [row for row in sent if row["status"] in (None, "issued") and row["issue_date"]]
    quarter = {row["certificate_number"]: _quarter(row["issue_date"]) for row in issued}
    wanted = {quarter[number] for number in numbers if number in quarter}
    of_quarters = {number for number, q in quarter.items() if q in wanted}
    parcels = {
        f"{row['certificate_number']}/{row['parcel_number']}"
        for row in standing.plain("parcel", "certificate_number", of_quarters, ["certificate_number", "parcel_number"])
    }
    in_force = set(standing.of_kind("assortment").index)
    sums: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(CLASSES, 0))
    for source_id, parcel, size_class, carats in lookup.parcel_sizes(standing.connection, parcels):
        if source_id in in_force:
            sums[parcel.rpartition("/")[0]][size_class] += carats or 0
    return {number: _profile(number, quarter, sums) for number in sorted(numbers) if number in sums}


def _profile(number: str, quarter: Mapping[str, str], sums: Mapping[str, Mapping[str, int]]) -> SizeProfile:
    others = [own for other, own in sums.items() if other != number and quarter[other] == quarter[number]]
    return SizeProfile(
        certificate=number,
        quarter=quarter[number],
        classes=CLASSES,
        here=tuple(Decimal(sums[number][c]).scaleb(-2) for c in CLASSES),
        others=tuple(Decimal(sum(own[c] for own in others)).scaleb(-2) for c in CLASSES),
        certificates=len(others),
    )


def _quarter(day: str) -> str:
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
