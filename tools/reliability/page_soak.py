"""The part of docs/reliability.md that tells of the soak."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]


def told(soaks: Sequence[Figures]) -> Iterator[str]:
    """What was lived through on each database, and what was left."""
    from tools.reliability.page import table  # noqa: PLC0415
    from tools.reliability.soak import JUDGED_EVERY, SCALE  # noqa: PLC0415

    yield "\n## A year and more, unattended\n"
    if not soaks:
        yield "Not measured."
        return
    yield (
        f"A simulated world (synthetic; seed {soaks[0]['seed']}, scale {SCALE}) arrives day by day. Two long-lived"
        " processes do the same jobs on a database each, as the scheduled flow does: what arrived is taken in on its"
        f" day, and all that is held is judged every {JUDGED_EVERY} days. *Calm* is never"
        " disturbed: its memory and open files are measured. *Struck* is stopped dead (`kill -9`) at a random moment of"
        " many of its jobs and begun again; on PostgreSQL the server is restarted beneath it as well. In the end their"
        " databases must be the same, row by row; and *fed in order* (the same submissions one after the other, by one"
        " process, judged once) must come to the same result.\nEvery submission that came must be stored, under the"
        " hashes of its files, with as many rows as its files have, or be refused with a message that names it."
        " A duplicate is stored once.\n"
    )
    yield from table(("what", *(soak["database"] for soak in soaks)), _rows(soaks))
    yield (
        "\n**Problems**: " + ("; ".join(f"{s['database']}: {p}" for s in soaks for p in s["problems"]) or "none") + "."
    )


def _rows(soaks: Sequence[Figures]) -> Iterator[tuple[Any, ...]]:
    def row(what: str, *values: Any) -> tuple[Any, ...]:
        return what, *values

    ends = [s["outcome"] for s in soaks]
    yield row("minutes, of them processor time (without the server's)",
              *(f"{s['seconds'] / 60:.1f}, {s['processor_seconds'] / 60:.1f}" for s in soaks))  # fmt: skip
    yield row("days lived through, one after the other", *(f"{s['days']} ({s['first']} to {s['last']})" for s in soaks))
    yield row("deliveries", *(s["deliveries"] for s in soaks))
    yield row("of them", *(", ".join(f"{n} {name}" for name, n in s["faults"].items()) for s in soaks))
    yield row("jobs, of them judgements (each by both)", *(f"{s['jobs']}, {s['judgements']}" for s in soaks))
    yield row("kills of the struck process", *(s["killed"] for s in soaks))
    yield row("restarts of the server beneath it", *(s["restarts"] if s["restarts"] else "no server" for s in soaks))
    for what, key in (("deliveries stored", "stored"), ("refused with a message", "refused")):
        yield row(f"{what}: calm, struck", *(f"{e['calm'][key]}, {e['struck'][key]}" for e in ends))
    for what, key in (("**not accounted for**", "unaccounted"), ("**with a wrong number of rows**", "rows wrong"),
                      ("gone from the inbox", "vanished")):  # fmt: skip
        yield row(f"{what}: calm, struck", *(f"{len(e['calm'][key])}, {len(e['struck'][key])}" for e in ends))
    yield row("submissions and rows held (struck)",
              *(f"{e['struck']['submissions']}, {e['struck']['rows']}" for e in ends))  # fmt: skip
    yield row("findings, cases (struck)",
              *(f"{e['rows']['struck']['finding']}, {e['rows']['struck']['review_case']}" for e in ends))  # fmt: skip
    yield row("**lost rows** (struck against calm)", *(e["lost"] for e in ends))
    yield row("**duplicate findings** (struck against calm)", *(e["twice"] for e in ends))
    yield row("**tables that differ** (struck against calm)", *(len(e["differences"]) for e in ends))
    yield row("**wrong digests** of struck and fed in order",
              *(sum(d != e["digests"]["calm"] for d in e["digests"].values()) for e in ends))  # fmt: skip
    yield row("evidence and result digest after a year", *(_digests(s["year"]["calm"]) for s in soaks))
    yield row("at the end", *(_digests(e["digests"]["calm"]) for e in ends))
    yield from _sizes(soaks)


def _digests(pair: Sequence[str]) -> str:
    return f"`{'` `'.join(pair)}`"


def _sizes(soaks: Sequence[Figures]) -> Iterator[tuple[Any, ...]]:
    quiet = [s["samples"][-s["quiet"] :] for s in soaks]
    yield ("memory of the calm process over the time, MB (medians of fifths)",
           *(_fifths([x[0] for x in s["samples"][: -s["quiet"]]]) for s in soaks))  # fmt: skip
    yield ("the same over the judgements at the end with nothing new, MB: first, most, last",
           *(f"{q[0][0]:.0f}, {max(x[0] for x in q):.0f}, {q[-1][0]:.0f} ({len(q)})" for q in quiet))  # fmt: skip
    for name, where in (("open files", 1), ("threads", 2)):
        values = [[x[where] for x in s["samples"]] for s in soaks]
        yield (f"{name} of the calm process: first, most, last", *(f"{v[0]}, {max(v)}, {v[-1]}" for v in values))
    yield ("database, MB, over the time (fifths)", *(_fifths(s["size_mb"], "{:.1f}") for s in soaks))


def _fifths(values: Sequence[float], form: str = "{:.0f}") -> str:
    step = max(1, len(values) // 5)
    parts = [values[i : i + step] for i in range(0, step * min(5, len(values)), step)]
    return " → ".join(form.format(statistics.median(part)) for part in parts)
