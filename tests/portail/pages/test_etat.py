"""What whoever runs the deployment sees of it, and what nobody else does."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest

from services.portail.pages.etat import Ligne, _ligne, retard
from services.socle.base.database import connect
from tests.portail.conftest import Lieu, pages
from tests.portail.navigateur import Navigateur

UN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BIEN: dict[str, Any] = {
    "vivant": True,
    "age_s": 1.0,
    "relais": {"derriere": 0, "plafond": 100_000, "epoque": "e"},
    "projection": {"derriere": 0, "plafond": 1000},
    "gares": {"flux": 0, "faits": 0, "liste": []},
    "plus_vieille_transaction_s": 0.0,
}


def ligne(**travail: Any) -> Ligne:
    return _ligne("dossiers", {"version": "1", "postgres": "18", "travail": {**BIEN, **travail}})


async def test_tout_ce_qui_tourne_est_dit_au_premier_ecran(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("exploitant")
    assert n.page.chemin == "/etat"
    for service in ("Dossiers", "Partenaires", "Notifications", "Pages"):
        assert f"{service} En marche" in n.page.texte
    assert "Tous les services répondent, et rien n’attend." in n.page.texte
    await n.suivre("Actualiser")
    assert n.page.chemin == "/etat"


@pytest.mark.parametrize("sujet", ["semis.agent", "tremplin17.coordinateur", "etat.analyste"])
async def test_l_etat_n_est_que_pour_l_exploitant(navigateur: Navigateur, sujet: str) -> None:
    await navigateur.se_connecter(sujet)
    rien = await navigateur.aller("/ce-qui-n-existe-pas")
    page = await navigateur.aller("/etat")
    assert page.statut == 404
    assert UN_ID.sub("", page.texte) == UN_ID.sub("", rien.texte)


async def test_un_service_absent_est_une_ligne_et_non_la_fin_de_la_page(lieu: Lieu) -> None:
    async with pages(lieu, url_notifications="http://127.0.0.1:1") as adresse, Navigateur(adresse) as n:
        await n.se_connecter("exploitant")
        assert n.page.statut == 200
        assert "Notifications Ne répond pas" in n.page.texte
        assert "ne répond pas : relancez le service, et lisez son journal (notifications)" in n.page.texte
        assert "Dossiers En marche" in n.page.texte


async def test_une_suite_a_l_arret_se_compte_sans_se_lire(lieu: Lieu, navigateur: Navigateur) -> None:
    flux = UUID(int=0xBAD)
    connection = await connect(lieu.monde.acces.dsn("dossiers", "suite"))
    try:
        await connection.execute(
            """INSERT INTO faits.garage (lecteur, stream_id, version, en_tetes, valeur, raison)
               VALUES ('dossiers.vues', $1, 3, 'x', 'y', 'poison: secret de famille')""",
            flux,
        )
        await navigateur.se_connecter("exploitant")
        for _ in range(60):  # the worker says what it measures every five seconds
            if "à l’arrêt, les plus anciennes" in (await navigateur.aller("/etat")).texte:
                break
            await asyncio.sleep(0.2)
    finally:
        await connection.execute("DELETE FROM faits.garage WHERE stream_id = $1", flux)
        await connection.close()
    page = navigateur.page
    assert "1 suite à l’arrêt" in page.texte.replace("\xa0", " ")
    assert "maillage rejouer dossiers" in page.texte
    assert f"{flux} 1" in page.texte
    assert "un fait n’a pas pu être lu" in page.texte
    assert "secret" not in page.html


@pytest.mark.parametrize(
    ("vu", "etat"),
    [
        (ligne(), "En marche"),
        (ligne(vivant=False, age_s=130.0), "Travail muet depuis 2 min"),
        (ligne(gares={"flux": 2, "faits": 9, "liste": []}), "2 suites à l’arrêt"),
        (ligne(plus_vieille_transaction_s=61.0), "Transaction trop longue"),
        (_ligne("dossiers", {"version": "1", "postgres": "18", "travail": None}), "Travail jamais vu"),
        (_ligne("dossiers", None), "Ne répond pas"),
    ],
)
def test_ce_qui_ne_va_pas_vient_avec_ce_qu_il_faut_faire(vu: Ligne, etat: str) -> None:
    assert vu.etat.libelle.replace("\xa0", " ") == etat
    assert bool(vu.conseil) == (etat != "En marche")


@pytest.mark.parametrize(
    ("derriere", "dit"), [(0, "à jour"), (1, "1 fait"), (999, "999 faits"), (1000, "au moins 1 000 faits")]
)
def test_un_retard_que_l_on_a_cesse_de_compter_est_un_minimum(derriere: int, dit: str) -> None:
    assert " ".join(retard({"derriere": derriere, "plafond": 1000}).split()) == dit
