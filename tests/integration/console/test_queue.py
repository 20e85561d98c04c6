"""The queue against the plain list of cases, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from carmonitor.cases import queue, workflow
from carmonitor.cases.listing import list_cases
from carmonitor.cases.queue import Filters
from carmonitor.store import database, tables
from carmonitor.store.marks import mark_cases
from tests.integration.cases.stories import Office, breach, lead


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """Cases of all sorts: breaches and leads, one resolved, one decided, one drawn by chance."""
    with database.open_store(database_url) as store:
        made = Office(store)
        gone = breach("CF104", "C-05", severity="W")
        found = (
            breach("CF101"), breach("CF102", severity="W"), lead("CF103", rank=7), lead("CF105", rank=2),
            lead("CF101", "P-01", rank=1), breach("CF106", severity="W", evidence={"place": "Carnot"}, units={}),
            breach("Nola@2021-02", "Z-01", kind="zone_month", period="2021-02"), lead("CF106", "F24", rank=9),
        )  # fmt: skip
        made.run(*found, gone)
        made.run(*(replace(f, evidence={**f.evidence, "more": "1"}) for f in found))
        made.draw("2021-Q2", ["CF900", "CF901"], quota=1)
        with made.write() as connection:
            mark_cases(connection)
            (decided,) = [c for c in list_cases(connection) if c["subject_id"] == "CF102"]
            workflow.decide(connection, decided["case_id"], outcome="explained", reason="r", actor="awa", at=made.now)
            (given,) = [c for c in list_cases(connection) if c["subject_id"] == "CF103"]
            workflow.assign(connection, given["case_id"], to="awa", actor="awa", at=made.now)
        yield made


def look(office: Office, **filters: str) -> queue.Queue:
    with office.read() as connection:
        return queue.look(connection, Filters(**filters))


def subjects(office: Office, **filters: str) -> list[str]:
    return [case.subject_id for case in look(office, **filters).cases]


def test_it_holds_what_the_plain_list_holds(office: Office):
    with office.read() as connection:
        plain = {c["case_id"]: c for c in list_cases(connection)}
    listed = {c.case_id: c for c in look(office).cases}
    assert listed.keys() == plain.keys()
    for status in ("open", "under_review", "closed"):
        of_status = [name for name, case in plain.items() if case["status"] == status]
        assert of_status == [name for name, case in listed.items() if case.status == status]
    for name, case in listed.items():
        same = ("subject_id", "status", "outcome", "severity", "assigned_to", "opened_as_of")
        assert [getattr(case, field) for field in same] == [plain[name][field] for field in same]
        assert list(case.rules) == plain[name]["rules"]
        assert case.breaches + case.leads == plain[name]["standing"]


def test_the_gravest_is_first_then_breaches_then_the_best_rank_and_closed_cases_last(office: Office):
    order = subjects(office)
    assert set(order[:2]) == {"CF101", "Nola@2021-02"}
    assert order[2:5] == ["CF106", "CF105", "CF103"]
    assert order[5].startswith("CF90")
    assert order[6:] == ["CF102", "CF104"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "breach", "status": "waiting"}, {"CF101", "CF106", "Nola@2021-02"}),
        ({"kind": "lead"}, {"CF101", "CF103", "CF105", "CF106"}),
        ({"severity": "E"}, {"CF101", "Nola@2021-02"}),
        ({"rule": "Z-01"}, {"Nola@2021-02"}),
        ({"rule": "Z-01", "period": "2021-03"}, set()),
        ({"outcome": "explained"}, {"CF102"}),
        ({"assigned": "awa"}, {"CF103"}),
        ({"assigned": "-", "kind": "lead"}, {"CF101", "CF105", "CF106"}),
        ({"subject": "nola"}, {"Nola@2021-02"}),
        ({"subject": "%"}, set()),
        ({"place": "Carnot"}, {"CF106"}),
        ({"place": "Nola"}, {"Nola@2021-02"}),
        ({"status": "under_review"}, {"CF103"}),
    ],
)
def test_filters(office: Office, filters: dict[str, str], expected: set[str]):
    assert set(subjects(office, **filters)) == expected


def test_what_was_drawn_by_chance_is_found_as_such(office: Office):
    (drawn,) = look(office, kind="random").cases
    assert (drawn.severity, drawn.breaches, drawn.leads, drawn.rules) == (None, 0, 0, ())


def test_counts_hold_for_the_other_filters_whatever_the_status(office: Office):
    assert look(office, severity="W", status="closed").counts == look(office, severity="W").counts
    with office.read() as connection:
        by_status: dict[str, int] = {}
        for case in list_cases(connection):
            by_status[case["status"]] = by_status.get(case["status"], 0) + 1
    assert look(office, status="open").counts == {"open": 0, "under_review": 0, "closed": 0, **by_status}


def test_pages_follow_on_each_other(office: Office):
    with office.read() as connection:
        pages = [queue.look(connection, Filters(), first=n, size=3).cases for n in (0, 3, 6, 9)]
    assert [c.subject_id for page in pages for c in page] == subjects(office)
    assert pages[-1] == ()


def test_a_case_is_told_by_its_gravest_finding_that_stands(office: Office):
    with office.read() as connection:
        ids = {c.subject_id: c.case_id for c in queue.look(connection, Filters()).cases}
        found = queue.foremost(connection, list(ids.values()))
    told: dict[str, Any] = {subject: found.get(i) for subject, i in ids.items()}
    assert (told["CF101"]["rule_id"], told["CF101"]["version"]) == ("M-04", 2)
    assert told["CF106"]["rule_id"] == "M-04"
    assert [s for s, f in told.items() if f is None] == [s for s in told if s.startswith("CF90")]


def test_a_case_without_marks_is_listed_last_not_left_out(office: Office):
    with office.write() as connection:
        connection.execute(sa.delete(tables.case_mark))
    assert len(subjects(office)) == 7 + 1
