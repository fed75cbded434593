"""One household's year, told in facts, and the people who act in it. Each situation is the story up to a point."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from contracts.dossiers import (
    AdhesionRecueillie,
    AdhesionRefusee,
    Besoin,
    Composition,
    Conditions,
    ConsentementRecueilli,
    ConsentementRetire,
    Constats,
    ContratPrepare,
    ContratSigne,
    DonneesEffacees,
    DossierClos,
    EntretienInitialTenu,
    Identite,
    Logement,
    MenageOriente,
    MenageRepere,
    Objectif,
    OrientationAcceptee,
    OrientationExpiree,
    OrientationMiseALEtude,
    OrientationRefusee,
    OrientationRetiree,
    Progression,
    Score,
    SuiviReevalue,
)
from services.dossiers.chapitres.convention import ConventionConnue
from services.socle.facts.act import Acte
from tests.dossiers.calendrier_naif import grille
from tests.scenario import ASSOCIATION, BAILLEUR, acte

AUTRE = UUID(int=0xE)
MAILLAGE = UUID(int=0x5)
MENAGE, DOSSIER, DISPOSITIF, CONVENTION = (UUID(int=n) for n in (0x10, 0x11, 0x12, 0x13))
CONTRAT, BUDGET, VOISINS = (UUID(int=n) for n in (0x20, 0x21, 0x22))
CAMILLE, DOMINIQUE = UUID(int=0x30), UUID(int=0x31)


def janvier(jour: int) -> date:
    return date(2026, 1, jour)


def mars(jour: int) -> date:
    return date(2026, 3, jour)


def mai(jour: int) -> date:
    return date(2026, 5, jour)


FIN = date(2026, 12, 31)
LIMITE = janvier(22)


def agent(le: date) -> Acte:
    return acte(le, BAILLEUR, "agent")


def responsable(le: date) -> Acte:
    return acte(le, BAILLEUR, "responsable")


def referent(le: date) -> Acte:
    return acte(le, ASSOCIATION, "referent")


def coordinateur(le: date) -> Acte:
    return acte(le, ASSOCIATION, "coordinateur")


def horloge(le: date) -> Acte:
    return acte(le, MAILLAGE, "service")


def etranger(le: date) -> Acte:
    return acte(le, AUTRE, "agent", "responsable", "referent", "coordinateur")


identite = Identite("Exemple", "Camille", "1980-02-29", "0600000000", "", "1 rue du Test")
composition = Composition(1, 2, "famille_monoparentale", "25-39")
logement = Logement("17415", True, "t3")
conditions = Conditions()
convention = ConventionConnue(
    CONVENTION, DISPOSITIF, BAILLEUR, ASSOCIATION, places=30, prises=29, debut=janvier(1), fin=FIN, active=True,
    conditions=conditions,
)  # fmt: skip

repere = MenageRepere(MENAGE, BAILLEUR, identite, composition, logement, ("familles",), janvier(5))
consenti = ConsentementRecueilli("transmission", "visite_domicile", janvier(6))
consentement_retire = ConsentementRetire("transmission", janvier(9))
oriente = MenageOriente(
    MENAGE, BAILLEUR, ASSOCIATION, DISPOSITIF, CONVENTION, identite, composition, logement, ("familles",),
    ("impayes",), "Deux loyers de retard.", conditions, reponse_avant=LIMITE, le=janvier(7),
)  # fmt: skip
a_l_etude = OrientationMiseALEtude(date(2026, 2, 21), janvier(8))
acceptee = OrientationAcceptee(CONVENTION, identite, janvier(12))
refusee = OrientationRefusee("association", "proposition", "hors_territoire", "", janvier(12))
retiree = OrientationRetiree("situation_resolue", janvier(9))
expiree = OrientationExpiree(LIMITE, janvier(23))
adhere = AdhesionRecueillie("visite_domicile", janvier(14))
n_adhere_pas = AdhesionRefusee("non_adhesion", "", janvier(14))
entretien_tenu = EntretienInitialTenu(
    (Besoin("difficultes-financieres", 2), Besoin("vivre_ensemble", 3)),
    "Veut rester.",
    "rendez_vous_bureau",
    janvier(16),
)
objectifs = (
    Objectif(BUDGET, "difficultes-financieres", "Tenir un budget", date(2026, 6, 30)),
    Objectif(VOISINS, "vivre_ensemble", "Renouer avec les voisins"),
)
prepare = ContratPrepare(CONTRAT, janvier(20), FIN, objectifs, (), (mars(20), mai(20)), janvier(19))


JOUR_DE_SIGNATURE = janvier(20)


def constats(
    echeance: date | None, signature: date = JOUR_DE_SIGNATURE, fin: date = FIN, mois: int = 2
) -> Constats | None:
    """What becomes of a due date of a contract signed that day, if nobody holds its review."""
    if echeance is None:
        return None
    suivante = next((due for due in grille(signature, fin, mois) if due > echeance), fin)
    manquee, escalade = suivante + timedelta(days=1), echeance + timedelta(days=15)
    return Constats(echeance + timedelta(days=1), escalade if escalade <= manquee else None, manquee)


def signe(
    partie: str, le: date = JOUR_DE_SIGNATURE, complet: bool = False, prochaine: date | None = None
) -> ContratSigne:
    return ContratSigne(CONTRAT, partie, "papier", complet, JOUR_DE_SIGNATURE, FIN, prochaine, le, constats(prochaine))


signatures = (signe("menage"), signe("association"), signe("bailleur", complet=True, prochaine=mars(20)))


def reevalue(numero: int, echeance: date | None, prochaine: date | None, le: date) -> SuiviReevalue:
    return SuiviReevalue(
        numero,
        echeance,
        (Score("difficultes-financieres", 3), Score("vivre_ensemble", 3)),
        (Progression(BUDGET, 40), Progression(VOISINS, 0)),
        "Le budget tient.",
        prochaine,
        le,
        constats(prochaine),
    )


clos = DossierClos("objectifs_atteints", "maintien_logement", "", date(2026, 6, 1))
efface_par_le_bailleur = DonneesEffacees(MENAGE, BAILLEUR, date(2026, 6, 2))
efface_par_l_association = DonneesEffacees(MENAGE, ASSOCIATION, date(2026, 6, 2))

AU_REPERAGE = (repere, consenti)
A_L_ORIENTATION = (*AU_REPERAGE, oriente)
A_L_ACCEPTATION = (*A_L_ORIENTATION, acceptee)
A_L_ADHESION = (*A_L_ACCEPTATION, adhere)
A_L_ENTRETIEN = (*A_L_ADHESION, entretien_tenu)
AU_CONTRAT = (*A_L_ENTRETIEN, prepare)
EN_SUIVI = (*AU_CONTRAT, *signatures)
CLOS = (*EN_SUIVI, clos)
