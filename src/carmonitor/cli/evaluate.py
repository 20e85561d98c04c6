"""``carmonitor evaluate``: how well the detectors find simulated fraud."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carmonitor.cli import common

if TYPE_CHECKING:
    from carmonitor.evaluation.scorecard.runs import Plan

_CUSTOMS = Path("evaluation_data/customs")


@click.command(
    epilog="""\b
Examples:
  carmonitor evaluate --seeds 21-30 --months 24 --out docs/scorecard.md
  carmonitor evaluate --seeds 1-2 --months 6 --scale 0.2 --format json
  carmonitor evaluate --calibrate schemas/calibration.yaml --seeds 101-110
"""
)
@click.option("--seeds", default="1-10", show_default=True, help="worlds to report on, such as 1-10 or 1,4")
@click.option("--tuned", default="", metavar="SEEDS", help="worlds that thresholds were tuned on, to be named")
@click.option("--months", type=click.IntRange(1, 57), default=24, show_default=True)
@click.option(
    "--scale", type=click.FloatRange(0.01, 100), default=1.0, show_default=True, help="1: 20,000 slips a year"
)
@click.option("--honest", type=click.IntRange(0), default=0, help="so many of the seeds again, without any fraud")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="worlds at a time")
@click.option(
    "--customs",
    is_flag=False,
    flag_value=str(_CUSTOMS),
    type=click.Path(path_type=Path),
    help="also check the scoring code on the labelled customs data of this folder",
)
@click.option(
    "--calibrate",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="instead, write how often leads of like score were true (schemas/calibration.yaml)",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="write the page there")
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", show_default=True)
@common.quiet_option
@common.log_option
def evaluate(
    seeds: str,
    tuned: str,
    months: int,
    scale: float,
    honest: int,
    jobs: int,
    customs: Path | None,
    calibrate: Path | None,
    out: Path | None,
    output: str,
    quiet: bool,
    log_format: str,
) -> None:
    """Score the detectors on synthetic worlds, beside simple references. Every figure is SYNTHETIC.

    Nothing is read from the database, and nothing stored. Tune on other seeds than those reported.
    """
    from carmonitor.evaluation.scorecard import runs

    try:
        plan = runs.Plan(runs.seeds_of(seeds), months, scale, honest=honest)
        others = runs.seeds_of(tuned) if tuned else _calibrated_on()
    except ValueError as error:
        common.fail(str(error), common.USAGE)
    if calibrate is None and set(plan.seeds) & set(others):
        common.fail(
            f"seeds {runs.spans(sorted(set(plan.seeds) & set(others)))} were used for tuning or calibration, "
            "expected others to report on",
            common.USAGE,
        )
    with common.showing_progress(quiet=quiet, log_format=log_format) as progress:
        if calibrate is not None:
            calibrate.write_text(runs.calibrate(plan, jobs=jobs, progress=progress), encoding="utf-8", newline="\n")
            return
        rows = runs.evaluate(plan, jobs=jobs, progress=progress)
    _tell(plan, others, rows, customs, out, output)


def _calibrated_on() -> tuple[int, ...]:
    from carmonitor.catalogues import packaged

    file = packaged().calibration.file
    return file.seeds if file else ()


def _tell(plan: Plan, tuned: tuple[int, ...], rows: Any, customs: Path | None, out: Path | None, output: str) -> None:
    from importlib.metadata import version

    from carmonitor.catalogues import packaged
    from carmonitor.evaluation.scorecard import card, page
    from carmonitor.evaluation.scorecard.customs import check

    summary = card.summary(rows)
    checks = check(customs) if customs is not None else []
    facts = page.Facts(plan, tuned, version("carmonitor"), packaged())
    text = page.page(facts, summary, checks)
    if out is not None:
        out.write_text(text, encoding="utf-8", newline="\n")
    if output == "json":
        told = [
            {name: None if isinstance(v, float) and math.isnan(v) else v for name, v in row.items()}
            for row in summary.to_dict("records")
        ]
        head = {name.lower().replace(" ", "_"): value for name, value in facts.header()}
        body = {"synthetic": True, **head, "figures": told, "customs": [vars(c) for c in checks]}
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    elif out is None:
        click.echo(text, nl=False)
