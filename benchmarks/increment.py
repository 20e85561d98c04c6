"""What one more month costs: ``python -m benchmarks.increment WORLD MONTH WORK``, such as ``... 2020-12 work``.

Runs the main job on a world without the return of a month, then again with it; in a third database on the whole at
once; in a fourth on the return of that month alone, without any history: less than that no way of judging the month
can cost that runs the same checks on its rows. Prints JSON: seconds of the four, of the stages of the second and the
fourth, and whether the second says what the third says.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from benchmarks.stages import AS_OF, Stopwatch, settings_for
from carmonitor import pipeline
from carmonitor.store import database


def main() -> None:
    """Run, add a month, run again; and run the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("month")
    parser.add_argument("work", type=Path, help="a new folder for inboxes and databases")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True)
    inbox, late = arguments.work / "inbox", arguments.world / "inbox" / arguments.month
    top = str(late.parent)
    shutil.copytree(top, inbox, ignore=lambda folder, _: [late.name] if folder == top else [])
    first, _, _ = _timed(arguments.world, inbox, arguments.work / "grown.sqlite3")
    shutil.copytree(late, inbox / late.name)
    increment, stages, job = _timed(arguments.world, inbox, arguments.work / "grown.sqlite3")
    full, _, whole = _timed(arguments.world, inbox, arguments.work / "whole.sqlite3")
    alone, stages_alone, _ = _timed(arguments.world, late, arguments.work / "alone.sqlite3")
    told = {
        "first": first,
        "increment": increment,
        "full": full,
        "alone": alone,
        "stages": stages,
        "stages_alone": stages_alone,
        "digest": job.judged.digest,
        "same": (job.judged.digest, job.judged.coverage) == (whole.judged.digest, whole.judged.coverage),
    }
    json.dump(told, sys.stdout, indent=1)


def _timed(world: Path, inbox: Path, file: Path) -> tuple[float, dict[str, tuple[float, int]], pipeline.Job]:
    """Seconds of a run on an inbox, its stages (:meth:`Stopwatch.stages`), and what it gave."""
    settings, watch = settings_for(f"sqlite:///{file}"), Stopwatch()
    with database.ensure(settings.database_url) as store:
        pipeline.ingest([world / "registers"], store, actor="benchmark", sender="registers")
        began = time.perf_counter()
        job = pipeline.run(inbox, store, settings, as_of=AS_OF, actor="benchmark", progress=watch)
        seconds = time.perf_counter() - began
    watch.end()
    return seconds, watch.stages(), job


if __name__ == "__main__":
    main()
