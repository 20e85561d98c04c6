"""What people read of a dossier: the PDF, and the page that opens from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from carmonitor.dossier.drawn import Drawn, rendering
from carmonitor.dossier.judgement import Judgement
from carmonitor.dossier.reading.page import as_html
from carmonitor.dossier.reading.pdf import as_pdf
from carmonitor.dossier.redaction import Redaction
from carmonitor.dossier.selection import Selection
from carmonitor.dossier.sheets.gather import Undelivered, dossier_of
from carmonitor.dossier.sheets.standing import SYNTHETIC, Standing
from carmonitor.dossier.sheets.words import said
from carmonitor.settings import Settings
from carmonitor.store import lookup
from carmonitor.store.findings import RunInfo, content

Case = Mapping[str, Any]


def reading_matter(made: Undelivered) -> dict[str, Callable[[], bytes]]:
    """Path in the zip → what makes its bytes. The PDF is set meanwhile, in a thread of its own, once it is drawn."""
    setter = ThreadPoolExecutor(1)
    whole = setter.submit(made.whole)
    printed = setter.submit(lambda: as_pdf(whole.result()))
    setter.shutdown(wait=False)
    return {"dossier.pdf": printed.result, "index.html": lambda: as_html(whole.result()).encode()}


def dossier_for(
    connection: Connection,
    settings: Settings,
    told: Judgement,
    cases: Sequence[Case],
    selection: Selection,
    lang: str,
    redaction: Redaction | None = None,
) -> Undelivered:
    """The dossier of a result. Of a day that was judged anew, each case tells only what was found that day."""
    standing = _standing(connection, settings, told)
    if not told.stored:
        found = {
            f.finding_id: {**content(f, places), "status": "open", "first_run_id": told.run["run_id"]}
            for f, places in told.findings
        }
        cases = [
            {**case, "findings": [found[f["finding_id"]] for f in case["findings"] if f["finding_id"] in found]}
            for case in cases
        ]
    with rendering(len(cases)) as render:
        return dossier_of(
            standing, cases, told.coverage, lang,
            selected=selection.in_words(lang),
            draw=Drawn(standing, render),
            redact=redaction.value if redaction else None,
        )  # fmt: skip


def synthetic_words(connection: Connection, lang: str) -> str:
    """What is said wherever data is invented; "" where the actor register names nobody as invented."""
    invented = any(lookup.any_naming(connection, "actor", "name", mark) for mark in SYNTHETIC)
    return said("dossier", "synthetic", lang) if invented else ""


def _standing(connection: Connection, settings: Settings, told: Judgement) -> Standing:
    """What was in force for a result; of one that is not stored as if it had been."""
    day, run = told.day, told.run
    names = ("run_id", "rulebook_hash", "catalogue_hash", "evidence_digest", "result_digest", "code_version")
    info = RunInfo(
        as_of=day, started_at=datetime(day.year, day.month, day.day, tzinfo=UTC), finished_at=None, settings={},
        counts={}, actor="", last_seq=told.last_seq, **{name: run[name] for name in names},
    )  # fmt: skip
    standing = Standing.of_run(connection, settings, info)
    return replace(standing, catalogue=told.catalogue)
