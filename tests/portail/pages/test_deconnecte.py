"""The page that remains."""

from __future__ import annotations

from tests.portail.navigateur import Navigateur


async def test_on_peut_se_reconnecter(navigateur: Navigateur) -> None:
    await navigateur.se_connecter("semis.agent")
    page = await navigateur.envoyer("Se déconnecter")
    assert (page.statut, page.chemin) == (200, "/deconnecte")
    assert page.lien("Se reconnecter") == "/connexion"
    assert "semis" not in page.texte
