"""Verifying the evidence: stored values against their digests, their seals, and the journal. Nothing is judged again.

What is compared: every entry of the journal; the bytes of every file received and of every catalogue; submissions, runs
with their results and coverage; every version of every finding; cases; references. What is not: the rows that intake
read from the files (``replay`` judges them again).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa

from carmonitor.findings import Finding, content_digest, digest_of_result
from carmonitor.operations.damages import Damage
from carmonitor.operations.verifying_cases import case_damages
from carmonitor.store import journal, plain, seals
from carmonitor.store import tables as t
from carmonitor.store.findings import finding_of, stored_digest


@dataclass
class Verified:
    """What was compared and what was found. ``noted``: the entry with the hash noted elsewhere, if one was given."""

    head: journal.Entry | None
    noted: int | None = None
    compared: dict[str, int] = field(default_factory=dict)
    with_journal: bool = True
    damages: list[Damage] = field(default_factory=list)


def verify_journal(connection: sa.Connection, *, noted: str | None = None) -> Verified:
    """The journal's chain alone; ``noted``: a head noted elsewhere, in full."""
    broken = journal.verify(connection, noted=noted)
    if broken is not None:
        whole = journal.head(connection) if broken.what == "head" else None
        return Verified(whole, damages=[Damage(broken.what, str(broken.seq), broken.found, broken.expected)])
    seq = sa.select(t.journal.c.seq).where(t.journal.c.hash == noted)
    return Verified(journal.head(connection), connection.execute(seq).scalar() if noted else None)


def verify_all(connection: sa.Connection, *, noted: str | None = None) -> Verified:
    """The journal and all that is stored (see the module's text). Reads the whole store of files."""
    done = verify_journal(connection, noted=noted)
    done.with_journal = all(damage.what == "head" for damage in done.damages)
    received = seals.sealed(connection, seals.SUBMISSION) if done.with_journal else None
    judged = seals.sealed(connection, seals.RUN) if done.with_journal else None
    said: dict[tuple[Any, Any], str] = {}
    parts = {
        "files": _files(connection),
        "submissions": _sealed(connection, received, t.submission, "submission", seals.of_submission),
        "findings": _findings(connection, said),
        "runs": _sealed(connection, judged, t.run, "run", seals.of_run),
        "catalogues": _catalogues(connection),
    }
    for name, part in parts.items():
        done.compared[name] = 0
        for damages in part:
            done.compared[name] += 1
            done.damages += damages
    if received is not None and judged is not None:
        done.damages += _removed(connection, t.submission, received) + _removed(connection, t.run, judged)
        done.damages += _activations(connection)
        done.compared["cases"], wrong = case_damages(connection)
        done.damages += wrong
    done.compared.setdefault("cases", 0)
    done.damages += _results(connection, said)
    done.damages += _references(connection)
    return done


Each = Iterator[list[Damage]]
"""What is wrong with each thing of a kind, one after the other; mostly nothing."""


def _files(connection: sa.Connection) -> Each:
    owners = _owners(connection)
    for sha256, size, content in plain.rows(connection, t.blob):
        bytes_ = content if isinstance(content, bytes) else str(content).encode("utf-8", "surrogateescape")
        subject = owners.get(sha256, (str(sha256), str(sha256)[:12], "nobody"))
        found = hashlib.sha256(bytes_).hexdigest()
        damages = []
        if found != sha256 or bytes_ is not content:
            damages.append(Damage("file_bytes", owners.get(found, subject), found, str(sha256)))
        if size != len(bytes_):
            damages.append(Damage("file_size", subject, str(size), str(len(bytes_))))
        yield damages


def _owners(connection: sa.Connection) -> dict[str, tuple[str, str, str]]:
    """sha256 → the first that refers to it."""
    owners: dict[str, tuple[str, str, str]] = {}
    for table, kind in ((t.received_file, "submission"), (t.catalogue_file, "catalogue")):
        for owner, path, sha256 in plain.rows(connection, table, columns=(*table.primary_key.columns.keys(), "sha256")):
            owners.setdefault(sha256, (str(path), str(owner), kind))
    return owners


def _sealed(
    connection: sa.Connection, known: Mapping[str, Any] | None, table: sa.Table, kind: str, fingerprints: Any
) -> Each:
    """Submissions or runs against what the journal says of them."""
    for (subject,) in list(_keys(connection, table)):
        if known is None:
            yield []
            continue
        said = known.get(subject)
        if said is None:
            yield [Damage("unsealed", str(subject))]
            continue
        now = fingerprints(connection, subject)
        yield [
            Damage(f"{kind}_{name}", subject, _told(now.get(name)), _told(then))
            for name, then in said.items()
            if now.get(name) != then
        ]


def _told(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _removed(connection: sa.Connection, table: sa.Table, known: Mapping[str, Any]) -> list[Damage]:
    there = {key for (key,) in _keys(connection, table)}
    return [Damage("removed", subject) for subject in known if subject not in there]


def _keys(connection: sa.Connection, table: sa.Table) -> Iterator[plain.Plain]:
    return plain.rows(connection, table, columns=tuple(table.primary_key.columns.keys()))


def _findings(connection: sa.Connection, said: dict[tuple[Any, Any], str]) -> Each:
    """Every version of every finding; notes in ``said`` the digest of what each says, where that can be read."""
    columns = (*seals.FIXED, "seal", "status", "resolved_by", "resolved_run_id")
    submissions, runs = ({key for (key,) in _keys(connection, table)} for table in (t.submission, t.run))
    ours = {i for i, run in _runs(connection).items() if run == version("carmonitor")}
    for values in plain.rows(connection, t.finding, columns=columns):
        row = dict(zip(columns, values, strict=True))
        name = f"{row['finding_id']} ({row['rule_id']}, version {row['version']})"
        computed = plain.fingerprint(values[: len(seals.FIXED)])
        damages = []
        read = _read(row["content"])
        if read is not None:
            said[(row["finding_id"], row["version"])] = read[2]
        if row["seal"] != computed:
            damages.append(Damage("finding_seal", name, str(row["seal"]), computed))
        elif read is None:
            damages.append(Damage("finding_content", name, "no finding", str(row["content_digest"])))
        elif row["first_run_id"] in ours:  # another version may count a finding's content in another way
            damages += _content(row, read[0], read[1], name)
        expected = "resolved" if row["resolved_run_id"] is not None else "open"
        if row["status"] != expected:
            damages.append(Damage("finding_status", name, str(row["status"]), expected))
        for column, there in (("resolved_by", submissions), ("resolved_run_id", runs)):
            if row[column] is not None and row[column] not in there:
                damages.append(Damage("finding_resolved", name, str(row[column])))
        yield damages


def _runs(connection: sa.Connection) -> dict[Any, Any]:
    """run_id → the version of the program that made it."""
    return dict(plain.rows(connection, t.run, columns=("run_id", "code_version")))


def _content(row: Mapping[str, Any], found: Finding, digest: str, name: str) -> list[Damage]:
    """What a finding says, against its digest and the columns it is looked up by."""
    if digest != row["content_digest"]:
        return [Damage("finding_content", name, digest, str(row["content_digest"]))]
    columns = ("finding_id", "rule_id", "outcome", "severity", "subject_kind", "subject_id", "period")
    return [
        Damage("finding_content", name, str(row[column]), str(getattr(found, column)))
        for column in columns
        if row[column] != getattr(found, column)
    ]


def _read(text: Any) -> tuple[Finding, str, str] | None:
    """The finding in a stored content, its digest with its papers and without; None where there is none."""
    try:
        text.encode()
        stored = json.loads(text)
        found = finding_of(stored)
        return found, stored_digest(found, stored["lineage"]), content_digest(found)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _results(connection: sa.Connection, said: Mapping[tuple[Any, Any], str]) -> list[Damage]:
    """Each run of this version: do the findings of its result give its digest? ``said``: (id, version) → digest."""
    damages = []
    for run_id, made_by, digest in list(
        plain.rows(connection, t.run, columns=("run_id", "code_version", "result_digest"))
    ):
        if made_by != version("carmonitor"):  # another version may count a finding's content in another way
            continue
        of_result = plain.same(t.result_finding.c.result_digest, digest)
        keys = list(plain.rows(connection, t.result_finding, of_result, columns=("finding_id", "version")))
        found = "unreadable"
        if all(key in said for key in keys):
            found = digest_of_result((str(key[0]), said[key]) for key in keys)
        if found != digest:
            damages.append(Damage("run_result", str(run_id), found, str(digest)))
    return damages


def _catalogues(connection: sa.Connection) -> Each:
    for (catalogue_hash,) in list(_keys(connection, t.catalogue)):
        f = t.catalogue_file.c
        of_it = plain.same(f.catalogue_hash, catalogue_hash)
        files = plain.rows(connection, t.catalogue_file, of_it, columns=("path", "sha256"))
        lines = sorted(f"{path}:{sha256}" for path, sha256 in files)
        found = hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
        wrong = found != catalogue_hash
        yield [Damage("catalogue", str(catalogue_hash), found, str(catalogue_hash))] if wrong else []


def _activations(connection: sa.Connection) -> list[Damage]:
    """The history of rulebooks against the journal."""
    j = t.journal.c
    query = sa.select(j.actor, j.payload).where(j.action == "rulebook_activated").order_by(j.seq)
    told = [{"actor": actor, **json.loads(payload)} for actor, payload in connection.execute(query)]
    columns = ("seq", "actor", "reason", "packaged", "rulebook_hash", "catalogue_hash", "previous")
    rows = [dict(zip(columns, row, strict=True)) for row in _activation_rows(connection, columns)]
    if len(rows) != len(told):
        return [Damage("activation", f"{len(rows)}/{len(told)}")]
    return [
        Damage("activation", str(row["seq"]))
        for place, (row, said) in enumerate(zip(rows, told, strict=True), start=1)
        if row["seq"] != place or any(row[name] != said.get(name) for name in columns[1:])
    ]


def _activation_rows(connection: sa.Connection, columns: tuple[str, ...]) -> list[plain.Plain]:
    return sorted(plain.rows(connection, t.rulebook_activation, columns=columns))


def _references(connection: sa.Connection) -> list[Damage]:
    """References of every table that lead nowhere (a database of its own checks these, but not after tampering)."""
    damages = []
    for table in t.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            pairs = [(element.parent, element.column) for element in constraint.elements]
            parent = constraint.referred_table.alias("referred")
            there = sa.exists().where(*(child == parent.c[column.name] for child, column in pairs))
            lost = sa.select(sa.func.count()).select_from(table).where(*(c.is_not(None) for c, _ in pairs), ~there)
            found = connection.execute(lost).scalar_one()
            if found:
                damages.append(Damage("reference", table.name, str(found), "0"))
    return damages
