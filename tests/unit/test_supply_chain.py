"""What is shipped is listed, and no licence is a surprise."""

from __future__ import annotations

import copy
import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from referencing import Registry, Resource

from tools import supply_chain
from tools.supply_chain import Part, UnknownLicence, surprises

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = supply_chain.rules()["allowed"]
SCHEMAS = Path(__file__).parent / "cyclonedx"
"""The official schemas of CycloneDX 1.6.2, as published, with their licence (Apache-2.0)."""


@pytest.fixture(scope="module")
def committed() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ROOT / supply_chain.SBOM).read_text(encoding="utf-8"))
    return content


def test_the_committed_lists_are_those_of_the_lock() -> None:
    if sys.version_info[:2] != (3, 11):
        pytest.skip("written with Python 3.11, for which requirements.lock is resolved")
    found, known = supply_chain.parts(), supply_chain.rules()
    hint = "run `make sbom`"
    assert supply_chain.sbom(found) == (ROOT / supply_chain.SBOM).read_text(encoding="utf-8"), hint
    assert supply_chain.page(found, known) == (ROOT / supply_chain.LICENCES).read_text(encoding="utf-8"), hint


def test_what_is_installed_has_the_version_and_licence_that_is_listed(committed: dict[str, Any]) -> None:
    known, seen = supply_chain.rules(), {}
    for component in committed["components"]:
        if "purl" not in component:
            continue
        try:
            version = metadata.version(component["name"])
        except metadata.PackageNotFoundError:
            continue
        (licence,) = component["licenses"]
        seen[component["name"]] = seen.get(component["name"], False) or version == component["version"]
        assert supply_chain._licence(component["name"], known) in (
            licence.get("expression"),
            licence.get("license", {}).get("id"),
        )
    assert [name for name, listed in seen.items() if not listed] == []


def test_every_direct_dependency_is_listed(committed: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = {component["name"] for component in committed["components"]}
    assert {canonicalize_name(Requirement(text).name) for text in project["dependencies"]} <= listed


def test_the_bill_is_cyclonedx_and_its_references_lead_somewhere(committed: dict[str, Any]) -> None:
    assert (committed["bomFormat"], committed["specVersion"]) == ("CycloneDX", "1.6")
    refs = [component["bom-ref"] for component in committed["components"]]
    assert len(refs) == len(set(refs)) > 100
    for dependency in committed["dependencies"]:
        assert {dependency["ref"], *dependency["dependsOn"]} <= {*refs, "carmonitor"}
    assert "timestamp" not in committed["metadata"]


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    """What CycloneDX itself says of a bill; everything that the schema refers to lies beside it."""
    found = [schema(path.name) for path in sorted(SCHEMAS.glob("*.schema.json"))]
    near = Registry().with_resources([(content["$id"], Resource.from_contents(content)) for content in found])
    return Draft7Validator(schema("bom-1.6.schema.json"), registry=near, format_checker=FormatChecker())


def test_the_bill_fits_the_official_schema(committed: dict[str, Any], validator: Draft7Validator) -> None:
    assert committed["$schema"] == validator.schema["$id"]
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(committed)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bill: bill.update(serialNumber="urn:uuid:one"),
        lambda bill: bill.update(made="here"),
        lambda bill: bill["components"][0].update(type="package"),
        lambda bill: bill["components"][0]["licenses"][0].update(license={"id": "MIT License"}),
        lambda bill: bill["components"].append(bill["components"][0]),
        lambda bill: bill["dependencies"][0].pop("ref"),
    ],
)
def test_the_schema_refuses_what_is_no_bill(spoil: Any, committed: dict[str, Any], validator: Draft7Validator) -> None:
    bill = copy.deepcopy(committed)
    spoil(bill)
    assert not validator.is_valid(bill)


def test_every_licence_in_an_expression_is_an_spdx_identifier(committed: dict[str, Any]) -> None:
    """The schema takes any text for an expression."""
    said = [each["expression"] for part in committed["components"] for each in part["licenses"] if "expression" in each]
    names = {name for text in said for name in re.split(r"\s+(?:AND|OR|WITH)\s+|[()]", text) if name}
    assert names
    assert names <= set(schema("spdx.schema.json")["enum"])


def test_every_pinned_file_has_a_hash() -> None:
    for name, versions in supply_chain._pinned().items():
        assert all(hashes for _, hashes in versions), name


def test_no_run_time_dependency_has_a_surprising_licence() -> None:
    assert surprises(supply_chain.parts(), ALLOWED) == []


@pytest.mark.parametrize(
    ("expression", "is_allowed"),
    [
        ("MIT", True),
        ("AGPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False),
        ("AGPL-3.0-only OR MIT", True),
        ("MPL-2.0 AND (Apache-2.0 OR AGPL-3.0-only)", True),
        ("MIT AND (GPL-2.0-only OR AGPL-3.0-only)", False),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("LicenseRef-Proprietary", False),
        ("", False),
    ],
)
def test_a_licence_is_allowed_only_as_its_expression_says(expression: str, is_allowed: bool) -> None:
    assert (surprises([Part("x", "1", expression)], ALLOWED) == []) is is_allowed


def test_a_package_without_a_known_licence_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"read": {}, "words": {}, "allowed": ALLOWED}
    with pytest.raises(UnknownLicence, match=r"tools/licences.yaml"):
        supply_chain._licence("no-such-package-here", known)
    monkeypatch.setattr(supply_chain.metadata, "distribution", lambda _: Unclear())
    with pytest.raises(UnknownLicence, match="expected a known licence"):
        supply_chain._licence("unclear", known)


class Unclear:
    """A package that says nothing one could rely on."""

    class metadata:  # noqa: N801 - as of importlib
        @staticmethod
        def get(name: str) -> str | None:
            return "see the web site" if name == "License" else None

        @staticmethod
        def get_all(_name: str, _default: list[str]) -> list[str]:
            return ["License :: Other/Proprietary License"]


def test_what_others_made_and_lies_here_is_listed() -> None:
    listed = {name for work in supply_chain.rules()["vendored"] for name in work["files"]}
    foreign = [
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.min.js", "*.min.css", "*.woff", "*.woff2", "*.ttf", "*.otf")
        for path in (ROOT / "src").rglob(pattern)
    ]
    assert set(foreign) <= listed
