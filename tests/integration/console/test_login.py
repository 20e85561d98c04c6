"""Logging in and out: who gets in, who waits, and what a session is worth."""

from __future__ import annotations

import pytest

from carmonitor.store import accounts, passwords
from tests.integration.console.browser import Browser, hidden_fields
from tests.integration.console.conftest import OTHER_PASSWORD, PASSWORD, House


def test_a_page_asked_for_is_shown_after_logging_in(house: House):
    browser = house.browser(None)
    first = browser.get("/cases?rule=M-04", follow=False)
    assert (first.status_code, first.headers["location"]) == (303, "/login?next=/cases%3Frule%3DM-04")
    page = browser.get("/cases?rule=M-04")
    fields = hidden_fields(page.text, "/login")
    done = browser.post("/login", {**fields, "name": "awa", "password": PASSWORD})
    assert (done.status_code, done.url.path, done.url.query) == (200, "/cases", b"rule=M-04")


@pytest.mark.parametrize("way", ["//evil.example/", "https://evil.example", "/\\evil.example"])
def test_logging_in_leads_to_no_other_host(house: House, way: str):
    sent = {"name": "awa", "password": PASSWORD, "next": way}
    assert house.browser(None).post("/login", sent, follow=False).headers["location"] == "/"


def test_a_wrong_password_and_a_name_that_is_none_are_told_alike(house: House):
    browser = house.browser(None)
    wrong = browser.log_in("awa", "wrong")
    unknown = browser.log_in("nobody", "wrong")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.text.replace("awa", "nobody") == unknown.text
    assert "User name and password do not fit." in wrong.text
    assert browser.cookie() is None


def test_a_disabled_user_is_told_nothing_else(house: House):
    with house.store.write() as connection:
        accounts.disable(connection, "awa", actor="ada", at=house.now)
    page = house.browser(None).log_in("awa", PASSWORD)
    assert page.status_code == 401
    assert "User name and password do not fit." in page.text


@pytest.mark.parametrize("name", ["awa", "nobody"])
def test_after_five_failures_even_the_right_password_waits(house: House, name: str):
    browser = house.browser(None)
    for _ in range(5):
        assert browser.log_in(name, "wrong").status_code == 401
    locked = browser.log_in(name, PASSWORD)
    assert locked.status_code == 429
    assert "Too many wrong attempts. Try again in 1 min." in locked.text
    house.later(seconds=31)
    assert browser.log_in(name, PASSWORD).status_code == (200 if name == "awa" else 401)


def test_a_cookie_from_before_is_worth_nothing_after_logging_in(house: House):
    browser = house.browser(None)
    browser.cookies.set("carmonitor_session", "planted", domain="localhost.local")
    browser.log_in("awa", PASSWORD)
    before = browser.cookie()
    assert before not in (None, "planted")
    browser.fill("/", "/logout")
    browser.log_in("awa", PASSWORD)
    assert browser.cookie() not in (None, before)
    thief = Browser(house.app)
    thief.cookies.set("carmonitor_session", str(before), domain="localhost.local")
    assert thief.get("/").url.path == "/login"


def test_the_session_cookie_is_for_this_site_only_and_no_script_reads_it(house: House):
    done = house.browser(None).post("/login", {"name": "awa", "password": PASSWORD}, follow=False)
    flags = {part.strip().lower() for part in done.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= flags
    assert not any(flag.startswith(("domain", "max-age", "expires", "secure")) for flag in flags)


def test_behind_tls_the_cookie_goes_over_tls_to_this_host_only(house: House):
    house.settings.behind_tls = True
    done = house.browser(None).post("/login", {"name": "awa", "password": PASSWORD}, follow=False)
    assert done.headers["set-cookie"].startswith("__Host-carmonitor_session=")
    assert "; Secure" in done.headers["set-cookie"]


def test_logging_out_ends_the_session_on_the_server(house: House):
    browser = house.browser()
    token = browser.cookie()
    page = browser.fill("/", "/logout")
    assert (page.url.path, "You are logged out." in page.text) == ("/login", True)
    again = Browser(house.app)
    again.cookies.set("carmonitor_session", str(token), domain="localhost.local")
    assert again.get("/").url.path == "/login"


def test_an_idle_session_ends_and_a_busy_one_lasts_half_a_day(house: House):
    idle, busy = house.browser(), house.browser("vera")
    for _ in range(14):
        house.later(minutes=50)
        assert busy.get("/").url.path == "/"
    assert idle.get("/").url.path == "/login"
    house.later(minutes=21)
    assert busy.get("/").url.path == "/login"


def test_one_who_is_logged_in_is_not_asked_again(house: House):
    assert house.browser().get("/login").url.path == "/"


def test_without_any_user_the_page_says_how_to_add_one(house: House):
    assert "carmonitor users add" not in house.browser(None).get("/login").text


class TestOwnPassword:
    def change(self, browser: Browser, present: str, new: str, again: str | None = None):
        return browser.fill("/password", "/password", {"present": present, "new": new, "again": again or new})

    def test_it_is_changed_and_every_other_session_ends(self, house: House):
        here, elsewhere = house.browser(), house.browser()
        page = self.change(here, PASSWORD, OTHER_PASSWORD)
        assert "Your password is changed" in page.text
        assert here.get("/").url.path == "/"
        assert elsewhere.get("/").url.path == "/login"
        assert house.browser(None).log_in("awa", PASSWORD).status_code == 401
        assert house.browser(None).log_in("awa", OTHER_PASSWORD).status_code == 200
        assert house.entries("user:awa")[-1].actor == "awa"

    @pytest.mark.parametrize(
        ("present", "new", "again", "said"),
        [
            ("wrong", OTHER_PASSWORD, None, "The present password is not right"),
            (PASSWORD, "short", None, "shorter than 12"),
            (PASSWORD, "awa awa awa awa 9", None, "contains your name"),
            (PASSWORD, OTHER_PASSWORD, "another thing", "differ"),
            (PASSWORD, PASSWORD, None, "is the present one"),
        ],
    )
    def test_what_is_refused_is_told_and_nothing_changes(self, house: House, present, new, again, said):
        page = self.change(house.browser(), present, new, again)
        assert page.status_code in (400, 401)
        assert said in page.text
        assert house.browser(None).log_in("awa", PASSWORD).status_code == 200


def test_a_hash_with_older_parameters_is_renewed_when_its_owner_logs_in(house: House):
    from argon2 import PasswordHasher

    older = PasswordHasher(time_cost=2, memory_cost=128, parallelism=1).hash(PASSWORD)
    with house.store.write() as connection:
        accounts.set_password(connection, "awa", older, actor="test", at=house.now)
    house.browser()
    with house.store.read() as connection:
        kept = accounts.password_hash(connection, "awa")
    assert kept is not None
    assert not passwords.is_outdated(kept)
    assert passwords.fits(kept, PASSWORD)
