"""The sixteen rules as a pydantic model, row by row; the aggregates in dictionaries beside, since a model sees one row.

One validator names every rule that a row breaks. Constraints on the fields would stop it: pydantic does not run a
model's validator where a field failed, and a field tells its first fault only. Tells flagged rows, counts nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

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
    Flagged,
)
from benchmarks.workload import Workload

NAME, SLOW = "pydantic row by row", True
FIRST, LAST, LICENCE_FROM = (datetime(d.year, d.month, d.day) for d in (*MONITORED, LICENCE_FORM_FROM))  # noqa: DTZ001
Row = dict[str, Any]
Spans = dict[str, list[tuple[datetime, datetime | None]]]


class Slip(BaseModel):
    """A purchase slip. ``received_on`` and ``zones`` stand for the whole run."""

    model_config = ConfigDict(extra="ignore")

    received_on: ClassVar[dict[str, datetime]] = {}
    zones: ClassVar[Spans] = {}

    return_id: str
    slip_number: str
    purchase_date: datetime | None
    buyer_id: str | None
    buyer_licence: str | None
    seller_id: str | None
    seller_name: str | None
    origin_subprefecture: str | None
    carats: int | None
    price_xaf: int | None

    @model_validator(mode="after")
    def _rules(self) -> Slip:
        broken = [*self._stated(), *self._measured(), *self._dated()]
        if broken:
            raise PydanticCustomError("slip", "breaks {rules}", {"rules": broken})
        return self

    def _stated(self) -> list[str]:
        broken = []
        if self.seller_id is None and self.seller_name is None:
            broken.append("R01")
        if self.carats is None:
            broken.append("R02")
        if self.price_xaf is None:
            broken.append("R03")
        if self.origin_subprefecture is None:
            broken.append("R04")
        if not _SLIP_FORM.fullmatch(self.slip_number):
            broken.append("R07")
        if self.buyer_id is not None and self.buyer_id == self.seller_id:
            broken.append("R12")
        return broken

    def _measured(self) -> list[str]:
        broken, carats = [], self.carats
        if carats is None:
            return []
        if not 0 < carats <= MOST_CARATS:
            broken.append("R05")
        if self.price_xaf is not None and not carats * LEAST_PRICE <= self.price_xaf * 100 <= carats * MOST_PRICE:
            broken.append("R06")
        return broken

    def _dated(self) -> list[str]:
        broken, day = [], self.purchase_date
        if day is None:
            return []
        if not FIRST <= day <= LAST:
            broken.append("R08")
        if day > self.received_on[self.return_id]:
            broken.append("R09")
        if day >= LICENCE_FROM and self.buyer_licence is not None and not _LICENCE_FORM.fullmatch(self.buyer_licence):
            broken.append("R10")
        if self.origin_subprefecture is not None:
            spans = self.zones.get(self.origin_subprefecture, ())
            if not any(begins <= day and (ends is None or day <= ends) for begins, ends in spans):
                broken.append("R11")
        return broken


_SLIP_FORM, _LICENCE_FORM = re.compile(SLIP_FORM), re.compile(LICENCE_FORM)


def prepare(work: Workload) -> list[Row]:
    """The rows as dictionaries, as a web service or a reader of files hands them over."""
    table = work.table.drop(columns="row").astype("object")
    Slip.received_on = dict(zip(work.returns["return_id"], work.returns["received_on"].dt.to_pydatetime(), strict=True))
    Slip.zones = {}
    for zone, begins, ends in work.zones.astype("object").where(work.zones.notna(), None).itertuples(index=False):
        Slip.zones.setdefault(zone, []).append((begins, ends))
    columns = [table[name].where(table[name].notna(), None).tolist() for name in table]
    columns[list(table).index("purchase_date")] = [
        None if day is None else day.to_pydatetime() for day in columns[list(table).index("purchase_date")]
    ]
    return [dict(zip(table, values, strict=True)) for values in zip(*columns, strict=True)]


def run(rows: list[Row]) -> Flagged:
    """Validate every row, then add up."""
    found: dict[str, list[int]] = {rule: [] for rule in RULES}
    by_number, bought, sold = defaultdict(list), defaultdict(list), defaultdict(list)
    for at, row in enumerate(rows):
        try:
            Slip.model_validate(row)
        except ValidationError as error:
            for rule in error.errors(include_url=False, include_input=False)[0]["ctx"]["rules"]:
                found[rule].append(at)
        day, carats, seller = row["purchase_date"], row["carats"], row["seller_id"]
        by_number[row["slip_number"]].append(at)
        if day is not None and carats is not None:
            if row["buyer_id"] is not None:
                bought[row["buyer_id"], day.year, day.month].append(at)
            if seller is not None:
                sold[seller, day.year, (day.month - 1) // 3].append(at)
    for same in by_number.values():
        if len(same) > 1:
            found["A01"] += same
            if len({rows[at]["seller_id"] for at in same} - {None}) > 1:
                found["A02"] += same
    for rule, groups, most in (("A03", bought, MOST_PER_MONTH), ("A04", sold, MOST_PER_QUARTER)):
        for same in groups.values():
            if sum(rows[at]["carats"] for at in same) > most:
                found[rule] += same
    return Flagged({rule: np.sort(np.array(at, dtype="int64")) for rule, at in found.items()})
