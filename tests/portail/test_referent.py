"""A référent's day in the pages: what is due, one household's sheet, and each step of its follow-up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest

from tests.monde import DEBUT
from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.navigateur import Navigateur, Page
from tests.portail.suivi import COORDINATEUR, REFERENT, Creer, Suivi, menages


@pytest.fixture
async def menage(lieu: Lieu) -> AsyncIterator[Creer]:
    async with menages(lieu) as creer:
        yield creer


def texte(page: Page) -> str:
    return page.texte.replace("\xa0", " ")


async def ouvrir_fiche(n: Navigateur, s: Suivi, sujet: str = REFERENT) -> Page:
    await n.se_connecter(sujet)
    return await n.aller(f"{s.adresse}?v={s.version}")


async def ecrit(s: Suivi, type_: str) -> int:
    """How many times something was recorded."""
    frise = await s.lieu.monde.lire(REFERENT, f"/v1{s.adresse}/frise")
    return [fait["type"] for fait in frise.json()["elements"]].count(type_)


# What is due


async def test_ce_qui_est_a_faire_mene_a_la_page_qui_le_fait(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n = navigateur
    attendus = {
        "acceptee": ("Recueillir l’adhésion", "/adhesion"),
        "adhesion": ("Tenir l’entretien initial", "/entretien"),
        "entretien": ("Préparer le contrat", "/contrat"),
        "contrat": ("Recueillir les signatures", "/contrat/signer"),
        "sous_contrat": ("Tenir le point bimestriel", "/point"),
    }
    suivis = {etape: await menage(f"Exemple-Afaire-{etape}", etape) for etape in attendus}
    await n.se_connecter(REFERENT)
    assert n.page.chemin == "/a-faire"
    for etape, (geste, page) in attendus.items():
        nom = f"Camille Exemple-Afaire-{etape}"
        assert n.page.lien(nom) == suivis[etape].adresse
        adresse = n.page.lien(f"{geste} : {nom}")
        assert adresse == suivis[etape].adresse + page
        vers = await n.aller(adresse)
        assert (vers.statut, vers.chemin) == (200, adresse)
        await n.aller("/a-faire")


async def test_chaque_nombre_ouvre_la_liste_qu_il_compte(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n = navigateur
    await menage("Exemple-Nombres")
    await menage("Exemple-Nombres-Oriente", "orientee")
    await n.se_connecter(COORDINATEUR)
    for page in (
        "/a-faire",
        "/a-faire?referent=moi",
        "/a-faire?referent=personne",
        "/menages",
        "/menages?referent=personne",
    ):
        await n.aller(page)
        comptes = [(texte.split(" ", 1), href) for texte, href in n.page.liens if texte[:1].isdecimal()]
        assert len(comptes) in (0, 6), page
        for (combien, nom), href in comptes:
            lue = await n.aller(href)
            assert [1 for balise, a in lue.balises if balise == "a" and a.get("aria-current") == "true"], (page, nom)
            lignes = lue.html.count('scope="row"')
            while [1 for balise, a in n.page.balises if a.get("rel") == "next"]:
                lignes += (await n.suivre("Page suivante")).html.count('scope="row"')
            assert lignes == int(combien), (page, nom)


async def test_les_siens_d_abord_puis_ceux_de_tous(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n = navigateur
    s = await menage("Exemple-A-Personne", "orientee")
    await s.faire(COORDINATEUR, "accepter-orientation")
    await s.vu()
    await n.se_connecter(REFERENT)
    assert "Exemple-A-Personne" not in n.page.texte
    await n.envoyer("Afficher", referent="tous")
    assert "Exemple-A-Personne" in n.page.texte
    await n.aller("/menages")
    assert "Exemple-A-Personne" not in n.page.texte
    await n.envoyer("Afficher", referent="personne")
    assert "Exemple-A-Personne" in n.page.texte


@pytest.mark.parametrize("chemin", ["/a-faire", "/menages"])
async def test_ces_listes_sont_celles_de_l_association(navigateur: Navigateur, chemin: str) -> None:
    n = navigateur
    for sujet in ("semis.agent", "etat.analyste"):
        await n.se_connecter(sujet)
        assert (await n.aller(chemin)).statut == 404
    await n.se_connecter("autre-association.referent")
    assert "Exemple" not in (await n.aller(f"{chemin}?referent=tous")).texte


# The sheet


async def test_la_fiche_dit_tout_ce_que_l_association_peut_lire(
    lieu: Lieu, menage: Creer, navigateur: Navigateur
) -> None:
    s = await menage("Exemple-Fiche")
    page = await ouvrir_fiche(navigateur, s)
    lu = texte(page)
    for dit in (
        "Camille Exemple-Fiche", "Accompagné", "Tenir le point bimestriel avant le 5 mars 2026", "Payer le loyer courant",
        "Étaler la dette sur six mois", "Prochains rendez-vous 5 mars 2026", "Un budget à refaire.",
        "Difficultés financières", "Contrat signé par le bailleur",
        "Transmission à l’association", "Orientation acceptée",
    ):  # fmt: skip
        assert dit in lu, dit
    assert "Un constat qui reste au bailleur" not in lu
    assert "Partage de la synthèse avec le bailleur" in lu  # agreed to before the orientation
    assert page.lien("Qui a consulté ce dossier") == f"{s.adresse}/consultations"
    assert (await navigateur.suivre("Tout l’historique")).statut == 200
    assert "Ménage orienté vers vous" in navigateur.page.texte


async def test_le_dossier_d_une_autre_association_n_existe_pas(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    s = await menage("Exemple-Ailleurs")
    pages = ("", "/historique", "/notes", "/note", "/rencontre", "/adhesion", "/adhesion/refus", "/entretien", "/contrat",
             "/contrat/signer", "/contrat/imprimer", "/point", "/clore", "/effacer")  # fmt: skip
    autre, bailleur = ouvrir(), ouvrir()
    await autre.se_connecter("autre-association.coordinateur")
    await bailleur.se_connecter("semis.responsable")
    for page in pages:
        assert (await autre.aller(s.adresse + page)).statut == 404, page
        assert "Exemple-Ailleurs" not in autre.page.html
        if page:
            assert (await bailleur.aller(s.adresse + page)).statut == 404, page


# Each step


async def test_du_oui_du_menage_au_contrat_signe(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Parcours", "acceptee")
    await ouvrir_fiche(n, s)
    await n.suivre("Recueillir l’adhésion")
    await n.envoyer("Enregistrer l’adhésion")
    assert "Dites comment le ménage l’a exprimé." in n.page.texte
    await n.envoyer("Enregistrer l’adhésion", support="telephone")
    assert "L’adhésion du ménage est enregistrée." in n.page.texte

    await n.suivre("Tenir l’entretien initial")
    await n.envoyer("Enregistrer l’entretien", support="visite_domicile")
    assert "Donnez un score à au moins un thème." in n.page.texte
    await n.envoyer(
        "Enregistrer l’entretien",
        **{"score-logement-hebergement": "2", "precision-logement-hebergement": "Deux loyers.", "score-mobilite": "4"},
        synthese="Garder son logement.",
    )
    assert "L’entretien initial est enregistré." in n.page.texte
    vu = await s.vu()
    assert [(t["theme"], t["score"], t["precision"]) for t in vu["themes"]] == [
        ("logement-hebergement", 2, "Deux loyers."), ("mobilite", 4, ""),
    ]  # fmt: skip

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

    await n.suivre("Recueillir les signatures")
    await n.envoyer("Enregistrer les signatures", moyen="papier")
    assert "Les signatures sont enregistrées." in n.page.texte
    assert "semis doit signer le contrat" in texte(n.page)
    assert {x["partie"] for x in (await s.vu())["contrat"]["signatures"]} == {"menage", "association"}


async def test_le_contrat_s_imprime_et_la_feuille_du_bailleur_tait_les_objectifs(
    lieu: Lieu, menage: Creer, navigateur: Navigateur
) -> None:
    s = await menage("Exemple-Papier", "contrat")
    await ouvrir_fiche(navigateur, s)
    await navigateur.suivre("Voir et imprimer le contrat")
    page = texte(navigateur.page)
    menage_, bailleur = page.split("Feuille du bailleur", 1)
    assert "Payer le loyer courant" in menage_
    assert "Payer le loyer courant" not in bailleur
    assert "Étaler la dette sur six mois" in bailleur
    boites = [a for balise, a in navigateur.page.balises if a.get("class") == "m-signature"]
    assert len(boites) == 3


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


async def test_un_brouillon_se_supprime_par_son_auteur_seul(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, s, collegue = navigateur, await menage("Exemple-Jete"), ouvrir()
    await ouvrir_fiche(n, s)
    await n.suivre("Écrire une note")
    await n.envoyer("Enregistrer et reprendre plus tard", texte="À jeter.")
    form, _ = n.page.form("Supprimer le brouillon : Note, Camille Exemple-Jete")
    await collegue.se_connecter(COORDINATEUR)
    [jeton] = collegue.page.forms[0].valeur("jeton")
    await collegue.poster(form.action, [("jeton", jeton)])
    assert "Exemple-Jete modifié" in (await n.aller("/a-faire")).texte
    await n.envoyer("Supprimer le brouillon : Note, Camille Exemple-Jete")
    assert "Le brouillon est supprimé." in n.page.texte
    assert "Exemple-Jete modifié" not in n.page.texte


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


async def test_un_double_envoi_n_agit_qu_une_fois(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Double-Point")
    await ouvrir_fiche(n, s)
    for lien, bouton, rempli, type_ in (
        (
            "Tenir le point bimestriel",
            "Enregistrer le point",
            {"nouveau": "mobilite", "score-nouveau": "3"},
            "SuiviReevalue",
        ),
        ("Écrire une note", "Enregistrer la note", {"texte": "Une seule fois."}, "NoteDeposee"),
        ("Noter une rencontre", "Enregistrer la rencontre", {"support": "telephone"}, "RencontreTenue"),
    ):
        await n.suivre(lien)
        adresse, form = n.page.chemin, n.page.form(bouton)[0]
        un, deux = await asyncio.gather(*(n.poster(adresse, form.donnees(rempli)) for _ in range(2)))
        assert (un.chemin, deux.chemin) == (s.adresse, s.adresse), (un.texte, deux.texte)
        await s.vu()
        assert await ecrit(s, type_) == 1
        await n.aller(s.adresse)


async def test_une_note_se_lit_selon_son_niveau(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, s, coordination = navigateur, await menage("Exemple-Notes", "acceptee"), ouvrir()
    await ouvrir_fiche(n, s)
    await n.suivre("Écrire une note")
    assert "Que verront les autres ?" in n.page.texte
    await n.envoyer("Enregistrer la note")
    assert "Écrivez la note." in n.page.texte
    await n.envoyer("Enregistrer la note", texte="Pour l’équipe.", niveau="equipe")
    await n.suivre("Écrire une note")
    await n.envoyer("Enregistrer la note", texte="Pour moi seul.", niveau="referent")
    assert "La note est enregistrée." in n.page.texte
    assert {"Pour l’équipe.", "Pour moi seul."} <= {
        t for t in ("Pour l’équipe.", "Pour moi seul.") if t in n.page.texte
    }
    await s.vu()
    await ouvrir_fiche(coordination, s, COORDINATEUR)
    assert "Pour l’équipe." in coordination.page.texte
    assert "Pour moi seul." not in coordination.page.html
    assert "Pour moi seul." not in (await coordination.aller(f"{s.adresse}/notes")).html


async def test_le_menage_peut_dire_non(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Non", "acceptee")
    await ouvrir_fiche(n, s)
    await n.suivre("Noter un refus")
    await n.envoyer("Enregistrer le refus", motif="autre")
    assert "Avec « Autre », expliquez en quelques mots." in texte(n.page)
    await n.envoyer("Enregistrer le refus", precision="Ne veut pas d’aide.")
    assert "Le refus du ménage est enregistré." in n.page.texte
    assert "Adhésion refusée" in n.page.texte
    assert (await s.vu("semis.agent"))["etape"] == "adhesion_refusee"


async def test_l_accompagnement_se_termine_puis_s_efface(
    lieu: Lieu, menage: Creer, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, s, coordination = navigateur, await menage("Exemple-Fin"), ouvrir()
    await ouvrir_fiche(n, s)
    await n.suivre("Terminer l’accompagnement")
    await n.envoyer("Terminer l’accompagnement", motif="objectifs_atteints")
    assert "Dites où habite le ménage à présent." in n.page.texte
    await n.envoyer("Terminer l’accompagnement", situation="maintien_logement", precision="Loyer à jour.")
    assert "L’accompagnement est terminé." in n.page.texte
    assert "Loyer à jour." in n.page.texte
    assert "effacer" not in n.page.texte  # whoever answers for the team does it
    assert (await n.aller(f"{s.adresse}/effacer")).statut == 404
    assert (await n.aller(f"{s.adresse}/point")).chemin == s.adresse
    await s.vu()
    await ouvrir_fiche(coordination, s, COORDINATEUR)
    await coordination.suivre("effacer ce que nous savons")
    await coordination.envoyer("Effacer définitivement")
    assert "Cochez la case pour confirmer" in coordination.page.texte
    await coordination.envoyer("Effacer définitivement", certain="oui")
    assert "Les données de ce ménage sont effacées." in coordination.page.texte
    assert "Exemple-Fin" not in coordination.page.html
    assert "Loyer à jour." not in coordination.page.html


async def test_les_accords_se_notent_aussi_a_l_association(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Accords")
    await ouvrir_fiche(n, s)
    await n.suivre("Noter un accord ou son retrait")
    await n.suivre("Retirer : Partage de la synthèse")
    await n.envoyer("Noter le retrait de l’accord")
    assert "Le bailleur ne lit plus les synthèses." in n.page.texte
    assert (await s.vu())["consentements"] == ["transmission"]


async def test_un_contrat_echu_se_conclut_ou_se_renouvelle(lieu: Lieu, menage: Creer, navigateur: Navigateur) -> None:
    n, s = navigateur, await menage("Exemple-Echu")
    lieu.monde.jour(date(2027, 1, 4))
    try:
        page = await ouvrir_fiche(n, s)
        assert "arrivé à son terme" in page.texte
        assert page.lien("Terminer l’accompagnement") == f"{s.adresse}/clore"
        assert (await n.aller(f"{s.adresse}/point")).chemin == s.adresse
        await n.aller(s.adresse)
        await n.suivre("Préparer un nouveau contrat")
        await n.envoyer("Préparer le contrat", **{"intitule-0": "Continuer", "theme-0": "famille"}, fin="1/7/2027")
        assert "Le contrat est prêt à être signé." in n.page.texte
        assert "Recueillir les signatures" in n.page.texte
    finally:
        lieu.monde.jour(DEBUT)
