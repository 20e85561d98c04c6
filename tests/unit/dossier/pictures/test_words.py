"""The words and numbers of drawings."""

from __future__ import annotations

import re
import string
from decimal import Decimal
from importlib.resources import files

import pytest

from carmonitor.dossier.pictures import words
from carmonitor.records.yamltext import parse_strictly


def texts() -> dict[str, dict[str, str]]:
    path = files("carmonitor.dossier.pictures") / "texts.yaml"
    loaded: dict[str, dict[str, str]] = parse_strictly(path.read_text(encoding="utf-8"))
    return loaded


def test_every_text_is_in_both_languages_with_the_same_values() -> None:
    for key, entry in texts().items():
        assert set(entry) == {"en", "fr"}, key
        fields = [
            sorted({name for _, name, _, _ in string.Formatter().parse(entry[lang]) if name}) for lang in ("en", "fr")
        ]
        assert fields[0] == fields[1], key


def test_every_text_is_used_and_every_text_used_is_there() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (files("carmonitor.dossier.pictures")).iterdir()
        if path.name.endswith(".py")
    )
    asked = set(re.findall(r"(?:say|count)\(\s*[\"']([a-z_]+)[\"']", code))
    assert asked - set(texts()) == set()
    made = (
        "stage_",
        "state_",
        "told_",
        "map_",
        "unit_",
        "axis_",
        "flow_",
        "step_",
        "fence_",
        "price_",
        "no_peers",
        "month",
    )
    unused = {key for key in texts() if key.removesuffix("_one") not in asked and not key.startswith(made)}
    assert unused == set()


@pytest.mark.parametrize(
    ("value", "digits", "en", "fr"),
    [
        (Decimal("1234.5"), 2, "1,234.50", "1\u202f234,50"),
        (0.125, 2, "0.12", "0,12"),
        (-1200.1, 1, "\u22121,200.1", "\u22121\u202f200,1"),
        (312, 0, "312", "312"),
    ],
)
def test_numbers_are_written_in_the_readers_convention(value: words.Number, digits: int, en: str, fr: str) -> None:
    assert words.figure(value, "en", digits) == en
    assert words.figure(value, "fr", digits) == fr


def test_one_is_one_in_both_languages_and_none_is_single_in_french() -> None:
    assert words.count("days", 1, "en") == "1 day"
    assert words.count("days", 0, "en") == "0 days"
    assert words.count("days", 0, "fr") == "0 jour"


def test_a_list_ends_with_and() -> None:
    assert words.listed(["Abba", "Boda", "Nola"], "fr") == "Abba, Boda et Nola"
    assert words.listed(["Abba"], "en") == "Abba"
