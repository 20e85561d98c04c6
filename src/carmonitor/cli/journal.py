"""``carmonitor journal``: who decided what, and whether the record is whole."""

from __future__ import annotations

import sys

import click

from carmonitor.cli import common


@click.group()
def journal() -> None:
    """Show and verify the journal of decisions."""


@journal.command(
    epilog="""\b
Examples:
  carmonitor journal verify
"""
)
def verify() -> None:
    """Check the hash chain from the first entry to the last; names the first broken one."""
    from carmonitor.store import journal as book

    with common.database(common.settings()) as store, store.read() as connection:
        broken = book.verify(connection)
        head = book.head(connection)
    if broken is not None:
        click.echo(f"broken at entry {broken.seq}")
        sys.exit(common.SOMETHING)
    click.echo(f"whole: {head.seq} entries, head {head.hash}" if head else "the journal is empty")


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
