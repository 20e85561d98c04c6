"""``export``, ``export verify`` and ``export keygen`` as scripts call them: exit codes, what is said where."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from carmonitor.cli import main

pytestmark = pytest.mark.xdist_group("sample")


@pytest.fixture
def call(installation, monkeypatch):
    monkeypatch.setenv("CARMONITOR_DATABASE_URL", installation.store.engine.url.render_as_string(hide_password=False))
    for name in ("SIGNING_KEY", "TRUSTED_KEYS", "LANG"):
        monkeypatch.delenv(f"CARMONITOR_{name}", raising=False)
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words])


def test_an_export_without_a_key_says_loudly_that_it_is_not_signed(call, tmp_path):
    done = call("export", "--out", tmp_path, "--zone", "Carnot", "--lang", "fr")
    assert done.exit_code == 0
    assert "N'EST PAS SIGNÉ" in done.stderr
    (path,) = done.stdout.split()
    assert Path(path).is_file()
    checked = call("export", "verify", path)
    assert checked.exit_code == 1
    assert "unsigned" in checked.stdout


def test_a_signed_export_is_valid_for_who_trusts_the_key_and_for_nobody_else(call, tmp_path, monkeypatch):
    key = tmp_path / "signing.pem"
    made = call("export", "keygen", "--out", key, "--name", "KPMT")
    assert made.exit_code == 0
    assert made.stdout.splitlines()[2].startswith("carmonitor-ed25519 ")
    assert call("export", "keygen", "--out", key, "--name", "KPMT").exit_code == 2
    done = call("export", "--out", tmp_path, "--zone", "Carnot", "--key", key)
    assert (done.exit_code, done.stderr) == (0, "")
    path = done.stdout.strip()
    unknown = call("export", "verify", path)
    assert (unknown.exit_code, "signer unknown" in unknown.stdout) == (1, True)
    valid = call("export", "verify", path, "--key", f"{key}.pub")
    assert (valid.exit_code, "signed by KPMT" in valid.stdout) == (0, True)
    monkeypatch.setenv("CARMONITOR_TRUSTED_KEYS", f"{key}.pub")
    assert call("export", "verify", path).exit_code == 0
    whole = bytearray(Path(path).read_bytes())
    whole[len(whole) // 3] ^= 1
    Path(path).write_bytes(whole)
    altered = call("export", "verify", path, "--format", "json")
    assert altered.exit_code == 1
    told = json.loads(altered.stdout)
    assert (told["status"], told["signer"], told["manifest"]) == ("altered", None, {})
    assert all(fault["path"] for fault in told["faults"])


def test_what_is_no_dossier_ends_with_3_and_a_wrong_key_file_with_2(call, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"nothing")
    assert call("export", "verify", path).exit_code == 3
    assert call("export", "verify", path, "--key", path).exit_code == 2


def test_options_of_the_export_do_not_belong_before_verify(call, tmp_path):
    done = call("export", "--zone", "Carnot", "verify", __file__)
    assert (done.exit_code, "--zone" in done.stderr) == (2, True)
