"""docs/reliability.md, from figures of one program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tools.reliability import page_soak, results

PAGE = results.ROOT / "docs" / "reliability.md"

Trial = Mapping[str, Any]

_HEAD = """# Reliability

Written by `make reliability` from the figures it measured; do not edit. All data is **synthetic**.

{measured}

A *fault* is done to a real command (`carmonitor run`, `registers load`, `db upgrade`, `export`) in a process of its
own, which is watched from outside: the program knows nothing of it. Then the same command is given again, and every
table is compared with that of a database to which nothing happened: all rows and columns but the moments of clocks (and
the journal's hashes, which cover such moments; the chain and the seals are verified by themselves). *Lost*: rows that
the undisturbed database has and this one has not. *Duplicates*: findings, cases and submissions beyond it. *Wrong
digests*: evidence and result digests that differ. *Other*: broken journal or seal, row equation, foreign keys, findings
that stand but are not of the latest run, tracebacks, half files.

The inbox is only read: nothing in it is moved or taken away, so it cannot be half-consumed. What is in the database is
known by its bytes, and what is not is taken in by the next run.
"""

_LIMITS = """
## What this does not show

- Power cuts: `kill -9` ends the process, not the machine. SQLite (WAL) and PostgreSQL promise to survive those; only
  PostgreSQL's immediate restart, with fsync on, comes near one here.
- A disk that lies, or loses what it has: that is what backups are for.
- Faults and soak run {few} rules and detectors of all families, not all of them, since nothing is written while rules
  are applied.
- The kills are at the moments that can be seen from outside: between two statements, not within one.
- The database's clock is not shifted, only the program's. A run by a clock that stands in the future, without
  `--as-of`, is stored as of that day; all runs before that day are then looks back (shown, not stored).
- A file that is copied into the inbox slowly can be read when it is half there and still looks whole (a CSV cut at the
  end of a line). The whole one comes in with the next run and supersedes it; until then the part counts. Copy to a name
  that begins with a dot, which is not read, and rename.
- Sessions of the console under a clock that is put back are not tried here.
- A kill during `export` can leave a hidden `.part` file beside the dossiers; no dossier under its own name is half.
"""


def write(figures: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the page; what was not measured is said to be missing."""
    from tools.reliability.child import FEW  # noqa: PLC0415

    faults = [f for part, f in figures.items() if part.startswith("faults")]
    trials = sorted((trial for f in faults for trial in f["trials"]), key=lambda t: t["database"] != "SQLite")
    soaks = [figures[part] for part in ("soak-sqlite", "soak-postgresql") if part in figures]
    parts = [_HEAD.format(measured=_measured(figures)), *_summary(trials), *_points(faults, trials), *_every(trials)]
    parts += [*page_soak.told(soaks), _LIMITS.format(few=len(FEW))]
    PAGE.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A table, line by line."""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield "| " + " | ".join(_cell(value) for value in row) + " |"


def _cell(value: Any) -> str:
    return re.sub(r"\s+", " ", str(value)).replace("|", "\\|").replace("<", "&lt;")


def _measured(figures: Mapping[str, Mapping[str, Any]]) -> str:
    from tools.reliability.faults import groups  # noqa: PLC0415

    days = sorted({f["date"] for f in figures.values()})
    machines = sorted({f["machine"] for f in figures.values()})
    program = ", ".join(sorted({results.program(f["commit"])[:12] for f in figures.values()}))
    tools: dict[str, list[str]] = {}
    for part, f in figures.items():
        tools.setdefault(f["commit"][:12], []).append(part)
    most = max(tools, key=lambda commit: len(tools[commit]))
    others = "".join(f"; {', '.join(names)}: `{of}`" for of, names in tools.items() if of != most)
    parts = [f"faults-{kind}-{group}" for kind in ("sqlite", "postgresql") for group in groups(kind)]
    missing = [part for part in (*parts, "soak-sqlite", "soak-postgresql") if part not in figures]
    told = (
        f"Measured on {' and '.join(days)} on {'; '.join(machines)}. The program under test is that of commit"
        f" `{program}`; the tool that tried it, of `{most}`{others}."
        + (" Parts that differ were run by commands of their own, not by one." if others else "")
    )
    return told + (f" **Not measured: {', '.join(missing)}.**" if missing else "")


def _summary(trials: Sequence[Trial]) -> Iterator[str]:
    yield "## Faults\n"
    heads = ("database", "fault", "tried", "survived", "lost rows", "duplicate findings", "wrong digests", "other")
    groups = sorted({(t["database"], t["group"]) for t in trials}, key=lambda g: (g[0] != "SQLite", g[1]))
    rows = [(*group, *_sums([t for t in trials if (t["database"], t["group"]) == group])) for group in groups]
    for kind in dict.fromkeys(t["database"] for t in trials):
        rows.append((f"**{kind}**", "**all**", *_sums([t for t in trials if t["database"] == kind])))
    yield from table(heads, rows)


def _sums(trials: Sequence[Trial]) -> tuple[int, ...]:
    tried = [t for t in trials if t["tried"]]
    return (len(tried), sum(_fine(t) for t in tried), *(sum(t[n] for t in tried) for n in ("lost", "twice", "digests")),
            sum(len(t["wrong"]) for t in tried))  # fmt: skip


def _fine(trial: Trial) -> bool:
    return not (trial["lost"] or trial["twice"] or trial["digests"] or trial["wrong"])


def _points(faults: Sequence[Mapping[str, Any]], trials: Sequence[Trial]) -> Iterator[str]:
    """How many moments to kill at there are, and how many of them were tried."""
    yield (
        "\nA *kill point* is every moment that an undisturbed command was seen to pass: each stage of its work, the end"
        " of each statement that writes, the moments before and after each commit. The export only reads the database:"
        " half of its stages are tried on each.\n"
    )
    rows = []
    for command in ("db upgrade", "registers load", "run", "export"):
        killed = [t for t in trials if t["group"] == f"kill -9 during `{command}`"]
        there = max((f["points"].get(command, 0) for f in faults), default=0)
        tried = [sum(t["database"] == kind for t in killed) for kind in ("SQLite", "PostgreSQL")]
        rows.append((f"`{command}`", there, *tried, len({t["fault"] for t in killed})))
    yield from table(("command", "kill points", "tried on SQLite", "on PostgreSQL", "on either"), rows)


def _every(trials: Sequence[Trial]) -> Iterator[str]:
    yield "\n### Each of them, and what was said\n"
    rows: dict[tuple[str, str, str], list[Trial]] = {}
    for t in trials:
        where = re.sub(r" \(\d+\)$", "", t["fault"]) if t["group"].startswith("kill") else t["fault"]
        rows.setdefault((t["database"], t["group"], where), []).append(t)
    yield from table(("database", "fault", "where", "tried", "result", "message", "note"), map(_row, rows.items()))


def _row(of: tuple[tuple[str, str, str], Sequence[Trial]]) -> tuple[Any, ...]:
    (database, group, where), same = of
    tried = [t for t in same if t["tried"]]
    bad = [t for t in tried if not _fine(t)]
    result = ("survived" if not bad else "NOT SURVIVED") if tried else "not tried"
    for t in bad:
        result += (
            f"; {t['fault']}: {t['lost']} lost, {t['twice']} twice, {t['digests']} digests, {', '.join(t['wrong'])}"
        )
    return database, group, f"`{where}`", len(tried), result, _without_places(same[0]["message"]), same[0]["note"]


def _without_places(message: str) -> str:
    """A message, shortened, without the names of temporary folders and what differs from one time to the next."""
    text = re.sub(r"(/[\w.-]+)*/(card|carp|carr)\w*[^\s:,;'\"]*", "FOLDER", message)
    text = re.sub(r"sqlite:/*FOLDER", "sqlite:///FOLDER", text).removeprefix("carmonitor: ")
    text = re.sub(r"base/\d+/\w+", "base/…", text)
    return text if len(text) <= 220 else text[:219] + "…"
