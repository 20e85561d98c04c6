"""Accounts of the review console, and what its pages look findings and the journal up by."""

import sqlalchemy as sa
from alembic import op

from carmonitor.store.columns import Moment
from carmonitor.store.marks import mark_cases

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who may log in, who is logged in, who guessed wrong; what the queue of cases is sorted by."""
    op.create_table(
        "account",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("disabled_at", Moment(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'analyst', 'rule_manager', 'admin')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("name", name="pk_account"),
    )
    op.create_table(
        "console_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("last_seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name="fk_console_session_account"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_console_session"),
    )
    op.create_index("ix_console_session_account", "console_session", ["account"])
    op.create_table(
        "login_guard",
        sa.Column("guarded", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", Moment(), nullable=False),
        sa.Column("locked_until", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("guarded", name="pk_login_guard"),
    )
    op.create_table(
        "case_mark",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("breaches", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["review_case.case_id"], name="fk_case_mark_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_mark"),
    )
    op.create_index("ix_case_mark_place", "case_mark", ["place"])
    op.create_index("ix_journal_subject", "journal", ["subject"])
    mark_cases(op.get_bind())


def downgrade() -> None:
    """Accounts go; what they did stays in the journal."""
    op.drop_index("ix_journal_subject", "journal")
    for name in ("case_mark", "login_guard", "console_session", "account"):
        op.drop_table(name)
