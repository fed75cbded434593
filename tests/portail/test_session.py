"""Staying in: whose session it is, and for how long."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import msgspec
import pytest
from starlette.requests import Request

from services.portail.session import ENTIERE, INACTIVE, Sessions
from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    dehors,
)
from tests.portail.navigateur import Navigateur


def test_le_cookie_est_reserve_a_cet_hote_en_https() -> None:
    sessions = Sessions(None, securise=True)  # type: ignore[arg-type]  # no database is asked
    assert sessions.cookie.startswith("__Host-")
    assert sessions.attributs() == {"path": "/", "httponly": True, "samesite": "lax", "secure": True}


async def test_une_session_apportee_par_le_navigateur_ne_sert_pas(lieu: Lieu, ouvrir: Ouvrir) -> None:
    attaquant, victime = ouvrir(), ouvrir()
    await attaquant.se_connecter("semis.agent")
    pose = attaquant.cookies["maillage"]
    victime.cookies.set("maillage", pose, domain="127.0.0.1")
    await victime.se_connecter("autre-bailleur.agent")
    assert victime.cookies["maillage"] != pose
    assert dehors(await attaquant.aller("/orientations"))


async def test_un_membre_retire_n_a_plus_acces_a_la_demande_suivante(lieu: Lieu, navigateur: Navigateur) -> None:
    chez = lieu.reseau.organisations["semis"]
    membre = await lieu.reseau.habiliter("semis.responsable", chez, "semis.partant", "agent")
    await lieu.monde.attendre("semis.partant", "/v1/moi")
    n = navigateur
    await n.aller("/connexion?suite=/orientations")
    await n.aller(n.page.url + "&sujet=semis.partant")
    assert n.page.chemin == "/orientations"
    corps = {"membre": membre, "motif": "depart"}
    retire = await lieu.reseau.poster("semis.responsable", f"organisations/{chez}/retirer-membre", corps)
    if retire.status_code == 422:
        retire = await lieu.reseau.poster(
            "semis.responsable", f"organisations/{chez}/retirer-membre", {"membre": membre}
        )
    assert retire.status_code == 200, retire.text
    for _ in range(200):  # dossiers learns it from Kafka
        if (await lieu.monde.lire("semis.partant", "/v1/moi")).status_code == 401:
            break
        await asyncio.sleep(0.05)
    page = await n.aller("/orientations")
    assert page.statut == 401
    assert "Votre session est terminée" in page.texte
    assert (await n.aller("/orientations")).chemin != "/orientations"


@pytest.mark.parametrize("plus_tard", [INACTIVE, ENTIERE])
async def test_une_session_a_une_fin(lieu: Lieu, navigateur: Navigateur, plus_tard: timedelta) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    sessions = lieu.app.state.moyens.sessions
    avant = sessions.maintenant
    sessions.maintenant = lambda: datetime.now(UTC) + plus_tard + timedelta(seconds=1)
    try:
        page = await n.aller("/orientations")
    finally:
        sessions.maintenant = avant
    assert page.chemin == "/connexion"
    assert "Votre session s’est terminée" in page.texte
    assert "suite=%2Forientations" in page.lien("Comptes de démonstration")


async def test_ce_qui_est_tape_dans_une_session_finie_devient_un_brouillon(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    brouillon = n.page.chemin
    sessions = lieu.app.state.moyens.sessions
    avant = sessions.maintenant
    sessions.maintenant = lambda: datetime.now(UTC) + timedelta(hours=1)
    try:
        await n.envoyer("Continuer", prenom="Maxime", nom="Exemple-Tardif")
        assert n.page.chemin == "/connexion"
    finally:
        sessions.maintenant = avant
    await n.suivre("Comptes de démonstration")
    await n.suivre("semis.agent")
    assert n.page.chemin == brouillon
    form, _ = n.page.form("Continuer")
    assert form.valeur("nom") == ["Exemple-Tardif"]


async def test_un_jeton_qui_finit_se_renouvelle_sans_que_personne_le_voie(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    sessions = lieu.app.state.moyens.sessions
    session = await sessions.de(_requete(n))
    fini = msgspec.structs.replace(session.jetons, acces="x.y.z", expire=0.0)
    await sessions.renouveler(session, fini)
    assert (await n.aller("/orientations")).statut == 200
    neuve = await sessions.de(_requete(n))
    assert neuve.jetons.renouvellement != session.jetons.renouvellement


async def test_plusieurs_demandes_a_la_fois_ne_renouvellent_qu_une_fois(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    sessions = lieu.app.state.moyens.sessions
    session = await sessions.de(_requete(n))
    await sessions.renouveler(session, msgspec.structs.replace(session.jetons, acces="x.y.z", expire=0.0))
    async with httpx.AsyncClient(base_url=n.adresse, cookies=dict(n.cookies)) as client:
        reponses = await asyncio.gather(*(client.get("/orientations") for _ in range(6)))
    assert [r.status_code for r in reponses] == [200] * 6


async def test_la_base_ne_livre_ni_session_ni_jeton(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    session = await lieu.app.state.moyens.sessions.de(_requete(n))
    base = await asyncpg.connect(lieu.monde.acces.dsn("portail", "proprietaire"))
    try:
        await base.execute("ALTER TABLE portail.sessions NO FORCE ROW LEVEL SECURITY")
        rows = await base.fetch("SELECT * FROM portail.sessions")
        await base.execute("ALTER TABLE portail.sessions FORCE ROW LEVEL SECURITY")
    finally:
        await base.close()
    assert rows
    everything = b"".join(repr(dict(row)).encode() for row in rows)
    for secret in (session.jetons.acces, n.cookies["maillage"], session.personne.nom):
        assert secret.encode() not in everything


async def test_un_role_ne_voit_qu_une_session_a_la_fois(lieu: Lieu, navigateur: Navigateur) -> None:
    await navigateur.se_connecter("semis.agent")
    base = await asyncpg.connect(lieu.monde.acces.dsn("portail", "api"))
    try:
        assert await base.fetchval("SELECT count(*) FROM portail.sessions") == 0
        assert await base.fetchval("SELECT count(*) FROM portail.brouillons") == 0
    finally:
        await base.close()


def _requete(n: Navigateur) -> Request:
    cookies = "; ".join(f"{nom}={valeur}" for nom, valeur in n.cookies.items())
    return Request({"type": "http", "headers": [(b"cookie", cookies.encode())]})
