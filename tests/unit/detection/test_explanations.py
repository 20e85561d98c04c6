"""Every detector explains itself: what is unusual, against whom, over which window, how much, what else it can be."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from carmonitor.assessment import finding_view
from carmonitor.catalogues import packaged
from carmonitor.dossier.tables import findings_table
from carmonitor.findings import SCALES
from carmonitor.framework.checks import CheckSpec, detector
from tests.evidence_builder import evidence
from tests.unit.detection.situations import RULEBOOK, SPECS, peers, slip

WINDOWS = (
    "quarter",
    "period",
    "month",
    "months",
    "day",
    "days",
    "weeks",
    "year",
    "window",
    "since",
    "first_day",
    "date",
)
"""A message names the window of its comparison by one of these words in a placeholder, or by a day."""

IN_WORDS = re.compile(r"\b(ever|held|of the quarter|in force)\b")
"""A window that is no fact of its own is said in words."""


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def messages(spec: CheckSpec) -> list[tuple[str, str, str]]:
    parts = list(spec.message) if isinstance(spec.message, dict) else [""]
    return [(part, spec.message_for(part)["en"], spec.message_for(part)["fr"]) for part in parts]


@pytest.mark.parametrize("detector_id", SPECS)
def test_it_says_what_is_unusual_with_numbers_and_the_window(detector_id: str) -> None:
    spec = SPECS[detector_id]
    units = detector.checks[spec.implementation].evidence
    for part, en, fr in messages(spec):
        names = placeholders(en)
        assert names == placeholders(fr), f"{detector_id} {part}: the languages name different facts"
        measured = {n for n in names if units.get(n) in {*SCALES, "count", "days", "score", "km", "sieve"}}
        assert measured, f"{detector_id} {part}: no number"
        dated = {n for n in names if units.get(n) == "date" or any(word in n.split("_") for word in WINDOWS)}
        assert dated or IN_WORDS.search(en), f"{detector_id} {part}: no window"


@pytest.mark.parametrize("detector_id", SPECS)
def test_it_names_the_innocent_cause_and_the_papers_to_ask_for(detector_id: str) -> None:
    spec = SPECS[detector_id]
    assert spec.innocent_cause is not None
    assert spec.advice is not None
    for lang in ("en", "fr"):
        assert len(spec.innocent_cause[lang]) > 30
        assert len(spec.advice[lang]) > 30
    assert spec.evidence_group
    own = [p for p in spec.parameters if p.basis == "project-default"]
    assert all(p.note is not None for p in own), "a value of our own says why"


def test_a_lead_carries_all_of_it_in_json_and_in_the_workbook() -> None:
    from carmonitor.detection import detect, rank

    e = evidence(purchase=[slip("S2", 9000, "C-02"), *peers()])
    [found] = [f for f in rank(detect(e, {"F14": SPECS["F14"]}, RULEBOOK.regimes).findings, SPECS, e, budget_percent=5)
               if f.outcome == "lead"]  # fmt: skip
    view = finding_view(found, packaged(), lambda refs: [], "fr")
    for said in ("40 bordereaux", "Boda", "2021-Q1", "1,00-1,99"):
        assert said in view["message"]
    assert (view["evidence"]["place_in_list"], view["evidence"]["lots_in_quarter"]) == (1, 41)
    assert view["rank"] == 1
    assert view["score"] > 0
    assert view["innocent_cause"]
    assert view["advice"]
    table = findings_table([view])
    row = dict(zip((c.name for c in table.columns), table.rows[0], strict=True))
    assert row["innocent_cause"] == view["innocent_cause"]
    assert row["advice"] == view["advice"]
    assert "place_in_list = 1" in row["evidence"]
