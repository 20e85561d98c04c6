"""``python -m flows.serve`` and ``prefect.yaml`` schedule the same flows."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [pytest.mark.flows, pytest.mark.xdist_group("prefect")]


def test_serve_and_prefect_yaml_name_the_same_deployments():
    from flows.serve import deployments

    served = {
        (d.flow_name, d.name): (
            d.entrypoint.replace(".py:", ":").replace("flows.", "flows/").split(":")[-1],
            sorted((s.schedule.cron, s.schedule.timezone) for s in d.schedules or []),
            d.parameters or {},
        )
        for d in deployments()
    }
    written = {
        (d["flow_name"], d["name"]): (
            d["entrypoint"].split(":")[-1],
            sorted((s["cron"], s["timezone"]) for s in d.get("schedules", [])),
            d.get("parameters", {}),
        )
        for d in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    }
    assert served == written


def test_entrypoints_of_prefect_yaml_exist():
    import importlib

    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]:
        path, _, name = deployment["entrypoint"].partition(":")
        module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
        assert getattr(module, name).name == deployment["flow_name"]
