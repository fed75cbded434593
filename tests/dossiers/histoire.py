"""One household's year, told in facts, and the people who act in it. Each situation is the story up to a point."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from contracts.dossiers import (
    Besoin,
    Conditions,
    Constats,
    ContratSigne,
    Logement,
    Objectif,
    Progression,
    Score,
    SuiviReevalue,
)
from jeu import dossiers as g
from jeu.gens import TROIS, camille
from services.dossiers.chapitres.convention import ConventionConnue
from services.socle.facts.act import Acte
from tests.dossiers.calendrier_naif import grille
from tests.scenario import ASSOCIATION, BAILLEUR, acte

AUTRE = UUID(int=0xE)
MAILLAGE = UUID(int=0x5)
MENAGE, DOSSIER, DISPOSITIF, CONVENTION = (UUID(int=n) for n in (0x10, 0x11, 0x12, 0x13))
CONTRAT, BUDGET, VOISINS = (UUID(int=n) for n in (0x20, 0x21, 0x22))
RENDEZ_VOUS = UUID(int=0x50)
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


ACCORD = g.Accord(ASSOCIATION, DISPOSITIF, CONVENTION)
identite = camille(naissance="1980-02-29", telephone="0600000000", adresse="1 rue du Test")
composition = TROIS
logement = Logement("17415", True, "t3")
conditions = Conditions()
convention = ConventionConnue(
    CONVENTION, DISPOSITIF, BAILLEUR, ASSOCIATION, places=30, prises=29, debut=janvier(1), fin=FIN, active=True,
    conditions=conditions,
)  # fmt: skip

repere = g.reperer(MENAGE, identite, composition, logement, ("familles",)).laisse(janvier(5), bailleur=BAILLEUR)
consenti = g.recueillir_consentement(support="visite_domicile").laisse(janvier(6))
consentement_retire = g.retirer_consentement().laisse(janvier(9))
oriente = g.oriente(repere, g.orienter(ACCORD, expose="Deux loyers de retard."), janvier(7), LIMITE, conditions)
a_l_etude = g.mettre_a_l_etude().laisse(janvier(8), reponse_avant=date(2026, 2, 21))
acceptee = g.accepter().laisse(janvier(12), convention=CONVENTION, identite=identite)
refusee = g.refuser("hors_territoire").laisse(janvier(12))
retiree = g.retirer_orientation().laisse(janvier(9))
expiree = g.expirer_orientation().laisse(janvier(23), echeance=LIMITE)
adhere = g.recueillir_adhesion().laisse(janvier(14))
n_adhere_pas = g.refuser_adhesion().laisse(janvier(14))
besoins = (Besoin("difficultes-financieres", 2), Besoin("vivre_ensemble", 3))
entretien_tenu = g.tenir_entretien(besoins, "Veut rester.", "rendez_vous_bureau").laisse(janvier(16))
objectifs = (
    Objectif(BUDGET, "difficultes-financieres", "Tenir un budget", date(2026, 6, 30)),
    Objectif(VOISINS, "vivre_ensemble", "Renouer avec les voisins"),
)
prepare = g.preparer_contrat(CONTRAT, janvier(20), FIN, objectifs, (), (mars(20), mai(20))).laisse(janvier(19))


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
    return g.signe(prepare, partie, le, complet, prochaine, constats(prochaine))


signatures = g.signatures(prepare, JOUR_DE_SIGNATURE, mars(20), constats(mars(20)))

scores = (Score("difficultes-financieres", 3), Score("vivre_ensemble", 3))
point = g.reevaluer(scores, (Progression(BUDGET, 40), Progression(VOISINS, 0)), "Le budget tient.")


def reevalue(numero: int, echeance: date | None, prochaine: date | None, le: date) -> SuiviReevalue:
    return point.laisse(
        le, numero=numero, echeance=echeance, prochaine_echeance=prochaine, constats=constats(prochaine)
    )


fixe = g.fixer_rendez_vous(RENDEZ_VOUS, janvier(22), avec=("menage", "bailleur"), lieu="Au domicile").laisse(
    janvier(15), fuseau="Europe/Paris"
)
clos = g.clore().laisse(date(2026, 6, 1))
efface_par_le_bailleur, efface_par_l_association = (
    g.effacer_donnees().laisse(date(2026, 6, 2), menage=MENAGE, organisation=organisation)
    for organisation in (BAILLEUR, ASSOCIATION)
)

AU_REPERAGE = (repere, consenti)
A_L_ORIENTATION = (*AU_REPERAGE, oriente)
A_L_ACCEPTATION = (*A_L_ORIENTATION, acceptee)
A_L_ADHESION = (*A_L_ACCEPTATION, adhere)
A_L_ENTRETIEN = (*A_L_ADHESION, entretien_tenu)
AU_CONTRAT = (*A_L_ENTRETIEN, prepare)
EN_SUIVI = (*AU_CONTRAT, *signatures)
CLOS = (*EN_SUIVI, clos)
