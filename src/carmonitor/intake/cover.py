"""Who sent a submission, for which month, and when it arrived, wherever it is stated."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import yaml

from carmonitor.intake.batch import IntakeError, Table
from carmonitor.intake.cells import clean_text
from carmonitor.records.yamltext import parse_yaml

_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?")
_KEYS = ("sender", "period", "received_on")


@dataclass(frozen=True)
class Cover:
    """What one place states; None where it is silent."""

    sender: str | None = None
    period: str | None = None
    received_on: date | None = None

    def checked(self, where: str) -> Cover:
        """Itself, when the period is one; else :class:`IntakeError`."""
        if self.period is not None and not _PERIOD.fullmatch(self.period):
            raise IntakeError(f"{where}: expected a period as YYYY-MM, found {self.period!r}")
        return self


def cover_of_yaml(path: str, content: bytes) -> Cover:
    """Read ``submission.yaml``: sender, period, received_on, all optional; other keys are refused."""
    try:
        data = parse_yaml(content.decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise IntakeError(f"{path}: expected YAML in UTF-8, found an error ({error})") from error
    if data is None:
        return Cover()
    if not isinstance(data, dict) or any(key not in _KEYS for key in data):
        found = ", ".join(str(key) for key in data) if isinstance(data, dict) else type(data).__name__
        raise IntakeError(f"{path}: expected the keys {', '.join(_KEYS)}, found {found}")
    sender = clean_text(str(data["sender"])) if data.get("sender") is not None else None
    if sender is not None and (not isinstance(sender, str) or not sender):
        raise IntakeError(f"{path}: expected the sender's name, found {data['sender']!r}")
    period = None if data.get("period") is None else str(data["period"])
    return Cover(sender, period, _day(path, data.get("received_on"))).checked(path)


def _day(path: str, value: object) -> date | None:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = date.fromisoformat(value)
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise IntakeError(f"{path}: expected received_on as a day, YYYY-MM-DD, found {value!r}")
    return value


def declared_cover(name: str, tables: Sequence[Table]) -> Cover:
    """Sender and period as the return_declaration states them, also in a row quarantined for other cells."""
    stated: dict[str, set[str]] = {"sender": set(), "period": set()}
    for table in tables:
        if table.kind == "return_declaration":
            for field, found in stated.items():
                found.update(str(value) for value in table.frame[field])
                found.update(row.known_keys[field] for row in table.quarantine if field in row.known_keys)
    for field, found in stated.items():
        if len(found) > 1:
            raise IntakeError(f"{name}: the return declarations name more than one {field}: {', '.join(sorted(found))}")
    return Cover(next(iter(stated["sender"]), None), next(iter(stated["period"]), None))
