"""What a world may be like, and that its stages draw from streams of their own."""

import pytest

from carmonitor.simulation.settings import DEFAULT_FRAUD, PATTERNS, Settings


def test_the_months_cross_the_year():
    settings = Settings(1, months=4, start="2020-11")
    assert settings.periods == ["2020-11", "2020-12", "2021-01", "2021-02"]
    assert settings.last_day - settings.first_day + 1 == 30 + 31 + 31 + 28


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"seed": -1}, "-1"),
        ({"months": 0}, "0 months"),
        ({"start": "2020-13"}, "2020-13"),
        ({"start": "2019-11"}, "2019-11"),  # the zones and monthly duties are not all in force yet
        ({"start": "2024-09", "months": 2}, "2024-10"),
        ({"scale": 0.001}, "0.001"),
        ({"fraud": {"sorcery": 0.1}}, "sorcery"),
        ({"fraud": {"reused_slips": 1.5}}, "1.5"),
    ],
)
def test_what_cannot_be_simulated_is_named(given, said):
    with pytest.raises(ValueError, match=said):
        Settings(**{"seed": 1, **given})


def test_the_limits_themselves_pass():
    assert Settings(0, months=1, start="2019-12", scale=0.01).periods == ["2019-12"]
    assert Settings(0, months=1, start="2024-09").periods == ["2024-09"]


def test_patterns_that_are_not_named_do_not_occur():
    settings = Settings(1, fraud={"reused_slips": 0.2})
    assert settings.rate("reused_slips") == 0.2
    assert settings.rate("ghost_miners") == 0
    assert Settings(1).fraud == DEFAULT_FRAUD
    assert len(PATTERNS) == 18


def test_each_stage_has_its_own_stream():
    one, same, other = (Settings(5).stream(name).random(3).tolist() for name in ("finds", "finds", "sales"))
    assert one == same
    assert one != other
    assert Settings(6).stream("finds").random(3).tolist() != one
