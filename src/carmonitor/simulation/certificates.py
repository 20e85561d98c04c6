"""Certificates, the papers lodged with them, the cover of each return, and what importing authorities answer."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import columns as c
from carmonitor.simulation import parameters as p
from carmonitor.simulation.numbering import Papers
from carmonitor.simulation.pictures import picture, sha256
from carmonitor.simulation.tables import actor_names, parcels_of
from carmonitor.simulation.work import Work

LEVY_PERCENT = 4
VALID_DAYS = 59
SIGNATORIES = ("J. Exemple-Ndoma (synthétique)", "M. Exemple-Yakité (synthétique)")
LOST_PICTURES, WEIGHED_AGAIN, LATE_ANSWERS = 0.012, 0.025, 0.012  # of certificates


def signed_from(w: Work) -> int:
    """The day on which the second signatory takes over."""
    return w.first + (w.last - w.first) * 5 // 9


def make_certificates(w: Work, papers: Papers) -> dict[str, pd.DataFrame]:
    """Kind → frame for shipment, document, return_declaration (each with ``period``) and import_confirmation; beside
    them ``photographs``: certificate_number, file_name, scene, shot."""
    shipment = _shipments(w, papers)
    photographs = _photographs(w, papers)
    return {
        "shipment": shipment,
        "document": _documents(w, papers, photographs),
        "return_declaration": _declarations(w, shipment),
        "import_confirmation": _confirmations(w, papers, shipment),
        "photographs": photographs,
    }


def submitted(w: Work) -> np.ndarray:
    """The day each month's return is sent: between the 8th and the 14th; once in a world too late."""
    rng = w.settings.stream("submitted")
    due = (
        (np.array(w.settings.periods, dtype="datetime64[M]") + np.timedelta64(1, "M"))
        .astype("datetime64[D]")
        .astype(int)
    )
    day = due + rng.integers(7, 14, len(due))
    if w.settings.noise and len(due) >= 6:
        late = rng.integers(2, len(due))
        day[late] = due[late] + rng.integers(15, 20)
    result: np.ndarray = day
    return result


def _shipments(w: Work, papers: Papers) -> pd.DataFrame:
    rng = w.settings.stream("shipments")
    e = w.exports
    n = len(e)
    parcels = parcels_of(w).groupby("export")[["weight", "cents"]].sum()
    day = e["day"].to_numpy()
    exported = day + rng.integers(1, 5, n)
    valued = day - rng.integers(1, 4, n)
    cents = parcels["cents"].to_numpy()
    rate = w.market.xaf_per_usd[w.market.at(day)] / 1_000_000
    importers = [name for name, _ in p.DESTINATIONS.values()]
    country = e["country"].to_numpy()
    columns = {
        "certificate_number": papers.certificates,
        "issue_date": c.dates(day),
        "expiry_date": c.dates(day + VALID_DAYS),
        "issuing_authority": p.AUTHORITY,
        "signatory": c.taken(list(SIGNATORIES), (day >= signed_from(w)).astype(int)),
        "exporter_id": c.taken(papers.actor_ids, e["house"].to_numpy()),
        "exporter_name": c.taken(actor_names(w, papers), e["house"].to_numpy()),
        "importer_name": c.taken(importers, country),
        "destination_country": c.taken(list(p.DESTINATIONS), country),
        "origin_country": "CF",
        "parcel_count": e["parcels"].to_numpy(),
        "carats": parcels["weight"].to_numpy(),
        "value_usd": cents,
        "seal_number": "SC-" + papers.certificates.str[2:],
        "export_date": c.dates(exported),
        "valuation_number": "BEC-" + papers.certificates.str[2:],
        "valuation_date": c.dates(valued),
        "valuation_usd": cents,
        "levy_xaf": np.rint(cents / 100 * LEVY_PERCENT / 100 * rate).astype(np.int64),
        "status": "issued",
    }
    issued = c.frame("shipment", columns, period=c.months(day))
    spoilt = issued.iloc[papers.voids].assign(
        certificate_number=c.numbered("CF", papers.certificate_digits[papers.voids] - 1, 7).to_numpy(),
        status="void", export_date=None, levy_xaf=None,
    )  # fmt: skip
    both = pd.concat([issued, spoilt.astype(dict(issued.dtypes))], ignore_index=True)
    return both.sort_values("certificate_number", ignore_index=True)


def _photographs(w: Work, papers: Papers) -> pd.DataFrame:
    count = w.exports["parcels"].to_numpy()
    export = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(export)) - np.repeat(np.cumsum(count) - count, count) + 1
    certificate = c.taken(papers.certificates, export)
    name = c.joined("", certificate, c.numbered("_photo_", number, 1))
    lost = w.settings.stream("pictures").random(len(count)) < LOST_PICTURES * w.settings.noise
    keep = ~(lost[export] & (number == 1))
    shots = pd.DataFrame(
        {"certificate_number": certificate, "file_name": name + ".png", "scene": f"{w.settings.seed} " + name,
         "shot": 0, "export": export}
    )  # fmt: skip
    kept: pd.DataFrame = shots[keep].reset_index(drop=True)
    return kept


def _documents(w: Work, papers: Papers, photographs: pd.DataFrame) -> pd.DataFrame:
    day = w.exports["day"].to_numpy()
    n = len(day)
    sent = submitted(w)
    first = np.datetime64(w.settings.start, "M").astype(int)
    lodged_by_month = np.minimum(
        sent,
        (np.array(w.settings.periods, "datetime64[M]") + np.timedelta64(1, "M")).astype("datetime64[D]").astype(int)
        + 13,
    )
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(int) - first
    lodged = lodged_by_month[month]
    of = np.concatenate([np.arange(n), np.arange(n), photographs["export"].to_numpy()])
    kind = np.repeat([0, 1, 2], [n, n, len(photographs)])
    sums = [sha256(picture(s, t)) for s, t in zip(photographs["scene"], photographs["shot"], strict=True)]
    names = pd.concat(
        [papers.certificates + "_copie.pdf", papers.certificates + "_colisage.pdf", photographs["file_name"]],
        ignore_index=True,
    )
    order = np.lexsort((np.arange(len(of)), of))
    return c.frame(
        "document",
        {
            "certificate_number": c.taken(papers.certificates, of[order]),
            "file_name": c.taken(names, order),
            "kind": c.taken(["certificate_copy", "packing_list", "photograph"], kind[order]),
            "sha256": c.taken(pd.Series([None] * (2 * n) + sums, dtype="str"), order),
            "lodged_on": c.dates(lodged[of[order]]),
        },
        period=c.months(day[of[order]]),
    )


def _declarations(w: Work, shipment: pd.DataFrame) -> pd.DataFrame:
    periods = w.settings.periods
    issued = shipment[shipment["status"] == "issued"]
    sums = issued.groupby("period")[["carats", "value_usd"]].sum().reindex(periods, fill_value=0)
    count = shipment.groupby("period").size().reindex(periods, fill_value=0)
    return c.frame(
        "return_declaration",
        {
            "period": pd.Series(periods, dtype="str"),
            "sender": p.SENDER,
            "submitted_on": c.dates(submitted(w)),
            "nil_return": count.to_numpy() == 0,
            "certificate_count": count.to_numpy(),
            "total_carats": sums["carats"].to_numpy(dtype=np.int64),
            "total_value_usd": sums["value_usd"].to_numpy(dtype=np.int64),
        },
    )


def _confirmations(w: Work, papers: Papers, shipment: pd.DataFrame) -> pd.DataFrame:
    rng = w.settings.stream("confirmations")
    s = shipment.set_index("certificate_number").loc[papers.certificates.tolist()].reset_index()
    n = len(s)
    noise = w.settings.noise
    arrived = s["export_date"].to_numpy().astype("datetime64[D]").astype(int) + rng.integers(2, 8, n)
    late = rng.random(n) < LATE_ANSWERS * noise
    confirmed = arrived + np.where(late, rng.integers(62, 80, n), rng.integers(1, 15, n))
    weight = s["carats"].to_numpy(dtype=np.int64)
    off = (rng.random(n) < WEIGHED_AGAIN * noise) * np.sign(rng.random(n) - 0.7)
    weight = weight + (off * np.maximum(np.floor(weight * rng.uniform(0.0001, 0.0009, n)), 0)).astype(np.int64)
    value = np.rint(s["value_usd"].to_numpy(dtype=np.int64) * rng.uniform(0.985, 1.03, n)).astype(np.int64)
    return c.frame(
        "import_confirmation",
        {
            "certificate_number": s["certificate_number"],
            "importing_country": s["destination_country"],
            "received_on": c.dates(arrived),
            "confirmed_on": c.dates(confirmed),
            "importer_name": s["importer_name"],
            "exporter_name": s["exporter_name"],
            "parcel_count": s["parcel_count"],
            "carats": weight,
            "value_usd": value,
            "outcome": "accepted",
        },
    )
