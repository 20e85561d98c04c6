"""The team's monthly page: what left, as certified, beside what arrived, as confirmed (framework.md §3, M-04 to M-08).

Pure functions over evidence. Sums and differences are whole numbers or decimals throughout, never binary fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from carmonitor.framework.common import exceeds, is_issued, month_of, quarantined, reasons
from carmonitor.framework.rules.confirmations import confirmed
from carmonitor.records.evidence import Evidence

RESULTS = (
    "matched", "differs", "missing", "refused", "not_evaluated", "orphan", "void", "void_confirmed",
)  # fmt: skip
"""What can be said of a line.

``matched``: accepted by the destination, and all that both sides state agrees; ``differs``: see ``differs_in``;
``missing``: no confirmation is held; ``refused``: refused or seized; ``not_evaluated``: see ``note``;
``orphan``: a confirmation of a number that no return holds; ``void``: a void or replaced certificate, without
confirmation; ``void_confirmed``: goods arrived on a void or replaced number.
"""

PAGE_COLUMNS = (
    "period", "certificate_number", "line", "status", "exporter", "destination_country", "issue_date", "export_date",
    "parcels", "carats", "value_usd", "importing_country", "received_on", "confirmed_on", "outcome",
    "confirmed_parcels", "confirmed_carats", "confirmed_value_usd", "carats_difference", "value_difference_percent",
    "age_days", "outstanding", "result", "differs_in", "note", "ref", "ref_confirmation",
)  # fmt: skip

_EXACT = {"carats": 2, "value_usd": 2, "confirmed_carats": 2, "confirmed_value_usd": 2, "carats_difference": 2}
_CENT = Decimal("0.01")


def reconciliation(evidence: Evidence, *, value_percent: object = 10) -> pd.DataFrame:
    """One line per certificate, and one more for each further confirmation of it; then orphan confirmations.

    ``period`` is the month of issue (of the return where no issue date is given; of arrival for orphans). ``line``
    counts the confirmations of a certificate from 1: add exported amounts over line 1 only. Amounts are Decimal or
    None (ct, USD); differences are confirmed minus exported, the value's in percent of the exported one (two decimals,
    None where that is nil or unknown). ``age_days``: as_of − (export_date, else issue_date), issued certificates only.
    ``outstanding``: no confirmation of the destination is held; null where that cannot be said. ``differs_in``: any of
    country, parcels, carats, value, separated by spaces; values differ when more than ``value_percent`` % apart
    (parameter of M-06). ``note``: a reason code, or ``not_compared:`` and what one side does not state.
    """
    page = pd.concat([_certificates(evidence), _orphans(evidence)], ignore_index=True)
    page = _compared(page, value_percent)
    page["result"] = _result(page)
    page["note"] = _note(page)
    page = page.sort_values(
        ["period", "result", "certificate_number", "line", "ref", "ref_confirmation"],
        key=lambda column: column == "orphan" if column.name == "result" else column,
        kind="stable",
        ignore_index=True,
    )
    for name, scale in _EXACT.items():
        page[name] = _decimals(page[name], scale)
    sides = zip(page["value_usd"], page["confirmed_value_usd"], strict=True)
    page["value_difference_percent"] = pd.Series([_percent(*side) for side in sides], page.index, dtype="object")
    return page[list(PAGE_COLUMNS)]


def subtotals(page: pd.DataFrame) -> pd.DataFrame:
    """Sums of the page by country and month, by month, by country, and over all.

    ``level``: country_month, month, country or total; ``country``: the destination (of an orphan: the country that
    confirmed), ``""`` where unknown. ``certificates``, ``carats`` and ``value_usd`` count issued certificates once;
    ``confirmed_carats`` and ``confirmed_value_usd`` count each confirmation that was not refused once, orphans and void
    numbers apart. One column per result counts lines.
    """
    groups: dict[tuple[str, str, str], dict[str, Any]] = {}
    for line in page.to_dict("records"):
        country = _country(line)
        period = _text(line["period"])
        for key in (
            ("country_month", period, country), ("month", period, ""), ("country", "", country), ("total", "", ""),
        ):  # fmt: skip
            _add(groups.setdefault(key, _nothing()), line)
    levels = ("country_month", "month", "country", "total")
    rows = [
        {"level": level, "period": period, "country": country}
        | {name: value for name, value in total.items() if name != "seen"}
        for (level, period, country), total in sorted(groups.items(), key=lambda g: (levels.index(g[0][0]), g[0][1:]))
    ]
    return pd.DataFrame(rows, columns=["level", "period", "country", *(n for n in _nothing() if n != "seen")])


def overdue(page: pd.DataFrame, *, warning_after_days: int, error_after_days: int) -> pd.DataFrame:
    """Confirmations that the destination owes, by country. The two limits are the parameters of M-04 (days).

    One row per destination (``""`` where unknown) with issued certificates: ``outstanding`` of them are not confirmed;
    these are ``in_time`` (age ≤ warning), ``late`` (≤ error), ``very_late`` (> error) or ``undated``, each counted
    once. ``late_carats`` (ct) and ``oldest_days`` speak of the late and very late ones. ``not_evaluated``: certificates
    of which it cannot be said.
    """
    first = page[(page["line"] == 1) & page["ref"].notna() & ~page["result"].isin(["void", "void_confirmed"])]
    groups: dict[str, dict[str, Any]] = {}
    for line in first.to_dict("records"):
        total = groups.setdefault(
            _country(line),
            dict.fromkeys(("outstanding", "in_time", "late", "very_late", "undated"), 0)
            | {"late_carats": Decimal(0), "oldest_days": None, "not_evaluated": 0},
        )
        if pd.isna(line["outstanding"]):
            total["not_evaluated"] += 1
        elif line["outstanding"]:
            total["outstanding"] += 1
            band = _band(line["age_days"], warning_after_days, error_after_days)
            total[band] += 1
            if band in ("late", "very_late"):
                total["late_carats"] += line["carats"] or 0
                total["oldest_days"] = max(total["oldest_days"] or 0, int(line["age_days"]))
    columns = [
        "country", "outstanding", "in_time", "late", "very_late", "undated", "late_carats", "oldest_days",
        "not_evaluated",
    ]  # fmt: skip
    table = pd.DataFrame([{"country": c, **total} for c, total in sorted(groups.items())], columns=columns)
    return table.astype({"oldest_days": "Int64"})


def _certificates(e: Evidence) -> pd.DataFrame:
    """Every shipment row with each confirmation of its number. A number in use keeps them from its void rows."""
    shipment, answers = e["shipment"], e["import_confirmation"]
    issued = is_issued(shipment)
    number = shipment["certificate_number"]
    in_use = number.isin(number[issued])
    takes = shipment.assign(issued=issued, joined=number.where(issued | ~in_use))
    pairs = takes.merge(answers, how="left", left_on="joined", right_on="certificate_number", suffixes=("_c", "_i"))
    known = confirmed(e)[["ref_c", "ref_i", "same"]]
    pairs = pairs.astype({"ref_i": "Int64"}).merge(known.astype({"ref_i": "Int64"}), "left", on=["ref_c", "ref_i"])
    answered = pairs["ref_i"].notna()
    sent = pairs["export_date"].fillna(pairs["issue_date"])
    own = pairs["issued"].astype(bool)
    satisfied = pairs.loc[answered & pairs["same"].fillna(True).astype(bool), "ref_c"]
    lost = ~answered & quarantined(e, "import_confirmation", "certificate_number", pairs["certificate_number_c"])
    unknown = reasons(
        pairs.index,
        (~own | answered, ""),
        (pd.Series(not e.held("import_confirmation"), index=pairs.index), "not_held:import_confirmation"),
        (lost, "in_quarantine:import_confirmation"),
    )
    return pd.DataFrame(
        {
            "period": pairs["issue_date"].dt.strftime("%Y-%m").fillna(month_of(pairs["return_id_c"])).astype("str"),
            "certificate_number": pairs["certificate_number_c"],
            "line": (pairs.groupby("ref_c").cumcount() + 1).astype("Int64"),
            "status": pairs["status"],
            "exporter": pairs["exporter_name_c"].fillna(pairs["exporter_id"]),
            "destination_country": pairs["destination_country"],
            "issue_date": pairs["issue_date"],
            "export_date": pairs["export_date"],
            "parcels": pairs["parcel_count_c"],
            "carats": pairs["carats_c"],
            "value_usd": pairs["value_usd_c"],
            **_answer(pairs, "_i"),
            "age_days": (pd.Timestamp(e.as_of) - sent).dt.days.astype("Int64").where(own),
            "outstanding": (~pairs["ref_c"].isin(satisfied)).astype("boolean").mask(~own | (unknown != "")),
            "ref": pairs["ref_c"].astype("Int64"),
            "ref_confirmation": pairs["ref_i"],
            "same": pairs["same"].astype("boolean"),
            "issued": own,
            "unknown": unknown,
        }
    )


def _orphans(e: Evidence) -> pd.DataFrame:
    """Confirmations of numbers that no shipment row bears."""
    answers = e["import_confirmation"]
    alone = answers[~answers["certificate_number"].isin(e["shipment"]["certificate_number"])].reset_index(drop=True)
    lost = quarantined(e, "shipment", "certificate_number", alone["certificate_number"])
    empty = {name: pd.Series(pd.NA, index=alone.index) for name in ("status", "exporter", "destination_country")}
    return pd.DataFrame(
        {
            "period": alone["received_on"].dt.strftime("%Y-%m").astype("str"),
            "certificate_number": alone["certificate_number"],
            "line": pd.Series(1, index=alone.index, dtype="Int64"),
            **{name: column.astype("str") for name, column in empty.items()},
            **{name: pd.Series(pd.NaT, alone.index, dtype="datetime64[us]") for name in ("issue_date", "export_date")},
            **{name: pd.Series(pd.NA, alone.index, dtype="Int64") for name in ("parcels", "carats", "value_usd")},
            **_answer(alone, ""),
            "age_days": pd.Series(pd.NA, alone.index, dtype="Int64"),
            "outstanding": pd.Series(pd.NA, alone.index, dtype="boolean"),
            "ref": pd.Series(pd.NA, alone.index, dtype="Int64"),
            "ref_confirmation": alone["ref"].astype("Int64"),
            "same": pd.Series(pd.NA, alone.index, dtype="boolean"),
            "issued": pd.Series(False, alone.index),
            "unknown": reasons(alone.index, (lost, "in_quarantine:shipment")),
        }
    )


def _answer(rows: pd.DataFrame, suffix: str) -> dict[str, pd.Series]:
    return {
        "importing_country": rows["importing_country"],
        "received_on": rows["received_on"],
        "confirmed_on": rows["confirmed_on"],
        "outcome": rows["outcome"],
        "confirmed_parcels": rows[f"parcel_count{suffix}"],
        "confirmed_carats": rows[f"carats{suffix}"],
        "confirmed_value_usd": rows[f"value_usd{suffix}"],
    }


def _compared(page: pd.DataFrame, value_percent: object) -> pd.DataFrame:
    difference = page["confirmed_carats"] - page["carats"]
    value_off = exceeds(page["confirmed_value_usd"] - page["value_usd"], page["value_usd"], value_percent)
    sides: dict[str, pd.Series] = {
        "country": ~page["same"],
        "parcels": page["confirmed_parcels"] != page["parcels"],
        "carats": difference != 0,
        "value": value_off,
    }
    paired = page["ref"].notna() & page["ref_confirmation"].notna()
    return page.assign(
        carats_difference=difference,
        differs_in=_named(page.index, {n: paired & s.fillna(False).astype(bool) for n, s in sides.items()}),
        not_compared=_named(page.index, {n: paired & page["issued"] & s.isna() for n, s in sides.items()}),
    )


def _named(index: pd.Index, marks: Mapping[str, pd.Series]) -> pd.Series:
    """The names of what is marked, separated by spaces, row by row."""
    text = pd.Series("", index=index, dtype="str")
    for name, mark in marks.items():
        text = text.where(~mark, text + f" {name}")
    return text.str.strip()


def _result(page: pd.DataFrame) -> pd.Series:
    answered = page["ref_confirmation"].notna()
    orphan = page["ref"].isna()
    return reasons(
        page.index,
        (page["unknown"] != "", "not_evaluated"),
        (orphan, "orphan"),
        (~page["issued"] & answered, "void_confirmed"),
        (~page["issued"], "void"),
        (~answered, "missing"),
        (page["outcome"].isin(["refused", "seized"]), "refused"),
        (page["differs_in"] != "", "differs"),
        (page["carats_difference"].isna() | page["outcome"].isna(), "not_evaluated"),
        (answered, "matched"),
    )


def _note(page: pd.DataFrame) -> pd.Series:
    judged = page["result"].isin(["matched", "differs", "not_evaluated"])
    return reasons(
        page.index,
        (page["unknown"] != "", page["unknown"]),
        (judged & page["outcome"].isna() & page["ref_confirmation"].notna(), "blank:outcome"),
        (judged & (page["not_compared"] != ""), "not_compared:" + page["not_compared"]),
    )


def _decimals(numbers: pd.Series, scale: int) -> pd.Series:
    exact = [None if pd.isna(n) else Decimal(int(n)).scaleb(-scale) for n in numbers]
    return pd.Series(exact, index=numbers.index, dtype="object")


def _percent(exported: Decimal | None, arrived: Decimal | None) -> Decimal | None:
    if not exported or arrived is None:
        return None
    return ((arrived - exported) * 100 / exported).quantize(_CENT)


def _band(age: Any, warning: int, error: int) -> str:
    if pd.isna(age):
        return "undated"
    return "in_time" if age <= warning else "late" if age <= error else "very_late"


def _nothing() -> dict[str, Any]:
    amounts = dict.fromkeys(("carats", "value_usd", "confirmed_carats", "confirmed_value_usd"), Decimal(0))
    return {"certificates": 0, **amounts, **dict.fromkeys(RESULTS, 0), "seen": set()}


def _add(total: dict[str, Any], line: Mapping[Any, Any]) -> None:
    total[line["result"]] += 1
    of_issued = not pd.isna(line["ref"]) and line["result"] not in ("void", "void_confirmed")
    if of_issued and line["line"] == 1:
        total["certificates"] += 1
        _sum(total, {name: line[name] for name in ("carats", "value_usd")}.items())
    answer = line["ref_confirmation"]
    if of_issued and not pd.isna(answer) and line["result"] != "refused" and answer not in total["seen"]:
        total["seen"].add(answer)
        _sum(total, {name: line[name] for name in ("confirmed_carats", "confirmed_value_usd")}.items())


def _sum(total: dict[str, Any], amounts: Iterable[tuple[str, Decimal | None]]) -> None:
    for name, amount in amounts:
        total[name] += amount or 0


def _country(line: Mapping[Any, Any]) -> str:
    return _text(line["importing_country"] if pd.isna(line["ref"]) else line["destination_country"])


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)
