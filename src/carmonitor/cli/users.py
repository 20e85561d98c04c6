"""``carmonitor users``: who may log in to the console. Every change names its user and is in the journal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from carmonitor.store.accounts import Account

ROLES = ("viewer", "analyst", "rule_manager", "admin")

_OBJECTIONS = {
    "short": "it is shorter than 12 characters",
    "long": "it is longer than 200 characters",
    "own_name": "it contains the user's name",
    "common": "it is one of the commonest",
    "simple": "it is too easy to guess",
}

stdin_option = click.option("--password-stdin", is_flag=True, help="read the password from one line of standard input")


@click.group()
def users() -> None:
    """Who may log in to the console."""


@users.command(
    epilog="""\b
Examples:
  carmonitor users add awa --display-name "Awa Ndiaye" --role analyst --user pierre
  carmonitor users add pierre --role admin --user pierre --password-stdin < password.txt
"""
)
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@click.option("--display-name", default="", help="as colleagues know this person; else the user name")
@stdin_option
@common.user_option
def add(name: str, role: str, display_name: str, password_stdin: bool, user: str | None) -> None:
    """Add a user. The password is asked for twice."""
    hashed = _new_password(password_stdin, name, display_name)
    _change(
        user,
        lambda a, c, actor, at: a.add(
            c, name=name, display_name=display_name, role=role, hashed=hashed, actor=actor, at=at
        ),
    )


@users.command(
    epilog="""\b
Examples:
  carmonitor users disable awa --user pierre
"""
)
@click.argument("name")
@common.user_option
def disable(name: str, user: str | None) -> None:
    """Let a user log in no more; sessions end at once. What the user did stays in the journal."""
    _change(user, lambda a, c, actor, at: a.disable(c, name, actor=actor, at=at))


@users.command(
    epilog="""\b
Examples:
  carmonitor users enable awa --user pierre
"""
)
@click.argument("name")
@common.user_option
def enable(name: str, user: str | None) -> None:
    """Let a disabled user log in again."""
    _change(user, lambda a, c, actor, at: a.enable(c, name, actor=actor, at=at))


@users.command(
    epilog="""\b
Examples:
  carmonitor users password awa --user pierre
"""
)
@click.argument("name")
@stdin_option
@common.user_option
def password(name: str, password_stdin: bool, user: str | None) -> None:
    """Give a user another password; sessions end, and so does a lock after wrong attempts."""
    from carmonitor.store import accounts

    with common.database(common.settings()) as store, store.read() as connection:
        account = _found(lambda: accounts.find(connection, name))
    hashed = _new_password(password_stdin, account.name, account.display_name)
    _change(user, lambda a, c, actor, at: a.set_password(c, name, hashed, actor=actor, at=at))


@users.command(
    epilog="""\b
Examples:
  carmonitor users role awa rule_manager --user pierre
"""
)
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@common.user_option
def role(name: str, role: str, user: str | None) -> None:
    """Give a user another role; who is logged in must log in again."""
    _change(user, lambda a, c, actor, at: a.set_role(c, name, role, actor=actor, at=at))


@users.command(
    "list",
    epilog="""\b
Examples:
  carmonitor users list
""",
)
def list_() -> None:
    """Every user with role and state."""
    from carmonitor.store import accounts

    with common.database(common.settings()) as store, store.read() as connection:
        found = accounts.everyone(connection)
    rows = [
        [
            a.name,
            a.display_name,
            a.role,
            a.disabled_at and f"disabled {a.disabled_at:%Y-%m-%d}",
            f"{a.created_at:%Y-%m-%d}",
        ]
        for a in found
    ]
    common.print_table(f"Users ({len(found)})", ["name", "display name", "role", "state", "added"], rows)


def _new_password(from_stdin: bool, *names: str) -> str:
    """A password that is good enough, as its hash."""
    from carmonitor.store import passwords

    if from_stdin:
        chosen = sys.stdin.readline().rstrip("\r\n")
    else:
        chosen = click.prompt("Password", hide_input=True, confirmation_prompt="The same again", err=True)
    objection = passwords.objection(chosen, *names)
    if objection is not None:
        common.fail(f"the password is refused: {_OBJECTIONS[objection]}", common.USAGE)
    return passwords.hashed(chosen)


def _change(user: str | None, change: Callable[[Any, Any, str, datetime], Any]) -> None:
    from carmonitor.store import accounts

    configured = common.settings()
    actor = common.acting_user(user, configured)
    with common.database(configured, create=True) as store, store.write() as connection:
        _found(lambda: change(accounts, connection, actor, datetime.now(UTC)))
    click.echo("done, and written to the journal")


def _found(step: Callable[[], Account]) -> Account:
    from carmonitor.store.accounts import AccountError

    try:
        return step()
    except AccountError as error:
        common.fail(str(error), common.USAGE)
