"""Where papers say that things happened, and how far apart that is. Straight lines only: no road is shorter.

Positions are longitude and latitude in degrees, distances whole or broken kilometres as floats, NaN where a position is
not known. A mine lies where the site register says, a place where the gazetteer says; both may be some kilometres off,
and the detectors' limits leave room for that.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from carmonitor.framework.common import lacking, lookup, reasons
from carmonitor.framework.custody import is_resale
from carmonitor.records.evidence import Evidence

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
EARTH_RADIUS_KM = 6371.0


def km_between(lon: object, lat: object, other_lon: object, other_lat: object) -> Floats:
    """Great-circle distance in km (haversine formula), element by element; NaN where any coordinate is."""
    a, b, c, d = (np.radians(np.asarray(x, dtype="float64")) for x in (lon, lat, other_lon, other_lat))
    h = np.sin((d - b) / 2) ** 2 + np.cos(b) * np.cos(d) * np.sin((c - a) / 2) ** 2
    return cast(Floats, 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def km_to_nearest(lon: object, lat: object, points: list[list[float]]) -> Floats:
    """Distance in km from each position to the nearest of some points ([lon, lat]); NaN where there is none."""
    lon, lat = np.asarray(lon, dtype="float64"), np.asarray(lat, dtype="float64")
    if not points or not len(lon):
        return np.full(len(lon), np.nan)
    there = np.asarray(points, dtype="float64")
    return cast(Floats, km_between(lon[:, None], lat[:, None], there[:, 0], there[:, 1]).min(axis=1))


def sites(e: Evidence) -> pd.DataFrame:
    """Mines of the site register whose position is known, index ``mine_site_id`` (unique). Cached; read-only.

    Columns: lon, lat (degrees), subprefecture (pre-2021; null when unknown), crew_size (Int64), ref. Of rows that
    share an id the first is taken.
    """
    return e.cached("located_sites", _sites)


def _sites(e: Evidence) -> pd.DataFrame:
    rows = e["mine_site"].sort_values("ref").dropna(subset=["longitude", "latitude"]).drop_duplicates("mine_site_id")
    return pd.DataFrame(
        {
            "lon": rows["longitude"].to_numpy("float64"),
            "lat": rows["latitude"].to_numpy("float64"),
            "subprefecture": e.gazetteer.subprefectures(rows["subprefecture_resolved"]).to_numpy(),
            "crew_size": rows["crew_size"].array,
            "ref": rows["ref"].to_numpy("int64"),
        },
        index=pd.Index(rows["mine_site_id"].astype("object"), name="mine_site_id"),
    )


def places_at(e: Evidence, resolved: pd.Series) -> pd.DataFrame:
    """``lon`` and ``lat`` of resolved place names, same index; NaN where the gazetteer does not say."""
    codes, names = pd.factorize(resolved)
    unknown = (np.nan, np.nan)
    at = np.array([*(e.gazetteer.position(name) or unknown for name in names), unknown])[codes]  # null is the last
    return pd.DataFrame({"lon": at[:, 0], "lat": at[:, 1]}, index=resolved.index)


def slips_at_sites(e: Evidence) -> pd.DataFrame:
    """Every slip once per record, with the place of its mine. Cached; read-only.

    Columns of ``purchase``, then lon, lat (of the mine; NaN when unknown) and ``unplaced``: why the mine's position is
    not known (blank, not supplied, site not in the register, register never loaded), ``""`` where it is; ``resale``.
    """
    return e.cached("slips_at_sites", _slips_at_sites)


def _slips_at_sites(e: Evidence) -> pd.DataFrame:
    slips, known = e["purchase"], sites(e)
    site = slips["mine_site_id"].astype("object")
    lon, lat = lookup(site, known["lon"]), lookup(site, known["lat"])
    blank = lacking(e, slips, "purchase", "mine_site_id")
    unplaced = reasons(
        slips.index,
        (blank != "", blank),
        (pd.Series(not e.held("mine_site"), index=slips.index), "never_loaded:mine_site"),
        (lon.isna(), "not_held:mine_site"),
    )
    return slips.assign(lon=lon, lat=lat, unplaced=unplaced, resale=is_resale(e, slips["slip_number"]))
