"""A year of arrivals: which submission comes on which day, and what is wrong with it. Plans are pure."""

from __future__ import annotations

import csv
import hashlib
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tools.reliability import world


@dataclass(frozen=True)
class Delivery:
    """What comes on a day. ``fault``: what is wrong with it, empty for nothing; ``name``: its folder in the inbox."""

    day: date
    name: str
    unit: Path
    fault: str = ""


def planned(folder: Path, seed: int) -> list[Delivery]:
    """Every submission of a world, some late, sent twice, corrupt, corrected or half-written; in order of arrival."""
    chance = random.Random(seed)
    found: list[Delivery] = []
    for cover in sorted(folder.rglob("submission.yaml")):
        unit = cover.parent
        is_return = "period:" in cover.read_text()
        day = _received(cover)
        name = "-".join(unit.relative_to(folder).parts[1:] if is_return else unit.relative_to(folder).parts[-2:])
        fault = ""
        if chance.random() < 0.25:
            day, fault = day + timedelta(days=chance.randint(3, 45)), "late"
        elif is_return and chance.random() < 0.4:
            fault = "bad row"
        if is_return and chance.random() < 0.4:
            found.append(Delivery(day, name, unit, "half-written"))
            day += timedelta(days=1)
        if chance.random() < 0.3:
            found.append(Delivery(day, f"{name}-corrupt", unit, "corrupt"))
            day += timedelta(days=chance.randint(1, 6))
        found.append(Delivery(day, name, unit, fault))
        if chance.random() < 0.3:
            found.append(Delivery(day + timedelta(days=chance.randint(1, 9)), f"{name}-again", unit, "duplicate"))
        if is_return and chance.random() < 0.5:
            later = day + timedelta(days=chance.randint(5, 60))
            found.append(Delivery(later, f"{name}-correction", unit, "corrected"))
    return sorted(found, key=lambda d: (d.day, d.name))


def faults(deliveries: Iterable[Delivery]) -> dict[str, int]:
    """How many deliveries have which fault; ``out of order``: returns that come after one of a later month."""
    told = Counter(d.fault for d in deliveries if d.fault)
    newest, behind = "", 0
    for d in deliveries:
        month = d.name[:7]
        if re.fullmatch(r"\d{4}-\d{2}", month) and "corrupt" not in d.name:
            behind += month < newest
            newest = max(newest, month)
    return {**dict(sorted(told.items())), "out of order": behind}


def deliver(what: Delivery, inbox: Path) -> Path:
    """Put it into the inbox, in place of what has its name, as a program that copies a folder does."""
    here = inbox / what.name
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(what.unit, here)
    world.receive(here, what.day.isoformat())
    tables = sorted(here.glob("*.csv"))
    if what.fault == "corrupt":
        for number, table in enumerate(tables):
            content = table.read_bytes()
            table.unlink()
            if number == 0:
                (here / "return.xlsx").write_bytes(b"PK\x03\x04" + content[:200])
    elif what.fault == "half-written":
        for table in tables[len(tables) // 2 + 1 :]:
            table.unlink()
        cut = tables[len(tables) // 2]
        cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    elif what.fault == "bad row":
        world.spoil_row(here / "purchase.csv")
    elif what.fault == "corrected":
        world.change_carats(here / "purchase.csv")
    if what.fault in ("duplicate",) and "period:" in (here / "submission.yaml").read_text():
        _as_it_came(inbox / what.name.removesuffix("-again"), here)
    return here


def _as_it_came(before: Path, here: Path) -> None:
    for table in before.glob("*.csv"):
        shutil.copyfile(table, here / table.name)


def _received(cover: Path) -> date:
    found = re.search(r"received_on: (\S+)", cover.read_text())
    assert found
    return date.fromisoformat(found[1])


def hashes(unit: Path) -> frozenset[str]:
    """What tells a submission: the hashes of its files but the cover."""
    files = (f for f in unit.rglob("*") if f.is_file() and f.name != "submission.yaml")
    return frozenset(hashlib.sha256(f.read_bytes()).hexdigest() for f in files)


def rows(unit: Path) -> int:
    """The rows of its tables, counted without the program: every line that is not blank, headings included."""
    total = 0
    for table in unit.glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            total += sum(1 for row in csv.reader(file) if any(row))
    return total
