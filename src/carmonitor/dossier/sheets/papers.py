"""The papers that findings stand on, with what stands in their rows, for many cases at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from carmonitor.dossier.sheets.model import Paper
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.records.display import for_people

Place = tuple[str, str, str, int]
"""submission_id, file, sheet, row."""


def place_of(stated: Mapping[str, Any]) -> Place:
    """An entry of a finding's lineage."""
    return stated["submission_id"], stated["file"], stated["sheet"], int(stated["row"])


def papers_of(standing: Standing, lineages: Iterable[Iterable[Mapping[str, Any]]]) -> list[tuple[Paper, ...]]:
    """For each lineage its papers, in its order, each with the values that are stated in its row.

    A place without a record (a row in quarantine, a sheet that this database does not hold) gives a paper without
    values, of kind ``""`` where not even the sheet is known. However many lineages, there are a few queries per kind.
    """
    wanted = [[place_of(stated) for stated in lineage] for lineage in lineages]
    known = _papers(standing, {place for lineage in wanted for place in lineage})
    return [tuple(known[place] for place in dict.fromkeys(lineage)) for lineage in wanted]


def _papers(standing: Standing, places: Iterable[Place]) -> dict[Place, Paper]:
    sheets = standing.held.sources[["submission_id", "file", "sheet", "kind"]]
    numbers: dict[tuple[str, str, str], list[tuple[int, str]]] = defaultdict(list)
    for source_id, submission_id, file, sheet, kind in sheets.itertuples(name=None):
        numbers[submission_id, file, sheet].append((int(source_id), kind))
    found: dict[Place, Paper] = {}
    refs: dict[str, dict[int, Place]] = defaultdict(dict)
    for place in places:
        row = place[3]
        kinds = numbers.get(place[:3], [])
        found[place] = Paper(kinds[0][1] if kinds else "", *place)
        for source_id, kind in kinds:
            refs[kind][source_id << 32 | row] = place
    for kind, of_kind in refs.items():
        rows = standing.at(kind, of_kind)
        values = for_people(kind, rows)
        said = values.to_dict("records")
        for ref, row_values in zip(rows["ref"], said, strict=True):
            place = of_kind[int(ref)]
            stated = {str(name): value for name, value in row_values.items() if value is not None}
            found[place] = Paper(kind, *place, values=stated)
    return found
