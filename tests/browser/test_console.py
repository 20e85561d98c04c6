"""What people do in the console, in a real browser: nobody's page complains, and none asks another host for anything."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SAMPLE, Visitor

pytestmark = pytest.mark.xdist_group("browser")

AXE = (Path(__file__).parent / "axe" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
SCREENS = ["/", "/cases", "/quarantine", "/runs", "/rulebook", "/journal"]
LATER_SCREENS = ["/zones", "/zones/Carnot", "/certificates/CF0002112", "/actors/BA-02", "/upload", "/export"]

Come = Callable[..., Visitor]


@pytest.mark.parametrize("path", ["/login", *SCREENS, *LATER_SCREENS])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_no_screen_has_a_serious_accessibility_fault(visitor: Come, path: str, lang: str) -> None:
    guest = visitor()
    if path != "/login":
        guest.log_in("awa")
    page = guest.go(f"{path}?lang={lang}")

    assert page.locator("html").get_attribute("lang") == lang
    assert _serious(page) == []


def test_no_screen_is_wider_than_a_small_telephone(visitor: Come) -> None:
    guest = visitor(viewport={"width": 360, "height": 780})
    guest.log_in("victor")

    wide = [path for path in [*SCREENS, *LATER_SCREENS[:4]] if _too_wide(guest.go(path))]

    assert wide == []


def test_the_first_page_is_light_enough_for_a_slow_line(visitor: Come) -> None:
    guest, sizes = visitor(), []
    guest.page.on("requestfinished", lambda request: sizes.append(request.sizes()))

    guest.log_in("victor")

    assert sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes) < 200_000


def test_every_screen_can_be_read_without_javascript(visitor: Come) -> None:
    guest = visitor(java_script_enabled=False)
    guest.log_in("victor")

    for path in [*SCREENS, *LATER_SCREENS[:4]]:
        expect(guest.go(path).locator("main h1")).to_be_visible()


def test_a_viewer_reads_a_case_and_cannot_decide_it(visitor: Come) -> None:
    guest = visitor()
    guest.log_in("victor")
    guest.go("/cases").locator("main table a").first.click()

    expect(guest.page.locator("main h1")).to_be_visible()
    expect(guest.page.locator("form[action$='/decide']")).to_have_count(0)


def _serious(page: Page) -> list[str]:
    """axe-core's serious and critical findings on the page as it stands."""
    page.evaluate(AXE)
    told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [v for v in told["violations"] if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {node['html'][:160]}" for v in grave for node in v["nodes"]]


def _too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
