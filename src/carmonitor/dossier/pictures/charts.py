"""The charts of the dossier: what each takes, and how to draw them, drawn with Altair and rendered offline.

``draw_all`` is the quick way: charts that are rendered together take less than half the time each.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from altair.utils.schemapi import debug_mode

from carmonitor.dossier.pictures.balance import Balance, plan_balance
from carmonitor.dossier.pictures.chart_render import Plan, render
from carmonitor.dossier.pictures.price import PricePerCarat, plan_price
from carmonitor.dossier.pictures.sizes import SizeProfile, plan_sizes
from carmonitor.dossier.pictures.timeline import Limit, Timeline, plan_timeline
from carmonitor.dossier.pictures.volumes import Volumes, plan_volumes
from carmonitor.dossier.sheets.model import Picture

__all__ = [
    "Balance",
    "Limit",
    "PricePerCarat",
    "SizeProfile",
    "Timeline",
    "Volumes",
    "balance_waterfall",
    "certificate_timeline",
    "draw_all",
    "price_against_peers",
    "size_profile",
    "volumes_by_month",
    "warm",
]

Drawable = PricePerCarat | Volumes | SizeProfile | Balance | Timeline


def draw_all(data: Sequence[Drawable], lang: str) -> list[Picture]:
    """A picture of each, in this order, ``style.CHART_WIDTH`` wide. Drawn alone or together, the bytes are the same."""
    with debug_mode(False):  # the tests check these charts against the schema; here that would take most of the time
        return render([_plan(one, lang) for one in data], lang)


def warm() -> None:
    """Load all that the first chart of a process waits for."""
    draw_all([Volumes("", ("2020-01",), {"bought": (Decimal(1),)})], "en")


def price_against_peers(data: PricePerCarat, lang: str) -> Picture:
    """See :func:`carmonitor.dossier.pictures.price.plan_price`."""
    return draw_all([data], lang)[0]


def volumes_by_month(data: Volumes, lang: str) -> Picture:
    """See :func:`carmonitor.dossier.pictures.volumes.plan_volumes`."""
    return draw_all([data], lang)[0]


def size_profile(data: SizeProfile, lang: str) -> Picture:
    """See :func:`carmonitor.dossier.pictures.sizes.plan_sizes`."""
    return draw_all([data], lang)[0]


def balance_waterfall(data: Balance, lang: str) -> Picture:
    """See :func:`carmonitor.dossier.pictures.balance.plan_balance`."""
    return draw_all([data], lang)[0]


def certificate_timeline(data: Timeline, lang: str) -> Picture:
    """See :func:`carmonitor.dossier.pictures.timeline.plan_timeline`."""
    return draw_all([data], lang)[0]


def _plan(data: Drawable, lang: str) -> Plan | Picture:
    match data:
        case PricePerCarat():
            return plan_price(data, lang)
        case Volumes():
            return plan_volumes(data, lang)
        case SizeProfile():
            return plan_sizes(data, lang)
        case Balance():
            return plan_balance(data, lang)
        case Timeline():
            return plan_timeline(data, lang)
