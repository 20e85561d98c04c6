"""The words of the sheets exist in both languages and cover what findings can say."""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest

from carmonitor.catalogues import Catalogue, packaged
from carmonitor.dossier import labels
from carmonitor.dossier.sheets.compared import questions
from carmonitor.dossier.sheets.words import amount, fact, texts
from carmonitor.findings import RANKING
from carmonitor.framework.checks import CheckSpec

_FILLED_IN = {"subject_id", "day", "period"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return packaged()


def specs(catalogue: Catalogue) -> list[CheckSpec]:
    return [spec for spec in catalogue.specs.values() if spec.outcome != "scope_note"]


def entries(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for place, item in enumerate(node):
            yield from entries(item, f"{path}/{place}")
    elif isinstance(node, dict) and not {"en", "fr"} & set(node):
        for name, item in node.items():
            yield from entries(item, f"{path}/{name}")
    else:
        yield path, node


@pytest.mark.parametrize("name", ["texts.yaml", "facts.yaml", "questions.yaml"])
def test_every_text_is_in_both_languages_and_fills_in_the_same(name: str) -> None:
    def holes(text: str) -> set[str]:
        return {hole for _, hole, _, _ in Formatter().parse(text) if hole}

    lacking = [
        path
        for path, item in entries(texts(name))
        if set(item) != {"en", "fr"} or not all(item.values()) or holes(item["en"]) != holes(item["fr"])
    ]
    assert lacking == []


def test_every_value_that_a_message_names_has_words_in_french(catalogue: Catalogue) -> None:
    named: set[str] = set()
    for spec in specs(catalogue):
        messages = spec.message.values() if isinstance(spec.message, dict) else [spec.message]
        for text in messages:
            named |= {hole for _, hole, _, _ in Formatter().parse(text["en"]) if hole}  # type: ignore[index]
        named -= {p.name for p in spec.parameters}
    assert {name for name in named - _FILLED_IN - set(RANKING) if fact(name, "fr") == name} == set()


def test_every_rule_and_detector_has_one_to_four_questions_of_its_own_or_of_its_family(catalogue: Catalogue) -> None:
    own = texts("questions.yaml")
    assert {s.id for s in specs(catalogue) if s.id not in own} == set()
    assert {name for name in own if len(name) > 1 and name not in catalogue.specs} == set()
    assert [name for name, asked in own.items() if not 1 <= len(asked) <= 4] == []


def test_a_rule_without_questions_of_its_own_asks_those_of_its_family() -> None:
    assert questions(["D-99"], "en") == questions(["D"], "en") != ()
    assert questions(["?"], "en") == ()


def test_questions_are_asked_once_and_end_as_questions() -> None:
    asked = questions(["D-10", "D-10", "D-03"], "fr")
    assert len(asked) == len(set(asked))
    assert all("\u202f?" in question for question in asked)


def test_what_leads_compare_has_words_and_belongs_to_a_lead(catalogue: Catalogue) -> None:
    for rule, pairs in texts("compared.yaml").items():
        assert catalogue.spec(rule).outcome == "lead", rule
        named = {name for pair in pairs["pairs"] for name in pair} | set(pairs.get("n", ()))
        assert {name for name in named if fact(name, "fr") == name and name not in texts("facts.yaml")} == set(), rule


@pytest.mark.parametrize(
    ("value", "unit", "lang", "words"),
    [
        ("37307", "XAF/ct", "fr", "37\u202f307 FCFA/ct"),
        ("37307", "XAF/ct", "en", "37,307 XAF/ct"),
        ("16.80", "percent", "fr", "16,80\u00a0%"),
        ("11.03", "ct", "en", "11.03 ct"),
        (None, "ct", "en", "–"),
        (["CF1", "CF2"], "text", "fr", "CF1, CF2"),
        ("=cmd|'/c calc'!A1", "text", "en", "=cmd|'/c calc'!A1"),
    ],
)
def test_amounts_are_in_the_readers_convention_with_their_unit(value: Any, unit: str, lang: str, words: str) -> None:
    assert amount(value, unit, lang) == words


def test_a_text_of_the_trade_is_called_as_in_the_returns() -> None:
    assert fact("issuing_authority", "fr") == labels.word("issuing_authority", "fr")
