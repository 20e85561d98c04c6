"""The synthetic world: everything in order, from finds to the answers of importing countries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from carmonitor.records import RETURN_KINDS
from carmonitor.simulation import columns as c
from carmonitor.simulation import fraud
from carmonitor.simulation.certificates import make_certificates
from carmonitor.simulation.exports import fill_parcels, plan_exports, settle
from carmonitor.simulation.journeys import load, make_trips
from carmonitor.simulation.labels import make_labels
from carmonitor.simulation.numbering import number_papers
from carmonitor.simulation.parameters import ZONES
from carmonitor.simulation.people import MINER, make_actors
from carmonitor.simulation.production import make_production
from carmonitor.simulation.purchases import make_purchases
from carmonitor.simulation.registers import make_registers
from carmonitor.simulation.settings import Settings
from carmonitor.simulation.sites import make_sites
from carmonitor.simulation.tables import make_tables
from carmonitor.simulation.work import Work, make_market

Told = Callable[[str, int, int], None]


def no_progress(stage: str, done: int, of: int) -> None:
    """Nobody is told."""


@dataclass(frozen=True)
class World:
    """A synthetic world and the truth about it.

    ``frames``: record kind → rows, all fields of the kind in the dtypes of ``carmonitor.records`` and beside them
    ``period`` (return kinds: the month of the return that carries the row) or ``load`` (registers, confirmations: the
    month in which the team enters it). ``labels``: board, subject_kind, subject_id, period (``YYYY-Qn``), pattern,
    carats (hundredths), one row per fraudulent subject and pattern. ``touched``: slip_number, pattern of every purchase
    that fraud of any board made or changed: a scorecard of purchases leaves out those that are labelled elsewhere.
    ``injected``: certificate_number, carats (hundredths) of it that no production line stands behind.
    ``photographs``: certificate_number, file_name, scene, shot, for :func:`pictures.picture`.
    """

    settings: Settings
    frames: dict[str, pd.DataFrame]
    labels: pd.DataFrame
    touched: pd.DataFrame
    injected: pd.DataFrame
    photographs: pd.DataFrame

    @property
    def as_of(self) -> date:
        """The last day on which no further return is due: everything that the world holds has come in by then."""
        month = np.datetime64(self.settings.periods[-1], "M") + np.timedelta64(2, "M")
        day: date = (month.astype("datetime64[D]") + np.timedelta64(13, "D")).item()
        return day


def simulate(settings: Settings, told: Told = no_progress) -> World:
    """Make a world; the same settings give the same one, byte for byte. ``told``: stage, how many done, of how many."""
    stages = [
        ("finds", make_production),
        ("purchases", make_purchases),
        ("journeys planned", make_trips),
        ("fraud in purchases", fraud.in_purchases),
        ("journeys", load),
        ("fraud on the way", fraud.on_the_way),
        ("exports planned", plan_exports),
        ("parcels", fill_parcels),
        ("exports", settle),
        ("fraud in exports", fraud.in_exports),
    ]
    work = _start(settings)
    for done, (name, stage) in enumerate(stages):
        told(name, done, len(stages) + 1)
        stage(work)
    told("papers", len(stages), len(stages) + 1)
    return _papers(work)


def _start(settings: Settings) -> Work:
    actors = make_actors(settings)
    miners = np.bincount(actors["zone"][actors["kind"] == MINER], minlength=len(ZONES))
    sites = make_sites(settings, miners)
    rng = settings.stream("places of work")
    site = np.full(len(actors), -1)
    for zone in range(len(ZONES)):
        here = np.flatnonzero((actors["kind"] == MINER) & (actors["zone"] == zone))
        site[here] = rng.choice(np.flatnonzero(sites["zone"] == zone), len(here))
    return Work(settings, actors.assign(site=site), sites, make_market(settings))


def _papers(w: Work) -> World:
    papers = number_papers(w)
    frames = make_tables(w, papers)
    certificates = make_certificates(w, papers)
    photographs = certificates.pop("photographs")
    frames |= certificates
    frames |= make_registers(w, papers, frames["shipment"])
    labels, touched = make_labels(w, papers)
    labels = pd.concat([labels, *fraud.in_papers(w, papers, frames, photographs)], ignore_index=True)
    confirmed = frames["import_confirmation"]["confirmed_on"].to_numpy().astype("datetime64[D]").astype(int)
    frames["import_confirmation"] = frames["import_confirmation"].assign(load=c.months(confirmed))
    for kind in RETURN_KINDS:
        frames[kind] = frames[kind].sort_values("period", kind="stable", ignore_index=True)
    order = ["board", "period", "pattern", "subject_id"]
    labels = labels.sort_values(order, kind="stable", ignore_index=True)
    weight = w.exported["weight"].to_numpy() * w.exported["paperless"].to_numpy()
    lost = np.bincount(w.exported["export"], weight, minlength=len(w.exports)).astype(np.int64)
    injected = pd.DataFrame({"certificate_number": papers.certificates, "carats": lost})
    return World(
        w.settings, frames, labels, touched, injected[lost > 0].reset_index(drop=True),
        photographs.drop(columns="export"),
    )  # fmt: skip
