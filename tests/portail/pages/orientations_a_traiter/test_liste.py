"""Answering from the list."""

from __future__ import annotations

import pytest

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    A_TRAITER,
    adresser,
    etape,
    faire,
    repondre,
)
from tests.portail.navigateur import Navigateur
from tests.portail.voisinage import proposee, voisins


@pytest.mark.parametrize(
    ("bouton", "devient", "dit"),
    [
        ("Accepter", "acceptee", "L’orientation est acceptée"),
        ("Mettre à l’étude", "a_l_etude", "La demande est à l’étude"),
    ],
)
async def test_on_repond_depuis_la_liste_en_deux_clics(
    lieu: Lieu, navigateur: Navigateur, bouton: str, devient: str, dit: str
) -> None:
    n, nom = navigateur, f"Exemple-{devient}"
    dossier = await adresser(lieu, nom)
    await n.se_connecter("tremplin17.coordinateur")
    assert n.page.chemin == A_TRAITER
    assert "Impayés" in n.page.texte
    assert "places libres sur 30" in n.page.texte
    await repondre(n, bouton, nom)
    assert n.clics <= 2
    assert dit in n.page.texte
    assert await etape(lieu, dossier) == devient
    reste = f"Accepter : Camille {nom}" in n.page.texte
    assert reste == (devient == "a_l_etude")  # and what was just answered does not linger
    assert f"Mettre à l’étude : Camille {nom}" not in n.page.texte  # nor is the delay offered twice


async def test_deux_reponses_a_la_fois_ne_font_qu_une_acceptation(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Deux-Fois")
    await n.se_connecter("tremplin17.coordinateur")
    form, bouton = n.page.form("Accepter : Camille Exemple-Deux-Fois")
    assert bouton
    un = await n.poster(f"{A_TRAITER}/{dossier}", [*form.donnees({}), bouton])
    deux = await n.poster(f"{A_TRAITER}/{dossier}", [*form.donnees({}), bouton])
    assert un.statut == deux.statut == 200
    etude = await n.poster(f"{A_TRAITER}/{dossier}", [*form.donnees({}), ("reponse", "etude")])
    assert etude.statut == 422
    assert "Camille Exemple-Deux-Fois : L’association a déjà accepté" in etude.texte


async def test_une_orientation_retiree_entre_temps_se_dit(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Retiree")
    await n.se_connecter("tremplin17.coordinateur")
    await faire(lieu, "semis.agent", dossier, "retirer-orientation", {"motif": "erreur"})
    await repondre(n, "Accepter", "Exemple-Retiree")
    assert n.page.statut == 422
    assert "Cette orientation a été retirée" in n.page.texte


async def test_la_derniere_place_partie_entre_temps_se_dit(lieu: Lieu, navigateur: Navigateur) -> None:
    await voisins(lieu, "place")
    convention = await proposee(lieu, "place", 1, signee=True)
    reseau = ("place-bailleur", "place-association", convention)
    un = await adresser(lieu, "Exemple-Place-Un", *reseau)
    deux = await adresser(lieu, "Exemple-Place-Deux", *reseau)
    n = navigateur
    await n.se_connecter("place-association.coordinateur")
    assert "1 place libre sur 1" in n.page.texte.replace("\xa0", " ")
    await faire(lieu, "place-association.coordinateur", deux, "accepter-orientation")
    await repondre(n, "Accepter", "Exemple-Place-Un")
    assert n.page.statut == 422
    assert "Camille Exemple-Place-Un : Toutes les places de la convention sont prises (1)" in n.page.texte
    assert "toutes les places sont prises (1)" in n.page.texte
    await n.aller(f"{A_TRAITER}/{un}")
    assert "Toutes les places de la convention sont prises (1)" in n.page.texte
    assert "Accepter" not in n.page.texte
    assert "Mettre à l’étude" in n.page.texte


async def test_ces_pages_n_existent_que_pour_qui_repond(lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    dossier = await adresser(lieu, "Exemple-Frontiere")
    pages = [
        A_TRAITER,
        f"{A_TRAITER}/{dossier}",
        f"{A_TRAITER}/{dossier}/refuser",
        "/charge",
        f"/dossiers/{dossier}/referent",
    ]
    for sujet, siennes in (
        ("semis.agent", 0),
        ("etat.analyste", 0),
        ("autre-association.coordinateur", 2),  # its own lists, where this household is not
        ("tremplin17.referent", 3),  # a référent may answer, and does not say who follows whom
    ):
        n = ouvrir()
        await n.se_connecter(sujet)
        statuts = [(await n.aller(page)).statut for page in pages]
        assert statuts.count(200) == siennes, (sujet, statuts)
        assert "Exemple-Frontiere" not in n.page.html or sujet == "tremplin17.referent"
