from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.dossiers import OrientationRefusee
from services.dossiers.chapitres.orientation import (
    ExpirerOrientation,
    MettreALEtude,
    RefuserOrientation,
    RetirerOrientation,
    orientation,
)
from services.socle.facts.refusal import Refus
from tests.dossiers import histoire as h
from tests.dossiers.exemples import accepter, orienter_sous, refuser
from tests.scenario import etant_donne

etant_donne_que = etant_donne(orientation)
retirer = RetirerOrientation(motif="situation_resolue")
REPONSES = [MettreALEtude(), accepter, refuser]


# Orienting


def test_le_bailleur_oriente_sous_une_convention_active_avec_l_accord_du_menage() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(orienter_sous(), h.agent(h.janvier(7))).alors(h.oriente)


def test_sans_accord_rien_n_est_transmis() -> None:
    etant_donne_que(h.repere).quand(orienter_sous(), h.agent(h.janvier(7))).refus("consentement_absent")


def test_un_accord_pour_autre_chose_ne_suffit_pas() -> None:
    autre = replace(h.consenti, finalite="partage_synthese")
    etant_donne_que(h.repere, autre).quand(orienter_sous(), h.agent(h.janvier(7))).refus("consentement_absent")


def test_l_orientation_dit_tout_ce_a_quoi_le_menage_a_consenti() -> None:
    """The association cannot know otherwise what the landlord was told before, and who will read its synthesis."""
    partage = replace(h.consenti, finalite="partage_synthese")
    dite = replace(h.oriente, consentements=("partage_synthese", "transmission"))
    etant_donne_que(*h.AU_REPERAGE, partage).quand(orienter_sous(), h.agent(h.janvier(7))).alors(dite)


def test_un_accord_retire_ne_vaut_plus() -> None:
    etant_donne_que(*h.AU_REPERAGE, h.consentement_retire).quand(orienter_sous(), h.agent(h.janvier(10))).refus(
        "consentement_absent"
    )


def test_un_accord_redonne_vaut_a_nouveau() -> None:
    assert (
        etant_donne_que(*h.AU_REPERAGE, h.consentement_retire, h.consenti)
        .quand(orienter_sous(), h.agent(h.janvier(10)))
        .take()
    )


def test_retirer_l_accord_de_partage_n_enleve_pas_celui_de_transmission() -> None:
    partage_retire = replace(h.consentement_retire, finalite="partage_synthese")
    assert etant_donne_que(*h.AU_REPERAGE, partage_retire).quand(orienter_sous(), h.agent(h.janvier(10))).take()


@pytest.mark.parametrize(
    ("change", "motif"),
    [
        ({"bailleur": h.AUTRE}, "convention_autre_bailleur"),
        ({"association": h.AUTRE}, "convention_autre_association"),
        ({"dispositif": h.AUTRE}, "convention_autre_dispositif"),
        ({"active": False}, "convention_inactive"),
        ({"debut": h.janvier(8)}, "convention_inactive"),
        ({"fin": h.janvier(6)}, "convention_echue"),
        ({"fin": h.janvier(6), "active": False}, "convention_echue"),
        ({"prises": 30}, "capacite_atteinte"),
        ({"prises": 31}, "capacite_atteinte"),
    ],
)
def test_le_refus_dit_ce_qui_manque_a_la_convention(change: dict[str, Any], motif: str) -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(orienter_sous(replace(h.convention, **change)), h.agent(h.janvier(7))).refus(
        motif
    )


def test_une_convention_que_personne_ne_connait() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(orienter_sous(None), h.agent(h.janvier(7))).refus("convention_inconnue")


@pytest.mark.parametrize("change", [{"debut": h.janvier(7)}, {"fin": h.janvier(7)}])
def test_la_convention_vaut_de_son_premier_a_son_dernier_jour(change: dict[str, date]) -> None:
    convention = replace(h.convention, **change)
    assert etant_donne_que(*h.AU_REPERAGE).quand(orienter_sous(convention), h.agent(h.janvier(7))).take()


def test_jamais_deux_orientations_a_la_fois() -> None:
    for histoire in (h.A_L_ORIENTATION, (*h.A_L_ORIENTATION, h.a_l_etude), h.A_L_ACCEPTATION, h.A_L_ADHESION):
        etant_donne_que(*histoire).quand(orienter_sous(), h.agent(h.janvier(15))).refus("orientation_deja_ouverte")


@pytest.mark.parametrize("issue", [h.refusee, h.retiree, h.expiree])
def test_apres_une_orientation_sans_suite_on_reoriente(issue: object) -> None:
    histoire = (*h.A_L_ORIENTATION, issue)
    assert etant_donne_que(*histoire).quand(orienter_sous(), h.agent(h.janvier(25))).take()


def test_apres_un_refus_d_adherer_aussi() -> None:
    assert etant_donne_que(*h.A_L_ACCEPTATION, h.n_adhere_pas).quand(orienter_sous(), h.agent(h.janvier(25))).take()


def test_un_dossier_reste_avec_la_meme_association() -> None:
    convention = replace(h.convention, association=h.AUTRE)
    etant_donne_que(*h.A_L_ORIENTATION, h.refusee).quand(
        orienter_sous(convention, association=h.AUTRE), h.agent(h.janvier(25))
    ).refus("association_differente")


def test_les_conditions_sont_celles_de_la_convention_ce_jour_la() -> None:
    presse = replace(h.convention, conditions=replace(h.conditions, delai_reponse_jours=3, periodicite_mois=1))
    [fait] = etant_donne_que(*h.AU_REPERAGE).quand(orienter_sous(presse), h.agent(h.janvier(7))).take()
    assert (fait.conditions, fait.reponse_avant) == (presse.conditions, h.janvier(10))


def test_un_code_retire_depuis_le_reperage_n_empeche_pas_d_orienter() -> None:
    ancien = replace(h.repere, publics=("un_public_d_autrefois",))
    [fait] = etant_donne_que(ancien, h.consenti).quand(orienter_sous(), h.agent(h.janvier(7))).take()
    assert fait.publics == ("un_public_d_autrefois",)


def test_l_association_n_oriente_pas() -> None:
    etant_donne_que(*h.A_L_ORIENTATION, h.refusee).quand(orienter_sous(), h.referent(h.janvier(15))).refus(
        "reserve_au_bailleur"
    )


# Answering


def test_l_association_accepte_et_garde_sa_propre_copie_de_l_identite() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(accepter, h.coordinateur(h.janvier(12))).alors(h.acceptee)


def test_un_referent_peut_repondre_aussi() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(accepter, h.referent(h.janvier(12))).alors(h.acceptee)


def test_le_bailleur_ne_repond_pas_a_la_place_de_l_association() -> None:
    for reponse in REPONSES:
        etant_donne_que(*h.A_L_ORIENTATION).quand(reponse, h.agent(h.janvier(12))).refus("reserve_a_l_association")


def test_accepter_deux_fois_ne_change_rien() -> None:
    for histoire in (h.A_L_ACCEPTATION, h.A_L_ADHESION):
        etant_donne_que(*histoire).quand(accepter, h.coordinateur(h.janvier(15))).rien()


def test_le_dernier_jour_compte() -> None:
    assert etant_donne_que(*h.A_L_ORIENTATION).quand(accepter, h.coordinateur(h.LIMITE)).take()


def test_une_reponse_tardive_est_refusee_meme_si_l_horloge_n_est_pas_passee() -> None:
    for reponse in REPONSES:
        etant_donne_que(*h.A_L_ORIENTATION).quand(reponse, h.coordinateur(h.janvier(23))).refus("delai_depasse")


def test_une_reponse_a_une_orientation_expiree_le_dit() -> None:
    for reponse in REPONSES:
        etant_donne_que(*h.A_L_ORIENTATION, h.expiree).quand(reponse, h.coordinateur(h.janvier(24))).refus(
            "orientation_expiree"
        )


def test_une_reponse_a_une_orientation_retiree_le_dit() -> None:
    for reponse in REPONSES:
        etant_donne_que(*h.A_L_ORIENTATION, h.retiree).quand(reponse, h.coordinateur(h.janvier(10))).refus(
            "orientation_retiree"
        )


def test_une_orientation_refusee_ne_s_accepte_plus() -> None:
    for reponse in REPONSES:
        etant_donne_que(*h.A_L_ORIENTATION, h.refusee).quand(reponse, h.coordinateur(h.janvier(13))).refus(
            "orientation_refusee"
        )


def test_une_adhesion_refusee_met_fin_a_l_orientation() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION, h.n_adhere_pas).quand(accepter, h.coordinateur(h.janvier(15))).refus(
        "adhesion_refusee"
    )


def test_une_orientation_acceptee_ne_se_refuse_plus() -> None:
    for reponse in (MettreALEtude(), refuser):
        etant_donne_que(*h.A_L_ACCEPTATION).quand(reponse, h.coordinateur(h.janvier(13))).refus(
            "orientation_deja_acceptee"
        )


def test_l_etude_prolonge_le_delai() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(MettreALEtude(), h.coordinateur(h.janvier(8))).alors(h.a_l_etude)
    assert (
        etant_donne_que(*h.A_L_ORIENTATION, h.a_l_etude)
        .quand(accepter, h.coordinateur(h.a_l_etude.reponse_avant))
        .take()
    )


def test_l_etude_ne_se_demande_qu_une_fois() -> None:
    etant_donne_que(*h.A_L_ORIENTATION, h.a_l_etude).quand(MettreALEtude(), h.coordinateur(h.janvier(9))).refus(
        "etude_deja_demandee"
    )


def test_une_reorientation_donne_droit_a_une_nouvelle_etude() -> None:
    histoire = (*h.A_L_ORIENTATION, h.a_l_etude, h.refusee, replace(h.oriente, reponse_avant=date(2026, 3, 1)))
    assert etant_donne_que(*histoire).quand(MettreALEtude(), h.coordinateur(date(2026, 2, 20))).take()


def test_le_refus_nomme_son_auteur_son_etape_et_son_motif() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(
        RefuserOrientation(auteur="commission", etape="rencontre", motif="doublon"), h.coordinateur(h.janvier(12))
    ).alors(OrientationRefusee("commission", "rencontre", "doublon", "", h.janvier(12)))


def test_le_motif_autre_s_explique() -> None:
    autre = RefuserOrientation(auteur="association", etape="proposition", motif="autre")
    etant_donne_que(*h.A_L_ORIENTATION).quand(autre, h.coordinateur(h.janvier(12))).refus("precision_requise")
    explique = autre.model_copy(update={"precision": "Notre local ferme."})
    assert etant_donne_que(*h.A_L_ORIENTATION).quand(explique, h.coordinateur(h.janvier(12))).take()


# Taking back, expiring


def test_le_bailleur_retire_sa_demande_avant_la_reponse() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(retirer, h.agent(h.janvier(9))).alors(h.retiree)


def test_retirer_deux_fois_ne_change_rien() -> None:
    etant_donne_que(*h.A_L_ORIENTATION, h.retiree).quand(retirer, h.agent(h.janvier(9))).rien()


def test_on_ne_retire_pas_ce_qui_n_a_pas_ete_demande() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(retirer, h.agent(h.janvier(9))).refus("orientation_absente")


def test_le_bailleur_ne_retire_pas_une_orientation_acceptee() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(retirer, h.agent(h.janvier(13))).refus("orientation_deja_acceptee")


def test_le_bailleur_ne_retire_pas_apres_le_delai() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(retirer, h.agent(h.janvier(23))).refus("delai_depasse")


def test_l_association_ne_retire_pas() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(retirer, h.referent(h.janvier(9))).refus("reserve_au_bailleur")


def test_sans_reponse_l_orientation_expire_au_lendemain_du_delai() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(ExpirerOrientation(), h.horloge(h.LIMITE)).refus("pas_encore_du")
    etant_donne_que(*h.A_L_ORIENTATION).quand(ExpirerOrientation(), h.horloge(h.janvier(23))).alors(h.expiree)


def test_une_expiration_prematuree_dit_a_partir_de_quand() -> None:
    with pytest.raises(Refus) as refus:
        etant_donne_que(*h.A_L_ORIENTATION).quand(ExpirerOrientation(), h.horloge(h.LIMITE)).take()
    assert refus.value.details == {"a_partir_du": h.expiree.le}


def test_une_horloge_arretee_dix_jours_constate_la_meme_expiration() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(ExpirerOrientation(), h.horloge(date(2026, 2, 2))).alors(h.expiree)


def test_a_l_etude_l_orientation_expire_plus_tard() -> None:
    etant_donne_que(*h.A_L_ORIENTATION, h.a_l_etude).quand(ExpirerOrientation(), h.horloge(h.janvier(23))).refus(
        "pas_encore_du"
    )


@pytest.mark.parametrize("issue", [h.acceptee, h.refusee, h.retiree, h.expiree])
def test_ce_qui_a_eu_une_issue_n_expire_pas(issue: object) -> None:
    etant_donne_que(*h.A_L_ORIENTATION, issue).quand(ExpirerOrientation(), h.horloge(h.mai(1))).rien()


def test_ce_qui_n_est_pas_oriente_n_expire_pas() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(ExpirerOrientation(), h.horloge(h.mai(1))).rien()
