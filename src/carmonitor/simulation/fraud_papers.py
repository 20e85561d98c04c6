"""Fraud in papers alone: nothing moves otherwise than the papers of an honest export say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from carmonitor.simulation import columns as c
from carmonitor.simulation import parameters as p
from carmonitor.simulation.labels import rows
from carmonitor.simulation.numbering import Papers
from carmonitor.simulation.settings import CERTIFICATES
from carmonitor.simulation.work import Work, quarter_names, quarters

Act = Callable[[Work, Papers, dict[str, pd.DataFrame], pd.DataFrame, np.random.Generator, float], pd.DataFrame]


def forged_certificates(
    w: Work, papers: Papers, frames: dict[str, pd.DataFrame], _: pd.DataFrame, rng: np.random.Generator, rate: float
) -> pd.DataFrame:
    """Goods arrive abroad under numbers that no printed block holds: a forger copies the form of a real certificate.
    (fraud.md C15)"""
    real = frames["import_confirmation"]
    count = max(int(np.floor(rate * len(real) + rng.random())), 1) if len(real) else 0
    like = real.iloc[np.sort(rng.choice(len(real), count))].reset_index(drop=True)
    number = np.sort(rng.choice(np.arange(3_000, 90_000), count, replace=False)) + int(papers.certificate_digits.max())
    arrived = rng.integers(w.first + 10, w.last + 1, count)
    carats = np.maximum(np.rint(like["carats"].to_numpy(dtype=np.int64) * rng.uniform(0.3, 1.1, count)), 500)
    price = rng.uniform(95, 150, count)
    forged = like.assign(
        certificate_number=c.numbered("CF", number, 7),
        received_on=c.dates(arrived),
        confirmed_on=c.dates(np.minimum(arrived + rng.integers(1, 15, count), w.last + 20)),
        carats=pd.Series(carats.astype(np.int64), dtype="Int64"),
        value_usd=pd.Series(np.rint(carats * price).astype(np.int64), dtype="Int64"),
    )
    frames["import_confirmation"] = pd.concat([real, forged], ignore_index=True)
    when = quarter_names(quarters(arrived))
    return rows(CERTIFICATES, "certificate", forged["certificate_number"], when, "forged_certificates", carats)


PATTERNS: dict[str, Act] = {"forged_certificates": forged_certificates}
assert p.SENDER
