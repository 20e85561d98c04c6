"""Situations that several detector tests share, and one way to run a detector on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from carmonitor.detection import detect
from carmonitor.findings import Finding
from carmonitor.framework.engine import Coverage
from carmonitor.framework.rulebook import load_rulebook, load_specs
from carmonitor.records.evidence import Evidence
from carmonitor.settings import schemas_dir

SCHEMAS: Path = schemas_dir()
SPECS = load_specs(SCHEMAS / "detectors.yaml")
RULEBOOK = load_rulebook(SCHEMAS / "rulebook")


def run(detector_id: str, e: Evidence) -> list[Finding]:
    """The findings of one detector, in the order of their ids."""
    found = detect(e, {detector_id: SPECS[detector_id]}, RULEBOOK.regimes).findings
    return sorted(found, key=lambda f: f.finding_id)


def leads(detector_id: str, e: Evidence) -> list[Finding]:
    return [f for f in run(detector_id, e) if f.outcome == "lead"]


def reasons(detector_id: str, e: Evidence) -> dict[str, list[str]]:
    """Reason → the subjects that could not be checked for it."""
    silent = [f for f in run(detector_id, e) if f.outcome == "not_evaluated"]
    return {str(f.reason): list(f.evidence["subjects"]) for f in silent}


def coverage(detector_id: str, e: Evidence) -> Coverage:
    """The detector's main coverage row."""
    return detect(e, {detector_id: SPECS[detector_id]}, RULEBOOK.regimes).coverage[0]


def slip(number: str, price: int | None, buyer: str | None = "C-01", **changed: Any) -> dict[str, Any]:
    """One stone of one carat from Boda, bought in February 2021."""
    return {
        "slip_number": number, "purchase_date": "2021-02-10", "buyer_id": buyer, "stones": 1, "carats": "1.00",
        "price_xaf": price, "origin_subprefecture": "Boda",
    } | changed  # fmt: skip


def peers(count: int = 40, cheap: int = 100, dear: int = 200) -> list[dict[str, Any]]:
    """Slips of ten other buyers, half at one price and half at the other: quartiles 100 and 200 XAF/ct by default."""
    return [slip(f"P{i:03}", cheap if i < count // 2 else dear, f"C-{50 + i % 10}") for i in range(count)]
