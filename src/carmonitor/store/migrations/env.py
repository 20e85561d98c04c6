"""Alembic's entry: runs the migrations on the connection that :func:`carmonitor.store.database.upgrade` opened."""

from __future__ import annotations

from alembic import context

from carmonitor.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most things in place
    transactional_ddl=True,  # also on SQLite: an upgrade happens as a whole or not at all
)
with context.begin_transaction():
    context.run_migrations()
