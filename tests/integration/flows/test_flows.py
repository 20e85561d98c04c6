"""The three flows under Prefect, on SQLite and on PostgreSQL: completed, with equal findings and artifacts."""

import asyncio
import hashlib
import zipfile
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SAMPLE = ROOT / "sample_data"
AS_OF = date(2021, 7, 31)

pytestmark = [pytest.mark.flows, pytest.mark.xdist_group("prefect"), pytest.mark.filterwarnings("default")]

_digests: dict[str, str] = {}
_dossiers: dict[str, dict[str, str]] = {}


@pytest.fixture
def installation(prefect, database_url, monkeypatch, tmp_path):
    """A database with the sample's registers, as an operator would set it up."""
    from carmonitor import pipeline
    from carmonitor.store.database import open_store, upgrade

    monkeypatch.setenv("CARMONITOR_DATABASE_URL", database_url)
    monkeypatch.setenv("CARMONITOR_MONITORING_FROM", "2021-01-01")
    upgrade(database_url)
    with open_store(database_url) as store:
        pipeline.ingest([SAMPLE / "registers"], store, actor="test", sender="registers")
    return database_url


def _completed(flow_name: str) -> int:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName
    from prefect.client.schemas.sorting import FlowRunSort

    async def count() -> int:
        async with get_client() as client:
            runs = await client.read_flow_runs(
                flow_filter=FlowFilter(name=FlowFilterName(any_=[flow_name])),
                sort=FlowRunSort.START_TIME_DESC,
                limit=50,
            )
            return sum(run.state is not None and run.state.is_completed() for run in runs)

    return asyncio.run(count())


def test_the_three_flows_complete_with_equal_findings_on_both_databases(installation, tmp_path):
    from flows.export_for_mission import export_for_mission
    from flows.monthly_monitoring import monthly_monitoring
    from flows.validate_batch import validate_batch

    done = monthly_monitoring(inbox=str(SAMPLE / "inbox"), as_of=AS_OF)
    assert done["stored"]
    assert done["intake"]["failed"] == []
    assert done["intake"]["rows"] == sum(done["intake"][k] for k in ("records", "quarantined", "skipped"))

    again = monthly_monitoring(inbox=str(SAMPLE / "inbox"), as_of=AS_OF)
    assert again["intake"]["new"] == 0
    assert again["result_digest"] == done["result_digest"]

    checked = validate_batch(paths=[str(SAMPLE / "inbox" / "2021-02")], as_of=AS_OF)
    assert checked["findings"]["breach"] > 0

    written = export_for_mission(out=str(tmp_path / "out"), as_of=AS_OF)
    assert all(Path(path).is_file() for path in written)
    assert [Path(path).suffix for path in written] == [".zip"]

    for flow_name in ("monthly-monitoring", "validate-batch", "export-for-mission"):
        assert _completed(flow_name) >= 1

    database = "postgresql" if "postgres" in installation else "sqlite"
    _digests[database] = done["result_digest"]
    assert len(set(_digests.values())) == 1
    _dossiers[database] = _files(Path(written[0]))
    assert len({tuple(sorted(files.items())) for files in _dossiers.values()}) == 1


def _files(dossier: Path) -> dict[str, str]:
    """The hashes of a dossier's files, without those that say when they were made and what people did when."""
    with zipfile.ZipFile(dossier) as archive:
        dated = ("manifest.json", "cases.json", "dossier.pdf", "index.html")  # the head of the journal, times of acts
        kept = [name for name in archive.namelist() if name not in dated]
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in kept}
