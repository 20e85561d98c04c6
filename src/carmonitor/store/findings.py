"""The store of findings: runs, findings in versions, results, coverage.

A finding is kept by its id. What it says may change: that is a new version, and the old ones stay. A finding that a run
no longer makes is *resolved*; one that comes back is a new version, open again. A result is the set of findings of a
run, kept once per digest, so that running twice stores nothing twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa

from carmonitor.findings import Finding, Parameter, content_digest
from carmonitor.framework.engine import Coverage
from carmonitor.store import resolving, seals, tables

Places = list[dict[str, Any]]
Lineage = Callable[[tuple[int, ...]], Places]
"""Rows of evidence → where they stand: [{file, sheet, row, submission_id}]."""

_LOCK = 4_201_932  # any constant of our own: results are stored one after the other
_AT_ONCE = 500  # ids in one query, rows in one insert


class ResultError(Exception):
    """A result cannot be stored. The message says what was found and what was expected."""


@dataclass(frozen=True)
class RunInfo:
    """A run. ``run_id`` is a hash of what decides its result; ``settings`` and ``counts`` are JSON values.

    ``catalogue_hash``: what it judged with, and ``last_seq``: the newest submission it knew (0: none), both None for
    runs of before these were kept. ``verdicts``: detector → [confirmed, explained] of reviewers that its ranking used.
    """

    run_id: str
    as_of: date
    started_at: datetime
    finished_at: datetime | None
    code_version: str
    rulebook_hash: str
    evidence_digest: str
    result_digest: str
    settings: Mapping[str, Any]
    counts: Mapping[str, Any]
    actor: str
    last_seq: int | None = None
    catalogue_hash: str | None = None
    verdicts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Saved:
    """What storing a result changed: ids of findings. ``changed``: another content, other papers, or back again."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    resolved: tuple[str, ...]
    unchanged: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(ids) for name, ids in asdict(self).items()}


def run_id(*deciding: Any) -> str:
    """The id of a run from all that decides its result (JSON values): ``R`` and 16 hexadecimal digits."""
    said = json.dumps(deciding, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return "R" + hashlib.sha256(said.encode()).hexdigest()[:16]


def latest_run(connection: sa.Connection) -> RunInfo | None:
    """The run whose result stands; None before the first."""
    query = sa.select(tables.run).order_by(tables.run.c.as_of.desc(), tables.run.c.started_at.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else RunInfo(**row)


def load_runs(connection: sa.Connection) -> dict[str, RunInfo]:
    """Every run by its id, the oldest first."""
    query = sa.select(tables.run).order_by(tables.run.c.as_of, tables.run.c.started_at, tables.run.c.run_id)
    return {row["run_id"]: RunInfo(**row) for row in connection.execute(query).mappings()}


def is_look_back(connection: sa.Connection, as_of: date) -> bool:
    """Whether a day lies before the latest run's: such a run may be shown, but changes no finding and no case."""
    last = latest_run(connection)
    return last is not None and as_of < last.as_of


def save_result(
    connection: sa.Connection,
    *,
    run: RunInfo,
    findings: Sequence[Finding],
    coverage: Sequence[Coverage],
    lineage: Lineage,
    resolver: resolving.Resolver | None = None,
) -> Saved:
    """Store a run and its result; a second identical one adds nothing.

    ``resolver`` names the submission that did away with a finding (or None); left out, it is chosen by
    :func:`carmonitor.store.resolving.by_submissions`. Raises :class:`ResultError` for a look back, for a run that knew
    less than the one before (another was at work beside it), and for a known run that now gives another result.

    A run that is stored later counts as the later one, also when the clock was put back in between: it is then said to
    have started just after the one before.
    """
    lock(connection)
    before = latest_run(connection)
    if before is not None and run.as_of < before.as_of:
        raise ResultError(f"found a run as of {run.as_of} after one as of {before.as_of}; a look back is not stored")
    if before is not None and (before.last_seq or 0) > (run.last_seq or 0) and run.last_seq is not None:
        raise ResultError(
            f"found a run that knew {run.last_seq} submissions after one that knew {before.last_seq}: another run took "
            "in more and was stored meanwhile; nothing of this one is stored; run again"
        )
    if before is not None and before.run_id != run.run_id:
        run = _later(run, before)
    resolver = resolver or resolving.by_submissions(connection, run, before)
    newly = _save_run(connection, run, before)
    saved, versions = _save_findings(connection, run, findings, lineage, resolver)
    _save_digest(connection, run.result_digest, versions, coverage)
    if newly:
        seals.seal_run(connection, run.run_id, at=run.finished_at or run.started_at, actor=run.actor)
    return saved


def lock(connection: sa.Connection) -> None:
    """Let nobody else store a result, or what is derived from one, until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _later(run: RunInfo, before: RunInfo) -> RunInfo:
    started = max(run.started_at, before.started_at + timedelta(microseconds=1))
    return replace(run, started_at=started, finished_at=run.finished_at and max(run.finished_at, started))


def _save_run(connection: sa.Connection, run: RunInfo, before: RunInfo | None) -> bool:
    """Add the run. A known one that is not the latest (settings changed and changed back) becomes the latest again.

    False when the run is the latest already.
    """
    table = tables.run
    known = connection.execute(sa.select(table.c.result_digest).where(table.c.run_id == run.run_id)).scalar()
    if known is None:
        connection.execute(sa.insert(table), [{**asdict(run), "settings": dict(run.settings)}])
    elif known != run.result_digest:
        raise ResultError(
            f"run {run.run_id} gave the result {known[:12]} and now gives {run.result_digest[:12]}; the same evidence, "
            "rulebook, settings and code version must give the same result"
        )
    elif before is not None and before.run_id != run.run_id:
        again = {"started_at": run.started_at, "finished_at": run.finished_at, "actor": run.actor}
        connection.execute(sa.update(table).where(table.c.run_id == run.run_id).values(again))
    else:
        return False
    return True


def _save_findings(
    connection: sa.Connection,
    run: RunInfo,
    findings: Sequence[Finding],
    lineage: Lineage,
    resolver: resolving.Resolver,
) -> tuple[Saved, dict[str, int]]:
    """Bring the findings to what the run says. Also returns finding_id → the version that says it."""
    stored = _states(connection)
    new: list[str] = []
    changed: list[str] = []
    unchanged: list[str] = []
    rows: list[dict[str, Any]] = []
    versions: dict[str, int] = {}
    for finding in findings:
        places = lineage(finding.refs)
        digest = stored_digest(finding, places)
        state = stored.get(finding.finding_id)
        if state is not None and state.digest == digest and state.status == "open":
            unchanged.append(finding.finding_id)
            versions[finding.finding_id] = state.version
            continue
        (new if state is None else changed).append(finding.finding_id)
        versions[finding.finding_id] = 1 if state is None else state.version + 1
        rows.append(_row(finding, versions[finding.finding_id], digest, places, run.run_id))
        if len(rows) == _AT_ONCE:
            connection.execute(sa.insert(tables.finding), rows)
            rows.clear()
    if rows:
        connection.execute(sa.insert(tables.finding), rows)
    gone = sorted(i for i, state in stored.items() if state.status == "open" and i not in versions)
    _resolve(connection, run, gone, resolver)
    return Saved(tuple(new), tuple(changed), tuple(gone), tuple(unchanged)), versions


@dataclass(frozen=True, slots=True)
class _State:
    version: int
    digest: str
    status: str


def _states(connection: sa.Connection) -> dict[str, _State]:
    """finding_id → its newest version."""
    f = tables.finding.c
    rows = connection.execute(sa.select(f.finding_id, f.version, f.content_digest, f.status).where(is_newest()))
    return {i: _State(version, digest, status) for i, version, digest, status in rows}


_LATER = tables.finding.alias("later")


def is_newest() -> sa.ColumnElement[bool]:
    """Condition on ``finding``: no later version of it is stored."""
    mine = tables.finding.c
    return ~sa.exists().where(_LATER.c.finding_id == mine.finding_id, _LATER.c.version > mine.version)


def _resolve(connection: sa.Connection, run: RunInfo, ids: Sequence[str], resolver: resolving.Resolver) -> None:
    f = tables.finding.c
    update = (
        sa.update(tables.finding)
        .where(f.finding_id == sa.bindparam("id_"), f.version == sa.bindparam("version_"))
        .values(status="resolved", resolved_by=sa.bindparam("by"), resolved_run_id=run.run_id)
    )
    for start in range(0, len(ids), _AT_ONCE):
        some = sa.select(tables.finding).where(f.finding_id.in_(ids[start : start + _AT_ONCE]), is_newest())
        values = [
            {"id_": row["finding_id"], "version_": row["version"], "by": resolver(view(dict(row)))}
            for row in connection.execute(some).mappings()
        ]
        connection.execute(update, values)


def _save_digest(
    connection: sa.Connection, digest: str, versions: Mapping[str, int], coverage: Sequence[Coverage]
) -> None:
    members, table = tables.result_finding, tables.coverage
    for kept in (members, table):
        known = sa.select(sa.literal(1)).select_from(kept).where(kept.c.result_digest == digest).limit(1)
        if connection.execute(known).first() is not None:
            continue
        if kept is members:
            rows = [{"result_digest": digest, "finding_id": i, "version": v} for i, v in sorted(versions.items())]
        else:
            rows = [{"result_digest": digest, "position": n, **asdict(row)} for n, row in enumerate(coverage)]
        if rows:
            connection.execute(sa.insert(kept), rows)


# What a stored finding looks like


def content(finding: Finding, places: Places) -> dict[str, Any]:
    """A finding as JSON: every field but ``refs`` (numbers of this database), in whose stead ``lineage`` stands."""
    fields = {name: getattr(finding, name) for name in Finding.__slots__ if name != "refs"}
    return cast("dict[str, Any]", _json({**fields, "lineage": places}))


def finding_of(stored: Mapping[str, Any]) -> Finding:
    """A stored finding's content as a :class:`Finding` again, for wording it; ``refs`` is empty, see ``lineage``."""
    fields = {name: stored[name] for name in Finding.__slots__ if name != "refs"}
    fields["parameters"] = tuple(Parameter(**p) for p in fields["parameters"])
    fields["caveats"] = tuple(fields["caveats"])
    fields["day"] = date.fromisoformat(fields["day"]) if fields["day"] else None
    return Finding(**fields)


def load_findings(connection: sa.Connection, result_digest: str | None = None) -> list[dict[str, Any]]:
    """Findings as dicts: content (see :func:`content`), version, status, first_run_id, resolved_by, resolved_run_id.

    Those of a result, as they were said then; without a digest, the newest version of every open finding.
    """
    f, members = tables.finding.c, tables.result_finding
    query = sa.select(tables.finding).order_by(f.finding_id)
    if result_digest is None:
        query = query.where(is_newest(), f.status == "open")
    else:
        same = (members.c.finding_id == f.finding_id) & (members.c.version == f.version)
        query = query.join(members, same).where(members.c.result_digest == result_digest)
    return [view(dict(row)) for row in connection.execute(query).mappings()]


def load_coverage(connection: sa.Connection, result_digest: str) -> list[Coverage]:
    """The coverage of a result, in its order."""
    c = tables.coverage.c
    query = sa.select(*(c[f.name] for f in fields(Coverage)))
    rows = connection.execute(query.where(c.result_digest == result_digest).order_by(c.position))
    return [Coverage(*row) for row in rows]


def view(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of ``finding`` as :func:`load_findings` gives it."""
    state = {name: row[name] for name in ("version", "status", "first_run_id", "resolved_by", "resolved_run_id")}
    return {**row["content"], **state}


def _row(finding: Finding, version: int, digest: str, places: Places, run: str) -> dict[str, Any]:
    names = ("finding_id", "rule_id", "outcome", "severity", "subject_kind", "subject_id", "period")
    fields = {name: getattr(finding, name) for name in names}
    state = {"version": version, "content_digest": digest, "status": "open", "first_run_id": run}
    row = {**fields, **state, "content": content(finding, places)}
    return {**row, "seal": seals.of_finding(row)}


def stored_digest(finding: Finding, places: Places) -> str:
    """What tells two versions apart: what the finding says, and the papers it stands on (a resubmission has new ones).

    An old version must go on pointing at the papers of its day, so other papers are another version.
    """
    said = [content_digest(finding), _json(places)]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _json(value: Any) -> Any:
    """As JSON values: days ISO text, parameters objects, everything exotic its text."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    if isinstance(value, Parameter):
        value = value.told()
    return {str(name): _json(item) for name, item in value.items()} if isinstance(value, Mapping) else str(value)
