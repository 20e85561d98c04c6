"""Batches that somebody uploaded: their files on disk, what checking them found, and storing them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from starlette.datastructures import UploadFile

from carmonitor import pipeline
from carmonitor.assessment import coverage_view
from carmonitor.console.guard import RefusedError
from carmonitor.console.work import Piece, ToldError
from carmonitor.dossier.coverage import Report, coverage_report
from carmonitor.dossier.feedback import FeedbackError
from carmonitor.dossier.feedback.unstored import marked_copy
from carmonitor.dossier.typography import typeset
from carmonitor.ingestion import Intake
from carmonitor.intake.batch import Submission
from carmonitor.intake.problems import expected_text, note_text
from carmonitor.settings import Settings
from carmonitor.store import journal
from carmonitor.store.database import Store
from carmonitor.store.load import is_stored

MOST_FILES = 200
SHOWN = 200
"""Findings of one outcome, quarantined rows and notes that are shown of a batch; the rest is counted."""
_LONGEST_NAME = 120
_NOT_IN_A_NAME = re.compile(r'[<>:"|?*\\/]')
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


@dataclass(frozen=True)
class Terms:
    """How a batch is to be read: what to take where its files do not say."""

    as_of: date
    sender: str | None
    period: str | None
    together: bool


@dataclass(frozen=True)
class Read:
    """One file or folder of a batch. ``marked``: the number of its marked workbook, None where there is none."""

    name: str
    sender: str
    period: str | None
    submission_id: str
    counts: Mapping[str, int]
    known: bool
    marked: int | None


@dataclass(frozen=True)
class Said:
    """What checking found, in one language; each list at most SHOWN long, ``totals`` counts all."""

    breaches: Sequence[Mapping[str, Any]]
    leads: Sequence[Mapping[str, Any]]
    on_trial: Sequence[Mapping[str, Any]]
    quarantine: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, str]]
    coverage: Report


@dataclass(frozen=True)
class Checked:
    """The result of checking a batch. ``totals``: of breach, lead, not_evaluated, on_trial, quarantine, notes."""

    read: Sequence[Read]
    failed: Sequence[str]
    counts: Mapping[str, int]
    totals: Mapping[str, int]
    said: Mapping[str, Said] = field(repr=False)


@dataclass(frozen=True)
class Kept:
    """The result of storing a batch."""

    new: Sequence[str]
    held: Sequence[str]


def safe_name(name: str) -> str:
    """The last part of a file's name, without signs that no file system likes or that nobody sees.

    What senders called a file is shown to people and kept as its name, so letters of every script stay.
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    plain = _NOT_IN_A_NAME.sub("_", seen).strip(". ")
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > _LONGEST_NAME:
        plain = f"{stem[: _LONGEST_NAME - len(suffix) - 1]}{dot}{suffix[:16]}"
    return f"_{plain}" if not plain or _RESERVED.match(plain) else plain


def keep_files(files: Sequence[UploadFile], folder: Path) -> str:
    """Write what was sent into a folder; returns the fingerprint of the batch. Raises RefusedError."""
    if not files:
        raise RefusedError(400, "no_file")
    if len(files) > MOST_FILES:
        raise RefusedError(413, "too_many_files")
    names = [safe_name(f.filename or "") for f in files]
    if len({unicodedata.normalize("NFKC", name).casefold() for name in names}) < len(names):
        raise RefusedError(400, "same_names")
    folder.mkdir()
    for name, sent in zip(names, files, strict=True):
        with (folder / name).open("xb") as target:
            shutil.copyfileobj(sent.file, target)
    return fingerprint(folder)


def fingerprint(folder: Path) -> str:
    """SHA-256 of the names and contents of the files in a folder."""
    told = [[path.name, _sha256(path)] for path in sorted(folder.iterdir())]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def paths_of(folder: Path, terms: Terms) -> list[Path]:
    """Each file is a submission of its own, unless they belong together."""
    return [folder] if terms.together else sorted(folder.iterdir())


def check(piece: Piece, folder: Path, terms: Terms, store: Store, settings: Settings) -> Checked:
    """Read and judge a batch against what is held; nothing is stored."""
    job = pipeline.validate(
        paths_of(folder, terms), settings, store, as_of=terms.as_of, sender=terms.sender, period=terms.period,
        progress=piece.tell,
    )  # fmt: skip
    piece.tell("telling", 0, 1)
    with store.read() as connection:
        known = {
            r.submission.submission_id: is_stored(connection, r.submission.submission_id) for r in job.intake.received
        }
    read = []
    for number, received in enumerate(job.intake.received):
        s = received.submission
        marked = number if s.counts()["quarantined"] and _mark(piece, number, s) else None
        read.append(Read(s.name, s.sender, s.period, s.submission_id, s.counts(), known[s.submission_id], marked))
    judged = Counter(job.judged.counts())
    totals = {
        **judged,
        "quarantine": job.intake.counts()["quarantined"],
        "notes": len(_notes(job.intake, "en")),
    }
    said = {lang: _said(job, store, lang) for lang in ("en", "fr")}
    return Checked(tuple(read), tuple(job.intake.failed), job.intake.counts(), totals, said)


def store_batch(piece: Piece, folder: Path, terms: Terms, sha: str, store: Store) -> Kept:
    """Store a batch that was checked, each submission in a transaction of its own, and write down who did."""
    if fingerprint(folder) != sha:
        raise ToldError("changed")
    intake = pipeline.ingest(
        paths_of(folder, terms), store, actor=piece.user, sender=terms.sender, period=terms.period, jobs=1,
        progress=piece.tell,
    )  # fmt: skip
    acts = [_act(r.submission, sha) for r in intake.received if r.new]
    if acts:
        with store.write() as connection:
            journal.append_all(connection, acts, at=datetime.now(UTC), actor=piece.user)
    if intake.failed:
        raise ToldError("unread", "; ".join(intake.failed))
    ids = {new: [r.submission.submission_id for r in intake.received if r.new == new] for new in (True, False)}
    return Kept(tuple(ids[True]), tuple(ids[False]))


def _act(submission: Submission, sha: str) -> journal.Act:
    told = {"name": submission.name, "sender": submission.sender, "period": submission.period, "batch_sha256": sha}
    return journal.Act("batch_uploaded", submission.submission_id, told)


def marked_path(piece: Piece, number: int) -> Path:
    """Where the marked workbook of a submission of the batch is kept."""
    return piece.folder / f"marked-{number}.xlsx"


def _mark(piece: Piece, number: int, submission: Submission) -> bool:
    try:
        marked_path(piece, number).write_bytes(marked_copy(submission))
    except FeedbackError:
        return False
    return True


def _said(job: pipeline.Job, store: Store, lang: str) -> Said:
    views = pipeline.views(job, store, lang)
    of = {o: [v for v in views if v["outcome"] == o and not v["shadow"]] for o in ("breach", "lead")}
    of["breach"].sort(key=lambda v: ("EWI".index(v["severity"]), v["rule_id"], v["subject_id"]))
    of["lead"].sort(key=lambda v: (v["rank"] is None, v["rank"] or 0, v["rule_id"]))
    trial = [v for v in views if v["shadow"] and v["outcome"] != "not_evaluated"]
    return Said(
        breaches=[_typeset(v, lang) for v in of["breach"][:SHOWN]],
        leads=[_typeset(v, lang) for v in of["lead"][:SHOWN]],
        on_trial=[_typeset(v, lang) for v in trial[:SHOWN]],
        quarantine=_quarantine(job.intake, lang)[:SHOWN],
        notes=_notes(job.intake, lang)[:SHOWN],
        coverage=coverage_report(coverage_view(job.judged.coverage, job.catalogue, lang), lang),
    )


def _typeset(view: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {**view, "message": typeset(view["message"], lang), "lineage": view["lineage"][:3]}


def _quarantine(intake: Intake, lang: str) -> list[dict[str, Any]]:
    return [
        {
            "file": table.file,
            "sheet": table.sheet,
            "row": row.row,
            "problems": [
                {"column": p.column, "found": p.found, "expected": expected_text(p.code, p.expected, lang)}
                for p in row.problems
            ],
        }
        for received in intake.received
        for table in received.submission.tables
        for row in table.quarantine
    ]


def _notes(intake: Intake, lang: str) -> list[dict[str, str]]:
    found = []
    for received in intake.received:
        s = received.submission
        found += [{"file": s.name, "sheet": "", "note": note_text(note, lang)} for note in s.notes]
        found += [
            {"file": t.file, "sheet": t.sheet, "note": note_text(note, lang)} for t in s.tables for note in t.notes
        ]
    return found
