"""The page: whole, safe, readable without a network and without script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote

import pytest

from carmonitor.dossier.reading.page import as_html, spelled
from carmonitor.dossier.reading.paths import paper_path
from carmonitor.dossier.sheets.model import ActorSheet, Dossier
from tests.unit.dossier.reading.conftest import FORMULA, HOSTILE, MARKUP, SCRIPT, TURNED, empty, make

VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """Elements of a page in order, each closed by its own tag; anything else is an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.texts.append(data)

    def all(self, attribute: str) -> list[str]:
        """Every value of an attribute."""
        return [value for _, attrs in self.elements if (value := attrs.get(attribute)) is not None]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def test_every_element_is_closed_and_every_id_is_its_own(dossier: Dossier) -> None:
    ids = Page(as_html(dossier)).all("id")
    assert [name for name, times in Counter(ids).items() if times > 1] == []


def test_links_lead_to_places_of_the_page_to_papers_or_to_a_source(dossier: Dossier) -> None:
    page = Page(as_html(dossier))
    links = page.all("href")
    papers = {paper_path(p) for sheet in dossier.cases for f in sheet.findings for p in f.papers}
    source = dossier.cases[0].findings[0].source_url
    assert {link[1:] for link in links if link.startswith("#")} <= set(page.all("id"))
    assert {unquote(link) for link in links if not link.startswith("#")} == papers | {source}


def test_the_page_asks_nothing_of_anyone(dossier: Dossier) -> None:
    html = as_html(dossier)
    page = Page(html)
    assert [s for s in page.all("src") if not s.startswith("data:image/svg+xml;base64,")] == []
    assert not {"link", "iframe", "object", "form", "base", "svg", "audio", "video"} & {tag for tag, _ in page.elements}
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_the_policy_allows_this_style_and_this_script_and_no_other(dossier: Dossier) -> None:
    html = as_html(dossier)
    policy = next(a["content"] for _, a in Page(html).elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    for tag in ("style", "script"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert [a for _, a in Page(html).elements if any(n == "style" or n.startswith("on") for n in a)] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_from_a_sender_stays_text(name: str) -> None:
    told = replace(make("en", cases=1), actors=(ActorSheet(name, name, (name,)),), selected=name)
    page = Page(as_html(told))
    assert page.text.count(spelled(name)) >= 4
    assert [tag for tag, _ in page.elements].count("script") == 1


def test_text_of_papers_is_shown_as_it_stands(dossier: Dossier) -> None:
    text = Page(as_html(dossier)).text
    for name in (SCRIPT, FORMULA, MARKUP):
        assert name in text


def test_marks_that_hide_or_turn_text_are_shown_as_codes() -> None:
    assert spelled(TURNED) == "Bureau \\u202eelpmexE\\u202c \\u200bDeux"
    assert spelled("a\u202f;\u00a0b\n") == "a\u202f;\u00a0b\n"
    assert spelled("\x1b[2J\ud800") == "\\x1b[2J\\ud800"
    assert not re.search("[\u200b-\u200f\u202a-\u202e\u2066-\u2069]", as_html(make("en")))


def test_it_says_its_language_has_one_main_part_and_no_level_of_heading_is_skipped(dossier: Dossier) -> None:
    page = Page(as_html(dossier))
    assert dict(page.elements)["html"]["lang"] == dossier.lang
    tags = [tag for tag, _ in page.elements]
    assert tags.count("main") == tags.count("h1") == tags.count("header") == tags.count("footer") == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    first_link = next(attrs for tag, attrs in page.elements if tag == "a")
    assert first_link["href"] == "#content"


def test_every_picture_is_told_in_words(dossier: Dossier) -> None:
    images = [attrs for tag, attrs in Page(as_html(dossier)).elements if tag == "img"]
    pictures = [p for s in (*dossier.cases, *dossier.actors) for p in s.pictures] + [dossier.map]
    assert sorted(str(i["alt"]) for i in images) == sorted(p.told for p in pictures if p)
    first = next(p.svg for p in dossier.cases[0].pictures)
    assert any(base64.b64decode(str(i["src"]).partition(",")[2]).decode() == first for i in images)


def test_the_same_dossier_gives_the_same_page(dossier: Dossier) -> None:
    assert as_html(dossier) == as_html(dossier)


def test_an_empty_dossier_says_that_no_case_fits() -> None:
    assert "No case fits the selection." in Page(as_html(empty("en"))).text
    assert "Aucun dossier ne correspond à la sélection." in Page(as_html(empty("fr"))).text


def test_cases_beyond_the_full_sheets_stand_in_the_list() -> None:
    page = Page(as_html(make("en", cases=4), full=1))
    assert [i for i in page.all("id") if re.fullmatch(r"case-\d+", i)] == ["case-0"]
    assert "K-00000003" in page.text
    assert "The first 1 of 4 cases have a sheet." in page.text


def test_synthetic_and_redacted_are_said_where_they_hold() -> None:
    plain = replace(make("en"), synthetic="", cases=tuple(replace(s, synthetic=False) for s in make("en").cases))
    assert "SYNTHETIC DATA" not in Page(as_html(plain)).text
    assert "REDACTED" not in Page(as_html(plain)).text
    marked = Page(as_html(replace(plain, redacted=True, synthetic="All is synthetic."))).text
    assert "All is synthetic." in marked
    assert "SYNTHETIC DATA" in marked
    assert "REDACTED" in marked
