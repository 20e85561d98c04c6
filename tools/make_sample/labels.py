"""What the secretariat writes over its columns and in its cells. English headings are the field names, spelled out."""

from __future__ import annotations

SHEETS = {
    "return_declaration": "Déclaration", "shipment": "Expéditions", "parcel": "Lots",
    "parcel_source": "Provenance des lots", "purchase": "Bordereaux d'achat",
    "purchase_source": "Provenance des achats",
    "transfer": "Transferts", "transfer_item": "Contenu des transferts", "production": "Production",
    "assortment": "Assortiments", "document": "Pièces jointes",
}  # fmt: skip
FRENCH: dict[str, dict[str, str]] = {
    "return_declaration": {
        "period": "Période", "sender": "Expéditeur", "submitted_on": "Date d'envoi", "nil_return": "Déclaration néant",
        "certificate_count": "Nombre de\ncertificats", "total_carats": "Total carats",
        "total_value_usd": "Valeur totale (USD)",
    },
    "shipment": {
        "certificate_number": "N° certificat", "issue_date": "Date de\ndélivrance", "expiry_date": "Date d'expiration",
        "issuing_authority": "Autorité de délivrance", "signatory": "Signataire", "exporter_id": "N° exportateur",
        "exporter_name": "Exportateur", "importer_name": "Importateur", "destination_country": "Pays de destination",
        "origin_country": "Pays d'origine", "parcel_count": "Nombre de lots", "carats": "Poids (ct)",
        "value_usd": "Valeur (USD)", "seal_number": "N° scellé", "export_date": "Date d'exportation",
        "valuation_number": "N° expertise", "valuation_date": "Date d'expertise",
        "valuation_usd": "Valeur expertisée (USD)",
        "approval_requested_on": "Date de demande d'approbation", "approval_reference": "Référence d'approbation",
        "approval_date": "Date d'approbation", "levy_xaf": "Taxe de sortie (FCFA)", "status": "Statut",
        "replaces_certificate": "Remplace le certificat",
    },
    "parcel": {
        "certificate_number": "N° certificat", "parcel_number": "N° lot", "hs_code": "Code SH",
        "stones": "Nombre de\npierres", "carats": "Poids (ct)", "value_usd": "Valeur (USD)",
    },
    "parcel_source": {
        "certificate_number": "N° certificat", "parcel_number": "N° lot", "slip_number": "N° bordereau",
        "carats": "Poids (ct)",
    },
    "purchase": {
        "slip_number": "N° bordereau", "booklet_number": "N° carnet", "purchase_date": "Date d'achat",
        "buyer_id": "N° acheteur", "buyer_licence": "Licence de l'acheteur", "seller_id": "N° vendeur",
        "seller_name": "Vendeur", "seller_licence": "Licence du vendeur",
        "origin_subprefecture": "Sous-préfecture\nd'origine", "mine_site_id": "Site minier",
        "stones": "Nombre de pierres", "carats": "Poids (ct)", "price_xaf": "Prix (FCFA)", "prefecture": "Préfecture",
        "purchase_place": "Lieu d'achat", "register_number": "N° cahier", "line_number": "N° ligne",
        "audit_reference": "Référence d'audit",
    },
    "purchase_source": {
        "slip_number": "N° bordereau", "source_slip_number": "N° bordereau d'origine", "carats": "Poids (ct)",
    },
    "transfer": {
        "sheet_number": "N° fiche", "bag_seal": "N° sachet", "carrier": "Transporteur", "from_place": "Lieu de départ",
        "to_place": "Lieu d'arrivée", "departed_on": "Date de départ", "arrived_on": "Date d'arrivée",
        "carats": "Poids (ct)",
    },
    "transfer_item": {"sheet_number": "N° fiche", "slip_number": "N° bordereau", "carats": "Poids (ct)"},
    "production": {
        "register_number": "N° cahier", "line_number": "N° ligne", "miner_id": "N° artisan",
        "licence_number": "N° patente", "mine_site_id": "Site minier", "subprefecture": "Sous-préfecture",
        "produced_on": "Date de découverte", "stones": "Nombre de pierres", "carats": "Poids (ct)",
    },
    "assortment": {
        "subject_kind": "Objet", "subject_id": "N° objet", "size_class": "Classe de taille",
        "stones": "Nombre de pierres", "carats": "Poids (ct)",
    },
    "document": {
        "certificate_number": "N° certificat", "file_name": "Nom du fichier", "kind": "Type de pièce",
        "sha256": "SHA-256", "lodged_on": "Date de dépôt",
    },
    "import_confirmation": {
        "certificate_number": "N° certificat", "importing_country": "Pays d'importation",
        "received_on": "Date d'arrivée", "confirmed_on": "Date de confirmation", "importer_name": "Importateur",
        "exporter_name": "Exportateur", "parcel_count": "Nombre de lots", "carats": "Poids (ct)",
        "value_usd": "Valeur (USD)", "outcome": "Résultat", "remarks": "Observations",
    },
    "actor": {
        "actor_id": "N° acteur", "name": "Nom", "kind": "Rôle", "address": "Adresse", "phone": "Téléphone",
        "manager": "Gérant", "owner": "Propriétaire", "registered_on": "Date d'inscription",
        "registration_number": "N° registre du commerce",
    },
}  # fmt: skip

VALUES = {
    "issued": "délivré", "void": "annulé", "replaced": "remplacé", "parcel": "lot", "purchase": "achat",
    "certificate_copy": "copie du certificat", "photograph": "photographie", "packing_list": "liste de colisage",
    "accepted": "accepté", "refused": "refusé", "seized": "saisi", "miner": "artisan", "collector": "collecteur",
    "buying_house": "bureau d'achat",
}  # fmt: skip
COUNTRIES = {
    "BE": "Belgique", "AE": "Émirats arabes unis", "IN": "Inde", "IL": "Israël",
    "CF": "République centrafricaine",
}  # fmt: skip


def english(field: str) -> str:
    """``issue_date`` → ``Issue date``."""
    return field.replace("_", " ").capitalize()
