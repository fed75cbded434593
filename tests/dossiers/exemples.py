"""One accepted example of each command: the situation, what is asked, who asks and when. Common rules run over all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from services.dossiers.app import CHAPITRES
from services.dossiers.chapitres.adhesion import RecueillirAdhesion, RefuserAdhesion
from services.dossiers.chapitres.contrat import (
    EngagementSaisi,
    ObjectifSaisi,
    PreparerContrat,
    SignerContrat,
)
from services.dossiers.chapitres.convention import ConventionConnue
from services.dossiers.chapitres.entretien import BesoinSaisi, TenirEntretienInitial
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
from services.dossiers.chapitres.reperage import (
    CompositionSaisie,
    IdentiteSaisie,
    LogementSaisi,
    PoserDiagnostic,
    RepererMenage,
    TenirRencontre,
)
from services.dossiers.chapitres.suivi import (
    ConstaterEscalade,
    ConstaterManquee,
    ConstaterRetard,
    ProgressionSaisie,
    ReevaluerSuivi,
    ScoreSaisi,
)
from services.dossiers.chapitres.vie_privee import EffacerDonnees, RecueillirConsentement, RetirerConsentement
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter
from tests.dossiers import histoire as h
from tests.scenario import ASSOCIATION


class Exemple(NamedTuple):
    histoire: tuple[object, ...]
    commande: Any
    acte: Acte


identite_saisie = IdentiteSaisie.model_validate(
    {
        "nom": "Exemple",
        "prenom": "Camille",
        "naissance": "1980-02-29",
        "telephone": "0600000000",
        "adresse": "1 rue du Test",
    }
)
reperer = RepererMenage(
    menage=h.MENAGE,
    identite=identite_saisie,
    composition=CompositionSaisie(adultes=1, enfants=2, type_menage="famille_monoparentale", tranche_age="25-39"),
    logement=LogementSaisi(commune="17415", qpv=True, typologie="t3"),
    publics=("familles",),
)
orienter = OrienterMenage(
    association=ASSOCIATION,
    dispositif=h.DISPOSITIF,
    convention=h.CONVENTION,
    motifs=("impayes",),
    expose="Deux loyers de retard.",
)
accepter = AccepterAvecIdentite(AccepterOrientation(), h.identite, h.CONVENTION, places=30)
refuser = RefuserOrientation(auteur="association", etape="proposition", motif="hors_territoire")
tenir_entretien = TenirEntretienInitial(
    besoins=(BesoinSaisi(theme="difficultes-financieres", score=2), BesoinSaisi(theme="vivre_ensemble", score=3)),
    synthese="Veut rester.",
    support="rendez_vous_bureau",
)
preparer = PreparerContrat(
    contrat=h.CONTRAT,
    debut=h.janvier(20),
    fin=h.FIN,
    objectifs=tuple(
        ObjectifSaisi(objectif=o.objectif, theme=o.theme, intitule=o.intitule, terme=o.terme) for o in h.objectifs
    ),
    engagements=(EngagementSaisi(partie="bailleur", texte="Étaler la dette."),),
    calendrier=(h.mai(20), h.mars(20)),
)
reevaluer = ReevaluerSuivi(
    scores=(ScoreSaisi(theme="difficultes-financieres", score=3), ScoreSaisi(theme="vivre_ensemble", score=3)),
    progressions=(
        ProgressionSaisie(objectif=h.BUDGET, avancement=40),
        ProgressionSaisie(objectif=h.VOISINS, avancement=0),
    ),
    synthese="Le budget tient.",
)
noter = DeposerNote(note=UUID(int=0x40), niveau="equipe", theme="vivre_ensemble", texte="Un voisin aide.")
clore = CloreDossier(motif="objectifs_atteints", situation="maintien_logement")


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
