"""``python -m tools.reliability``: try the faults, live through a year of them, write docs/reliability.md.

Figures are put down in ``build/reliability`` as they come, with the commits of program and tool they were measured at;
the page is written from those of one program only. ``faults``, ``soak`` and ``page`` do one part of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # before numpy: a thread does not survive a fork

KINDS = ("sqlite", "postgresql")


def main(arguments: list[str] | None = None) -> int:
    """Returns 1 when a fault was not survived, 2 when the page would mix figures of several programs."""
    parser = argparse.ArgumentParser(prog="python -m tools.reliability", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["all", "faults", "soak", "page"], default="all")
    parser.add_argument("--on", choices=["both", *KINDS], default="both", help="which databases (default: both)")
    parser.add_argument("--minutes", type=float, default=30, help="the least that the soak takes (default 30)")
    parser.add_argument("--seed", type=int, default=1, help="of the soak")
    parser.add_argument("--resume", action="store_true", help="keep what was measured of this program already")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time (default 2)")
    parser.add_argument("--group", default="", help="one group of faults only, on one kind of database")
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
    """Do what was asked for: here when it is one thing, else in processes of their own, a few at a time."""
    from tools.reliability import child, faults  # noqa: PLC0415

    kinds = KINDS if given.on == "both" else (given.on,)
    todo = [(n, "faults", kind, group) for kind in kinds for n, group in enumerate(faults.groups(kind))]
    jobs = {"faults": sorted(todo), "soak": [(0, "soak", kind, "") for kind in kinds]}
    jobs["all"] = jobs["faults"] + jobs["soak"]
    if given.what == "page":
        return True
    if given.short or given.group or (given.what == "soak" and given.on != "both"):
        child.warm()
        with tempfile.TemporaryDirectory(prefix="carreliability") as folder:
            return (_soak if given.what == "soak" else _faults)(Path(folder), given, of)
    with ThreadPoolExecutor(given.jobs) as pool:
        return all(list(pool.map(lambda task: _apart(*task[1:], given=given), jobs[given.what])))


def _apart(what: str, kind: str, group: str, *, given: argparse.Namespace) -> bool:
    command = [sys.executable, "-W", "ignore", "-m", "tools.reliability", what, "--on", kind]
    command += ["--minutes", str(given.minutes), "--seed", str(given.seed), "--group", group]
    return subprocess.run(command + ["--resume"] * given.resume, check=False).returncode == 0


def _faults(folder: Path, given: argparse.Namespace, of: str) -> bool:
    from tools.reliability import faults, results, trials  # noqa: PLC0415

    part = f"faults-{given.on}-{given.group}"
    if kept := _kept(part, given, of):
        return all(trials.Trial(**trial).survived for trial in kept["trials"])

    def tell(trial: Any) -> None:
        _tell(f"{'survived' if trial.survived else 'NOT SURVIVED'} {trial}")

    these = faults.SHORT if given.short else [faults.groups(given.on)[given.group]]
    done, points = faults.tried(folder, given.on, these, tell)
    if not given.short:
        results.write(part, {"trials": [asdict(trial) for trial in done], "points": points}, of)
    return all(trial.survived for trial in done)


def _soak(folder: Path, given: argparse.Namespace, of: str) -> bool:
    from tools.reliability import results, soak  # noqa: PLC0415

    part = f"soak-{given.on}"
    if kept := _kept(part, given, of):
        return not kept["problems"]
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
    if found and results.program(found["commit"]) != results.program(of):
        raise results.MixedError(
            f"{part} was measured at {found['commit'][:10]}, this is {of[:10]}; leave out --resume"
        )
    return found or {}


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
