from __future__ import annotations

from uuid import UUID

from contracts.dossiers import ReferentDesigne
from services.dossiers.chapitres.equipe import equipe
from tests.dossiers import histoire as h
from tests.dossiers.exemples import designer
from tests.scenario import etant_donne

etant_donne_que = etant_donne(equipe)
camille = ReferentDesigne(h.CAMILLE, h.janvier(13))


def test_le_coordinateur_designe_un_referent() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(designer(h.CAMILLE), h.coordinateur(h.janvier(13))).alors(camille)


def test_un_referent_n_en_designe_pas() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(designer(h.CAMILLE), h.referent(h.janvier(13))).refus("role_insuffisant")


def test_le_bailleur_non_plus() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(designer(h.CAMILLE), h.responsable(h.janvier(13))).refus(
        "reserve_a_l_association"
    )


def test_il_se_remplace_a_tout_moment() -> None:
    etant_donne_que(*h.EN_SUIVI, camille).quand(designer(h.DOMINIQUE), h.coordinateur(h.mai(4))).alors(
        ReferentDesigne(h.DOMINIQUE, h.mai(4))
    )


def test_designer_le_meme_ne_change_rien() -> None:
    for histoire in ((*h.A_L_ACCEPTATION, camille), (*h.EN_SUIVI, camille)):
        etant_donne_que(*histoire).quand(designer(h.CAMILLE), h.coordinateur(h.janvier(25))).rien()


def test_le_referent_est_de_l_association() -> None:
    for histoire in (h.A_L_ACCEPTATION, h.EN_SUIVI):
        etant_donne_que(*histoire).quand(designer(UUID(int=0x77)), h.coordinateur(h.janvier(25))).refus(
            "referent_inconnu"
        )


def test_pas_de_referent_avant_l_acceptation() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(designer(h.CAMILLE), h.coordinateur(h.janvier(9))).refus(
        "orientation_non_acceptee"
    )


def test_une_nouvelle_orientation_repart_sans_referent() -> None:
    histoire = (*h.A_L_ACCEPTATION, camille, h.n_adhere_pas, h.oriente, h.acceptee)
    etant_donne_que(*histoire).quand(designer(h.CAMILLE), h.coordinateur(h.janvier(13))).alors(camille)
