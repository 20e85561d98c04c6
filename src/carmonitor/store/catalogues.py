"""What runs judged with, kept by its content, and which rulebook was active when.

A *catalogue* is a set of files (paths as ``rulebook/M.yaml``, ``detectors.yaml``); its hash is its identity. The bytes
of a file are kept once, beside the files that were received (table ``blob``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from carmonitor.store import journal
from carmonitor.store.received import save_blobs
from carmonitor.store.tables import blob, catalogue, catalogue_file, rulebook_activation

SHORTEST = 6
"""So many first digits of a hash are the least that names one."""


class CatalogueError(Exception):
    """A catalogue, or a step with one, that is not possible; the message says what was found and expected."""


@dataclass(frozen=True)
class Activation:
    """One line of the history. ``packaged``: the rulebook that ships with the program, of whichever version.

    ``previous``: the hash of the rulebook that was active before.
    """

    seq: int
    at: datetime
    actor: str
    reason: str
    packaged: bool
    rulebook_hash: str
    catalogue_hash: str
    previous: str


def save_catalogue(
    connection: sa.Connection,
    *,
    catalogue_hash: str,
    rulebook_hash: str,
    files: Mapping[str, bytes],
    saved_at: datetime,
    code_version: str,
) -> bool:
    """Keep a catalogue; False, and nothing written, when the same one is already kept."""
    c = catalogue.c
    known = sa.select(sa.literal(1)).where(c.catalogue_hash == catalogue_hash)
    if connection.execute(known).first() is not None:
        return False
    named = save_blobs(connection, files)
    row = {
        "catalogue_hash": catalogue_hash, "rulebook_hash": rulebook_hash, "saved_at": saved_at,
        "code_version": code_version,
    }  # fmt: skip
    rows = [{"catalogue_hash": catalogue_hash, "path": path, "sha256": sha256} for path, sha256 in named.items()]
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(insert(catalogue).on_conflict_do_nothing(), [row])  # another program may just have kept it
    connection.execute(insert(catalogue_file).on_conflict_do_nothing(), rows)
    return True


def load_files(connection: sa.Connection, catalogue_hash: str) -> dict[str, bytes]:
    """The files of a catalogue: path → content; empty for one that is not kept."""
    f = catalogue_file.c
    query = sa.select(f.path, blob.c.content).join_from(catalogue_file, blob).order_by(f.path)
    rows = connection.execute(query.where(f.catalogue_hash == catalogue_hash))
    return {path: bytes(content) for path, content in rows}


@dataclass(frozen=True)
class Named:
    """What a hash names: a whole catalogue, or only the rulebook in it (``whole`` False)."""

    catalogue_hash: str
    rulebook_hash: str
    whole: bool


def find(connection: sa.Connection, prefix: str) -> Named:
    """What these first digits name, of the rulebooks and catalogues kept. Raises :class:`CatalogueError`."""
    if len(prefix) < SHORTEST:
        raise CatalogueError(f"found {prefix!r}, expected at least {SHORTEST} digits of a hash")
    c = catalogue.c
    rows = connection.execute(sa.select(c.catalogue_hash, c.rulebook_hash).order_by(c.saved_at, c.catalogue_hash))
    named: dict[str, Named] = {}
    for catalogue_hash, rulebook_hash in rows:
        named[rulebook_hash] = Named(catalogue_hash, rulebook_hash, whole=False)
        named[catalogue_hash] = Named(catalogue_hash, rulebook_hash, whole=True)
    hits = [named[i] for i in sorted(named) if i.startswith(prefix.lower())]
    if len(hits) != 1:
        found = f"{len(hits)} that begin with {prefix!r}" if hits else f"no rulebook {prefix!r} in the database"
        raise CatalogueError(f"found {found}; `carmonitor rulebook list` shows those that were active")
    return hits[0]


def activations(connection: sa.Connection) -> list[Activation]:
    """The history, oldest first."""
    rows = connection.execute(sa.select(rulebook_activation).order_by(rulebook_activation.c.seq)).mappings()
    return [Activation(**row) for row in rows]


def last_activation(connection: sa.Connection) -> Activation | None:
    """The activation that holds; None before the first, when the packaged rulebook does."""
    query = sa.select(rulebook_activation).order_by(rulebook_activation.c.seq.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Activation(**row)


def activate(
    connection: sa.Connection,
    *,
    catalogue_hash: str,
    rulebook_hash: str,
    packaged: bool,
    previous: str,
    actor: str,
    reason: str,
    at: datetime,
) -> Activation:
    """Make a kept rulebook the active one, and journal it with what it replaces and why.

    The caller holds the journal's lock since before it looked at what is active.
    """
    last = last_activation(connection)
    made = Activation(
        seq=last.seq + 1 if last else 1,
        at=at,
        actor=actor.strip(),
        reason=reason,
        packaged=packaged,
        rulebook_hash=rulebook_hash,
        catalogue_hash=catalogue_hash,
        previous=previous,
    )
    payload = {
        "previous": previous, "rulebook_hash": rulebook_hash, "catalogue_hash": catalogue_hash, "packaged": packaged,
        "reason": reason,
    }  # fmt: skip
    journal.append(connection, at=at, actor=actor, action="rulebook_activated", subject=rulebook_hash, payload=payload)
    connection.execute(sa.insert(rulebook_activation), [asdict(made)])
    return made
