"""What a household agrees to: taking back the first stops everything."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    orienter,
)
from tests.portail.navigateur import Navigateur


async def test_un_accord_se_retire_et_arrete_tout(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Accord")
    await n.suivre("Noter un accord ou son retrait")
    await n.suivre("Noter l’accord : Partage de la synthèse")
    await n.envoyer("Noter l’accord")
    assert "Dites comment le ménage l’a exprimé." in n.page.texte
    await n.envoyer("Noter l’accord", support="telephone")
    assert "L’accord du ménage est enregistré." in n.page.texte
    await n.suivre("Noter un accord ou son retrait")
    await n.suivre("Retirer : Transmission")
    await n.envoyer("Noter le retrait de l’accord")
    assert "Plus rien n’est transmis." in n.page.texte
    assert "Orientation retirée" in n.page.texte
    vu = await lieu.monde.lire("semis.agent", f"/v1{dossier}")
    assert vu.json()["consentements"] == ["partage_synthese"]
