"""What lies under a path: a file, a folder or a zip, as relative paths and bytes."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from carmonitor.intake.archive import unpack
from carmonitor.intake.errors import IntakeError
from carmonitor.intake.limits import Limits, limits

DEEPEST = 50  # folders in folders
METADATA = "submission.yaml"
_NOISE = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


def is_noise(name: str) -> bool:
    """Files that programs leave behind: hidden ones, lock files, thumbnails."""
    return name.startswith((".", "~$")) or name.casefold() in _NOISE


def received_files(path: Path) -> tuple[str, dict[str, bytes], list[str]]:
    """Name, relative path → bytes, and what could not be read (one message each)."""
    name, most = written(path.name), limits()
    if path.is_symlink():
        raise IntakeError(f"{name}: a link, not a file or folder; it was not followed")
    if not path.exists():
        raise IntakeError(f"{written(str(path))}: no such file or folder")
    if path.is_dir():
        contents, failed = _of_folder(path, most)
    else:
        contents, failed = {name: _bytes(path, name, most)}, []
        if path.suffix.lower() == ".zip":
            contents = _of_zip(contents[name], name, most)
        beside = path.with_name(f"{path.name}.{METADATA}")
        if beside.is_file():
            if METADATA in contents:
                raise IntakeError(f"{name}: {METADATA} inside and {name}.{METADATA} beside; one is needed")
            contents[f"{name}.{METADATA}"] = _bytes(beside, f"{name}.{METADATA}", most)
    return name, _named_apart(name, contents), failed


def _of_zip(content: bytes, name: str, most: Limits) -> dict[str, bytes]:
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise IntakeError(f"{name}: the name says .zip, the content is something else")
    found = unpack(content, name, most)
    if "xl/workbook.xml" in found or "content.xml" in found:
        raise IntakeError(f"{name}: the name says .zip, the content is a workbook; rename it to .xlsx or .ods")
    return {p: data for p, data in found.items() if not any(is_noise(part) for part in p.split("/"))}


def _named_apart(name: str, contents: dict[str, bytes]) -> dict[str, bytes]:
    """The same under the names they are shown by; refused where two would be one."""
    shown = {unicodedata.normalize("NFC", written(p)): data for p, data in contents.items()}
    if len(shown) != len(contents):
        raise IntakeError(f"{name}: two files whose names look alike; rename one")
    return shown


def _of_folder(folder: Path, limits: Limits) -> tuple[dict[str, bytes], list[str]]:
    contents: dict[str, bytes] = {}
    failed: list[str] = []
    total = 0
    for file in _below(folder, failed):
        relative = file.relative_to(folder)
        if any(is_noise(part) for part in relative.parts):
            continue
        path = written(relative.as_posix())
        try:
            if path in contents:
                raise IntakeError(f"{path}: another file has a name that looks the same; rename one")
            contents[path] = _bytes(file, path, limits)
        except IntakeError as error:
            failed.append(str(error))
            continue
        total += len(contents[path])
        if len(contents) + len(failed) > limits.entries or total > limits.unpacked_bytes:
            raise IntakeError(
                f"{written(folder.name)}: more than {limits.entries} files or {limits.unpacked_bytes} bytes"
            )
    return contents, failed


def _below(folder: Path, failed: list[str]) -> Iterator[Path]:
    """Everything under a folder that is no folder, sorted; folders that cannot be opened are told in ``failed``."""

    def tell(error: OSError) -> None:
        where = written(Path(error.filename).relative_to(folder).as_posix())
        failed.append(f"{where}: the folder cannot be opened ({error.strerror})")

    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=tell):
        here = Path(place)
        if len(here.relative_to(folder).parts) > DEEPEST:
            raise IntakeError(f"{written(folder.name)}: folders in folders, more than {DEEPEST} deep")
        found += [here / name for name in files]
        found += [here / name for name in folders if (here / name).is_symlink()]
    return iter(sorted(found))


def written(name: str) -> str:
    """A file name as it can be shown: bytes that are no UTF-8 (old archives and sticks have them) as ``\\xe9``.

    So are control characters, direction marks and other characters that nobody sees.
    """
    name = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    if name.isprintable():
        return name
    shown = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return "".join(shown)


def _bytes(path: Path, name: str, limits: Limits) -> bytes:
    """The content of an ordinary file. Links are not followed, devices and pipes not opened; a file that is still being
    written is refused."""
    if path.is_symlink():
        raise IntakeError(f"{name}: a link, not a file; it was not followed")
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise IntakeError(f"{name}: a pipe, device or folder, expected a file")
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(handle, "rb") as file:
            before = os.fstat(handle)
            if not stat.S_ISREG(before.st_mode):
                raise IntakeError(f"{name}: a pipe, device or folder, expected a file")
            if before.st_size > limits.file_bytes:
                raise IntakeError(f"{name}: {before.st_size} bytes, at most {limits.file_bytes} are read")
            content = file.read(before.st_size + 1)
            after = os.fstat(handle)
    except OSError as error:
        raise IntakeError(f"{name}: the file cannot be opened ({error.strerror})") from error
    if len(content) != before.st_size or (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise IntakeError(f"{name}: the file changed while it was read; it is read again in the next run")
    return content
