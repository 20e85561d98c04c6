"""``python -m benchmarks.page FOLDER docs/performance.md``: the page of figures, from what the benchmarks wrote.

Reads what the modules of this folder print: ``stages-*.json`` (one run each), ``increment.json``, ``engines.jsonl`` (a
line of benchmarks.on_engines each), ``rules_only.json``, ``side_by_side.json`` and ``dossier.json``. Nothing on the
page is typed by hand but what is said to be measured elsewhere (``notes.md`` of the folder, put at the end as it is).
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

HEAD = """# What a run costs

Written by `python -m benchmarks.page` from measurements; synthetic years of returns (`benchmarks/world.py`, seed 5).
Seconds of wall time and the peak of memory of the process that runs; reading beside it (CARMONITOR_JOBS) is not in the
peak. {machine}
"""


def _runs(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    found = [(path.stem.removeprefix("stages-"), json.loads(path.read_text())) for path in folder.glob("stages-*.json")]
    return sorted(found, key=lambda item: (item[1]["purchases"], item[0]))


def _told(folder: Path, name: str) -> dict[str, Any] | None:
    """What a benchmark printed; None where it was not run."""
    file = folder / name
    return json.loads(file.read_text()) if file.exists() else None


def _table(headings: list[str], rows: list[list[str]]) -> list[str]:
    line = "|---|" + "---:|" * (len(headings) - 1)
    return [f"| {' | '.join(headings)} |", line, *(f"| {' | '.join(row)} |" for row in rows), ""]


def stages(runs: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Seconds of each stage, a column for each run."""
    names = list(dict.fromkeys(name for _, run in runs for name in run["stages"]))
    rows = [[name, *(_seconds(run, name) for _, run in runs)] for name in names]
    rows.append(["**all**", *(f"**{run['seconds']:.1f}**" for _, run in runs)])
    rows.append(["peak, MB", *(f"{run['peak'] / 1e6:,.0f}" for _, run in runs)])
    rows.append(["database, MB", *(f"{run['database'] / 1e6:,.0f}" for _, run in runs)])
    rows.append(["purchases", *(f"{run['purchases']:,}" for _, run in runs)])
    rows.append(["rows in", *(f"{run['intake']['rows']:,}" for _, run in runs)])
    rows.append(["quarantined", *(f"{run['intake']['quarantined']:,}" for _, run in runs)])
    rows.append(["findings", *(f"{sum(run['findings'].values()):,}" for _, run in runs)])
    return ["## Stage by stage, seconds", "", *_table(["stage", *(name for name, _ in runs)], rows)]


def _seconds(run: dict[str, Any], stage: str) -> str:
    return f"{run['stages'][stage][0]:.1f}" if stage in run["stages"] else ""


def exponent(small: dict[str, Any], large: dict[str, Any], stage: str | None = None) -> float:
    """The power of the number of purchases by which the seconds grow between two runs."""
    one, other = (run["seconds"] if stage is None else run["stages"][stage][0] for run in (small, large))
    return math.log(other / one) / math.log(large["purchases"] / small["purchases"])


def growth(runs: list[tuple[str, dict[str, Any]]]) -> list[str]:
    """Exponents of each stage from the 20 k run to the 1 M run, and what they make of 100 M."""
    by_name = dict(runs)
    if not {"20k", "1M"} <= set(by_name):
        return []
    small, middle, large = by_name["20k"], by_name.get("200k"), by_name["1M"]
    rows = []
    for stage in large["stages"]:
        if stage in small["stages"]:
            power = exponent(small, large, stage)
            late = exponent(middle, large, stage) if middle else power
            hours = large["stages"][stage][0] * (1e8 / large["purchases"]) ** max(late, 1.0) / 3600
            rows.append([stage, f"{power:.2f}", f"{late:.2f}", f"{hours:.1f}"])
    late = exponent(middle, large) if middle else exponent(small, large)
    hours = large["seconds"] * (1e8 / large["purchases"]) ** max(late, 1.0) / 3600
    rows.append(["**all**", f"**{exponent(small, large):.2f}**", f"**{late:.2f}**", f"**{hours:.1f}**"])
    size = large["database"] * 1e8 / large["purchases"] / 1e9
    memory = large["peak"] * 1e8 / large["purchases"] / 1e9
    return [
        "## Growth, and 100 M purchases a year on paper", "",
        "Seconds grow with this power of the number of purchases. Fixed costs make the first one small; the second one",
        "is used for the last column, which is modelled and not measured.", "",
        *_table(["stage", "20 k to 1 M", "200 k to 1 M", "hours for 100 M, modelled"], rows),
        f"The database would take about {size:,.0f} GB, in proportion to that at 1 M. Held as a whole, the evidence",
        f"would take about {memory:,.0f} GB of memory, so what needs the whole must be cut by region or by year first.",
        "Assumed: one process, the same mix of papers, findings in proportion, disks that keep up.", "",
    ]  # fmt: skip


def increment(folder: Path) -> list[str]:
    """What one more month costs, as benchmarks.increment wrote it."""
    told = _told(folder, "increment.json")
    if told is None:
        return []
    part, floor = told["increment"] / told["full"], told["alone"] / told["full"]
    rows = [
        [name, f"{seconds:.1f}", f"{told['stages_alone'].get(name, [0.0])[0]:.1f}"]
        for name, (seconds, _) in told["stages"].items()
    ]
    rows.append(["**all**", f"**{told['increment']:.1f}**", f"**{told['alone']:.1f}**"])
    return [
        "## One more month", "",
        "`python -m benchmarks.increment`: a run on eleven months, then the twelfth arrives (1M, SQLite).",
        f"The second run takes {part:.2f} of a run on the whole at once ({told['full']:.1f} s); "
        + ("both say the same (digest and coverage)." if told["same"] else "**they do not say the same.**"), "",
        f"The twelfth month alone, without any history, takes {floor:.2f} of the whole: no way of judging it costs",
        "less that runs the same checks on its rows.", "",
        *_table(["stage", "one more month, s", "that month alone, s"], rows),
    ]  # fmt: skip


def on_engines(folder: Path) -> list[str]:
    """Whole runs on engines, as benchmarks.on_engines wrote them."""
    file = folder / "engines.jsonl"
    if not file.exists():
        return []
    runs = sorted((json.loads(line) for line in file.read_text().splitlines()), key=lambda run: run["purchases"])
    rows = [
        [f"{run['purchases']:,}", f"`{run['engine']}`", ", ".join(f"{s} s ({step})" for s, step in run["killed"]),
         f"{run['seconds']:.0f}", f"{run['peak'] / 1e9:.1f}", f"{run['findings']:,}",
         run["digest"][:8], run["coverage"][:8]]
        for run in runs
    ]  # fmt: skip
    return [
        "## Engines", "",
        "`python -m benchmarks.on_engines`: whole runs, from CSV to cases; memory of all processes together. The",
        "machine had other work meanwhile: the seconds tell little, the digests of findings and of coverage all.", "",
        *_table(["purchases", "engine", "a worker killed at", "seconds", "GB", "findings", "digest", "coverage"], rows),
    ]  # fmt: skip


def rules_only(folder: Path) -> list[str]:
    """Intake, store and rules of a very large year, as benchmarks.rules_only wrote it."""
    told = _told(folder, "rules_only.json")
    if told is None:
        return []
    peaks = {step: peak / 1e9 for step, peak in told["peaks"].items()}
    slow = sorted(told["steps"], key=lambda step: -told["steps"][step])[:12]
    rows = [[step, f"{told['steps'][step]:.0f}", f"{peaks[step]:.1f}"] for step in slow]
    stored, worst = told["steps"].get("storing", 0), max(peaks, key=lambda step: peaks[step])
    return [
        f"## {told['purchases']:,} purchases: intake, store and rules", "",
        "`python -m benchmarks.rules_only`: ten regions of a million slips each (`benchmarks/region.py`). What is not",
        "needed stands in files; pages of them that are mapped count as memory, though the system may take them back.",
        f"Intake and store: {stored:,.0f} s. Rules: {told['seconds']:,.0f} s. The most memory: {peaks[worst]:.1f} GB",
        f"({worst}). Database: {told['database'] / 1e9:.1f} GB.", "",
        *_table(["step", "seconds", "peak, GB"], rows),
    ]  # fmt: skip


def side_by_side(folder: Path) -> list[str]:
    """The table of the engines, as benchmarks.side_by_side wrote it."""
    told = _told(folder, "side_by_side.json")
    if told is None:
        return []
    lines = [
        "## Side by side: the same sixteen rules on a million slips", "",
        "Twelve rules on rows and four on groups, flagging the same rows in every engine (asserted). Only carmonitor",
        "and the two written by hand also give the same counts with reasons; polars and DuckDB give counts; the others",
        "tell flagged rows only. Seconds of wall time, best of three (pydantic and Great Expectations once).", "",
    ]  # fmt: skip
    for each in told["comparisons"]:
        rows = [
            [t["engine"], *(f"{t[name]:.2f}" for name in ("seconds", "processor", "ratio", "to_pandas"))]
            for t in each["timings"]
        ]
        lines += [f"{each['bad_percent']:g} % bad rows, {each['flagged_rows']:,} flagged:", ""]
        lines += _table(["engine", "seconds", "processor", "times carmonitor", "times pandas by hand"], rows)
    versions = ", ".join(f"{name} {number}" for name, number in told["versions"].items())
    return [*lines, f"Python {told['python']}, {told['cores']} cores; {versions}.", ""]


def dossier(folder: Path) -> list[str]:
    """What the dossier of thousands of cases costs, as benchmarks.dossier wrote it."""
    told = _told(folder, "dossier.json")
    if told is None:
        return []
    lines = [
        f"## The dossier of {told['cases']:,} cases", "",
        "`python -m benchmarks.dossier OUT`: workbook, JSON, CSV, Parquet, original papers, page and PDF with sheets",
        "of the first 200 cases, in one zip. Charts are rendered in a process beside, whose processor time is not in",
        "the table; the PDF is set in a thread beside what stands there.", "",
    ]  # fmt: skip
    every = [*told["stages"].items(), ("**all**", tuple(told["seconds"].values()))]
    rows = [[name, *(f"{s:.1f}" for s in seconds)] for name, seconds in every]
    size = f"The zip takes {told['bytes'] / 1e6:.0f} MB."
    return [*lines, *_table(["stage", "seconds", "processor"], rows), size, ""]


def main() -> None:
    """Write the page."""
    folder, page = Path(sys.argv[1]), Path(sys.argv[2])
    notes = folder / "notes.md"
    machine = (folder / "machine.md").read_text().strip() if (folder / "machine.md").exists() else ""
    runs = _runs(folder)
    parts = [HEAD.format(machine=machine), *stages(runs), *growth(runs)]
    for section in (increment, on_engines, rules_only, side_by_side, dossier):
        parts += section(folder)
    page.write_text("\n".join([*parts, notes.read_text() if notes.exists() else ""]).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
