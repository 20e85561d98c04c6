"""A check that may be run in parts says of all its cases what it says of the whole, however the keys are cut."""

import pandas as pd
import pytest

from carmonitor.framework.checks import rule
from carmonitor.framework.engine import concluded, evaluate, judged
from carmonitor.framework.parts import KEYED, KEYS, Span, part_of, spans
from carmonitor.records import KINDS
from tests.unit.framework.matrix import cases
from tests.unit.framework.rule_cases import RULEBOOK

CASES = [case for case in cases() if case.rule in KEYED]


def keys_of(evidence, key):
    return pd.concat([evidence[kind][column] for kind, column in KEYS[key].kinds.items()]).astype("str")


def in_parts(case, cuts):
    how, check, spec = KEYED[case.rule], rule.checks[case.rule], RULEBOOK.specs[case.rule]
    parts = [
        judged(
            check,
            spec,
            part_of(case.given, how.key, span),
            RULEBOOK.regimes,
            without=frozenset() if span.low is None else how.once,
        )
        for span in cuts
    ]
    return concluded(check, spec, RULEBOOK.regimes, parts)


def in_order(findings):
    return sorted(findings, key=lambda finding: finding.finding_id)


@pytest.mark.parametrize("parts", [2, 1000])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_in_parts_a_check_says_what_it_says_of_the_whole(case, parts) -> None:
    whole = evaluate(rule.checks[case.rule], RULEBOOK.specs[case.rule], case.given, RULEBOOK.regimes)
    cuts = spans(keys_of(case.given, KEYED[case.rule].key), parts)
    told = in_parts(case, cuts)
    assert in_order(told.findings) == in_order(whole.findings)
    assert told.coverage == whole.coverage


def test_only_kinds_of_monthly_returns_are_cut() -> None:
    assert {KINDS[kind].GROUP for key in KEYS.values() for kind in key.kinds} == {"return"}


def test_every_key_lies_in_one_span() -> None:
    keys = pd.Series(["", "A", "B1", "B10", "B2", "Ç", None, "b", "\U0001f48e"], dtype="str")
    for parts in range(1, 12):
        cuts = spans(keys, parts)
        assert sum(span.holds(keys).astype(int) for span in cuts).tolist() == [1] * len(keys)
        assert len(cuts) <= parts


def test_rows_without_a_key_are_in_the_first_part() -> None:
    keys = pd.Series([None, "A"], dtype="str")
    assert Span(None, "A").holds(keys).tolist() == [True, False]
    assert Span("A", None).holds(keys).tolist() == [False, True]
