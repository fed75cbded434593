"""Every command, by every account it is not for: refused, nothing stored, and nothing learnt from the refusal.

To an organisation that is no party, what the command is about does not exist: the answer is the one an id of nothing gets.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.roles import Acces
from tests.frontieres.bases import Compter, comptable
from tests.frontieres.conftest import COMPTES, Scene
from tests.frontieres.exploration import INCONNU, Point, points, sans_correlation
from tests.frontieres.partage import COMMANDES
from tests.frontieres.recit import corps
from tests.frontieres.terrain import EQUIPES, RETIRE, SANS_ROLE
from tests.infra import Postgres

DEHORS = (*EQUIPES["payeurs"], *EQUIPES["dehors"])
PARTIES = (*EQUIPES["bailleur"], *EQUIPES["association"])


@pytest.fixture(scope="module")
async def compter(postgres: Postgres, acces: Acces) -> AsyncIterator[Compter]:
    async with comptable(postgres, acces) as compter:
        yield compter


def adresse(scene: Scene, point: Point, message: str = INCONNU) -> str:
    """Of the command, about what is the first network's."""
    notre = {
        "dossier": scene.notre.dossier,
        "convention": scene.notre.convention,
        "organisation": scene.terrain.organisations["semis"],
        "message": message,
    }
    return point.gabarit.format(**notre)


@pytest.mark.parametrize("point", points("post"), ids=lambda point: f"{point.service}:{point.commande}")
async def test_une_commande_n_est_que_pour_qui_elle_est(scene: Scene, compter: Compter, point: Point) -> None:
    """401 to whoever has no access, 403 to who may not, 404 to who must not even know."""
    avant = await compter()
    corps_ = corps(scene.notre)[point.commande]
    for sujet in COMPTES:
        if sujet in COMMANDES[point.service, point.gabarit]:
            continue
        reponse = await scene.terrain.poster(sujet, point.service, adresse(scene, point), corps_)
        if sujet in (*SANS_ROLE, RETIRE):
            assert (reponse.status_code, reponse.json()["code"]) == (401, "jeton_sans_acces"), sujet
        else:
            assert reponse.status_code in (403, 404), f"{sujet}: {reponse.text}"
        dits = [m for m in (*scene.notre.marques.values(), *scene.leur.marques.values()) if m in reponse.text]
        assert not dits, f"{sujet}: {reponse.text}"
    assert await compter() == avant


@pytest.mark.parametrize(
    "point",
    [p for p in points("post") if p.chose in ("dossier", "convention")],
    ids=lambda p: f"{p.service}:{p.commande}",
)
async def test_ce_qui_est_a_d_autres_n_existe_pas(scene: Scene, point: Point) -> None:
    """Byte for byte the answer about an id of nothing, body, headers and status."""
    corps_ = corps(scene.notre)[point.commande]
    entre_eux = COMMANDES[point.service, point.gabarit]
    for sujet in DEHORS:
        if sujet in entre_eux or (point.chose == "convention" and sujet in EQUIPES["payeurs"]):
            continue
        ici = adresse(scene, point)
        inexistant = point.gabarit.format(dossier=INCONNU, convention=INCONNU)
        reponses = [await scene.terrain.poster(sujet, point.service, a, corps_) for a in (ici, inexistant)]
        assert sans_correlation(reponses[0]) == sans_correlation(reponses[1]), sujet
        assert reponses[0].status_code in (403, 404)


async def test_on_ne_lit_que_ses_messages(scene: Scene, compter: Compter) -> None:
    """Whoever a message was not addressed to cannot mark it, and is told of nothing."""
    boites = {}
    for sujet in (*PARTIES, *DEHORS):
        page = (await scene.terrain.lire(sujet, "notifications", "/v1/boite", limite=200)).json()
        boites[sujet] = {element["message"] for element in page["elements"]}
    assert boites["semis.agent"]
    assert boites["tremplin17.referent"]
    assert boites["tremplin17.coordinateur"]
    assert not set.union(*(boites[s] for s in PARTIES)) & set.union(*(boites[s] for s in DEHORS))
    [point] = [p for p in points("post") if p.chose == "message"]
    avant = await compter()
    message = next(iter(boites["tremplin17.referent"] - boites["tremplin17.coordinateur"]))
    for sujet in (*PARTIES, *DEHORS):
        if message not in boites[sujet]:
            existant, inexistant = (adresse(scene, point, m) for m in (message, INCONNU))
            reponses = [await scene.terrain.poster(sujet, point.service, a) for a in (existant, inexistant)]
            assert reponses[0].status_code == 404
            assert sans_correlation(reponses[0]) == sans_correlation(reponses[1])
    assert await compter() == avant


# Questions that are asked with POST


@pytest.mark.parametrize("sujet", COMPTES)
async def test_on_ne_cherche_que_chez_soi(scene: Scene, sujet: str) -> None:
    """By name, by birth date, or by everything one knows of a household: those of others are not there, nor counted."""
    for recit, chez in ((scene.notre, "semis"), (scene.leur, "autre-bailleur")):
        siens = sujet.startswith((chez, {"semis": "tremplin17", "autre-bailleur": "autre-association"}[chez]))
        identite = {champ: recit.marques[f"identite.{champ}"] for champ in ("nom", "prenom", "adresse")}
        identite["naissance"] = recit.marques["naissance"].strip('"')
        questions: list[tuple[str, Any]] = [("/v1/doublons", {"identite": identite})]
        questions += [("/v1/recherche", {"q": q}) for q in (identite["nom"], identite["naissance"], recit.graine)]
        for chemin, corps_ in questions:
            reponse = await scene.terrain.poster(sujet, "dossiers", chemin, corps_)
            if siens and sujet not in (*SANS_ROLE, RETIRE):
                assert recit.dossier in reponse.text, f"{chemin} {corps_}"
            else:
                assert recit.dossier not in reponse.text
                assert reponse.status_code != 200 or recit.graine not in reponse.text
