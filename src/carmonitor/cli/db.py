"""``carmonitor db``: the database's own affairs."""

from __future__ import annotations

import click

from carmonitor.cli import common


@click.group()
def db() -> None:
    """Bring the database to this version."""


@db.command(
    epilog="""\b
Examples:
  carmonitor db upgrade
  CARMONITOR_DATABASE_URL=postgresql+psycopg://kp@localhost/kp carmonitor db upgrade
"""
)
def upgrade() -> None:
    """Create the database's tables, or bring them to this version. Data stays."""
    from carmonitor.store.database import DatabaseError
    from carmonitor.store.database import upgrade as upgrade_database

    configured = common.settings()
    try:
        upgrade_database(configured.database_url)
    except DatabaseError as error:
        common.fail(str(error), common.UNREADABLE)
    click.echo("the database is at this version")
