"""Who may ask for what. An organisation that is no party learns nothing, not even that the dossier exists."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from services.dossiers.chapitres.parcours import Parcours
from services.socle.facts.act import Acte
from services.socle.facts.refusal import Motif, Refus, interdit

BAILLEUR = frozenset({"agent", "responsable"})
ASSOCIATION = frozenset({"referent", "coordinateur"})
COORDINATION = frozenset({"coordinateur"})
ENCADREMENT = frozenset({"responsable", "coordinateur"})
SERVICE = frozenset({"service"})


def exiger_bailleur(parcours: Parcours, acte: Acte) -> None:
    """The dossier's landlord, through one of its agents or managers."""
    _exiger_partie(parcours, acte)
    if acte.organisation != parcours.bailleur:
        raise Refus("reserve_au_bailleur")
    exiger_role(acte, BAILLEUR)


def exiger_association(parcours: Parcours, acte: Acte, roles: frozenset[str] = ASSOCIATION) -> None:
    """The dossier's association, through a member who holds one of `roles`."""
    _exiger_partie(parcours, acte)
    if acte.organisation != parcours.association:
        raise Refus("reserve_a_l_association")
    exiger_role(acte, roles)


def exiger_une_partie(parcours: Parcours, acte: Acte, roles: frozenset[str] = BAILLEUR | ASSOCIATION) -> None:
    """Either of the two, through a member who holds one of `roles`."""
    _exiger_partie(parcours, acte)
    exiger_role(acte, roles)


def exiger_service(parcours: Parcours, acte: Acte) -> None:
    """Maillage's own clock."""
    if parcours.bailleur is None:
        raise Refus("inconnu")
    if not acte.roles & SERVICE:
        _exiger_partie(parcours, acte)
        raise Refus("role_insuffisant", roles=sorted(SERVICE))


def exiger_role(acte: Acte, roles: frozenset[str]) -> None:
    if not acte.roles & roles:
        raise Refus("role_insuffisant", roles=sorted(roles))


def cote(parcours: Parcours, acte: Acte) -> str:
    """Which party acts, as a code of the list « partie »."""
    return "bailleur" if acte.organisation == parcours.bailleur else "association"


def _exiger_partie(parcours: Parcours, acte: Acte) -> None:
    parties: set[UUID | None] = {parcours.bailleur, parcours.association}
    if acte.organisation not in parties:
        raise Refus("inconnu")


REFUS: Mapping[str, Motif] = {
    "reserve_au_bailleur": interdit(
        "Réservé au bailleur", "Seul le bailleur peut le faire à ce moment du dossier : demandez-le-lui."
    ),
    "reserve_a_l_association": interdit(
        "Réservé à l'association", "Seule l'association peut le faire à ce moment du dossier : demandez-le-lui."
    ),
}
