"""What people do with cases: each step, who may not take it, and what it leaves behind."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from carmonitor.cases import workflow
from carmonitor.cases.workflow import CaseError
from carmonitor.store import journal, tables

from .stories import DAY, Office, breach, lead

STEPS: dict[str, tuple[Any, dict[str, Any]]] = {
    "assign": (workflow.assign, {"to": "pierre"}),
    "decide": (workflow.decide, {"outcome": "confirmed", "reason": "no confirmation exists"}),
    "comment": (workflow.comment, {"text": "asked the Diamond Office"}),
    "silence": (workflow.silence, {"until": DAY, "reason": "audit of the scale"}),
    "reopen": (workflow.reopen, {"reason": "the confirmation was forged"}),
}


def act(office: Office, name: str, case_id: str, *, actor: str = "awa", **given: Any) -> journal.Entry:
    step, usual = STEPS[name]
    with office.write() as connection:
        entry: journal.Entry = step(connection, case_id, actor=actor, at=office.now, **{**usual, **given})
    return entry


def show(office: Office, case_id: str) -> dict[str, Any]:
    with office.read() as connection:
        return workflow.show(connection, case_id)


def listed(office: Office, **filters: Any) -> list[str]:
    """The subjects of the cases that fit, in their order."""
    with office.read() as connection:
        return [case["subject_id"] for case in workflow.list_cases(connection, **filters)]


@pytest.fixture
def case_id(office: Office) -> str:
    """An open case about certificate CF101."""
    office.run(breach("CF101"))
    with office.read() as connection:
        (case,) = workflow.list_cases(connection)
    return str(case["case_id"])


class TestSteps:
    def test_assigning_puts_a_case_under_review(self, office: Office, case_id: str) -> None:
        entry = act(office, "assign", case_id)
        assert entry.payload == {"status": ["open", "under_review"], "assigned_to": [None, "pierre"]}
        assert (show(office, case_id)["status"], show(office, case_id)["assigned_to"]) == ("under_review", "pierre")

    def test_it_can_be_passed_on(self, office: Office, case_id: str) -> None:
        act(office, "assign", case_id)
        assert act(office, "assign", case_id, to="marie").payload == {"assigned_to": ["pierre", "marie"]}

    @pytest.mark.parametrize("outcome", workflow.OUTCOMES)
    @pytest.mark.parametrize("from_status", ["open", "under_review"])
    def test_deciding_closes_it(self, office: Office, case_id: str, outcome: str, from_status: str) -> None:
        if from_status == "under_review":
            act(office, "assign", case_id)
        entry = act(office, "decide", case_id, outcome=outcome)
        assert entry.payload == {
            "status": [from_status, "closed"],
            "outcome": [None, outcome],
            "closed_on": [None, "2021-07-31"],
            "reason": "no confirmation exists",
        }
        case = show(office, case_id)
        assert (case["status"], case["outcome"], case["closed_on"]) == ("closed", outcome, DAY)

    @pytest.mark.parametrize(("assigned", "status"), [(False, "open"), (True, "under_review")])
    def test_a_closed_case_can_be_taken_up_again(
        self, office: Office, case_id: str, assigned: bool, status: str
    ) -> None:
        if assigned:
            act(office, "assign", case_id)
        act(office, "decide", case_id)
        entry = act(office, "reopen", case_id)
        assert entry.payload["outcome"] == ["confirmed", None]
        case = show(office, case_id)
        assert (case["status"], case["outcome"], case["closed_on"]) == (status, None, None)

    @pytest.mark.parametrize("closed", [False, True])
    def test_a_comment_changes_nothing_but_the_history(self, office: Office, case_id: str, closed: bool) -> None:
        if closed:
            act(office, "decide", case_id)
        before = office.rows(tables.review_case)
        assert act(office, "comment", case_id).payload == {"text": "asked the Diamond Office"}
        assert office.rows(tables.review_case) == before

    def test_a_silence_is_kept_with_its_user_and_reason(self, office: Office, case_id: str) -> None:
        entry = act(office, "silence", case_id)
        silence = {"silence_id": f"S-{entry.seq}", "until": DAY, "reason": "audit of the scale", "actor": "awa"}
        assert show(office, case_id)["silences"] == [silence]
        assert show(office, case_id)["status"] == "open"


class TestRefused:
    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize(
        ("actor", "told"), [("", "found no user"), ("  ", "found no user"), ("system", "a person")]
    )
    def test_nothing_is_decided_unnamed(self, office: Office, case_id: str, step: str, actor: str, told: str) -> None:
        self.refuse(office, step, case_id, told, actor=actor)

    @pytest.mark.parametrize("step", STEPS)
    def test_an_unknown_case(self, office: Office, case_id: str, step: str) -> None:
        self.refuse(office, step, "K-00000000", "found no case 'K-00000000'")

    @pytest.mark.parametrize(
        ("step", "given"),
        [
            ("assign", {"to": " "}),
            ("decide", {"reason": ""}),
            ("comment", {"text": "\n"}),
            ("silence", {"reason": ""}),
        ],
    )
    def test_what_must_be_said(self, office: Office, case_id: str, step: str, given: dict[str, str]) -> None:
        self.refuse(office, step, case_id, "found nothing; expected", **given)

    @pytest.mark.parametrize("outcome", ["corrected", "guilty", ""])
    def test_an_outcome_people_cannot_give(self, office: Office, case_id: str, outcome: str) -> None:
        self.refuse(office, "decide", case_id, "expected one of confirmed, explained", outcome=outcome)

    @pytest.mark.parametrize("step", ["assign", "decide"])
    def test_a_closed_case(self, office: Office, case_id: str, step: str) -> None:
        act(office, "decide", case_id)
        self.refuse(office, step, case_id, "was closed as confirmed on 2021-07-31")

    def test_giving_it_to_who_has_it(self, office: Office, case_id: str) -> None:
        act(office, "assign", case_id)
        self.refuse(office, "assign", case_id, "is with pierre already")

    def test_reopening_what_is_not_closed(self, office: Office, case_id: str) -> None:
        self.refuse(office, "reopen", case_id, "only a closed one")

    def test_reopening_beside_a_newer_case_of_the_subject(self, office: Office, case_id: str) -> None:
        act(office, "decide", case_id)
        office.run(breach("CF101"), breach("CF101", "C-05"))
        self.refuse(office, "reopen", case_id, "same subject and is not closed")

    def test_a_silence_that_is_over(self, office: Office, case_id: str) -> None:
        self.refuse(office, "silence", case_id, "expected 2021-07-31 or later", until=date(2021, 7, 30))

    def refuse(self, office: Office, step: str, case_id: str, told: str, **given: Any) -> None:
        """The step is refused with this message, and no row of any table changes."""
        before = office.everything()
        with pytest.raises(CaseError, match=told):
            act(office, step, case_id, **given)
        assert office.everything() == before


def test_the_history_tells_all_in_order(office: Office, case_id: str) -> None:
    for step in ("assign", "comment", "silence", "decide", "reopen"):
        act(office, step, case_id)
    history = show(office, case_id)["history"]
    assert [(e["actor"], e["action"]) for e in history] == [
        ("system", "open"), ("awa", "assign"), ("awa", "comment"), ("awa", "silence"), ("awa", "decide"),
        ("awa", "reopen"),
    ]  # fmt: skip


def test_a_case_shows_its_findings_as_they_stand(office: Office, case_id: str) -> None:
    office.run(breach("CF101"), breach("CF101/1", "D-03", kind="parcel", severity="W"), lead("CF101"))
    office.run(breach("CF101"), lead("CF101", evidence={"exported_carats": "1.00"}))
    shown = [(f["rule_id"], f["version"], f["status"]) for f in show(office, case_id)["findings"]]
    assert shown == [("M-04", 1, "open"), ("F14", 2, "open"), ("D-03", 1, "resolved")]


class TestList:
    @pytest.fixture(autouse=True)
    def cases(self, office: Office) -> None:
        """Four cases: 1 is grave, 2 is light and of May, 3 is a lead about Nola, 4 was opened later and is closed."""
        first = [
            breach("CF1"),
            breach("CF2", "C-05", severity="W", period="2021-05"),
            lead("CF3", evidence={"zones": ["Nola", "Carnot"]}),
        ]
        office.run(*first)
        office.run(*first, breach("SPPK_A@2021-06", "M-02", kind="return"), as_of=DAY + timedelta(days=1))
        with office.read() as connection:
            self.ids = {case["subject_id"]: case["case_id"] for case in workflow.list_cases(connection)}
        act(office, "decide", self.ids["SPPK_A@2021-06"])
        act(office, "assign", self.ids["CF1"])

    def test_those_that_wait_come_first_the_gravest_of_them_first(self, office: Office) -> None:
        assert listed(office)[-2:] == ["CF1", "SPPK_A@2021-06"]
        assert set(listed(office)[:2]) == {"CF2", "CF3"}

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ({"status": "under_review"}, {"CF1"}),
            ({"outcome": "confirmed"}, {"SPPK_A@2021-06"}),
            ({"assigned": "pierre"}, {"CF1"}),
            ({"assigned": "nobody"}, set()),
            ({"since": DAY + timedelta(days=1)}, {"SPPK_A@2021-06"}),
            ({"subject": "sppk_"}, {"SPPK_A@2021-06"}),
            ({"subject": "_"}, {"SPPK_A@2021-06"}),
            ({"rule": "C-05"}, {"CF2"}),
            ({"severity": "W"}, {"CF2", "CF3"}),
            ({"rule": "C-05", "severity": "E"}, set()),
            ({"period": "2021-05"}, {"CF2"}),
            ({"zone": "NOLA"}, {"CF3"}),
            ({"status": "open", "rule": "F14"}, {"CF3"}),
        ],
    )
    def test_filters(self, office: Office, filters: dict[str, Any], expected: set[str]) -> None:
        assert set(listed(office, **filters)) == expected

    def test_chosen_cases(self, office: Office) -> None:
        assert listed(office, cases=[self.ids["CF2"]]) == ["CF2"]


def test_three_reviewers_at_once_lose_nothing(office: Office) -> None:
    office.run(*(breach(f"CF{n}") for n in range(3)))
    with office.read() as connection:
        ids = [case["case_id"] for case in workflow.list_cases(connection)]
    users, each = ("awa", "pierre", "marie"), 15
    start, errors = threading.Barrier(len(users)), []

    def review(user: str) -> None:
        start.wait()
        try:
            for n in range(each):
                act(office, "comment", ids[n % 3], actor=user, text=f"{user} {n}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=review, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with office.read() as connection:
        written = [e.payload["text"] for e in journal.entries(connection) if e.action == "comment"]
        assert journal.verify(connection) is None
    assert sorted(written) == sorted(f"{user} {n}" for user in users for n in range(each))


def test_only_one_of_two_who_decide_at_once_does(office: Office, case_id: str) -> None:
    start = threading.Barrier(2)
    told: list[str] = []

    def decide(user: str) -> None:
        start.wait()
        try:
            act(office, "decide", case_id, actor=user)
        except CaseError as error:
            told.append(str(error))

    threads = [threading.Thread(target=decide, args=(user,)) for user in ("awa", "pierre")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [f"case {case_id} was closed as confirmed on 2021-07-31"]
