"""The truth about a world, by the names that findings use."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.simulation import columns as c
from carmonitor.simulation.numbering import Papers
from carmonitor.simulation.settings import ACTOR_QUARTERS, CERTIFICATES, PATTERNS, PURCHASES
from carmonitor.simulation.tables import parcels_of
from carmonitor.simulation.work import CODED, PATTERN_CODES, Work, quarter_names, quarters

COLUMNS = ["board", "subject_kind", "subject_id", "period", "pattern", "carats"]


def rows(board: str, kind: str, ids: pd.Series, period: list[str], pattern: str, carats: np.ndarray) -> pd.DataFrame:
    """Labels of one pattern."""
    return pd.DataFrame(
        {"board": board, "subject_kind": kind, "subject_id": ids.to_numpy(), "period": period, "pattern": pattern,
         "carats": np.asarray(carats, dtype=np.int64)}
    ).astype(dict.fromkeys(COLUMNS[:-1], "str"))  # fmt: skip


def make_labels(w: Work, papers: Papers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labels of fraud in purchases, exports and actors' quarters; and which pattern touched which slip."""
    s = papers.slips
    names = papers.slip_numbers
    period = s["told"].to_numpy()
    parts, touched = [rows(PURCHASES, "purchase", pd.Series([], dtype="str"), [], "", np.zeros(0))], []
    for code in np.unique(s["pattern"][s["pattern"] > 0]):
        at = np.flatnonzero(s["pattern"] == code)
        touched.append(pd.DataFrame({"slip_number": names.iloc[at].to_numpy(), "pattern": CODED[code]}))
        if PATTERNS[CODED[code]].board == PURCHASES:
            when = quarter_names(quarters(period[at]))
            parts.append(rows(PURCHASES, "purchase", names.iloc[at], when, CODED[code], s["weight"].to_numpy()[at]))
    for extra in w.slip_labels:
        at = papers.slip_of_lot[extra["lot"]]
        pattern = str(extra["pattern"].iloc[0])
        when = quarter_names(quarters(period[at]))
        touched.append(pd.DataFrame({"slip_number": names.iloc[at].to_numpy(), "pattern": pattern}))
        parts.append(rows(PURCHASES, "purchase", names.iloc[at], when, pattern, extra["carats"].to_numpy()))
    weight = parcels_of(w).groupby("export")["weight"].sum().reindex(range(len(w.exports)), fill_value=0)
    for name, code in PATTERN_CODES.items():
        at = np.flatnonzero((w.exports["pattern"] == code) & (PATTERNS[name].board == CERTIFICATES))
        if len(at):
            when = quarter_names(quarters(w.exports["day"].to_numpy()[at]))
            parts.append(
                rows(CERTIFICATES, "certificate", papers.certificates.iloc[at], when, name, weight.to_numpy()[at])
            )
    for told in w.actor_labels:
        when = quarter_names(told["quarter"].to_numpy())
        ids = c.joined("@", c.taken(papers.actor_ids, told["actor"].to_numpy()), pd.Series(when, dtype="str"))
        parts.append(
            rows(ACTOR_QUARTERS, "actor_quarter", ids, when, str(told["pattern"].iloc[0]), told["carats"].to_numpy())
        )
    nobody = pd.DataFrame({"slip_number": pd.Series([], dtype="str"), "pattern": pd.Series([], dtype="str")})
    found = pd.concat([nobody, *touched], ignore_index=True).astype("str").drop_duplicates()
    return pd.concat(parts, ignore_index=True), found.sort_values(["slip_number", "pattern"], ignore_index=True)
