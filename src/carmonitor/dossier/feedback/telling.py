"""What a sender may be told of a stored result (``told.yaml``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from carmonitor.catalogues import Catalogue
from carmonitor.records.yamltext import parse_yaml

Found = Mapping[str, Any]
"""A stored finding, as :func:`carmonitor.store.findings.load_findings` gives it."""


@dataclass(frozen=True)
class Told:
    """A breach that is told: the cells it is marked in (``kind.field``, or ``blank_fields``) and what to do."""

    cells: tuple[str, ...]
    ask: Mapping[str, str]


@cache
def policy() -> dict[str, Any]:
    """``told.yaml`` as it stands."""
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.dossier.feedback") / "told.yaml").read_text("utf-8"))
    return loaded


@cache
def _told() -> dict[tuple[str, str | None], Told]:
    return {
        (entry["rule"], part): Told(tuple(entry["cells"]), entry["ask"])
        for entry in policy()["told"]
        for part in entry.get("parts", [None])
    }


def told(rule_id: str, part: str) -> Told | None:
    """How a breach is told; None for one that is not."""
    return _told().get((rule_id, part)) or _told().get((rule_id, None))


def breaches(findings: Iterable[Found], submission_id: str, catalogues: Iterable[Catalogue]) -> Iterator[Found]:
    """The breaches that may be told: errors of form whose every row stands in this submission. None on trial."""
    known = list(catalogues)
    for found in findings:
        inside = found["lineage"] and all(place["submission_id"] == submission_id for place in found["lineage"])
        is_told = found["outcome"] == "breach" and told(found["rule_id"], found["part"]) is not None
        if inside and is_told and is_active(found["rule_id"], known):
            yield found


def unchecked(findings: Iterable[Found], catalogues: Iterable[Catalogue]) -> Iterator[Found]:
    """What could not be checked for want of an entry, column or sheet, under rules for which that is told."""
    known = list(catalogues)
    for found in findings:
        lacking = str(found["reason"] or "").startswith(("blank:", "not_supplied:"))
        is_told = found["outcome"] == "not_evaluated" and found["rule_id"] in policy()["missing"]
        if lacking and is_told and is_active(found["rule_id"], known):
            yield found


def is_active(rule_id: str, catalogues: Iterable[Catalogue]) -> bool:
    """Whether a rule counts, by the first of these catalogues that has it; a rule on trial or unknown does not."""
    spec = next((c.rulebook.specs[rule_id] for c in catalogues if rule_id in c.rulebook.specs), None)
    return spec is not None and spec.status == "active"
