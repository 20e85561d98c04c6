"""What leaves the house for the sample, chosen by zone, actor, case and outcome."""

from datetime import UTC, date, datetime

import pytest

from carmonitor.cases import listing, workflow
from carmonitor.dossier.mission import collect
from carmonitor.dossier.selection import Selection, SelectionError
from carmonitor.pipeline import no_progress
from tests.integration.sample.conftest import AS_OF, BEFORE_THE_CORRECTION

pytestmark = pytest.mark.xdist_group("sample")


def _collect(installation, **selection):
    return collect(installation.store, installation.settings, AS_OF, "en", Selection(**selection), no_progress)


def test_the_row_equation_is_in_the_json(installation):
    counts = _collect(installation).intake
    assert counts["rows"] == counts["records"] + counts["quarantined"] + counts["skipped"]
    assert counts["quarantined"] == len(_collect(installation).quarantine) > 0


def test_a_zone_brings_its_slips_and_the_certificates_they_feed(installation):
    everything = {case["case_id"] for case in _collect(installation).cases}
    carnot = {case["subject_id"]: case["case_id"] for case in _collect(installation, zone="carnot").cases}
    assert "B010832" in carnot  # the slip labelled with Carnot's old prefecture
    assert set(carnot.values()) < everything


def test_an_unknown_zone_is_refused(installation):
    with pytest.raises(SelectionError, match="Nowhere"):
        _collect(installation, zone="Nowhere")


def test_an_actor_brings_what_names_it(installation):
    assert "BA-04@2021-Q2" in {case["subject_id"] for case in _collect(installation, actor="BA-04").cases}


def test_a_case_explained_is_flagged_no_more_unless_asked_for(installation):
    with installation.store.read() as connection:
        case = listing.list_cases(connection, subject="B010244")[0]["case_id"]
    now = datetime.now(UTC)
    with installation.store.write() as connection:
        workflow.decide(connection, case, outcome="explained", reason="a misspelt name", actor="awa", at=now)
    try:
        assert case not in {c["case_id"] for c in _collect(installation).cases}
        assert [c["case_id"] for c in _collect(installation, outcome="explained").cases] == [case]
    finally:
        with installation.store.write() as connection:
            workflow.reopen(connection, case, reason="end of the test", actor="awa", at=now)


def test_an_export_of_an_earlier_day_shows_no_later_case(installation):
    selection = Selection()
    old = collect(installation.store, installation.settings, BEFORE_THE_CORRECTION, "en", selection, no_progress)
    assert old.run["as_of"] == BEFORE_THE_CORRECTION.isoformat()
    assert old.cases == []
    assert date.fromisoformat(old.run["as_of"]) < AS_OF
