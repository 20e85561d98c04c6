"""The supervised check: do the scoring functions give plausible figures on a labelled set of another trade?

Synthetic Korean import declarations with fraud labels (IBS and Korea Customs Service, MIT, arXiv:2208.02484). They say
nothing about detectors of this project: unsupervised ones score at chance there. Only the scoring code is tested.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from carmonitor.evaluation.scorecard.metrics import average_precision, precision_at

PUBLISHED = {
    "logistic regression": (0.258, 0.248),
    "random forest": (0.364, 0.339),
    "CatBoost": (0.621, 0.520),
    "XGBoost": (0.675, 0.579),
    "LightGBM": (0.762, 0.641),
}
"""Precision at the 5 % and 10 % highest scored rows of the test quarter, as published with the set."""

_CODES = [
    "Office ID", "Process Type", "Import Type", "Import Use", "Payment Type", "Mode of Transport", "Declarant ID",
    "Importer ID", "Seller ID", "Courier ID", "HS6 Code", "Country of Departure", "Country of Origin", "Tax Type",
    "Country of Origin Indicator",
]  # fmt: skip
_NUMBERS = ["Tax Rate", "Net Mass", "Item Price"]


@dataclass(frozen=True)
class Check:
    """What one model reached on the test quarter."""

    model: str
    rows: int
    fraud_share: float
    precision_5: float
    precision_10: float
    average_precision: float


def load(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The training rows (train and validation) and the test rows."""
    parts = {name: _read(folder / f"{name}.csv.gz") for name in ("train", "valid", "test")}
    return pd.concat([parts["train"], parts["valid"]], ignore_index=True), parts["test"]


def check(folder: Path, seed: int = 0, trees: int = 100) -> list[Check]:
    """Random forest and gradient boosting, trained before and scored on the test quarter."""
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier  # noqa: PLC0415 - slow to load

    train, test = load(folder)
    known = train["Fraud"].to_numpy(dtype=np.int64)
    truth = test["Fraud"].to_numpy(dtype=bool)
    inputs, asked = _encoded(train, test)
    models = {
        "random forest": RandomForestClassifier(n_estimators=trees, random_state=seed),
        "gradient boosting": HistGradientBoostingClassifier(random_state=seed),
    }
    told = []
    for name, model in models.items():
        scores = model.fit(inputs, known).predict_proba(asked)[:, 1]
        figures = precision_at(scores, truth, 0.05), precision_at(scores, truth, 0.10), average_precision(scores, truth)
        told.append(Check(name, len(test), float(truth.mean()), *figures))
    return told


def _read(path: Path) -> pd.DataFrame:
    with gzip.open(path) as file:
        text = io.StringIO(file.read().decode("utf-8-sig"))
    return pd.read_csv(text, dtype=dict.fromkeys(_CODES, "str"))


def _encoded(train: pd.DataFrame, test: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Codes as their frequency in training and as the place of their name there; numbers as they are."""
    parts = []
    for frame in (train, test):
        columns = {name: frame[name].astype("float64") for name in _NUMBERS}
        columns["unit price"] = frame["Item Price"].astype("float64") / frame["Net Mass"].clip(lower=0.01)
        for name in _CODES:
            seen = train[name].value_counts()
            columns[f"{name} count"] = frame[name].map(seen).fillna(0.0).astype("float64")
            places = {code: float(at) for at, code in enumerate(sorted(seen.index))}
            columns[f"{name} code"] = frame[name].map(places).fillna(-1.0).astype("float64")
        parts.append(pd.DataFrame(columns).to_numpy(np.float64))
    return parts[0], parts[1]
