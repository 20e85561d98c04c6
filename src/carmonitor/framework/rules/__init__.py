"""One file per rule family. Importing this package registers every rule."""

from carmonitor.framework.rules import approvals, certificates, documents, regime, reporting, zones

__all__ = ["approvals", "certificates", "documents", "regime", "reporting", "zones"]
