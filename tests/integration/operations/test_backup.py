"""A restore equals the original, row by row and by every digest, also across databases; and never overwrites."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor.cli import main
from carmonitor.operations import backup
from carmonitor.operations.backup import BackupError, back_up, digest_of, restore
from carmonitor.operations.verifying import verify_all
from carmonitor.store import database, guards, journal, plain
from carmonitor.store import tables as t
from carmonitor.store.database import Store
from tests.integration.tampering import unguarded

AT = datetime(2021, 8, 1, 6, tzinfo=UTC)


@pytest.fixture
def kept(furnished: Store, tmp_path: Path) -> Path:
    back_up(furnished, tmp_path / "backup.zip", at=AT)
    return tmp_path / "backup.zip"


def everything(store: Store) -> dict[str, list[plain.Plain]]:
    with store.read() as connection:
        return {table.name: list(plain.rows(connection, table)) for table in t.metadata.sorted_tables}


def test_a_restore_equals_the_original_on_either_database(furnished: Store, kept: Path, blank_url: str) -> None:
    said = restore(kept, blank_url)
    with database.open_store(blank_url) as store:
        assert everything(store) == everything(furnished)
        with store.read() as connection, furnished.read() as before:
            assert digest_of(connection) == digest_of(before) == said.digest
            head = journal.head(connection)
            assert head == journal.head(before)
            assert head is not None
            assert (said.journal_entries, said.journal_head) == (head.seq, head.hash)
            assert verify_all(connection, noted=head.hash).damages == []
            assert guards.missing(connection) == []


def test_what_was_restored_goes_on(kept: Path, blank_url: str) -> None:
    restore(kept, blank_url)
    with database.open_store(blank_url) as store:
        with store.write() as connection:
            journal.append(connection, at=AT, actor="awa", action="comment", subject="K-1", payload={})
        with store.read() as connection:
            assert journal.verify(connection) is None
        with pytest.raises(sa.exc.DatabaseError, match="is append-only"), store.write() as connection:
            connection.execute(sa.delete(t.journal))


def test_a_backup_is_for_its_owner_alone_and_the_same_twice(furnished: Store, kept: Path, tmp_path: Path) -> None:
    assert kept.stat().st_mode & 0o077 == 0
    again = back_up(furnished, tmp_path / "again.zip", at=AT)
    assert again == backup.read_manifest(kept)
    assert sorted(p.name for p in tmp_path.glob(".*zip*")) == []


def test_a_backup_never_overwrites(furnished: Store, kept: Path) -> None:
    before = kept.read_bytes()
    with pytest.raises(BackupError, match="never overwrites another"):
        back_up(furnished, kept, at=AT)
    assert kept.read_bytes() == before


def test_a_restore_never_overwrites(furnished: Store, kept: Path) -> None:
    before = everything(furnished)
    with pytest.raises(BackupError, match="expected an empty database"):
        restore(kept, furnished.engine.url.render_as_string(hide_password=False))
    assert everything(furnished) == before


def test_a_database_with_foreign_rows_is_not_filled(kept: Path, blank_url: str) -> None:
    with database.connect(blank_url) as store, store.write() as connection:
        connection.execute(sa.text("CREATE TABLE theirs (n INTEGER)"))
        connection.execute(sa.text("INSERT INTO theirs VALUES (1)"))
    with pytest.raises(BackupError, match=r"found rows in .* \(theirs\)"):
        restore(kept, blank_url)


def rewritten(kept: Path, change: dict[str, bytes], to: Path, *, without: str = "") -> Path:
    with zipfile.ZipFile(kept) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            if name != without:
                new.writestr(name, change.pop(name, old.read(name)))
        for name, content in change.items():
            new.writestr(name, content)
    return to


def test_an_altered_backup_is_refused_and_nothing_is_made(kept: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.sqlite3"
    with zipfile.ZipFile(kept) as archive:
        journal_file = bytearray(archive.read("tables/journal.parquet"))
        manifest = json.loads(archive.read("manifest.json"))
    journal_file[len(journal_file) // 2] ^= 1
    fewer = {**manifest, "tables": {**manifest["tables"], "journal": {**manifest["tables"]["journal"], "rows": 1}}}
    odd = {
        "table journal in .* was altered": ({"tables/journal.parquet": bytes(journal_file)}, ""),
        "its tables do not give its digest": ({"manifest.json": json.dumps(fewer).encode()}, ""),
        "does not hold the files": ({"../evil.parquet": b"x"}, ""),
        "is no backup of carmonitor": ({}, "manifest.json"),
        "found the format 'other'": ({"manifest.json": json.dumps({**manifest, "format": "other"}).encode()}, ""),
    }
    for n, (words, (change, without)) in enumerate(odd.items()):
        file = rewritten(kept, change, tmp_path / f"odd{n}.zip", without=without)
        with pytest.raises(BackupError, match=words):
            restore(file, f"sqlite:///{target}")
    whole = kept.read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupError, match="is no backup of carmonitor"):
        restore(tmp_path / "cut.zip", f"sqlite:///{target}")
    assert not target.exists()
    assert not (tmp_path.parent / "evil.parquet").exists()


def test_a_backup_of_a_newer_version_is_refused(kept: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(kept) as archive:
        manifest = {**json.loads(archive.read("manifest.json")), "revision": "9999"}
    file = rewritten(kept, {"manifest.json": json.dumps(manifest).encode()}, tmp_path / "newer.zip")
    with pytest.raises(database.DatabaseError, match="9999"):
        restore(file, f"sqlite:///{tmp_path}/target.sqlite3")


def test_a_damaged_database_is_not_backed_up_as_if_whole(furnished: Store, tmp_path: Path) -> None:
    if furnished.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL holds no text that is no UTF-8")
    with unguarded(furnished) as connection:
        connection.execute(sa.text("UPDATE journal SET actor = CAST(x'ff41' AS TEXT) WHERE seq = 1"))
    with pytest.raises(BackupError, match="table journal holds a value"):
        back_up(furnished, tmp_path / "b.zip", at=AT)
    assert list(tmp_path.glob("*.zip")) == []


def test_the_commands_tell_digest_and_head(furnished: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", furnished.engine.url.render_as_string(hide_password=False))
    file, into = tmp_path / "c.zip", f"sqlite:///{tmp_path}/new.sqlite3"
    made = CliRunner().invoke(main, ["backup", "--out", str(file)])
    assert made.exit_code == 0, made.output
    back = CliRunner().invoke(main, ["restore", str(file), "--into", into, "--lang", "fr"])
    assert back.exit_code == 0, back.output
    digest = made.stdout.split("digest ")[1].split()[0]
    assert f"empreinte {digest}" in back.stdout
    refused = CliRunner().invoke(main, ["restore", str(file), "--into", into])
    assert refused.exit_code == 3
    assert "a restore never overwrites" in refused.stderr
