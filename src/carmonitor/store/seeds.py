"""The registers that ship with the package: zones and KP participants as published.

They are read like a submission that came before all others, so that a loaded register with the same key wins.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from carmonitor.intake.batch import ReceivedFile, Submission, Table
from carmonitor.records import KINDS, REGISTER_KINDS
from carmonitor.records.fields import FieldType

RECEIVED_ON = date(1900, 1, 1)
SENDER = "carmonitor"


class SeedError(Exception):
    """A register in the package that does not fit its record model: a defect of the package, never of the data."""


def read_seeds(folder: Path) -> Submission:
    """Every ``<register kind>.csv`` of a folder; see :func:`seeds_of`."""
    return seeds_of({path.name: path.read_bytes() for path in folder.glob("*.csv")})


def seeds_of(contents: Mapping[str, bytes]) -> Submission:
    """Files ``<register kind>.csv``: headers are field names, days ISO, weights and money decimal.

    The submission's id is a hash of the files, so that evidence read with other seeds has another digest.
    """
    return _seeds(tuple(sorted(contents.items())))


@cache
def _seeds(contents: tuple[tuple[str, bytes], ...]) -> Submission:
    files = tuple(
        ReceivedFile(name, hashlib.sha256(content).hexdigest(), content, "data") for name, content in contents
    )
    unknown = [f.path for f in files if f.path.removesuffix(".csv") not in REGISTER_KINDS]
    if unknown:
        raise SeedError(f"seeds: found {', '.join(unknown)}; expected files named after register kinds")
    said = "\n".join(f"{f.path}:{f.sha256}" for f in files)
    return Submission(
        submission_id="seeds-" + hashlib.sha256(said.encode()).hexdigest()[:32],
        name="seeds",
        sender=SENDER,
        period=None,
        received_on=RECEIVED_ON,
        files=files,
        tables=tuple(_table(f) for f in files),
    )


def _table(file: ReceivedFile) -> Table:
    kind = file.path.removesuffix(".csv")
    model = KINDS[kind]
    reader = csv.reader(io.StringIO(file.content.decode("utf-8"), newline=""))
    header = next(reader)
    records: list[dict[str, Any]] = []
    for number, cells in enumerate(reader, start=2):
        try:
            given = {name: cell or None for name, cell in zip(header, cells, strict=True)}
            records.append({"row": number, **model.model_validate(given).model_dump()})
        except ValueError as error:
            raise SeedError(f"{file.path}, row {number}: {error}") from error
    frame = pd.DataFrame({"row": pd.Series([r["row"] for r in records], dtype="int64")})
    for name, value_type in model.field_types().items():
        frame[name] = _column([r[name] for r in records], value_type)
    skipped = {1: "header"}
    return Table(kind, file.path, "", tuple(header), frame, (), skipped, rows_in=len(records) + len(skipped))


def _column(values: list[Any], value_type: FieldType) -> pd.Series:
    if value_type.scale is not None:
        values = [None if v is None else int(Decimal(v).scaleb(value_type.scale)) for v in values]
    if value_type.dtype == "datetime64[us]":
        values = [None if v is None else pd.Timestamp(v) for v in values]
    return pd.Series(values, dtype=value_type.dtype)
