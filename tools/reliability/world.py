"""A small synthetic world as an inbox: two months, a correction, rows that fail, a file that nobody can read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.reliability import child

DAY_1, DAY_2 = "2021-03-12", "2021-05-10"
"""The days of the two runs: before and after most of the inbox came."""


@dataclass(frozen=True)
class World:
    """Where it lies. ``early``: the part of the inbox that is there on DAY_1."""

    folder: Path

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def registers(self) -> Path:
        return self.folder / "registers"

    @property
    def early(self) -> Path:
        return self.folder / "early"


FRAUD = ("reused_slips=0.1", "borrowed_licences=0.1", "forged_certificates=0.4", "impossible_transfers=0.1")


def make(folder: Path, *, seed: int = 7, months: int = 2, scale: str = "0.02") -> World:
    """Write the world. The same seed gives the same bytes."""
    world = World(folder)
    simulated(folder, seed=seed, months=months, scale=scale, fraud=FRAUD)

    corrected = world.inbox / "2021-01-correction"
    shutil.copytree(world.inbox / "2021-01", corrected)
    change_carats(corrected / "purchase.csv")
    receive(corrected, "2021-04-20")
    spoil_row(world.inbox / "2021-01" / "purchase.csv")
    broken = world.inbox / "broken"
    broken.mkdir()
    (broken / "return.xlsx").write_bytes(b"PK\x03\x04 cut off")
    shutil.copytree(world.inbox / "2021-01", world.early / "2021-01")
    return world


def simulated(folder: Path, *, seed: int, months: int, scale: str, fraud: Sequence[str] = ()) -> None:
    """A world of the simulator, made in a process of its own."""
    how: tuple[str, ...] = ("--seed", str(seed), "--months", str(months), "--scale", scale, "--start", "2021-01")
    how += tuple(part for rate in fraud for part in ("--fraud", rate))
    ended = child.run("simulate", *how, "--out", str(folder), "--quiet", database="sqlite:///unused.sqlite3")
    if ended.code:
        raise RuntimeError(f"no world was made: {ended.message}")


def spoil_row(path: Path) -> None:
    """Make the first row's weight unreadable: it goes to quarantine."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > 1:
        cells = lines[1].split(",")
        cells[lines[0].split(",").index("carats")] = "a handful"
        path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")


def change_carats(path: Path) -> None:
    """What a correction does: every weight of 1 ct and more grows by a tenth of a carat."""
    lines = path.read_text(encoding="utf-8").splitlines()
    where = lines[0].split(",").index("carats")
    changed = [lines[0]]
    for line in lines[1:]:
        cells = line.split(",")
        if re.fullmatch(r"[1-9][0-9]*\.[0-9]{2}", cells[where]):
            cells[where] = f"{float(cells[where]) + 0.1:.2f}"
        changed.append(",".join(cells))
    path.write_text("\n".join(changed) + "\n", encoding="utf-8")


def receive(unit: Path, day: str) -> None:
    """Say in ``submission.yaml`` that a submission came on a day."""
    cover = unit / "submission.yaml"
    cover.write_text(re.sub(r"received_on: .*", f"received_on: {day}", cover.read_text()))
