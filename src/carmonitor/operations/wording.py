"""The words of operations, from ``texts.yaml``, in the reader's language."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from carmonitor.dossier.typography import typeset
from carmonitor.records.yamltext import parse_strictly


@cache
def texts() -> dict[str, Any]:
    """area → key → {en, fr}."""
    content: dict[str, Any] = parse_strictly((files(__package__) / "texts.yaml").read_text(encoding="utf-8"))
    return content


def say(area: str, key: str, lang: str, **values: Any) -> str:
    """One text, filled in. Raises KeyError for one that does not exist."""
    return typeset(str(texts()[area][key][lang]).format(**values), lang)
