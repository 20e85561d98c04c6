"""How leads fared with reviewers is counted from the cases they are in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from carmonitor.cases.workflow import decide, reopen
from carmonitor.detection.verdicts import Tally
from carmonitor.store import tables
from carmonitor.store.verdicts import tallies

from .stories import Office, breach, lead

LATER = datetime(2021, 8, 5, 12, tzinfo=UTC)


def case_of(office: Office, subject: str) -> str:
    [case] = [c["case_id"] for c in office.rows(tables.review_case) if c["subject_id"] == subject]
    return str(case)


def say(office: Office, subject: str, outcome: str) -> None:
    with office.write() as connection:
        decide(connection, case_of(office, subject), outcome=outcome, reason="seen", actor="awa", at=LATER)


def told(office: Office, as_of: date | None = None) -> dict[str, Tally]:
    with office.read() as connection:
        return tallies(connection, as_of=as_of)


@pytest.fixture
def decided(office: Office) -> Office:
    """Five leads of F14, one of them found by F15 too and one outside the budget; four of the cases are closed."""
    office.run(
        lead("CF1"), lead("CF2"), lead("CF3", evidence={"also_found_by": ["F15:value"]}), lead("CF4"),
        lead("CF5", rank=9, in_budget=False), breach("CF1"),
    )  # fmt: skip
    for subject, outcome in (
        ("CF1", "confirmed"), ("CF2", "explained"), ("CF3", "explained"), ("CF4", "referred_to_mission")
    ):  # fmt: skip
        say(office, subject, outcome)
    return office


def test_each_lead_counts_once_for_every_detector_that_found_it(decided: Office) -> None:
    found = told(decided)
    assert found == {"F14": Tally(5, 1, 2, 1), "F15": Tally(1, 0, 1)}
    assert found["F14"].open == 1


def test_only_what_was_decided_by_the_day_counts(decided: Office) -> None:
    assert told(decided, date(2021, 8, 4))["F14"] == Tally(5)
    assert told(decided, date(2021, 8, 5))["F14"] == Tally(5, 1, 2, 1)


def test_a_case_opened_again_is_open(decided: Office) -> None:
    with decided.write() as connection:
        reopen(connection, case_of(decided, "CF2"), reason="new paper", actor="awa", at=LATER)
    assert told(decided)["F14"] == Tally(5, 1, 1, 1)


def test_breaches_are_no_leads(decided: Office) -> None:
    assert "M-04" not in told(decided)


def test_before_the_first_lead_nothing_is_told(office: Office) -> None:
    assert told(office) == {}
