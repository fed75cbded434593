"""Who follows how many, and whom to give what is nobody's."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    adresser,
    faire,
    referente,
)
from tests.portail.navigateur import Navigateur


async def test_la_charge_confie_et_ses_nombres_ouvrent_leur_liste(lieu: Lieu, navigateur: Navigateur) -> None:
    n, membre = navigateur, await referente(lieu, "tremplin17.referente")
    dossier = await adresser(lieu, "Exemple-A-Confier")
    await faire(lieu, "tremplin17.coordinateur", dossier, "accepter-orientation")
    await n.se_connecter("tremplin17.coordinateur")
    await n.suivre("Choisir qui l")
    await n.envoyer("Confier")
    assert "Choisissez un référent" in n.page.texte
    await n.envoyer("Confier", **{f"referent-{dossier}": membre})
    assert "C’est fait" in n.page.texte
    assert f"referent-{dossier}" not in n.page.html
    vu = (await lieu.monde.lire("tremplin17.coordinateur", f"/v1/dossiers/{dossier}")).json()
    assert vu["referent"] == membre
    assert f"/a-faire?referent={membre}" in [href for _, href in n.page.liens]
