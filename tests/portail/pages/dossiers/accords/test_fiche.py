"""One agreement, noted or taken back, by either organisation."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_les_accords_se_notent_aussi_a_l_association(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Accords")
    await ouvrir_fiche(n, s)
    await n.suivre("Noter un accord ou son retrait")
    await n.suivre("Retirer : Partage de la synthèse")
    await n.envoyer("Noter le retrait de l’accord")
    assert "Le bailleur ne lit plus les synthèses." in n.page.texte
    assert (await s.vu())["consentements"] == ["transmission"]
