"""The households of the association: one's own first, and nobody else's."""

from __future__ import annotations

import pytest

from tests.portail.conftest import Lieu
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import COORDINATEUR, REFERENT, Creer


async def test_les_siens_d_abord_puis_ceux_de_tous(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n = navigateur
    s = await menage("Exemple-A-Personne", "orientee")
    await s.faire(COORDINATEUR, "accepter-orientation")
    await s.vu()
    await n.se_connecter(REFERENT)
    assert "Exemple-A-Personne" not in n.page.texte
    await n.envoyer("Afficher", referent="tous")
    assert "Exemple-A-Personne" in n.page.texte
    await n.aller("/menages")
    assert "Exemple-A-Personne" not in n.page.texte
    await n.envoyer("Afficher", referent="personne")
    assert "Exemple-A-Personne" in n.page.texte


@pytest.mark.parametrize("chemin", ["/a-faire", "/menages"])
async def test_ces_listes_sont_celles_de_l_association(navigateur: Navigateur, chemin: str) -> None:
    n = navigateur
    for sujet in ("semis.agent", "etat.analyste"):
        await n.se_connecter(sujet)
        assert (await n.aller(chemin)).statut == 404
    await n.se_connecter("autre-association.referent")
    assert "Exemple" not in (await n.aller(f"{chemin}?referent=tous")).texte
