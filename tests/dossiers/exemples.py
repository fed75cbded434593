"""One accepted example of each command: the situation, what is asked, who asks and when. Common rules run over all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from contracts.dossiers import Engagement
from jeu import dossiers as g
from jeu.geste import Geste
from services.dossiers.app import CHAPITRES
from services.dossiers.chapitres.adhesion import RecueillirAdhesion, RefuserAdhesion
from services.dossiers.chapitres.contrat import (
    PreparerContrat,
    SignerContrat,
)
from services.dossiers.chapitres.convention import ConventionConnue
from services.dossiers.chapitres.entretien import TenirEntretienInitial
from services.dossiers.chapitres.equipe import DesignerParmi, DesignerReferent
from services.dossiers.chapitres.fin import CloreDossier
from services.dossiers.chapitres.notes import DeposerNote
from services.dossiers.chapitres.orientation import (
    AccepterAvecIdentite,
    AccepterOrientation,
    ExpirerOrientation,
    MettreALEtude,
    OrienterMenage,
    OrienterSousConvention,
    RefuserOrientation,
    RetirerOrientation,
)
from services.dossiers.chapitres.rendez_vous import (
    AnnulerRendezVous,
    FixerRendezVous,
    ManquerRendezVous,
    TenirRendezVous,
)
from services.dossiers.chapitres.reperage import (
    PoserDiagnostic,
    RepererMenage,
    TenirRencontre,
)
from services.dossiers.chapitres.suivi import (
    ConstaterEscalade,
    ConstaterManquee,
    ConstaterRetard,
    ReevaluerSuivi,
)
from services.dossiers.chapitres.vie_privee import EffacerDonnees, RecueillirConsentement, RetirerConsentement
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter
from services.socle.facts.command import Commande
from tests.dossiers import histoire as h

C = TypeVar("C", bound=Commande)


class Exemple(NamedTuple):
    histoire: tuple[object, ...]
    commande: Any
    acte: Acte


def demande(classe: type[C], geste: Geste[Any]) -> C:
    """A gesture as the command that its request is read into."""
    return classe.model_validate_json(msgspec.json.encode(geste.corps))


reperer = demande(RepererMenage, g.reperer(h.MENAGE, h.identite, h.composition, h.logement, ("familles",)))
identite_saisie = reperer.identite
orienter = demande(OrienterMenage, g.orienter(h.ACCORD, expose="Deux loyers de retard."))
accepter = AccepterAvecIdentite(AccepterOrientation(), h.identite, h.CONVENTION, places=30)
refuser = demande(RefuserOrientation, g.refuser("hors_territoire"))
tenir_entretien = demande(TenirEntretienInitial, g.tenir_entretien(h.besoins, "Veut rester.", "rendez_vous_bureau"))
engagement = Engagement("bailleur", "Étaler la dette.")
preparer = demande(
    PreparerContrat,
    g.preparer_contrat(h.CONTRAT, h.janvier(20), h.FIN, h.objectifs, [engagement], (h.mai(20), h.mars(20))),
)
reevaluer = demande(ReevaluerSuivi, h.point)
fixer = demande(
    FixerRendezVous, g.fixer_rendez_vous(h.RENDEZ_VOUS, h.janvier(22), avec=("menage", "bailleur"), lieu="Au domicile")
)
tenir_rdv = demande(TenirRendezVous, g.tenir_rendez_vous(h.RENDEZ_VOUS))
manquer_rdv = demande(ManquerRendezVous, g.manquer_rendez_vous(h.RENDEZ_VOUS))
annuler_rdv = demande(AnnulerRendezVous, g.annuler_rendez_vous(h.RENDEZ_VOUS))
noter = demande(DeposerNote, g.deposer_note(UUID(int=0x40), "equipe", "Un voisin aide.", "vivre_ensemble"))
clore = demande(CloreDossier, g.clore())


def orienter_sous(convention: ConventionConnue | None = h.convention, **change: Any) -> OrienterSousConvention:
    return OrienterSousConvention(orienter.model_copy(update=change), convention, h.identite)


def designer(referent: UUID) -> DesignerParmi:
    return DesignerParmi(DesignerReferent(referent=referent), frozenset({h.CAMILLE, h.DOMINIQUE}))


EXEMPLES: Mapping[str, Exemple] = {
    "reperer": Exemple((), reperer, h.agent(h.janvier(5))),
    "poser-diagnostic": Exemple(
        h.AU_REPERAGE, PoserDiagnostic(motifs=("impayes",), constat="Seule, endettée."), h.agent(h.janvier(6))
    ),
    "tenir-rencontre": Exemple(h.AU_REPERAGE, TenirRencontre(support="visite_domicile"), h.agent(h.janvier(6))),
    "recueillir-consentement": Exemple(
        (h.repere,), RecueillirConsentement(finalite="transmission", support="visite_domicile"), h.agent(h.janvier(6))
    ),
    "retirer-consentement": Exemple(h.AU_REPERAGE, RetirerConsentement(finalite="transmission"), h.agent(h.janvier(9))),
    "orienter": Exemple(h.AU_REPERAGE, orienter_sous(), h.agent(h.janvier(7))),
    "mettre-a-l-etude": Exemple(h.A_L_ORIENTATION, MettreALEtude(), h.coordinateur(h.janvier(8))),
    "accepter-orientation": Exemple(h.A_L_ORIENTATION, accepter, h.coordinateur(h.janvier(12))),
    "refuser-orientation": Exemple(h.A_L_ORIENTATION, refuser, h.coordinateur(h.janvier(12))),
    "retirer-orientation": Exemple(
        h.A_L_ORIENTATION, RetirerOrientation(motif="situation_resolue"), h.agent(h.janvier(9))
    ),
    "expirer-orientation": Exemple(h.A_L_ORIENTATION, ExpirerOrientation(), h.horloge(h.janvier(23))),
    "recueillir-adhesion": Exemple(
        h.A_L_ACCEPTATION, RecueillirAdhesion(support="visite_domicile"), h.referent(h.janvier(14))
    ),
    "refuser-adhesion": Exemple(h.A_L_ACCEPTATION, RefuserAdhesion(motif="non_adhesion"), h.referent(h.janvier(14))),
    "designer-referent": Exemple(h.A_L_ACCEPTATION, designer(h.CAMILLE), h.coordinateur(h.janvier(13))),
    "tenir-entretien-initial": Exemple(h.A_L_ADHESION, tenir_entretien, h.referent(h.janvier(16))),
    "preparer-contrat": Exemple(h.A_L_ENTRETIEN, preparer, h.referent(h.janvier(19))),
    "signer-contrat": Exemple(
        h.AU_CONTRAT, SignerContrat(contrat=h.CONTRAT, partie="menage", moyen="papier"), h.referent(h.janvier(20))
    ),
    "reevaluer": Exemple(h.EN_SUIVI, reevaluer, h.referent(h.mars(20))),
    "constater-retard": Exemple(h.EN_SUIVI, ConstaterRetard(echeance=h.mars(20)), h.horloge(h.mars(21))),
    "constater-escalade": Exemple(
        h.EN_SUIVI, ConstaterEscalade(echeance=h.mars(20)), h.horloge(h.mars(20).replace(month=4, day=4))
    ),
    "constater-manquee": Exemple(h.EN_SUIVI, ConstaterManquee(echeance=h.mars(20)), h.horloge(h.mai(21))),
    "fixer-rendez-vous": Exemple(h.A_L_ADHESION, fixer, h.referent(h.janvier(15))),
    "tenir-rendez-vous": Exemple((*h.A_L_ADHESION, h.fixe), tenir_rdv, h.referent(h.janvier(22))),
    "manquer-rendez-vous": Exemple((*h.A_L_ADHESION, h.fixe), manquer_rdv, h.referent(h.janvier(22))),
    "annuler-rendez-vous": Exemple((*h.A_L_ADHESION, h.fixe), annuler_rdv, h.referent(h.janvier(16))),
    "deposer-note": Exemple(h.A_L_ADHESION, noter, h.referent(h.janvier(15))),
    "clore": Exemple(h.EN_SUIVI, clore, h.referent(h.clos.le)),
    "effacer-donnees": Exemple(h.CLOS, EffacerDonnees(), h.coordinateur(h.clos.le.replace(day=2))),
}

TOUTES = {act.geste.nom: chapitre for chapitre in CHAPITRES for act in chapitre.acts}
"""Every act, and the chapter that decides about it."""
GESTES = {act.geste.nom: act.geste for chapitre in CHAPITRES for act in chapitre.acts}
COMMANDES = {nom: geste for nom, geste in GESTES.items() if not geste.horloge}
COMMANDES_DE_L_HORLOGE = {nom: geste for nom, geste in GESTES.items() if geste.horloge}


def chapitre(nom: str) -> Chapter[Any, Any, Any, Any, Any]:
    return TOUTES[nom]
