"""The coverage report: shares rounded down, rules with nothing to check told apart, every reason named."""

import pytest

from carmonitor.dossier.coverage import coverage_report, share


def row(rule_id, evaluated=0, not_evaluated=0, reason=None, **more):
    usual = {"subject_kind": "certificate", "shipments": 0, "shipments_checked": 0}
    return {
        "rule_id": rule_id,
        "evaluated": evaluated,
        "not_evaluated": not_evaluated,
        "reason": reason,
        **usual,
        **more,
    }


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(999, 1000, "99.9"), (9999, 10000, "99.9"), (10, 10, "100.0"), (0, 3, "0.0"), (0, 0, None)],
)
def test_a_share_is_rounded_down_so_that_a_hundred_means_all(part, whole, shown) -> None:
    assert share(part, whole) == shown


def test_rules_checked_in_full_in_part_and_not_at_all_are_told_apart() -> None:
    report = coverage_report(
        [
            row("C-01", 40),
            row("A-01"),
            row("Z-01", 30, 10, subject_kind="purchase", shipments=41, shipments_checked=40),
            row("Z-01", not_evaluated=8, reason="left blank: origin", subject_kind="purchase", shipments=1),
            row("Z-01", not_evaluated=2, reason="not supplied: parcels", shipments=2),
        ],
        "en",
    )
    assert report.in_full == ("C-01",)
    assert report.idle == ("A-01",)
    why = "left blank: origin: 8 × purchase slip; not supplied: parcels: 2 × certificate"
    assert report.partly == (("Z-01", "purchase slip", "30 of 40 (75.0 %)", "40 of 41 (97.5 %)", why),)


def test_in_french_a_share_has_its_comma() -> None:
    (told,) = coverage_report([row("Z-01", 3, 5, shipments=8, shipments_checked=3)], "fr").partly
    assert told[2:4] == ("3 sur 8 (37,5 %)", "3 sur 8 (37,5 %)")
