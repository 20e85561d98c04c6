"""``carmonitor feedback``: a sender's return with its faulty cells marked, and a letter that lists what to correct."""

from __future__ import annotations

from pathlib import Path

import click

from carmonitor.cli import common


@click.command(
    epilog="""\b
Examples:
  carmonitor feedback --return SPPK@2021-02 --out to_send
  carmonitor feedback --return S5d7ceda4 --out to_send --lang fr
  carmonitor feedback --all --period 2021-02 --out to_send
"""
)
@click.option("--return", "named", metavar="SENDER@PERIOD|ID", help="the return, or the first characters of its id")
@click.option("--all", "every", is_flag=True, help="every return of a month, the newest of each sender")
@click.option("--period", type=common.Period(), help="the month, with --all")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("feedback"), show_default=True)
@click.option("--lang", type=click.Choice(["en", "fr"]), help="language (default: the one the return is written in)")
def feedback(named: str | None, every: bool, period: str | None, out: Path, lang: str | None) -> None:
    """Write what a sender is to correct: the return with marked cells (.xlsx) and a letter (.pdf, and .txt for e-mail).

    It tells what could not be read, errors of form and missing entries; never a lead. Nothing is stored. Exit code 0
    when the files were written, whether or not there is anything to correct.
    """
    from carmonitor.dossier.feedback import FeedbackError, feedback_for, find_return, returns_of

    if every == (named is not None) or every != (period is not None):
        common.fail("expected --return SENDER@PERIOD (or an id), or --all with --period YYYY-MM", common.USAGE)
    configured = common.settings()
    with common.database(configured) as store, store.read() as connection:
        try:
            chosen = [find_return(connection, named)] if named is not None else returns_of(connection, str(period))
        except FeedbackError as error:
            common.fail(str(error), common.USAGE)
        for submission_id in chosen:
            try:
                made = feedback_for(connection, configured, submission_id, lang)
            except FeedbackError as error:
                common.fail(f"{submission_id}: {error}", common.UNREADABLE)
            out.mkdir(parents=True, exist_ok=True)
            files = {".xlsx": made.workbook, ".pdf": made.letter_pdf, ".txt": made.letter_text.encode("utf-8")}
            for suffix, content in files.items():
                path = out / f"{made.stem}{suffix}"
                path.write_bytes(content)
                click.echo(str(path))
