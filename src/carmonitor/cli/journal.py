"""``carmonitor journal``: who decided what, and whether the record is whole."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from carmonitor.operations.damages import Damage
    from carmonitor.operations.verifying import Verified


@click.group()
def journal() -> None:
    """Show and verify the journal of decisions."""


@journal.command(
    epilog="""\b
Examples:
  carmonitor journal verify
  carmonitor journal verify --head 3f9c…    (a head noted elsewhere: in an export, a dossier, a logbook)
  carmonitor journal verify --all --lang fr
"""
)
@click.option("--head", "noted", help="a head noted elsewhere: the journal must still hold the entry with that hash")
@click.option("--all", "everything", is_flag=True, help="also files, submissions, runs, findings and catalogues")
@common.lang_option
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def verify(noted: str | None, everything: bool, lang: str | None, output: str) -> None:
    """Check the hash chain from the first entry to the last; names the first broken one and what is wrong with it.

    --all also compares stored bytes with their sha256, findings, submissions and runs with their seals, and what the
    journal says of them. Exit code: 0 whole, 1 altered, 3 the database could not be read.
    """
    from carmonitor.operations.verifying import verify_all, verify_journal

    configured = common.settings()
    with common.database(configured) as store, store.read() as connection:
        done = (verify_all if everything else verify_journal)(connection, noted=noted.strip() if noted else None)
    if output == "json":
        click.echo(json.dumps(_object(done), indent=1))  # ASCII: an altered text may be no Unicode
    else:
        _tell(done, common.language(lang, configured), everything=everything)
    sys.exit(common.SOMETHING if done.damages else common.NOTHING)


def _object(done: Verified) -> dict[str, Any]:
    return {
        "whole": not done.damages,
        "entries": done.head.seq if done.head else None,
        "head": done.head.hash if done.head else None,
        "noted": done.noted,
        "compared": done.compared,
        "compared_with_journal": done.with_journal,
        "damages": [asdict(damage) for damage in done.damages],
    }


def _tell(done: Verified, lang: str, *, everything: bool) -> None:
    from carmonitor.operations.wording import say

    for damage in done.damages:
        click.echo(common.one_line(told(damage, lang)))
    if done.damages:
        click.echo(say("verify", "broken", lang, n=len(done.damages)))
    elif done.head is not None:
        click.echo(say("verify", "whole", lang, entries=done.head.seq, head=done.head.hash))
    else:
        click.echo(say("verify", "empty", lang))
    if done.noted is not None and done.head is not None:
        click.echo(say("verify", "noted", lang, seq=done.noted, entries=done.head.seq))
    if everything:
        click.echo(say("verify", "checked", lang, **done.compared))
        if not done.with_journal:
            click.echo(say("verify", "not_compared", lang))
        click.echo(say("verify", "limits", lang))


def told(damage: Damage, lang: str) -> str:
    """What was altered, in a sentence."""
    from carmonitor.operations.wording import say

    subject = damage.subject
    if not isinstance(subject, str):
        path, owner, kind = subject
        subject = say("verify", f"file_of_{kind}", lang, path=path, owner=owner)
    return say("verify", damage.what, lang, subject=subject, found=damage.found, expected=damage.expected)


@journal.command(
    epilog="""\b
Examples:
  carmonitor journal show --last 20
"""
)
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="how many entries, newest last")
def show(last: int) -> None:
    """The newest entries: when, who, what, about what."""
    from carmonitor.store import journal as book

    with common.database(common.settings()) as store, store.read() as connection:
        entries = book.entries(connection, last=last)
    rows = [[e.seq, e.at, e.actor, e.action, e.subject] for e in entries]
    common.print_table("Journal", ["entry", "at (UTC)", "who", "what", "about"], rows, numbers=(0,))
