"""``carmonitor backtest``: what another rulebook would find; nothing is stored."""

from __future__ import annotations

import json
import sys
from datetime import date

import click

from carmonitor.cli import common

_TEXTS = {
    "en": "As of {day}: {candidate} beside {reference}: {added} added, {removed} removed, {changed} changed, "
    "{restated} restated, {unchanged} unchanged. Nothing was stored.",
    "fr": "Au {day} : {candidate} comparé à {reference} : {added} ajoutés, {removed} retirés, {changed} modifiés, "
    "{restated} reformulés, {unchanged} inchangés. Rien n'a été enregistré.",
}


@click.command(
    epilog="""\b
added: found with --rulebook, not with --against; removed: the other way round; changed: outcome, severity, regime,
reason or evidence differ; restated: only parameter values shown (or a lead's rank) differ.
\b
Examples:
  carmonitor backtest --rulebook my_rulebook --against active
  carmonitor backtest --rulebook my_rulebook --against packaged --since 2021-01-01 --until 2021-03-31 --lang fr
  carmonitor backtest --rulebook 3fa94c --against active --as-of 2021-07-31 --format json
"""
)
@click.option("--rulebook", required=True, help="the one to try: a folder, `packaged`, `active` or a hash")
@click.option("--against", required=True, help="the one to compare with, named likewise")
@click.option("--since", type=common.Day(), help="only findings of this day or later")
@click.option("--until", type=common.Day(), help="only findings of this day or earlier")
@click.option("--as-of", type=common.Day(), help="what was known at the end of this day (default: the last run's)")
@common.lang_option
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@common.quiet_option
@common.log_option
def backtest(
    rulebook: str,
    against: str,
    since: date | None,
    until: date | None,
    as_of: date | None,
    lang: str | None,
    output: str,
    quiet: bool,
    log_format: str,
) -> None:
    """Judge the evidence held with two rulebooks and show which findings differ. Nothing is stored.

    Exit code: 0 no difference, 1 some.
    """
    from carmonitor import catalogues
    from carmonitor.cli import comparison
    from carmonitor.evaluation.backtest import backtest as run_backtest
    from carmonitor.evaluation.compare import KINDS

    configured = common.settings()
    language = common.language(lang, configured)
    if since and until and since > until:
        common.fail(f"found --since {since} after --until {until}, expected an earlier day", common.USAGE)
    with (
        common.database(configured) as store,
        store.read() as connection,
        common.showing_progress(quiet=quiet, log_format=log_format) as progress,
    ):
        candidate, reference = (catalogues.named(name, configured, connection) for name in (rulebook, against))
        done = run_backtest(
            connection, configured, candidate, reference, as_of=as_of, since=since, until=until, progress=progress
        )
    told = comparison.facts(done.comparison, candidate, reference, language)
    if output == "json":
        view = {
            "as_of": done.as_of.isoformat(),
            "rulebook": candidate.rulebook.hash,
            "against": reference.rulebook.hash,
            "result_digest": done.found.digest,
            "against_result_digest": done.found_by_reference.digest,
            **comparison.as_object(done.comparison, told),
        }
        click.echo(json.dumps(view, ensure_ascii=False, indent=1))
    else:
        if not quiet:
            comparison.show(done.comparison, told, language)
        from carmonitor.dossier.typography import typeset
        from carmonitor.findings import shown

        said = _TEXTS[language].format(
            day=shown(done.as_of.isoformat(), "date", language),
            candidate=candidate.rulebook.hash[:12],
            reference=reference.rulebook.hash[:12],
            **{kind: done.comparison.total(kind) for kind in KINDS},
        )
        click.echo(typeset(said, language))
    sys.exit(common.NOTHING if done.comparison.equal else common.SOMETHING)
