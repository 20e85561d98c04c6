"""Taking in side by side, in several processes, is taking in one after the other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from carmonitor import ingestion
from carmonitor.catalogues import chosen
from carmonitor.pipeline import evidence_for
from carmonitor.settings import Settings
from carmonitor.store.database import ensure

RETURNS = {
    "2021-01": "slip_number,carats\nB1,1.20\nB2,x\n",
    "2021-02": "slip_number,carats\nB3,0.50\n",
    "2021-03": "slip_number,carats\nB4,2.00\nB4,2.00\n",
    "again": "slip_number,carats\nB3,0.50\n",
}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Four returns, two of them the same, and a file that nobody can read."""
    for name, text in RETURNS.items():
        folder = tmp_path / "inbox" / name
        folder.mkdir(parents=True)
        (folder / "purchase.csv").write_text(text, encoding="utf-8")
        period = "2021-02" if name == "again" else name
        (folder / "submission.yaml").write_text(f"sender: SPPK\nperiod: {period}\n", encoding="utf-8")
    broken = tmp_path / "inbox" / "broken"
    broken.mkdir()
    (broken / "purchase.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    return tmp_path / "inbox"


def _taken_in(inbox: Path, jobs: int) -> tuple[object, ...]:
    url = f"sqlite:///{inbox.parent / f'{jobs}.sqlite3'}"
    steps: list[str] = []
    with ensure(url) as store:
        intake = ingestion.ingest([inbox], store, actor="test", jobs=jobs, progress=lambda what, *_: steps.append(what))
        with store.read() as connection:
            evidence = evidence_for(connection, Settings(), chosen(Settings(), connection), date(2099, 1, 1))
            purchases, digest = evidence["purchase"].to_csv(), evidence.digest
    received = [(item.submission.name, item.submission.submission_id, item.new) for item in intake.received]
    return received, intake.failed, intake.counts(), steps, purchases, digest


def test_as_many_processes_as_there_are_submissions_and_fewer_store_the_same(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = _taken_in(inbox, 1)
    monkeypatch.setattr(ingestion, "WORTH_PROCESSES", 0)
    received, failed, counts, *_ = alone
    assert [new for *_, new in received] == [True, True, True, False]
    assert "broken/purchase.xlsx" in failed[0]
    assert counts == {"files": 8, "rows": 10, "records": 4, "quarantined": 1, "skipped": 5}
    assert _taken_in(inbox, 2) == alone
    assert _taken_in(inbox, 9) == alone


def test_much_is_read_beside_and_little_is_not(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    pool = ingestion.ProcessPoolExecutor
    monkeypatch.setattr(ingestion, "ProcessPoolExecutor", lambda n, context: begun.append(n) or pool(n, context))
    _taken_in(inbox, 2)
    assert begun == []
    monkeypatch.setattr(ingestion, "WORTH_PROCESSES", 0)
    _taken_in(inbox, 3)
    assert begun == [2]
