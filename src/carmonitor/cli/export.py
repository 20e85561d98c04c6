"""``carmonitor export``: the dossier for a review mission; ``verify`` checks one, ``keygen`` makes a key."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from carmonitor.cli import common
from carmonitor.cli.cases import OUTCOMES

if TYPE_CHECKING:
    from carmonitor.dossier.bundle.signing import Signer
    from carmonitor.dossier.bundle.verify import Verdict
    from carmonitor.settings import Settings


@click.group(
    invoke_without_command=True,
    epilog="""\b
Examples:
  carmonitor export --out mission
  carmonitor export --out mission --lang fr --zone Carnot --since 2021-01-01
  carmonitor export --out mission --case K-1a2b3c4d --case K-5e6f7a8b --redact
  carmonitor export verify mission/carmonitor_2021-07-31_R0123456789abcdef.zip --key kpmt.pub
""",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("out"), show_default=True)
@click.option("--case", "--cases", "case_ids", multiple=True, help="only these cases (repeat)")
@click.option("--zone", help="only cases that touch this sub-prefecture")
@click.option("--actor", help="only cases that touch this actor number")
@click.option("--period", type=common.Period(), help="only cases with a finding of this month")
@click.option("--since", type=common.Day(), help="only cases opened as of this day or later")
@click.option("--severity", type=click.Choice(["E", "W", "I"]), help="only cases with a finding of this severity")
@click.option("--outcome", type=click.Choice([*OUTCOMES, "corrected"]), help="only cases decided so")
@click.option("--redact", is_flag=True, help="without telephones, addresses, miners' names and original papers")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="private key; else CARMONITOR_SIGNING_KEY")
@click.option("--folder", is_flag=True, help="also leave the files unpacked beside the zip")
@common.as_of_option
@common.lang_option
@common.quiet_option
@click.pass_context
def export(
    context: click.Context,
    out: Path,
    case_ids: tuple[str, ...],
    zone: str | None,
    actor: str | None,
    period: str | None,
    since: date | None,
    severity: str | None,
    outcome: str | None,
    redact: bool,
    key: Path | None,
    folder: bool,
    as_of: date | None,
    lang: str | None,
    quiet: bool,
) -> None:
    """Write the flagged cases as one zip that can be read, and checked, without a network.

    Without --as-of: what the latest run found. A day before that is judged anew and shown, not stored.
    """
    if context.invoked_subcommand is not None:
        given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        if given:
            common.fail(f"found --{given[0].replace('_', '-')} before {context.invoked_subcommand}", common.USAGE)
        return
    from carmonitor.dossier.mission import export_for
    from carmonitor.dossier.selection import Selection, SelectionError

    configured = common.settings()
    language = common.language(lang, configured)
    signer = _signer(key or configured.signing_key, language)
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
                lang=language,
                selection=selection,
                redact=redact,
                signer=signer,
                made_at=datetime.now(UTC),
                folder=folder,
                progress=progress,
            )
        except SelectionError as error:
            common.fail(str(error), common.USAGE)
    for path in written:
        click.echo(str(path))


def _signer(path: Path | None, lang: str) -> Signer | None:
    """Who signs; None, said loudly, where no key is set."""
    from carmonitor.dossier.bundle.content import texts
    from carmonitor.dossier.bundle.signing import SigningError, read_signer

    if path is None:
        click.echo(f"carmonitor: {texts()['no_key'][lang]}", err=True)
        return None
    try:
        return read_signer(path)
    except SigningError as error:
        common.fail(str(error), common.USAGE)


@export.command(
    epilog="""\b
Examples:
  carmonitor export verify carmonitor_2021-07-31_R0123456789abcdef.zip --key kpmt.pub
  carmonitor export verify dossier.zip --trusted /etc/carmonitor/trusted_keys --format json
\b
A key inside the dossier proves nothing. Without --key and --trusted, the keys of CARMONITOR_TRUSTED_KEYS count.
Exit codes: 0 valid and signed by a trusted key; 1 altered, unsigned, or signer unknown; 3 cannot be read.
"""
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", "keys", multiple=True, type=click.Path(dir_okay=False, path_type=Path), help="a public key file")
@click.option("--trusted", type=click.Path(dir_okay=False, path_type=Path), help="a file of public keys, one a line")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@common.lang_option
def verify(file: Path, keys: tuple[Path, ...], trusted: Path | None, output: str, lang: str | None) -> None:
    """Check a dossier without a network: is it as it was made, and who signed it?"""
    from carmonitor.dossier.bundle.signing import SigningError, read_trusted
    from carmonitor.dossier.bundle.verify import verify as check

    configured = common.settings()
    try:
        known = read_trusted(_key_files(keys, trusted, configured))
    except SigningError as error:
        common.fail(str(error), common.USAGE)
    verdict = check(file, known)
    if output == "json":
        told = {
            "status": verdict.status,
            "signer": verdict.signer or None,
            "fingerprint": verdict.fingerprint or None,
            "faults": [fault.__dict__ for fault in verdict.faults],
            "manifest": verdict.told,
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        _tell(file, verdict, common.language(lang, configured))
    raise SystemExit(verdict.exit_code)


def _key_files(keys: tuple[Path, ...], trusted: Path | None, configured: Settings) -> list[Path]:
    given = [*keys, *([trusted] if trusted else [])]
    if given:
        return given
    return [configured.trusted_keys] if configured.trusted_keys else []


def _tell(file: Path, verdict: Verdict, lang: str) -> None:
    """The verdict in words; names of files come from outside."""
    from carmonitor.dossier.bundle.content import selected, texts
    from carmonitor.dossier.typography import typeset

    say = texts()
    said = say["verdict"][verdict.status][lang].format(
        signer=verdict.signer, fingerprint=verdict.fingerprint, count=len(verdict.faults)
    )
    colon = {"en": ":", "fr": " :"}[lang]
    click.echo(typeset(f"{common.one_line(str(file))}{colon} {said}", lang))
    for fault in verdict.faults:
        text = say["faults"][fault.problem][lang].format(found=fault.found, expected=fault.expected)
        click.echo(typeset("  " + common.one_line(f"{fault.path or file}{colon} {text}"), lang))
    if verdict.told:
        run = verdict.told["run"]
        lines = {
            "run": f"{run['run_id']} ({run['as_of']})",
            "selection": selected(verdict.told["selection"], lang),
            "made_at": verdict.told["made_at"],
            "files": str(len(verdict.told["files"])),
        }
        for name, value in lines.items():
            click.echo(typeset("  " + common.one_line(f"{say['told'][name][lang]}{colon} {value}"), lang))
        if verdict.told["redacted"]:
            click.echo(f"  {typeset(say['redacted'][lang], lang)}")


@export.command(
    epilog="""\b
Examples:
  carmonitor export keygen --out /etc/carmonitor/signing.pem --name KPMT-2026
"""
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="where; else CARMONITOR_SIGNING_KEY")
@click.option("--name", required=True, help="who signs, one word")
def keygen(out: Path | None, name: str) -> None:
    """Make a signing key: the private one at --out, the public one beside it (.pub). Nothing is overwritten."""
    from carmonitor.dossier.bundle.signing import SigningError, make_keys, public_path

    path = out or common.settings().signing_key
    if path is None:
        common.fail("found no place for the key, expected --out FILE or CARMONITOR_SIGNING_KEY", common.USAGE)
    try:
        key = make_keys(path, name)
    except SigningError as error:
        common.fail(str(error), common.USAGE)
    click.echo(str(path))
    click.echo(str(public_path(path)))
    click.echo(key.line)
    click.echo(key.fingerprint)
