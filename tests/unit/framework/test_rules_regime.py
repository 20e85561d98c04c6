"""T-01 and T-02."""

import pytest

from tests.evidence_builder import evidence
from tests.unit.framework.rule_cases import Case, case, verify

CF1 = "CF000001"


def issued_on(day, **more):
    return evidence(shipment=[{"certificate_number": CF1, "issue_date": day, **more}])


CASES = [
    case("T-01", "fires", "no issue date", issued_on(None), f"{CF1} undated E"),
    case("T-01", "fires", "typed as 1921", issued_on("1921-03-04"), f"{CF1} before_regimes E"),
    case("T-01", "boundary", "the last day before the KP", issued_on("2002-12-31"), f"{CF1} before_regimes E"),
    case("T-01", "boundary", "the first day of the KP", issued_on("2003-01-01")),
    case("T-01", "boundary", "in a return of its own time", issued_on("2002-12-31", return_id="SPPK@2002-12")),
    case(
        "T-01",
        "boundary",
        "in the first return of the KP",
        issued_on("2002-12-31", return_id="SPPK@2003-01"),
        f"{CF1} before_regimes E",
    ),
    case("T-01", "silent", "dated", issued_on("2021-03-04")),
    case("T-01", "boundary", "a void form needs no date", issued_on(None, status="void")),
    case(
        "T-01",
        "missing",
        "no such column",
        evidence(shipment=[{"certificate_number": CF1}], supplied={"shipment": ["certificate_number"]}),
        missing="not_supplied:issue_date",
    ),
    case("T-02", "fires", "in the suspension (2014)", issued_on("2014-06-30"), f"{CF1} E"),
    case("T-02", "fires", "a blank status counts as issued", issued_on("2014-06-30", status=None), f"{CF1} E"),
    case("T-02", "silent", "a zone exists", issued_on("2016-06-01")),
    case("T-02", "boundary", "the first day of the suspension", issued_on("2013-05-23"), f"{CF1} E"),
    case("T-02", "boundary", "the day before", issued_on("2013-05-22")),
    case("T-02", "boundary", "the last day without a zone", issued_on("2016-04-30"), f"{CF1} E"),
    case("T-02", "boundary", "the first day with a zone", issued_on("2016-05-01")),
    case("T-02", "boundary", "a replaced certificate", issued_on("2014-06-30", status="replaced")),
    case("T-02", "missing", "no date", issued_on(None), missing="blank:issue_date"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    verify(case)
