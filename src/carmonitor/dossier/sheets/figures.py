"""The numbers behind the drawings of a sheet, as plain values. Who draws them is not known here.

Weights are in carats and money in its unit, exact; days are days. None means that it is not stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from carmonitor.dossier.sheets.volumes import Month


@dataclass(frozen=True)
class PricePeers:
    """F14: the price per carat of a slip (XAF/ct) among ``peers``, slips of other buyers of the same zone, quarter and
    size class by mean weight, sorted, at most PEERS_SHOWN of ``peers_count``, evenly taken.

    ``median`` and ``fence`` are those of the finding, whose classes also come from assortments.
    """

    slip: str
    price: Decimal
    median: Decimal
    fence: Decimal
    zone: str
    quarter: str
    size_class: str
    peers: tuple[Decimal, ...] = ()
    peers_count: int = 0


@dataclass(frozen=True)
class SizeProfile:
    """Carats by size class of a certificate's parcels, and of those of all other certificates issued in its quarter."""

    certificate: str
    quarter: str
    classes: tuple[str, ...]
    here: tuple[Decimal, ...]
    others: tuple[Decimal, ...]
    certificates: int


@dataclass(frozen=True)
class Balance:
    """F10: an actor's stock between two counts, ct. ``expected`` = opening + bought - sold."""

    actor: str
    opened_on: date
    closed_on: date
    opening: Decimal
    bought: Decimal
    sold: Decimal
    expected: Decimal
    closing: Decimal


@dataclass(frozen=True)
class Arrival:
    """One confirmation of a certificate."""

    country: str
    received_on: date | None
    confirmed_on: date | None
    outcome: str | None


@dataclass(frozen=True)
class Timeline:
    """A certificate from issue to confirmation; ``warning_days``, ``error_days``: limits of M-04 from the export."""

    certificate: str
    issued_on: date | None
    exported_on: date | None
    expires_on: date | None
    arrivals: tuple[Arrival, ...]
    as_of: date
    warning_days: int
    error_days: int


@dataclass(frozen=True)
class Volumes:
    """By month: (side, months), sides ``dug``, ``bought``, ``sold``, ``exported``; see volumes.py for units."""

    about: str
    sides: tuple[tuple[str, tuple[Month, ...]], ...]


CaseFigure = PricePeers | SizeProfile | Balance | Timeline
