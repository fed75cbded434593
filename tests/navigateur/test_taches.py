"""Each actor's top task from their first page to its end, within its budget of clicks: by mouse, without JavaScript, by
keyboard alone."""

from __future__ import annotations

import re

import pytest

from tests.navigateur.acteur import Maniere
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
