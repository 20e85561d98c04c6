"""A certificate beside its confirmation, field by field."""

import pytest

from carmonitor.console.confirmation import Limits, compare

LIMITS = Limits("0.1", "10", 60, 90, project_default=True)
SENT = {
    "certificate_number": "CF1", "destination_country": "BE", "exporter_name": "BADICA SARL", "importer_name": "Omega",
    "parcel_count": 2, "carats": 100_00, "value_usd": 1000_00, "issue_date": "2021-02-01", "export_date": "2021-02-03",
    "expiry_date": "2021-04-01",
}  # fmt: skip
ANSWER = {
    "certificate_number": "CF1", "importing_country": "BE", "exporter_name": "Badica, S.A.R.L.", "importer_name": None,
    "parcel_count": 2, "carats": 100_00, "value_usd": 1000_00, "received_on": "2021-02-10",
    "confirmed_on": "2021-02-20",
}  # fmt: skip


def lines(answer, sent=SENT, *, union=(), lang="en"):
    found = compare(sent, answer, union=dict(union), limits=LIMITS, hs_codes=["710231"], lang=lang)
    return {line.field: line for line in found}


@pytest.mark.parametrize(
    ("field", "value", "name", "verdict"),
    [
        ("carats", 100_00, "carats", "same"),
        ("carats", 100_10, "carats", "within"),
        ("carats", 100_11, "carats", "differs"),
        ("carats", 99_89, "carats", "differs"),
        ("carats", None, "carats", "half"),
        ("value_usd", 1100_00, "value_usd", "within"),
        ("value_usd", 1100_01, "value_usd", "differs"),
        ("parcel_count", 3, "parcels", "differs"),
        ("importing_country", "AE", "country", "differs"),
        ("exporter_name", "Badika", "exporter", "differs"),
        ("received_on", "2021-04-02", "valid_until", "differs"),
        ("received_on", "2021-02-02", "arrived", "differs"),
    ],
)
def test_each_field_is_compared_to_the_limit_of_its_rule(field, value, name, verdict):
    assert lines({**ANSWER, field: value})[name].verdict == verdict


def test_names_that_differ_in_form_only_agree_and_blank_ones_are_not_compared():
    found = lines(ANSWER)
    assert (found["exporter"].verdict, found["importer"].verdict) == ("same", "half")


def test_members_of_one_participant_are_within():
    found = lines({**ANSWER, "importing_country": "FR"}, union={"BE": "EU", "FR": "EU"})
    assert (found["country"].verdict, found["country"].values) == ("within", {"union": "EU"})


def test_without_a_confirmation_nothing_is_compared():
    verdicts = {line.verdict for line in lines(None).values()}
    assert verdicts == {"alone", "info"}


def test_differences_are_told_in_the_readers_convention():
    note = lines({**ANSWER, "carats": 101_50}, lang="fr")["carats"].values
    assert note == {"by": "+1,50\u00a0ct", "percent": "0,1"}
