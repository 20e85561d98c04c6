"""Fraud, stage by stage: which patterns act when. Each function changes the work and notes the truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from carmonitor.simulation import fraud_books, fraud_exports, fraud_papers, fraud_purchases, fraud_routes
from carmonitor.simulation.numbering import Papers
from carmonitor.simulation.work import Work

Act = Callable[[Work, np.random.Generator, float], None]

IN_PURCHASES: dict[str, Act] = {
    "under_declaring_collectors": fraud_books.under_declaring_collectors,
    "invented_books": fraud_books.invented_books,
    "slow_drift": fraud_books.slow_drift,
    "eastern_stones": fraud_purchases.eastern_stones,
    "ghost_miners": fraud_purchases.ghost_miners,
    "borrowed_licences": fraud_purchases.borrowed_licences,
    "distant_collectors": fraud_purchases.distant_collectors,
    "pre_zone_stock": fraud_purchases.pre_zone_stock,
    "related_new_companies": fraud_routes.related_new_companies,
}
ON_THE_WAY: dict[str, Act] = {"impossible_transfers": fraud_routes.impossible_transfers}
IN_EXPORTS: dict[str, Act] = {
    "related_new_companies": fraud_routes.one_destination,
    "creamed_exports": fraud_exports.creamed_exports,
    "footprint_mismatch": fraud_exports.footprint_mismatch,
    "unregistered_stones": fraud_exports.unregistered_stones,
    "undervalued_exports": fraud_exports.undervalued_exports,
    "reused_slips": fraud_exports.reused_slips,
}


def in_purchases(w: Work) -> None:
    """Patterns that begin with a purchase."""
    _act(w, IN_PURCHASES)


def on_the_way(w: Work) -> None:
    """Patterns of the way to Bangui."""
    _act(w, ON_THE_WAY)


def in_exports(w: Work) -> None:
    """Patterns of parcels and certificates."""
    _act(w, IN_EXPORTS)


def in_papers(
    w: Work, papers: Papers, frames: dict[str, pd.DataFrame], photographs: pd.DataFrame
) -> list[pd.DataFrame]:
    """Patterns of papers alone; gives their labels."""
    labels = []
    for name, act in fraud_papers.PATTERNS.items():
        rate = w.settings.rate(name)
        if rate > 0:
            labels.append(act(w, papers, frames, photographs, w.settings.stream(name), rate))
    return labels


def _act(w: Work, patterns: dict[str, Act]) -> None:
    for name, act in patterns.items():
        rate = w.settings.rate(name)
        if rate > 0:
            act(w, w.settings.stream(name), rate)
