"""``carmonitor users`` and ``carmonitor serve``, from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from carmonitor.cli import main
from carmonitor.store import accounts, database, journal, passwords

PASSWORD = "trois pierres à Carnot"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", address)
    monkeypatch.delenv("CARMONITOR_USER", raising=False)
    return address


def call(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["users", *arguments], input=typed)


def add(name: str = "awa", *more: str, password: str = PASSWORD) -> Result:
    return call("add", name, "--user", "pierre", "--password-stdin", *more, typed=f"{password}\n")


def test_the_first_user_is_added_where_there_was_no_database(url: str):
    done = add("awa", "--role", "admin", "--display-name", "Awa Ndiaye")
    assert (done.exit_code, done.output) == (0, "done, and written to the journal\n")
    with database.open_store(url) as store, store.read() as connection:
        (account,) = accounts.everyone(connection)
        assert (account.name, account.display_name, account.role) == ("awa", "Awa Ndiaye", "admin")
        assert passwords.fits(accounts.password_hash(connection, "awa"), PASSWORD)
        assert journal.entries(connection)[-1].actor == "pierre"


def test_a_password_is_typed_twice_and_never_shown(url: str):
    done = call("add", "awa", "--user", "pierre", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    other = call("password", "awa", "--user", "pierre", typed=f"{PASSWORD}\nanother one 12\n")
    assert other.exit_code == 1
    assert "do not match" in other.output


@pytest.mark.parametrize(
    ("password", "said"),
    [("tiny pass", "shorter than 12"), ("awa awa awa awa 9", "contains"), ("motdepasse12", "commonest")],
)
def test_a_weak_password_is_refused_with_its_reason(url: str, password: str, said: str):
    done = add(password=password)
    assert done.exit_code == 2
    assert said in done.output
    assert password not in done.output


def test_nobody_changes_users_unnamed(url: str):
    done = call("add", "awa", "--password-stdin", typed=f"{PASSWORD}\n")
    assert (done.exit_code, "who are you?" in done.output) == (2, True)


def test_users_are_disabled_enabled_given_roles_and_listed(url: str):
    add("awa")
    add("ada", "--role", "admin")
    assert call("role", "awa", "analyst", "--user", "ada").exit_code == 0
    assert call("disable", "awa", "--user", "ada").exit_code == 0
    listed = call("list").output
    assert "awa\tawa\tanalyst\tdisabled " in listed
    assert call("enable", "awa", "--user", "ada").exit_code == 0
    assert "disabled" not in call("list").output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("disable", "nobody", "--user", "ada"), "found no user 'nobody'"),
        (("disable", "ada", "--user", "ada"), "the last admin"),
        (("role", "ada", "admin", "--user", "ada"), "is admin already"),
        (("password", "nobody", "--user", "ada"), "found no user 'nobody'"),
    ],
)
def test_what_is_not_possible_is_one_clear_line(url: str, arguments: tuple[str, ...], said: str):
    add("ada", "--role", "admin")
    done = call(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.5", "::"])
def test_the_console_listens_to_other_machines_only_behind_tls(url: str, host: str):
    done = CliRunner().invoke(main, ["serve", "--host", host])
    assert done.exit_code == 2
    assert "passwords would cross the network in the clear" in done.output


def test_it_is_started_by_its_name_with_what_was_asked(url: str, monkeypatch: pytest.MonkeyPatch):
    asked: dict[str, object] = {}
    for name in ("BEHIND_TLS", "CONSOLE_HOSTS", "LANG"):  # the command sets these for the server
        monkeypatch.setenv(f"CARMONITOR_{name}", {"LANG": "en", "CONSOLE_HOSTS": "[]"}.get(name, "false"))
    monkeypatch.setattr("uvicorn.run", lambda target, **given: asked.update(given, target=target))
    done = CliRunner().invoke(
        main, ["serve", "--behind-tls", "--name", "kp.example.org", "--port", "9000", "--lang", "fr"]
    )
    assert done.exit_code == 0, done.output
    assert "http://127.0.0.1:9000/" in done.output
    assert "there is no user yet: carmonitor users add" in done.output
    assert asked["target"] == "carmonitor.console.app:from_environment"
    assert (asked["proxy_headers"], asked["forwarded_allow_ips"], asked["port"]) == (True, "127.0.0.1", 9000)

    from carmonitor.settings import Settings

    settings = Settings()
    assert (settings.behind_tls, settings.console_hosts, settings.lang) == (True, ("kp.example.org",), "fr")
