"""A flow that fails tells people: which run, and nothing of its content."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from prefect.states import Crashed, Failed

from carmonitor.operations import notifying
from flows.monthly_monitoring import monthly_monitoring, tell_failure

FLOW_RUN = SimpleNamespace(id="0d3f-run", name="monitoring of /srv/inbox as of 2021-07-31")


def test_the_flow_tells_when_it_fails_and_when_it_crashes() -> None:
    assert monthly_monitoring.on_failure_hooks == [tell_failure]
    assert monthly_monitoring.on_crashed_hooks == [tell_failure]


@pytest.mark.parametrize(("state", "word"), [(Failed, "Failed"), (Crashed, "Crashed")])
def test_the_message_names_the_run_and_not_what_was_found(
    monkeypatch: pytest.MonkeyPatch, state: Any, word: str
) -> None:
    monkeypatch.setenv("CARMONITOR_NOTIFY", '["awa@example.org"]')
    sent: list[str] = []
    monkeypatch.setattr(notifying, "send", lambda _settings, mail: sent.append(str(mail)))
    tell_failure(monthly_monitoring, FLOW_RUN, state(message="certificate CF101: weight differs"))
    (mail,) = sent
    assert "0d3f-run" in mail
    assert word in mail
    assert "CF101" not in mail
    assert "inbox" not in mail


def test_a_notice_that_cannot_be_sent_does_not_hide_the_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARMONITOR_NOTIFY", '["awa@example.org"]')
    monkeypatch.setenv("CARMONITOR_SMTP_URL", "smtp://127.0.0.1:1")
    tell_failure(monthly_monitoring, FLOW_RUN, Failed(message="x"))
