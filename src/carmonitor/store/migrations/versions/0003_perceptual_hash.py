"""How a lodged photograph looks: ``perceptual_hash`` of document rows.

Rows stored before have none: their pictures are compared by SHA-256 only.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The new column of ``rec_document``."""
    op.add_column("rec_document", sa.Column("perceptual_hash", sa.Text(), nullable=True))


def downgrade() -> None:
    """Not offered: a column of evidence is not taken away."""
    raise NotImplementedError("restore a backup instead")
