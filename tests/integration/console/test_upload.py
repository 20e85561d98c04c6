"""Uploading a batch: what is shown before anything is stored, storing it, discarding it, and who may see it."""

from __future__ import annotations

import io
import re
import time

import openpyxl
import pytest
import sqlalchemy as sa

from carmonitor.console import batches, work
from carmonitor.console.screens import upload
from carmonitor.store import accounts, tables
from tests.integration.console.browser import Browser
from tests.integration.console.conftest import House
from tests.integration.console.test_screens import HOSTILE, assert_harmless

SLIPS = "N° bordereau;Date d'achat;Sous-préfecture d'origine;Poids (ct);Prix (FCFA);Vendeur\n"
GOOD = "B900001;02/03/2021;Carnot;1,50;150000;Kossi\n"
BAD = "B900002;02/03/2021;Carnot;beaucoup;1;Kossi\n"
PATIENCE = 120


def csrf(browser: Browser) -> str:
    return accounts.csrf_token(str(browser.cookie()))


def sent(browser: Browser, *files: tuple[str, bytes], **fields: str):
    form = {"csrf": csrf(browser), "sender": "SPPK", "period": "2021-03", "as_of": "2021-08-02", **fields}
    return browser.post("/upload", form, files=[("files", (name, content, "text/csv")) for name, content in files])


def finished(browser: Browser, page) -> tuple[str, str]:
    """The address and the text of a page once its work is over."""
    path = page.url.raw_path.decode()
    for _ in range(PATIENCE * 20):
        text = browser.get(path).text
        if 'class="working"' not in text:
            return path, text
        time.sleep(0.05)
    raise AssertionError("the work did not end")


def checked(browser: Browser, *files: tuple[str, bytes], **fields: str) -> tuple[str, str]:
    return finished(browser, sent(browser, *(files or (("bordereaux.csv", (SLIPS + GOOD + BAD).encode()),)), **fields))


def fingerprint(text: str) -> str:
    return re.findall(r'name="sha" value="([0-9a-f]{64})"', text)[0]


def submissions(house: House) -> set[str]:
    with house.store.read() as connection:
        return set(connection.execute(sa.select(tables.submission.c.submission_id)).scalars())


def test_findings_quarantine_and_the_row_equation_are_shown_and_nothing_is_stored(house: House):
    before = submissions(house)
    browser = house.browser()
    path, text = checked(browser)
    assert submissions(house) == before
    assert "Nothing is stored yet" in text
    assert re.findall(r"rows (\d+) = records (\d+) \+ quarantined (\d+) \+ skipped (\d+)", text) == [
        ("3", "1", "1", "1")
    ]
    assert "beaucoup" in text
    assert_harmless(text)
    french = browser.get(f"{path}?lang=fr").text
    assert "Rien n&#39;est encore enregistré" in french
    assert "Quarantaine, cellule par cellule" in french


def test_a_batch_is_stored_under_its_users_name_and_not_judged(house: House):
    before, browser = submissions(house), house.browser()
    path, text = checked(browser)
    page = browser.post(f"{path}/store", {"csrf": csrf(browser), "sha": fingerprint(text)})
    _, text = finished(browser, page)
    assert "The next run judges" in text
    (new,) = submissions(house) - before
    entry = house.entries(new)[-1]
    assert (entry.actor, entry.action, entry.payload["sender"]) == ("awa", "batch_uploaded", "SPPK")
    assert {e.actor for e in house.entries(new)} == {"awa"}
    with house.store.read() as connection:
        held = sa.select(tables.submission.c.ingested_by).where(tables.submission.c.submission_id == new)
        assert connection.execute(held).scalar() == "awa"
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.run)).scalar() == 1
    _, again = checked(browser)
    assert "held already" in again


def test_only_the_batch_that_was_shown_is_stored(house: House):
    before, browser = submissions(house), house.browser()
    path, text = checked(browser)
    assert browser.post(f"{path}/store", {"csrf": csrf(browser), "sha": "0" * 64}).status_code == 409
    assert browser.post(f"{path}/store", {"sha": fingerprint(text)}).status_code == 403
    assert submissions(house) == before


def test_files_that_changed_on_disk_are_not_stored(house: House):
    before, browser = submissions(house), house.browser()
    path, text = checked(browser)
    (piece,) = house.app.state.console.work._pieces.values()
    (piece.folder / "batch" / "bordereaux.csv").write_text(SLIPS, encoding="utf-8")
    _, text = finished(browser, browser.post(f"{path}/store", {"csrf": csrf(browser), "sha": fingerprint(text)}))
    assert "no longer those that were checked" in text
    assert submissions(house) == before


def test_a_discarded_batch_leaves_nothing_behind(house: House):
    browser = house.browser()
    path, _ = checked(browser)
    (piece,) = house.app.state.console.work._pieces.values()
    assert "is discarded" in browser.post(f"{path}/discard", {"csrf": csrf(browser)}).text
    assert not piece.folder.exists()
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize("name", ["awa", "remi", "ada"])
def test_another_session_sees_none_of_it_not_even_of_the_same_user(house: House, name: str):
    path, text = checked(house.browser())
    other = house.browser(name)
    assert other.get(path).status_code == 404
    assert other.get(f"{path}/marked/0.xlsx").status_code == 404
    for act in ("store", "discard"):
        answer = other.post(f"{path}/{act}", {"csrf": csrf(other), "sha": fingerprint(text)})
        assert answer.status_code == 404
    assert path.rpartition("/")[2] not in other.get("/upload").text


def test_an_upload_is_gone_after_an_hour(house: House):
    browser = house.browser()
    path, _ = checked(browser)
    house.later(minutes=61)
    browser.log_in("awa", "trois pierres à Carnot")
    assert browser.get(path).status_code == 404


def test_a_viewer_uploads_nothing(house: House):
    browser = house.browser("vera")
    assert browser.get("/upload").status_code == 403
    assert sent(browser, ("a.csv", b"x")).status_code == 403
    assert 'href="/upload"' not in browser.get("/").text
    assert house.app.state.console.work._pieces == {}


def test_a_session_keeps_few_uploads_and_the_oldest_that_is_over_gives_way(house: House):
    browser = house.browser()
    paths = [checked(browser, ("a.csv", (SLIPS + GOOD).encode()))[0] for _ in range(work.OF_ONE_SESSION + 1)]
    assert [browser.get(path).status_code for path in paths] == [404, *[200] * work.OF_ONE_SESSION]


def test_without_a_file_or_with_two_of_one_name_nothing_begins(house: House):
    browser = house.browser()
    assert browser.post("/upload", {"csrf": csrf(browser)}).status_code == 400
    assert sent(browser, ("a.csv", b"1"), ("x/A.CSV", b"2")).status_code == 400
    assert sent(browser, ("a.csv", b"1"), as_of="yesterday").status_code == 400
    assert sent(browser, ("a.csv", b"1"), period="March").status_code == 400
    assert house.app.state.console.work._pieces == {}


def test_what_cannot_be_read_is_told_and_cannot_be_stored(house: House):
    browser = house.browser()
    path, text = checked(browser, ("photo.xlsx", b"\x00\x01 no workbook"))
    assert "Could not be read" in text
    assert f'action="{path}/store"' not in text
    (piece,) = house.app.state.console.work._pieces.values()
    assert browser.post(f"{path}/store", {"csrf": csrf(browser), "sha": piece.about["sha"]}).status_code == 409


def test_work_that_ends_while_its_page_is_made_is_shown_as_going_on(house: House, monkeypatch: pytest.MonkeyPatch):
    browser = house.browser()
    path, _ = checked(browser)
    (piece,) = house.app.state.console.work._pieces.values()
    piece.state, step_of = "running", upload.step_of

    def ends(seen):
        piece.state = "done"
        return step_of(seen)

    monkeypatch.setattr(upload, "step_of", ends)
    text = browser.get(path).text
    assert 'class="working"' in text
    assert "Nothing is stored yet" not in text
    assert "Nothing is stored yet" in browser.get(path).text


def test_the_marked_workbook_comes_back_for_an_unstored_batch(house: House):
    browser = house.browser()
    path, text = checked(browser)
    assert f'href="{path}/marked/0.xlsx"' in text
    answer = browser.get(f"{path}/marked/0.xlsx")
    assert answer.headers["content-disposition"] == 'attachment; filename="feedback_1.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert [c.value for s in book for row in s.iter_rows() for c in row if c.comment] == ["beaucoup"]
    for number in ("1", "-1", "..%2f..", "x"):
        assert browser.get(f"{path}/marked/{number}.xlsx").status_code in (400, 404)


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_cells_of_hostile_files_are_text(house: House, text: str):
    browser = house.browser()
    quoted = '"' + text.replace('"', '""') + '"'
    content = f"{SLIPS}{quoted};02/03/2021;{quoted};{quoted};1;{quoted}\n".encode()
    path, page = checked(browser, (f"{text}.csv", content))
    assert_harmless(page)
    assert_harmless(browser.get("/upload").text)
    assert_harmless(browser.get(f"{path}?lang=fr").text)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\retour.xlsx", "retour.xlsx"),
        ("..", "_"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("CON.csv", "_CON.csv"),
        ("a\x00b.csv", "ab.csv"),
        ("déclaration d'août.xlsx", "déclaration d'août.xlsx"),
        ("<b>.csv", "_b_.csv"),
    ],
)
def test_file_names_are_made_safe(given: str, kept: str):
    assert batches.safe_name(given) == kept


def test_a_name_that_is_too_long_keeps_its_ending():
    name = batches.safe_name("x" * 400 + ".xlsx")
    assert len(name) <= 120
    assert name.endswith(".xlsx")
