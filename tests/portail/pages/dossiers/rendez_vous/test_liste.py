"""Reading the appointments, on either side."""

from __future__ import annotations

from uuid import uuid4

from jeu import dossiers as g
from tests.monde import DEBUT
from tests.portail.conftest import Lieu
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import AGENT, REFERENT, Creer


async def test_le_bailleur_lit_ceux_ou_il_vient(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Communs", "adhesion")
    for geste in (
        g.fixer_rendez_vous(uuid4(), DEBUT, avec=("menage", "bailleur"), lieu="À l'agence", objet="Rester discret"),
        g.fixer_rendez_vous(uuid4(), DEBUT, lieu="Chez la voisine"),
    ):
        await lieu.monde.faire(REFERENT, geste, s.dossier)
    await n.se_connecter(AGENT)
    await n.aller(f"{s.adresse}/rendez-vous")
    assert "À l'agence" in n.page.texte.replace("’", "'")
    assert "Rester discret" not in n.page.html
    assert "Chez la voisine" not in n.page.html
    assert "Fixer un rendez-vous" not in n.page.texte


async def test_rien_encore(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Sans-Agenda", "adhesion")
    await n.se_connecter(REFERENT)
    await n.aller(f"{s.adresse}/rendez-vous")
    assert "Aucun rendez-vous" in n.page.texte
