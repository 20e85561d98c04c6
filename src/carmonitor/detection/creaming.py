"""F15: creamed exports: what a buying house exports against what it bought itself (fraud.md §4, case C5 of 2002).

Whoever takes the best stones out before he declares a lot exports cheaper and smaller stones than he bought. All
comparisons are of exact fractions; only the score is a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.price import quarter_of
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import issued, lacking, reasons
from carmonitor.framework.lineage import lineage
from carmonitor.framework.rates import usd_rate
from carmonitor.records.columns import positions
from carmonitor.records.evidence import Evidence

EVIDENCE = {
    "exporter_id": "",
    "quarter": "",
    "certificates": "count",
    "slips": "count",
    "exported_carats": "ct",
    "bought_carats": "ct",
    "export_per_carat": "USD/ct",
    "purchase_per_carat": "USD/ct",
    "purchase_xaf_per_carat": "XAF/ct",
    "unit_value_ratio": "ratio",
    "large_exported": "percent",
    "large_bought": "percent",
}


@dataclass
class _Side:
    """What one exporter exported, or bought, in one quarter. ``usd``: in cents; None where it could not be told."""

    papers: int = 0
    carats: int = 0
    usd: Fraction | None = None
    xaf: int = 0
    profiled: int = 0
    large: int = 0
    missing: str = ""
    profile_missing: str = ""
    refs: list[int] = field(default_factory=list)

    def share(self) -> Fraction:
        """Of the weight whose assortment is held, the part in large stones."""
        return Fraction(self.large, self.profiled)


@detector("F15", **EVIDENCE)
def creamed_exports(e: Evidence, p: Params) -> pd.DataFrame:
    """Exporters whose exports of a quarter are worth less per carat, or smaller-stoned, than their own purchases.

    Subject: ``exporter@YYYY-Qn``; day: the quarter's last. Inputs: issued certificates (issue_date, exporter_id,
    carats ct, value_usd USD), slips with buyer_id = exporter_id (purchase_date, carats ct, price_xaf XAF), the
    register of exchange rates, assortments of parcels and slips (carats ct).

    Part ``value`` fires when export USD/ct ÷ purchase USD/ct < ``minimum_ratio`` (exactly at it passes); part
    ``stones`` when the exported share of stones of ``large_from`` ct or more, by weight, is below ``share_factor``
    times the bought share. A blank weight, value, price or rate of any paper of the quarter: not evaluated. So is a
    quarter that is not over, and one with less than ``minimum_carats`` on either side. Slips without buyer or date
    belong to nobody's quarter and count nowhere. Source: fraud.md §4 F15.
    """
    exports, unknown = _exports(e, p)
    slips = dict(iter(_purchases(e, set(exports["exporter_id"]), p).groupby(["buyer_id", "quarter"])))
    rows = []
    for key, certificates in exports.groupby(["exporter_id", "quarter"]):
        exporter, quarter = map(str, cast("tuple[str, str]", key))
        end = pd.Period(quarter, freq="Q").end_time.normalize()
        export, purchase = _export_side(certificates, p), _purchase_side(e, slips.get((exporter, quarter)), p)
        early = "quarter_open" if end > pd.Timestamp(e.as_of) else ""
        about = _evidence(exporter, quarter, export, purchase) | {"day": end, "refs": export.refs + purchase.refs}
        rows += [about | part for part in _parts(export, purchase, p, early)]
    frame = pd.DataFrame(rows + list(_unknown(unknown)), columns=["subject_id", "day", "part", "fires", "missing",
                         "score", "refs", "period", *EVIDENCE])  # fmt: skip
    texts = ["subject_id", "part", "missing", "period", "exporter_id", "quarter"]
    wholes = [name for name in EVIDENCE if name not in texts]
    kinds = dict.fromkeys(texts, "str") | dict.fromkeys(wholes, "Int64")
    return frame.astype(kinds | {"day": "datetime64[us]", "fires": "boolean", "score": "float64"})


def _parts(export: _Side, purchase: _Side, p: Params, early: str) -> Iterator[dict[str, Any]]:
    scarce = min(export.carats, purchase.carats) < _hundredths(p["minimum_carats"])
    few = "small_sample:shipment" if export.carats <= purchase.carats else "small_sample:purchase"
    missing = early or export.missing or purchase.missing or (few if scarce else "")
    yield _part("value", missing, lambda: _shortfall(_ratio(export, purchase), Fraction(str(p["minimum_ratio"]))))
    missing = early or export.profile_missing or purchase.profile_missing or (few if scarce else "")
    factor = Fraction(str(p["share_factor"]))
    yield _part("stones", missing, lambda: _shortfall(export.share(), factor * purchase.share()))


def _part(name: str, missing: str, shortfall: Any) -> dict[str, Any]:
    short = Fraction(0) if missing else shortfall()
    fires = None if missing else short > 0
    return {"part": name, "missing": missing, "fires": fires, "score": None if missing else float(short)}


def _shortfall(found: Fraction, least: Fraction) -> Fraction:
    """How far ``found`` stays below ``least``, as a share of it: 0 where it does not, 1 where nothing was found."""
    return max(Fraction(0), 1 - found / least) if least else Fraction(0)


def _ratio(export: _Side, purchase: _Side) -> Fraction:
    assert export.usd is not None
    assert purchase.usd is not None
    return (export.usd / export.carats) / (purchase.usd / purchase.carats)


def _exports(e: Evidence, p: Params) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Issued certificates with their quarter; and those of which exporter or day of issue is not known."""
    shipment = issued(e)
    shipment = shipment.assign(
        quarter=quarter_of(shipment["issue_date"]),
        missing=lacking(e, shipment, "shipment", "carats", "value_usd"),
        unknown=lacking(e, shipment, "shipment", "exporter_id", "issue_date"),
    )
    parcels = e["parcel"][["certificate_number", "parcel_number"]].drop_duplicates()
    subjects = parcels["certificate_number"] + "/" + parcels["parcel_number"]
    profiled = _profiled(e, shipment, "certificate_number", "parcel", subjects, parcels["certificate_number"], p)
    return profiled[profiled["unknown"] == ""], profiled[profiled["unknown"] != ""]


def _unknown(shipment: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """A certificate that belongs to no exporter's quarter is told, not dropped."""
    columns = shipment[["certificate_number", "exporter_id", "quarter", "issue_date", "return_id", "ref", "unknown"]]
    for number, exporter, quarter, day, home, ref, why in columns.itertuples(index=False, name=None):
        who = exporter if isinstance(exporter, str) else number
        when = quarter if isinstance(quarter, str) else "undated"
        yield {"subject_id": f"{who}@{when}", "day": day, "missing": why, "refs": [int(ref)],
               "period": str(home).rpartition("@")[2], "fires": None, "part": "value"}  # fmt: skip


def _purchases(e: Evidence, exporters: set[str], p: Params) -> pd.DataFrame:
    """The exporters' own slips with their quarter and rate."""
    slips = e["purchase"]
    slips = slips[slips["buyer_id"].isin(exporters) & slips["purchase_date"].notna()]
    day, days = pd.factorize(slips["purchase_date"])
    rate = usd_rate(e, pd.Series(days)).take(day).set_axis(slips.index)
    first = lacking(e, slips, "purchase", "carats", "price_xaf")
    missing = reasons(slips.index, (first != "", first), (rate.isna(), "not_held:exchange_rate"))
    slips = slips.assign(quarter=quarter_of(slips["purchase_date"]), rate=rate, missing=missing)
    numbers = slips["slip_number"].drop_duplicates()
    return _profiled(e, slips, "slip_number", "purchase", numbers, numbers, p)


def _profiled(
    e: Evidence, papers: pd.DataFrame, key: str, kind: str, subjects: pd.Series, numbers: pd.Series, p: Params
) -> pd.DataFrame:
    """Papers with the weight of their assortments (``profiled``, Int64 hundredths), the part of it in large stones
    (``large``), and how many of these weights are blank (``blank``). ``numbers``: of which paper each of the
    ``subjects`` is.
    """
    rows = e["assortment"]
    rows = rows.loc[rows["subject_kind"] == kind, ["subject_id", "size_class", "carats"]]
    number, names = pd.factorize(papers[key])
    at = positions(rows["subject_id"], subjects)
    rows, owner = rows[at >= 0], positions(numbers, pd.Series(names, dtype="str"))[at[at >= 0]]
    rows, owner = rows[owner >= 0], owner[owner >= 0]
    large = np.array([bound >= _hundredths(p["large_from"]) for bound in sizes.LOWER_BOUNDS.values()])
    carats = rows["carats"].fillna(0).to_numpy("int64")
    weights = {
        "profiled": carats,
        "large": np.where(large[sizes.codes(rows["size_class"])], carats, 0),
        "blank": rows["carats"].isna().to_numpy("int64"),
    }
    for name, weight in weights.items():
        sums = np.zeros(len(names), dtype=np.int64)
        np.add.at(sums, owner, weight)
        papers = papers.assign(**{name: pd.Series(sums[number], index=papers.index, dtype="Int64")})
    return papers


def _export_side(rows: pd.DataFrame, p: Params) -> _Side:
    side = _side(rows, p)
    side.usd = None if side.missing else Fraction(int(rows["value_usd"].sum()))
    return side


def _purchase_side(e: Evidence, rows: pd.DataFrame | None, p: Params) -> _Side:
    if rows is None:
        lack = "small_sample:purchase" if e.held("purchase") else "not_held:purchase"
        return _Side(missing=lack, profile_missing=lack)
    side = _side(rows, p)
    side.xaf = int(rows["price_xaf"].sum())
    if not side.missing and side.xaf == 0:
        side.missing = "zero:price_xaf"
    if not side.missing:
        by_rate = rows.groupby("rate")["price_xaf"].sum()
        side.usd = sum((Fraction(int(xaf) * 10**8, int(str(r))) for r, xaf in by_rate.items()), Fraction(0))
    return side


def _side(rows: pd.DataFrame, p: Params) -> _Side:
    """Sums of one side's papers and of the assortments held for them. ``missing``: the first reason among them."""
    carats, profiled = int(rows["carats"].sum()), int(rows["profiled"].sum())
    thin = profiled * 100 < carats * p["minimum_profile_percent"] or profiled == 0
    blank = "blank:assortment" if rows["blank"].any() else ""
    return _Side(
        papers=len(rows),
        carats=carats,
        profiled=profiled,
        large=int(rows["large"].sum()),
        missing=min((m for m in rows["missing"].unique() if m), default=""),
        profile_missing=blank or ("small_sample:assortment" if thin else ""),
        refs=lineage(rows["ref"]),
    )


def _evidence(exporter: str, quarter: str, export: _Side, purchase: _Side) -> dict[str, Any]:
    comparable = export.usd is not None and purchase.usd is not None and export.carats and purchase.carats
    return {
        "subject_id": f"{exporter}@{quarter}",
        "period": None,
        "exporter_id": exporter,
        "quarter": quarter,
        "certificates": export.papers,
        "slips": purchase.papers,
        "exported_carats": export.carats,
        "bought_carats": purchase.carats,
        "export_per_carat": _per_carat(export.usd, export.carats),
        "purchase_per_carat": _per_carat(purchase.usd, purchase.carats),
        "purchase_xaf_per_carat": _per_carat(Fraction(purchase.xaf), purchase.carats),
        "unit_value_ratio": int(_ratio(export, purchase) * 1000) if comparable else None,
        "large_exported": int(export.share() * 10000) if export.profiled else None,
        "large_bought": int(purchase.share() * 10000) if purchase.profiled else None,
    }


def _per_carat(amount: Fraction | None, carats: int) -> int | None:
    """Smallest units of money per carat, the remainder dropped. ``carats``: hundredths."""
    return int(amount * 100 / carats) if amount is not None and carats else None


def _hundredths(carats: Any) -> int:
    return int(Fraction(str(carats)) * 100)
