"""Which findings open cases, whose case they go to, and what a correction does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from carmonitor.cases import workflow
from carmonitor.cases.subjects import Subject, case_id
from carmonitor.findings import Finding
from carmonitor.store import journal, tables

from .stories import DAY, NOON, Office, breach, lead

A, B = breach("CF101"), breach("CF101", "C-05")
IN_2021_Q1 = {"CF206", "CF215"}  # those of CF200 … CF219 with the lowest hashes


def cases(office: Office) -> list[dict[str, Any]]:
    with office.read() as connection:
        return workflow.list_cases(connection)


def subjects(office: Office) -> set[tuple[str, str]]:
    return {(case["subject_kind"], case["subject_id"]) for case in cases(office)}


def only_case(office: Office) -> dict[str, Any]:
    (case,) = cases(office)
    return case


def act(office: Office, step: Any, case: str, **given: Any) -> None:
    with office.write() as connection:
        step(connection, case, actor="awa", at=office.now, **given)


def actions(office: Office, case: str) -> list[str]:
    with office.read() as connection:
        return [entry["action"] for entry in workflow.history(connection, case)]


class TestWhatOpensACase:
    @pytest.mark.parametrize(
        ("finding", "origin"),
        [
            (breach(severity="E"), "rule"),
            (breach(severity="W"), "rule"),
            (breach(rule="L-03", outcome="lead", severity="W"), "lead"),
            (lead(in_budget=True), "lead"),
        ],
        ids=["breach E", "breach W", "lead of a rule", "lead in the budget"],
    )
    def test_these_do(self, office: Office, finding: Finding, origin: str) -> None:
        office.run(finding)
        assert only_case(office)["origin"] == origin

    @pytest.mark.parametrize(
        "finding",
        [
            breach(severity="I"),
            lead(rank=9, in_budget=False),
            lead(severity="I"),
            breach(outcome="not_evaluated", kind="period", reason="not_held:return"),
            breach(rule="L-04"),
        ],
        ids=["severity I", "lead outside the budget", "lead of severity I", "not evaluated", "shadow"],
    )
    def test_these_do_not(self, office: Office, finding: Finding) -> None:
        office.run(finding, shadow=["L-04"])
        assert cases(office) == []


@pytest.mark.parametrize(
    ("kind", "subject", "case_of"),
    [
        ("certificate", "CF101", ("certificate", "CF101")),
        ("parcel", "CF101/2", ("certificate", "CF101")),
        ("document", "CF101/photograph/1", ("certificate", "CF101")),
        ("confirmation", "CF101@BE", ("certificate", "CF101")),
        ("production", "R7/12", ("actor", "M-33")),
        ("production", "R7/13", ("production", "R7/13")),
        ("purchase", "B/17@x", ("purchase", "B/17@x")),
        ("return", "SPPK@2021-02", ("return", "SPPK@2021-02")),
        ("zone_month", "Nola@2021-02", ("zone_month", "Nola@2021-02")),
    ],
)
def test_a_finding_goes_to_the_case_of_its_subject(
    office: Office, kind: str, subject: str, case_of: tuple[str, str]
) -> None:
    office.run(breach(subject, kind=kind), miner_of={"R7/12": "M-33"})
    assert subjects(office) == {case_of}


def test_one_case_for_all_findings_of_a_certificate(office: Office) -> None:
    office.run(A, breach("CF101/1", "D-03", kind="parcel"), breach("CF101@BE", "M-06", kind="confirmation"), lead())
    case = only_case(office)
    assert case["rules"] == ["D-03", "F14", "M-04", "M-06"]
    assert (case["origin"], case["severity"], case["standing"]) == ("rule", "E", 4)
    assert office.cases["opened"] == 1


def test_the_same_run_twice_opens_nothing(office: Office) -> None:
    office.run(A, lead("CF102"))
    before = office.everything()
    office.run(A, lead("CF102"), again=True)
    assert office.everything() == before
    assert set(office.cases.values()) == {0}


def test_a_new_finding_joins_the_case_that_is_not_closed(office: Office) -> None:
    office.run(A)
    office.run(A, B)
    assert only_case(office)["rules"] == ["C-05", "M-04"]
    assert (office.cases["opened"], office.cases["added"]) == (0, 1)
    assert actions(office, only_case(office)["case_id"]) == ["open", "add_findings"]


def test_the_same_finding_never_reopens_a_closed_case_even_with_other_amounts(office: Office) -> None:
    office.run(A)
    act(office, workflow.decide, only_case(office)["case_id"], outcome="explained", reason="weighed again")
    office.run(replace(A, evidence={"exported_carats": "99.00"}))
    assert only_case(office)["status"] == "closed"


def test_a_finding_resolved_and_back_does_not_reopen_what_a_person_closed(office: Office) -> None:
    office.run(A)
    act(office, workflow.decide, only_case(office)["case_id"], outcome="explained", reason="weighed again")
    office.run()
    office.run(A)
    assert only_case(office)["status"] == "closed"


def test_a_new_finding_about_a_closed_subject_opens_a_linked_case(office: Office) -> None:
    office.run(A)
    first = only_case(office)["case_id"]
    act(office, workflow.decide, first, outcome="confirmed", reason="no confirmation exists")
    office.run(A, B)
    new, old = cases(office)
    assert (old["case_id"], new["linked_case_id"], new["status"]) == (first, first, "open")
    assert new["rules"] == ["C-05"]
    assert office.cases["linked"] == 1
    with office.read() as connection:
        assert workflow.show(connection, first)["other_cases"] == [new["case_id"]]


def test_a_third_case_is_linked_to_the_second(office: Office) -> None:
    findings: list[Finding] = []
    for rule in ("C-05", "C-06", "C-07"):
        findings.append(breach("CF101", rule))
        office.run(*findings)
        newest = next(case for case in cases(office) if case["rules"] == [rule])
        act(office, workflow.decide, newest["case_id"], outcome="inconclusive", reason="papers lost")
    by_rule = {case["rules"][0]: case for case in cases(office)}
    assert by_rule["C-07"]["linked_case_id"] == by_rule["C-06"]["case_id"]
    assert by_rule["C-06"]["linked_case_id"] == by_rule["C-05"]["case_id"]


class TestSilence:
    def silenced(self, office: Office, until: date) -> None:
        office.run(A)
        name = only_case(office)["case_id"]
        act(office, workflow.silence, name, until=until, reason="the scale is being audited")
        act(office, workflow.decide, name, outcome="explained", reason="the scale")

    def test_no_new_case_up_to_its_last_day(self, office: Office) -> None:
        self.silenced(office, DAY + timedelta(days=30))
        office.run(A, B, as_of=DAY + timedelta(days=30))
        assert only_case(office)["status"] == "closed"
        assert (office.cases["opened"], office.cases["silenced"]) == (0, 1)

    def test_it_expires(self, office: Office) -> None:
        self.silenced(office, DAY + timedelta(days=30))
        office.run(A, B, as_of=DAY + timedelta(days=30))
        office.run(A, B, as_of=DAY + timedelta(days=31))
        assert [case["status"] for case in cases(office)] == ["open", "closed"]

    def test_it_holds_for_its_subject_only(self, office: Office) -> None:
        self.silenced(office, DAY + timedelta(days=30))
        office.run(A, breach("CF102"))
        assert ("certificate", "CF102") in subjects(office)


class TestCorrection:
    def test_a_case_nobody_touched_closes_as_corrected(self, office: Office) -> None:
        office.run(A, B, breach("CF102"))
        office.receive("again", "SPPK@2021-02")
        office.run(breach("CF102"))
        closed = next(case for case in cases(office) if case["subject_id"] == "CF101")
        assert (closed["status"], closed["outcome"], closed["closed_on"]) == ("closed", "corrected", DAY)
        assert office.cases["corrected"] == 1
        with office.read() as connection:
            last = workflow.history(connection, closed["case_id"])[-1]
        assert (last["actor"], last["action"]) == ("system", "close")
        assert last["payload"]["outcome"] == [None, "corrected"]
        assert {r["by"] for r in last["payload"]["resolved"]} == {"again"}

    def test_not_while_one_finding_stands(self, office: Office) -> None:
        office.run(A, B)
        office.run(B)
        case = only_case(office)
        assert (case["status"], case["standing"], case["resolved"]) == ("open", 1, 1)

    def test_not_when_a_new_finding_comes_with_it(self, office: Office) -> None:
        office.run(A)
        office.run(B)
        assert (only_case(office)["status"], only_case(office)["rules"]) == ("open", ["C-05", "M-04"])

    @pytest.mark.parametrize(
        ("step", "given"),
        [
            (workflow.assign, {"to": "pierre"}),
            (workflow.comment, {"text": "asked the Diamond Office"}),
            (workflow.silence, {"until": DAY, "reason": "audit"}),
        ],
        ids=["assigned", "commented", "silenced"],
    )
    def test_a_touched_case_stays_with_one_note(self, office: Office, step: Any, given: dict[str, Any]) -> None:
        office.run(A)
        name = only_case(office)["case_id"]
        act(office, step, name, **given)
        office.run()
        office.run()
        assert only_case(office)["status"] != "closed"
        assert actions(office, name)[-1:] == ["correction_noted"]
        assert actions(office, name).count("correction_noted") == 1

    def test_what_is_wrong_again_after_a_correction_opens_a_linked_case(self, office: Office) -> None:
        office.run(A)
        first = only_case(office)["case_id"]
        office.run()
        office.run(A)
        new, old = cases(office)
        assert (old["outcome"], new["status"], new["linked_case_id"]) == ("corrected", "open", first)

    def test_a_lead_that_leaves_the_budget_keeps_its_case(self, office: Office) -> None:
        office.run(lead())
        office.run(lead(rank=7, in_budget=False))
        assert only_case(office)["status"] == "open"


class TestRandomSample:
    QUARTER = tuple(f"CF{n}" for n in range(200, 220))

    def test_as_many_as_the_quota_without_any_finding(self, office: Office) -> None:
        office.run()
        assert office.draw("2021-Q1", self.QUARTER) == 2
        assert [(c["origin"], c["rules"], c["severity"]) for c in cases(office)] == [("random", [], None)] * 2
        (drawn,) = office.rows(tables.random_draw)
        assert sorted(drawn["drawn"]) == sorted(c["case_id"] for c in cases(office))

    def test_once_per_quarter_even_if_papers_come_late(self, office: Office) -> None:
        office.run()
        office.draw("2021-Q1", self.QUARTER)
        before = office.everything()
        assert office.draw("2021-Q1", [*self.QUARTER, "CF999"], quota=9) == 0
        assert office.everything() == before

    def test_the_order_of_the_certificates_does_not_matter(self, office: Office) -> None:
        office.run()
        office.draw("2021-Q1", self.QUARTER[::-1])
        assert {c["subject_id"] for c in cases(office)} == IN_2021_Q1

    def test_a_drawn_certificate_with_a_case_keeps_it(self, office: Office) -> None:
        office.run(*(breach(n) for n in self.QUARTER))
        assert office.draw("2021-Q1", self.QUARTER) == 0
        (drawn,) = office.rows(tables.random_draw)
        assert len(drawn["drawn"]) == 2
        assert {c["origin"] for c in cases(office)} == {"rule"}

    def test_a_silenced_certificate_is_passed_over_for_the_next(self, office: Office) -> None:
        office.run(breach("CF200"))
        name = only_case(office)["case_id"]
        act(office, workflow.silence, name, until=DAY, reason="audit")
        act(office, workflow.decide, name, outcome="explained", reason="audit")
        assert office.draw("2021-Q1", ["CF200", "CF201"]) == 1
        assert {c["subject_id"] for c in cases(office) if c["origin"] == "random"} == {"CF201"}

    def test_a_correction_does_not_close_a_drawn_case(self, office: Office) -> None:
        office.run()
        office.draw("2021-Q1", ["CF101"])
        office.run(A)
        office.run()
        assert (only_case(office)["status"], only_case(office)["resolved"]) == ("open", 1)


def test_case_ids_are_short_stable_and_free() -> None:
    subject = Subject("certificate", "CF101")
    first = case_id(subject, 0, ())
    assert first == "K-fff9cc71"  # printf '["certificate","CF101",0]' | sha256sum
    assert case_id(subject, 1, ()) != first
    assert case_id(subject, 0, {first}).startswith(first)
    assert len(case_id(subject, 0, {first})) == len("K-") + 12


def test_all_that_was_opened_is_in_the_journal(office: Office) -> None:
    office.run(A, lead("CF102"))
    with office.read() as connection:
        sealed, *entries = journal.entries(connection)
    assert sealed.action == "run_stored"
    assert [(e.actor, e.action) for e in entries] == [("system", "open")] * 2
    assert {e.subject for e in entries} == {c["case_id"] for c in cases(office)}
    assert entries[0].at.startswith(NOON.date().isoformat())
