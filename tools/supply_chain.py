"""``python -m tools.supply_chain``: docs/sbom.cdx.json (CycloneDX 1.6) and docs/licences.md, from what is pinned.

What is listed: every package that carmonitor needs at run time, on any platform, as requirements.lock pins it; licences
from the installed packages' metadata or their licence files (tools/licences.yaml). The same lock gives the same
bytes. A licence that is not allowed, or not known, is an error.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SBOM, LICENCES = Path("docs/sbom.cdx.json"), Path("docs/licences.md")


@dataclass(frozen=True)
class Part:
    """A package or a vendored work. ``needs``: names of packages; ``hashes``: sha256 of its files."""

    name: str
    version: str
    licence: str
    needs: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class UnknownLicence(Exception):  # noqa: N818 - it is what it says
    """A licence that nobody has allowed; the message names the package."""


def rules() -> dict[str, Any]:
    """tools/licences.yaml."""
    content: dict[str, Any] = yaml.safe_load((ROOT / "tools/licences.yaml").read_text(encoding="utf-8"))
    return content


def parts() -> list[Part]:
    """Every run-time package, by name, then what is vendored."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    pinned, known = _pinned(), rules()
    needs: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
    while wanted:
        required = wanted.pop()
        name = canonicalize_name(required.name)
        key = (name, frozenset(required.extras))
        if name not in pinned or key in needs:  # not pinned: for versions of Python that are not supported
            continue
        further = list(_needs(name, required.extras))
        needs[key] = tuple(sorted({canonicalize_name(r.name) for r in further} & set(pinned)))
        wanted += further
    names = sorted({name for name, _ in needs})
    found = [
        Part(
            name=name,
            version=version,
            licence=_licence(name, known),
            needs=tuple(sorted({other for (mine, _), others in needs.items() if mine == name for other in others})),
            hashes=hashes,
        )
        for name in names
        for version, hashes in pinned[name]
    ]
    return [*found, *_vendored(known)]


def _pinned() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Package → its versions (some have one for older Pythons) and the hashes of their files, of requirements.lock."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    pinned: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for block in blocks:
        if head := re.match(r"([A-Za-z0-9_.-]+)==([^\s;]+)", block):
            hashes = tuple(sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", block)))
            pinned.setdefault(canonicalize_name(head[1]), []).append((head[2], hashes))
    return pinned


def _needs(name: str, extras: set[str]) -> Iterator[Requirement]:
    """What a package needs on any platform; of its extras, only those asked for."""
    try:
        lines = metadata.distribution(name).requires or []
    except metadata.PackageNotFoundError:  # for another platform or version of Python
        return
    for line in lines:
        required = Requirement(line)
        optional = required.marker is not None and "extra" in str(required.marker)
        if not optional or any(required.marker.evaluate({"extra": e}) for e in extras if required.marker):
            yield required


def _licence(name: str, known: dict[str, Any]) -> str:
    """The SPDX expression of a package's licence. Raises :class:`UnknownLicence`."""
    if name in known["read"]:
        return str(known["read"][name]["licence"])
    try:
        said = metadata.distribution(name).metadata
    except metadata.PackageNotFoundError:
        raise UnknownLicence(
            f"{name} is not installed here; read its licence and add it to tools/licences.yaml"
        ) from None
    if expression := said.get("License-Expression"):
        return str(expression)
    classified = [c[len("License :: ") :] for c in said.get_all("Classifier", []) if c.startswith("License :: ")]
    for word in (str(said.get("License") or "").strip(), *(classified if len(classified) == 1 else [])):
        if word in known["words"] or word in known["allowed"]:
            return str(known["words"].get(word, word))
    raise UnknownLicence(f"{name}: found {said.get('License')!r} and {classified}, expected a known licence")


def surprises(found: list[Part], allowed: dict[str, str]) -> list[str]:
    """Parts whose licence nobody has allowed: of alternatives (OR) one must be, of a sum (AND) every one."""
    return [f"{part.name}: {part.licence}" for part in found if not _is_allowed(part.licence, allowed)]


def _is_allowed(expression: str, allowed: dict[str, str]) -> bool:
    """Without operator precedence beyond brackets, AND and OR; an exception (WITH) is never allowed by itself."""
    text = expression.strip()
    while match := re.search(r"\(([^()]*)\)", text):
        text = text[: match.start()] + ("\x01" if _is_allowed(match[1], allowed) else "\x02") + text[match.end() :]
    return any(
        all(name.strip() == "\x01" or name.strip() in allowed for name in choice.split(" AND "))
        for choice in text.split(" OR ")
    )


def _vendored(known: dict[str, Any]) -> list[Part]:
    found = []
    for work in known["vendored"]:
        files = [ROOT / name for name in work["files"]]
        if all(file.is_file() for file in files):
            hashes = tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)
            found.append(
                Part(work["name"], work["version"], work["licence"], hashes=hashes, files=tuple(work["files"]))
            )
    return found


def sbom(found: list[Part]) -> str:
    """The bill of materials as CycloneDX JSON, without a time of its own."""
    lock = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = [part for part in found if not part.files]
    direct = sorted({canonicalize_name(Requirement(text).name) for text in project["dependencies"]})
    root = {"type": "application", "bom-ref": "carmonitor", "name": "carmonitor", "version": project["version"]}
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, lock)}",
        "version": 1,
        "metadata": {
            "component": root | {"licenses": [{"license": {"id": project["license"]}}]},
            "properties": [{"name": "carmonitor:requirements.lock:sha256", "value": lock}],
        },
        "components": [_component(part) for part in found],
        "dependencies": [
            {"ref": "carmonitor", "dependsOn": [_ref(p) for p in packages if p.name in direct]},
            *({"ref": _ref(p), "dependsOn": [_ref(q) for q in packages if q.name in p.needs]} for p in packages),
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _ref(part: Part) -> str:
    return part.name if part.files else f"pkg:pypi/{part.name}@{part.version}"


def _component(part: Part) -> dict[str, Any]:
    """A package with the fingerprint of its pinned hashes; a vendored work with those of its files."""
    same = {"bom-ref": _ref(part), "name": part.name, "version": part.version}
    licences = [{"expression": part.licence}] if " " in part.licence else [{"license": {"id": part.licence}}]
    if part.files:
        told = [{"name": f"carmonitor:file:{f}", "value": h} for f, h in zip(part.files, part.hashes, strict=True)]
        kind = "library" if part.files[0].endswith(".js") else "data"
        return {"type": kind, **same, "licenses": licences, "properties": told}
    pinned = hashlib.sha256("\n".join(part.hashes).encode()).hexdigest()
    told = [
        {"name": "carmonitor:pinned-files", "value": str(len(part.hashes))},
        {"name": "carmonitor:pinned-hashes:sha256", "value": pinned},
    ]
    return {"type": "library", **same, "licenses": licences, "purl": _ref(part), "properties": told}


def page(found: list[Part], known: dict[str, Any]) -> str:
    """docs/licences.md."""
    used = {name for part in found for name in re.split(r"[\s()]+", part.licence)}
    lines = [
        "# Licences",
        "",
        "Written by `make sbom` from requirements.lock and the packages' own metadata; `make test` compares. It names",
        "what carmonitor needs at run time, on any platform, and what others made and lies in this repository.",
        "A licence that is not in the first table stops the tests (tools/licences.yaml).",
        "For machines: [sbom.cdx.json](sbom.cdx.json).",
        "",
        "| licence | why it may be used |",
        "|---|---|",
        *(f"| {name} | {why} |" for name, why in known["allowed"].items() if name in used),
        "",
        "| package | version | licence | |",
        "|---|---|---|---|",
        *(f"| {p.name} | {p.version} | {p.licence} | {_note(p, known)} |" for p in found),
    ]
    return "\n".join(lines) + "\n"


def _note(part: Part, known: dict[str, Any]) -> str:
    if part.files:
        return ", ".join(f"`{name}`" for name in part.files)
    return str(known["read"].get(part.name, {}).get("why", ""))


def main() -> None:
    """Write both files; stop where a licence is a surprise."""
    found, known = parts(), rules()
    wrong = surprises(found, known["allowed"])
    if wrong:
        sys.exit("licences that nobody has allowed (tools/licences.yaml): " + "; ".join(wrong))
    (ROOT / SBOM).write_text(sbom(found), encoding="utf-8", newline="\n")
    (ROOT / LICENCES).write_text(page(found, known), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
