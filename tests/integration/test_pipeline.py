"""What the jobs promise beyond the sample: days, unreadable files, the same on both databases."""

from datetime import date

import pytest

from carmonitor import pipeline
from carmonitor.settings import Settings
from carmonitor.store.database import open_store
from tests.integration.sample.conftest import AS_OF, SAMPLE, facts, sample_settings

SLIPS = "slip_number,purchase_date,origin_subprefecture,carats,price_xaf\nB1,2021-03-02,Abba,1.20,60000\n"


@pytest.fixture
def slips(tmp_path):
    path = tmp_path / "purchase.csv"
    path.write_text(SLIPS, encoding="utf-8")
    return path


def _validate(path, as_of, **cover):
    return pipeline.validate([path], Settings(), None, as_of=as_of, sender="SPPK", period="2021-03", **cover)


def test_a_file_that_does_not_say_when_it_came_is_judged_as_of_the_day(slips):
    job = _validate(slips, date(2021, 4, 1))
    assert job.intake.failed == []
    assert len(job.judged.evidence["purchase"]) == 1


def test_a_file_received_after_the_day_is_told_not_ignored(slips):
    (slips.parent / "purchase.csv.submission.yaml").write_text("received_on: 2021-05-01\n", encoding="utf-8")
    job = _validate(slips, date(2021, 4, 1))
    assert "2021-05-01" in job.intake.failed[0]
    assert len(job.judged.evidence["purchase"]) == 0


def test_an_unreadable_file_does_not_stop_the_others(slips, tmp_path):
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 not a workbook")
    job = pipeline.validate([broken, slips], Settings(), None, as_of=date(2021, 4, 1), sender="SPPK", period="2021-03")
    assert len(job.intake.failed) == 1
    assert "broken.xlsx" in job.intake.failed[0]
    assert len(job.judged.evidence["purchase"]) == 1


@pytest.mark.xdist_group("both")
def test_both_databases_give_the_same_findings_and_cases(sqlite_url, postgres_url):
    from carmonitor.cases import listing

    results = []
    for url in (sqlite_url, postgres_url):
        with open_store(url) as store:
            pipeline.ingest([SAMPLE / "registers"], store, actor="test", sender="registers")
            job = pipeline.run(SAMPLE / "inbox", store, sample_settings(), as_of=AS_OF)
            with store.read() as connection:
                cases = [(c["case_id"], c["subject_id"], c["rules"]) for c in listing.list_cases(connection)]
            results.append((job.judged.digest, job.run_id, facts(job), job.cases, cases))
    assert results[0] == results[1]
