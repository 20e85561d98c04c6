"""Accounts, sessions and guessing, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from carmonitor.store import accounts, database, journal, tables
from carmonitor.store.accounts import AccountError
from carmonitor.store.database import Store

AT = datetime(2021, 8, 2, 8, tzinfo=UTC)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with database.open_store(database_url) as opened:
        yield opened


def add(store: Store, name: str = "awa", role: str = "analyst", **more: Any) -> accounts.Account:
    given = {"display_name": "Awa Ndiaye", "hashed": "$argon2id$hash", "actor": "pierre", "at": AT, **more}
    with store.write() as connection:
        return accounts.add(connection, name=name, role=role, **given)


def acts(store: Store) -> list[tuple[str, str, str]]:
    with store.read() as connection:
        return [(e.actor, e.action, e.subject) for e in journal.entries(connection)]


class TestChanges:
    def test_a_user_is_kept_in_small_letters_and_found_however_written(self, store):
        assert add(store, " AWA ").name == "awa"
        with store.read() as connection:
            assert accounts.find(connection, "Awa").display_name == "Awa Ndiaye"

    @pytest.mark.parametrize("name", ["", "a", "system", "awa ndiaye", "<b>", "awa\u202e", "élise", "x" * 41, "../x"])
    def test_a_name_that_is_none_is_refused(self, store, name):
        with pytest.raises(AccountError, match="found the user name"):
            add(store, name)
        assert acts(store) == []

    def test_a_name_is_taken_whatever_its_letters(self, store):
        add(store)
        with pytest.raises(AccountError, match="there is a user 'awa' already"):
            add(store, "AWA")

    def test_every_change_names_its_user_in_the_journal(self, store):
        add(store)
        with store.write() as connection:
            accounts.set_role(connection, "awa", "viewer", actor="pierre", at=AT)
            accounts.set_password(connection, "awa", "$argon2id$other", actor="awa", at=AT)
            accounts.disable(connection, "awa", actor="pierre", at=AT)
            accounts.enable(connection, "awa", actor="pierre", at=AT)
        done = [
            ("pierre", "user_added"),
            ("pierre", "user_role"),
            ("awa", "user_password"),
            ("pierre", "user_disabled"),
        ]
        assert acts(store) == [(who, what, "user:awa") for who, what in [*done, ("pierre", "user_enabled")]]
        with store.read() as connection:
            assert journal.verify(connection) is None
            assert "hash" not in str(journal.entries(connection)[0].payload)

    def test_somebody_who_manages_users_is_left(self, store):
        add(store, "ada", "admin")
        with store.write() as connection:
            for step in (
                lambda: accounts.disable(connection, "ada", actor="ada", at=AT),
                lambda: accounts.set_role(connection, "ada", "viewer", actor="ada", at=AT),
            ):
                with pytest.raises(AccountError, match="ada is the last admin"):
                    step()
        add(store, "eve", "admin")
        with store.write() as connection:
            accounts.disable(connection, "ada", actor="eve", at=AT)

    def test_an_unknown_user_cannot_be_changed(self, store):
        with store.write() as connection, pytest.raises(AccountError, match="found no user 'eve'"):
            accounts.disable(connection, "eve", actor="pierre", at=AT)


class TestSessions:
    def test_only_a_digest_of_the_token_is_kept(self, store):
        add(store)
        with store.write() as connection:
            token = accounts.open_session(connection, "awa", at=AT)
            (row,) = connection.execute(sa.select(tables.console_session)).mappings()
        assert len(token) == 43
        assert token not in str(dict(row))
        assert accounts.csrf_token(token) not in str(dict(row))

    @pytest.mark.parametrize(
        ("last_page", "asked", "lives"),
        [
            (timedelta(0), timedelta(minutes=59), True),
            (timedelta(0), timedelta(minutes=60), False),
            (timedelta(minutes=50), timedelta(minutes=109), True),
            (timedelta(hours=11, minutes=30), timedelta(hours=12), False),
        ],
    )
    def test_it_ends_an_hour_after_the_last_page_and_half_a_day_after_its_beginning(
        self, store, last_page, asked, lives
    ):
        add(store)
        with store.write() as connection:
            token = accounts.open_session(connection, "awa", at=AT)
            digest = connection.execute(sa.select(tables.console_session.c.token_hash)).scalar_one()
            accounts.touch(connection, digest, at=AT + last_page)
            found = accounts.session_of(connection, token, at=AT + asked)
        assert (found is not None) == lives

    @pytest.mark.parametrize("change", ["disable", "set_password", "set_role"])
    def test_it_ends_when_its_account_changes(self, store, change):
        add(store)
        given = {"set_password": ("$argon2id$other",), "set_role": ("viewer",)}.get(change, ())
        with store.write() as connection:
            token = accounts.open_session(connection, "awa", at=AT)
            getattr(accounts, change)(connection, "awa", *given, actor="pierre", at=AT)
            assert accounts.session_of(connection, token, at=AT) is None

    def test_a_disabled_account_gets_none(self, store):
        add(store)
        with store.write() as connection:
            accounts.disable(connection, "awa", actor="pierre", at=AT)
            assert accounts.password_hash(connection, "awa") is None
            with pytest.raises(AccountError, match="disabled"):
                accounts.open_session(connection, "awa", at=AT)

    def test_logging_in_clears_away_sessions_that_are_over(self, store):
        add(store)
        with store.write() as connection:
            accounts.open_session(connection, "awa", at=AT)
            accounts.open_session(connection, "awa", at=AT + timedelta(hours=2))
            assert connection.execute(sa.select(sa.func.count()).select_from(tables.console_session)).scalar() == 1


def guess(store: Store, name: str, address: str, at: datetime) -> datetime | None:
    """A wrong attempt; until when the next must wait, where this one was not even looked at."""
    with store.write() as connection:
        until = accounts.begin_attempt(connection, name, address, at=at)
        if until is None:
            accounts.attempt_failed(connection, name, address, at=at)
        return until


class TestGuessing:
    @pytest.mark.parametrize("name", ["awa", "nobody"])
    def test_waits_grow_and_are_the_same_for_a_name_that_is_none(self, store, name):
        add(store)
        at, waits = AT, []
        for n in range(12):
            assert guess(store, name, f"192.0.2.{n}", at) is None
            locked = guess(store, name, "203.0.113.9", at)
            waits.append(0 if locked is None else (locked - at).total_seconds())
            at = locked or at
        # the free ones count twice here: once from each address
        assert waits[:2] == [0, 0]
        assert [wait for wait in waits if wait][:7] == [30, 60, 120, 240, 480, 900, 900]

    def test_an_address_that_tries_many_names_waits_too(self, store):
        for n in range(20):
            assert guess(store, f"name{n}", "192.0.2.1", AT) is None
        assert guess(store, "another", "192.0.2.1", AT) == AT + timedelta(seconds=30)
        assert guess(store, "another", "192.0.2.2", AT) is None

    def test_a_subscribers_ipv6_addresses_are_one(self):
        assert accounts.address_key("2001:db8:1:2::5") == accounts.address_key("2001:db8:1:2:ffff::1")
        assert accounts.address_key("2001:db8:1:2::5") != accounts.address_key("2001:db8:1:3::5")

    def test_a_right_password_starts_the_name_anew(self, store):
        add(store)
        for _ in range(4):
            guess(store, "awa", "192.0.2.1", AT)
        with store.write() as connection:
            assert accounts.begin_attempt(connection, "awa", "192.0.2.1", at=AT) is None
            accounts.attempt_fitted(connection, "awa", "192.0.2.1")
        for _ in range(4):
            assert guess(store, "awa", "192.0.2.1", AT) is None

    def test_a_lock_is_in_the_journal_and_a_name_that_is_none_is_not(self, store):
        add(store)
        for _ in range(5):
            guess(store, "awa", "192.0.2.1", AT)
            guess(store, "my password by mistake", "192.0.2.2", AT)
        assert [(who, about) for who, what, about in acts(store) if what == "lock_out"] == [
            ("system", "user:awa"), ("system", "user:(unknown)"),
        ]  # fmt: skip
        with store.read() as connection:
            kept = connection.execute(sa.select(tables.login_guard)).mappings().all()
        assert "mistake" not in str(kept)

    def test_a_new_password_ends_the_lock_of_a_name(self, store):
        add(store)
        for _ in range(5):
            guess(store, "awa", "192.0.2.1", AT)
        with store.write() as connection:
            accounts.set_password(connection, "awa", "$argon2id$other", actor="pierre", at=AT)
        assert guess(store, "awa", "192.0.2.3", AT) is None

    def test_a_day_without_failures_is_forgotten(self, store):
        for _ in range(5):
            guess(store, "awa", "192.0.2.1", AT)
        later = AT + timedelta(hours=25)
        assert [guess(store, "awa", "192.0.2.1", later) for _ in range(5)] == [None] * 5


def test_a_hash_is_renewed_only_while_it_is_still_the_same(store):
    add(store)
    with store.write() as connection:
        accounts.rehash(connection, "awa", "newer", before="another")
        assert accounts.password_hash(connection, "awa") == "$argon2id$hash"
        accounts.rehash(connection, "awa", "newer", before="$argon2id$hash")
        assert accounts.password_hash(connection, "awa") == "newer"
