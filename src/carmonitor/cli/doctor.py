"""``carmonitor doctor``: is this installation healthy, and what to do."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from carmonitor.operations.checks import Check
    from carmonitor.settings import Settings

_CODES = {"ok": common.NOTHING, "warning": common.SOMETHING, "error": common.UNREADABLE}


@click.command(
    epilog="""\b
Examples:
  carmonitor doctor
  carmonitor doctor --deep --lang fr
  carmonitor doctor --notify               tells CARMONITOR_NOTIFY when something is not in order
  carmonitor doctor --notify --failed carmonitor-monthly.service
"""
)
@click.option("--deep", is_flag=True, help="compare all that is stored with its fingerprints (reads every file kept)")
@click.option("--notify", is_flag=True, help="tell people by mail unless all is well")
@click.option("--failed", help="what failed just now; told with --notify")
@common.lang_option
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
def doctor(deep: bool, notify: bool, failed: str | None, lang: str | None, output: str) -> None:
    """Look at database, disk, inbox, clock, permissions, Prefect, the last run and the journal. Changes nothing.

    Exit code: 0 all is well, 1 warnings, 3 errors.
    """
    from carmonitor.operations import checks

    configured = common.settings()
    language = common.language(lang, configured)
    now = datetime.now(UTC)
    found = checks.examine(configured, os.environ, at=now, deep=deep, now_zone=time.tzname[0])
    if output == "json":
        _object(found, language)
    else:
        _table(found, language)
    if notify:
        _notify(configured, found, failed, language)
    sys.exit(_CODES[checks.worst(found)])


def told(check: Check, lang: str) -> str:
    """What a check found, in words."""
    from carmonitor.operations.logs import masked
    from carmonitor.operations.wording import say

    values = {name: masked(str(value)) for name, value in check.values.items()}
    return say("checks", f"{check.name}.{check.said}", lang, **values)


def _object(found: list[Check], lang: str) -> None:
    from carmonitor.operations.checks import worst

    views = [{"name": c.name, "status": c.status, "said": c.said, "message": told(c, lang)} for c in found]
    click.echo(json.dumps({"status": worst(found), "checks": views}, ensure_ascii=False, indent=1))


def _table(found: list[Check], lang: str) -> None:
    from carmonitor.operations.wording import say

    headings = [say("doctor", f"headings_{name}", lang) for name in ("check", "status", "said")]
    rows = [[say("doctor", c.name, lang), say("status", c.status, lang), told(c, lang)] for c in found]
    common.print_table("carmonitor doctor", headings, rows)


def _notify(configured: Settings, found: list[Check], failed: str | None, lang: str) -> None:
    from carmonitor.operations import notifying
    from carmonitor.operations.wording import say

    wrong = [check for check in found if check.status != "ok"]
    if failed is not None:
        mail = notifying.message(configured, "failed", run=failed, error="systemd")
    elif wrong:
        last = next((str(c.values["run"]) for c in found if c.name == "last_run" and "run" in c.values), "–")
        names = ", ".join(f"{check.name} ({check.said})" for check in wrong)
        mail = notifying.message(configured, "health", checks=names, run=last)
    else:
        return
    try:
        sent = notifying.send(configured, mail)
    except notifying.NotifyError as error:
        common.fail(str(error), common.UNREADABLE)
    to = ", ".join(configured.notify)
    click.echo(say("doctor", "told", lang, to=to) if sent else say("doctor", "nobody_told", lang), err=True)
