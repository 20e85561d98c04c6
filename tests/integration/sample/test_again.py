"""What arrives again is told by its bytes: the same counts, notes and problems as when it is read."""

import shutil

import pytest

from carmonitor import ingestion
from carmonitor.ingestion import ingest, read_all, units
from carmonitor.store.database import ensure
from tests.integration.sample.conftest import SAMPLE

ARRIVED = units([SAMPLE / "registers", SAMPLE / "inbox"])


def told(received):
    """All that is shown of a submission."""
    s = received.submission
    sheets = [(t.kind, t.file, t.sheet, t.columns, len(t.frame), dict(t.skipped), t.rows_in, t.notes) for t in s.tables]
    refused = [(r.row, r.problems, dict(r.raw)) for t in s.tables for r in t.quarantine]
    files = [(f.path, f.sha256, f.role) for f in s.files]
    return s.submission_id, s.name, s.sender, s.period, files, sheets, refused, s.notes, s.counts()


@pytest.fixture
def reads(monkeypatch):
    """The paths that are read from now on."""
    seen = []

    def counting(path, **how):
        seen.append(path)
        return ingestion.read_all([path], **how)

    monkeypatch.setattr(ingestion, "_read_one", counting)
    return seen


@pytest.mark.parametrize("path", ARRIVED, ids=lambda path: path.name)
def test_what_is_stored_is_not_read_again_and_tells_the_same(installation, reads, path) -> None:
    sender = "registers" if path.parent.name == "registers" or path.name == "registers" else None
    (again,) = ingest([path], installation.store, actor="test", sender=sender).received
    assert reads == []
    assert not again.new
    (read,) = read_all([path], sender=sender).received
    assert told(again) == told(read)


def test_a_changed_file_another_sender_or_an_unreadable_file_is_read(tmp_path, reads) -> None:
    batch = tmp_path / "batch"
    batch.mkdir()
    (batch / "purchase.csv").write_text("slip_number;carats\nB1;1,00\nB2;2,00\n")
    (batch / "other.csv").write_bytes(b"\x00\x01\x02")
    with ensure(f"sqlite:///{tmp_path}/store.sqlite3") as store:
        for _ in range(2):
            taken = ingest([batch], store, actor="test", sender="SPPK", period="2021-03")
            assert len(taken.failed) == 1
        assert reads == [batch, batch]
        (batch / "other.csv").unlink()
        for _ in range(2):
            ingest([batch], store, actor="test", sender="SPPK", period="2021-03")
        assert reads == [batch] * 3
        ingest([batch], store, actor="test", sender="SPPK", period="2021-04")
        (batch / "purchase.csv").write_text("slip_number;carats\nB1;1,00\nB2;2,50\n")
        ingest([batch], store, actor="test", sender="SPPK", period="2021-03")
        assert reads == [batch] * 5
        shutil.copytree(batch, tmp_path / "renamed")
        (same,) = ingest([tmp_path / "renamed"], store, actor="test", sender="SPPK", period="2021-03").received
        assert (same.new, same.submission.name) == (False, "renamed")
        assert len(reads) == 5
