"""A batch without a fault gives no breach and no lead, in every regime and on the days they meet."""

from datetime import date

import pytest

from carmonitor.findings import Finding
from carmonitor.records import KINDS
from tests.unit.framework.clean import clean
from tests.unit.framework.matrix import checked_rules
from tests.unit.framework.rule_cases import outcome_of

DAYS = {
    "NONE": ["2002-12-31"],
    "KPCS": ["2003-01-01", "2013-05-22", "2024-11-15", "2025-06-10"],
    "SUSPENDED": ["2013-05-23", "2015-07-16"],
    "OF2015": ["2016-10-20", "2019-11-21"],
    "OF2019": ["2019-11-22", "2021-03-10", "2024-11-14"],
}
CASES = [(regime, date.fromisoformat(day)) for regime, days in DAYS.items() for day in days]


def all_findings(regime: str, day: date) -> list[Finding]:
    given = clean(day, prior_approval=regime == "OF2015", lawful=regime != "SUSPENDED")
    return [finding for spec in checked_rules() for finding in outcome_of(spec.id, given).findings]


@pytest.mark.parametrize(("regime", "day"), CASES, ids=str)
def test_a_clean_batch_gives_no_breach_and_no_lead(regime, day) -> None:
    facts = [(f.rule_id, f.subject_id, f.part, f.evidence) for f in all_findings(regime, day) if not f.reason]
    assert facts == []


def test_of_a_complete_batch_only_what_needs_a_whole_year_or_quarter_must_wait() -> None:
    waiting = {(f.rule_id, f.reason) for f in all_findings("OF2019", date(2021, 3, 10)) if f.reason}
    assert waiting == {("S-02", "year_open"), ("S-03", "year_open"), ("S-05", "return_not_held:2021-01")}


def test_the_clean_batch_supplies_every_kind_of_paper() -> None:
    given = clean(date(2021, 3, 10), prior_approval=False)
    empty = {kind for kind in KINDS if given[kind].empty}
    assert empty == {"security_event", "official_total"}


def test_weights_that_binary_floats_get_wrong_are_right() -> None:
    """0.1 + 0.2 > 0.3 and 10.1 + 20.2 < 30.3 in binary; every sum of the clean batch is made of such."""
    assert 0.1 + 0.2 != 0.3
    given = clean(date(2021, 3, 10), prior_approval=False)
    assert 10.1 + 20.2 != 30.3
    for rule_id in ("M-01", "M-06", "D-03", "D-10"):
        assert outcome_of(rule_id, given).coverage[0].passed > 0, rule_id
