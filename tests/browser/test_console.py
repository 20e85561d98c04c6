"""What people do in the console, in a real browser: no page complains, and none asks another host for anything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LATER, SAMPLE, Visitor

pytestmark = pytest.mark.xdist_group("browser")

AXE = (Path(__file__).parent / "axe" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
SCREENS = ["/", "/cases", "/cases/{case}", "/cases/{case}/sheet", "/quarantine", "/runs", "/rulebook", "/rulebook/D-10",
           "/journal", "/zones", "/zones/Carnot", "/certificates/CF0002201", "/slips/B012811",
           "/actors/BA-02"]  # fmt: skip
DESKS = ["/upload", "/export", "/password"]
CASE = "K-11b3fdb8"

Come = Callable[..., Visitor]


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_no_screen_has_a_serious_accessibility_fault(visitor: Come, lang: str) -> None:
    guest, faults = visitor(), {}
    faults["/login"] = _serious(guest.go(f"/login?lang={lang}"))
    guest.log_in("adele")
    for path in [*SCREENS, *DESKS, "/users"]:
        page = guest.go(f"{path.format(case=CASE)}?lang={lang}")
        expect(page.locator("html")).to_have_attribute("lang", lang)
        faults[path] = _serious(page)

    assert {path: found for path, found in faults.items() if found} == {}


def test_no_screen_is_wider_than_a_small_telephone(visitor: Come) -> None:
    guest = visitor(viewport={"width": 360, "height": 780})
    guest.log_in("victor")

    wide = [path for path in SCREENS if _too_wide(guest.go(path.format(case=CASE)))]

    assert wide == []


def test_the_first_page_is_light_enough_for_a_slow_line(visitor: Come) -> None:
    guest, sizes = visitor(), []
    guest.page.on("requestfinished", lambda request: sizes.append(request.sizes()))

    guest.log_in("victor")

    assert sum(each["responseBodySize"] + each["responseHeadersSize"] for each in sizes) < 200_000


def test_every_screen_can_be_read_without_javascript(visitor: Come) -> None:
    guest = visitor(java_script_enabled=False)
    guest.log_in("victor")

    for path in SCREENS:
        expect(guest.go(path.format(case=CASE)).locator("main h1")).to_be_visible()


def test_a_viewer_reads_a_case_and_cannot_decide_it(visitor: Come) -> None:
    guest = visitor()
    guest.log_in("victor")
    guest.go("/cases").locator("main a[href^='/cases/K-']").first.click()
    expect(guest.page.locator("article.finding .message").first).to_be_visible()
    expect(guest.page.locator("form#decide")).to_have_count(0)

    answer = guest.page.evaluate(
        """async path => (await fetch(path, {method: "POST", body: new URLSearchParams({
            csrf: JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"],
            outcome: "explained", reason: "none", seen: "0"})})).status""",
        f"/cases/{CASE}/decide",
    )
    guest.faults.clear()  # the browser notes the refusal in its console

    assert answer == 403


def test_a_forged_form_is_refused_and_changes_nothing(visitor: Come) -> None:
    guest = visitor()
    guest.log_in("awa")
    guest.go(f"/cases/{CASE}")
    guest.page.eval_on_selector_all("input[name=csrf]", "fields => fields.forEach(f => f.value = 'forged')")
    guest.page.evaluate("document.body.removeAttribute('hx-headers')")
    guest.page.locator("#comment-text").fill("forged")
    guest.page.locator("form#comment button").click()
    expect(guest.page.locator("main [role=alert], main h1").first).to_be_visible()
    guest.faults.clear()

    expect(guest.go(f"/cases/{CASE}").locator("body")).not_to_contain_text("forged")


def test_an_analyst_checks_a_french_return_decides_a_case_and_takes_a_dossier_along(
    visitor: Come, tmp_path: Path
) -> None:
    guest = visitor()
    guest.log_in("awa")

    page = guest.go("/upload?lang=fr")
    page.locator("#u-files").set_input_files(SAMPLE / "inbox" / LATER / f"retour_{LATER}.xlsx")
    page.locator("#u-sender").fill("SPPK")
    page.locator("#u-period").fill(LATER)
    page.locator("#u-asof").fill("2021-07-31")
    page.locator("#check").click()
    expect(page.locator("#h-breach")).to_be_visible(timeout=180_000)
    expect(page.locator("#h-quarantine")).to_contain_text("4")
    expect(page.locator("article.finding-breach .message").first).to_contain_text("CF00021")
    page.locator("#discard").click()
    expect(page.locator("main h1")).to_be_visible()

    page = guest.go(f"/cases/{CASE}?lang=en")
    expect(page.locator("article.finding .message")).to_contain_text("6.25 ct too many")
    page.get_by_label("explained").check()
    page.locator("#decide-reason").fill("the second slip was a copy; original seen in Carnot")
    page.locator("form#decide button").click()
    expect(page.locator(".case-head")).to_contain_text("explained")
    expect(page.locator(".case-body")).to_contain_text("original seen in Carnot")

    page.locator("a.language").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator(".case-head")).to_contain_text("expliqué")

    page = guest.go("/export")
    page.locator("#e-cases").fill("K-25892a6a")
    page.locator("#make-dossier").click()
    expect(page.locator("#download")).to_be_visible(timeout=180_000)
    with page.expect_download() as coming:
        page.locator("#download").click()
    coming.value.save_as(tmp_path / "dossier.zip")
    with ZipFile(tmp_path / "dossier.zip") as dossier:
        names = set(dossier.namelist())
        manifest = json.loads(dossier.read("manifest.json"))
        assert dossier.read("dossier.pdf").startswith(b"%PDF-")
    assert {"dossier.pdf", "index.html", "cases.xlsx", "cases.json", "map.geojson"} <= names
    assert manifest["lang"] == "fr"
    assert manifest["selection"] == {"case_ids": ["K-25892a6a"]}


def _serious(page: Page) -> list[str]:
    """axe-core's serious and critical findings on the page as it stands."""
    page.evaluate(AXE)
    told = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    grave = [v for v in told["violations"] if v["impact"] in ("serious", "critical")]
    return [f"{v['id']}: {node['html'][:160]}" for v in grave for node in v["nodes"]]


def _too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
