"""What differs between two catalogues, field by field. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from carmonitor.catalogues import Catalogue
from carmonitor.framework.regimes import Regime

Fields = dict[str, str]
"""Field → its value as text: ``parameters.due_day`` → ``15 day of the following month (project-default)``."""


@dataclass(frozen=True)
class FieldChange:
    """A field that differs; None where it is absent."""

    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Difference:
    """``what``: rule, detector, regime, caveat, reason or file; ``kind``: added, removed or changed."""

    what: str
    id: str
    kind: str
    changes: tuple[FieldChange, ...] = ()


def differences(old: Catalogue, new: Catalogue) -> list[Difference]:
    """What became of ``old`` in ``new``; empty only where both have the same hash.

    Files that differ although nothing in them means anything else (comments, layout) are named as files.
    """
    found: list[Difference] = []
    for what, before, after in (
        ("rule", _models(old.rulebook.specs), _models(new.rulebook.specs)),
        ("detector", _models(old.detectors), _models(new.detectors)),
        ("regime", _regimes(old), _regimes(new)),
        ("caveat", _by_id(old.rulebook.regimes.caveats), _by_id(new.rulebook.regimes.caveats)),
        ("reason", _models(old.rulebook.reasons), _models(new.rulebook.reasons)),
    ):
        found += _compared(what, before, after)
    told = {path for path in {*old.files, *new.files} if path.startswith("rulebook/") or path == "detectors.yaml"}
    differ = [path for path in sorted({*old.files, *new.files}) if old.files.get(path) != new.files.get(path)]
    if found:
        differ = [path for path in differ if path not in told]
    return found + [Difference("file", path, _kind(path in old.files, path in new.files)) for path in differ]


def _kind(before: bool, after: bool) -> str:
    return "changed" if before and after else "removed" if before else "added"


def _compared(what: str, before: Mapping[str, Fields], after: Mapping[str, Fields]) -> Iterator[Difference]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            yield Difference(what, name, _kind(old is not None, new is not None))
            continue
        changes = tuple(
            FieldChange(field, old.get(field), new.get(field))
            for field in dict.fromkeys([*old, *new])
            if old.get(field) != new.get(field)
        )
        if changes:
            yield Difference(what, name, "changed", changes)


def _models(models: Mapping[str, BaseModel]) -> dict[str, Fields]:
    return {name: fields_of(model) for name, model in models.items()}


def _by_id(models: Sequence[Any]) -> dict[str, Fields]:
    return {model.id: fields_of(model) for model in models}


def _regimes(catalogue: Catalogue) -> dict[str, Fields]:
    """By code, the later ones of one code numbered: KPCS holds before and after."""
    named: dict[str, Regime] = {}
    for regime in catalogue.rulebook.regimes.regimes:
        number = 1 + sum(name.split(" ")[0] == regime.code for name in named)
        named[regime.code if number == 1 else f"{regime.code} ({number})"] = regime
    return _models(named)


def fields_of(model: BaseModel) -> Fields:
    """Every field that says something, as text under its path."""
    return dict(_flat("", model.model_dump(mode="json", by_alias=True, exclude_defaults=True)))


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), item)
    elif isinstance(value, list) and value and all(isinstance(item, dict) and "name" in item for item in value):
        for item in value:
            yield from _flat(f"{path}.{item['name']}", {k: v for k, v in item.items() if k != "name"})
    elif isinstance(value, list):
        yield path, ", ".join(_dated(item) if isinstance(item, dict) else str(item) for item in value)
    else:
        yield path, str(value)


def _dated(item: Mapping[str, Any]) -> str:
    """A parameter's value with its span."""
    span = " ".join(f"{name} {item[name]}" for name in ("from", "to") if item.get(name))
    return f"{item['value']!r} ({span})" if span else repr(item.get("value"))
