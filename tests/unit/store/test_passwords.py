"""Which passwords are refused, and how they are kept."""

import pytest

from carmonitor.store import passwords


@pytest.mark.parametrize(
    ("password", "objection"),
    [
        ("eleven-char", "short"),
        ("twelve-chars", None),
        ("x" * 6 + "y" * 195, "long"),
        ("Awa-is-the-best-2021", "own_name"),
        ("my name is NDIAYE ok", "own_name"),
        ("password1234", "common"),
        ("MotDePasse!2021", "common"),
        ("azertyazerty1", "common"),
        ("1q2w3e4r5t6y", "common"),
        ("aaaaaaaaaaaaaa", "simple"),
        ("abababababab", "simple"),
        ("ab7.ab7.ab7.", "simple"),
        ("abcdefghijkl", "simple"),
        ("123456789012", "simple"),
        ("098765432109", "simple"),
        ("correct horse battery", None),
        ("trois pierres à Carnot", None),
    ],
)
def test_a_password_is_long_not_common_and_not_the_owners_name(password, objection):
    assert passwords.objection(password, "awa", "Awa Ndiaye") == objection


def test_a_hash_is_argon2id_and_fits_its_password_only():
    kept = passwords.hashed("correct horse battery")
    assert kept.startswith("$argon2id$")
    assert passwords.fits(kept, "correct horse battery")
    assert not passwords.fits(kept, "correct horse batterY")
    assert not passwords.is_outdated(kept)


def test_nobody_and_a_broken_hash_fit_no_password():
    assert not passwords.fits(None, "nobody has this password")
    assert not passwords.fits("no hash", "whatever it is")


def test_letters_composed_by_another_keyboard_are_the_same_password():
    assert passwords.fits(passwords.hashed("trois pierres a\u0300 Carnot"), "trois pierres \u00e0 Carnot")


def test_a_hash_with_weaker_parameters_is_outdated():
    assert passwords.is_outdated("$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21l$RdescudvJCsgt3ub+b4dWRWJTmaasQ")
