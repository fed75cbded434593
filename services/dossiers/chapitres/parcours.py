"""Where the dossier stands, and who its parties are: the little that every chapter has to know.

Each chapter folds `Jalon` through `avancer` and keeps the rest of its state to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    DonneesEffacees,
    DossierClos,
    MenageOriente,
    MenageRepere,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationRefusee,
    OrientationRetiree,
)
from services.socle.facts.refusal import Motif, Refus, conflit

Jalon: TypeAlias = (
    MenageRepere
    | MenageOriente
    | OrientationAcceptee
    | OrientationRefusee
    | OrientationRetiree
    | OrientationExpiree
    | AdhesionRecueillie
    | AdhesionRefusee
    | DossierClos
    | DonneesEffacees
)


class Etape(Enum):
    INCONNU = "inconnu"
    REPERE = "repere"
    ORIENTE = "oriente"
    ACCEPTE = "accepte"
    ADHERENT = "adherent"
    SANS_SUITE = "sans_suite"
    """Refused, withdrawn, expired, or the household did not adhere: the landlord may orient it again."""
    CLOS = "clos"
    EFFACE = "efface"
    """One organisation has destroyed its key for the household. It gets no other: the dossier lives no more."""


class Parcours(Struct, frozen=True):
    """`association` stays known after an orientation that came to nothing: it has seen the dossier."""

    etape: Etape = Etape.INCONNU
    bailleur: UUID | None = None
    association: UUID | None = None
    repere_le: date = date.min


def avancer(parcours: Parcours, jalon: Jalon) -> Parcours:
    match jalon:
        case MenageRepere(bailleur=bailleur, le=le):
            return Parcours(Etape.REPERE, bailleur, None, le)
        case MenageOriente(association=association):
            return replace(parcours, etape=Etape.ORIENTE, association=association)
        case OrientationAcceptee():
            return replace(parcours, etape=Etape.ACCEPTE)
        case OrientationRefusee() | OrientationRetiree() | OrientationExpiree() | AdhesionRefusee():
            return replace(parcours, etape=Etape.SANS_SUITE)
        case AdhesionRecueillie():
            return replace(parcours, etape=Etape.ADHERENT)
        case DossierClos():
            return replace(parcours, etape=Etape.CLOS)
        case DonneesEffacees():
            return replace(parcours, etape=Etape.EFFACE)
        case other:
            assert_never(other)


def exiger_vivant(parcours: Parcours) -> None:
    """The dossier is neither closed nor erased."""
    if parcours.etape is Etape.CLOS:
        raise Refus("dossier_clos")
    if parcours.etape is Etape.EFFACE:
        raise Refus("donnees_effacees")


REFUS: Mapping[str, Motif] = {
    "orientation_deja_ouverte": conflit(
        "Orientation déjà ouverte", "Une orientation est en cours pour ce ménage : attendez son issue ou retirez-la."
    ),
    "orientation_absente": conflit(
        "Pas d'orientation en cours", "Aucune orientation n'est ouverte dans ce dossier : orientez d'abord le ménage."
    ),
    "orientation_non_acceptee": conflit("Orientation non acceptée", "Acceptez d'abord l'orientation de ce ménage."),
    "adhesion_absente": conflit("Adhésion absente", "Recueillez d'abord l'adhésion du ménage."),
    "contrat_absent": conflit("Pas de contrat", "Préparez le contrat et recueillez toutes ses signatures d'abord."),
    "contrat_echu": conflit("Contrat échu", "Le contrat a pris fin le {fin} : préparez-en un nouveau."),
    "pas_encore_du": conflit("Pas encore dû", "Ce constat ne sera vrai qu'à partir du {a_partir_du}."),
    "dossier_clos": conflit("Dossier clos", "Ce dossier est clos : on ne peut plus que faire effacer ses données."),
}
