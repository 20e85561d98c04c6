"""The words of the sheets: ``texts.yaml`` and ``facts.yaml``, in the reader's typography."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from carmonitor.dossier import labels
from carmonitor.dossier.typography import typeset
from carmonitor.findings import shown
from carmonitor.records.yamltext import parse_yaml


@cache
def texts(name: str) -> dict[str, Any]:
    """The content of a YAML file beside this module."""
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.dossier.sheets") / name).read_text(encoding="utf-8"))
    return loaded


def said(group: str, code: str, lang: str, **values: Any) -> str:
    """A text of ``texts.yaml`` with its values put in. Raises KeyError for one that is not there."""
    return typeset(str(texts("texts.yaml")[group][code][lang]).format(**values), lang)


def fact(name: str, lang: str) -> str:
    """What a value of a finding is called; a name nobody worded as it is."""
    known = texts("facts.yaml").get(name)
    return str(known[lang]) if known else labels.word(name, lang)


def amount(value: Any, unit: str, lang: str) -> str:
    """A value with its unit in words: ``1,234.50 ct``, « 37 307 FCFA/ct », ``–`` for null."""
    text = shown(value, unit, lang)
    named = texts("texts.yaml")["units"].get(unit)
    return text if value is None or not named else typeset(f"{text} {named[lang]}", lang)
