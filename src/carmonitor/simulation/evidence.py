"""A world as the evidence that rules and detectors see, without a file or a database between."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from carmonitor.records import KINDS, RETURN_KINDS
from carmonitor.records.evidence import KNOWN_KEY_COLUMNS, SOURCE_COLUMNS, Evidence, assemble, empty_frame, pack
from carmonitor.records.places import Gazetteer
from carmonitor.settings import schemas_dir
from carmonitor.simulation.parameters import SENDER
from carmonitor.simulation.pictures import look
from carmonitor.simulation.world import World
from carmonitor.store.seeds import read_seeds

REGISTERS, CONFIRMATIONS = "registers", "confirmations"


def received_on(world: World) -> dict[str, pd.Timestamp]:
    """Month of a return → the day it arrived."""
    cover = world.frames["return_declaration"]
    return dict(zip(cover["period"], cover["submitted_on"], strict=True))


def entered_on(month: str) -> pd.Timestamp:
    """The day on which the team enters registers and confirmations of a month: its last."""
    return pd.Timestamp(np.datetime64(month, "M") + np.timedelta64(1, "M")) - pd.Timedelta(days=1)


def evidence_of(world: World, as_of: date) -> Evidence:
    """What was known of a world at the end of ``as_of``: its returns, registers and confirmations up to then, and the
    registers that ship with the package. Monitoring begins with the world; the one sender is expected."""
    seeds = read_seeds(schemas_dir() / "seeds")
    sheets: list[list[object]] = []
    rows: dict[int, pd.DataFrame] = {}
    for table in seeds.tables:
        if table.kind:
            rows[len(sheets) + 1] = table.frame
            sheets.append(
                _sheet(seeds.submission_id, 0, seeds.sender, None, pd.Timestamp(seeds.received_on), table.kind)
            )
    arrived = received_on(world)
    name = _name(world)
    for kind in KINDS:
        frame = world.frames.get(kind)
        if frame is None:
            continue
        if kind == "document":
            frame = _with_looks(frame, world.photographs)
        if kind in RETURN_KINDS:
            for seq, month in enumerate(world.settings.periods, start=1):
                rows[len(sheets) + 1] = frame[(frame["period"] == month).to_numpy()]
                sheets.append(_sheet(f"{name}-{month}", seq, SENDER, month, arrived[month], kind))
        else:
            sender = CONFIRMATIONS if kind == "import_confirmation" else REGISTERS
            for key, part in frame.groupby("load", sort=True):
                month = str(key)
                seq = 1 + len(arrived) + int(np.datetime64(month).astype(int))
                rows[len(sheets) + 1] = part
                sheets.append(_sheet(f"{name}-{sender}-{month}", seq, sender, None, entered_on(month), kind))
    sources = pd.DataFrame(sheets, columns=SOURCE_COLUMNS, index=pd.RangeIndex(1, len(sheets) + 1, name="source_id"))
    texts = dict.fromkeys(["submission_id", "sender", "period", "return_id", "kind", "file", "sheet"], "str")
    sources = sources.astype({"received_on": "datetime64[us]", "seq": "int64", "quarantined": "int64", **texts})

    def read(kind: str, source_ids: Sequence[int]) -> pd.DataFrame:
        fields = list(KINDS[kind].model_fields)
        parts = [_referred(rows[i][fields], i) for i in source_ids if len(rows[i])]
        return pd.concat(parts, ignore_index=True) if parts else empty_frame(kind)

    return assemble(
        sources,
        pd.DataFrame(columns=KNOWN_KEY_COLUMNS),
        read,
        Gazetteer.load(schemas_dir() / "gazetteer.yaml"),
        as_of=as_of,
        monitoring_from=world.settings.monitoring_from,
        expected_senders=(SENDER,),
    )


def _with_looks(document: pd.DataFrame, photographs: pd.DataFrame) -> pd.DataFrame:
    """Documents with the perceptual hash of each photograph, as intake fills it from files that arrive."""
    shots = zip(photographs["file_name"], photographs["scene"], photographs["shot"], strict=True)
    looks = {name: look(scene, int(shot)) for name, scene, shot in shots}
    return document.assign(perceptual_hash=document["file_name"].map(looks).astype("str"))


def _name(world: World) -> str:
    """The same for the same settings only."""
    s = world.settings
    told = [s.seed, s.months, s.scale, s.start, s.noise, sorted(s.fraud.items())]
    return "sim-" + hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def _referred(frame: pd.DataFrame, source_id: int) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    return frame.assign(ref=pack(source_id, pd.Series(np.arange(2, len(frame) + 2), index=frame.index)))


def _sheet(submission: str, seq: int, sender: str, month: str | None, arrived: pd.Timestamp, kind: str) -> list[object]:
    home = f"{sender}@{month or '-'}"
    fields = tuple(KINDS[kind].model_fields)
    return [submission, seq, sender, month, home, arrived, kind, f"{kind}.csv", "", fields, 0]
