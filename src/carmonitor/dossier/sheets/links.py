"""What links papers: who names whom, in force as of a run, loaded for many cases at once and then walked in memory.

Links are those of :mod:`carmonitor.framework.custody`: ``parcel_source`` (parcel → slip), ``purchase_source`` (resale
slip → earlier slip), the production line a slip names, the bag a slip travelled in, the confirmation of a certificate.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from carmonitor.dossier.sheets.standing import Standing
from carmonitor.store import lookup

Row = dict[str, Any]
"""A row in plain values: weights in hundredths, money in cents, days as ISO text, None for null."""

_FIELDS = {
    "purchase": [
        "slip_number", "purchase_date", "buyer_id", "seller_id", "carats", "origin_subprefecture", "register_number",
        "line_number",
    ],
    "production": ["register_number", "line_number", "miner_id", "produced_on", "carats", "subprefecture"],
    "purchase_source": ["slip_number", "source_slip_number", "carats"],
    "parcel_source": ["certificate_number", "parcel_number", "slip_number", "carats"],
    "parcel": ["certificate_number", "parcel_number", "carats", "value_usd"],
    "shipment": ["certificate_number", "issue_date", "carats", "status", "exporter_id", "destination_country"],
    "import_confirmation": ["certificate_number", "importing_country", "received_on", "carats", "outcome"],
    "transfer": ["sheet_number", "departed_on", "from_place", "to_place", "carats"],
    "transfer_item": ["sheet_number", "slip_number", "carats"],
}  # fmt: skip


@dataclass(frozen=True)
class Use:
    """Stones that went from one paper into another; ``carats`` in hundredths, None where that is not stated."""

    source: str
    target: str
    carats: int | None


def line_id(register: Any, line: Any) -> str | None:
    """The production line that a row names, as subjects are called; None where one half is blank."""
    return f"{register}/{line}" if _is(register) and _is(line) else None


def parcel_id(certificate: Any, parcel: Any) -> str:
    """A parcel as subjects are called."""
    return f"{certificate}/{parcel}"


class Links:
    """Links found so far. ``load_...`` asks the database for what was not asked for yet, in few queries.

    ``slips``, ``lines``, ``certificates``, ``parcels``, ``bags``: id → its rows in force; ``confirmations``: by
    certificate. ``into``: use by its target (slip: earlier slips; parcel: slips); ``out_of``: by its source.
    """

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._asked: dict[str, set[str]] = defaultdict(set)
        self.slips: dict[str, list[Row]] = defaultdict(list)
        self.lines: dict[str, list[Row]] = defaultdict(list)
        self.certificates: dict[str, list[Row]] = defaultdict(list)
        self.parcels: dict[str, list[Row]] = defaultdict(list)
        self.parcels_of: dict[str, list[str]] = defaultdict(list)
        self.confirmations: dict[str, list[Row]] = defaultdict(list)
        self.bags: dict[str, list[Row]] = defaultdict(list)
        self.in_bag: dict[str, list[Use]] = defaultdict(list)
        self.sold_from: dict[str, list[str]] = defaultdict(list)
        self.sources: dict[str, list[Use]] = defaultdict(list)
        self.resales: dict[str, list[Use]] = defaultdict(list)
        self.contents: dict[str, list[Use]] = defaultdict(list)
        self.packed: dict[str, list[Use]] = defaultdict(list)
        self.in_quarantine: set[str] = set()

    def load_slips(self, slips: Iterable[str]) -> None:
        """Their own rows; of numbers without one, whether they stand in quarantine."""
        new = self._new("slips", slips)
        for row in self._rows("purchase", "slip_number", new):
            self.slips[row["slip_number"]].append(row)
        unheld = {slip for slip in new if slip not in self.slips}
        self.in_quarantine |= lookup.in_quarantine(
            self._standing.connection, "purchase", "slip_number", unheld, self._standing.of_kind("purchase").index
        )

    def load_lines(self, lines: Iterable[str]) -> None:
        """Rows of production lines (``register/line``)."""
        new = self._new("lines", lines)
        registers = {line.rpartition("/")[0] for line in new}
        for row in self._rows("production", "register_number", registers):
            name = line_id(row["register_number"], row["line_number"])
            if name in new:
                self.lines[name].append(row)

    def load_sold_from(self, lines: Iterable[str]) -> None:
        """The slips that name these production lines, unless the line is blank there."""
        new = self._new("sold_from", lines)
        wanted = self._rows_of_registers({line.rpartition("/")[0] for line in new})
        for row in wanted:
            name = line_id(row["register_number"], row["line_number"])
            if name in new:
                self.sold_from[name].append(row["slip_number"])

    def load_bags(self, sheets: Iterable[str]) -> None:
        """Bags and what was in them."""
        new = self._new("bags", sheets)
        for row in self._rows("transfer", "sheet_number", new):
            self.bags[row["sheet_number"]].append(row)
        for row in self._rows("transfer_item", "sheet_number", new):
            self.in_bag[row["sheet_number"]].append(Use(row["slip_number"], row["sheet_number"], row["carats"]))

    def load_sources(self, slips: Iterable[str]) -> None:
        """The earlier slips that these were made of."""
        for row in self._rows("purchase_source", "slip_number", self._new("sources", slips)):
            self._add(self.sources, row["slip_number"], row["source_slip_number"], row["slip_number"], row["carats"])

    def load_uses(self, slips: Iterable[str]) -> None:
        """Where the stones of these slips went: resales and parcels."""
        new = self._new("uses", slips)
        for row in self._rows("purchase_source", "source_slip_number", new):
            self._add(
                self.resales, row["source_slip_number"], row["source_slip_number"], row["slip_number"], row["carats"]
            )
        for row in self._rows("parcel_source", "slip_number", new):
            parcel = parcel_id(row["certificate_number"], row["parcel_number"])
            self._add(self.packed, row["slip_number"], row["slip_number"], parcel, row["carats"])

    def load_contents(self, certificates: Iterable[str]) -> None:
        """The slips that the parcels of these certificates name."""
        for row in self._rows("parcel_source", "certificate_number", self._new("contents", certificates)):
            parcel = parcel_id(row["certificate_number"], row["parcel_number"])
            self._add(self.contents, parcel, row["slip_number"], parcel, row["carats"])
            if parcel not in self.parcels_of[row["certificate_number"]]:
                self.parcels_of[row["certificate_number"]].append(parcel)

    def load_certificates(self, certificates: Iterable[str]) -> None:
        """Certificates with their packing lists and confirmations."""
        new = self._new("certificates", certificates)
        for row in self._rows("shipment", "certificate_number", new):
            self.certificates[row["certificate_number"]].append(row)
        for row in self._rows("import_confirmation", "certificate_number", new):
            self.confirmations[row["certificate_number"]].append(row)
        for row in self._rows("parcel", "certificate_number", new):
            parcel = parcel_id(row["certificate_number"], row["parcel_number"])
            self.parcels[parcel].append(row)
            if parcel not in self.parcels_of[row["certificate_number"]]:
                self.parcels_of[row["certificate_number"]].append(parcel)

    def downstream(self, slips: Iterable[str]) -> set[str]:
        """These slips and every resale their stones went into, with all uses loaded; circles are walked once."""
        return self._walk(slips, self.load_uses, lambda slip: [use.target for use in self.resales[slip]])

    def _walk(
        self, start: Iterable[str], load: Callable[[Collection[str]], None], following: Callable[[str], list[str]]
    ) -> set[str]:
        known: set[str] = set()
        frontier = set(start)
        while frontier:
            known |= frontier
            load(frontier)
            frontier = {after for slip in frontier for after in following(slip)} - known
        return known

    def _new(self, what: str, values: Iterable[str]) -> set[str]:
        new = {value for value in values if _is(value)} - self._asked[what]
        self._asked[what] |= new
        return new

    def _rows(self, kind: str, field: str, values: Collection[str]) -> list[Row]:
        if not values:
            return []
        return self._standing.plain(kind, field, values, _FIELDS[kind])

    def _rows_of_registers(self, registers: Collection[str]) -> list[Row]:
        """Slips of production registers, found by way of those who keep them: slips have no index on registers."""
        if not registers:
            return []
        miners = {row["miner_id"] for row in self._rows("production", "register_number", registers)}
        rows = self._rows("purchase", "seller_id", {miner for miner in miners if _is(miner)})
        return [row for row in rows if row["register_number"] in registers]

    @staticmethod
    def _add(uses: dict[str, list[Use]], key: str, source: str, target: str, carats: Any) -> None:
        uses[key].append(Use(source, target, carats))


def _is(value: Any) -> bool:
    return isinstance(value, str) and value != ""
