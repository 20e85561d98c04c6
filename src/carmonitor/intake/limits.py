"""How much of a file is read at all. The figures are settings, each with its reason in docs/hostile-input.md."""

from __future__ import annotations

from dataclasses import dataclass

_MB = 1024**2


@dataclass(frozen=True)
class Limits:
    """The most that is read: MB of a file, unpacked MB and entries of an archive or folder, times its size that an
    archive unpacks to, sheets, rows and columns of a table, cells that a sheet spans, MB and seconds of the process
    that opens a file."""

    file_mb: int
    unpacked_mb: int
    entries: int
    ratio: int
    sheets: int
    rows: int
    columns: int
    cells: int
    reading_mb: int
    reading_seconds: int

    @property
    def file_bytes(self) -> int:
        """``file_mb`` in bytes."""
        return self.file_mb * _MB

    @property
    def unpacked_bytes(self) -> int:
        """``unpacked_mb`` in bytes."""
        return self.unpacked_mb * _MB

    @property
    def reading_bytes(self) -> int:
        """``reading_mb`` in bytes."""
        return self.reading_mb * _MB


def limits() -> Limits:
    """As the settings say (``CARMONITOR_MAX_...``)."""
    from carmonitor.settings import Settings  # noqa: PLC0415 (the process that opens files is told, and needs none)

    settings = Settings()
    return Limits(**{name: getattr(settings, f"max_{name}") for name in Limits.__dataclass_fields__})
