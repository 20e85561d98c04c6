"""The import confirmation, sent by the authorities of the buying countries."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from carmonitor.records.base import Group, Record
from carmonitor.records.fields import CHOICE, Carats, CertificateNumber, Count, Country, Day, Text, Usd, field, key

ImportOutcome = Annotated[Literal["accepted", "refused", "seized"], CHOICE]


class ImportConfirmation(Record):
    """An importing authority's confirmation that goods under a certificate arrived."""

    KIND: ClassVar[str] = "import_confirmation"
    GROUP: ClassVar[Group] = "confirmation"
    KEY: ClassVar[tuple[str, ...]] = ("certificate_number", "importing_country")
    TITLE_EN: ClassVar[str] = "Import confirmations"
    TITLE_FR: ClassVar[str] = "Confirmations d'importation"

    certificate_number: CertificateNumber = key("KP certificate that came with the goods", "Certificat PK des biens")
    importing_country: Country = key("Country that confirms", "Pays qui confirme")
    received_on: Day | None = field("Day the goods arrived", "Date d'arrivée des biens")
    confirmed_on: Day | None = field("Day the authority confirmed", "Date de la confirmation")
    importer_name: Text | None = field("Importer as found", "Importateur constaté")
    exporter_name: Text | None = field("Exporter as found", "Exportateur constaté")
    parcel_count: Count | None = field("Parcels found", "Nombre de lots constaté")
    carats: Carats | None = field("Weight found, carats", "Poids constaté, carats")
    value_usd: Usd | None = field("Value found, USD", "Valeur constatée, USD")
    outcome: ImportOutcome | None = field("accepted, refused or seized", "accepté, refusé ou saisi")
    remarks: Text | None = field("Remarks of the authority", "Observations de l'autorité")
