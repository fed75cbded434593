"""What happens to people: the back button, two presses for one, a line that drops, a browser that dies, a colleague on the
same household. Nothing acts twice, and nothing typed is lost."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Browser, expect

from captures.chromium import fenetre
from captures.decor import Menage
from tests.navigateur.acteur import Acteur, Maniere, libelle
from tests.navigateur.conftest import Asseoir, Lieu

SYNTHESE = libelle("Synthèse")


async def _ecrits(lieu: Lieu, compte: str, menage: Menage) -> int:
    """How many reviews and notes the account reads of the household, once what was sent had time to be seen."""
    await asyncio.sleep(1)
    vu = await lieu.api.lire(compte, "dossiers", f"/dossiers/{menage.dossier}")
    notes = await lieu.api.lire(compte, "dossiers", f"/dossiers/{menage.dossier}/notes")
    return int(vu["reevaluations"]) + len(notes["elements"])


async def _commencer(a: Acteur, nom: str) -> None:
    """An orientation up to its last page."""
    await a.suivre("Orienter un ménage")
    await a.ecrire("Prénom", "Dominique")
    await a.ecrire("Nom", nom)
    await a.ecrire("Commune", "Saintes")
    await a.cocher("Non", "En quartier prioritaire")
    await a.choisir("Type de foyer", "Personne seule")
    await a.cocher("Personnes sans domicile")
    await a.presser("Continuer")
    await a.cocher("Tremplin 17")
    await a.cocher("Isolement")
    await a.ecrire("Ce que vous avez constaté", "Ne sort plus.")
    await a.presser("Continuer")
    await a.cocher("Oui", "Le ménage accepte")
    await a.choisir("Comment vous l’a-t-il dit ?", "Téléphone")
    await a.presser("Continuer")
    await a.voit("répondra sous 15 jours")


async def test_revenir_en_arriere_garde_ce_qui_est_tape_et_ne_refait_rien(lieu: Lieu, asseoir: Asseoir) -> None:
    a = await asseoir("semis.agent", Maniere.SOURIS)
    await _commencer(a, "Exemple-Arriere")
    await a.page.go_back()
    await a.page.go_back()
    await expect(a.page.get_by_label(libelle("Ce que vous avez constaté"))).to_have_value("Ne sort plus.")
    await a.page.go_back()
    await expect(a.page.get_by_label(libelle("Nom"))).to_have_value("Exemple-Arriere")
    for _ in range(3):
        await a.page.go_forward()
    await a.presser("Envoyer à Tremplin 17")
    await a.voit("L’orientation est envoyée.")
    dossier = a.chemin
    await a.page.go_back()
    if await a.page.get_by_role("button", name="Envoyer à Tremplin 17").count():
        await a.presser("Envoyer à Tremplin 17")
    await a.page.wait_for_url(f"**{dossier}*")
    trouves = await lieu.api.liste("semis.agent", "dossiers", "/orientations", etape="orientee")
    assert [t["dossier"] for t in trouves if (t["identite"] or {}).get("nom") == "Exemple-Arriere"] == [dossier[10:]]


async def test_deux_clics_pour_un_n_envoient_qu_une_orientation(lieu: Lieu, asseoir: Asseoir) -> None:
    for maniere in (Maniere.SOURIS, Maniere.SANS_JAVASCRIPT):
        a = await asseoir("semis.agent", maniere)
        nom = f"Exemple-Double-{maniere.name.title()}"
        await _commencer(a, nom)
        await a.page.get_by_role("button", name="Envoyer à Tremplin 17").dblclick(no_wait_after=True)
        await a.page.wait_for_url(re.compile(r"/dossiers/"))
        trouves = await lieu.api.liste("semis.agent", "dossiers", "/orientations", etape="orientee")
        assert len([t for t in trouves if (t["identite"] or {}).get("nom") == nom]) == 1


async def test_deux_clics_pour_un_n_ecrivent_qu_un_point_et_qu_une_note(lieu: Lieu, asseoir: Asseoir) -> None:
    """Each form of the référent that adds something, pressed twice where no script prevents it."""
    a = await asseoir("tremplin17.referent", Maniere.SANS_JAVASCRIPT)
    menage = await lieu.scene.menage("Exemple-Insistance", "reevaluee")
    for page, bouton in (("point", "Enregistrer le point"), ("note", "Enregistrer la note")):
        avant = await _ecrits(lieu, "tremplin17.referent", menage)
        await a.aller(f"/dossiers/{menage.dossier}/{page}")
        if page == "note":
            await a.ecrire("Votre note", "Une seule fois.")
            await a.cocher("Toute l’équipe")
        await a.page.get_by_role("button", name=bouton).dblclick(no_wait_after=True)
        await expect(a.page.get_by_role("alert")).to_be_visible()
        assert await _ecrits(lieu, "tremplin17.referent", menage) == avant + 1, page
    await a.page.go_back()  # what was sent is not there to be sent again
    await expect(a.page.get_by_label(libelle("Votre note"))).to_have_value("")


async def test_un_navigateur_qui_meurt_ne_perd_pas_deux_secondes_de_frappe(
    lieu: Lieu, navigateur: Browser, asseoir: Asseoir
) -> None:
    menage = await lieu.scene.menage("Exemple-Coupure", "reevaluee")
    adresse = f"{lieu.adresse}/dossiers/{menage.dossier}/point"
    async with fenetre(navigateur, await lieu.visiteur("tremplin17.referent")) as page:
        await page.goto(adresse)
        await page.get_by_label(SYNTHESE).press("End")
        await page.get_by_label(SYNTHESE).type(" Tapé juste avant la panne.")
        await page.wait_for_timeout(2000)
    # The window is gone with no goodbye: its context is closed, its cookies with it.
    a = await asseoir("tremplin17.referent", Maniere.SOURIS, entrer=True)
    await a.voit("Camille Exemple-Coupure")
    await a.suivre(re.compile("[Pp]oint.*Camille Exemple-Coupure"))
    await expect(a.page.get_by_label(SYNTHESE)).to_have_value(re.compile("Tapé juste avant la panne.$"))
    autre = await asseoir("tremplin17.referent2", Maniere.SOURIS)
    await autre.page.goto(adresse)
    assert "juste avant la panne" not in await autre.page.content()


async def test_une_ligne_coupee_se_dit_et_le_brouillon_part_a_son_retour(lieu: Lieu, navigateur: Browser) -> None:
    menage = await lieu.scene.menage("Exemple-Tunnel", "reevaluee")
    async with fenetre(navigateur, await lieu.visiteur("tremplin17.referent")) as page:
        await page.goto(f"{lieu.adresse}/dossiers/{menage.dossier}/point")
        await page.context.set_offline(True)
        await page.get_by_label(SYNTHESE).fill("Écrit dans un tunnel.")
        etat = page.locator("[data-brouillon-etat]")
        await expect(etat).to_contain_text("n’est pas enregistré")
        await page.context.set_offline(False)
        await expect(etat).to_contain_text("Brouillon enregistré", timeout=10_000)
        await page.reload()
        await expect(page.get_by_label(SYNTHESE)).to_have_value("Écrit dans un tunnel.")


async def test_deux_personnes_sur_le_meme_point_ne_s_effacent_pas(lieu: Lieu, asseoir: Asseoir) -> None:
    menage = await lieu.scene.menage("Exemple-Duo", "reevaluee")
    a = await asseoir("tremplin17.referent", Maniere.SOURIS)
    b = await asseoir("tremplin17.coordinateur", Maniere.SOURIS)
    for personne in (a, b):
        await personne.aller(f"/dossiers/{menage.dossier}/point")
    await a.ecrire("Synthèse", "Vu par le référent.")
    await a.presser("Enregistrer le point")
    await a.voit("Le point bimestriel est enregistré.")
    await b.ecrire("Synthèse", "Vu par la coordination.")
    await b.presser("Enregistrer le point")
    await b.voit("Quelqu’un a modifié ce dossier")
    await b.voit("Vu par le référent.")
    await expect(b.page.get_by_label(SYNTHESE)).to_have_value("Vu par la coordination.")
    vu = await lieu.api.lire("tremplin17.referent", "dossiers", f"/dossiers/{menage.dossier}")
    assert vu["synthese"] == "Vu par le référent."


async def test_un_autre_site_ne_fait_rien_en_mon_nom(lieu: Lieu, navigateur: Browser) -> None:
    """The form of a real page, its token included, sent from another site: the browser itself keeps the session back."""
    menage = await lieu.scene.menage("Exemple-Ailleurs", "orientee")
    visiteur = await lieu.visiteur("semis.agent")
    adresse = f"/dossiers/{menage.dossier}/retirer"
    vue = await visiteur.lire(adresse)
    form = next(f for f in vue.feuille.formulaires if f.action == adresse)
    champs = "".join(
        f'<input name="{nom}" value="{valeur}">' for nom, valeur in {**form.caches, "motif": "erreur"}.items()
    )
    async with fenetre(navigateur, visiteur) as page:
        await page.route(
            "http://ailleurs.example/**",
            lambda route: route.fulfill(
                content_type="text/html",
                body=f'<form method="post" action="{lieu.adresse}{adresse}">{champs}<button>ok</button>',
            ),
        )
        await page.goto("http://ailleurs.example/")
        async with page.expect_navigation():
            await page.click("button")
        assert "L’orientation est retirée" not in await page.content()
    vu = await lieu.api.lire("semis.agent", "dossiers", f"/dossiers/{menage.dossier}")
    assert vu["etape"] == "orientee"
