"""Preparing the contract: the themes that are hardest first, an objective at a time; and renewing it."""

from __future__ import annotations

from datetime import date

from tests.monde import DEBUT
from tests.portail.conftest import Lieu
from tests.portail.gestes import (
    ouvrir_fiche,
    texte,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import Creer


async def test_le_contrat_se_prepare_objectif_par_objectif(menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Objectifs", "entretien")
    await ouvrir_fiche(n, s)
    await n.suivre("Préparer le contrat")
    form, _ = n.page.form("Préparer le contrat")
    assert form.valeur("theme-0") == ["logement-hebergement"]
    assert form.valeur("fin") == ["31/12/2026"]
    await n.envoyer(
        "Ajouter un objectif", **{"intitule-0": "Payer le loyer", "engagements-menage": "- Venir\n- Prévenir"}
    )
    assert "intitule-3" in n.page.form("Préparer le contrat")[0].noms()
    await n.envoyer("Préparer le contrat", **{"intitule-3": "Passer le permis"})
    assert "Choisissez le thème de l’objectif 4." in n.page.texte
    await n.envoyer("Préparer le contrat", **{"theme-3": "mobilite", "terme-3": "1er juin 2026"})
    assert "Le contrat est prêt à être signé." in n.page.texte
    contrat = (await s.vu())["contrat"]
    assert [o["intitule"] for o in contrat["objectifs"]] == ["Payer le loyer", "Passer le permis"]
    assert [e["texte"] for e in contrat["engagements"]] == ["Venir", "Prévenir"]
    assert contrat["calendrier"][0] == "2026-03-05"
    assert n.page.lien("Recueillir les signatures") == f"{s.adresse}/contrat/signer"


async def test_un_contrat_echu_se_conclut_ou_se_renouvelle(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Echu")
    lieu.monde.jour(date(2027, 1, 4))
    try:
        page = await ouvrir_fiche(n, s)
        assert "arrivé à son terme" in page.texte
        assert page.lien("Terminer l’accompagnement") == f"{s.adresse}/clore"
        assert (await n.aller(f"{s.adresse}/point")).statut == 409
        assert "Le contrat a pris fin le 31 décembre 2026" in texte(n.page)
        await n.aller(s.adresse)
        await n.suivre("Préparer un nouveau contrat")
        await n.envoyer("Préparer le contrat", **{"intitule-0": "Continuer", "theme-0": "famille"}, fin="1/7/2027")
        assert "Le contrat est prêt à être signé." in n.page.texte
        assert "Recueillir les signatures" in n.page.texte
    finally:
        lieu.monde.jour(DEBUT)
