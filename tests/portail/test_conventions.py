"""Conventions in the pages: reading them, proposing and signing one, saying who pays."""

from __future__ import annotations

import pytest

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.navigateur import Navigateur
from tests.portail.voisinage import dispositif, proposee, voisins


@pytest.fixture(scope="module")
async def chez(lieu: Lieu) -> str:
    """The first name of organisations that have agreed on nothing yet."""
    await voisins(lieu, "accord")
    return "accord"


def plat(texte: str) -> str:
    """Without the spaces that do not break."""
    return texte.replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize("sujet", ["semis.agent", "tremplin17.coordinateur", "etat.analyste"])
async def test_chaque_partie_et_le_financeur_lisent_la_convention(
    lieu: Lieu, navigateur: Navigateur, sujet: str
) -> None:
    n = navigateur
    await n.se_connecter(sujet, "/conventions")
    assert "En vigueur" in n.page.texte
    await n.suivre("Insertion semis")
    texte = plat(n.page.texte)
    assert "semis et tremplin17" in texte
    assert "du 5 janvier 2026 au 31 décembre 2026" in texte
    assert "sous 15 jours" in texte
    assert "État, AVDL 7 000 €" in texte
    assert "Total 47 000 €" in texte
    assert ("libres sur 30" in texte) == (sujet != "etat.analyste")  # places taken are the parties' business
    assert "Signer" not in texte


async def test_une_convention_d_un_autre_n_existe_pas(lieu: Lieu, navigateur: Navigateur) -> None:
    n, leur = navigateur, lieu.conventions["autre-bailleur"]
    await n.se_connecter("semis.responsable", "/conventions")
    assert "autre-bailleur" not in n.page.html
    for page in ("", "/plan"):
        assert (await n.aller(f"/conventions/{leur}{page}")).statut == 404
    await n.aller(f"/conventions/{lieu.conventions['semis']}")
    jeton = n.page.forms[0].valeur("jeton")[0]
    assert (await n.poster(f"/conventions/{leur}/signer", [("jeton", jeton), ("le", "05/01/2026")])).statut == 404


async def test_on_propose_on_signe_des_deux_cotes_et_elle_est_en_vigueur(
    lieu: Lieu, chez: str, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    """The other party is named by its identifier at first: nobody leafs through a directory of organisations."""
    n, asso, o = navigateur, ouvrir(), lieu.reseau.organisations
    await asso.se_connecter(f"{chez}-association.coordinateur", "/conventions")
    assert "Aucune convention pour l’instant" in asso.page.texte
    assert o[f"{chez}-association"] in asso.page.texte
    ouvert = await dispositif(lieu, chez)
    await n.se_connecter(f"{chez}-bailleur.responsable", "/conventions")
    await n.suivre("Proposer une convention")
    await n.envoyer("Proposer la convention")
    assert "Choisissez un dispositif." in n.page.texte
    assert n.page.lien("Choisissez l’autre organisation.") == "#identifiant"
    await n.envoyer("Proposer la convention", dispositif=ouvert, places="12", debut="5/1/2026", fin="1/1/2026")
    assert "Le dernier jour vient après le premier." in n.page.texte
    assert n.page.form("Proposer la convention")[0].valeur("places") == ["12"]
    await n.envoyer("Proposer la convention", fin="30 juin 2026", identifiant="quarante-deux")
    assert "Cet identifiant n’a pas la bonne forme" in n.page.texte
    await n.envoyer("Proposer la convention", identifiant=o[f"{chez}-financeur"])
    assert "n’est pas celui d’une association" in n.page.texte
    await n.envoyer("Proposer la convention", identifiant=o[f"{chez}-association"])
    assert "La convention est proposée" in n.page.texte
    assert "Votre signature est attendue" in n.page.texte
    fiche = n.page.chemin
    await n.envoyer(f"Signer pour {chez}-bailleur", le="4/1/2026")
    assert n.page.statut == 422
    assert "elle n’a pas pu être signée avant" in n.page.texte
    await n.envoyer(f"Signer pour {chez}-bailleur", le="05/01/2026")
    assert "Votre signature est enregistrée." in n.page.texte
    assert "En signature" in n.page.texte
    await asso.aller("/conventions")
    assert "Votre signature est attendue" in asso.page.texte
    await asso.aller(fiche)
    await asso.envoyer(f"Signer pour {chez}-association")
    assert "En vigueur" in asso.page.texte
    await lieu.monde.attendre(f"{chez}-bailleur.agent", f"/v1{fiche}/places")
    assert "12 places libres sur 12" in plat((await n.aller(fiche)).texte)
    await n.aller("/conventions/nouvelle")
    assert n.page.form("Proposer la convention")[0].champs[3].choix == ["", o[f"{chez}-association"]]  # known by now


async def test_un_dispositif_s_ouvre_en_chemin(chez: str, navigateur: Navigateur) -> None:
    n = navigateur
    await n.se_connecter(f"{chez}-association.coordinateur", "/conventions/dispositif")
    await n.envoyer("Ouvrir le dispositif", nom="Passerelle")
    assert "Choisissez un public au moins." in n.page.texte
    await n.envoyer("Ouvrir le dispositif", publics=["familles"], themes=["parentalite"], periodicite_mois="3")
    assert n.page.chemin == "/conventions/nouvelle"
    form, _ = n.page.form("Proposer la convention")
    assert "Passerelle" in n.page.texte
    assert len(form.valeur("dispositif")) == 1  # the one just opened is chosen


async def test_le_plan_de_financement_s_etablit_et_se_corrige(
    lieu: Lieu, chez: str, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, o, financeur = navigateur, lieu.reseau.organisations, ouvrir()
    convention = await proposee(lieu, chez, 3, fin="2027-12-31")
    await financeur.se_connecter(f"{chez}-financeur.analyste", "/conventions")
    assert "Aucune convention financée" in financeur.page.texte
    assert o[f"{chez}-financeur"] in financeur.page.texte
    await n.se_connecter(f"{chez}-bailleur.responsable", f"/conventions/{convention}")
    assert "Personne n’est encore inscrit" in n.page.texte
    await n.suivre("Établir le plan de financement")
    await n.envoyer("Enregistrer le plan 2026")
    assert "Inscrivez un financeur au moins." in n.page.texte
    await n.envoyer("Enregistrer le plan 2026", **{"financeur-0": o[f"{chez}-bailleur"], "montant-0": "vingt"})
    assert "Choisissez la source de cette ligne." in n.page.texte
    assert "Écrivez le montant en euros" in n.page.texte
    une = {"source-0": "part_bailleur", "montant-0": "1\u202f250,5 €"}
    deux = {"identifiant-1": o[f"{chez}-financeur"], "source-1": "avdl", "montant-1": "20 000"}
    await n.envoyer("Enregistrer le plan 2026", **une, **deux)
    assert "Le plan de financement est enregistré." in n.page.texte
    assert "1 250,50 €" in plat(n.page.texte)
    assert "Total 21 250,50 €" in plat(n.page.texte)
    await financeur.aller(f"/conventions/{convention}")
    assert "20 000 €" in plat(financeur.page.texte)
    await n.suivre("Modifier le plan de financement")
    form, _ = n.page.form("Enregistrer le plan 2026")
    assert form.valeur("montant-0") == ["1250,50"]
    await n.envoyer("Enregistrer le plan 2026", **{"financeur-0": "", "source-0": "", "montant-0": ""})
    assert "Total 20 000 €" in plat(n.page.texte)


async def test_seul_qui_engage_son_organisation_propose_et_finance(lieu: Lieu, ouvrir: Ouvrir) -> None:
    pages = ["/conventions/nouvelle", "/conventions/dispositif", f"/conventions/{lieu.conventions['semis']}/plan"]
    for sujet, statut in (
        ("semis.agent", 404),
        ("tremplin17.referent", 404),
        ("etat.analyste", 404),
        ("tremplin17.coordinateur", 200),
    ):
        n = ouvrir()
        await n.se_connecter(sujet, "/conventions")
        assert ("Proposer une convention" in n.page.texte) == (statut == 200)
        for page in pages:
            assert (await n.aller(page)).statut == statut, (sujet, page)
