"""Bytes to cells: every format becomes the same list of :class:`RawSheet`, nothing understood yet, nothing lost."""

from __future__ import annotations

from pathlib import PurePosixPath

from carmonitor.intake.confined import read_confined
from carmonitor.intake.delimited import read_delimited
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits
from carmonitor.intake.objects import read_json, read_json_lines
from carmonitor.intake.sheets import RawSheet

WORKBOOKS = frozenset({".xlsx", ".xls", ".ods"})
DELIMITED = frozenset({".csv", ".tsv", ".txt"})
JSON_LINES = frozenset({".jsonl", ".ndjson"})
DATA_SUFFIXES = WORKBOOKS | DELIMITED | JSON_LINES | {".json", ".parquet"}
NOT_OPENED = {
    **dict.fromkeys((".xlsm", ".xlam", ".xltm"), "a workbook with macros is not opened; save it as .xlsx without them"),
    **dict.fromkeys(
        (".xlsb", ".xltx", ".xlt", ".xla", ".fods", ".numbers"),
        "a workbook of this kind is not opened; save it as .xlsx",
    ),
    **dict.fromkeys(
        (".zip", ".7z", ".rar", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst"),
        "an archive inside a submission is not opened; send its files beside the others",
    ),
}
SMALL_JSON = 1_000_000  # bytes; more is opened in a process of its own

_ZIP, _OLE2, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_SIGNATURES = {
    _ZIP: "a zip container (.xlsx, .ods or .zip)",
    _OLE2: "an old Office file (.xls)",
    _PARQUET: "a Parquet file",
    b"%PDF": "a PDF",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"\x1f\x8b": "a gzip archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"{\\rtf": "a letter (RTF)",
    b"MZ\x90\x00": "a Windows program",
    b"\x7fELF": "a program",
}
_PAGES = (b"<!doctype html", b"<html", b"<table", b"<?xml", b"<script")
_EXPECTED = {".xlsx": _ZIP, ".ods": _ZIP, ".xls": _OLE2, ".parquet": _PARQUET}
_LOCKED = "EncryptedPackage".encode("utf-16-le")


def suffix_of(path: str) -> str:
    """The extension in lower case: ``"a/B.XLSX"`` → ``".xlsx"``."""
    return PurePosixPath(path).suffix.lower()


def read_sheets(path: str, content: bytes, limits: Limits) -> list[RawSheet]:
    """The sheets of a data file. Fails with a message that names the file when it cannot be read at all."""
    suffix = suffix_of(path)
    if len(content) > limits.file_bytes:
        raise IntakeError(f"{path}: {len(content)} bytes, at most {limits.file_bytes} are read")
    _check_signature(path, suffix, content)
    if suffix in DELIMITED:
        return [read_delimited(path, content, limits)]
    if suffix in WORKBOOKS or suffix == ".parquet" or len(content) > SMALL_JSON:
        return read_confined(path, suffix, content, limits)
    return list((read_json_lines if suffix in JSON_LINES else read_json)(path, content, limits))


def _check_signature(path: str, suffix: str, content: bytes) -> None:
    expected = _EXPECTED.get(suffix)
    if expected is None:
        if found := _signature(content):
            raise IntakeError(f"{path}: the name says {suffix}, the content is {found}")
        return
    if content.startswith(expected):
        return
    if suffix in WORKBOOKS and content.startswith(_OLE2) and _LOCKED in content:
        raise IntakeError(f"{path}: the workbook is protected by a password; send it without one")
    found = _signature(content) or ("plain text" if _is_text(content) else "something else")
    raise IntakeError(f"{path}: the name says {suffix}, expected {_SIGNATURES[expected]}, found {found}")


def _signature(content: bytes) -> str | None:
    found = next((what for magic, what in _SIGNATURES.items() if content.startswith(magic)), None)
    is_page = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES)
    return found or ("a web page or XML" if is_page else None)


def _is_text(content: bytes) -> bool:
    head = content[:4000]
    return bool(head) and all(byte >= 32 or byte in b"\t\r\n" for byte in head)
