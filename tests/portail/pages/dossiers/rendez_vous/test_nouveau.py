"""Making an appointment."""

from __future__ import annotations

import pytest

from tests.portail.conftest import Lieu
from tests.portail.gestes import ouvrir_fiche
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer

A_REMPLIR = {"jour": "22/1/2026", "heure": "14h30", "lieu": "Au domicile", "avec": ["menage"]}


async def test_on_fixe_un_rendez_vous(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Rendez-Vous", "adhesion")
    await ouvrir_fiche(n, s)
    await n.suivre("Rendez-vous")
    await n.suivre("Fixer un rendez-vous")
    await n.envoyer("Fixer le rendez-vous", **A_REMPLIR, objet="Faire le point")
    assert "Le rendez-vous est fixé." in n.page.texte
    assert "22 janvier 2026 à 14:30" in n.page.texte.replace("\xa0", " ")
    assert "Faire le point" in n.page.texte


@pytest.mark.parametrize(
    ("champ", "saisi", "phrase"),
    [
        ("jour", "", "Indiquez le jour."),
        ("jour", "le 3", "Écrivez la date ainsi"),
        ("heure", "25h00", "Écrivez l’heure ainsi"),
        ("heure", "midi", "Écrivez l’heure ainsi"),
        ("lieu", "", "Dites où."),
        ("avec", [], "Dites qui vient."),
        ("jour", "22/1/2190", "dix ans"),
    ],
)
async def test_ce_qui_manque_se_dit_a_sa_place(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, champ: str, saisi: object, phrase: str
) -> None:
    n, s = navigateur, await menage(f"Exemple-Manque-{champ}", "adhesion")
    await ouvrir_fiche(n, s)
    await n.aller(f"{s.adresse}/rendez-vous/nouveau")
    await n.envoyer("Fixer le rendez-vous", **(A_REMPLIR | {champ: saisi}))
    assert n.page.statut == 422
    assert phrase in n.page.texte
    assert "Au domicile" in n.page.html or champ == "lieu"


async def test_sur_un_dossier_clos_la_page_dit_pourquoi(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Clos", "adhesion")
    await s.faire("tremplin17.referent", "clore", {"motif": "objectifs_atteints", "situation": "maintien_logement"})
    await s.vu()
    await ouvrir_fiche(n, s)
    await n.aller(f"{s.adresse}/rendez-vous/nouveau")
    assert "Ce dossier est clos" in n.page.texte
    assert "Fixer le rendez-vous" not in n.page.texte
