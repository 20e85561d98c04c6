"""docs/reliability.md, from the figures measured last."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"

_HEAD = """# Reliability

Written by `make reliability` (`python -m tools.reliability`, and `... soak --minutes 30`) from the figures it measured;
do not edit. All data is **synthetic**.

A *fault* is done to a real command (`carmonitor run`, `registers load`, `db upgrade`, `export`) in a process of its
own, which is watched from outside: the program knows nothing of it. Then the same command is given again, and every
table is compared with that of a database to which nothing happened: all rows and columns but the moments of clocks (and
the journal's hashes, which cover such moments). *Lost*: rows that the undisturbed database has and this one has not.
*Duplicates*: findings, cases and submissions beyond it. *Wrong digests*: evidence and result digests that differ.
*Other*: broken journal, row equation, foreign keys, findings that stand but are not of the latest run, tracebacks,
half files.
"""

_LIMITS = """
## What this does not show

- Power cuts: `kill -9` ends the process, not the machine. SQLite (WAL) and PostgreSQL promise to survive those; only
  PostgreSQL's immediate restart, with fsync on, comes near one here.
- A disk that lies, or loses what it has: that is what backups are for.
- The kills run {few} rules and detectors of all families, not all of them, since nothing is written while rules are
  applied; the soak does likewise.
- The database's clock is not shifted, only the program's. A run by a clock that stands in the future, without
  `--as-of`, is stored as of that day; all runs before that day are then looks back (shown, not stored).
- A file that is copied into the inbox slowly can be read when it is half there and still looks whole (a CSV cut at the
  end of a line). The whole one comes in with the next run and supersedes it; until then the part counts. Copy to a name
  that begins with a dot, which is not read, and rename.
- Sessions of the console under a clock that is put back are not tried here.
- A kill during `export` can leave a hidden `.part` file beside the dossiers; no dossier under its own name is half.
"""


def write(measured: Path, page: Path = PAGE) -> None:
    """Write the page; what was not measured yet is said to be missing."""
    trials = [t for kind in ("sqlite", "postgresql") for t in _read(measured / f"faults-{kind}.json") or []]
    soak = _read(measured / "soak.json")
    from tools.reliability.child import FEW  # noqa: PLC0415

    parts = [_HEAD, *_summary(trials), *_every(trials), *_soak(soak), _LIMITS.format(few=len(FEW))]
    page.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(_cell(value) for value in row) + " |"


def _cell(value: Any) -> str:
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|").replace("<", "&lt;")


def _summary(trials: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "## Faults\n"
    if not trials:
        yield "Not measured yet."
        return
    heads = ("database", "fault", "tried", "survived", "lost rows", "duplicates", "wrong digests", "other")
    groups = sorted({(t["database"], t["group"]) for t in trials}, key=lambda g: (g[0] != "SQLite", g[1]))
    rows = [(*group, *_sums([t for t in trials if (t["database"], t["group"]) == group])) for group in groups]
    for kind in dict.fromkeys(t["database"] for t in trials):
        rows.append((f"**{kind}**", "**all**", *_sums([t for t in trials if t["database"] == kind])))
    yield from _table(heads, rows)


def _sums(trials: Sequence[Mapping[str, Any]]) -> tuple[int, ...]:
    tried = [t for t in trials if t["tried"]]
    fine = sum(not (t["lost"] or t["twice"] or t["digests"] or t["wrong"]) for t in tried)
    return (len(tried), fine, *(sum(t[n] for t in tried) for n in ("lost", "twice", "digests")),
            sum(len(t["wrong"]) for t in tried))  # fmt: skip


def _every(trials: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield "\n### Each of them, and what was said\n"
    rows = []
    for t in trials:
        result = "not tried" if not t["tried"] else "survived"
        if t["lost"] or t["twice"] or t["digests"] or t["wrong"]:
            result = (
                f"NOT SURVIVED: {t['lost']} lost, {t['twice']} twice, {t['digests']} digests, {'; '.join(t['wrong'])}"
            )
        told = _without_places(t["message"])
        rows.append((t["database"], t["group"], f"`{t['fault']}`", result, told, t["note"]))
    yield from _table(("database", "fault", "where", "result", "message", "note"), rows)


def _without_places(message: str) -> str:
    """A message, shortened, without the names of temporary folders and what differs from one time to the next."""
    text = re.sub(r"(/[\w.-]+)*/(card|carp|carr)\w*[^\s:,;'\"]*", "FOLDER", message)
    text = re.sub(r"sqlite:/*FOLDER", "sqlite:///FOLDER", text).removeprefix("carmonitor: ")
    text = re.sub(r"base/\d+/\w+", "base/…", text)
    return text if len(text) <= 220 else text[:219] + "…"


def _soak(soak: Mapping[str, Any] | None) -> Iterator[str]:
    yield "\n## A week, and a year, unattended\n"
    if soak is None:
        yield "Not measured yet."
        return
    end = soak["outcome"]
    yield (
        f"A simulated world (synthetic; seed {soak['seed']}, {soak['months']} months, scale {soak['scale']}) arrives"
        f" day by day on SQLite: {soak['deliveries']} submissions, {_listed(soak['faults'])}.\nEvery day is done twice:"
        " in a new process, which is to be killed at a random moment on a quarter of the days (and then mostly begun"
        f" again), and in one process that lives all the time.\n{soak['seconds'] / 60:.0f} minutes, {soak['days']} days"
        f" with a run ({soak['skipped_days']} were left out for lack of time, as if the machine had been off: what came"
        f" on them was taken in on the next), {soak['runs']} runs in new processes, {soak['killed']} killed; at the end"
        f" {end['quiet']} runs with nothing new.\n"
    )
    yield from _table(
        ("what", "process a day, often killed", "long-lived process", "fed in order, undisturbed"), _rows(soak)
    )
    yield "\n**Faults found meanwhile**: " + ("; ".join([*soak["problems"], *end["problems"]]) or "none") + "."


def _listed(faults: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name}" for name, n in faults.items())


def _rows(soak: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    end = soak["outcome"]
    yield (
        "evidence digest, result digest",
        *(f"`{'` `'.join(end['digests'][n])}`" for n in ("daily", "lasting", "fresh")),
    )
    for what in ("folders", "stored folders", "refused by a message", "submissions", "rows"):
        yield (f"{what} in the inbox" if what == "folders" else what, end["daily"][what], end["lasting"][what], "")
    for what in ("unaccounted", "rows wrong"):
        yield (what, *(len(end[n][what]) for n in ("daily", "lasting")), "")
    for table in ("finding", "review_case", "run", "journal"):
        yield (f"rows of `{table}`", *(end["rows"][n][table] for n in ("daily", "lasting", "fresh")))
    yield ("database, MB", *(end["size_mb"][n] for n in ("daily", "lasting", "fresh")))
    peaks, memory = soak["peaks"], [s[0] for s in soak["samples"]]
    quiet = end["quiet"]
    yield ("memory of a run, MB: first tenth, last tenth", _span(_peak(peaks)), _span(_peak(memory)), "")
    yield (
        "memory over the runs with nothing new, MB",
        _span((peaks[-quiet], peaks[-1])),
        _span((memory[-quiet], memory[-1])),
        "",
    )
    for name, where in (("open files", 1), ("threads", 2)):
        values = [s[where] for s in soak["samples"]]
        yield (f"{name}: first, most, last", "", f"{values[0]}, {max(values)}, {values[-1]}", "")


def _peak(values: Sequence[float]) -> tuple[float, float]:
    some = max(1, len(values) // 10)
    return statistics.median(values[:some]), statistics.median(values[-some:])


def _span(ends: tuple[float, float]) -> str:
    return f"{ends[0]:.0f} → {ends[1]:.0f}"
