"""The dossier in the browser: its form, the wait, the file, and who may have it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from carmonitor.console.screens import export as export_screen
from carmonitor.dossier.selection import SelectionError
from tests.integration.console.conftest import House
from tests.integration.console.test_upload import csrf, finished


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the dossier was asked for; making it is tested elsewhere."""
    asked: dict[str, object] = {}

    def export_for(_store, _settings, out: Path, *, lang, selection, redact, signer, progress):
        asked.update(lang=lang, selection=selection, redact=redact, signer=signer)
        if selection.zone == "Atlantis":
            raise SelectionError("found zone 'Atlantis', expected the name of one sub-prefecture")
        out.mkdir()
        with zipfile.ZipFile(out / "carmonitor_x.zip", "w") as archive:
            archive.writestr("manifest.json", "{}")
        return [out / "carmonitor_x.zip"]

    monkeypatch.setattr(export_screen, "export_for", export_for)
    return asked


def test_a_selection_becomes_a_file_and_an_entry_of_the_journal(house: House, asked):
    browser = house.browser()
    form = {"csrf": csrf(browser), "zone": "Carnot", "since": "2021-07-01", "language": "fr", "redact": "1"}
    path, text = finished(browser, browser.post("/export", form))
    assert "The dossier is ready" in text
    told = asked["selection"].told()
    assert (told, asked["lang"], asked["redact"]) == ({"zone": "Carnot", "since": "2021-07-01"}, "fr", True)
    answer = browser.get(f"{path}/file")
    assert answer.headers["content-disposition"] == 'attachment; filename="carmonitor_x.zip"'
    assert answer.content.startswith(b"PK")
    entries = [e for e in _all(house) if e.action == "dossier_exported"]
    assert [(e.actor, e.payload["redacted"], e.payload["selection"]) for e in entries] == [("awa", True, told)]


def test_the_queue_leads_to_the_form_with_its_filters(house: House, asked):
    browser = house.browser()
    page = browser.get("/cases?kind=breach")
    assert 'href="/export?status=waiting&amp;kind=breach"' in page.text
    assert "2 case(s)" in browser.get("/export?status=waiting&kind=breach").text
    page = browser.post("/export", {"csrf": csrf(browser), "f_status": "waiting", "f_kind": "breach"})
    finished(browser, page)
    assert set(asked["selection"].case_ids) == {house.case("CF101"), house.case("CF102")}


def test_filters_that_fit_no_case_are_told(house: House, asked):
    browser = house.browser()
    page = browser.post("/export", {"csrf": csrf(browser), "f_subject": "nothing"})
    assert (page.status_code, "nothing to export" in page.text) == (409, True)
    assert asked == {}


def test_a_selection_that_is_not_understood_is_told(house: House, asked):
    browser = house.browser()
    _, text = finished(browser, browser.post("/export", {"csrf": csrf(browser), "zone": "Atlantis"}))
    assert "was not understood" in text
    assert "Atlantis" in text
    assert browser.post("/export", {"csrf": csrf(browser), "since": "soon"}).status_code == 400


def test_a_viewer_and_another_session_get_nothing(house: House, asked):
    browser = house.browser()
    path, _ = finished(browser, browser.post("/export", {"csrf": csrf(browser)}))
    viewer = house.browser("vera")
    assert viewer.post("/export", {"csrf": csrf(viewer)}).status_code == 403
    assert viewer.get(f"{path}/file").status_code == 403
    assert viewer.get("/export").status_code == 403
    assert 'href="/export' not in viewer.get("/cases").text
    assert house.browser().get(f"{path}/file").status_code == 404


def _all(house: House):
    from carmonitor.store import journal

    with house.store.read() as connection:
        return journal.entries(connection, last=20)
