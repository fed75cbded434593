from __future__ import annotations

from contracts.dossiers import AdhesionRefusee
from services.dossiers.chapitres.adhesion import RecueillirAdhesion, RefuserAdhesion, adhesion
from tests.dossiers import histoire as h
from tests.scenario import etant_donne

etant_donne_que = etant_donne(adhesion)
recueillir = RecueillirAdhesion(support="visite_domicile")
refuser = RefuserAdhesion(motif="non_adhesion")


def test_le_menage_adhere_apres_l_acceptation() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(recueillir, h.referent(h.janvier(14))).alors(h.adhere)


def test_il_n_adhere_pas_a_une_orientation_sans_reponse() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(recueillir, h.referent(h.janvier(14))).refus("orientation_non_acceptee")
    etant_donne_que(*h.A_L_ORIENTATION).quand(refuser, h.referent(h.janvier(14))).refus("orientation_non_acceptee")


def test_recueillir_deux_fois_l_adhesion_ne_change_rien() -> None:
    etant_donne_que(*h.A_L_ADHESION).quand(recueillir, h.referent(h.janvier(15))).rien()


def test_le_menage_peut_ne_pas_adherer() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(refuser, h.referent(h.janvier(14))).alors(h.n_adhere_pas)


def test_le_motif_autre_s_explique() -> None:
    autre = RefuserAdhesion(motif="autre")
    etant_donne_que(*h.A_L_ACCEPTATION).quand(autre, h.referent(h.janvier(14))).refus("precision_requise")
    etant_donne_que(*h.A_L_ACCEPTATION).quand(
        autre.model_copy(update={"precision": "Part chez sa sœur."}), h.referent(h.janvier(14))
    ).alors(AdhesionRefusee("autre", "Part chez sa sœur.", h.janvier(14)))


def test_une_adhesion_recueillie_ne_se_refuse_plus() -> None:
    etant_donne_que(*h.A_L_ADHESION).quand(refuser, h.referent(h.janvier(15))).refus("adhesion_deja_recueillie")


def test_apres_un_refus_on_n_adhere_plus_sans_nouvelle_orientation() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION, h.n_adhere_pas).quand(recueillir, h.referent(h.janvier(15))).refus(
        "orientation_non_acceptee"
    )


def test_le_bailleur_ne_recueille_pas_l_adhesion() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(recueillir, h.agent(h.janvier(14))).refus("reserve_a_l_association")
