"""The signatures the association records; the landlord's is its own to record."""

from __future__ import annotations

from tests.portail.gestes import (
    ouvrir_fiche,
    texte,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_l_association_enregistre_les_deux_signatures_qu_elle_recueille(
    menage: Creer, navigateur: Navigateur
) -> None:
    n, s = navigateur, await menage("Exemple-Signatures", "contrat")
    await ouvrir_fiche(n, s)
    await n.suivre("Recueillir les signatures")
    await n.envoyer("Enregistrer les signatures", moyen="papier")
    assert "Les signatures sont enregistrées." in n.page.texte
    assert "semis doit signer le contrat" in texte(n.page)
    assert {x["partie"] for x in (await s.vu())["contrat"]["signatures"]} == {"menage", "association"}
