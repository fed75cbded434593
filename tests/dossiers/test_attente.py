"""Who is awaited, for what, until when, along a household's story."""

from __future__ import annotations

from typing import get_args

import pytest

from services.dossiers.chapitres.attente import Attente, Read, attendre
from tests.dossiers import histoire as h


def apres(*faits: object) -> Attente | None:
    attente: Attente | None = None
    for fait in faits:
        if isinstance(fait, get_args(Read)):
            attente = attendre(attente, fait)
    return attente


@pytest.mark.parametrize(
    ("faits", "attendue"),
    [
        (h.AU_REPERAGE, Attente("bailleur", "orienter")),
        (h.A_L_ORIENTATION, Attente("association", "repondre", h.LIMITE)),
        ((*h.A_L_ORIENTATION, h.a_l_etude), Attente("association", "repondre", h.a_l_etude.reponse_avant)),
        ((*h.A_L_ORIENTATION, h.refusee), Attente("bailleur", "orienter_de_nouveau")),
        ((*h.A_L_ORIENTATION, h.expiree), Attente("bailleur", "orienter_de_nouveau")),
        ((*h.A_L_ORIENTATION, h.retiree), None),
        (h.A_L_ACCEPTATION, Attente("association", "recueillir_adhesion")),
        ((*h.A_L_ACCEPTATION, h.n_adhere_pas), None),
        (h.A_L_ADHESION, Attente("association", "tenir_entretien")),
        (h.A_L_ENTRETIEN, Attente("association", "preparer_contrat")),
        (h.AU_CONTRAT, Attente("association", "signer_contrat", h.prepare.debut)),
        (h.EN_SUIVI, Attente("association", "reevaluer", h.mars(20))),
        (
            (*h.EN_SUIVI, h.reevalue(1, h.mars(20), h.mai(20), h.mars(20))),
            Attente("association", "reevaluer", h.mai(20)),
        ),
        ((*h.EN_SUIVI, h.reevalue(1, h.mars(20), None, h.mars(20))), Attente("association", "conclure")),
        (h.CLOS, None),
        ((*h.CLOS, h.efface_par_le_bailleur), None),
    ],
)
def test_qui_est_attendu(faits: tuple[object, ...], attendue: Attente | None) -> None:
    assert apres(*faits) == attendue


def test_le_bailleur_signe_le_dernier() -> None:
    une, deux = h.signe("menage"), h.signe("association")
    assert apres(*h.AU_CONTRAT, une) == Attente("association", "signer_contrat", h.prepare.debut, ("menage",))
    deja = ("menage", "association")
    assert apres(*h.AU_CONTRAT, une, deux) == Attente("bailleur", "signer_contrat", h.prepare.debut, deja)
    assert apres(*h.AU_CONTRAT, deux, h.signe("bailleur")) == Attente(
        "association", "signer_contrat", h.prepare.debut, ("association", "bailleur")
    )


def test_le_bailleur_signe_aussi_un_renouvellement() -> None:
    echu = (*h.EN_SUIVI, h.prepare, h.signe("menage"), h.signe("association"))
    attente = apres(*echu)
    assert attente is not None
    assert (attente.qui, attente.quoi) == ("bailleur", "signer_contrat")


def test_un_entretien_tenu_apres_le_contrat_n_attend_rien_de_neuf() -> None:
    sans = tuple(f for f in h.AU_CONTRAT if f is not h.entretien_tenu)
    assert apres(*sans, h.entretien_tenu) == apres(*sans) == Attente("association", "signer_contrat", h.prepare.debut)
