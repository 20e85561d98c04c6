"""``carmonitor registers``: what the team keeps."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carmonitor.cli import common, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from carmonitor.intake.batch import Submission


@click.group()
def registers() -> None:
    """Zones, actors, licences, booklets, certificate blocks, participants, watch list, sites."""


@registers.command(
    epilog="""\b
Examples:
  carmonitor registers load registers/2021 --user awa
  carmonitor registers load actors.xlsx --user awa
"""
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@common.user_option
@common.lang_option
@common.quiet_option
@common.log_option
def load(paths: tuple[Path, ...], user: str | None, lang: str | None, quiet: bool, log_format: str) -> None:
    """Load register files. Rows are added and dated, never deleted; every load is journalled."""
    from carmonitor import pipeline

    configured = common.settings()
    language = common.language(lang, configured)
    actor = common.acting_user(user, configured)
    with (
        common.database(configured, create=True) as store,
        common.showing_progress(quiet=quiet, log_format=log_format) as progress,
    ):
        intake = pipeline.ingest(
            paths, store, actor=actor, sender="registers", progress=progress, also=partial(_journalled, actor=actor)
        )
    job.show_failed(intake, language)
    if not quiet:
        job.show_intake(intake, language)
    sys.exit(common.UNREADABLE if intake.failed else common.NOTHING)


def _journalled(connection: Connection, submission: Submission, *, actor: str) -> None:
    from carmonitor.store import journal

    payload = {"name": submission.name, **submission.counts()}
    journal.append(
        connection,
        at=datetime.now(UTC),
        actor=actor,
        action="registers_loaded",
        subject=submission.submission_id,
        payload=payload,
    )


@registers.command(
    epilog="""\b
Examples:
  carmonitor registers show zone
  carmonitor registers show actor --as-of 2021-03-31 --format csv
"""
)
@click.argument("kind")
@common.as_of_option
@click.option("--format", "output", type=click.Choice(["table", "csv"]), default="table", show_default=True)
def show(kind: str, as_of: date | None, output: str) -> None:
    """A register as it stood on a day, the entries that ship with carmonitor included."""
    from carmonitor import catalogues, pipeline
    from carmonitor.records import REGISTER_KINDS
    from carmonitor.records.display import for_people
    from carmonitor.store.evidence import read_evidence

    if kind not in REGISTER_KINDS:
        common.fail(f"found register {kind!r}, expected one of {', '.join(REGISTER_KINDS)}", common.USAGE)
    configured = common.settings()
    day = as_of or pipeline.today()
    with common.reading(configured) as connection:
        rules = catalogues.chosen(configured, connection, strict=False)
        evidence = read_evidence(connection, as_of=day, gazetteer=rules.gazetteer, seeds=rules.seeds)
    frame = for_people(kind, evidence[kind])
    if output == "csv":
        click.echo(frame.to_csv(index=False, lineterminator="\n"), nl=False)
    else:
        common.print_table(f"{kind} as of {day.isoformat()}", list(frame.columns), frame.to_numpy().tolist())
