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
from carmonitor.records.yamltext import parse_received

_PERIOD = re.compile(r"\d{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?")
_KEYS = ("sender", "period", "received_on")
_LONGEST = 10_000  # bytes; three lines are about a hundred


@dataclass(frozen=True)
class Cover:
    """What one place states; None where it is silent."""

    sender: str | None = None
    period: str | None = None
    received_on: date | None = None

    def checked(self, where: str) -> Cover:
        """Itself, when the period is one; else :class:`IntakeError`."""
        if self.period is not None and not _PERIOD.fullmatch(self.period):
            raise IntakeError(f"{where}: expected a period as YYYY-MM, found {_shown(self.period)}")
        return self


def cover_of_yaml(path: str, content: bytes) -> Cover:
    """Read ``submission.yaml``: sender, period, received_on, all optional; other keys are refused."""
    if len(content) > _LONGEST:
        raise IntakeError(f"{path}: {len(content)} bytes, expected three lines ({', '.join(_KEYS)})")
    try:
        data = parse_received(content.decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise IntakeError(f"{path}: expected YAML in UTF-8, found an error ({error})") from error
    if data is None:
        return Cover()
    if not isinstance(data, dict) or any(key not in _KEYS for key in data):
        found = ", ".join(map(_shown, data)) if isinstance(data, dict) else type(data).__name__
        raise IntakeError(f"{path}: expected the keys {', '.join(_KEYS)}, found {found}")
    return Cover(
        _sender(path, data.get("sender")), _period(path, data.get("period")), _day(path, data.get("received_on"))
    ).checked(path)


def _shown(value: object) -> str:
    return repr(value)[:60]


def _sender(path: str, value: object) -> str | None:
    if value is None:
        return None
    text = clean_text(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not isinstance(text, str) or not text or text != " ".join(str(value).split()):
        raise IntakeError(f"{path}: expected the sender's name, found {_shown(value)}")
    return text


def _period(path: str, value: object) -> str | None:
    if value is not None and (not isinstance(value, str | int) or isinstance(value, bool)):
        raise IntakeError(f"{path}: expected a period as YYYY-MM, found {_shown(value)}")
    return None if value is None else str(value)


def _day(path: str, value: object) -> date | None:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = date.fromisoformat(value)
    if value is not None and (isinstance(value, datetime) or not isinstance(value, date)):
        raise IntakeError(f"{path}: expected received_on as a day, YYYY-MM-DD, found {_shown(value)}")
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
