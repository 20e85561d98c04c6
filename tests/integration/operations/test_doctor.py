"""The doctor names what is wrong and what to do, changes nothing, and asks nobody over the network."""

from __future__ import annotations

import json
import re
import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor.cli import main
from carmonitor.cli.doctor import told
from carmonitor.operations import checks, notifying
from carmonitor.operations.checks import Check, examine, worst
from carmonitor.operations.wording import texts
from carmonitor.settings import Settings
from carmonitor.store import database, plain
from carmonitor.store import tables as t
from carmonitor.store.database import Store
from tests.integration.tampering import unguarded

SOON = datetime(2021, 8, 5, 6, tzinfo=UTC)  # a day after the last run of the small database


@pytest.fixture
def place(furnished: Store, tmp_path: Path) -> Settings:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for file in tmp_path.glob("carmonitor.sqlite3*"):
        file.chmod(0o600)
    return Settings(database_url=furnished.engine.url.render_as_string(hide_password=False), inbox=inbox)


def found(settings: Settings, at: datetime = SOON, *, deep: bool = False, **environment: str) -> dict[str, Check]:
    return {check.name: check for check in examine(settings, environment, at=at, deep=deep)}


def said(settings: Settings, name: str, at: datetime = SOON, **given: Any) -> tuple[str, str]:
    check = found(settings, at, **given)[name]
    return check.status, check.said


def test_a_healthy_installation_is_well_and_unchanged(place: Settings, furnished: Store) -> None:
    with furnished.read() as connection:
        before = {name: list(plain.rows(connection, table)) for name, table in t.metadata.tables.items()}
    healthy = found(place, deep=True)
    assert {name: check.status for name, check in healthy.items()} == dict.fromkeys(healthy, "ok")
    assert set(healthy) == {
        "disk", "inbox", "permissions", "prefect", "database", "migrations", "guards", "writing", "clock", "locks",
        "last_run", "journal",
    }  # fmt: skip
    with furnished.read() as connection:
        assert before == {name: list(plain.rows(connection, table)) for name, table in t.metadata.tables.items()}


def test_a_late_run_is_a_warning_and_names_it(place: Settings) -> None:
    late = found(place, SOON + timedelta(days=3))["last_run"]
    assert (late.status, late.said) == ("warning", "late")
    assert "R-second" in told(late, "en")
    assert "il y a" in told(late, "fr")


def test_a_clock_before_the_newest_entry_is_an_error(place: Settings) -> None:
    assert said(place, "clock", SOON - timedelta(days=30)) == ("error", "behind")


def test_a_broken_journal_and_altered_findings_are_errors(place: Settings, furnished: Store) -> None:
    with unguarded(furnished) as connection:
        connection.execute(sa.update(t.finding).values(severity="I"))
    assert said(place, "journal") == ("ok", "whole")
    assert said(place, "journal", deep=True) == ("error", "altered")
    with unguarded(furnished) as connection:
        connection.execute(sa.update(t.journal).where(t.journal.c.seq == 2).values(actor="x"))
    assert said(place, "journal") == ("error", "broken")


def test_a_guard_that_is_gone_is_an_error(place: Settings, furnished: Store) -> None:
    on = " ON finding" if furnished.engine.dialect.name == "postgresql" else ""
    with furnished.write() as connection:
        connection.execute(sa.text(f"DROP TRIGGER finding_no_update{on}"))
    assert said(place, "guards") == ("error", "missing")


def test_an_older_database_and_none_at_all_are_errors(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/old.sqlite3"
    assert said(Settings(database_url=url), "database") == ("error", "unusable")
    database.upgrade(url, "0004")
    check = found(Settings(database_url=url))["database"]
    assert check.status == "error"
    assert "carmonitor db upgrade" in told(check, "en")


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql+psycopg://kp:s3cret@127.0.0.1:1/kp"
    for check in found(Settings(database_url=url, inbox=tmp_path)).values():
        assert "s3cret" not in told(check, "en")


def test_a_missing_inbox_a_full_disk_and_open_files_are_told(
    place: Settings, furnished: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(place.model_copy(update={"inbox": tmp_path / "nowhere"}), "inbox") == ("error", "no_inbox")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, 10**9))
    assert said(place, "disk") == ("warning", "little")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 0, 10**8))
    assert said(place, "disk") == ("error", "little")
    key = tmp_path / "key.pem"
    key.touch(0o600)
    for mode, expected in ((0o600, "ok"), (0o644, "warning"), (0o660, "error")):
        key.chmod(mode)
        assert said(place, "permissions", CARMONITOR_SIGNING_KEY=str(key))[0] == expected


def test_only_a_prefect_on_this_machine_is_asked(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(checks.urllib.request, "urlopen", lambda url, **_: asked.append(url))
    assert said(place, "prefect", PREFECT_API_URL="https://prefect.example.org/api") == ("ok", "not_asked")
    assert said(place, "prefect", PREFECT_API_URL="file:///etc/passwd") == ("ok", "not_asked")
    assert asked == []
    monkeypatch.undo()
    assert said(place, "prefect", PREFECT_API_URL="http://127.0.0.1:1/api") == ("error", "silent")


def test_the_worst_decides() -> None:
    assert worst([Check("a", "ok", "x")]) == "ok"
    assert worst([Check("a", "ok", "x"), Check("b", "warning", "x")]) == "warning"
    assert worst([Check("b", "warning", "x"), Check("c", "error", "x")]) == "error"


def test_every_check_has_its_words_in_both_languages() -> None:
    source = Path(checks.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'Check\(\s*"(\w+)"', source))
    assert names <= set(texts()["doctor"])
    for key, words in texts()["checks"].items():
        assert key.split(".")[0] in names
        assert set(re.findall(r"{\w+}", words["en"])) == set(re.findall(r"{\w+}", words["fr"])), key


def test_the_command_gives_its_verdict_as_exit_code_and_tells_people(
    place: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", place.database_url)
    monkeypatch.setenv("CARMONITOR_INBOX", str(place.inbox))
    monkeypatch.setenv("CARMONITOR_NOTIFY", '["awa@example.org"]')
    monkeypatch.setenv("CARMONITOR_SMTP_URL", "smtp://127.0.0.1:1")
    sent: list[str] = []
    monkeypatch.setattr(notifying, "send", lambda _settings, mail: sent.append(mail.get_content()) or True)
    result = CliRunner().invoke(main, ["doctor", "--notify", "--format", "json"])
    assert result.exit_code == 1, result.output  # the small database's last run is years ago
    assert json.loads(result.stdout)["status"] == "warning"
    (mail,) = sent
    assert "last_run (late)" in mail
    assert "R-second" in mail
    assert "CF101" not in mail
    monkeypatch.setenv("CARMONITOR_INBOX", str(tmp_path / "nowhere"))
    assert CliRunner().invoke(main, ["doctor", "--lang", "fr"]).exit_code == 3
    sent.clear()
    CliRunner().invoke(main, ["doctor", "--notify", "--failed", "carmonitor-monthly.service"])
    assert "carmonitor-monthly.service" in sent[0]
