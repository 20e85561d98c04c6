"""A world as files, in the form in which senders, importing countries and the team's registers come."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from carmonitor.records import KINDS, RETURN_KINDS
from carmonitor.records.fields import FieldType
from carmonitor.simulation import columns as c
from carmonitor.simulation.evidence import entered_on, received_on
from carmonitor.simulation.parameters import SENDER
from carmonitor.simulation.pictures import picture
from carmonitor.simulation.world import Told, World, no_progress

MARK = "world.json"
PARTS = ("inbox", "registers", "labels.csv", "touched.csv", "injected.csv", "README.md", MARK)
"""What :func:`write` makes, and :func:`clear` takes away."""


class NotAWorldError(Exception):
    """The folder holds something else than a synthetic world."""


def clear(folder: Path) -> None:
    """Take away an earlier world. Raises NotAWorldError for a folder that is none, or holds other things beside it."""
    found = {path.name for path in folder.iterdir()}
    if MARK not in found:
        raise NotAWorldError(f"{folder} holds no synthetic world (no {MARK} in it)")
    if others := sorted(found - set(PARTS)):
        raise NotAWorldError(f"{folder} holds other things beside a synthetic world: {', '.join(others[:5])}")
    for name in PARTS:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def write(world: World, folder: Path, told: Told = no_progress) -> None:
    """Write ``inbox`` (returns by month, confirmations by month of arrival), ``registers`` (by month of entry), the
    truth (``labels.csv``, ``touched.csv``, ``injected.csv``; carats with two decimals) and a README. The same world
    gives the same bytes. Raises FileExistsError when the folder holds anything.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    periods = world.settings.periods
    arrived = received_on(world)
    by_month = {kind: dict(iter(world.frames[kind].groupby("period"))) for kind in RETURN_KINDS}
    shots = _pictures_by_month(world)
    for done, month in enumerate(periods):
        told(month, done, len(periods) + 1)
        home = folder / "inbox" / month
        for kind in RETURN_KINDS:
            part = by_month[kind].get(month, world.frames[kind].iloc[:0])
            _csv(home / f"{kind}.csv", as_text(kind, part))
        for name, scene, shot in shots.get(month, ()):
            _put(home / "docs" / name, picture(scene, shot))
        _submission(home, SENDER, month, arrived[month])
    told("registers and confirmations", len(periods), len(periods) + 1)
    for kind in KINDS:
        if kind in RETURN_KINDS or kind not in world.frames:
            continue
        confirmation = kind == "import_confirmation"
        place = folder / "inbox" / "confirmations" if confirmation else folder / "registers"
        for key, part in world.frames[kind].groupby("load"):
            _csv(place / str(key) / f"{kind}.csv", as_text(kind, part))
            _submission(place / str(key), "confirmations" if confirmation else "registers", None, entered_on(str(key)))
    _truth(world, folder)


def as_text(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The fields of a kind as people write them: decimals with a point, ISO days, yes and no, nothing for null."""
    frame = frame.reset_index(drop=True)
    return pd.DataFrame({name: _text(frame[name], t) for name, t in KINDS[kind].field_types().items()})


def _text(values: pd.Series, value_type: FieldType) -> pd.Series:
    if value_type.scale:
        unit = 10**value_type.scale
        whole = values.fillna(0).to_numpy(dtype=np.int64)
        text = c.joined(".", c.numbered("", whole // unit, 1), c.numbered("", whole % unit, value_type.scale))
        return text.where(values.notna())
    if value_type.dtype == "datetime64[us]":
        days: pd.Series = values.dt.strftime("%Y-%m-%d")
        return days
    if value_type.dtype == "boolean":
        return values.map({True: "yes", False: "no"})
    return values


def _truth(world: World, folder: Path) -> None:
    for name in ("labels", "touched", "injected"):
        frame: pd.DataFrame = getattr(world, name)
        if "carats" in frame:
            cents = frame["carats"].to_numpy(dtype=np.int64)
            frame = frame.assign(carats=c.joined(".", c.numbered("", cents // 100, 1), c.numbered("", cents % 100, 2)))
        _csv(folder / f"{name}.csv", frame)
    s = world.settings
    told = {
        "synthetic": True, "seed": s.seed, "months": s.months, "scale": s.scale, "start": s.start, "noise": s.noise,
        "fraud": dict(sorted(s.fraud.items())), "as_of": world.as_of.isoformat(),
    }  # fmt: skip
    _put(folder / MARK, (json.dumps(told, indent=1) + "\n").encode())
    _put(folder / "README.md", _readme(world).encode())


def _readme(world: World) -> str:
    s = world.settings
    counts = world.labels.groupby(["board", "pattern"]).size()
    rows = "\n".join("| {} | {} | {} |".format(*key, n) for key, n in zip(counts.index, counts, strict=True))
    return f"""# SYNTHETIC data

Everything in this folder is invented: actors, finds, slips, certificates, prices and papers. Real are only the
surveyed mine sites (IPIS-...; IPIS / USAID AMPR, 2019) and the violent events (UCDP-...; UCDP GED 23.1, CC BY 4.0). It
says nothing about any real person, firm or shipment, and no figure made with it measures the real trade.

Seed {s.seed}, {s.months} months from {s.start}, scale {s.scale:g}{"" if s.noise else ", without honest noise"}.

    carmonitor registers load registers --user NAME
    CARMONITOR_MONITORING_FROM={s.monitoring_from} carmonitor run --inbox inbox --as-of {world.as_of}

`labels.csv` is the truth: which subjects are fraudulent, by board and pattern. `touched.csv`: every slip that fraud
made or changed, whatever the board. `injected.csv`: carats on each certificate without a production line behind them.

| board | pattern | subjects |
|---|---|---|
{rows}

En français : données synthétiques. Acteurs, bordereaux, certificats, prix et pièces sont inventés ; `labels.csv`
indique les fraudes injectées.
"""


def _pictures_by_month(world: World) -> dict[str, list[tuple[str, str, int]]]:
    issued = world.frames["shipment"].set_index("certificate_number")["period"]
    shots = world.photographs
    months = issued.reindex(shots["certificate_number"])
    found: dict[str, list[tuple[str, str, int]]] = {}
    for month, name, scene, shot in zip(months, shots["file_name"], shots["scene"], shots["shot"], strict=True):
        found.setdefault(str(month), []).append((str(name), str(scene), int(shot)))
    return found


def _csv(path: Path, frame: pd.DataFrame) -> None:
    _put(path, frame.to_csv(index=False, lineterminator="\n").encode())


def _submission(folder: Path, sender: str, period: str | None, day: pd.Timestamp) -> None:
    lines = [f"sender: {sender}", *([f'period: "{period}"'] if period else []), f"received_on: {day:%Y-%m-%d}"]
    _put(folder / "submission.yaml", ("\n".join(lines) + "\n").encode())


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
