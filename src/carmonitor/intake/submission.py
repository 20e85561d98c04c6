"""A file, folder or zip to one :class:`Submission`: who sent it, for which month, and everything it holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from carmonitor.intake.attachments import check_documents, named_files
from carmonitor.intake.batch import IntakeError, ReceivedFile, Role, Submission, Table
from carmonitor.intake.cover import Cover, cover_of_yaml, declared_cover
from carmonitor.intake.datafile import read_tables
from carmonitor.intake.pictures import with_hashes
from carmonitor.intake.readers import DATA_SUFFIXES, NOT_OPENED, suffix_of
from carmonitor.intake.received import DEEPEST, METADATA, is_noise, received_files, written
from carmonitor.intake.table import collapse_repeats
from carmonitor.records import RETURN_KINDS, collector

_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


def read_submission(
    path: Path,
    *,
    sender: str | None = None,
    period: str | None = None,
    received_on: date | None = None,
    today: date,
) -> Submission:
    """Read what arrived under ``path``: a data file, a folder with everything beneath it, or a zip.

    Sender and period come from the return_declaration row, else ``submission.yaml``, else the arguments; the period is
    needed only when a kind of the monthly return is present. ``received_on``: from ``submission.yaml``, else the
    argument, else ``today``. Fails with :class:`IntakeError` when nothing can be read, or who or when is not known.
    A single unreadable file among others is reported in ``failed``.
    """
    name, contents, failed = received_files(path)
    try:
        return _submission(name, contents, failed, Cover(sender, period), received_on, today)
    except IntakeError as error:
        raise IntakeError(_inside(name, str(error))) from error


def _inside(name: str, message: str) -> str:
    """A message about a file of a submission, with the submission's name before it."""
    return message if message.startswith(name) else f"{name}/{message}"


def _submission(
    name: str, contents: dict[str, bytes], failed: list[str], given: Cover, received_on: date | None, today: date
) -> Submission:
    metadata = {p: data for p, data in contents.items() if _is_metadata(p)}
    sent = {p: data for p, data in contents.items() if p not in metadata}
    if len(metadata) > 1:
        raise IntakeError(f"{name}: expected one {METADATA}, found {', '.join(sorted(metadata))}")
    beside = cover_of_yaml(*next(iter(metadata.items()))) if metadata else Cover()
    reading = _read_all(sent)
    failed = [_inside(name, message) for message in (*failed, *reading.failed.values())]
    if not reading.tables:
        raise IntakeError(
            "; ".join(failed) or f"{name}: no data file found (expected {', '.join(sorted(DATA_SUFFIXES))})"
        )
    tables, notes = check_documents(collapse_repeats(reading.tables), reading.hashes)
    tables = with_hashes(tables, reading.hashes, sent)
    who, month = _settle(name, declared_cover(name, tables), beside, given, tables)
    roles = {p: _role(p, reading) for p in sent} | dict.fromkeys(metadata, "metadata")
    hashes = reading.hashes | {p: _sha256(data) for p, data in metadata.items()}
    notes += [f"{p}: named in no document row" for p, role in sorted(roles.items()) if role == "unclaimed"]
    if reading.attached_data:
        notes += [f"{p}: named in a document row, kept as an attachment, not read" for p in reading.attached_data]
    return Submission(
        submission_id=_submission_id([reading.hashes[p] for p in sent], who, month),
        name=name,
        sender=who,
        period=month,
        received_on=beside.received_on or received_on or today,
        files=tuple(ReceivedFile(p, hashes[p], contents[p], roles[p]) for p in sorted(contents)),
        tables=tuple(tables),
        notes=tuple(notes),
        failed=tuple(failed),
    )


def _is_metadata(path: str) -> bool:
    return path == METADATA or ("/" not in path and path.endswith("." + METADATA))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _submission_id(hashes: Sequence[str], sender: str, period: str | None) -> str:
    """The same bytes from the same sender for the same month are one submission, whatever they are called."""
    canonical = json.dumps([sorted(hashes), sender, period], ensure_ascii=False, separators=(",", ":"))
    return "S" + _sha256(canonical.encode())[:24]


@dataclass(frozen=True)
class _Reading:
    """All data files read. ``attached_data``: files with a data extension that a document row names as a paper."""

    tables: list[Table]
    hashes: dict[str, str]
    failed: dict[str, str]
    attached: set[str]
    attached_data: list[str]
    data: set[str]


def _read_all(sent: dict[str, bytes]) -> _Reading:
    by_file: dict[str, list[Table]] = {}
    failed: dict[str, str] = {}
    for path in sorted(sent):
        if why := NOT_OPENED.get(suffix_of(path)):
            failed[path] = f"{path}: {why}"
        if suffix_of(path) not in DATA_SUFFIXES:
            continue
        try:
            with collector.paused():
                by_file[path] = read_tables(path, sent[path])
        except IntakeError as error:
            failed[path] = str(error)
    attached = named_files([t for tables in by_file.values() for t in tables], list(sent))
    unread = {p for p, tables in by_file.items() if not any(t.kind for t in tables)}
    not_data = {p for p in unread if p in attached or suffix_of(p) == ".txt"}  # a .txt without headers is a letter
    return _Reading(
        tables=[t for p, tables in by_file.items() if p not in not_data for t in tables],
        hashes={p: _sha256(data) for p, data in sent.items()},
        failed={p: text for p, text in failed.items() if p not in attached},
        attached=attached,
        attached_data=sorted(p for p in attached if p in not_data or p in failed),
        data=set(by_file) - not_data,
    )


def _role(path: str, reading: _Reading) -> Role:
    if path in reading.data or path in reading.failed:
        return "data"
    return "attachment" if path in reading.attached else "unclaimed"


def _settle(name: str, declared: Cover, beside: Cover, given: Cover, tables: Sequence[Table]) -> tuple[str, str | None]:
    """Sender and period from the first place that states them; contradictions are refused, not settled."""
    for what, stated, other in (("sender", declared.sender, beside.sender), ("period", declared.period, beside.period)):
        if stated and other and stated != other:
            raise IntakeError(f"{name}: the return declaration says {what} {stated!r}, submission.yaml says {other!r}")
    sender = declared.sender or beside.sender or given.sender
    if not sender:
        raise IntakeError(
            f"{name}: the sender is not known: no return_declaration row, no submission.yaml, and no --sender"
        )
    period = declared.period or beside.period or given.checked(name).period
    if period is None and any(table.kind in RETURN_KINDS for table in tables):
        raise IntakeError(
            f"{name}: the period is not known: no return_declaration row, no submission.yaml, and no --period"
        )
    if period and not _MONTH.fullmatch(period) and any(table.kind in RETURN_KINDS for table in tables):
        raise IntakeError(f"{name}: a return covers one month, YYYY-MM, found period {period!r}")
    return sender, period


def find_submissions(inbox: Path) -> list[Path]:
    """The submissions under a folder, sorted. A folder that directly holds files is one, with everything beneath it.

    A folder is a place for several when it holds only folders, or, without a ``submission.yaml`` of its own, a zip,
    several workbooks, a ``<file>.submission.yaml``, or folders with their own ``submission.yaml``.
    """
    if not inbox.exists():
        raise IntakeError(f"{written(str(inbox))}: no such file or folder")
    if inbox.is_file():
        return [inbox]
    return _found_under(inbox.resolve() if inbox.is_symlink() else inbox, DEEPEST)


def _found_under(folder: Path, deep: int) -> list[Path]:
    """Links, devices and folders that cannot be opened are among what is found: reading them tells what they are."""
    try:
        entries = sorted(entry for entry in folder.iterdir() if not is_noise(entry.name))
    except OSError:
        return [folder]
    folders = [entry for entry in entries if entry.is_dir() and not entry.is_symlink()]
    others = [entry for entry in entries if entry not in folders]
    files = [entry for entry in others if entry.is_file() and not entry.is_symlink()]
    if (files and not _is_place_for_several(folder, files)) or not deep:
        return [folder]
    alone = [entry for entry in others if not entry.name.endswith("." + METADATA)]
    return sorted([*alone, *(found for inner in folders for found in _found_under(inner, deep - 1))])


def _is_place_for_several(folder: Path, files: Sequence[Path]) -> bool:
    if any(file.name == METADATA for file in files):
        return False
    suffixes = [suffix_of(file.name) for file in files]
    return (
        ".zip" in suffixes
        or sum(suffix in (".xlsx", ".xls", ".ods") for suffix in suffixes) > 1
        or any(file.name.endswith("." + METADATA) for file in files)
        or any(True for _ in folder.glob("*/**/" + METADATA))
    )
