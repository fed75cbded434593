"""What a person may do now: said by the rules themselves, before anybody tries."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.dossiers import histoire as h
from tests.dossiers.exemples import EXEMPLES
from tests.dossiers.gestes import ACTES, non
from tests.dossiers.quartier import Quartier


@pytest.mark.parametrize("nom", ACTES)
def test_ce_qui_serait_accepte_est_dit_possible(nom: str) -> None:
    exemple = EXEMPLES[nom]
    assert non(nom, exemple.histoire, exemple.acte) == set()


@pytest.mark.parametrize("nom", ACTES)
def test_sur_un_dossier_clos_seul_l_effacement_est_possible(nom: str) -> None:
    exemple = EXEMPLES[nom]
    impossible = non(nom, (*exemple.histoire, h.clos), exemple.acte)
    if nom == "effacer-donnees":
        assert impossible == set()
    else:
        assert impossible
        assert impossible <= {"dossier_clos", "reserve_au_bailleur", "reserve_a_l_association"}


@pytest.mark.parametrize("nom", ACTES)
def test_qui_n_est_pas_partie_n_apprend_rien(nom: str) -> None:
    exemple = EXEMPLES[nom]
    assert non(nom, exemple.histoire, h.etranger(exemple.acte.le)) == {"inconnu"}


def test_une_partie_qui_a_signe_ne_signe_plus() -> None:
    tous = non("signer-contrat", (*h.AU_CONTRAT, h.signe("menage"), h.signe("association")), h.referent(h.janvier(21)))
    assert tous == {"deja_signe", "reserve_au_bailleur"}


def test_on_ne_conclut_que_ce_qui_est_prevu() -> None:
    for nom in ("tenir-rendez-vous", "manquer-rendez-vous", "annuler-rendez-vous"):
        assert non(nom, h.A_L_ADHESION, h.referent(h.janvier(22))) == {"rendez_vous_inconnu"}
        assert non(nom, (*h.A_L_ADHESION, h.fixe), h.referent(h.janvier(22))) == set()


# Through the API


async def gestes(q: Quartier, sujet: str, dossier: str) -> dict[str, Any]:
    found: dict[str, Any] = (await q.lire(sujet, f"/v1/dossiers/{dossier}/gestes"))["gestes"]
    return found


async def test_chacun_lit_ce_qu_il_peut_faire(q: Quartier) -> None:
    dossier = await q.reperer("Geste", "Camille")
    au_bailleur = await gestes(q, "semis.agent", dossier)
    assert au_bailleur["poser-diagnostic"] is None
    assert au_bailleur["orienter"]["code"] == "consentement_absent"
    assert au_bailleur["orienter"]["detail"].startswith("Recueillez l'accord du ménage")
    assert au_bailleur["recueillir-consentement:transmission"] is None
    assert au_bailleur["retirer-consentement:transmission"]["code"] == "deja_fait"
    assert au_bailleur["effacer-donnees"]["code"] == "role_insuffisant"
    assert (await gestes(q, "semis.responsable", dossier))["effacer-donnees"] is None

    await q.orienter(dossier)
    assert (await gestes(q, "semis.agent", dossier))["orienter"]["code"] == "orientation_deja_ouverte"
    a_l_association = await gestes(q, "tremplin.coordinateur", dossier)
    assert a_l_association["accepter-orientation"] is None
    assert a_l_association["retirer-orientation"]["code"] == "reserve_au_bailleur"
    assert a_l_association["deposer-note"]["code"] == "orientation_non_acceptee"


async def test_les_gestes_d_un_dossier_ne_sont_qu_a_ses_parties(q: Quartier) -> None:
    dossier = await q.reperer("Geste", "Dominique")
    await q.orienter(dossier)
    for sujet in ("autre-bailleur.agent", "autre-association.coordinateur", "etat.analyste", "operateur"):
        reponse = await q.monde.lire(sujet, f"/v1/dossiers/{dossier}/gestes")
        absent = await q.monde.lire(sujet, f"/v1/dossiers/{uuid4()}/gestes")
        assert reponse.status_code == absent.status_code == 404
        assert reponse.json()["code"] == absent.json()["code"] == "inconnu"


async def test_demander_ses_gestes_n_ecrit_rien(q: Quartier) -> None:
    dossier = await q.reperer("Geste", "Claude")
    avant = (await q.lire("semis.agent", f"/v1/dossiers/{dossier}"))["version"]
    await gestes(q, "semis.agent", dossier)
    reponse = await q.monde.poster(
        "semis.agent", f"/v1/dossiers/{dossier}/tenir-rencontre", {"support": "rendez_vous_bureau"}
    )
    assert reponse.json()["version"] == avant + 1
