"""Intake, store and rules alone: ``python -m benchmarks.rules_only WORLD FILE.sqlite3``. For many millions of slips.

Prints JSON: seconds and peak of memory (pages of files that are mapped count) of the intake, and of each rule, and what
it found. A file that is there already is judged as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import sqlalchemy as sa

from benchmarks.stages import AS_OF, Stopwatch, settings_for
from carmonitor import catalogues, pipeline
from carmonitor.framework.checks import rule
from carmonitor.framework.engine import evaluate
from carmonitor.store import database
from carmonitor.store import tables as t


def main() -> None:
    """Take in, judge by rules, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    settings = settings_for(f"sqlite:///{arguments.file}")
    is_new, watch = not arguments.file.exists(), Stopwatch()
    found: dict[str, Counter[str]] = {}
    with database.ensure(settings.database_url) as store:
        if is_new:
            watch("storing")
            pipeline.ingest([arguments.world / "registers"], store, actor="benchmark", sender="registers")
            pipeline.ingest([arguments.world / "inbox"], store, actor="benchmark")
        began = time.perf_counter()
        with store.read() as connection:
            purchases = connection.execute(sa.select(sa.func.count()).select_from(t.RECORDS["purchase"])).scalar_one()
            chosen = catalogues.chosen(settings, connection)
            evidence = pipeline.evidence_for(connection, settings, chosen, AS_OF)
            for spec in chosen.rulebook.specs.values():
                if spec.outcome == "scope_note" or spec.status == "off":
                    continue
                watch(f"rule {spec.id}")
                result = evaluate(rule.checks[spec.implementation], spec, evidence, chosen.rulebook.regimes)
                found[spec.id] = Counter(finding.outcome for finding in result.findings)
        watch.end()
    told = {
        "purchases": purchases,
        "seconds": time.perf_counter() - began,
        "steps": watch.steps,
        "peaks": watch.peaks,
        "findings": found,
        "database": arguments.file.stat().st_size,
    }
    json.dump(told, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
