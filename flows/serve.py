"""``python -m flows.serve``: schedules and an on-demand deployment from one host. The supported way to schedule.

``prefect.yaml`` names the same deployments for work pools; a test keeps the two equal.
"""

from __future__ import annotations

import os
from typing import Any, cast

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from flows.export_for_mission import export_for_mission
from flows.monthly_monitoring import monthly_monitoring
from flows.validate_batch import validate_batch


def deployments() -> list[RunnerDeployment]:
    """Daily at 05:00 UTC; monthly on the 16th, the day after returns are due; the rest on demand."""
    inbox = os.environ.get("CARMONITOR_INBOX", "inbox")
    made: list[Any] = [
        monthly_monitoring.to_deployment(
            name="daily", schedule=Cron("0 5 * * *", timezone="UTC"), parameters={"inbox": inbox}
        ),
        monthly_monitoring.to_deployment(
            name="monthly", schedule=Cron("0 6 16 * *", timezone="UTC"), parameters={"inbox": inbox}
        ),
        validate_batch.to_deployment(name="on-demand"),
        export_for_mission.to_deployment(name="on-demand"),
    ]
    return cast("list[RunnerDeployment]", made)


if __name__ == "__main__":
    serve(*deployments())
