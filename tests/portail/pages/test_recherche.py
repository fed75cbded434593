"""Finding a household again."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    adresser,
)
from tests.portail.navigateur import Navigateur


async def test_une_recherche_ignore_accents_casse_et_ordre(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Éléonore")
    for sujet in ("semis.agent", "tremplin17.referent"):
        await n.se_connecter(sujet, "/recherche")
        await n.envoyer("Chercher", q="ELEONORE camille 28/02/1990")
        assert "1 ménage trouvé" in n.page.texte.replace("\xa0", " ")
        assert n.page.lien("Camille Exemple-Éléonore") == f"/dossiers/{dossier}"
        assert "28/02/1990" in n.page.texte


async def test_ce_qu_on_cherche_n_est_dans_aucune_adresse(lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, autre = navigateur, ouvrir()
    await adresser(lieu, "Exemple-Secret")
    await n.se_connecter("semis.agent", "/recherche")
    await n.envoyer("Chercher", q="exemple-secret")
    assert "Camille Exemple-Secret" in n.page.texte
    assert not [r.url for r in n.recues if "secret" in str(r.url).lower()]
    ici = n.page.url
    await n.aller("/orientations")
    assert "Camille Exemple-Secret" in (await n.aller(ici)).texte  # the back button
    [scelle] = parse_qs(urlsplit(ici).query)["q"]
    assert b"secret" not in scelle.lower().encode()
    await autre.se_connecter("semis.agent")
    assert "xemple-" not in (await autre.aller(ici)).texte.replace(
        "exemple cam", ""
    )  # another session's seal is nothing


async def test_une_recherche_sans_resultat_ou_trop_courte_se_dit(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await adresser(lieu, "Exemple-Ailleurs")
    await n.se_connecter("autre-bailleur.agent", "/recherche")
    await n.envoyer("Chercher", q="exemple-ailleurs")
    assert "Aucun ménage ne correspond" in n.page.texte
    await n.envoyer("Chercher", q="x")
    assert n.page.statut == 422
    assert "au moins deux lettres" in n.page.texte
    await n.envoyer("Chercher", q=" ")
    assert "Tapez un nom" in n.page.texte


@pytest.mark.parametrize("sujet", ["etat.analyste", "exploitant"])
async def test_qui_ne_suit_pas_de_menage_n_en_cherche_pas(navigateur: Navigateur, sujet: str) -> None:
    n = navigateur
    await n.aller("/connexion?suite=/aide")
    await n.aller(n.page.url + f"&sujet={sujet}")
    assert n.page.chemin == "/aide"
    assert (await n.aller("/recherche")).statut == 404
