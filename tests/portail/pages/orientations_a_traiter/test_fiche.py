"""One request, read before one answers."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    adresser,
    etape,
)
from tests.portail.navigateur import Navigateur


async def test_la_fiche_montre_ce_qui_est_transmis_et_rien_du_constat(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Fiche")
    await n.se_connecter("tremplin17.coordinateur")
    assert "Ce que demande" not in n.page.html  # a free text is read on the sheet, which the journal of readings tells
    await n.suivre("Camille Exemple-Fiche")
    assert "Ce que demande Exemple-Fiche." in n.page.texte
    assert "Saintes (17)" in n.page.texte
    await n.envoyer("Accepter")
    assert n.clics == 2
    assert await etape(lieu, dossier) == "acceptee"
