"""An actor's sheet: what registers say of it, what it did by month, with whom, and the cases that touch it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from carmonitor.dossier import labels
from carmonitor.dossier.sheets.figures import Volumes
from carmonitor.dossier.sheets.model import ActorSheet, Table
from carmonitor.dossier.sheets.monthly import months_table, partners_table
from carmonitor.dossier.sheets.standing import Standing
from carmonitor.dossier.sheets.volumes import Trade, trades_of
from carmonitor.dossier.sheets.words import said
from carmonitor.findings import shown
from carmonitor.records.display import for_people

Row = dict[str, Any]

_FIELDS = ("name", "registered_on", "registration_number", "address", "phone", "manager", "owner")


def actor_sheets(
    standing: Standing, actors: Sequence[str], lang: str, cases: Mapping[str, Collection[str]] | None = None
) -> list[tuple[ActorSheet, Volumes]]:
    """The sheets of actors, in their order, with the numbers for their drawing; without pictures.

    ``cases``: actor → ids of the cases that touch it. A few queries however many actors. An actor that is in no
    register has a sheet that says so.
    """
    trades = trades_of(standing, actors)
    partners = {p.actor_id for trade in trades.values() for p in (*trade.suppliers, *trade.customers)}
    entries = _by("actor", standing.rows("actor", "actor_id", {*actors, *partners}))
    licences = _by("licence", standing.rows("licence", "actor_id", actors))
    names = {actor: str(rows[-1]["name"]) for actor, rows in entries.items() if rows[-1]["name"] is not None}
    found = []
    for actor in actors:
        entry, trade = entries.get(actor, []), trades[actor]
        kinds = [kind for kind in dict.fromkeys(row["kind"] for row in entry) if kind is not None]
        tables = [
            _register(standing, entry, lang),
            _licences(standing, licences.get(actor, []), lang),
            *_trade_tables(trade, names, lang),
        ]
        sheet = ActorSheet(
            actor_id=actor,
            name=names.get(actor, "–"),
            roles=tuple(labels.value_label("actor", "kind", kind, lang) for kind in kinds),
            tables=tuple(tables),
            cases=tuple((cases or {}).get(actor, ())),
        )
        found.append((sheet, volumes(actor, trade)))
    return found


def volumes(actor: str, trade: Trade) -> Volumes:
    """What an actor did by month, for a drawing."""
    return Volumes(actor, tuple((side, getattr(trade, side)) for side in ("dug", "bought", "sold", "exported")))


def _trade_tables(trade: Trade, names: dict[str, str], lang: str) -> list[Table]:
    sides = [("dug", trade.dug, ""), ("bought", trade.bought, "xaf"), ("sold", trade.sold, "xaf")]
    tables = [months_table([*sides, ("exported", trade.exported, "usd")], lang)]
    if trade.suppliers:
        tables.append(partners_table("suppliers", trade.suppliers, trade.suppliers_count, names, lang))
    if trade.customers:
        tables.append(partners_table("customers", trade.customers, trade.customers_count, names, lang))
    return tables


def _register(standing: Standing, entry: Sequence[Row], lang: str) -> Table:
    """What the actor register states, field by field; several rows of one number stand one after the other."""
    heads = (said("heads", "field", lang), said("heads", "value", lang))
    title = said("tables", "register", lang)
    if not entry:
        note = said("notes", "unregistered", lang, day=_day(standing, lang))
        return Table(title, heads, (), note=note)
    rows = [
        (labels.column_label("actor", name, lang), _text("actor", name, row[name], lang))
        for row in entry
        for name in _FIELDS
        if row[name] is not None
    ]
    return Table(title, heads, tuple(rows))


def _licences(standing: Standing, licences: Sequence[Row], lang: str) -> Table:
    heads = [said("heads", head, lang) for head in ("licence", "kind", "zone", "from", "to")]
    heads.append(said("heads", "that_day", lang, day=_day(standing, lang)))
    title = said("tables", "licences", lang)
    if not licences:
        return Table(title, tuple(heads), (), note=said("notes", "no_licence", lang))
    told = sorted(licences, key=lambda row: (row["valid_from"] or "", row["licence_number"]))
    names = ("licence_number", "kind", "subprefecture", "valid_from", "valid_to")
    rows = tuple((*(_text("licence", n, row[n], lang) for n in names), _valid(row, standing, lang)) for row in told)
    return Table(title, tuple(heads), rows)


def _valid(row: Mapping[str, Any], standing: Standing, lang: str) -> str:
    """Whether a licence holds on the day of the run; both ends are valid days, and no end is open."""
    day = standing.as_of.isoformat()
    if row["valid_from"] is None:
        state = "expired" if row["valid_to"] is not None and row["valid_to"] < day else "unknown"
    elif row["valid_from"] > day:
        state = "not_yet"
    else:
        state = "expired" if row["valid_to"] is not None and row["valid_to"] < day else "valid"
    return said("validity", state, lang)


def _text(kind: str, name: str, value: Any, lang: str) -> str:
    date = name in ("registered_on", "valid_from", "valid_to")
    return shown(value, "date" if date else f"{kind}.{name}", lang)


def _day(standing: Standing, lang: str) -> str:
    return shown(standing.as_of.isoformat(), "date", lang)


def _by(kind: str, frame: pd.DataFrame) -> dict[str, list[Row]]:
    """Actor → its rows of a register, as people read them."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in for_people(kind, frame).to_dict("records"):
        found[row["actor_id"]].append({str(name): value for name, value in row.items()})
    return found
