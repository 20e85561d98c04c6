"""How fields, sheets and values are called in English and French: the first names of ``schemas/headers.yaml``.

What the template and the export write is thereby what intake reads back.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from carmonitor.records import KINDS
from carmonitor.records.yamltext import parse_yaml
from carmonitor.settings import schemas_dir


def sheet_name(kind: str, lang: str) -> str:
    """The sheet of a kind: ``Purchase slips``, ``Bordereaux d'achat``. Never longer than a sheet name may be (31)."""
    names: list[str] = _names()["kinds"][kind]["sheets"][lang]
    return names[0]


def column_label(kind: str, field: str, lang: str) -> str:
    """The heading of a field: ``Issue date``, ``Date de délivrance``."""
    names: list[str] = _names()["kinds"][kind]["columns"][field][lang]
    return names[0]


def value_label(kind: str, field: str, value: str, lang: str) -> str:
    """A value of a choice field in words: ``annulé`` for ``void``. Raises KeyError for a value that is none."""
    values = _names()["values"]
    entry: Mapping[str, Any] = values.get(f"{kind}.{field}") or values[field]
    return str(entry[value][lang][0])


def word(name: str, lang: str) -> str:
    """A kind or field of the data dictionary in the reader's words; any other text as it is.

    ``seller``: what a slip states by number or name.
    """
    name = {"seller": "seller_name"}.get(name, name)
    if name in KINDS:
        return kind_title(name, lang)
    kind = next((k for k, model in KINDS.items() if name in model.model_fields), None)
    return column_label(kind, name, lang) if kind else name


def yes_no(lang: str) -> tuple[str, str]:
    """The words for true and false, in this order."""
    by_flag = _names()["booleans"]
    return str(by_flag[True][lang][0]), str(by_flag[False][lang][0])


def country_codes() -> list[str]:
    """The countries that intake knows by name, by two-letter code."""
    return list(_names()["countries"])


def is_help_sheet(name: str) -> bool:
    """Whether intake passes over a sheet of this name."""
    return name in _names()["ignored_sheets"]


def kind_title(kind: str, lang: str) -> str:
    """The title of a kind from its model."""
    model = KINDS[kind]
    return {"en": model.TITLE_EN, "fr": model.TITLE_FR}[lang]


def describe(kind: str, field: str, lang: str) -> str:
    """The description of a field from its model."""
    info = KINDS[kind].model_fields[field]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return str(info.description if lang == "en" else extra["description_fr"])


@cache
def _names() -> dict[str, Any]:
    loaded: dict[str, Any] = parse_yaml((schemas_dir() / "headers.yaml").read_text(encoding="utf-8"))
    return loaded
