"""Fraud in papers alone: nothing moves otherwise than the papers of an honest export say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from carmonitor.simulation import columns as c
from carmonitor.simulation.fraud_exports import take_exports
from carmonitor.simulation.labels import rows
from carmonitor.simulation.numbering import Papers
from carmonitor.simulation.pictures import picture, sha256
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
    like = real.iloc[np.sort(rng.integers(0, max(len(real), 1), count))].reset_index(drop=True)
    number = np.sort(rng.choice(np.arange(3_000, 90_000), count, replace=False)) + int(
        papers.certificate_digits.max(initial=0)
    )
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


def import_mismatch(
    w: Work, papers: Papers, frames: dict[str, pd.DataFrame], _: pd.DataFrame, rng: np.random.Generator, rate: float
) -> pd.DataFrame:
    """What arrives is not what was certified: stones were added or taken out on the way, or the goods are declared much
    dearer abroad. (fraud.md C18)"""
    real = frames["import_confirmation"]
    chosen = _certificates(w, rng, rate)
    at = np.flatnonzero(real["certificate_number"].isin(papers.certificates.iloc[chosen]))
    weight, value = real["carats"].to_numpy(dtype=np.int64), real["value_usd"].to_numpy(dtype=np.int64)
    by_weight = np.arange(len(at)) % 2 == 0
    factor = np.where(rng.random(len(at)) < 0.65, rng.uniform(1.02, 1.15, len(at)), rng.uniform(0.9, 0.98, len(at)))
    weight[at] = np.where(by_weight, np.rint(weight[at] * factor), weight[at])
    value[at] = np.rint(value[at] * np.where(by_weight, factor, rng.uniform(1.25, 1.9, len(at))))
    frames["import_confirmation"] = real.assign(
        carats=pd.Series(weight, dtype="Int64"), value_usd=pd.Series(value, dtype="Int64")
    )
    return _labels(w, papers, frames, chosen, "import_mismatch")


def reused_photographs(
    w: Work, papers: Papers, frames: dict[str, pd.DataFrame], shots: pd.DataFrame, rng: np.random.Generator, rate: float
) -> pd.DataFrame:
    """A picture that was lodged with an earlier certificate is lodged again: the same file, or the same picture saved
    anew. The later certificate is the fraudulent one."""
    usable = shots[shots["export"] >= max(len(w.exports) // 4, int(shots["export"].min()) + 1 if len(shots) else 1)]
    chosen = _certificates(w, rng, rate, usable["export"].unique())
    for turn, export in enumerate(chosen):
        own = shots[shots["export"] == export].index[0]
        earlier = shots[shots["export"] < export]
        same = w.exports["house"].to_numpy()[earlier["export"]] == w.exports["house"].to_numpy()[export]
        earlier = earlier[same] if same.any() else earlier
        model = earlier.iloc[int(rng.integers(0, len(earlier)))]
        shots.loc[own, ["scene", "shot"]] = [model["scene"], turn % 2]
    document = frames["document"]
    fresh = {
        name: sha256(picture(scene, shot))
        for name, scene, shot, export in zip(
            shots["file_name"], shots["scene"], shots["shot"], shots["export"], strict=True
        )
        if export in set(chosen.tolist())
    }
    sums = [fresh.get(name, known) for name, known in zip(document["file_name"], document["sha256"], strict=True)]
    frames["document"] = document.assign(sha256=pd.Series(sums, dtype="str"))
    return _labels(w, papers, frames, chosen, "reused_photographs")


def _certificates(w: Work, rng: np.random.Generator, rate: float, usable: np.ndarray | None = None) -> np.ndarray:
    return take_exports(w, rng, rate, np.arange(len(w.exports)) if usable is None else usable)


def _labels(w: Work, papers: Papers, frames: dict[str, pd.DataFrame], chosen: np.ndarray, pattern: str) -> pd.DataFrame:
    names = papers.certificates.iloc[chosen]
    carats = frames["shipment"].set_index("certificate_number")["carats"].loc[names.tolist()]
    when = quarter_names(quarters(w.exports["day"].to_numpy()[chosen]))
    return rows(CERTIFICATES, "certificate", names, when, pattern, carats.to_numpy(dtype=np.int64))


PATTERNS: dict[str, Act] = {
    "forged_certificates": forged_certificates,
    "import_mismatch": import_mismatch,
    "reused_photographs": reused_photographs,
}
