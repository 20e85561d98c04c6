"""A small export, made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.dossier.export import ExportView
from carmonitor.dossier.reconciliation import overdue, reconciliation, subtotals
from tests.evidence_builder import evidence

SHIPMENT: dict[str, Any] = {
    "certificate_number": "CF000101",
    "issue_date": "2021-03-10",
    "export_date": "2021-03-12",
    "exporter_name": "=BADIAM()",
    "destination_country": "BE",
    "parcel_count": 2,
    "carats": "1120.50",
    "value_usd": "20000.00",
    "status": "issued",
}
CONFIRMATION: dict[str, Any] = {
    "certificate_number": "CF000101",
    "importing_country": "BE",
    "received_on": "2021-03-20",
    "parcel_count": 2,
    "carats": "1119.50",
    "value_usd": "20000.00",
    "outcome": "accepted",
}
PLACE = {"submission_id": "S1", "file": "retour_2021-03.xlsx", "sheet": "Expéditions", "row": 7}


def finding(**changed: Any) -> dict[str, Any]:
    """A finding as the JSON of design.md."""
    return {
        "finding_id": "F1", "case_id": "K-1", "rule_id": "M-06", "title": "Poids confirmé", "outcome": "breach",
        "severity": "E", "subject_kind": "certificate", "subject_id": "CF000101", "period": "2021-03",
        "day": "2021-03-10", "regime": "OF2019", "message": "1,120.50 ct certified, 1,119.50 ct confirmed.",
        "advice": "Ask the importing authority.", "reason": None, "rank": None, "score": None, "innocent_cause": None,
        "evidence": {"exported_carats": "1120.50", "confirmed_carats": "1119.50"},
        "parameters": [{"name": "tolerance_percent", "value": "0.1", "unit": "percent", "basis": "project-default"}],
        "caveats": [], "certainty": "P", "source": {"title": "KPCS, Annex I", "url": ""}, "lineage": [PLACE],
        **changed,
    }  # fmt: skip


@pytest.fixture
def view() -> ExportView:
    held = evidence(
        shipment=[SHIPMENT, SHIPMENT | {"certificate_number": "CF000102", "destination_country": "AE"}],
        import_confirmation=[CONFIRMATION, CONFIRMATION | {"certificate_number": "CF999999"}],
    )
    page = reconciliation(held)
    return ExportView(
        run={
            "run_id": "R0123456789abcdef",
            "as_of": "2021-07-31",
            "rulebook_hash": "aabbccddeeff00112233",
            "evidence_digest": "e1",
            "result_digest": "r1",
            "code_version": "0.1.0",
            "context": {"alone": False},
        },
        cases=[
            {
                "case_id": "K-1", "status": "open", "severity": "E", "subject_kind": "certificate",
                "subject_id": "CF000101", "rules": ["M-06", "M-04"], "standing": 2, "resolved": 0, "origin": "rule",
                "opened_as_of": held.as_of, "assigned_to": None, "outcome": None,
            }
        ],
        findings=[
            finding(),
            finding(finding_id="F2", severity="W", rule_id="M-05"),
            finding(finding_id="F3", outcome="lead", severity="W", rank=1, score=3.25, innocent_cause="A large stone."),
            finding(
                finding_id="F4", case_id=None, outcome="not_evaluated", severity="I", reason="carats is blank", day=None
            ),
        ],
        evidence_rows=[
            {
                "kind": "shipment", "file": PLACE["file"], "sheet": PLACE["sheet"], "row": 7,
                "values": {"certificate_number": "CF000101", "issue_date": "2021-03-10", "carats": "1120.50",
                           "exporter_name": "=BADIAM()", "seal_number": "+0042"},
            }
        ],
        coverage=[{"rule_id": "M-06", "evaluated": 2, "passed": 1, "breached": 1, "not_evaluated": 0, "reason": None}],
        reconciliation=page,
        subtotals=subtotals(page),
        overdue=overdue(page, warning_after_days=60, error_after_days=90),
    )  # fmt: skip
