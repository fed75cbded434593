"""The two-month review."""

from __future__ import annotations

import msgspec

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    ecrit,
    ouvrir_fiche,
    texte,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import COORDINATEUR, REFERENT, Creer


async def test_le_point_se_tient_en_quatre_clics_quand_rien_n_a_change(
    lieu: Lieu, menage: Creer, navigateur: Navigateur
) -> None:
    n, s = navigateur, await menage("Exemple-Point")
    scores = [{"theme": "logement-hebergement", "score": 4}, {"theme": "difficultes-financieres", "score": 3}]
    await s.faire(
        REFERENT,
        "reevaluer",
        {"scores": scores, "progressions": [{"objectif": s.objectif, "avancement": 35}], "synthese": "Ça avance."},
    )
    await s.faire(REFERENT, "deposer-note", {"note": s.dossier, "niveau": "equipe", "texte": "Une note entre-temps."})
    await s.vu()
    await n.se_connecter(REFERENT)
    await n.suivre("Tenir le point bimestriel : Camille Exemple-Point")
    assert "Le 05/01/2026" in texte(n.page)
    assert "en ferait un second" in n.page.texte, "the last one was held today"
    await n.envoyer("Enregistrer le point")
    assert n.clics <= 4
    assert "Le point bimestriel est enregistré." in n.page.texte
    vu = await s.vu()
    assert vu["scores"] == scores
    assert vu["progressions"] == [{"objectif": s.objectif, "avancement": 35}]
    assert (vu["synthese"], vu["reevaluations"]) == ("Ça avance.", 2)


async def test_un_theme_de_plus_se_suit_a_partir_du_point(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Theme")
    await ouvrir_fiche(n, s)
    await n.suivre("Tenir le point bimestriel")
    assert "en ferait un second" not in n.page.texte
    await n.envoyer("Enregistrer le point", nouveau="mobilite", **{"score-logement-hebergement": "5", "le": "hier"})
    assert n.page.statut == 422
    assert "Donnez un score au thème que vous ajoutez." in n.page.texte
    assert n.page.form("Enregistrer le point")[0].valeur("score-logement-hebergement") == ["5"]
    await n.envoyer("Enregistrer le point", le="5/1/26", **{"score-nouveau": "2"})
    assert "Le point bimestriel est enregistré." in n.page.texte
    assert {x["theme"]: x["score"] for x in (await s.vu())["scores"]} == {
        "logement-hebergement": 5, "difficultes-financieres": 3, "mobilite": 2,
    }  # fmt: skip


async def test_le_point_commence_se_reprend_depuis_a_faire(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, s = navigateur, await menage("Exemple-Reprise")
    await ouvrir_fiche(n, s)
    await n.suivre("Tenir le point bimestriel")
    await n.envoyer(
        "Enregistrer et reprendre plus tard", synthese="Phrase commencée", **{"score-logement-hebergement": "1"}
    )
    assert n.page.chemin == "/a-faire"
    await n.suivre("Point bimestriel : Camille Exemple-Reprise")
    form, _ = n.page.form("Enregistrer le point")
    assert form.valeur("synthese") == ["Phrase commencée"]
    assert form.valeur("score-logement-hebergement") == ["1"]
    collegue = ouvrir()
    await collegue.se_connecter(COORDINATEUR)
    assert "Exemple-Reprise" not in collegue.page.texte
    assert "Phrase commencée" not in (await collegue.aller(f"{s.adresse}/point")).html
    await n.envoyer("Enregistrer le point")
    await n.aller("/a-faire")
    assert "Exemple-Reprise modifié" not in n.page.texte


async def test_deux_personnes_au_meme_point(lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, s, collegue = navigateur, await menage("Exemple-Deux"), ouvrir()
    await ouvrir_fiche(n, s)
    await n.suivre("Tenir le point bimestriel")
    await ouvrir_fiche(collegue, s, COORDINATEUR)
    await collegue.suivre("Tenir le point bimestriel")
    await collegue.envoyer(
        "Enregistrer le point", synthese="Dite par la collègue.", **{"score-logement-hebergement": "5"}
    )
    assert "Le point bimestriel est enregistré." in collegue.page.texte
    await n.envoyer("Enregistrer le point", synthese="Dite par moi.", **{"score-logement-hebergement": "1"})
    assert n.page.statut == 422
    assert "Quelqu’un a modifié ce dossier" in n.page.texte
    assert "Dite par la collègue." in n.page.texte
    assert n.page.form("Enregistrer le point")[0].valeur("synthese") == ["Dite par moi."]
    assert await ecrit(s, "SuiviReevalue") == 1


async def test_service_absent_le_point_se_renvoie(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Panne-Point")
    await n.se_connecter(REFERENT)
    await n.aller(f"{s.adresse}/point")
    moyens = lieu.app.state.moyens
    lieu.app.state.moyens = msgspec.structs.replace(moyens, urls={**moyens.urls, "dossiers": "http://127.0.0.1:1"})
    try:
        page = await n.envoyer("Enregistrer le point", synthese="Gardée malgré la panne.")
        assert page.statut == 503
        assert "Gardée malgré la panne." in page.texte
        assert (await s.vu())["menage"] not in page.texte  # our own fields are not shown
    finally:
        lieu.app.state.moyens = moyens
    await n.envoyer("Réessayer")
    assert "Le point bimestriel est enregistré." in n.page.texte
    assert (await s.vu())["synthese"] == "Gardée malgré la panne."


async def test_un_brouillon_d_avant_un_changement_se_compare(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Ancien-Brouillon")
    await n.se_connecter(REFERENT)
    await n.aller(f"{s.adresse}/point")
    await n.envoyer("Enregistrer et reprendre plus tard", synthese="Commencée hier.")
    scores = [{"theme": t, "score": 4} for t in ("logement-hebergement", "difficultes-financieres")]
    corps = {"scores": scores, "progressions": [{"objectif": s.objectif, "avancement": 20}], "synthese": "Dite depuis."}
    await s.faire(COORDINATEUR, "reevaluer", corps)
    await s.vu()
    await n.aller(f"{s.adresse}/point")
    assert "Le dossier a changé depuis" in n.page.texte
    assert "Dite depuis." in n.page.texte
    assert n.page.form("Enregistrer le point")[0].valeur("synthese") == ["Commencée hier."]
