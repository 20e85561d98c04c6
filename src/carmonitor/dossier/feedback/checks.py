"""What the rules found in a return that its sender is told: errors of form, and entries whose lack stops a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
import sqlalchemy as sa

from carmonitor.dossier.feedback.held import HeldReturn, HeldSheet
from carmonitor.dossier.feedback.layout import Layout, Layouts
from carmonitor.dossier.feedback.model import Correction
from carmonitor.dossier.feedback.telling import Found, Told, told
from carmonitor.dossier.feedback.words import say
from carmonitor.dossier.labels import column_label, sheet_name
from carmonitor.dossier.typography import typeset
from carmonitor.intake.attachments import files_of
from carmonitor.records import KINDS, RETURN_KINDS
from carmonitor.records.evidence import unpack
from carmonitor.store import tables as t
from carmonitor.store.records import read_records

_KIND_OF = {
    "certificate": "shipment", "parcel": "parcel", "purchase": "purchase", "transfer": "transfer",
    "production": "production",
}  # fmt: skip
"""Kind of subject → the kind of row that it is; its id are the row's keys with ``/`` between them."""

_FIELD = {"seller": "seller_name"}  # a seller is stated by number or name


@dataclass(frozen=True)
class ReturnRows:
    """The rows of a return that became records, and where its columns stand."""

    connection: sa.Connection
    held: HeldReturn
    read: Layouts

    @cached_property
    def by_place(self) -> dict[tuple[str, str], HeldSheet]:
        """(file, sheet) → what it was taken in as."""
        return {(sheet.file, sheet.sheet): sheet for sheet in self.held.sheets}

    @cached_property
    def by_source(self) -> dict[int, HeldSheet]:
        """source_id → what it was taken in as."""
        return {sheet.source_id: sheet for sheet in self.held.sheets}

    @cached_property
    def supplied(self) -> frozenset[str]:
        """The kinds that any submission of this return brought."""
        query = sa.select(t.source.c.kind).join_from(t.source, t.submission).distinct()
        of_it = query.where(t.submission.c.return_id == self.held.return_id)
        return frozenset(self.connection.execute(of_it).scalars())

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return {}

    def records(self, kind: str) -> pd.DataFrame:
        """The records of a kind: its fields and ``ref``."""
        if kind not in self._frames:
            sources = [s.source_id for s in self.held.sheets if s.kind == kind]
            self._frames[kind] = read_records(self.connection, kind, sources)
        return self._frames[kind]

    def subjects(self, kind: str) -> pd.Series:
        """The id of each record as findings name it."""
        frame = self.records(kind)
        ids = frame[KINDS[kind].KEY[0]].astype("str")
        for key in KINDS[kind].KEY[1:]:
            ids = ids + "/" + frame[key].astype("str")
        return ids

    def places(self, refs: pd.Series) -> Iterator[tuple[HeldSheet, Layout, int]]:
        """Where records stand: sheet, layout, row."""
        for ref in refs:
            source_id, row = unpack(int(ref))
            sheet = self.by_source[source_id]
            if layout := self.read.sheets.get((sheet.file, sheet.sheet)):
                yield sheet, layout, row


def of_breaches(
    findings: Iterable[Found], rows: ReturnRows, worded: Callable[[Found], str], lang: str
) -> Iterator[Correction]:
    """The breaches that may be told, each at the cells its rule names; else at the keys of its first row."""
    for found in findings:
        how = told(found["rule_id"], found["part"])
        if how is None:
            continue
        message, ask = typeset(worded(found), lang), typeset(how.ask[lang], lang)
        for sheet, row, column, heading in _cells(found, how, rows):
            yield Correction(
                "entry", sheet.file, sheet.sheet, row, column, heading, message, ask, rule_id=found["rule_id"]
            )


def _cells(found: Found, how: Told, rows: ReturnRows) -> list[tuple[HeldSheet, int, int | None, str]]:
    cells: list[tuple[HeldSheet, int, int | None, str]] = []
    for place in found["lineage"]:
        sheet, layout = rows.by_place.get(_at(place)), rows.read.sheets.get(_at(place))
        if sheet is None or layout is None:
            continue
        row = int(place["row"])
        for name, only_blank in _fields(found, how, sheet.kind):
            column = layout.column(name)
            if column and (layout.is_blank(row, column) or not only_blank):
                cells.append((sheet, row, column, layout.heading(column)))
    if cells:
        return cells
    for place in found["lineage"]:
        sheet, layout = rows.by_place.get(_at(place)), rows.read.sheets.get(_at(place))
        if sheet is not None and layout is not None and sheet.kind:
            column = layout.column(KINDS[sheet.kind].KEY[0])
            return [(sheet, int(place["row"]), column, layout.heading(column) if column else "")]
    return []


def _at(place: Mapping[str, Any]) -> tuple[str, str]:
    return str(place["file"]), str(place["sheet"])


def _fields(found: Found, how: Told, kind: str) -> Iterator[tuple[str, bool]]:
    """The fields to mark in a row of a kind, and whether only where they are blank."""
    for cell in how.cells:
        if cell == "blank_fields":
            blank = [_FIELD.get(name, name) for name in found["evidence"].get("blank_fields") or ()]
            yield from ((name, True) for name in blank if kind and name in KINDS[kind].model_fields)
        elif cell.startswith(kind + "."):
            yield cell.removeprefix(kind + "."), False


def of_missing(findings: Iterable[Found], rows: ReturnRows, lang: str) -> Iterator[Correction]:
    """What is blank or was not sent, so that a check could not be made; each cell, column or sheet once."""
    seen = set()
    for found in findings:
        code, _, detail = str(found["reason"]).partition(":")
        about = {"blank": _blank, "not_supplied": _not_supplied}[code]
        for correction in about(found, detail, rows, lang):
            key = correction.place, correction.heading, correction.expected
            if key not in seen:
                seen.add(key)
                yield correction


def _blank(found: Found, name: str, rows: ReturnRows, lang: str) -> Iterator[Correction]:
    kind = _KIND_OF.get(found["evidence"]["subject_kind"], "")
    if not kind or name not in KINDS[kind].model_fields:
        return
    frame = rows.records(kind)
    mine = rows.subjects(kind).isin(found["evidence"]["subjects"]) & frame[name].isna()
    for sheet, layout, row in rows.places(frame.loc[mine, "ref"]):
        if column := layout.column(name):
            expected = say("expected.entry", lang)
            yield Correction("missing", sheet.file, sheet.sheet, row, column, layout.heading(column), "", expected)


def _not_supplied(found: Found, detail: str, rows: ReturnRows, lang: str) -> Iterator[Correction]:
    of = found["evidence"]["subject_kind"]
    kind = _KIND_OF.get(of, "")
    subjects = found["evidence"]["subjects"]
    here = rows.held.return_id in subjects if of == "return" else kind and rows.subjects(kind).isin(subjects).any()
    if not here:
        return
    if detail in RETURN_KINDS:
        if detail not in rows.supplied:
            name = sheet_name(detail, lang)
            yield Correction("missing", "", name, None, None, "", "", say("expected.missing_sheet", lang, x=name))
        return
    sheets = [s for s in rows.held.sheets if s.kind and detail in KINDS[s.kind].model_fields and s.records]
    if any(s.kind == kind for s in sheets):
        sheets = [s for s in sheets if s.kind == kind]
    for sheet in sheets:
        layout = rows.read.sheets.get((sheet.file, sheet.sheet))
        if layout and detail not in sheet.columns:
            label = column_label(sheet.kind, detail, lang)
            expected = say("expected.column", lang, x=label)
            yield Correction(
                "missing", sheet.file, sheet.sheet, layout.header_row, None, label, "", expected, sheet.records
            )


def of_documents(rows: ReturnRows, lang: str) -> Iterator[Correction]:
    """Rows of the sheet of documents that name a file which did not arrive."""
    frame = rows.records("document")
    sent = files_of([str(name) for name in frame["file_name"]], rows.held.paths)
    absent = [not found for found in sent]
    names = frame.loc[absent, "file_name"].tolist()
    for (sheet, layout, row), name in zip(rows.places(frame.loc[absent, "ref"]), names, strict=True):
        column = layout.column("file_name")
        heading = layout.heading(column) if column else ""
        expected = say("expected.file_not_sent", lang)
        yield Correction("missing", sheet.file, sheet.sheet, row, column, heading, str(name), expected)


def is_partial(findings: Iterable[Found]) -> bool:
    """Whether a finding counts more subjects than it names, so that not every blank cell is known."""
    return any(f["evidence"]["count"] > len(f["evidence"]["subjects"]) for f in findings)
