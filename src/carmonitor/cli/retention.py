"""``carmonitor retention``: what is kept, and the little that may go."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from carmonitor.cli import common


@click.group()
def retention() -> None:
    """What is kept, and the little that may go. Submissions, findings and the journal never do."""


@retention.command(
    epilog="""\b
Examples:
  carmonitor retention show
"""
)
@common.lang_option
def show(lang: str | None) -> None:
    """How much of each is kept, and how many sessions are expired. Changes nothing."""
    from carmonitor.operations import retention as rules
    from carmonitor.operations.wording import say

    configured = common.settings()
    language = common.language(lang, configured)
    with common.database(configured) as store:
        held = rules.held(store, at=datetime.now(UTC))
    headings = [say("retention", "what", language), say("retention", "rows", language)]
    rows = [[say("retention", name, language), count] for name, count in held.kept.items()]
    common.print_table(say("retention", "kept", language), headings, rows, numbers=(1,))
    gone = [[say("retention", "console_session", language), held.expired]]
    common.print_table(say("retention", "may_go", language), headings, gone, numbers=(1,))


@retention.command(
    epilog="""\b
Examples:
  carmonitor retention apply --reason "monthly" --user awa
  carmonitor retention apply --vacuum --reason "the disk is small" --user awa
"""
)
@click.option("--vacuum", is_flag=True, help="also give back the empty room of the database file (takes a while)")
@click.option("--reason", required=True, help="why; goes into the journal")
@common.user_option
@common.lang_option
def apply(vacuum: bool, reason: str, user: str | None, lang: str | None) -> None:
    """Remove expired sessions of the console, and write into the journal who did it, why, and how many."""
    from carmonitor.operations import retention as rules
    from carmonitor.operations.wording import say

    configured = common.settings()
    language = common.language(lang, configured)
    actor = common.acting_user(user, configured)
    if not reason.strip():
        common.fail("found an empty --reason, expected why", common.USAGE)
    with common.database(configured) as store:
        now = datetime.now(UTC)
        gone, entry = rules.remove_expired(store, at=now, actor=actor, reason=reason)
        click.echo(
            say("retention", "removed", language, n=gone, seq=entry.seq)
            if entry
            else say("retention", "nothing", language)
        )
        if vacuum:
            before, after, made = rules.vacuum(store, at=now, actor=actor, reason=reason)
            click.echo(say("retention", "vacuumed", language, before=before, after=after, seq=made.seq))
