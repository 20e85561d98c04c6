"""What several rule files need: issued certificates, reasons for not checking, register spans, exact percentages."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from carmonitor.records.columns import as_arrow, each, each_text, is_text
from carmonitor.records.evidence import Evidence


def issued(e: Evidence) -> pd.DataFrame:
    """Shipment rows of issued certificates, all history, by ``ref``; a blank status is issued (docs/decisions)."""
    return e.cached("issued", lambda e: e["shipment"][is_issued(e["shipment"])].sort_values("ref", ignore_index=True))


def is_issued(shipment: pd.DataFrame) -> pd.Series:
    """True where a shipment row is neither void nor replaced. Bool, no nulls."""
    return shipment["status"].isna() | (shipment["status"] == "issued")


def of_issued(e: Evidence, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``frame`` that hang on a certificate, without those of void or replaced ones.

    Adds ``issue_date`` and ``ref_certificate`` of the first row of that number; null when the certificate is not held.
    Rows of a certificate that is not held stay: nothing says that it was not issued.
    """
    shipment = e["shipment"]
    first = issued(e).drop_duplicates("certificate_number").set_index("certificate_number")
    number = frame["certificate_number"]
    kept = frame[among(number, first.index.to_series()) | ~among(number, shipment["certificate_number"])]
    return kept.assign(
        issue_date=lookup(kept["certificate_number"], first["issue_date"]),
        ref_certificate=lookup(kept["certificate_number"], first["ref"]),
    ).reset_index(drop=True)


def without_parcels(e: Evidence) -> pd.DataFrame:
    """Issued certificates whose parcels are not all known; ``missing`` says why. Columns of ``shipment``.

    Rules about parcels tell them as certificates that could not be checked: no packing list was supplied, or a line of
    it is in quarantine. (A packing list without a line of the certificate is D-01's.)
    """
    c = issued(e).drop_duplicates("certificate_number")
    number = c["certificate_number"]
    missing = reasons(
        c.index,
        (quarantined(e, "parcel", "certificate_number", number, c["return_id"]), "in_quarantine:parcel"),
        (
            ~among(number, e["parcel"]["certificate_number"])
            & unsupplied(e, c["return_id"], "parcel", "certificate_number"),
            "not_supplied:parcel",
        ),
    )
    return c.assign(missing=missing)[missing != ""]


def unseen_parcels(e: Evidence) -> pd.DataFrame:
    """:func:`without_parcels` as rows of a checked frame, for :func:`together`."""
    c = without_parcels(e)
    return checked(
        c["certificate_number"], c["issue_date"], False, c["missing"], subject_kind="certificate", ref=c["ref"]
    )


def checked(
    subject_id: pd.Series, day: pd.Series, fires: pd.Series | bool, missing: pd.Series | None = None, **columns: Any
) -> pd.DataFrame:
    """The checked frame of framework/checks.py. Where ``missing`` gives a reason, ``fires`` becomes null.

    ``missing``: str, ``""`` or null = the row could be checked. A null in ``fires`` without a reason is refused by the
    engine. ``columns``: part, key, severity, ref…, evidence; scalars are broadcast.
    """
    frame = pd.DataFrame({"subject_id": subject_id, "day": day}).assign(fires=fires, **columns)
    frame["fires"] = frame["fires"].astype("boolean")
    if missing is not None:
        frame["missing"] = missing.fillna("").astype("str")
        frame["fires"] = frame["fires"].mask(frame["missing"] != "")
    return frame


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """Several checked frames as one. What a part does not have is null there; dtypes are those of the parts that do."""
    told = {column: _dtype_of([f[column] for f in frames if column in f]) for column in _all_columns(frames)}
    filled = [frame for frame in frames if len(frame)] or [frames[0]]
    return pd.concat([_with_columns(frame, told) for frame in filled], ignore_index=True)


def _dtype_of(parts: list[pd.Series]) -> Any:
    """The dtype of the first part that says something, else of the first that has rows."""
    return max(parts, key=lambda values: (bool(values.notna().any()), len(values) > 0)).dtype


def _with_columns(frame: pd.DataFrame, dtypes: dict[str, Any]) -> pd.DataFrame:
    nothing = {c: frame[c].isna().all() if c in frame else True for c in dtypes}
    blank = {c: pd.Series(None, index=frame.index, dtype=_nullable(dtypes[c])) for c, none in nothing.items() if none}
    return frame.assign(**blank)[list(dtypes)]


def _nullable(dtype: Any) -> Any:
    return {"int64": "Int64", "bool": "boolean"}.get(str(dtype), dtype)


def reasons(index: pd.Index, *cases: tuple[pd.Series, str | pd.Series]) -> pd.Series:
    """The first reason whose condition holds, else ``""``. Conditions: bool, no nulls. Str dtype."""
    first = np.full(len(index), -1)  # the case that tells each row's reason
    for at, (condition, _) in reversed(list(enumerate(cases))):
        first[condition.to_numpy(dtype=bool)] = at
    texts: list[str | None] = [""]
    codes = np.zeros(len(index), dtype="int64")  # the text of each row; rows with a reason are few, and texts very few
    for at, (_, reason) in enumerate(cases):
        rows = np.flatnonzero(first == at)
        if isinstance(reason, str):
            codes[rows] = len(texts)
            texts.append(reason)
        else:
            own, found = pd.factorize(reason.iloc[rows], use_na_sentinel=False)
            codes[rows] = own + len(texts)
            texts += [None if pd.isna(text) else text for text in found]
    return pd.Series(pd.array(texts, dtype="str").take(codes), index=index)


def lacking(e: Evidence, frame: pd.DataFrame, kind: str, *columns: str) -> pd.Series:
    """Why fields of ``frame`` (rows of ``kind``) cannot be used: not supplied, or blank; ``""`` where all can be."""
    cases: list[tuple[pd.Series, str | pd.Series]] = []
    for column in columns:
        null = frame[column].isna()
        unsupplied = null & ~e.supplied(kind, column, frame["return_id"])
        cases += [(unsupplied, f"not_supplied:{column}"), (null, f"blank:{column}")]
    return reasons(frame.index, *cases)


def unsupplied(e: Evidence, return_id: pd.Series, kind: str, column: str) -> pd.Series:
    """True where the return did not supply this kind with this column. Bool, no nulls."""
    return ~e.supplied(kind, column, return_id)


def quarantined(
    e: Evidence, kind: str, field_name: str, values: pd.Series, homes: pd.Series | None = None
) -> pd.Series:
    """True where a quarantined row of ``kind`` bears this key, so that absence proves nothing. Bool, no nulls.

    ``homes``: the return of each value, for papers that belong in one return: a quarantined row of that return in which
    the key could not be read may be the one looked for (:func:`returns_unread`).
    """
    hit = among(values, pd.Series(list(e.in_quarantine(kind, field_name)), dtype="str"))
    return hit if homes is None else hit | homes.isin(returns_unread(e, kind, field_name))


def among(values: pd.Series, others: pd.Series) -> pd.Series:
    """``values.isin(others)`` for long text columns, by hash: on ``str`` columns pandas 3 loops in Python."""
    if not is_text(values) or not is_text(others):
        return values.astype("object").isin(others.astype("object"))
    found = pc.is_in(as_arrow(values), value_set=as_arrow(others))
    return pd.Series(found.to_numpy(zero_copy_only=False), index=values.index)


def month_of(return_id: pd.Series) -> pd.Series:
    """``SPPK@2021-03`` → ``2021-03``; null for what belongs to no month. Str dtype."""
    return each(return_id, _month)


def _month(return_id: pd.Series) -> pd.Series:
    return return_id.astype("str").str.extract(r"@(\d{4}-\d{2})$", expand=False).astype("str")


def written(days: pd.Series, form: str) -> pd.Series:
    """Days in a form of ``strftime``; null stays null. Str dtype."""
    return each(days, lambda distinct: distinct.dt.strftime(form).astype("str"))


def last_day(month: pd.Series) -> pd.Series:
    """``2021-03`` → 2021-03-31; null stays null. datetime64[us]."""
    return each(month, _month_end)


def _month_end(month: pd.Series) -> pd.Series:
    first = pd.to_datetime(month, format="%Y-%m")
    return (first + pd.offsets.MonthEnd(0)).astype("datetime64[us]")


def due_day(month_end: pd.Series, day_of_month: int) -> pd.Series:
    """The day of the following month on which a month's return is due, inclusive."""
    return month_end + pd.Timedelta(days=day_of_month)


def covered(values: pd.Series, days: pd.Series, register: pd.DataFrame, columns: tuple[str, str, str]) -> pd.Series:
    """True where a register row with this value covers the day; both ends inclusive, a blank end is open.

    ``columns``: the register's value, first day and last day. A null value or day is covered by nothing. Bool.
    """
    value, start, end = columns
    of_value, names = pd.factorize(values)
    of_day, dates = pd.factorize(days)
    whole = (of_value >= 0) & (of_day >= 0)
    of_pair, pairs = pd.factorize(of_value[whole] * len(dates) + of_day[whole])  # rows are many, pairs often few
    asked = pd.DataFrame({
        "value": pd.Series(names, dtype=values.dtype).take(pairs // max(len(dates), 1)).array,
        "day": pd.Series(dates, dtype=days.dtype).take(pairs % max(len(dates), 1)).array,
        "at": range(len(pairs)),
    })  # fmt: skip
    known = register[[value, start, end]].rename(columns={value: "value"})
    found = asked.merge(known, on="value")
    inside = (found[start].isna() | (found[start] <= found["day"])) & (found[end].isna() | (found["day"] <= found[end]))
    told = np.zeros(len(pairs), dtype=bool)
    told[found.loc[inside, "at"]] = True
    result = np.zeros(len(values), dtype=bool)
    result[whole] = told[of_pair]
    return pd.Series(result, index=values.index)


def as_participant(e: Evidence, country: pd.Series, days: pd.Series) -> pd.Series:
    """The KP participant a country belonged to on a day: ``EU`` for its members then, else the country itself."""
    members = e["kp_participant"].dropna(subset="part_of")
    result = country.copy()
    for union, rows in members.groupby("part_of"):
        result = result.mask(covered(country, days, rows, ("country", "valid_from", "valid_to")), str(union))
    return result


def lookup(keys: pd.Series, table: pd.Series) -> pd.Series:
    """What a table (unique index) says of each key, null where nothing; its dtype is kept, whole numbers as Int64."""
    if str(table.dtype) == "int64":
        table = table.astype("Int64")
    if is_text(keys) and is_text(table.index):
        found = pc.index_in(as_arrow(keys), value_set=as_arrow(table.index))
        return table.reset_index(drop=True).reindex(found.fill_null(-1).to_numpy()).set_axis(keys.index)
    wanted = pd.Index(keys.fillna(-1).astype("int64") if str(keys.dtype) == "Int64" else keys)  # no label is negative
    return table.reindex(wanted).set_axis(keys.index)


def exceeds(difference: pd.Series, base: pd.Series, percent: object) -> pd.Series:
    """Whether |difference| is more than ``percent`` % of ``base``, in whole numbers; exactly at the limit is not."""
    share = Fraction(str(percent)) / 100
    return difference.abs() * share.denominator > base * share.numerator


def _all_columns(frames: tuple[pd.DataFrame, ...]) -> list[str]:
    return list(dict.fromkeys(column for frame in frames for column in frame.columns))


def lacking_returns(e: Evidence, days: pd.Series, months: int, kind: str = "shipment") -> pd.Series:
    """The first month, of those that end with the month of each day, that some sender has not reported; ``""`` if none.

    Every expected sender must have reported (any sender, where none is expected): a sheet of ``kind`` or a nil return.
    A null day lacks nothing.
    """
    told = told_by(e, kind)
    anyone = {home.rpartition("@")[2] for home in told}
    last = written(days, "%Y-%m")
    first_gap: dict[str, str] = {}
    for end in last.dropna().unique():
        number = int(end[:4]) * 12 + int(end[5:]) - 1
        asked = [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(number - months + 1, number + 1)]
        senders = e.expected_senders
        held = [all(f"{s}@{m}" in told for s in senders) if senders else m in anyone for m in asked]
        first_gap[end] = asked[held.index(False)] if False in held else ""
    return each_text(last, first_gap.get).fillna("")


def told_by(e: Evidence, kind: str) -> set[str]:
    """The returns that report on a kind: with a sheet of it, or as a nil return."""
    cover = e["return_declaration"]
    nil = cover.loc[cover["nil_return"].fillna(False).astype(bool), "return_id"]
    return {*e.sources.loc[e.sources["kind"] == kind, "return_id"], *nil}


def returns_in_quarantine(e: Evidence, kind: str) -> set[str]:
    """The returns (``sender@period``) that have a row of this kind in quarantine, readable or not."""
    return set(e.sources.loc[(e.sources["kind"] == kind) & (e.sources["quarantined"] > 0), "return_id"])


def returns_unread(e: Evidence, kind: str, field_name: str) -> set[str]:
    """The returns that have a quarantined row of this kind in which this key could not be read: it may be any number.

    For kinds of returns only: of confirmations and registers nobody can say whether a later row put such a row right.
    """
    sheets = e.sources[(e.sources["kind"] == kind) & (e.sources["quarantined"] > 0)]
    keys = e.known_keys[(e.known_keys["kind"] == kind) & (e.known_keys["field"] == field_name)]
    read = (keys["ref"].drop_duplicates() // 2**32).value_counts().reindex(sheets.index).fillna(0)
    return set(sheets.loc[sheets["quarantined"] > read, "return_id"])


def year_of(days: pd.Series, return_id: pd.Series) -> pd.Series:
    """The year of each day, where it is null the year of its monthly return; null where there is neither. Str dtype."""
    year: pd.Series = written(days, "%Y").fillna(each(month_of(return_id), lambda month: month.str[:4]))
    return year.astype("str")


def quarter_end(days: pd.Series, return_id: pd.Series) -> pd.Series:
    """The last day of each day's quarter; where the day is null, of its monthly return's. datetime64[us]."""
    known = days.fillna(last_day(month_of(return_id)))
    return (known + pd.offsets.QuarterEnd(0)).astype("datetime64[us]")


def quarter_name(ends: pd.Series) -> pd.Series:
    """Last days of quarters → ``2021-Q1``; null stays null. Str dtype."""
    return each(ends, lambda days: days.dt.strftime("%Y-Q").astype("str") + days.dt.quarter.astype("str"))
