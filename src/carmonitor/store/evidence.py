"""Evidence from the database: what was held at the end of a day, with submissions that are not stored, and the seeds.

Frames are the same, dtype for dtype, from SQLite, from PostgreSQL and from submissions in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from carmonitor.framework.parts import Span
from carmonitor.intake.batch import Submission, Table
from carmonitor.records import KINDS
from carmonitor.records.evidence import KNOWN_KEY_COLUMNS, SOURCE_COLUMNS, Evidence, assemble, empty_frame, pack, unpack
from carmonitor.records.places import Gazetteer
from carmonitor.settings import schemas_dir
from carmonitor.store import tables as t
from carmonitor.store.load import next_source_id
from carmonitor.store.records import read_records
from carmonitor.store.seeds import read_seeds, seeds_of


def read_evidence(
    connection: sa.Connection | None,
    *,
    as_of: date,
    gazetteer: Gazetteer,
    monitoring_from: date | None = None,
    expected_senders: tuple[str, ...] = (),
    extra: Sequence[Submission] = (),
    history: bool = True,
    seeds: Path | Mapping[str, bytes] | None = None,
    last_seq: int | None = None,
    spans: Mapping[str, tuple[str, Span]] | None = None,
    at_once: bool = True,
) -> Evidence:
    """All that was known at the end of ``as_of`` (semantics.md 9 to 11).

    ``connection``: a reading transaction, or None for no database; ``extra``: submissions that are not stored, taken as
    arrived after all others of their day (one that *is* stored, or comes twice, counts once); ``seeds``: the
    registers that come before all else, a folder or files by name, the packaged ones by default; ``last_seq``: the
    newest submission that counts (default: all); ``spans``: of these kinds, all of them of monthly returns, only the
    rows whose column lies in a span; ``at_once`` False: frames are read when first asked for, while the transaction is
    open. The other parameters: see :class:`Evidence`.
    """
    held = held_sheets(connection, extra=extra, seeds=seeds, last_seq=last_seq)
    keys = pd.concat([_stored_known_keys(connection), _memory_known_keys(held.memory)], ignore_index=True)

    def read(kind: str, source_ids: Sequence[int]) -> pd.DataFrame:
        stored = [i for i in source_ids if i not in held.memory]
        parts = [held.records(kind, source_ids)]
        if connection is not None and stored:
            parts.append(read_records(connection, kind, stored, (spans or {}).get(kind)))
        return together(kind, parts)

    found = assemble(
        held.sources,
        keys,
        read,
        gazetteer,
        as_of=as_of,
        monitoring_from=monitoring_from,
        expected_senders=expected_senders,
        history=history,
    )
    return loaded(found) if at_once else found


Memory = Mapping[int, tuple[int, Submission, Table]]
"""What is only in memory: source_id → (order of arrival, submission, sheet)."""


@dataclass(frozen=True)
class Sheets:
    """Every sheet that may be in force: ``sources`` (index ``source_id``, SOURCE_COLUMNS), and those in memory."""

    sources: pd.DataFrame
    memory: Memory

    def records(self, kind: str, source_ids: Iterable[int]) -> pd.DataFrame:
        """The records of a kind in those of these sheets that are in memory: its fields and ``ref``."""
        here = [i for i in source_ids if i in self.memory and self.memory[i][2].kind == kind]
        return together(kind, [_memory_records(kind, i, self.memory[i][2]) for i in here])


def held_sheets(
    connection: sa.Connection | None,
    *,
    extra: Sequence[Submission] = (),
    seeds: Path | Mapping[str, bytes] | None = None,
    last_seq: int | None = None,
) -> Sheets:
    """The sheets that are stored, of submissions up to ``last_seq``, the seeds', and those of ``extra``."""
    base = seeds_of(seeds) if isinstance(seeds, Mapping) else read_seeds(seeds or schemas_dir() / "seeds")
    stored = _stored_sources(connection)
    if last_seq is not None:
        stored = stored[stored["seq"] <= last_seq]
    known = set(stored["submission_id"])
    new = {s.submission_id: s for s in extra if s.submission_id not in known}
    first = t.FIRST_SOURCE_ID if connection is None else next_source_id(connection)
    memory = {
        **_numbered([base], first_source=1, first_seq=0),
        **_numbered(new.values(), first_source=first, first_seq=int(stored["seq"].max() if len(stored) else 0) + 1),
    }
    return Sheets(pd.concat([stored, _memory_sources(memory)]) if memory else stored, memory)


def together(kind: str, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Rows of a kind one after the other; an empty frame of the kind without any."""
    some = [part for part in parts if len(part)]
    if len(some) == 1:
        return some[0]
    return pd.concat(some, ignore_index=True) if some else empty_frame(kind)


def loaded(evidence: Evidence) -> Evidence:
    """The same evidence with every frame read, so that it may be used after its transaction."""
    return replace(evidence, frames=dict(evidence.frames))


def lineage(connection: sa.Connection | None, evidence: Evidence, refs: Sequence[int]) -> list[dict[str, Any]]:
    """Where each ``ref`` stands: submission_id, file, sheet, row; in the order of ``refs``.

    Sheets that the evidence no longer holds are looked up in the database. Raises KeyError for a ref known to neither.
    """
    columns = ["submission_id", "file", "sheet"]
    where = {int(i): values for i, *values in evidence.sources[columns].itertuples()}
    ids = {unpack(int(ref))[0] for ref in refs} - set(where)
    if ids and connection is not None:
        older = _stored_sources(connection)[columns]
        where |= {int(i): values for i, *values in older[older.index.isin(ids)].itertuples()}
    found = []
    for ref in refs:
        source_id, row = unpack(int(ref))
        found.append({**dict(zip(columns, where[source_id], strict=True)), "row": row})
    return found


# What is stored


def _stored_sources(connection: sa.Connection | None) -> pd.DataFrame:
    """Every sheet of a known kind, index ``source_id``, columns SOURCE_COLUMNS."""
    if connection is None:
        return _source_frame([])
    s, f = t.submission.c, t.source.c
    query = sa.select(
        f.source_id, s.submission_id, s.seq, s.sender, s.period, s.return_id, s.received_on,
        f.kind, f.file, f.sheet, f.columns, f.quarantined,
    ).join_from(t.source, t.submission).where(f.kind != "").order_by(f.source_id)  # fmt: skip
    return _source_frame([tuple(row) for row in connection.execute(query)])


def _source_frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["source_id", *SOURCE_COLUMNS])
    texts = dict.fromkeys(["submission_id", "sender", "period", "return_id", "kind", "file", "sheet"], "str")
    return frame.assign(columns=pd.Series([tuple(c) for c in frame["columns"]], dtype="object")).astype(
        {"source_id": "int64", "seq": "int64", "quarantined": "int64", "received_on": "datetime64[us]", **texts}
    ).set_index("source_id")  # fmt: skip


def _stored_known_keys(connection: sa.Connection | None) -> pd.DataFrame:
    if connection is None:
        return _key_frame([])
    k = t.known_key.c
    rows = connection.execute(sa.select(k.kind, k.field, k.value, k.source_id, k.row).order_by(k.source_id, k.row))
    return _key_frame([(kind, field, value, source_id << 32 | row) for kind, field, value, source_id, row in rows])


def _key_frame(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    types = {"kind": "str", "field": "str", "value": "str", "ref": "int64"}
    return pd.DataFrame(rows, columns=KNOWN_KEY_COLUMNS).astype(types)


# What is only in memory


def _numbered(submissions: Iterable[Submission], *, first_source: int, first_seq: int) -> Memory:
    sheets = [(seq, s, table) for seq, s in enumerate(submissions, first_seq) for table in s.tables if table.kind]
    return dict(enumerate(sheets, first_source))


def _memory_sources(memory: Memory) -> pd.DataFrame:
    return _source_frame(
        [
            (i, s.submission_id, seq, s.sender, s.period, s.return_id, s.received_on,
             table.kind, table.file, table.sheet, table.columns, len(table.quarantine))
            for i, (seq, s, table) in memory.items()
        ]
    )  # fmt: skip


def _memory_known_keys(memory: Memory) -> pd.DataFrame:
    return _key_frame(
        [
            (table.kind, name, value, i << 32 | row.row)
            for i, (_, _, table) in memory.items()
            for row in table.quarantine
            for name, value in row.known_keys.items()
        ]
    )


def _memory_records(kind: str, source_id: int, table: Table) -> pd.DataFrame:
    types = {name: value_type.dtype for name, value_type in KINDS[kind].field_types().items()}
    return table.frame[list(types)].astype(types).assign(ref=pack(source_id, table.frame["row"]))
