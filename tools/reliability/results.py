"""What was measured, in ``build/reliability``: a file for each part, each of one state of the code."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "reliability"

UNDER_TEST = ("src", "schemas", "requirements.lock")
TOOL = "tools/reliability"


class MixedError(Exception):
    """Figures of two states of the code, or of one that nobody could check out again."""


def commit() -> str:
    """The last commit that changed what is under test or this tool; :class:`MixedError` if not all is committed."""
    if changed := _git("status", "--porcelain", "--", *UNDER_TEST, TOOL):
        raise MixedError(f"found changes that are not committed, expected none:\n{changed}")
    return _git("log", "-1", "--format=%H", "--", *UNDER_TEST, TOOL)


def program(of: str) -> str:
    """The last commit, up to that one, that changed what is under test."""
    return _git("log", "-1", "--format=%H", of, "--", *UNDER_TEST)


def read(part: str) -> dict[str, Any] | None:
    """The figures of a part, if they were measured."""
    path = FOLDER / f"{part}.json"
    found: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return found


def read_all() -> dict[str, dict[str, Any]]:
    """All that was measured, by part, of one program; else :class:`MixedError`. The tool may be mended meanwhile."""
    found = {path.stem: figures for path in sorted(FOLDER.glob("*.json")) if (figures := read(path.stem))}
    if len({program(figures["commit"]) for figures in found.values()}) > 1:
        told = ", ".join(f"{part}: {figures['commit'][:10]}" for part, figures in found.items())
        raise MixedError(f"found figures of several commits ({told}), expected one; measure again without --resume")
    return found


def write(part: str, figures: dict[str, Any], of: str) -> None:
    """Put down the figures of a part, measured at this commit."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = {"commit": of, "date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": _machine(), **figures}
    path = FOLDER / f"{part}.json"
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(made, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    beside.replace(path)


def forget() -> None:
    """Take away what was measured before."""
    for path in FOLDER.glob("*.json"):
        path.unlink()


def _machine() -> str:
    memory = int(re.findall(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())[0]) / 2**20
    return f"{os.cpu_count()} cores, {memory:.0f} GB of memory, Linux"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()
