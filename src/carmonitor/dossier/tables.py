"""The tables of an export, before they become a sheet or a CSV file: codes and exact values, and what columns are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from carmonitor.dossier import labels
from carmonitor.dossier.reconciliation import RESULTS
from carmonitor.records import KINDS
from carmonitor.records.yamltext import parse_yaml

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ExportView:
    """Everything an export says, ready to be written; texts are already in the reader's language.

    ``run``: run_id, as_of, rulebook_hash, evidence_digest, result_digest, code_version, context. ``cases``: as
    ``cases.listing`` gives them. ``findings``: the JSON of design.md, with ``case_id`` where one is open and
    ``lineage``: [{submission_id, file, sheet, row}]. ``evidence_rows``: {kind, submission_id, file, sheet, row,
    values}.
    ``reconciliation``, ``subtotals``, ``overdue``: the frames of :mod:`carmonitor.dossier.reconciliation`.
    ``intake`` and ``quarantine``: as in design.md, where a batch was read. ``geography``: a GeoJSON object;
    ``papers``: the original files concerned (submission_id, name, path, role, sha256, size).
    """

    run: Row
    cases: Sequence[Row]
    findings: Sequence[Row]
    evidence_rows: Sequence[Row]
    coverage: Sequence[Row]
    reconciliation: pd.DataFrame
    subtotals: pd.DataFrame
    overdue: pd.DataFrame
    intake: Row = field(default_factory=dict)
    quarantine: Sequence[Row] = ()
    geography: Row = field(default_factory=dict)
    papers: Sequence[Row] = ()


@dataclass(frozen=True)
class Column:
    """``kind``: text, long, date, integer, carats, money, percent, rate, degrees, score, yes_no, word or choice.

    ``words``: the vocabulary of a word column in ``texts.yaml``, ``kind.field`` of a field; ``heading``: its key there.
    """

    name: str
    kind: str = "text"
    words: str = ""
    heading: str = ""


@dataclass(frozen=True)
class TableOf:
    """One table: its name (``texts.yaml`` has sheet name, title and note), columns and rows of exact values."""

    name: str
    columns: tuple[Column, ...]
    rows: list[list[Any]]


@cache
def texts() -> dict[str, Any]:
    """The words of the export (``texts.yaml``)."""
    loaded: dict[str, Any] = parse_yaml((files("carmonitor.dossier") / "texts.yaml").read_text(encoding="utf-8"))
    return loaded


def heading(column: Column, lang: str) -> str:
    """What stands above a column."""
    return str(texts()["headings"][column.heading or column.name][lang])


def word(vocabulary: str, code: str, lang: str) -> str:
    """A code in words. Lists (``carats value``) and notes with details go piece by piece; unknown codes stay."""
    known = texts()["words"].get(vocabulary, {})
    if code in known:
        return str(known[code][lang])
    head, colon, rest = code.partition(":")
    if colon and head in known:
        return f"{known[head][lang]} {word('differs_in', rest, lang)}"
    if vocabulary == "differs_in":
        return ", ".join(str(known[part][lang]) if part in known else part for part in code.split())
    return code


_WORDS = {
    "status": "certificate_status", "outcome": "import_outcome", "result": "result", "differs_in": "differs_in",
    "note": "note", "level": "level",
}  # fmt: skip
_KINDS = {
    "carats": "carats", "confirmed_carats": "carats", "carats_difference": "carats", "late_carats": "carats",
    "value_usd": "money", "confirmed_value_usd": "money", "value_difference_percent": "percent",
    "issue_date": "date", "export_date": "date", "received_on": "date", "confirmed_on": "date",
    "outstanding": "yes_no",
}  # fmt: skip
_COUNTS = {
    "line", "parcels", "confirmed_parcels", "age_days", "certificates", "in_time", "late", "very_late", "undated",
    "oldest_days", *RESULTS,
}  # fmt: skip


def reconciliation_table(frame: pd.DataFrame) -> TableOf:
    """The page, without its internal references."""
    return _of_frame("reconciliation", frame.drop(columns=["ref", "ref_confirmation"]))


def subtotals_table(frame: pd.DataFrame) -> TableOf:
    """Sums by country and month, by month, by country, over all."""
    return _of_frame("subtotals", frame)


def overdue_table(frame: pd.DataFrame) -> TableOf:
    """What destinations owe."""
    table = _of_frame("overdue", frame)
    counted = tuple(Column(c.name, "integer") if c.name == "outstanding" else c for c in table.columns)
    return TableOf(table.name, counted, table.rows)


NOTES = (
    Column("mission_observation", "long"), Column("mission_proposal"), Column("mission_seen_on", "date"),
    Column("mission_seen_by"),
)  # fmt: skip
"""What a mission writes beside a case: what was seen, the decision proposed, the day, by whom."""

MAX_NOTE, MAX_NAME = 2_000, 80
"""Characters of what was seen, and of who saw it."""


def cases_table(cases: Iterable[Row], findings: Iterable[Row]) -> TableOf:
    """One row per case with what its findings say, and the empty columns of the mission (:data:`NOTES`)."""
    messages: dict[str, list[str]] = {}
    for finding in findings:
        if finding.get("case_id"):
            messages.setdefault(finding["case_id"], []).append(f"{finding['rule_id']}: {finding['message']}")
    columns = (
        Column("case_id"), Column("status", "word", "case_status", "case_status"),
        Column("severity", "word", "severity"),
        Column("subject_kind", "word", "subject_kind"), Column("subject_id"), Column("rules"),
        Column("message", "long"), *NOTES, Column("standing", "integer"), Column("resolved", "integer"),
        Column("origin", "word", "origin"), Column("opened_as_of", "date"), Column("assigned_to"),
        Column("outcome", "word", "case_outcome", "case_outcome"),
    )  # fmt: skip
    told = [{**case, "message": "\n".join(messages.get(case["case_id"], [])) or None} for case in cases]
    return _of_rows("cases", columns, told)


def findings_table(findings: Iterable[Row]) -> TableOf:
    """One row per finding; nested values as text."""
    columns = (
        Column("outcome", "word", "finding_outcome", "finding_outcome"), Column("severity", "word", "severity"),
        Column("rule_id"), Column("subject_kind", "word", "subject_kind"), Column("subject_id"), Column("period"),
        Column("message", "long"), Column("reason", "long"), Column("innocent_cause", "long"),
        Column("lineage", "long"), Column("advice", "long"), Column("title", "long"), Column("day", "date"),
        Column("regime"), Column("rank", "integer"), Column("score", "score"), Column("evidence", "long"),
        Column("parameters", "long"), Column("caveats", "long"), Column("certainty"), Column("source", "long"),
        Column("case_id"), Column("finding_id"),
    )  # fmt: skip
    return _of_rows("findings", columns, findings)


def coverage_table(coverage: Iterable[Row]) -> TableOf:
    """What each rule was checked on."""
    columns = (
        Column("rule_id"), Column("subject_kind", "word", "subject_kind"), Column("evaluated", "integer"),
        Column("passed", "integer"), Column("breached", "integer"), Column("not_evaluated", "integer"),
        Column("share_percent", "percent"), Column("shipments", "integer"), Column("shipments_checked", "integer"),
        Column("shipments_percent", "percent"), Column("reason", "long"),
    )  # fmt: skip
    return _of_rows("coverage", columns, coverage)


_FIELD_KINDS = {
    "date": "date", "integer": "integer", "carats": "carats", "usd": "money", "xaf": "integer", "amount": "money",
    "rate": "rate", "degrees": "degrees", "choice": "choice",
}  # fmt: skip


def evidence_tables(rows: Iterable[Row]) -> dict[str, TableOf]:
    """Kind → its rows: the fields of the kind that any row has, then file, sheet and row."""
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row["kind"], []).append(row)
    tables = {}
    for kind in [k for k in KINDS if k in by_kind]:
        types = KINDS[kind].field_types()
        used = [n for n in types if any(_plain(r["values"].get(n)) is not None for r in by_kind[kind])]
        columns = [Column(n, _FIELD_KINDS.get(types[n].name, "text"), f"{kind}.{n}") for n in used]
        columns += [Column("file"), Column("sheet"), Column("row", "integer")]
        values = [[*(_plain(r["values"].get(n)) for n in used), r["file"], r["sheet"], r["row"]] for r in by_kind[kind]]
        tables[kind] = TableOf(kind, tuple(columns), values)
    return tables


EVIDENCE = "evidence_"


def plain_tables(view: ExportView) -> dict[str, TableOf]:
    """Every table of an export by its file name: codes and field names of the data dictionary, exact values.

    One per subject, then one per kind of record that findings stand on (``evidence_<kind>``).
    """
    plain = [
        reconciliation_table(view.reconciliation),
        subtotals_table(view.subtotals),
        overdue_table(view.overdue),
        cases_table(view.cases, view.findings),
        findings_table(view.findings),
        coverage_table(view.coverage),
    ]
    evidence = evidence_tables(view.evidence_rows)
    return {**{table.name: table for table in plain}, **{EVIDENCE + kind: t for kind, t in evidence.items()}}


def field_heading(kind: str, column: Column, lang: str) -> str:
    """What stands above a field of a kind."""
    return (
        labels.column_label(kind, column.name, lang)
        if column.name in KINDS[kind].model_fields
        else heading(column, lang)
    )


def _of_frame(name: str, frame: pd.DataFrame) -> TableOf:
    columns = tuple(_column(str(c)) for c in frame.columns)
    rows = [[_plain(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return TableOf(name, columns, rows)


def _column(name: str) -> Column:
    if name in _WORDS:
        return Column(name, "word", _WORDS[name], _WORDS[name])
    return Column(name, "integer" if name in _COUNTS else _KINDS.get(name, "text"))


def _of_rows(name: str, columns: tuple[Column, ...], rows: Iterable[Row]) -> TableOf:
    return TableOf(name, columns, [[said(row.get(c.name)) for c in columns] for row in rows])


def said(value: Any) -> Any:
    """A nested value as one text, the same value always the same text; plain values stay."""
    if isinstance(value, Mapping):
        if "file" in value and "row" in value:
            return " › ".join(str(part) for part in (value["file"], value.get("sheet"), value["row"]) if part)
        if "name" in value and "value" in value:
            basis = f" ({value['basis']})" if value.get("basis") else ""
            return f"{value['name']} = {said(value['value'])}{basis}"
        if "title" in value:
            return " ".join(str(value[part]) for part in ("title", "url") if value.get(part))
        return "; ".join(f"{name} = {said(item)}" for name, item in value.items() if item is not None)
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return "; ".join(str(said(item)) for item in items)
    return _plain(value)


def _plain(value: Any) -> Any:
    if type(value) is str or value is None:  # most are
        return value
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
