"""The eleven kinds of the monthly return, sent by the CAR authorities."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from carmonitor.records.base import Group, Record
from carmonitor.records.fields import (
    CHOICE,
    Carats,
    CaratsOrNil,
    CertificateNumber,
    Count,
    Country,
    Day,
    Flag,
    HsCode,
    Month,
    Place,
    Text,
    Usd,
    Xaf,
    field,
    key,
)

CertificateStatus = Annotated[Literal["issued", "void", "replaced"], CHOICE]
SizedSubject = Annotated[Literal["parcel", "purchase"], CHOICE]
SizeClass = Annotated[Literal["0.01-0.49", "0.50-0.99", "1.00-1.99", "2.00-4.99", "5.00-10.79", "10.80+"], CHOICE]
DocumentKind = Annotated[
    Literal["certificate_copy", "certificate_original", "photograph", "packing_list", "invoice", "valuation", "other"],
    CHOICE,
]


class _Return(Record):
    GROUP: ClassVar[Group] = "return"


class ReturnDeclaration(_Return):
    """The cover of one month's return: who sends it, for which month, and what it claims to hold."""

    KIND: ClassVar[str] = "return_declaration"
    KEY: ClassVar[tuple[str, ...]] = ("period", "sender")
    TITLE_EN: ClassVar[str] = "Return declaration"
    TITLE_FR: ClassVar[str] = "Déclaration mensuelle"

    period: Month = key("Month the return covers, YYYY-MM", "Mois couvert par la déclaration, AAAA-MM")
    sender: Text = key("Authority that sends the return", "Autorité qui envoie la déclaration")
    submitted_on: Day | None = field("Day the return was sent", "Jour d'envoi de la déclaration")
    nil_return: Flag | None = field("Yes when nothing was exported in the month", "Oui si rien n'a été exporté ce mois")
    certificate_count: Count | None = field(
        "Number of certificates used in the month, void ones included",
        "Nombre de certificats utilisés dans le mois, annulés compris",
    )
    total_carats: CaratsOrNil | None = field(
        "Carats on the issued certificates of the month", "Carats des certificats délivrés dans le mois"
    )
    total_value_usd: Usd | None = field(
        "Value of the issued certificates of the month, USD", "Valeur des certificats délivrés dans le mois, USD"
    )


class Shipment(_Return):
    """One KP certificate and the export it covers."""

    KIND: ClassVar[str] = "shipment"
    KEY: ClassVar[tuple[str, ...]] = ("certificate_number",)
    TITLE_EN: ClassVar[str] = "Shipments"
    TITLE_FR: ClassVar[str] = "Expéditions"

    certificate_number: CertificateNumber = key(
        "Number printed on the KP certificate, CF and digits", "Numéro imprimé sur le certificat PK, CF et chiffres"
    )
    issue_date: Day | None = field("Day the certificate was issued", "Date de délivrance du certificat")
    expiry_date: Day | None = field("Last day the certificate is valid", "Dernier jour de validité du certificat")
    issuing_authority: Text | None = field("Authority that issued the certificate", "Autorité de délivrance")
    signatory: Text | None = field("Person who signed the certificate", "Signataire du certificat")
    exporter_id: Text | None = field("Exporter's number in the actor register", "Numéro de l'exportateur au registre")
    exporter_name: Text | None = field("Exporter as named on the certificate", "Exportateur nommé sur le certificat")
    importer_name: Text | None = field("Importer as named on the certificate", "Importateur nommé sur le certificat")
    destination_country: Country | None = field(
        "Country of destination, two-letter code or name", "Pays de destination, code à deux lettres ou nom"
    )
    origin_country: Country | None = field("Country of origin, CF", "Pays d'origine, CF")
    parcel_count: Count | None = field("Number of parcels on the certificate", "Nombre de lots sur le certificat")
    carats: Carats | None = field("Weight on the certificate, carats", "Poids inscrit sur le certificat, carats")
    value_usd: Usd | None = field("Value on the certificate, USD", "Valeur inscrite sur le certificat, USD")
    seal_number: Text | None = field("Number of the seal on the container", "Numéro du scellé du colis")
    export_date: Day | None = field("Day the goods left the country", "Date de sortie du territoire")
    valuation_number: Text | None = field("Number of the BECDOR valuation", "Numéro de l'expertise BECDOR")
    valuation_date: Day | None = field("Day of the BECDOR valuation", "Date de l'expertise BECDOR")
    valuation_usd: Usd | None = field("Value found by BECDOR, USD", "Valeur expertisée par le BECDOR, USD")
    approval_requested_on: Day | None = field(
        "Day approval was asked of the Monitoring Team", "Date de la demande d'approbation à l'équipe de suivi"
    )
    approval_reference: Text | None = field(
        "Reference of the Monitoring Team's approval", "Référence de l'approbation de l'équipe de suivi"
    )
    approval_date: Day | None = field("Day of the Monitoring Team's approval", "Date de l'approbation")
    levy_xaf: Xaf | None = field("Export levy paid, XAF", "Taxe de sortie payée, FCFA")
    status: CertificateStatus | None = field("issued, void or replaced", "délivré, annulé ou remplacé")
    replaces_certificate: CertificateNumber | None = field(
        "Number of the certificate this one replaces", "Numéro du certificat remplacé"
    )


class Parcel(_Return):
    """One packing-list line."""

    KIND: ClassVar[str] = "parcel"
    KEY: ClassVar[tuple[str, ...]] = ("certificate_number", "parcel_number")
    TITLE_EN: ClassVar[str] = "Parcels"
    TITLE_FR: ClassVar[str] = "Lots"

    certificate_number: CertificateNumber = key("Certificate the parcel travels under", "Certificat du lot")
    parcel_number: Text = key("Number of the parcel on the packing list", "Numéro du lot sur la liste de colisage")
    hs_code: HsCode | None = field("HS code, 7102.10, 7102.21 or 7102.31", "Code SH, 7102.10, 7102.21 ou 7102.31")
    stones: Count | None = field("Number of stones", "Nombre de pierres")
    carats: Carats | None = field("Weight of the parcel, carats", "Poids du lot, carats")
    value_usd: Usd | None = field("Value of the parcel, USD", "Valeur du lot, USD")


class ParcelSource(_Return):
    """How much of a purchase went into a parcel."""

    KIND: ClassVar[str] = "parcel_source"
    KEY: ClassVar[tuple[str, ...]] = ("certificate_number", "parcel_number", "slip_number")
    TITLE_EN: ClassVar[str] = "Parcel sources"
    TITLE_FR: ClassVar[str] = "Provenance des lots"

    certificate_number: CertificateNumber = key("Certificate the parcel travels under", "Certificat du lot")
    parcel_number: Text = key("Number of the parcel on the packing list", "Numéro du lot sur la liste de colisage")
    slip_number: Text = key("Purchase slip the stones came from", "Bordereau d'achat dont viennent les pierres")
    carats: Carats | None = field("Weight taken from that slip, carats", "Poids pris sur ce bordereau, carats")


class Purchase(_Return):
    """One purchase slip (bordereau d'achat). Prices are for the whole slip."""

    KIND: ClassVar[str] = "purchase"
    KEY: ClassVar[tuple[str, ...]] = ("slip_number",)
    TITLE_EN: ClassVar[str] = "Purchase slips"
    TITLE_FR: ClassVar[str] = "Bordereaux d'achat"

    slip_number: Text = key("Number printed on the purchase slip", "Numéro imprimé sur le bordereau d'achat")
    booklet_number: Text | None = field("Booklet the slip was torn from", "Carnet dont provient le bordereau")
    purchase_date: Day | None = field("Day of the purchase", "Date de l'achat")
    buyer_id: Text | None = field("Buyer's number in the actor register", "Numéro de l'acheteur au registre")
    buyer_licence: Text | None = field("Buyer's licence number", "Numéro de la carte ou licence de l'acheteur")
    seller_id: Text | None = field("Seller's number in the actor register", "Numéro du vendeur au registre")
    seller_name: Text | None = field("Seller as named on the slip", "Vendeur nommé sur le bordereau")
    seller_licence: Text | None = field("Seller's licence or patente number", "Numéro de patente ou licence du vendeur")
    origin_subprefecture: Place | None = field(
        "Sub-prefecture the stones were dug in", "Sous-préfecture où les pierres ont été extraites"
    )
    mine_site_id: Text | None = field("Mine site in the register", "Site minier au registre")
    stones: Count | None = field("Number of stones", "Nombre de pierres")
    carats: Carats | None = field("Weight bought, carats", "Poids acheté, carats")
    price_xaf: Xaf | None = field("Price paid for the whole slip, XAF", "Prix payé pour le bordereau entier, FCFA")
    prefecture: Place | None = field("Prefecture as written on the slip", "Préfecture inscrite sur le bordereau")
    purchase_place: Place | None = field("Place where the deal was made", "Lieu de l'achat")
    register_number: Text | None = field("Production register the stones come from", "Cahier de production d'origine")
    line_number: Text | None = field("Line in that production register", "Ligne du cahier de production")
    audit_reference: Text | None = field(
        "Reference of the forensic audit of older stock", "Référence de l'audit des stocks anciens"
    )


class PurchaseSource(_Return):
    """What a resold purchase was made of."""

    KIND: ClassVar[str] = "purchase_source"
    KEY: ClassVar[tuple[str, ...]] = ("slip_number", "source_slip_number")
    TITLE_EN: ClassVar[str] = "Purchase sources"
    TITLE_FR: ClassVar[str] = "Provenance des achats"

    slip_number: Text = key("Slip of the resale", "Bordereau de la revente")
    source_slip_number: Text = key("Earlier slip the stones came from", "Bordereau antérieur dont viennent les pierres")
    carats: Carats | None = field("Weight taken from the earlier slip, carats", "Poids pris sur ce bordereau, carats")


class Transfer(_Return):
    """One sealed bag moved between places."""

    KIND: ClassVar[str] = "transfer"
    KEY: ClassVar[tuple[str, ...]] = ("sheet_number",)
    TITLE_EN: ClassVar[str] = "Transfers"
    TITLE_FR: ClassVar[str] = "Transferts"

    sheet_number: Text = key("Number of the transfer sheet", "Numéro de la fiche de transfert")
    bag_seal: Text | None = field("Number of the tamper-proof bag", "Numéro du sachet inviolable")
    carrier: Text | None = field("Person or firm that carried the bag", "Transporteur du sachet")
    from_place: Place | None = field("Place of departure", "Lieu de départ")
    to_place: Place | None = field("Place of arrival", "Lieu d'arrivée")
    departed_on: Day | None = field("Day of departure", "Date de départ")
    arrived_on: Day | None = field("Day of arrival", "Date d'arrivée")
    carats: Carats | None = field("Weight in the bag, carats", "Poids dans le sachet, carats")


class TransferItem(_Return):
    """A purchase in that bag."""

    KIND: ClassVar[str] = "transfer_item"
    KEY: ClassVar[tuple[str, ...]] = ("sheet_number", "slip_number")
    TITLE_EN: ClassVar[str] = "Transfer items"
    TITLE_FR: ClassVar[str] = "Contenu des transferts"

    sheet_number: Text = key("Number of the transfer sheet", "Numéro de la fiche de transfert")
    slip_number: Text = key("Purchase slip in the bag", "Bordereau d'achat dans le sachet")
    carats: Carats | None = field("Weight from that slip in the bag, carats", "Poids de ce bordereau, carats")


class Production(_Return):
    """One line of an artisan's production register (cahier de production)."""

    KIND: ClassVar[str] = "production"
    KEY: ClassVar[tuple[str, ...]] = ("register_number", "line_number")
    TITLE_EN: ClassVar[str] = "Production"
    TITLE_FR: ClassVar[str] = "Production"

    register_number: Text = key("Number of the production register", "Numéro du cahier de production")
    line_number: Text = key("Line in the register", "Ligne du cahier")
    miner_id: Text | None = field("Miner's number in the actor register", "Numéro de l'artisan au registre")
    licence_number: Text | None = field("Miner's licence or patente", "Patente ou licence de l'artisan")
    mine_site_id: Text | None = field("Mine site in the register", "Site minier au registre")
    subprefecture: Place | None = field("Sub-prefecture of the site", "Sous-préfecture du site")
    produced_on: Day | None = field("Day of the find", "Date de la découverte")
    stones: Count | None = field("Number of stones", "Nombre de pierres")
    carats: Carats | None = field("Weight found, carats", "Poids trouvé, carats")


class Assortment(_Return):
    """The size profile of a parcel or purchase: one row per size class."""

    KIND: ClassVar[str] = "assortment"
    KEY: ClassVar[tuple[str, ...]] = ("subject_kind", "subject_id", "size_class")
    TITLE_EN: ClassVar[str] = "Assortments"
    TITLE_FR: ClassVar[str] = "Assortiments"

    subject_kind: SizedSubject = key("parcel or purchase", "lot ou achat")
    subject_id: Text = key(
        "certificate/parcel number, or slip number", "numéro de certificat/lot, ou numéro de bordereau"
    )
    size_class: SizeClass = key(
        "Carats per stone, by the project's sieve list", "Carats par pierre, selon la liste de tamis du projet"
    )
    stones: Count | None = field("Stones in the class", "Pierres de la classe")
    carats: Carats | None = field("Weight in the class, carats", "Poids de la classe, carats")


class Document(_Return):
    """One paper or picture lodged with a certificate."""

    KIND: ClassVar[str] = "document"
    KEY: ClassVar[tuple[str, ...]] = ("certificate_number", "file_name")
    TITLE_EN: ClassVar[str] = "Documents"
    TITLE_FR: ClassVar[str] = "Pièces jointes"

    certificate_number: CertificateNumber = key("Certificate the paper belongs to", "Certificat concerné")
    file_name: Text = key("Name of the file as sent", "Nom du fichier tel qu'envoyé")
    kind: DocumentKind | None = field(
        "certificate_copy, photograph, packing_list...", "copie du certificat, photographie, liste de colisage..."
    )
    sha256: Text | None = field("SHA-256 of the file, 64 hexadecimal digits", "SHA-256 du fichier, 64 chiffres hexa")
    lodged_on: Day | None = field("Day the paper was lodged", "Date de dépôt de la pièce")
    perceptual_hash: Text | None = field(
        "How a photograph looks, 16 hexadecimal digits (pHash); leave blank: computed from the file received",
        "Aspect d'une photographie, 16 chiffres hexa (pHash) ; à laisser vide : calculé d'après le fichier reçu",
    )
