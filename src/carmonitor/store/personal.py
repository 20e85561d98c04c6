"""Who is named in what was received: the texts of the fields that say who a person is, superseded ones too."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from carmonitor.store.tables import RECORDS


@dataclass(frozen=True)
class Stated:
    """A text that stood in a field. ``trader``: the register knows its person as one who trades under a licence.

    By number; where a paper gives none, by the very name.
    """

    kind: str
    field: str
    text: str
    trader: bool = False


_NO_TRADERS = (None, "", "miner")
_OF_ACTORS = ("name", "manager", "owner", "address", "phone")


def stated(connection: sa.Connection) -> list[Stated]:
    """Every text of the personal fields of actors, sellers and carriers, superseded papers included; sorted."""
    a, p, t = RECORDS["actor"].c, RECORDS["purchase"].c, RECORDS["transfer"].c
    actors = connection.execute(sa.select(a.actor_id, a.kind, *(a[name] for name in _OF_ACTORS)).distinct()).all()
    traders = {row.actor_id for row in actors if row.kind not in _NO_TRADERS}
    found = {
        Stated("actor", name, str(text), row.actor_id in traders)
        for row in actors
        for name in _OF_ACTORS
        if (text := getattr(row, name))
    }
    sellers = connection.execute(sa.select(p.seller_id, p.seller_name).where(p.seller_name.is_not(None)).distinct())
    names = {s.text for s in found if s.field == "name" and s.trader}
    found |= {
        Stated("purchase", "seller_name", name, seller in traders if seller else name in names)
        for seller, name in sellers
    }
    carriers = connection.execute(sa.select(t.carrier).where(t.carrier.is_not(None)).distinct()).scalars()
    found |= {Stated("transfer", "carrier", name, name in names) for name in carriers}
    return sorted(found, key=lambda s: (s.kind, s.field, s.text, s.trader))
