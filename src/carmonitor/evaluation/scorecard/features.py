"""One feature table per board for the simple references: what the detectors look at, as plain numbers per subject.

Index: subject_id, in no particular order; float columns, NaN where unknown; the first is the price. ``group``: the
peer group that robust z and the quartile filter compare within. No threshold, label or finding enters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from carmonitor.detection import sizes
from carmonitor.detection.price import quarter_of
from carmonitor.evaluation.scorecard.boards import ACTOR_QUARTERS, CERTIFICATES, PURCHASES, actor_quarters
from carmonitor.framework.common import issued
from carmonitor.records.evidence import Evidence

_LARGE = [name for name in sizes.CLASSES if sizes.LOWER_BOUNDS[name] >= 200]


@dataclass(frozen=True)
class Features:
    """``values``: float columns by subject_id; ``groups``: the peer group of each, same index."""

    values: pd.DataFrame
    groups: pd.Series


def features_of(evidence: Evidence) -> dict[str, Features]:
    """The tables of the three boards."""
    slips = _slips(evidence)
    certificates = _certificates(evidence)
    return {
        PURCHASES: _of_purchases(evidence, slips),
        CERTIFICATES: _of_certificates(evidence, certificates),
        ACTOR_QUARTERS: _of_quarters(evidence, slips, certificates),
    }


def _log(values: pd.Series) -> pd.Series:
    numbers = values.astype("float64")
    return pd.Series(np.log(numbers.where(numbers > 0).to_numpy()), index=values.index)


def _against(values: pd.Series, *by: pd.Series) -> pd.Series:
    """Minus the median of the group."""
    return values - values.groupby([b.fillna("?") for b in by]).transform("median")


def _looked_up(ids: pd.Series, values: pd.Series) -> pd.Series:
    """The value of each id, null where there is none."""
    return pd.Series(values.reindex(ids).array, index=ids.index)


def _count(of: pd.DataFrame, by: Sequence[str], what: str | None = None) -> pd.Series:
    """Rows, or distinct values of a column, of each row's group; NaN where a key is unknown."""
    grouped = of.groupby(list(by))
    name = what or by[0]
    return grouped[name].transform("size" if what is None else "nunique").astype("float64")


def _slips(e: Evidence) -> pd.DataFrame:
    slips = e["purchase"].drop_duplicates("slip_number").reset_index(drop=True)
    mean = slips["carats"].astype("float64") / slips["stones"].astype("float64").where(lambda n: n > 0)
    zone = slips["origin_subprefecture_resolved"]
    sites = e["mine_site"].drop_duplicates("mine_site_id").set_index("mine_site_id")
    longitude, latitude = (
        _looked_up(slips["mine_site_id"], sites[c]).astype("float64") for c in ("longitude", "latitude")
    )
    slips = slips.assign(
        quarter=quarter_of(slips["purchase_date"]),
        price=_log(slips["price_xaf"]) - _log(slips["carats"]),
        mean_weight=_log(mean),
        size_class=sizes.of_mean_weight(slips["carats"], slips["stones"]),
        weight=_log(slips["carats"]),
        large=_large_share(e, "purchase", slips["slip_number"]),
        zone=zone,
        # a buyer's usual place of purchase, by the mean position of the sites he buys from
        far=np.hypot(
            longitude - longitude.groupby(slips["buyer_id"]).transform("median"),
            latitude - latitude.groupby(slips["buyer_id"]).transform("median"),
        ),
        seller_far=np.hypot(
            longitude - longitude.groupby(slips["seller_id"]).transform("median"),
            latitude - latitude.groupby(slips["seller_id"]).transform("median"),
        ),
    )
    return slips.assign(residual=_against(slips["price"], slips["size_class"], slips["zone"], slips["quarter"]))


def _large_share(e: Evidence, kind: str, subjects: pd.Series) -> pd.Series:
    """Share of the weight in stones of 2 ct and more, where an assortment is held."""
    rows = e["assortment"][e["assortment"]["subject_kind"] == kind]
    carats = rows["carats"].astype("float64")
    large = carats.where(rows["size_class"].isin(_LARGE), 0.0).groupby(rows["subject_id"]).sum()
    total = carats.groupby(rows["subject_id"]).sum()
    return subjects.map(large / total.where(total > 0)).astype("float64")


def _journeys(e: Evidence, slips: pd.DataFrame) -> pd.DataFrame:
    """slip_number → days between purchase and departure, and days on the road; of the first bag."""
    bags = e["transfer_item"].merge(e["transfer"].drop_duplicates("sheet_number"), on="sheet_number")
    bags = bags.sort_values(["departed_on", "sheet_number"]).drop_duplicates("slip_number").set_index("slip_number")
    left, came = (_looked_up(slips["slip_number"], bags[c]) for c in ("departed_on", "arrived_on"))
    return pd.DataFrame({"waited": (left - slips["purchase_date"]).dt.days, "road": (came - left).dt.days})


def _of_purchases(e: Evidence, slips: pd.DataFrame) -> Features:
    day = slips["purchase_date"]
    lines = slips["register_number"] + "/" + slips["line_number"].fillna("?")
    known = e["production"]["register_number"] + "/" + e["production"]["line_number"].fillna("?")
    digits = slips["carats"].astype("float64")
    work = slips.assign(day=day)
    values = pd.DataFrame({
        "price": slips["residual"],
        "raw_price": slips["price"],
        "weight": slips["weight"],
        "mean_weight": slips["mean_weight"],
        "large": slips["large"],
        "stones": _log(slips["stones"]),
        "round_tenth": (digits % 10 == 0).astype("float64"),
        "round_carat": (digits % 100 == 0).astype("float64"),
        "same_weight": _count(work, ["buyer_id", "quarter", "carats"]),
        "slips_of_seller": _count(work, ["seller_id", "quarter"]),
        "slips_of_buyer": _count(work, ["buyer_id", "quarter"]),
        "slips_of_day": _count(work, ["buyer_id", "day"]),
        "slips_of_pair": _count(work, ["seller_id", "buyer_id"]),
        "large_of_buyer": slips["large"].groupby([slips["buyer_id"], slips["quarter"]]).transform("mean"),
        "large_of_pair": slips["large"].groupby([slips["buyer_id"], slips["seller_id"]]).transform("mean"),
        "buyers_of_seller": _count(work, ["seller_id", "quarter"], "buyer_id"),
        "sites_of_seller": _count(work, ["seller_id", "quarter"], "mine_site_id"),
        "sites_of_seller_day": _count(work, ["seller_id", "day"], "mine_site_id"),
        "buyers_of_site": _count(work, ["mine_site_id", "quarter"], "buyer_id"),
        "carats_of_seller": _log(slips["carats"].astype("float64").groupby([slips["seller_id"], slips["quarter"]])
                                 .transform("sum")),
        "far": slips["far"],
        "seller_far": slips["seller_far"],
        "other_place": (slips["purchase_place_resolved"] != slips["zone"]).astype("float64"),
        "no_line": (~lines.isin(set(known.dropna()))).astype("float64"),
        **_journeys(e, slips),
    })  # fmt: skip
    values.index = pd.Index(slips["slip_number"], name="subject_id")
    group = slips["zone"].fillna("?") + "|" + slips["quarter"].fillna("?") + "|" + slips["size_class"].fillna("?")
    return Features(values, pd.Series(group.to_numpy(), index=values.index))


def _certificates(e: Evidence) -> pd.DataFrame:
    shipments = issued(e).drop_duplicates("certificate_number").reset_index(drop=True)
    return shipments.assign(
        quarter=quarter_of(shipments["issue_date"]), price=_log(shipments["value_usd"]) - _log(shipments["carats"])
    )


def _of_certificates(e: Evidence, certificates: pd.DataFrame) -> Features:
    number = certificates["certificate_number"]
    parcels = e["parcel"].drop_duplicates(["certificate_number", "parcel_number"])
    parcel = parcels["certificate_number"] + "/" + parcels["parcel_number"]
    large = _large_share(e, "parcel", parcel).groupby(parcels["certificate_number"])
    stones = parcels["stones"].astype("float64").groupby(parcels["certificate_number"]).sum(min_count=1)
    sources = e["parcel_source"]
    slips = e["purchase"].drop_duplicates("slip_number").set_index("slip_number")
    taken = sources["carats"].astype("float64")
    lined = _looked_up(sources["slip_number"], slips["register_number"]).notna().astype("float64")
    in_time = _looked_up(sources["slip_number"], slips["purchase_date"])
    paid = _looked_up(sources["slip_number"], slips["price_xaf"]).astype("float64")
    weighed = _looked_up(sources["slip_number"], slips["carats"]).astype("float64")
    by = sources["certificate_number"]
    total = taken.groupby(by).sum()
    photos = e["document"][e["document"]["sha256"].notna()]
    lodged = photos.groupby("sha256")["certificate_number"].nunique()
    twice = photos["sha256"].map(lodged).groupby(photos["certificate_number"]).max()
    age = (certificates["issue_date"] - _looked_up(number, in_time.groupby(by).median())).dt.days
    exporter = certificates["exporter_id"]
    bought = number.map(_ratio((paid / weighed * taken).groupby(by).sum(), total))
    values = pd.DataFrame({
        "price": certificates["price"],
        "price_in_quarter": _against(certificates["price"], certificates["quarter"]),
        "price_over_purchase": certificates["price"] - _log(bought),
        "weight": _log(certificates["carats"]),
        "mean_weight": _log(certificates["carats"]) - _log(number.map(stones)),
        "large": number.map(large.max()),
        "large_least": number.map(large.min()),
        "parcels": certificates["parcel_count"].astype("float64"),
        "sourced": number.map(total) / certificates["carats"].astype("float64"),
        "lined": number.map(_ratio((taken * lined).groupby(by).sum(), total)),
        "slips": number.map(sources.groupby("certificate_number").size()),
        "age": age,
        "photo_lodged": number.map(twice).fillna(1.0),
        "of_exporter": _count(certificates, ["exporter_id", "quarter"]),
        "exporter_price": _against(certificates["price"], exporter),
        "of_importer": _count(certificates, ["importer_name", "quarter"]),
    }).astype("float64")  # fmt: skip
    values.index = pd.Index(number, name="subject_id")
    return Features(values, pd.Series(certificates["quarter"].to_numpy(), index=values.index))


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0)


def _of_quarters(e: Evidence, slips: pd.DataFrame, certificates: pd.DataFrame) -> Features:
    subjects = actor_quarters(e)
    actors = e["actor"].drop_duplicates("actor_id").set_index("actor_id")
    key = [subjects["actor_id"], subjects["period"]]
    index = pd.MultiIndex.from_arrays(key)
    sold, bought, exported = (
        frame.groupby([frame[who], frame["quarter"]])
        for frame, who in ((slips, "seller_id"), (slips, "buyer_id"), (certificates, "exporter_id"))
    )

    def of(series: pd.Series) -> pd.Series:
        return pd.Series(series.reindex(index).to_numpy("float64", na_value=np.nan), index=subjects.index)

    weeks = slips["purchase_date"].dt.isocalendar().week.astype("float64")
    side = pd.Series(slips["carats"].astype("float64") % 50 == 0, index=slips.index).astype("float64")
    by_seller, by_buyer = ([slips[who], slips["quarter"]] for who in ("seller_id", "buyer_id"))
    bought_price = of(_log(bought["price_xaf"].sum()) - _log(bought["carats"].sum()))
    exported_price = of(_log(exported["value_usd"].sum()) - _log(exported["carats"].sum()))
    values = pd.DataFrame({
        "price": of(bought["residual"].mean()).fillna(of(sold["residual"].mean())),
        "sold_slips": of(sold.size()),
        "sold_carats": _log(of(sold["carats"].sum())),
        "sold_weeks": of(weeks.groupby(by_seller).nunique()),
        "sold_spread": of(slips["weight"].groupby(by_seller).std()),
        "sold_round": of(side.groupby(by_seller).mean()),
        "sold_buyers": of(sold["buyer_id"].nunique()),
        "sold_large": of(sold["large"].mean()),
        "bought_slips": _log(of(bought.size())),
        "bought_carats": _log(of(bought["carats"].sum())),
        "bought_weeks": of(weeks.groupby(by_buyer).nunique()),
        "bought_sellers": of(bought["seller_id"].nunique()),
        "bought_round": of(side.groupby(by_buyer).mean()),
        "bought_large": of(bought["large"].mean()),
        "bought_mean_weight": of(bought["mean_weight"].mean()),
        "exported_certificates": of(exported.size()),
        "exported_carats": _log(of(exported["carats"].sum())),
        "exported_importers": of(exported["importer_name"].nunique()),
        "export_over_purchase": exported_price - bought_price,
        **{f"shared_{name}": subjects["actor_id"].map(_sharing(actors[name])).astype("float64")
           for name in ("address", "phone", "manager", "owner")},
        "age": (pd.PeriodIndex(subjects["period"], freq="Q").end_time.normalize().to_series(index=subjects.index)
                - _looked_up(subjects["actor_id"], actors["registered_on"])).dt.days,
    })  # fmt: skip
    before = values[["bought_slips", "bought_carats", "bought_large", "price"]].groupby(subjects["actor_id"]).shift()
    for name in before:
        values[f"change_{name}"] = values[name] - before[name]
    values.index = pd.Index(subjects["subject_id"], name="subject_id")
    group = _looked_up(subjects["actor_id"], actors["kind"]).astype("str").fillna("?") + "|" + subjects["period"]
    return Features(values.astype("float64"), pd.Series(group.to_numpy(), index=values.index))


def _sharing(values: pd.Series) -> pd.Series:
    """How many actors have the same value; 1 where unknown."""
    return values.map(values.value_counts()).fillna(1.0)
