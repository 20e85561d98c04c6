"""A number filled down a whole column, as spreadsheets do: every check still ends, within little memory.

Two thousand records of one number beside two thousand of the same are four million pairs: a check that lays them all
out takes hundreds of megabytes here, and at the size of a real month of a large region the machine.
"""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import cache

import pandas as pd
import pytest

from carmonitor import catalogues
from carmonitor.framework.checks import detector, rule
from carmonitor.framework.engine import evaluate
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence
from carmonitor.records.fields import DATE
from tests.evidence_builder import evidence
from tests.unit.framework.papers import GAZETTEER

ROWS = 2_000
CERTIFICATES = 50
MEMORY = 150_000_000
CATALOGUE = catalogues.packaged()
CHECKS = sorted(i for i, s in CATALOGUE.specs.items() if s.implementation in {**rule.checks, **detector.checks})

SLIP = {"slip_number": "B1", "carats": "1.00"}
LINE = {"register_number": "R1", "line_number": "1"}
FILLED_DOWN = {
    "purchase": SLIP | LINE | {
        "purchase_date": "2021-01-01", "seller_id": "M1", "seller_licence": "L1", "buyer_id": "H1",
        "buyer_licence": "L1", "origin_subprefecture": "Boda", "purchase_place": "Boda", "price_xaf": "1000",
        "booklet_number": "K1",
    },
    "purchase_source": SLIP | {"source_slip_number": "B1"},
    "parcel_source": SLIP | {"certificate_number": "CF", "parcel_number": "1"},
    "shipment": {"certificate_number": "CF", "issue_date": "2021-01-01", "exporter_id": "H1", "carats": "1.00"},
    "transfer": {"sheet_number": "F1", "bag_seal": "S1", "from_place": "Boda", "to_place": "Bangui", "carats": "1.00",
                 "departed_on": "2021-01-01", "arrived_on": "2021-01-01"},
    "transfer_item": SLIP | {"sheet_number": "F1"},
    "production": LINE | {"miner_id": "M1", "produced_on": "2021-01-01", "carats": "1.00", "subprefecture": "Boda"},
    "assortment": {"subject_kind": "purchase", "subject_id": "B1", "size_class": "1.00-1.99", "carats": "1.00"},
    "licence": {"licence_number": "L1", "actor_id": "M1", "valid_from": "2021-01-01"},
    "slip_booklet": {"booklet_number": "K1", "first_slip": "B1", "last_slip": "B9", "holder_id": "H1"},
}  # fmt: skip
NAMES = {"seller_id", "buyer_id", "actor_id", "miner_id", "holder_id"}


@cache
def filled_down() -> Evidence:
    """A record of each kind, again and again: with other days, weights and names, but with the same numbers."""
    e = evidence(monitoring_from="2020-01-01", **{kind: [record] for kind, record in FILLED_DOWN.items()})
    frames = {kind: _again(kind, frame) if kind in FILLED_DOWN else frame for kind, frame in e.frames.items()}
    return replace(e, frames=frames, gazetteer=GAZETTEER)


def _again(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    row = pd.Series(range(ROWS))
    again = frame.loc[frame.index.repeat(ROWS)].reset_index(drop=True)
    again["ref"] += row
    for name, value_type in KINDS[kind].field_types().items():
        if value_type is DATE:
            again[name] = again[name] + pd.to_timedelta(row % 90, unit="D")
        elif name == "carats":
            again[name] = again[name] + row.astype("Int64")
        elif name in NAMES or name == "certificate_number":
            several = row if name in NAMES else row % CERTIFICATES
            again[name] = (again[name] + several.astype("str")).astype("str")
    return again


@pytest.mark.parametrize("check_id", CHECKS)
def test_no_check_sets_all_records_of_a_number_beside_all_others(check_id: str) -> None:
    spec = CATALOGUE.specs[check_id]
    checks = rule.checks if spec.implementation in rule.checks else detector.checks
    given = replace(filled_down(), _cache={})
    tracemalloc.start()
    try:
        result = evaluate(checks[spec.implementation], spec, given, CATALOGUE.rulebook.regimes)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY
    assert sum(len(finding.refs) for finding in result.findings) < 200 * ROWS
