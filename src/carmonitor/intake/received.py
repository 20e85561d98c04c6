"""What lies under a path: a file, a folder or a zip, as relative paths and bytes."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from carmonitor.intake.archive import MAX_ENTRIES, MAX_FILE_BYTES, MAX_UNPACKED_BYTES, unpack
from carmonitor.intake.batch import IntakeError

METADATA = "submission.yaml"
_NOISE = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def is_noise(name: str) -> bool:
    """Files that programs leave behind: hidden ones, lock files, thumbnails."""
    return name.startswith((".", "~$")) or name.casefold() in _NOISE


def received_files(path: Path) -> tuple[str, dict[str, bytes], list[str]]:
    """Name, relative path → bytes, and what could not be read (one message each)."""
    name = _written(path.name)
    if not path.exists():
        raise IntakeError(f"{path}: no such file or folder")
    if path.is_dir():
        contents, failed = _of_folder(path)
    else:
        contents, failed = {name: _bytes(path, name)}, []
        if path.suffix.lower() == ".zip":
            contents = _of_zip(contents[name], name)
        beside = path.with_name(f"{name}.{METADATA}")
        if beside.is_file():
            if METADATA in contents:
                raise IntakeError(f"{name}: {METADATA} inside and {beside.name} beside; one is needed")
            contents[beside.name] = _bytes(beside, beside.name)
    return name, {unicodedata.normalize("NFC", p): data for p, data in contents.items()}, failed


def _of_zip(content: bytes, name: str) -> dict[str, bytes]:
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise IntakeError(f"{name}: the name says .zip, the content is something else")
    found = unpack(content, name)
    if "xl/workbook.xml" in found or "content.xml" in found:
        raise IntakeError(f"{name}: the name says .zip, the content is a workbook; rename it to .xlsx or .ods")
    return {p: data for p, data in found.items() if not any(is_noise(part) for part in p.split("/"))}


def _of_folder(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    contents: dict[str, bytes] = {}
    failed: list[str] = []
    total = 0
    for file in sorted(folder.rglob("*")):
        relative = file.relative_to(folder)
        if any(is_noise(part) for part in relative.parts) or (file.is_dir() and not file.is_symlink()):
            continue
        path = _written(relative.as_posix())
        if file.is_symlink():
            failed.append(f"{path}: a link, not a file; it was not followed")
            continue
        try:
            contents[path] = _bytes(file, path)
        except IntakeError as error:
            failed.append(str(error))
            continue
        total += len(contents[path])
        if len(contents) > MAX_ENTRIES or total > MAX_UNPACKED_BYTES:
            raise IntakeError(f"{folder.name}: more than {MAX_ENTRIES} files or {MAX_UNPACKED_BYTES} bytes")
    return contents, failed


def _written(name: str) -> str:
    """A file name of bytes that are no UTF-8 (old archives and sticks have them), with those bytes as ``\\xe9``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _bytes(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise IntakeError(f"{name}: {path.stat().st_size} bytes, at most {MAX_FILE_BYTES} are read")
        return path.read_bytes()
    except OSError as error:
        raise IntakeError(f"{name}: the file cannot be opened ({error.strerror})") from error
