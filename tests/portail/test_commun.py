"""What everybody finds: one's messages, one's households again, who opened a dossier, and help."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.navigateur import Navigateur
from tests.portail.test_coordinateur import adresser, faire


async def recu(n: Navigateur, qui: str) -> None:
    """The inbox, once it shows a message about `qui`."""
    for _ in range(100):
        if qui in (await n.aller("/boite")).texte:
            return
    raise AssertionError(n.page.texte)


# The inbox


async def test_un_message_mene_a_ce_qu_il_demande_et_se_marque_en_passant(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Message")
    await n.se_connecter("tremplin17.coordinateur")
    await recu(n, "Camille Exemple-Message")
    assert "Un ménage vous est adressé : répondez avant la fin du" in n.page.texte
    assert "parce que vous coordonnez l’association" in n.page.texte
    await n.envoyer("Ouvrir : Camille Exemple-Message")
    assert n.page.chemin == f"/orientations-a-traiter/{dossier}"
    assert "Camille Exemple-Message" not in (await n.aller("/boite")).texte
    await n.aller("/boite?tout=oui")
    await n.suivre("Ouvrir : Camille Exemple-Message")
    assert n.page.chemin == f"/orientations-a-traiter/{dossier}"


async def test_un_message_lu_ne_l_est_que_pour_soi(lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, collegue = navigateur, ouvrir()
    dossier = await adresser(lieu, "Exemple-Collegue")
    await faire(lieu, "tremplin17.coordinateur", dossier, "accepter-orientation")
    await n.se_connecter("semis.agent")
    await recu(n, "Camille Exemple-Collegue")
    await n.envoyer("Marquer comme lu : Camille Exemple-Collegue")
    assert "Le message est marqué comme lu." in n.page.texte
    assert "Camille Exemple-Collegue" not in n.page.texte
    await collegue.se_connecter("semis.responsable")
    await recu(collegue, "Camille Exemple-Collegue")


async def test_tout_se_marque_d_un_coup(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    for i in range(2):
        await adresser(lieu, f"Exemple-Lot-{i}")
    await n.se_connecter("tremplin17.coordinateur")
    await recu(n, "Exemple-Lot-1")
    await n.envoyer("Tout marquer comme lu")
    assert "Exemple-Lot" not in n.page.texte
    while "Tout marquer comme lu" in n.page.texte:  # those of the pages that follow
        await n.envoyer("Tout marquer comme lu")
    assert "Vous avez tout lu" in n.page.texte or n.page.html.count("m-message__titre") == 1


async def test_le_message_d_un_autre_ne_s_ouvre_ni_ne_se_marque(
    lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, autre = navigateur, ouvrir()
    await adresser(lieu, "Exemple-Etranger")
    await n.se_connecter("tremplin17.coordinateur")
    await recu(n, "Exemple-Etranger")
    form, _ = n.page.form("Marquer comme lu : Camille Exemple-Etranger")
    await autre.se_connecter("autre-association.coordinateur", "/recherche")
    jeton = autre.page.form("Chercher")[0].valeur("jeton")[0]
    sien = [(nom, v if nom != "jeton" else jeton) for nom, v in form.donnees({})]
    assert (await autre.poster("/boite/lire", sien)).statut == 404
    assert "Exemple-Etranger" not in (await autre.aller("/boite?tout=oui")).texte


# Search


async def test_une_recherche_ignore_accents_casse_et_ordre(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Éléonore")
    for sujet in ("semis.agent", "tremplin17.referent"):
        await n.se_connecter(sujet, "/recherche")
        await n.envoyer("Chercher", q="ELEONORE camille 28/02/1990")
        assert "1 ménage trouvé" in n.page.texte.replace("\xa0", " ")
        assert n.page.lien("Camille Exemple-Éléonore") == f"/dossiers/{dossier}"
        assert "28/02/1990" in n.page.texte


async def test_ce_qu_on_cherche_n_est_dans_aucune_adresse(lieu: Lieu, navigateur: Navigateur, ouvrir: Ouvrir) -> None:
    n, autre = navigateur, ouvrir()
    await adresser(lieu, "Exemple-Secret")
    await n.se_connecter("semis.agent", "/recherche")
    await n.envoyer("Chercher", q="exemple-secret")
    assert "Camille Exemple-Secret" in n.page.texte
    assert not [r.url for r in n.recues if "secret" in str(r.url).lower()]
    ici = n.page.url
    await n.aller("/orientations")
    assert "Camille Exemple-Secret" in (await n.aller(ici)).texte  # the back button
    [scelle] = parse_qs(urlsplit(ici).query)["q"]
    assert b"secret" not in scelle.lower().encode()
    await autre.se_connecter("semis.agent")
    assert "xemple-" not in (await autre.aller(ici)).texte.replace(
        "exemple cam", ""
    )  # another session's seal is nothing


async def test_une_recherche_sans_resultat_ou_trop_courte_se_dit(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    await adresser(lieu, "Exemple-Ailleurs")
    await n.se_connecter("autre-bailleur.agent", "/recherche")
    await n.envoyer("Chercher", q="exemple-ailleurs")
    assert "Aucun ménage ne correspond" in n.page.texte
    await n.envoyer("Chercher", q="x")
    assert n.page.statut == 422
    assert "au moins deux lettres" in n.page.texte
    await n.envoyer("Chercher", q=" ")
    assert "Tapez un nom" in n.page.texte


@pytest.mark.parametrize("sujet", ["etat.analyste", "exploitant"])
async def test_qui_ne_suit_pas_de_menage_n_en_cherche_pas(navigateur: Navigateur, sujet: str) -> None:
    n = navigateur
    await n.aller("/connexion?suite=/aide")
    await n.aller(n.page.url + f"&sujet={sujet}")
    assert n.page.chemin == "/aide"
    assert (await n.aller("/recherche")).statut == 404


# Who opened a dossier


async def test_chacun_voit_ses_collegues_par_leur_nom_et_de_l_autre_le_jour(lieu: Lieu, navigateur: Navigateur) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Lectures")
    await lieu.monde.lire("tremplin17.referent", f"/v1/dossiers/{dossier}/frise")
    await n.se_connecter("semis.agent", f"/dossiers/{dossier}")
    await n.suivre("Qui a consulté ce dossier")
    assert "Secrète semis.agent (vous)" in n.page.texte
    assert "l’organisation tremplin17" in n.page.texte
    assert "Secrète tremplin17" not in n.page.html
    assert "la frise" not in n.page.texte
    await n.se_connecter("tremplin17.coordinateur", f"/dossiers/{dossier}/consultations")
    assert "Secrète tremplin17.referent" in n.page.texte
    assert "la frise" in n.page.texte
    assert "l’organisation semis" in n.page.texte
    assert "Secrète semis" not in n.page.html
    avant = n.page.html.count('scope="row"')
    await n.aller(n.page.chemin)
    assert n.page.html.count('scope="row"') == avant  # reading the journal adds nothing to it


@pytest.mark.parametrize("sujet", ["autre-bailleur.agent", "autre-association.coordinateur", "etat.analyste"])
async def test_le_journal_d_un_autre_n_existe_pas(lieu: Lieu, navigateur: Navigateur, sujet: str) -> None:
    dossier = await adresser(lieu, f"Exemple-Journal-{sujet.split('.')[0]}")
    await navigateur.se_connecter(sujet)
    assert (await navigateur.aller(f"/dossiers/{dossier}/consultations")).statut == 404


# Help


@pytest.mark.parametrize(
    ("sujet", "propre", "pas"),
    [
        ("semis.agent", "Orienter un ménage", "Dire qui suit qui"),
        ("tremplin17.referent", "Accompagner un ménage", "Dire qui suit qui"),
        ("tremplin17.coordinateur", "Dire qui suit qui", "Relier vos outils"),
        ("etat.analyste", "Relier vos outils", "Qui a consulté"),
    ],
)
async def test_l_aide_est_celle_de_son_metier_et_ses_liens_menent_quelque_part(
    navigateur: Navigateur, sujet: str, propre: str, pas: str
) -> None:
    n = navigateur
    await n.se_connecter(sujet)
    await n.suivre("Aide")
    aide = n.page
    assert propre in aide.texte
    assert pas not in aide.texte
    internes = {href for _, href in aide.liens if re.fullmatch(r"/[a-z-]+", href)}
    assert len(internes) > 4
    for href in internes - {"/deconnexion"}:
        assert (await n.aller(href)).statut == 200, href
