"""``carmonitor template``: an empty return workbook."""

from __future__ import annotations

from pathlib import Path

import click

from carmonitor.cli import common


@click.command(
    epilog="""\b
Examples:
  carmonitor template --lang fr --out retour_2021-08.xlsx
"""
)
@click.option(
    "--lang", type=click.Choice(["en", "fr"]), default="fr", show_default=True, help="language of the headings"
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="file to write (default: retour.xlsx or return.xlsx)"
)
@click.option("--force", is_flag=True, help="overwrite the file if it exists")
def template(lang: str, out: Path | None, force: bool) -> None:
    """Write an empty return workbook, with help in both languages and cells that check what is typed."""
    from carmonitor.dossier.template import write_template

    path = out or Path({"fr": "retour.xlsx", "en": "return.xlsx"}[lang])
    if path.suffix.lower() != ".xlsx":
        common.fail(f"found the file name {path}, expected one that ends with .xlsx", common.USAGE)
    if path.exists() and not force:
        common.fail(f"{path} exists already; give --force to overwrite it", common.USAGE)
    write_template(path, lang)
    click.echo(str(path))
