"""A disk that is full, or that may only be read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.reliability import child
from tools.reliability.databases import Postgres, mounted, path_of, remount
from tools.reliability.fingerprint import fingerprint
from tools.reliability.trials import Bench, Trial, said, unexpected

NO_MOUNT = "this account may not mount a file system; not tried"


def short(bench: Bench) -> Iterator[Trial]:
    """One of them, where the database is a file."""
    if bench.databases.kind == "SQLite":
        yield _full(bench, 0.15)


def of_sqlite(bench: Bench) -> Iterator[Trial]:
    """The database on a small file system in memory: full while storing, then read-only."""
    for spare in (0.05, 0.15, 0.3):
        trial = _full(bench, spare)
        yield trial
        if not trial.tried:
            return
    base = path_of(bench.databases.copy(bench.base))
    with mounted(64) as disk:
        assert disk
        trial = bench.trial("read-only", "the folder of the database (tmpfs)")
        url = f"sqlite:///{shutil.copyfile(base, disk / 'db.sqlite3')}"
        remount(disk, "ro")
        hit = bench.run(url)
        trial.message, trial.wrong = said(hit), unexpected(hit)
        trial.wrong += [] if hit.code == 3 else [f"exit code {hit.code}, expected 3"]
        remount(disk, "rw")
        bench.run(url)
        yield bench.judge(trial, url)
    yield from _folders(bench)


def _full(bench: Bench, spare: float) -> Trial:
    base = path_of(bench.databases.copy(bench.base))
    with mounted(Path(base).stat().st_size / 1e6 + spare) as disk:
        trial = bench.trial("disk full", f"the file system of the database, {spare} MB left (tmpfs)")
        if disk is None:
            trial.tried, trial.note = False, NO_MOUNT
            return trial
        url = f"sqlite:///{shutil.copyfile(base, disk / 'db.sqlite3')}"
        hit = bench.run(url)
        trial.message, trial.wrong = said(hit), unexpected(hit)
        trial.note = "" if "full" in hit.err else f"it was not full: exit code {hit.code}"
        remount(disk, "size=64m")
        trial.wrong += unexpected(bench.run(url))
        return bench.judge(trial, url)


def _folders(bench: Bench) -> Iterator[Trial]:
    """An inbox that may only be read is enough; a place for dossiers that may only be read, or is full, is told."""
    with mounted(32) as disk:
        assert disk
        trial = bench.trial("read-only", "the inbox (tmpfs)")
        inbox = Path(shutil.copytree(bench.world.inbox, disk / "inbox"))
        remount(disk, "ro")
        url = bench.databases.copy(bench.base)
        trial.wrong += unexpected(bench.run(url, inbox))
        yield bench.judge(trial, url)
        before = fingerprint(url)
        for fault, option in (("read-only", "ro"), ("disk full", "size=4m")):
            remount(disk, "rw")
            if fault == "disk full":
                (disk / "ballast").write_bytes(bytes(4 * 2**20 - _held(disk) - 100_000))
            remount(disk, option)
            trial = bench.trial(fault, "the folder of dossiers (tmpfs)")
            hit = child.run("export", "--out", str(disk / "out"), database=url)
            trial.message, trial.wrong = said(hit), unexpected(hit)
            trial.wrong += [] if hit.code == 3 else [f"exit code {hit.code}, expected 3"]
            trial.wrong += [f"half a dossier: {p.name}" for p in disk.glob("out/*.zip")] if hit.code else []
            trial.wrong += [f"left behind: {p.name}" for p in disk.glob("out/.*.part")]
            yield bench.judge(trial, url, before)


def _held(folder: Path) -> int:
    return sum(file.stat().st_size + 4096 for file in folder.rglob("*"))


def of_postgres(bench: Bench) -> Iterator[Trial]:
    """A server of its own on a small file system: filled up while the run is storing, then given room again."""
    with mounted(220) as disk:
        trial = bench.trial("disk full", "the file system of the server, filled while storing (tmpfs)")
        if disk is None:
            trial.tried, trial.note = False, NO_MOUNT
            yield trial
            return
        home = Path(tempfile.mkdtemp(prefix="d", dir=disk))
        home.chmod(0o755)
        server = Postgres(home)
        try:
            small = Bench.prepared(server, bench.world, bench.scratch / "small")
            url = server.copy(small.base)
            ballast = disk / "ballast"

            def fill(label: str) -> None:
                if label == "stage storing 2021-01-correction":
                    with ballast.open("wb") as file:
                        while file.write(bytes(65536)):
                            file.flush()

            def quietly(label: str) -> None:
                try:
                    fill(label)
                except OSError:
                    return

            hit = small.run(url, at=quietly)
            trial.message, trial.wrong = said(hit), unexpected(hit)
            trial.note = "" if hit.code == 3 else f"it was not full: exit code {hit.code}"
            ballast.unlink(missing_ok=True)
            server.ensure_running()
            trial.wrong += unexpected(small.run(url))
            yield small.judge(trial, url)
        finally:
            server.close()
