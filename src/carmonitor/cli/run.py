"""``carmonitor run``: the main job."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from carmonitor.cli import common, job


@click.command(
    epilog="""\b
Examples:
  carmonitor run
  carmonitor run --inbox inbox --as-of 2021-07-31 --lang fr
  carmonitor run --log-format json --format json --fail-on breach
  carmonitor run --engine dask:4
  carmonitor run --engine dask://scheduler:8786
"""
)
@click.option(
    "--inbox", type=click.Path(exists=True, path_type=Path), help="folder of what senders sent (CARMONITOR_INBOX)"
)
@common.as_of_option
@common.lang_option
@click.option("--format", "output", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--fail-on", type=click.Choice(["breach", "lead", "never"]), default="never", show_default=True)
@click.option(
    "--engine",
    "engine_name",
    help="who does the work: here, here:N (in N parts), dask, dask:N (workers), dask://host:port (CARMONITOR_ENGINE)",
)
@common.sender_option
@common.period_option
@click.option("--user", help="who runs it (default: system)")
@common.quiet_option
@common.log_option
def run(
    inbox: Path | None,
    as_of: date | None,
    lang: str | None,
    output: str,
    fail_on: str,
    engine_name: str | None,
    sender: str | None,
    period: str | None,
    user: str | None,
    quiet: bool,
    log_format: str,
) -> None:
    """Take in the inbox, judge all that is held, store findings and open cases.

    The same inbox twice adds nothing. A day before the last run's is a look back: shown, not stored.
    """
    from carmonitor import pipeline
    from carmonitor.operations.wording import say
    from carmonitor.store import journal

    configured = common.settings()
    language = common.language(lang, configured)
    folder = inbox or configured.inbox
    if not folder.exists():
        common.fail(f"the inbox {folder} does not exist; give --inbox DIR", common.USAGE)
    with (
        common.engine(engine_name or configured.engine) as engine,
        common.database(configured, create=True) as store,
        common.showing_progress(quiet=quiet, log_format=log_format) as progress,
    ):
        done = pipeline.run(
            folder,
            store,
            configured,
            as_of=as_of,
            actor=user or configured.user or "system",
            sender=sender,
            period=period,
            progress=progress,
            engine=engine,
        )
        findings = pipeline.views(done, store, language)
        with store.read() as connection:
            head = journal.head(connection)
    job.show(done, findings, output, language, quiet=quiet)
    if output == "table" and not quiet:
        _tell(done, language)
        if head is not None:
            click.echo(say("backup", "head", language, seq=head.seq, head=head.hash))
    sys.exit(job.exit_code(done, fail_on))


def _tell(done: object, lang: str) -> None:
    from carmonitor.pipeline import Job

    assert isinstance(done, Job)
    texts = {
        "en": ("Run {run} as of {day}: findings {changes}; cases {cases}", "Look back to {day}: shown, not stored."),
        "fr": (
            "Passage {run} au {day} : constats {changes} ; dossiers {cases}",
            "Regard en arrière au {day} : non enregistré.",
        ),
    }[lang]
    named = {
        k: ", ".join(f"{n} {name}" for name, n in v.items())
        for k, v in (("changes", done.changes), ("cases", done.cases))
    }
    click.echo(texts[0 if done.stored else 1].format(run=done.run_id, day=done.as_of.isoformat(), **named))
