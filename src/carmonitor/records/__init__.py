"""The vocabulary: the 27 record kinds, their fields, units and exact values.

``KINDS`` maps each kind's name to its model, in the order of the data dictionary.
"""

from __future__ import annotations

from carmonitor.records import confirmations, registers, returns
from carmonitor.records.base import Record

_ORDER: tuple[type[Record], ...] = (
    returns.ReturnDeclaration,
    returns.Shipment,
    returns.Parcel,
    returns.ParcelSource,
    returns.Purchase,
    returns.PurchaseSource,
    returns.Transfer,
    returns.TransferItem,
    returns.Production,
    returns.Assortment,
    returns.Document,
    confirmations.ImportConfirmation,
    registers.Actor,
    registers.Licence,
    registers.CertificateBlock,
    registers.SlipBooklet,
    registers.Zone,
    registers.MineSite,
    registers.KpParticipant,
    registers.Signatory,
    registers.WatchlistEntry,
    registers.StockDeclaration,
    registers.SecurityEvent,
    registers.ExchangeRate,
    registers.CommitteeMeeting,
    registers.Filing,
    registers.OfficialTotal,
)

KINDS: dict[str, type[Record]] = {model.KIND: model for model in _ORDER}
RETURN_KINDS: tuple[str, ...] = tuple(name for name, model in KINDS.items() if model.GROUP == "return")
REGISTER_KINDS: tuple[str, ...] = tuple(name for name, model in KINDS.items() if model.GROUP == "register")

__all__ = ["KINDS", "REGISTER_KINDS", "RETURN_KINDS", "Record"]
