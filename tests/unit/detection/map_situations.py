"""Situations on the map that the tests of several detectors share: real places, two mines in each of four zones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carmonitor.detection import detect
from carmonitor.findings import result_digest
from carmonitor.records.evidence import Evidence
from carmonitor.records.places import Gazetteer
from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SCHEMAS, SPECS

GAZETTEER = Gazetteer.load(SCHEMAS / "gazetteer.yaml")

MINES = [
    {"mine_site_id": name, "longitude": lon, "latitude": lat, "subprefecture": zone}
    for name, lon, lat, zone in (
        ("BER-1", 15.90, 4.30, "Berberati"), ("BER-2", 15.70, 4.20, "Berberati"),
        ("NOL-1", 16.05, 3.60, "Nola"), ("NOL-2", 16.10, 3.45, "Nola"),
        ("BOD-1", 17.40, 4.20, "Boda"), ("BOD-2", 17.30, 4.10, "Boda"),
        ("CAR-1", 15.95, 4.90, "Carnot"), ("CAR-2", 16.10, 4.80, "Carnot"),
    )
]  # fmt: skip


def on_the_map(as_of: str = "2021-07-31", **kinds: Any) -> Evidence:
    """Evidence with the gazetteer that ships, and the mines above unless ``mine_site`` says otherwise."""
    known = evidence(as_of, **({"mine_site": MINES} | kinds))
    resolved = {}
    for kind, frame in known.frames.items():
        places = [c.removesuffix("_resolved") for c in frame.columns if c.endswith("_resolved")]
        resolved[kind] = frame.assign(**{f"{c}_resolved": GAZETTEER.resolve(frame[c]) for c in places})
    return replace(known, gazetteer=GAZETTEER, frames=resolved)


def digest(detector_id: str, e: Evidence) -> str:
    """A fingerprint of all that a detector says."""
    return result_digest(detect(e, {detector_id: SPECS[detector_id]}, RULEBOOK.regimes).findings)


def backwards(e: Evidence) -> Evidence:
    """The same evidence with the rows of every frame in the opposite order."""
    return replace(e, frames={k: f.iloc[::-1].reset_index(drop=True) for k, f in e.frames.items()}, _cache={})


def unchecked(detector_id: str, e: Evidence) -> set[tuple[str, str]]:
    """(reason, subject) of all that could not be checked, over all periods."""
    found = detect(e, {detector_id: SPECS[detector_id]}, RULEBOOK.regimes).findings
    return {(str(f.reason), s) for f in found if f.outcome == "not_evaluated" for s in f.evidence["subjects"]}
