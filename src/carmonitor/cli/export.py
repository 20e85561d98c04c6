"""``carmonitor export``: flagged cases for a review mission."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from carmonitor.cli import common
from carmonitor.cli.cases import OUTCOMES


@click.command(
    epilog="""\b
Examples:
  carmonitor export --out mission
  carmonitor export --out mission --lang fr --zone Carnot --since 2021-01-01
  carmonitor export --out mission --case K-1a2b3c4d --case K-5e6f7a8b
"""
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True)
@click.option("--case", "--cases", "case_ids", multiple=True, help="only these cases (repeat)")
@click.option("--zone", help="only cases that touch this sub-prefecture")
@click.option("--actor", help="only cases that touch this actor number")
@click.option("--period", type=common.Period(), help="only cases with a finding of this month")
@click.option("--since", type=common.Day(), help="only cases with a finding from this day on")
@click.option("--severity", type=click.Choice(["E", "W", "I"]), help="only cases with a finding of this severity")
@click.option("--outcome", type=click.Choice([*OUTCOMES, "corrected"]), help="only cases decided so")
@common.as_of_option
@common.lang_option
@common.quiet_option
def export(
    out: Path,
    case_ids: tuple[str, ...],
    zone: str | None,
    actor: str | None,
    period: str | None,
    since: date | None,
    severity: str | None,
    outcome: str | None,
    as_of: date | None,
    lang: str | None,
    quiet: bool,
) -> None:
    """Write the flagged cases as a workbook, CSV and JSON, with the monthly reconciliation and the coverage."""
    from carmonitor.dossier.mission import Selection, SelectionError, export_for

    configured = common.settings()
    selection = Selection(
        case_ids=case_ids, zone=zone, actor=actor, period=period, since=since, severity=severity, outcome=outcome
    )
    with (
        common.database(configured) as store,
        common.showing_progress(quiet=quiet) as progress,
    ):
        try:
            written = export_for(
                store,
                configured,
                out,
                as_of=as_of,
                lang=common.language(lang, configured),
                selection=selection,
                progress=progress,
            )
        except SelectionError as error:
            common.fail(str(error), common.USAGE)
    for path in written:
        click.echo(str(path))
