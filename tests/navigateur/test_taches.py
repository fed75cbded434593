"""Each actor's top task from their first page to its end, within its budget of clicks: by mouse, without JavaScript, by
keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from jeu.gens import TEXTES
from tests.navigateur.acteur import Maniere, libelle
from tests.navigateur.conftest import Asseoir, Lieu

TOUTES = pytest.mark.parametrize("maniere", list(Maniere), ids=lambda m: m.name.lower())


@TOUTES
async def test_un_bailleur_oriente_en_six_clics(lieu: Lieu, asseoir: Asseoir, maniere: Maniere) -> None:
    a = await asseoir("semis.agent", maniere)
    await a.suivre("Orienter un ménage")
    await a.ecrire("Prénom", "Dominique")
    await a.ecrire("Nom", f"Exemple-{maniere.name.title()}")
    await a.ecrire("Date de naissance", "28/2/1990")
    await a.ecrire("Commune", "Saintes")
    await a.cocher("Oui", "En quartier prioritaire")
    await a.ecrire("Enfants", "2")
    await a.choisir("Type de foyer", "Famille monoparentale")
    await a.cocher("Personnes sans domicile")
    await a.presser("Continuer")
    await a.cocher("Tremplin 17")
    await a.cocher("Impayés de loyer")
    await a.ecrire("Ce que vous avez constaté", "Deux mois d’impayés.")
    await a.presser("Continuer")
    await a.cocher("Oui", "Le ménage accepte")
    await a.choisir("Comment vous l’a-t-il dit ?", "Rendez-vous au bureau")
    await a.presser("Continuer")
    await a.voit("répondra sous 15 jours")
    await a.presser("Envoyer à Tremplin 17")
    await a.voit("L’orientation est envoyée.")
    await a.voit(f"Dominique Exemple-{maniere.name.title()}")
    assert re.fullmatch(r"/dossiers/[0-9a-f-]{36}", a.chemin)
    assert a.clics <= 6


@TOUTES
async def test_un_coordinateur_repond_en_deux_clics(lieu: Lieu, asseoir: Asseoir, maniere: Maniere) -> None:
    nom = f"Exemple-Reponse-{maniere.name.title()}"
    await lieu.scene.menage(nom, "orientee")
    a = await asseoir("tremplin17.coordinateur", maniere)
    await a.presser(f"Accepter : Camille {nom}")
    await a.voit("L’orientation est acceptée")
    assert a.clics <= 2


@TOUTES
async def test_un_coordinateur_refuse_en_deux_clics(lieu: Lieu, asseoir: Asseoir, maniere: Maniere) -> None:
    nom = f"Exemple-Refus-{maniere.name.title()}"
    menage = await lieu.scene.menage(nom, "orientee")
    a = await asseoir("tremplin17.coordinateur", maniere)
    await a.suivre(f"Refuser : Camille {nom}")
    await a.cocher("Hors public", "Pourquoi")
    await a.presser("Envoyer le refus")
    await expect(a.page.get_by_role("alert")).to_contain_text("refus")
    assert a.clics <= 2
    vu = await lieu.api.lire("semis.agent", "dossiers", f"/dossiers/{menage.dossier}")
    assert vu["etape"] == "refusee"


@TOUTES
async def test_un_referent_tient_un_point_en_quatre_clics(lieu: Lieu, asseoir: Asseoir, maniere: Maniere) -> None:
    nom = f"Exemple-Point-{maniere.name.title()}"
    menage = await lieu.scene.menage(nom, "reevaluee")
    a = await asseoir("tremplin17.referent", maniere)
    await a.suivre(re.compile(rf"[Pp]oint.* : Camille {nom}"))
    await expect(a.page.get_by_label(libelle("Synthèse"))).to_have_value(TEXTES["synthese"])
    await a.presser("Enregistrer le point")
    await a.voit("Le point bimestriel est enregistré.")
    assert a.clics <= 4
    vu = await lieu.api.lire("tremplin17.referent", "dossiers", f"/dossiers/{menage.dossier}")
    assert vu["reevaluations"] == 2
    assert vu["synthese"] == TEXTES["synthese"]


@TOUTES
async def test_un_financeur_lit_ses_comptes_en_un_clic(lieu: Lieu, asseoir: Asseoir, maniere: Maniere) -> None:
    a = await asseoir("etat.analyste", maniere)
    await a.suivre("Indicateurs")
    await expect(a.page.get_by_role("table").first).to_be_visible()
    assert a.clics <= 1


@TOUTES
async def test_un_exploitant_voit_d_emblee_ce_qui_tourne(lieu: Lieu, asseoir: Asseoir, maniere: Maniere) -> None:
    a = await asseoir("exploitant", maniere)
    for service in ("Dossiers", "Partenaires", "Notifications"):
        await a.voit(service)
    assert a.clics == 0
