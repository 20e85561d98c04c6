"""Frames for people: exact text, and nulls that stay nulls."""

from __future__ import annotations

from carmonitor.records.display import for_people
from tests.evidence_builder import evidence


def test_amounts_days_and_blanks_of_a_frame_with_both() -> None:
    frame = evidence(
        shipment=[
            {"certificate_number": "CF1", "carats": "10.50", "issue_date": "2021-03-10", "exporter_name": "A"},
            {"certificate_number": "CF2"},
        ]
    )["shipment"]
    shown = for_people("shipment", frame)[["certificate_number", "carats", "issue_date", "exporter_name"]]
    assert shown.to_dict("records") == [
        {"certificate_number": "CF1", "carats": "10.50", "issue_date": "2021-03-10", "exporter_name": "A"},
        {"certificate_number": "CF2", "carats": None, "issue_date": None, "exporter_name": None},
    ]
