"""``python -m tools.reliability``: try the faults, live through a year of them, write docs/reliability.md.

Figures are put down in ``build/reliability`` as they come, with the commit they were measured at; the page is written
from those of one commit only. ``faults``, ``soak`` and ``page`` do one part of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # before numpy: a thread does not survive a fork

KINDS = ("sqlite", "postgresql")


def main(arguments: list[str] | None = None) -> int:
    """Returns 1 when a fault was not survived, 2 when the page would mix figures of several commits."""
    parser = argparse.ArgumentParser(prog="python -m tools.reliability", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["all", "faults", "soak", "page"], default="all")
    parser.add_argument("--on", choices=["both", *KINDS], default="both", help="which databases (default: both)")
    parser.add_argument("--minutes", type=float, default=30, help="the least that the soak takes (default 30)")
    parser.add_argument("--seed", type=int, default=1, help="of the soak")
    parser.add_argument("--resume", action="store_true", help="keep what was measured at this commit already")
    parser.add_argument("--short", action="store_true", help="few faults; nothing is put down")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and folders are taken away
    from tools.reliability import page, results  # noqa: PLC0415

    try:
        of = "" if given.short else results.commit()
        if not given.resume and given.what == "all":
            results.forget()
        survived = _measured(given, of)
        if not given.short and given.what in ("all", "page"):
            page.write(results.read_all())
    except results.MixedError as error:
        _tell(f"reliability: {error}")
        return 2
    return 0 if survived else 1


def _measured(given: argparse.Namespace, of: str) -> bool:
    """Do what was asked for; on both databases at once, each in a process of its own."""
    parts = {"all": ("faults", "soak"), "page": ()}.get(given.what, (given.what,))
    if given.on == "both":
        return all([_on_both(part, given) for part in parts])  # noqa: C419 - the soak also after a fault
    from tools.reliability import child  # noqa: PLC0415

    child.warm()
    survived = True
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="carreliability") as folder:
            survived &= (_faults if part == "faults" else _soak)(Path(folder), given, of)
    return survived


def _on_both(part: str, given: argparse.Namespace) -> bool:
    how = ["--minutes", str(given.minutes), "--seed", str(given.seed)]
    how += ["--resume"] * given.resume + ["--short"] * given.short
    started = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-m", "tools.reliability", part, "--on", kind, *how])
        for kind in KINDS
    ]
    return not any([one.wait() for one in started])  # noqa: C419 - wait for both


def _faults(folder: Path, given: argparse.Namespace, of: str) -> bool:
    from tools.reliability import faults, results  # noqa: PLC0415

    part = f"faults-{given.on}"
    kept = _kept(part, given, of)
    groups: dict[str, Any] = kept.get("groups", {})
    points: dict[str, int] = kept.get("points", {})

    def tell(trial: Any) -> None:
        _tell(f"{'survived' if trial.survived else 'NOT SURVIVED'} {trial}")

    survived = True
    for name, tried, there in faults.try_all(folder, given.on, but=groups, short=given.short, tell=tell):
        survived &= all(trial.survived for trial in tried)
        if not given.short:
            groups[name] = [asdict(trial) for trial in tried]
            points |= there
            results.write(part, {"groups": groups, "points": points}, of)
    return survived


def _soak(folder: Path, given: argparse.Namespace, of: str) -> bool:
    from tools.reliability import results, soak  # noqa: PLC0415

    part = f"soak-{given.on}"
    if _kept(part, given, of):
        return True
    days = 60 if given.short else soak.YEAR
    done = soak.soak(folder, given.on, minutes=given.minutes, seed=given.seed, days=days, tell=_tell)
    for problem in done.problems:
        _tell(f"PROBLEM {problem}")
    if not given.short:
        results.write(part, asdict(done), of)
    return not done.problems


def _kept(part: str, given: argparse.Namespace, of: str) -> dict[str, Any]:
    """What was measured of a part already, if that is to be kept."""
    from tools.reliability import results  # noqa: PLC0415

    found = results.read(part) if given.resume and not given.short else None
    if found and found["commit"] != of:
        raise results.MixedError(
            f"{part} was measured at {found['commit'][:10]}, this is {of[:10]}; leave out --resume"
        )
    return found or {}


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
