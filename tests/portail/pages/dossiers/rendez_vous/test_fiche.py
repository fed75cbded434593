"""Saying what became of an appointment."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from jeu import dossiers as g
from tests.monde import DEBUT
from tests.portail.conftest import Lieu
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import AGENT, REFERENT, Creer


async def test_il_a_eu_lieu(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Tenu", "adhesion")
    await lieu.monde.faire(REFERENT, g.fixer_rendez_vous(uuid4(), DEBUT), s.dossier)
    await n.se_connecter(REFERENT)
    await n.aller(f"{s.adresse}/rendez-vous")
    await n.suivre("Dire ce qu’il en a été")
    await n.envoyer("Enregistrer")
    assert "Dites ce qu’il en a été." in n.page.texte
    await n.envoyer("Enregistrer", suite="tenir-rendez-vous")
    assert "C’est noté." in n.page.texte
    assert "Tenu" in n.page.texte
    assert "Dire ce qu’il en a été" not in n.page.texte


async def test_il_a_ete_manque(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Manqué", "adhesion")
    await lieu.monde.faire(REFERENT, g.fixer_rendez_vous(uuid4(), DEBUT), s.dossier)
    await n.se_connecter(REFERENT)
    await n.aller(f"{s.adresse}/rendez-vous")
    await n.suivre("Dire ce qu’il en a été")
    await n.envoyer("Enregistrer", suite="manquer-rendez-vous")
    assert "Dites pourquoi." in n.page.texte
    await n.envoyer("Enregistrer", suite="manquer-rendez-vous", motif="absent_sans_prevenir")
    assert "Manqué" in n.page.texte


async def test_il_est_annule(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Annule", "adhesion")
    await lieu.monde.faire(REFERENT, g.fixer_rendez_vous(uuid4(), DEBUT + timedelta(days=30)), s.dossier)
    await n.se_connecter(REFERENT)
    await n.aller(f"{s.adresse}/rendez-vous")
    await n.suivre("Dire ce qu’il en a été")
    await n.envoyer("Enregistrer", suite="annuler-rendez-vous")
    assert "Annulé" in n.page.texte


async def test_le_bailleur_ne_conclut_rien(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s, qui = navigateur, await menage("Exemple-Lecture", "adhesion"), uuid4()
    await lieu.monde.faire(REFERENT, g.fixer_rendez_vous(qui, DEBUT, avec=("menage", "bailleur")), s.dossier)
    await n.se_connecter(AGENT)
    await n.aller(f"{s.adresse}/rendez-vous/{qui}")
    assert "Enregistrer" not in n.page.texte
    await n.aller(f"{s.adresse}/rendez-vous/{uuid4()}")
    assert n.page.statut == 404
