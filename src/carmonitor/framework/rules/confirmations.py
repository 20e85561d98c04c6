"""M-04 to M-06: what the importing authorities confirm, beside what was certified (framework.md §3, §5 and §8)."""

from __future__ import annotations

import pandas as pd

from carmonitor.framework.checks import Params, rule
from carmonitor.framework.common import (
    as_participant,
    checked,
    exceeds,
    issued,
    lacking,
    month_of,
    quarantined,
    reasons,
    together,
)
from carmonitor.framework.numbers import written_otherwise
from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence
from carmonitor.records.names import fold_names


def confirmed(e: Evidence) -> pd.DataFrame:
    """Each import confirmation beside its issued certificate (columns ``_i`` and ``_c`` where names are shared).

    ``same``: True where the confirming country is the certified destination, members of the EU counting as EU on the
    issue date; null where the destination, or the day a membership hangs on, is not known. Cached; read-only.
    """
    return e.cached("confirmed", _confirmed)


def _confirmed(e: Evidence) -> pd.DataFrame:
    pairs = issued(e).merge(e["import_confirmation"], on="certificate_number", suffixes=("_c", "_i"))
    equal = pairs["destination_country"] == pairs["importing_country"]
    country = as_participant(e, pairs["destination_country"], pairs["issue_date"])
    other = as_participant(e, pairs["importing_country"], pairs["issue_date"])
    known = pairs["issue_date"].notna() & e.held("kp_participant")
    same = (equal | (country == other)).astype("boolean").mask(~equal & ~known)
    return pairs.assign(same=same.mask(pairs["destination_country"].isna()))


def one_side(c: pd.DataFrame, *columns: str) -> pd.Series:
    """``blank:…`` for the first of these columns that is null; the field's own name is told without its suffix."""
    blank = [(c[column].isna(), f"blank:{column.removesuffix('_c').removesuffix('_i')}") for column in columns]
    return reasons(c.index, *blank)


def _accepted(e: Evidence) -> pd.DataFrame:
    """Confirmations that accept the goods, from the destination; ``unclear``: why that cannot be told of a row."""
    c = confirmed(e)
    c = c[c["outcome"].isna() | (c["outcome"] == "accepted")]
    c = c[c["same"].fillna(True).astype(bool)]
    destination = reasons(
        c.index,
        (c["destination_country"].isna(), "blank:destination_country"),
        (c["same"].isna() & c["issue_date"].isna(), "blank:issue_date"),
        (c["same"].isna(), "never_loaded:kp_participant"),
    )
    outcome = one_side(c, "outcome")
    return c.assign(unclear=outcome.where(outcome != "", destination))


def _sides(c: pd.DataFrame, *columns: str) -> pd.Series:
    return c["unclear"].where(c["unclear"] != "", one_side(c, *columns))


@rule("M-04", days="count", answer="text", country="text", sent_on="date", confirmed_on="date")
def confirmation_received(e: Evidence, p: Params) -> pd.DataFrame:
    """The destination confirms each issued certificate's goods: a warning after 60 days, an error after 90.

    Subject: certificate. Parts: ``missing`` (days since export_date, else issue_date, up to as_of; where no destination
    is stated any confirmation counts), ``refused`` and ``seized`` (an error at once), ``us_late`` (information: the
    United States confirmed more than 15 days after arrival). Of goods that left, for ``us_late`` arrived, before
    ``monitoring_from`` no confirmation is demanded. Not evaluated while no confirmation was ever held, or where one
    is held whose number differs by leading zeros only.
    """
    return together(_missing(e, p), _turned_away(e), _american(e, p))


def _missing(e: Evidence, p: Params) -> pd.DataFrame:
    c = issued(e)
    pairs = confirmed(e)
    satisfied = pairs.loc[pairs["same"].fillna(True).astype(bool), "ref_c"]
    sent = c["export_date"].fillna(c["issue_date"])
    demanded = _demanded(e, sent)
    c, sent = c[demanded], sent[demanded]
    number = c["certificate_number"]
    days = (pd.Timestamp(e.as_of) - sent).dt.days.astype("Int64")
    held = c["ref"].isin(satisfied)
    nothing = pd.Series(not e.held("import_confirmation"), index=c.index)
    undated = lacking(e, c, "shipment", "issue_date").where(sent.isna() & ~held, "")
    missing = reasons(
        c.index,
        (nothing, "not_held:import_confirmation"),
        (undated != "", undated),
        (
            ~held & quarantined(e, "import_confirmation", "certificate_number", number),
            "in_quarantine:import_confirmation",
        ),
        (
            ~held & written_otherwise(number, e["import_confirmation"]["certificate_number"]),
            "written_otherwise:certificate_number",
        ),
    )
    error = (days > int(p["error_after_days"])).fillna(False).astype(bool)
    return checked(
        number,
        c["issue_date"],
        ~held & (days > int(p["warning_after_days"])).fillna(False),
        missing,
        part="missing",
        severity=reasons(c.index, (error, "E"), (~error, "W")),
        period=month_of(c["return_id"]),
        days=days,
        answer=None,
        country=c["destination_country"],
        sent_on=sent,
        confirmed_on=pd.NaT,
        ref=c["ref"],
    )


def _demanded(e: Evidence, since: pd.Series) -> pd.Series:
    """True where a duty that arose on this day is demanded; on a null day too. Bool, no nulls."""
    began = pd.Series(e.monitoring_from or pd.NaT, index=since.index, dtype="datetime64[us]")
    return ~(since < began)


def _turned_away(e: Evidence) -> pd.DataFrame:
    c = confirmed(e)
    return checked(
        c["certificate_number"],
        c["issue_date"],
        c["outcome"].isin(["refused", "seized"]),
        one_side(c, "outcome"),
        part=reasons(c.index, ((c["outcome"] == "seized"), "seized"), ((c["outcome"] != "seized"), "refused")),
        key=c["importing_country"],
        severity="E",
        period=month_of(c["return_id_c"]),
        days=pd.NA,
        answer=c["outcome"],
        country=c["importing_country"],
        sent_on=c["received_on"],
        confirmed_on=c["confirmed_on"],
        ref=c["ref_c"],
        ref_confirmation=c["ref_i"],
    )


def _american(e: Evidence, p: Params) -> pd.DataFrame:
    c = confirmed(e)
    c = c[(c["importing_country"] == "US") & _demanded(e, c["received_on"])]
    days = (c["confirmed_on"] - c["received_on"]).dt.days.astype("Int64")
    return checked(
        c["certificate_number"],
        c["issue_date"],
        (days > int(p["us_days"])).fillna(False),
        one_side(c, "received_on", "confirmed_on"),
        part="us_late",
        key=c["importing_country"],
        severity="I",
        period=month_of(c["return_id_c"]),
        days=days,
        answer=c["outcome"],
        country=c["importing_country"],
        sent_on=c["received_on"],
        confirmed_on=c["confirmed_on"],
        ref=c["ref_c"],
        ref_confirmation=c["ref_i"],
    )


@rule("M-05", country="text", certified="text", confirmed="text", rows="count")
def confirmation_matches(e: Evidence, _p: Params) -> pd.DataFrame:
    """An accepting confirmation from the destination states the certificate's parcels, importer and exporter.

    Subject: certificate, per confirming country. Parts: ``parcels`` (E), ``importer`` and ``exporter`` (W; compared
    without case, accents, punctuation and legal form), ``duplicate`` (E: two differing rows of one key). A part is not
    evaluated where one side, the outcome or the destination is null.
    """
    c = _accepted(e)
    sides = (
        ("parcels", "parcel_count_c", "parcel_count_i", "E"),
        ("importer", "importer_name_c", "importer_name_i", "W"),
        ("exporter", "exporter_name_c", "exporter_name_i", "W"),
    )
    frames = []
    for part, left, right, severity in sides:
        named = part != "parcels"
        unequal = fold_names(c[left]) != fold_names(c[right]) if named else c[left] != c[right]
        frames.append(
            checked(
                c["certificate_number"],
                c["issue_date"],
                unequal,
                _sides(c, left, right),
                part=part,
                key=c["importing_country"],
                severity=severity,
                period=month_of(c["return_id_c"]),
                country=c["importing_country"],
                certified=c[left].astype("str"),
                confirmed=c[right].astype("str"),
                rows=pd.NA,
                ref=c["ref_c"],
                ref_confirmation=c["ref_i"],
            )
        )
    return together(*frames, _twice(e))


def _twice(e: Evidence) -> pd.DataFrame:
    content = list(KINDS["import_confirmation"].model_fields)
    different = e["import_confirmation"].drop_duplicates(content)
    key = ["certificate_number", "importing_country"]
    rows = (
        different[different.duplicated(key, keep=False)].groupby(key)["ref"].agg(rows="size", refs=list).reset_index()
    )
    c = issued(e).merge(rows, on="certificate_number")
    return checked(
        c["certificate_number"],
        c["issue_date"],
        True,
        part="duplicate",
        key=c["importing_country"],
        severity="E",
        period=month_of(c["return_id"]),
        country=c["importing_country"],
        certified=None,
        confirmed=None,
        rows=c["rows"],
        ref=c["ref"],
        refs=c["refs"],
    )


@rule("M-06", country="text", exported_carats="ct", confirmed_carats="ct", exported_value="USD", confirmed_value="USD")
def weight_and_value_confirmed(e: Evidence, p: Params) -> pd.DataFrame:
    """An accepting confirmation from the destination states the certificate's weight (ct) and, roughly, value (USD).

    Subject: certificate, per confirming country. Part ``carats``: the difference relative to the exported weight; 0
    passes, up to ``tolerance_percent`` is a warning, above an error. Part ``value``: above ``value_percent`` a warning.
    A part is not evaluated where one side, the outcome or the destination is null.
    """
    c = _accepted(e)
    difference = c["carats_c"] - c["carats_i"]
    shown = {
        "country": c["importing_country"],
        "exported_carats": c["carats_c"],
        "confirmed_carats": c["carats_i"],
        "exported_value": c["value_usd_c"],
        "confirmed_value": c["value_usd_i"],
        "period": month_of(c["return_id_c"]),
        "key": c["importing_country"],
        "ref": c["ref_c"],
        "ref_confirmation": c["ref_i"],
    }
    large = exceeds(difference, c["carats_c"], p["tolerance_percent"]).fillna(False).astype(bool)
    carats = checked(
        c["certificate_number"],
        c["issue_date"],
        difference != 0,
        _sides(c, "carats_c", "carats_i"),
        part="carats",
        severity=reasons(c.index, (large, "E"), (~large, "W")),
        **shown,
    )
    value = checked(
        c["certificate_number"],
        c["issue_date"],
        exceeds(c["value_usd_c"] - c["value_usd_i"], c["value_usd_c"], p["value_percent"]),
        _sides(c, "value_usd_c", "value_usd_i"),
        part="value",
        severity="W",
        **shown,
    )
    return together(carats, value)
