"""A few of the faults of ``make reliability``, on every change: kill -9, two runs at once, a full disk.

Concurrent loads, writers and upgrades are tried in tests/integration/store, overtaken runs in
tests/integration/cases/test_order_of_runs.py.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_after_a_fault_and_a_second_run_the_database_is_that_of_an_undisturbed_one(kind: str) -> None:
    """In a process of its own: it forks, which a process with threads must not."""
    command = (sys.executable, "-W", "ignore", "-m", "tools.reliability", "faults", "--short", "--on", kind)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = done.stderr.splitlines()
    assert done.returncode == 0, done.stderr
    assert not [line for line in told if not line.startswith("survived ")]
    assert sum("kill -9 during `run`" in line for line in told) == 2
    assert sum("two runs, 0 s apart" in line for line in told) == 1
