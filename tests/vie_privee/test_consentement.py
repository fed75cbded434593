"""The household's agreement: nothing is shared without it, and taking it back stops the sharing with the same request."""

from __future__ import annotations

from typing import Any

import httpx

from tests.frontieres.recit import Recit, accompagner, orienter, reevaluer, reperer
from tests.vie_privee.conftest import Deploiement, textes

TRANSMISSION = {"finalite": "transmission"}
PARTAGE = {"finalite": "partage_synthese"}
ACCORD = {"support": "rendez_vous_bureau"}


async def tout_ce_que_lit(deploiement: Deploiement, sujet: str, recit: Recit, depuis: httpx.Response) -> str:
    """All that an account reads of the dossier as soon as the command `depuis` was answered."""
    version = depuis.json()["version"]
    lu = ""
    for suffixe in ("", "/frise", "/notes", "/rendez-vous"):
        reponse = await deploiement.terrain.lire(
            sujet, "dossiers", f"/v1/dossiers/{recit.dossier}{suffixe}", au_moins=version
        )
        assert "maillage-perime" not in reponse.headers
        lu += reponse.text
    for chemin, corps in (("/v1/recherche", {"q": recit.marques["identite.nom"]}), ("/v1/portefeuille", None)):
        methode = deploiement.terrain.poster if corps else deploiement.terrain.lire
        lu += (await methode(sujet, "dossiers", chemin, *([corps] if corps else []))).text
    return lu


def trouves(recit: Recit, lu: str) -> set[str]:
    return {text for text in textes(recit) if text in lu}


async def tente(
    deploiement: Deploiement, sujet: str, recit: Recit, commande: str, corps: Any = None
) -> tuple[int, str]:
    reponse = await deploiement.terrain.poster(sujet, "dossiers", f"/v1/dossiers/{recit.dossier}/{commande}", corps)
    return reponse.status_code, reponse.json()["code"]


async def test_sans_accord_rien_n_est_transmis_et_le_retirer_reprend_tout(deploiement: Deploiement) -> None:
    recit = deploiement.recit("accord")
    agent, referent = recit.roles.agent, recit.roles.referent
    await reperer(recit)
    await orienter(recit, 1)
    await recit.fait(agent, "retirer-orientation", {"motif": "erreur"})
    await recit.fait(agent, "retirer-consentement", TRANSMISSION)
    [orientation] = [j.corps for j in recit.jouees if j.commande == "orienter"]
    assert await tente(deploiement, agent, recit, "orienter", orientation) == (409, "consentement_absent")

    await recit.fait(agent, "recueillir-consentement", TRANSMISSION | ACCORD)
    oriente = await recit.fait(agent, "orienter", orientation)
    assert recit.marques["identite.nom"] in await tout_ce_que_lit(deploiement, referent, recit, oriente)

    retire = await recit.fait(agent, "retirer-consentement", TRANSMISSION)
    assert trouves(recit, await tout_ce_que_lit(deploiement, referent, recit, retire)) == set()
    # Nor can the association go on with what it was asked: the request went with the agreement.
    assert await tente(deploiement, referent, recit, "accepter-orientation") == (409, "orientation_retiree")
    assert await tente(deploiement, agent, recit, "orienter", orientation) == (409, "consentement_absent")


async def test_la_synthese_ne_se_partage_que_tant_que_le_menage_le_veut(deploiement: Deploiement) -> None:
    recit = deploiement.recit("synthese")
    agent, referent = recit.roles.agent, recit.roles.referent
    await reperer(recit)
    await orienter(recit, 1)
    await recit.fait(recit.roles.coordinateur, "accepter-orientation")
    await accompagner(recit)
    derniere = await recit.fait(referent, "tenir-rencontre", {"support": "telephone"})
    lu = await tout_ce_que_lit(deploiement, agent, recit, derniere)
    assert recit.marques["synthese.2"] in lu
    assert recit.marques["synthese.1"] not in lu  # written before the household agreed

    retire = await recit.fait(referent, "retirer-consentement", PARTAGE)
    assert "synthese." not in await tout_ce_que_lit(deploiement, agent, recit, retire)
    apres = await reevaluer(recit, 3)
    assert "synthese." not in await tout_ce_que_lit(deploiement, agent, recit, apres)
    # Agreeing again shares what comes, not what was written meanwhile.
    accord = await recit.fait(referent, "recueillir-consentement", PARTAGE | ACCORD)
    assert "synthese." not in await tout_ce_que_lit(deploiement, agent, recit, accord)
    partagee = await reevaluer(recit, 4)
    assert recit.marques["synthese.4"] in await tout_ce_que_lit(deploiement, agent, recit, partagee)


async def test_la_boite_du_bailleur_ne_dit_pas_plus_que_son_dossier(deploiement: Deploiement) -> None:
    """« A shared summary » is announced when there is one; without the agreement, that a review was held."""
    recit = deploiement.recit("annonce")
    await reperer(recit)
    await orienter(recit, 1)
    await recit.fait(recit.roles.coordinateur, "accepter-orientation")
    await accompagner(recit)
    await recit.fait(recit.roles.referent, "retirer-consentement", PARTAGE)
    await reevaluer(recit, 3)
    await deploiement.terrain.calme()
    boite = (await deploiement.terrain.lire(recit.roles.agent, "notifications", "/v1/boite", limite=200)).json()
    objets = [m["objet"] for m in reversed(boite["elements"]) if m["dossier"] == recit.dossier]
    assert [o for o in objets if "synthese" in o or "reevalue" in o] == [
        "suivi_reevalue",
        "synthese_partagee",
        "suivi_reevalue",
    ]
