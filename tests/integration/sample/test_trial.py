"""Rules on trial (status shadow): told apart, outside the counts, without a case and without an exit code."""

import json

import pytest
from click.testing import CliRunner

from carmonitor.cases import listing
from carmonitor.cli import main
from tests.integration.sample.conftest import AS_OF, SAMPLE

pytestmark = pytest.mark.xdist_group("sample")


def test_what_a_rule_on_trial_finds_is_stored_but_counted_apart(installation) -> None:
    counts = installation.job.judged.counts()
    found = [f for f in installation.job.judged.findings if f.rule_id == "L-04" and f.outcome == "lead"]
    assert counts["on_trial"] == len(found) == 10
    assert counts["lead"] == sum(f.outcome == "lead" for f in installation.job.judged.findings) - 10


def test_it_opens_no_case(installation) -> None:
    with installation.store.read() as connection:
        assert listing.list_cases(connection, rule="L-04") == []


def test_it_is_told_in_a_table_of_its_own_and_decides_no_exit_code(installation, monkeypatch) -> None:
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", str(installation.store.engine.url))
    month = str(SAMPLE / "inbox" / "2021-01")
    result = CliRunner().invoke(main, ["validate", month, "--as-of", str(AS_OF)])
    leads = result.stdout.partition("\nLeads")[2].partition("\nOn trial")[0]
    assert "L-04" not in leads
    assert "\nL-04\t" in result.stdout.partition("\nOn trial")[2]
    told = json.loads(CliRunner().invoke(main, ["validate", month, "--as-of", str(AS_OF), "--format", "json"]).stdout)
    assert {f["rule_id"] for f in told["findings"] if f["shadow"]} == {"L-04"}
