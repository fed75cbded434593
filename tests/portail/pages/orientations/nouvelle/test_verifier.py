"""Orienting a household: a last look, then sending."""

from __future__ import annotations

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    orienter,
    remplir,
)
from tests.portail.navigateur import Navigateur


async def test_un_menage_s_oriente_en_six_clics_au_plus(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    places = (await lieu.monde.lire("semis.agent", f"/v1/conventions/{lieu.conventions['semis']}/places")).json()
    await n.se_connecter("semis.agent")
    assert n.page.chemin == "/orientations"
    await remplir(n)
    assert "tremplin17 répondra sous 15 jours" in n.page.texte
    assert f"{places['libres']} places libres sur 30" in n.page.texte.replace("\xa0", " ")
    await n.envoyer("Envoyer à")
    assert n.clics <= 6
    assert "L’orientation est envoyée." in n.page.texte
    assert "Camille Exemple" in n.page.texte
    assert "Réponse attendue" in n.page.texte
    assert "20 janvier 2026" in n.page.texte.replace("\xa0", " ")


async def test_un_double_envoi_n_oriente_qu_une_fois(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await remplir(n, prenom="Charlie", nom="Exemple-Double")
    verifier, form = n.page.chemin, n.page.form("Envoyer à")[0]
    un = await n.poster(verifier, form.donnees({}))
    deux = await n.poster(verifier, form.donnees({}))
    assert un.chemin == deux.chemin
    assert (await n.aller(verifier)).chemin == un.chemin  # the back button leads to what it became
    liste = await lieu.monde.lire("semis.agent", "/v1/orientations", limite=200)
    assert [o["identite"]["nom"] for o in liste.json()["elements"]].count("Exemple-Double") == 1


async def test_un_menage_qui_ressemble_se_voit_avant_l_envoi(navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    premier = await orienter(n, prenom="Ghislaine", nom="Exemple-Jumeau", naissance="3 mars 1971")
    await n.aller("/orientations")
    await remplir(n, prenom="Ghyslaine", nom="Exemple Jumeau", naissance="03/03/1971")
    assert "Un ménage lui ressemble" in n.page.texte
    assert n.page.lien("Ghislaine Exemple-Jumeau") == premier
    autre = ouvrir()
    await autre.se_connecter("autre-bailleur.agent")
    await remplir(autre, prenom="Ghislaine", nom="Exemple-Jumeau", naissance="03/03/1971")
    assert "ressemble" not in autre.page.texte
