"""The convention an orientation cites, as this service knows it, and whether it allows one more household."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from msgspec import Struct

from contracts.dossiers import Conditions
from services.socle.facts.refusal import Motif, Refus, a_changer


class ConventionConnue(Struct, frozen=True):
    """`active`: signed by both and declared so. `places` is its capacity in households, `prises` those taken now."""

    convention: UUID
    dispositif: UUID
    bailleur: UUID
    association: UUID
    places: int
    prises: int
    debut: date
    fin: date
    active: bool
    conditions: Conditions


def exiger_convention(
    convention: ConventionConnue | None, bailleur: UUID | None, association: UUID, dispositif: UUID, le: date
) -> ConventionConnue:
    """The convention, if it is active on `le` between these two on this dispositif, with a place left.

    Raises Refus with the condition that fails; about a convention between others, it says nothing more than that.
    """
    match convention:
        case None:
            raise Refus("convention_inconnue")
        case ConventionConnue(bailleur=autre) if autre != bailleur:
            raise Refus("convention_autre_bailleur")
        case ConventionConnue(association=autre) if autre != association:
            raise Refus("convention_autre_association")
        case ConventionConnue(dispositif=autre) if autre != dispositif:
            raise Refus("convention_autre_dispositif")
        case ConventionConnue(fin=fin) if fin < le:
            raise Refus("convention_echue", fin=fin)
        case ConventionConnue(active=active, debut=debut) if not active or le < debut:
            raise Refus("convention_inactive", debut=debut)
        case ConventionConnue(places=places, prises=prises) if prises >= places:
            raise Refus("capacite_atteinte", places=places)
        case _:
            return convention


REFUS: Mapping[str, Motif] = {
    "convention_inconnue": a_changer(
        "Convention inconnue", "Aucune convention en vigueur ne porte cet identifiant : choisissez-en une autre."
    ),
    "convention_autre_bailleur": a_changer(
        "Convention d'un autre bailleur", "Cette convention n'est pas la vôtre : citez l'une de vos conventions."
    ),
    "convention_autre_association": a_changer(
        "Convention d'une autre association",
        "Cette convention ne lie pas l'association choisie : corrigez l'une ou l'autre.",
    ),
    "convention_autre_dispositif": a_changer(
        "Convention d'un autre dispositif",
        "Cette convention ne porte pas sur le dispositif choisi : corrigez l'un ou l'autre.",
    ),
    "convention_inactive": a_changer(
        "Convention pas encore active",
        "Cette convention n'a pas commencé (début prévu le {debut}) ou n'est pas signée des deux parties.",
    ),
    "convention_echue": a_changer(
        "Convention échue", "Cette convention a pris fin le {fin} : citez une convention en cours."
    ),
}
