"""The organisations and people of the partenaires tests, and the facts that put them in place."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from contracts.partenaires import (
    ConventionActivee,
    ConventionEchue,
    ConventionProposee,
    ConventionSignee,
    MembreHabilite,
    MembreInvite,
    MembreRetire,
    OrganisationInscrite,
    Regles,
)
from services.socle.facts.act import Acte
from tests.scenario import ASSOCIATION, BAILLEUR, acte

JANVIER, MARS, JUIN, DECEMBRE = date(2026, 1, 5), date(2026, 3, 2), date(2026, 6, 1), date(2026, 12, 31)
EXPLOITANT, SERVICE, AUTRE_BAILLEUR = UUID(int=0xE0), UUID(int=0x5E), UUID(int=0xB2)
EMETTEUR = "https://identite.exemple.fr/realms/maillage"
CONVENTION, DISPOSITIF = UUID(int=0xC0), UUID(int=0xD0)
AGENT, RESPONSABLE, SECOND = UUID(int=0x1), UUID(int=0x2), UUID(int=0x3)
REGLES = Regles(periodicite_mois=2, delai_reponse_jours=15)


def par_l_exploitant(le: date = JANVIER) -> Acte:
    return acte(le, EXPLOITANT, "exploitant")


def par_le_bailleur(le: date = JANVIER, role: str = "responsable") -> Acte:
    return acte(le, BAILLEUR, role)


def par_l_association(le: date = JANVIER, role: str = "coordinateur") -> Acte:
    return acte(le, ASSOCIATION, role)


def par_l_horloge(le: date) -> Acte:
    return acte(le, SERVICE, "service")


def nomme(sorte: str, circonstances: Acte) -> UUID:
    """The id of what a command creates, reckoned independently of the code under test."""
    return uuid5(circonstances.commande, f"{sorte}:{circonstances.organisation}")


def inscrite(organisation: UUID, nature: str, nom: str = "Organisation exemple") -> OrganisationInscrite:
    return OrganisationInscrite(organisation, nom, nature, "17415", EMETTEUR, JANVIER)


def invite(membre: UUID, organisation: UUID = BAILLEUR) -> MembreInvite:
    return MembreInvite(membre, organisation, "Camille Exemple", "camille@exemple.fr", JANVIER)


def habilite(
    membre: UUID,
    *roles: str,
    organisation: UUID = BAILLEUR,
    nature: str = "bailleur",
    sujet: str = "",
    le: date = JANVIER,
) -> MembreHabilite:
    return MembreHabilite(membre, organisation, nature, EMETTEUR, sujet or f"sujet-{membre.int}", roles, le)


def retire(membre: UUID, organisation: UUID = BAILLEUR) -> MembreRetire:
    return MembreRetire(membre, organisation, JANVIER)


proposee = ConventionProposee(CONVENTION, DISPOSITIF, BAILLEUR, ASSOCIATION, 30, JANVIER, DECEMBRE, REGLES, JANVIER)
signee_du_bailleur = ConventionSignee(CONVENTION, BAILLEUR, UUID(int=0x111), JANVIER)
signee_de_l_association = ConventionSignee(CONVENTION, ASSOCIATION, UUID(int=0x111), JANVIER)
activee = ConventionActivee(CONVENTION, DISPOSITIF, BAILLEUR, ASSOCIATION, 30, JANVIER, DECEMBRE, REGLES, JANVIER)
echue = ConventionEchue(CONVENTION, DECEMBRE, date(2027, 1, 1))
