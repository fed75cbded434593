"""Who is awaited, for what, until when: the one source of it, for every list, page and count of either party.

The views of the landlord and of the association fold it beside the rest of their rows; neither decides it again.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias, assert_never

from msgspec import Struct
from msgspec.structs import replace

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    ConsentementRecueilli,
    ConsentementRetire,
    ContratPrepare,
    ContratSigne,
    DiagnosticPose,
    DonneesEffacees,
    DossierClos,
    EntretienInitialTenu,
    MenageOriente,
    MenageRepere,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationMiseALEtude,
    OrientationRefusee,
    OrientationRetiree,
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    RencontreTenue,
    SuiviReevalue,
    adhesion,
    contrat,
    entretien,
    fin,
    orientation,
    reperage,
    suivi,
    vie_privee,
)

Qui: TypeAlias = Literal["bailleur", "association"]
Quoi: TypeAlias = Literal[
    "orienter",
    "repondre",
    "orienter_de_nouveau",
    "recueillir_adhesion",
    "tenir_entretien",
    "preparer_contrat",
    "signer_contrat",
    "reevaluer",
    "conclure",
]
"""`conclure`: the contract plans no review any more; what follows is an end, or another contract."""

Read: TypeAlias = (
    reperage.Event
    | orientation.Event
    | adhesion.Event
    | entretien.Event
    | contrat.Event
    | suivi.Event
    | vie_privee.Event
    | fin.Event
)
Ignored: TypeAlias = (
    DiagnosticPose
    | RencontreTenue
    | ReevaluationEnRetard
    | ReevaluationEscaladee
    | ConsentementRecueilli
    | ConsentementRetire
)
"""They change nothing of what is awaited."""


class Attente(Struct, frozen=True):
    """`avant`: the last day it can be done in time, None when nothing says. `signataires`: who has signed the contract that
    awaits signatures."""

    qui: Qui
    quoi: Quoi
    avant: date | None = None
    signataires: tuple[str, ...] = ()


def attendre(avant: Attente | None, event: Read) -> Attente | None:
    """What is awaited after `event`; None when nobody has to do anything."""
    match event:
        case MenageRepere():
            return Attente("bailleur", "orienter")
        case MenageOriente(reponse_avant=limite) | OrientationMiseALEtude(reponse_avant=limite):
            return Attente("association", "repondre", limite)
        case OrientationRefusee() | OrientationExpiree():
            return Attente("bailleur", "orienter_de_nouveau")
        case OrientationAcceptee():
            return Attente("association", "recueillir_adhesion")
        case AdhesionRecueillie():
            return Attente("association", "tenir_entretien")
        case EntretienInitialTenu():
            # Where the dispositif does not ask for it first, it may be held after the contract: nothing new is awaited then.
            return Attente("association", "preparer_contrat") if avant and avant.quoi == "tenir_entretien" else avant
        case ContratPrepare(debut=debut):
            return Attente("association", "signer_contrat", debut)
        case ContratSigne(complet=True, prochaine_echeance=prochaine):
            return _suivi(prochaine)
        case ContratSigne(partie=partie):
            return avant and _signer(avant, partie)
        case SuiviReevalue(prochaine_echeance=prochaine) | ReevaluationManquee(prochaine_echeance=prochaine):
            return _suivi(prochaine)
        case OrientationRetiree() | AdhesionRefusee() | DossierClos() | DonneesEffacees():
            return None
        case other:
            return avant if isinstance(other, Ignored) else assert_never(other)


def _suivi(prochaine: date | None) -> Attente:
    return Attente("association", "reevaluer", prochaine) if prochaine else Attente("association", "conclure")


def _signer(avant: Attente, partie: str) -> Attente:
    """The household signs with the association; the landlord is awaited once both have."""
    signataires = (*avant.signataires, partie)
    return replace(
        avant,
        qui="bailleur" if {"menage", "association"} <= set(signataires) else "association",
        signataires=signataires,
    )
