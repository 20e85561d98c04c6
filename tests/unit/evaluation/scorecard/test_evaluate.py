"""The whole path on a small world: simulate, judge, score, tell."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from carmonitor.cli import main
from carmonitor.detection.calibration import Calibration
from carmonitor.evaluation.scorecard.runs import Plan, evaluate

SMALL = ["--months", "3", "--scale", "0.1", "--quiet"]


def test_a_small_world_is_scored_and_the_page_written(tmp_path: Path) -> None:
    out = tmp_path / "scorecard.md"
    done = CliRunner().invoke(
        main, ["evaluate", "--seeds", "1", "--honest", "1", *SMALL, "--out", str(out), "--format", "json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["synthetic"] is True
    models = {row["model"] for row in told["figures"] if row["board"] == "purchases"}
    assert models == {"carmonitor", "robust z", "IsolationForest", "ECOD", "quartile price filter", ""}
    text = out.read_text(encoding="utf-8")
    assert "| Report seeds | 1 |" in text
    assert "## Worlds without fraud" in text


def test_a_calibration_is_written_and_names_its_seeds(tmp_path: Path) -> None:
    out = tmp_path / "calibration.yaml"
    done = CliRunner().invoke(main, ["evaluate", "--seeds", "9", *SMALL, "--calibrate", str(out)])
    assert done.exit_code == 0, done.output
    made = Calibration.parse(out.read_bytes())
    assert made.file is not None
    assert made.file.seeds == (9,)


def test_the_same_seed_gives_the_same_figures() -> None:
    plan = Plan((3,), months=3, scale=0.1)
    assert evaluate(plan).equals(evaluate(plan))


def test_seeds_of_tuning_are_not_reported() -> None:
    done = CliRunner().invoke(main, ["evaluate", "--seeds", "1-3", "--tuned", "3-5", *SMALL])
    assert done.exit_code == 2
    assert "seeds 3 were used for tuning" in done.stderr
