"""Counts that give nobody away."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.portail.conftest import Lieu
from tests.portail.financement import Financement
from tests.portail.navigateur import Navigateur


async def test_le_financeur_voit_les_etapes_et_rien_qui_designe_un_menage(
    financement: Financement, navigateur: Navigateur
) -> None:
    n = navigateur
    await n.se_connecter(financement.analyste, "/indicateurs")
    await n.envoyer("Afficher", convention=financement.suivie, annee="2026")
    texte = n.page.texte
    assert f"Appui Exemple {financement.nom}, Lien social, année 2026" in texte
    assert "Orientés 24 Acceptés 12 Adhésion recueillie masqué Entretien initial tenu 0" in texte
    assert "Les nombres de moins de 11 ménages sont masqués" in texte
    # A week is its Thursday's: the one of New Year's Day is January's, in the year its households are counted in.
    assert "Janvier 12 0 masqué 0 0 0 Février 12 12 masqué 0 0 0 Mars 0 0 masqué" in texte
    for rien in ("Exemple Camille", "Deux loyers", "0600000000"):
        assert rien not in n.page.html


async def test_chaque_graphe_se_lit_sans_le_voir_et_sans_style_en_ligne(
    financement: Financement, navigateur: Navigateur
) -> None:
    await navigateur.se_connecter(financement.analyste, f"/indicateurs?convention={financement.suivie}%26annee=2026")
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
        ("analyste", "neuve", "2026", "Aucun ménage orienté pour l’instant"),
        ("analyste", "suivie", "2024", "Rien en 2024"),
        ("sans_convention", None, "2026", "Aucune convention"),
    ],
)
async def test_un_ecran_vide_dit_lequel(
    financement: Financement, navigateur: Navigateur, sujet: str, convention: str | None, annee: str, titre: str
) -> None:
    await navigateur.se_connecter(getattr(financement, sujet))
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
