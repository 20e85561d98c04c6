"""``carmonitor rules``: what the rules say, from the rulebook in use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from carmonitor.catalogues import Catalogue
    from carmonitor.framework.checks import CheckSpec
    from carmonitor.settings import Settings

format_option = click.option(
    "--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True
)
rulebook_option = click.option(
    "--rulebook",
    metavar="FOLDER|HASH",
    help="another one: a folder, `packaged`, `active`, or digits of a hash",
)


@click.group()
def rules() -> None:
    """What the rules and detectors say."""


@rules.command(
    "list",
    epilog="""\b
Examples:
  carmonitor rules list
  carmonitor rules list --lang fr
  carmonitor rules list --rulebook my_rulebook --format json
""",
)
@common.lang_option
@format_option
@rulebook_option
def list_(lang: str | None, output: str, rulebook: str | None) -> None:
    """Every rule and detector: outcome, severity, span, certainty of its source, and whether it is in use."""
    from carmonitor.dossier.rules import rule_row, said, typeset

    configured = common.settings()
    language = common.language(lang, configured)
    catalogue = _catalogue(configured, rulebook)
    rows = [rule_row(spec, language) for spec in catalogue.specs.values()]
    if output == "json":
        codes = [
            {"outcome": s.outcome, "status": s.status, "from": s.from_, "to": s.to} for s in catalogue.specs.values()
        ]
        told = [{**row, **code} for row, code in zip(rows, codes, strict=True)]
        click.echo(
            json.dumps({"rulebook_hash": catalogue.rulebook.hash, "rules": told}, ensure_ascii=False, default=str)
        )
        return
    names = ("id", "title", "outcome", "severity", "span", "certainty", "status")
    headings = [typeset(said("labels", name, language), language) for name in names]
    title = f"{said('labels', 'rules', language)} ({len(rows)}), {catalogue.rulebook.hash[:12]}"
    common.print_table(title, headings, [list(row.values()) for row in rows])


@rules.command(
    epilog="""\b
Examples:
  carmonitor rules show M-06
  carmonitor rules show M-06 --lang fr
  carmonitor rules show Z-01 --rulebook my_rulebook --format json
"""
)
@click.argument("rule")
@common.lang_option
@format_option
@rulebook_option
def show(rule: str, lang: str | None, output: str, rulebook: str | None) -> None:
    """All of one rule: what it says, when it holds, its parameters and who set them, its source, what to do."""
    from carmonitor.dossier.rules import near, rule_view

    configured = common.settings()
    language = common.language(lang, configured)
    catalogue = _catalogue(configured, rulebook)
    specs = catalogue.specs
    if rule.upper() not in specs:
        like = ", ".join(near(rule, specs))
        common.fail(
            f"found no rule {rule!r}, expected one such as {like}; `carmonitor rules list` has all", common.USAGE
        )
    spec = specs[rule.upper()]
    if output == "json":
        view = {"rulebook_hash": catalogue.rulebook.hash, **rule_view(spec, catalogue, language)}
        click.echo(json.dumps(view, ensure_ascii=False, indent=1, default=str))
        return
    print_passages(spec, catalogue, language)


def _catalogue(configured: Settings, rulebook: str | None) -> Catalogue:
    from carmonitor import catalogues

    with common.reading(configured) as connection:
        if rulebook is None:
            return catalogues.chosen(configured, connection)
        return catalogues.named(rulebook, configured, connection)


def print_passages(spec: CheckSpec, catalogue: Catalogue, language: str) -> None:
    """A rule or detector as people read it: its title, then what the catalogue says of it."""
    from carmonitor.dossier.rules import passages, typeset

    common.print_lines(f"{spec.id}  {typeset(spec.title[language], language)}")
    colon = typeset({"en": ":", "fr": " :"}[language], language)
    for passage in passages(spec, catalogue, language):
        if len(passage.texts) == 1:
            common.print_lines(f"{passage.label}{colon} {passage.texts[0]}")
        else:
            common.print_lines(f"{passage.label}{colon}")
            for text in passage.texts:
                common.print_lines(text, first="  – ")
