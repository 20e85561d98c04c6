"""Purchase slips for the comparison of engines: a seeded table of a year, so many percent of it bad. Synthetic.

The same rows are held twice: as carmonitor's evidence, and as plain tables for the other engines. A bad row breaks one
(``breaks``: more) of the sixteen rules of :mod:`benchmarks.sixteen.rules`; one in five also has a blank, so that some
rules cannot be checked on it. Without bad rows no rule fires and nothing is blank.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from benchmarks.sixteen.rules import MOST_PER_QUARTER, ROW_RULES, RULES
from carmonitor.records import KINDS
from carmonitor.records.evidence import KNOWN_KEY_COLUMNS, SOURCE_COLUMNS, Evidence, empty_frame
from carmonitor.records.fields import PLACE

MONTHS = [f"2021-{month:02}" for month in range(1, 13)]
ZONES = pd.DataFrame(  # a zone may have been compliant twice; the spans are made up
    [
        ("Boda", "2016-01-01", None), ("Boganangone", "2016-01-01", None), ("Carnot", "2016-01-01", None),
        ("Gadzi", "2016-01-01", "2021-05-31"), ("Gadzi", "2021-09-01", None), ("Nola", "2018-06-01", None),
        ("Berberati", "2015-07-01", None), ("Sosso-Nakombo", "2018-06-01", None), ("Mbaiki", "2021-04-01", None),
    ],
    columns=["subprefecture", "valid_from", "valid_to"],
).astype({"subprefecture": "str", "valid_from": "datetime64[us]", "valid_to": "datetime64[us]"})  # fmt: skip
ALWAYS = ["Boda", "Boganangone", "Carnot", "Nola", "Berberati", "Sosso-Nakombo"]
NEVER = ["Bria", "Bangassou", "Ippy"]


@dataclass(frozen=True)
class Workload:
    """One table of slips. ``table``: its columns beside ``row`` (the id of a slip: its position) and ``return_id``.

    ``returns``: return_id, received_on. ``zones``: subprefecture, valid_from, valid_to (both inclusive; null = open).
    """

    rows: int
    bad: float
    evidence: Evidence
    table: pd.DataFrame
    returns: pd.DataFrame
    zones: pd.DataFrame

    def afresh(self) -> Evidence:
        """The evidence without what rules computed from it before."""
        return replace(self.evidence, _cache={})


def workload(rows: int, bad: float, seed: int = 1, breaks: int = 1) -> Workload:
    """So many slips, ``bad`` percent of them bad, each by so many rules. The same arguments give the same rows."""
    rng = np.random.Generator(np.random.PCG64(seed))
    slips = _honest(rows, rng)
    spoil = rng.permutation(rows)[: round(rows * bad / 100)]
    for turn in range(breaks):
        order = spoil if turn == 0 else rng.permutation(spoil)
        for rule, at in zip(RULES, np.array_split(order, len(RULES)), strict=True):
            _break(slips, rule, np.sort(at), rng)
    for column in ("buyer_licence", "purchase_date", "buyer_id", "carats", "seller_id"):
        _blank(slips, column, rng.choice(spoil, len(spoil) // 25, replace=False))
    table = _table(slips)
    received = (pd.to_datetime(pd.Series(MONTHS)) + pd.DateOffset(months=1, days=9)).astype("datetime64[us]")
    returns = pd.DataFrame({"return_id": "SPPK@" + pd.Series(MONTHS, dtype="str"), "received_on": received})
    return Workload(rows, bad, _evidence(table, returns), table, returns, ZONES)


def _honest(rows: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A year of slips that break nothing, by day. Names are numbers until :func:`_table`; -1 = blank."""
    days = np.sort(rng.integers(0, 365, rows)) + np.datetime64("2021-01-01")
    carats = rng.integers(20, 500, rows)
    return {
        "month": days.astype("datetime64[M]").astype(int) % 12,
        "number": np.arange(rows),
        "form": np.zeros(rows, dtype=np.int64),
        "purchase_date": days,
        "buyer_id": rng.integers(0, max(rows // 200, 1), rows),
        "buyer_licence": rng.integers(0, 90_000, rows),
        "seller_id": rng.integers(0, max(rows // 20, 1), rows) + 10**6,
        "seller_name": np.where(rng.random(rows) < 0.5, rng.integers(0, 5_000, rows), -1),
        "origin_subprefecture": rng.integers(0, len(ALWAYS), rows),
        "stones": rng.integers(1, 20, rows),
        "carats": carats,
        "price_xaf": carats * rng.integers(200, 2_000, rows),
    }


def _break(slips: dict[str, np.ndarray], rule: str, at: np.ndarray, rng: np.random.Generator) -> None:  # noqa: PLR0912
    """Make the rows ``at`` break a rule."""
    size = len(at)
    if rule == "R01":
        _blank(slips, "seller_id", at)
        _blank(slips, "seller_name", at)
    elif rule in {"R02", "R03", "R04"}:
        _blank(slips, ROW_RULES[rule], at)
    elif rule == "R05":
        _weigh(slips, at, rng.integers(50_001, 60_000, size))
    elif rule == "R06":
        slips["price_xaf"][at] = slips["carats"][at] * np.where(rng.random(size) < 0.5, 10, 9_000)
    elif rule == "R07":
        slips["form"][at] = rng.integers(1, 4, size)
    elif rule == "R08":
        slips["purchase_date"][at] -= np.timedelta64(365, "D")
    elif rule == "R09":
        slips["purchase_date"][at] = np.datetime64("2021-11-15") + rng.integers(0, 40, size)
        slips["month"][at] = rng.integers(0, 9, size)
    elif rule == "R10":
        slips["buyer_licence"][at] += 900_000
    elif rule == "R11":
        slips["origin_subprefecture"][at] = len(ALWAYS) + rng.integers(0, 6, size)
    elif rule == "R12":
        slips["seller_id"][at] = slips["buyer_id"][at]
    elif rule in {"A01", "A02"}:
        slips["number"][at] = slips["number"][at - 1]
        slips["seller_id"][at] = slips["seller_id"][at - 1] + (rule == "A02")
    elif rule == "A03":  # the slips of few buyers, all of them heavy
        slips["buyer_id"][at] = 10**5 + rng.integers(0, size // 200 + 1, size)
        _weigh(slips, at, rng.integers(41_000, 50_000, size))
    else:
        slips["seller_id"][at] = 9 * 10**6 + rng.integers(0, size // 80 + 1, size)
        _weigh(slips, at, rng.integers(MOST_PER_QUARTER // 3, MOST_PER_QUARTER // 2, size))


def _weigh(slips: dict[str, np.ndarray], at: np.ndarray, carats: np.ndarray) -> None:
    slips["carats"][at] = carats
    slips["price_xaf"][at] = carats * 700


def _blank(slips: dict[str, np.ndarray], column: str, at: np.ndarray) -> None:
    slips[column][at] = np.datetime64("NaT") if column == "purchase_date" else -1


def _table(slips: dict[str, np.ndarray]) -> pd.DataFrame:
    """The slips as they are written, by return and day."""
    order = np.lexsort((slips["purchase_date"], slips["month"]))
    s = {name: values[order] for name, values in slips.items()}
    forms = ("BA-{:07}", "BA{:07}", "ba-{:07}", "BA-{:05}X")
    zones = pd.Series([*ALWAYS, *NEVER, "Gadzi", "Mbaiki", "Boukoumbe"], dtype="str")
    licences = np.where(s["buyer_licence"] >= 900_000, "PROV/", "L-BA-")
    return pd.DataFrame(
        {
            "row": np.arange(len(order)),
            "return_id": pd.Series(["SPPK@" + MONTHS[m] for m in s["month"]], dtype="str"),
            "slip_number": pd.Series(
                [forms[form].format(number) for form, number in zip(s["form"], s["number"], strict=True)], dtype="str"
            ),
            "purchase_date": pd.Series(s["purchase_date"]).astype("datetime64[us]"),
            "buyer_id": _written("ACT-", s["buyer_id"]),
            "buyer_licence": _written(licences, s["buyer_licence"] % 900_000, s["buyer_licence"] < 0),
            "seller_id": _written("ACT-", s["seller_id"]),
            "seller_name": _written("Vendeur ", s["seller_name"]),
            "origin_subprefecture": zones.reindex(s["origin_subprefecture"]).reset_index(drop=True),
            "stones": pd.Series(s["stones"], dtype="Int64"),
            "carats": _whole(s["carats"]),
            "price_xaf": _whole(s["price_xaf"]),
        }
    )


def _written(prefix: str | np.ndarray, codes: np.ndarray, blank: np.ndarray | None = None) -> pd.Series:
    prefixes = np.broadcast_to(prefix, codes.shape)
    names = pd.Series([f"{p}{code:05}" for p, code in zip(prefixes, codes, strict=True)], dtype="str")
    return names.mask(codes < 0 if blank is None else blank)


def _whole(values: np.ndarray) -> pd.Series:
    return pd.Series(values, dtype="Int64").mask(values < 0)


def _evidence(table: pd.DataFrame, returns: pd.DataFrame) -> Evidence:
    """The slips and the zone register as evidence; a ``ref`` holds the slip's position in the whole table."""
    source = table["return_id"].str[-2:].astype("int64")
    slips = table.drop(columns="row").assign(ref=source * 2**32 + table["row"])
    frames = {kind: _empty(kind) for kind in KINDS}
    frames["purchase"] = _filled("purchase", slips)
    zones = ZONES.assign(status="compliant", ref=np.arange(len(ZONES)) | (99 << 32), return_id="R@2021-01-01")
    frames["zone"] = _filled("zone", zones)
    rows = [
        ["S", n, "SPPK", home[-7:], home, received, "purchase", "", "", tuple(KINDS["purchase"].model_fields), 0]
        for n, (home, received) in enumerate(zip(returns["return_id"], returns["received_on"], strict=True))
    ]
    sources = pd.DataFrame(rows, columns=SOURCE_COLUMNS, index=range(1, len(rows) + 1))
    sources = sources.assign(first_received_on=sources["received_on"])
    return Evidence(date(2022, 1, 31), frames, sources, pd.DataFrame(columns=KNOWN_KEY_COLUMNS))


def _empty(kind: str) -> pd.DataFrame:
    places = [name for name, value_type in KINDS[kind].field_types().items() if value_type is PLACE]
    return empty_frame(kind).assign(**{f"{name}_resolved": pd.Series([], dtype="str") for name in places})


def _filled(kind: str, given: pd.DataFrame) -> pd.DataFrame:
    """A frame of a kind with these columns; places are resolved to themselves, all else is null."""
    like = _empty(kind)
    given = given.assign(**{f"{name}_resolved": given[name] for name in given if f"{name}_resolved" in like})
    blank = pd.Series(pd.NA, index=given.index, dtype="object")
    return pd.DataFrame({name: given.get(name, blank).astype(dtype) for name, dtype in like.dtypes.items()})
