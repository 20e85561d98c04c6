"""The console's words: both languages, the same placeholders, and every word that a page asks for."""

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from carmonitor.console import app
from carmonitor.console.pages import Texts

CONSOLE = Path(app.__file__).parent
PAGES = [*CONSOLE.glob("templates/*.html"), *CONSOLE.glob("screens/*.py")]


def leaves(tree: dict, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict]]:
    for name, value in tree.items():
        assert isinstance(name, str), f"{path}: {name!r} is read as another type by YAML"
        if set(value) == {"en", "fr"}:
            yield (*path, name), value
        else:
            yield from leaves(value, (*path, name))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_stands_in_both_languages_with_the_same_placeholders():
    for path, text in leaves(Texts().tree):
        assert all(text[lang].strip() for lang in ("en", "fr")), path
        assert placeholders(text["en"]) == placeholders(text["fr"]), path


def test_french_texts_have_no_straight_quotation_marks_and_a_space_before_double_signs():
    for path, text in leaves(Texts().tree):
        assert '"' not in text["fr"], path
        assert not re.search(r"\w[;?!]", text["fr"]), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_text_that_a_page_names_is_there(page):
    texts = Texts()
    named = re.findall(r'\b(?:t|word)\("(\w+)", "(\w+)"', page.read_text(encoding="utf-8"))
    named += re.findall(r"\bt\('(\w+)', '(\w+)'\)", page.read_text(encoding="utf-8"))
    assert [names for names in named if not texts.has(*names)] == []


def test_what_pages_tell_and_refuse_with_is_worded():
    texts = Texts()
    for page in PAGES:
        source = page.read_text(encoding="utf-8")
        assert [c for c in re.findall(r'told="(\w+)"', source) if not texts.has("told", c)] == [], page.name
        assert [c for c in re.findall(r'RefusedError\(\d+, "(\w+)"', source) if not texts.has("errors", c)] == []
        assert [c for c in re.findall(r'NotFoundError\("(\w+)"', source) if not texts.has("errors", f"no_{c}")] == []


def test_no_template_holds_a_script_or_a_style_of_its_own():
    """The content security policy would refuse them."""
    for page in CONSOLE.glob("templates/*.html"):
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|\|safe", text) == [], page.name
