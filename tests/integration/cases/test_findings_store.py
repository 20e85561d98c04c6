"""Findings over several runs: versions, resolution, results that are stored once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from carmonitor.findings import Finding, Parameter, result_digest
from carmonitor.framework.engine import Coverage
from carmonitor.store import tables
from carmonitor.store.findings import (
    ResultError,
    RunInfo,
    finding_of,
    is_look_back,
    latest_run,
    load_coverage,
    load_findings,
    save_result,
)

from .stories import DAY, FEBRUARY, Office, breach, lead

A, B = breach("CF101"), breach("CF102")


def states(office: Office) -> dict[tuple[str, int], str]:
    """(subject, version) → status."""
    return {(row["subject_id"], row["version"]): row["status"] for row in office.rows(tables.finding)}


def test_a_new_finding_is_its_first_version(office: Office) -> None:
    assert office.run(A, B).counts() == {"new": 2, "changed": 0, "resolved": 0, "unchanged": 0}
    assert states(office) == {("CF101", 1): "open", ("CF102", 1): "open"}


def test_the_same_run_twice_adds_no_row_anywhere(office: Office) -> None:
    office.run(A, B, lead("CF103"))
    before = office.everything()
    assert office.run(A, B, lead("CF103"), again=True).counts()["unchanged"] == 3
    assert office.everything() == before


def test_another_run_with_the_same_result_adds_only_its_own_row_and_its_seal(office: Office) -> None:
    office.run(A, B)
    before = office.everything()
    office.run(A, B)
    after = office.everything()
    for grown in ("run", "journal"):
        assert len(after.pop(grown)) == len(before.pop(grown)) + 1
    assert after == before


def test_another_amount_is_a_new_version_and_the_old_one_stays(office: Office) -> None:
    first = office.run(A)
    second = office.run(replace(A, evidence={"exported_carats": "11.00"}))
    assert (first.new, second.changed) == ((A.finding_id,), (A.finding_id,))
    said = {row["version"]: row["content"]["evidence"]["exported_carats"] for row in office.rows(tables.finding)}
    assert said == {1: "10.50", 2: "11.00"}
    with office.read() as connection:
        (current,) = load_findings(connection)
        (then,) = load_findings(connection, result_digest([A]))
    assert (current["version"], then["version"]) == (2, 1)


def test_the_same_fact_on_other_papers_is_a_new_version(office: Office) -> None:
    office.run(A)
    office.receive("sub-february-2", "SPPK@2021-02")
    assert office.run(A, papers="sub-february-2").changed == (A.finding_id,)
    with office.read() as connection:
        papers = [f["lineage"][0]["submission_id"] for f in load_findings(connection)]
        papers_then = [row["content"]["lineage"][0]["submission_id"] for row in office.rows(tables.finding)]
    assert papers == ["sub-february-2"]
    assert papers_then == [FEBRUARY, "sub-february-2"]


def test_what_is_no_longer_found_is_resolved_and_comes_back_as_a_new_version(office: Office) -> None:
    office.run(A, B)
    assert office.run(B).resolved == (A.finding_id,)
    assert office.run(A, B).changed == (A.finding_id,)
    assert states(office) == {("CF101", 1): "resolved", ("CF101", 2): "open", ("CF102", 1): "open"}


class TestWhoResolvedIt:
    def resolved_by(self, office: Office) -> list[str | None]:
        rows = [row for row in office.rows(tables.finding) if row["status"] == "resolved"]
        assert all(row["resolved_run_id"] for row in rows)
        return [row["resolved_by"] for row in rows]

    def test_the_newest_submission_of_the_return_the_finding_stood_on(self, office: Office) -> None:
        office.run(A)
        for name, return_id in [("late", "SPPK@2021-02"), ("later", "SPPK@2021-02"), ("other", "SPPK@2021-03")]:
            office.receive(name, return_id)
        office.run()
        assert self.resolved_by(office) == ["later"]

    def test_the_submission_of_a_return_that_was_missing(self, office: Office) -> None:
        office.run(breach("BECDOR@2021-05", "M-02", kind="return", refs=()))
        office.receive("other", "SPPK@2021-05")
        office.receive("may", "BECDOR@2021-05")
        office.run()
        assert self.resolved_by(office) == ["may"]

    def test_the_only_submission_that_came(self, office: Office) -> None:
        office.run(A)
        office.receive("confirmations", "BE@-")
        office.run()
        assert self.resolved_by(office) == ["confirmations"]

    def test_nobody_when_two_unrelated_ones_came(self, office: Office) -> None:
        office.run(A)
        office.receive("confirmations", "BE@-")
        office.receive("registers", "MMG@-")
        office.run()
        assert self.resolved_by(office) == [None]

    def test_nobody_when_the_rulebook_changed_too(self, office: Office) -> None:
        office.run(A)
        office.receive("confirmations", "BE@-")
        office.run(rulebook="rules-2")
        assert self.resolved_by(office) == [None]

    def test_none_that_was_in_the_evidence_before(self, office: Office) -> None:
        office.run(A)
        office.run()
        assert self.resolved_by(office) == [None]

    def test_none_that_is_received_after_the_day_of_the_run(self, office: Office) -> None:
        office.run(A)
        office.receive("tomorrow", "SPPK@2021-02", DAY + timedelta(days=1))
        office.run()
        assert self.resolved_by(office) == [None]


def test_a_look_back_is_refused_and_changes_nothing(office: Office) -> None:
    office.run(A)
    before = office.everything()
    with office.read() as connection:
        assert is_look_back(connection, DAY - timedelta(days=1))
        assert not is_look_back(connection, DAY)
    with pytest.raises(ResultError, match="as of 2021-07-30 after one as of 2021-07-31"):
        office.run(as_of=DAY - timedelta(days=1))
    assert office.everything() == before


def test_before_the_first_run_no_day_is_a_look_back(office: Office) -> None:
    with office.read() as connection:
        assert latest_run(connection) is None
        assert not is_look_back(connection, date(1990, 1, 1))


def test_a_known_run_with_another_result_is_refused(office: Office) -> None:
    office.run(A)
    with pytest.raises(ResultError, match="must give the same result"):
        office.run(A, B, again=True)
    assert states(office) == {("CF101", 1): "open"}


def test_a_run_repeated_after_another_is_the_latest_again(office: Office) -> None:
    office.run(A)
    office.run(A, B)
    office.runs = 0
    office.run(A)  # as the first: settings changed, and changed back
    with office.read() as connection:
        last = latest_run(connection)
        current = load_findings(connection)
    assert last is not None
    assert last.result_digest == result_digest([A])
    assert len(office.rows(tables.run)) == 2
    assert [f["subject_id"] for f in current] == ["CF101"]


def test_a_stored_finding_reads_back_as_it_was(office: Office) -> None:
    full: Finding = lead(
        "Éts É", day=date(2021, 2, 3), part="value", caveats=("gap",), parameters=(Parameter("k", 3, "days", "kpcs"),),
        evidence={"names": ["a", None], "ratio": "1.500", "n": 2},
    )  # fmt: skip
    office.run(full)
    with office.read() as connection:
        (stored,) = load_findings(connection)
    assert finding_of(stored) == replace(full, refs=())
    assert stored["lineage"] == [{"file": "f.xlsx", "sheet": "Envois", "row": 1, "submission_id": FEBRUARY}]


def test_coverage_and_run_read_back(office: Office) -> None:
    office.run(A)
    with office.read() as connection:
        assert load_coverage(connection, result_digest([A])) == [Coverage("M-04", 3, 2, 1, 0)]
        last = latest_run(connection)
    assert last is not None
    assert (last.as_of, last.started_at, last.settings) == (DAY, datetime(2021, 7, 31, 13, tzinfo=UTC), {"budget": 5})


def test_all_that_coverage_says_reads_back(office: Office) -> None:
    told = Coverage("D-03", 0, 0, 0, 4, "not_supplied:parcel_source", "parcel", shipments=3, shipments_checked=1)
    run = RunInfo(
        "R9", DAY, office.now, office.now, "0.1.0", "rules", "e", "d9", {}, {}, "system", last_seq=7
    )  # fmt: skip
    with office.write() as connection:
        save_result(connection, run=run, findings=[], coverage=[told], lineage=lambda _: [])
    with office.read() as connection:
        assert load_coverage(connection, "d9") == [told]
        assert latest_run(connection) == run


def test_many_findings_are_resolved_at_once(office: Office) -> None:
    office.run(*(breach(f"CF{n}") for n in range(1203)))
    assert len(office.run(breach("CF7")).resolved) == 1202
    with office.read() as connection:
        open_ = sa.select(sa.func.count()).where(tables.finding.c.status == "open")
        assert connection.execute(open_).scalar() == 1
