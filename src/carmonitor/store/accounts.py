"""Accounts: who may log in to the console, what they may do, and who is logged in.

Each function takes a transaction and, where it matters, the moment ``at`` (with a time zone). What changes an account
names its user (``actor``) in the journal, in the same transaction. Passwords never come here, only their hashes
(:mod:`carmonitor.store.passwords`); of a session's token only its sha256 is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

import sqlalchemy as sa

from carmonitor.store import journal, tables
from carmonitor.store.journal import SYSTEM

ROLES = ("viewer", "analyst", "rule_manager", "admin")
"""Each may do all that the ones before may."""

IDLE, ABSOLUTE = timedelta(minutes=60), timedelta(hours=12)
"""A session ends after so long without a page, and so long after login whatever happens."""

_TOUCH = timedelta(minutes=1)  # a session's last page is noted no more often than this
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_LONGEST_DISPLAY_NAME = 80


class AccountError(Exception):
    """A step that is not possible. ``code`` tells which; the message says what was found and what was expected."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Account:
    """A named user. ``epoch`` rises when sessions must end: on a new password, another role, or when disabled."""

    name: str
    display_name: str
    role: str
    created_at: datetime
    disabled_at: datetime | None
    epoch: int

    def may(self, role: str) -> bool:
        """Whether this account's role is the one asked for, or above it."""
        return ROLES.index(self.role) >= ROLES.index(role)


_a, _s = tables.account.c, tables.console_session.c
_PUBLIC = (_a.name, _a.display_name, _a.role, _a.created_at, _a.disabled_at, _a.epoch)


def folded(name: str) -> str:
    """A user name as it is kept: small letters, no space around it."""
    return name.strip().casefold()


def everyone(connection: sa.Connection) -> list[Account]:
    """Every account by its name, disabled ones too."""
    return [Account(*row) for row in connection.execute(sa.select(*_PUBLIC).order_by(_a.name))]


def find(connection: sa.Connection, name: str) -> Account:
    """The account of this name. Raises AccountError where there is none."""
    row = connection.execute(sa.select(*_PUBLIC).where(_a.name == folded(name))).one_or_none()
    if row is None:
        raise AccountError("unknown", f"found no user {name!r}; `carmonitor users list` shows those there are")
    return Account(*row)


def password_hash(connection: sa.Connection, name: str) -> str | None:
    """The hash of a user who may log in; None for an unknown name and for a disabled account."""
    query = sa.select(_a.password_hash).where(_a.name == folded(name), _a.disabled_at.is_(None))
    return connection.execute(query).scalar()


# Changes


def add(
    connection: sa.Connection, *, name: str, display_name: str, role: str, hashed: str, actor: str, at: datetime
) -> Account:
    """A new account; ``hashed``: its password as :func:`carmonitor.store.passwords.hashed` gives it.

    Raises AccountError for a name that is taken or cannot be one, ValueError for a password that is not hashed.
    """
    _demand_hashed(hashed)
    journal.lock(connection)
    own, shown = folded(name), " ".join(display_name.split()) or name.strip()
    if not _NAME.fullmatch(own) or own == SYSTEM:
        raise AccountError(
            "name", f"found the user name {name!r}; expected 2 to 40 letters, digits, . _ -, such as awa or p.martin"
        )
    if not shown.isprintable() or len(shown) > _LONGEST_DISPLAY_NAME:
        raise AccountError("display_name", f"found the display name {display_name!r}; expected at most 80 characters")
    _demand_role(role)
    if connection.execute(sa.select(_a.name).where(_a.name == own)).first():
        raise AccountError("taken", f"there is a user {own!r} already")
    row = {"name": own, "display_name": shown, "role": role, "password_hash": hashed, "created_at": at, "epoch": 0}
    connection.execute(sa.insert(tables.account), [row])
    _note(connection, "user_added", own, {"role": [None, role], "display_name": shown}, actor, at)
    return find(connection, own)


def set_role(connection: sa.Connection, name: str, role: str, *, actor: str, at: datetime) -> None:
    """Another role. Who is logged in must log in again."""
    account = _held(connection, name)
    _demand_role(role)
    if account.role == role:
        raise AccountError("same_role", f"user {account.name} is {role} already")
    _demand_another_admin(connection, account, role)
    _change(connection, account, role=role)
    _note(connection, "user_role", account.name, {"role": [account.role, role]}, actor, at)


def set_password(connection: sa.Connection, name: str, hashed: str, *, actor: str, at: datetime) -> None:
    """Another password (its hash); every session of the account ends, and so does a lock."""
    _demand_hashed(hashed)
    account = _held(connection, name)
    _change(connection, account, password_hash=hashed)
    connection.execute(sa.delete(tables.login_guard).where(tables.login_guard.c.guarded == name_key(account.name)))
    _note(connection, "user_password", account.name, {}, actor, at)


def rehash(connection: sa.Connection, name: str, hashed: str, *, before: str) -> None:
    """The same password hashed with today's parameters, unless it changed meanwhile. Sessions stay; nobody decided."""
    same = (_a.name == folded(name)) & (_a.password_hash == before)
    connection.execute(sa.update(tables.account).where(same).values(password_hash=hashed))


def disable(connection: sa.Connection, name: str, *, actor: str, at: datetime) -> None:
    """Let an account log in no more; every session of it ends at once. What it did stays in the journal."""
    account = _held(connection, name)
    if account.disabled_at is not None:
        raise AccountError("disabled_already", f"user {account.name} is disabled already")
    _demand_another_admin(connection, account, None)
    _change(connection, account, disabled_at=at)
    _note(connection, "user_disabled", account.name, {}, actor, at)


def enable(connection: sa.Connection, name: str, *, actor: str, at: datetime) -> None:
    """Let a disabled account log in again."""
    account = _held(connection, name)
    if account.disabled_at is None:
        raise AccountError("enabled_already", f"user {account.name} is not disabled")
    _change(connection, account, disabled_at=None)
    _note(connection, "user_enabled", account.name, {}, actor, at)


def _demand_hashed(hashed: str) -> None:
    if not hashed.startswith("$argon2id$"):
        raise ValueError("found a password that is not hashed; expected one from passwords.hashed")


def _held(connection: sa.Connection, name: str) -> Account:
    journal.lock(connection)
    return find(connection, name)


def _demand_role(role: str) -> None:
    if role not in ROLES:
        raise AccountError("role", f"found the role {role!r}; expected one of {', '.join(ROLES)}")


def _demand_another_admin(connection: sa.Connection, account: Account, role: str | None) -> None:
    """Somebody must be left who can manage users."""
    if account.role != "admin" or account.disabled_at is not None or role == "admin":
        return
    others = sa.select(_a.name).where(_a.role == "admin", _a.disabled_at.is_(None), _a.name != account.name)
    if connection.execute(others).first() is None:
        raise AccountError("last_admin", f"{account.name} is the last admin; make another one first")


def _change(connection: sa.Connection, account: Account, **values: object) -> None:
    update = sa.update(tables.account).where(_a.name == account.name)
    connection.execute(update.values(epoch=account.epoch + 1, **values))
    connection.execute(sa.delete(tables.console_session).where(_s.account == account.name))


def _note(
    connection: sa.Connection, action: str, name: str, payload: dict[str, object], actor: str, at: datetime
) -> None:
    journal.append(connection, at=at, actor=actor, action=action, subject=f"user:{name}", payload=payload)


# Sessions


@dataclass(frozen=True)
class Session:
    """Somebody logged in. ``stale``: its last page should be noted again (:func:`touch`)."""

    token_hash: str
    account: Account
    stale: bool


def open_session(connection: sa.Connection, name: str, *, at: datetime) -> str:
    """A new session of an account; its token, which is kept nowhere. Sessions that are over are cleared away."""
    over = (_s.expires_at <= at) | (_s.last_seen_at <= at - IDLE)
    connection.execute(sa.delete(tables.console_session).where(over))
    account = find(connection, name)
    if account.disabled_at is not None:
        raise AccountError("disabled_already", f"user {account.name} is disabled")
    token = secrets.token_urlsafe(32)
    row = {
        "token_hash": _digest(token), "account": account.name, "epoch": account.epoch,
        "created_at": at, "last_seen_at": at, "expires_at": at + ABSOLUTE,
    }  # fmt: skip
    connection.execute(sa.insert(tables.console_session), [row])
    return token


def session_of(connection: sa.Connection, token: str, *, at: datetime) -> Session | None:
    """The session of a token; None when there is none, it is over, or its account was changed or disabled since."""
    query = (
        sa.select(_s.token_hash, _s.last_seen_at, *_PUBLIC)
        .join_from(tables.console_session, tables.account, _s.account == _a.name)
        .where(_s.token_hash == _digest(token), _s.epoch == _a.epoch, _a.disabled_at.is_(None))
        .where(_s.expires_at > at, _s.last_seen_at > at - IDLE)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Session(row[0], Account(*row[2:]), stale=at - row[1] >= _TOUCH)


def touch(connection: sa.Connection, token_hash: str, *, at: datetime) -> None:
    """Note that a session is in use."""
    mine = (_s.token_hash == token_hash) & (_s.last_seen_at < at)
    connection.execute(sa.update(tables.console_session).where(mine).values(last_seen_at=at))


def end_session(connection: sa.Connection, token: str) -> None:
    """Log out; a token that is none ends nothing."""
    connection.execute(sa.delete(tables.console_session).where(_s.token_hash == _digest(token)))


def csrf_token(token: str) -> str:
    """What the forms of a session carry: made from its token, of no use for finding it."""
    return hashlib.sha256(b"carmonitor form\n" + token.encode()).hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


# Guessing


_FREE = {"name": 5, "address": 20}
"""Failures before an answer must be waited for: of one name, and from one address (an office has one for all)."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
_FORGOTTEN = timedelta(hours=24)


def name_key(name: str) -> str:
    """What guesses of a name are counted under. Hashed: people type passwords into the wrong field."""
    return "name:" + hashlib.sha256(folded(name).encode()).hexdigest()


def address_key(address: str) -> str:
    """What guesses from an address are counted under; of IPv6 the /64 that one subscriber has."""
    with suppress(ValueError):  # what is no IP address counts as it is
        if ip_address(address).version == 6:
            address = str(ip_network(f"{address.partition('%')[0]}/64", strict=False))
    return f"address:{address}"


def begin_attempt(connection: sa.Connection, name: str, address: str, *, at: datetime) -> datetime | None:
    """Count an attempt to log in before it is looked at, so that many at once gain nothing.

    Returns until when an answer must be waited for; None when the attempt may go on. A known and an unknown name are
    treated alike. A lock is told in the journal (actor ``system``).
    """
    journal.lock(connection)
    g = tables.login_guard.c
    connection.execute(sa.delete(tables.login_guard).where(g.last_failed_at <= at - _FORGOTTEN))
    keys = {"name": name_key(name), "address": address_key(address)}
    rows = connection.execute(sa.select(tables.login_guard).where(g.guarded.in_(keys.values()))).mappings()
    found = {row["guarded"]: row for row in rows}
    locked: list[datetime] = [
        row["locked_until"] for row in found.values() if row["locked_until"] and row["locked_until"] > at
    ]
    if locked:
        return max(locked)
    for what, key in keys.items():
        failures = (found[key]["failures"] if key in found else 0) + 1
        until = at + _wait(failures, _FREE[what]) if failures >= _FREE[what] else None
        state = {"failures": failures, "last_failed_at": at, "locked_until": until}
        if key in found:
            connection.execute(sa.update(tables.login_guard).where(g.guarded == key).values(state))
        else:
            connection.execute(sa.insert(tables.login_guard), [{"guarded": key, **state}])
    return None


def _wait(failures: int, free: int) -> timedelta:
    """30 s after the last free one, twice as long each time, a quarter of an hour at most."""
    return min(_FIRST_WAIT * (1 << min(failures - free, 10)), _LONGEST_WAIT)


def attempt_failed(connection: sa.Connection, name: str, address: str, *, at: datetime) -> None:
    """An attempt that was begun has failed: say so in the journal if it was the one that locks."""
    g = tables.login_guard.c
    known = connection.execute(sa.select(_a.name).where(_a.name == folded(name))).scalar()
    subjects = {name_key(name): f"user:{known or '(unknown)'}", address_key(address): address_key(address)}
    rows = connection.execute(sa.select(tables.login_guard).where(g.guarded.in_(subjects), g.locked_until > at))
    acts = [
        journal.Act(
            "lock_out", subjects[row.guarded], {"failures": row.failures, "until": row.locked_until.isoformat()}
        )
        for row in rows
    ]
    journal.append_all(connection, acts, at=at, actor=SYSTEM)


def attempt_fitted(connection: sa.Connection, name: str, address: str) -> None:
    """An attempt that was begun was right: its name starts anew, and its address is not blamed for it."""
    g = tables.login_guard.c
    connection.execute(sa.delete(tables.login_guard).where(g.guarded == name_key(name)))
    mine = g.guarded == address_key(address)
    connection.execute(sa.update(tables.login_guard).where(mine).values(failures=g.failures - 1, locked_until=None))
