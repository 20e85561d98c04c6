"""The triggers that let evidence, findings and journal only grow (migration 0008): which are missing."""

from __future__ import annotations

import sqlalchemy as sa

APPEND_ONLY = (
    "journal", "blob", "submission", "received_file", "catalogue", "catalogue_file", "rulebook_activation",
    "result_finding", "coverage", "finding",
)  # fmt: skip
"""Tables of which nothing is changed or removed, but of a finding ``status``, ``resolved_by``, ``resolved_run_id``."""


def expected(dialect: str) -> set[str]:
    """The names of the triggers a database should have."""
    names = {f"{table}_no_{act}" for table in APPEND_ONLY for act in ("delete", "update")} | {"finding_seal_no_update"}
    if dialect == "postgresql":
        return names | {f"{table}_no_truncate" for table in APPEND_ONLY}
    return names | {f"{table}_no_replace" for table in APPEND_ONLY if not table.startswith("catalogue")}


def missing(connection: sa.Connection) -> list[str]:
    """The triggers that are not there or are switched off."""
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    else:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return sorted(expected(connection.dialect.name) - set(connection.execute(sa.text(query)).scalars()))
