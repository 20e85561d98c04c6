"""F20: exporters who are new or tiny and send to one consignee (fraud.md §4, case C14)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from carmonitor.detection.papers import not_over, quarter_day, shifted
from carmonitor.detection.price import quarter_of
from carmonitor.framework.checks import Params, detector
from carmonitor.framework.common import checked, issued, lacking, lookup, month_of, reasons, together
from carmonitor.framework.lineage import lineage
from carmonitor.records.columns import within
from carmonitor.records.evidence import Evidence
from carmonitor.records.names import fold_names

_SHOWN = ["exporter", "quarter", "registered_on", "age_months", "certificates", "year_certificates", "year_carats",
          "share_percent", "consignee", "consignee_percent"]  # fmt: skip


@detector(
    "F20", exporter="", quarter="", registered_on="date", age_months="count", certificates="count",
    year_certificates="count", year_carats="ct", share_percent="percent", consignee="", consignee_percent="percent",
)  # fmt: skip
def new_or_tiny_exporters(e: Evidence, p: Params) -> pd.DataFrame:
    """Exporters registered lately, or very small, whose exports go to one consignee.

    Subject: ``exporter@YYYY-Qn``; day: the quarter's last. Over the four quarters that end with it: carats, their share
    of all exports, and the share of the consignee who got most (importer_name; spellings that differ in case, accents
    or legal form are one). ``new``: registered less than ``new_months`` months before the quarter's end; ``tiny``: less
    than ``tiny_percent`` % of all exports. Fires where the exporter is new or tiny and one consignee got more than
    ``one_consignee_percent`` %, or is new and tiny.
    Parts: ``new``, ``tiny``. Score: one each for new, tiny and one consignee; half a point of it is how young he is.
    Not evaluated: a blank exporter, day, weight or consignee, an exporter in no register, a registration day that is
    not known (unless he is tiny), a quarter that is not over. Source: fraud.md §4 F20.
    """
    c = issued(e).drop_duplicates("certificate_number")
    blank = lacking(e, c, "shipment", "exporter_id", "issue_date")
    stray, c = c[blank != ""].assign(missing=blank[blank != ""]), c[blank == ""]
    c = c.assign(quarter=quarter_of(c["issue_date"]), why=lacking(e, c, "shipment", "carats", "importer_name"))
    last4 = pd.concat([c.assign(quarter=shifted(c["quarter"], k)) for k in range(4)], ignore_index=True)
    key = ["exporter_id", "quarter"]
    year = last4.groupby(key).agg(
        year_carats=("carats", "sum"), year_certificates=("certificate_number", "nunique"), why=("why", "max")
    )
    whole = last4.groupby("quarter")["carats"].sum()
    last4 = last4.assign(consignee=fold_names(last4["importer_name"]))
    to = last4.groupby([*key, "consignee"]).agg(to=("carats", "sum"), importer_name=("importer_name", "min"))
    to = to.reset_index().sort_values([*key, "to", "consignee"], ascending=[True, True, False, True])
    to = to.drop_duplicates(key)
    g = c.groupby(key).agg(certificates=("certificate_number", "nunique"), refs=("ref", lineage))
    g = g.join(year).join(to.set_index(key)).reset_index()
    actors = e["actor"].sort_values("ref").drop_duplicates("actor_id").set_index("actor_id")
    day = quarter_day(g["quarter"])
    registered = lookup(g["exporter_id"], actors["registered_on"])
    age = (day.dt.year - registered.dt.year) * 12 + (day.dt.month - registered.dt.month)
    share: pd.Series = g["year_carats"].astype("float64") / np.maximum(g["quarter"].map(whole).astype("float64"), 1)
    one: pd.Series = g["to"].astype("float64") / np.maximum(g["year_carats"].astype("float64"), 1)
    new = (age < int(p["new_months"])).fillna(False)
    tiny = share * 100 < float(p["tiny_percent"])
    single = one * 100 > float(p["one_consignee_percent"])
    missing = reasons(
        g.index,
        (pd.Series(not e.held("actor"), index=g.index), "never_loaded:actor"),
        (~within(g["exporter_id"], actors.index.to_series()), "unknown_actor:exporter_id"),
        (g["why"] != "", g["why"].astype("str")),
        (not_over(e, g["quarter"]), "quarter_open"),
        (registered.isna() & ~(tiny & single), "blank:registered_on"),
    )
    youth = np.clip(1 - age.astype("float64") / float(p["new_months"]), 0, 1).fillna(0.0)
    told = checked(
        g["exporter_id"] + "@" + g["quarter"],
        day,
        ((new | tiny) & single) | (new & tiny),
        missing,
        part=pd.Series("tiny", index=g.index, dtype="str").mask(new, "new"),
        score=(new * 1.0 + tiny * 1.0 + single * 1.0 + youth / 2).round(6),
        exporter=g["exporter_id"],
        quarter=g["quarter"],
        registered_on=registered,
        age_months=age.astype("Int64"),
        certificates=g["certificates"].astype("Int64"),
        year_certificates=g["year_certificates"].astype("Int64"),
        year_carats=g["year_carats"].astype("Int64"),
        share_percent=(share * 10_000).round().astype("Int64"),
        consignee=g["importer_name"].astype("str"),
        consignee_percent=(one * 10_000).round().astype("Int64"),
        refs=g["refs"],
        ref_actor=lookup(g["exporter_id"], actors["ref"]),
    )
    strays = checked(
        stray["certificate_number"], stray["issue_date"], False, stray["missing"], subject_kind="certificate",
        ref=stray["ref"], period=month_of(stray["return_id"]), **dict.fromkeys(["part", "score", *_SHOWN]),
    )  # fmt: skip
    return together(told, strays)
