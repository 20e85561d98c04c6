"""Whatever the order in which papers come, detectors say the same, and they stand any kind that is absent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from carmonitor.detection import detect
from carmonitor.findings import result_digest
from carmonitor.records.evidence import Evidence
from tests.evidence_builder import evidence
from tests.unit.detection import (
    test_contents,
    test_drift,
    test_footprint,
    test_imbalance,
    test_jumps,
    test_parcels,
    test_rhythm,
    test_silence,
)
from tests.unit.detection.situations import RULEBOOK, SPECS
from tests.unit.detection.test_books import book, honest
from tests.unit.detection.test_related import BIG, HOUSE, NEW, OTHER, SISTER, exports, listed, shipment

SITUATIONS: dict[str, Any] = {
    "F10": lambda: test_imbalance.held("150.00"),
    "F11": lambda: test_silence.year({2: 0, 3: 0}),
    "F12": lambda: test_jumps.trade(3.0),
    "F16": lambda: test_footprint.exported(test_footprint.times(test_footprint.EASTERN, 4)),
    "F19": lambda: exports(HOUSE, SISTER, OTHER, watchlist_entry=[listed()]),
    "F20": lambda: exports(HOUSE, NEW, shipments=[*BIG, shipment("CF2", "E-02", "90.00")]),
    "F21": lambda: evidence(purchase=[*book("X-01", [123] * 6 + [245] * 6), *honest()]),
    "F28": lambda: exports(HOUSE, OTHER | {"phone": HOUSE["phone"]}, OTHER | {"phone": "+236 70 00 00 99"}),
    "F29": lambda: test_drift.history(-0.02),
    "F32": lambda: test_footprint.market(8),
    "F34": lambda: test_contents.exported(30, 20),
    "F35": lambda: test_rhythm.market(*test_rhythm.sales("M-X", test_rhythm.WEEKLY)),
    "F33": lambda: test_parcels.certificates("6000.00"),
}


def told(detector_id: str, e: Evidence) -> tuple[str, Any, bool]:
    found = detect(e, {detector_id: SPECS[detector_id]}, RULEBOOK.regimes)
    return result_digest(found.findings), found.coverage, any(f.outcome == "lead" for f in found.findings)


@pytest.mark.parametrize("detector_id", SITUATIONS)
def test_the_order_of_the_rows_changes_nothing(detector_id: str) -> None:
    e = SITUATIONS[detector_id]()
    digest, coverage, some = told(detector_id, e)
    assert some
    for seed in (1, 2):
        frames = {k: f.sample(frac=1, random_state=seed).reset_index(drop=True) for k, f in e.frames.items()}
        assert told(detector_id, replace(e, frames=frames, _cache={}))[:2] == (digest, coverage)


@pytest.mark.parametrize("detector_id", SITUATIONS)
def test_a_kind_that_is_not_held_stops_nobody(detector_id: str) -> None:
    e = SITUATIONS[detector_id]()
    assert not told(detector_id, evidence())[2]
    for kind, frame in e.frames.items():
        if len(frame):
            sources = e.sources[e.sources["kind"] != kind]
            without = replace(e, frames={**e.frames, kind: frame.iloc[:0]}, sources=sources, _cache={})
            detect(without, {detector_id: SPECS[detector_id]}, RULEBOOK.regimes)
