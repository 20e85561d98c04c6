"""One byte changed anywhere in journal, submission store or findings is found, and what was altered is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DatabaseError, IntegrityError

from carmonitor.cli import main
from carmonitor.cli.journal import told
from carmonitor.operations.damages import Damage
from carmonitor.operations.verifying import Verified, verify_all, verify_journal
from carmonitor.store import guards, journal, plain
from carmonitor.store import tables as t
from carmonitor.store.database import Store
from tests.integration.tampering import unguarded

from .conftest import CORRECTION, FIRST, HOSTILE, RETURN, SECOND

KEPT = ["journal", "blob", "submission", "received_file", "finding", "result_finding", "coverage", "run", "catalogue",
        "catalogue_file", "rulebook_activation"]  # fmt: skip
UNCHECKED = {("rulebook_activation", "at")}  # the journal has the moment of every activation in its own words


def verified(store: Store) -> Verified:
    with store.read() as connection:
        return verify_all(connection)


def test_what_nobody_altered_is_whole(furnished: Store) -> None:
    done = verified(furnished)
    assert done.damages == []
    assert done.compared == {"files": 5, "submissions": 2, "findings": 2, "runs": 2, "catalogues": 1, "cases": 2}
    assert done.head is not None
    assert done.with_journal


def test_an_empty_database_is_whole(database_url: str) -> None:
    from carmonitor.store.database import open_store

    with open_store(database_url) as store:
        done = verified(store)
    assert (done.damages, done.head) == ([], None)


@pytest.mark.parametrize("table", KEPT)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_is_found_and_named(lasting: Store, table: str, data: st.DataObject) -> None:
    kept = t.metadata.tables[table]
    with lasting.read() as connection:
        rows = list(plain.rows(connection, kept))
        files = [*plain.rows(connection, t.received_file), *plain.rows(connection, t.catalogue_file)]
    paths = {sha256: path for _, path, sha256, *_ in files}
    row = dict(zip(kept.columns.keys(), data.draw(st.sampled_from(rows)), strict=True))
    column = data.draw(st.sampled_from([name for name in row if (table, name) not in UNCHECKED]))
    assume(row[column] is not None and row[column] != "")
    altered = flipped(row[column], data)
    names = {*names_of(table, row), paths.get(row.get("sha256"), ""), str(altered)}
    found = tried(lasting, kept, row, column, altered)
    if found is not None:
        assert any(names & mentioned(damage) for damage in found), found


def tried(store: Store, table: sa.Table, row: dict[str, Any], column: str, value: Any) -> list[Damage] | None:
    """What is found when a value is altered, which is then undone; None where the database cannot hold it."""
    try:
        with unguarded(store) as connection:
            before = list(plain.rows(connection, table))
            change(connection, table, row, column, value)
            if list(plain.rows(connection, table)) == before:
                return None
            found = verify_all(connection).damages
            raise Undone
    except Undone:
        return found
    except (DatabaseError, IntegrityError):
        return None


class Undone(Exception):  # noqa: N818 - it is what it says
    """What was tried is rolled back."""


def flipped(value: Any, data: st.DataObject) -> Any:
    """A value with one byte of it changed."""
    raw = value if isinstance(value, bytes) else str(value).encode()
    place = data.draw(st.integers(0, len(raw) - 1))
    other = bytearray(raw)
    other[place] ^= data.draw(st.integers(1, 255))
    if isinstance(value, int):
        digit = str((other[place]) % 10)
        text = str(value)[:place] + digit + str(value)[place + 1 :]
        assume(text.lstrip("-").isdigit() and int(text) != value)
        return int(text)
    return bytes(other) if isinstance(value, bytes) else other.decode("utf-8", "surrogateescape")


def change(connection: sa.Connection, table: sa.Table, row: dict[str, Any], column: str, value: Any) -> None:
    """Write a value past every type of the program, as one who edits the file would."""
    keys = [c.name for c in table.primary_key]
    where = " AND ".join(f"{name} = :k_{name}" for name in keys)
    given = {f"k_{name}": row[name] for name in keys}
    if connection.dialect.name == "sqlite":
        if isinstance(value, str):
            value, new = value.encode("utf-8", "surrogateescape"), "CAST(:new AS TEXT)"
        else:
            new = ":new"
    else:
        kind = table.c[column].type
        of = "JSON" if isinstance(kind, sa.JSON) else kind.compile(connection.dialect)
        new = "CAST(:new AS " + of + ")"
        if isinstance(value, str):
            assume(value.isprintable() and "\x00" not in value)
        if isinstance(kind, sa.Boolean):
            value = str(value)
    quoted = connection.dialect.identifier_preparer.quote(column)
    connection.execute(sa.text(f"UPDATE {table.name} SET {quoted} = {new} WHERE {where}"), {**given, "new": value})


def names_of(table: str, row: dict[str, Any]) -> set[str]:
    """What the damage must name for a row to be found: its own name, or that of what it belongs to."""
    if table == "journal":
        return {str(row["seq"]), str(row["seq"] + 1), str(row["seq"] - 1)}
    if table == "finding":
        return {str(row["finding_id"])}
    if table in ("result_finding", "coverage", "catalogue"):
        return {FIRST, SECOND}
    key = {"run": "run_id", "rulebook_activation": "seq", "catalogue_file": "catalogue_hash"}
    return {str(row[key.get(table, "submission_id" if "submission_id" in row else "sha256")])}


def mentioned(damage: Damage) -> set[str]:
    parts = damage.subject if isinstance(damage.subject, tuple) else (damage.subject,)
    return {word for part in parts for word in part.split()} | set(parts)


# What the database itself refuses


STATEMENTS = [
    "UPDATE journal SET actor = 'pierre'",
    "DELETE FROM journal WHERE seq = 1",
    "UPDATE blob SET content = content",
    "DELETE FROM blob",
    "UPDATE submission SET sender = 'other'",
    "DELETE FROM received_file",
    "UPDATE finding SET content = content",
    "UPDATE finding SET outcome = 'lead'",
    "UPDATE finding SET seal = 'x'",
    "DELETE FROM finding",
    "DELETE FROM result_finding",
    "UPDATE coverage SET breached = 0",
    "DELETE FROM rulebook_activation",
    "UPDATE catalogue_file SET path = 'x'",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_is_kept_cannot_be_changed_or_removed(lasting: Store, statement: str) -> None:
    with pytest.raises(DatabaseError, match="is append-only"), lasting.write() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("table", guards.APPEND_ONLY)
def test_no_table_of_evidence_can_be_emptied(lasting: Store, table: str) -> None:
    word = "TRUNCATE" if lasting.engine.dialect.name == "postgresql" else "DELETE FROM"
    with pytest.raises(DatabaseError, match="is append-only"), lasting.write() as connection:
        connection.execute(sa.text(f"{word} {table}" + (" CASCADE" if word == "TRUNCATE" else "")))


@pytest.mark.parametrize("table", ["journal", "submission", "received_file", "finding", "blob"])
def test_replacing_a_row_is_no_way_around_on_sqlite(lasting: Store, table: str) -> None:
    if lasting.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no INSERT OR REPLACE")
    columns = [c.name for c in t.metadata.tables[table].columns]
    taken = [f"x'00' AS {name}" if name == "content" else name for name in columns]
    with pytest.raises(DatabaseError, match="is append-only"), lasting.write() as connection:
        connection.execute(sa.text(f"INSERT OR REPLACE INTO {table} SELECT {', '.join(taken)} FROM {table}"))


def test_the_status_of_a_finding_may_change_and_it_stays_whole(furnished: Store) -> None:
    with furnished.write() as connection:
        done = connection.execute(
            sa.update(t.finding).where(t.finding.c.status == "open").values(status="resolved", resolved_run_id=SECOND)
        )
        assert done.rowcount == 1
    assert verified(furnished).damages == []


def test_every_guard_is_in_place_and_a_missing_one_is_named(furnished: Store) -> None:
    with furnished.read() as connection:
        assert guards.missing(connection) == []
    on = " ON journal" if furnished.engine.dialect.name == "postgresql" else ""
    with furnished.write() as connection:
        connection.execute(sa.text(f"DROP TRIGGER journal_no_delete{on}"))
        assert guards.missing(connection) == ["journal_no_delete"]


# Larger falsifications


def test_a_finding_altered_with_a_fitting_seal_is_found_by_its_digest_and_by_its_run(furnished: Store) -> None:
    with unguarded(furnished) as connection:
        (row,) = connection.execute(sa.select(t.finding).where(t.finding.c.outcome == "breach")).mappings()
        content = {**row["content"], "evidence": {"exported_carats": "1.50"}}
        values = {"content": content, "seal": _seal({**row, "content": content})}
        connection.execute(sa.update(t.finding).where(t.finding.c.finding_id == row["finding_id"]).values(values))
    found = {(d.what, d.subject) for d in verified(furnished).damages}
    assert ("run_findings", FIRST) in found
    assert {("run_result", FIRST), ("run_result", SECOND)} <= found
    assert next(s for what, s in found if what == "finding_content").startswith(row["finding_id"])


def _seal(row: dict[str, Any]) -> str:
    from carmonitor.store import seals

    return seals.of_finding(row)


def test_a_whole_submission_taken_out_is_missed(furnished: Store) -> None:
    with unguarded(furnished) as connection:
        for table in (t.received_file, t.submission):
            connection.execute(sa.delete(table).where(table.c.submission_id == CORRECTION))
    assert Damage("removed", CORRECTION) in verified(furnished).damages


def test_a_submission_slipped_in_is_unknown_to_the_journal(furnished: Store) -> None:
    with unguarded(furnished) as connection:
        row = dict(connection.execute(sa.select(t.submission).limit(1)).mappings().one())
        connection.execute(sa.insert(t.submission), [{**row, "submission_id": "S-slipped", "seq": 99}])
    assert verified(furnished).damages == [Damage("unsealed", "S-slipped")]


def test_a_broken_journal_is_told_and_the_rest_still_compared(furnished: Store) -> None:
    with unguarded(furnished) as connection:
        connection.execute(sa.update(t.journal).where(t.journal.c.seq == 2).values(actor="pierre"))
        connection.execute(sa.update(t.blob).where(t.blob.c.content == b"1").values(content=b"2"))
    done = verified(furnished)
    assert [(d.what, d.subject) for d in done.damages] == [
        ("hash", "2"),
        ("file_bytes", ("corrigé.csv", CORRECTION, "submission")),
    ]
    assert not done.with_journal


def test_a_noted_head_that_is_gone_does_not_hide_the_rest(furnished: Store) -> None:
    with furnished.read() as connection:
        done = verify_all(connection, noted="f" * 64)
        assert [d.what for d in done.damages] == ["head"]
        assert done.with_journal
        head = journal.head(connection)
        assert head is not None
        assert verify_journal(connection, noted=head.hash).noted == head.seq


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE review_case SET status = 'closed', outcome = 'explained' WHERE subject_id = 'CF101'", "case_state"),
        ("UPDATE review_case SET assigned_to = 'other' WHERE assigned_to IS NOT NULL", "case_state"),
        ("DELETE FROM case_finding", "case_findings"),
        ("DELETE FROM review_case", "case_removed"),
        ("UPDATE review_case SET case_id = 'K-slipped' WHERE subject_id = 'CF101'", "case_unknown"),
    ],
)
def test_a_case_decided_past_the_journal_is_named(furnished: Store, statement: str, what: str) -> None:
    with furnished.read() as connection:
        names = set(connection.execute(sa.select(t.review_case.c.case_id)).scalars())
    with unguarded(furnished) as connection:
        connection.execute(sa.text(statement))
    named = {str(damage.subject) for damage in verified(furnished).damages if damage.what == what}
    assert named
    assert named <= names | {"K-slipped"}


# The command


@pytest.mark.parametrize(("lang", "word"), [("en", "were altered"), ("fr", "ont été altérés")])
def test_the_command_names_file_and_submission_harmlessly(
    furnished: Store, monkeypatch: pytest.MonkeyPatch, lang: str, word: str
) -> None:
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", furnished.engine.url.render_as_string(hide_password=False))
    whole = CliRunner().invoke(main, ["journal", "verify", "--all", "--lang", lang])
    assert whole.exit_code == 0, whole.output
    with unguarded(furnished) as connection:
        large = sa.func.length(t.blob.c.content) == 256
        connection.execute(sa.update(t.blob).where(large).values(content=bytes(256)))
    result = CliRunner().invoke(main, ["journal", "verify", "--all", "--lang", lang])
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if RETURN in line]
    assert word in line
    assert "<script>" in line
    assert "\u202e" not in result.stdout
    as_json = CliRunner().invoke(main, ["journal", "verify", "--all", "--format", "json"])
    assert as_json.exit_code == 1
    said = json.loads(as_json.stdout)
    assert not said["whole"]
    assert said["damages"][0]["subject"] == [HOSTILE, RETURN, "submission"]


def test_the_command_compares_with_a_noted_head(furnished: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", furnished.engine.url.render_as_string(hide_password=False))
    head = json.loads(CliRunner().invoke(main, ["journal", "verify", "--format", "json"]).stdout)["head"]
    assert CliRunner().invoke(main, ["journal", "verify", "--head", head]).exit_code == 0
    result = CliRunner().invoke(main, ["journal", "verify", "--head", "0" * 63 + "1"])
    assert result.exit_code == 1
    assert "cut off" in result.stdout


def test_every_kind_of_damage_has_its_words_in_both_languages() -> None:
    from carmonitor.operations.wording import texts

    for what, words in texts()["verify"].items():
        assert set(words) == {"en", "fr"}, what
        if "{subject}" in words["en"]:
            for lang in ("en", "fr"):
                assert "K-9" in told(Damage(what, "K-9", "1", "2"), lang)
