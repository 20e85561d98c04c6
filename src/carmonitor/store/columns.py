"""The sorts of columns that the database's tables are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa


class Moment(sa.types.TypeDecorator[datetime]):
    """A point in time, kept in UTC. A datetime without a time zone is refused; one read back is in UTC."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC, without zone, as both databases keep it."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"found {value.isoformat()} without a time zone; expected a time with one")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """As an aware datetime in UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def text(name: str, *args: Any, null: bool = False, key: bool = False, default: Any = None) -> sa.Column[str]:
    """A column of text."""
    return sa.Column(name, sa.Text, *args, nullable=null, primary_key=key, server_default=default)


def number(name: str, *args: Any, null: bool = False, key: bool = False, default: Any = None) -> sa.Column[int]:
    """A column of whole numbers, which the database never chooses itself."""
    return sa.Column(
        name, sa.Integer, *args, nullable=null, primary_key=key, autoincrement=False, server_default=default
    )


def json(name: str) -> sa.Column[Any]:
    """A column of JSON values."""
    return sa.Column(name, sa.JSON, nullable=False)


def of(table: str, *, later: bool = False) -> sa.ForeignKey:
    """A reference to the first key of a table; ``later``: checked at the end of the transaction."""
    column = {
        "submission": "submission_id", "source": "source_id", "run": "run_id", "review_case": "case_id",
        "catalogue": "catalogue_hash", "blob": "sha256", "account": "name",
    }[table]  # fmt: skip
    return sa.ForeignKey(f"{table}.{column}", deferrable=later or None, initially="DEFERRED" if later else None)


def one_of(column: str, *values: str) -> sa.CheckConstraint:
    """Only these values in a column."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=column)
