"""Somebody else in a member's place."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    adresser,
    faire,
    referente,
)
from tests.portail.navigateur import Navigateur


async def test_un_referent_parti_se_remplace_d_un_coup(lieu: Lieu, navigateur: Navigateur) -> None:
    n, parti = navigateur, await referente(lieu, "tremplin17.partante")
    dossiers = [await adresser(lieu, f"Exemple-Depart-{i}") for i in range(2)]
    for dossier in dossiers:
        await faire(lieu, "tremplin17.coordinateur", dossier, "accepter-orientation")
        await faire(lieu, "tremplin17.coordinateur", dossier, "designer-referent", {"referent": parti})
    chez = lieu.reseau.organisations["tremplin17"]
    await lieu.reseau.faire("tremplin17.coordinateur", f"organisations/{chez}/retirer-membre", {"membre": parti})
    await lieu.monde.attendre("tremplin17.partante", "/v1/moi", 401)
    await n.se_connecter("tremplin17.coordinateur", "/charge")
    assert "n’est plus référent" in n.page.texte
    await n.suivre("Confier ses dossiers : Secrète tremplin17.partante")
    nouveau = lieu.reseau.membres["tremplin17.referent"]
    await n.envoyer("Confier", referent=nouveau)
    assert "C’est fait" in n.page.texte
    assert "partante" not in n.page.texte
    for dossier in dossiers:
        vu = (await lieu.monde.lire("tremplin17.coordinateur", f"/v1/dossiers/{dossier}")).json()
        assert vu["referent"] == nouveau
