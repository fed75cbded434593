"""A landlord's day in the pages: orient a household, follow it, take it back."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import uuid4

from contracts import dossiers as d
from jeu import dossiers as g
from jeu.gens import SAINTES
from jeu.geste import Geste
from tests.monde import DEBUT
from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.navigateur import Navigateur

MENAGE: dict[str, Any] = {
    "prenom": "Camille",
    "nom": "Exemple",
    "naissance": "28/2/1990",
    "commune": "Saintes",
    "qpv": "oui",
    "enfants": "2",
    "type_menage": "famille_monoparentale",
    "publics": ["sans_domicile"],
}


async def remplir(n: Navigateur, **menage: Any) -> None:
    """From the list to the last look, as an agent does."""
    await n.suivre("Orienter un ménage")
    await n.envoyer("Continuer", **{**MENAGE, **menage})
    assert n.page.chemin.endswith("/motif"), n.page.texte
    await n.envoyer("Continuer", motifs=["impayes"], constat="Deux mois d’impayés.", expose="Un budget à refaire.")
    assert n.page.chemin.endswith("/accord"), n.page.texte
    await n.envoyer("Continuer", accord="oui", support="rendez_vous_bureau")
    assert n.page.chemin.endswith("/verifier"), n.page.texte


async def orienter(n: Navigateur, **menage: Any) -> str:
    """Answers the dossier's address."""
    await n.aller("/orientations")
    await remplir(n, **menage)
    await n.envoyer("Envoyer à")
    assert re.fullmatch(r"/dossiers/[0-9a-f-]{36}", n.page.chemin), n.page.texte
    return n.page.chemin


async def test_un_menage_s_oriente_en_six_clics_au_plus(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    assert n.page.chemin == "/orientations"
    await remplir(n)
    assert "tremplin17 répondra sous 15 jours" in n.page.texte
    assert "30 places libres sur 30" in n.page.texte
    await n.envoyer("Envoyer à")
    assert n.clics <= 6
    assert "L’orientation est envoyée." in n.page.texte
    assert "Camille Exemple" in n.page.texte
    assert "Réponse attendue" in n.page.texte
    assert "20 janvier 2026" in n.page.texte.replace("\xa0", " ")


async def test_la_liste_compte_ce_que_ses_nombres_ouvrent(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await orienter(n, prenom="Dominique", nom="Exemple-Compte")
    await n.aller("/orientations")
    [attente] = [text for text, _ in n.page.liens if "Réponse attendue" in text]
    combien = int(attente.split()[0])
    await n.suivre("Réponse attendue")
    assert n.page.html.count('scope="row"') == combien > 0


async def test_un_champ_oublie_est_dit_et_rien_n_est_perdu(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    await n.envoyer("Continuer", prenom="Alix", commune="Saint-Denis", naissance="hier")
    assert n.page.statut == 422
    assert n.page.titre.startswith("Erreur")
    form, _ = n.page.form("Continuer")
    assert form.valeur("prenom") == ["Alix"]
    assert form.valeur("naissance") == ["hier"]
    errors = [text for text, href in n.page.liens if href.startswith("#") and href != "#contenu"]
    assert errors[:2] == ["Indiquez le nom.", "Écrivez la date ainsi : 31/01/2026."]
    assert "Plusieurs communes portent ce nom" in errors[2]


async def test_un_double_envoi_n_oriente_qu_une_fois(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await remplir(n, prenom="Charlie", nom="Exemple-Double")
    verifier, form = n.page.chemin, n.page.form("Envoyer à")[0]
    un = await n.poster(verifier, form.donnees({}))
    deux = await n.poster(verifier, form.donnees({}))
    assert un.chemin == deux.chemin
    assert (await n.aller(verifier)).chemin == un.chemin  # the back button leads to what it became
    liste = await lieu.monde.lire("semis.agent", "/v1/orientations", limite=200)
    assert [o["identite"]["nom"] for o in liste.json()["elements"]].count("Exemple-Double") == 1


async def test_un_brouillon_se_retrouve_dans_la_liste(navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    await n.envoyer("Enregistrer et reprendre plus tard", prenom="Sacha", nom="Exemple-Brouillon")
    assert "Le brouillon est enregistré" in n.page.texte
    await n.suivre("Sacha Exemple-Brouillon")
    form, _ = n.page.form("Continuer")
    assert form.valeur("prenom") == ["Sacha"]
    brouillon = n.page.chemin
    autre = ouvrir()
    await autre.se_connecter("semis.responsable", brouillon)
    assert "Sacha" not in autre.page.html
    await autre.aller("/orientations")
    assert "Sacha" not in autre.page.html


async def test_une_orientation_se_retire(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await orienter(n, prenom="Lou", nom="Exemple-Retrait")
    await n.suivre("Retirer cette orientation")
    await n.envoyer("Retirer l’orientation")
    assert n.page.statut == 422
    assert "Choisissez un motif." in n.page.texte
    await n.envoyer("Retirer l’orientation", motif="erreur")
    assert "L’orientation est retirée." in n.page.texte
    await n.suivre("Orienter ce ménage")
    assert n.page.chemin.endswith("/motif")
    form, _ = n.page.form("Continuer")
    assert form.valeur("constat") == ["Deux mois d’impayés."]


async def test_sans_accord_rien_ne_part(navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    await n.suivre("Orienter un ménage")
    await n.envoyer("Continuer", **{**MENAGE, "nom": "Exemple-Sans-Accord"})
    await n.envoyer("Continuer", motifs=["impayes"], constat="Un constat.")
    await n.envoyer("Continuer", accord="non")
    assert n.page.statut == 422
    assert "Sans l’accord du ménage" in n.page.texte
    await n.aller(n.page.chemin.replace("/accord", "/verifier"))
    assert not [b for f in n.page.forms for b in f.boutons if "Envoyer" in b[0]]


async def test_une_modification_entre_temps_se_voit_avant_d_etre_recouverte(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Conflit")
    await n.suivre("Retirer cette orientation")
    etude = await lieu.monde.poster("tremplin17.coordinateur", f"/v1{dossier}/mettre-a-l-etude")
    assert etude.status_code == 200, etude.text
    await n.envoyer("Retirer l’orientation")
    assert "Choisissez un motif." in n.page.texte
    await n.envoyer("Retirer l’orientation", motif="erreur")  # the version first seen is still the one that is sent
    assert n.page.statut == 422
    assert "Quelqu’un a modifié ce dossier" in n.page.texte
    assert "À l’étude" in n.page.texte
    assert n.page.form("Retirer")[0].valeur("motif") == ["erreur"]
    await n.envoyer("Retirer l’orientation")
    assert "L’orientation est retirée." in n.page.texte


async def test_un_menage_qui_ressemble_se_voit_avant_l_envoi(navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    premier = await orienter(n, prenom="Ghislaine", nom="Exemple-Jumeau", naissance="3 mars 1971")
    await n.aller("/orientations")
    await remplir(n, prenom="Ghyslaine", nom="Exemple Jumeau", naissance="03/03/1971")
    assert "Un ménage lui ressemble" in n.page.texte
    assert n.page.lien("Ghislaine Exemple-Jumeau") == premier
    autre = ouvrir()
    await autre.se_connecter("autre-bailleur.agent")
    await remplir(autre, prenom="Ghislaine", nom="Exemple-Jumeau", naissance="03/03/1971")
    assert "ressemble" not in autre.page.texte


async def test_un_accord_se_retire_et_arrete_tout(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Accord")
    await n.suivre("Noter un accord ou son retrait")
    await n.suivre("Noter l’accord : Partage de la synthèse")
    await n.envoyer("Noter l’accord")
    assert "Dites comment le ménage l’a exprimé." in n.page.texte
    await n.envoyer("Noter l’accord", support="telephone")
    assert "L’accord du ménage est enregistré." in n.page.texte
    await n.suivre("Noter un accord ou son retrait")
    await n.suivre("Retirer : Transmission")
    await n.envoyer("Noter le retrait de l’accord")
    assert "Plus rien n’est transmis." in n.page.texte
    assert "Orientation retirée" in n.page.texte
    vu = await lieu.monde.lire("semis.agent", f"/v1{dossier}")
    assert vu.json()["consentements"] == ["partage_synthese"]


async def test_le_bailleur_signe_le_contrat_qu_il_a_lu(lieu: Lieu, navigateur: Navigateur) -> None:
    n, m = navigateur, lieu.monde
    await n.se_connecter("semis.agent")
    dossier = await orienter(n, nom="Exemple-Contrat")
    objectif = d.Objectif(uuid4(), "logement-hebergement", "Payer le loyer")
    engagement = d.Engagement("bailleur", "Étaler la dette sur six mois")
    pas: tuple[tuple[str, Geste[Any]], ...] = (
        (SAINTES.coordinateur, g.accepter()),
        (SAINTES.referent, g.recueillir_adhesion()),
        (SAINTES.referent, g.tenir_entretien([d.Besoin("logement-hebergement", 2)])),
        (
            SAINTES.referent,
            g.preparer_contrat(
                uuid4(), DEBUT, date(2026, 12, 31), [objectif], [engagement], calendrier=[date(2026, 3, 5)]
            ),
        ),
    )
    for sujet, geste in pas:
        version = (await m.faire(sujet, geste, dossier.rpartition("/")[2]))["version"]
    await n.aller(f"{dossier}?v={version}")
    assert "C’est à vous" in n.page.texte
    assert "Payer le loyer" not in n.page.html
    await n.suivre("Lire et signer")
    assert "Étaler la dette sur six mois" in n.page.texte
    await n.envoyer("Enregistrer la signature", moyen="papier")
    assert "Votre signature est enregistrée." in n.page.texte
    assert "Le bailleur, le 5 janvier 2026" in n.page.texte.replace("\xa0", " ")
