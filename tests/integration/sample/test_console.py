"""The console on the sample: every screen, case and language, and a dossier of a selection."""

import io
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from carmonitor.cases.listing import list_cases
from carmonitor.cases.queue import Filters, look
from carmonitor.store import accounts, database, passwords, tables
from tests.integration.console.browser import hidden_fields
from tests.integration.console.conftest import MORNING, PASSWORD, House
from tests.integration.console.test_upload import finished

pytestmark = pytest.mark.xdist_group("sample")


@pytest.fixture(scope="module")
def house(installation, tmp_path_factory) -> Iterator[House]:
    """A copy of the sample's database, with one user."""
    copy = tmp_path_factory.mktemp("console") / "copy.sqlite3"
    with sqlite3.connect(Path(installation.store.engine.url.database)) as held, sqlite3.connect(copy) as made:
        held.backup(made)
    held.close()
    made.close()
    with database.open_store(f"sqlite:///{copy}") as store:
        with store.write() as connection:
            accounts.add(
                connection, name="awa", display_name="Awa", role="admin", hashed=passwords.hashed(PASSWORD),
                actor="test", at=MORNING,
            )  # fmt: skip
        yield House(store, installation.settings)


def test_every_case_has_its_place_in_the_queue(house: House):
    with house.store.read() as connection:
        places = connection.execute(sa.select(tables.case_mark.c.place).order_by(tables.case_mark.c.place)).scalars()
        plain, queue = list_cases(connection), look(connection, Filters(), size=None)
        assert list(places) == list(range(1, len(plain) + 1))
    assert {(c.case_id, c.severity, c.rules) for c in queue.cases} == {
        (c["case_id"], c["severity"], tuple(c["rules"])) for c in plain
    }


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_case_and_every_submission_has_a_page(house: House, lang: str):
    browser = house.browser()
    page = browser.get(f"/cases?lang={lang}")
    paths = re.findall(r'class="move" href="(/cases/[^"]+)"', page.text)
    paths += re.findall(r'href="(/quarantine/[^"]+)"', browser.get("/quarantine").text)
    paths += re.findall(r'href="(/runs/[^"]+)"', browser.get("/runs").text)
    paths += re.findall(r'href="(/rulebook/[^"#]+)"', browser.get("/rulebook").text)
    assert len(paths) > 46 + 16 + 80
    for path in paths:
        assert browser.get(path).status_code == 200, path


def test_what_was_wrong_is_shown_cell_by_cell(house: House):
    browser = house.browser()
    pages = [browser.get(p).text for p in re.findall(r'href="(/quarantine/[^"]+)"', browser.get("/quarantine").text)]
    faulty = next(page for page in pages if "31/02/2021" in page)
    assert re.search(r"Date d&#39;achat</bdi></th><td><mark><bdi>31/02/2021</bdi></mark></td><td>a date", faulty)
    french = browser.get(re.findall(r'<a class="language" href="([^"]+)"', faulty)[0])
    assert "une date : cellule de date" in french.text.replace("\u00a0", " ")


def test_a_dossier_of_a_selection_holds_its_cases_only(house: House):
    browser = house.browser()
    form = hidden_fields(browser.get("/export?status=waiting&rule=D-10").text, "/export")
    path, _ = finished(browser, browser.post("/export", form))
    answer = browser.get(f"{path}/file")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        (cases,) = [name for name in archive.namelist() if name.endswith("cases.csv")]
        table = archive.read(cases).decode("utf-8-sig")
    assert "K-11b3fdb8" in table
    assert table.count("K-") == 1


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_certificate_actor_zone_and_slip_of_a_case_has_a_page(house: House, lang: str):
    browser = house.browser()
    with house.store.read() as connection:
        numbers = connection.execute(
            sa.select(tables.RECORDS["shipment"].c.certificate_number).distinct()
        ).scalars().all()  # fmt: skip
    zones = re.findall(r'href="(/zones/[^"]+)"', browser.get(f"/zones?lang={lang}").text)
    assert (len(numbers), len(zones) >= 12) == (43, True)
    paths = [f"/certificates/{number}" for number in numbers] + zones
    page = browser.get("/certificates/CF0002112").text
    paths += re.findall(r'href="(/(?:actors|slips)/[^"]+)"', page)[:12]
    for path in paths:
        page = browser.get(path)
        assert page.status_code == 200, path
        assert page.text.count("<h1") == 1, path


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("CF0002104", "Not confirmed after"),
        ("CF0002112", "differs, within the limit"),
        ("CF0002119", "superseded"),
        ("CF0002105", "accepted"),
    ],
)
def test_a_certificate_tells_its_state(house: House, number: str, said: str):
    page = house.browser().get(f"/certificates/{number}").text
    assert said in page
    assert "Synthetic data" in page


def test_drawings_come_apart_from_their_page(house: House):
    browser = house.browser()
    page = browser.get("/certificates/CF0002112").text
    assert "<svg" not in page
    drawn = browser.get("/certificates/CF0002112/drawings?lang=fr").text
    assert drawn.count("<svg") == 3
    assert not re.search(r"<svg[^>]*\sstyle=", drawn)
    assert browser.get("/actor-drawings/BA-02").text.count("<svg") == 1
    assert browser.get("/zones/Carnot/map.svg").text.startswith("<svg")
