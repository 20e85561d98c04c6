"""``carmonitor simulate``: a synthetic world in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from carmonitor.cli import common


def _rates(_ctx: click.Context, _param: click.Parameter, given: tuple[str, ...]) -> dict[str, float] | None:
    if not given:
        return None
    if "none" in given:
        if len(given) > 1:
            raise click.BadParameter("found none beside patterns, expected one or the other")
        return {}
    rates: dict[str, float] = {}
    for text in given:
        name, equals, rate = text.partition("=")
        try:
            rates[name.strip()] = float(rate) if equals else _default(name.strip())
        except ValueError as error:
            raise click.BadParameter(f"found {text!r}, expected PATTERN=RATE such as reused_slips=0.002") from error
    return rates


def _default(name: str) -> float:
    from carmonitor.simulation.settings import DEFAULT_FRAUD

    if name not in DEFAULT_FRAUD:
        raise click.BadParameter(f"found the pattern {name!r}, expected one of {', '.join(DEFAULT_FRAUD)}")
    return DEFAULT_FRAUD[name]


@click.command(
    epilog="""\b
Examples:
  carmonitor simulate --seed 7 --out world
  carmonitor simulate --seed 7 --months 6 --scale 0.05 --out small
  carmonitor simulate --seed 8 --fraud none --out honest
  carmonitor simulate --seed 9 --fraud reused_slips=0.01 --fraud ghost_miners --out two
\b
RATE is a share of the purchases, certificates or quarters of actors that the pattern is about; a pattern without
a rate has its default one. Without --fraud all patterns occur, in about 3 % of the purchases.
"""
)
@click.option("--seed", type=click.IntRange(min=0), required=True, help="the same seed gives the same files")
@click.option("--months", type=click.IntRange(min=1), default=24, show_default=True, help="length of the world")
@click.option("--scale", type=float, default=1.0, show_default=True, help="1 is about 20,000 purchases a year")
@click.option("--start", metavar="YYYY-MM", default="2020-01", show_default=True, help="first month")
@click.option("--fraud", multiple=True, metavar="PATTERN[=RATE]", callback=_rates, help="repeatable; none for no fraud")
@click.option("--noise/--no-noise", default=True, show_default=True, help="honest people err, are late or ill")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="folder to write")
@click.option("--force", is_flag=True, help="replace a synthetic world that stands there")
@common.quiet_option
@common.log_option
def simulate(
    seed: int,
    months: int,
    scale: float,
    start: str,
    fraud: dict[str, float] | None,
    noise: bool,
    out: Path,
    force: bool,
    quiet: bool,
    log_format: str,
) -> None:
    """Write a synthetic custody chain with known fraud: returns, registers, confirmations and the truth about them."""
    from carmonitor.simulation import Settings, simulate
    from carmonitor.simulation.settings import DEFAULT_FRAUD
    from carmonitor.simulation.writing import NotAWorldError, clear, write

    chosen = dict(DEFAULT_FRAUD) if fraud is None else fraud
    try:
        settings = Settings(seed, months, scale, start, chosen, noise)
    except ValueError as error:
        common.fail(str(error), common.USAGE)
    if out.exists() and any(out.iterdir()):
        if not force:
            common.fail(f"{out} is not empty; give --force to replace the world in it, or another --out", common.USAGE)
        try:
            clear(out)
        except NotAWorldError as error:
            common.fail(f"{error}; nothing was removed", common.USAGE)
    with common.showing_progress(quiet=quiet, log_format=log_format) as progress:
        world = simulate(settings, progress)
        write(world, out, progress)
    if not quiet:
        _tell(world, out)


def _tell(world: Any, out: Path) -> None:
    rows = {kind: len(frame) for kind, frame in world.frames.items()}
    click.echo(
        f"{out}: SYNTHETIC, {rows['purchase']} purchases, {rows['shipment']} certificates,"
        f" {rows['import_confirmation']} confirmations, {rows['actor']} actors; judge it as of {world.as_of}"
    )
    touched = world.touched["slip_number"].nunique()
    click.echo(f"fraud touches {touched} purchases ({100 * touched / max(rows['purchase'], 1):.1f} %)")
    for (board, pattern), number in world.labels.groupby(["board", "pattern"]).size().items():
        click.echo(f"  {board:15} {pattern:28} {number}")
    lacking = sorted({name for name, rate in world.settings.fraud.items() if rate > 0} - set(world.labels["pattern"]))
    if lacking:
        click.echo(f"without a subject in a world this small: {', '.join(lacking)}")
