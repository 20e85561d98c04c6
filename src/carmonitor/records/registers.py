"""The fifteen registers kept by the monitoring team. Every change is dated and journalled."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from carmonitor.records.base import Group, Record
from carmonitor.records.fields import (
    CHOICE,
    Amount,
    CaratsOrNil,
    CertificateNumber,
    Count,
    Country,
    Day,
    Flag,
    Latitude,
    Longitude,
    Period,
    Place,
    Rate,
    Text,
    field,
    key,
)

ActorKind = Annotated[Literal["miner", "cooperative", "collector", "buying_house", "mining_company"], CHOICE]
ZoneStatus = Annotated[Literal["compliant", "suspended", "proposed"], CHOICE]
Certainty = Annotated[Literal["P", "S", "I", "N"], CHOICE]
FiledReport = Annotated[Literal["annual_report", "quarterly_trade", "half_year_production"], CHOICE]


class _Register(Record):
    GROUP: ClassVar[Group] = "register"


class Actor(_Register):
    """A person or firm in the chain."""

    KIND: ClassVar[str] = "actor"
    KEY: ClassVar[tuple[str, ...]] = ("actor_id",)
    TITLE_EN: ClassVar[str] = "Actors"
    TITLE_FR: ClassVar[str] = "Acteurs"

    actor_id: Text = key("Number in the actor register", "Numéro au registre des acteurs")
    name: Text | None = field("Name of the person or firm", "Nom de la personne ou de la société")
    kind: ActorKind | None = field("Role in the chain", "Rôle dans la chaîne")
    address: Text | None = field("Address", "Adresse")
    phone: Text | None = field("Telephone", "Téléphone")
    manager: Text | None = field("Manager", "Gérant")
    owner: Text | None = field("Owner", "Propriétaire")
    registered_on: Day | None = field("Day of registration", "Date d'inscription")
    registration_number: Text | None = field("Number in the trade register", "Numéro au registre du commerce")


class Licence(_Register):
    """A card, patente or licence. Without a sub-prefecture it is valid nationally."""

    KIND: ClassVar[str] = "licence"
    KEY: ClassVar[tuple[str, ...]] = ("licence_number",)
    TITLE_EN: ClassVar[str] = "Licences"
    TITLE_FR: ClassVar[str] = "Licences"

    licence_number: Text = key("Number on the card or licence", "Numéro de la carte ou licence")
    actor_id: Text | None = field("Holder", "Titulaire")
    kind: Text | None = field("Kind of licence", "Type de licence")
    subprefecture: Place | None = field("Sub-prefecture it is limited to", "Sous-préfecture de validité")
    valid_from: Day | None = field("First valid day", "Premier jour de validité")
    valid_to: Day | None = field("Last valid day", "Dernier jour de validité")


class CertificateBlock(_Register):
    """A printed range of certificates."""

    KIND: ClassVar[str] = "certificate_block"
    KEY: ClassVar[tuple[str, ...]] = ("first_number", "last_number")
    TITLE_EN: ClassVar[str] = "Certificate blocks"
    TITLE_FR: ClassVar[str] = "Séries de certificats"

    first_number: CertificateNumber = key("Lowest number of the range", "Premier numéro de la série")
    last_number: CertificateNumber = key("Highest number of the range", "Dernier numéro de la série")
    available_from: Day | None = field("First day the range may be used", "Premier jour d'utilisation")
    available_to: Day | None = field("Last day the range may be used", "Dernier jour d'utilisation")


class SlipBooklet(_Register):
    """A printed range of purchase slips."""

    KIND: ClassVar[str] = "slip_booklet"
    KEY: ClassVar[tuple[str, ...]] = ("booklet_number",)
    TITLE_EN: ClassVar[str] = "Slip booklets"
    TITLE_FR: ClassVar[str] = "Carnets de bordereaux"

    booklet_number: Text = key("Number of the booklet", "Numéro du carnet")
    first_slip: Text | None = field("First slip in the booklet", "Premier bordereau du carnet")
    last_slip: Text | None = field("Last slip in the booklet", "Dernier bordereau du carnet")
    holder_id: Text | None = field("Actor the booklet was issued to", "Acteur détenteur du carnet")
    issued_on: Day | None = field("Day of issue", "Date de remise")


class Zone(_Register):
    """The status of a sub-prefecture over a span of days."""

    KIND: ClassVar[str] = "zone"
    KEY: ClassVar[tuple[str, ...]] = ("subprefecture", "status", "valid_from")
    TITLE_EN: ClassVar[str] = "Zones"
    TITLE_FR: ClassVar[str] = "Zones"

    subprefecture: Place = key("Sub-prefecture, pre-2021 name", "Sous-préfecture, nom d'avant 2021")
    status: ZoneStatus = key("compliant, suspended or proposed", "conforme, suspendue ou proposée")
    valid_from: Day = key("First day of the span, the earliest it can have been", "Premier jour, au plus tôt")
    valid_from_latest: Day | None = field(
        "The latest the first day can have been, where only an interval is known",
        "Premier jour au plus tard, si seul un intervalle est connu",
    )
    valid_to: Day | None = field("Last day of the span", "Dernier jour")
    source: Text | None = field("Where the status is stated", "Source du statut")
    certainty: Certainty | None = field("P primary, S secondary, I inference, N not found", "P, S, I ou N")


class MineSite(_Register):
    """A known mine."""

    KIND: ClassVar[str] = "mine_site"
    KEY: ClassVar[tuple[str, ...]] = ("mine_site_id",)
    TITLE_EN: ClassVar[str] = "Mine sites"
    TITLE_FR: ClassVar[str] = "Sites miniers"

    mine_site_id: Text = key("Number in the site register", "Numéro au registre des sites")
    name: Text | None = field("Name of the site", "Nom du site")
    longitude: Longitude | None = field("Longitude, degrees east", "Longitude, degrés est")
    latitude: Latitude | None = field("Latitude, degrees north", "Latitude, degrés nord")
    subprefecture: Place | None = field("Sub-prefecture of the site", "Sous-préfecture du site")
    commune: Text | None = field("Commune of the site", "Commune du site")
    crew_size: Count | None = field("People at work on the site", "Effectif du site")


class KpParticipant(_Register):
    """A country's membership of the Kimberley Process."""

    KIND: ClassVar[str] = "kp_participant"
    KEY: ClassVar[tuple[str, ...]] = ("country",)
    TITLE_EN: ClassVar[str] = "KP participants"
    TITLE_FR: ClassVar[str] = "Participants au PK"

    country: Country = key("Two-letter code, EU for the European Union", "Code à deux lettres, EU pour l'Union")
    valid_from: Day | None = field("First day of membership", "Premier jour de participation")
    valid_to: Day | None = field("Last day of membership", "Dernier jour de participation")
    part_of: Country | None = field("Participant the country belongs to, EU", "Participant dont le pays fait partie")


class Signatory(_Register):
    """A person allowed to sign certificates."""

    KIND: ClassVar[str] = "signatory"
    KEY: ClassVar[tuple[str, ...]] = ("signatory",)
    TITLE_EN: ClassVar[str] = "Signatories"
    TITLE_FR: ClassVar[str] = "Signataires"

    signatory: Text = key("Name of the person", "Nom de la personne")
    valid_from: Day | None = field("First day of the mandate", "Premier jour du mandat")
    valid_to: Day | None = field("Last day of the mandate", "Dernier jour du mandat")


class WatchlistEntry(_Register):
    """A listed name."""

    KIND: ClassVar[str] = "watchlist_entry"
    KEY: ClassVar[tuple[str, ...]] = ("list", "entry_id")
    TITLE_EN: ClassVar[str] = "Watch list"
    TITLE_FR: ClassVar[str] = "Liste de vigilance"

    list: Text = key("Name of the list", "Nom de la liste")
    entry_id: Text = key("Number of the entry on that list", "Numéro de l'inscription")
    name: Text | None = field("Listed name", "Nom inscrit")
    aliases: Text | None = field("Other names, separated by semicolons", "Autres noms, séparés par des points-virgules")
    listed_on: Day | None = field("Day of listing", "Date d'inscription")
    delisted_on: Day | None = field("Last day on the list", "Dernier jour sur la liste")
    identifiers: Text | None = field("Registration numbers, separated by semicolons", "Identifiants de la personne")
    confirmed_actor_id: Text | None = field("Actor a reviewer matched by hand", "Acteur identifié par un analyste")


class StockDeclaration(_Register):
    """An actor's audited stock."""

    KIND: ClassVar[str] = "stock_declaration"
    KEY: ClassVar[tuple[str, ...]] = ("actor_id", "as_of")
    TITLE_EN: ClassVar[str] = "Stock declarations"
    TITLE_FR: ClassVar[str] = "Déclarations de stock"

    actor_id: Text = key("Actor who holds the stock", "Acteur détenteur du stock")
    as_of: Day = key("Day of the count", "Date de l'inventaire")
    carats: CaratsOrNil | None = field("Stock, carats", "Stock, carats")
    audit_reference: Text | None = field("Reference of the audit", "Référence de l'audit")


class SecurityEvent(_Register):
    """A violent event near mines."""

    KIND: ClassVar[str] = "security_event"
    KEY: ClassVar[tuple[str, ...]] = ("event_id",)
    TITLE_EN: ClassVar[str] = "Security events"
    TITLE_FR: ClassVar[str] = "Événements de sécurité"

    event_id: Text = key("Number of the event at its source", "Numéro de l'événement à la source")
    occurred_on: Day | None = field("Day of the event", "Date de l'événement")
    longitude: Longitude | None = field("Longitude, degrees east", "Longitude, degrés est")
    latitude: Latitude | None = field("Latitude, degrees north", "Latitude, degrés nord")
    precision: Count | None = field(
        "1 exact place, 2 near it, above 2 a wider area", "1 lieu exact, 2 proche, au-delà une zone plus large"
    )
    actors: Text | None = field("Armed actors", "Acteurs armés")
    deaths: Count | None = field("Deaths, best estimate", "Morts, meilleure estimation")


class ExchangeRate(_Register):
    """XAF per unit of a currency on a day, or as a monthly or yearly mean."""

    KIND: ClassVar[str] = "exchange_rate"
    KEY: ClassVar[tuple[str, ...]] = ("currency", "period")
    TITLE_EN: ClassVar[str] = "Exchange rates"
    TITLE_FR: ClassVar[str] = "Taux de change"

    currency: Text = key("Three-letter currency code", "Code de la devise à trois lettres")
    period: Period = key("Day, month or year the rate holds for", "Jour, mois ou année du taux")
    xaf_per_unit: Rate | None = field("XAF for one unit of the currency", "FCFA pour une unité de la devise")
    source: Text | None = field("Where the rate is stated", "Source du taux")
    certainty: Certainty | None = field("P primary, S secondary, I inference, N not found", "P, S, I ou N")


class CommitteeMeeting(_Register):
    """A meeting of a local monitoring committee (CLS) or of the national one (CNS-PK)."""

    KIND: ClassVar[str] = "committee_meeting"
    KEY: ClassVar[tuple[str, ...]] = ("committee", "held_on")
    TITLE_EN: ClassVar[str] = "Committee meetings"
    TITLE_FR: ClassVar[str] = "Réunions des comités"

    committee: Text = key("Name of the committee", "Nom du comité")
    held_on: Day = key("Day of the meeting", "Date de la réunion")
    subprefecture: Place | None = field("Sub-prefecture of a local committee", "Sous-préfecture du comité local")
    minutes_lodged: Flag | None = field("Yes when minutes were lodged", "Oui si le procès-verbal a été déposé")


class Filing(_Register):
    """A report the CAR owes the KP."""

    KIND: ClassVar[str] = "filing"
    KEY: ClassVar[tuple[str, ...]] = ("report", "period")
    TITLE_EN: ClassVar[str] = "Filings"
    TITLE_FR: ClassVar[str] = "Rapports déposés"

    report: FiledReport = key("Kind of report", "Type de rapport")
    period: Period = key("Year, half-year or quarter covered", "Année, semestre ou trimestre couvert")
    filed_on: Day | None = field("Day of filing", "Date de dépôt")


class OfficialTotal(_Register):
    """A published figure to reconcile with."""

    KIND: ClassVar[str] = "official_total"
    KEY: ClassVar[tuple[str, ...]] = ("scope", "period", "metric", "source")
    TITLE_EN: ClassVar[str] = "Official totals"
    TITLE_FR: ClassVar[str] = "Totaux officiels"

    scope: Text = key("Country or zone the figure is for", "Pays ou zone du chiffre")
    period: Period = key("Year, quarter or month of the figure", "Année, trimestre ou mois du chiffre")
    metric: Text = key("What is counted", "Grandeur mesurée")
    source: Text = key("Where the figure is stated", "Source du chiffre")
    value: Amount | None = field("The figure", "Le chiffre")
    unit: Text | None = field("Unit of the figure: ct, USD, XAF", "Unité du chiffre : ct, USD, FCFA")
    certainty: Certainty | None = field("P primary, S secondary, I inference, N not found", "P, S, I ou N")
