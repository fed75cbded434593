"""Orienting a household: why, and towards whom."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    adresser,
    faire,
)
from tests.portail.navigateur import Navigateur


async def test_un_menage_connu_se_reoriente_sans_rien_ecrire_avant_de_saisir(
    lieu: Lieu, navigateur: Navigateur
) -> None:
    """A link may be followed twice: it leads to the same page, and what was said of the household is in it."""
    n, nom = navigateur, "Exemple-Encore"
    dossier = await adresser(lieu, nom)
    await faire(lieu, "semis.agent", dossier, "retirer-orientation", {"motif": "erreur"})
    await n.se_connecter("semis.agent")
    avant = (await n.aller("/orientations")).texte.count("Ménage déjà enregistré")
    adresses = set()
    for _ in range(2):
        await n.aller(f"/dossiers/{dossier}")
        await n.suivre("Orienter ce ménage")
        assert n.page.chemin.endswith("/motif")
        assert n.page.form("Continuer")[0].valeur("expose") == [f"Ce que demande {nom}."]
        adresses.add(n.page.chemin)
    assert len(adresses) == 1
    assert (await n.aller("/orientations")).texte.count("Ménage déjà enregistré") == avant
    await n.aller(f"/dossiers/{dossier}")
    await n.suivre("Orienter ce ménage")
    await n.suivre("Le ménage")
    assert f"Ce ménage est déjà enregistré : Camille {nom}" in n.page.texte
    await n.suivre("Continuer")
    await n.envoyer("Continuer", constat="Vu depuis.", motifs=["impayes"])
    assert n.page.chemin.endswith("/accord"), n.page.texte
    assert (await n.aller("/orientations")).texte.count("Ménage déjà enregistré") == avant + 1
    await n.aller(f"/dossiers/{dossier}")
    await n.suivre("Orienter ce ménage")
    assert n.page.form("Continuer")[0].valeur("constat") == ["Vu depuis."]
    await n.envoyer("Continuer")
    await n.envoyer("Continuer", accord="oui", support="telephone")
    await n.envoyer("Envoyer à")
    assert n.page.chemin == f"/dossiers/{dossier}", n.page.texte
    assert "L’orientation est envoyée." in n.page.texte
