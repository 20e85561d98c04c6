"""The active rulebook: activated with a reason, used by every job, journalled, and gone back from."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from carmonitor import pipeline
from carmonitor.cases import listing
from carmonitor.catalogues import packaged
from carmonitor.cli import main
from carmonitor.settings import Settings
from carmonitor.store import catalogues, journal, tables
from carmonitor.store.database import open_store
from carmonitor.store.findings import load_coverage, load_findings
from tests.integration.evaluation.conftest import TWO_PERCENT
from tests.integration.tampering import unguarded

AS_OF = date(2021, 4, 30)
SHIPMENT = (
    "certificate_number,issue_date,destination_country,carats,value_usd,status\n"
    "CF0000001,2021-03-02,AE,100.00,20000,issued\n"
)
CONFIRMATION = (
    "certificate_number,importing_country,confirmed_on,received_on,outcome,carats,value_usd\n"
    "CF0000001,AE,2021-03-20,2021-03-15,accepted,99.00,20000\n"
)


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with one certificate, confirmed with one carat less."""
    return _opened(sqlite_url, tmp_path, monkeypatch)


@pytest.fixture
def either_office(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same, once on SQLite and once on PostgreSQL."""
    return _opened(database_url, tmp_path, monkeypatch)


def _opened(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    inbox = tmp_path / "inbox"
    for name, cover, file, content in (
        ("march", "sender: SPPK\nperiod: '2021-03'\nreceived_on: 2021-04-10\n", "shipment.csv", SHIPMENT),
        ("ae", "sender: AE\nreceived_on: 2021-04-11\n", "import_confirmation.csv", CONFIRMATION),
    ):
        (inbox / name).mkdir(parents=True)
        (inbox / name / "submission.yaml").write_text(cover, encoding="utf-8")
        (inbox / name / file).write_text(content, encoding="utf-8")
    with open_store(database_url) as store:
        intake = pipeline.ingest([inbox], store, actor="test")
    assert intake.failed == []
    assert intake.counts()["quarantined"] == 0
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", database_url)
    monkeypatch.setenv("CARMONITOR_MONITORING_FROM", "2021-03-01")
    return database_url


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments])


def activated(folder: Path | str) -> Result:
    return call("rulebook", "activate", str(folder), "--user", "awa", "--reason", "letter of 3 May")


def judged(url: str, as_of: date = AS_OF) -> pipeline.Job:
    with open_store(url) as store:
        return pipeline.monitor(store, Settings(), as_of=as_of)


def weight(job: pipeline.Job) -> list[str]:
    """What the job found about M-06's weights: severities."""
    return [f.severity for f in job.judged.findings if f.rule_id == "M-06" and f.outcome == "breach"]


def test_every_job_uses_the_active_rulebook_until_another_is(office: str, rulebook: Callable[..., Path]) -> None:
    first = judged(office)
    assert (weight(first), first.context["rulebook"]) == (["E"], "packaged")
    folder = rulebook(TWO_PERCENT)

    done = activated(folder)
    assert done.exit_code == 0, done.output
    second = judged(office)
    assert (weight(second), second.context["rulebook"]) == (["W"], "active")
    assert second.run_id != first.run_id
    with open_store(office) as store:
        batch = folder.parent / "inbox" / "march"
        assert pipeline.validate([batch], Settings(), store, as_of=AS_OF).context["rulebook"] == "active"
        assert pipeline.validate([batch], Settings(), None, as_of=AS_OF).context["rulebook"] == "packaged"
    assert "2 %" in call("rules", "show", "M-06").stdout
    assert call("export", "--out", str(folder.parent / "out")).exit_code == 0
    with ZipFile(next((folder.parent / "out").glob("*.zip"))) as dossier:
        exported = json.loads(dossier.read("cases.json"))
    assert exported["run"]["rulebook_hash"] == second.catalogue.rulebook.hash

    back = call("rulebook", "activate", "--packaged", "--user", "awa", "--reason", "the letter was withdrawn")
    assert back.exit_code == 0, back.output
    assert weight(judged(office)) == ["E"]


def test_the_setting_overrides_the_active_rulebook(office, rulebook, monkeypatch) -> None:
    activated(rulebook(TWO_PERCENT))
    monkeypatch.setenv("CARMONITOR_RULEBOOK", str(rulebook(name="other")))
    job = judged(office)
    assert (weight(job), job.context["rulebook"]) == (["E"], "setting")
    told = call("rulebook", "activate", "--packaged", "--user", "awa", "--reason", "x")
    assert "CARMONITOR_RULEBOOK is set and overrides" in told.stderr


def test_an_activation_is_journalled_with_what_it_replaces_and_why(either_office, rulebook) -> None:
    folder = rulebook(TWO_PERCENT)
    activated(folder)
    with open_store(either_office) as store, store.read() as connection:
        last = journal.head(connection)
        (activation,) = catalogues.activations(connection)
        assert journal.verify(connection) is None
    assert last is not None
    ours = packaged().rulebook.hash
    assert (last.actor, last.action, last.subject) == ("awa", "rulebook_activated", activation.rulebook_hash)
    assert last.payload == {
        "previous": ours, "rulebook_hash": activation.rulebook_hash, "catalogue_hash": activation.catalogue_hash,
        "packaged": False, "reason": "letter of 3 May",
    }  # fmt: skip
    assert (activation.seq, activation.previous, activation.packaged) == (1, ours, False)


def test_what_cannot_be_activated_changes_nothing(office, rulebook) -> None:
    wrong = rulebook(("M.yaml", "{country} refused", "{moon} refused"), name="wrong")
    good = rulebook(TWO_PERCENT)
    unchanged = rulebook(name="unchanged")
    for result, code, said in (
        (activated(wrong), 3, "message uses {moon}"),
        (activated(unchanged), 2, "is active already"),
        (call("rulebook", "activate", "--packaged", "--user", "awa", "--reason", "x"), 2, "is active already"),
        (call("rulebook", "activate", good, "--user", "awa", "--reason", " "), 2, "found no reason"),
        (call("rulebook", "activate", good, "--reason", "x"), 2, "who are you"),
        (call("rulebook", "activate", "--user", "awa", "--reason", "x"), 2, "neither or both"),
        (call("rulebook", "activate", good, "--packaged", "--user", "awa", "--reason", "x"), 2, "neither or both"),
    ):
        assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
    with open_store(office) as store, store.read() as connection:
        assert catalogues.activations(connection) == []
        assert {entry.action for entry in journal.entries(connection)} <= {"submission_stored"}
    assert activated(good).exit_code == 0
    assert activated(good).exit_code == 2


def test_the_history_says_who_and_why(office, rulebook) -> None:
    assert "ships with this version\tactive" in call("rulebook", "list").stdout
    activated(rulebook(TWO_PERCENT))
    lines = call("rulebook", "list").stdout.splitlines()
    assert lines[-1].endswith("awa\tletter of 3 May\tactive")
    call("rulebook", "activate", "--packaged", "--user", "pierre", "--reason", "back")
    told = json.loads(call("rulebook", "list", "--format", "json").stdout)
    assert [(a["actor"], a["packaged"], a["active"]) for a in told["activations"]] == [
        ("awa", False, False), ("pierre", True, True),
    ]  # fmt: skip
    assert told["packaged"] == told["activations"][0]["previous"] == told["activations"][1]["rulebook_hash"]
    assert call("rulebook", "list").stdout.splitlines()[-1].endswith("pierre\tback\tactive")


def test_a_stored_rulebook_can_be_taken_out_compared_and_edited(either_office, rulebook, tmp_path) -> None:
    folder = rulebook(TWO_PERCENT)
    activated(folder)
    assert weight(judged(either_office)) == ["W"]
    with open_store(either_office) as store, store.read() as connection:
        digits = catalogues.activations(connection)[0].rulebook_hash[:6]
    out = tmp_path / "taken out"
    result = call("rulebook", "export", digits, "--out", str(out))
    assert result.exit_code == 0, result.output
    assert {p.name: p.read_bytes() for p in out.iterdir()} == {p.name: p.read_bytes() for p in folder.iterdir()}
    assert call("rulebook", "export", digits, "--out", str(out)).exit_code == 2  # it is not empty
    assert call("rulebook", "diff", digits, str(out)).exit_code == 0
    different = call("rulebook", "diff", "packaged", "active")
    assert different.exit_code == 1
    assert "rule M-06: changed\n  parameters.tolerance_percent.values: '0.1' → '2'\n" in different.stdout
    told = json.loads(call("rulebook", "diff", "packaged", digits, "--format", "json").stdout)
    assert [d["id"] for d in told["differences"]] == ["M-06"]


def test_check_tells_every_problem_and_exits_1(rulebook) -> None:
    good, wrong = rulebook(TWO_PERCENT), rulebook(
        ("M.yaml", "certainty: P", "certainty: Q"), ("T.yaml", "severity: E", "severity: X"), name="wrong"
    )  # fmt: skip
    fine = call("rulebook", "check", good)
    assert (fine.exit_code, len(fine.stdout.splitlines()[0])) == (0, 64)
    result = call("rulebook", "check", wrong)
    assert result.exit_code == 1
    assert [line[:11] for line in result.stdout.splitlines()] == ["M.yaml: M-0", "T.yaml: T-0"]


def test_a_shadow_rule_is_stored_and_opens_no_case(office, rulebook) -> None:
    activated(rulebook(("M.yaml", "  - id: M-06\n", "  - id: M-06\n    status: shadow\n")))
    job = judged(office)
    with open_store(office) as store, store.read() as connection:
        stored = [f for f in load_findings(connection, job.judged.digest) if f["rule_id"] == "M-06"]
        coverage = {row.rule_id for row in load_coverage(connection, job.judged.digest)}
        cases = [rule for case in listing.list_cases(connection) for rule in case["rules"]]
        views = [v for v in pipeline.views(job, store, "en") if v["rule_id"] == "M-06"]
    assert [f["outcome"] for f in stored] == ["breach"]
    assert "M-06" in coverage
    assert "M-06" not in cases
    assert [v["shadow"] for v in views] == [True]
    assert "shadow (opens no case)" in call("rules", "list").stdout


def test_a_rule_that_is_off_is_not_evaluated_and_the_list_says_so(office, rulebook) -> None:
    before = judged(office)
    assert weight(before) == ["E"]
    activated(rulebook(("M.yaml", "  - id: M-06\n", "  - id: M-06\n    status: off\n")))
    job = judged(office)
    assert [f for f in job.judged.findings if f.rule_id == "M-06"] == []
    assert [row for row in job.judged.coverage if row.rule_id == "M-06"] == []
    assert job.changes["resolved"] >= 1
    (line,) = [line for line in call("rules", "list", "--lang", "fr").stdout.splitlines() if line.startswith("M-06")]
    assert line.endswith("désactivée (non évaluée)")


def test_a_finding_of_an_older_rulebook_keeps_its_words(office, rulebook) -> None:
    """The part's text is another one today; the case shows what was said when it was found."""
    activated(
        rulebook(
            (
                "M.yaml",
                "Certificate {subject_id} states {exported_carats} ct",
                "Paper {subject_id} has {exported_carats} ct",
            )
        )
    )
    judged(office)
    call("rulebook", "activate", "--packaged", "--user", "awa", "--reason", "back")
    with open_store(office) as store, store.read() as connection:
        (case,) = listing.list_cases(connection, rule="M-06")
    assert "Paper CF0000001 has 100.00 ct" in call("cases", "show", case["case_id"]).stdout


def test_a_finding_whose_rule_no_catalogue_knows_is_shown_by_its_facts(office) -> None:
    judged(office)
    with open_store(office) as store:
        with store.read() as connection:
            (case,) = listing.list_cases(connection, rule="M-06")
        with unguarded(store) as connection:
            f = tables.finding
            mine = sa.select(f.c.finding_id, f.c.version, f.c.content).where(
                f.c.rule_id == "M-06", f.c.outcome == "breach"
            )
            for finding_id, version, content in connection.execute(mine).all():
                which = (f.c.finding_id == finding_id) & (f.c.version == version)
                connection.execute(sa.update(f).where(which).values(content={**content, "rule_id": "X-99"}))
    for lang in ("en", "fr"):
        result = call("cases", "show", case["case_id"], "--lang", lang)
        assert result.exit_code == 0, result.output
        assert "X-99 carats CF0000001" in result.stdout


def test_a_stored_rulebook_that_no_longer_fits_is_told_and_can_be_left(office, rulebook, monkeypatch) -> None:
    """A later version has a rule more than the active rulebook lists."""
    from carmonitor.framework.checks import Check, rule

    activated(rulebook(TWO_PERCENT))
    one_more = {**rule.checks, "Z-99": Check("Z-99", rule.checks["Z-01"].function, {})}
    monkeypatch.setattr(rule, "checks", one_more)
    result = call("run", "--inbox", str(rulebook(name="empty").parent / "inbox"), "--as-of", str(AS_OF))
    assert result.exit_code == 3
    assert "Z.yaml: Z-99: a function without a specification" in result.stderr
    for harmless in (["cases", "list"], ["registers", "show", "zone"], ["rulebook", "list"]):
        assert call(*harmless).exit_code == 0
    assert call("rulebook", "activate", "--packaged", "--user", "awa", "--reason", "new version").exit_code == 0


def a_rule_of_their_own(folder: Path) -> Path:
    """M-51: the check of M-06 with another tolerance, as a team would add it in a text editor."""
    file = folder / "M.yaml"
    text = file.read_text(encoding="utf-8")
    start, end = text.index("  - id: M-06\n"), text.index("  - id: M-07\n")
    mine = text[start:end].replace("id: M-06\n", "id: M-51\n    check: M-06\n").replace('value: "0.1"', 'value: "2"')
    file.write_text(text[:end] + mine + text[end:], encoding="utf-8")
    return folder


def test_a_new_rule_that_uses_a_known_check_needs_no_code(office, rulebook) -> None:
    done = activated(a_rule_of_their_own(rulebook()))
    assert done.exit_code == 0, done.output
    job = judged(office)
    told = {
        f.rule_id: f.severity for f in job.judged.findings if f.outcome == "breach" and f.rule_id in ("M-06", "M-51")
    }
    assert told == {"M-06": "E", "M-51": "W"}
    shown = call("rules", "show", "M-51").stdout
    assert "Checked as rule: M-06" in shown
    assert call("replay", "latest").exit_code == 0


def test_a_new_rule_whose_check_nobody_wrote_is_refused(rulebook) -> None:
    folder = a_rule_of_their_own(rulebook())
    file = folder / "M.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("check: M-06", "check: M-66"), encoding="utf-8")
    result = call("rulebook", "check", str(folder))
    assert (result.exit_code, "M.yaml: M-51: no function M-66" in result.output) == (1, True)
