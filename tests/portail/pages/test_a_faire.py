"""What is due, most urgent first, and what was begun."""

from __future__ import annotations

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    ouvrir_fiche,
)
from tests.portail.navigateur import Navigateur
from tests.portail.suivi import COORDINATEUR, REFERENT, Creer


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
