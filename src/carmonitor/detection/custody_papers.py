"""What the papers of the custody chain say, as whole-number columns ready for a flow network.

Verdicts on whether stones can have gone from one paper to another have three values: ``YES``, ``MAYBE`` (an input is
null, or a row that may change it is in quarantine) and ``NO``. Of several records of one slip one that fits is enough
and the heaviest counts, as D-09 and D-10 take them. Slips that lead to no issued certificate are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from carmonitor.detection.flow_network import Bools, Ints, by_node, reach, spread
from carmonitor.framework.common import issued, lacking, lookup, of_issued, quarantined
from carmonitor.framework.custody import gaps
from carmonitor.framework.groups import few, lines
from carmonitor.framework.rules.licences import seller_licences
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence

NO, MAYBE, YES = 0, 1, 2
UNLICENSED = ("seller_unlisted", "seller_not_that_day")  # the parts of L-01 that close a slip
DAYS = 2**20  # more than the calendar has; the first and the last stand for "may be any day"
_OF_PURCHASE = [
    "slip_number", "purchase_date", "buyer_id", "seller_id", "carats", "register_number", "line_number",
    "audit_reference", "origin_subprefecture", "origin_subprefecture_resolved", "return_id", "ref",
]  # fmt: skip

Texts = pd.Index


@dataclass(frozen=True)
class Links:
    """Which slip went into which parcel, or which earlier slip into which resale, once each.

    ``source``, ``into``: codes; ``carats``: hundredths, the rows of one link together; ``blank``: one of them has no
    weight; ``verdict``: whether dates and parties allow it.
    """

    source: Ints
    into: Ints
    carats: Ints
    blank: Bools
    verdict: Ints


@dataclass(frozen=True)
class Papers:
    """The papers upstream of issued certificates.

    ``certificates``: one row each, in order of their numbers' first row: certificate_number, issue_date, carats (the
    lightest row), ref, return_id, ``missing`` (why it cannot be judged), ``gap`` (why its slips are not all known),
    ``day`` and ``exporter`` (codes, -1 unknown). ``parcels``: position = code; name, ``certificate`` (code), carats
    (null: blank), ``listed``. ``records``: purchase rows with codes ``slip``, ``seller``, ``buyer`` (-1 null), ``day``
    (-1 null), ``licensed``, ``withheld`` (another row of the slip is in quarantine), ``crowded`` and ``left_out``
    (:func:`few`; all bool). ``slips``, ``actors``: code → name. ``first_row``: of each slip the position of the record
    with the lowest ``ref``, -1 where none is held.
    """

    certificates: pd.DataFrame
    parcels: pd.DataFrame
    records: pd.DataFrame
    packed: Links
    resold: Links
    slips: Texts
    actors: Texts
    first_row: Ints


def read(e: Evidence) -> Papers:
    """Gather the papers of the evidence."""
    certificates = _certificates(e)
    packed, resold = of_issued(e, lines(e, "parcel_source")), lines(e, "purchase_source")
    packed = packed[within(packed["certificate_number"], certificates["certificate_number"])]
    purchase = e["purchase"][_OF_PURCHASE].reset_index(drop=True)
    numbers = [purchase["slip_number"], packed["slip_number"], resold["slip_number"], resold["source_slip_number"]]
    (slip, in_parcel, into, source), slips = coded(*numbers)
    used = reach(in_parcel, into, source, len(slips))
    resold, into, source = resold[used[into]], into[used[into]], source[used[into]]
    records = purchase[used[slip]]
    (seller, buyer, exporter, _, _), actors = coded(
        records["seller_id"], records["buyer_id"], certificates["exporter_id"],
        e["production"]["miner_id"], e["stock_declaration"]["actor_id"],
    )  # fmt: skip
    certificates = certificates.assign(day=day_number(certificates["issue_date"]), exporter=exporter)
    compared = few(records, "slip_number")
    records = records.assign(
        slip=slip[used[slip]],
        seller=seller,
        buyer=buyer,
        day=day_number(records["purchase_date"]),
        licensed=_licensed(e)[used[slip]],
        withheld=quarantined(e, "purchase", "slip_number", records["slip_number"]),
        crowded=records["slip_number"].isin(compared.loc[compared["crowded"], "slip_number"]),
        left_out=~records["ref"].isin(compared["ref"]),
    )
    parcels, parcel = _parcels(e, certificates, packed)
    return Papers(
        certificates, parcels, records,
        _packed(records, certificates, parcels, in_parcel, parcel, packed["carats"], len(slips)),
        _resold(records, source, into, resold["carats"], len(slips)),
        slips, actors, _first_rows(records, len(slips)),
    )  # fmt: skip


def coded(*columns: pd.Series) -> tuple[list[Ints], Texts]:
    """Text columns as codes into one list of names; null is -1."""
    codes, names = pd.factorize(pd.concat(columns, ignore_index=True))
    ends = np.cumsum([len(c) for c in columns])[:-1]
    return [part.astype(np.int64) for part in np.split(codes, ends)], pd.Index(names)


def day_number(days: pd.Series) -> Ints:
    """Days as whole numbers between 1 and ``DAYS`` - 2; null is -1."""
    number = days.to_numpy("datetime64[D]").astype(np.int64) + DAYS // 4
    return np.where(days.isna().to_numpy(), -1, np.clip(number, 1, DAYS - 2))


def whole(weights: pd.Series, blank: int) -> Ints:
    """Weights in hundredths, null as ``blank``."""
    return weights.fillna(blank).to_numpy("int64")


def same(one: Ints, other: Ints) -> Ints:
    """Whether two parties are one; MAYBE where either is not known."""
    return np.where((one < 0) | (other < 0), MAYBE, np.where(one == other, YES, NO))


def not_after(day: Ints, other: Ints) -> Ints:
    """Whether a day is not after another; MAYBE where either is not known."""
    return np.where((day < 0) | (other < 0), MAYBE, np.where(day <= other, YES, NO))


def best(verdict: Ints, group: Ints, size: int, default: int) -> Ints:
    """The best verdict of each group; ``default`` for a group without any."""
    result = np.full(size, -1, dtype=np.int64)
    np.maximum.at(result, group, verdict)
    return np.where(result < 0, default, result)


def _certificates(e: Evidence) -> pd.DataFrame:
    rows = issued(e)
    least = rows.groupby("certificate_number")["carats"].min()
    c = rows.drop_duplicates("certificate_number", ignore_index=True)
    c = c.assign(carats=lookup(c["certificate_number"], least))
    why = gaps(e).drop_duplicates("certificate_number").set_index("certificate_number")["missing"]
    missing = lacking(e, c, "shipment", "issue_date", "carats")
    return c.assign(missing=missing, gap=lookup(c["certificate_number"], why).fillna("").astype("str"))


def _parcels(e: Evidence, certificates: pd.DataFrame, packed: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Parcels of the packing lists and those that sources name; and the code of the parcel of each source row."""
    listed = of_issued(e, e["parcel"])
    listed = listed[within(listed["certificate_number"], certificates["certificate_number"])]
    names = [frame["certificate_number"] + "/" + frame["parcel_number"] for frame in (listed, packed)]
    (on_list, of_source), all_names = coded(*names)
    heaviest = listed["carats"].groupby(on_list).max().reindex(range(len(all_names))).astype("Int64")
    number = pd.concat([listed["certificate_number"], packed["certificate_number"]], ignore_index=True)
    both = np.concatenate([on_list, of_source])
    owner = np.zeros(len(all_names), dtype=np.int64)
    owner[both] = pd.Index(certificates["certificate_number"]).get_indexer(pd.Index(number))
    held = np.isin(np.arange(len(all_names)), on_list)
    weights = heaviest.array
    return pd.DataFrame({"name": all_names, "certificate": owner, "carats": weights, "listed": held}), of_source


def _licensed(e: Evidence) -> Bools:
    """Per row of ``purchase``: False where L-01 shows that the seller had no valid licence that day."""
    told = seller_licences(e)
    broken = told["fires"].fillna(False).astype(bool) & told["part"].isin(UNLICENSED)
    return ~broken.to_numpy(dtype=bool)


def _packed(
    records: pd.DataFrame, certificates: pd.DataFrame, parcels: pd.DataFrame, source: Ints, into: Ints,
    weights: pd.Series, size: int,
) -> Links:  # fmt: skip
    source, into, carats, blank = _summed(source, into, weights, size)
    certificate = parcels["certificate"].to_numpy()[into]
    issued_on, exporter = (certificates[name].to_numpy()[certificate] for name in ("day", "exporter"))
    row, link = _records_of(records, source, size)
    day, buyer, open_ = (records[name].to_numpy()[row] for name in ("day", "buyer", "licensed"))
    verdict = np.minimum(not_after(day, issued_on[link]), same(buyer, exporter[link]))
    verdict = best(np.where(open_, verdict, NO), link, len(source), YES)
    return Links(source, into, carats, blank, np.maximum(verdict, _withheld(records, source, size)))


def _resold(records: pd.DataFrame, source: Ints, into: Ints, weights: pd.Series, size: int) -> Links:
    source, into, carats, blank = _summed(source, into, weights, size)
    earlier, link = _records_of(records, source, size)
    later, pair = _records_of(records, into[link], size)
    earlier, link = earlier[pair], link[pair]
    day, buyer, seller, open_ = (records[name].to_numpy() for name in ("day", "buyer", "seller", "licensed"))
    verdict = np.minimum(not_after(day[earlier], day[later]), same(buyer[earlier], seller[later]))
    verdict = best(np.where(open_[earlier] & open_[later], verdict, NO), link, len(source), YES)
    hidden = np.maximum(_withheld(records, source, size), _withheld(records, into, size))
    return Links(source, into, carats, blank, np.maximum(verdict, hidden))


def _first_rows(records: pd.DataFrame, size: int) -> Ints:
    slip = records["slip"].to_numpy()
    order = np.lexsort((records["ref"].to_numpy("int64"), slip))[::-1]
    rows = np.full(size, -1, dtype=np.int64)
    rows[slip[order]] = order  # of several the last counts
    return rows


def _withheld(records: pd.DataFrame, slips: Ints, size: int) -> Ints:
    """MAYBE where another row of the slip is in quarantine, or the slip has very many rows; else NO."""
    hidden = np.full(size, NO, dtype=np.int64)
    unseen = records["withheld"] | records["crowded"]
    hidden[records["slip"].to_numpy()[unseen.to_numpy(dtype=bool)]] = MAYBE
    return hidden[slips]


def _summed(source: Ints, into: Ints, weights: pd.Series, size: int) -> tuple[Ints, Ints, Ints, Bools]:
    keys, at = np.unique(into * size + source, return_inverse=True)
    carats, blank = np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=bool)
    np.add.at(carats, at, whole(weights, 0))
    blank[at[weights.isna().to_numpy(dtype=bool)]] = True
    return keys % size if size else keys, keys // size if size else keys, carats, blank


def _records_of(records: pd.DataFrame, slips: Ints, size: int) -> tuple[Ints, Ints]:
    """The records of each slip that are compared (:func:`few`): position of the record, position in ``slips``."""
    kept = np.flatnonzero(~records["left_out"].to_numpy(dtype=bool))
    order, first = by_node(records["slip"].to_numpy()[kept], size)
    at, owner = spread(first, slips)
    return kept[order[at]], owner
