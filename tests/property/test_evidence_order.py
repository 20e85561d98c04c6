"""Whatever must not matter does not: the order of rows, what a second judgement is made from."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmonitor import pipeline
from carmonitor.assessment import assess
from tests.integration.sample.conftest import AS_OF, SAMPLE, sample_settings


@pytest.fixture(scope="module")
def month():
    """A month of the sample judged alone: its evidence, the catalogue, and its digest."""
    chosen = sample_settings()
    job = pipeline.validate([SAMPLE / "registers", SAMPLE / "inbox" / "2021-06"], chosen, None, as_of=AS_OF)
    evidence = job.judged.evidence
    whole = assess(evidence, job.catalogue, budget_percent=chosen.review_budget_percent)
    return evidence, job.catalogue, whole


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_no_finding(month, seed):
    evidence, catalogue, whole = month
    frames = {k: f.sample(frac=1, random_state=seed).reset_index(drop=True) for k, f in evidence.frames.items()}
    shuffled = dataclasses.replace(evidence, frames=frames, _cache={})
    again = assess(shuffled, catalogue, budget_percent=sample_settings().review_budget_percent)
    assert again.digest == whole.digest
    assert again.coverage == whole.coverage


def test_the_same_evidence_gives_the_same_digest(month):
    evidence, catalogue, whole = month
    again = assess(dataclasses.replace(evidence, _cache={}), catalogue, budget_percent=5)
    assert again.digest == whole.digest
