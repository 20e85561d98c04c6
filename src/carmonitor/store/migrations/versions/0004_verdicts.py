"""The verdicts of reviewers that a run's ranking used, so that it can be ranked again as on its day."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One column of ``run``; runs of before used none."""
    op.add_column("run", sa.Column("verdicts", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Nothing that proves an old result is ever deleted."""
    raise NotImplementedError("verdicts prove old results; restore a backup instead")
