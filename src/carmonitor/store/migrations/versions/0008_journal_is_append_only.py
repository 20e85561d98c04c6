"""What was received, found and decided is only ever added to: triggers refuse to change or remove it.

Findings get a seal (``store.seals``): a fingerprint of all that must never change in them. ``database.upgrade`` fills
it in for findings stored before, and puts the fingerprints of what is stored into the journal.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "journal": "seq", "blob": "sha256", "submission": "submission_id", "received_file": "submission_id path",
    "catalogue": "catalogue_hash", "catalogue_file": "catalogue_hash path", "rulebook_activation": "seq",
    "result_finding": "result_digest finding_id version", "coverage": "result_digest position",
    "finding": "finding_id version",
}  # fmt: skip
"""Table → its key."""

FIXED = (
    "finding_id, version, content_digest, rule_id, outcome, severity, subject_kind, subject_id, period, content, "
    "first_run_id"
)
"""Columns of ``finding`` that never change; status, resolved_by and resolved_run_id may."""


def upgrade() -> None:
    """The seal, and the triggers."""
    op.add_column("finding", sa.Column("seal", sa.Text(), server_default=sa.text("''"), nullable=False))
    statements = sqlite() if op.get_bind().dialect.name == "sqlite" else postgresql()
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """Not offered: the guard of the evidence is not taken away."""
    raise NotImplementedError("restore a backup to go back to an older version")


def sqlite() -> list[str]:
    """INSERT OR REPLACE removes a row without asking triggers of DELETE: so a key that is there is refused, too.

    Only what a writer of the program may do passes: a blob that is there already, with the same content.
    """
    made = []
    for table, key in APPEND_ONLY.items():
        refused = f"SELECT RAISE(ABORT, '{table} is append-only');"
        made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN {refused} END")
        same = " AND ".join(f"{name} = NEW.{name}" for name in key.split())
        if table == "blob":
            same += " AND content IS NOT NEW.content"
        if table not in ("catalogue", "catalogue_file"):  # the program asks to add these again where they are known
            made.append(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN {refused} END"
            )
        if table != "finding":
            made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN {refused} END")
    refused = "SELECT RAISE(ABORT, 'finding is append-only');"
    return [
        *made,
        f"CREATE TRIGGER finding_no_update BEFORE UPDATE OF {FIXED} ON finding BEGIN {refused} END",
        f"CREATE TRIGGER finding_seal_no_update BEFORE UPDATE OF seal ON finding WHEN OLD.seal <> '' "
        f"BEGIN {refused} END",
    ]


def postgresql() -> list[str]:
    """One function that refuses, and triggers for changing, removing and emptying."""
    made = [
        """
        CREATE FUNCTION carmonitor_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
        """
    ]
    for table in APPEND_ONLY:
        refused = "EXECUTE FUNCTION carmonitor_append_only()"
        made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {refused}")
        made.append(f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refused}")
        of = f"OF {FIXED} " if table == "finding" else ""
        made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE {of}ON {table} FOR EACH ROW {refused}")
    made.append(
        "CREATE TRIGGER finding_seal_no_update BEFORE UPDATE OF seal ON finding FOR EACH ROW "
        "WHEN (OLD.seal <> '') EXECUTE FUNCTION carmonitor_append_only()"
    )
    return made
