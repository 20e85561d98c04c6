"""Pages of papers: what senders wrote in any field is text, and what is not held is told."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from carmonitor import pipeline
from tests.integration.console.conftest import House
from tests.integration.console.test_screens import HOSTILE, Tags, assert_harmless

WRITTEN = [text for text in HOSTILE if "\u202e" not in text and "/" not in text]
"""Marks of direction make a row unreadable; a stroke in an address is another page (numbers with one: see below)."""


def take_in(house: House, folder, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        beside = "sender: SPPK\nperiod: 2021-03\nreceived_on: 2021-04-10\n"
        (folder / f"{name}.csv.submission.yaml").write_text(beside, encoding="utf-8")
        pipeline.ingest([folder / f"{name}.csv"], house.store, actor="test", sender="SPPK", period="2021-03")
    house.app.state.console.memory._kept.clear()  # a run keeps its standing; here it gets papers without another one


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("text", WRITTEN)
def test_texts_of_slips_actors_and_certificates_never_become_markup(house: House, tmp_path, text: str):
    names = "slip_number,purchase_date,buyer_id,seller_id,seller_name,origin_subprefecture,carats,purchase_place"
    values = ["2021-03-02", text, text, text, "Carnot", "1.50", text]
    sent = "certificate_number,issue_date,exporter_id,exporter_name,importer_name,destination_country,carats,signatory"
    row = ["CF0000009", "2021-03-05", text, text, text, "BE", "1.50", text]
    into = "certificate_number,parcel_number,slip_number,carats"
    take_in(
        house, tmp_path,
        purchase=f"{names}\n{','.join(map(cell, [text, *values]))}\n",
        shipment=f"{sent}\n{','.join(map(cell, row))}\n",
        parcel_source=f"{into}\n{','.join(map(cell, ['CF0000009', text, text, '1.50']))}\n",
    )  # fmt: skip
    browser = house.browser()
    name = quote(text, safe="")
    for path in (f"/slips/{name}", f"/actors/{name}", "/certificates/CF0000009", f"/find?q={name}"):
        page = browser.get(path)
        assert page.status_code == 200, path
        without_drawings = page.text
        while "<svg" in without_drawings:
            start, end = without_drawings.index("<svg"), without_drawings.index("</svg>") + len("</svg>")
            assert_drawing(without_drawings[start:end])
            without_drawings = without_drawings[:start] + without_drawings[end:]
        assert_harmless(without_drawings)
    for path in ("/certificates/CF0000009/drawings", f"/actor-drawings/{name}"):
        assert_drawing(browser.get(path).text)


def assert_drawing(page: str) -> None:
    """Nothing in a drawing acts or comes from elsewhere."""
    for tag, attributes in Tags(page).found:
        assert tag not in ("iframe", "object", "embed", "style", "foreignobject", "image", "use", "img")
        assert tag != "script" or str(attributes["src"]).startswith("/static/")
        assert [name for name in attributes if name.startswith("on") or name == "style"] == []


def test_a_number_with_a_stroke_has_its_page(house: House, tmp_path):
    take_in(house, tmp_path, purchase="slip_number,buyer_id,carats\nB/12-3,BA/01,1.50\n")
    browser = house.browser()
    assert '<bdi class="id">B/12-3</bdi>' in browser.get("/slips/B/12-3").text
    assert '<bdi class="id">BA/01</bdi>' in browser.get("/actors/BA/01").text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/certificates/CF9", "names a certificate of this number"),
        ("/certificates/CF9/drawings", "names a certificate of this number"),
        ("/slips/B9", "names a purchase slip of this number"),
        ("/actors/X9", "names an actor of this number"),
        ("/zones/Atlantis", "not the name of one sub-prefecture"),
        ("/zones/Atlantis/map.svg", "not the name of one sub-prefecture"),
        ("/cases/K-0/sheet", "no case of this number"),
    ],
)
def test_what_is_not_held_is_told(house: House, path: str, said: str):
    page = house.browser("vera").get(path)
    assert (page.status_code, said in page.text) == (404, True)


@pytest.mark.parametrize(
    "path", ["/zones", "/find", "/certificates/CF1", "/slips/B1", "/actors/A1", "/upload", "/export"]
)
def test_nobody_sees_papers_without_logging_in(house: House, path: str):
    answer = house.browser(None).get(path, follow=False)
    assert (answer.status_code, answer.headers["location"].startswith("/login")) == (303, True)


def test_a_certificate_is_found_however_it_is_written(house: House, tmp_path):
    take_in(house, tmp_path, shipment="certificate_number,carats\nCF0000009,1.50\n")
    browser = house.browser()
    for written in ("CF0000009", "cf 000 0009", "CF-0000009"):
        assert browser.get(f"/find?q={quote(written)}").url.path == "/certificates/CF0000009"
    page = browser.get("/find?q=CFO000009")
    assert page.url.path == "/find"
    assert "only looks alike" in page.text
    assert "O (U+004F)" in page.text


def test_the_sheet_of_a_case_is_part_of_its_page_and_a_page_of_its_own(house: House):
    browser, case = house.browser("vera"), house.case()
    assert f'href="/cases/{case}/sheet"' in browser.get(f"/cases/{case}").text
    page = browser.get(f"/cases/{case}/sheet?lang=fr")
    assert 'id="drawn"' in page.text
    assert "Questions à poser sur place" in page.text


def test_the_map_is_a_picture_that_the_list_tells_in_words(house: House):
    browser = house.browser("vera")
    page = browser.get("/zones")
    assert "/zones.svg" in page.text
    assert 'href="/zones/Carnot"' in page.text
    picture = browser.get("/zones.svg?lang=fr")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert_drawing(picture.text)


def test_feedback_is_downloaded_in_the_language_of_the_return(house: House, tmp_path):
    slips = "N° bordereau;Poids (ct)\nB1;beaucoup\n"
    take_in(house, tmp_path, bordereaux=slips)
    browser = house.browser("vera")
    listed = browser.get("/quarantine").text
    ident = listed.split('href="/quarantine/S')[1].split('"')[0]
    base = f"/quarantine/S{ident}"
    assert f'href="{base}/feedback.xlsx"' in browser.get(base).text
    answer = browser.get(f"{base}/feedback.xlsx")
    assert answer.content.startswith(b"PK")
    assert answer.headers["content-disposition"].startswith('attachment; filename="feedback_SPPK_2021-03_S')
    assert "beaucoup" in browser.get(f"{base}/feedback.txt").text
    for path in (f"{base}/feedback.exe", "/quarantine/S0/feedback.xlsx", "/quarantine/..%2f..%2fetc/feedback.xlsx"):
        assert browser.get(path).status_code == 404
