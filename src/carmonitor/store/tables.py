"""The database's tables. The 27 record tables are derived from the record models; the rest stands below.

Units are those of the frames: weights, money and rates are whole counts of their smallest unit
(:mod:`carmonitor.records.fields`). Every constraint has a name, so that a migration can find it again.
A row of a record table is identified by the sheet it stood in (``source_id``) and its row number there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from carmonitor.records import KINDS, Record
from carmonitor.records.fields import FieldType

FIRST_SOURCE_ID = 100
"""Lowest ``source_id`` of a stored sheet; those below are kept for the registers that ship with the package."""

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)


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


def _text(name: str, *args: Any, null: bool = False, key: bool = False, default: Any = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text, *args, nullable=null, primary_key=key, server_default=default)


def _number(name: str, *args: Any, null: bool = False, key: bool = False, default: Any = None) -> sa.Column[int]:
    return sa.Column(
        name, sa.Integer, *args, nullable=null, primary_key=key, autoincrement=False, server_default=default
    )


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON, nullable=False)


def _of(table: str, *, later: bool = False) -> sa.ForeignKey:
    """A reference to the first key of a table; ``later``: checked at the end of the transaction."""
    column = {
        "submission": "submission_id", "source": "source_id", "run": "run_id", "review_case": "case_id",
        "catalogue": "catalogue_hash", "blob": "sha256", "account": "name",
    }[table]  # fmt: skip
    return sa.ForeignKey(f"{table}.{column}", deferrable=later or None, initially="DEFERRED" if later else None)


def _one_of(column: str, *values: str) -> sa.CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({allowed})", name=column)


# What arrived

submission = sa.Table(
    "submission",
    metadata,
    _text("submission_id", key=True),
    _number("seq"),
    _text("name"),
    _text("sender"),
    _text("period", null=True),
    _text("return_id"),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("ingested_at", Moment, nullable=False),
    _text("ingested_by"),
    _json("notes"),
    sa.UniqueConstraint("seq"),
)

blob = sa.Table(
    "blob",
    metadata,
    _text("sha256", key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

received_file = sa.Table(
    "received_file",
    metadata,
    _text("submission_id", _of("submission"), key=True),
    _text("path", key=True),
    _text("sha256", _of("blob")),
    _text("role"),
)

source = sa.Table(
    "source",
    metadata,
    _number("source_id", key=True),
    _text("submission_id", _of("submission")),
    _text("kind"),
    _text("file"),
    _text("sheet"),
    _json("columns"),
    _number("rows_in"),
    _number("records"),
    _number("quarantined"),
    _json("skipped"),
    _json("notes"),
    sa.Index(None, "submission_id"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    _number("source_id", _of("source"), key=True),
    _number("row", key=True),
    _json("problems"),
    _json("raw"),
)

known_key = sa.Table(
    "known_key",
    metadata,
    _number("source_id", _of("source"), key=True),
    _number("row", key=True),
    _text("kind", key=True),
    _text("field", key=True),
    _text("value"),
)

# The records


def _sql_type(value_type: FieldType) -> sa.types.TypeEngine[Any]:
    types: dict[str, sa.types.TypeEngine[Any]] = {
        "str": sa.Text(), "Int64": sa.BigInteger(), "float64": sa.Double(), "datetime64[us]": sa.Date(),
        "boolean": sa.Boolean(),
    }  # fmt: skip
    return types[value_type.dtype]


ASKED_BY: dict[str, tuple[str, ...]] = {
    "purchase": ("slip_number", "buyer_id", "seller_id"),
    "purchase_source": ("slip_number", "source_slip_number"),
    "parcel_source": ("certificate_number", "slip_number"),
    "production": ("register_number", "miner_id"),
    "transfer_item": ("sheet_number",),
}
"""Kind → the fields by which readers ask for its rows; each has an index, since it takes time to store. Kinds that are
not named here are small enough to be read through."""


def _sizes_of_parcels() -> sa.Index:
    """Size profiles of parcels, a sixtieth of all: those of slips are not asked for one by one."""
    of_parcels = sa.text("subject_kind = 'parcel'")
    name = "ix_rec_assortment_of_parcels"
    return sa.Index(name, "subject_id", sqlite_where=of_parcels, postgresql_where=of_parcels)


def _record_table(model: type[Record]) -> sa.Table:
    return sa.Table(
        f"rec_{model.KIND}",
        metadata,
        _number("source_id", _of("source"), key=True),
        _number("row", key=True),
        *(
            sa.Column(name, _sql_type(value_type), nullable=name not in model.KEY)
            for name, value_type in model.field_types().items()
        ),
        *(sa.Index(None, name) for name in ASKED_BY.get(model.KIND, ())),
        *([_sizes_of_parcels()] if model.KIND == "assortment" else []),
        sqlite_with_rowid=False,
    )


RECORDS: dict[str, sa.Table] = {kind: _record_table(model) for kind, model in KINDS.items()}
"""Kind → its table. Columns: source_id, row, then the kind's fields under their own names."""

# What was judged with

catalogue = sa.Table(
    "catalogue",
    metadata,
    _text("catalogue_hash", key=True),
    _text("rulebook_hash"),
    sa.Column("saved_at", Moment, nullable=False),
    _text("code_version"),
    sa.Index(None, "rulebook_hash"),
)

catalogue_file = sa.Table(
    "catalogue_file",
    metadata,
    _text("catalogue_hash", _of("catalogue"), key=True),
    _text("path", key=True),
    _text("sha256", _of("blob")),
)

rulebook_activation = sa.Table(
    "rulebook_activation",
    metadata,
    _number("seq", key=True),
    sa.Column("at", Moment, nullable=False),
    _text("actor"),
    _text("reason"),
    sa.Column("packaged", sa.Boolean, nullable=False),
    _text("rulebook_hash"),
    _text("catalogue_hash", _of("catalogue")),
    _text("previous"),
)

# What was found

run = sa.Table(
    "run",
    metadata,
    _text("run_id", key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, nullable=True),
    _text("code_version"),
    _text("rulebook_hash"),
    _text("evidence_digest"),
    _text("result_digest"),
    _json("settings"),
    _json("counts"),
    _text("actor"),
    _number("last_seq", null=True),
    _text("catalogue_hash", _of("catalogue"), null=True),
    sa.Column("verdicts", sa.JSON(none_as_null=True), nullable=True),
)

finding = sa.Table(
    "finding",
    metadata,
    _text("finding_id", key=True),
    _number("version", key=True),
    _text("content_digest"),
    _text("rule_id"),
    _text("outcome"),
    _text("severity"),
    _text("subject_kind"),
    _text("subject_id"),
    _text("period"),
    _json("content"),
    _text("status"),
    _text("first_run_id", _of("run", later=True)),
    _text("resolved_by", _of("submission"), null=True),
    _text("resolved_run_id", _of("run", later=True), null=True),
    _text("seal", default=sa.text("''")),
    _one_of("outcome", "breach", "lead", "not_evaluated"),
    _one_of("severity", "E", "W", "I"),
    _one_of("status", "open", "resolved"),
    sa.Index("ix_finding_subject", "subject_kind", "subject_id"),
    sa.Index(None, "rule_id"),
)

result_finding = sa.Table(
    "result_finding",
    metadata,
    _text("result_digest", key=True),
    _text("finding_id", key=True),
    _number("version", key=True),
    sa.ForeignKeyConstraint(["finding_id", "version"], ["finding.finding_id", "finding.version"]),
)

subject_total = sa.Table(
    "subject_total",
    metadata,
    _text("run_id", _of("run"), key=True),
    _text("subject_kind", key=True),
    _text("subject_id", key=True),
    _json("content"),
)

coverage = sa.Table(
    "coverage",
    metadata,
    _text("result_digest", key=True),
    _number("position", key=True),
    _text("rule_id"),
    _number("evaluated"),
    _number("passed"),
    _number("breached"),
    _number("not_evaluated"),
    _text("reason", null=True),
    _text("subject_kind", default=sa.text("''")),
    _number("shipments", default="0"),
    _number("shipments_checked", default="0"),
)

# What people decide

review_case = sa.Table(
    "review_case",
    metadata,
    _text("case_id", key=True),
    _text("subject_kind"),
    _text("subject_id"),
    _text("status"),
    _text("outcome", null=True),
    _text("origin"),
    _text("assigned_to", null=True),
    _text("opened_run_id", _of("run", later=True), null=True),
    sa.Column("opened_as_of", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date, nullable=True),
    _text("linked_case_id", _of("review_case"), null=True),
    _one_of("status", "open", "under_review", "closed"),
    _one_of("outcome", "confirmed", "explained", "inconclusive", "referred_to_mission", "corrected"),
    _one_of("origin", "rule", "lead", "random"),
)
sa.Index(
    "uq_review_case_not_closed",
    review_case.c.subject_kind,
    review_case.c.subject_id,
    unique=True,
    sqlite_where=sa.text("status <> 'closed'"),
    postgresql_where=sa.text("status <> 'closed'"),
)

case_finding = sa.Table(
    "case_finding",
    metadata,
    _text("case_id", _of("review_case"), key=True),
    _text("finding_id", key=True),
    sa.Index(None, "finding_id"),
)

case_mark = sa.Table(  # derived from findings at the end of every run, so that lists need not read them
    "case_mark",
    metadata,
    _text("case_id", _of("review_case"), key=True),
    _number("place"),
    _text("severity", null=True),
    _number("breaches"),
    _number("leads"),
    _number("rank", null=True),
    sa.Index(None, "place"),
)

silence = sa.Table(
    "silence",
    metadata,
    _text("silence_id", key=True),
    _text("subject_kind"),
    _text("subject_id"),
    sa.Column("until", sa.Date, nullable=False),
    _text("reason"),
    _text("actor"),
    _text("case_id", _of("review_case"), null=True),
    sa.Index("ix_silence_subject", "subject_kind", "subject_id"),
)

random_draw = sa.Table(
    "random_draw",
    metadata,
    _text("quarter", key=True),
    _text("seed"),
    _json("drawn"),
)

journal = sa.Table(
    "journal",
    metadata,
    _number("seq", key=True),
    _text("at"),
    _text("actor"),
    _text("action"),
    _text("subject"),
    _text("payload"),
    _text("previous_hash"),
    _text("hash"),
    sa.UniqueConstraint("hash"),
    sa.Index(None, "subject"),
)

# Who may log in

account = sa.Table(
    "account",
    metadata,
    _text("name", key=True),
    _text("display_name"),
    _text("role"),
    _text("password_hash"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("disabled_at", Moment, nullable=True),
    _number("epoch"),
    _one_of("role", "viewer", "analyst", "rule_manager", "admin"),
)

console_session = sa.Table(
    "console_session",
    metadata,
    _text("token_hash", key=True),
    _text("account", _of("account")),
    _number("epoch"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Index(None, "account"),
)

login_guard = sa.Table(
    "login_guard",
    metadata,
    _text("guarded", key=True),
    _number("failures"),
    sa.Column("last_failed_at", Moment, nullable=False),
    sa.Column("locked_until", Moment, nullable=True),
)
