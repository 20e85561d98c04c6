"""The eleven kinds of the monthly return, from what happened."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import columns as c
from carmonitor.simulation import parameters as p
from carmonitor.simulation.numbering import Papers, licences
from carmonitor.simulation.people import HOUSE
from carmonitor.simulation.work import Work

RESORTED = 0.02  # sigma of the weight by which a stone of a parcel is sorted anew
LATE = 0.02  # slips, not exported in their month, that come with the return of the month after
MAP_CHANGED = int(np.datetime64("2021-01-21").astype(int))
LARGE, REST = "710231", "710210"


def make_tables(w: Work, papers: Papers) -> dict[str, pd.DataFrame]:
    """Kind → frame with all fields of the kind and ``period``, the month of the return that carries the row."""
    purchase = _purchase(w, papers)
    period = purchase["period"]
    return {
        "purchase": purchase,
        "purchase_source": _purchase_source(w, papers, period),
        **_transfers(w, papers),
        "production": _production(w, papers),
        "parcel": _parcel(w, papers),
        "parcel_source": _parcel_source(w, papers),
        "assortment": _assortment(w, papers, period),
    }


def sent_with(w: Work, days: np.ndarray, late: np.ndarray | None = None) -> pd.Series:
    """The month of the return that carries papers of these days: their own, where ``late`` the next."""
    month = np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(int)
    first = np.datetime64(w.settings.start, "M").astype(int)
    delayed = month - first + (0 if late is None else late)
    return c.taken(w.settings.periods, np.clip(delayed, 0, w.settings.months - 1).astype(int))


def _late(w: Work, papers: Papers) -> np.ndarray:
    """Slips that come a month late. What a certificate of their own month needs is sent in time."""
    s = papers.slips
    rng = w.settings.stream("late papers")
    n = len(w.sales)
    exported_on = np.full(n + len(w.trips), w.last + 400)
    np.minimum.at(exported_on, w.uses["lot"].to_numpy(), w.exports["day"].to_numpy()[w.uses["export"]])
    sale, trip = s["sale"].to_numpy(), s["trip"].to_numpy()
    resale = np.where(trip >= 0, n + trip, sale)
    first_use = np.minimum(exported_on[np.where(sale >= 0, sale, resale)], exported_on[resale])
    same = first_use.astype("datetime64[D]").astype("datetime64[M]") <= s["told"].to_numpy().astype(
        "datetime64[D]"
    ).astype("datetime64[M]")
    late: np.ndarray = (rng.random(len(s)) < LATE * w.settings.noise) & ~same
    return late


def actor_names(w: Work, papers: Papers) -> pd.Series:
    """The name of each actor. Nobody real."""
    kind = np.array(["Artisan Exemple", "Collecteur Exemple", "Bureau d'achat Exemple"])[w.actors["kind"]]
    number = papers.actor_ids.str.rpartition("-")[2]
    return pd.Series(kind, dtype="str") + " " + number + f" {p.LABEL}"


def price_level(w: Work, papers: Papers) -> np.ndarray:
    """What share of the export value each slip pays."""
    to_house = w.actors["kind"].to_numpy()[papers.slips["buyer"]] == HOUSE
    first_sale = np.where(to_house, p.DIRECT, p.FIRST_SALE)
    level: np.ndarray = np.where(papers.slips["sale"] < 0, p.RESALE, first_sale)
    return level


def _purchase(w: Work, papers: Papers) -> pd.DataFrame:
    s = papers.slips
    day, zone, line = s["day"].to_numpy(), s["zone"].to_numpy(), s["line"].to_numpy()
    month = w.market.at(day)
    usd = s["usd"] * w.market.drift[month] * price_level(w, papers) * s["factor"]
    xaf = usd * np.exp(w.actors["habit"].to_numpy()[s["buyer"]]) * w.market.xaf_per_usd[month] / 1_000_000
    price = np.maximum(np.rint(xaf / 100) * 100, 100).astype(np.int64)
    names = actor_names(w, papers)
    before, after = [z.before for z in p.ZONES], [z.after for z in p.ZONES]
    stones = np.bincount(w.stones["sale"][w.stones["sale"] >= 0], minlength=len(w.sales))
    count = np.where(s["sale"] >= 0, stones[s["sale"]], 0)
    by_trip = _stones_of_trips(w)
    count = np.where(s["sale"] < 0, by_trip[s["trip"]] if len(by_trip) else 0, count)
    lined = line >= 0
    claimed = s["claimed"].to_numpy()
    number = np.where(lined, papers.line_numbers[line], claimed)
    miner = np.where(number > 0, s["seller"].to_numpy(), -1)
    return c.frame(
        "purchase",
        {
            "slip_number": papers.slip_numbers,
            "booklet_number": c.numbered("CB-", s["booklet"].to_numpy() + 1, 5),
            "purchase_date": c.dates(day),
            "buyer_id": c.taken(papers.actor_ids, s["buyer"].to_numpy()),
            "buyer_licence": licences(w, papers.actor_ids, s["buyer"].to_numpy(), day),
            "seller_id": c.taken(papers.actor_ids, s["seller"].to_numpy()),
            "seller_name": c.taken(names, s["seller"].to_numpy()),
            "seller_licence": licences(w, papers.actor_ids, s["seller"].to_numpy(), day),
            "origin_subprefecture": c.taken(list(p.PLACES), zone),
            "mine_site_id": c.taken(w.sites["mine_site_id"], s["site"].to_numpy()),
            "stones": count,
            "carats": s["weight"].to_numpy(),
            "price_xaf": price,
            "prefecture": c.taken([*before, *after], zone + len(p.ZONES) * (day >= MAP_CHANGED)),
            "purchase_place": c.taken(list(p.PLACES), s["place"].to_numpy()),
            "register_number": c.where(number > 0, _registers(papers, miner)),
            "line_number": c.numbered("", np.where(number > 0, number, -1), 1),
        },
        period=sent_with(w, s["told"].to_numpy(), _late(w, papers)),
    )


def _stones_of_trips(w: Work) -> np.ndarray:
    trip = w.sales["trip"].to_numpy()[w.stones["sale"].to_numpy()]
    known = (w.stones["sale"].to_numpy() >= 0) & (trip >= 0)
    known &= w.sales["declared"].to_numpy()[w.stones["sale"].to_numpy()]
    counts = np.bincount(trip[known], minlength=len(w.trips))
    if len(w.extra):
        counts = counts + np.bincount(w.extra["trip"], minlength=len(w.trips))
    return counts


def _registers(papers: Papers, miner: np.ndarray) -> pd.Series:
    return "CP-" + c.taken(papers.actor_ids.str.rpartition("-")[2], miner)


def _purchase_source(w: Work, papers: Papers, period: pd.Series) -> pd.DataFrame:
    sales = w.sales[w.sales["declared"] & (w.sales["trip"] >= 0)]
    lot = len(w.sales) + sales["trip"].to_numpy()
    resale = papers.slip_of_lot[lot]
    source = papers.slip_of_lot[sales.index.to_numpy()]
    held = resale >= 0
    resale, source = resale[held], source[held]
    order = np.lexsort((source, resale))
    resale, source = resale[order], source[order]
    return c.frame(
        "purchase_source",
        {
            "slip_number": c.taken(papers.slip_numbers, resale),
            "source_slip_number": c.taken(papers.slip_numbers, source),
            "carats": papers.slips["weight"].to_numpy()[source],
        },
        period=c.taken(period, resale),
    )


def _transfers(w: Work, papers: Papers) -> dict[str, pd.DataFrame]:
    names = actor_names(w, papers)
    sales = w.sales[w.sales["declared"] & (w.sales["trip"] >= 0)]
    weights = w.sale_weights()
    place = np.full(len(w.trips), -1)
    place[papers.trips] = np.arange(len(papers.trips))
    bag = np.bincount(sales["trip"], weights[sales.index], minlength=len(w.trips))
    trips = w.trips.iloc[papers.trips]
    period = sent_with(w, trips["told"].to_numpy())
    items = sales.assign(at=place[sales["trip"]]).sort_values("at", kind="stable")
    at = items["at"].to_numpy()
    sheets = c.taken(papers.sheet_numbers, papers.trips)
    return {
        "transfer": c.frame(
            "transfer",
            {
                "sheet_number": sheets,
                "bag_seal": c.numbered("SI-", 400_000 + np.arange(len(trips)) * 3, 7),
                "carrier": c.taken(names, trips["carrier"].to_numpy()),
                "from_place": c.taken(list(p.PLACES), trips["zone"].to_numpy()),
                "to_place": "Bangui",
                "departed_on": c.dates(trips["depart"].to_numpy()),
                "arrived_on": c.dates(trips["arrive"].to_numpy()),
                "carats": np.rint(bag[papers.trips]).astype(np.int64),
            },
            period=period,
        ),
        "transfer_item": c.frame(
            "transfer_item",
            {
                "sheet_number": c.taken(sheets, at),
                "slip_number": c.taken(papers.slip_numbers, papers.slip_of_lot[items.index.to_numpy()]),
                "carats": weights[items.index],
            },
            period=c.taken(period, at),
        ),
    }


def _production(w: Work, papers: Papers) -> pd.DataFrame:
    lines = w.lines
    miner, day = lines["miner"].to_numpy(), lines["day"].to_numpy()
    line = w.stones["line"].to_numpy()
    stones = np.bincount(line[line >= 0], minlength=len(lines))
    carats = np.rint(np.bincount(line[line >= 0], w.stones["weight"].to_numpy()[line >= 0], minlength=len(lines)))
    order = np.lexsort((papers.line_numbers, miner))
    return c.frame(
        "production",
        {
            "register_number": _registers(papers, miner[order]),
            "line_number": c.numbered("", papers.line_numbers[order], 1),
            "miner_id": c.taken(papers.actor_ids, miner[order]),
            "licence_number": licences(w, papers.actor_ids, miner[order], day[order]),
            "mine_site_id": c.taken(w.sites["mine_site_id"], lines["site"].to_numpy()[order]),
            "subprefecture": c.taken(list(p.PLACES), lines["zone"].to_numpy()[order]),
            "produced_on": c.dates(day[order]),
            "stones": stones[order],
            "carats": (carats + lines["extra"].to_numpy()).astype(np.int64)[order],
        },
        period=sent_with(w, day[order]),
    )


def export_usd(w: Work) -> np.ndarray:
    """The declared value of each stone that is exported, USD."""
    exports = w.exports
    factor = exports["value"].to_numpy() * w.market.drift[w.market.at(exports["day"].to_numpy())]
    usd: np.ndarray = w.usd(w.exported) * factor[w.exported["export"]]
    return usd


def parcels_of(w: Work) -> pd.DataFrame:
    """Parcels: export, parcel, weight (hundredths), stones, cents (US)."""
    stones = w.exported.assign(usd=export_usd(w), stones=1)
    found = stones.groupby(["export", "parcel"], as_index=False)[["weight", "stones", "usd"]].sum()
    return found.assign(cents=np.rint(found["usd"] * 100).astype(np.int64)).drop(columns="usd")


def _parcel(w: Work, papers: Papers) -> pd.DataFrame:
    parcels = parcels_of(w)
    export = parcels["export"].to_numpy()
    small = (w.settings.stream("codes").random(len(parcels)) < 0.7).astype(int)
    return c.frame(
        "parcel",
        {
            "certificate_number": c.taken(papers.certificates, export),
            "parcel_number": c.numbered("", parcels["parcel"].to_numpy(), 1),
            "hs_code": c.taken([REST, LARGE], small),
            "stones": parcels["stones"].to_numpy(),
            "carats": parcels["weight"].to_numpy(),
            "value_usd": parcels["cents"].to_numpy(),
        },
        period=c.months(w.exports["day"].to_numpy()[export]),
    )


def _parcel_source(w: Work, papers: Papers) -> pd.DataFrame:
    uses = w.uses.sort_values(["export", "parcel", "lot"])
    export = uses["export"].to_numpy()
    return c.frame(
        "parcel_source",
        {
            "certificate_number": c.taken(papers.certificates, export),
            "parcel_number": c.numbered("", uses["parcel"].to_numpy(), 1),
            "slip_number": c.taken(papers.slip_numbers, papers.slip_of_lot[uses["lot"]]),
            "carats": uses["weight"].to_numpy(),
        },
        period=c.months(w.exports["day"].to_numpy()[export]),
    )


def _assortment(w: Work, papers: Papers, period: pd.Series) -> pd.DataFrame:
    first_resale = len(papers.slips)
    sale = w.stones["sale"].to_numpy()
    sold = w.stones[(sale >= 0) & w.sales["declared"].to_numpy()[sale]]
    of_sale = papers.slip_of_lot[sold["sale"]]
    trip = w.sales["trip"].to_numpy()[sold["sale"]]
    of_resale = np.where(trip >= 0, papers.slip_of_lot[len(w.sales) + trip], -1)
    again = of_resale >= 0
    beyond = papers.slip_of_lot[len(w.sales) + w.extra["trip"].to_numpy()] if len(w.extra) else np.zeros(0, np.int64)
    weights = sold["weight"].to_numpy()
    slip, size, stones, carats = _profiles(
        np.concatenate([of_sale, of_resale[again], beyond]),
        np.concatenate([weights, weights[again], w.extra["weight"].to_numpy() if len(w.extra) else beyond]),
        first_resale,
    )
    parcels = parcels_of(w)
    number = pd.Series(np.arange(len(parcels)), index=pd.MultiIndex.from_frame(parcels[["export", "parcel"]]))
    of_parcel = number.reindex(pd.MultiIndex.from_frame(w.exported[["export", "parcel"]])).to_numpy(dtype=np.int64)
    weighed = w.exported["weight"].to_numpy()
    parcel, p_size, p_stones, p_carats = _profiles(of_parcel, weighed, len(parcels), _sorted_anew(w, weighed))
    export = parcels["export"].to_numpy()
    names = c.joined("/", c.taken(papers.certificates, export), c.numbered("", parcels["parcel"].to_numpy(), 1))
    months = c.months(w.exports["day"].to_numpy()[export])
    return c.frame(
        "assortment",
        {
            "subject_kind": c.taken(["parcel", "purchase"], np.repeat([0, 1], [len(parcel), len(slip)])),
            "subject_id": pd.concat([c.taken(names, parcel), c.taken(papers.slip_numbers, slip)], ignore_index=True),
            "size_class": c.taken(list(p.SIZE_CLASSES), np.concatenate([p_size, size])),
            "stones": np.concatenate([p_stones, stones]),
            "carats": np.concatenate([p_carats, carats]),
        },
        period=pd.concat([c.taken(months, parcel), c.taken(period, slip)], ignore_index=True),
    )


def _sorted_anew(w: Work, weights: np.ndarray) -> np.ndarray:
    """What decides the class of each stone when a parcel is sorted in Bangui: near the edge of a class it may fall to
    either side."""
    rng = w.settings.stream("sorting")
    seen: np.ndarray = weights * np.exp(rng.normal(0, RESORTED * w.settings.noise, len(weights)))
    return seen


def _profiles(
    subject: np.ndarray, weights: np.ndarray, subjects: int, seen: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Subject, size class, stones and hundredths of every class that a subject has stones of. ``seen``: the weights
    by which they are sorted, where these are others."""
    classes = len(p.SIZE_CLASSES)
    key = subject * classes + np.searchsorted(p.EDGES, weights if seen is None else seen, side="right")
    stones = np.bincount(key, minlength=subjects * classes)
    carats = np.rint(np.bincount(key, weights, minlength=subjects * classes)).astype(np.int64)
    held = np.flatnonzero(stones)
    return held // classes, held % classes, stones[held], carats[held]
