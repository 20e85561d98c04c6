"""``carmonitor validate``: check a batch ad hoc; nothing is stored."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import click

from carmonitor.cli import common, job


@click.command(
    epilog="""\b
Examples:
  carmonitor validate returns/2021-03.xlsx
  carmonitor validate returns/2021-03 --as-of 2021-07-31 --lang fr
  carmonitor validate new.csv --sender SPPK --period 2021-08 --format json > findings.json
"""
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@common.as_of_option
@click.option("--format", "output", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@common.lang_option
@click.option("--fail-on", type=click.Choice(["breach", "lead", "never"]), default="breach", show_default=True)
@click.option(
    "--alone", is_flag=True, help="ignore the database: no history, only the registers that ship with carmonitor"
)
@common.sender_option
@common.period_option
@common.quiet_option
@common.log_option
def validate(
    paths: tuple[Path, ...],
    as_of: date | None,
    output: str,
    lang: str | None,
    fail_on: str,
    alone: bool,
    sender: str | None,
    period: str | None,
    quiet: bool,
    log_format: str,
) -> None:
    """Check files, folders or zips against the framework in force on the day. Nothing is stored.

    History and registers are read from the configured database when it exists. Exit code: 0 nothing found at or above
    --fail-on, 1 something, 2 wrong usage, 3 a file or the database could not be read.
    """
    from carmonitor import pipeline
    from carmonitor.store.database import exists

    configured = common.settings()
    language = common.language(lang, configured)
    use_store = not alone and exists(configured.database_url)
    with (
        common.showing_progress(quiet=quiet, log_format=log_format) as progress,
        common.database(configured) if use_store else nullcontext() as store,
    ):
        done = pipeline.validate(paths, configured, store, as_of=as_of, sender=sender, period=period, progress=progress)
        findings = pipeline.views(done, store, language)
    job.show(done, findings, output, language, quiet=quiet)
    sys.exit(job.exit_code(done, fail_on))
