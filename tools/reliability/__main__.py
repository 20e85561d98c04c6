"""``python -m tools.reliability [faults|soak|page]``: try the faults, live through a year of them, write the page.

Measured figures are kept in ``tools/reliability/measured/``; ``docs/reliability.md`` is written from them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # before numpy: a thread does not survive a fork

MEASURED = Path(__file__).with_name("measured")


def main(arguments: list[str] | None = None) -> int:
    """Returns 1 when a fault was not survived."""
    parser = argparse.ArgumentParser(prog="python -m tools.reliability", description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["faults", "soak", "page"], default="faults")
    parser.add_argument("--minutes", type=float, default=30, help="how long the soak takes (default 30)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--on", choices=["both", "sqlite", "postgresql"], default="both", help="which databases")
    parser.add_argument("--short", action="store_true", help="few faults; nothing is written")
    parser.add_argument("--only", default="", help="only the faults whose name begins so; the figures of others stay")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers and folders are taken away
    from tools.reliability import child  # noqa: PLC0415

    child.warm()
    survived = True
    with tempfile.TemporaryDirectory(prefix="carreliability") as folder:
        if given.what == "soak":
            survived = _soak(Path(folder), given)
        elif given.what == "faults":
            survived = _faults(Path(folder), given)
    if not given.short:
        from tools.reliability import page  # noqa: PLC0415

        page.write(MEASURED)
    return 0 if survived else 1


def _soak(folder: Path, given: argparse.Namespace) -> bool:
    from tools.reliability import soak  # noqa: PLC0415

    done = soak.soak(folder, minutes=given.minutes, seed=given.seed, tell=_tell)
    _keep("soak", asdict(done))
    return not done.problems


def _faults(folder: Path, given: argparse.Namespace) -> bool:
    from tools.reliability import faults, trials  # noqa: PLC0415

    survived = True
    for kind in ("sqlite", "postgresql") if given.on == "both" else (given.on,):
        tried: list[trials.Trial] = []

        def tell(trial: trials.Trial, tried: list[trials.Trial] = tried, kind: str = kind) -> None:
            _tell(f"{'survived' if trial.survived else 'NOT SURVIVED'} {trial}")
            tried.append(trial)
            if not given.short:
                _keep(f"faults-{kind}", [*_others(kind, tried if given.only else None), *map(asdict, tried)])

        faults.try_all(folder / kind, kind, only=given.only, short=given.short, tell=tell)
        survived &= all(trial.survived for trial in tried)
    return survived


def _others(kind: str, tried: list[Any] | None) -> list[dict[str, Any]]:
    """What was measured of other faults before, when only some are tried again."""
    path = MEASURED / f"faults-{kind}.json"
    if tried is None or not path.exists():
        return []
    again = {(trial.group, trial.fault) for trial in tried}
    return [t for t in json.loads(path.read_text(encoding="utf-8")) if (t["group"], t["fault"]) not in again]


def _keep(name: str, figures: Any) -> None:
    MEASURED.mkdir(exist_ok=True)
    text = json.dumps(figures, indent=1, ensure_ascii=False, default=str)
    (MEASURED / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
