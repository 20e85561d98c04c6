"""The committed Table Schemas say what the models say."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from pydantic import ValidationError

from carmonitor.records import KINDS
from carmonitor.records.fields import field_type
from carmonitor.records.table_schema import choices, rendered, table_schema, write
from carmonitor.settings import schemas_dir


def by_name(kind: str) -> dict[str, dict[str, object]]:
    return {field["name"]: field for field in table_schema(kind)["fields"]}


def test_the_committed_files_are_the_generated_ones() -> None:
    folder = schemas_dir() / "records"
    committed = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert committed == rendered(), "run: python -m carmonitor.records.table_schema schemas/records"


def test_writing_gives_one_file_a_kind_and_the_package(tmp_path) -> None:
    paths = write(tmp_path / "new")
    assert {p.stem for p in paths} == {*KINDS, "datapackage"}
    assert all(p.read_bytes().endswith(b"}\n") and b"\r" not in p.read_bytes() for p in paths)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_there_in_order_with_both_descriptions(kind: str) -> None:
    schema = table_schema(kind)
    assert [field["name"] for field in schema["fields"]] == list(KINDS[kind].model_fields)
    assert all(field["description"] and field["descriptionFr"] for field in schema["fields"])


@pytest.mark.parametrize("kind", KINDS)
def test_exactly_the_key_fields_are_required_and_none_is_a_primary_key(kind: str) -> None:
    schema = table_schema(kind)
    required = [f["name"] for f in schema["fields"] if f.get("constraints", {}).get("required")]
    assert sorted(required) == sorted(KINDS[kind].KEY) == sorted(schema["keyFields"])
    assert "primaryKey" not in schema


def test_weights_have_unit_places_and_limits() -> None:
    carats = by_name("shipment")["carats"]
    assert (carats["type"], carats["unit"], carats["decimalPlaces"]) == ("number", "ct", 2)
    assert carats["constraints"] == {"exclusiveMinimum": 0, "maximum": 10**9}


def test_francs_are_whole_and_dates_and_months_have_their_types() -> None:
    shipment = by_name("shipment")
    assert (shipment["levy_xaf"]["type"], shipment["levy_xaf"]["unit"]) == ("integer", "XAF")
    assert (shipment["issue_date"]["type"], shipment["issue_date"]["format"]) == ("date", "default")
    assert by_name("return_declaration")["period"]["type"] == "yearmonth"


def test_choices_are_the_values_of_the_model() -> None:
    assert by_name("shipment")["status"]["constraints"]["enum"] == ["issued", "void", "replaced"]
    assert by_name("filing")["report"]["constraints"]["required"] is True
    assert choices(KINDS["shipment"].model_fields["carats"]) == ()


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_schema_forbids_the_model_refuses(kind: str) -> None:
    """The limits of the schema are those of the model: one step outside each is refused by it."""
    model = KINDS[kind]
    tried = 0
    for field in table_schema(kind)["fields"]:
        limits = field.get("constraints", {})
        outside: list[object] = ["not a choice"] if "enum" in limits else []
        if "maximum" in limits:
            outside.append(Decimal(limits["maximum"]) + 1)
        if "minimum" in limits:
            outside.append(Decimal(limits["minimum"]) - 1)
        if "exclusiveMinimum" in limits:
            outside.append(Decimal(limits["exclusiveMinimum"]))
        if "pattern" in limits:
            outside.append("ß!")
        if "maxLength" in limits:
            outside.append("x" * (limits["maxLength"] + 1))
        for value in outside:
            tried += 1
            with pytest.raises(ValidationError) as error:
                model.model_validate({field["name"]: value})
            assert field["name"] in {problem["loc"][0] for problem in error.value.errors()}
    assert tried


def test_types_cover_the_data_dictionary() -> None:
    declared = {field_type(info).name for model in KINDS.values() for info in model.model_fields.values()}
    described = {f["dictionaryType"] for kind in KINDS for f in json.loads(rendered()[f"{kind}.json"])["fields"]}
    assert described == declared
