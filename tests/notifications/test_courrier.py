"""What may be said, and who may say they have read it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from contracts.notifications import EcheanceSansSuite, MessageAdresse, MessageLu
from services.notifications.chapitres.courrier import (
    ClasserEcheance,
    EmettreRappel,
    LireMessage,
    courrier,
)
from services.socle.facts.act import Acte
from tests.scenario import ASSOCIATION, BAILLEUR, acte, etant_donne

etant_donne_que = etant_donne(courrier)

LE, ECHEANCE = date(2026, 3, 6), date(2026, 3, 20)
DOSSIER, CAMILLE, DOMINIQUE = UUID(int=0x11), UUID(int=0x30), UUID(int=0x31)

au_referent, aux_coordinateurs, au_bailleur = (UUID(int=n) for n in (1, 2, 3))
messages = (
    MessageAdresse(au_referent, DOSSIER, ASSOCIATION, None, CAMILLE, "reevaluation_en_retard", ECHEANCE, LE),
    MessageAdresse(aux_coordinateurs, DOSSIER, ASSOCIATION, "coordinateur", None, "orientation_recue", ECHEANCE, LE),
    MessageAdresse(au_bailleur, DOSSIER, BAILLEUR, None, None, "orientation_acceptee", None, LE),
)


def membre(organisation: UUID, qui: UUID, role: str) -> Acte:
    return acte(LE, organisation, role, membre=qui)


LECTEURS = {
    "son référent": (au_referent, membre(ASSOCIATION, CAMILLE, "referent"), True),
    "un autre référent": (au_referent, membre(ASSOCIATION, DOMINIQUE, "referent"), False),
    "un coordinateur, d'un message au référent": (au_referent, membre(ASSOCIATION, DOMINIQUE, "coordinateur"), False),
    "un coordinateur": (aux_coordinateurs, membre(ASSOCIATION, DOMINIQUE, "coordinateur"), True),
    "un référent, d'un message aux coordinateurs": (aux_coordinateurs, membre(ASSOCIATION, CAMILLE, "referent"), False),
    "un coordinateur d'ailleurs": (aux_coordinateurs, membre(UUID(int=9), DOMINIQUE, "coordinateur"), False),
    "un agent du bailleur": (au_bailleur, membre(BAILLEUR, DOMINIQUE, "agent"), True),
    "l'association, d'un message au bailleur": (au_bailleur, membre(ASSOCIATION, CAMILLE, "referent"), False),
    "personne, d'un message qui n'existe pas": (UUID(int=4), membre(BAILLEUR, DOMINIQUE, "agent"), False),
}


@pytest.mark.parametrize("cas", LECTEURS)
def test_un_message_est_lu_par_ceux_a_qui_il_est_adresse(cas: str) -> None:
    message, qui, permis = LECTEURS[cas]
    lire = etant_donne_que(*messages).quand(LireMessage(message=message), qui)
    lire.alors(MessageLu(message, qui.membre, LE)) if permis else lire.refus("inconnu")


def test_lire_deux_fois_ne_change_rien() -> None:
    histoire = (*messages, MessageLu(au_bailleur, CAMILLE, LE))
    lire = LireMessage(message=au_bailleur)
    etant_donne_que(*histoire).quand(lire, membre(BAILLEUR, CAMILLE, "agent")).rien()


def test_ce_que_l_un_a_lu_reste_nouveau_pour_l_autre() -> None:
    histoire = (*messages, MessageLu(au_bailleur, CAMILLE, LE))
    lire = LireMessage(message=au_bailleur)
    etant_donne_que(*histoire).quand(lire, membre(BAILLEUR, DOMINIQUE, "agent")).alors(
        MessageLu(au_bailleur, DOMINIQUE, LE)
    )


def test_un_rappel_part_une_fois_meme_si_le_referent_a_change_entre_temps() -> None:
    rappel = EmettreRappel(DOSSIER, "reevaluation_dans_14_jours", LE, ECHEANCE, ASSOCIATION, None, CAMILLE)
    [emis] = etant_donne_que(*messages).quand(rappel, acte(LE)).take()
    assert (emis.membre, emis.objet, emis.echeance, emis.le) == (CAMILLE, rappel.objet, ECHEANCE, LE)
    encore = EmettreRappel(DOSSIER, "reevaluation_dans_14_jours", LE, ECHEANCE, ASSOCIATION, None, DOMINIQUE)
    etant_donne_que(*messages, emis).quand(encore, acte(LE)).rien()


def test_les_rappels_d_une_autre_echeance_sont_d_autres_messages() -> None:
    premier = EmettreRappel(DOSSIER, "reevaluation_dans_14_jours", LE, ECHEANCE, ASSOCIATION, None, CAMILLE)
    [emis] = etant_donne_que().quand(premier, acte(LE)).take()
    mai = EmettreRappel(
        DOSSIER, "reevaluation_dans_14_jours", date(2026, 5, 6), date(2026, 5, 20), ASSOCIATION, None, CAMILLE
    )
    [autre] = etant_donne_que(emis).quand(mai, acte(date(2026, 5, 6))).take()
    assert autre.message != emis.message


def test_une_echeance_se_classe_une_fois() -> None:
    classer = ClasserEcheance(DOSSIER, "constater-retard", LE, "pas_encore_du")
    classee = EcheanceSansSuite(DOSSIER, "constater-retard", LE, "pas_encore_du")
    etant_donne_que().quand(classer, acte(LE)).alors(classee)
    etant_donne_que(classee).quand(ClasserEcheance(DOSSIER, "constater-retard", LE, "autre"), acte(LE)).rien()
