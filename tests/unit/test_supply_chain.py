"""What is shipped is listed, and no licence is a surprise."""

from __future__ import annotations

import json
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import supply_chain
from tools.supply_chain import Part, UnknownLicence, surprises

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = supply_chain.rules()["allowed"]


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
