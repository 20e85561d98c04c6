"""The record kinds as Table Schemas (Data Package v2), for readers without Python.

The files under ``schemas/records`` are generated from the models and never edited by hand; a test keeps them equal::

    python -m carmonitor.records.table_schema schemas/records
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from carmonitor.records import KINDS, Record
from carmonitor.records.fields import FieldType, bounds, field_type

_PROFILES = "https://datapackage.org/profiles/2.1"

_TYPES: Mapping[str, tuple[str, str | None]] = {
    "text": ("string", None),
    "certificate": ("string", None),
    "place": ("string", None),
    "country": ("string", None),
    "choice": ("string", None),
    "month": ("yearmonth", None),
    "period": ("string", None),
    "hs_code": ("string", None),
    "date": ("date", "default"),
    "boolean": ("boolean", None),
    "integer": ("integer", None),
    "carats": ("number", None),
    "usd": ("number", None),
    "xaf": ("integer", None),
    "amount": ("number", None),
    "rate": ("number", None),
    "degrees": ("number", None),
}
"""Value type of the data dictionary → Table Schema type and format."""

_CONSTRAINTS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
}
_OF_THE_TYPE = {"month": "pattern"}  # yearmonth says it already

_KEY_NOTE = {
    "en": "A row without its key fields forms no record. Keys are not unique: identical rows count once, "
    "differing rows with one key are both kept and reported.",
    "fr": "Une ligne sans ses champs clés ne forme aucun enregistrement. Les clés ne sont pas uniques : des lignes "
    "identiques comptent une fois, des lignes différentes de même clé sont toutes gardées et signalées.",
}


def table_schema(kind: str) -> dict[str, Any]:
    """The Table Schema of a record kind: plain JSON values, in a fixed order.

    Beside the standard's own properties: ``titleFr`` and ``descriptionFr``; ``unit`` (ct, USD, XAF, °);
    ``decimalPlaces`` of numbers that are kept exactly; ``dictionaryType``, the value type of the data dictionary;
    ``keyFields`` with ``keyNote``. There is no ``primaryKey``: keys are not unique.
    Raises KeyError for an unknown kind.
    """
    model = KINDS[kind]
    return {
        "$schema": f"{_PROFILES}/tableschema.json",
        "name": kind,
        "title": model.TITLE_EN,
        "titleFr": model.TITLE_FR,
        "description": " ".join((model.__doc__ or "").split()),
        "group": model.GROUP,
        "fields": [_field(model, name, info) for name, info in model.model_fields.items()],
        "fieldsMatch": "partial",
        "missingValues": [""],
        "keyFields": list(model.KEY),
        "keyNote": _KEY_NOTE["en"],
        "keyNoteFr": _KEY_NOTE["fr"],
    }


def data_package() -> dict[str, Any]:
    """The Data Package descriptor of a full set of records: one CSV file a kind, each with its Table Schema."""
    return {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": "carmonitor-records",
        "title": "Record kinds of the CAR rough diamond export monitor",
        "titleFr": "Types d'enregistrements du suivi des exportations de diamants bruts de RCA",
        "description": "A folder of CSV files with these names and columns is a submission that is read as it stands. "
        "A file that is not there is absent, which is not the same as a file without rows.",
        "resources": [
            {
                "$schema": f"{_PROFILES}/dataresource.json",
                "name": kind,
                "title": model.TITLE_EN,
                "titleFr": model.TITLE_FR,
                "type": "table",
                "path": f"{kind}.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": f"{kind}.json",
            }
            for kind, model in KINDS.items()
        ],
    }


def rendered() -> dict[str, str]:
    """File name → text of every generated file. The same models always give the same text."""
    schemas = {f"{kind}.json": table_schema(kind) for kind in KINDS}
    return {name: _json(content) for name, content in {**schemas, "datapackage.json": data_package()}.items()}


def write(folder: Path) -> list[Path]:
    """Write every generated file into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in rendered().items():
        path = folder / name
        path.write_text(text, encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def choices(info: FieldInfo) -> tuple[str, ...]:
    """The values a choice field may hold, in the order of its declaration; empty for other fields."""
    return tuple(_literals(info.annotation))


def _literals(annotation: Any) -> list[str]:
    found: list[str] = []
    for arg in get_args(annotation):
        found += [arg] if isinstance(arg, str) else _literals(arg)
    return found


def _field(model: type[Record], name: str, info: FieldInfo) -> dict[str, Any]:
    value_type = field_type(info)
    kind, fmt = _TYPES[value_type.name]
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    described: dict[str, Any] = {"name": name, "type": kind}
    if fmt:
        described["format"] = fmt
    described["title"] = name.replace("_", " ").capitalize()
    described["description"] = info.description
    described["descriptionFr"] = extra["description_fr"]
    described["dictionaryType"] = value_type.name
    if value_type.unit:
        described["unit"] = value_type.unit
    if value_type.scale is not None:
        described["decimalPlaces"] = value_type.scale
    constraints = _constraints(model, name, info, value_type)
    if constraints:
        described["constraints"] = constraints
    return described


def _constraints(model: type[Record], name: str, info: FieldInfo, value_type: FieldType) -> dict[str, Any]:
    found: dict[str, Any] = {"required": True} if name in model.KEY else {}
    if values := choices(info):
        found["enum"] = list(values)
    for ours, theirs in _CONSTRAINTS.items():
        limit = bounds(info).get(ours)
        if limit is not None and _OF_THE_TYPE.get(value_type.name) != ours:
            found[theirs] = limit
    return found


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "schemas/records"))
