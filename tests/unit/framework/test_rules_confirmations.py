"""M-04 to M-09: what the importing authorities confirm, beside what was certified."""

import pytest

from tests.evidence_builder import RETURN, evidence
from tests.unit.framework.rule_cases import Case, case, outcome_of, verify

CF1, CF2 = "CF000001", "CF000002"
EU_MEMBERS = [
    {"country": "EU", "valid_from": "2003-01-01"},
    {"country": "BE", "valid_from": "2003-01-01", "part_of": "EU"},
    {"country": "FR", "valid_from": "2003-01-01", "part_of": "EU"},
    {"country": "GB", "valid_from": "2003-01-01", "valid_to": "2020-12-31", "part_of": "EU"},
    {"country": "GB", "valid_from": "2021-01-01"},
    {"country": "AE", "valid_from": "2003-01-01"},
    {"country": "US", "valid_from": "2003-01-01"},
]


def certificate(number=CF1, **more):
    usual = {
        "issue_date": "2021-03-10",
        "expiry_date": "2021-05-10",
        "destination_country": "BE",
        "exporter_name": "Bureau Sangha SARL",
        "importer_name": "Antwerp Rough NV",
        "parcel_count": 2,
        "carats": "1000.00",
        "value_usd": "150000.00",
        "status": "issued",
    }
    return {"certificate_number": number, **usual, **more}


def confirmation(number=CF1, country="BE", **more):
    usual = {
        "received_on": "2021-03-15",
        "confirmed_on": "2021-03-20",
        "exporter_name": "BUREAU SANGHA",
        "importer_name": "Antwerp Rough",
        "parcel_count": 2,
        "carats": "1000.00",
        "value_usd": "150000.00",
        "outcome": "accepted",
    }
    return {"certificate_number": number, "importing_country": country, "return_id": "BE@-", **usual, **more}


def both(cert=None, *confirmations, as_of="2021-07-31", **more):
    more = {"kp_participant": [dict(row, return_id="team@-") for row in EU_MEMBERS], **more}
    return evidence(as_of, shipment=[cert or certificate()], import_confirmation=list(confirmations), **more)


def other(as_of, **cert):
    """CF1 unconfirmed, while confirmations of another certificate are held."""
    return both(certificate(**cert), confirmation(CF2), as_of=as_of)


M04 = [
    case("M-04", "fires", "unconfirmed for long", other("2021-07-31"), f"{CF1} missing E"),
    case("M-04", "fires", "refused", both(None, confirmation(outcome="refused")), f"{CF1} refused E"),
    case("M-04", "fires", "seized", both(None, confirmation(outcome="seized")), f"{CF1} seized E"),
    case(
        "M-04",
        "fires",
        "only another country confirmed",
        both(None, confirmation(country="AE")),
        f"{CF1} missing E",
    ),
    case(
        "M-04",
        "fires",
        "the United States took 16 days",
        both(certificate(destination_country="US"), confirmation(country="US", confirmed_on="2021-03-31")),
        f"{CF1} us_late I",
    ),
    case("M-04", "silent", "confirmed", both(None, confirmation())),
    case("M-04", "silent", "confirmed by another member of the EU", both(None, confirmation(country="FR"))),
    case("M-04", "silent", "no destination: any will do", both(certificate(destination_country=None), confirmation())),
    case("M-04", "boundary", "60 days", other("2021-05-09")),
    case("M-04", "boundary", "61 days", other("2021-05-10"), f"{CF1} missing W"),
    case("M-04", "boundary", "90 days", other("2021-06-08"), f"{CF1} missing W"),
    case("M-04", "boundary", "91 days", other("2021-06-09"), f"{CF1} missing E"),
    case("M-04", "boundary", "counted from the export date", other("2021-05-10", export_date="2021-03-11")),
    case(
        "M-04",
        "boundary",
        "the United States took 15 days",
        both(certificate(destination_country="US"), confirmation(country="US", confirmed_on="2021-03-30")),
    ),
    case("M-04", "boundary", "void", other("2021-07-31", status="void")),
    case(
        "M-04",
        "missing",
        "no confirmation was ever received",
        evidence(shipment=[certificate()]),
        missing="not_held:import_confirmation",
    ),
    case("M-04", "missing", "no date to count from", other("2021-07-31", issue_date=None), missing="blank:issue_date"),
    case(
        "M-04",
        "missing",
        "its confirmation is in quarantine",
        both(None, confirmation(CF2), known_keys=[("import_confirmation", "certificate_number", CF1, "BE@-")]),
        missing="in_quarantine:import_confirmation",
    ),
    case("M-04", "missing", "outcome not told", both(None, confirmation(outcome=None)), missing="blank:outcome"),
]

M04 += [
    case(
        "M-04",
        "boundary",
        "an undated certificate that was refused is told under the month of its return",
        both(certificate(issue_date=None), confirmation(outcome="refused")),
        f"{CF1} refused E",
    ),
    case(
        "M-04",
        "boundary",
        "undated, but the day of export is stated",
        other("2021-07-31", issue_date=None, export_date="2021-03-12"),
        f"{CF1} missing E",
    ),
    case(
        "M-04",
        "missing",
        "the United States do not say when they confirmed",
        both(certificate(destination_country="US"), confirmation(country="US", confirmed_on=None)),
        missing="blank:confirmed_on",
    ),
    case(
        "M-04",
        "missing",
        "the United States do not say when the goods came",
        both(certificate(destination_country="US"), confirmation(country="US", received_on=None)),
        missing="blank:received_on",
    ),
]
ANOTHER_MEMBER = both(certificate(issue_date=None), confirmation(country="FR"))
NO_REGISTER = evidence(shipment=[certificate()], import_confirmation=[confirmation(country="FR")])

M05 = [
    case(
        "M-05",
        "fires",
        "everything differs",
        both(None, confirmation(parcel_count=3, importer_name="Rough Trade", exporter_name="Bureau Lobaye")),
        f"{CF1} parcels E",
        f"{CF1} importer W",
        f"{CF1} exporter W",
    ),
    case(
        "M-05",
        "fires",
        "two differing rows of one key",
        both(None, confirmation(), confirmation(remarks="second sending")),
        f"{CF1} duplicate E",
    ),
    case("M-05", "silent", "agrees", both(None, confirmation())),
    case("M-05", "silent", "the same row twice", both(None, confirmation(), confirmation())),
    case(
        "M-05",
        "boundary",
        "accents, case, punctuation and legal form are no difference",
        both(certificate(exporter_name="Éts. SANGHA-M'POKO, S.A.R.L."), confirmation(exporter_name="sangha m’poko")),
    ),
    case("M-05", "boundary", "refused goods", both(None, confirmation(parcel_count=3, outcome="refused"))),
    case("M-05", "boundary", "goods in another country", both(None, confirmation(country="AE", parcel_count=3))),
    case("M-05", "boundary", "a void certificate", both(certificate(status="void"), confirmation(parcel_count=3))),
    case(
        "M-05",
        "boundary",
        "an undated certificate is told under the month of its return",
        both(
            certificate(issue_date=None),
            confirmation(parcel_count=3),
            confirmation(parcel_count=3, remarks="second sending"),
        ),
        f"{CF1} parcels E",
        f"{CF1} duplicate E",
    ),
    case(
        "M-05",
        "boundary",
        "two certificates, one confirmed twice",
        evidence(
            shipment=[certificate(), certificate(CF2)],
            import_confirmation=[confirmation(), confirmation(CF2), confirmation(CF2, remarks="second sending")],
        ),
        f"{CF2} duplicate E",
    ),
    case(
        "M-05",
        "missing",
        "certified side null",
        both(certificate(parcel_count=None), confirmation()),
        missing="blank:parcel_count",
    ),
    case("M-05", "missing", "another member, undated", ANOTHER_MEMBER, missing="blank:issue_date"),
    case("M-05", "missing", "who belongs to the EU is not known", NO_REGISTER, missing="never_loaded:kp_participant"),
    case("M-05", "missing", "one side null", both(None, confirmation(parcel_count=None)), missing="blank:parcel_count"),
    case(
        "M-05",
        "boundary",
        "a certificate in two returns, confirmed twice: told on all its rows",
        evidence(
            shipment=[certificate(), certificate(return_id="SPPK@2021-04")],
            import_confirmation=[confirmation(), confirmation(remarks="second sending")],
        ),
        f"{CF1} duplicate E",
    ),
    case("M-05", "missing", "outcome null", both(None, confirmation(outcome=None)), missing="blank:outcome"),
    case(
        "M-05",
        "missing",
        "no destination",
        both(certificate(destination_country=None), confirmation()),
        missing="blank:destination_country",
    ),
]

M06 = [
    case("M-06", "fires", "two carats short", both(None, confirmation(carats="998.00")), f"{CF1} carats E"),
    case("M-06", "fires", "worth a third more", both(None, confirmation(value_usd="200000")), f"{CF1} value W"),
    case("M-06", "silent", "the same", both(None, confirmation())),
    case("M-06", "boundary", "a hundredth of a carat", both(None, confirmation(carats="1000.01")), f"{CF1} carats W"),
    case("M-06", "boundary", "0.1 % less", both(None, confirmation(carats="999.00")), f"{CF1} carats W"),
    case("M-06", "boundary", "a little more than 0.1 %", both(None, confirmation(carats="998.99")), f"{CF1} carats E"),
    case("M-06", "boundary", "10 % of the value", both(None, confirmation(value_usd="165000.00"))),
    case("M-06", "boundary", "a cent more", both(None, confirmation(value_usd="165000.01")), f"{CF1} value W"),
    case(
        "M-06",
        "boundary",
        "an undated certificate is told under the month of its return",
        both(certificate(issue_date=None), confirmation(carats="998.00", value_usd="200000")),
        f"{CF1} carats E",
        f"{CF1} value W",
    ),
    case(
        "M-06",
        "missing",
        "certified weight null",
        both(certificate(carats=None), confirmation()),
        missing="blank:carats",
    ),
    case(
        "M-06", "missing", "confirmed value null", both(None, confirmation(value_usd=None)), missing="blank:value_usd"
    ),
    case("M-06", "missing", "another member, undated", ANOTHER_MEMBER, missing="blank:issue_date"),
    case("M-06", "missing", "weight null", both(None, confirmation(carats=None)), missing="blank:carats"),
    case(
        "M-06",
        "missing",
        "certified value null",
        both(certificate(value_usd=None), confirmation()),
        missing="blank:value_usd",
    ),
]


def for_gb(issue_date, destination="EU", country="GB"):
    return both(certificate(issue_date=issue_date, destination_country=destination), confirmation(country=country))


M07 = [
    case("M-07", "fires", "another country", both(None, confirmation(country="AE")), f"{CF1} E"),
    case("M-07", "silent", "the destination", both(None, confirmation())),
    case("M-07", "silent", "certified for the EU, arrived in Belgium", for_gb("2021-03-10", "EU", "BE")),
    case("M-07", "boundary", "the last day Britain counts as EU", for_gb("2020-12-31")),
    case("M-07", "boundary", "the day after", for_gb("2021-01-01"), f"{CF1} E"),
    case(
        "M-07",
        "missing",
        "no destination",
        both(certificate(destination_country=None), confirmation()),
        missing="blank:destination_country",
    ),
    case("M-07", "missing", "no issue date", for_gb(None), missing="blank:issue_date"),
    case(
        "M-07",
        "missing",
        "who belongs to the EU is not known",
        evidence(shipment=[certificate()], import_confirmation=[confirmation(country="FR")]),
        missing="never_loaded:kp_participant",
    ),
]

BLOCK = [{"first_number": "CF000001", "last_number": "CF000100", "return_id": "team@-"}]
OUT = "CF000101"


def arrived(number, *held, known=CF1, status="issued", day="2021-03-15", history=True, **more):
    """A confirmation of ``number``; ``known`` is in the March return, ``held`` months have a shipment sheet."""
    sheets = {("shipment", f"SPPK@{month}"): ("certificate_number", "status") for month in held}
    return evidence(
        shipment=[certificate(known, status=status)],
        import_confirmation=[confirmation(number, received_on=day)],
        supplied=sheets,
        history=history,
        **more,
    )


M08 = [
    case("M-08", "fires", "never issued", arrived(CF2, "2021-01", "2021-02"), f"{CF2}@BE unknown E"),
    case("M-08", "fires", "outside every block", arrived(OUT, certificate_block=BLOCK), f"{OUT}@BE outside_blocks E"),
    case("M-08", "fires", "declared void", arrived(CF1, status="void"), f"{CF1}@BE void E"),
    case("M-08", "fires", "declared replaced", arrived(CF1, status="replaced"), f"{CF1}@BE replaced E"),
    case("M-08", "silent", "issued", arrived(CF1)),
    case(
        "M-08",
        "boundary",
        "the last number of a block waits for the returns",
        arrived("CF000100", certificate_block=BLOCK),
        missing="return_not_held:2021-01",
    ),
    case(
        "M-08",
        "boundary",
        "outside the blocks judged alone",
        arrived(OUT, certificate_block=BLOCK, history=False),
        f"{OUT}@BE outside_blocks E",
    ),
    case(
        "M-08",
        "boundary",
        "a nil return is held",
        arrived(
            CF2,
            "2021-02",
            return_declaration=[
                {"period": "2021-01", "sender": "SPPK", "nil_return": True, "return_id": "SPPK@2021-01"}
            ],
        ),
        f"{CF2}@BE unknown E",
    ),
    case("M-08", "missing", "a return lacks", arrived(CF2, "2021-02"), missing="return_not_held:2021-01"),
    case(
        "M-08",
        "missing",
        "the first of two senders lacks",
        arrived(
            CF2,
            "2021-02",
            expected_senders=("BECDOR", "SPPK"),
            return_declaration=[
                {"period": month, "sender": "BECDOR", "nil_return": True, "return_id": f"BECDOR@{month}"}
                for month in ("2021-01", "2021-02", "2021-03")
            ],
        ),
        missing="return_not_held:2021-01",
    ),
    case(
        "M-08",
        "boundary",
        "a return that is no nil return and has no shipment sheet",
        arrived(
            CF2, "2021-02", return_declaration=[{"period": "2021-01", "sender": "SPPK", "return_id": "SPPK@2021-01"}]
        ),
        missing="return_not_held:2021-01",
    ),
    case(
        "M-08",
        "missing",
        "one of two senders lacks",
        arrived(CF2, "2021-01", "2021-02", expected_senders=("SPPK", "BECDOR")),
        missing="return_not_held:2021-01",
    ),
    case(
        "M-08",
        "missing",
        "judged alone",
        arrived(CF2, "2021-01", "2021-02", history=False),
        missing="alone",
    ),
    case(
        "M-08",
        "missing",
        "the certificate is in quarantine",
        arrived(CF2, "2021-01", "2021-02", known_keys=[("shipment", "certificate_number", CF2)]),
        missing="in_quarantine:shipment",
    ),
    case("M-08", "missing", "no day of arrival", arrived(CF2, day=None), missing="blank:received_on"),
]

M09 = [
    case("M-09", "fires", "before issue", both(None, confirmation(received_on="2021-03-01")), f"{CF1} before_issue E"),
    case("M-09", "fires", "long expired", both(None, confirmation(received_on="2021-06-01")), f"{CF1} after_expiry W"),
    case("M-09", "silent", "in between", both(None, confirmation())),
    case("M-09", "boundary", "on the day of issue", both(None, confirmation(received_on="2021-03-10"))),
    case("M-09", "boundary", "on the last day", both(None, confirmation(received_on="2021-05-10"))),
    case("M-09", "boundary", "a day late", both(None, confirmation(received_on="2021-05-11")), f"{CF1} after_expiry W"),
    case("M-09", "missing", "no arrival", both(None, confirmation(received_on=None)), missing="blank:received_on"),
    case(
        "M-09",
        "missing",
        "no expiry",
        both(certificate(expiry_date=None), confirmation()),
        missing="blank:expiry_date",
    ),
]

BEGAN = {"monitoring_from": "2021-03-10"}
SHORT = "CF1"  # CF000001 as a spreadsheet leaves it
US = certificate(destination_country="US")
M04 += [
    case("M-04", "boundary", "sent on the first day of monitoring", both(None, confirmation(CF2), **BEGAN),
         f"{CF1} missing E"),
    case("M-04", "boundary", "sent before monitoring began",
         both(certificate(issue_date="2021-03-09"), confirmation(CF2), **BEGAN)),
    case("M-04", "boundary", "issued before monitoring began, sent after",
         both(certificate(issue_date="2021-03-09", export_date="2021-03-10"), confirmation(CF2), **BEGAN),
         f"{CF1} missing E"),
    case("M-04", "boundary", "refused, sent before monitoring began",
         both(certificate(issue_date="2021-03-09"), confirmation(outcome="refused"), **BEGAN), f"{CF1} refused E"),
    case("M-04", "boundary", "the United States late, arrived on the first day of monitoring",
         both(US, confirmation(country="US", confirmed_on="2021-04-30"), monitoring_from="2021-03-15"),
         f"{CF1} us_late I"),
    case("M-04", "boundary", "the United States late, arrived before monitoring began",
         both(US, confirmation(country="US", confirmed_on="2021-04-30"), monitoring_from="2021-03-16")),
    case("M-04", "boundary", "the United States late, the certificate undated: told under the month of its return",
         both(certificate(issue_date=None, destination_country="US"),
              confirmation(country="US", confirmed_on="2021-04-30")), f"{CF1} us_late I"),
    case("M-04", "fires", "unconfirmed in a batch judged alone", both(None, confirmation(CF2), history=False),
         f"{CF1} missing E"),
    case("M-04", "silent", "confirmed in a batch judged alone", both(None, confirmation(), history=False)),
    case("M-04", "missing", "confirmed under a number without its leading zeros", both(None, confirmation(SHORT)),
         missing="written_otherwise:certificate_number"),
    case("M-04", "boundary", "beside it, the number as it is", both(None, confirmation(SHORT), confirmation())),
]  # fmt: skip
M08 += [
    case("M-08", "missing", "a held number without its leading zeros", arrived(SHORT, "2021-01", "2021-02"),
         missing="written_otherwise:certificate_number"),
    case("M-08", "missing", "without its leading zeros, outside the blocks",
         arrived("CF101", known=OUT, certificate_block=BLOCK), missing="written_otherwise:certificate_number"),
    case("M-08", "missing", "without its leading zeros, void", arrived(SHORT, status="void"),
         missing="written_otherwise:certificate_number"),
    case("M-08", "missing", "without its leading zeros, in quarantine",
         arrived("CF2", "2021-01", "2021-02", known_keys=[("shipment", "certificate_number", CF2)]),
         missing="written_otherwise:certificate_number"),
    case("M-08", "boundary", "the same value after another prefix", arrived("SL1", "2021-01", "2021-02"),
         "SL1@BE unknown E"),
    case("M-08", "boundary", "too many digits to compare", arrived("CF" + "9" * 30, "2021-01", "2021-02"),
         f"CF{'9' * 30}@BE unknown E"),
    case("M-08", "missing", "a certificate in quarantine whose number could not be read",
         arrived(CF2, "2021-01", "2021-02", unreadable={"shipment": 1}), missing="in_quarantine:shipment"),
    case("M-08", "boundary", "outside the blocks whatever could not be read",
         arrived(OUT, certificate_block=BLOCK, unreadable={"shipment": 1}), f"{OUT}@BE outside_blocks E"),
    case("M-08", "boundary", "another number in quarantine, all read",
         arrived(CF2, "2021-01", "2021-02", known_keys=[("shipment", "certificate_number", "CF9")]),
         f"{CF2}@BE unknown E"),
    case("M-08", "missing", "of two rows in quarantine one was read",
         arrived(CF2, "2021-01", "2021-02", known_keys=[("shipment", "certificate_number", "CF9")],
                 unreadable={"shipment": 1}), missing="in_quarantine:shipment"),
]  # fmt: skip

CASES = [*M04, *M05, *M06, *M07, *M08, *M09]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case: Case) -> None:
    verify(case)


def test_a_finding_stands_on_the_certificate_and_on_the_confirmation() -> None:
    given = both(None, confirmation(carats="998.00"))
    (finding,) = outcome_of("M-06", given).findings
    assert set(finding.refs) == {given["shipment"]["ref"].iloc[0], given["import_confirmation"]["ref"].iloc[0]}
    assert (finding.evidence["exported_carats"], finding.evidence["confirmed_carats"]) == ("1000.00", "998.00")


def test_the_two_confirmations_of_one_key_are_both_named() -> None:
    given = both(None, confirmation(), confirmation(remarks="second sending"))
    (finding,) = outcome_of("M-05", given).findings
    assert set(given["import_confirmation"]["ref"]) < set(finding.refs)


def test_where_no_sender_is_expected_any_senders_return_counts_as_held() -> None:
    given = arrived(CF2, "2021-01", "2021-02")
    assert given.expected_senders == ()
    assert RETURN in set(given.sources["return_id"])
    assert outcome_of("M-08", given).coverage[0].breached == 1
