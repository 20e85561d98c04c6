"""What the console refuses, and what every answer carries."""

from __future__ import annotations

import re

import pytest

from carmonitor.console import screens
from carmonitor.store import accounts
from tests.integration.console.browser import SAME_ORIGIN, Browser
from tests.integration.console.conftest import PASSWORD, House

PAGES = ["/", "/cases", "/quarantine", "/runs", "/rulebook", "/rulebook/D-10", "/journal", "/password"]


class TestForms:
    """An analyst decides; only with the token of the very session, and only from the console's own pages."""

    def decide(self, house: House, browser: Browser, token: str | None, headers: dict[str, str] | None = None):
        case = house.case()
        sent = {"outcome": "confirmed", "reason": "forged", "seen": str(house.entries(case)[-1].seq)}
        if token is not None:
            sent["csrf"] = token
        return browser.post(f"/cases/{case}/decide", sent, headers=headers)

    def untouched(self, house: House) -> bool:
        return [entry.action for entry in house.entries(house.case())] == ["open"]

    @pytest.mark.parametrize("token", [None, "", "0" * 64, "é" * 64])
    def test_without_its_token_nothing_is_done(self, house: House, token):
        page = self.decide(house, house.browser(), token)
        assert page.status_code == 403
        assert "belongs to another session" in page.text
        assert self.untouched(house)

    def test_the_token_of_another_session_is_refused(self, house: House):
        other, same_user = house.browser("remi"), house.browser()
        for browser in (other, same_user):
            token = accounts.csrf_token(str(browser.cookie()))
            assert self.decide(house, house.browser(), token).status_code == 403
        assert self.untouched(house)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://localhost.evil.example"},
            {},
        ],
    )
    def test_from_another_site_even_the_right_token_is_refused(self, house: House, headers):
        browser = house.browser()
        page = self.decide(house, browser, accounts.csrf_token(str(browser.cookie())), headers)
        assert page.status_code == 403
        assert self.untouched(house)

    @pytest.mark.parametrize("headers", [SAME_ORIGIN, {"Origin": "http://localhost"}])
    def test_from_the_console_with_the_right_token_it_is_done(self, house: House, headers):
        browser = house.browser()
        page = self.decide(house, browser, accounts.csrf_token(str(browser.cookie())), headers)
        assert page.status_code == 200
        assert house.entries(house.case())[-1].actor == "awa"

    def test_the_header_that_htmx_sends_counts_as_the_field(self, house: House):
        browser = house.browser()
        headers = {**SAME_ORIGIN, "X-CSRF-Token": accounts.csrf_token(str(browser.cookie()))}
        assert self.decide(house, browser, None, headers).status_code == 200

    def test_logging_in_from_another_site_is_refused(self, house: House):
        sent = {"name": "awa", "password": PASSWORD}
        page = house.browser(None).post("/login", sent, headers={"Sec-Fetch-Site": "cross-site"})
        assert page.status_code == 403


class TestRoles:
    @pytest.mark.parametrize("act", ["decide", "assign", "comment", "silence", "reopen"])
    def test_a_viewer_sees_no_form_and_decides_nothing(self, house: House, act: str):
        browser, case = house.browser("vera"), house.case()
        assert f"/cases/{case}/{act}" not in browser.get(f"/cases/{case}").text
        token = accounts.csrf_token(str(browser.cookie()))
        sent = {"csrf": token, "seen": "1", "outcome": "confirmed", "reason": "r", "text": "t", "to": "awa"}
        page = browser.post(f"/cases/{case}/{act}", sent)
        assert page.status_code == 403
        assert "Your role does not allow this" in page.text
        assert [entry.action for entry in house.entries(case)] == ["open"]

    @pytest.mark.parametrize("name", ["vera", "awa", "remi"])
    def test_only_an_administrator_manages_users(self, house: House, name: str):
        browser = house.browser(name)
        assert browser.get("/users").status_code == 403
        sent = {"csrf": accounts.csrf_token(str(browser.cookie()))}
        assert browser.post("/users/ada/disable", sent).status_code == 403

    def test_every_page_is_for_those_who_are_logged_in(self, house: House):
        browser = house.browser(None)
        assert [path for path in PAGES if browser.get(path).url.path != "/login"] == []

    def test_a_session_that_ended_takes_htmx_to_the_log_in_page(self, house: House):
        page = house.browser(None).get("/cases", headers={"HX-Request": "true"})
        assert page.headers["hx-redirect"].startswith("/login")


@pytest.mark.parametrize("path", ["/login", "/nothing", "/cases", "/static/nothing.js", "/static/../app.py"])
def test_every_answer_carries_the_headers_that_protect(house: House, path: str):
    headers = house.browser().get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


def test_static_files_are_kept_and_their_address_changes_with_them(house: House):
    browser = house.browser(None)
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', browser.get("/login").text)
    assert len(addresses) == 4
    for address in addresses:
        answer = browser.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
        assert re.search(r"\?v=[0-9a-f]{12}$", address)


def test_the_first_page_is_small(house: House):
    """With all that it loads, under 200 kB before anything is compressed."""
    browser = house.browser()
    page = browser.get("/")
    addresses = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
    assert len(page.content) + sum(len(browser.get(a).content) for a in addresses) < 200_000


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "192.0.2.7", "", "[::1", "localhost@evil.example"]
)
@pytest.mark.parametrize("path", ["/login", "/static/console.css", "/nothing"])
def test_another_host_name_is_not_answered_to(house: House, host: str, path: str):
    page = house.browser(None).get(path, headers={"Host": host})
    assert page.status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost:8321", "127.0.0.1", "[::1]:8321", "LOCALHOST"])
def test_the_names_of_this_machine_are(house: House, host: str):
    assert house.browser(None).get("/login", headers={"Host": host}).status_code == 200


def test_a_name_in_the_settings_is_answered_to(house: House):
    settings = house.settings.model_copy(update={"console_hosts": ("kp.example.org",)})
    named = House(house.store, settings)
    assert named.browser(None).get("/login", headers={"Host": "kp.example.org"}).status_code == 200


def test_too_much_is_refused_whether_it_says_its_size_or_not(house: House):
    browser = house.browser()
    page = browser.post("/cases/K-1/comment", {"text": "x" * 1_100_000})
    assert page.status_code == 413

    async def pieces():
        for _ in range(12):
            yield b"text=" + b"x" * 100_000

    headers = {**SAME_ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}
    page = browser.post("/cases/K-1/comment", headers=headers, content=pieces())
    assert page.status_code == 413


def test_no_page_describes_the_interface(house: House):
    browser = house.browser("ada")
    assert [p for p in ("/docs", "/redoc", "/openapi.json") if browser.get(p).status_code != 404] == []


def test_what_nobody_foresaw_is_told_by_a_number_only(house: House, monkeypatch: pytest.MonkeyPatch, caplog):
    def broken(*_given: object) -> None:
        raise RuntimeError("secret: /srv/carmonitor")

    browser = house.browser()
    monkeypatch.setattr(screens.month.overview, "last_two", broken)
    page = browser.get("/?lang=fr")
    assert page.status_code == 500
    assert "secret" not in page.text
    assert "Traceback" not in page.text
    (number,) = set(re.findall(r"Indiquez ce numéro à l&#39;exploitant\W*([0-9a-f]{8})", page.text))
    assert number in caplog.text


def test_an_odd_request_gets_a_page_not_a_fault(house: House):
    browser = house.browser()
    odd = (
        "/cases?page=-1", "/cases?page=99999999999999999999", "/cases?page=x&status=%00", "/cases/%00",
        "/cases/..%2f..%2fetc", "/journal?page=0&actor=%27--", "/quarantine/%F0%9F%92%8E", "/runs/%3Cscript%3E",
    )  # fmt: skip
    for path in odd:
        page = browser.get(path)
        assert page.status_code in (200, 404), path
        assert "<h1>" in page.text
        assert "<script>" not in page.text
    assert browser.post("/cases", {}).status_code in (403, 405)
