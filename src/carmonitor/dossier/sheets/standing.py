"""What was in force as of a stored run, asked for row by row: the ground on which everything shown stands.

Evidence (:mod:`carmonitor.records.evidence`) holds whole frames, because rules look at every row. Readers look at a
few; here the same rows are found by the numbers that papers name, in a database of any size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd
import sqlalchemy as sa

from carmonitor.catalogues import Catalogue, chosen, known_of_run
from carmonitor.records import KINDS
from carmonitor.records.evidence import identity, settled, source_ids, sources_in_force
from carmonitor.records.places import Gazetteer
from carmonitor.settings import Settings
from carmonitor.store import lookup
from carmonitor.store.evidence import Sheets, held_sheets, together
from carmonitor.store.findings import RunInfo, latest_run
from carmonitor.store.records import read_records

SYNTHETIC = ("(synth",)
"""How names of invented actors, firms and places say so: « (synthétique) », "(synthetic)"."""


class NoRunError(LookupError):
    """Nothing was judged yet. The message says what to do."""


@dataclass(frozen=True)
class Standing:
    """What was known as of a run. Open it on a reading transaction; it asks that connection and nothing else.

    ``sources``: the sheets in force then (frame of :class:`Evidence`); ``held``: every sheet the run knew;
    ``catalogue``: what the run judged with, or what is in use where that was not kept. For another transaction of the
    same run, take ``dataclasses.replace(standing, connection=...)``: nothing is read again.
    """

    connection: sa.Connection
    run: RunInfo
    settings: Settings
    catalogue: Catalogue
    held: Sheets = field(repr=False)
    sources: pd.DataFrame = field(repr=False)
    _of_kind: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _known: dict[str, dict[int, int]] = field(default_factory=dict, repr=False)
    _zones: dict[str | None, str | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of_run(cls, connection: sa.Connection, settings: Settings, run: RunInfo | None = None) -> Standing:
        """The standing of a stored run, by default the latest. Raises :class:`NoRunError` before the first."""
        run = run or latest_run(connection)
        if run is None:
            raise NoRunError("found no stored run; `carmonitor run` makes one")
        catalogue = known_of_run(connection, run) or chosen(settings, connection, strict=False)
        held = held_sheets(connection, seeds=catalogue.seeds, last_seq=run.last_seq)
        then = Settings.of_run(run.settings)
        decided = settings.model_copy(
            update={name: getattr(then, name) for name in run.settings if hasattr(then, name)}
        )
        return cls(connection, run, decided, catalogue, held, sources_in_force(held.sources, run.as_of))

    @property
    def as_of(self) -> date:
        """The day of the run."""
        return self.run.as_of

    @property
    def gazetteer(self) -> Gazetteer:
        """The places the run knew."""
        return self.catalogue.gazetteer

    def zone(self, place: str | None) -> str | None:
        """The pre-2021 sub-prefecture that a place as written lies in; None where it is blank, unknown or ambiguous."""
        if place not in self._zones:
            resolved = self.gazetteer.resolve(pd.Series([place], dtype="str"))
            found = self.gazetteer.subprefectures(resolved).iloc[0]
            self._zones[place] = None if pd.isna(found) else str(found)
        return self._zones[place]

    @cached_property
    def synthetic(self) -> bool:
        """Whether the actor register names anybody as invented; then nothing in this database is taken for real."""
        return any(lookup.any_naming(self.connection, "actor", "name", mark) for mark in SYNTHETIC)

    def of_kind(self, kind: str) -> pd.DataFrame:
        """The sheets of a kind in force, in order of arrival."""
        if kind not in self._of_kind:
            self._of_kind[kind] = self.sources[self.sources["kind"] == kind]
        return self._of_kind[kind]

    def rows(self, kind: str, field_name: str, values: Iterable[str]) -> pd.DataFrame:
        """The rows in force whose text field is one of these values: columns and dtypes of a frame of evidence.

        By ``ref``. A value that no row holds has none; nulls among ``values`` are passed over.
        """
        wanted = {str(value) for value in values if value is not None and not pd.isna(value)}
        found = self._found(kind, field_name, wanted)
        if KINDS[kind].GROUP != "return" and len(found) and len(self.of_kind(kind)) > 1:
            found = self._with_rivals(kind, found)
        frame = self._settled(kind, found)
        return frame[frame[field_name].isin(wanted)].reset_index(drop=True)

    def plain(
        self, kind: str, field_name: str, values: Iterable[str] | None, names: Sequence[str]
    ) -> list[dict[str, Any]]:
        """As :meth:`rows`, but only some fields, as plain values (:func:`carmonitor.store.lookup.plain_rows`).

        ``values`` None: every row of the kind. For kinds of returns and confirmations; places are as written.
        """
        in_force = self._arrivals(kind)
        group = KINDS[kind].GROUP
        key = list(KINDS[kind].KEY) if group != "return" else []
        asked = list(dict.fromkeys([*names, *key]))
        rows = lookup.plain_rows(self.connection, kind, field_name, values, asked)
        rows = [row for row in rows if row["source_id"] in in_force]
        if not key:
            return rows
        if field_name not in key:
            raise ValueError(f"found {kind}.{field_name}; expected a part of the key, of which the latest is in force")
        latest: dict[tuple[Any, ...], int] = {}
        for row in rows:
            name = tuple(row[part] for part in key)
            latest[name] = max(latest.get(name, -1), in_force[row["source_id"]])
        return [row for row in rows if in_force[row["source_id"]] == latest[tuple(row[part] for part in key)]]

    def _arrivals(self, kind: str) -> dict[int, int]:
        """Sheets of a kind in force → the place of their submission in the order of arrival."""
        if kind not in self._known:
            of_kind = self.of_kind(kind)
            places = pd.factorize(of_kind["submission_id"])[0]
            self._known[kind] = dict(zip((int(i) for i in of_kind.index), (int(n) for n in places), strict=True))
        return self._known[kind]

    def all(self, kind: str) -> pd.DataFrame:
        """Every row of a kind in force. For registers of some hundred rows: it reads them all."""
        ids = [int(i) for i in self.of_kind(kind).index]
        stored = [i for i in ids if i not in self.held.memory]
        parts = [*self._shipped(kind, ids), read_records(self.connection, kind, stored)]
        return self._settled(kind, together(kind, parts))

    def at(self, kind: str, refs: Iterable[int]) -> pd.DataFrame:
        """The rows at these places, in force or not: the fields of the kind and ``ref``, by ``ref``."""
        asked = {int(ref) for ref in refs}
        here = [rows[rows["ref"].isin(asked)] for rows in self._shipped(kind, {ref >> 32 for ref in asked})]
        stored = lookup.rows_at(self.connection, kind, [ref for ref in asked if ref >> 32 not in self.held.memory])
        return together(kind, [*here, stored]).sort_values("ref", ignore_index=True)

    def _found(self, kind: str, field_name: str, wanted: set[str]) -> pd.DataFrame:
        here = [rows[rows[field_name].isin(wanted)] for rows in self._shipped(kind, self.of_kind(kind).index)]
        frame = together(kind, [*here, lookup.rows_by(self.connection, kind, field_name, wanted)])
        return frame[source_ids(frame["ref"]).isin(self.of_kind(kind).index)]

    def _shipped(self, kind: str, source_ids: Iterable[int]) -> list[pd.DataFrame]:
        """Rows of these sheets that ship with the catalogue and stand in no database."""
        ids = [i for i in source_ids if i in self.held.memory]
        return [self.held.records(kind, ids)] if ids else []

    def _with_rivals(self, kind: str, found: pd.DataFrame) -> pd.DataFrame:
        """Rows of confirmations and registers, and those of the same keys that may have replaced them."""
        key = next(name for name in identity(kind) if KINDS[kind].field_types()[name].dtype == "str")
        rivals = self._found(kind, key, set(found[key].dropna()))
        return pd.concat([found, rivals], ignore_index=True).drop_duplicates("ref")

    def _settled(self, kind: str, frame: pd.DataFrame) -> pd.DataFrame:
        plain = frame.drop(
            columns=[name for name in frame.columns if str(name) == "return_id" or str(name).endswith("_resolved")]
        )
        return settled(kind, plain, self.of_kind(kind), self.gazetteer)
