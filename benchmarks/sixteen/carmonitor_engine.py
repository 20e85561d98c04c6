"""The sixteen rules as carmonitor checks: what is timed are the engine's masks and coverage, without findings.

The functions are written as rules of the rulebook are, with the framework's own helpers, and are registered here only.
Each shows the values it judged, names the rows it stands on and says why it could not judge one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.sixteen.rules import (
    LEAST_PRICE,
    LICENCE_FORM,
    LICENCE_FORM_FROM,
    MONITORED,
    MOST_CARATS,
    MOST_PER_MONTH,
    MOST_PER_QUARTER,
    MOST_PRICE,
    RULES,
    SLIP_FORM,
    Counts,
    Flagged,
)
from benchmarks.workload import Workload
from carmonitor.framework.checks import CheckSpec, Params, Registry
from carmonitor.framework.common import checked, covered, lacking, lookup, reasons
from carmonitor.framework.engine import Judged, judged
from carmonitor.framework.regimes import Regimes
from carmonitor.framework.rulebook import load_rulebook
from carmonitor.records.evidence import Evidence
from carmonitor.settings import schemas_dir

NAME, SLOW = "carmonitor", False

sixteen = Registry()


def prepare(work: Workload) -> tuple[Evidence, dict[str, CheckSpec], Regimes]:
    """Evidence on which nothing was computed yet, the specifications and the regimes."""
    specs = {rule: specification(rule) for rule in RULES}
    return work.afresh(), specs, load_rulebook(schemas_dir() / "rulebook").regimes


def run(prepared: tuple[Evidence, dict[str, CheckSpec], Regimes]) -> Flagged:
    """Judge all rules."""
    evidence, specs, regimes = prepared
    found = {rule: judged(sixteen.checks[rule], spec, evidence, regimes) for rule, spec in specs.items()}
    rows = {rule: np.sort(of.fired["ref"].to_numpy() & 0xFFFFFFFF) for rule, of in found.items()}
    return Flagged(rows, {rule: _counts(of) for rule, of in found.items()})


def _counts(of: Judged) -> Counts:
    told = {reason: blind.subjects for (reason, _), blind in of.reasons.items()}
    return Counts(of.subjects - of.blind - of.breached, of.breached, of.blind, told)


def specification(rule: str) -> CheckSpec:
    """What the YAML would say of a rule."""
    text = {"en": rule, "fr": rule}
    span: dict[str, date] = {"from": LICENCE_FORM_FROM} if rule == "R10" else {}
    given: dict[str, Any] = {"id": rule, "title": text, "message": text, "severity": "E", "subject_kind": "purchase"}
    given |= {"outcome": "breach", "basis": ("project-default",), "certainty": "N", "source": {"title": "benchmark"}}
    return CheckSpec.model_validate(given | span)


def _judged(
    s: pd.DataFrame, fires: pd.Series | bool, missing: pd.Series | None = None, **shown: pd.Series
) -> pd.DataFrame:
    return checked(s["slip_number"], s["purchase_date"], fires, missing, ref=s["ref"], **shown)


@sixteen("R01")
def seller_stated(e: Evidence, _: Params) -> pd.DataFrame:
    """The seller's number or name is there."""
    s = e["purchase"]
    return _judged(s, s["seller_id"].isna() & s["seller_name"].isna())


@sixteen("R02")
def carats_stated(e: Evidence, _: Params) -> pd.DataFrame:
    """Carats are there."""
    return _judged(e["purchase"], e["purchase"]["carats"].isna())


@sixteen("R03")
def price_stated(e: Evidence, _: Params) -> pd.DataFrame:
    """The price is there."""
    return _judged(e["purchase"], e["purchase"]["price_xaf"].isna())


@sixteen("R04")
def origin_stated(e: Evidence, _: Params) -> pd.DataFrame:
    """The origin is there."""
    return _judged(e["purchase"], e["purchase"]["origin_subprefecture"].isna())


@sixteen("R05", carats="ct")
def carats_bounded(e: Evidence, _: Params) -> pd.DataFrame:
    """More than nothing, at most MOST_CARATS."""
    s = e["purchase"]
    fires = (s["carats"] <= 0) | (s["carats"] > MOST_CARATS)
    return _judged(s, fires, lacking(e, s, "purchase", "carats"), carats=s["carats"])


@sixteen("R06", carats="ct", price_xaf="XAF")
def price_bounded(e: Evidence, _: Params) -> pd.DataFrame:
    """The price per carat, compared in whole numbers."""
    s = e["purchase"]
    price, carats = s["price_xaf"] * 100, s["carats"]
    fires = (price < carats * LEAST_PRICE) | (price > carats * MOST_PRICE)
    missing = lacking(e, s, "purchase", "carats", "price_xaf")
    return _judged(s, fires, missing, carats=s["carats"], price_xaf=s["price_xaf"])


@sixteen("R07")
def slip_number_form(e: Evidence, _: Params) -> pd.DataFrame:
    """The printed form of a slip number."""
    s = e["purchase"]
    return _judged(s, ~s["slip_number"].str.fullmatch(SLIP_FORM))


@sixteen("R08", purchase_date="date")
def bought_when_monitored(e: Evidence, _: Params) -> pd.DataFrame:
    """Bought within the monitored span."""
    s = e["purchase"]
    day, (first, last) = s["purchase_date"], MONITORED
    fires = (day < pd.Timestamp(first)) | (day > pd.Timestamp(last))
    return _judged(s, fires, lacking(e, s, "purchase", "purchase_date"), purchase_date=day)


@sixteen("R09", purchase_date="date", received_on="date")
def bought_before_receipt(e: Evidence, _: Params) -> pd.DataFrame:
    """Bought on or before the day on which the return came."""
    s = e["purchase"]
    received_on = lookup(s["return_id"], e.sources.set_index("return_id")["received_on"])
    missing = lacking(e, s, "purchase", "purchase_date")
    shown = {"purchase_date": s["purchase_date"], "received_on": received_on}
    return _judged(s, s["purchase_date"] > received_on, missing, **shown)


@sixteen("R10", buyer_licence="text")
def licence_form(e: Evidence, _: Params) -> pd.DataFrame:
    """The form of the buyer's licence; the specification says from when."""
    s = e["purchase"]
    licence = s["buyer_licence"]
    missing = lacking(e, s, "purchase", "buyer_licence")
    return _judged(s, ~licence.str.fullmatch(LICENCE_FORM), missing, buyer_licence=licence)


@sixteen("R11", origin="text", purchase_date="date")
def origin_compliant(e: Evidence, _: Params) -> pd.DataFrame:
    """The origin was compliant on the day of purchase."""
    s, origin = e["purchase"], e["purchase"]["origin_subprefecture_resolved"]
    passes = covered(origin, s["purchase_date"], e["zone"], ("subprefecture_resolved", "valid_from", "valid_to"))
    missing = lacking(e, s, "purchase", "origin_subprefecture", "purchase_date")
    return _judged(s, ~passes, missing, origin=origin, purchase_date=s["purchase_date"])


@sixteen("R12", buyer_id="text")
def buyer_is_not_seller(e: Evidence, _: Params) -> pd.DataFrame:
    """Nobody buys from himself."""
    s = e["purchase"]
    missing = lacking(e, s, "purchase", "buyer_id", "seller_id")
    return _judged(s, s["buyer_id"] == s["seller_id"], missing, buyer_id=s["buyer_id"])


@sixteen("A01")
def number_used_once(e: Evidence, _: Params) -> pd.DataFrame:
    """No two rows of one number."""
    s = e["purchase"]
    return _judged(s, pd.Series(_again(e, s["slip_number"]), index=s.index))


def _again(e: Evidence, texts: pd.Series) -> np.ndarray:
    """Whether a text stands in another row too. None is null."""
    codes, _ = e.coded(texts)
    return np.bincount(codes)[codes] > 1


@sixteen("A02", seller_id="text")
def one_seller(e: Evidence, _: Params) -> pd.DataFrame:
    """The rows of a number name one seller; a blank one is not checked unless two others show."""
    s = e["purchase"]
    again = s.loc[_again(e, s["slip_number"]), ["slip_number", "seller_id"]]  # of one row nothing can differ
    sellers = again.groupby("slip_number")["seller_id"].transform("nunique")
    several = (sellers > 1).reindex(s.index, fill_value=False)
    missing = reasons(s.index, (several, ""), (s["seller_id"].isna(), "blank:seller_id"))
    return _judged(s, several, missing, seller_id=s["seller_id"])


@sixteen("A03", bought_carats="ct")
def bought_in_a_month(e: Evidence, _: Params) -> pd.DataFrame:
    """What the buyer bought in the month of the slip."""
    return _summed(e, "buyer_id", "M", MOST_PER_MONTH, "bought_carats")


@sixteen("A04", sold_carats="ct")
def sold_in_a_quarter(e: Evidence, _: Params) -> pd.DataFrame:
    """What the seller sold in the quarter of the slip."""
    return _summed(e, "seller_id", "Q", MOST_PER_QUARTER, "sold_carats")


def _summed(e: Evidence, actor: str, period: str, most: int, shown: str) -> pd.DataFrame:
    s = e["purchase"]
    missing = lacking(e, s, "purchase", actor, "purchase_date", "carats")
    months = s["purchase_date"].dt.year * 12 + s["purchase_date"].dt.month - 1
    total = s.groupby([s[actor], months // (1 if period == "M" else 3)])["carats"].transform("sum")
    return _judged(s, total > most, missing, **{shown: total.astype("Int64")})
