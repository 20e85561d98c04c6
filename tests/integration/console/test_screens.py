"""What the screens show, in both languages, of what senders and analysts wrote: as text, never as markup."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from carmonitor.console.screens import queue as queue_screen
from carmonitor.settings import Settings
from carmonitor.store import accounts, database, tables
from carmonitor.store.marks import mark_cases
from tests.integration.cases.stories import FEBRUARY, Office, breach, lead
from tests.integration.console.browser import SAME_ORIGIN, hidden_fields
from tests.integration.console.conftest import House, furnished
from tests.integration.tampering import unguarded

HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0", "../../etc", "\u202egnp.exe",
    "{{ 7*7 }}", "javascript:alert(1)",
]  # fmt: skip


def heading(page: str) -> str:
    return re.sub(r"<[^>]+>", "", re.findall(r"<h1>(.*?)</h1>", page, re.S)[0]).strip()


class TestLanguages:
    def test_a_language_is_chosen_by_a_link_and_remembered(self, house: House):
        browser = house.browser()
        assert 'lang="en"' in browser.get("/cases").text
        page = browser.get("/cases?lang=fr&kind=breach")
        assert ('<html lang="fr">' in page.text, heading(page.text)) == (True, "Dossiers")
        assert heading(browser.get("/cases").text) == "Dossiers"
        assert 'href="/cases?lang=en&amp;kind=breach"' in page.text

    def test_an_unknown_language_changes_nothing(self, house: House):
        page = house.browser().get("/cases?lang=xx")
        assert '<html lang="en">' in page.text
        assert "set-cookie" not in page.headers

    def test_before_anything_is_chosen_the_setting_says(self, house: House):
        french = House(house.store, house.settings.model_copy(update={"lang": "fr"}))
        assert heading(french.browser(None).get("/login").text) == "Se connecter"

    @pytest.mark.parametrize("lang", ["en", "fr"])
    def test_every_screen_has_one_heading_a_title_and_its_language(self, house: House, lang: str):
        browser = house.browser("ada")
        paths = ["/", "/cases", f"/cases/{house.case()}", f"/cases/{house.case('CF103')}", "/quarantine",
                 f"/quarantine/{FEBRUARY}", "/runs", f"/runs/{run_id(house)}", "/rulebook", "/rulebook/M-04",
                 "/rulebook/F14", "/journal", "/journal?verify=1", "/users", "/password", "/nothing"]  # fmt: skip
        titles = set()
        for path in paths:
            page = browser.get(f"{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.status_code == (404 if path == "/nothing" else 200), path
            assert page.text.count("<h1") == page.text.count("</title>") == page.text.count("<main") == 1
            assert f'<html lang="{lang}">' in page.text
            titles.add(re.findall(r"<title>(.*?)</title>", page.text, re.S)[0])
            unnamed = re.findall(r"<th(?![^>]*scope=)[ >]", page.text)
            assert unnamed == [], path
            labels = set(re.findall(r'<label for="([^"]+)"', page.text))
            fields = re.findall(r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|radio)")[^>]*>', page.text)
            assert [f for f in fields if re.findall(r' id="([^"]+)"', f)[0] not in labels] == [], path
        assert len(titles) >= len(paths) - 2


def run_id(house: House) -> str:
    with house.store.read() as connection:
        return str(connection.execute(sa.select(tables.run.c.run_id)).scalars().first())


class TestHostileTexts:
    """The same payload in every field that others fill in."""

    @pytest.mark.parametrize("text", HOSTILE)
    def test_nothing_that_senders_wrote_becomes_markup(self, house: House, text: str):
        office = Office.__new__(Office)
        office.store, office.now, office.runs, office.cases = house.store, house.now, 7, {}
        with house.store.write() as connection:
            odd = {"submission_id": "sub-odd", "seq": 99, "name": text, "sender": text, "period": None,
                   "return_id": "x@-", "received_on": date(2021, 7, 1), "ingested_at": house.now,
                   "ingested_by": text, "notes": [text]}  # fmt: skip
            connection.execute(sa.insert(tables.submission), [odd])
            sheet = {"source_id": 900, "submission_id": "sub-odd", "kind": "purchase", "file": text, "sheet": text,
                     "columns": [text], "rows_in": 1, "records": 0, "quarantined": 1, "skipped": {},
                     "notes": [text]}  # fmt: skip
            connection.execute(sa.insert(tables.source), [sheet])
            problem = {"column": text, "field": "carats", "found": text, "expected": text, "code": text}
            row = {"source_id": 900, "row": 2, "problems": [problem], "raw": {text: text}}
            connection.execute(sa.insert(tables.quarantine), [row])
        found = lead(text, kind="actor", evidence={"name": text, "list": [text]}, units={"name": "text"}, part=text)
        office.run(breach(text, evidence={"note": text}, units={"note": "text"}), found, papers="sub-odd")
        with house.store.write() as connection:
            mark_cases(connection)
            connection.execute(sa.update(tables.source).values(file=text))
            cases = connection.execute(
                sa.select(tables.review_case.c.case_id).where(tables.review_case.c.subject_id == text)
            ).scalars()
            names = list(cases)
        browser = house.browser("ada")
        seen = ""
        for path in ["/cases", "/quarantine", "/quarantine/sub-odd", "/journal", "/", *(f"/cases/{n}" for n in names)]:
            page = browser.get(path)
            assert page.status_code == 200, path
            seen += page.text
            assert_harmless(page.text)
        assert "49" not in re.findall(r"<bdi[^>]*>([^<]*)</bdi>", seen)

    @pytest.mark.parametrize("text", HOSTILE)
    def test_nothing_that_colleagues_wrote_becomes_markup(self, house: House, text: str):
        browser, case = house.browser(), house.case()
        page = browser.fill(f"/cases/{case}", f"/cases/{case}/comment", {"text": text})
        assert "Your remark is added." in page.text
        assert_harmless(page.text)
        for path in (f"/cases?subject={text}", "/journal", f"/journal?actor={text}", f"/login?next={text}"):
            assert_harmless(browser.get(path).text)
        refused = house.browser(None).log_in(text, text)
        assert_harmless(refused.text)

    def test_a_display_name_is_text(self, house: House):
        with house.store.write() as connection:
            accounts.add(
                connection,
                name="eve",
                display_name=HOSTILE[0],
                role="analyst",
                hashed="$argon2id$x",
                actor="ada",
                at=house.now,
            )
        assert_harmless(house.browser("ada").get("/users").text)
        assert_harmless(house.browser().get(f"/cases/{house.case()}").text)


class Tags(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(page: str) -> None:
    """Scripts only from our files, no handlers, nothing from elsewhere, no address that is a script."""
    for tag, attributes in Tags(page).found:
        assert tag not in ("img", "iframe", "object", "embed", "style", "svg"), tag
        assert tag != "script" or str(attributes["src"]).startswith("/static/")
        assert [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")] == []
        assert all(
            str(attributes.get(name, "/")).startswith(("/", "#", "https://")) for name in ("href", "src", "action")
        )


def test_on_postgresql_screens_show_and_forms_do_the_same(postgres_url: str, password_hash: str):
    with furnished(postgres_url, password_hash) as house:
        browser = house.browser("ada")
        paths = ["/", "/cases?place=CF101", "/cases.csv", "/quarantine", f"/quarantine/{FEBRUARY}", "/runs",
                 f"/runs/{run_id(house)}", "/rulebook", "/journal?verify=1", "/users"]  # fmt: skip
        assert [path for path in paths if browser.get(path).status_code != 200] == []
        case = house.case()
        page = browser.fill(f"/cases/{case}", f"/cases/{case}/decide", {"outcome": "confirmed", "reason": "forged"})
        assert "closed with your decision" in page.text
        assert house.entries(case)[-1].actor == "ada"


def test_after_a_refused_form_the_language_link_leads_to_its_page(house: House):
    browser, case = house.browser(), house.case()
    fields = hidden_fields(browser.get(f"/cases/{case}").text, f"/cases/{case}/comment")
    headers = {**SAME_ORIGIN, "Referer": f"http://localhost/cases/{case}?told=x"}
    page = browser.post(f"/cases/{case}/comment", {**fields, "text": ""}, headers=headers)
    assert f'class="language" href="/cases/{case}?lang=fr"' in page.text


class TestQueue:
    def test_the_gravest_stand_first_and_filters_are_in_the_address(self, house: House):
        browser = house.browser()
        order = re.findall(r'class="move" href="/cases/(K-\w+)"', browser.get("/cases").text)
        assert order == [house.case(s) for s in ("CF101", "CF102", "CF103")]
        assert re.findall(r'class="move" href="/cases/(K-\w+)"', browser.get("/cases?kind=lead").text) == order[2:]
        page = browser.get("/cases?subject=cf102&severity=W")
        assert re.findall(r'class="move" href="/cases/(K-\w+)"', page.text) == order[1:2]
        assert 'value="cf102"' in page.text

    def test_it_goes_page_by_page(self, house: House, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(queue_screen, "SIZE", 2)
        browser = house.browser()
        first = browser.get("/cases?status=open")
        assert 'rel="next" href="/cases?status=open&amp;page=2"' in first.text
        second = browser.get("/cases?status=open&page=2")
        assert re.findall(r'class="move" href="/cases/(K-\w+)"', second.text) == [house.case("CF103")]
        assert 'rel="prev" href="/cases?status=open"' in second.text

    def test_the_list_as_csv_never_holds_a_formula(self, house: House):
        office = Office.__new__(Office)
        office.store, office.now, office.runs, office.cases = house.store, house.now, 7, {}
        office.run(breach("=1+1"))
        with house.store.write() as connection:
            mark_cases(connection)
        answer = house.browser().get("/cases.csv?status=all")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {row["Subject"] for row in rows} == {"CF101", "CF102", "CF103", "'=1+1"}
        french = house.browser().get("/cases.csv?lang=fr").content.decode("utf-8-sig")
        assert french.splitlines()[0].startswith("Dossier;Statut;Gravité;")


class TestMonth:
    def test_breaches_leads_and_returns_are_told_apart(self, house: House):
        text = house.browser().get("/").text
        figures = re.findall(r'class="figure">([^<]*)</span><span class="name">([^<]*)', text)
        assert figures == [
            ("2", "Breaches"), ("1", "Leads"), ("0", "Not evaluated"), ("3", "Cases to decide"),
            ("0", "Rows in quarantine"),
        ]  # fmt: skip

    def test_the_month_that_came_and_those_that_did_not(self, house: House):
        text = house.browser().get("/").text
        states = re.findall(
            r'<th scope="row">([A-Z]\w+ 2021)</th><td><bdi>SPPK</bdi></td>\s*<td><span class="return return-(\w+)"',
            text,
        )
        assert states == [
            ("July 2021", "awaited"), ("June 2021", "missing"), ("May 2021", "missing"), ("April 2021", "missing"),
            ("March 2021", "missing"), ("February 2021", "received"),
        ]  # fmt: skip

    def test_what_came_after_the_run_is_said_not_to_be_judged(self, house: House):
        assert "are not judged yet" in house.browser().get("/").text

    def test_without_a_run_it_says_what_to_do(self, database_url: str, password_hash: str):
        with database.open_store(database_url) as store, store.write() as connection:
            accounts.add(connection, name="awa", display_name="A", role="viewer", hashed=password_hash, actor="t",
                         at=House.now)  # fmt: skip
        with database.open_store(database_url) as store:
            page = House(store, Settings()).browser().get("/")
        assert "carmonitor run --inbox inbox" in page.text


class TestJournal:
    def test_the_chain_is_checked_when_asked_and_a_broken_one_named(self, house: House):
        browser = house.browser()
        assert "The chain is whole" in browser.get("/journal?verify=1").text
        with unguarded(house.store) as connection:
            connection.execute(sa.update(tables.journal).where(tables.journal.c.seq == 2).values(actor="eve"))
        assert "The chain is broken at entry 2." in browser.get("/journal?verify=1").text

    def test_it_is_listed_by_user(self, house: House):
        text = house.browser().get("/journal?actor=test").text
        assert "user added" in text
        assert ">opened<" not in text


class TestUsers:
    def test_an_administrator_disables_and_enables(self, house: House):
        admin, other = house.browser("ada"), house.browser("vera")
        page = admin.fill("/users", "/users/vera/disable")
        assert "can log in no more" in page.text
        assert other.get("/").url.path == "/login"
        admin.fill("/users", "/users/vera/enable")
        assert [e.action for e in house.entries("user:vera")] == ["user_added", "user_disabled", "user_enabled"]
        assert house.entries("user:vera")[-1].actor == "ada"

    def test_the_last_administrator_stays(self, house: House):
        page = house.browser("ada").fill("/users", "/users/ada/disable")
        assert (page.status_code, "last administrator" in page.text) == (409, True)

    def test_an_unknown_user_is_told(self, house: House):
        browser = house.browser("ada")
        sent = {"csrf": accounts.csrf_token(str(browser.cookie()))}
        assert browser.post("/users/nobody/disable", sent, headers=SAME_ORIGIN).status_code == 409
