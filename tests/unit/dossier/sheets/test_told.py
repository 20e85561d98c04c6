"""A stored finding in words: from the rulebook that knows it, else its bare facts; texts from senders stay text."""

from __future__ import annotations

from typing import Any

import pytest

from carmonitor.catalogues import Catalogue, packaged
from carmonitor.dossier.sheets.compared import compared
from carmonitor.dossier.sheets.model import Paper
from carmonitor.dossier.sheets.told import told

HOSTILE = "<script>alert(1)</script>\u202egnp.exe"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return packaged()


def stored(**changes: Any) -> dict[str, Any]:
    """A stored price lead."""
    evidence = {
        "slip_carats": "28.38", "price_xaf": "5660400", "price_per_carat": "199450", "median_per_carat": "37307",
        "fence_per_carat": "56868", "peers": 57, "size_class": "0.50-0.99", "zone": "Berberati",
        "quarter": "2021-Q1", "distance": 13.0568, "place_in_list": 1, "lots_in_quarter": 1660,
        "probability": 0.056, "probability_low": 0.004, "probability_high": 0.166, "probability_basis": "synthetic",
    }  # fmt: skip
    units = {
        "slip_carats": "ct", "price_xaf": "XAF", "price_per_carat": "XAF/ct", "median_per_carat": "XAF/ct",
        "fence_per_carat": "XAF/ct", "peers": "count", "size_class": "sieve", "distance": "score",
        "probability": "share", "probability_low": "share", "probability_high": "share",
    }  # fmt: skip
    found = {
        "finding_id": "F1", "rule_id": "F14", "outcome": "lead", "severity": "W", "subject_kind": "purchase",
        "subject_id": "B010432", "period": "2021-01", "regime": "OF2019", "part": "dear", "day": "2021-01-20",
        "evidence": evidence, "units": units, "caveats": [], "reason": None, "rank": 3, "score": 13.0,
        "in_budget": True, "status": "open",
        "parameters": [{"name": "minimum_peers", "value": 20, "unit": "", "basis": "project-default"}],
    }  # fmt: skip
    return {**found, **changes}


def test_it_is_told_with_its_rule_cause_advice_and_parameters(catalogue: Catalogue) -> None:
    paper = Paper("purchase", "S1", "a.xlsx", "Bordereaux", 94)
    said = told(stored(), [catalogue], "fr", [paper])
    assert said.title == "Prix aberrant parmi des achats comparables"
    assert "199\u202f450 FCFA/ct" in said.message
    assert said.innocent_cause is not None
    assert said.advice is not None
    assert "valeur par défaut du projet" in said.parameters[0]
    assert "20" in said.parameters[0]
    assert (said.rank, said.standing, said.papers) == (3, True, (paper,))


def test_facts_come_in_the_order_of_the_message_with_their_units_and_no_null(catalogue: Catalogue) -> None:
    evidence = {**stored()["evidence"], "zone": None}
    facts = told(stored(evidence=evidence), [catalogue], "en").facts
    assert facts[:2] == (("Price per carat", "199,450 XAF/ct"), ("Price of the slip", "5,660,400 XAF"))
    assert "Zone" not in dict(facts)
    assert dict(facts)["Place in the quarter"] == "1 of 1,660"


def test_a_probability_is_said_to_come_from_simulated_returns(catalogue: Catalogue) -> None:
    named = [what for what, value in told(stored(), [catalogue], "en").facts if value.startswith("0.056")]
    assert len(named) == 1
    assert "synthetic" in named[0]


def test_a_rule_that_no_catalogue_knows_is_told_by_its_bare_facts(catalogue: Catalogue) -> None:
    said = told(stored(rule_id="X-99"), [catalogue], "fr")
    assert (said.title, said.certainty) == ("X-99", "")
    assert "X-99" in said.message
    assert "B010432" in said.message
    assert said.caveats != ()


def test_a_resolved_finding_does_not_stand(catalogue: Catalogue) -> None:
    assert not told(stored(status="resolved"), [catalogue], "en").standing


def test_what_a_sender_wrote_is_passed_on_letter_by_letter(catalogue: Catalogue) -> None:
    said = told(stored(subject_id=HOSTILE), [catalogue], "en")
    assert HOSTILE in said.message


def test_a_lead_is_put_beside_its_peers(catalogue: Catalogue) -> None:
    table = compared(stored(), "en")
    assert table is not None
    assert table.rows[0] == ("Price per carat", "199,450 XAF/ct", "Median of the peers, per carat: 37,307 XAF/ct")
    assert "57" in table.note


def test_a_comparison_without_one_of_its_sides_is_not_made() -> None:
    alone = {"price_per_carat": "199450", "median_per_carat": None}
    assert compared(stored(evidence=alone), "en") is None
    assert compared(stored(rule_id="D-10"), "en") is None
