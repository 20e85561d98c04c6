"""Papers of a small chain: a certificate with its parcels, slips and their sources; zones and places as they ship."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from carmonitor.records import KINDS
from carmonitor.records.evidence import Evidence
from carmonitor.records.fields import PLACE
from carmonitor.records.places import Gazetteer
from carmonitor.store.seeds import read_seeds
from tests.evidence_builder import evidence
from tests.unit.framework.rule_cases import SCHEMAS

GAZETTEER = Gazetteer.load(SCHEMAS / "gazetteer.yaml")
CF1, CF2 = "CF000001", "CF000002"
TEAM = "team@-"


def certificate(number: str = CF1, issue_date: str | None = "2021-03-10", **more: Any) -> dict[str, Any]:
    return {"certificate_number": number, "issue_date": issue_date, "status": "issued", **more}


def parcel(number: str = CF1, carats: str | None = "10.00", *, parcel_number: str = "1", **more: Any) -> dict[str, Any]:
    return {"certificate_number": number, "parcel_number": parcel_number, "carats": carats, **more}


def use(slip: str = "B1", carats: str | None = "10.00", *, of: str = CF1, parcel: str = "1") -> dict[str, Any]:
    """A slip that went into a parcel."""
    return {"certificate_number": of, "parcel_number": parcel, "slip_number": slip, "carats": carats}


def slip(number: str = "B1", origin: str | None = "Boda", bought: str | None = "2021-02-10", **more: Any) -> Any:
    usual = {"slip_number": number, "origin_subprefecture": origin, "purchase_date": bought, "carats": "10.00"}
    return {**usual, **more}


def resale(number: str, source: str, carats: str | None = "10.00") -> dict[str, Any]:
    return {"slip_number": number, "source_slip_number": source, "carats": carats}


def zone(
    name: str, status: str, valid_from: str, *, latest: str | None = None, to: str | None = None
) -> dict[str, Any]:
    return {
        "subprefecture": name,
        "status": status,
        "valid_from": valid_from,
        "valid_from_latest": latest,
        "valid_to": to,
        "return_id": TEAM,
    }


def shipped(kind: str) -> list[dict[str, Any]]:
    """A register as it ships."""
    frame = {t.kind: t.frame for t in read_seeds(SCHEMAS / "seeds").tables}[kind].drop(columns="row").astype("object")
    rows = frame.where(frame.notna(), None).to_dict("records")
    return [{k: v.date() if hasattr(v, "date") else v for k, v in row.items()} | {"return_id": TEAM} for row in rows]


ZONES = shipped("zone")
PARTICIPANTS = shipped("kp_participant")


def chain(as_of: str = "2021-07-31", **kinds: Any) -> Evidence:
    """Evidence with the shipped zones and gazetteer; kinds as in :func:`evidence`. One whole chain where none is given.

    ``None`` for a kind: it was never supplied.
    """
    usual: dict[str, Any] = {
        "zone": ZONES,
        "shipment": [certificate()],
        "parcel": [parcel()],
        "parcel_source": [use()],
        "purchase": [slip()],
        "purchase_source": [],
    }
    given = {name: value for name, value in {**usual, **kinds}.items() if value is not None}
    return with_places(evidence(as_of, **given))


def with_places(e: Evidence) -> Evidence:
    """The same evidence with its places resolved by the gazetteer as it ships."""
    frames = {}
    for kind, frame in e.frames.items():
        places = [name for name, value_type in KINDS[kind].field_types().items() if value_type is PLACE]
        frames[kind] = frame.assign(**{f"{name}_resolved": GAZETTEER.resolve(frame[name]) for name in places})
    return replace(e, frames=frames, gazetteer=GAZETTEER)
