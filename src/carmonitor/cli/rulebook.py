"""``carmonitor rulebook``: check a rulebook, compare two, make one the active one, take one out to edit it."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from carmonitor.evaluation.rulebooks import Difference

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def rulebook() -> None:
    """Check, compare, activate and export rulebooks.

    Which one is used: the folder of CARMONITOR_RULEBOOK when set, else the one activated in the database, else the
    packaged one.
    """


@rulebook.command(
    epilog="""\b
Examples:
  carmonitor rulebook check my_rulebook
"""
)
@click.argument("folder", type=_FOLDER)
def check(folder: Path) -> None:
    """Say all that is wrong with a rulebook folder, or its hash. Exit code 1 when anything is wrong."""
    from carmonitor import catalogues
    from carmonitor.framework.rulebook import RulebookError, rulebook_files

    try:
        made = catalogues.fitting(rulebook_files(folder), str(folder), "folder")
    except RulebookError as error:
        for problem in error.problems:
            click.echo(common.one_line(problem))
        click.echo(f"{len(error.problems)} problem(s); the rulebook cannot be used", err=True)
        sys.exit(common.SOMETHING)
    specs = made.rulebook.specs.values()
    counts = {status: sum(s.status == status for s in specs) for status in ("active", "shadow", "off")}
    click.echo(f"{made.rulebook.hash}")
    click.echo(f"{len(specs)} rules: " + ", ".join(f"{n} {status}" for status, n in counts.items()))


@rulebook.command(
    epilog="""\b
Examples:
  carmonitor rulebook activate my_rulebook --user awa --reason "tolerance of the weighing, letter of 3 May"
  carmonitor rulebook activate --packaged --user awa --reason "back to the one that ships"
"""
)
@click.argument("folder", type=_FOLDER, required=False)
@click.option("--packaged", is_flag=True, help="the rulebook that ships with carmonitor, instead of a folder")
@click.option("--reason", required=True, help="why; it goes into the journal")
@common.user_option
def activate(folder: Path | None, packaged: bool, reason: str, user: str | None) -> None:
    """Make a rulebook the one that run, validate, export and the flows use. Written to the journal."""
    from carmonitor import catalogues

    if (folder is None) != packaged:
        common.fail("found neither or both, expected a FOLDER or --packaged", common.USAGE)
    configured = common.settings()
    actor = common.acting_user(user, configured)
    with common.database(configured, create=True) as store, store.write() as connection:
        done = catalogues.activate(connection, folder, actor=actor, reason=reason, at=datetime.now(UTC))
    click.echo(f"active: {done.rulebook_hash[:12]} (before: {done.previous[:12]}); written to the journal")
    if configured.rulebook is not None:
        click.echo("note: CARMONITOR_RULEBOOK is set and overrides the active rulebook", err=True)


@rulebook.command(
    "list",
    epilog="""\b
Examples:
  carmonitor rulebook list
  carmonitor rulebook list --format json
""",
)
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(output: str) -> None:
    """The history of activations: which rulebook, when, who, why; the last one is active."""
    from carmonitor.catalogues import packaged
    from carmonitor.store.catalogues import activations

    with common.database(common.settings()) as store, store.read() as connection:
        history = activations(connection)
    ours = packaged().rulebook.hash
    last = history[-1].seq if history else 0
    if output == "json":
        told = [{**asdict(entry), "active": entry.seq == last} for entry in history]
        click.echo(json.dumps({"packaged": ours, "activations": told}, ensure_ascii=False, indent=1, default=str))
        return
    rows = [
        [
            entry.rulebook_hash[:12] + (" packaged" if entry.packaged else ""),
            entry.at.isoformat(timespec="seconds"),
            entry.actor,
            entry.reason,
            "active" if entry.seq == last else "",
        ]
        for entry in history
    ]
    if not history or (history[-1].packaged and history[-1].rulebook_hash != ours):
        rows = [
            *([*row[:-1], ""] for row in rows),
            [f"{ours[:12]} packaged", "", "", "ships with this version", "active"],
        ]
    common.print_table(f"Rulebooks ({len(rows)})", ["rulebook", "at (UTC)", "who", "why", ""], rows)


@rulebook.command(
    epilog="""\b
Examples:
  carmonitor rulebook diff packaged my_rulebook
  carmonitor rulebook diff 3fa94c active --format json
"""
)
@click.argument("old")
@click.argument("new")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def diff(old: str, new: str, output: str) -> None:
    """What NEW changes against OLD, field by field. Each is a folder, `packaged`, `active` or a hash's first digits.

    Exit code: 0 equal, 1 different.
    """
    from carmonitor import catalogues
    from carmonitor.evaluation.rulebooks import differences

    configured = common.settings()
    with common.reading(configured) as connection:
        before, after = (catalogues.named(name, configured, connection) for name in (old, new))
    found = differences(before, after)
    if output == "json":
        view = {
            "old": before.rulebook.hash,
            "new": after.rulebook.hash,
            "differences": [asdict(difference) for difference in found],
        }
        click.echo(json.dumps(view, ensure_ascii=False, indent=1))
    else:
        for difference in found:
            _tell(difference)
        if not found:
            click.echo(f"equal: {before.rulebook.hash}")
    sys.exit(common.SOMETHING if found else common.NOTHING)


def _tell(difference: Difference) -> None:
    if difference.what == "file":
        meaning = "" if difference.kind != "changed" else " (comments, layout, or data)"
        click.echo(f"file {difference.id}: {difference.kind}{meaning}")
        return
    click.echo(f"{difference.what} {difference.id}: {difference.kind}")
    for change in difference.changes:
        old, new = (common.one_line(text) if text is not None else "–" for text in (change.old, change.new))
        click.echo(f"  {change.field}: {old} → {new}")


@rulebook.command(
    epilog="""\b
Examples:
  carmonitor rulebook export packaged --out my_rulebook
  carmonitor rulebook export 3fa94c --out my_rulebook
"""
)
@click.argument("name", metavar="HASH")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="folder to write")
def export(name: str, out: Path) -> None:
    """Write a rulebook's files so that they can be edited. HASH: `packaged`, `active` or first digits."""
    from carmonitor import catalogues

    configured = common.settings()
    if out.exists() and any(out.iterdir()):
        common.fail(f"{out} is not empty; expected a new or empty folder", common.USAGE)
    with common.reading(configured) as connection:
        files = catalogues.files_named(name, configured, connection)
    out.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (out / file).write_bytes(content)
        click.echo(str(out / file))
