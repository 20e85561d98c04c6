"""The first tables.

The record tables are written shortly: each word is a column, ``:type`` unless it is text, ``!`` never null,
``+`` indexed.
Like every migration this one is frozen: later changes of the record models get migrations of their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TYPES = {"text": sa.Text, "integer": sa.BigInteger, "date": sa.Date, "flag": sa.Boolean, "degrees": sa.Double}

RECORDS = {
    "return_declaration": """
        period! sender! submitted_on:date nil_return:flag certificate_count:integer total_carats:integer
        total_value_usd:integer
    """,
    "shipment": """
        certificate_number!+ issue_date:date expiry_date:date issuing_authority signatory exporter_id
        exporter_name importer_name destination_country origin_country parcel_count:integer carats:integer
        value_usd:integer seal_number export_date:date valuation_number valuation_date:date
        valuation_usd:integer approval_requested_on:date approval_reference approval_date:date
        levy_xaf:integer status replaces_certificate
    """,
    "parcel": """
        certificate_number!+ parcel_number! hs_code stones:integer carats:integer value_usd:integer
    """,
    "parcel_source": """
        certificate_number!+ parcel_number! slip_number!+ carats:integer
    """,
    "purchase": """
        slip_number!+ booklet_number purchase_date:date buyer_id buyer_licence seller_id seller_name
        seller_licence origin_subprefecture mine_site_id stones:integer carats:integer price_xaf:integer
        prefecture purchase_place register_number line_number audit_reference
    """,
    "purchase_source": """
        slip_number!+ source_slip_number!+ carats:integer
    """,
    "transfer": """
        sheet_number!+ bag_seal carrier from_place to_place departed_on:date arrived_on:date carats:integer
    """,
    "transfer_item": """
        sheet_number!+ slip_number!+ carats:integer
    """,
    "production": """
        register_number!+ line_number! miner_id licence_number mine_site_id subprefecture produced_on:date
        stones:integer carats:integer
    """,
    "assortment": """
        subject_kind! subject_id!+ size_class! stones:integer carats:integer
    """,
    "document": """
        certificate_number!+ file_name! kind sha256 lodged_on:date
    """,
    "import_confirmation": """
        certificate_number!+ importing_country! received_on:date confirmed_on:date importer_name
        exporter_name parcel_count:integer carats:integer value_usd:integer outcome remarks
    """,
    "actor": """
        actor_id!+ name kind address phone manager owner registered_on:date registration_number
    """,
    "licence": """
        licence_number!+ actor_id kind subprefecture valid_from:date valid_to:date
    """,
    "certificate_block": """
        first_number!+ last_number!+ available_from:date available_to:date
    """,
    "slip_booklet": """
        booklet_number!+ first_slip last_slip holder_id issued_on:date
    """,
    "zone": """
        subprefecture! status! valid_from:date! valid_from_latest:date valid_to:date source certainty
    """,
    "mine_site": """
        mine_site_id!+ name longitude:degrees latitude:degrees subprefecture commune crew_size:integer
    """,
    "kp_participant": """
        country! valid_from:date valid_to:date part_of
    """,
    "signatory": """
        signatory! valid_from:date valid_to:date
    """,
    "watchlist_entry": """
        list! entry_id!+ name aliases listed_on:date delisted_on:date identifiers confirmed_actor_id
    """,
    "stock_declaration": """
        actor_id!+ as_of:date! carats:integer audit_reference
    """,
    "security_event": """
        event_id!+ occurred_on:date longitude:degrees latitude:degrees precision:integer actors
        deaths:integer
    """,
    "exchange_rate": """
        currency! period! xaf_per_unit:integer source certainty
    """,
    "committee_meeting": """
        committee! held_on:date! subprefecture minutes_lodged:flag
    """,
    "filing": """
        report! period! filed_on:date
    """,
    "official_total": """
        scope! period! metric! source! value:integer unit certainty
    """,
}


def upgrade() -> None:
    """The first tables."""
    arrival_tables()
    for kind, words in RECORDS.items():
        record_table(f"rec_{kind}", words.split())
    result_tables()
    decision_tables()


def downgrade() -> None:
    """Nothing that was received is ever deleted."""
    raise NotImplementedError("there is nothing before the first tables; restore a backup instead")


def record_table(table: str, words: list[str]) -> None:
    """A record table: the sheet and row a record stood in, then its fields."""
    fields = [word.rstrip("!+").partition(":") for word in words]
    op.create_table(
        table,
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        *(
            sa.Column(name, TYPES[kind or "text"](), nullable="!" not in word)
            for word, (name, _, kind) in zip(words, fields, strict=True)
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.source_id"], name=op.f(f"fk_{table}_source_id")),
        sa.PrimaryKeyConstraint("source_id", "row", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    for word, (name, _, _) in zip(words, fields, strict=True):
        if word.endswith("+"):
            op.create_index(op.f(f"ix_{table}_{name}"), table, [name])


def arrival_tables() -> None:
    """What arrived: submissions, their files and sheets, and what formed no record."""
    op.create_table(
        "blob",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "submission",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("return_id", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("ingested_at", sa.DateTime(), nullable=False),
        sa.Column("ingested_by", sa.Text(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_submission")),
        sa.UniqueConstraint("seq", name=op.f("uq_submission_seq")),
    )
    op.create_table(
        "received_file",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_received_file_sha256")),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.submission_id"], name=op.f("fk_received_file_submission_id")
        ),
        sa.PrimaryKeyConstraint("submission_id", "path", name=op.f("pk_received_file")),
    )
    op.create_table(
        "source",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("rows_in", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("records", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("quarantined", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("skipped", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.submission_id"], name=op.f("fk_source_submission_id")),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_source")),
    )
    op.create_index(op.f("ix_source_submission_id"), "source", ["submission_id"])
    op.create_table(
        "quarantine",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.source_id"], name=op.f("fk_quarantine_source_id")),
        sa.PrimaryKeyConstraint("source_id", "row", name=op.f("pk_quarantine")),
    )
    op.create_table(
        "known_key",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.source_id"], name=op.f("fk_known_key_source_id")),
        sa.PrimaryKeyConstraint("source_id", "row", "kind", "field", name=op.f("pk_known_key")),
    )


def result_tables() -> None:
    """Runs and what they found."""
    op.create_table(
        "run",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=False),
        sa.Column("rulebook_hash", sa.Text(), nullable=False),
        sa.Column("evidence_digest", sa.Text(), nullable=False),
        sa.Column("result_digest", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_table(
        "finding",
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_digest", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("first_run_id", sa.Text(), nullable=False),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolved_run_id", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('breach', 'lead', 'not_evaluated')", name=op.f("ck_finding_outcome")),
        sa.CheckConstraint("severity IN ('E', 'W', 'I')", name=op.f("ck_finding_severity")),
        sa.CheckConstraint("status IN ('open', 'resolved')", name=op.f("ck_finding_status")),
        sa.ForeignKeyConstraint(
            ["first_run_id"],
            ["run.run_id"],
            name=op.f("fk_finding_first_run_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["resolved_by"], ["submission.submission_id"], name=op.f("fk_finding_resolved_by")),
        sa.ForeignKeyConstraint(
            ["resolved_run_id"],
            ["run.run_id"],
            name=op.f("fk_finding_resolved_run_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("finding_id", "version", name=op.f("pk_finding")),
    )
    op.create_index(op.f("ix_finding_rule_id"), "finding", ["rule_id"])
    op.create_index("ix_finding_subject", "finding", ["subject_kind", "subject_id"])
    op.create_table(
        "result_finding",
        sa.Column("result_digest", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id", "version"],
            ["finding.finding_id", "finding.version"],
            name=op.f("fk_result_finding_finding_id"),
        ),
        sa.PrimaryKeyConstraint("result_digest", "finding_id", "version", name=op.f("pk_result_finding")),
    )
    op.create_table(
        "coverage",
        sa.Column("result_digest", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("evaluated", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("passed", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("breached", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("not_evaluated", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("result_digest", "position", name=op.f("pk_coverage")),
    )


def decision_tables() -> None:
    """Cases, silences, the random draw and the journal."""
    op.create_table(
        "review_case",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("opened_run_id", sa.Text(), nullable=True),
        sa.Column("opened_as_of", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("linked_case_id", sa.Text(), nullable=True),
        sa.CheckConstraint("origin IN ('rule', 'lead', 'random')", name=op.f("ck_review_case_origin")),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'explained', 'inconclusive', 'referred_to_mission', 'corrected')",
            name=op.f("ck_review_case_outcome"),
        ),
        sa.CheckConstraint("status IN ('open', 'under_review', 'closed')", name=op.f("ck_review_case_status")),
        sa.ForeignKeyConstraint(
            ["linked_case_id"], ["review_case.case_id"], name=op.f("fk_review_case_linked_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_run_id"],
            ["run.run_id"],
            name=op.f("fk_review_case_opened_run_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_review_case")),
    )
    op.create_index(
        "uq_review_case_not_closed",
        "review_case",
        ["subject_kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'closed'"),
        postgresql_where=sa.text("status <> 'closed'"),
    )
    op.create_table(
        "case_finding",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["review_case.case_id"], name=op.f("fk_case_finding_case_id")),
        sa.PrimaryKeyConstraint("case_id", "finding_id", name=op.f("pk_case_finding")),
    )
    op.create_index(op.f("ix_case_finding_finding_id"), "case_finding", ["finding_id"])
    op.create_table(
        "silence",
        sa.Column("silence_id", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["review_case.case_id"], name=op.f("fk_silence_case_id")),
        sa.PrimaryKeyConstraint("silence_id", name=op.f("pk_silence")),
    )
    op.create_index("ix_silence_subject", "silence", ["subject_kind", "subject_id"])
    op.create_table(
        "random_draw",
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("quarter", name=op.f("pk_random_draw")),
    )
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
        sa.UniqueConstraint("hash", name=op.f("uq_journal_hash")),
    )
