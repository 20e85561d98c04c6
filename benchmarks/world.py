"""A year of returns of a given size, some rows of it bad: ``python -m benchmarks.world PURCHASES BAD OUT``. Synthetic.

``carmonitor simulate`` writes the year (seed 5, 12 months); then BAD percent of the rows of purchase.csv are spoilt,
each in one of five ways: an unreadable date (quarantine), a blank seller, a blank weight, an unknown origin, a weight
ten times too large. Which rows and how depends on nothing but the seed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

PER_SCALE = 19_300  # purchases of a year at scale 1
SEED = 5


def spoilt(rows: pd.DataFrame, bad: float, rng: np.random.Generator) -> pd.DataFrame:
    """The rows, ``bad`` percent of them spoilt. All columns are text."""
    rows = rows.copy()
    chosen = np.flatnonzero(rng.random(len(rows)) < bad / 100)
    way = rng.integers(0, 5, len(chosen))
    for number, (column, says) in enumerate(
        [("purchase_date", "le 31 fevrier"), ("seller_id", ""), ("carats", ""), ("origin_subprefecture", "Nulle Part")]
    ):
        rows.iloc[chosen[way == number], rows.columns.get_loc(column)] = says
    heavy = chosen[way == 4]
    carats = rows.columns.get_loc("carats")
    rows.iloc[heavy, carats] = [f"{float(text) * 10:.2f}" if text else text for text in rows.iloc[heavy, carats]]
    return rows


def write(purchases: int, bad: float, out: Path) -> None:
    """Write the world."""
    scale = purchases / PER_SCALE
    command = [sys.executable, "-m", "carmonitor.cli", "simulate", "--seed", str(SEED), "--months", "12"]
    subprocess.run([*command, "--scale", f"{scale:.3f}", "--out", str(out), "--quiet", "--force"], check=True)
    rng = np.random.Generator(np.random.PCG64(SEED))
    for file in sorted(out.glob("inbox/*/purchase.csv")) if bad else []:
        rows = pd.read_csv(file, dtype="str", keep_default_na=False)
        spoilt(rows, bad, rng).to_csv(file, index=False, lineterminator="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purchases", type=int)
    parser.add_argument("bad", type=float)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    write(given.purchases, given.bad, given.out)
