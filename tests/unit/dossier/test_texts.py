"""The words of template and export exist in both languages, and cover the codes they stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from carmonitor.catalogues import packaged
from carmonitor.dossier import labels, tables, template
from carmonitor.dossier.reconciliation import RESULTS
from carmonitor.findings import OUTCOMES, Severity
from carmonitor.records import KINDS, RETURN_KINDS
from carmonitor.settings import schemas_dir
from carmonitor.store.tables import review_case


def entries(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and not {"en", "fr"} & set(node):
        for name, item in node.items():
            yield from entries(item, f"{path}/{name}")
    else:
        yield path, node


def test_every_text_of_the_export_is_in_both_languages() -> None:
    lacking = [
        path
        for path, item in entries(tables.texts())
        if set(item) != {"en", "fr"} or not all(str(text).strip() for text in item.values())
    ]
    assert lacking == []


def test_the_help_says_as_much_in_french_as_in_english() -> None:
    english, french = template.texts()["en"], template.texts()["fr"]
    assert english.keys() == french.keys()
    assert english["hints"].keys() == french["hints"].keys()
    assert len(english["intro"]) == len(french["intro"])
    assert list(template.texts()["one_row"]) == list(RETURN_KINDS)


def database_values(column: str) -> set[str]:
    """What the database allows in a column of the case table."""
    check = next(c for c in review_case.constraints if str(c.name).endswith(column))
    return set(str(check.sqltext).split("'")[1::2])


@pytest.mark.parametrize(
    ("vocabulary", "codes"),
    [
        ("result", set(RESULTS)),
        ("finding_outcome", set(OUTCOMES)),
        ("severity", set(get_args(Severity))),
        ("certificate_status", {"issued", "void", "replaced"}),
        ("import_outcome", {"accepted", "refused", "seized"}),
        ("case_status", database_values("status")),
        ("case_outcome", database_values("outcome")),
        ("origin", database_values("origin")),
    ],
)
def test_every_code_has_its_words(vocabulary: str, codes: set[str]) -> None:
    assert codes
    assert set(tables.texts()["words"][vocabulary]) == codes


def test_every_kind_of_subject_that_rules_name_has_its_words() -> None:
    named = {
        kind
        for path in [*(schemas_dir() / "rulebook").glob("?.yaml"), schemas_dir() / "detectors.yaml"]
        for checks in yaml.safe_load(path.read_text(encoding="utf-8")).values()
        for check in checks
        for kind in check.get("subject_kind", "").split()
    }
    assert named - set(tables.texts()["words"]["subject_kind"]) == set()


def golden(pattern: str) -> set[str]:
    """What the golden files of the test matrix say in one place."""
    folder = Path(__file__).parents[1] / "framework" / "matrix"
    return {
        found for path in folder.glob("*.txt") for found in re.findall(pattern, path.read_text(encoding="utf-8"), re.M)
    }


def test_every_kind_of_subject_that_was_ever_told_has_its_words() -> None:
    told = golden(r"\bsubject_kind=(\w+)") | golden(r"^(?:breach|lead|not_evaluated) [EWI] (\w+) ")
    assert {"watchlist_entry", "certificate", "actor_quarter", "zone_quarter", "actor_year", "period"} <= told
    assert told - set(tables.texts()["words"]["subject_kind"]) == set()


def test_every_reason_that_was_ever_told_stands_in_the_rulebook_and_names_what_lacks_in_words() -> None:
    reasons = golden(r"\breason=(\S+)")
    assert {"undated", "blank:carats"} <= reasons
    assert {reason.partition(":")[0] for reason in reasons} - set(packaged().rulebook.reasons) == set()
    details = {reason.partition(":")[2] for reason in reasons if re.search(r":[a-z_]+$", reason)}
    assert [detail for detail in sorted(details) if labels.word(detail, "fr") == detail] == []


def test_notes_with_details_are_worded_piece_by_piece() -> None:
    assert tables.word("note", "not_compared:carats value", "fr") == "non indiqué des deux côtés : carats, valeur"
    assert tables.word("differs_in", "country parcels", "en") == "country, parcels"
    assert tables.word("result", "unheard of", "en") == "unheard of"


def test_every_evidence_column_of_every_kind_has_a_heading() -> None:
    for kind, model in KINDS.items():
        for name in model.model_fields:
            column = tables.Column(name)
            assert tables.field_heading(kind, column, "en")
            assert tables.field_heading(kind, column, "fr")
