"""Who is told of what: from a fact of a dossier to the messages it gives rise to.

The landlord is told where things stand and which dates hold; never a theme, a score or why the household declined. Nobody
is told of what they did themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeAlias, assert_never
from uuid import UUID, uuid5

from msgspec import Struct

from contracts import dossiers as d
from contracts.notifications import MessageAdresse
from services.socle.base.recorded import Recorded
from services.socle.views.view import Row

COORDINATION = "coordinateur"


class Annonce(Struct, frozen=True):
    """A message before it has an id: `organisation` None when the dossier has no such party yet."""

    objet: str
    organisation: UUID | None
    role: str | None = None
    membre: UUID | None = None
    echeance: date | None = None


Suivi: TypeAlias = Row
"""The dossier's row of `vues.suivis`, once the fact is folded into it."""


def messages(suivi: Suivi, fait: Recorded[Any]) -> list[MessageAdresse]:
    """What is said because of `fait`, each message named after it: the same fact says the same, however often it comes."""
    return [
        MessageAdresse(
            uuid5(fait.id, str(rang)), fait.stream, annonce.organisation, annonce.role, annonce.membre, annonce.objet,
            annonce.echeance, fait.event.le,
        )
        for rang, annonce in enumerate(_annonces(suivi, fait.event))
        if annonce.organisation is not None and not _le_sait(annonce, fait)
    ]  # fmt: skip


def _le_sait(annonce: Annonce, fait: Recorded[Any]) -> bool:
    if annonce.membre is not None:
        return annonce.membre == fait.auteur
    return annonce.organisation == fait.organisation


def _annonces(suivi: Suivi, event: d.Event) -> Sequence[Annonce]:
    match event:
        case d.MenageOriente(reponse_avant=limite):
            return [_coordination(suivi, "orientation_recue", limite)]
        case d.OrientationMiseALEtude(reponse_avant=limite):
            return [_bailleur(suivi, "orientation_a_l_etude", limite)]
        case d.OrientationAcceptee():
            return [_bailleur(suivi, "orientation_acceptee")]
        case d.OrientationRefusee():
            return [_bailleur(suivi, "orientation_refusee")]
        case d.OrientationRetiree():
            return [_coordination(suivi, "orientation_retiree")]
        case d.OrientationExpiree(echeance=limite):
            return [
                _bailleur(suivi, "orientation_expiree", limite),
                _coordination(suivi, "orientation_expiree", limite),
            ]
        case d.AdhesionRefusee():
            return [_bailleur(suivi, "adhesion_refusee")]
        case d.ReferentDesigne():
            return [referent(suivi, "dossier_confie")]
        case d.ContratPrepare(debut=debut):
            return [_bailleur(suivi, "contrat_a_signer", debut)]
        case d.ContratSigne(complet=False):
            return []
        case d.ContratSigne(prochaine_echeance=prochaine):
            return [_bailleur(suivi, "contrat_en_vigueur", prochaine), referent(suivi, "contrat_en_vigueur", prochaine)]
        case d.SuiviReevalue(prochaine_echeance=prochaine, synthese=synthese):
            partagee = suivi["synthese_partagee"] and synthese
            return [_bailleur(suivi, "synthese_partagee" if partagee else "suivi_reevalue", prochaine)]
        case d.ReevaluationEnRetard(echeance=echeance):
            return [referent(suivi, "reevaluation_en_retard", echeance)]
        case d.ReevaluationEscaladee(echeance=echeance):
            return [_coordination(suivi, "reevaluation_escaladee", echeance)]
        case d.ReevaluationManquee(echeance=echeance):
            return [referent(suivi, "reevaluation_manquee", echeance)]
        case d.DossierClos():
            return [_bailleur(suivi, "dossier_clos"), _coordination(suivi, "dossier_clos")]
        case d.MenageRepere() | d.DiagnosticPose() | d.RencontreTenue():
            return []  # the landlord's own work, and meetings: whoever held one knows
        case d.AdhesionRecueillie() | d.EntretienInitialTenu():
            return []  # the association's own work; the contract that follows is announced
        case d.ConsentementRecueilli() | d.ConsentementRetire() | d.DonneesEffacees():
            return []  # between the household and whom it spoke to
        case d.RendezVousFixe() | d.RendezVousTenu() | d.RendezVousManque() | d.RendezVousAnnule():
            return []  # who comes was asked; whoever opens the dossier sees it
        case d.NoteDeposee() | d.PlacePrise() | d.PlaceRendue():
            return []  # a note is for those who open the dossier; places tell nothing that the answer does not
        case other:
            assert_never(other)


def rappel(suivi: Suivi, objet: str, echeance: date) -> Annonce:
    """Whom a reminder goes to."""
    if objet == "orientation_a_repondre":
        return _coordination(suivi, objet, echeance)
    return referent(suivi, objet, echeance)


def referent(suivi: Suivi, objet: str, echeance: date | None = None) -> Annonce:
    """To the one who follows the household; as long as nobody does, to those who have to name somebody."""
    if suivi["referent"] is None:
        return _coordination(suivi, objet, echeance)
    return Annonce(objet, suivi["association"], membre=suivi["referent"], echeance=echeance)


def _coordination(suivi: Suivi, objet: str, echeance: date | None = None) -> Annonce:
    return Annonce(objet, suivi["association"], role=COORDINATION, echeance=echeance)


def _bailleur(suivi: Suivi, objet: str, echeance: date | None = None) -> Annonce:
    return Annonce(objet, suivi["bailleur"], echeance=echeance)
