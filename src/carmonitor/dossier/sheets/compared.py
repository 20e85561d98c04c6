"""With whom a lead compares its subject: the numbers that its evidence holds, side by side, and questions on site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from carmonitor.dossier.sheets.model import Table
from carmonitor.dossier.sheets.words import amount, fact, said, texts
from carmonitor.dossier.typography import typeset

QUESTIONS = 6
"""Most questions of one case; those of the gravest findings come first."""


def compared(finding: Mapping[str, Any], lang: str) -> Table | None:
    """The comparison a stored finding makes; None where it makes none, or holds no number on either side."""
    pairs = texts("compared.yaml").get(finding["rule_id"], {})
    evidence, units = finding["evidence"], finding["units"]

    def value(name: str) -> str:
        return amount(evidence[name], units.get(name, ""), lang)

    rows = [
        (fact(here, lang), value(here), f"{fact(others, lang)} : {value(others)}" if lang == "fr" else
         f"{fact(others, lang)}: {value(others)}")
        for here, others in pairs.get("pairs", ())
        if evidence.get(here) is not None and evidence.get(others) is not None
    ]  # fmt: skip
    if not rows:
        return None
    counted = [n for n in pairs.get("n", ()) if evidence.get(n) is not None]
    note = " ".join(said("notes", "peers", lang, what=fact(n, lang), n=value(n)) for n in counted)
    heads = tuple(said("heads", head, lang) for head in ("compared", "here", "others"))
    told = tuple(tuple(typeset(cell, lang) for cell in row) for row in rows)
    return Table(said("tables", "compared", lang, rule=finding["rule_id"]), heads, told, frozenset({1}), note)


def questions(rules: Iterable[str], lang: str) -> tuple[str, ...]:
    """What to ask on site for these rules and detectors, in their order: their own, else those of their family."""
    by_rule: Mapping[str, Sequence[Mapping[str, str]]] = texts("questions.yaml")
    found: dict[str, None] = {}
    for rule in dict.fromkeys(rules):
        own = by_rule.get(rule) or by_rule.get(rule[:1]) or ()
        found |= dict.fromkeys(typeset(question[lang], lang) for question in own)
    return tuple(found)[:QUESTIONS]
