"""The rulebook: a folder of YAML files that says what each rule means, when it holds and why (semantics.md 22).

Reading is strict: whatever is not understood is refused, and all that is wrong with a folder is told at once.
Whether a rulebook fits the functions is the business of :mod:`carmonitor.framework.fitting`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from carmonitor.framework.checks import Bilingual, CheckSpec
from carmonitor.framework.regimes import Regimes
from carmonitor.framework.spans import Span, faults
from carmonitor.records.yamltext import parse_strictly

Files = Mapping[str, bytes]
"""File name → content."""


class RulebookError(Exception):
    """A rulebook that cannot be used; ``problems``: each with its file, rule and field, what was found and expected."""

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        super().__init__(f"{where}: " + "; ".join(problems))
        self.problems = tuple(problems)


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
    """Read and check a rulebook folder. Raises :class:`RulebookError` with all that is wrong."""
    files = rulebook_files(folder)
    rulebook, problems = read_rulebook(files)
    if problems:
        raise RulebookError(str(folder), problems)
    return rulebook


def rulebook_files(folder: Path) -> dict[str, bytes]:
    """The YAML files of a folder. Raises :class:`RulebookError` when it is no rulebook folder."""
    if not folder.is_dir():
        raise RulebookError(str(folder), ["found no such folder, expected a rulebook folder"])
    if not (folder / "regimes.yaml").is_file():
        raise RulebookError(str(folder), ["no regimes.yaml, so this is not a rulebook folder"])
    others = sorted(path.name for path in folder.glob("*.yml"))
    if others:
        raise RulebookError(str(folder), [f"found {name}, expected names that end in .yaml" for name in others])
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}


def read_rulebook(files: Files) -> tuple[Rulebook, list[str]]:
    """The rulebook that these files hold, as far as it is understood, and all that is wrong with it."""
    problems: list[str] = []
    regimes = Regimes(regimes=())
    reasons: dict[str, Bilingual] = {}
    specs: dict[str, CheckSpec] = {}
    for name, content in sorted(files.items()):
        data = _parsed(name, content, problems)
        if data is None:
            continue
        if name == "regimes.yaml":
            try:
                regimes = Regimes.model_validate(data)
                problems += [f"{name}: {fault}" for fault in _regime_faults(regimes)]
            except ValidationError as error:
                problems += [f"{name}: {fault}" for fault in _told(error, data)]
        elif name == "reasons.yaml":
            reasons = _reasons(data, problems)
        else:
            _add(specs, name, data, "rules", problems)
    problems += [f"found no {n}, expected one" for n in ("regimes.yaml", "reasons.yaml") if n not in files]
    return Rulebook(specs, regimes, reasons, rulebook_hash(files)), problems


def rulebook_hash(files: Files) -> str:
    """The version of a rulebook: a hash of the names and contents of its files."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(name.encode() + b"\0" + content + b"\0")
    return digest.hexdigest()


def read_specs(name: str, content: bytes) -> tuple[dict[str, CheckSpec], list[str]]:
    """The specifications of one file of detectors by id, and all that is wrong with it."""
    problems: list[str] = []
    specs: dict[str, CheckSpec] = {}
    data = _parsed(name, content, problems)
    if data is not None:
        _add(specs, name, data, "detectors", problems)
    return specs, problems


def load_specs(path: Path) -> dict[str, CheckSpec]:
    """The specifications of one file, as ``schemas/detectors.yaml``, by id."""
    specs, problems = read_specs(path.name, path.read_bytes())
    if problems:
        raise RulebookError(str(path), problems)
    return specs


def _parsed(name: str, content: bytes, problems: list[str]) -> dict[str, Any] | None:
    try:
        data = parse_strictly(content)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a day that is none, bytes that are no text
        problems.append(f"{name}: {' '.join(str(error).split())}")
        return None
    if not isinstance(data, dict):
        problems.append(f"{name}: found {_short(data)}, expected keys and values")
        return None
    return data


def _reasons(data: dict[str, Any], problems: list[str]) -> dict[str, Bilingual]:
    reasons = {}
    for code, text in data.items():
        try:
            reasons[str(code)] = Bilingual.model_validate(text)
        except ValidationError as error:
            problems += [f"reasons.yaml: {code}: {fault}" for fault in _told(error, text)]
    return reasons


def _add(specs: dict[str, CheckSpec], file: str, data: dict[str, Any], key: str, problems: list[str]) -> None:
    """Read the entries of one file into ``specs``."""
    strange = [k for k in data if k != key]
    problems += [f"{file}: found the key {k!r}, expected only {key!r}" for k in strange]
    if key not in data or not isinstance(data[key], list):
        problems.append(f"{file}: found {_short(data.get(key))} under {key!r}, expected a list")
        return
    for number, entry in enumerate(data[key], start=1):
        name = entry.get("id") if isinstance(entry, dict) else None
        where = f"{file}: {name or f'entry {number}'}"
        try:
            spec = CheckSpec.model_validate(entry)
        except ValidationError as error:
            problems += [f"{where}: {fault}" for fault in _told(error, entry)]
            continue
        problems += [f"{where}: {fault}" for fault in _spec_faults(spec, file)]
        if spec.id in specs:
            problems.append(f"{where}: {spec.id} stands twice, expected each id once")
        else:
            specs[spec.id] = spec


_DETECTOR_ID = r"F[0-9]{2}|P-[0-9]{2}"
_CERTAINTY = re.compile(r"[PSIN]([+/][PSIN])*")


def _spec_faults(spec: CheckSpec, file: str) -> Iterator[str]:
    """What is wrong with a rule that can be read."""
    family = Path(file).stem
    if file == "detectors.yaml":
        if not re.fullmatch(_DETECTOR_ID, spec.id):
            yield f"id: found {spec.id!r}, expected an id such as F14 or P-01"
    elif not re.fullmatch(rf"{re.escape(family)}-[0-9]{{2}}", spec.id):
        yield f"id: found {spec.id!r}, expected an id such as {family}-01, of the family its file is named after"
    if not _CERTAINTY.fullmatch(spec.certainty):
        yield f"certainty: found {spec.certainty!r}, expected marks P, S, I or N, such as P+S or S/I"
    if spec.outcome != "scope_note" and spec.advice is None:
        yield "advice: found nothing, expected what to do, in English and French"
    if not spec.source.title.strip():
        yield "source.title: found nothing, expected where the rule is stated"
    for field, text in _texts(spec):
        yield from (f"{field}.{lang}: found only spaces" for lang in ("en", "fr") if not text[lang].strip())
    yield from (f"from/to: {fault}" for fault in faults([Span("the rule", spec.from_, spec.to)]))
    names = [p.name for p in spec.parameters]
    yield from (f"parameters: {n} stands twice, expected each once" for n in sorted(set(names)) if names.count(n) > 1)
    for parameter in spec.parameters:
        dated = [Span(f"the value {_short(v.value)}", v.from_, v.to) for v in parameter.values]
        yield from (f"parameters.{parameter.name}.values: {fault}" for fault in faults(dated))


def _texts(spec: CheckSpec) -> Iterator[tuple[str, Bilingual]]:
    for field in ("title", "advice", "innocent_cause"):
        text = getattr(spec, field)
        if text is not None:
            yield field, text
    if isinstance(spec.message, dict):
        yield from ((f"message.{part}", text) for part, text in spec.message.items())
    elif spec.message is not None:
        yield "message", spec.message


def _regime_faults(regimes: Regimes) -> Iterator[str]:
    yield from (f"regimes: {f}" for f in faults([Span(r.code, r.from_, r.to) for r in regimes.regimes]))
    ids = [c.id for c in regimes.caveats]
    yield from (f"caveats: {i} stands twice, expected each id once" for i in sorted(set(ids)) if ids.count(i) > 1)
    for caveat in regimes.caveats:
        yield from (f"caveats: {f}" for f in faults([Span(caveat.id, caveat.from_, caveat.to)]))


def _told(error: ValidationError, given: Any) -> Iterator[str]:
    """Pydantic's errors as ours: field, found, expected."""
    for fault in error.errors(include_url=False):
        path = _path(fault["loc"], given)
        lead = f"{path}: " if path else ""
        if fault["type"] == "extra_forbidden":
            yield f"{lead}found this key, which is not known; expected a known one or none"
        elif fault["type"] == "missing":
            language = {"en": "its English text", "fr": "its French text"}.get(str(fault["loc"][-1]), "it")
            yield f"{lead}found nothing, expected {language}"
        elif fault["type"] == "too_short":
            yield f"{lead}found {_short(fault['input'])}, expected at least one"
        elif fault["type"] == "value_error":
            yield f"{lead}{fault['ctx']['error']}"
        else:
            expected = fault["msg"].removeprefix("Input should be ").removeprefix("a ")
            yield f"{lead}found {_short(fault['input'])}, expected {expected}"


def _path(loc: tuple[int | str, ...], given: Any) -> str:
    """``parameters.due_day.values[0].value``: items of a list by their name, code or id where they have one."""
    said = ""
    node = given
    for step in loc:
        if step in ("one", "parts", "text") and not (isinstance(node, dict) and step in node):
            continue  # which of several forms of a text
        inner = isinstance(node, (dict, list)) and (step in node if isinstance(node, dict) else isinstance(step, int))
        node = node[step] if inner else None
        named = isinstance(node, dict) and isinstance(step, int)
        label = next((node[k] for k in ("name", "code", "id") if k in node), None) if named and node else None
        said += f".{label}" if label else f"[{step}]" if isinstance(step, int) else f".{step}"
    return said.removeprefix(".")


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else text[:60] + "…"
