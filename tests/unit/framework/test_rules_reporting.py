"""M-01 to M-03: the monthly return, its totals and the copies lodged with it."""

import pytest

from tests.evidence_builder import RETURN, evidence
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

CF1, CF2 = "CF000001", "CF000002"
FEBRUARY = "SPPK@2021-02"
MARCH = {"period": "2021-03", "sender": "SPPK"}


def cover(count=1, carats="100.00", value="15000.00", **more):
    return [{**MARCH, "certificate_count": count, "total_carats": carats, "total_value_usd": value, **more}]


def certificate(number=CF1, **more):
    usual = {"issue_date": "2021-03-10", "carats": "100.00", "value_usd": "15000.00", "status": "issued"}
    return {"certificate_number": number, **usual, **more}


def march(shipment, declaration=None, **more):
    return evidence(shipment=shipment, return_declaration=cover() if declaration is None else declaration, **more)


def copy(number=CF1, **more):
    return {"certificate_number": number, "file_name": f"{number}.pdf", "kind": "certificate_copy", **more}


VOID = certificate(CF2, status="void", carats=None, value_usd=None)
M01 = [
    case(
        "M-01",
        "fires",
        "all totals differ",
        march([certificate()], cover(2, "100.01", "15000.01")),
        f"{RETURN} count E",
        f"{RETURN} carats E",
        f"{RETURN} value E",
    ),
    case(
        "M-01",
        "fires",
        "a nil return with a certificate",
        march([certificate()], cover(nil_return=True)),
        f"{RETURN} nil E",
    ),
    case(
        "M-01",
        "fires",
        "issued in another month",
        march([certificate(issue_date="2021-02-28")]),
        f"{CF1} other_month E",
    ),
    case(
        "M-01",
        "fires",
        "a copy of a certificate that no return lists",
        march([certificate()], document=[copy(CF2)]),
        f"{CF2} copy_without_row E",
    ),
    case("M-01", "silent", "everything agrees", march([certificate()], document=[copy()])),
    case("M-01", "silent", "a nil return without certificates", march([], cover(0, "0", "0", nil_return=True))),
    case("M-01", "boundary", "a void form counts, its goods do not", march([certificate(), VOID], cover(2))),
    case(
        "M-01",
        "boundary",
        "one hundredth of a carat",
        march([certificate()], cover(carats="99.99")),
        f"{RETURN} carats E",
    ),
    case("M-01", "boundary", "the first of the month", march([certificate(issue_date="2021-03-01")])),
    case(
        "M-01",
        "boundary",
        "the first of the next month",
        march([certificate(issue_date="2021-04-01")]),
        f"{CF1} other_month E",
    ),
    case(
        "M-01",
        "boundary",
        "November 2019 is no full month",
        evidence(
            return_declaration=[{**MARCH, "period": "2019-11", "certificate_count": 3, "return_id": "SPPK@2019-11"}]
        ),
    ),
    case(
        "M-01",
        "boundary",
        "a late copy of last month's certificate",
        march(
            [certificate(), certificate(CF2, issue_date="2021-02-10", return_id="SPPK@2021-02")], document=[copy(CF2)]
        ),
        missing="not_supplied:return_declaration",
    ),
    case(
        "M-01",
        "missing",
        "totals not declared",
        march([certificate()], cover(None, None, None)),
        missing="blank:certificate_count blank:total_carats blank:total_value_usd",
    ),
    case(
        "M-01",
        "missing",
        "no declaration at all",
        evidence(shipment=[certificate()]),
        missing="not_supplied:return_declaration",
    ),
    case(
        "M-01", "missing", "no shipment sheet", evidence(return_declaration=cover(0)), missing="not_supplied:shipment"
    ),
    case(
        "M-01",
        "missing",
        "a declaration without columns for its totals",
        march([certificate()], cover(None, None, None), supplied={"return_declaration": ("period", "sender")}),
        missing="not_supplied:certificate_count not_supplied:total_carats not_supplied:total_value_usd",
    ),
    case(
        "M-01",
        "missing",
        "a declaration sheet without a row",
        march([certificate()], [], supplied={"return_declaration": tuple(cover()[0])}),
        missing="not_held:return_declaration",
    ),
    case(
        "M-01",
        "missing",
        "a copy in a return without a shipment sheet",
        evidence(document=[copy(CF2)]),
        missing="not_supplied:return_declaration not_supplied:shipment",
    ),
    case(
        "M-01",
        "missing",
        "a shipment in quarantine",
        march([certificate()], cover(2), known_keys=[("shipment", "certificate_number", CF2)]),
        missing="in_quarantine:shipment",
    ),
    case(
        "M-01",
        "missing",
        "a copy of a certificate in quarantine",
        march([], cover(1), known_keys=[("shipment", "certificate_number", CF2)], document=[copy(CF2)]),
        missing="in_quarantine:shipment",
    ),
    case(
        "M-01",
        "missing",
        "an issued certificate without weight",
        march([certificate(carats=None)]),
        missing="blank:carats",
    ),
    case(
        "M-01",
        "missing",
        "a shipment in quarantine whose number could not be read",
        march([certificate()], cover(5, "500.00", "75000.00"), unreadable={"shipment": 1}),
        missing="in_quarantine:shipment",
    ),
    case(
        "M-01",
        "boundary",
        "the row in quarantine is another month's",
        march([certificate()], cover(2), unreadable={("shipment", "SPPK@2021-02"): 1}),
        f"{RETURN} count E",
        missing="not_supplied:return_declaration",
    ),
    case(
        "M-01",
        "missing",
        "a copy, and in another month a certificate in quarantine whose number could not be read",
        march([certificate()], document=[copy(CF2)], unreadable={("shipment", "SPPK@2021-02"): 1}),
        missing="in_quarantine:shipment not_supplied:return_declaration",
    ),
    case(
        "M-01",
        "boundary",
        "a copy, and in another month a certificate in quarantine with another number",
        march([certificate()], document=[copy(CF2)], known_keys=[("shipment", "certificate_number", "CF3", FEBRUARY)]),
        f"{CF2} copy_without_row E",
        missing="not_supplied:return_declaration",
    ),
    case(
        "M-01",
        "missing",
        "a copy whose number lost its leading zeros",
        march([certificate()], document=[copy("CF1")]),
        missing="written_otherwise:certificate_number",
    ),
    case(
        "M-01",
        "missing",
        "a copy without its row in a batch judged alone",
        march([certificate()], document=[copy(CF2)], history=False),
        missing="alone",
    ),
    case("M-01", "missing", "no issue date", march([certificate(issue_date=None)]), missing="blank:issue_date"),
]


def expecting(as_of, since="2021-03-01", history=True, received=None, **kinds):
    return evidence(
        as_of, expected_senders=("SPPK",), monitoring_from=since, history=history, received=received or {}, **kinds
    )


def sent(day):
    return cover(submitted_on=day)


APRIL = "SPPK@2021-04"
M02 = [
    case("M-02", "fires", "never came", expecting("2021-04-30"), f"{RETURN} missing W"),
    case(
        "M-02",
        "fires",
        "came late",
        expecting("2021-04-30", return_declaration=sent("2021-04-16"), received={RETURN: "2021-04-20"}),
        f"{RETURN} late W",
    ),
    case(
        "M-02",
        "fires",
        "no day stated: the day of arrival counts",
        expecting("2021-04-30", return_declaration=sent(None), received={RETURN: "2021-04-16"}),
        f"{RETURN} late W",
    ),
    case("M-02", "silent", "came in time", expecting("2021-04-30", return_declaration=sent("2021-04-10"))),
    case(
        "M-02",
        "silent",
        "a nil return is a return",
        expecting("2021-04-30", return_declaration=cover(0, nil_return=True, submitted_on="2021-04-10")),
    ),
    case(
        "M-02",
        "silent",
        "a correction after the due day of a return that had come in time",
        expecting("2021-04-30", return_declaration=sent("2021-04-25"), received={RETURN: "2021-04-12"}),
    ),
    case(
        "M-02",
        "boundary",
        "on the 15th",
        expecting("2021-04-30", return_declaration=sent("2021-04-15"), received={RETURN: "2021-04-20"}),
    ),
    case("M-02", "boundary", "not yet late on the 15th", expecting("2021-04-15")),
    case("M-02", "boundary", "late on the 16th", expecting("2021-04-16"), f"{RETURN} missing W"),
    case(
        "M-02",
        "boundary",
        "the first full month of monitoring",
        expecting("2021-05-16", "2021-03-02"),
        f"{APRIL} missing W",
    ),
    case(
        "M-02", "boundary", "December 2019 is the first month", expecting("2020-01-16", None), "SPPK@2019-12 missing W"
    ),
    case(
        "M-02",
        "boundary",
        "October 2024 is the last month",
        expecting("2025-07-01", "2024-10-01"),
        "SPPK@2024-10 missing W",
    ),
    case(
        "M-02",
        "boundary",
        "monitoring from the first of a month",
        expecting("2021-05-16", "2021-04-01"),
        f"{APRIL} missing W",
    ),
    case(
        "M-02",
        "boundary",
        "monitoring from the last of a month",
        expecting("2021-05-16", "2021-03-31"),
        f"{APRIL} missing W",
    ),
    case(
        "M-02",
        "boundary",
        "in time one month, late the next",
        expecting(
            "2021-05-31",
            return_declaration=[
                *sent("2021-04-10"),
                {**sent("2021-05-20")[0], "period": "2021-04", "return_id": APRIL},
            ],
            received={APRIL: "2021-05-20"},
        ),
        f"{APRIL} late W",
    ),
    case("M-02", "missing", "a batch judged alone", expecting("2021-04-30", history=False), missing="alone"),
]


def lodged(*documents, as_of="2021-07-31", issue_date="2021-03-10", **more):
    return evidence(as_of, shipment=[certificate(issue_date=issue_date)], document=list(documents), **more)


M03 = [
    case("M-03", "fires", "no copy", lodged(copy(CF2)), f"{CF1} missing W"),
    case("M-03", "fires", "a photograph is no copy", lodged(copy(kind="photograph")), f"{CF1} missing W"),
    case("M-03", "fires", "lodged late", lodged(copy(lodged_on="2021-05-01")), f"{CF1} late W"),
    case("M-03", "silent", "lodged in time", lodged(copy(lodged_on="2021-03-31"))),
    case("M-03", "silent", "lodged on a day not told", lodged(copy())),
    case("M-03", "boundary", "on the due day", lodged(copy(lodged_on="2021-04-15"))),
    case("M-03", "boundary", "the day after", lodged(copy(lodged_on="2021-04-16")), f"{CF1} late W"),
    case(
        "M-03",
        "boundary",
        "issued on the last of the month, just overdue",
        lodged(as_of="2021-04-16", issue_date="2021-03-31"),
        f"{CF1} missing W",
    ),
    case(
        "M-03",
        "boundary",
        "issued on the last of the month, not yet due",
        lodged(as_of="2021-04-15", issue_date="2021-03-31"),
    ),
    case(
        "M-03",
        "missing",
        "no column for the issue date",
        lodged(issue_date=None, supplied={"shipment": ("certificate_number",)}),
        missing="not_supplied:issue_date",
    ),
    case("M-03", "boundary", "not yet due", lodged(as_of="2021-04-15")),
    case("M-03", "boundary", "just overdue", lodged(as_of="2021-04-16"), f"{CF1} missing W"),
    case("M-03", "boundary", "in November 2019, no full month", lodged(issue_date="2019-11-30")),
    case("M-03", "boundary", "in December 2019", lodged(issue_date="2019-12-01"), f"{CF1} missing W"),
    case(
        "M-03", "boundary", "in October 2024", lodged(as_of="2025-01-31", issue_date="2024-10-31"), f"{CF1} missing W"
    ),
    case("M-03", "boundary", "in November 2024, no full month", lodged(as_of="2025-01-31", issue_date="2024-11-01")),
    case(
        "M-03",
        "boundary",
        "the first full month of monitoring",
        lodged(monitoring_from="2021-03-01"),
        f"{CF1} missing W",
    ),
    case("M-03", "boundary", "the month in which monitoring began", lodged(monitoring_from="2021-03-02")),
    case(
        "M-03",
        "boundary",
        "late, before monitoring",
        lodged(copy(lodged_on="2021-05-01"), monitoring_from="2021-04-01"),
    ),
    case(
        "M-03",
        "missing",
        "a document in quarantine whose number could not be read",
        lodged(unreadable={"document": 1}),
        missing="in_quarantine:document",
    ),
    case(
        "M-03",
        "boundary",
        "it does not matter where a late copy is held",
        lodged(copy(lodged_on="2021-05-01"), unreadable={"document": 1}),
        f"{CF1} late W",
    ),
    case("M-03", "missing", "no documents sheet", evidence(shipment=[certificate()]), missing="not_supplied:document"),
    case(
        "M-03",
        "missing",
        "the copy's row is in quarantine",
        lodged(known_keys=[("document", "certificate_number", CF1)]),
        missing="in_quarantine:document",
    ),
    case(
        "M-03",
        "missing",
        "the copy's row is in quarantine, in a later return",
        lodged(known_keys=[("document", "certificate_number", CF1, APRIL)]),
        missing="in_quarantine:document",
    ),
    case(
        "M-03",
        "boundary",
        "the row in quarantine is another certificate's copy",
        lodged(known_keys=[("document", "certificate_number", CF2)]),
        f"{CF1} missing W",
    ),
    case(
        "M-03",
        "boundary",
        "issued on the first day of monitoring",
        lodged(issue_date="2021-03-01", monitoring_from="2021-03-01"),
        f"{CF1} missing W",
    ),
    case("M-03", "missing", "no issue date", lodged(issue_date=None), missing="blank:issue_date"),
]

CASES = [*M01, *M02, *M03]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    verify(case)


def test_the_finding_shows_both_sums_and_their_rows() -> None:
    given = march([certificate()], cover(carats="99.99"))
    (finding,) = outcome_of("M-01", given).findings
    assert (finding.evidence["declared_carats"], finding.evidence["found_carats"]) == ("99.99", "100.00")
    assert finding.subject_kind == "return"
    assert finding.refs == (int(given["return_declaration"]["ref"].iloc[0]),)


def test_a_certificate_in_a_return_is_its_own_subject() -> None:
    (finding,) = outcome_of("M-01", march([certificate(issue_date="2021-02-28")])).findings
    assert (finding.subject_kind, finding.subject_id, finding.period) == ("certificate", CF1, "2021-03")
