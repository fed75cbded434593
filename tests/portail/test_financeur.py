"""What those who pay see of it: counts that give nobody away, and a feed their own programs can read."""

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
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from msgspec import Struct
from msgspec.structs import replace

from contracts import dossiers as d
from contracts import partenaires as p
from deploy.machine.fournisseur import CompteAffiche
from services.notifications.app import EVENEMENTS
from services.notifications.diffuseur import Diffuseur
from services.portail.pages.flux import _SCHEMAS, SCHEMAS
from services.socle.base.database import pool
from services.socle.delivery.leader import lead_always
from services.socle.keys.keyring import Trousseau
from services.socle.keys.vault import CoffreFichier
from tests.dossiers import histoire as h
from tests.portail.conftest import Lieu, pages
from tests.portail.navigateur import Navigateur, Page

ANALYSTE, SANS_CONVENTION = "departement.analyste", "region.analyste"
FEVRIER = date(2026, 2, 4)


class Financement(Struct, frozen=True):
    """The conventions a collectivité pays for: `suivie`, `neuve` (nobody yet). `cadre`: whose the first is, and of what."""

    suivie: str
    neuve: str
    cadre: tuple[UUID, UUID, UUID, UUID]


@pytest.fixture(scope="module")
async def financement(lieu: Lieu) -> Financement:
    """Organisations of this file alone: nothing of the others' is counted, nor theirs disturbed."""
    m, r = lieu.monde, lieu.reseau
    ids = {}
    for nom, nature in (
        ("Habitat Exemple", "bailleur"),
        ("Appui Exemple", "association"),
        ("Département Exemple", "collectivite"),
        ("Région Exemple", "financeur"),
    ):
        corps = {"nom": nom, "nature": nature, "commune": "17415", "emetteur": m.poste.url}
        ids[nom] = UUID((await r.faire("exploitant", "organisations/inscrire", corps))["id"])
    for sujet, nom in ((ANALYSTE, "Département Exemple"), (SANS_CONVENTION, "Région Exemple")):
        await r.habiliter("exploitant", str(ids[nom]), sujet, "analyste")
        m.poste.comptes.append(CompteAffiche(sujet, nom, "analyste"))
        for service in m.clients:
            await m.attendre(sujet, "/v1/moi", service=service)
    bailleur, association, departement = list(ids.values())[:3]
    dispositif, suivie, neuve = uuid4(), uuid4(), uuid4()
    debut, fin = date(2025, 1, 1), date(2026, 12, 31)
    terms = (dispositif, bailleur, association, 90, debut, fin, p.Regles(), debut)
    await m.faits_partenaires(
        dispositif, p.DispositifOuvert(dispositif, bailleur, "Lien social", (), (), p.Regles(), debut)
    )
    for convention in (suivie, neuve):
        plan = p.PlanDeFinancementEtabli(convention, 2026, (p.LigneDeFinancement(departement, "avdl", 100),), debut)
        await m.faits_partenaires(
            convention, p.ConventionProposee(convention, *terms), plan, p.ConventionActivee(convention, *terms)
        )
        await m.attendre(ANALYSTE, f"/v1/conventions/{convention}/indicateurs", annee=2026)
    cadre = (bailleur, association, dispositif, suivie)
    for rang in range(24):
        await orienter(lieu, cadre, rang)
    await _comptes(lieu, str(suivie))
    return Financement(str(suivie), str(neuve), cadre)


async def orienter(lieu: Lieu, cadre: tuple[UUID, UUID, UUID, UUID], rang: int) -> None:
    """The first twelve in the week of New Year's Day, the others in February, when the first are accepted; five adhere."""
    bailleur, association, dispositif, convention = cadre
    le = date(2025, 12, 30) if rang < 12 else FEVRIER
    repere = replace(h.repere, menage=uuid4(), bailleur=bailleur, le=le)
    faits: list[d.Event] = [
        repere,
        replace(h.consenti, le=le),
        replace(
            h.oriente, menage=repere.menage, bailleur=bailleur, association=association, dispositif=dispositif,
            convention=convention, le=le,
        ),
    ]  # fmt: skip
    if rang < 12:
        faits.append(replace(h.acceptee, convention=convention, le=FEVRIER))
    if rang < 5:
        faits.append(replace(h.adhere, le=FEVRIER))
    await lieu.monde.faits_dossiers(uuid4(), *faits, par=bailleur)


async def _comptes(lieu: Lieu, convention: str) -> None:
    """Until the view has counted them all."""
    for _ in range(200):
        vu = await lieu.monde.attendre(ANALYSTE, f"/v1/conventions/{convention}/indicateurs", annee=2026)
        if vu.json()["etapes"]["orientes"] == 24 and vu.json()["etapes"]["adhesions"] is None:
            return
    raise AssertionError(vu.text)


async def test_le_financeur_voit_les_etapes_et_rien_qui_designe_un_menage(
    financement: Financement, navigateur: Navigateur
) -> None:
    n = navigateur
    await n.se_connecter(ANALYSTE, "/indicateurs")
    await n.envoyer("Afficher", convention=financement.suivie, annee="2026")
    texte = n.page.texte
    assert "Appui Exemple, Lien social, année 2026" in texte
    assert "Orientés 24 Acceptés 12 Adhésion recueillie masqué Entretien initial tenu 0" in texte
    assert "Les nombres de moins de 11 ménages sont masqués" in texte
    # A week is its Thursday's: the one of New Year's Day is January's, in the year its households are counted in.
    assert "Janvier 12 0 masqué 0 0 0 Février 12 12 masqué 0 0 0 Mars 0 0 masqué" in texte
    for rien in ("Exemple Camille", "Deux loyers", "0600000000"):
        assert rien not in n.page.html


async def test_chaque_graphe_se_lit_sans_le_voir_et_sans_style_en_ligne(
    financement: Financement, navigateur: Navigateur
) -> None:
    await navigateur.se_connecter(ANALYSTE, f"/indicateurs?convention={financement.suivie}%26annee=2026")
    page = navigateur.page
    graphes = [a for tag, a in page.balises if tag == "svg" and a.get("role") == "img"]
    assert len(graphes) == 7
    ids = [a["id"] for _, a in page.balises if "id" in a]
    assert len(ids) == len(set(ids))
    assert all(nom in ids for a in graphes for nom in a["aria-labelledby"].split())
    assert "Orientés : 24 ; Acceptés : 12 ; Adhésion recueillie : masqué" in page.texte
    assert not [a for _, a in page.balises if "style" in a]


@pytest.mark.parametrize(
    ("sujet", "convention", "annee", "titre"),
    [
        (ANALYSTE, "neuve", "2026", "Aucun ménage orienté pour l’instant"),
        (ANALYSTE, "suivie", "2024", "Rien en 2024"),
        (SANS_CONVENTION, None, "2026", "Aucune convention"),
    ],
)
async def test_un_ecran_vide_dit_lequel(
    financement: Financement, navigateur: Navigateur, sujet: str, convention: str | None, annee: str, titre: str
) -> None:
    await navigateur.se_connecter(sujet)
    choix = f"convention={getattr(financement, convention)}&" if convention else ""
    page = await navigateur.aller(f"/indicateurs?{choix}annee={annee}")
    assert page.statut == 200
    assert titre in page.texte


async def test_les_parties_voient_les_nombres_exacts_et_les_autres_rien(
    lieu: Lieu, financement: Financement, navigateur: Navigateur
) -> None:
    await navigateur.se_connecter("autre-financeur.analyste")
    inconnue = await navigateur.aller(f"/indicateurs?convention={uuid4()}")
    autre = await navigateur.aller(f"/indicateurs?convention={financement.suivie}")
    assert inconnue.statut == autre.statut == 404
    assert inconnue.titre == autre.titre
    await navigateur.se_connecter("autre-bailleur.agent")
    page = await navigateur.aller(f"/indicateurs?convention={lieu.conventions['autre-bailleur']}&annee=2026")
    assert page.statut == 200
    assert "sont masqués" not in page.texte
    await navigateur.se_connecter("exploitant")
    assert (await navigateur.aller("/indicateurs")).statut == 404


# The feed


@pytest.fixture
async def ouvertes(lieu: Lieu, financement: Financement) -> AsyncIterator[Navigateur]:
    """Pages of a deployment whose feed is open to programs; the analyst is signed in."""
    ouvert = {"url_flux": lieu.settings.url_notifications, "kafka_externe": lieu.settings.kafka}
    async with pages(lieu, **ouvert) as adresse, Navigateur(adresse) as n:
        await n.se_connecter(ANALYSTE)
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
    await orienter(lieu, financement.cadre, 99)
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
    [(ANALYSTE, "Le flux n’est pas encore ouvert à vos programmes"), (SANS_CONVENTION, "Aucun flux")],
)
async def test_un_flux_pas_encore_ouvert_le_dit(
    financement: Financement, navigateur: Navigateur, sujet: str, titre: str
) -> None:
    await navigateur.se_connecter(sujet)
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
