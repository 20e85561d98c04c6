"""What deploy/ names exists: commands with their options, settings, files; every unit is confined."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from carmonitor.cli import main
from carmonitor.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy/systemd"
SERVICES = sorted(UNITS.glob("*.service"))
TIMERS = sorted(UNITS.glob("*.timer"))
COMPOSE = yaml.safe_load((ROOT / "deploy/compose/compose.yaml").read_text(encoding="utf-8"))


def commands() -> list[tuple[str, list[str]]]:
    """Where a command stands, and its words."""
    found = []
    for unit in SERVICES:
        for line in unit.read_text(encoding="utf-8").splitlines():
            if line.startswith("ExecStart="):
                words = shlex.split(line.removeprefix("ExecStart="))
                if words[0] == "/bin/sh":
                    words = shlex.split(re.sub(r"\$\$\(.*?\)", "X", words[2]).removeprefix("exec "))
                found.append((unit.name, [Path(words[0]).name, *words[1:]]))
    found += [(f"compose: {name}", s["command"]) for name, s in COMPOSE["services"].items() if "command" in s]
    return found


@pytest.mark.parametrize(("where", "words"), commands(), ids=lambda value: value if isinstance(value, str) else None)
def test_every_command_exists_with_its_options(where: str, words: list[str]) -> None:
    if words[0] == "python":
        assert words[1] == "-m"
        assert find_spec(words[2]) is not None
        return
    assert words[0] == "carmonitor"
    parsed(main, words[1:])


def parsed(group: click.Group, words: list[str]) -> None:
    """Parse as click would, without running. Raises click.UsageError for an option that does not exist."""
    context = click.Context(group)
    command = group.get_command(context, words[0])
    assert command is not None, words
    if isinstance(command, click.Group) and not (command.invoke_without_command and words[1].startswith("--")):
        parsed(command, words[1:])
        return
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options, words
    given = [word for word in words[1:] if not word.startswith("%")]
    flags = {name for p in command.params if isinstance(p, click.Option) and p.is_flag for name in p.opts}
    loose = [w for before, w in zip(["", *given], given, strict=False) if not w.startswith("-")
             and (not before.startswith("--") or before in flags)]  # fmt: skip
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    assert len(loose) <= len(arguments), words


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """Section → key → values, of a systemd unit."""
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"\[(\w+)\]", line):
            section = sections.setdefault(match[1], {})
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, line
            section.setdefault(key, []).append(value)
    return sections


@pytest.mark.parametrize("path", SERVICES, ids=lambda p: p.name)
def test_every_service_is_confined(path: Path) -> None:
    service = {key: values[-1] for key, values in unit(path)["Service"].items()}
    expected = {
        "User": "carmonitor", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes",
        "PrivateTmp": "yes", "PrivateDevices": "yes", "UMask": "0077", "CapabilityBoundingSet": "",
        "ReadWritePaths": "/var/lib/carmonitor", "EnvironmentFile": "/etc/carmonitor/environment",
    }  # fmt: skip
    assert {key: service.get(key) for key in expected} == expected


@pytest.mark.parametrize("path", SERVICES, ids=lambda p: p.name)
def test_a_failure_of_every_service_is_told(path: Path) -> None:
    if path.name.startswith("carmonitor-failed@"):
        assert "OnFailure" not in unit(path)["Unit"]  # it would tell of itself for ever
    else:
        assert unit(path)["Unit"]["OnFailure"] == ["carmonitor-failed@%n.service"]


@pytest.mark.parametrize("path", TIMERS, ids=lambda p: p.name)
def test_every_timer_has_its_service_and_catches_up(path: Path) -> None:
    assert path.with_suffix(".service") in SERVICES
    timer = unit(path)["Timer"]
    assert timer["Persistent"] == ["true"]
    assert timer["OnCalendar"][0].endswith("UTC")


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    for path in [*SERVICES, *TIMERS]:
        text = re.sub(r"/opt/carmonitor/venv/bin/\w+", "/bin/true", path.read_text(encoding="utf-8"))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    names = sorted(tmp_path.iterdir())
    done = subprocess.run(["systemd-analyze", "verify", *names], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "carmonitor" in line]
    assert ours == []


def test_only_known_settings_are_set() -> None:
    known = {f"CARMONITOR_{name.upper()}" for name in Settings.model_fields} | {"CARMONITOR_ENV_FILE"}
    example = (UNITS / "environment.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#?(CARMONITOR_\w+)=", example, re.MULTILINE))
    named |= {name for name in COMPOSE["x-carmonitor"]["environment"] if name.startswith("CARMONITOR_")}
    assert named
    assert named <= known


def test_images_are_named_by_version_and_no_registry() -> None:
    for name, service in COMPOSE["services"].items():
        image, colon, tag = service["image"].partition(":")
        assert colon, name
        assert re.fullmatch(r"\d+(\.\d+)+", tag), name
        assert "/" not in image, name
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert COMPOSE["x-carmonitor"]["image"] == f"carmonitor:{version}"


def test_no_secret_is_written_down_and_nothing_listens_to_the_world() -> None:
    text = (ROOT / "deploy/compose/compose.yaml").read_text(encoding="utf-8")
    assert not re.search(r"POSTGRES_PASSWORD:|://[^/\s:]+:[^@\s]+@", text)
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_every_reference_of_the_compose_file_leads_somewhere() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert {volume.split(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])


def test_the_image_installs_only_what_is_pinned() -> None:
    lines = (ROOT / "deploy/compose/Dockerfile").read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    copied = [line.split()[1] for line in lines if line.startswith("COPY")]
    assert all((ROOT / name).exists() for name in copied)
    assert [line for line in lines if line.startswith("USER")] == ["USER carmonitor"]
