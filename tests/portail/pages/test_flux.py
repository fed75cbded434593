"""A feed that a funder's own programs can read: the page's examples run as they are pasted."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from services.notifications.app import EVENEMENTS
from services.notifications.diffuseur import Diffuseur
from services.portail.pages.flux import _SCHEMAS, SCHEMAS
from services.socle.base.database import pool
from services.socle.delivery.leader import lead_always
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from tests.portail.conftest import Lieu, pages
from tests.portail.financement import Financement, orienter_en
from tests.portail.navigateur import Navigateur, Page


@pytest.fixture
async def ouvertes(lieu: Lieu, financement: Financement) -> AsyncIterator[Navigateur]:
    """Pages of a deployment whose feed is open to programs; the analyst is signed in."""
    ouvert = {"url_flux": lieu.settings.url_notifications, "kafka_externe": lieu.settings.kafka}
    async with pages(lieu, **ouvert) as adresse, Navigateur(adresse) as n:
        await n.se_connecter(financement.analyste)
        await n.aller(f"/flux?convention={financement.suivie}")
        yield n


async def coller(page: Page, exemple: str, ou: Path) -> list[dict[str, Any]]:
    """The page's example, pasted into a terminal as it stands; answers the facts it printed."""
    [trouve] = re.findall(rf'id="{exemple}".*?<code>(.*?)</code>', page.html, re.DOTALL)
    chemin = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where « maillage » is installed
    ligne = await asyncio.create_subprocess_exec(
        "sh", "-c", html.unescape(trouve), cwd=ou, env={**os.environ, "PATH": chemin}, stdout=PIPE, stderr=PIPE
    )
    sortie, erreurs = await asyncio.wait_for(ligne.communicate(), 60)
    assert not erreurs, erreurs.decode()
    lus: list[dict[str, Any]] = []
    for texte in sortie.decode().splitlines():
        lu = json.loads(texte)
        lus += lu if isinstance(lu, list) else [lu]
    return lus


async def position(n: Navigateur) -> int:
    """How far the page says the feed goes, once all the households are in it."""
    for _ in range(100):
        await n.aller(n.page.url)
        if (lue := re.search(r"Position (\d+) faits", n.page.texte)) and int(lue[1]) >= 24 + 12 + 5:
            return int(lue[1])
        await asyncio.sleep(0.1)
    raise AssertionError(n.page.texte)


async def test_l_exemple_http_colle_lit_tout_puis_reprend(
    lieu: Lieu, financement: Financement, ouvertes: Navigateur, tmp_path: Path
) -> None:
    combien = await position(ouvertes)
    lus = await coller(ouvertes.page, "exemple-http", tmp_path)
    assert [int(lu["streamversion"]) for lu in lus] == list(range(1, combien + 1))
    assert "Camille" not in json.dumps(lus)
    assert await coller(ouvertes.page, "exemple-http", tmp_path) == []
    await orienter_en(lieu, financement.cadre, 99)
    for _ in range(50):
        if suite := await coller(ouvertes.page, "exemple-http", tmp_path):
            break
    assert [(int(lu["streamversion"]), lu["type"].split(".")[-1]) for lu in suite] == [
        (combien + 1, "FluxMenageOriente")
    ]


async def test_l_exemple_kafka_colle_lit_tout_puis_reprend(lieu: Lieu, ouvertes: Navigateur, tmp_path: Path) -> None:
    combien = await position(ouvertes)
    lus: list[dict[str, Any]] = []
    async with diffusion(lieu):
        for _ in range(60):
            with contextlib.suppress(AssertionError):  # until its first fact is sent, the topic does not exist
                lus += await coller(ouvertes.page, "exemple-kafka", tmp_path)
            if len(lus) >= combien:
                break
            await asyncio.sleep(0.2)
    assert [int(lu["streamversion"]) for lu in lus] == list(range(1, combien + 1))


@asynccontextmanager
async def diffusion(lieu: Lieu) -> AsyncIterator[None]:
    """The feeds are sent to Kafka for the time of the block."""
    settings = lieu.settings
    async with pool(settings.dsn("notifications", "cles"), largest=2) as cles:
        trousseau = Trousseau(cles, CoffreFichier(settings.cle_maitre), "notifications")
        diffuseur = Diffuseur(settings, trousseau, EVENEMENTS)
        dsn = settings.dsn("notifications", "suite")
        travail = asyncio.create_task(lead_always(dsn, "diffuseur:notifications", diffuseur.mener))
        try:
            yield
        finally:
            travail.cancel()
            await asyncio.gather(travail, return_exceptions=True)


@pytest.mark.parametrize("client", ["$(touch ici)", "a;b", "a b", "-x", "`id`", "x" * 101])
async def test_un_lien_ne_glisse_pas_de_commande_dans_l_exemple(ouvertes: Navigateur, client: str) -> None:
    page = await ouvertes.aller(f"/flux?client={quote(client, safe='')}")
    assert page.statut == 422
    assert "exemple-http" not in page.html
    assert page.form("Préparer")[0].valeur("client") == [client]


async def test_un_autre_compte_de_programme_entre_dans_l_exemple(ouvertes: Navigateur) -> None:
    await ouvertes.envoyer("Préparer l’exemple", client="programme-du-departement")
    assert "client_id=programme-du-departement" in ouvertes.page.html


async def test_les_schemas_sont_ceux_qui_sont_publies(ouvertes: Navigateur) -> None:
    liens = [href for _, href in ouvertes.page.liens if href.startswith("/flux/schemas/")]
    assert len(liens) == len(SCHEMAS) == len(list(_SCHEMAS.glob("flux/*.json"))) + 1
    page = await ouvertes.aller("/flux/schemas/FluxContratSigne.v1.json")
    assert page.reponse.json()["$id"] == "urn:maillage:schema:flux:FluxContratSigne.v1"
    assert (await ouvertes.aller("/flux/schemas/..%2Findex.json")).statut == 404


@pytest.mark.parametrize(
    ("sujet", "titre"),
    [("analyste", "Le flux n’est pas encore ouvert à vos programmes"), ("sans_convention", "Aucun flux")],
)
async def test_un_flux_pas_encore_ouvert_le_dit(
    financement: Financement, navigateur: Navigateur, sujet: str, titre: str
) -> None:
    await navigateur.se_connecter(getattr(financement, sujet))
    page = await navigateur.aller("/flux")
    assert titre in page.texte
    assert "exemple-" not in page.html


async def test_le_flux_d_un_autre_n_existe_pas(
    lieu: Lieu, financement: Financement, navigateur: Navigateur, ouvertes: Navigateur
) -> None:
    await navigateur.se_connecter("autre-financeur.analyste")
    assert (await navigateur.aller(f"/flux?convention={financement.suivie}")).statut == 404
    for sujet in ("semis.agent", "tremplin17.coordinateur", "exploitant"):
        await navigateur.se_connecter(sujet)
        assert (await navigateur.aller("/flux")).statut == 404
        assert (await navigateur.aller("/flux/schemas/asyncapi.json")).statut == 404
