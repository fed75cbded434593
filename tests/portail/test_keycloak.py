"""Signing in with a provider that is not ours: a real Keycloak, its own form, its own keys, its own sign-out.

Skips without Java and Maven; in CI it fails instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from msgspec import Struct
from starlette.requests import Request

from deploy.machine.emetteur import AUDIENCE
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from deploy.serveur import prise_libre, servir
from deploy.statiques import construire
from services.dossiers.app import SERVICE as DOSSIERS
from services.partenaires.app import SERVICE as PARTENAIRES
from services.portail import app as portail
from services.socle.base.settings import Connexion, Emetteur
from services.socle.service import Definition
from tests.infra import exiger_java
from tests.keycloak import COMPTES, Keycloak
from tests.monde import monde
from tests.partenaires.reseau import Reseau, installer
from tests.portail.navigateur import Navigateur, Page

pytestmark = pytest.mark.timeout(400)  # the first start of a machine brings Keycloak and prepares it


class Chez(Struct, frozen=True):
    """A landlord whose people sign in on Keycloak: its id, and that of its member « agent »."""

    reseau: Reseau
    app: FastAPI
    adresse: str
    organisation: str
    agent: str


@pytest.fixture(scope="module")
async def chez(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Chez]:
    exiger_java()
    construire()
    async with AsyncExitStack() as stack:
        keycloak = stack.enter_context(Keycloak())
        confiance = Emetteur(
            issuer=keycloak.issuer, jwks_url=f"{keycloak.issuer}/protocol/openid-connect/certs", audience=AUDIENCE
        )
        dossier: Path = tmp_path_factory.mktemp("keycloak")
        services: list[Definition[Any]] = [PARTENAIRES, DOSSIERS]
        m = await stack.enter_async_context(
            monde(bases_du_module, kafka_du_module.bootstrap, dossier, services, emetteurs=[confiance])
        )
        reseau = await installer(m)
        inscrire = {"nom": "Bailleur Exemple", "nature": "bailleur", "commune": "17415", "emetteur": keycloak.issuer}
        organisation = (await reseau.faire("exploitant", "organisations/inscrire", inscrire))["id"]
        # The exploitant lets people in as long as nobody manages the organisation.
        membre = await reseau.habiliter("exploitant", organisation, COMPTES["agent"][0], "agent")
        await reseau.habiliter("exploitant", organisation, COMPTES["responsable"][0], "responsable")
        prise = prise_libre()
        adresse = f"http://127.0.0.1:{prise.getsockname()[1]}"
        connexion = Connexion(nom="Bailleur Exemple", issuer=keycloak.issuer, client="portail")
        await asyncio.to_thread(keycloak.royaume, adresse, AUDIENCE)  # on the loop it would starve the consumers
        settings = m.settings.model_copy(update={"url_portail": adresse, "connexions": (m.poste.connexion, connexion)})
        app = portail.application(settings)
        await stack.enter_async_context(servir(app, prise))
        yield Chez(reseau, app, adresse, organisation, membre)


async def _entrer(n: Navigateur, compte: str) -> Page:
    """Through Keycloak's own page."""
    await n.aller("/connexion?suite=/orientations")
    await n.suivre("Bailleur Exemple")
    return await n.envoyer("Sign In", username=compte, password=COMPTES[compte][1])


async def test_on_entre_par_le_formulaire_de_keycloak(chez: Chez) -> None:
    async with Navigateur(chez.adresse) as n:
        page = await _entrer(n, "agent")
        assert page.chemin == "/orientations", page.texte
        assert page.statut == 200
        assert "Bailleur Exemple" in page.texte
        depart = next(str(r.url) for r in n.recues if "/protocol/openid-connect/auth" in str(r.url))
        assert "code_challenge_method=S256" in depart
        assert "nonce=" in depart


async def test_un_mauvais_mot_de_passe_n_ouvre_rien(chez: Chez) -> None:
    async with Navigateur(chez.adresse) as n:
        await n.aller("/connexion?suite=/orientations")
        await n.suivre("Bailleur Exemple")
        page = await n.envoyer("Sign In", username="agent", password="autre")
        assert not page.url.startswith(chez.adresse)
        assert "maillage" not in n.cookies


async def test_sortir_ferme_aussi_la_session_de_keycloak(chez: Chez) -> None:
    async with Navigateur(chez.adresse) as n:
        await _entrer(n, "agent")
        page = await n.envoyer("Se déconnecter")
        assert page.chemin == "/deconnecte", page.url
        await n.aller("/connexion?suite=/orientations")
        page = await n.suivre("Bailleur Exemple")
        assert page.form("Sign In")  # it asks for the password again


async def test_le_jeton_de_keycloak_se_renouvelle(chez: Chez) -> None:
    async with Navigateur(chez.adresse) as n:
        await _entrer(n, "responsable")
        sessions = chez.app.state.moyens.sessions
        cookie = f"maillage={n.cookies['maillage']}".encode()
        session = await sessions.de(Request({"type": "http", "headers": [(b"cookie", cookie)]}))
        await sessions.renouveler(session, msgspec.structs.replace(session.jetons, acces="x.y.z", expire=0.0))
        assert (await n.aller("/orientations")).statut == 200


async def test_un_membre_retire_n_a_plus_acces_meme_connecte_chez_keycloak(chez: Chez) -> None:
    async with Navigateur(chez.adresse) as n:
        await _entrer(n, "agent")
        retirer = f"organisations/{chez.organisation}/retirer-membre"
        retire = await chez.reseau.poster("exploitant", retirer, {"membre": chez.agent})
        assert retire.status_code == 200, retire.text
        for _ in range(400):  # dossiers learns it from Kafka
            if (await n.aller("/orientations")).statut != 200:
                break
            await asyncio.sleep(0.05)
        assert n.page.statut == 401
        assert "Votre session est terminée" in n.page.texte
