"""Deciding in the browser: each act, what is refused, and two who act at once."""

from __future__ import annotations

import re
import threading

import pytest

from carmonitor.findings import Finding
from carmonitor.store.marks import mark_cases
from tests.integration.cases.stories import Office, breach, lead
from tests.integration.console.browser import Browser, hidden_fields
from tests.integration.console.conftest import House

ACTS = {
    "decide": {"outcome": "explained", "reason": "re-weighed in Antwerp"},
    "assign": {"to": "remi"},
    "comment": {"text": "asked the Diamond Office"},
    "silence": {"until": "2021-12-31", "reason": "audit of the scale"},
}


def act(house: House, browser: Browser, name: str, subject: str = "CF101", **given: str):
    case = house.case(subject)
    return browser.fill(f"/cases/{case}", f"/cases/{case}/{name}", given or ACTS[name])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("decide", "closed with your decision"),
        ("assign", "is assigned"),
        ("comment", "remark is added"),
        ("silence", "until then"),
    ],
)
def test_each_act_is_done_told_and_in_the_journal_under_its_user(house: House, name: str, said: str):
    page = act(house, house.browser(), name)
    assert page.status_code == 200
    assert said in page.text
    entry = house.entries(house.case())[-1]
    assert (entry.actor, entry.action, entry.at) == ("awa", name, "2021-08-02T08:00:00.000+00:00")


def test_a_closed_case_can_be_opened_again(house: House):
    browser = house.browser()
    act(house, browser, "decide")
    page = act(house, browser, "reopen", reason="the confirmation was forged")
    assert "open again" in page.text
    assert [e.action for e in house.entries(house.case())] == ["open", "decide", "reopen"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("decide", {"outcome": "corrected", "reason": "r"}, "Choose a decision."),
        ("decide", {"outcome": "confirmed", "reason": "   "}, "Give a reason"),
        ("assign", {"to": "vera"}, "Choose a user who may decide."),
        ("assign", {"to": "nobody"}, "Choose a user who may decide."),
        ("comment", {"text": " "}, "The remark is empty."),
        ("silence", {"until": "soon", "reason": "r"}, "Give the last day as a date"),
        ("silence", {"until": "2021-08-01", "reason": "r"}, "over already"),
        ("silence", {"until": "2021-12-31", "reason": ""}, "Give a reason"),
    ],
)
def test_what_is_refused_is_told_and_nothing_is_done(house: House, name: str, given: dict[str, str], said: str):
    page = act(house, house.browser(), name, **given)
    assert page.status_code == 409
    assert said in page.text
    assert [e.action for e in house.entries(house.case())] == ["open"]


def test_what_was_written_is_kept_when_it_is_refused(house: House):
    page = act(house, house.browser(), "decide", outcome="nonsense", reason="a long reason & more")
    assert ">a long reason &amp; more</textarea>" in page.text


def test_a_newer_act_is_shown_instead_of_being_written_over(house: House):
    slow, quick, case = house.browser("awa"), house.browser("remi"), house.case()
    fields = hidden_fields(slow.get(f"/cases/{case}").text, f"/cases/{case}/decide")
    act(house, quick, "decide", outcome="confirmed", reason="forged")
    page = slow.post(f"/cases/{case}/decide", {**fields, **ACTS["decide"]})
    assert page.status_code == 409
    problem = re.findall(r'id="problem">(.*?)</div>', page.text, re.S)[0]
    assert "Nothing was done" in problem
    assert "Remi" in problem
    assert "confirmed" in problem
    assert "forged" in problem
    assert [e.actor for e in house.entries(case)] == ["system", "remi"]


def test_two_decisions_at_once_are_one(house: House):
    case = house.case()
    browsers = [house.browser(name) for name in ("awa", "remi", "ada")]
    ready = [(b, hidden_fields(b.get(f"/cases/{case}").text, f"/cases/{case}/decide")) for b in browsers]
    answers: list[int] = []

    def decide(browser: Browser, fields: dict[str, str]) -> None:
        answers.append(browser.post(f"/cases/{case}/decide", {**fields, **ACTS["decide"]}).status_code)

    threads = [threading.Thread(target=decide, args=pair) for pair in ready]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409]
    assert [e.action for e in house.entries(case)] == ["open", "decide"]


def test_a_case_that_is_none_is_not_found(house: House):
    page = house.browser().get("/cases/K-00000000?lang=fr")
    assert (page.status_code, "Aucun dossier ne porte ce numéro." in page.text) == (404, True)


def test_a_finding_is_told_in_its_rules_words_with_its_papers_and_innocent_cause(house: House):
    said = {"purchase_date": "2021-02-03", "origin": "Senkpa", "split_from": "Carnot"}
    later_run(house, lead("B1", "Z-08", kind="purchase", rank=None, evidence=said, units={"purchase_date": "date"}))
    text = house.browser().get(f"/cases/{house.case('B1')}?lang=fr").text
    assert "03/02/2021" in re.findall(r'class="message">([^<]*)', text)[0]
    assert "Cause innocente la plus fréquente" in text
    assert re.search(r"<bdi>f\.xlsx</bdi> › <bdi>Envois</bdi>, ligne 1\b", text)
    assert 'href="/rulebook/Z-08"' in text


def test_a_finding_whose_rule_the_rulebook_does_not_have_is_told_by_its_bare_facts(house: House):
    later_run(house, breach("CF109", "M-99"))
    text = house.browser().get(f"/cases/{house.case('CF109')}").text
    assert "M-99" in re.findall(r'class="message">([^<]*)', text)[0]
    assert "10.50 ct" in text


def test_papers_of_one_sheet_stand_together(house: House):
    later_run(house, breach("CF109", refs=(4, 2, 3, 9)))
    text = house.browser().get(f"/cases/{house.case('CF109')}").text
    assert "rows 2–4, 9</li>" in text


def later_run(house: House, *found: Finding) -> None:
    """One more run."""
    office = Office.__new__(Office)
    office.store, office.now, office.runs, office.cases = house.store, house.now, 7, {}
    office.run(*found)
    with house.store.write() as connection:
        mark_cases(connection)
