"""What somebody with access to the database's file or server can do: switch the guards off, then change anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from carmonitor.store.database import Store


@contextmanager
def unguarded(store: Store) -> Iterator[sa.Connection]:
    """A writing transaction in which no trigger, reference or check refuses anything."""
    with store.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA foreign_keys = OFF")
            driver.execute("PRAGMA ignore_check_constraints = ON")
            triggers = driver.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            try:
                with connection.begin():
                    for name, _ in triggers:
                        connection.exec_driver_sql(f"DROP TRIGGER {name}")
                    yield connection
                    for _, statement in triggers:
                        connection.exec_driver_sql(statement)
            finally:
                driver.execute("PRAGMA foreign_keys = ON")
                driver.execute("PRAGMA ignore_check_constraints = OFF")
        else:
            with connection.begin():
                connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
                yield connection
