"""``expected_findings.csv``, and the list of faults in the README, from the faults themselves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from tools.make_sample.common import DATA, write
from tools.make_sample.faults import Expected

COLUMNS = ("scope", "rule_id", "outcome", "severity", "subject_kind", "subject_id", "why")

SUPERSEDED = "2021-03"  # the first March return is not in force any more: validating it tells nothing


def write_expected(out: Path, found: Sequence[Expected], told: Iterable[tuple[str, str, str, str]]) -> None:
    """Write both files. ``told``: the rows for quarantine."""
    rows = [{c: getattr(e, c) for c in COLUMNS} for e in found]
    rows.sort(key=lambda r: tuple(r[c] for c in COLUMNS))
    by_month = [
        {c: getattr(e, c) for c in COLUMNS} | {"scope": month} for e in found for month in set(e.months) - {SUPERSEDED}
    ]
    by_month.sort(key=lambda r: tuple(r[c] for c in COLUMNS))
    lines = io.StringIO()
    table = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows + by_month)
    write(out / "expected_findings.csv", lines.getvalue())
    faults = [
        f"| {r['scope']} | {r['rule_id']} | {r['outcome']} {r['severity']} | `{r['subject_id']}` | {r['why']} |"
        for r in rows
    ]
    bad = [f"| {period} | `{kind}` | `{cell}` | {why} |" for period, kind, cell, why in told]
    text = (DATA / "README.md").read_text(encoding="utf-8")
    write(out / "README.md", text.replace("{faults}", "\n".join(faults)).replace("{bad_rows}", "\n".join(bad)))
