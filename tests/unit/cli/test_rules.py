"""``carmonitor rules``: lists and shows in both languages; a wrong id is told with those near it."""

import json

import pytest
from click.testing import CliRunner, Result

from carmonitor.cli import common, main


@pytest.fixture(autouse=True)
def _no_database(monkeypatch, tmp_path):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", f"sqlite:///{tmp_path}/absent.sqlite3")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_rule_reads_as_french():
    lines = _run("rules", "show", "M-06", "--lang", "fr").stdout.splitlines()
    assert lines[0] == "M-06  Poids et valeur confirmés"
    assert "Nature\u00a0: manquement (certain au vu des pièces)" in lines
    assert "En vigueur\u00a0: sans limite de temps" in lines
    assert (
        "  – tolerance_percent\u00a0: 0,1\u00a0%. Fondement\u00a0: valeur par défaut du projet, non fixée par le PK. "
        "Aucune tolérance sur le poids n'a été trouvée dans les textes du PK."
    ) in lines
    assert any(line.startswith("Que faire\u00a0: Demander le bulletin de pesée") for line in lines)


def test_show_as_json_has_codes_and_words():
    told = json.loads(_run("rules", "show", "m-04", "--format", "json").stdout)
    assert (told["id"], told["outcome"], told["severity"]) == ("M-04", "breach", "W")
    assert [m["part"] for m in told["messages"]] == ["missing", "refused", "seized", "us_late"]
    assert len(told["rulebook_hash"]) == 64


def test_the_list_has_every_rule_and_detector_with_its_state():
    rows = [line.split("\t") for line in _run("rules", "list").stdout.splitlines() if "\t" in line][1:]
    assert rows[0][0] == "A-01"
    other = {row[0]: row[6] for row in rows if row[6] != "active"}
    assert other == {"L-04": "shadow (opens no case)", "F22": "off (not evaluated)"}
    told = json.loads(_run("rules", "list", "--format", "json", "--lang", "fr").stdout)
    assert [rule["id"] for rule in told["rules"]] == [row[0] for row in rows]
    assert told["rules"][0]["from"] == "2015-07-17"


def test_an_unknown_rule_is_told_with_those_near_it():
    result = _run("rules", "show", "M-66")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "found no rule 'M-66', expected one such as M-06" in result.stderr


def test_hashes_need_a_database():
    result = _run("rules", "list", "--rulebook", "abcdef")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert _run("rulebook", "export", "abcdef", "--out", "x").exit_code == 2


def test_the_packaged_rulebook_can_be_taken_out_without_a_database(tmp_path):
    out = tmp_path / "mine"
    assert _run("rulebook", "export", "packaged", "--out", str(out)).exit_code == 0
    assert _run("rulebook", "check", str(out)).exit_code == 0
    assert _run("rulebook", "diff", "packaged", str(out)).stdout.startswith("equal: ")


def test_a_terminal_gets_lines_broken_between_words(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "24")
    common.print_lines("Jusqu'à 0,1\u00a0%, rien. https://example.org/a-very-long-address", first="  – ")
    assert capsys.readouterr().out.splitlines() == [
        "  – Jusqu'à 0,1\u00a0%, rien.",
        "    https://example.org/a-very-long-address",
    ]
    monkeypatch.setenv("COLUMNS", "400")
    common.print_lines("mot " * 60)
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 100
