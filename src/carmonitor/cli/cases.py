"""``carmonitor cases``: look at cases and decide on them. Every decision has its user and its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from carmonitor.cli import common

OUTCOMES = ["confirmed", "explained", "inconclusive", "referred_to_mission"]


@click.group()
def cases() -> None:
    """Look at cases and decide on them."""


@cases.command(
    "list",
    epilog="""\b
Examples:
  carmonitor cases list --status open
  carmonitor cases list --rule M-04 --severity E --format json
""",
)
@click.option("--status", type=click.Choice(["open", "under_review", "closed"]))
@click.option("--outcome", type=click.Choice([*OUTCOMES, "corrected"]))
@click.option("--rule", help="cases with a finding of this rule")
@click.option("--severity", type=click.Choice(["E", "W", "I"]))
@click.option("--subject", help="cases whose subject contains this text")
@click.option("--assigned", help="cases assigned to this user")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(
    status: str | None,
    outcome: str | None,
    rule: str | None,
    severity: str | None,
    subject: str | None,
    assigned: str | None,
    output: str,
) -> None:
    """The cases, those that wait first."""
    from carmonitor.cases import listing

    with common.database(common.settings()) as store, store.read() as connection:
        found = listing.list_cases(
            connection, status=status, outcome=outcome, rule=rule, severity=severity, subject=subject, assigned=assigned
        )
    if output == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=1, default=str))
        return
    columns = ("case_id", "status", "outcome", "subject_kind", "subject_id", "origin", "rules", "assigned_to")
    rows = [[", ".join(v) if isinstance(v := case.get(c), list) else v for c in columns] for case in found]
    common.print_table(f"Cases ({len(found)})", columns, rows)


@cases.command(
    epilog="""\b
Examples:
  carmonitor cases show K-1a2b3c4d --lang fr
"""
)
@click.argument("case_id")
@common.lang_option
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(case_id: str, lang: str | None, output: str) -> None:
    """One case: its findings, where they stand, and its history."""
    from carmonitor import assessment, catalogues
    from carmonitor.cases import listing
    from carmonitor.store.findings import finding_of, load_runs

    configured = common.settings()
    language = common.language(lang, configured)
    with common.database(configured) as store, store.read() as connection:
        try:
            case = listing.show(connection, case_id)
        except listing.CaseError as error:
            common.fail(str(error), common.USAGE)
        wordings = catalogues.Wordings(connection, configured)
        runs = load_runs(connection)
        for finding in case["findings"]:
            words = wordings.of(runs.get(finding["first_run_id"]))
            finding["message"] = assessment.worded(finding_of(finding), words, language)
    if output == "json":
        click.echo(json.dumps(case, ensure_ascii=False, indent=1, default=str))
        return
    for name in ("case_id", "status", "outcome", "subject_kind", "subject_id", "origin", "assigned_to", "opened_as_of"):
        click.echo(f"{name.replace('_', ' ')}: {common.one_line(str(case.get(name) or '–'))}")
    rows = [[f["rule_id"], f["outcome"], f["severity"], f["status"], f["message"]] for f in case["findings"]]
    common.print_table("Findings", ["rule", "outcome", "severity", "status", "what was found"], rows)
    places = [
        [f["rule_id"], place["file"], place["sheet"], place["row"]] for f in case["findings"] for place in f["lineage"]
    ]
    common.print_table("Papers", ["rule", "file", "sheet", "row"], places, numbers=(3,))
    history = [
        [e["at"], e["actor"], e["action"], json.dumps(e["payload"], ensure_ascii=False)] for e in case["history"]
    ]
    common.print_table("History", ["at (UTC)", "who", "what", "detail"], history)


@cases.command(
    epilog="""\b
Examples:
  carmonitor cases assign K-1a2b3c4d --to awa --user pierre
"""
)
@click.argument("case_id")
@click.option("--to", required=True, help="who takes the case")
@common.user_option
def assign(case_id: str, to: str, user: str | None) -> None:
    """Give a case to someone; it is then under review."""
    _act(user, lambda w, c, actor, at: w.assign(c, case_id, to=to, actor=actor, at=at))


@cases.command(
    epilog="""\b
Examples:
  carmonitor cases decide K-1a2b3c4d --outcome explained --reason "re-weighed in Antwerp" --user awa
"""
)
@click.argument("case_id")
@click.option("--outcome", type=click.Choice(OUTCOMES), required=True)
@click.option("--reason", required=True, help="why; it goes into the journal")
@common.user_option
def decide(case_id: str, outcome: str, reason: str, user: str | None) -> None:
    """Close a case with an outcome and a reason."""
    _act(user, lambda w, c, actor, at: w.decide(c, case_id, outcome=outcome, reason=reason, actor=actor, at=at))


@cases.command(
    epilog="""\b
Examples:
  carmonitor cases comment K-1a2b3c4d "asked the Diamond Office for the weighing sheet" --user awa
"""
)
@click.argument("case_id")
@click.argument("text")
@common.user_option
def comment(case_id: str, text: str, user: str | None) -> None:
    """Add a remark to a case."""
    _act(user, lambda w, c, actor, at: w.comment(c, case_id, text=text, actor=actor, at=at))


@cases.command(
    epilog="""\b
Examples:
  carmonitor cases silence K-1a2b3c4d --until 2021-12-31 --reason "audit of the scale under way" --user awa
"""
)
@click.argument("case_id")
@click.option("--until", type=common.Day(), required=True, help="last day of the silence")
@click.option("--reason", required=True, help="why; it goes into the journal")
@common.user_option
def silence(case_id: str, until: date, reason: str, user: str | None) -> None:
    """Open no new case about this subject until a day. Findings are still stored and shown."""
    _act(user, lambda w, c, actor, at: w.silence(c, case_id, until=until, reason=reason, actor=actor, at=at))


@cases.command(
    "import-notes",
    epilog="""\b
Examples:
  carmonitor cases import-notes cases.xlsx --user awa --dry-run
  carmonitor cases import-notes cases.xlsx --user awa
\b
The same note twice is one. Exit codes: 0 all taken in; 1 a row was refused; 3 not a workbook of this database.
""",
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="say what would be done; nothing is written")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@common.user_option
@common.lang_option
def import_notes(file: Path, dry_run: bool, output: str, user: str | None, lang: str | None) -> None:
    """Take in what a mission wrote into cases.xlsx of its dossier, as comments. Proposals are never applied."""
    from carmonitor.cases import notes
    from carmonitor.cases.listing import CaseError

    configured = common.settings()
    actor, language = common.acting_user(user, configured), common.language(lang, configured)
    with common.database(configured) as store, store.write() as connection:
        try:
            lines = notes.import_notes(
                connection,
                file.name,
                file.read_bytes(),
                actor=actor,
                at=datetime.now(UTC),
                lang=language,
                dry_run=dry_run,
            )
        except CaseError as error:
            common.fail(str(error), common.USAGE)
        except notes.NotesError as error:
            common.fail(str(error), common.UNREADABLE)
    if output == "json":
        click.echo(json.dumps([line.__dict__ for line in lines], ensure_ascii=False, indent=1))
    else:
        say = notes.texts()
        headings = [say["table"][name][language] for name in ("row", "case", "result", "column", "found", "expected")]
        rows = [[x.row, x.case_id, say["results"][x.result][language], x.column, x.found, x.expected] for x in lines]
        title = f"{file.name} › {lines[0].sheet} ({len(lines)})" if lines else say["table"]["nothing"][language]
        common.print_table(common.one_line(title), headings, rows, numbers=(0,))
    if any(line.result == "refused" for line in lines):
        raise SystemExit(common.SOMETHING)


def _act(user: str | None, action: Callable[[Any, Any, str, datetime], Any]) -> None:
    from carmonitor.cases import workflow
    from carmonitor.cases.listing import CaseError

    configured = common.settings()
    actor = common.acting_user(user, configured)
    with common.database(configured) as store, store.write() as connection:
        try:
            action(workflow, connection, actor, datetime.now(UTC))
        except CaseError as error:
            common.fail(str(error), common.USAGE)
    click.echo("done, and written to the journal")
