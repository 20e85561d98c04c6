"""Every stored result can be proved: judged again with what was known and used then, it is the same."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor import catalogues, pipeline
from carmonitor.cases.workflow import decide, list_cases, reopen
from carmonitor.cli import main
from carmonitor.detection import verdicts
from carmonitor.evaluation.replay import ReplayError, UnknownRun, find_run, replay
from carmonitor.settings import Settings
from carmonitor.store import tables
from carmonitor.store.findings import load_runs
from tests.integration.evaluation.conftest import MONTH_ENDS, TWO_PERCENT
from tests.integration.tampering import unguarded

pytestmark = pytest.mark.xdist_group("evaluation")


def test_every_run_of_a_history_gives_its_digests_again(history):
    with history.store.read() as connection:
        runs = load_runs(connection)
        assert [run.as_of for run in runs.values()] == MONTH_ENDS
        for run, job in zip(runs.values(), history.jobs, strict=True):
            done = replay(connection, run)
            assert done.equal
            assert done.comparison.equal
            assert (done.evidence_digest, done.result_digest) == (job.judged.evidence.digest, job.judged.digest)
            assert done.missing == ()
    assert len({run.result_digest for run in runs.values()}) == 6


def test_both_databases_have_the_same_runs(sqlite_history, postgres_history):
    ids = [[job.run_id for job in h.jobs] for h in (sqlite_history, postgres_history)]
    assert ids[0] == ids[1]


def test_what_a_run_judged_with_is_kept_once(history):
    with history.store.read() as connection:
        runs = load_runs(connection)
        assert {run.catalogue_hash for run in runs.values()} == {catalogues.packaged().hash}
        kept = catalogues.of_run(connection, next(iter(runs.values())))
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.catalogue)).scalar_one() == 1
    assert kept is not None
    assert kept.files == catalogues.packaged_files()
    assert kept.hash == catalogues.packaged().hash


def test_what_came_later_and_what_is_set_today_change_nothing(copy, tmp_path, rulebook, monkeypatch):
    late = tmp_path / "late"
    late.mkdir()
    (late / "submission.yaml").write_text("sender: MINES\nperiod: '2021-03'\nreceived_on: 2021-04-20\n")
    (late / "shipment.csv").write_text("certificate_number,issue_date,carats\nCF0002999,2021-03-09,3.00\n")
    pipeline.ingest([late], copy.store, actor="test")
    later = pipeline.monitor(copy.store, copy.settings, as_of=MONTH_ENDS[-1])
    assert later.run_id != copy.jobs[-1].run_id
    with copy.store.write() as connection:
        catalogues.activate(connection, rulebook(TWO_PERCENT), actor="awa", reason="trial", at=datetime.now(UTC))
    pipeline.monitor(copy.store, copy.settings, as_of=MONTH_ENDS[-1])
    monkeypatch.setenv("CARMONITOR_MONITORING_FROM", "2019-12-01")
    monkeypatch.setenv("CARMONITOR_RULEBOOK", "/nowhere")
    with copy.store.read() as connection:
        runs = load_runs(connection)
        assert len(runs) == 8
        last_three = list(runs.values())[-3:]
        assert len({run.result_digest for run in last_three}) == 3
        assert len({run.catalogue_hash for run in last_three}) == 2
        for run in [list(runs.values())[2], *last_three]:
            assert replay(connection, run).equal


def test_a_difference_is_told_finding_by_finding(copy, monkeypatch):
    with copy.store.write() as connection:
        last = copy.jobs[-1].run_id
        seq = connection.execute(sa.select(sa.func.max(tables.submission.c.seq))).scalar_one()
        connection.execute(sa.update(tables.run).where(tables.run.c.run_id == last).values(last_seq=seq - 2))
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", copy.url)
    result = CliRunner().invoke(main, ["replay", last[:8], "--format", "json", "--quiet"])
    assert result.exit_code == 1, result.output
    (told,) = json.loads(result.stdout)
    assert told["outcome"] == "different"
    assert told["evidence_digest"]["now"] != told["evidence_digest"]["then"]
    assert told["changes"]
    assert {change["kind"] for change in told["changes"]} <= {"added", "removed", "changed", "restated"}
    assert sum(told["total"].values()) == sum(sum(of_rule.values()) for of_rule in told["rules"].values())
    shown = CliRunner().invoke(main, ["replay", "latest", "--lang", "fr"])
    assert shown.exit_code == 1
    assert "DIFFÉRENT" in shown.stdout
    assert "les données ne sont pas les mêmes" in shown.stdout


def test_another_version_of_the_program_is_named(sqlite_history):
    with sqlite_history.store.read() as connection:
        run = replace(find_run(connection, "latest"), code_version="0.0.9")
        done = replay(connection, run)
    assert done.equal
    assert (done.code_version, done.run.code_version) != (done.code_version, done.code_version)


def test_a_rule_without_a_function_today_is_named_and_its_findings_are_missed(copy, monkeypatch):
    from carmonitor.framework.checks import rule

    fewer = {name: check for name, check in rule.checks.items() if name != "M-06"}
    monkeypatch.setattr(rule, "checks", fewer)
    with copy.store.read() as connection:
        done = replay(connection, find_run(connection, "latest"))
    assert done.missing == ("M-06",)
    assert not done.equal
    assert {(c.kind, c.finding.rule_id) for c in done.comparison.changes} == {("removed", "M-06")}


@pytest.mark.parametrize("column", ["catalogue_hash", "last_seq"])
def test_a_run_of_before_catalogues_cannot_be_replayed(copy, monkeypatch, column):
    with copy.store.write() as connection:
        first = copy.jobs[0].run_id
        connection.execute(sa.update(tables.run).where(tables.run.c.run_id == first).values({column: None}))
    with copy.store.read() as connection, pytest.raises(ReplayError, match="before catalogues were kept"):
        replay(connection, find_run(connection, first))
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", copy.url)
    result = CliRunner().invoke(main, ["replay", first])
    assert result.exit_code == 3
    assert "cannot be replayed" in result.stdout


def test_a_catalogue_that_was_altered_is_noticed(copy):
    with unguarded(copy.store) as connection:
        where = sa.select(tables.catalogue_file.c.sha256).where(tables.catalogue_file.c.path == "rulebook/M.yaml")
        blob = tables.blob
        content = connection.execute(sa.select(blob.c.content).where(blob.c.sha256.in_(where))).scalar_one()
        changed = content.replace(b'"0.1"', b'"2"')
        connection.execute(sa.update(blob).where(blob.c.sha256.in_(where)).values(content=changed))
    with copy.store.read() as connection, pytest.raises(ReplayError, match="the database was altered"):
        replay(connection, find_run(connection, "latest"))


def test_a_run_is_found_by_its_first_letters(sqlite_history):
    ids = [job.run_id for job in sqlite_history.jobs]
    with sqlite_history.store.read() as connection:
        assert find_run(connection, "latest").run_id == ids[-1]
        assert find_run(connection, ids[2]).run_id == ids[2]
        assert find_run(connection, ids[2][:12].lower()).run_id == ids[2]
        for wrong in ("R", "Rffffffffffffffff", "nonsense", ""):
            with pytest.raises(UnknownRun, match="expected `latest` or the id of one run"):
                find_run(connection, wrong)


def test_an_unknown_run_is_wrong_usage(copy, monkeypatch, tmp_path):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", copy.url)
    for arguments in (["Rnonsense"], [], ["latest", "--all"]):
        assert CliRunner().invoke(main, ["replay", *arguments]).exit_code == 2
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", f"sqlite:///{tmp_path}/absent.sqlite3")
    assert CliRunner().invoke(main, ["replay", "latest"]).exit_code == 3


def test_the_settings_of_a_run_are_its_own(monkeypatch):
    monkeypatch.setenv("CARMONITOR_REVIEW_BUDGET_PERCENT", "50")
    told = Settings(monitoring_from=date(2021, 1, 1), expected_senders=("A", "B"), review_budget_percent=7).deciding()
    assert Settings.of_run(told).deciding() == told
    assert Settings.of_run({}).review_budget_percent == 5


def test_a_run_is_ranked_again_with_the_verdicts_of_its_day(copy, monkeypatch):
    """One verdict is enough here; what is decided afterwards moves the next run, and no replay."""
    monkeypatch.setattr(verdicts, "LEAST_VERDICTS", 1)
    noon = datetime(2021, 7, 31, 12, tzinfo=UTC)
    lead = next(f for f in copy.jobs[-1].judged.findings if f.in_budget)
    with copy.store.write() as connection:
        [case] = [c["case_id"] for c in list_cases(connection, rule=lead.rule_id) if c["status"] != "closed"][:1]
        decide(connection, case, outcome="explained", reason="seen", actor="awa", at=noon)
    later = pipeline.monitor(copy.store, copy.settings, as_of=MONTH_ENDS[-1])
    assert later.verdicts == {lead.rule_id: (0, 1)}
    assert later.run_id != copy.jobs[-1].run_id
    moved = next(f for f in later.judged.findings if f.finding_id == lead.finding_id)
    assert moved.evidence["verdicts_used"] == [{"rule_id": lead.rule_id, "confirmed": 0, "explained": 1}]
    assert moved.score < lead.score
    with copy.store.write() as connection:
        reopen(connection, case, reason="new paper", actor="awa", at=noon)
    with copy.store.read() as connection:
        runs = load_runs(connection)
        assert runs[later.run_id].verdicts == {lead.rule_id: [0, 1]}
        assert replay(connection, runs[later.run_id]).equal
        assert replay(connection, runs[copy.jobs[-1].run_id]).equal
