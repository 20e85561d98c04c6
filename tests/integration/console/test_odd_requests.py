"""What asking every route anything has found; each was a fault of the server once. The asking: ``tests/fuzz``."""

from __future__ import annotations

import pytest

from carmonitor.store import accounts
from tests.integration.console.browser import SAME_ORIGIN, Browser
from tests.integration.console.conftest import House, furnished
from tests.integration.console.test_upload import checked

NAMED = [
    "/cases/a%00b", "/cases/%00/sheet", "/certificates/%00", "/slips/a%00b", "/actors/%00", "/zones/%00/map.svg",
    "/quarantine/%00", "/runs/%00", "/rulebook/%00", "/upload/%00", "/export/%00/file", "/static/%00",
]  # fmt: skip
ASKED = [
    "/find?q=a%00b", "/cases?subject=%00", "/cases.csv?rule=%00", "/journal?actor=%00a&subject=%00", "/login?next=%00",
    "/export?place=a%00b", "/?told=%00",
]  # fmt: skip


def test_a_nul_in_an_address_is_no_fault_on_either_database(database_url: str, password_hash: str):
    with furnished(database_url, password_hash) as house:
        browser = house.browser("ada")
        assert [p for p in NAMED if browser.get(p).status_code != 404] == []
        assert [p for p in ASKED if browser.get(p).status_code != 200] == []


def test_a_nul_in_a_form_is_left_out_on_either_database(database_url: str, password_hash: str):
    with furnished(database_url, password_hash) as house:
        browser, case = house.browser(), house.case()
        page = browser.fill(f"/cases/{case}", f"/cases/{case}/comment", {"text": "seen\0 on site"})
        assert page.status_code == 200
        assert house.entries(case)[-1].payload["text"] == "seen on site"
        assert house.browser(None).log_in("a\0", "b\0").status_code == 401


def in_parts(browser: Browser, path: str, charset: str, **fields: bytes):
    """A form in parts whose head names an encoding."""
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), v) for n, v in fields.items()
    ]
    headers = {**SAME_ORIGIN, "Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    return browser.post(path, headers=headers, content=b"".join(parts) + b"--x--\r\n")


@pytest.mark.parametrize("charset", ["punycode", "undefined", "idna", "unicode_escape", "utf-7", "hex", "x", "utf-16"])
def test_a_form_in_another_encoding_is_refused_before_it_is_read(house: House, charset: str):
    assert in_parts(house.browser(None), "/login", charset, name=rb"\ud800", password=b"!").status_code == 415
    browser, case = house.browser(), house.case()
    given = {"csrf": accounts.csrf_token(str(browser.cookie())).encode(), "text": rb"\ud800/"}
    assert in_parts(browser, f"/cases/{case}/comment", charset, **given).status_code == 415
    assert [entry.action for entry in house.entries(case)] == ["open"]


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8"])
def test_a_form_that_says_it_is_utf8_is_read(house: House, charset: str):
    browser, case = house.browser(), house.case()
    seen = str(house.entries(case)[-1].seq).encode()
    token = accounts.csrf_token(str(browser.cookie())).encode()
    in_parts(browser, f"/cases/{case}/comment", charset, csrf=token, seen=seen, text="vérifié".encode())
    assert house.entries(case)[-1].payload["text"] == "vérifié"


def test_a_marked_workbook_of_no_number_is_none(house: House):
    browser = house.browser()
    path, _ = checked(browser, ("shipment.csv", b"certificate_number,carats\nCF0000001,1.50\n"), sender="SPPK")
    for number in ("9" * 400, "9" * 5000, "-1", "200", "%D9%A3"):
        assert browser.get(f"{path}/marked/{number}.xlsx").status_code in (400, 404), number[:9]
