"""The database's tables. The 27 record tables are derived from the record models; the rest stands below.

Units are those of the frames: weights, money and rates are whole counts of their smallest unit
(:mod:`carmonitor.records.fields`). Every constraint has a name, so that a migration can find it again.
A row of a record table is identified by the sheet it stood in (``source_id``) and its row number there.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from carmonitor.records import KINDS, Record
from carmonitor.records.fields import FieldType
from carmonitor.store.columns import Moment, json, number, of, one_of, text

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


# What arrived

submission = sa.Table(
    "submission",
    metadata,
    text("submission_id", key=True),
    number("seq"),
    text("name"),
    text("sender"),
    text("period", null=True),
    text("return_id"),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("ingested_at", Moment, nullable=False),
    text("ingested_by"),
    json("notes"),
    sa.UniqueConstraint("seq"),
)

blob = sa.Table(
    "blob",
    metadata,
    text("sha256", key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

received_file = sa.Table(
    "received_file",
    metadata,
    text("submission_id", of("submission"), key=True),
    text("path", key=True),
    text("sha256", of("blob")),
    text("role"),
)

source = sa.Table(
    "source",
    metadata,
    number("source_id", key=True),
    text("submission_id", of("submission")),
    text("kind"),
    text("file"),
    text("sheet"),
    json("columns"),
    number("rows_in"),
    number("records"),
    number("quarantined"),
    json("skipped"),
    json("notes"),
    sa.Index(None, "submission_id"),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    number("source_id", of("source"), key=True),
    number("row", key=True),
    json("problems"),
    json("raw"),
)

known_key = sa.Table(
    "known_key",
    metadata,
    number("source_id", of("source"), key=True),
    number("row", key=True),
    text("kind", key=True),
    text("field", key=True),
    text("value"),
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
        number("source_id", of("source"), key=True),
        number("row", key=True),
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
    text("catalogue_hash", key=True),
    text("rulebook_hash"),
    sa.Column("saved_at", Moment, nullable=False),
    text("code_version"),
    sa.Index(None, "rulebook_hash"),
)

catalogue_file = sa.Table(
    "catalogue_file",
    metadata,
    text("catalogue_hash", of("catalogue"), key=True),
    text("path", key=True),
    text("sha256", of("blob")),
)

rulebook_activation = sa.Table(
    "rulebook_activation",
    metadata,
    number("seq", key=True),
    sa.Column("at", Moment, nullable=False),
    text("actor"),
    text("reason"),
    sa.Column("packaged", sa.Boolean, nullable=False),
    text("rulebook_hash"),
    text("catalogue_hash", of("catalogue")),
    text("previous"),
)

# What was found

run = sa.Table(
    "run",
    metadata,
    text("run_id", key=True),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment, nullable=True),
    text("code_version"),
    text("rulebook_hash"),
    text("evidence_digest"),
    text("result_digest"),
    json("settings"),
    json("counts"),
    text("actor"),
    number("last_seq", null=True),
    text("catalogue_hash", of("catalogue"), null=True),
    sa.Column("verdicts", sa.JSON(none_as_null=True), nullable=True),
)

finding = sa.Table(
    "finding",
    metadata,
    text("finding_id", key=True),
    number("version", key=True),
    text("content_digest"),
    text("rule_id"),
    text("outcome"),
    text("severity"),
    text("subject_kind"),
    text("subject_id"),
    text("period"),
    json("content"),
    text("status"),
    text("first_run_id", of("run", later=True)),
    text("resolved_by", of("submission"), null=True),
    text("resolved_run_id", of("run", later=True), null=True),
    text("seal", default=sa.text("''")),
    one_of("outcome", "breach", "lead", "not_evaluated"),
    one_of("severity", "E", "W", "I"),
    one_of("status", "open", "resolved"),
    sa.Index("ix_finding_subject", "subject_kind", "subject_id"),
    sa.Index(None, "rule_id"),
)

result_finding = sa.Table(
    "result_finding",
    metadata,
    text("result_digest", key=True),
    text("finding_id", key=True),
    number("version", key=True),
    sa.ForeignKeyConstraint(["finding_id", "version"], ["finding.finding_id", "finding.version"]),
)

subject_total = sa.Table(
    "subject_total",
    metadata,
    text("run_id", of("run"), key=True),
    text("subject_kind", key=True),
    text("subject_id", key=True),
    json("content"),
)

coverage = sa.Table(
    "coverage",
    metadata,
    text("result_digest", key=True),
    number("position", key=True),
    text("rule_id"),
    number("evaluated"),
    number("passed"),
    number("breached"),
    number("not_evaluated"),
    text("reason", null=True),
    text("subject_kind", default=sa.text("''")),
    number("shipments", default="0"),
    number("shipments_checked", default="0"),
)

# What people decide

review_case = sa.Table(
    "review_case",
    metadata,
    text("case_id", key=True),
    text("subject_kind"),
    text("subject_id"),
    text("status"),
    text("outcome", null=True),
    text("origin"),
    text("assigned_to", null=True),
    text("opened_run_id", of("run", later=True), null=True),
    sa.Column("opened_as_of", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date, nullable=True),
    text("linked_case_id", of("review_case"), null=True),
    one_of("status", "open", "under_review", "closed"),
    one_of("outcome", "confirmed", "explained", "inconclusive", "referred_to_mission", "corrected"),
    one_of("origin", "rule", "lead", "random"),
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
    text("case_id", of("review_case"), key=True),
    text("finding_id", key=True),
    sa.Index(None, "finding_id"),
)

case_mark = sa.Table(  # derived from findings at the end of every run, so that lists need not read them
    "case_mark",
    metadata,
    text("case_id", of("review_case"), key=True),
    number("place"),
    text("severity", null=True),
    number("breaches"),
    number("leads"),
    number("rank", null=True),
    sa.Index(None, "place"),
)

silence = sa.Table(
    "silence",
    metadata,
    text("silence_id", key=True),
    text("subject_kind"),
    text("subject_id"),
    sa.Column("until", sa.Date, nullable=False),
    text("reason"),
    text("actor"),
    text("case_id", of("review_case"), null=True),
    sa.Index("ix_silence_subject", "subject_kind", "subject_id"),
)

random_draw = sa.Table(
    "random_draw",
    metadata,
    text("quarter", key=True),
    text("seed"),
    json("drawn"),
)

journal = sa.Table(
    "journal",
    metadata,
    number("seq", key=True),
    text("at"),
    text("actor"),
    text("action"),
    text("subject"),
    text("payload"),
    text("previous_hash"),
    text("hash"),
    sa.UniqueConstraint("hash"),
    sa.Index(None, "subject"),
)

# Who may log in

account = sa.Table(
    "account",
    metadata,
    text("name", key=True),
    text("display_name"),
    text("role"),
    text("password_hash"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("disabled_at", Moment, nullable=True),
    number("epoch"),
    one_of("role", "viewer", "analyst", "rule_manager", "admin"),
)

console_session = sa.Table(
    "console_session",
    metadata,
    text("token_hash", key=True),
    text("account", of("account")),
    number("epoch"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("last_seen_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Index(None, "account"),
)

login_guard = sa.Table(
    "login_guard",
    metadata,
    text("guarded", key=True),
    number("failures"),
    sa.Column("last_failed_at", Moment, nullable=False),
    sa.Column("locked_until", Moment, nullable=True),
)
