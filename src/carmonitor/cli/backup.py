"""``carmonitor backup`` and ``carmonitor restore``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from carmonitor.operations.backup import Manifest


@click.command(
    epilog="""\b
Examples:
  carmonitor backup --out backup/carmonitor-2021-07-31.zip
"""
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="a file that is not there")
@common.lang_option
def backup(out: Path, lang: str | None) -> None:
    """The whole database as one file, with everything received, found and decided; others may go on working.

    Keep it elsewhere, and note its digest and the journal's head: they prove a restore.
    """
    from carmonitor.operations.backup import BackupError, back_up

    configured = common.settings()
    with common.database(configured) as store:
        try:
            made = back_up(store, out, at=datetime.now(UTC))
        except BackupError as error:
            common.fail(str(error), common.UNREADABLE)
    _tell("made", made, str(out), common.language(lang, configured))


@click.command(
    epilog="""\b
Examples:
  carmonitor restore backup/carmonitor-2021-07-31.zip --into sqlite:///restored.sqlite3
  carmonitor restore backup.zip --into postgresql+psycopg://kp@localhost/empty
"""
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", help="address of an empty database (default: CARMONITOR_DATABASE_URL)")
@common.lang_option
def restore(file: Path, into: str | None, lang: str | None) -> None:
    """Fill an empty database from a backup, made on SQLite or PostgreSQL, and compare every row with it."""
    from carmonitor.operations.backup import BackupError
    from carmonitor.operations.backup import restore as restore_backup
    from carmonitor.store.database import read_url

    configured = common.settings()
    url = into or configured.database_url
    try:
        made = restore_backup(file, url)
    except BackupError as error:
        common.fail(str(error), common.UNREADABLE)
    _tell("restored", made, read_url(url).render_as_string(), common.language(lang, configured))


def _tell(what: str, made: Manifest, where: str, lang: str) -> None:
    from carmonitor.operations.wording import say

    rows = sum(table.rows for table in made.tables.values())
    click.echo(say("backup", what, lang, where=common.one_line(where), rows=rows, revision=made.revision))
    click.echo(say("backup", "digest", lang, digest=made.digest))
    if made.journal_head is not None:
        click.echo(say("backup", "head", lang, seq=made.journal_entries, head=made.journal_head))
