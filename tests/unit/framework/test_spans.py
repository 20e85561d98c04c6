"""On which days each rule holds, stated once more apart from the rulebook; both sides of every end."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from carmonitor.framework.checks import Check, CheckSpec
from carmonitor.framework.engine import evaluate
from tests.evidence_builder import evidence
from tests.unit.framework.matrix import checked_rules
from tests.unit.framework.rule_cases import RULEBOOK

FRAMEWORK = ("2016-05-01", "2024-11-15")  # from the first zone to the lifting
MONTHLY = ("2019-12-01", "2024-11-01")  # duties of full months: December 2019 to October 2024
OF2015 = ("2015-07-17", "2019-11-22")
BOTH_FRAMEWORKS = ("2015-07-17", "2024-11-15")
OF2019 = ("2019-11-22", "2024-11-15")
ALWAYS = (None, None)

SPANS = {
    "T-02": ("2013-05-23", None),
    **dict.fromkeys(["Z-01", "Z-02", "Z-03", "Z-05"], FRAMEWORK),
    "Z-04": BOTH_FRAMEWORKS,
    "Z-08": ("2021-01-21", "2024-11-15"),
    "A-01": OF2015,
    **dict.fromkeys(["A-03", "A-04"], ("2016-05-01", "2019-11-22")),
    **dict.fromkeys(["M-01", "M-02", "M-03"], MONTHLY),
    "C-07": ("2016-06-01", None),
    **dict.fromkeys(["D-02", "D-03"], BOTH_FRAMEWORKS),
    "D-07": ("2014-01-01", None),
    "L-04": ("2019-10-01", None),  # whole quarters after the decree of 2019-09-30
    "L-05": ("2016-01-01", None),
    "S-05": OF2019,
    "S-06": ("2022-01-01", None),
    "G-01": ("2015-11-01", "2024-11-15"),
    "G-02": ("2019-11-14", None),
}
"""framework.md §8 with semantics.md 12; every other rule always (since the KPCS began)."""

REGIMES = [
    ("2002-12-31", "NONE"), ("2003-01-01", "KPCS"), ("2013-05-22", "KPCS"), ("2013-05-23", "SUSPENDED"),
    ("2015-07-16", "SUSPENDED"), ("2015-07-17", "OF2015"), ("2019-11-21", "OF2015"), ("2019-11-22", "OF2019"),
    ("2024-11-14", "OF2019"), ("2024-11-15", "KPCS"), ("2031-01-01", "KPCS"),
]  # fmt: skip


def tells(spec: CheckSpec, day: date) -> bool:
    """Whether the engine lets a fact of this day through, under the rule's own specification."""
    row = {"subject_id": ["X"], "day": [pd.Timestamp(day)], "fires": [True]}
    messages = list(spec.message) if isinstance(spec.message, dict) else [""]
    frame = pd.DataFrame(row).assign(part=messages[0], day=lambda f: f["day"].astype("datetime64[us]"))
    check = Check(spec.id, lambda _e, _p: frame, {})
    return bool(evaluate(check, spec, evidence(), RULEBOOK.regimes).findings)


@pytest.mark.parametrize("spec", checked_rules(), ids=lambda spec: spec.id)
def test_a_rule_holds_from_its_first_day_to_the_day_before_its_end(spec) -> None:
    start, end = SPANS.get(spec.id, ALWAYS)
    first = date.fromisoformat(start or "2003-01-01")
    assert tells(spec, first)
    assert not tells(spec, first - timedelta(days=1))
    if end is None:
        assert tells(spec, date(2035, 6, 1))
    else:
        assert tells(spec, date.fromisoformat(end) - timedelta(days=1))
        assert not tells(spec, date.fromisoformat(end))


def test_after_the_lifting_only_the_ordinary_rules_are_left() -> None:
    left = {spec.id for spec in checked_rules() if tells(spec, date(2024, 11, 15))}
    framework_only = {rule_id for rule_id, (_, end) in SPANS.items() if end is not None}
    assert left == {spec.id for spec in checked_rules()} - framework_only


@pytest.mark.parametrize(("day", "code"), REGIMES)
def test_the_regime_of_a_day(day, code) -> None:
    assert RULEBOOK.regimes.of(pd.Series([pd.Timestamp(day)])).tolist() == [code]


@pytest.mark.parametrize(
    ("day", "caveats"),
    [
        ("2020-11-21", ()),
        ("2020-11-22", ("no_formal_extension",)),
        ("2024-11-14", ("no_formal_extension",)),
        ("2024-11-15", ()),
    ],
)
def test_the_caveat_on_the_missing_extension(day, caveats) -> None:
    assert RULEBOOK.regimes.caveats_on(date.fromisoformat(day)) == caveats
