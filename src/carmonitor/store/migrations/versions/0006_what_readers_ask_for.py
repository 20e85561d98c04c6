"""What readers ask for: rows by the numbers that link papers and people, and totals of subjects with very many rows."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ASKED_BY = {
    "rec_purchase": ("slip_number", "buyer_id", "seller_id"),
    "rec_purchase_source": ("slip_number", "source_slip_number"),
    "rec_parcel_source": ("certificate_number", "slip_number"),
    "rec_production": ("register_number", "miner_id"),
    "rec_transfer_item": ("sheet_number",),
}


def upgrade() -> None:
    """Eleven indexes; and a table of totals, which the next run fills."""
    for table, columns in ASKED_BY.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    of_parcels = sa.text("subject_kind = 'parcel'")
    op.create_index(
        "ix_rec_assortment_of_parcels", "rec_assortment", ["subject_id"],
        sqlite_where=of_parcels, postgresql_where=of_parcels,
    )  # fmt: skip
    op.create_table(
        "subject_total",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("fk_subject_total_run_id")),
        sa.PrimaryKeyConstraint("run_id", "subject_kind", "subject_id", name=op.f("pk_subject_total")),
    )


def downgrade() -> None:
    """Totals can be made again, but an older version does not know the indexes it would have to do without."""
    raise NotImplementedError("restore a backup to go back to an older version")
