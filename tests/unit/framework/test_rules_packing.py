"""D-01, D-02 and D-08: the certificate beside its packing list, photographs and valuation."""

import pytest

from carmonitor.records import KINDS
from tests.evidence_builder import evidence
from tests.unit.framework.papers import CF1, CF2, certificate, parcel
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

APRIL = {"return_id": "SPPK@2021-04"}
VOID, REPLACED = {"status": "void"}, {"status": "replaced"}


def without(kind, *columns):
    return {kind: [name for name in KINDS[kind].model_fields if name not in columns]}


def packed(*lines, count=1, carats="10.00", also=(), **more):
    """A certificate of this count and weight, and its packing list."""
    stated = certificate(parcel_count=count, carats=carats, **more.pop("stated", {}))
    return evidence(shipment=[stated, *also], **{"parcel": list(lines), **more})


TWO = (parcel(carats="4.00"), parcel(carats="6.00", parcel_number="2"))

D01 = [
    case("D-01", "fires", "one line too few", packed(parcel(), count=2), f"{CF1} count E"),
    case("D-01", "fires", "one line too many", packed(*TWO), f"{CF1} count E"),
    case("D-01", "fires", "lighter", packed(parcel(carats="9.00")), f"{CF1} carats E"),
    case("D-01", "fires", "heavier", packed(parcel(carats="11.00")), f"{CF1} carats E"),
    case("D-01", "fires", "no line at all", packed(), f"{CF1} count E", f"{CF1} carats E"),
    case("D-01", "fires", "a parcel told twice, differently", packed(parcel(), parcel(carats="1.00", **APRIL)),
         f"{CF1} count E", f"{CF1} carats E"),
    case("D-01", "fires", "the lines of another certificate do not count", packed(
        parcel(CF2), also=[certificate(CF2, parcel_count=1, carats="10.00")]), f"{CF1} count E", f"{CF1} carats E"),
    case("D-01", "fires", "the packing list came with another return", packed(
        parcel(carats="9.00", **APRIL), supplied={("parcel", "SPPK@2021-03"): None}), f"{CF1} carats E"),
    case("D-01", "fires", "no issue date", packed(*TWO, stated={"issue_date": None}), f"{CF1} count E"),
    case("D-01", "silent", "two lines", packed(*TWO, count=2)),
    case("D-01", "silent", "the same line in two returns", packed(parcel(), parcel(**APRIL))),
    case("D-01", "boundary", "0.01 ct heavier", packed(parcel(carats="10.01"))),
    case("D-01", "boundary", "0.02 ct heavier", packed(parcel(carats="10.02")), f"{CF1} carats E"),
    case("D-01", "boundary", "0.01 ct lighter", packed(parcel(carats="9.99"))),
    case("D-01", "boundary", "0.02 ct lighter", packed(parcel(carats="9.98")), f"{CF1} carats E"),
    case("D-01", "boundary", "0.1 and 0.2 are 0.3", packed(
        parcel(carats="0.10"), parcel(carats="0.20", parcel_number="2"), count=2, carats="0.30")),
    case("D-01", "boundary", "void and replaced", packed(
        parcel(CF2), stated=VOID, also=[certificate(CF2, parcel_count=5, carats="1.00", **REPLACED)])),
    case("D-01", "boundary", "no status", packed(*TWO, stated={"status": None}), f"{CF1} count E"),
    case("D-01", "boundary", "the count lacks, the weight does not", packed(parcel(carats="9.00"), count=None),
         f"{CF1} carats E"),
    case("D-01", "boundary", "the weight lacks, the count does not", packed(parcel(carats=None), count=2),
         f"{CF1} count E"),
    case("D-01", "missing", "no packing list", packed(supplied={"parcel": None}), missing="not_supplied:parcel"),
    case("D-01", "missing", "a line in quarantine", packed(
        parcel(), count=2, known_keys=[("parcel", "certificate_number", CF1)]), missing="in_quarantine:parcel"),
    case("D-01", "missing", "a line in quarantine that names no certificate", packed(
        parcel(), count=2, unreadable={"parcel": 1}), missing="in_quarantine:parcel"),
    case("D-01", "boundary", "such a line of another return", packed(
        parcel(), count=2, unreadable={("parcel", "SPPK@2021-04"): 1}), f"{CF1} count E"),
    case("D-01", "missing", "no count", packed(parcel(), count=None), missing="blank:parcel_count"),
    case("D-01", "missing", "no column for the count", packed(
        parcel(), count=None, supplied=without("shipment", "parcel_count")), missing="not_supplied:parcel_count"),
    case("D-01", "missing", "no weight on the certificate", packed(parcel(), carats=None), missing="blank:carats"),
    case("D-01", "missing", "no weight on a line", packed(
        parcel(carats=None), parcel(parcel_number="2"), count=2), missing="blank:carats"),
    case("D-01", "missing", "no weights on the list", packed(
        parcel(carats=None), supplied=without("parcel", "carats")), missing="not_supplied:carats"),
]  # fmt: skip


def picture(name="1.jpg", kind="photograph", of=CF1, **more):
    return {"certificate_number": of, "file_name": name, "kind": kind, **more}


def pictured(*documents, count=2, **more):
    stated = certificate(parcel_count=count, **more.pop("stated", {}))
    return evidence(shipment=[stated], **{"document": list(documents), **more})


A, B = "a" * 64, "b" * 64
DOCUMENTS = list(KINDS["document"].model_fields)

D02 = [
    case("D-02", "fires", "none", pictured(), f"{CF1} W"),
    case("D-02", "fires", "one for two parcels", pictured(picture()), f"{CF1} W"),
    case("D-02", "fires", "other papers are no photographs", pictured(
        picture(), picture("2.pdf", "valuation")), f"{CF1} W"),
    case("D-02", "fires", "a document that says nothing of its kind", pictured(picture(), picture("2.jpg", None)),
         f"{CF1} W"),
    case("D-02", "fires", "those of another certificate", pictured(picture(), picture("2.jpg", of=CF2)), f"{CF1} W"),
    case("D-02", "silent", "one for each parcel", pictured(picture(), picture("2.jpg"))),
    case("D-02", "silent", "more than parcels", pictured(picture(), picture("2.jpg"), picture("3.jpg"))),
    case("D-02", "silent", "they came with another return", pictured(
        picture(**APRIL), picture("2.jpg", **APRIL), supplied={("document", "SPPK@2021-03"): None})),
    case("D-02", "boundary", "one file named twice is one picture", pictured(
        picture(), picture(lodged_on="2021-03-12"), picture(sha256=A)), f"{CF1} W"),
    case("D-02", "boundary", "one content under two names is one picture", pictured(
        picture(sha256=A), picture("2.jpg", sha256=A)), f"{CF1} W"),
    case("D-02", "boundary", "a file told with its content and without is known by its content", pictured(
        picture(), picture(sha256=A), picture("2.jpg", sha256=A)), f"{CF1} W"),
    case("D-02", "boundary", "two contents", pictured(picture(sha256=A), picture("2.jpg", sha256=B))),
    case("D-02", "boundary", "two contents under one name are one file", pictured(
        picture(sha256=A), picture(sha256=B)), f"{CF1} W"),
    case("D-02", "boundary", "a certificate over no parcels needs none", pictured(count=0)),
    case("D-02", "boundary", "the day of the decision", pictured(stated={"issue_date": "2015-07-17"}), f"{CF1} W"),
    case("D-02", "boundary", "the day before", pictured(stated={"issue_date": "2015-07-16"})),
    case("D-02", "boundary", "the last day", pictured(stated={"issue_date": "2024-11-14"}), f"{CF1} W"),
    case("D-02", "boundary", "lifted", pictured(stated={"issue_date": "2024-11-15"})),
    case("D-02", "boundary", "void", pictured(stated=VOID)),
    case("D-02", "missing", "no documents supplied", pictured(supplied={"document": None}),
         missing="not_supplied:document"),
    case("D-02", "missing", "kinds not supplied", pictured(
        picture(kind=None), picture("2.jpg", None), supplied={"document": ["certificate_number", "file_name"]}),
        missing="not_supplied:kind"),
    case("D-02", "missing", "kinds not supplied, and no document of the certificate", pictured(
        supplied={"document": ["certificate_number", "file_name"]}), missing="not_supplied:kind"),
    case("D-02", "missing", "documents of a later return without kinds", pictured(
        picture(), picture("2.jpg", None, **APRIL),
        supplied={("document", "SPPK@2021-04"): ["certificate_number", "file_name"]}), missing="not_supplied:kind"),
    case("D-02", "missing", "a document in quarantine", pictured(
        picture(), known_keys=[("document", "certificate_number", CF1)]), missing="in_quarantine:document"),
    case("D-02", "missing", "a document in quarantine that names no certificate", pictured(
        picture(), unreadable={"document": 1}), missing="in_quarantine:document"),
    case("D-02", "boundary", "a document in quarantine beside enough", pictured(
        picture(), picture("2.jpg"), known_keys=[("document", "certificate_number", CF1)])),
    case("D-02", "boundary", "a document of another certificate in quarantine", pictured(
        picture(), known_keys=[("document", "certificate_number", CF2)]), f"{CF1} W"),
    case("D-02", "missing", "no count", pictured(count=None), missing="blank:parcel_count"),
    case("D-02", "missing", "no column for the count", pictured(
        count=None, supplied=without("shipment", "parcel_count")), missing="not_supplied:parcel_count"),
    case("D-02", "missing", "no issue date", pictured(stated={"issue_date": None}), missing="undated"),
]  # fmt: skip

VALUED = {
    "valuation_number": "BEC-1",
    "valuation_date": "2021-03-09",
    "valuation_usd": "1000.00",
    "value_usd": "1000.00",
}


def valued(supplied=None, **more):
    return evidence(shipment=[certificate(**{**VALUED, **more})], supplied=supplied)


D08 = [
    case("D-08", "fires", "nothing of a valuation", valued(
        valuation_number=None, valuation_date=None, valuation_usd=None), f"{CF1} absent W"),
    case("D-08", "fires", "no number", valued(valuation_number=None), f"{CF1} absent W"),
    case("D-08", "fires", "no date", valued(valuation_date=None), f"{CF1} absent W"),
    case("D-08", "fires", "no value", valued(valuation_usd=None), f"{CF1} absent W"),
    case("D-08", "fires", "valued after issue", valued(valuation_date="2021-03-20"), f"{CF1} after_issue W"),
    case("D-08", "fires", "certified lower", valued(value_usd="900.00"), f"{CF1} value W"),
    case("D-08", "fires", "certified higher", valued(value_usd="1100.00"), f"{CF1} value W"),
    case("D-08", "fires", "late and lower, no issue date", valued(
        issue_date=None, value_usd="900.00"), f"{CF1} value W"),
    case("D-08", "fires", "one of two certificates", evidence(shipment=[
        certificate(**VALUED), certificate(CF2, **{**VALUED, "valuation_number": None})]), f"{CF2} absent W"),
    case("D-08", "silent", "the day before, the same value", valued()),
    case("D-08", "boundary", "the same day", valued(valuation_date="2021-03-10")),
    case("D-08", "boundary", "the day after", valued(valuation_date="2021-03-11"), f"{CF1} after_issue W"),
    case("D-08", "boundary", "0.5 % above", valued(valuation_usd="1005.00")),
    case("D-08", "boundary", "a cent more", valued(valuation_usd="1005.01"), f"{CF1} value W"),
    case("D-08", "boundary", "0.5 % below", valued(valuation_usd="995.00")),
    case("D-08", "boundary", "a cent less", valued(valuation_usd="994.99"), f"{CF1} value W"),
    case("D-08", "boundary", "the share is of the certificate's value", valued(
        valuation_usd="1000.00", value_usd="995.01"), f"{CF1} value W"),
    case("D-08", "boundary", "worth nothing", valued(valuation_usd="0.00", value_usd="0.00")),
    case("D-08", "boundary", "void", valued(valuation_number=None, status="void")),
    case("D-08", "boundary", "replaced", valued(valuation_number=None, status="replaced")),
    case("D-08", "missing", "no number column", valued(without("shipment", "valuation_number"), valuation_number=None),
         missing="not_supplied:valuation_number"),
    case("D-08", "missing", "no number column, no issue date", valued(
        without("shipment", "valuation_number"), valuation_number=None, issue_date=None),
        missing="not_supplied:valuation_number blank:issue_date"),
    case("D-08", "missing", "no date column", valued(without("shipment", "valuation_date"), valuation_date=None),
         missing="not_supplied:valuation_date"),
    case("D-08", "missing", "no value column", valued(without("shipment", "valuation_usd"), valuation_usd=None),
         missing="not_supplied:valuation_usd"),
    case("D-08", "missing", "no columns", valued(
        without("shipment", "valuation_usd", "valuation_date", "valuation_number"),
        valuation_number=None, valuation_date=None, valuation_usd=None),
        missing="not_supplied:valuation_number not_supplied:valuation_date not_supplied:valuation_usd"),
    case("D-08", "missing", "no issue date", valued(issue_date=None), missing="blank:issue_date"),
    case("D-08", "missing", "no value on the certificate", valued(value_usd=None), missing="blank:value_usd"),
]  # fmt: skip

CASES = D01 + D02 + D08


@pytest.mark.parametrize("situation", CASES, ids=str)
def test_situation(situation: Case) -> None:
    verify(situation)


def test_a_packing_list_that_differs_stands_on_all_its_lines() -> None:
    e = packed(*TWO, count=3)
    (finding,) = outcome_of("D-01", e).findings
    assert finding.evidence["packing_lines"] == 2
    assert set(finding.refs) == {*e["shipment"]["ref"], *e["parcel"]["ref"]}


def test_too_few_photographs_are_named_with_their_rows() -> None:
    e = pictured(picture(), picture("x.pdf", "invoice"), count=3)
    (finding,) = outcome_of("D-02", e).findings
    assert finding.evidence == {"parcel_count": 3, "photographs": 1, "needed": 3}
    assert set(finding.refs) == {*e["shipment"]["ref"], e["document"]["ref"].iloc[0]}
