"""Which run is the latest: the one stored last, whatever the clock says, and never one that knew less."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from carmonitor.findings import Finding, result_digest
from carmonitor.store import tables
from carmonitor.store.findings import ResultError, RunInfo, Saved, latest_run, save_result

from .stories import DAY, FEBRUARY, Office, breach

A, B = breach("CF101"), breach("CF102")


def store(office: Office, name: str, *found: Finding, last_seq: int = 1, clock: timedelta = timedelta()) -> Saved:
    """A run that knew submissions up to a number, by a clock that is put on or back."""
    started = office.now + clock
    run = RunInfo(
        name, DAY, started, started + timedelta(minutes=5), "0.1.0", "rules", f"e{name}", result_digest(found),
        {"budget": 5}, {}, "system", last_seq=last_seq,
    )  # fmt: skip
    places = [{"file": "f.xlsx", "sheet": "Envois", "row": 1, "submission_id": FEBRUARY}]
    with office.write() as connection:
        return save_result(connection, run=run, findings=found, coverage=[], lineage=lambda _: places)


def latest(office: Office) -> RunInfo:
    with office.read() as connection:
        run = latest_run(connection)
    assert run is not None
    return run


def test_a_run_stored_after_the_clock_was_put_back_is_the_latest(office: Office) -> None:
    store(office, "R1", A)
    store(office, "R2", B, clock=timedelta(days=-40))
    run = latest(office)
    assert run.run_id == "R2"
    assert run.finished_at is not None
    assert office.now < run.started_at <= run.finished_at


def test_an_old_run_that_comes_back_after_the_clock_was_put_back_is_the_latest_again(office: Office) -> None:
    store(office, "R1", A)
    store(office, "R2", B)
    store(office, "R1", A, clock=timedelta(days=-40))
    assert latest(office).run_id == "R1"
    open_ = {row["subject_id"] for row in office.rows(tables.finding) if row["status"] == "open"}
    assert open_ == {"CF101"}


def test_a_run_that_knew_less_than_the_one_before_is_refused_and_changes_nothing(office: Office) -> None:
    store(office, "R2", B, last_seq=7)
    before = office.everything()
    with pytest.raises(ResultError, match=r"knew 5 submissions after one that knew 7.*run again"):
        store(office, "R1", A, last_seq=5)
    assert office.everything() == before


def test_who_did_away_with_a_finding_is_told_by_numbers_and_not_by_the_clock(office: Office) -> None:
    store(office, "R1", A)
    office.now -= timedelta(days=40)
    office.receive("S-correction", "SPPK@2021-02", date(2021, 7, 30))
    assert store(office, "R2", last_seq=2).resolved == (A.finding_id,)
    (row,) = office.rows(tables.finding)
    assert row["resolved_by"] == "S-correction"
