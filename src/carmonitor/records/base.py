"""What every record kind has in common."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from carmonitor.records.fields import FieldType, field_type

Group = Literal["return", "confirmation", "register"]


class Record(BaseModel):
    """One typed row. ``KIND`` is its name in files, frames and tables; ``KEY`` the fields it cannot be without.

    ``GROUP`` decides what a later submission does: a *return* supersedes kind by kind for the same sender and
    period, a *confirmation* and a *register* row replace the same key (semantics.md 9;
        of a register with ``valid_from``, the same key and first day).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)  # built when first used: starts quicker

    KIND: ClassVar[str]
    GROUP: ClassVar[Group]
    KEY: ClassVar[tuple[str, ...]]
    TITLE_EN: ClassVar[str]
    TITLE_FR: ClassVar[str]

    @classmethod
    def field_types(cls) -> dict[str, FieldType]:
        """Field name → value type, in the order of the data dictionary."""
        return {name: field_type(info) for name, info in cls.model_fields.items()}
