"""The landlord's signature."""

from __future__ import annotations

from uuid import uuid4

from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    orienter,
)
from tests.portail.navigateur import Navigateur


async def test_le_bailleur_signe_le_contrat_qu_il_a_lu(lieu: Lieu, navigateur: Navigateur) -> None:
    n, m = navigateur, lieu.monde
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Contrat")
    contrat = str(uuid4())
    for sujet, nom, corps in (
        ("tremplin17.coordinateur", "accepter-orientation", {}),
        ("tremplin17.referent", "recueillir-adhesion", {"support": "rendez_vous_bureau"}),
        (
            "tremplin17.referent",
            "tenir-entretien-initial",
            {"besoins": [{"theme": "logement-hebergement", "score": 2}], "support": "visite_domicile"},
        ),
        (
            "tremplin17.referent",
            "preparer-contrat",
            {
                "contrat": contrat,
                "objectifs": [
                    {"objectif": str(uuid4()), "theme": "logement-hebergement", "intitule": "Payer le loyer"}
                ],
                "engagements": [{"partie": "bailleur", "texte": "Étaler la dette sur six mois"}],
                "debut": "2026-01-05",
                "fin": "2026-12-31",
                "calendrier": ["2026-03-05"],
            },
        ),
    ):
        fait = await m.poster(sujet, f"/v1{dossier}/{nom}", corps)
        assert fait.status_code == 200, f"{nom}: {fait.text}"
    version = fait.json()["version"]
    await n.aller(f"{dossier}?v={version}")
    assert "C’est à vous" in n.page.texte
    assert "Payer le loyer" not in n.page.html
    await n.suivre("Lire et signer")
    assert "Étaler la dette sur six mois" in n.page.texte
    await n.envoyer("Enregistrer la signature", moyen="papier")
    assert "Votre signature est enregistrée." in n.page.texte
    assert "Le bailleur, le 5 janvier 2026" in n.page.texte.replace("\xa0", " ")
