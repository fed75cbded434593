"""The landlord's signature."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from contracts import dossiers as d
from jeu import dossiers as g
from jeu.gens import SAINTES
from jeu.geste import Geste
from tests.monde import DEBUT
from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    orienter,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import AGENT, REFERENT, Creer


async def test_le_bailleur_signe_le_contrat_qu_il_a_lu(lieu: Lieu, navigateur: Navigateur) -> None:
    n, m = navigateur, lieu.monde
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Contrat")
    objectif = d.Objectif(uuid4(), "logement-hebergement", "Payer le loyer")
    engagement = d.Engagement("bailleur", "Étaler la dette sur six mois")
    pas: tuple[tuple[str, Geste[Any]], ...] = (
        (SAINTES.coordinateur, g.accepter()),
        (SAINTES.referent, g.recueillir_adhesion()),
        (SAINTES.referent, g.tenir_entretien([d.Besoin("logement-hebergement", 2)])),
        (
            SAINTES.referent,
            g.preparer_contrat(
                uuid4(), DEBUT, date(2026, 12, 31), [objectif], [engagement], calendrier=[date(2026, 3, 5)]
            ),
        ),
    )
    for sujet, geste in pas:
        version = (await m.faire(sujet, geste, dossier.rpartition("/")[2]))["version"]
    await n.aller(f"{dossier}?v={version}")
    assert "Vous pouvez déjà signer le contrat." in n.page.texte  # whoever is awaited, the three sign in any order
    assert "Payer le loyer" not in n.page.html
    await n.suivre("Lire et signer")
    assert "Étaler la dette sur six mois" in n.page.texte
    await n.envoyer("Enregistrer la signature", moyen="papier")
    assert "Votre signature est enregistrée." in n.page.texte
    assert "Le bailleur, le 5 janvier 2026" in n.page.texte.replace("\xa0", " ")


async def test_quand_il_ne_manque_que_lui_c_est_au_bailleur(menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Attendu", "contrat")
    for partie in ("menage", "association"):
        await s.faire(REFERENT, "signer-contrat", {"contrat": s.contrat, "partie": partie, "moyen": "papier"})
    await n.se_connecter(AGENT, f"{s.adresse}?v={s.version}")
    assert "C’est à vous Signer le contrat" in n.page.texte
    await n.suivre("Lire et signer")
    await n.envoyer("Enregistrer la signature", moyen="papier")
    assert "Lire et signer" not in n.page.texte
    assert (await n.aller(f"{s.adresse}/signer")).statut == 409
    assert "Cette partie a déjà signé ce contrat." in n.page.texte
    assert n.page.lien("Voir où en est le dossier") == s.adresse
