"""Proposing and signing one."""

from __future__ import annotations

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    plat,
)
from tests.portail.navigateur import Navigateur
from tests.portail.voisinage import dispositif


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
