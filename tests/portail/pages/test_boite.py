"""The inbox."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from tests.portail.conftest import Lieu, Ouvrir
from tests.portail.gestes import (
    adresser,
    faire,
)
from tests.portail.navigateur import Navigateur
from tests.portail.voisinage import proposee, voisins

CHEZ = "boite"
COORDINATEUR = f"{CHEZ}-association.coordinateur"
Reseau: TypeAlias = tuple[str, str, str]


@pytest.fixture(scope="module")
async def reseau(lieu: Lieu) -> Reseau:
    """Landlord, association, convention: organisations whose inbox is empty. On a clock that stands still, what came last is
    not known, and an inbox of several pages shows it anywhere."""
    await voisins(lieu, CHEZ)
    return f"{CHEZ}-bailleur", f"{CHEZ}-association", await proposee(lieu, CHEZ, 30, signee=True)


async def recu(n: Navigateur, qui: str) -> None:
    """The inbox, once it shows a message about `qui`."""
    for _ in range(100):
        if qui in (await n.aller("/boite")).texte:
            return
    raise AssertionError(n.page.texte)


async def test_un_message_mene_a_ce_qu_il_demande_et_se_marque_en_passant(
    lieu: Lieu, reseau: Reseau, navigateur: Navigateur
) -> None:
    n = navigateur
    dossier = await adresser(lieu, "Exemple-Message", *reseau)
    await n.se_connecter(COORDINATEUR)
    await recu(n, "Camille Exemple-Message")
    assert "Un ménage vous est adressé : répondez avant la fin du" in n.page.texte
    assert "parce que vous coordonnez l’association" in n.page.texte
    await n.envoyer("Ouvrir : Camille Exemple-Message")
    assert n.page.chemin == f"/orientations-a-traiter/{dossier}"
    assert "Camille Exemple-Message" not in (await n.aller("/boite")).texte
    await n.aller("/boite?tout=oui")
    await n.suivre("Ouvrir : Camille Exemple-Message")
    assert n.page.chemin == f"/orientations-a-traiter/{dossier}"


async def test_un_message_lu_ne_l_est_que_pour_soi(
    lieu: Lieu, reseau: Reseau, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, collegue = navigateur, ouvrir()
    dossier = await adresser(lieu, "Exemple-Collegue", *reseau)
    await faire(lieu, COORDINATEUR, dossier, "accepter-orientation")
    await n.se_connecter(f"{CHEZ}-bailleur.agent")
    await recu(n, "Camille Exemple-Collegue")
    await n.envoyer("Marquer comme lu : Camille Exemple-Collegue")
    assert "Le message est marqué comme lu." in n.page.texte
    assert "Camille Exemple-Collegue" not in n.page.texte
    await collegue.se_connecter(f"{CHEZ}-bailleur.responsable")
    await recu(collegue, "Camille Exemple-Collegue")


async def test_tout_se_marque_d_un_coup(lieu: Lieu, reseau: Reseau, navigateur: Navigateur) -> None:
    n = navigateur
    for i in range(2):
        await adresser(lieu, f"Exemple-Lot-{i}", *reseau)
    await n.se_connecter(COORDINATEUR)
    await recu(n, "Exemple-Lot-1")
    await n.envoyer("Tout marquer comme lu")
    assert "Exemple-Lot" not in n.page.texte
    while "Tout marquer comme lu" in n.page.texte:  # those of the pages that follow
        await n.envoyer("Tout marquer comme lu")
    assert "Vous avez tout lu" in n.page.texte or n.page.html.count("m-message__titre") == 1


async def test_le_message_d_un_autre_ne_s_ouvre_ni_ne_se_marque(
    lieu: Lieu, reseau: Reseau, navigateur: Navigateur, ouvrir: Ouvrir
) -> None:
    n, autre = navigateur, ouvrir()
    await adresser(lieu, "Exemple-Etranger", *reseau)
    await n.se_connecter(COORDINATEUR)
    await recu(n, "Exemple-Etranger")
    form, _ = n.page.form("Marquer comme lu : Camille Exemple-Etranger")
    await autre.se_connecter("autre-association.coordinateur", "/recherche")
    jeton = autre.page.form("Chercher")[0].valeur("jeton")[0]
    sien = [(nom, v if nom != "jeton" else jeton) for nom, v in form.donnees({})]
    assert (await autre.poster("/boite/lire", sien)).statut == 404
    assert "Exemple-Etranger" not in (await autre.aller("/boite?tout=oui")).texte
