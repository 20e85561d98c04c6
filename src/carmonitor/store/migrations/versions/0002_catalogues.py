"""What runs judged with: catalogues, kept file by file; which rulebook was active when; coverage of shipments.

Runs made before have no catalogue: they cannot be replayed. Their coverage counts no shipments.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Catalogues, activations, and the new columns of ``run`` and ``coverage``."""
    catalogue_tables()
    op.add_column("run", sa.Column("last_seq", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "sqlite":  # its ALTER TABLE adds a reference only together with the column
        op.execute(
            "ALTER TABLE run ADD COLUMN catalogue_hash TEXT "
            "CONSTRAINT fk_run_catalogue_hash REFERENCES catalogue (catalogue_hash)"
        )
    else:
        op.add_column("run", sa.Column("catalogue_hash", sa.Text(), nullable=True))
        op.create_foreign_key(op.f("fk_run_catalogue_hash"), "run", "catalogue", ["catalogue_hash"], ["catalogue_hash"])
    op.add_column("coverage", sa.Column("subject_kind", sa.Text(), server_default="", nullable=False))
    op.add_column("coverage", sa.Column("shipments", sa.Integer(), server_default="0", nullable=False))
    op.add_column("coverage", sa.Column("shipments_checked", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Nothing that proves an old result is ever deleted."""
    raise NotImplementedError("catalogues prove old results; restore a backup instead")


def catalogue_tables() -> None:
    """Catalogues and their files, and the history of activations."""
    op.create_table(
        "catalogue",
        sa.Column("catalogue_hash", sa.Text(), nullable=False),
        sa.Column("rulebook_hash", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(), nullable=False),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("catalogue_hash", name=op.f("pk_catalogue")),
    )
    op.create_index(op.f("ix_catalogue_rulebook_hash"), "catalogue", ["rulebook_hash"])
    op.create_table(
        "catalogue_file",
        sa.Column("catalogue_hash", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalogue_hash"], ["catalogue.catalogue_hash"], name=op.f("fk_catalogue_file_catalogue_hash")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_catalogue_file_sha256")),
        sa.PrimaryKeyConstraint("catalogue_hash", "path", name=op.f("pk_catalogue_file")),
    )
    op.create_table(
        "rulebook_activation",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("packaged", sa.Boolean(), nullable=False),
        sa.Column("rulebook_hash", sa.Text(), nullable=False),
        sa.Column("catalogue_hash", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["catalogue_hash"], ["catalogue.catalogue_hash"], name=op.f("fk_rulebook_activation_catalogue_hash")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_rulebook_activation")),
    )
