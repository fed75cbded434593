"""Signing out: the session ends here, everywhere if asked, even for whoever keeps the cookie."""

from __future__ import annotations

from tests.portail.conftest import Ouvrir
from tests.portail.gestes import (
    dehors,
)
from tests.portail.navigateur import Navigateur


async def test_se_deconnecter_partout_ferme_les_autres_sessions(ouvrir: Ouvrir) -> None:
    ici, ailleurs, autre = ouvrir(), ouvrir(), ouvrir()
    for n in (ici, ailleurs):
        await n.se_connecter("semis.responsable")
    await autre.se_connecter("semis.agent")
    await ici.suivre("Mes connexions")
    await ici.envoyer("Me déconnecter de tous mes appareils")
    assert ici.page.chemin == "/deconnecte"
    assert dehors(await ailleurs.aller("/orientations"))
    assert (await autre.aller("/orientations")).chemin == "/orientations"


async def test_se_deconnecter_ferme_la_session_meme_pour_qui_garde_le_cookie(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    cookie = n.cookies["maillage"]
    await n.envoyer("Se déconnecter")
    assert "Vous êtes déconnecté" in n.page.texte
    n.cookies.set("maillage", cookie, domain="127.0.0.1")
    assert dehors(await n.aller("/orientations"))
