"""A household's référent."""

from __future__ import annotations

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    adresser,
    faire,
    referente,
)
from tests.portail.navigateur import Navigateur


async def test_un_menage_change_de_referent_depuis_sa_fiche(lieu: Lieu, navigateur: Navigateur) -> None:
    n, membre = navigateur, await referente(lieu, "tremplin17.suivante")
    dossier = await adresser(lieu, "Exemple-Relais")
    await faire(lieu, "tremplin17.coordinateur", dossier, "accepter-orientation")
    await n.se_connecter("tremplin17.coordinateur", f"/dossiers/{dossier}/referent")
    await n.envoyer("Confier ce ménage")
    assert "Choisissez qui suit ce ménage." in n.page.texte
    await n.envoyer("Confier ce ménage", referent=lieu.reseau.membres["semis.agent"])
    assert "Cette personne ne suit pas de ménages" in n.page.texte
    await n.envoyer("Confier ce ménage", referent=membre)
    vu = (await lieu.monde.lire("tremplin17.coordinateur", f"/v1/dossiers/{dossier}")).json()
    assert vu["referent"] == membre
