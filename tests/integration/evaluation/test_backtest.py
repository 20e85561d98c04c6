"""Trying a change of the rulebook on the sample: exactly what it changes is told, and nothing is stored."""

import json
from datetime import date

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from carmonitor import catalogues
from carmonitor.catalogues import Catalogue, packaged
from carmonitor.cli import main
from carmonitor.evaluation.backtest import backtest
from carmonitor.framework.rulebook import RulebookError
from carmonitor.store import tables
from carmonitor.store.catalogues import CatalogueError
from tests.integration.evaluation.conftest import MONTH_ENDS, TWO_PERCENT

pytestmark = pytest.mark.xdist_group("evaluation")


def _rows(store):
    with store.read() as connection:
        counts = {n: sa.select(sa.func.count()).select_from(t) for n, t in tables.metadata.tables.items()}
        return {name: connection.execute(query).scalar_one() for name, query in counts.items()}


def test_another_tolerance_changes_exactly_one_finding(history, rulebook):
    before = _rows(history.store)
    with history.store.read() as connection:
        candidate = catalogues.named(str(rulebook(TWO_PERCENT)), history.settings, connection)
        done = backtest(connection, history.settings, candidate, packaged())
    assert done.as_of == MONTH_ENDS[-1]
    assert [(c.kind, c.finding.rule_id, c.finding.subject_id, c.what) for c in done.comparison.changes] == [
        ("changed", "M-06", "CF0002109", ("severity E → W", "tolerance_percent 0.1 → 2")),
        ("restated", "M-06", "CF0002102", ("tolerance_percent 0.1 → 2",)),
        ("restated", "M-06", "CF0002117", ("tolerance_percent 0.1 → 2",)),
    ]
    assert done.found_by_reference.digest == history.jobs[-1].judged.digest != done.found.digest
    assert done.comparison.total("unchanged") == len(done.found.findings) - 3
    assert _rows(history.store) == before


def test_the_other_way_round_it_is_the_other_way_round(sqlite_history, rulebook):
    with sqlite_history.store.read() as connection:
        other = catalogues.named(str(rulebook(TWO_PERCENT)), sqlite_history.settings, connection)
        done = backtest(connection, sqlite_history.settings, packaged(), other, since=date(2021, 2, 1))
    (changed,) = [c for c in done.comparison.changes if c.kind == "changed"]
    assert changed.what == ("severity W → E", "tolerance_percent 2 → 0.1")


def test_a_rule_switched_off_removes_its_findings_and_a_span_adds_nothing(sqlite_history, rulebook):
    off = rulebook(("D.yaml", "  - id: D-10\n", "  - id: D-10\n    status: off\n"))
    with sqlite_history.store.read() as connection:
        candidate = catalogues.named(str(off), sqlite_history.settings, connection)
        done = backtest(connection, sqlite_history.settings, candidate, packaged())
        inside = backtest(
            connection, sqlite_history.settings, candidate, packaged(), since=date(2022, 1, 1), until=date(2022, 12, 31)
        )
    assert {(c.kind, c.finding.rule_id) for c in done.comparison.changes} == {("removed", "D-10")}
    assert "D-10" not in {row.rule_id for row in done.found.coverage}
    assert inside.comparison.equal
    assert inside.comparison.counts == {}


def test_detectors_and_their_leads_are_compared_too(sqlite_history):
    ours = packaged()
    text = ours.files["detectors.yaml"].decode()
    assert "value: 3}" in text
    files = {**ours.files, "detectors.yaml": text.replace("values: [{value: 3}]", "values: [{value: 1}]", 1).encode()}
    with sqlite_history.store.read() as connection:
        done = backtest(
            connection, sqlite_history.settings, Catalogue.of(files, "narrow fence", "folder"), ours,
            as_of=MONTH_ENDS[1],
        )  # fmt: skip
    assert done.as_of == MONTH_ENDS[1]
    assert {c.finding.rule_id for c in done.comparison.changes} == {"F14"}
    assert done.comparison.total("added") > 0


def test_the_command_tells_the_table_and_the_facts(sqlite_history, rulebook, monkeypatch):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", sqlite_history.url)
    monkeypatch.setenv("CARMONITOR_MONITORING_FROM", "2021-01-01")
    folder = str(rulebook(TWO_PERCENT))
    shown = CliRunner().invoke(main, ["backtest", "--rulebook", folder, "--against", "active", "--lang", "fr"])
    assert shown.exit_code == 1, shown.output
    assert "M-06\t0\t0\t1\t2\t0" in shown.stdout
    assert (
        "modifié\tM-06\tmanquement\tCF0002109\tgravité E → W; tolerance_percent 0.1 → 2\tLe certificat" in shown.stdout
    )
    assert "Rien n'a été enregistré." in shown.stdout
    arguments = ["backtest", "--rulebook", folder, "--against", "packaged", "--since", "2021-05-01"]
    told = json.loads(CliRunner().invoke(main, [*arguments, "--format", "json"]).stdout)
    assert [c["subject_id"] for c in told["changes"] if c["kind"] == "changed"] == []
    assert told["total"]["unchanged"] > 0
    assert told["rulebook"] != told["against"]


def test_the_same_rulebook_gives_no_difference_and_exit_0(sqlite_history, monkeypatch):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", sqlite_history.url)
    arguments = ["backtest", "--rulebook", "packaged", "--against", "active", "--as-of", "2021-02-28", "--quiet"]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stdout.count("0 added, 0 removed, 0 changed, 0 restated")) == (0, 1), result.output


def test_what_cannot_be_tried_is_one_clear_line(sqlite_history, rulebook, monkeypatch):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", sqlite_history.url)
    wrong = str(rulebook(("M.yaml", "{country} refused", "{moon} refused")))
    for arguments, code, said in (
        (["--rulebook", wrong, "--against", "packaged"], 3, "M-04: message.refused.en: message uses {moon}"),
        (["--rulebook", "ffffffff", "--against", "packaged"], 2, "no rulebook 'ffffffff' in the database"),
        (["--rulebook", "fff", "--against", "packaged"], 2, "expected at least 6 digits"),
        (
            ["--rulebook", "packaged", "--against", "packaged", "--since", "2021-02-02", "--until", "2021-02-01"],
            2,
            "--until",
        ),
    ):
        result = CliRunner().invoke(main, ["backtest", *arguments])
        assert (result.exit_code, said in result.stderr) == (code, True), result.stderr
        assert result.stderr.count("\n") == 1


def test_a_name_is_a_folder_or_packaged_or_active_or_a_hash(sqlite_history, rulebook):
    settings = sqlite_history.settings
    with sqlite_history.store.read() as connection:
        ours = packaged()
        for name in ("packaged", "active", ours.rulebook.hash, ours.rulebook.hash[:6], ours.hash[:8].upper()):
            assert catalogues.named(name, settings, connection).hash == ours.hash
        with pytest.raises(CatalogueError, match="is no folder, and found no rulebook"):
            catalogues.named("0" * 64, settings, connection)
        with pytest.raises(RulebookError, match=r"no regimes\.yaml"):
            catalogues.named(str(rulebook().parent), settings, connection)
