"""An inbox that changes while it is read."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.reliability.trials import Bench, Trial, unexpected


def all_of_them(bench: Bench) -> Iterator[Trial]:
    """Files that are half there, go away or cannot be read while the run reads; then the inbox as it should be."""
    yield _half_written(bench)
    changes: dict[str, tuple[Callable[[Path], None], bool]] = {
        "a submission is taken away before it is read": (lambda i: shutil.rmtree(i / "2021-02"), True),
        "a file is taken away before it is read": (lambda i: (i / "2021-02" / "production.csv").unlink(), False),
        "a file is a folder that cannot be read": (lambda i: _folder_for(i / "2021-02" / "production.csv"), False),
        "the inbox is emptied while it is read": (_emptied, True),
    }
    for fault, (change, same) in changes.items():
        inbox = _copy(bench)
        url = bench.databases.copy(bench.base)
        seen: list[str] = []

        def at(
            label: str, change: Callable[[Path], None] = change, inbox: Path = inbox, seen: list[str] = seen
        ) -> None:
            if label == "stage reading 2021-02" and label not in seen:
                seen.append(label)
                change(inbox)

        hit = bench.run(url, inbox, at=at)
        trial = bench.trial("inbox", fault, hit)
        trial.wrong += unexpected(hit)
        shutil.rmtree(inbox)
        trial.wrong += unexpected(bench.run(url))
        trial.note = "the run of that moment is kept beside the one after it; " + (
            "the same submissions in the end"
            if same
            else "one submission more in the end: the part that was there first"
        )
        yield bench.judge(trial, url, whole=False, records=same)


def _half_written(bench: Bench) -> Trial:
    inbox = _copy(bench)
    table = inbox / "2021-02" / "purchase.csv"
    table.write_bytes(table.read_bytes()[: table.stat().st_size // 2])
    url = bench.databases.copy(bench.base)
    hit = bench.run(url, inbox)
    trial = bench.trial("inbox", "a file is half-written when it is read", hit)
    trial.wrong += unexpected(hit)
    trial.wrong += unexpected(bench.run(url))
    trial.note = "one submission more in the end: the part that was there first, superseded by the whole"
    shutil.rmtree(inbox)
    return bench.judge(trial, url, whole=False)


def _copy(bench: Bench) -> Path:
    return Path(shutil.copytree(bench.world.inbox, Path(tempfile.mkdtemp(dir=bench.scratch)) / "inbox"))


def _folder_for(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _emptied(inbox: Path) -> None:
    for unit in inbox.iterdir():
        shutil.rmtree(unit)
