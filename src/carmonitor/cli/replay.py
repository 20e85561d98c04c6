"""``carmonitor replay``: prove an old result."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from carmonitor.evaluation.replay import Replay
    from carmonitor.ingestion import Progress
    from carmonitor.store.findings import RunInfo

_TEXTS = {
    "en": {
        "equal": "equal", "different": "DIFFERENT", "impossible": "cannot be replayed",
        "evidence": "the evidence is another one: {now} now, {then} then",
        "result": "the result is another one: {now} now, {then} then",
        "code": "carmonitor {now} replayed a run of carmonitor {then}",
        "missing": "this version has no function for {ids}",
        "run": "Run {run} as of {day}, rulebook {rulebook}: {said}",
    },
    "fr": {
        "equal": "identique", "different": "DIFFÉRENT", "impossible": "ne peut pas être rejoué",
        "evidence": "les données ne sont pas les mêmes : {now} aujourd'hui, {then} alors",
        "result": "le résultat n'est pas le même : {now} aujourd'hui, {then} alors",
        "code": "carmonitor {now} a rejoué un passage de carmonitor {then}",
        "missing": "cette version n'a pas de fonction pour {ids}",
        "run": "Passage {run} au {day}, règles {rulebook} : {said}",
    },
}  # fmt: skip


@click.command(
    epilog="""\b
Examples:
  carmonitor replay latest
  carmonitor replay R041f17e0 --lang fr
  carmonitor replay --all --format json
"""
)
@click.argument("run", required=False)
@click.option("--all", "everything", is_flag=True, help="every run, the oldest first")
@common.lang_option
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@common.quiet_option
@common.log_option
def replay(run: str | None, everything: bool, lang: str | None, output: str, quiet: bool, log_format: str) -> None:
    """Judge again as RUN did: its catalogue, its settings, the evidence it knew; and compare the digests.

    RUN: an id, the first letters of one, or `latest`. Exit code: 0 equal, 1 different, 2 no such run, 3 cannot.
    """
    from carmonitor.evaluation.replay import UnknownRun, find_run
    from carmonitor.store.findings import load_runs

    if (run is None) != everything:
        common.fail("found neither or both, expected the id of a RUN, `latest`, or --all", common.USAGE)
    configured = common.settings()
    language = common.language(lang, configured)
    code = common.NOTHING
    views = []
    with (
        common.database(configured) as store,
        store.read() as connection,
        common.showing_progress(quiet=quiet, log_format=log_format) as progress,
    ):
        try:
            runs = list(load_runs(connection).values()) if run is None else [find_run(connection, run)]
        except UnknownRun as error:
            common.fail(str(error), common.USAGE)
        for info in runs:
            view, one = _one(connection, info, progress, language, show=output == "table", quiet=quiet)
            views.append(view)
            code = max(code, one)
    if output == "json":
        click.echo(json.dumps(views, ensure_ascii=False, indent=1))
    sys.exit(code)


def _one(
    connection: Connection, info: RunInfo, progress: Progress, lang: str, *, show: bool, quiet: bool
) -> tuple[dict[str, Any], int]:
    """Replay one run: what to tell of it, and the exit code."""
    from carmonitor.cli import comparison
    from carmonitor.evaluation.replay import ReplayError
    from carmonitor.evaluation.replay import replay as replay_run

    view: dict[str, Any] = {"run_id": info.run_id, "as_of": info.as_of.isoformat(), "rulebook_hash": info.rulebook_hash}
    try:
        done = replay_run(connection, info, progress)
    except ReplayError as error:
        if show:
            _tell(info, "impossible", lang)
        click.echo(f"carmonitor: {common.one_line(str(error))}", err=True)
        return {**view, "outcome": "impossible", "why": str(error)}, common.UNREADABLE
    outcome = "equal" if done.equal else "different"
    told = comparison.facts(done.comparison, done.catalogue, done.catalogue, lang)
    notes = _notes(done, lang)
    view |= {
        "outcome": outcome,
        "code_version": {"then": info.code_version, "now": done.code_version},
        "evidence_digest": {"then": info.evidence_digest, "now": done.evidence_digest},
        "result_digest": {"then": info.result_digest, "now": done.result_digest},
        "missing": list(done.missing),
        **comparison.as_object(done.comparison, told),
    }
    if show:
        _tell(info, outcome, lang)
        for note in notes:
            click.echo(f"  {note}")
        if not done.equal and not quiet:
            comparison.show(done.comparison, told, lang)
    return view, common.NOTHING if done.equal else common.SOMETHING


def _notes(done: Replay, lang: str) -> list[str]:
    from carmonitor.dossier.typography import typeset

    t, run = _TEXTS[lang], done.run
    notes = []
    if done.evidence_digest != run.evidence_digest:
        notes.append(t["evidence"].format(now=done.evidence_digest[:12], then=run.evidence_digest[:12]))
    if done.result_digest != run.result_digest:
        notes.append(t["result"].format(now=done.result_digest[:12], then=run.result_digest[:12]))
    if done.code_version != run.code_version:
        notes.append(t["code"].format(now=done.code_version, then=run.code_version))
    if done.missing:
        notes.append(t["missing"].format(ids=", ".join(done.missing)))
    return [typeset(note, lang) for note in notes]


def _tell(info: RunInfo, outcome: str, lang: str) -> None:
    from carmonitor.dossier.typography import typeset
    from carmonitor.findings import shown

    t = _TEXTS[lang]
    day = shown(info.as_of.isoformat(), "date", lang)
    line = t["run"].format(run=info.run_id, day=day, rulebook=info.rulebook_hash[:12], said=t[outcome])
    click.echo(typeset(line, lang))
