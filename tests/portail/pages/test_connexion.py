"""Signing in: through the provider of one's organisation, and nowhere else."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from services.portail.connexion import suite_sure
from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.navigateur import Navigateur


async def test_on_se_connecte_par_le_fournisseur_de_son_organisation(navigateur: Navigateur) -> None:
    n = navigateur
    page = await n.se_connecter("semis.agent", "/orientations?etat=en-attente")
    assert page.chemin == "/orientations"
    assert parse_qs(urlsplit(page.url).query) == {"etat": ["en-attente"]}
    assert "semis" in page.texte
    retour = next(r for r in n.recues if "/connexion/retour" in str(r.url))
    cookies = retour.headers.get_list("set-cookie")
    [session] = [c for c in cookies if c.startswith("maillage=")]
    assert "HttpOnly" in session
    assert "SameSite=lax" in session
    assert "Path=/" in session


@pytest.mark.parametrize(
    "suite",
    [
        "//ailleurs.example",
        "/\\ailleurs.example",
        "https://ailleurs.example",
        "javascript:alert(1)",
        "/x" * 400,
        "",
    ],
)
async def test_la_connexion_ne_mene_jamais_ailleurs(navigateur: Navigateur, suite: str) -> None:
    assert suite_sure(suite) == "/"
    page = await navigateur.se_connecter("semis.agent", quote(suite, safe=""))
    assert page.url.startswith(navigateur.adresse)
    assert page.chemin == "/orientations"


@pytest.mark.parametrize("suite", ["/\r\nSet-Cookie: x=1", "\t//ailleurs.example", "/a b", "/<script>", None])
def test_une_suite_douteuse_mene_a_l_accueil(suite: str | None) -> None:
    assert suite_sure(suite) == "/"


async def test_le_retour_ne_vaut_que_pour_le_navigateur_parti(navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, autre = navigateur, ouvrir()
    await n.se_connecter("semis.agent")
    retour = next(str(r.url) for r in n.recues if "/connexion/retour" in str(r.url))
    page = await autre.aller(retour)
    assert page.statut == 400
    assert "La connexion n’a pas abouti" in page.texte
    rejoue = await n.aller(retour)  # the departure was forgotten, and the code is worth nothing twice
    assert rejoue.statut == 400


async def test_le_code_ne_s_echange_qu_avec_son_secret(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.aller("/connexion?suite=/orientations")
    depart = next(r for r in n.recues if r.has_redirect_location)
    demande = {nom: v[0] for nom, v in parse_qs(urlsplit(depart.headers["location"]).query).items()}
    assert demande["code_challenge_method"] == "S256"
    async with httpx.AsyncClient() as client:
        url = f"{lieu.monde.poste.url}/authorize"
        obtenu = await client.get(url, params={**demande, "sujet": "semis.agent"})
        code = parse_qs(urlsplit(obtenu.headers["location"]).query)["code"][0]
        echange = {
            "grant_type": "authorization_code",
            "client_id": "portail",
            "code": code,
            "redirect_uri": demande["redirect_uri"],
            "code_verifier": "x" * 43,
        }
        assert (await client.post(f"{lieu.monde.poste.url}/token", data=echange)).status_code == 400


async def test_un_compte_sans_acces_apprend_a_qui_s_adresser(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.aller("/connexion?suite=/orientations")
    await n.aller(n.page.url + "&sujet=personne")
    assert n.page.statut == 401
    assert "demandez à la personne qui gère les accès" in n.page.texte
    assert "maillage" not in n.cookies
