"""How long P-01 takes on a year of a million slips: ``python -m benchmarks.provenance [slips] [seed] [short]``.

The chain is made in memory and depends on nothing but the seed: miners (two in three name their register lines), sales
to collectors, lots of about two sales resold to buying houses, one lot in seven split between two certificates.
``short`` percent of first sales (3 by default) have no production, and as many have half of it; with 100 nothing is
explained. Prints seconds and the peak of memory. Synthetic.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import date

import numpy as np
import pandas as pd

from carmonitor.detection.provenance import unexplained_carats
from carmonitor.framework.checks import Params
from carmonitor.framework.rulebook import load_specs
from carmonitor.records import KINDS
from carmonitor.records.evidence import KNOWN_KEY_COLUMNS, SOURCE_COLUMNS, Evidence, empty_frame
from carmonitor.records.fields import PLACE
from carmonitor.settings import schemas_dir

RETURN = "SPPK@2021-12"
START = np.datetime64("2021-01-01")


def evidence(slips: int, seed: int, short: float) -> Evidence:  # noqa: PLR0915
    """A year's chain with so many purchase slips."""
    rng = np.random.default_rng(seed)
    first = int(slips * 0.7)
    miners, collectors, houses = max(slips // 20, 1), max(slips // 80, 1), max(slips // 3000, 1)
    day = np.sort(rng.integers(0, 330, first))
    miner = rng.integers(0, miners, first)
    collector = (miner + rng.integers(0, 5, first)) % collectors
    carats = rng.lognormal(4.5, 1.2, first).astype(np.int64) + 1
    # lots: a collector's next two or three sales
    order = np.lexsort((day, collector))
    lot = np.empty(first, dtype=np.int64)
    lot[order] = np.cumsum(
        np.r_[True, np.diff(collector[order]) != 0] | (rng.random(first) < 0.4)
    ) - 1  # fmt: skip
    lots = int(lot.max()) + 1
    lot_day, lot_carats, lot_collector = np.zeros(lots, int), np.zeros(lots, int), np.zeros(lots, int)
    np.maximum.at(lot_day, lot, day + 3)
    np.add.at(lot_carats, lot, carats)
    lot_collector[lot] = collector
    house = rng.integers(0, houses, lots)
    certificate, of_house = _shipments(lot_day, house, 70)
    split = np.flatnonzero((rng.random(lots) < 1 / 7) & (lot_carats > 1))
    other = certificate[split] + 1
    kept = (other < len(of_house)) & (of_house[np.minimum(other, len(of_house) - 1)] == house[split])
    split, other = split[kept], other[kept]
    part = np.zeros(lots, int)
    part[split] = lot_carats[split] // 2
    packed = pd.DataFrame(
        {
            "c": np.r_[certificate, other],
            "slip": np.r_[np.arange(lots), split],
            "carats": np.r_[lot_carats - part, part[split]],
        }
    )
    issued = np.zeros(len(of_house), int)
    np.maximum.at(issued, packed["c"].to_numpy(), lot_day[packed["slip"].to_numpy()] + 5)
    total = np.bincount(packed["c"], weights=packed["carats"], minlength=len(of_house)).astype(np.int64)
    real = total > 0
    missing = rng.random(first) < short / 100
    half = rng.random(first) < short / 100
    named = rng.random(miners)[miner] < 2 / 3
    dug = np.where(half, carats // 2, carats)
    lines_ = np.flatnonzero(~missing & (dug > 0))
    number, lot_number = _names("B", np.arange(first)), _names("R", np.arange(lots))
    register, line = _names("REG", miner), pd.Series(np.arange(first)).astype("str")
    cert_number = _names("CF", np.arange(len(of_house)))
    frames = {kind: _empty(kind) for kind in KINDS}
    zone = pd.Series("Boda", index=range(first + lots), dtype="str").where(np.arange(first + lots) < first)
    frames["purchase"] = _filled(
        "purchase", slip_number=_join(number, lot_number), purchase_date=_days(np.r_[day, lot_day]),
        buyer_id=_join(_names("COL", collector), _names("BA", house)),
        seller_id=_join(_names("ART", miner), _names("COL", lot_collector)),
        seller_licence=_join(_names("L-ART", miner), _names("L-COL", lot_collector)),
        origin_subprefecture=zone, origin_subprefecture_resolved=zone, carats=np.r_[carats, lot_carats],
        register_number=_join(register.where(named), pd.Series([None] * lots, dtype="str")),
        line_number=_join(line.where(named), pd.Series([None] * lots, dtype="str")),
    )  # fmt: skip
    frames["purchase_source"] = _filled(
        "purchase_source", slip_number=lot_number[lot], source_slip_number=number, carats=carats
    )
    frames["production"] = _filled(
        "production", register_number=register[lines_], line_number=line[lines_], miner_id=_names("ART", miner[lines_]),
        produced_on=_days(day[lines_] - 2), carats=dug[lines_],
    )  # fmt: skip
    of = packed["c"].to_numpy()
    parcel = pd.Series(np.where(packed["slip"] % 2, "1", "2"), dtype="str")
    frames["parcel_source"] = _filled(
        "parcel_source", certificate_number=cert_number[of], parcel_number=parcel,
        slip_number=lot_number[packed["slip"].to_numpy()], carats=packed["carats"],
    )  # fmt: skip
    weights = packed.assign(parcel=parcel).groupby(["c", "parcel"])["carats"].sum().reset_index()
    frames["parcel"] = _filled(
        "parcel", certificate_number=cert_number[weights["c"].to_numpy()], parcel_number=weights["parcel"],
        carats=weights["carats"],
    )  # fmt: skip
    frames["shipment"] = _filled(
        "shipment", certificate_number=cert_number[real], issue_date=_days(issued[real]), carats=total[real],
        exporter_id=_names("BA", of_house[real]), status=pd.Series("issued", index=range(real.sum()), dtype="str"),
    )  # fmt: skip
    actors = [("ART", miners, "miner"), ("COL", collectors, "collector"), ("BA", houses, "buying_house")]
    ids = pd.concat([_names(prefix, np.arange(n)) for prefix, n, _ in actors], ignore_index=True)
    kinds = pd.Series(np.repeat([k for *_, k in actors], [n for _, n, _ in actors]), dtype="str")
    frames["actor"] = _filled("actor", actor_id=ids, kind=kinds)
    frames["licence"] = _filled("licence", licence_number="L-" + ids, actor_id=ids)
    boda = pd.Series(["Boda"], dtype="str")
    frames["zone"] = _filled(
        "zone", subprefecture=boda, subprefecture_resolved=boda, status=pd.Series(["compliant"], dtype="str"),
        valid_from=pd.Series([pd.Timestamp("2016-01-01")]).astype("datetime64[us]"),
    )  # fmt: skip
    rows = [
        [
            "S",
            n,
            "SPPK",
            "2021-12",
            RETURN,
            pd.Timestamp("2022-01-10"),
            kind,
            "",
            "",
            tuple(KINDS[kind].model_fields),
            0,
        ]
        for n, kind in enumerate(KINDS)
    ]
    sources = pd.DataFrame(rows, columns=SOURCE_COLUMNS).assign(first_received_on=pd.Timestamp("2022-01-10"))
    return Evidence(date(2022, 1, 31), frames, sources, pd.DataFrame(columns=KNOWN_KEY_COLUMNS))


def _shipments(day: np.ndarray, house: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The certificate of each lot (a house's next ``size`` lots), and the house of each certificate."""
    order = np.lexsort((day, house))
    count = np.bincount(house)
    within = np.arange(len(day)) - np.repeat(np.cumsum(count) - count, count)
    begins = within % size == 0
    certificate = np.empty(len(day), dtype=np.int64)
    certificate[order] = np.cumsum(begins) - 1
    return certificate, house[order][begins]


def _names(prefix: str, codes: np.ndarray) -> pd.Series:
    return pd.Series([f"{prefix}-{code:07}" for code in codes], dtype="str")


def _join(one: pd.Series, other: pd.Series) -> pd.Series:
    return pd.concat([one, other], ignore_index=True)


def _days(numbers: np.ndarray) -> pd.Series:
    return pd.Series(START + numbers.astype("timedelta64[D]")).astype("datetime64[us]")


def _empty(kind: str) -> pd.DataFrame:
    places = [name for name, value_type in KINDS[kind].field_types().items() if value_type is PLACE]
    return empty_frame(kind).assign(**{f"{name}_resolved": pd.Series([], dtype="str") for name in places})


def _filled(kind: str, /, **columns: pd.Series | np.ndarray) -> pd.DataFrame:
    """A frame of a kind; fields that are not given are null."""
    like = _empty(kind)
    size = len(next(iter(columns.values())))
    given = {name: pd.Series(values).reset_index(drop=True) for name, values in columns.items()}
    ref = pd.Series(np.arange(size, dtype="int64"))
    given |= {"ref": ref, "return_id": pd.Series(RETURN, index=ref.index, dtype="str")}
    blank = pd.Series(pd.NA, index=ref.index, dtype="object")
    return pd.DataFrame({name: given.get(name, blank).astype(_nullable(dtype)) for name, dtype in like.dtypes.items()})


def _nullable(dtype: object) -> object:
    return "Int64" if str(dtype) == "Int64" else dtype


def main() -> None:
    slips, seed, short = [*sys.argv[1:], *("1000000", "1", "3")[len(sys.argv) - 1 :]]
    e = evidence(int(slips), int(seed), float(short))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spec = load_specs(schemas_dir() / "detectors.yaml")["P-01"]
    began, worked = time.perf_counter(), time.process_time()
    rows = unexplained_carats(e, Params(spec.parameters))
    took, worked = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    exported, alone, turn = (
        rows[f"{name}carats"].sum() / 100 for name in ("exported_", "unexplained_alone_", "unexplained_")
    )
    print(f"{len(e['purchase']):,} slips, {len(rows):,} certificates: {took:.1f} s ({worked:.1f} s of processor)")
    print(f"memory: {before:,.0f} MB before, {peak:,.0f} MB at its peak")
    print(f"unexplained: {alone:,.2f} ct alone, {turn:,.2f} ct in order, of {exported:,.2f} ct")


if __name__ == "__main__":
    main()
