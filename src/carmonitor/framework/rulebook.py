"""The rulebook: a folder of YAML files that says what each rule means, when it holds and why (semantics.md 22)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from pydantic import ValidationError

from carmonitor.framework.checks import Bilingual, Check, CheckSpec
from carmonitor.framework.regimes import Regimes
from carmonitor.records.yamltext import parse_yaml

_ALWAYS_KNOWN = {"subject_id", "day", "period"}


class RulebookError(Exception):
    """A rulebook that cannot be used; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Rulebook:
    """Specifications by id, in the order of the files; ``hash``: of the folder's content, the rulebook's version."""

    specs: dict[str, CheckSpec]
    regimes: Regimes
    reasons: dict[str, Bilingual]
    hash: str

    def reason_text(self, reason: str, lang: str) -> str:
        """``not_supplied:parcel_source`` in words. Raises KeyError for an unknown code."""
        code, _, detail = reason.partition(":")
        return self.reasons[code][lang].format(detail=detail)


def load_rulebook(folder: Path) -> Rulebook:
    """Read and check a rulebook folder. Raises :class:`RulebookError` naming the file that is wrong."""
    files = sorted(folder.glob("*.yaml"))
    if not (folder / "regimes.yaml").is_file():
        raise RulebookError(f"{folder}: no regimes.yaml, so this is not a rulebook folder")
    digest = hashlib.sha256()
    regimes: Regimes | None = None
    reasons: dict[str, Bilingual] = {}
    specs: dict[str, CheckSpec] = {}
    for path in files:
        content = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + content + b"\0")
        try:
            data = parse_yaml(content)
            if path.name == "regimes.yaml":
                regimes = Regimes.model_validate(data)
            elif path.name == "reasons.yaml":
                reasons = {code: Bilingual.model_validate(text) for code, text in data.items()}
            else:
                _add(specs, data["rules"])
        except (ValidationError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise RulebookError(f"{path}: {error}") from error
    assert regimes is not None
    return Rulebook(specs, regimes, reasons, digest.hexdigest())


def load_specs(path: Path) -> dict[str, CheckSpec]:
    """The specifications of one file, as ``schemas/detectors.yaml``, by id."""
    specs: dict[str, CheckSpec] = {}
    try:
        _add(specs, parse_yaml(path.read_text(encoding="utf-8"))["detectors"])
    except (ValidationError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise RulebookError(f"{path}: {error}") from error
    return specs


def check_implementations(specs: dict[str, CheckSpec], checks: dict[str, Check]) -> list[str]:
    """What does not fit between specifications and functions: missing ones, strange ones, unknown placeholders."""
    wanted = {i for i, s in specs.items() if s.outcome != "scope_note"}
    problems = [f"{i}: no function" for i in sorted(wanted - set(checks))]
    problems += [f"{i}: a function without a specification" for i in sorted(set(checks) - wanted)]
    for check_id in sorted(wanted & set(checks)):
        spec, check = specs[check_id], checks[check_id]
        known = _ALWAYS_KNOWN | set(check.evidence) | {p.name for p in spec.parameters}
        for text in _texts(spec):
            strange = {name for _, name, _, _ in Formatter().parse(text) if name} - known
            problems += [f"{check_id}: message uses {{{name}}}, which the check does not declare" for name in strange]
    return problems


def _add(specs: dict[str, CheckSpec], entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        spec = CheckSpec.model_validate(entry)
        if spec.id in specs:
            raise ValueError(f"{spec.id} stands twice")
        specs[spec.id] = spec


def _texts(spec: CheckSpec) -> list[str]:
    messages = spec.message.values() if isinstance(spec.message, dict) else [spec.message]
    return [text for m in messages if m is not None for text in (m.en, m.fr)]
