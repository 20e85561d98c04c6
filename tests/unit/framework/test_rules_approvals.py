"""A-01, A-03 and A-04: the Monitoring Team's approval before export, 2015 to 2019."""

import pytest

from tests.evidence_builder import evidence
from tests.unit.framework.papers import CF1, CF2, certificate
from tests.unit.framework.rule_cases import Case, case, message, outcome_of, verify

MARCH = "SPPK@2019-03"


def approved(issue_date="2019-03-10", number=CF1, **more):
    usual = {
        "approval_requested_on": "2019-03-01",
        "approval_reference": "MT/2019/7",
        "approval_date": "2019-03-08",
        "return_id": f"SPPK@{issue_date[:7]}" if issue_date else MARCH,
    }
    return certificate(number, issue_date, **{**usual, **more})


def exported(*certificates, **more):
    return evidence("2020-01-31", shipment=list(certificates) or [approved()], **more)


A01 = [
    case("A-01", "fires", "no reference", exported(approved(approval_reference=None)), f"{CF1} reference E"),
    case("A-01", "fires", "no date", exported(approved(approval_date=None)), f"{CF1} date E"),
    case("A-01", "fires", "approved afterwards", exported(approved(approval_date="2019-03-20")), f"{CF1} late E"),
    case("A-01", "silent", "approved", exported()),
    case("A-01", "boundary", "on the same day", exported(approved(approval_date="2019-03-10"))),
    case("A-01", "boundary", "a day later", exported(approved(approval_date="2019-03-11")), f"{CF1} late E"),
    case(
        "A-01",
        "boundary",
        "last day of the old framework",
        exported(approved("2019-11-21", approval_reference=None)),
        f"{CF1} reference E",
    ),
    case("A-01", "boundary", "first day without", exported(approved("2019-11-22", approval_reference=None))),
    case("A-01", "boundary", "void", exported(approved(status="void", approval_reference=None))),
    case(
        "A-01",
        "missing",
        "no columns",
        exported(
            approved(approval_reference=None, approval_date=None),
            supplied={"shipment": ("certificate_number", "issue_date")},
        ),
        missing="not_supplied:approval_reference not_supplied:approval_date",
    ),
]


def answered(requested, answer, issue="2018-12-20"):
    return exported(approved(issue, approval_requested_on=requested, approval_date=answer))


A03 = [
    case("A-03", "fires", "three weeks", answered("2018-12-01", "2018-12-22"), f"{CF1} I"),
    case("A-03", "silent", "two days", answered("2018-12-01", "2018-12-03")),
    case("A-03", "boundary", "7 days", answered("2018-12-01", "2018-12-08")),
    case("A-03", "boundary", "8 days", answered("2018-12-01", "2018-12-09"), f"{CF1} I"),
    case("A-03", "boundary", "14 days for the last old request", answered("2018-10-31", "2018-11-14")),
    case("A-03", "boundary", "15 days for it", answered("2018-10-31", "2018-11-15"), f"{CF1} I"),
    case("A-03", "boundary", "8 days for the first new request", answered("2018-11-01", "2018-11-09"), f"{CF1} I"),
    case("A-03", "missing", "not answered", answered("2018-12-01", None), missing="blank:approval_date"),
    case("A-03", "missing", "no request", answered(None, "2018-12-01"), missing="blank:approval_requested_on"),
    case(
        "A-03",
        "missing",
        "no columns",
        exported(
            approved(approval_requested_on=None, approval_date=None),
            supplied={"shipment": ("certificate_number", "issue_date")},
        ),
        missing="not_supplied:approval_requested_on",
    ),
]


def on_days(*days, **more):
    return exported(*(approved(day, f"CF00000{n}", **more) for n, day in enumerate(days, start=1)))


A04 = [
    case("A-04", "fires", "two days", on_days("2019-03-10", "2019-03-20"), "CF@2019-03 W lead"),
    case(
        "A-04",
        "fires",
        "three days: the third certificate is one of them",
        on_days("2019-03-10", "2019-03-20", "2019-03-25"),
        "CF@2019-03 W lead",
    ),
    case("A-04", "silent", "one certificate a month", on_days("2019-03-10", "2019-04-10")),
    case("A-04", "boundary", "two certificates of one day", on_days("2019-03-10", "2019-03-10")),
    case(
        "A-04", "boundary", "void ones do not count", exported(approved(), approved("2019-03-20", CF2, status="void"))
    ),
    case("A-04", "boundary", "the second after the change", on_days("2019-11-20", "2019-11-22")),
    case("A-04", "boundary", "both before the change", on_days("2019-11-20", "2019-11-21"), "CF@2019-11 W lead"),
    case("A-04", "boundary", "last days of one month, first of the next", on_days("2019-03-31", "2019-04-01")),
    case(
        "A-04",
        "boundary",
        "two days are two days, whatever is held",
        on_days("2019-03-10", "2019-03-20", return_id="SPPK@2019-05"),
        "CF@2019-03 W lead",
    ),
    case(
        "A-04",
        "missing",
        "March came with a later return",
        on_days("2019-03-10", return_id="SPPK@2019-05"),
        missing="return_not_held:2019-03",
    ),
]

CASES = A01 + A03 + A04


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_situation(situation: Case) -> None:
    verify(situation)


def test_a_month_with_three_days_is_one_finding_on_the_first_two() -> None:
    (finding,) = outcome_of("A-04", on_days("2019-03-10", "2019-03-20", "2019-03-25")).findings
    assert finding.evidence == {
        "first_date": "2019-03-10",
        "second_date": "2019-03-20",
        "certificates": ["CF000001", "CF000002"],
    }


def test_the_limit_shown_is_that_of_the_request() -> None:
    (finding,) = outcome_of("A-03", answered("2018-10-31", "2018-11-20")).findings
    assert "the limit was 14 days" in message(finding, "en")
