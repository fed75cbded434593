from __future__ import annotations

import pytest

from contracts.dossiers import DossierClos
from services.dossiers.chapitres.fin import CloreDossier, fin
from tests.dossiers import histoire as h
from tests.dossiers.exemples import clore
from tests.scenario import etant_donne

etant_donne_que = etant_donne(fin)
LE = h.clos.le


@pytest.mark.parametrize("histoire", [h.A_L_ACCEPTATION, h.A_L_ADHESION, h.AU_CONTRAT, h.EN_SUIVI])
def test_l_association_clot_l_accompagnement(histoire: tuple[object, ...]) -> None:
    etant_donne_que(*histoire).quand(clore, h.referent(LE)).alors(h.clos)
    etant_donne_que(*histoire).quand(clore, h.agent(LE)).refus("reserve_a_l_association")


@pytest.mark.parametrize(
    "histoire", [h.AU_REPERAGE, h.A_L_ORIENTATION, (*h.A_L_ORIENTATION, h.refusee), (*h.A_L_ORIENTATION, h.expiree)]
)
def test_avant_l_acceptation_c_est_le_bailleur(histoire: tuple[object, ...]) -> None:
    etant_donne_que(*histoire).quand(clore, h.agent(LE)).alors(h.clos)
    etant_donne_que(*histoire).quand(clore, h.coordinateur(LE)).refus(
        "reserve_au_bailleur" if h.oriente in histoire else "inconnu"
    )


def test_un_dossier_clos_ne_se_clot_plus() -> None:
    for qui in (h.agent, h.referent):
        etant_donne_que(*h.CLOS).quand(clore, qui(LE)).refus("dossier_clos")


def test_le_motif_autre_s_explique() -> None:
    autre = CloreDossier(motif="autre", situation="inconnue")
    etant_donne_que(*h.EN_SUIVI).quand(autre, h.referent(LE)).refus("precision_requise")
    etant_donne_que(*h.EN_SUIVI).quand(
        autre.model_copy(update={"precision": "Parti sans laisser d'adresse."}), h.referent(LE)
    ).alors(DossierClos("autre", "inconnue", "Parti sans laisser d'adresse.", LE))
