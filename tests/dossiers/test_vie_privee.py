from __future__ import annotations

import pytest
from msgspec.structs import replace

from contracts.dossiers import ConsentementRecueilli, ConsentementRetire, DonneesEffacees, OrientationRetiree
from services.dossiers.chapitres.vie_privee import (
    EffacerDonnees,
    RecueillirConsentement,
    RetirerConsentement,
    vie_privee,
)
from tests.dossiers import histoire as h
from tests.scenario import ASSOCIATION, BAILLEUR, etant_donne

etant_donne_que = etant_donne(vie_privee)
recueillir = RecueillirConsentement(finalite="transmission", support="visite_domicile")
retirer = RetirerConsentement(finalite="transmission")
effacer = EffacerDonnees()
JUIN_2 = h.efface_par_le_bailleur.le


def test_le_bailleur_recueille_l_accord_du_menage() -> None:
    etant_donne_que(h.repere).quand(recueillir, h.agent(h.janvier(6))).alors(h.consenti)


def test_l_association_en_recueille_aussi() -> None:
    partage = recueillir.model_copy(update={"finalite": "partage_synthese"})
    etant_donne_que(*h.A_L_ADHESION).quand(partage, h.referent(h.janvier(15))).alors(
        ConsentementRecueilli("partage_synthese", "visite_domicile", h.janvier(15))
    )


def test_un_accord_deja_donne_ne_se_redonne_pas() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(recueillir, h.agent(h.janvier(8))).rien()


def test_un_accord_retire_se_redonne() -> None:
    assert etant_donne_que(*h.AU_REPERAGE, h.consentement_retire).quand(recueillir, h.agent(h.janvier(10))).take()


def test_le_menage_retire_son_accord() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(retirer, h.agent(h.janvier(9))).alors(h.consentement_retire)


def test_retirer_ce_qui_n_a_pas_ete_donne_ne_change_rien() -> None:
    etant_donne_que(h.repere).quand(retirer, h.agent(h.janvier(9))).rien()
    etant_donne_que(*h.AU_REPERAGE, h.consentement_retire).quand(retirer, h.agent(h.janvier(9))).rien()


def test_retirer_l_accord_retire_l_orientation_sans_reponse() -> None:
    for histoire in (h.A_L_ORIENTATION, (*h.A_L_ORIENTATION, h.a_l_etude)):
        etant_donne_que(*histoire).quand(retirer, h.referent(h.janvier(9))).alors(
            h.consentement_retire, OrientationRetiree("consentement_retire", h.janvier(9))
        )


def test_mais_pas_une_orientation_acceptee() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(retirer, h.referent(h.janvier(13))).alors(
        ConsentementRetire("transmission", h.janvier(13))
    )


def test_retirer_un_autre_accord_laisse_l_orientation() -> None:
    partage = ConsentementRecueilli("partage_synthese", "visite_domicile", h.janvier(6))
    etant_donne_que(*h.A_L_ORIENTATION, partage).quand(
        RetirerConsentement(finalite="partage_synthese"), h.agent(h.janvier(9))
    ).alors(ConsentementRetire("partage_synthese", h.janvier(9)))


# Erasing


def test_chaque_organisation_efface_sa_propre_copie() -> None:
    etant_donne_que(*h.CLOS).quand(effacer, h.responsable(JUIN_2)).alors(h.efface_par_le_bailleur)
    etant_donne_que(*h.CLOS).quand(effacer, h.coordinateur(JUIN_2)).alors(h.efface_par_l_association)


def test_apres_l_une_l_autre_peut_encore() -> None:
    etant_donne_que(*h.CLOS, h.efface_par_le_bailleur).quand(effacer, h.coordinateur(JUIN_2)).alors(
        h.efface_par_l_association
    )


def test_effacer_deux_fois_ne_change_rien() -> None:
    etant_donne_que(*h.CLOS, h.efface_par_le_bailleur).quand(effacer, h.responsable(JUIN_2)).rien()


@pytest.mark.parametrize("issue", [h.refusee, h.retiree, h.expiree])
def test_on_efface_apres_une_orientation_sans_suite(issue: object) -> None:
    histoire = (*h.A_L_ORIENTATION, issue)
    etant_donne_que(*histoire).quand(effacer, h.responsable(JUIN_2)).alors(h.efface_par_le_bailleur)
    etant_donne_que(*histoire).quand(effacer, h.coordinateur(JUIN_2)).alors(h.efface_par_l_association)


def test_on_efface_un_menage_jamais_oriente() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(effacer, h.responsable(JUIN_2)).alors(h.efface_par_le_bailleur)


def test_on_n_efface_pas_un_accompagnement_en_cours() -> None:
    for histoire in (h.A_L_ORIENTATION, h.A_L_ACCEPTATION, h.A_L_ADHESION, h.EN_SUIVI):
        etant_donne_que(*histoire).quand(effacer, h.responsable(JUIN_2)).refus("dossier_ouvert")
        etant_donne_que(*histoire).quand(effacer, h.coordinateur(JUIN_2)).refus("dossier_ouvert")


def test_effacer_engage_celui_qui_repond_de_l_equipe() -> None:
    etant_donne_que(*h.CLOS).quand(effacer, h.agent(JUIN_2)).refus("role_insuffisant")
    etant_donne_que(*h.CLOS).quand(effacer, h.referent(JUIN_2)).refus("role_insuffisant")


def test_on_n_efface_pas_la_copie_d_une_autre_organisation() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(effacer, h.coordinateur(JUIN_2)).refus("inconnu")


def test_l_effacement_nomme_le_menage_et_l_organisation() -> None:
    [fait] = etant_donne_que(*h.CLOS).quand(effacer, replace(h.responsable(JUIN_2), membre=h.CAMILLE)).take()
    assert fait == DonneesEffacees(h.MENAGE, BAILLEUR, JUIN_2)
    assert ASSOCIATION != fait.organisation
