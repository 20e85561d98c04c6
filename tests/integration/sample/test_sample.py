"""The main job on the sample: exactly the expected findings, the same twice, mended by the correction."""

import csv
import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor import pipeline
from carmonitor.cli import main
from carmonitor.store import tables
from tests.integration.sample.conftest import AS_OF, BEFORE_THE_CORRECTION, SAMPLE, expected, facts, sample_settings

pytestmark = pytest.mark.xdist_group("sample")

MONTHS = [f"2021-0{month}" for month in range(1, 7)]


def _rows(store) -> dict[str, int]:
    """How many rows each table holds, but for the journal of runs."""
    counted = [t for t in tables.metadata.sorted_tables if t.name != "run"]
    with store.read() as connection:
        return {t.name: connection.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in counted}


def test_the_run_finds_exactly_what_is_expected(installation):
    assert facts(installation.job) == expected("run")


def test_no_row_of_any_file_is_lost(installation):
    for received in installation.job.intake.received:
        for table in received.submission.tables:
            assert table.rows_in == len(table.frame) + len(table.quarantine) + len(table.skipped), table.file
    counts = installation.job.intake.counts()
    assert counts["rows"] == counts["records"] + counts["quarantined"] + counts["skipped"]
    assert installation.job.intake.failed == []


def test_a_second_run_adds_nothing(installation):
    before = _rows(installation.store)
    again = pipeline.run(SAMPLE / "inbox", installation.store, installation.settings, as_of=AS_OF)
    assert _rows(installation.store) == before
    assert again.judged.digest == installation.job.judged.digest
    assert not any(received.new for received in again.intake.received)


def test_before_the_correction_the_old_picture_is_seen(installation):
    old = pipeline.monitor(installation.store, installation.settings, as_of=BEFORE_THE_CORRECTION)
    mended = {f[:2] + f[3:] for f in facts(old)} - {f[:2] + f[3:] for f in facts(installation.job)}
    assert ("M-01", "breach", "return", "SPPK@2021-03") in mended
    assert not old.stored


def test_the_correction_closes_what_it_repairs_and_keeps_the_history(tmp_path):
    from carmonitor.cases import listing
    from carmonitor.store.database import ensure

    settings = sample_settings()
    with ensure(f"sqlite:///{tmp_path}/history.sqlite3") as store:
        pipeline.ingest([SAMPLE / "registers"], store, actor="test", sender="registers")
        pipeline.run(SAMPLE / "inbox", store, settings, as_of=BEFORE_THE_CORRECTION)
        with store.read() as connection:
            (case,) = listing.list_cases(connection, subject="SPPK@2021-03")
        assert case["status"] == "open"
        pipeline.monitor(store, settings, as_of=AS_OF)
        with store.read() as connection:
            closed = listing.show(connection, case["case_id"])
        assert (closed["status"], closed["outcome"]) == ("closed", "corrected")
        assert {f["status"] for f in closed["findings"]} == {"resolved"}
        assert any(f["resolved_by"] for f in closed["findings"])


@pytest.mark.parametrize("month", MONTHS)
def test_validating_a_month_gives_its_findings(installation, month):
    job = pipeline.validate([SAMPLE / "inbox" / month], installation.settings, installation.store, as_of=AS_OF)
    assert facts(job) == expected(month)


def test_the_english_twin_gives_the_same_findings_as_the_french_workbook(installation):
    twin = pipeline.validate(
        [SAMPLE / "english_twin" / "2021-02"], installation.settings, installation.store, as_of=AS_OF
    )
    french = pipeline.validate([SAMPLE / "inbox" / "2021-02"], installation.settings, installation.store, as_of=AS_OF)
    assert facts(twin) == facts(french) == expected("2021-02")
    assert twin.judged.digest == french.judged.digest


def test_the_json_is_the_object_of_the_contract(installation, monkeypatch):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", str(installation.store.engine.url))
    month = str(SAMPLE / "inbox" / "2021-02")
    result = CliRunner().invoke(main, ["validate", month, "--as-of", str(AS_OF), "--format", "json", "--lang", "fr"])
    assert result.exit_code == 1, result.output
    printed = json.loads(result.stdout)
    assert set(printed) == {"run", "intake", "findings", "quarantine", "coverage"}
    assert {"finding_id", "rule_id", "outcome", "severity", "subject_kind", "subject_id", "regime", "message",
            "evidence", "basis", "certainty", "source", "lineage", "rank", "score", "innocent_cause", "caveats",
            "parameters", "reason"} <= set(printed["findings"][0])  # fmt: skip
    assert {"rule_id", "subject_kind", "evaluated", "passed", "breached", "not_evaluated", "reason", "share_percent",
            "shipments", "shipments_checked", "shipments_percent"} == set(printed["coverage"][0])  # fmt: skip
    told = sorted(
        (f["rule_id"], f["outcome"], f["severity"], f["subject_kind"], f["subject_id"])
        for f in printed["findings"]
        if f["outcome"] != "not_evaluated"
    )
    assert told == expected("2021-02")


CASES = sorted(p for p in (SAMPLE / "documented_cases").glob("C*") if p.is_dir())


@pytest.mark.parametrize("folder", CASES, ids=lambda p: p.name)
def test_a_documented_case_gives_its_expected_findings(folder):
    import datetime

    import yaml

    case = yaml.safe_load((folder / "case.yaml").read_text(encoding="utf-8"))
    with (folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        wanted = sorted(
            (r["rule_id"], r["outcome"], r["severity"], r["subject_kind"], r["subject_id"])
            for r in csv.DictReader(file)
        )
    as_of = datetime.date.fromisoformat(str(case["as_of"]))
    job = pipeline.validate(
        [folder / "batch"], sample_settings().model_copy(update={"monitoring_from": None}), None, as_of=as_of
    )
    assert job.intake.failed == []
    assert facts(job) == wanted


def test_the_first_reopened_export_is_no_breach():
    (folder,) = [p for p in CASES if p.name.startswith("C4")]
    job = pipeline.validate([folder / "batch"], sample_settings(), None, as_of=AS_OF)
    assert job.judged.count("breach") == 0


def test_the_readme_shows_this_run(installation):
    job, readme = installation.job, (SAMPLE.parent / "README.md").read_text(encoding="utf-8")
    new = job.changes["new"]
    assert f"Run {job.run_id} as of {job.as_of}: findings {new} new, 0 changed" in readme
    assert f"cases {job.cases['opened']} opened" in readme
